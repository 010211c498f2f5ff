/* coins.c: the coins of --coin. A table, one line a coin that can be mined; what it says of a coin
 * stands in the room of its family. */
#include <string.h>
#include <strings.h>

#include "alephium/alephium_family.h"
#include "bitcoin/bitcoin_family.h"
#include "ergo/ergo_family.h"
#include "komodo/komodo_family.h"
#include "nervos/nervos_family.h"
#include "wire/url.h"

static const char *const no_algos[] = {NULL};

/* Coins that are known by name and cannot be mined. */
static const char stake[] = "its blocks are made by proof of stake, so nobody can mine it";
static const struct pool_coin_entry cardano = {.coin = {"cardano", "Cardano", no_algos, stake, 0},
                                               .ticker = "ada"};
static const struct pool_coin_entry topl = {.coin = {"topl", "Topl", no_algos, stake, 0},
                                            .ticker = "lvl"};

static const struct pool_coin_entry *const coins[] = {
    &pool_alephium_coin, /* the first is the default */
    &pool_digibyte_coin, &pool_nervos_coin, &pool_komodo_coin, &pool_ergo_coin, &cardano, &topl,
};

_Static_assert(offsetof(struct pool_coin_entry, coin) == 0, "public and private pointers are one");

const struct pool_coin *pool_coin_find(const char *name)
{
    for (size_t i = 0; i < BASE_COUNT_OF(coins); i++) {
        if (strcasecmp(name, coins[i]->coin.name) == 0 || strcasecmp(name, coins[i]->ticker) == 0) {
            return &coins[i]->coin;
        }
    }
    return NULL;
}

const struct pool_coin *pool_coin_at(size_t index)
{
    return index < BASE_COUNT_OF(coins) ? &coins[index]->coin : NULL;
}

enum base_status pool_server_parse(struct pool_server *server, const char *url,
                                   struct base_error *error)
{
    struct pool_url_node nodes[BASE_COUNT_OF(coins)];
    for (size_t i = 0; i < BASE_COUNT_OF(coins); i++) {
        nodes[i] = coins[i]->node;
        nodes[i].title = coins[i]->coin.title;
    }
    return pool_url_parse(server, url, nodes, BASE_COUNT_OF(coins), error);
}
