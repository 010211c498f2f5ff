/* coin.h: the private side of a coin: which protocols its servers speak, and its lanes. The public
 * side is struct pool_coin in pool.h, its first member. */
#ifndef POOL_COIN_H
#define POOL_COIN_H

#include "protocol/protocol.h"

/* Script of an output. Value. */
struct pool_script {
    uint8_t bytes[POOL_GBT_SCRIPT_MAX];
    size_t size;
};

struct pool_coin_entry {
    struct pool_coin coin; /* first: the public pointer is the private one */
    const char *ticker;
    const struct pool_protocol_ops *node;    /* daemon+tcp://; NULL: its nodes have no such port */
    const struct pool_protocol_ops *rpc;     /* daemon+http://, daemon+https://; NULL likewise */
    const struct pool_protocol_ops *stratum; /* pools */
    const char *no_node;           /* why another daemon scheme does not do, and what does */
    const struct pool_lane *lanes; /* ended by one without algo; NULL: nothing to say of them */
    /** pool_login_check. */
    enum base_status (*login)(const char *user, unsigned *group, struct base_error *error);
    const char *nobody; /* an address that nobody has the key of, for replays; NULL where rpc is */
    /** Output script that pays an address; NULL where rpc is. As pool_payout_check. */
    enum base_status (*payout)(struct pool_script *script, const char *address,
                               struct base_error *error);
};

/** The private side of a public coin. */
const struct pool_coin_entry *pool_coin_entry(const struct pool_coin *coin);

/** The coin's lane of this name (NULL: its first), or NULL where it has none. */
const struct pool_lane *pool_coin_lane(const struct pool_coin *coin, const char *algo);

#endif
