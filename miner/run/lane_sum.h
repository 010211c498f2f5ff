/* lane_sum.h: what lanes have counted, added up: of one lane, of all of a device, of those that
 * are no more. For every face that shows devices. */
#ifndef MINER_LANE_SUM_H
#define MINER_LANE_SUM_H

#include "kern.h"
#include "run/lane.h"

/* Zeroed memory is an empty one. */
struct miner_lane_sum {
    uint64_t hashes;
    uint64_t chain_hashes[KERN_CHAINS_MAX];
    uint64_t found;  /* right finds */
    uint64_t faults; /* wrong ones */
    uint64_t lost;   /* finds for which the verifier's ring had no room */
    uint64_t busy_ns;
    uint64_t kernel_ns;
    uint64_t proofs;         /* of devices: ranges that gave exactly the expected finds */
    uint64_t proofs_skipped; /* ranges whose finds the host could not compute in time */
    unsigned lanes;          /* of today */
    unsigned lanes_off;      /* of these: distrusted or failed */
};

/** Add what a lane has counted up to now. Threads: any; each number is exact, all together are not
 * of one moment while the lane hashes. */
void miner_lane_sum_take(struct miner_lane_sum *sum, const struct miner_lane *lane);

/** Add another sum. */
void miner_lane_sum_add(struct miner_lane_sum *sum, const struct miner_lane_sum *more);

#endif
