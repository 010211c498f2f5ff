/* komodo_family.c: the row of the Komodo family, and its coin. Source: komodo.md 5 and 7. */
#include "komodo/komodo_family.h"

#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "komodo/komodo.h"

static int64_t header_ms(const struct pool_job *job)
{
    return (int64_t)base_load_le32(job->header + POOL_KOMODO_TIME) * 1000;
}

/* ---- recordings ------------------------------------------------------------------------------ */

static const struct pool_kept kept[] = {
    {"getblocktemplate", 0, 0, {"mode", "longpollid", NULL}},
    {"submitblock", 0, 0, {NULL}},
    {"getblockheader", 1, 1U << 0, {NULL}},
    {NULL, 0, 0, {NULL}},
};

/* Of a block in hexadecimal digits: version and previous hash; not the merkle root, which depends
 * on whom the coinbase pays; Sapling root, time, bits and nonce. */
static json_t *kept_block(const char *method, const json_t *params)
{
    enum {
        FRONT = 2 * POOL_KOMODO_ROOT,
        REAR = 2 * POOL_KOMODO_SAPLING,
        HEADER = 2 * POOL_KOMODO_HEADER,
    };
    const json_t *block = json_array_get(params, 0);
    const char *hex = json_string_value(block);
    size_t size = json_string_length(block);
    char text[HEADER + 16];
    if (strcmp(method, "submitblock") != 0 || json_array_size(params) != 1) {
        return NULL;
    }
    if (hex == NULL || size < HEADER || strspn(hex, "0123456789abcdef") != size) {
        return json_pack("[s]", "*");
    }
    (void)snprintf(text, sizeof(text), "%.*s*%.*s*", FRONT, hex, HEADER - REAR, hex + REAR);
    return json_pack("[s]", text);
}

const struct pool_family pool_komodo_family = {
    .name = "komodo",
    .services =
        {
            [POOL_ACCESS_HTTP] = {.ops = &pool_komodo_node,
                                  .user = POOL_USER_PAYEE_OPTIONAL,
                                  /* Each request has a time limit of its own. */
                                  .limits = {.first_job = 10000,
                                             .first_job_early = 10000,
                                             .silence = 90000,
                                             .silence_early = 90000,
                                             .answer = 10000,
                                             .hold = 30000},
                                  .lookup = &pool_gbt_lookup,
                                  .block_id = pool_komodo_block_id},
        },
    .kept = kept,
    .kept_block = kept_block,
    .header_ms = header_ms,
};

/* ---- the coin -------------------------------------------------------------------------------- */

static enum base_status login(const char *user, unsigned *group, struct base_error *error)
{
    (void)user;
    (void)group;
    return base_error_set(error, BASE_E_UNSUPPORTED,
                          "this version of Shardpick does not mine Komodo in pools");
}

static const char *const algo_names[] = {"equihash", NULL};
static const struct pool_algo algos[] = {
    {"equihash", 1, 0, 0, {0}, NULL},
    {NULL, 0, 0, 0, {0}, NULL},
};

const struct pool_coin_entry pool_komodo_coin = {
    .coin = {"komodo", "Komodo", algo_names, NULL},
    .ticker = "kmd",
    .family = &pool_komodo_family,
    .node = {POOL_DAEMON_HTTP, 7771, false, NULL}, /* RPC port of the main network */
    .algos = algos,
    .login = login,
    .nobody = "R9HC5WtHbpoa51NCUAz86XLCmGTbkf45NT", /* hash of 20 zero bytes */
    .payout = pool_komodo_payout,
};
