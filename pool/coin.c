/* coin.c: the coins of --coin and what their logins look like. A table; no protocol. */
#include <strings.h>

#include "address.h"
#include "pool.h"

static const char *const alephium_algos[] = {"alephium", NULL};
static const char *const no_algos[] = {NULL};

static const char later[] = "this version of Shardpick does not mine it; it mines alephium";
static const char stake[] = "its blocks are made by proof of stake, so nobody can mine it";

static const struct {
    struct pool_coin coin;
    const char *ticker;
} coins[] = {
    {{"alephium", "Alephium", alephium_algos, NULL}, "alph"},
    {{"digibyte", "DigiByte", no_algos, later}, "dgb"},
    {{"ergo", "Ergo", no_algos, later}, "erg"},
    {{"nervos", "Nervos CKB", no_algos, later}, "ckb"},
    {{"komodo", "Komodo", no_algos, later}, "kmd"},
    {{"cardano", "Cardano", no_algos, stake}, "ada"},
    {{"topl", "Topl", no_algos, stake}, "lvl"},
};

const struct pool_coin *pool_coin_find(const char *name)
{
    for (size_t i = 0; i < BASE_COUNT_OF(coins); i++) {
        if (strcasecmp(name, coins[i].coin.name) == 0 || strcasecmp(name, coins[i].ticker) == 0) {
            return &coins[i].coin;
        }
    }
    return NULL;
}

const struct pool_coin *pool_coin_at(size_t index)
{
    return index < BASE_COUNT_OF(coins) ? &coins[index].coin : NULL;
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
    return pool_alephium_login(user, group, NULL, NULL, error);
}
