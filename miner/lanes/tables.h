/* tables.h: epoch tables in the host's memory, of algorithms that have them, built step by step by
 * a thread beside the lanes and by lanes that help it. Lanes that need no table get a job at once,
 * and once more with the table when it is ready. Those that need one go on with the job before, if
 * it may still be worth something (a day's key), or wait (kern_table_row.one_at_a_time: a table of
 * gigabytes, new with every block; the old one is freed first). All jobs of an epoch share one
 * table; a table that no newer job needs is given up between two steps. */
#ifndef MINER_TABLES_H
#define MINER_TABLES_H

#include "lanes/board.h"

/* A built table. Counted; constant but for the count. */
struct miner_table {
    struct kern_table *kern; /* owned */
    atomic_uint refs;
};

struct miner_table *miner_table_ref(struct miner_table *table);
/** NULL is fine. */
void miner_table_unref(struct miner_table *table);

struct miner_tables;

/* How far a table is. Value. */
struct miner_table_look {
    bool building;
    uint64_t key;        /* kern_table_row.key; fields are of the last table that was begun */
    uint64_t height;     /* of the job that it was begun for */
    uint64_t size_bytes; /* 0: none was begun */
    uint64_t steps_done;
    uint64_t steps;
    uint64_t began_ms; /* base_clock_ms */
    uint64_t took_ms;  /* once it is not being built any more */
};

/* Why a table is not built. */
enum miner_table_why {
    MINER_TABLE_SLOW, /* it would take so long that it gains nothing (kern_table_row.worth_s) */
    MINER_TABLE_EASY, /* a block is found sooner without it (kern_table_row.worth_hashes) */
};

/* Callbacks; copied by miner_tables_new. */
struct miner_tables_events {
    /** This job could not be put on the board. On the builder's thread. */
    void (*failed)(void *user, const struct base_error *error);
    /** A table is ready (building is false), or still being built, every few seconds. On the
     * builder's thread. NULL is allowed. */
    void (*progress)(void *user, const struct miner_table_look *look);
    /** A table that lanes could do without is not built. number: MINER_TABLE_SLOW, seconds that it
     * would take; MINER_TABLE_EASY, hashes expected for a block. NULL is allowed. On the builder's
     * thread. */
    void (*skipped)(void *user, const struct miner_table_look *look, enum miner_table_why why,
                    double number);
    /** Asked before a table is built that no lane needs and that only makes lanes faster: true when
     * the machine has memory for its size_bytes. kept_bytes are freed first. On the builder's
     * thread. NULL is allowed: it always has. */
    bool (*fits)(void *user, uint64_t size_bytes, uint64_t kept_bytes);
    void *user;
};

/** Start the builder's thread. Of an algorithm with tables only.
 * In:      board, session  borrowed until miner_tables_free; what the board's lanes need is set.
 * Returns: BASE_OK; BASE_E_MEMORY, BASE_E_IO with a sentence. */
BASE_MUST_CHECK enum base_status miner_tables_new(struct miner_tables **tables,
                                                  const struct kern_algo *algo,
                                                  const struct miner_nonce_session *session,
                                                  struct miner_board *board,
                                                  const struct miner_tables_events *events,
                                                  struct base_error *error);

/** End the thread and free. NULL is fine. */
void miner_tables_free(struct miner_tables *tables);

/** Do one step of the table that is being built, where its steps may be done by several threads.
 * For lanes: a core fills a table to more use than it hashes without one.
 * Returns: false when there is nothing to do.
 * Threads: any. Time: one step, at most 20 ms. */
bool miner_tables_help(struct miner_tables *tables);

/** miner_board_publish with the job's table: at once when it is there, else as soon as it is built,
 * unless another job has come by then. Until then the job is published without table where some
 * lane goes without, or where work of the epoch before is worth nothing.
 * Returns: as miner_board_publish; BASE_OK also for a job that waits for its table.
 * Threads: any; waits for no table. */
BASE_MUST_CHECK enum base_status miner_tables_publish(struct miner_tables *tables,
                                                      const struct pool_job *job,
                                                      struct base_error *error);

/** miner_board_clear; a job that waits for its table is dropped too. */
void miner_tables_clear(struct miner_tables *tables);

/** How far the table is that is being built, or was last. Any thread. */
void miner_tables_look(struct miner_tables *tables, struct miner_table_look *look);

#endif
