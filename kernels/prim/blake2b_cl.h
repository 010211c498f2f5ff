/* blake2b_cl.h: blake2b.cl as a piece of a device row's source. */
#ifndef PRIM_BLAKE2B_CL_H
#define PRIM_BLAKE2B_CL_H

#include <stddef.h>

extern const unsigned char prim_blake2b_cl_text[];
extern const size_t prim_blake2b_cl_text_size;

#define PRIM_BLAKE2B_CL_SOURCE                                                                     \
    {                                                                                              \
        "prim/blake2b.cl", prim_blake2b_cl_text, &prim_blake2b_cl_text_size                        \
    }

#endif
