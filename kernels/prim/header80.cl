/* header80.cl: the kernel of a device search over an 80-byte header, OpenCL C 1.2: its loop, behind
 * opencl/search.cl. The algorithm follows and defines
 *     void hash(__constant const uint *job, WORD nonce, WORD n[8])
 * which makes the hash as a number, n[0] its most significant word, and ends with
 * HEADER80_KERNEL(name). A kernel with local tables defines HEADER80_LOCAL and HEADER80_MORE before
 * that (behind this piece: with #undef). nonce: as the header has it, read little-endian. */
#ifndef PRIM_HEADER80_LAYOUT_H
#include "header80_layout.h"
#endif

#define MAYBE(way, s) maybe |= (n[0] s & job[JOB_CLEAR]) == 0U;

#define REPORT(way, s)                                                                             \
    if (offset + way##U <= last &&                                                                 \
        meets_target(job + JOB_TARGET, n[0] s, n[1] s, n[2] s, n[3] s, n[4] s, n[5] s, n[6] s,     \
                     n[7] s)) {                                                                    \
        report(result, offset + way##U);                                                           \
    }

/* What a kernel does before its loop (local tables and a barrier), and hands to hash() behind n. */
#ifndef HEADER80_LOCAL
#define HEADER80_LOCAL
#define HEADER80_MORE
#endif

/* result: RESULT_COUNT is 0 at the start. Nonces first_low .. first_low + last are searched. */
#define HEADER80_KERNEL(name)                                                                      \
    __kernel SEARCH_GROUP void name(__constant const uint *job, __global uint *result,             \
                                    uint first_low, uint first_high, uint last)                    \
    {                                                                                              \
        HEADER80_LOCAL                                                                             \
        const uint item = (uint)get_global_id(0);                                                  \
        if (item > last / PER_ITEM) {                                                              \
            return; /* the launch is rounded up to whole groups */                                 \
        }                                                                                          \
        _Pragma("unroll 1") for (uint i = 0; i < PER_ITEM; i += VECTOR)                            \
        {                                                                                          \
            const uint offset = item * PER_ITEM + i;                                               \
            bool maybe = false;                                                                    \
            WORD n[8];                                                                             \
            hash(job, WAY_NUMBERS + (first_low + offset), n HEADER80_MORE);                        \
            EACH_WAY(MAYBE)                                                                        \
            if (maybe) {                                                                           \
                EACH_WAY(REPORT)                                                                   \
            }                                                                                      \
        }                                                                                          \
    }
