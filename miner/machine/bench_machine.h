/* bench_machine.h: the machine in the words of bench.h, made from what the host program knows. */
#ifndef MINER_BENCH_MACHINE_H
#define MINER_BENCH_MACHINE_H

#include "bench.h"
#include "machine/topology.h"

/* What a callback with a writable user pointer needs to read. */
struct miner_pinner {
    const struct miner_topology *topology; /* borrowed */
};

/** Fill told and pinner; told points to pinner, and pinner borrows the topology.
 * In: features   base_cpu_detect().
 *     cache_dir  "" none. */
void miner_bench_machine(struct bench_machine *told, struct miner_pinner *pinner,
                         const struct miner_topology *topology, uint32_t features,
                         const char *cache_dir);

#endif
