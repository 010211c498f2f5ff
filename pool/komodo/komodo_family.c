/* komodo_family.c: the row of the Komodo family, and its coin. Source: komodo.md 5 to 7. */
#include "komodo/komodo_family.h"

#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "bitcoin/gbt_parts.h"
#include "komodo/komodo.h"

static int64_t header_ms(const struct pool_job *job)
{
    return (int64_t)base_load_le32(job->header + POOL_KOMODO_TIME) * 1000;
}

static const struct pool_first_byte first_bytes[] = {
    {0x00, "it sends binary frames: this is a node's port, not a pool's", NULL, NULL},
    POOL_FIRST_BYTES_OF_LINES,
};

/* zip-0301.rst, "Error objects". */
static const struct pool_reject_code codes[] = {
    {21, POOL_STALE},        {22, POOL_DUPLICATE},    {23, POOL_LOW_DIFFICULTY},
    {24, POOL_UNAUTHORIZED}, {25, POOL_UNAUTHORIZED}, {0, POOL_REFUSED},
};

/* ---- recordings ------------------------------------------------------------------------------ */

/* A share has worker, job, time, the rest of the nonce and the solution. */
static const struct pool_kept kept[] = {
    {"mining.subscribe", 0, 1U << 0, {NULL}}, /* our program's name; not a session's */
    {"mining.submit", 5, 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4, {NULL}},
    {"getblocktemplate", 0, 0, {"mode", "longpollid", NULL}},
    {"submitblock", 0, 0, {NULL}},
    {"getblockheader", 0, 0, {NULL}}, /* the block's id depends on whom it pays */
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
            [POOL_ACCESS_POOL] =
                {.ops = &pool_komodo_zip301,
                 .user = POOL_USER_LOGIN,
                 .limits = {.first_job = 20000, /* a pool sends work once it knows the miner */
                            .first_job_early = 10000,
                            .silence = 300000, /* blocks come every 60 s in the mean */
                            .answer = 10000,
                            .hold = 10000}, /* jobs expire */
                 .first_bytes = first_bytes,
                 .line_max = 16 << 10}, /* a notify has 400 bytes */
            [POOL_ACCESS_HTTP] = {.ops = &pool_komodo_node,
                                  .user = POOL_USER_PAYEE_OPTIONAL,
                                  /* Each request has a time limit of its own. */
                                  .limits = {.first_job = 10000,
                                             .first_job_early = 10000,
                                             .silence = 90000,
                                             .silence_early = 90000,
                                             .answer = 10000,
                                             .hold = 30000},
                                  .inquiry = &pool_gbt_info_any,
                                  .lookup = &pool_gbt_lookup,
                                  .block_id = pool_komodo_block_id},
        },
    .codes = codes,
    .kept = kept,
    .kept_block = kept_block,
    .header_ms = header_ms,
};

/* ---- the coin -------------------------------------------------------------------------------- */

enum {
    LOGIN_ADDRESS_MIN = 26, /* characters: what is shorter is the name of an account */
    LOGIN_ADDRESS_MAX = 90, /* of any coin's address */
};

static enum base_status login(const char *user, unsigned *group, struct base_error *error)
{
    char address[LOGIN_ADDRESS_MAX + 1];
    struct pool_script script;
    size_t head = strcspn(user, ".");
    (void)group; /* has none: stays 0 */
    if (head < LOGIN_ADDRESS_MIN) {
        return BASE_OK;
    }
    if (head > LOGIN_ADDRESS_MAX) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the user's address has %zu characters; a Komodo address has 34",
                              head);
    }
    (void)snprintf(address, sizeof(address), "%.*s", (int)head, user);
    enum base_status status = pool_komodo_payout(&script, address, error);
    return status == BASE_OK || error == NULL ? status : base_error_prefix(error, "user");
}

static const char *const algo_names[] = {"equihash", NULL};
static const struct pool_algo algos[] = {
    {"equihash", 1, 0, 0, {0}, NULL},
    {NULL, 0, 0, 0, {0}, NULL},
};

const struct pool_coin_entry pool_komodo_coin = {
    .coin = {"komodo", "Komodo", algo_names, NULL, 0},
    .ticker = "kmd",
    .family = &pool_komodo_family,
    .node = {POOL_DAEMON_HTTP, 7771, false, NULL}, /* RPC port of the main network */
    .algos = algos,
    .login = login,
    .nobody = "R9HC5WtHbpoa51NCUAz86XLCmGTbkf45NT", /* hash of 20 zero bytes */
    .payout = pool_komodo_payout,
};
