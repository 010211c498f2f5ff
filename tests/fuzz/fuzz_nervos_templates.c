/* fuzz_nervos_templates.c: an answer of get_block_template is refused with a sentence, or makes a
 * job and a block that is JSON. */
#include "fuzz.h"
#include "nervos/nervos_node.h"
#include "wire/json.h"

static void build(const struct pool_ckb_template *ckb)
{
    static const uint8_t nonce[POOL_CKB_NONCE] = {1, 2, 3, 4};
    struct pool_job_full *job = NULL;
    struct pool_buffer body;
    BASE_ASSERT(ckb->tx_count >= 1 && ckb->tx_count <= POOL_NERVOS_TXS_MAX);
    BASE_ASSERT(pool_ckb_job(&job, ckb, 7, NULL) == BASE_OK);
    BASE_ASSERT(job->job.header_size == 48 && job->job.height == ckb->height);
    pool_buffer_init(&body);
    BASE_ASSERT(pool_ckb_block_write(&body, &job->job, nonce) == BASE_OK);
    json_t *root =
        json_loadb((const char *)pool_buffer_data(&body), pool_buffer_size(&body), 0, NULL);
    const json_t *block = json_array_get(json_object_get(root, "params"), 1);
    BASE_ASSERT(json_array_size(json_object_get(block, "transactions")) == ckb->tx_count);
    json_decref(root);
    pool_buffer_deinit(&body);
    pool_job_unref(&job->job);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pool_ckb_lock payee = {.hash_type = 1, .args_size = 20};
    json_t *root = NULL;
    struct base_error error = {BASE_OK, ""};
    if (pool_json_load_large(&root, (const char *)data, size, POOL_NERVOS_VALUES_MAX, &error) !=
        BASE_OK) {
        return 0;
    }
    for (unsigned own = 0; own < 2; own++) {
        struct pool_ckb_template *ckb = NULL;
        error = (struct base_error){BASE_OK, ""};
        if (pool_ckb_template_read(&ckb, root, own != 0 ? &payee : NULL, &error) == BASE_OK) {
            build(ckb);
            pool_ckb_template_free(ckb);
        } else {
            BASE_ASSERT(error.text[0] != '\0');
            for (const char *c = error.text; *c != '\0'; c++) {
                BASE_ASSERT(*c >= ' ' && *c <= '~');
            }
        }
    }
    json_decref(root);
    return 0;
}
