/* cl_params.h: launch parameters against the row that offers them. Internal to opencl/. In words:
 * kern_cl_params_text. */
#ifndef KERN_CL_PARAMS_H
#define KERN_CL_PARAMS_H

#include "kern_opencl.h"
#include "opencl/cl_row.h"

/** True when every field is one of the row's values (1 where the row does not have it) and they fit
 * each other and the device. */
bool kern_cl_params_valid(const struct kern_cl_params *params, const struct kern_cl_row *row,
                          const struct kern_cl_info *info);

#endif
