/* task.h: one job as lanes hash it. Made and freed by the board; who needs one for longer than
 * until its lane's next take holds a reference (finds, launches in flight). */
#ifndef MINER_TASK_H
#define MINER_TASK_H

#include <stdatomic.h>

#include "kern.h"
#include "lanes/nonce.h"
#include "pool.h"

struct miner_table; /* tables.h */
struct miner_solved;

/* One published job. Immutable but for the marked fields. */
struct miner_task {
    const struct pool_job *job; /* owned reference */
    struct kern_work work;      /* session part of the nonce in place */
    uint64_t start;             /* first counter value */
    uint64_t origin;            /* value of the chain's counter that stands for `start` */
    struct miner_table *table;  /* owned reference, or NULL; work.table is in it */
    uint64_t span;              /* counters from start that may be used; 0: 2^64 */
    uint64_t published_ns;
    atomic_uint refs;
    atomic_bool asked;   /* another nonce space was asked for */
    atomic_bool started; /* some lane has taken a range of it */
    atomic_bool solved;  /* gave its block: rests until replaced by another header */
    bool easy;           /* its target is the block's, since that is easier than the share's */
    atomic_bool won;     /* pools: a find that meets the block target was passed on */
};

/** True where one find is all that the task's target is good for: further ones are of no use, or
 * few of them are. */
static inline bool miner_task_gives_one(const struct miner_task *task)
{
    return task->job->solo || task->easy;
}

/** Task for a job; refs is 1.
 * In:      job    a reference is taken.
 *          table  of the job's epoch, or NULL; a reference is taken.
 * Returns: BASE_OK; BASE_E_UNSUPPORTED with a sentence (miner_nonce_place, or another epoch's
 *          table); BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status miner_task_new(struct miner_task **task,
                                                const struct kern_algo *algo,
                                                const struct miner_nonce_session *session,
                                                const struct pool_job *job,
                                                struct miner_table *table,
                                                struct base_error *error);
struct miner_task *miner_task_ref(struct miner_task *task);
/** NULL is fine. */
void miner_task_unref(struct miner_task *task);

/** True when both jobs hash the same message: the server sent an unchanged template again, or the
 * job's table is ready now. */
bool miner_task_same_header(const struct miner_task *a, const struct miner_task *b);

/** What a task takes over from its chain's newest one before it is published.
 * In: last    that one; NULL: the chain never had any
 *     solved  of the chain
 *     next    value of the chain's counter */
void miner_task_inherit(struct miner_task *task, const struct miner_task *last,
                        const struct miner_solved *solved, uint64_t next);

/** How much a lane wants a task: 0 nothing to do, 1 old work, 2 fresh work, 3 untouched work.
 * In: used       counters of it that were given out
 *     newest_ms  received_ms of the board's newest job */
int miner_task_rank(const struct miner_task *task, uint64_t used, uint64_t newest_ms);

/** True when both are the same job of their server, maybe with other nonces. */
bool miner_task_same_job(const struct miner_task *a, const struct miner_task *b);

/** Its job has given its block: from now on only shares are of use. Before it is published. */
void miner_task_set_won(struct miner_task *task);

/** True when the chain's work before this task (last; NULL: none) is worth nothing: its block was
 * found, or its server says so. A fresher template of the same block leaves the old one good. */
bool miner_task_voids(const struct miner_task *task, const struct miner_task *last);

enum { MINER_SOLVED_KEPT = 8 };

/* Headers of the newest tasks that gave their block: a node may send an older set after a newer
 * one, so that such a header comes back after others (alephium.md 4.5). Headers and not tasks:
 * these hold tables. Zeroed memory is an empty one. */
struct miner_solved {
    uint8_t headers[MINER_SOLVED_KEPT][KERN_HEADER_MAX];
    size_t added;
};

bool miner_solved_has(const struct miner_solved *solved, const struct miner_task *task);
/** Remember a task's header, once. */
void miner_solved_add(struct miner_solved *solved, const struct miner_task *task);

#endif
