/* cl_program.h: from a row's source to a built program: options, the developer's way to read the
 * source from disk, the compiler, and the binary cache round it. Internal to opencl/. */
#ifndef KERN_CL_PROGRAM_H
#define KERN_CL_PROGRAM_H

#include "driver/cl_api.h"
#include "kern_opencl.h"
#include "opencl/cl_row.h"

enum { KERN_CL_OPTIONS_MAX = 768 };

/* Source texts of a row, embedded or read from disk. */
struct kern_cl_text {
    const char *parts[KERN_CL_SOURCES_MAX];
    size_t sizes[KERN_CL_SOURCES_MAX];
    char *owned[KERN_CL_SOURCES_MAX]; /* those read from disk; else NULL */
    cl_uint count;
    uint64_t hash; /* of all parts */
};

/** The row's source. SHARDPICK_OPENCL_SOURCE in the environment names a folder that holds the
 * files as kernels/ does ("alephium/alephium.cl"); for people who work on a kernel.
 * Returns: BASE_OK; BASE_E_IO, BASE_E_LIMIT or BASE_E_MEMORY with a sentence.
 * Free:    kern_cl_text_deinit, on error too. */
BASE_MUST_CHECK enum base_status kern_cl_text_init(struct kern_cl_text *text,
                                                   const struct kern_cl_row *row,
                                                   struct base_error *error);
void kern_cl_text_deinit(struct kern_cl_text *text);

/** The compiler's options for these parameters on this device. */
void kern_cl_options(char options[KERN_CL_OPTIONS_MAX], const struct kern_cl_row *row,
                     const struct kern_cl_params *params, const struct kern_cl_info *info);

/** Build the program, or load it from cache_dir (NULL: no cache) and store it there.
 * Out:     log  NULL is allowed; the whole build log when the compiler refused, else NULL.
 *               Free: base_free.
 * Returns: BASE_OK; BASE_E_DEVICE, BASE_E_MEMORY with a sentence. */
BASE_MUST_CHECK enum base_status kern_cl_program_new(
    cl_program *program, const struct kern_cl_api *api, cl_context context, cl_device_id device,
    const struct kern_cl_info *info, const struct kern_cl_text *text, const char *options,
    const char *cache_dir, char **log, struct base_error *error);

#endif
