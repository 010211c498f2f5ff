/* kmdnet.h: a development network of Komodo: a node's JSON-RPC over HTTP, and a pool that speaks
 * ZIP 301. Its config.key is "user:password" of the RPC port, its reduced 0, 96 or 48 (Equihash
 * 200,9; 96,5; 48,5). Facts: docs/devnet-komodo.md (from komodo.md 2 to 6 and 9). */
#ifndef POOL_KMDNET_H
#define POOL_KMDNET_H

#include "net/net.h"

/* How the pool port speaks (komodo.md 6.1, 6.2). */
enum pool_kmdnet_dialect {
    POOL_KMDNET_ZIP301,     /* set_target, sessions that can be resumed, errors of three members */
    POOL_KMDNET_ZNOMP,      /* no sessions, errors of two members, false to extranonce.subscribe */
    POOL_KMDNET_DIFFICULTY, /* set_difficulty in place of set_target, parameters in the job */
    POOL_KMDNET_DIALECT_COUNT
};

extern const struct pool_net_row pool_kmdnet;

#endif
