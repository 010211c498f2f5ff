/* gauges.c: see gauges.h. */
#include "numbers/gauges.h"

#include <pthread.h>

#include "base/alloc.h"
#include "lanes/board.h"
#include "lanes/lane.h"

static const unsigned window_ms[MINER_WINDOWS] = {10000, 60000, 900000};

/* What was seen of one lane. */
struct lane_seen {
    uint64_t batches;  /* counted at the last sample */
    uint64_t alive_ms; /* sample at which it had moved, or had a reason to rest; 0: none yet */
};

struct miner_gauges {
    const struct miner_board *board;
    const struct miner_lane *lanes;
    size_t lane_count;
    size_t cpu_lane_count;

    pthread_mutex_t lock; /* guards all below */
    struct miner_meter total;
    struct miner_meter *meters; /* of each device */
    struct lane_seen *seen;     /* lane_count */
    double highest;
    size_t stuck_lane;
    uint64_t stuck_ms; /* 0: none */
};

size_t miner_gauges_devices(const struct miner_gauges *gauges)
{
    return (gauges->cpu_lane_count > 0) + gauges->lane_count - gauges->cpu_lane_count;
}

void miner_gauges_lanes(const struct miner_gauges *gauges, size_t device, size_t *first,
                        size_t *end)
{
    bool cpu = gauges->cpu_lane_count > 0;
    *first = cpu && device == 0 ? 0 : gauges->cpu_lane_count + device - cpu;
    *end = cpu && device == 0 ? gauges->cpu_lane_count : *first + 1;
}

struct miner_gauges *miner_gauges_new(const struct miner_board *board,
                                      const struct miner_lane *lanes, size_t lane_count,
                                      size_t cpu_lane_count)
{
    struct miner_gauges *gauges = base_alloc(1, sizeof *gauges);
    if (gauges == NULL) {
        return NULL;
    }
    (void)pthread_mutex_init(&gauges->lock, NULL);
    gauges->board = board;
    gauges->lanes = lanes;
    gauges->lane_count = lane_count;
    gauges->cpu_lane_count = cpu_lane_count;
    gauges->meters = base_alloc(miner_gauges_devices(gauges) + 1, sizeof *gauges->meters);
    gauges->seen = base_alloc(lane_count + 1, sizeof *gauges->seen);
    if (gauges->meters == NULL || gauges->seen == NULL) {
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
    base_free(gauges->seen);
    (void)pthread_mutex_destroy(&gauges->lock);
    base_free(gauges);
}

static uint64_t hashes_of(const struct miner_gauges *gauges, size_t device)
{
    uint64_t sum = 0;
    size_t first = 0;
    size_t end = 0;
    miner_gauges_lanes(gauges, device, &first, &end);
    for (size_t i = first; i < end; i++) {
        sum += miner_counted(&gauges->lanes[i].counters.hashes);
    }
    return sum;
}

/* A lane that hashes finishes batches; one that does not has a reason, or is stuck. */
static bool is_alive(struct lane_seen *seen, const struct miner_board *board,
                     const struct miner_lane *lane)
{
    uint64_t batches = miner_counted(&lane->counters.batches);
    bool moved = batches != seen->batches || seen->alive_ms == 0;
    seen->batches = batches;
    return moved || miner_lane_state(lane) != MINER_LANE_READY || atomic_load(&lane->hot) ||
           miner_board_paused(board) || miner_board_is_away(board, lane->index);
}

/* Under the lock. */
static void look_for_stuck(struct miner_gauges *gauges, uint64_t now_ms)
{
    gauges->stuck_ms = 0;
    for (size_t i = 0; i < gauges->lane_count; i++) {
        struct lane_seen *seen = &gauges->seen[i];
        if (is_alive(seen, gauges->board, &gauges->lanes[i])) {
            seen->alive_ms = now_ms;
        } else if (now_ms - seen->alive_ms > gauges->stuck_ms) {
            gauges->stuck_ms = now_ms - seen->alive_ms;
            gauges->stuck_lane = i;
        }
    }
}

double miner_gauges_tick(struct miner_gauges *gauges, uint64_t now_ns, uint64_t hashes)
{
    (void)pthread_mutex_lock(&gauges->lock);
    for (size_t i = 0; i < miner_gauges_devices(gauges); i++) {
        miner_meter_add(&gauges->meters[i], now_ns, hashes_of(gauges, i));
    }
    miner_meter_add(&gauges->total, now_ns, hashes);
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

/* Under the lock. */
static void rates_of(const struct miner_meter *meter, double rate[MINER_WINDOWS])
{
    for (size_t w = 0; w < MINER_WINDOWS; w++) {
        rate[w] = miner_meter_rate(meter, window_ms[w]);
    }
}

struct miner_gauges_look miner_gauges_look(struct miner_gauges *gauges)
{
    (void)pthread_mutex_lock(&gauges->lock);
    struct miner_gauges_look look = {.highest = gauges->highest,
                                     .stuck_ms = gauges->stuck_ms,
                                     .stuck_lane = gauges->lanes[gauges->stuck_lane].name};
    rates_of(&gauges->total, look.rate);
    (void)pthread_mutex_unlock(&gauges->lock);
    return look;
}

void miner_gauges_rate(struct miner_gauges *gauges, size_t device, double rate[MINER_WINDOWS])
{
    (void)pthread_mutex_lock(&gauges->lock);
    rates_of(&gauges->meters[device], rate);
    (void)pthread_mutex_unlock(&gauges->lock);
}
