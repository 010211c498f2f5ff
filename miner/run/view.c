/* view.c: see view.h. */
#include "run/view.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "run/engine.h"

static const unsigned window_s[MINER_VIEW_WINDOWS] = {10, 60, 900};

struct miner_gauges {
    const struct miner_engine *engine;
    size_t device_count;

    pthread_mutex_t lock; /* guards all below */
    struct miner_meter total;
    struct miner_meter *meters; /* device_count */
    double highest;
    struct miner_sensor_watch *watch; /* borrowed; NULL: none yet */
};

unsigned miner_view_window_s(size_t window)
{
    BASE_ASSERT(window < MINER_VIEW_WINDOWS);
    return window_s[window];
}

/* Devices of an engine: its CPU lanes together, if there are any, then each device lane. */
static size_t count_devices(const struct miner_engine *engine)
{
    return (engine->cpu_lane_count > 0) + engine->device_count;
}

/* Lanes [*first, *end) of a device. */
static void lanes_of(const struct miner_engine *engine, size_t device, size_t *first, size_t *end)
{
    bool cpu = engine->cpu_lane_count > 0;
    if (cpu && device == 0) {
        *first = 0;
        *end = engine->cpu_lane_count;
        return;
    }
    *first = engine->cpu_lane_count + device - cpu;
    *end = *first + 1;
}

static const char *pci_of(const struct miner_engine *engine, size_t device)
{
    size_t first = 0;
    size_t end = 0;
    lanes_of(engine, device, &first, &end);
    const struct miner_lane *lane = &engine->lanes[first];
    return lane->devices != NULL ? kern_cl_list_at(lane->devices, lane->device)->pci : "";
}

