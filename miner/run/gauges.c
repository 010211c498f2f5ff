/* gauges.c: see gauges.h. */
#include "run/gauges.h"

#include <pthread.h>
#include <stdio.h>

#include "base/alloc.h"
#include "run/engine.h"

static const unsigned window_ms[MINER_WINDOWS] = {10000, 60000, 900000};

/* What was seen of one lane. */
struct lane_seen {
    uint64_t batches;  /* counted at the last sample */
    uint64_t alive_ms; /* sample at which it had moved, or had a reason to rest; 0: none yet */
};

struct miner_gauges {
    const struct miner_engine *engine;
    size_t device_count;

    pthread_mutex_t lock; /* guards all below */
    struct miner_meter total;
    struct miner_meter *meters; /* device_count */
    struct lane_seen *lanes;    /* the engine's lane_count */
    double highest;
    size_t stuck_lane;
    uint64_t stuck_ms; /* 0: none */
};

size_t miner_gauges_devices(const struct miner_engine *engine)
{
    return (engine->cpu_lane_count > 0) + engine->device_count;
}

void miner_gauges_lanes(const struct miner_engine *engine, size_t device, size_t *first,
                        size_t *end)
{
    bool cpu = engine->cpu_lane_count > 0;
    *first = cpu && device == 0 ? 0 : engine->cpu_lane_count + device - cpu;
    *end = cpu && device == 0 ? engine->cpu_lane_count : *first + 1;
}

struct miner_gauges *miner_gauges_new(const struct miner_engine *engine)
{
    struct miner_gauges *gauges = base_alloc(1, sizeof *gauges);
    if (gauges == NULL) {
        return NULL;
    }
    (void)pthread_mutex_init(&gauges->lock, NULL);
    gauges->engine = engine;
    gauges->device_count = miner_gauges_devices(engine);
    gauges->meters = base_alloc(gauges->device_count + 1, sizeof *gauges->meters);
    gauges->lanes = base_alloc(engine->lane_count + 1, sizeof *gauges->lanes);
    if (gauges->meters == NULL || gauges->lanes == NULL) {
        miner_gauges_free(gauges);
        return NULL;
    }
    return gauges;
}

void miner_gauges_free(struct miner_gauges *gauges)
{
    if (gauges == NULL) {
        return;
    }
    base_free(gauges->meters);
    base_free(gauges->lanes);
    (void)pthread_mutex_destroy(&gauges->lock);
    base_free(gauges);
}

static uint64_t hashes_of(const struct miner_engine *engine, size_t device)
{
    uint64_t sum = 0;
    size_t first = 0;
    size_t end = 0;
    miner_gauges_lanes(engine, device, &first, &end);
    for (size_t i = first; i < end; i++) {
        sum += miner_counted(&engine->lanes[i].counters.hashes);
    }
    return sum;
}

/* A lane that hashes finishes batches; one that does not has a reason, or is stuck. */
static bool is_alive(struct lane_seen *seen, const struct miner_engine *engine,
                     const struct miner_lane *lane)
{
    uint64_t batches = miner_counted(&lane->counters.batches);
    bool moved = batches != seen->batches || seen->alive_ms == 0;
    seen->batches = batches;
    return moved || miner_lane_state(lane) != MINER_LANE_READY || atomic_load(&lane->hot) ||
           miner_board_paused(engine->board) || miner_board_is_away(engine->board, lane->index);
}

/* Under the lock. */
static void look_for_stuck(struct miner_gauges *gauges, uint64_t now_ms)
{
    gauges->stuck_ms = 0;
    for (size_t i = 0; i < gauges->engine->lane_count; i++) {
        struct lane_seen *seen = &gauges->lanes[i];
        if (is_alive(seen, gauges->engine, &gauges->engine->lanes[i])) {
            seen->alive_ms = now_ms;
        } else if (now_ms - seen->alive_ms > gauges->stuck_ms) {
            gauges->stuck_ms = now_ms - seen->alive_ms;
            gauges->stuck_lane = i;
        }
    }
}

double miner_gauges_tick(struct miner_gauges *gauges, uint64_t now_ns)
{
    (void)pthread_mutex_lock(&gauges->lock);
    for (size_t i = 0; i < gauges->device_count; i++) {
        miner_meter_add(&gauges->meters[i], now_ns, hashes_of(gauges->engine, i));
    }
    miner_meter_add(&gauges->total, now_ns, miner_engine_hashes(gauges->engine));
    double rate = miner_meter_rate(&gauges->total, window_ms[0]);
    gauges->highest = rate > gauges->highest ? rate : gauges->highest;
    look_for_stuck(gauges, now_ns / 1000000U);
    (void)pthread_mutex_unlock(&gauges->lock);
    return rate;
}

void miner_gauges_inherit(struct miner_gauges *gauges, struct miner_gauges *old)
{
    (void)pthread_mutex_lock(&old->lock);
    (void)pthread_mutex_lock(&gauges->lock);
    gauges->total = old->total;
    gauges->highest = old->highest;
    (void)pthread_mutex_unlock(&gauges->lock);
    (void)pthread_mutex_unlock(&old->lock);
}

void miner_gauges_copy(struct miner_gauges *gauges, struct miner_snapshot *snapshot,
                       struct miner_snapshot_group *group, struct miner_snapshot_device *devices)
{
    (void)pthread_mutex_lock(&gauges->lock);
    for (size_t w = 0; w < MINER_WINDOWS; w++) {
        group->rate[w] = miner_meter_rate(&gauges->total, window_ms[w]);
        for (size_t i = 0; i < gauges->device_count; i++) {
            devices[i].rate[w] = miner_meter_rate(&gauges->meters[i], window_ms[w]);
        }
    }
    group->highest = gauges->highest;
    if (gauges->stuck_ms > snapshot->stuck_ms) {
        snapshot->stuck_ms = gauges->stuck_ms;
        (void)snprintf(snapshot->stuck_lane, sizeof snapshot->stuck_lane, "%s",
                       gauges->engine->lanes[gauges->stuck_lane].name);
    }
    (void)pthread_mutex_unlock(&gauges->lock);
}
