/* bitcoin_family.c: the row of the Bitcoin family. Source: stratum.md, digibyte.md. */
#include "bitcoin/bitcoin_family.h"

#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "bitcoin/gbt.h"
#include "bitcoin/gbt_parts.h"
#include "bitcoin/v1_header.h"
#include "bitcoin/v1_host.h"

static int64_t header_ms(const struct pool_job *job)
{
    return (int64_t)base_load_le32(job->header + POOL_V1_TIME) * 1000;
}

static const struct pool_first_byte first_bytes[] = {
    {0x00, "it sends binary frames: this is a node's port, not a pool's", NULL, NULL},
    POOL_FIRST_BYTES_OF_LINES,
};

/* stratum.md 6, digibyte.md 11. */
static const struct pool_reject_code codes[] = {
    {21, POOL_STALE},        {22, POOL_DUPLICATE},    {23, POOL_LOW_DIFFICULTY},
    {24, POOL_UNAUTHORIZED}, {25, POOL_UNAUTHORIZED}, {0, POOL_REFUSED},
};

/* ---- recordings ------------------------------------------------------------------------------ */

/* A submission has worker, job, extranonce2, time and nonce. */
static const struct pool_kept kept[] = {
    {"mining.subscribe", 0, 1U << 0, {NULL}}, /* our program's name; not a session's */
    {"mining.submit", 5, 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4, {NULL}},
    {"getblocktemplate", 0, 1U << 1, {"mode", "rules", "longpollid", NULL}}, /* and the algorithm */
    {"submitblock", 0, 0, {NULL}},
    {NULL, 0, 0, {NULL}},
};

/* What may be kept of a block in hexadecimal digits: version and previous hash; not the merkle
 * root, which depends on whom the coinbase pays; time, bits and nonce; then the number of
 * transactions, 1, 3 or 5 bytes. */
static json_t *block_text(const json_t *value)
{
    enum {
        FRONT = 2 * POOL_V1_ROOT,
        REAR = 2 * POOL_V1_TIME,
        HEADER = 2 * POOL_V1_HEADER,
    };
    const char *hex = json_string_value(value);
    size_t size = json_string_length(value);
    char text[HEADER + 16];
    if (hex == NULL || size < HEADER + 10 || strspn(hex, "0123456789abcdef") != size) {
        return json_string("*");
    }
    const char *count = hex + HEADER;
    int digits = strncmp(count, "fd", 2) == 0 ? 6 : strncmp(count, "fe", 2) == 0 ? 10 : 2;
    (void)snprintf(text, sizeof(text), "%.*s*%.*s*%.*s*", FRONT, hex, HEADER - REAR, hex + REAR,
                   digits, count);
    return json_string(text);
}

static json_t *kept_block(const char *method, const json_t *params)
{
    const json_t *first = json_array_get(params, 0);
    const json_t *data = json_object_get(first, "data");
    if (json_array_size(params) != 1) {
        return NULL;
    }
    if (strcmp(method, "submitblock") == 0) {
        return json_pack("[o]", block_text(first));
    }
    if (strcmp(method, "getblocktemplate") == 0 && data != NULL) {
        return json_pack("[{s:o}]", "data", block_text(data));
    }
    return NULL;
}

/* SHA-256d of the header, whatever the algorithm. */
static enum base_status block_id(char id[POOL_BLOCK_ID_MAX],
                                 const struct pool_submission *submission)
{
    return pool_gbt_block_id(id, submission->job, submission->nonce);
}

const struct pool_family pool_bitcoin_family = {
    .name = "bitcoin",
    .services =
        {
            [POOL_ACCESS_POOL] =
                {.ops = &pool_stratum_v1,
                 .user = POOL_USER_LOGIN,
                 .limits = {.first_job = 20000, /* a pool sends work once it knows the miner */
                            .first_job_early = 10000,
                            .silence = 150000,
                            .answer = 10000,
                            .hold = 10000}, /* jobs expire */
                 .first_bytes = first_bytes,
                 .block_id = block_id,
                 .line_max = 512 << 10}, /* a coinbase of two halves and its branch are 44 kB */
            [POOL_ACCESS_HTTP] = {.ops = &pool_gbt_node,
                                  .user = POOL_USER_PAYEE,
                                  /* Each request has a time limit of its own. */
                                  .limits = {.first_job = 10000,
                                             .first_job_early = 10000,
                                             .silence = 60000,
                                             .silence_early = 60000,
                                             .answer = 10000,
                                             .hold = 30000},
                                  .inquiry = &pool_gbt_info,
                                  .lookup = &pool_gbt_lookup,
                                  .block_id = block_id},
        },
    .codes = codes,
    .kept = kept,
    .kept_block = kept_block,
    .header_ms = header_ms,
    .host = &pool_v1_host,
};
