/* coin.h: the private side of a coin: its family, its algorithms, its addresses, its nodes. The
 * public side is struct pool_coin in pool.h, its first member. */
#ifndef POOL_COIN_H
#define POOL_COIN_H

#include "protocol/family.h"
#include "wire/url.h"

/* Script of an output. Value. */
struct pool_script {
    uint8_t bytes[POOL_SCRIPT_MAX];
    size_t size;
};

struct pool_coin_entry {
    struct pool_coin coin; /* first: the public pointer is the private one */
    const char *ticker;
    const struct pool_family *family; /* NULL: the coin cannot be mined, and all below is empty */
    struct pool_url_node node;        /* how its nodes are written */
    const struct pool_algo *algos;    /* NULL: the family needs to know nothing of them */
    /** pool_login_look. NULL: the coin has no pools. BASE_E_REFUSED: it looks like a private key,
     * which is neither sent nor repeated. */
    enum base_status (*login)(const char *user, unsigned *group, struct base_error *error);
    const char
        *nobody; /* an address that nobody has the key of, for replays; NULL without payout */
    /** Output script that pays an address; NULL where a miner does not choose it. As
     * pool_payout_check. */
    enum base_status (*payout)(struct pool_script *script, const char *address,
                               struct base_error *error);
};

/** The private side of a public coin. */
const struct pool_coin_entry *pool_coin_entry(const struct pool_coin *coin);

/** The service that a server of a coin is; NULL: the coin has none for such a URL. */
const struct pool_service *pool_coin_service(const struct pool_coin *coin,
                                             const struct pool_server *server);

/** Find the coin's algorithm of this name (NULL or "": its first).
 * Out:     algo  NULL also for coins whose family needs to know nothing of algorithms
 * Returns: BASE_OK; BASE_E_UNSUPPORTED: the coin is not mined with it. */
BASE_MUST_CHECK enum base_status pool_coin_algo(const struct pool_algo **algo,
                                                const struct pool_coin *coin, const char *name,
                                                struct base_error *error);

#endif
