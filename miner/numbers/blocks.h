/* blocks.h: the last blocks of ours and what became of them, as values. */
#ifndef MINER_BLOCKS_H
#define MINER_BLOCKS_H

#include "pool.h"

enum { MINER_BLOCKS_KEPT = 16 };

struct miner_block {
    struct pool_block block;
    double time_s; /* since 1970: when its server took it */
};

/* The last ones, oldest first. Zeroed: none. Guarded by its owner. */
struct miner_blocks {
    size_t count;
    struct miner_block list[MINER_BLOCKS_KEPT];
};

/** More is known of a block: a new one is added, and the oldest dropped where there is no room.
 * Returns: what was known before; fate OPEN for a new one. */
enum pool_fate miner_blocks_note(struct miner_blocks *blocks, const struct pool_block *block,
                                 double time_s);

/** Put older ones in front of those that are there; their fate will not change any more. */
void miner_blocks_inherit(struct miner_blocks *blocks, const struct miner_blocks *older);

#endif
