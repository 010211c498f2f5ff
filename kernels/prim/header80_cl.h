/* header80_cl.h: host side of header80.cl and sha256.cl: the pieces of source, the beginning of a
 * job, what may be tuned. Included by the <algo>_cl.c files; their last pieces are their own. */
#ifndef PRIM_HEADER80_CL_H
#define PRIM_HEADER80_CL_H

#include "opencl/cl_row.h"
#include "prim/header80.h"
#include "prim/header80_layout.h"
#include "prim/sha256_cl.h"

extern const unsigned char prim_header80_cl_text[];
extern const size_t prim_header80_cl_text_size;
extern const unsigned char prim_header80_layout_text[];
extern const size_t prim_header80_layout_text_size;

/* For the row's sources, in this order. */
#define PRIM_HEADER80_CL_SOURCES                                                                   \
    KERN_CL_SEARCH_SOURCE,                                                                         \
        {"prim/header80_layout.h", prim_header80_layout_text, &prim_header80_layout_text_size},    \
    {                                                                                              \
        "prim/header80.cl", prim_header80_cl_text, &prim_header80_cl_text_size                     \
    }

/* All code is unrolled, and no kernel here trades additions for multiplications. */
#define PRIM_HEADER80_CL_SPACE                                                                     \
    {                                                                                              \
        .local_size = {32, 64, 128, 256, 512}, .per_item = {1, 2, 4, 8, 16, 32},                   \
        .vector = {1, 2, 4, 8, 16}, .unroll = {1}, .multiply_add = {                               \
            1                                                                                      \
        }                                                                                          \
    }
#define PRIM_HEADER80_CL_CPU                                                                       \
    {                                                                                              \
        .local_size = 64, .per_item = 16, .vector = 16, .unroll = 1, .multiply_add = 1             \
    }
#define PRIM_HEADER80_CL_GPU                                                                       \
    {                                                                                              \
        .local_size = 256, .per_item = 4, .vector = 1, .unroll = 1, .multiply_add = 1              \
    }

/** Words 0 .. JOB_OWN - 1 of a job. */
void prim_header80_fill_job(uint32_t *job, const struct kern_work *work);

#endif
