/* nervos_family.c: the row of the Nervos CKB family. Source: ckb.md 4 and 6. */
#include "nervos/nervos_family.h"

#include <string.h>

#include "base/hex.h"
#include "nervos/nervos_bounds.h"
#include "nervos/nervos_node.h"

/* No clock can be read off a job: a pool's has no time, and a node's template keeps the time at
 * which it was made, while nothing happens on the chain (ckb.md 10.6). */
static int64_t header_ms(const struct pool_job *job)
{
    (void)job;
    return 0;
}

static const struct pool_first_byte first_bytes[] = {
    {0x00, "it sends binary frames: this is a node's port, not a pool's", NULL, NULL},
    POOL_FIRST_BYTES_OF_LINES,
};

static const struct pool_first_byte node_first_bytes[] = {
    {0x15, "it speaks TLS, which a node's TCP port does not", NULL, NULL},
    {0x16, "it speaks TLS, which a node's TCP port does not", NULL, NULL},
    {'H', "it speaks HTTP: this is the node's RPC port", "daemon+http", NULL},
    {0, NULL, NULL, NULL},
};

/* BTC.com's codes; uupool uses 21 for a low difficulty, which its text says (ckb.md 6.1). */
static const struct pool_reject_code codes[] = {
    {21, POOL_STALE},        {22, POOL_DUPLICATE},    {23, POOL_LOW_DIFFICULTY},
    {24, POOL_UNAUTHORIZED}, {25, POOL_UNAUTHORIZED}, {27, POOL_MALFORMED},
    {28, POOL_UNAUTHORIZED}, {29, POOL_UNAUTHORIZED}, {36, POOL_STALE},
    {37, POOL_STALE},        {0, POOL_REFUSED},
};

/* ---- recordings ------------------------------------------------------------------------------ */

/* A submission to a pool has worker, job and the rest of the nonce. */
static const struct pool_kept kept[] = {
    {"mining.subscribe", 0, 1U << 0, {NULL}}, /* our program's name */
    {"mining.submit", 3, 1U << 1 | 1U << 2, {NULL}},
    {"get_block_hash", 0, 1U << 0, {NULL}},
    {"get_blockchain_info", 0, 0, {NULL}},
    {"subscribe", 0, 1U << 0, {NULL}},
    {"get_block_template", 0, 0, {NULL}},
    {"submit_block", 0, 0, {NULL}},
    {NULL, 0, 0, {NULL}},
};

/* Of a block the members of its header that do not depend on whom it pays. */
static json_t *kept_block(const char *method, const json_t *params)
{
    static const char *const members[] = {"version", "compact_target", "timestamp",
                                          "number",  "epoch",          "parent_hash"};
    const json_t *header = json_object_get(json_array_get(params, 1), "header");
    if (strcmp(method, "submit_block") != 0 || !json_is_object(header)) {
        return NULL;
    }
    json_t *copy = json_object();
    for (size_t i = 0; i < BASE_COUNT_OF(members); i++) {
        const json_t *value = json_object_get(header, members[i]);
        if (json_is_string(value)) {
            (void)json_object_set_new(copy, members[i], json_string(json_string_value(value)));
        }
    }
    return json_pack("[s,{s:o}]", "*", "header", copy);
}

static enum base_status block_id(char id[POOL_BLOCK_ID_MAX],
                                 const struct pool_submission *submission)
{
    uint8_t hash[32];
    pool_ckb_block_hash(hash, submission->job, submission->nonce);
    memcpy(id, "0x", 2);
    base_hex_encode(id + 2, hash, sizeof(hash));
    return BASE_OK;
}

const struct pool_family pool_nervos_family = {
    .name = "nervos",
    .services =
        {
            [POOL_ACCESS_POOL] =
                {.ops = &pool_nervos_stratum,
                 .user = POOL_USER_LOGIN,
                 .limits = {.first_job = 20000, /* a pool sends work once it knows the miner */
                            .first_job_early = 10000,
                            .silence = 300000, /* blocks come every 8 to 48 s */
                            .answer = 10000,
                            .hold = 10000}, /* jobs expire */
                 .first_bytes = first_bytes,
                 .line_max = 16 << 10},                      /* a notify has 250 bytes */
            [POOL_ACCESS_NODE] = {.ops = &pool_nervos_lines, /* the node's TCP port */
                                  .user = POOL_USER_PAYEE_OPTIONAL,
                                  .limits = {.first_job = 10000,
                                             .first_job_early = 10000,
                                             .silence = 60000,
                                             .silence_early = 60000,
                                             .answer = 10000,
                                             .hold = 30000},
                                  .first_bytes = node_first_bytes,
                                  .block_id = block_id, /* lookups are asked over HTTP alone */
                                  .line_max = POOL_NERVOS_ANSWER_MAX},
            [POOL_ACCESS_HTTP] = {.ops = &pool_nervos_node,
                                  .user = POOL_USER_PAYEE_OPTIONAL,
                                  /* Each request has a time limit of its own. */
                                  .limits = {.first_job = 10000,
                                             .first_job_early = 10000,
                                             .silence = 60000,
                                             .silence_early = 60000,
                                             .answer = 10000,
                                             .hold = 30000},
                                  .lookup = &pool_nervos_lookup,
                                  .block_id = block_id},
        },
    .codes = codes,
    .kept = kept,
    .kept_block = kept_block,
    .header_ms = header_ms,
};
