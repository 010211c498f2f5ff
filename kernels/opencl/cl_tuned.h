/* cl_tuned.h: which launch parameters a device gets: the user's tuned values (a text file in the
 * cache folder), over those shipped with the row, over the row's defaults. Internal to opencl/.
 *
 * File "tuned.txt", one line a device, algorithm and kernel source:
 *   algorithm|device|driver|source hash|local per_item vector unroll multiply_add flags|H/s|seal
 * After the flags come the row's own parameters, where it has some; a common parameter that a row
 * does not have is 1. The seal is a hash of the line before it: a line with a flipped bit is not
 * used. A line that is edited by hand has the words "by hand" there. Lines that are not understood
 * are left alone; values that a row or the device does not offer are not used. */
#ifndef KERN_CL_TUNED_H
#define KERN_CL_TUNED_H

#include "kern_opencl.h"
#include "opencl/cl_row.h"

/** Parameters to use: no common one is 0, and none of the row's own. */
struct kern_cl_params kern_cl_tuned_choose(const struct kern_algo *algo,
                                           const struct kern_cl_info *info, uint64_t source_hash,
                                           const char *cache_dir);

/** The user's values alone. Returns false when there are none for this device, driver, source. */
bool kern_cl_tuned_load(struct kern_cl_params *params, const struct kern_algo *algo,
                        const struct kern_cl_info *info, uint64_t source_hash,
                        const char *cache_dir);

/** Keep values for this device; replaces older ones for the same device, driver and source.
 * Returns: BASE_OK; BASE_E_IO, BASE_E_LIMIT, BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status kern_cl_tuned_store(const struct kern_cl_params *params,
                                                     double hashrate, const struct kern_algo *algo,
                                                     const struct kern_cl_info *info,
                                                     uint64_t source_hash, const char *cache_dir);

#endif
