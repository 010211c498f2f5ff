/* past.h: what lanes have counted that are no more: those of engines that were replaced when
 * settings changed. Added to what the lanes of today count, wherever that is shown. */
#ifndef MINER_PAST_H
#define MINER_PAST_H

#include <stddef.h>

#include "kern.h"
#include "lane.h"

struct miner_engine;

enum { MINER_PAST_DEVICES_MAX = 16 };

/* One device: all CPU lanes together under "cpu", or one OpenCL device. */
struct miner_past_device {
    char name[MINER_LANE_NAME_MAX];
    const char *kernel; /* the last one used; constant */
    uint64_t hashes;
    uint64_t chain_hashes[KERN_CHAINS_MAX];
    uint64_t found;
    uint64_t faults;
    uint64_t lost;
    uint64_t busy_ns;
    uint64_t kernel_ns;
    uint64_t probes;
};

/* Zeroed memory is an empty one. Constant once its engine is seen by other threads. */
struct miner_past {
    uint64_t hashes; /* of all devices */
    uint64_t chain_hashes[KERN_CHAINS_MAX];
    uint64_t lanes_cpu_ns; /* processor time */
    size_t count;
    struct miner_past_device devices[MINER_PAST_DEVICES_MAX]; /* the last one: all that found no
                                                                 room of their own */
};

/** Add an engine's lanes, which have ended, and its own past. */
void miner_past_add(struct miner_past *past, const struct miner_engine *old);

/** What a device of this name had counted; NULL: nothing. */
const struct miner_past_device *miner_past_find(const struct miner_past *past, const char *name);

#endif
