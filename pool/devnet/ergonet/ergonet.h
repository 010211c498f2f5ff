/* ergonet.h: a development network of Ergo: a node's REST interface, and a pool with the target
 * rules of the known ones. Its config.key is the API key ("": "hello", as in a node's
 * configuration), its reduced the elements of a table (0: the coin's own number). The header that
 * is hashed is msg and nonce, 40 bytes. Facts: docs/devnet-ergo.md (from ergo.md 2, 3, 6, 7 and 9).
 */
#ifndef POOL_ERGONET_H
#define POOL_ERGONET_H

#include "net/net.h"

/* How the pool port speaks (ergo.md 7.2, 7.3). */
enum pool_ergonet_dialect {
    POOL_ERGONET_SHARE,      /* b is the share's target, difficulty always 1 */
    POOL_ERGONET_FACTOR,     /* b is the block's; hits count up to b times the difficulty */
    POOL_ERGONET_MULTIPLIED, /* b is the share's, and the factor is sent as difficulty, too */
    POOL_ERGONET_BARE,       /* no difficulty; b and version are bare numbers, ids have 16 digits */
    POOL_ERGONET_UUPOOL, /* jobs of four members, set_target, a name as id of the first answer */
    POOL_ERGONET_DIALECT_COUNT
};

extern const struct pool_net_row pool_ergonet;

#endif
