/* ergo_family.c: the row of the Ergo family and its coin. Source: ergo.md. */
#include "ergo/ergo_family.h"

#include <string.h>

#include "ergo/ergo_address.h"
#include "ergo/ergo_info.h"

/* A job has the hash of a header, not its time. */
static int64_t header_ms(const struct pool_job *job)
{
    (void)job;
    return 0;
}

static const struct pool_first_byte first_bytes[] = {
    {0x00, "it sends binary frames: this is a node's port, not a pool's", NULL, NULL},
    POOL_FIRST_BYTES_OF_LINES,
};

/* uupool uses 21 for a low difficulty, which its text says (ergo.md 7). */
static const struct pool_reject_code codes[] = {
    {21, POOL_STALE},        {22, POOL_DUPLICATE},    {23, POOL_LOW_DIFFICULTY},
    {24, POOL_UNAUTHORIZED}, {25, POOL_UNAUTHORIZED}, {32, POOL_LOW_DIFFICULTY},
    {0, POOL_REFUSED},
};

/* A submission to a pool has worker, job and the rest of the nonce; most have time and whole nonce
 * behind that. */
static const struct pool_kept kept[] = {
    {"mining.subscribe", 0, 1U << 0, {NULL}}, /* our program's name */
    {"mining.submit", 3, 1U << 1 | 1U << 2, {NULL}},
    {"mining.submit", 5, 1U << 1 | 1U << 2 | 1U << 3 | 1U << 4, {NULL}},
    {"POST /mining/solution", 0, 0, {"n", NULL}},
    {NULL, 0, 0, {NULL}},
};

const struct pool_family pool_ergo_family = {
    .name = "ergo",
    .services =
        {
            [POOL_ACCESS_POOL] =
                {.ops = &pool_ergo_stratum,
                 .user = POOL_USER_LOGIN,
                 .limits = {.first_job = 20000, /* a pool sends work once it knows the miner */
                            .first_job_early = 10000,
                            .silence = 300000, /* blocks come every 120 s, jobs again every 60 s */
                            .answer = 10000,
                            .hold = 10000}, /* jobs expire */
                 .first_bytes = first_bytes,
                 .line_max = 16 << 10}, /* a notify has 250 bytes */
            [POOL_ACCESS_HTTP] = {.ops = &pool_ergo_node,
                                  .user = POOL_USER_NONE,
                                  /* A node answers a solution within 5 s, or says that it could
                                   * not (ergo.md 6). */
                                  .limits = {.first_job = 15000,
                                             .first_job_early = 15000,
                                             .silence = 60000,
                                             .silence_early = 60000,
                                             .answer = 10000,
                                             .hold = 30000},
                                  .inquiry = &pool_ergo_info,
                                  .lookup = &pool_ergo_lookup},
        },
    .codes = codes,
    .kept = kept,
    .header_ms = header_ms,
};

enum { ACCOUNT_MAX = 44 }; /* characters: shorter ones are names, or addresses of other coins */

static enum base_status login(const char *user, unsigned *group, struct base_error *error)
{
    size_t size = strcspn(user, ".");
    bool testnet = false;
    (void)group; /* has none: stays 0 */
    if (size <= ACCOUNT_MAX) {
        return BASE_OK;
    }
    enum base_status status = pool_ergo_address_check(&testnet, user, size, error);
    return status == BASE_OK || error == NULL ? status : base_error_prefix(error, "user");
}

static const char *const algos[] = {"autolykos2", NULL};

const struct pool_coin_entry pool_ergo_coin = {
    .coin = {"ergo", "Ergo", algos, NULL, 120},
    .ticker = "erg",
    .family = &pool_ergo_family,
    .node = {POOL_DAEMON_HTTP, 9053, false, NULL}, /* 9052 on test networks */
    .login = login,
};