struct miner_gauges *miner_gauges_new(const struct miner_engine *engine)
{
    struct miner_gauges *gauges = base_alloc(1, sizeof *gauges);
    if (gauges == NULL) {
        return NULL;
    }
    (void)pthread_mutex_init(&gauges->lock, NULL);
    gauges->engine = engine;
    gauges->device_count = count_devices(engine);
    gauges->meters = base_alloc(gauges->device_count, sizeof *gauges->meters);
    if (gauges->meters == NULL) {
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
    (void)pthread_mutex_destroy(&gauges->lock);
    base_free(gauges);
}

static uint64_t hashes_of(const struct miner_engine *engine, size_t device)
{
    uint64_t sum = 0;
    size_t first = 0;
    size_t end = 0;
    lanes_of(engine, device, &first, &end);
    for (size_t i = first; i < end; i++) {
        sum += miner_counted(&engine->lanes[i].counters.hashes);
    }
    return sum;
}

void miner_gauges_tick(struct miner_gauges *gauges, uint64_t now_ns)
{
    (void)pthread_mutex_lock(&gauges->lock);
    for (size_t i = 0; i < gauges->device_count; i++) {
        miner_meter_add(&gauges->meters[i], now_ns, hashes_of(gauges->engine, i));
    }
    miner_meter_add(&gauges->total, now_ns, miner_engine_hashes(gauges->engine));
    double rate = miner_meter_rate(&gauges->total, window_s[0] * UINT64_C(1000));
    gauges->highest = rate > gauges->highest ? rate : gauges->highest;
    (void)pthread_mutex_unlock(&gauges->lock);
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

void miner_gauges_watch(struct miner_gauges *gauges, struct miner_sensor_watch *watch)
{
    (void)pthread_mutex_lock(&gauges->lock);
    gauges->watch = watch;
    (void)pthread_mutex_unlock(&gauges->lock);
}

/* Rates and readings. */
static void copy_gauges(struct miner_view *view, struct miner_gauges *gauges)
{
    (void)pthread_mutex_lock(&gauges->lock);
    for (size_t w = 0; w < MINER_VIEW_WINDOWS; w++) {
        view->rate[w] = miner_meter_rate(&gauges->total, window_s[w] * UINT64_C(1000));
        for (size_t i = 0; i < gauges->device_count; i++) {
            view->devices[i].rate[w] =
                miner_meter_rate(&gauges->meters[i], window_s[w] * UINT64_C(1000));
        }
    }
    view->highest = gauges->highest;
    for (size_t i = 0; i < gauges->device_count; i++) {
        size_t lane = 0;
        size_t end = 0;
        lanes_of(gauges->engine, i, &lane, &end);
        struct miner_sensor_look look = miner_sensor_watch_look(gauges->watch, lane);
        view->devices[i].reading = look.reading;
        view->devices[i].cooling = look.resting;
        view->devices[i].cooling_rests = look.rests;
    }
    (void)pthread_mutex_unlock(&gauges->lock);
}

static const char *state_text(enum miner_lane_state state)
{
    switch (state) {
    case MINER_LANE_STARTING:
        return "starting";
    case MINER_LANE_READY:
        return "ready";
    case MINER_LANE_PAUSED:
        return "paused";
    case MINER_LANE_OFF:
        return "off";
    case MINER_LANE_FAILED:
        return "failed";
    case MINER_LANE_ENDED:
        break;
    }
    return "ended";
}

static void add_lane(struct miner_view_device *device, const struct miner_lane *lane)
{
    miner_lane_sum_take(&device->sum, lane);
    /* Of several lanes the state of one that hashes. */
    if (!device->up) {
        enum miner_lane_state state = miner_lane_state(lane);
        device->up = state == MINER_LANE_READY;
        device->state = state_text(state);
    }
}

static void copy_device(struct miner_view_device *device, const struct miner_engine *engine,
                        size_t index)
{
    size_t first = 0;
    size_t end = 0;
    lanes_of(engine, index, &first, &end);
    device->cpu = engine->lanes[first].devices == NULL;
    (void)snprintf(device->name, sizeof device->name, "%s",
                   device->cpu ? "cpu" : engine->lanes[first].name);
    device->kernel = device->cpu ? engine->variant->name : "opencl";
    (void)snprintf(device->pci, sizeof device->pci, "%s", pci_of(engine, index));
    device->limit = device->cpu ? engine->cpu_limit : 0;
    for (size_t i = first; i < end; i++) {
        add_lane(device, &engine->lanes[i]);
    }
    miner_past_take(&device->sum, &engine->past, device->name);
}

static void copy_server(struct miner_view *view, struct miner_engine *engine)
{
    struct miner_events *events = &engine->events;
    (void)pthread_mutex_lock(&events->lock);
    struct miner_link link = events->link;
    (void)pthread_mutex_unlock(&events->lock);
    view->server.up = link.up;
    view->server.since_ms = link.since_ms;
    view->server.connects = link.connects;
    view->server.failures = link.failures;
    view->server.difficulty = link.difficulty;
    if (link.server < engine->server_count) {
        (void)pool_server_name(view->server.name, sizeof view->server.name,
                               &engine->servers[link.server]);
    }
}

struct miner_view *miner_view_take(struct miner_engine *engine)
{
    size_t count = count_devices(engine);
    struct miner_view *view = base_alloc(1, sizeof *view + count * sizeof view->devices[0]);
    if (view == NULL) {
        return NULL;
    }
    uint64_t now_ns = base_clock_ns();
    view->now_ms = now_ns / 1000000U;
    view->uptime_s = now_ns > engine->start_ns ? (double)(now_ns - engine->start_ns) / 1e9 : 0;
    view->paused = miner_board_paused(engine->board);
    view->chains = engine->algo->chains;
    view->device_count = count;
    for (size_t i = 0; i < count; i++) {
        copy_device(&view->devices[i], engine, i);
    }
    view->hashes = miner_engine_hashes(engine);
    copy_gauges(view, engine->gauges);
    miner_board_look(engine->board, view->chain);
    for (uint32_t i = 0; i < view->chains; i++) {
        view->covered += view->chain[i].has_job;
        if (view->chain[i].expected > view->expected) {
            view->expected = view->chain[i].expected;
        }
        view->solo = view->solo || view->chain[i].solo;
    }
    copy_server(view, engine);
    return view;
}
