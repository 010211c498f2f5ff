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
    bool awaited_told; /* the line about a driver that has not answered for the watchdog's time */
    bool hung; /* a thread was left in a driver: the process must end without taking things down */
};

/* ---- rig_change.c; main thread --------------------------------------------------------------- */

/** Settings in force that are alike in all groups. */
const struct miner_config *miner_rig_config(const struct miner_rig *rig);

/** No device may be in two groups, by whatever names it was called. Entries may be NULL.
 * Returns: BASE_OK; BASE_E_STATE with a sentence. */
BASE_MUST_CHECK enum base_status miner_rig_check_devices(struct miner_engine *const engines[],
                                                         size_t count, struct base_error *error);

/** Give an engine the servers to mine at: the rig's own, or those of its settings. */
void miner_rig_set_servers(const struct miner_rig *rig, struct miner_engine *engine);

/** Read the settings again and put them in force: all that can be, or nothing. */
void miner_rig_reload(struct miner_rig *rig, const char *why);

/** True while a group waits for the search for devices. */
bool miner_rig_awaits(const struct miner_rig *rig);

/** If a group does: log what the search is at. In: then  what that means, the line's end. */
void miner_rig_tell_awaited(const struct miner_rig *rig, const char *then);

/** True, and logged, when nothing hashes since a driver has not answered for the watchdog's time.
 * Where CPU lanes hash that is logged once, and the result is false. */
bool miner_rig_search_hangs(struct miner_rig *rig);

/** The search is over: its devices join.
 * Out:     exit_code  where the result is false.
 * Returns: false when the run is over: a named device is not there, or nothing is left to hash on.
 */
bool miner_rig_join_devices(struct miner_rig *rig, int *exit_code);

/** Snapshot of these engines, which are not replaced meanwhile. As miner_snapshot_take. */
struct miner_snapshot *miner_snapshot_of(struct miner_engine *const engines[], size_t count);

#endif
