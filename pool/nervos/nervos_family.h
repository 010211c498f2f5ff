/* nervos_family.h: what other rooms see of the Nervos CKB family: its row and its coin. */
#ifndef POOL_NERVOS_FAMILY_H
#define POOL_NERVOS_FAMILY_H

#include "protocol/coin.h"

extern const struct pool_family pool_nervos_family;
extern const struct pool_coin_entry pool_nervos_coin;

/* Nodes, get_block_template over JSON-RPC: nervos_node.c. */
extern const struct pool_protocol_ops pool_nervos_node;

/* The same over a node's TCP port, with new tips by subscription: nervos_lines.c. */
extern const struct pool_protocol_ops pool_nervos_lines;

/* Pools: nervos_stratum.c. */
extern const struct pool_protocol_ops pool_nervos_stratum;

#endif
