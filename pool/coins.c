/* coins.c: the coins of --coin, what their logins look like and what their servers speak. A table;
 * no protocol. */
#include "protocol/coin.h"

#include <string.h>
#include <strings.h>

#include "alephium/address.h"
#include "bitcoin/digibyte.h"

static const char *const alephium_algos[] = {"alephium", NULL};
static const char *const digibyte_algos[] = {"skein",   "qubit",  "odocrypt",
                                             "sha256d", "scrypt", NULL}; /* as digibyte.c */
static const char *const no_algos[] = {NULL};

static const char later[] = "this version of Shardpick does not mine it; it mines alephium and "
                            "digibyte";
static const char stake[] = "its blocks are made by proof of stake, so nobody can mine it";

static enum base_status login_alephium(const char *user, unsigned *group, struct base_error *error)
{
    return pool_alephium_login(user, group, NULL, NULL, error);
}

static enum base_status login_digibyte(const char *user, unsigned *group, struct base_error *error)
{
    (void)group; /* has none: stays 0 */
    return pool_digibyte_login(user, error);
}

static const struct pool_coin_entry coins[] = {
    {.coin = {"alephium", "Alephium", alephium_algos, NULL},
     .ticker = "alph",
     .node = &pool_alephium_node,
     .stratum = &pool_alephium_stratum,
     .no_node = "an Alephium node gives work on its miner port only; write daemon+tcp:// with its "
                "port, 10973",
     .login = login_alephium},
    {.coin = {"digibyte", "DigiByte", digibyte_algos, NULL},
     .ticker = "dgb",
     .rpc = &pool_gbt_node,
     .stratum = &pool_stratum_v1,
     .no_node = "a DigiByte node gives work over JSON-RPC; write daemon+http:// with its RPC port, "
                "14022",
     .lanes = pool_digibyte_lanes,
     .nobody = "D596YFweJQuHY1BbjazZYmAbt8jJPbKehC", /* hash of 20 zero bytes */
     .login = login_digibyte,
     .payout = pool_digibyte_payout},
    {.coin = {"ergo", "Ergo", no_algos, later}, .ticker = "erg"},
    {.coin = {"nervos", "Nervos CKB", no_algos, later}, .ticker = "ckb"},
    {.coin = {"komodo", "Komodo", no_algos, later}, .ticker = "kmd"},
    {.coin = {"cardano", "Cardano", no_algos, stake}, .ticker = "ada"},
    {.coin = {"topl", "Topl", no_algos, stake}, .ticker = "lvl"},
};

_Static_assert(offsetof(struct pool_coin_entry, coin) == 0, "public and private pointers are one");

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
