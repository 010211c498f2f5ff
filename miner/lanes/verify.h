/* verify.h: the last check before a find leaves the machine. Lanes hand finds over through rings;
 * one thread hashes each again with the reference, holds back wrong, second and repeated ones, and
 * passes the rest on. It also decides when a lane's device is not to be trusted any more. */
#ifndef MINER_VERIFY_H
#define MINER_VERIFY_H

#include "lanes/board.h"
#include "lanes/counters.h"

enum {
    MINER_VERIFY_RING = 512, /* finds a lane can have waiting; a device launch gives up to 256 */

    /* A device is not trusted any more after this many wrong finds within ten minutes, or when
     * more than a tenth of its finds are wrong (three wrong ones at least). */
    MINER_FAULTS_MAX = 5,
    MINER_FAULTS_MIN = 3,
    MINER_FAULT_WINDOW_MS = 600000,
};

struct miner_verifier;

/* Callbacks come on the verifier's thread. Copied by miner_verifier_start. */
struct miner_verify_config {
    const struct kern_algo *algo;       /* borrowed */
    struct miner_board *board;          /* borrowed: told which tasks gave their block */
    struct miner_tally *tally;          /* borrowed */
    struct miner_lane_counters **lanes; /* borrowed: lane_count pointers; found, faults */
    size_t lane_count;
    /** Pass a right find on (pool_source_submit): same results. tag is the lane's index. */
    enum base_status (*submit)(void *user, const struct pool_find *find);
    /** A find of this lane was wrong. distrust: the threshold is passed; the count starts anew. */
    void (*fault)(void *user, size_t lane, const struct miner_task *task,
                  const struct kern_find *find, bool distrust);
    /** Something worth a warning line. */
    void (*warn)(void *user, const char *text);
    void *user;
};

/** Start the thread. Returns: BASE_OK, BASE_E_MEMORY, BASE_E_IO with a sentence. */
BASE_MUST_CHECK enum base_status miner_verifier_start(struct miner_verifier **verifier,
                                                      const struct miner_verify_config *config,
                                                      struct base_error *error);

/** Hand a find over: copies it, its solution too, and takes a reference to its task.
 * Returns: false when the ring is full: the find is lost, and the caller counts it.
 * Threads: one a lane. Never waits. */
bool miner_verifier_push(struct miner_verifier *verifier, size_t lane, struct miner_task *task,
                         const struct kern_find *find, uint64_t found_ns);

/** True for some milliseconds after a find of any lane was handed over: it is on its way through
 * the verifier and the source to the socket, and lanes that keep every core busy should let them
 * run. Threads: any. */
bool miner_verifier_has_fresh(const struct miner_verifier *verifier, uint64_t now_ns);

/** Handle what is in the rings and end the thread. What a lane pushes later stays in its ring. NULL
 * and a second call are fine. */
void miner_verifier_stop(struct miner_verifier *verifier);

/** Free, stopping first if need be. No lane may push any more. NULL is fine. */
void miner_verifier_free(struct miner_verifier *verifier);

#endif
