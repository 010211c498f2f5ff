/* lane.h: what a pool protocol of the Bitcoin family has to know of the algorithm that it mines:
 * the coin's facts about it, not how it is hashed. */
#ifndef POOL_LANE_H
#define POOL_LANE_H

#include <stdint.h>

enum { POOL_LANE_EPOCHS_MAX = 4 };

/* One algorithm of one coin. Constant. */
struct pool_lane {
    const char *algo;           /* name for kern_algo_find */
    uint32_t difficulty_factor; /* target of difficulty 1, over 0xffff * 2^208 (stratum.md 5) */
    uint32_t version_mask;      /* bits of the header's version that name the algorithm, never */
    uint32_t version_bits;      /* rolled; and what they are for this one. 0 and 0: no such bits */
    uint32_t epoch_s[POOL_LANE_EPOCHS_MAX]; /* lengths of the epochs that the header's time selects:
                                               main network first, then test networks; 0: none */
    const char *rpc_name; /* what a node calls the algorithm (digibyte.md 3); NULL: it has one */
};

#endif
