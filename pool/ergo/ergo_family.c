/* ergo_family.c: the row of the Ergo family and its coin. Source: ergo.md. */
#include "ergo/ergo_family.h"

#include "ergo/ergo_info.h"

/* A job has the hash of a header, not its time. */
static int64_t header_ms(const struct pool_job *job)
{
    (void)job;
    return 0;
}

static const struct pool_reject_code codes[] = {{0, POOL_REFUSED}};

static const struct pool_kept kept[] = {
    {"POST /mining/solution", 0, 0, {"n", NULL}},
    {NULL, 0, 0, {NULL}},
};

const struct pool_family pool_ergo_family = {
    .name = "ergo",
    .services =
        {
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

static enum base_status login(const char *user, unsigned *group, struct base_error *error)
{
    (void)user;
    (void)group;
    return base_error_set(error, BASE_E_UNSUPPORTED,
                          "Ergo is mined at a node, which takes no login: it pays the key in its "
                          "own settings");
}

static const char *const algos[] = {"autolykos2", NULL};

const struct pool_coin_entry pool_ergo_coin = {
    .coin = {"ergo", "Ergo", algos, NULL},
    .ticker = "erg",
    .family = &pool_ergo_family,
    .node = {POOL_DAEMON_HTTP, 9053, false, NULL}, /* 9052 on test networks */
    .login = login,
};
