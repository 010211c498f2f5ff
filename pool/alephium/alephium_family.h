/* alephium_family.h: what other rooms see of the Alephium family: its row and its coin. */
#ifndef POOL_ALEPHIUM_FAMILY_H
#define POOL_ALEPHIUM_FAMILY_H

#include "protocol/coin.h"

extern const struct pool_family pool_alephium_family;
extern const struct pool_coin_entry pool_alephium_coin;

/* Full node, miner API version 1 and 0: alephium_node.c. */
extern const struct pool_protocol_ops pool_alephium_node;

/* Pools, every dialect: alephium_stratum.c. */
extern const struct pool_protocol_ops pool_alephium_stratum;

#endif
