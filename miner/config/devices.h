/* devices.h: which processors and OpenCL devices a user names, as values: numbers of lanes, lists
 * of hardware threads, selections of devices. Filled by the options, applied by miner/machine,
 * which sees this header of config/ and no other. */
#ifndef MINER_CONFIG_DEVICES_H
#define MINER_CONFIG_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <strings.h>

#include "kern_opencl.h"

enum {
    MINER_CPUS_MAX = 1024,  /* hardware threads that --cpu-affinity can name */
    MINER_LANES_MAX = 1024, /* CPU lanes that -t can ask for */
    MINER_CL_PICKS_MAX = 64,
};

/* How many CPU lanes: a number, or a rule that topology.h turns into one. */
enum miner_threads_rule {
    MINER_THREADS_CORES,    /* default: one lane a core this process may use */
    MINER_THREADS_ALL,      /* one lane a hardware thread */
    MINER_THREADS_COUNT,    /* exactly `threads` */
    MINER_THREADS_MEASURED, /* bench only: the number that is measured to be the fastest */
};

/* Set of hardware threads, by the number the operating system gives them. */
struct miner_cpu_list {
    bool given; /* false: no restriction, bits are zero */
    uint64_t bits[MINER_CPUS_MAX / 64];
};

/* One entry of --opencl: "platform:device" or a PCI name. */
struct miner_cl_pick {
    bool by_pci;
    unsigned platform;
    unsigned device;
    char pci[16]; /* lower case, with domain: "0000:65:00.0" */
};

enum miner_cl_mode { MINER_CL_ALL, MINER_CL_NONE, MINER_CL_LIST };

struct miner_cl_selection {
    enum miner_cl_mode mode;
    size_t count; /* of picks; 0 unless mode is MINER_CL_LIST */
    struct miner_cl_pick picks[MINER_CL_PICKS_MAX];
};

/* What a file says of one OpenCL device ("devices"). 0: as for all others. Value. */
struct miner_device_settings {
    struct miner_cl_pick pick;
    uint32_t temp_limit_c;
    uint32_t launch_ms;
    bool no_tune;
    struct kern_cl_params params; /* fields that are 0: the default for the device */
};

/** True when an entry of a selection names this device. */
static inline bool miner_pick_names(const struct miner_cl_pick *pick,
                                    const struct kern_cl_info *info)
{
    return pick->by_pci ? strcasecmp(pick->pci, info->pci) == 0
                        : pick->platform == info->platform && pick->device == info->device;
}

#endif
