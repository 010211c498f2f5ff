/* bench_machine.c: see bench_machine.h. */
#include "machine/bench_machine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fnv.h"

static void pin(void *user, unsigned lane)
{
    const struct miner_pinner *pinner = user;
    (void)miner_topology_pin(pinner->topology, lane);
}

/* The hardware threads of all lanes, in their order, and the quota. */
static uint64_t hash_places(const struct miner_topology *topology, double quota)
{
    uint64_t hash = base_fnv(BASE_FNV_START, &quota, sizeof quota);
    for (unsigned i = 0; i < miner_topology_place_count(topology); i++) {
        unsigned cpu = miner_topology_place(topology, i)->cpu;
        hash = base_fnv(hash, &cpu, sizeof cpu);
    }
    return hash;
}

void miner_bench_machine(struct bench_machine *told, struct miner_pinner *pinner,
                         const struct miner_topology *topology, const char *cache_dir,
                         uint32_t features)
{
    const struct miner_machine *machine = miner_topology_machine(topology);
    double quota = machine->cpu_quota;
    memset(told, 0, sizeof *told);
    pinner->topology = topology;
    (void)snprintf(told->processor, sizeof told->processor, "%s", machine->processor);
    (void)snprintf(told->system, sizeof told->system, "%s", machine->system);
    (void)snprintf(told->version, sizeof told->version, "%s", SHARDPICK_VERSION);
    (void)snprintf(told->cache_dir, sizeof told->cache_dir, "%s", cache_dir);
    told->cores = machine->cores_allowed;
    told->threads = machine->threads_allowed;
    told->lanes = miner_topology_lanes(topology, MINER_THREADS_CORES, 0);
    told->lanes_most = miner_topology_place_count(topology);
    if (quota > 0.0 && ceil(quota) < told->lanes_most) {
        told->lanes_most = (unsigned)ceil(quota);
    }
    told->places = hash_places(topology, quota);
    told->features = features;
    told->pin = pin;
    told->user = pinner;
}
