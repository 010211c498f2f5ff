/* cl_params.h: launch parameters against the row that offers them. Internal to opencl/. In words:
 * kern_cl_params_text. */
#ifndef KERN_CL_PARAMS_H
#define KERN_CL_PARAMS_H

#include "kern_opencl.h"
#include "opencl/cl_row.h"

/* Parameters by number: the common ones in the order of tuned.txt, then the row's own. */
enum kern_cl_param {
    KERN_CL_LOCAL_SIZE,
    KERN_CL_PER_ITEM,
    KERN_CL_VECTOR,
    KERN_CL_UNROLL,
    KERN_CL_MULTIPLY_ADD,
    KERN_CL_FLAGS,
    KERN_CL_OWN, /* the first of the row's own */
};

/** Number of parameters of a row: KERN_CL_OWN and its own. */
unsigned kern_cl_param_count(const struct kern_cl_row *row);

/** The field of a parameter, 0 .. kern_cl_param_count - 1. */
uint32_t *kern_cl_param(struct kern_cl_params *params, unsigned number);

/** Values that the row offers for a parameter: up to KERN_CL_SPACE_MAX, ended by 0; NULL for the
 * flags (cl_flags.h). */
const uint32_t *kern_cl_param_values(const struct kern_cl_row *row, unsigned number);

/** True when every field is one of the row's values (1 where the row does not have it) and they fit
 * each other and the device. */
bool kern_cl_params_valid(const struct kern_cl_params *params, const struct kern_cl_row *row,
                          const struct kern_cl_info *info);

#endif
