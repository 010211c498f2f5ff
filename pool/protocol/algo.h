/* algo.h: what the protocols of a family have to know of an algorithm that a coin is mined with:
 * the coin's facts about it, not how it is hashed. */
#ifndef POOL_ALGO_H
#define POOL_ALGO_H

#include <stdint.h>

enum { POOL_ALGO_EPOCHS_MAX = 4 };

/* One algorithm of one coin. Constant. */
struct pool_algo {
    const char *name;           /* for kern_algo_find; NULL ends a list */
    uint32_t difficulty_factor; /* target of difficulty 1, over 0xffff * 2^208 (stratum.md 5) */
    uint32_t version_mask;      /* bits of the header's version that name the algorithm, and are */
    uint32_t version_bits;      /* never rolled; their value for this one. 0 and 0: no such bits */
    uint32_t epoch_s[POOL_ALGO_EPOCHS_MAX]; /* lengths of the epochs that the header's time selects:
                                               main network first, then test networks; 0: none */
    const char *rpc_name; /* what a node calls the algorithm (digibyte.md 3); NULL: it has one */
};

#endif
