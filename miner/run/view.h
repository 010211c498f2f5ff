/* view.h: a mining run as faces show it: one copy of all its numbers, taken at one moment, by any
 * thread, without touching a lane. The gauges behind it are sampled once a second by the main
 * thread. Knows nothing of how the numbers are shown. */
#ifndef MINER_VIEW_H
#define MINER_VIEW_H

#include "run/board.h"
#include "run/counters.h"
#include "run/lane_sum.h"
#include "run/sensor_watch.h"

struct miner_engine;
struct miner_gauges;

enum { MINER_VIEW_WINDOWS = 3 }; /* 10 s, 60 s, 15 min */

/* All CPU lanes together, or one device lane. Pointers are to constants. */
struct miner_view_device {
    char name[MINER_LANE_NAME_MAX]; /* "cpu", "opencl 0:0 ..." */
    const char *kernel;
    char pci[16];      /* "0000:65:00.0", or "" */
    const char *state; /* "starting", "ready", "paused", "off", "failed", "ended" */
    bool cpu;
    bool up; /* at least one lane hashes whenever there is work */
    struct miner_lane_sum sum;
    double rate[MINER_VIEW_WINDOWS]; /* units a second */
    double limit;                    /* most that these lanes could do, as measured; 0: unknown */
    struct miner_reading reading;
    bool cooling;           /* rests because it was too hot */
    uint64_t cooling_rests; /* how often it did */
};

struct miner_view_server {
    char name[POOL_HOST_MAX + 32]; /* "stratum+tcp://host:port", without login */
    bool up;
    uint64_t since_ms; /* base_clock_ms of the last change of up; 0: never */
    uint64_t connects;
    uint64_t failures;
    double difficulty; /* as the pool set it; 0 where none did */
};

struct miner_view {
    double uptime_s; /* of the run */
    bool paused;
    double rate[MINER_VIEW_WINDOWS];
    double highest; /* largest rate of the first window so far */
    uint64_t hashes;
    uint32_t chains;
    unsigned covered; /* chains that have a job */
    uint64_t now_ms;  /* base_clock_ms of this copy */
    double expected;  /* hashes expected for a find; 0 without a job */
    bool solo;        /* finds are blocks of a node */
    struct miner_chain_look chain[KERN_CHAINS_MAX];
    struct miner_view_server server;
    size_t device_count;
    struct miner_view_device devices[];
};

/** Gauges of an engine whose lanes are made.
 * Returns: NULL when there is no memory. Free: miner_gauges_free. */
struct miner_gauges *miner_gauges_new(const struct miner_engine *engine);
void miner_gauges_free(struct miner_gauges *gauges);

/** Sample all rates; once a second, on the main thread. */
void miner_gauges_tick(struct miner_gauges *gauges, uint64_t now_ns);

/** Go on with the total rate of engines before this one. Before faces see either. */
void miner_gauges_inherit(struct miner_gauges *gauges, struct miner_gauges *old);

/** Show the readings of this watch from now on; borrowed until miner_gauges_free. */
void miner_gauges_watch(struct miner_gauges *gauges, struct miner_sensor_watch *watch);

/** Copy the numbers of a run.
 * Returns: NULL when there is no memory. Free: base_free.
 * Threads: any but lanes. */
struct miner_view *miner_view_take(struct miner_engine *engine);

/** Length of a window in seconds. */
unsigned miner_view_window_s(size_t window);

#endif
