/* bench_machine.h: the machine as bench/ describes it. */
#ifndef MINER_BENCH_MACHINE_H
#define MINER_BENCH_MACHINE_H

#include "machine/topology.h"
#include "measure/machine.h"

/* What a callback with a writable user pointer needs to read. */
struct miner_pinner {
    const struct miner_topology *topology; /* borrowed */
};

/** Fill told and pinner; told points to pinner, which borrows topology.
 * In: cache_dir  folder for measured values, "" none.
 *     features   base_cpu_detect(). */
void miner_bench_machine(struct bench_machine *told, struct miner_pinner *pinner,
                         const struct miner_topology *topology, const char *cache_dir,
                         uint32_t features);

#endif
