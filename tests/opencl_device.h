/* opencl_device.h: what every test that needs a real OpenCL device does first: list the devices,
 * take the first usable one, skip (77) where there is none, and keep caches in a folder of its own
 * that is gone afterwards. */
#ifndef TESTS_OPENCL_DEVICE_H
#define TESTS_OPENCL_DEVICE_H

#include <stddef.h>

#include "kern_opencl.h"

/* Parameters that most rows have, in the order of their fields; none of a row's own. */
#define OPENCL_PARAMS(local, items, width, unrolled, additions, options)                           \
    {                                                                                              \
        .local_size = (local), .per_item = (items), .vector = (width), .unroll = (unrolled),       \
        .multiply_add = (additions), .flags = (options)                                            \
    }

struct opencl_device {
    struct kern_cl_list *list;
    size_t index;
    char folder[64]; /* temporary; holds the cache */
};

/** Ends the process with 77 and a reason when no device is usable. */
void opencl_device_open(struct opencl_device *device);
void opencl_device_close(struct opencl_device *device);

/** A runner on the device, params NULL: the defaults; its cache is the device's folder. The test
 * fails with the compiler's log where there is none, or where the compiler had something to say. */
struct kern_cl_runner *opencl_device_runner(const struct opencl_device *device,
                                            const struct kern_algo *algo,
                                            const struct kern_cl_params *params);

/** Remove a folder and the files in it, folders in it too. */
void opencl_device_remove(const char *folder);

#endif
