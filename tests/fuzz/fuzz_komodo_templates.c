/* fuzz_komodo_templates.c: an answer of a Komodo node's getblocktemplate is refused with a
 * sentence, or makes a job and a block whose sizes add up; with the node's payee and with another
 * one. */
#include <string.h>

#include "fuzz.h"
#include "komodo/komodo.h"
#include "wire/json.h"

static void build(const struct pool_komodo_template *from)
{
    static uint8_t solution[1344];
    struct pool_job_full *job = NULL;
    struct pool_buffer hex;
    char id[65];
    BASE_ASSERT(from->tx_count <= POOL_GBT_TXS_MAX);
    BASE_ASSERT(pool_komodo_job(&job, from, 7, NULL) == BASE_OK);
    BASE_ASSERT(job->job.header_size == POOL_KOMODO_HEADER && job->job.height == from->height);
    const struct pool_submission submission = {
        .job = &job->job, .solution = solution, .solution_size = sizeof(solution)};
    pool_buffer_init(&hex);
    BASE_ASSERT(pool_komodo_block_hex(&hex, &submission) == BASE_OK);
    BASE_ASSERT(pool_buffer_size(&hex) ==
                2 * (POOL_KOMODO_HEADER + 3 + sizeof(solution) + job->txs_size + from->raw->size));
    BASE_ASSERT(pool_komodo_block_id(id, &submission) == BASE_OK && strlen(id) == 64);
    pool_buffer_deinit(&hex);
    pool_job_unref(&job->job);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pool_script payee = {.size = 25};
    struct base_error error = {BASE_OK, ""};
    json_t *root = NULL;
    enum base_status status =
        pool_json_load_large(&root, (const char *)data, size, POOL_GBT_VALUES_MAX, &error);
    for (size_t i = 0; i < 2 && status == BASE_OK; i++) {
        struct pool_komodo_template *made = NULL;
        status = pool_komodo_template_read(&made, root, i == 0 ? NULL : &payee, &error);
        if (status == BASE_OK) {
            build(made);
            pool_komodo_template_free(made);
        }
    }
    if (status != BASE_OK) {
        BASE_ASSERT(error.text[0] != '\0');
        for (const char *c = error.text; *c != '\0'; c++) {
            BASE_ASSERT(*c >= ' ' && *c <= '~');
        }
    }
    json_decref(root);
    return 0;
}
