/* nonce.h: how the nonce of a header is divided, so that no two lanes, runs or machines try the
 * same one: the pool's extranonce first, then a session part drawn once a run, then the counter
 * that lanes take ranges of. An extranonce may reach into a counter that is written most
 * significant byte first: then the counters of a job are one range. Values only: the board counts.
 */
#ifndef MINER_NONCE_H
#define MINER_NONCE_H

#include "kern.h"
#include "pool.h"

enum { MINER_NONCE_SESSION_SIZE = POOL_NONCE_MAX };

/* What makes the nonces of one run different from those of another. Value. */
struct miner_nonce_session {
    uint64_t seed;                           /* all of it follows from this number */
    uint8_t bytes[MINER_NONCE_SESSION_SIZE]; /* by place in the nonce: byte i is used at i */
    uint64_t counter_start; /* where counters of eight bytes begin: multiple of 2^32, below 2^62 */
};

/** Session from a seed; the same seed gives the same session. */
void miner_nonce_session(struct miner_nonce_session *session, uint64_t seed);

/** Draw a seed from the operating system.
 * Returns: BASE_OK; BASE_E_IO with a sentence. */
BASE_MUST_CHECK enum base_status miner_nonce_draw(uint64_t *seed, struct base_error *error);

/** Turn a job into a kernel's work: header with session bytes in place, target, chain.
 * Out:     work      work->table is NULL.
 *          start     first counter to try; the job has miner_nonce_span counters from there on.
 * In:      job       its header holds the pool's part of the nonce.
 * Returns: BASE_OK; BASE_E_UNSUPPORTED with a sentence: the job's layout is not the algorithm's, or
 *          the pool's part leaves no room for the counter. */
BASE_MUST_CHECK enum base_status miner_nonce_place(struct kern_work *work, uint64_t *start,
                                                   const struct pool_job *job,
                                                   const struct kern_algo *algo,
                                                   const struct miner_nonce_session *session,
                                                   struct base_error *error);

/** Counters of a placed job, from its start on; 0: 2^64. */
uint64_t miner_nonce_span(const struct pool_job *job, const struct kern_algo *algo, uint64_t start);

#endif
