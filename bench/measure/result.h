/* result.h: one line of a benchmark: what was measured, and the result. Written by the
 * measuring files, read by the reports. */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include <stdint.h>

#include "measure/stats.h"

enum { BENCH_DEVICE_MAX = 160, BENCH_DETAIL_MAX = 256 };

/* One algorithm on one device with one kernel. Value but for windows; release with
 * bench_results_free. */
struct bench_result {
    const char *algorithm;             /* borrowed from the row */
    const char *unit;                  /* "H" or "Sol", borrowed from the row */
    char device[BENCH_DEVICE_MAX];     /* "cpu" or the name that selects an OpenCL device */
    char detail[BENCH_DETAIL_MAX];     /* device name, kernel parameters; "" for the CPU */
    char kernel[32];                   /* variant name, or "opencl" */
    uint64_t hashes;                   /* in counted windows */
    double seconds;                    /* of counted windows, wall time */
    double windows[BENCH_WINDOWS_MAX]; /* per second, all lanes together, in the order measured */
    double core_windows[BENCH_WINDOWS_MAX]; /* CPU: the same per second on a core: what other
                                               programs took is left out */
    struct bench_summary rate;              /* of windows */
    double limit;                           /* per second, all lanes together; 0: unknown */
    double of_limit;                        /* median of paired windows; 0: unknown */
    struct bench_summary of_limit_spread;
    struct bench_summary single;  /* one lane, same run; count 0: not measured */
    struct bench_summary scaling; /* all lanes over one lane, paired windows; count 0: not */
    double scaling_on_core;       /* the same per second on a core: what other programs took is
                                     left out */
    double on_core;               /* median share of wall time the lanes had a core; 0: unknown */
    double frequency_hz;          /* median seen right after windows; 0: unknown */
    double kernel_share;          /* OpenCL: kernel time of wall time; 0: unknown */
    uint64_t verified;            /* nonces recomputed by the reference that agreed */
    uint64_t wrong;
    char fault[768];       /* first disagreement; "" none */
    uint64_t fixed_hashes; /* fixed work: nonces; 0: not fixed work */
    uint64_t fixed_seed;
    uint64_t fixed_finds;
    char digest[65]; /* fixed work: SHA-256 in hex */
    unsigned lanes;  /* threads, or queues */
};

/* Growing list. */
struct bench_results {
    struct bench_result *items; /* owned */
    size_t count;
    size_t cap;
    size_t failures; /* devices that were to be measured and failed; reported to the log */
};

/** Append a zeroed result and return it, or NULL (no memory). Pointers returned before become
 * invalid. */
struct bench_result *bench_results_add(struct bench_results *results);
void bench_results_free(struct bench_results *results);

#endif
