/* choose.h: which CPU kernel and how many lanes are fastest on this processor: measured for a
 * second, kept in the cache folder. For the mining engine and for `bench -t auto`. */
#ifndef MINER_CHOOSE_H
#define MINER_CHOOSE_H

#include "base/status.h"
#include "kern.h"
#include "measure/machine.h"

struct bench_cpu_plan;
struct bench_crew;
struct bench_result;

/** Measure the candidates: bench_measure_cpu in measure_cpu.h, and its contract. */
typedef enum base_status (*miner_measure_fn)(struct bench_result *results,
                                             const struct bench_cpu_plan *plan,
                                             struct bench_crew *crew, struct base_error *error);

/* What to choose for. Value. */
struct miner_choice_request {
    const struct kern_algo *algo;
    const struct kern_variant *variant; /* NULL, or the only kernel to consider (--cpu-kernel) */
    unsigned lanes; /* 0, or the number asked for (--threads N): the kernel is chosen for it */
    bool fresh;     /* measure even if the cache has a choice, and replace it */
    miner_measure_fn measure; /* NULL: bench_measure_cpu; tests say what was measured */
};

enum miner_choice_source {
    MINER_CHOICE_ONLY,     /* nothing to choose: one kernel, one number of lanes */
    MINER_CHOICE_MEASURED, /* measured now */
    MINER_CHOICE_CACHED,   /* measured before, on this processor, by this version */
};

/* What to run. Value; variant points into the algorithm's row. */
struct miner_choice {
    const struct kern_variant *variant;
    unsigned lanes;  /* 1 or more */
    double hashrate; /* per second, all lanes together, when it was measured; 0: not measured */
    double limit;    /* limit of these lanes, by the kernel's probe; 0: unknown */
    enum miner_choice_source source;
    char text[192]; /* one sentence for the log */
};

/** Choose kernel and lanes.
 * Candidates are the first few kernels of the row that this processor runs, each with one lane a
 * core and, where cores have several hardware threads, one lane a hardware thread. They take turns
 * in short windows, all lanes at once, so that the clock drop of wide vectors counts. The plain
 * default (first kernel, one lane a core) is left only for a candidate that beats it beyond the
 * noise; one that fails its self-test or gives a wrong answer is no candidate. The chosen kernel's
 * probe, where it has one, then tells the limit.
 * A solver has one kernel an instruction set and takes a good part of a second for each nonce: its
 * first kernel that passes the self-test is taken without measuring, unless the request is fresh.
 * Out:     choice   usable whenever BASE_OK is returned.
 * In:      machine  pin (lanes 0..cores-1 on different cores), cores, threads, features, processor,
 *                   version; cache_dir: "" no cache, created if absent.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO no threads. A cache that cannot be read or written is
 *          a miss, never an error. The chosen kernel still has to pass kern_self_test.
 * Threads: blocks the caller; starts threads and ends them. Time: about a second when measured,
 *          more for algorithms slower than 1 ms a nonce; under a millisecond when cached. */
BASE_MUST_CHECK enum base_status miner_choose(struct miner_choice *choice,
                                              const struct miner_choice_request *request,
                                              const struct bench_machine *machine,
                                              struct base_error *error);

#endif
