/* alephium_rest.h: an Alephium node's REST port (alephium.md 5): why it refuses work, as questions
 * in their order and one sentence made of the answers; what became of a block. No I/O. */
#ifndef POOL_ALEPHIUM_REST_H
#define POOL_ALEPHIUM_REST_H

#include "protocol/inquiry.h"
#include "protocol/lookup.h"

/* Steps of an inquiry. Where the miner port is silent it is asked as well: a real miner port would
 * count the request as a broken frame. The REST port is that of pool.h (rest_port, or port + 2000).
 */
enum pool_alephium_rest_step {
    POOL_ALEPHIUM_REST_CLIQUE,     /* /infos/self-clique on the REST port */
    POOL_ALEPHIUM_REST_MINER_PORT, /* the same on the miner port: was it the REST port? */
    POOL_ALEPHIUM_REST_ADDRESSES,  /* /miners/addresses */
    POOL_ALEPHIUM_REST_VERSION,    /* /infos/version */
    POOL_ALEPHIUM_REST_PEERS,      /* /infos/inter-clique-peer-info, where it is not synced */
};

/** REST port of a node: the one that is named, else the usual one beside its port for miners. */
uint16_t pool_alephium_rest_port(const struct pool_server *server);

/* Findings: "synced", "addresses", "version". */
extern const struct pool_inquiry_ops pool_alephium_rest;

/* What became of a block: alephium_lookup.c. */
extern const struct pool_lookup_ops pool_alephium_lookup;

#endif
