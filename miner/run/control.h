/* control.h: how a run and its faces meet. A face shows a run (screen, HTTP, log lines, service
 * manager); the run knows it as three calls only. What a face may ask of the run is below;
 * its numbers are in snapshot.h. */
#ifndef MINER_CONTROL_H
#define MINER_CONTROL_H

#include "run/snapshot.h"

/* First member of each face's own struct; commands/mine_cmd.c makes the list. All three are called
 * on the run's main thread. Every face that is handed to a run is stopped once, started or not. */
struct miner_face {
    /** Begin to show this run, which is valid until stop. NULL: nothing to do.
     * Returns: BASE_OK; otherwise the run ends with this sentence. */
    enum base_status (*start)(struct miner_face *face, struct miner_rig *rig,
                              struct base_error *error);

    /** Once a second, at once when a connection changes, and when the run begins to stop
     * (snapshot->stopping). The snapshot is borrowed for the call. NULL: nothing to do. */
    void (*tick)(struct miner_face *face, const struct miner_snapshot *snapshot);

    /** End, and free the face.
     * Returns: false when a thread of it does not end: the face is not freed then, still uses the
     *          run, and the process has to end without taking anything down. */
    bool (*stop)(struct miner_face *face);
};

/** Let the lanes of all groups rest, or go on; the connection stays, and jobs are still taken.
 * In: who  why, for the log: "by the API". Threads: any but lanes. */
void miner_rig_pause(struct miner_rig *rig, bool pause, const char *who);

/** Ask the process to stop, as Ctrl-C does. Threads: any. */
void miner_rig_quit(struct miner_rig *rig);

/** Ask for the settings to be read again. Threads: any.
 * Returns: BASE_OK they are right and will be put in force; BASE_E_STATE there is no file to read;
 *          otherwise what is wrong with them, with a sentence: nothing changes. */
BASE_MUST_CHECK enum base_status miner_rig_ask_reload(struct miner_rig *rig,
                                                      struct base_error *error);

/* Settings that faces follow while a run lasts. Value. */
struct miner_face_settings {
    char api_token[MINER_API_TOKEN_MAX]; /* "": none is set */
    uint32_t summary_interval_ms;        /* of the regular status line; 0: none */
    bool color;                          /* colours are wanted */
};

/** Those in force now. Threads: any but lanes. */
struct miner_face_settings miner_rig_face_settings(struct miner_rig *rig);

#endif
