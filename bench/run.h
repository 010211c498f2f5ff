/* run.h: from options to results: which algorithms, devices, kernels and lanes, each proven by its
 * known answers before it is measured. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "bench.h"
#include "kern.h"
#include "measure/result.h"

/* What a run works with. All borrowed. */
struct bench_context {
    const struct bench_machine *machine;
    const struct kern_algo *const *algos; /* to choose from; the registry's, or a test's */
    size_t algo_count;
    FILE *log; /* progress, unless options->quiet */
};

/** Measure what the options ask for.
 * Out:     results  appended; freed by the caller in every case.
 * Returns: BASE_OK, wrong answers included (see bench_result.wrong); BASE_E_ARG wrong usage;
 *          BASE_E_UNSUPPORTED nothing of this machine can do it, or a self-test failed;
 *          BASE_E_MEMORY, BASE_E_IO, BASE_E_DEVICE. */
BASE_MUST_CHECK enum base_status bench_run(struct bench_results *results,
                                           const struct bench_options *options,
                                           const struct bench_context *context,
                                           struct base_error *error);

/** bench_main on a given table of algorithms, for tests. */
int bench_main_with(const struct bench_options *options, const struct bench_machine *machine,
                    const struct kern_algo *const *algos, size_t algo_count, FILE *out, FILE *log);

#endif
