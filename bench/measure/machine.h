/* machine.h: what measuring must know of the machine. Filled by the host program, so that nothing
 * here needs a header of miner/. Borrowed for the whole run. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdint.h>

struct bench_machine {
    char processor[128]; /* model name */
    char system[128];    /* "Linux 6.1.0 x86_64" */
    unsigned cores;      /* physical cores this process may use */
    unsigned threads;    /* hardware threads this process may use */
    unsigned lanes;      /* CPU lanes by default: one a core, at most what a CPU quota pays for */
    unsigned lanes_most; /* one a hardware thread, within the quota; never below lanes */
    uint64_t places;     /* another number where lanes have other places or another quota */
    uint32_t features;   /* base_cpu_detect() */
    char version[32];    /* of shardpick */
    char cache_dir[512]; /* for OpenCL programs and tuned values; "" none */
    /** Bind the calling thread to the place of lane i. Lanes up to the number of cores are on
     * different cores, further ones on their other hardware threads. Called from several threads.
     * A failure to bind is not an error. user is given back. NULL: lanes are not bound. */
    void (*pin)(void *user, unsigned lane);
    void *user;
};

/** Compiler this program was built with, e.g. "gcc 12.2.0". */
static inline const char *bench_compiler(void)
{
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

#endif
