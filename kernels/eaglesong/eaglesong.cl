/* eaglesong.cl: search of Eaglesong on a device, OpenCL C 1.2; a piece behind opencl/search.cl,
 * eaglesong_layout.h and eaglesong_matrix.h. The facts are in README.md here, the host side in
 * eaglesong_cl.c.
 *
 * One work item tries PER_ITEM consecutive counters, VECTOR at a time. A hash is the permutation
 * after the block with the nonce, 43 rounds; the host makes what no counter changes of round 0 and
 * the constants as the matrix step takes them. Of the last two rounds the early test reads one word;
 * a candidate, seldom met, is hashed again in full. All 16 words of state are variables of their own:
 * an array with an index known only at run time would lie in memory. The job is read through
 * __constant at addresses that are the same for all work items.
 *
 * UNROLL 1: two rounds in each pass of the loop; 0: one. MULTIPLY_ADD 1, for devices whose multiplier is
 * idle and beside the unit that shifts and combines, and for work items without vectors: a rotation is a
 * product of 64 bits, whose halves the exclusive-or takes apart; a circulant is two products and two
 * operations instead of three. */
#ifndef KERN_EAGLESONG_LAYOUT_H
#include "eaglesong_layout.h"
#endif
#ifndef KERN_EAGLESONG_MATRIX_H
#include "eaglesong_matrix.h"
#endif

#define ROTATE_LEFT(x, bits) rotate((x), (WORD)(bits##U))

/* The instructions of NVIDIA that its compiler does not choose by itself. It would order the terms of
 * exclusive-ors anew, and then needs a tenth more of them; and make shifts of products. Tests have
 * their own. */
#if defined(__NV_CL_C_VERSION) && VECTOR == 1
#ifndef LOGIC_3
#define LOGIC_3(y, a, b, c)                                                                        \
    __asm__("lop3.b32 %0, %1, %2, %3, 0x96;" : "=r"(y) : "r"(a), "r"(b), "r"(c));
