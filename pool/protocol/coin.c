/* coin.c: what can be asked of a coin of the table, whichever it is. */
#include "protocol/coin.h"

#include <string.h>

const struct pool_coin_entry *pool_coin_entry(const struct pool_coin *coin)
{
    return (const struct pool_coin_entry *)(const void *)coin;
}

const struct pool_lane *pool_coin_lane(const struct pool_coin *coin, const char *algo)
{
    const struct pool_lane *lane = pool_coin_entry(coin)->lanes;
    while (lane != NULL && lane->algo != NULL) {
        if (algo == NULL || strcmp(lane->algo, algo) == 0) {
            return lane;
        }
        lane++;
    }
    return NULL;
}

enum base_status pool_login_check(const struct pool_coin *coin, const char *user, unsigned *group,
                                  struct base_error *error)
{
    if (group != NULL) {
        *group = 0;
    }
    if (coin->why_not != NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED, "%s cannot be mined: %s", coin->title,
                              coin->why_not);
    }
    return pool_coin_entry(coin)->login(user, group, error);
}

enum base_status pool_payout_check(const struct pool_coin *coin, const char *address,
                                   struct base_error *error)
{
    struct pool_script script;
    const struct pool_coin_entry *entry = pool_coin_entry(coin);
    if (entry->payout == NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "%s nodes do not let a miner choose whom a block pays", coin->title);
    }
    return entry->payout(&script, address, error);
}
