/* bench.h: the interface of the benchmark: measures kernels on processors and devices, and
 * reports. It is handed what it must know of the machine and what to measure, so that it needs no
 * header of miner/. Algorithms, devices and kernels are named here and looked up by the run. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "measure/machine.h"

struct kern_algo;
struct kern_variant;

/* Kernel and number of CPU lanes that were chosen. */
struct bench_pick {
    const struct kern_variant *variant; /* of the algorithm's row */
    unsigned lanes;
    char text[192]; /* one sentence for the log */
};

/** Choose them for an algorithm by measuring.
 * In:      only  NULL, or the one kernel to consider.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO no threads. */
typedef enum base_status (*bench_choose_fn)(struct bench_pick *pick, const struct kern_algo *algo,
                                            const struct kern_variant *only,
                                            const struct bench_machine *machine,
                                            struct base_error *error);

enum bench_format { BENCH_TEXT, BENCH_JSON, BENCH_CSV, BENCH_MARKDOWN };

/* What to measure and how to report it. Texts are borrowed for the run. */
struct bench_options {
    const char *algo;       /* NULL: every algorithm */
    const char *device;     /* NULL: the CPU and every OpenCL device that is not CPU-type */
    const char *cpu_kernel; /* NULL: the best this processor runs */
    const char *save;       /* file for the JSON report; NULL: none */
    const char *compare;    /* saved report; NULL: none */
    bool kernels;           /* every variant this processor runs */
    bool table;             /* CPU: with a table in memory, where variants can use one */
    uint64_t height;        /* of the block; 0: the algorithm's own */
    bench_choose_fn choose; /* chooses the number of CPU lanes; NULL: it is lanes */
    unsigned lanes;         /* CPU lanes; 0: none */
    double seconds;         /* for each result */
    uint64_t hashes;        /* fixed work: nonces; 0: timed */
    uint64_t seed;          /* of fixed work */
    enum bench_format format;
    bool quiet;   /* no progress in the log */
    bool verbose; /* where the time of a solver's nonce goes, in the log */
};

/** Measure, check, print. Results go to out, progress and errors to log.
 * Returns: the process's exit code: 0 done, 1 a result was wrong or the run failed, 2 wrong
 *          usage, 3 no usable device. */
int bench_main(const struct bench_options *options, const struct bench_machine *machine, FILE *out,
               FILE *log);

#endif
