/* measure_opencl.h: hashrate of an algorithm on an OpenCL device: launches of about 20 ms, two in
 * flight, in windows as on the CPU, checked as on the CPU. */
#ifndef BENCH_MEASURE_OPENCL_H
#define BENCH_MEASURE_OPENCL_H

#include "kern.h"
#include "kern_opencl.h"
#include "measure/result.h"

/* What to measure. */
struct bench_opencl_plan {
    const struct kern_algo *algo;
    const struct kern_cl_list *list;
    size_t index;          /* of the device in list */
    const char *cache_dir; /* "": none */
    uint64_t height;       /* of the block; 0: the algorithm's own */
    double seconds;        /* warm-up and building not included */
    uint64_t hashes;       /* fixed work: nonces; 0: timed */
    uint64_t seed;         /* of headers and samples; of fixed work */
};

/** Build, prove by the known answers, measure.
 * Out:     result  defined on BASE_OK; wrong answers are in it.
 *          log     the compiler's words on a failed build, else NULL. Free: base_free.
 * Returns: BASE_OK; BASE_E_UNSUPPORTED no device kernel for the algorithm, or the self-test failed;
 *          BASE_E_DEVICE, BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status bench_measure_opencl(struct bench_result *result, char **log,
                                                      const struct bench_opencl_plan *plan,
                                                      struct base_error *error);

/** Name that selects the device again: its PCI name, else "platform:device". text is NUL-ended;
 * returns it. */
char *bench_opencl_name(char *text, size_t cap, const struct kern_cl_info *info);

#endif
