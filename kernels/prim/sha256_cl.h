/* sha256_cl.h: sha256.cl as a piece of a device row's source. */
#ifndef PRIM_SHA256_CL_H
#define PRIM_SHA256_CL_H

#include <stddef.h>

extern const unsigned char prim_sha256_cl_text[];
extern const size_t prim_sha256_cl_text_size;

#define PRIM_SHA256_CL_SOURCE                                                                      \
    {                                                                                              \
        "prim/sha256.cl", prim_sha256_cl_text, &prim_sha256_cl_text_size                           \
    }

#endif
