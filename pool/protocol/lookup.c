/* lookup.c: see lookup.h. */
#include "protocol/lookup.h"

#include <string.h>

void pool_lookup_begin(struct pool_lookup *lookup, const struct pool_lookup_ops *ops,
                       const struct pool_server *server, const struct pool_block *block,
                       const uint8_t *nonce, size_t nonce_size)
{
    *lookup = (struct pool_lookup){.ops = ops,
                                   .server = server,
                                   .chain = block->chain,
                                   .height = block->height,
                                   .nonce_size = nonce_size};
    memcpy(lookup->id, block->id, sizeof(lookup->id));
    memcpy(lookup->nonce, nonce, nonce_size);
}

void pool_lookup_unknown(struct pool_lookup *lookup)
{
    lookup->done = true;
    lookup->reached = true;
    lookup->known = false; /* whatever an earlier look at another block has said */
}

void pool_lookup_found(struct pool_lookup *lookup, enum pool_fate fate, uint64_t confirmations)
{
    lookup->done = true;
    lookup->reached = true;
    lookup->known = true;
    lookup->fate = fate;
    lookup->confirmations = confirmations;
}
