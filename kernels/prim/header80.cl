/* header80.cl: frame of a device search over an 80-byte header, OpenCL C 1.2: the ways of a vector,
 * the test of a hash against the target, the kernel's loop. First piece of a source; the algorithm
 * follows and defines
 *     void hash(__constant const uint *job, WORD nonce, WORD n[8])
 * which makes the hash as a number, n[0] its most significant word, and ends with
 * HEADER80_KERNEL(name). A kernel with local tables defines HEADER80_LOCAL and HEADER80_MORE before
 * that (behind this piece: with #undef). nonce: as the header has it, read little-endian. */
#ifndef PRIM_HEADER80_LAYOUT_H
#include "header80_layout.h"
#endif

#ifndef LOCAL_SIZE /* work items of a group; 0: the compiler is not told */
#define LOCAL_SIZE 0
#endif
#ifndef PER_ITEM /* nonces one work item tries: a power of two, a multiple of VECTOR */
#define PER_ITEM 1
#endif
#ifndef VECTOR /* nonces computed side by side in one vector: 1, 2, 4, 8 or 16 */
#define VECTOR 1
#endif
#ifndef UNROLL /* as the algorithm says */
#define UNROLL 0
#endif
#ifndef RESULT_SLOTS /* finds the result buffer has room for */
#define RESULT_SLOTS 256
#endif

#if VECTOR == 1
#define WORD uint
#define WORD64 ulong
#define TO_WORD(x) convert_uint(x)
#define TO_WORD64(x) convert_ulong(x)
#define EACH_WAY(do_way) do_way(0, )
#define WAY_NUMBERS 0U
#elif VECTOR == 2
#define WORD uint2
#define WORD64 ulong2
#define TO_WORD(x) convert_uint2(x)
#define TO_WORD64(x) convert_ulong2(x)
#define EACH_WAY(do_way) do_way(0, .s0) do_way(1, .s1)
#define WAY_NUMBERS (uint2)(0, 1)
#elif VECTOR == 4
#define WORD uint4
#define WORD64 ulong4
#define TO_WORD(x) convert_uint4(x)
#define TO_WORD64(x) convert_ulong4(x)
#define EACH_WAY(do_way) do_way(0, .s0) do_way(1, .s1) do_way(2, .s2) do_way(3, .s3)
#define WAY_NUMBERS (uint4)(0, 1, 2, 3)
#elif VECTOR == 8
#define WORD uint8
#define WORD64 ulong8
#define TO_WORD(x) convert_uint8(x)
#define TO_WORD64(x) convert_ulong8(x)
#define EACH_WAY(do_way)                                                                           \
    do_way(0, .s0) do_way(1, .s1) do_way(2, .s2) do_way(3, .s3)                                    \
    do_way(4, .s4) do_way(5, .s5) do_way(6, .s6) do_way(7, .s7)
#define WAY_NUMBERS (uint8)(0, 1, 2, 3, 4, 5, 6, 7)
#elif VECTOR == 16
#define WORD uint16
#define WORD64 ulong16
#define TO_WORD(x) convert_uint16(x)
#define TO_WORD64(x) convert_ulong16(x)
#define EACH_WAY(do_way)                                                                           \
    do_way(0, .s0) do_way(1, .s1) do_way(2, .s2) do_way(3, .s3)                                    \
    do_way(4, .s4) do_way(5, .s5) do_way(6, .s6) do_way(7, .s7)                                    \
    do_way(8, .s8) do_way(9, .s9) do_way(10, .sa) do_way(11, .sb)                                  \
    do_way(12, .sc) do_way(13, .sd) do_way(14, .se) do_way(15, .sf)
#define WAY_NUMBERS (uint16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#else
#error "VECTOR must be 1, 2, 4, 8 or 16"
#endif

/* Byte order turned round. */
#define SWAP(x) (bitselect(rotate((x), (WORD)8U), rotate((x), (WORD)24U), (WORD)0xff00ff00U))

/* hash <= target as 256-bit numbers; seldom asked. */
bool meets_target(__constant const uint *target, uint n0, uint n1, uint n2, uint n3, uint n4,
                  uint n5, uint n6, uint n7)
{
#define DECIDE(n, i)                                                                               \
    if (n != target[i]) {                                                                          \
        return n < target[i];                                                                      \
    }
    DECIDE(n0, 0)
    DECIDE(n1, 1)
    DECIDE(n2, 2)
    DECIDE(n3, 3)
    DECIDE(n4, 4)
    DECIDE(n5, 5)
    DECIDE(n6, 6)
    return n7 <= target[7];
}

#define MAYBE(way, s) maybe |= (n[0] s & job[JOB_CLEAR]) == 0U;

#define REPORT(way, s)                                                                             \
    if (offset + way##U <= last &&                                                                 \
        meets_target(job + JOB_TARGET, n[0] s, n[1] s, n[2] s, n[3] s, n[4] s, n[5] s, n[6] s,     \
                     n[7] s)) {                                                                    \
        uint slot = atomic_inc(result + RESULT_COUNT);                                             \
        if (slot < RESULT_SLOTS) {                                                                 \
            result[RESULT_FIRST_SLOT + slot] = offset + way##U;                                    \
        }                                                                                          \
    }

/* What a kernel does before its loop (local tables and a barrier), and hands to hash() behind n. */
#ifndef HEADER80_LOCAL
#define HEADER80_LOCAL
#define HEADER80_MORE
#endif

#if LOCAL_SIZE > 0
#define HEADER80_GROUP __attribute__((reqd_work_group_size(LOCAL_SIZE, 1, 1)))
#else
#define HEADER80_GROUP
#endif

/* result: RESULT_COUNT is 0 at the start. Nonces first_low .. first_low + last are searched. */
#define HEADER80_KERNEL(name)                                                                      \
    __kernel HEADER80_GROUP void name(__constant const uint *job, __global uint *result,           \
                                      uint first_low, uint first_high, uint last)                  \
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
