/* bench_machine.c: what the benchmark, and the choice of a kernel by measuring, must know of the
 * machine. */
#include "machine/bench_machine.h"

#include <stdio.h>
#include <string.h>

static void pin(void *user, unsigned lane)
{
    const struct miner_pinner *pinner = user;
    (void)miner_topology_pin(pinner->topology, lane);
}

void miner_bench_machine(struct bench_machine *told, struct miner_pinner *pinner,
                         const struct miner_topology *topology, uint32_t features,
                         const char *cache_dir)
{
    const struct miner_machine *machine = miner_topology_machine(topology);
    memset(told, 0, sizeof *told);
    pinner->topology = topology;
    (void)snprintf(told->processor, sizeof told->processor, "%s", machine->processor);
    (void)snprintf(told->system, sizeof told->system, "%s", machine->system);
    (void)snprintf(told->version, sizeof told->version, "%s", SHARDPICK_VERSION);
    (void)snprintf(told->cache_dir, sizeof told->cache_dir, "%s", cache_dir);
    told->cores = machine->cores_allowed;
    told->threads = machine->threads_allowed;
    told->features = features;
    told->pin = pin;
    told->user = pinner;
}
