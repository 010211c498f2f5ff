/* rig.h: a mining run: its engines, one a group of devices with an algorithm and servers of their
 * own, and what they share: log, faces, bounds, the service manager. Starts and stops them in
 * order, watches them, and puts new settings in force while they work. */
#ifndef MINER_RIG_H
#define MINER_RIG_H

#include <pthread.h>

#include "commands/commands.h"
#include "run/engine.h"
#include "run/reload.h"

struct miner_api;
struct miner_screen;

/* What an engine was made from. */
struct miner_set {
    struct miner_host host;          /* the program's, with settings of its own */
    struct miner_topology *topology; /* of changed settings, owned; NULL: the program's */
};

/* Devices with an algorithm and servers of their own. */
struct miner_group {
    struct miner_engine *engine;
    struct miner_set sets[2];  /* the engine's, and room for its successor's */
    unsigned set;              /* which is the engine's */
    struct miner_engine *next; /* main thread: made ready to take over; NULL: none */
};

struct miner_rig {
    pthread_mutex_t lock; /* guards every engine, and its host's config, against being replaced:
                             threads other than the main one look at them under it */
    struct miner_group groups[MINER_GROUPS_MAX];
    size_t count;
    struct miner_log *log;
    struct miner_api *api;         /* NULL: none */
    struct miner_screen *screen;   /* NULL: none */
    struct miner_service service;  /* main thread only, like all below */
    struct miner_reload *reload;   /* NULL: settings stay as they are */
    const struct pool_server *own; /* servers to mine at instead of the settings', or NULL */
    size_t own_count;
    bool hung; /* a thread was left in a driver: the process must end without taking things down */
};

/** Choose algorithm, kernel and devices, prepare everything; nothing runs yet.
 * In:      host       copied; what it points to is borrowed.
 * Out:     rig        NULL on error. Free: miner_rig_free.
 *          exit_code  on error: what the process should end with.
 * Returns: BASE_OK or what is wrong, with a sentence. */
BASE_MUST_CHECK enum base_status miner_rig_new(struct miner_rig **rig, int *exit_code,
                                               const struct miner_host *host,
                                               struct base_error *error);
/** NULL is fine. */
void miner_rig_free(struct miner_rig *rig);

/** Mine until the run is over, then stop all in order.
 * In:      own, own_count  servers to mine at instead of those of the settings; 0: those.
 * Returns: the process's exit code; what led to it was logged. */
int miner_rig_run(struct miner_rig *rig, const struct pool_server *own, size_t own_count);

/** The engine of a group (0: the first, or only one) for a look at it; it and the others are not
 * replaced before miner_rig_unlock. Any thread but the main one; for a short time, since the main
 * thread may wait for it. */
struct miner_engine *miner_rig_lock(struct miner_rig *rig, size_t group);
void miner_rig_unlock(struct miner_rig *rig);

/** All groups' lanes rest, or go on; as miner_engine_pause. Any thread but the main one. */
void miner_rig_pause(struct miner_rig *rig, bool pause, const char *who);

/** Ask for the settings to be read again. Any thread.
 * Returns: BASE_OK they are right and will be put in force; BASE_E_STATE there is no file to read;
 *          otherwise what is wrong with them, with a sentence: nothing changes. */
BASE_MUST_CHECK enum base_status miner_rig_ask_reload(struct miner_rig *rig,
                                                      struct base_error *error);

#endif
