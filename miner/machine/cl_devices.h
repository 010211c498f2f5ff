/* cl_devices.h: the OpenCL devices of this machine and which of them the options choose, the same
 * for mine, devices and selftest. */
#ifndef MINER_CL_DEVICES_H
#define MINER_CL_DEVICES_H

#include "machine/select.h"

struct miner_cl_devices {
    struct kern_cl_list *list;         /* owned; NULL where there is no OpenCL or it is not asked */
    const struct kern_cl_info **infos; /* owned list of borrowed entries */
    bool *chosen;                      /* owned; one an entry */
    size_t count;
    size_t chosen_count;
    char absent[512]; /* why there is no list: what is missing and what to install; "" else */
};

/** Find devices and apply the selection. With MINER_CL_NONE nothing is opened.
 * In:      with_cpus  true: "all" takes CPU-type devices too (selftest).
 * Returns: BASE_OK, also when there is no OpenCL and none was named; BASE_E_NOT_FOUND a named
 *          device is not there or cannot be used: devices is filled all the same; BASE_E_MEMORY.
 * Free:    miner_cl_devices_deinit, in any case. */
BASE_MUST_CHECK enum base_status miner_cl_devices_init(struct miner_cl_devices *devices,
                                                       const struct miner_cl_selection *selection,
                                                       bool with_cpus, struct base_error *error);
void miner_cl_devices_deinit(struct miner_cl_devices *devices);

/** Apply the selection to a list that is there already.
 * In/out:  devices  zero; its own list stays NULL.
 * In:      list     borrowed until deinit.
 * Returns: as miner_cl_devices_init. Free: miner_cl_devices_deinit, in any case. */
BASE_MUST_CHECK enum base_status miner_cl_devices_fill(struct miner_cl_devices *devices,
                                                       const struct kern_cl_list *list,
                                                       const struct miner_cl_selection *selection,
                                                       bool with_cpus, struct base_error *error);

/** "cpu", "gpu", "accelerator" or "other". */
const char *miner_cl_kind_name(enum kern_cl_kind kind);

#endif
