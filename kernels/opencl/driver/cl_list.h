/* cl_list.h: the list of kern_opencl.h from inside: handles next to what users see. Internal. */
#ifndef KERN_CL_LIST_H
#define KERN_CL_LIST_H

#include "driver/cl_walk.h"
#include "kern_opencl.h"

enum { KERN_CL_ENTRIES_MAX = 128 };

struct kern_cl_entry {
    struct kern_cl_info info;
    cl_platform_id platform; /* both NULL while the entry is not usable */
    cl_device_id device;
};

struct kern_cl_list {
    struct kern_cl_api api;
    size_t count;
    struct kern_cl_entry *entries; /* KERN_CL_ENTRIES_MAX */
};

/** kern_cl_list_new with the patience as an argument, for tests. */
BASE_MUST_CHECK enum base_status kern_cl_list_open(struct kern_cl_list **list, uint32_t silence_ms,
                                                   struct base_error *error);

#endif
