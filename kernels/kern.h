/* kern.h: hashing as the rest of Shardpick sees it. Lists algorithms, prepares their data and
 * searches nonce ranges on a CPU. Knows nothing of pools, threads or the clock. All functions are
 * re-entrant unless their block says otherwise. Devices other than the CPU: kern_opencl.h. */
#ifndef KERN_H
#define KERN_H

#include "row.h"

/** Number of algorithms, and the i-th one (0 <= i < count), in the order users see them. */
size_t kern_algo_count(void);
const struct kern_algo *kern_algo_at(size_t index);

/** Algorithm by name ("alephium"), or NULL. */
const struct kern_algo *kern_algo_find(const char *name);

/** Variant by name, or NULL; says nothing about whether this processor can run it. */
const struct kern_variant *kern_variant_find(const struct kern_algo *algo, const char *name);

/** The first (best) variant that a processor with these features (base_cpu_detect) runs. Never
 * NULL: the last variant of every row runs anywhere. */
const struct kern_variant *kern_variant_best(const struct kern_algo *algo, uint32_t features);

/** True when features has all that variant needs. */
bool kern_variant_runs(const struct kern_variant *variant, uint32_t features);

/** Largest counter value of the algorithm. */
uint64_t kern_counter_max(const struct kern_algo *algo);

/** Bytes of scratch memory that one thread needs to search with a variant: 150 MB for some solvers.
 * Who starts threads must see to it that the machine has so much for each. */
size_t kern_scratch_bytes(const struct kern_algo *algo, const struct kern_variant *variant);

struct kern_scratch; /* working memory of one searching thread: algorithm, variant, buffers */

/** Scratch for one thread. Large ones are huge pages where the system grants them, and lie near the
 * core that touches them first. Returns NULL when there is no memory. Free: kern_scratch_free. */
struct kern_scratch *kern_scratch_new(const struct kern_algo *algo,
                                      const struct kern_variant *variant);
void kern_scratch_free(struct kern_scratch *scratch);

/** Room for cap finds of an algorithm, solutions included, or for the finds of one nonce if those
 * are more. On failure finds is empty (cap 0) and fit for kern_finds_free.
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status kern_finds_new(struct kern_finds *finds,
                                                const struct kern_algo *algo, size_t cap);
/** Free the memory and empty finds; an empty one is fine. */
void kern_finds_free(struct kern_finds *finds);

/** True when counter and solution are the same. */
bool kern_find_same(const struct kern_find *a, const struct kern_find *b);

/** Search consecutive nonces for hashes that meet a job's target (and chain, where it has one).
 *
 * Tries first, first+1, ... in ascending order until count are done, the next nonce might not fit
 * into finds, or stop says so. All variants of an algorithm return the same finds in the same
 * order. A nonce is not split: all its finds are returned, or it was not tried.
 *
 * In/out:  scratch   from kern_scratch_new; one thread at a time.
 *          finds     finds are appended, ascending by counter; several of one nonce, ascending by
 *                    their solutions' bytes, are normal for solvers. Unchanged on error.
 * Out:     progress  of this call alone: nonces tried, 0..count, and work in the algorithm's unit.
 * In:      work      header, target, chain, table; shared, not kept after return.
 *          first     first value of the counter part of the nonce, host integer; its place and
 *                    byte order in the header are in the algorithm's README.
 *          count     1..2^32 nonces. Multiples of the variant's ways run fastest; any is right.
 *          stop      when to end early; NULL: never.
 * Returns: BASE_OK         range finished, with or without finds
 *          BASE_E_FULL     no room for one more nonce; continue at first + tried
 *          BASE_E_STOPPED  stop said so; tried nonces are done and their finds are returned. The
 *                          one that was left is untried
 *          BASE_E_RANGE    count is 0 or over 2^32, cap is below the algorithm's finds_per_nonce,
 *                          or first + count - 1 leaves the counter part; nothing was tried
 *          BASE_E_ARG      the work does not fit the algorithm (header size, chain), or the variant
 *                          needs a table that the work lacks or that is not ready
 * Threads: any number at once, each with its own scratch. Memory: allocates nothing.
 * Time:    hash variants do not look at stop: callers choose count for 1 to 2 ms a call. Variants
 *          whose nonces take longer than 5 ms end within 5 ms after stop says so.
 * Source:  algorithm README, section "Header and nonce". */
