/* rig_groups.h: the inside of a rig, for run/ only. */
#ifndef MINER_RIG_GROUPS_H
#define MINER_RIG_GROUPS_H

#include "run/engine.h"
#include "run/reload.h"
#include "run/rig.h"

/* Devices with an algorithm and servers of their own. */
struct miner_group {
    struct miner_engine *engine; /* replaced under the rig's lock */
    struct miner_engine *next;   /* main thread: made ready to take over; NULL: none */
};

struct miner_rig {
    pthread_mutex_t lock; /* guards each group's engine against being replaced, and its config
                             against being changed: threads other than the main one use both under
                             it only; the main thread alone changes them */
    struct miner_group groups[MINER_GROUPS_MAX];
    size_t count;                  /* constant */
    struct miner_log *log;         /* constant */
    const struct miner_host *host; /* constant; its config is as of the start */
    struct miner_reload *reload;   /* constant; NULL: settings stay as they are */
    /* main thread only: */
    struct miner_face *const *faces;
    size_t face_count;
    const struct pool_server *own; /* servers to mine at instead of the settings', or NULL */
    size_t own_count;
    bool hung; /* a thread was left in a driver: the process must end without taking things down */
};

/** Snapshot of these engines, which are not replaced meanwhile. As miner_snapshot_take. */
struct miner_snapshot *miner_snapshot_of(struct miner_engine *const engines[], size_t count);

#endif
