/* tables.h: epoch tables of algorithms that have them, built beside the lanes: jobs wait for their
 * table, lanes hash the job before meanwhile. All jobs of an epoch share one table. */
#ifndef MINER_TABLES_H
#define MINER_TABLES_H

#include "run/board.h"

/* A built table. Counted; constant but for the count. */
struct miner_table {
    struct kern_table *kern; /* owned */
    atomic_uint refs;
};

struct miner_table *miner_table_ref(struct miner_table *table);
/** NULL is fine. */
void miner_table_unref(struct miner_table *table);

struct miner_tables;

/** Called on the builder's thread, or that of the publisher: this job could not be put on the
 * board. */
typedef void (*miner_tables_failed_fn)(void *user, const struct base_error *error);

/** Start the builder's thread. Of an algorithm with tables only.
 * In:      board, session  borrowed until miner_tables_free.
 * Returns: BASE_OK; BASE_E_MEMORY, BASE_E_IO with a sentence. */
BASE_MUST_CHECK enum base_status miner_tables_new(struct miner_tables **tables,
                                                  const struct kern_algo *algo,
                                                  const struct miner_nonce_session *session,
                                                  struct miner_board *board,
                                                  miner_tables_failed_fn failed, void *user,
                                                  struct base_error *error);

/** End the thread and free. NULL is fine. */
void miner_tables_free(struct miner_tables *tables);

/** miner_board_publish with the job's table: at once when it is there, else as soon as it is built,
 * unless another job has come by then.
 * Returns: as miner_board_publish; BASE_OK also for a job that waits for its table.
 * Threads: any; waits for no table. */
BASE_MUST_CHECK enum base_status miner_tables_publish(struct miner_tables *tables,
                                                      const struct pool_job *job,
                                                      struct base_error *error);

/** miner_board_clear; a job that waits for its table is dropped too. */
void miner_tables_clear(struct miner_tables *tables);

#endif
