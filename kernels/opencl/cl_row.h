/* cl_row.h: what an algorithm tells opencl/ about its device kernel. Types only; constant data.
 *
 * A kernel has the signature
 *     __kernel void NAME(__constant const uint *job, __global uint *result,
 *                        uint first_low, uint first_high, uint last)
 * and tries the counters first .. first + last. job is what fill_job wrote. result[0] is the number
 * of finds (0 at the start, counted with atomic_inc), followed by RESULT_SLOTS offsets from first;
 * finds beyond RESULT_SLOTS are counted and not stored. The runner adds -D RESULT_SLOTS and the
 * parameters below to the options. A job may be as large as half of the constant memory that every
 * device has: a small table of an epoch can be part of it.
 *
 * Room for others: a solver needs further kernels in sequence, a shared table or finds with a
 * solution. Each becomes a field here whose zero value means "none", so that
 * rows written before it stay as they are; runner.c is the only file that then learns of it. */
#ifndef KERN_CL_ROW_H
#define KERN_CL_ROW_H

#include "kern_opencl.h"
#include "row.h"

/* One piece of source text, as shardpick_embed makes it. */
struct kern_cl_source {
    const char *file;          /* below kernels/, for SHARDPICK_OPENCL_SOURCE and for messages */
    const unsigned char *text; /* NUL-ended */
    const size_t *size_bytes;  /* without the NUL */
};

enum { KERN_CL_SPACE_MAX = 8, KERN_CL_SOURCES_MAX = 6, KERN_CL_JOB_WORDS_MAX = 8192 };

/* Values a tuner may try for one parameter, ended by 0. Never empty. */
struct kern_cl_space {
    uint32_t local_size[KERN_CL_SPACE_MAX];
    uint32_t per_item[KERN_CL_SPACE_MAX];
    uint32_t vector[KERN_CL_SPACE_MAX];
    uint32_t unroll[KERN_CL_SPACE_MAX];
    uint32_t multiply_add[KERN_CL_SPACE_MAX];
};

/* Measured values that come with the program. */
struct kern_cl_shipped {
    const char *device; /* beginning of the device's name */
    const char *driver; /* beginning of the driver's version; "" any */
    struct kern_cl_params params;
};

/* A proof: a range that the device searches while it mines, and whose finds the host has computed
 * (kern_cl_proof_prepare). Hosts differ, so the host's time is limited there; what is chosen here
 * is that the portable variant needs well under that limit on a current processor, that the finds
 * of the range fit into the result buffer except by a chance below 10^-9, and that a device that
 * finds nothing fails except by a chance below 10^-9. */
struct kern_cl_proof_size {
    uint32_t nonces;      /* 1 .. 65536 */
    uint32_t target_bits; /* the target is 2^target_bits - 1; where there are several chains, only
                             one of so many hashes that meet it counts */
};

struct kern_cl_row {
    struct kern_cl_source sources[KERN_CL_SOURCES_MAX]; /* in order; file NULL ends */
    const char *kernel;                                 /* name of the kernel function */
    size_t job_words; /* 32-bit words of job, 1..KERN_CL_JOB_WORDS_MAX */

    /* Required: the numbers of a job for the device. */
    void (*fill_job)(uint32_t *job, const struct kern_work *work);

    /* Global memory of its own that a work item needs; 0: none. With it the kernel has a sixth
     * argument, `__global ... *scratch`, of this size times the number of items, and a launch has
     * no more items than fit into the device's memory: item i tries the counters at i, i + number
     * of items, and so on to the end; per_item is always 1. */
    size_t scratch_item_bytes;

    /* The source knows -D BYTE_PERMUTE=1: rotations by whole bytes through the vendor's own
     * instruction, where the compiler has a name for it. */
    bool byte_permute;

    struct kern_cl_proof_size proof;

    struct kern_cl_space space;
    struct kern_cl_params default_cpu; /* no field 0 but flags, which are then none */
    struct kern_cl_params default_gpu; /* also for accelerators */
    const struct kern_cl_shipped *shipped;
    size_t shipped_count;
};

#endif
