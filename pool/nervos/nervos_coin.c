/* nervos_coin.c: the row of the coin: logins of pools, whom blocks pay, how its nodes are written.
 * Source: ckb.md 3 and 7. */
#include <string.h>
#include <strings.h>

#include "nervos/nervos_address.h"
#include "nervos/nervos_family.h"

static enum base_status login(const char *user, unsigned *group, struct base_error *error)
{
    struct pool_ckb_address address;
    size_t head = strcspn(user, ".");
    (void)group; /* has none: stays 0 */
    if (head < 40 && strncasecmp(user, "ckb1", 4) != 0 && strncasecmp(user, "ckt1", 4) != 0) {
        return BASE_OK; /* the name of an account */
    }
    enum base_status status = pool_ckb_address_read(&address, user, head, error);
    return status == BASE_OK || error == NULL ? status : base_error_prefix(error, "user");
}

static enum base_status payout(struct pool_script *script, const char *text,
                               struct base_error *error)
{
    struct pool_ckb_address address;
    memset(script, 0, sizeof(*script));
    enum base_status status = pool_ckb_address_read(&address, text, strlen(text), error);
    if (status == BASE_OK) {
        pool_ckb_to_script(script, &address);
    }
    return status;
}

static const char *const algo_names[] = {"eaglesong", NULL};

static const struct pool_algo algos[] = {
    {"eaglesong", 1, 0, 0, {0}, NULL},
    {NULL, 0, 0, 0, {0}, NULL},
};

const struct pool_coin_entry pool_nervos_coin = {
    .coin = {"nervos", "Nervos CKB", algo_names, NULL, 0},
    .ticker = "ckb",
    .family = &pool_nervos_family,
    .node = {POOL_DAEMON_HTTP, 8114, false, NULL},
    .algos = algos,
    .login = login,
    .nobody = "", /* a replayed node keeps the lock of its own settings */
    .payout = payout,
};
