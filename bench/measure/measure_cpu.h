/* measure_cpu.h: hashrate of CPU kernels. All kernels of one algorithm are measured in turns within
 * the same rounds, so that other load of the machine affects all of them alike, and every
 * comparison (kernel to kernel, all lanes to one lane, hashrate to limit) is one of windows close
 * in time. */
#ifndef BENCH_MEASURE_CPU_H
#define BENCH_MEASURE_CPU_H

#include "kern.h"
#include "measure/crew.h"
#include "measure/result.h"

enum { BENCH_CASES_MAX = 16 };

/* What to measure and for how long. */
struct bench_cpu_plan {
    const struct kern_algo *algo;
    const struct kern_variant *variants[BENCH_CASES_MAX];
    unsigned lanes[BENCH_CASES_MAX]; /* of each variant; at most the crew's */
    size_t count;                    /* cases */
    double seconds;                  /* for each case, warm-up not included; see bench_rounds */
    size_t rounds;                   /* 0: as fits seconds; else 1..BENCH_WINDOWS_MAX */
    bool limit;                      /* run the variants' probes too */
    bool scaling;                    /* measure one lane too, where lanes is over 1 */
    uint64_t seed;                   /* of headers and samples */
    uint64_t height;                 /* of the block; 0: the algorithm's own */
    bool table;                      /* search with a table in memory, filled by all lanes for about
                                        `seconds`, where variants can use one */
};

/** How many rounds, and the time of a case in each: as fits the plan's seconds; but a window has at
 * least sixteen nonces of a lane, or a solver's solutions would come by chance: then there are
 * fewer rounds, three at least, and these may take longer than the seconds. In:      nonces_per_s
 * of the slowest lane; 0: unknown */
size_t bench_rounds(double *slot_s, const struct bench_cpu_plan *plan, double nonces_per_s);

/** Measure.
 * Out:     results  plan->count results, defined when BASE_OK is returned. A wrong answer ends the
 *                   case: see wrong and fault.
 * Returns: BASE_OK, wrong answers included; BASE_E_MEMORY. Blocks for count * seconds and more. */
BASE_MUST_CHECK enum base_status bench_measure_cpu(struct bench_result *results,
                                                   const struct bench_cpu_plan *plan,
                                                   struct bench_crew *crew,
                                                   struct base_error *error);

#endif
