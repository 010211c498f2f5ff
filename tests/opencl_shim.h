/* opencl_shim.h: enough of OpenCL C to compile a .cl file as C for one work item at a time. The
 * includer sets opencl_shim_global_id before each call of a kernel. Vectors of width 1 only. */
#ifndef TESTS_OPENCL_SHIM_H
#define TESTS_OPENCL_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h> /* uint */

#define __kernel
#define __constant
#define __global

static size_t opencl_shim_global_id;

static inline size_t get_global_id(uint dimension)
{
    return dimension == 0 ? opencl_shim_global_id : 0;
}

static inline uint rotate(uint value, uint bits)
{
    bits &= 31;
    return bits == 0 ? value : (value << bits) | (value >> (32 - bits));
}

static inline uint bitselect(uint a, uint b, uint from_b)
{
    return (a & ~from_b) | (b & from_b);
}

static inline uint atomic_inc(uint *value)
{
    return (*value)++;
}

#endif
