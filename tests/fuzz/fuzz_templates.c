/* fuzz_templates.c: an answer of getblocktemplate is refused with a sentence, or makes a job and a
 * block whose sizes add up. */
#include <string.h>

#include "bitcoin/gbt.h"
#include "fuzz.h"
#include "wire/json.h"

static void build(const struct pool_gbt_template *gbt, const char *text)
{
    static const uint8_t nonce[4] = {1, 2, 3, 4};
    struct pool_script payee = {.size = 25};
    struct pool_job_full *job = NULL;
    struct pool_buffer hex;
    BASE_ASSERT(gbt->tx_count <= POOL_GBT_TXS_MAX && gbt->branch_count <= POOL_V1_BRANCHES_MAX);
    BASE_ASSERT(pool_gbt_job(&job, gbt, &payee, text, 7, NULL) == BASE_OK);
    BASE_ASSERT(job->job.header_size == 80 && job->job.height == gbt->height);
    pool_buffer_init(&hex);
    BASE_ASSERT(pool_gbt_block_hex(&hex, &job->job, nonce) == BASE_OK);
    BASE_ASSERT(pool_buffer_size(&hex) == 2 * (80 + job->txs_size + gbt->raw->size));
    pool_buffer_deinit(&hex);
    pool_job_unref(&job->job);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_error error = {BASE_OK, ""};
    struct pool_gbt_template *gbt = NULL;
    json_t *root = NULL;
    if (pool_json_load_large(&root, (const char *)data, size, POOL_GBT_VALUES_MAX, &error) ==
            BASE_OK &&
        pool_gbt_template_read(&gbt, root, &error) == BASE_OK) {
        build(gbt, "");
        build(gbt, "a text of sixty-four characters, the longest there is, is here:)");
        pool_gbt_template_free(gbt);
    } else {
        BASE_ASSERT(error.text[0] != '\0');
        for (const char *c = error.text; *c != '\0'; c++) {
            BASE_ASSERT(*c >= ' ' && *c <= '~');
        }
    }
    json_decref(root);
    return 0;
}
