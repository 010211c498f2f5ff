/* past.h: what lanes have counted, added up; and the sums of lanes that have ended, since settings
 * changed: every snapshot adds them to those of the present lanes. */
#ifndef MINER_PAST_H
#define MINER_PAST_H

#include <stddef.h>

#include "lanes/values.h"

struct miner_lane;

/** Add what a lane has counted up to now. Threads: any; each number is exact, all together are not
 * of one moment while the lane hashes. */
void miner_lane_sum_take(struct miner_lane_sum *sum, const struct miner_lane *lane);

enum { MINER_PAST_DEVICES_MAX = 16 };

/* One device: all CPU lanes together under "cpu", or one OpenCL device. */
struct miner_past_device {
    char name[MINER_LANE_NAME_MAX];
    const char *kernel;        /* the last one used; constant */
    struct miner_lane_sum sum; /* its lanes and lanes_off are 0 */
};

/* Zeroed memory is an empty one. */
struct miner_past {
    struct miner_lane_sum sum; /* of all devices */
    uint64_t lanes_cpu_ns;     /* processor time */
    size_t count;
    struct miner_past_device devices[MINER_PAST_DEVICES_MAX]; /* the last one, "others": all for
                                                                 which there was no room */
};

/** Add lanes, which have ended, and the past that they had. */
void miner_past_add(struct miner_past *past, const struct miner_past *older,
                    const struct miner_lane *lanes, size_t lane_count);

/** Add the past counts of the device of this name, if there are any. */
void miner_past_take(struct miner_lane_sum *sum, const struct miner_past *past, const char *name);

#endif
