/* stages.h: where the time of a solver's nonce goes: its stages on one CPU lane, what they move and
 * compute, and how fast this core copies, which bounds what moves. */
#ifndef BENCH_STAGES_H
#define BENCH_STAGES_H

#include "kern.h"
#include "measure/crew.h"

enum { BENCH_STAGES_MAX = 32 };

struct bench_stages {
    size_t count;
    unsigned nonces; /* measured */
    struct {
        const char *name;    /* borrowed from the row */
        double ns;           /* of time on a core, mean of the nonces */
        uint64_t bytes;      /* of the last nonce: read and written in memory */
        uint64_t operations; /* likewise; 0: not counted */
    } stage[BENCH_STAGES_MAX];
    double frequency_hz;      /* 0: unknown */
    double copied_per_second; /* bytes of traffic: read, read before written, written */
};

/** Measure for about so many seconds, at least two nonces. The algorithm has stages.
 * Returns: BASE_OK; BASE_E_MEMORY; what the solver returned. */
BASE_MUST_CHECK enum base_status bench_stages(struct bench_stages *stages,
                                              const struct kern_algo *algo,
                                              const struct kern_variant *variant, double seconds,
                                              struct bench_crew *crew);

#endif
