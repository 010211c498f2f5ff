/* gauges.h: what is sampled once a second while lanes run: rates of each device and of all, and
 * which lane has stood still for how long. */
#ifndef MINER_GAUGES_H
#define MINER_GAUGES_H

#include <stddef.h>
#include <stdint.h>

struct miner_board;
struct miner_lane;
struct miner_gauges;

enum { MINER_WINDOWS = 3 }; /* windows of a rate: 10 s, 60 s, 15 min */

/* What gauges show of all lanes together. */
struct miner_gauges_look {
    double rate[MINER_WINDOWS]; /* units a second */
    double highest;             /* largest rate of the first window so far */
    uint64_t stuck_ms;          /* how long a lane that has work has finished nothing; 0: none */
    const char *stuck_lane;     /* name of the one that has stood still longest, of the lane's life;
                                   undefined where stuck_ms is 0 */
};

/** Gauges of lanes, CPU lanes first. Devices are numbered: the CPU lanes together, if there are
 * any, then each device lane.
 * In:      board, lanes  borrowed until miner_gauges_free.
 * Returns: NULL when there is no memory. Free: miner_gauges_free. */
struct miner_gauges *miner_gauges_new(const struct miner_board *board,
                                      const struct miner_lane *lanes, size_t lane_count,
                                      size_t cpu_lane_count);
void miner_gauges_free(struct miner_gauges *gauges);

/** Number of devices; lanes [*first, *end) of one. */
size_t miner_gauges_devices(const struct miner_gauges *gauges);
void miner_gauges_lanes(const struct miner_gauges *gauges, size_t device, size_t *first,
                        size_t *end);

/** Sample. Main thread, once a second. In: hashes  of all lanes, and of those before them.
 * Returns: the rate of the first window. */
double miner_gauges_tick(struct miner_gauges *gauges, uint64_t now_ns, uint64_t hashes);

/** Continue the total rate of gauges that these replace. Main thread, before any look. */
void miner_gauges_inherit(struct miner_gauges *gauges, struct miner_gauges *old);

/** Rates and the stuck lane; the rates of one device. Threads: any but lanes. */
struct miner_gauges_look miner_gauges_look(struct miner_gauges *gauges);
void miner_gauges_rate(struct miner_gauges *gauges, size_t device, double rate[MINER_WINDOWS]);

#endif
