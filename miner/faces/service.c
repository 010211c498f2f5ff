/* service.c: see service.h. */
#include "faces/service.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "run/engine.h"

enum {
    STATUS_MS = 10000, /* time between two lines when nothing changes */
    STATUS_MAX = 512,
};

static size_t count_lanes(struct miner_engine *const engines[], size_t count)
{
    size_t lanes = 0;
    for (size_t i = 0; i < count; i++) {
        lanes += engines[i]->lane_count;
    }
    return lanes;
}

void miner_service_open(struct miner_service *service, struct miner_engine *const engines[],
                        size_t count)
{
    service->lanes = NULL;
    service->ready = false;
    service->silent = false;
    service->told_ms = 0;
    if (miner_notify_open(&service->notify, getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"),
                          getenv("WATCHDOG_PID"))) {
        miner_service_renew(service, engines, count);
    }
}

void miner_service_renew(struct miner_service *service, struct miner_engine *const engines[],
                         size_t count)
{
    base_free(service->lanes);
    service->lanes = NULL;
    if (service->notify.fd < 0 || service->notify.watchdog_ms == 0) {
        return;
    }
    service->lanes = base_alloc(count_lanes(engines, count), sizeof *service->lanes);
    if (service->lanes == NULL) {
        miner_log(engines[0]->host->log, MINER_LOG_WARNING, "service",
                  "no memory to watch the lanes: the service manager's watchdog is not fed");
    }
}

/* A lane that hashes finishes batches; one that does not has a reason. */
static bool is_alive(struct miner_service_lane *seen, const struct miner_engine *engine,
                     const struct miner_lane *lane)
{
    uint64_t batches = miner_counted(&lane->counters.batches);
    bool moved = batches != seen->batches;
    seen->batches = batches;
    return moved || miner_lane_state(lane) != MINER_LANE_READY || atomic_load(&lane->hot) ||
           miner_board_paused(engine->board) || miner_board_is_away(engine->board, lane->index);
}

static void feed_watchdog(struct miner_service *service, struct miner_engine *const engines[],
                          size_t count, uint64_t now_ms)
{
    const struct miner_lane *still = NULL;
    struct miner_service_lane *seen = service->lanes;
    if (seen == NULL) {
        return;
    }
    for (size_t e = 0; e < count; e++) {
        for (size_t i = 0; i < engines[e]->lane_count; i++, seen++) {
            if (seen->alive_ms == 0 || is_alive(seen, engines[e], &engines[e]->lanes[i])) {
                seen->alive_ms = now_ms;
            } else if (now_ms - seen->alive_ms >= service->notify.watchdog_ms / 2) {
                still = &engines[e]->lanes[i];
            }
        }
    }
    if (still == NULL) {
        (void)miner_notify_send(&service->notify, "WATCHDOG=1");
    } else if (!service->silent) {
        miner_log(engines[0]->host->log, MINER_LOG_ERROR, "service",
                  "%s has work and has finished nothing for %.0f s: the service manager's watchdog "
                  "is not fed any more",
                  still->name, (double)service->notify.watchdog_ms / 2000);
    }
    service->silent = still != NULL;
}

/* "12.3 MH/s, accepted 42, ...; stratum+tcp://pool:3333". */
static void tell_status(struct miner_service *service, struct miner_engine *engine)
{
    struct miner_link link;
    const struct miner_tally *tally = &engine->tally;
    char rate[32];
    char server[POOL_HOST_MAX + 32] = "no server";
    char text[STATUS_MAX];
    (void)pthread_mutex_lock(&engine->events.lock);
    link = engine->events.link;
    (void)pthread_mutex_unlock(&engine->events.lock);
    if (link.server < engine->server_count) {
        (void)pool_server_name(server, sizeof server, &engine->servers[link.server]);
    }
    (void)snprintf(text, sizeof text,
                   "STATUS=%s%s, accepted %" PRIu64 ", stale %" PRIu64 ", rejected %" PRIu64
                   ", wrong %" PRIu64 "; %s%.300s",
                   service->told_paused ? "paused, " : "",
                   miner_status_rate(rate, sizeof rate, miner_meter_rate(&engine->meter, 10000),
                                     engine->algo->unit),
                   miner_tally_sum(tally->accepted), miner_tally_sum(tally->stale),
                   miner_tally_sum(tally->rejected), miner_counted(&tally->faults),
                   link.up ? "" : "not connected: ", server);
    (void)miner_notify_send(&service->notify, text);
}

static void tell_ready(struct miner_service *service, struct miner_engine *const engines[],
                       size_t count)
{
    bool ready = false;
    for (size_t e = 0; e < count; e++) {
        for (size_t i = 0; i < engines[e]->lane_count; i++) {
            ready = ready || miner_lane_state(&engines[e]->lanes[i]) == MINER_LANE_READY;
        }
    }
    if (ready) {
        service->ready = true;
        (void)miner_notify_send(&service->notify, "READY=1");
    }
}

void miner_service_tick(struct miner_service *service, struct miner_engine *const engines[],
                        size_t count, uint64_t now_ms)
{
    struct miner_engine *engine = engines[0]; /* the status is the first group's */
    if (service->notify.fd < 0) {
        return;
    }
    if (!service->ready) {
        tell_ready(service, engines, count);
    }
    bool paused = miner_board_paused(engine->board);
    (void)pthread_mutex_lock(&engine->events.lock);
    bool up = engine->events.link.up;
    (void)pthread_mutex_unlock(&engine->events.lock);
    if (service->told_ms == 0 || now_ms - service->told_ms >= STATUS_MS || up != service->told_up ||
        paused != service->told_paused) {
        service->told_ms = now_ms;
        service->told_up = up;
        service->told_paused = paused;
        tell_status(service, engine);
    }
    feed_watchdog(service, engines, count, now_ms);
}

void miner_service_stopping(struct miner_service *service)
{
    (void)miner_notify_send(&service->notify, "STOPPING=1\nSTATUS=stopping");
}

void miner_service_close(struct miner_service *service)
{
    miner_notify_close(&service->notify);
    base_free(service->lanes);
    service->lanes = NULL;
}
