/* board.h: the newest job of each shard chain, and who hashes which nonces of it. The source's
 * event thread publishes; lanes take ranges without ever waiting for a lock. Knows no sockets and
 * no kernels.
 *
 * How it works. Each chain has one slot, an atomic pointer to an immutable task. Publishing swaps
 * the pointer and steps the board's generation. A lane takes a range with one atomic addition on
 * the chain's counter, which only grows: ranges are disjoint whatever the number of lanes, and
 * stay so when a server sends the same header again.
 *
 * When tasks are freed. A take announces, in the lane's own word, the newest generation the lane
 * has seen; by that it gives up the task it took before. A replaced task is freed by a later
 * publish, once every lane has announced a generation at or past the replacement. Lanes that wait
 * or have left announce MINER_BOARD_AWAY, which is past everything. Who needs a task for longer
 * than until its lane's next take holds a reference (finds, launches in flight).
 *
 * Tables. A job may be published before its table is ready: lanes that need none begin at once, the
 * others get it when it is published again with the table (tables.h). */
#ifndef MINER_BOARD_H
#define MINER_BOARD_H

#include "lanes/task.h"

/* What a lane does next. */
struct miner_assignment {
    struct miner_task *task; /* valid until this lane's next take, wait or leave */
    uint64_t first;          /* counter */
    uint64_t count;
    uint64_t generation;   /* of the board when taken */
    struct kern_stop stop; /* says so when the task is worth nothing any more: for searches that
                              can end inside a nonce. A job of the same block that replaces it
                              does not say so: the nonce is finished */
    bool switched;         /* this is the first range of its task */
};

struct miner_board;

/** Called on a lane's thread, once for each task whose counters are given out but for the last
 * quarter; must not wait. */
typedef void (*miner_board_refill_fn)(void *user, const struct pool_job *job);

/** Board for lanes 0..lane_count-1, which all begin away.
 * In:      algo, session  borrowed for the board's life.
 * Returns: NULL when there is no memory. Free: miner_board_free, after all lanes have left. */
struct miner_board *miner_board_new(const struct kern_algo *algo,
                                    const struct miner_nonce_session *session, size_t lane_count);
void miner_board_free(struct miner_board *board);

/** Make job the one to hash on its chain; if it is marked clean, the other chains lose theirs.
 * In:      job  a reference is taken.
 * Returns: BASE_OK; BASE_E_UNSUPPORTED with a sentence (miner_nonce_place, or every lane needs a
 *          table): the chain's job stays what it was; BASE_E_MEMORY likewise.
 * Threads: any; takes the publishers' lock, never held for long. */
BASE_MUST_CHECK enum base_status miner_board_publish(struct miner_board *board,
                                                     const struct pool_job *job,
                                                     struct base_error *error);

/** The same with the epoch's table.
 * In: table  of the job's epoch: a reference is taken. NULL: lanes that need one do not get the
 * task; once the table is built, the same job is published again with it, and every lane goes on
 *            where the others are. */
BASE_MUST_CHECK enum base_status miner_board_publish_table(struct miner_board *board,
                                                           const struct pool_job *job,
                                                           struct miner_table *table,
                                                           struct base_error *error);

/** Say that a lane needs no table in the host's memory. Of algorithms that have tables, lanes of
 * which this is not said get only tasks with a table. Before any lane runs. */
void miner_board_goes_without(struct miner_board *board, size_t lane);

/** True when some lane needs a table, and when some lane hashes without one. */
bool miner_board_needs_table(const struct miner_board *board);
bool miner_board_some_go_without(const struct miner_board *board);

/** Have refill called; before any lane runs. */
void miner_board_on_refill(struct miner_board *board, miner_board_refill_fn refill, void *user);

/** Take every job off: their server is gone for too long. Threads: as publish. */
void miner_board_clear(struct miner_board *board);

/** Let a task rest because it gave its block. A job with the same header that is published later
 * rests too.
 * Returns: true for the first call on this task.
 * Threads: any that holds the task. */
bool miner_board_rest(struct miner_board *board, struct miner_task *task);

/** A find of this task meets the block target, where that is easier than the share target: lanes
 * hash against the share target from now on.
 * Returns: true for the first call on its job.
 * Threads: any that holds the task. */
bool miner_board_win(struct miner_board *board, struct miner_task *task);

/** Range to hash next: untouched tasks first (that is what keeps the time from job to first hash
 * short), then the chain with the fewest hashes so far among those with fresh work.
 * In:      lane    the caller's.
 *          count   nonces wanted, 1..2^32.
 *          bite    at most so many of a task nobody has begun, so that a set of sixteen new jobs
 *                  is begun quickly; 0: count.
 * Returns: BASE_OK; BASE_E_AGAIN no chain has work (wait); BASE_E_CLOSED the board was stopped.
 * Threads: one a lane. Never waits. */
BASE_MUST_CHECK enum base_status miner_board_take(struct miner_board *board,
                                                  struct miner_assignment *assignment, size_t lane,
                                                  uint64_t count, uint64_t bite);

/** Generation now: one load. Differs from an assignment's once something changed. */
uint64_t miner_board_generation(const struct miner_board *board);

/** Sleep until the generation differs from `seen` (of the last take) or the board is stopped, or
 * for timeout_ms at most. The lane is away meanwhile. */
void miner_board_wait(struct miner_board *board, size_t lane, uint64_t seen, uint32_t timeout_ms);

/** The lane takes no more: it ends, is switched off, or pauses. Takes bring it back. */
void miner_board_leave(struct miner_board *board, size_t lane);

/** True while a lane waits, or has left. Any thread. */
bool miner_board_is_away(const struct miner_board *board, size_t lane);

/** Wake every waiting lane; takes return BASE_E_CLOSED from now on. */
void miner_board_stop(struct miner_board *board);

/** Let every lane rest (true) or go on (false): takes return BASE_E_AGAIN while it lasts. Jobs are
 * still published, so that lanes go on with the newest ones. What a lane has taken it finishes.
 * Returns: true when that changed anything.
 * Threads: any. */
bool miner_board_pause(struct miner_board *board, bool pause);

/** True between miner_board_pause(true) and (false). Any thread. */
bool miner_board_paused(const struct miner_board *board);

/* What one chain hashes now, for people and interfaces. Value. */
struct miner_chain_look {
    bool has_job;         /* false: the rest is zero */
    bool resting;         /* its template gave its block */
    bool solo;            /* jobs are a node's templates, not a pool's */
    uint64_t height;      /* 0 if unknown */
    uint64_t received_ms; /* base_clock_ms */
    double expected;      /* hashes expected for a find, over all chains */
};

/** Look at every chain's job.
 * Out:     looks  the board's chains (the algorithm's), at most KERN_CHAINS_MAX.
 * Threads: any but lanes; takes the publishers' lock for a moment. */
void miner_board_look(struct miner_board *board, struct miner_chain_look looks[KERN_CHAINS_MAX]);

/** Number of chains that have a job, resting ones included. */
unsigned miner_board_coverage(const struct miner_board *board);

/** Free replaced tasks that no lane can hold any more, and so the tables that only they use. Every
 * publish does that too. Threads: as publish. */
void miner_board_reclaim(struct miner_board *board);

/** Replaced tasks that are not freed yet; for tests. */
size_t miner_board_retired(struct miner_board *board);

#endif
