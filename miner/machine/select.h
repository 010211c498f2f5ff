/* select.h: which CPU kernel and which OpenCL devices the options choose, the same rule for every
 * command. */
#ifndef MINER_SELECT_H
#define MINER_SELECT_H

#include "base/status.h"
#include "config/devices.h"
#include "kern.h"

/** Kernel of an algorithm on this processor.
 * Out:     variant  never NULL on BASE_OK.
 * In:      name     "" or NULL: the best one; otherwise --cpu-kernel's.
 * Returns: BASE_OK; BASE_E_NOT_FOUND no such kernel; BASE_E_UNSUPPORTED this processor lacks what
 *          it needs. The sentence names those that would work. */
BASE_MUST_CHECK enum base_status miner_select_kernel(const struct kern_variant **variant,
                                                     const struct kern_algo *algo, const char *name,
                                                     uint32_t features, struct base_error *error);

/** Devices that a selection chooses: with "all", every usable one that is no CPU; the same
 * hardware seen through two platforms is taken once.
 * Out:     chosen  one a device of the list: true if chosen.
 *          count   number of true ones.
 * Returns: BASE_OK; BASE_E_NOT_FOUND an entry names no device, or one that cannot be used, with a
 *          sentence that lists what there is. */
BASE_MUST_CHECK enum base_status miner_select_opencl(bool *chosen, size_t *count,
                                                     const struct miner_cl_selection *selection,
                                                     const struct kern_cl_info *const *infos,
                                                     size_t info_count, struct base_error *error);

/** Check that an entry of "devices" in a file names a device of this machine.
 * Returns: BASE_OK; BASE_E_NOT_FOUND with a sentence that lists what there is. */
BASE_MUST_CHECK enum base_status miner_select_known(const struct miner_cl_pick *pick,
                                                    const struct kern_cl_info *const *infos,
                                                    size_t info_count, struct base_error *error);

/** Name that selects a device again, best first: its PCI name, else "platform:device". text is
 * NUL-ended; returns it. */
char *miner_select_name(char *text, size_t cap, const struct kern_cl_info *info);

#endif
