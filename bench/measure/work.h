/* work.h: work to measure with: headers from a seed, targets for a wanted number of finds. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include "base/random.h"
#include "kern.h"

/** Work with random header bytes from the generator. Height and epoch are those of the
 * algorithm's first known answer; chain 0; target zero, table NULL. */
void bench_work_init(struct kern_work *work, const struct kern_algo *algo,
                     struct base_random *random);

/** New random nonce bytes in the work's header. */
void bench_work_new_nonce(struct kern_work *work, const struct kern_algo *algo,
                          struct base_random *random);

/** Random start counter that leaves room for count nonces behind it; 0 when there is none. */
uint64_t bench_work_start(const struct kern_algo *algo, struct base_random *random, uint64_t count);

/** Target under which one nonce in `nonces` is a find on average, chains included.
 * nonces below the number of chains: every hash of the right chain counts. Of a solver, one
 * solution in `nonces`. */
void bench_work_target(uint8_t target_be[32], const struct kern_algo *algo, uint64_t nonces);

/** Share of hashes (for solvers: of solutions) that are finds under a target. */
double bench_work_find_rate(const struct kern_algo *algo, const uint8_t target_be[32]);

#endif