BASE_MUST_CHECK enum base_status kern_search(struct kern_scratch *scratch, struct kern_finds *finds,
                                             struct kern_progress *progress,
                                             const struct kern_work *work, uint64_t first,
                                             uint64_t count, const struct kern_stop *stop);

/** Run the limit probe of the scratch's variant: kern_probe_fn in row.h. The variant has one. */
uint32_t kern_probe(struct kern_scratch *scratch, uint64_t batches);

/** A solver's nonce in steps: kern_stages in row.h. The algorithm of the scratch has them. work as
 * for kern_search; the same one for all three. */
BASE_MUST_CHECK enum base_status kern_stage_start(struct kern_scratch *scratch,
                                                  const struct kern_work *work, uint64_t counter);
size_t kern_stage_step(struct kern_scratch *scratch, const struct kern_work *work);
void kern_stage_load(uint64_t *bytes, uint64_t *operations, const struct kern_scratch *scratch,
                     const struct kern_work *work, size_t stage);

/** Reference hash of the work's header with this counter put in place. Needs no table and no
 * scratch; work->table may be NULL.
 * Out:     hash_be  the number to compare with a target, most significant byte first; zero on
 *                   error.
 * Returns: BASE_OK; BASE_E_MISMATCH the solution is wrong; BASE_E_ARG header size, chain or counter
 *          do not fit the algorithm, or a table is given that is another epoch's or not ready. */
BASE_MUST_CHECK enum base_status kern_hash(uint8_t hash_be[32], const struct kern_algo *algo,
                                           const struct kern_work *work, uint64_t counter,
                                           const uint8_t *solution, size_t solution_size);

/** Chain a hash belongs to; 0 where the algorithm has one chain. */
uint32_t kern_chain_of(const struct kern_algo *algo, const uint8_t hash_be[32]);

/** Recompute one find with the reference and check target and chain: the last word before a share
 * is sent. Needs no table and no scratch.
 * Out:     hash_be  reference hash, set whenever the status is BASE_OK or BASE_E_MISMATCH from
 *                   target or chain.
 * Returns: BASE_OK; BASE_E_MISMATCH the find is wrong (solution, target or chain). */
BASE_MUST_CHECK enum base_status kern_verify(uint8_t hash_be[32], const struct kern_algo *algo,
                                             const struct kern_work *work,
                                             const struct kern_find *find);

/** Known answers of the row on one variant: each answer must be reproduced by the reference, and
 * found by the variant's search at its own counter, with its hash as target (plain hashes: among
 * neighbours). Answers whose table is over KERN_ANSWER_TABLE_MAX are not searched for by variants
 * that need it.
 * In/out:  scratch  of the variant; fit for searches afterwards.
 * Returns: BASE_OK; BASE_E_MISMATCH with a sentence naming variant and answer; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status kern_scratch_self_test(struct kern_scratch *scratch,
                                                        struct base_error *error);

/** The same with a scratch of its own. */
BASE_MUST_CHECK enum base_status kern_self_test(const struct kern_algo *algo,
                                                const struct kern_variant *variant,
                                                struct base_error *error);

/** Begin the table of a work's epoch in the host's memory: none of its steps is done.
 * Out: table  NULL where the algorithm has none (BASE_OK) or on error. Free: kern_table_free.
 * Returns: BASE_OK, BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status kern_table_new(struct kern_table **table,
                                                const struct kern_algo *algo,
                                                const struct kern_work *work);

/** Do the next step, at most 20 ms on an idle core. A builder looks between steps whether the table
 * is still wanted; table->steps_done of table->steps is its progress.
 * Returns: true when the table is ready; a call on a ready one does nothing.
 * Threads: one at a time; others read table only once it is ready. */
bool kern_table_step(struct kern_table *table);

/** Do one step, 0 .. steps - 1, each once; who does them counts them, and calls kern_table_finish
 * when all are done. In ascending order on one thread at a time, or, where the row says parallel,
 * in any order and on several threads at once. */
void kern_table_do_step(const struct kern_table *table, uint64_t step);
void kern_table_finish(struct kern_table *table);

static inline bool kern_table_is_ready(const struct kern_table *table)
{
    return table->steps_done == table->steps;
}

/** kern_table_new and all steps, on the calling thread: for tests, known answers and measurements.
 * Returns: as kern_table_new. */
BASE_MUST_CHECK enum base_status kern_table_build(struct kern_table **table,
                                                  const struct kern_algo *algo,
                                                  const struct kern_work *work);
void kern_table_free(struct kern_table *table);

#endif
