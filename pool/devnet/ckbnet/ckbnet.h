/* ckbnet.h: a development network of Nervos CKB: a node's JSON-RPC over HTTP, and over TCP lines
 * with subscriptions (the port for events), and a pool. The header that is hashed is pow hash and
 * nonce, 48 bytes. Facts: docs/devnet-nervos.md (from ckb.md 3 to 6 and 10). */
#ifndef POOL_CKBNET_H
#define POOL_CKBNET_H

#include "net/net.h"

/* How the pool port speaks (ckb.md 6.1, 6.2). */
enum pool_ckbnet_dialect {
    POOL_CKBNET_UUPOOL, /* set_target; job, pow hash, height, parent hash, clean */
    POOL_CKBNET_BTCCOM, /* the same; the text "null" in subscribe, other error codes */
    POOL_CKBNET_K7,     /* a target where others name the parent hash, and no set_target */
    POOL_CKBNET_DIALECT_COUNT
};

extern const struct pool_net_row pool_ckbnet;

#endif
