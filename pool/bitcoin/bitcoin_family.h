/* bitcoin_family.h: what other rooms see of the Bitcoin family: its row and its coins. */
#ifndef POOL_BITCOIN_FAMILY_H
#define POOL_BITCOIN_FAMILY_H

#include "protocol/coin.h"

extern const struct pool_family pool_bitcoin_family;
extern const struct pool_coin_entry pool_digibyte_coin;

/* Nodes, getblocktemplate over JSON-RPC: gbt_node.c. */
extern const struct pool_protocol_ops pool_gbt_node;

/* Pools: stratum_v1.c. */
extern const struct pool_protocol_ops pool_stratum_v1;

#endif
