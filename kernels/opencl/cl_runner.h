/* cl_runner.h: a runner from inside. Internal to opencl/: runner.c builds it, launch.c drives it.
 */
#ifndef KERN_CL_RUNNER_H
#define KERN_CL_RUNNER_H

#include "kern_opencl.h"
#include "opencl/cl_api.h"
#include "opencl/cl_row.h"

/* Words of a result buffer: the count, then the slots. */
enum { KERN_CL_RESULT_WORDS = 1 + KERN_CL_FINDS_MAX };

/* One launch's buffers, used again when its result was taken. */
struct kern_cl_slot {
    cl_mem job;                               /* on the device: row->job_words words */
    cl_mem result;                            /* on the device: KERN_CL_RESULT_WORDS words */
    uint32_t job_host[KERN_CL_JOB_WORDS_MAX]; /* what job holds, or is being sent */
    bool job_known;                           /* job_host is what the device has */
    uint32_t *result_host;                    /* where the result arrives; pinned memory */
    cl_event kernel_done;
    cl_event result_here;
    uint64_t tag;
    uint64_t first;
    uint64_t count;
    uint64_t launched_ns; /* monotonic clock */
};

struct kern_cl_runner {
    const struct kern_cl_api *api; /* the list's; so are info's strings */
    const struct kern_cl_info *info;
    const struct kern_algo *algo;
    struct kern_cl_params params;
    uint64_t source_hash;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_kernel kernel;
    cl_mem pinned; /* results of all slots arrive here; mapped as long as the runner lives */
    uint32_t *pinned_map;
    cl_mem scratch; /* for rows with scratch_item_bytes: memory of all items, one launch at a */
    size_t scratch_items; /* time (the queue is in order); else NULL and 0 */
    struct kern_cl_slot slots[KERN_CL_IN_FLIGHT]; /* a ring */
    unsigned oldest;
    unsigned in_flight;
    bool profiling;
    bool broken;            /* a command failed: nothing more is started */
    uint64_t seen_count;    /* the last finished launch: nonces, and how long it took. Only to */
    uint64_t seen_ns;       /* predict; 0 before the first */
    uint64_t last_ended_ns; /* when the end of the last finished launch was seen */
};

#endif
