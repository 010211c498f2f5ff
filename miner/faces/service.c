/* service.c: see service.h. */
#include "faces/service.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/rate.h"
#include "faces/notify.h"

enum {
    STATUS_MS = 10000, /* time between two lines when nothing changes */
    STATUS_MAX = 512,
};

struct miner_service {
    struct miner_face face;
    struct miner_log *log; /* borrowed */
    struct miner_notify notify;
    bool ready;       /* READY=1 was sent */
    bool stuck;       /* a lane is stuck: the watchdog is not fed, and it was logged */
    uint64_t told_ms; /* when the last STATUS was sent; 0: never */
    bool told_up;     /* what it said */
    bool told_paused;
};

/* "12.3 MH/s, accepted 42, ...; stratum+tcp://pool:3333". */
static void tell_status(struct miner_service *service, const struct miner_snapshot *snapshot)
{
    const struct miner_snapshot_group *run = &snapshot->total;
    const char *server = run->server.name[0] != '\0' ? run->server.name : "no server";
    char rate[32];
    char text[STATUS_MAX];
    if (service->told_ms != 0 && snapshot->now_ms - service->told_ms < STATUS_MS &&
        run->server.up == service->told_up && run->paused == service->told_paused) {
        return;
    }
    service->told_ms = snapshot->now_ms;
    service->told_up = run->server.up;
    service->told_paused = run->paused;
    (void)snprintf(text, sizeof text,
                   "STATUS=%s%s, accepted %" PRIu64 ", stale %" PRIu64 ", rejected %" PRIu64
                   ", wrong %" PRIu64 "; %s%.300s",
                   run->paused ? "paused, " : "",
                   base_rate_text(rate, sizeof rate, run->rate[0], run->unit), run->shares.accepted,
                   run->shares.stale, run->shares.rejected, run->shares.faults,
                   run->server.up ? "" : "not connected: ", server);
    (void)miner_notify_send(&service->notify, text);
}

static void tell_ready(struct miner_service *service, const struct miner_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->total.device_count && !service->ready; i++) {
        if (snapshot->total.devices[i].up) {
            service->ready = true;
            (void)miner_notify_send(&service->notify, "READY=1");
        }
    }
}

static void feed_watchdog(struct miner_service *service, const struct miner_snapshot *snapshot)
{
    if (service->notify.watchdog_ms == 0) {
        return;
    }
    bool stuck = snapshot->stuck_ms > 0 && snapshot->stuck_ms >= service->notify.watchdog_ms / 2;
    if (!stuck) {
        (void)miner_notify_send(&service->notify, "WATCHDOG=1");
    } else if (!service->stuck) {
        miner_log(service->log, MINER_LOG_ERROR, "service",
                  "%s has work and has finished nothing for %.0f s: the service manager's watchdog "
                  "is not fed any more",
                  snapshot->stuck_lane, (double)snapshot->stuck_ms / 1000);
    }
    service->stuck = stuck;
}

static void tick(struct miner_face *face, const struct miner_snapshot *snapshot)
{
    struct miner_service *service = (void *)face;
    if (snapshot->stopping) {
        (void)miner_notify_send(&service->notify, "STOPPING=1\nSTATUS=stopping");
        return;
    }
    tell_ready(service, snapshot);
    tell_status(service, snapshot);
    feed_watchdog(service, snapshot);
}

static bool stop(struct miner_face *face)
{
    struct miner_service *service = (void *)face;
    miner_notify_close(&service->notify);
    base_free(service);
    return true;
}

struct miner_face *miner_service_new(struct miner_log *log)
{
    struct miner_service *service = base_alloc(1, sizeof *service);
    if (service == NULL) {
        return NULL;
    }
    if (!miner_notify_open(&service->notify, getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"),
                           getenv("WATCHDOG_PID"))) {
        base_free(service);
        return NULL;
    }
    service->face = (struct miner_face){NULL, tick, stop};
    service->log = log;
    return &service->face;
}
