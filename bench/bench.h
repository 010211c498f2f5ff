/* bench.h: the benchmark command as miner/main.c sees it. Measures kernels on processors and
 * devices; is handed what it must know of the machine, so that it needs no header of miner/. */
#ifndef BENCH_H
#define BENCH_H

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

/** `shardpick bench ARGS`: parse, measure, print. argv[0] is "bench". Results go to out, progress
 * and errors to log.
 * Returns: the process's exit code: 0 done, 1 a result was wrong or the run failed, 2 wrong
 *          usage, 3 no usable device. */
int bench_main(int argc, char **argv, const struct bench_machine *machine, FILE *out, FILE *log);

#endif