#define MULTIPLY_WIDE(y, x, bits)                                                                  \
    __asm__("mul.wide.u32 %0, %1, (1U << " #bits ");" : "=l"(y) : "r"(x));
#endif
#define XOR3(y, a, b, c)                                                                           \
    WORD y;                                                                                        \
    LOGIC_3(y, a, b, c)
#define PRODUCT(y, x, bits)                                                                        \
    ulong y;                                                                                       \
    MULTIPLY_WIDE(y, x, bits)
#else
#define XOR3(y, a, b, c) const WORD y = (a) ^ (b) ^ (c);
#define PRODUCT(y, x, bits) const ulong y = (ulong)(x) * (1U << bits);
#endif

#if MULTIPLY_ADD && VECTOR == 1
#define CIRCULANT(y, x, a, b)                                                                      \
    PRODUCT(y##_a, x, a)                                                                           \
    PRODUCT(y##_b, x, b)                                                                           \
    XOR3(y##_half, x, (uint)y##_a, (uint)(y##_a >> 32))                                            \
    XOR3(y, y##_half, (uint)y##_b, (uint)(y##_b >> 32))
#else
#define CIRCULANT(y, x, a, b) XOR3(y, x, ROTATE_LEFT(x, a), ROTATE_LEFT(x, b))
#endif

/* The steps behind the matrix on a pair of words: circulants by a and b, c and d; add, rotate, add. */
#define PAIR(x, y, mx, my, a, b, c, d)                                                             \
    {                                                                                              \
        CIRCULANT(left, mx, a, b)                                                                  \
        CIRCULANT(right, my, c, d)                                                                 \
        x = ROTATE_LEFT(left + right, 8);                                                          \
        y = ROTATE_LEFT(right, 24) + x;                                                            \
    }
#define PAIR_0 PAIR(x0, x1, m0, m1, 2, 4, 13, 22)
#define PAIR_2 PAIR(x2, x3, m2, m3, 4, 19, 3, 14)
#define PAIR_4 PAIR(x4, x5, m4, m5, 27, 31, 3, 8)
#define PAIR_6 PAIR(x6, x7, m6, m7, 17, 26, 3, 12)
#define PAIR_8 PAIR(x8, x9, m8, m9, 18, 22, 12, 18)
#define PAIR_10 PAIR(x10, x11, m10, m11, 4, 7, 4, 31)
#define PAIR_12 PAIR(x12, x13, m12, m13, 12, 27, 7, 17)
#define PAIR_14 PAIR(x14, x15, m14, m15, 7, 8, 1, 13)

/* Entries of the matrix' list; k0 to k3 are the constants of the round, read four at a time. */
#define SUM2(t, a, b) const WORD t = (a) ^ (b);
#define SUM3(t, a, b, c) XOR3(t, a, b, c)
#define OUT1(j, a) const WORD m##j = (a) ^ CONSTANT_##j;
#define OUT2(j, a, b) XOR3(m##j, a, b, CONSTANT_##j)
#define CONSTANT_0 k0.s0
#define CONSTANT_1 k0.s1
#define CONSTANT_2 k0.s2
#define CONSTANT_3 k0.s3
#define CONSTANT_4 k1.s0
#define CONSTANT_5 k1.s1
#define CONSTANT_6 k1.s2
#define CONSTANT_7 k1.s3
#define CONSTANT_8 k2.s0
#define CONSTANT_9 k2.s1
#define CONSTANT_10 k2.s2
#define CONSTANT_11 k2.s3
#define CONSTANT_12 k3.s0
#define CONSTANT_13 k3.s1
#define CONSTANT_14 k3.s2
#define CONSTANT_15 k3.s3
#define CONSTANTS const uint4 k0 = added[0], k1 = added[1], k2 = added[2], k3 = added[3];

#define ROUND                                                                                      \
    {                                                                                              \
        CONSTANTS                                                                                  \
        EAGLESONG_MATRIX_FEWEST(SUM2, SUM3, OUT1, OUT2)                                          \
        PAIR_0 PAIR_2 PAIR_4 PAIR_6 PAIR_8 PAIR_10 PAIR_12 PAIR_14                                 \
        added += 4;                                                                                \
    }

/* Round 0: counter word 2 is a term of eleven words, so is word 3. */
#define FRONT(j) job[JOB_FRONT + (j)]
#define FRONT_ROUND                                                                                \
    {                                                                                              \
        const WORD m2 = high ^ FRONT(2), m3 = low ^ high ^ FRONT(3), m4 = low ^ high ^ FRONT(4);   \
        const WORD m5 = low ^ high ^ FRONT(5), m6 = low ^ FRONT(6), m7 = high ^ FRONT(7);          \
        const WORD m8 = low ^ FRONT(8), m9 = high ^ FRONT(9), m10 = low ^ high ^ FRONT(10);        \
        const WORD m11 = low ^ high ^ FRONT(11), m12 = low ^ high ^ FRONT(12);                     \
        const WORD m13 = low ^ high ^ FRONT(13), m14 = low ^ FRONT(14);                            \
        const WORD m15 = low ^ high ^ FRONT(15);                                                   \
        x0 = FRONT(0);                                                                             \
        x1 = FRONT(1);                                                                             \
        PAIR_2 PAIR_4 PAIR_6 PAIR_8 PAIR_10 PAIR_12 PAIR_14                                        \
    }

/* Rounds 1 to count. */
#if UNROLL
#define LOOP_ROUNDS 2
#define LOOP_BODY ROUND ROUND
#else
#define LOOP_ROUNDS 1
#define LOOP_BODY ROUND
#endif
#define ROUNDS(count)                                                                              \
    _Pragma("unroll 1") for (uint done = 0; done < (count); done += LOOP_ROUNDS)                 \
    {                                                                                              \
        LOOP_BODY                                                                                  \
    }

#define STATE WORD x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15;

#define MAYBE(way, s) maybe |= (sum s & job[JOB_CLEAR]) == 0U;

#define REPORT(way, s)                                                                             \
    if (offset + way##U <= last && meets_target(job + JOB_TARGET, x0 s, x1 s, x2 s, x3 s, x4 s,    \
                                                x5 s, x6 s, x7 s)) {                               \
        report(result, offset + way##U);                                                           \
    }

/* VECTOR counters, from the launch's first counter + offset on: true when one of them may be a
 * find. */
INLINE bool try_counters(__constant const uint *job, WORD low, WORD high)
{
    STATE
    __constant const uint4 *added = (__constant const uint4 *)(job + JOB_ROUNDS);
    FRONT_ROUND
    ROUNDS(40)
    added = (__constant const uint4 *)(job + JOB_LAST_BUT_ONE);
    {
        CONSTANTS
        EAGLESONG_MATRIX_LAST_FEWEST(SUM2, SUM3, OUT1, OUT2)
        PAIR_0 PAIR_4 PAIR_6 PAIR_8 PAIR_12 PAIR_14
    }
    const WORD both = x0 ^ x4 ^ x12 ^ x15;
    const WORD m0 = both ^ x5 ^ x6 ^ x7 ^ job[JOB_LAST];
    const WORD m1 = both ^ x1 ^ x8 ^ x13 ^ job[JOB_LAST + 1];
    CIRCULANT(left, m0, 2, 4)
    CIRCULANT(right, m1, 13, 22)
    const WORD sum = left + right;
    bool maybe = false;
    EACH_WAY(MAYBE)
    return maybe;
}

/* The same counters in full, and the finds among them. */
INLINE void report_finds(__constant const uint *job, __global uint *result, WORD low, WORD high,
                         uint last, uint offset)
{
    STATE
    __constant const uint4 *added = (__constant const uint4 *)(job + JOB_ROUNDS);
    FRONT_ROUND
    ROUNDS(42)
    x0 = SWAP(x0);
    x1 = SWAP(x1);
    x2 = SWAP(x2);
    x3 = SWAP(x3);
    x4 = SWAP(x4);
    x5 = SWAP(x5);
    x6 = SWAP(x6);
    x7 = SWAP(x7);
    EACH_WAY(REPORT)
}

/* job: JOB_WORDS words. result: RESULT_COUNT is 0 at the start. Counters first .. first + last are
 * searched, first being first_high * 2^32 + first_low. */
__kernel SEARCH_GROUP void eaglesong_search(__constant const uint *job, __global uint *result,
                                            uint first_low, uint first_high, uint last)
{
    const uint item = (uint)get_global_id(0);
    if (item > last / PER_ITEM) {
        return; /* the launch is rounded up to whole groups */
    }
#pragma unroll 1
    for (uint i = 0; i < PER_ITEM; i += VECTOR) {
        const uint offset = item * PER_ITEM + i;
        const WORD low = WAY_NUMBERS + (first_low + offset);
        const WORD high = CARRY(low, first_low) + first_high;
        if (try_counters(job, low, high)) {
            report_finds(job, result, low, high, last, offset);
        }
    }
}
