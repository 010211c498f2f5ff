/* bench_machine.h: the machine in the words of bench.h, made from what the host program knows. */
#ifndef MINER_BENCH_MACHINE_H
#define MINER_BENCH_MACHINE_H

#include "bench.h"
#include "commands/commands.h"

/* What a callback with a writable user pointer needs to read. */
struct miner_pinner {
    const struct miner_topology *topology; /* borrowed */
};

/** Fill told and pinner; told points to pinner, and both borrow from host. */
void miner_bench_machine(struct bench_machine *told, struct miner_pinner *pinner,
                         const struct miner_host *host);

#endif
