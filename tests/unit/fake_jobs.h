/* fake_jobs.h: jobs without a source, for tests of miner/: counted, so that a test sees when the
 * last reference to one goes. Defines pool_job_ref and pool_job_unref in place of pool/'s. */
#ifndef FAKE_JOBS_H
#define FAKE_JOBS_H

#include "kern.h"
#include "pool.h"

/** Job with one reference for an algorithm's layout: header bytes all `fill`, every target met,
 * received_ms as given. Never NULL. */
struct pool_job *fake_job_new(const struct kern_algo *algo, uint32_t chain, uint8_t fill,
                              uint64_t received_ms);

/** Jobs with a reference left. */
int fake_jobs_live(void);

/* Layout of a made-up algorithm: header of 16 bytes, nonce of 8 at 4, counter in its last
 * counter_size bytes, 1..16 chains. It has a hash (of little worth) and no search. */
struct kern_algo fake_algo(uint32_t chains, size_t counter_size);

#endif
