/* cl_flags.h: compiler options that only some drivers have, as one more parameter of a kernel. A
 * driver has them when it names the extension that defines them. Internal to opencl/. */
#ifndef KERN_CL_FLAGS_H
#define KERN_CL_FLAGS_H

#include "kern_opencl.h"
#include "opencl/cl_row.h"

enum {
    KERN_CL_FLAGS_NONE = 1,
    KERN_CL_FLAGS_COUNT = 9, /* values are 1 .. KERN_CL_FLAGS_COUNT */
};

/** True when the device's driver and the row's kernel have what the value stands for; of a value
 * that stands for nothing: false. */
bool kern_cl_flags_offered(uint32_t flags, const struct kern_cl_row *row,
                           const struct kern_cl_info *info);

#endif
