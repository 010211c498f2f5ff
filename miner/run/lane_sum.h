/* lane_sum.h: adding up what lanes have counted. For run/ only; the sums are in snapshots. */
#ifndef MINER_LANE_SUM_H
#define MINER_LANE_SUM_H

#include "run/lane.h"

/** Add what a lane has counted up to now. Threads: any; each number is exact, all together are not
 * of one moment while the lane hashes. */
void miner_lane_sum_take(struct miner_lane_sum *sum, const struct miner_lane *lane);

/** Add another sum. */
void miner_lane_sum_add(struct miner_lane_sum *sum, const struct miner_lane_sum *more);

#endif
