/* topology.h: the processor as this process may use it: packages, cores, hardware threads, caches
 * and NUMA nodes by hwloc, cut down to the affinity mask, the cgroup's cpuset and its CPU quota;
 * and the place of each CPU lane. Constant once made; it neither hashes nor chooses kernels. */
#ifndef MINER_TOPOLOGY_H
#define MINER_TOPOLOGY_H

#include "base/status.h"
#include "config/devices.h"

enum { MINER_CACHE_LEVELS = 3 };

/* What was found. Value; texts are printable. */
struct miner_machine {
    char processor[128]; /* model name */
    char system[128];    /* "Linux 6.1.0 x86_64" */
    unsigned packages;   /* of the machine, as far as the system shows it */
    unsigned numa_nodes;
    unsigned cores;
    unsigned threads;         /* hardware threads */
    unsigned cores_allowed;   /* cores of which this process may use a hardware thread */
    unsigned threads_allowed; /* hardware threads it may use, the CPU quota not counted */
    double cpu_quota;         /* processors' worth of time the cgroup grants; 0: no limit */
    uint64_t memory_bytes;    /* of the machine, or what the cgroup grants where that is less */
    char note[256];           /* one sentence: the processors are not this system's; "" they are */
    struct {
        unsigned count;
        uint64_t size_bytes;     /* of one */
    } cache[MINER_CACHE_LEVELS]; /* level 1 (data), 2, 3 */
};

/* Where a lane runs. Numbers are the operating system's for cpu and numa_node, hwloc's logical
 * ones for core and package. */
struct miner_place {
    unsigned cpu; /* hardware thread */
    unsigned core;
    unsigned package;
    unsigned numa_node;
    unsigned sibling; /* 0: the first lane on its core, 1: the second ... */
};

/* For tests: another machine than this one. Zero: this machine. */
struct miner_topology_source {
    const char *synthetic; /* hwloc synthetic description, e.g. "pack:2 core:4 pu:2" */
    const char *allowed;   /* with synthetic: hardware threads this process may use, "0-3,6" */
    const char *root;      /* instead of "": where /proc/self/cgroup and /sys/fs/cgroup are read */
};

struct miner_topology;

/** Look at the machine.
 * In:      affinity  hardware threads that lanes may use; NULL or not given: all that are allowed.
 *          source    NULL: this machine.
 * Returns: BASE_OK; BASE_E_RANGE the affinity names a hardware thread that is not there or not
 *          allowed, with a sentence; BASE_E_IO hwloc cannot tell; BASE_E_MEMORY. *topology is NULL
 *          on error. Free: miner_topology_free. */
BASE_MUST_CHECK enum base_status miner_topology_new(struct miner_topology **topology,
                                                    const struct miner_cpu_list *affinity,
                                                    const struct miner_topology_source *source,
                                                    struct base_error *error);
void miner_topology_free(struct miner_topology *topology);

const struct miner_machine *miner_topology_machine(const struct miner_topology *topology);

/** Lanes for a rule: one a core (by default, at most as many as the quota pays for), one a
 * hardware thread, or the number asked for. */
unsigned miner_topology_lanes(const struct miner_topology *topology, enum miner_threads_rule rule,
                              unsigned threads);

/** Number of different places; 1 or more. */
unsigned miner_topology_place_count(const struct miner_topology *topology);

/** Place of lane i: first one on each core, the most capable cores first, then their second
 * hardware threads. Lanes past the last place begin again at the first. */
const struct miner_place *miner_topology_place(const struct miner_topology *topology,
                                               unsigned lane);

/** Bind the calling thread to the place of lane i. Memory it touches first from then on comes from
 * the NUMA node there, as the system does by itself.
 * Returns: true if the system agreed; lanes run anyway. Threads: any. */
bool miner_topology_pin(const struct miner_topology *topology, unsigned lane);

#endif
