/* ergo_family.h: what other rooms see of the Ergo family: its row and its coin. */
#ifndef POOL_ERGO_FAMILY_H
#define POOL_ERGO_FAMILY_H

#include "protocol/coin.h"

extern const struct pool_family pool_ergo_family;
extern const struct pool_coin_entry pool_ergo_coin;

/* Nodes over REST: ergo_node.c. */
extern const struct pool_protocol_ops pool_ergo_node;

/* Pools: ergo_stratum.c. */
extern const struct pool_protocol_ops pool_ergo_stratum;

#endif
