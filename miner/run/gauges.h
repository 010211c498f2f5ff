/* gauges.h: what the main thread samples once a second while an engine runs: rates of each device
 * and of all, and which lane has stood still for how long. For run/ only; snapshot.c copies it. */
#ifndef MINER_GAUGES_H
#define MINER_GAUGES_H

#include "run/snapshot.h"

struct miner_engine;
struct miner_gauges;

/** Gauges of an engine whose lanes are made. Devices are numbered: the CPU lanes together, if there
 * are any, then each device lane.
 * Returns: NULL when there is no memory. Free: miner_gauges_free. */
struct miner_gauges *miner_gauges_new(const struct miner_engine *engine);
void miner_gauges_free(struct miner_gauges *gauges);

/** Sample. Main thread, once a second. */
double miner_gauges_tick(struct miner_gauges *gauges, uint64_t now_ns);

/** Continue the total rate of an engine that this one replaces. Main thread, before any snapshot.
 */
void miner_gauges_inherit(struct miner_gauges *gauges, struct miner_gauges *old);

/** Copy rates, and the lane that has stood still longest where it has for longer than the
 * snapshot's so far. Threads: any but lanes. Out: group, devices  rates and highest. */
void miner_gauges_copy(struct miner_gauges *gauges, struct miner_snapshot *snapshot,
                       struct miner_snapshot_group *group, struct miner_snapshot_device *devices);

/** Lanes [*first, *end) of a device. */
void miner_gauges_lanes(const struct miner_engine *engine, size_t device, size_t *first,
                        size_t *end);

/** Number of devices. */
size_t miner_gauges_devices(const struct miner_engine *engine);

#endif
