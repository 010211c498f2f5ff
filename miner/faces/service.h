/* service.h: what a run tells the service manager that started it, if one did: that it is ready,
 * a line about how it goes, that it stops, and, while all goes well, that it is alive. */
#ifndef MINER_SERVICE_H
#define MINER_SERVICE_H

#include <stddef.h>

#include "faces/notify.h"

struct miner_engine;

/* What was seen of one lane. */
struct miner_service_lane {
    uint64_t batches;  /* counted at the last look */
    uint64_t alive_ms; /* look at which it had moved, or had a reason to rest */
};

/* Main thread only. */
struct miner_service {
    struct miner_notify notify;
    struct miner_service_lane *lanes; /* NULL: no watchdog */
    bool ready;                       /* READY=1 was sent */
    bool silent;      /* a lane stands still: the watchdog is not fed, and it was said */
    uint64_t told_ms; /* when the last STATUS was sent */
    bool told_up;     /* what it said */
    bool told_paused;
};

/** Begin, with the engines of all groups; reads the environment. Without a manager all below do
 * nothing. No memory for the lanes: a line in the log, and no watchdog. */
void miner_service_open(struct miner_service *service, struct miner_engine *const engines[],
                        size_t count);

/** Other engines have taken over: watch their lanes. */
void miner_service_renew(struct miner_service *service, struct miner_engine *const engines[],
                         size_t count);

/** Once a second. Ready is told when the first lane has passed its self-test. The watchdog is fed
 * as long as every lane that should hash does: one that has not finished a batch for half the
 * watchdog's time, with work, not resting and not starting, ends that. (A device whose driver
 * hangs ends the run by itself: --watchdog.) */
void miner_service_tick(struct miner_service *service, struct miner_engine *const engines[],
                        size_t count, uint64_t now_ms);

/** The run is being stopped. */
void miner_service_stopping(struct miner_service *service);
void miner_service_close(struct miner_service *service);

#endif
