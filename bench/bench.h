/* bench.h: the benchmark as its command sees it: measures kernels on processors and devices, and
 * reports. It is handed what it must know of the machine and what to measure, so that it needs no
 * header of miner/. Algorithms, devices and kernels are named here and looked up by the run. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

/* What the host program found out about the machine. Borrowed by bench for the whole run. */
struct bench_machine {
    char processor[128]; /* model name */
    char system[128];    /* "Linux 6.1.0 x86_64" */
    unsigned cores;      /* physical cores this process may use */
    unsigned threads;    /* hardware threads this process may use */
    uint32_t features;   /* base_cpu_detect() */
    char version[32];    /* of shardpick */
    char cache_dir[512]; /* for OpenCL programs and tuned values; "" none */
    /** Bind the calling thread to the place of lane i (0 <= i < threads). Lanes 0..cores-1 are on
     * different cores, further ones on their other hardware threads. Called from several threads.
     * A failure to bind is not an error. user is given back. NULL: lanes are not bound. */
    void (*pin)(void *user, unsigned lane);
    void *user;
};

enum bench_format { BENCH_TEXT, BENCH_JSON, BENCH_CSV, BENCH_MARKDOWN };

/* What to measure and how to report it. Texts are borrowed for the run. */
struct bench_options {
    const char *algo;       /* NULL: every algorithm */
    const char *device;     /* NULL: the CPU and every OpenCL device that is not CPU-type */
    const char *cpu_kernel; /* NULL: the best this processor runs */
    const char *save;       /* file for the JSON report; NULL: none */
    const char *compare;    /* saved report; NULL: none */
    bool kernels;           /* every variant this processor runs */
    bool lanes_measured;    /* choose the number of CPU lanes by measuring */
    unsigned lanes;         /* CPU lanes, unless they are measured; 0: none */
    double seconds;         /* for each result */
    uint64_t hashes;        /* fixed work: nonces; 0: timed */
    uint64_t seed;          /* of fixed work */
    enum bench_format format;
    bool quiet; /* no progress in the log */
};

/** Measure, check, print. Results go to out, progress and errors to log.
 * Returns: the process's exit code: 0 done, 1 a result was wrong or the run failed, 2 wrong
 *          usage, 3 no usable device. */
int bench_main(const struct bench_options *options, const struct bench_machine *machine, FILE *out,
               FILE *log);

#endif
