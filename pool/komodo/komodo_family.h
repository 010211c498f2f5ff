/* komodo_family.h: what other rooms see of the Komodo family: its row and its coin. */
#ifndef POOL_KOMODO_FAMILY_H
#define POOL_KOMODO_FAMILY_H

#include "protocol/coin.h"

extern const struct pool_family pool_komodo_family;
extern const struct pool_coin_entry pool_komodo_coin;

/* Nodes, getblocktemplate over JSON-RPC: komodo_node.c. */
extern const struct pool_protocol_ops pool_komodo_node;

/* Pools, ZIP 301: komodo_zip301.c. */
extern const struct pool_protocol_ops pool_komodo_zip301;

#endif
