/* alephium.cl: search of Alephium's double BLAKE3 on a device, OpenCL C 1.2; a piece behind
 * opencl/search.cl. The facts are in alephium.md 3.1 to 3.4 (README.md here), the host side in
 * alephium_cl.c.
 *
 * One work item tries PER_ITEM consecutive counters, VECTOR at a time. A hash is seven compressions
 * of seven rounds: six blocks of the message, then the 32-byte result hashed once more. Left out is
 * what no counter can change (part of round 1, done by the host), words that are always zero, and
 * the parts of the very last round that the first test does not read. All 16 words of state are
 * variables of their own: an array with an index known only at run time would lie in memory.
 *
 * Only the counter (message words 4 and 5) differs between work items; all else is read through
 * __constant at addresses that are the same for all of them, which devices read once a group.
 *
 * UNROLL 1: blocks 1 to 4 each have code of their own; 0: a loop, a third of the code.
 * MULTIPLY_ADD, for devices whose multiplier is idle and beside the adders. 1: the additions c + d are
 * d * 1 + c; 2: a + b + m is two of that kind as well. The 1 comes from the job, so that no compiler
 * sees it. */
#ifndef KERN_ALEPHIUM_LAYOUT_H
#include "alephium_layout.h"
#endif

#ifndef BYTE_PERMUTE /* 1: rotations by 8 and 16 through the vendor's instruction, if it has one */
#define BYTE_PERMUTE 0
#endif
/* BLAKE3 specification, table 1; flags of table 3. */
#define IV0 0x6a09e667U
#define IV1 0xbb67ae85U
#define IV2 0x3c6ef372U
#define IV3 0xa54ff53aU
#define IV4 0x510e527fU
#define IV5 0x9b05688cU
#define IV6 0x1f83d9abU
#define IV7 0x5be0cd19U
#define CHUNK_START 1U
#define CHUNK_END 2U
#define ROOT 8U
#define BLOCK_BYTES 64U
#define TAIL_BYTES 6U
#define HASH_BYTES 32U

#define ROTATE_RIGHT(x, bits) rotate((x), (WORD)(32U - (bits)))
#if BYTE_PERMUTE && VECTOR == 1 && defined(cl_amd_media_ops)
#pragma OPENCL EXTENSION cl_amd_media_ops : enable
#define ROTATE_BYTES(x, bits) rotate_right_##bits(x)
INLINE uint rotate_right_8(uint x) { return amd_bytealign(x, x, 1U); }
INLINE uint rotate_right_16(uint x) { return amd_bytealign(x, x, 2U); }
#elif BYTE_PERMUTE && VECTOR == 1 && defined(__NV_CL_C_VERSION)
/* Digit i of the selector, from the right, names the byte of x that becomes byte i. */
#ifndef PERMUTE /* tests have their own */
#define PERMUTE(y, x, selector) asm("prmt.b32 %0, %1, %1, " #selector ";" : "=r"(y) : "r"(x));
#endif
#define ROTATE_BYTES(x, bits) rotate_right_##bits(x)
INLINE uint rotate_right_8(uint x)
{
    uint y;
    PERMUTE(y, x, 0x0321)
    return y;
}
INLINE uint rotate_right_16(uint x)
{
    uint y;
    PERMUTE(y, x, 0x1032)
    return y;
}
#else
#define ROTATE_BYTES(x, bits) ROTATE_RIGHT(x, bits)
#endif

#if MULTIPLY_ADD
#define ADD(x, y) ((y) * one + (x))
#else
#define ADD(x, y) ((x) + (y))
#endif
#if MULTIPLY_ADD > 1
#define ADD_3(a, b, m) ADD(m, ADD(a, b))
#else
#define ADD_3(a, b, m) ((a) + (b) + (m))
#endif

/* The quarter round, in halves, because the last round needs only parts of it. A word of the
 * message that is the literal 0 costs nothing: compilers drop the addition. */
#define HALF_AD(a, b, d, m, bits)                                                                  \
    a = ADD_3(a, b, m);                                                                            \
    d = ROTATE_BYTES(d ^ a, bits);
#define HALF_CB(b, c, d, bits)                                                                     \
    c = ADD(c, d);                                                                                 \
    b = ROTATE_RIGHT(b ^ c, bits);
#define QUARTER(a, b, c, d, mx, my)                                                                \
    HALF_AD(a, b, d, mx, 16)                                                                       \
    HALF_CB(b, c, d, 12)                                                                           \
    HALF_AD(a, b, d, my, 8)                                                                        \
    HALF_CB(b, c, d, 7)

#define COLUMNS(m0, m1, m2, m3, m4, m5, m6, m7)                                                    \
    QUARTER(v0, v4, v8, v12, m0, m1)                                                               \
    QUARTER(v1, v5, v9, v13, m2, m3)                                                               \
    QUARTER(v2, v6, v10, v14, m4, m5)                                                              \
    QUARTER(v3, v7, v11, v15, m6, m7)
#define DIAGONALS(m8, m9, m10, m11, m12, m13, m14, m15)                                            \
    QUARTER(v0, v5, v10, v15, m8, m9)                                                              \
    QUARTER(v1, v6, v11, v12, m10, m11)                                                            \
    QUARTER(v2, v7, v8, v13, m12, m13)                                                             \
    QUARTER(v3, v4, v9, v14, m14, m15)

/* The rounds with the message words in the order that the permutation of table 2 gives them. M is
 * a macro from word number to value. */
#define ROUND_1(M)                                                                                 \
    COLUMNS(M(0), M(1), M(2), M(3), M(4), M(5), M(6), M(7))                                        \
    DIAGONALS(M(8), M(9), M(10), M(11), M(12), M(13), M(14), M(15))
#define ROUNDS_2_TO_6(M)                                                                           \
    COLUMNS(M(2), M(6), M(3), M(10), M(7), M(0), M(4), M(13))                                      \
    DIAGONALS(M(1), M(11), M(12), M(5), M(9), M(14), M(15), M(8))                                  \
    COLUMNS(M(3), M(4), M(10), M(12), M(13), M(2), M(7), M(14))                                    \
    DIAGONALS(M(6), M(5), M(9), M(0), M(11), M(15), M(8), M(1))                                    \
    COLUMNS(M(10), M(7), M(12), M(9), M(14), M(3), M(13), M(15))                                   \
    DIAGONALS(M(4), M(0), M(11), M(2), M(5), M(8), M(1), M(6))                                     \
    COLUMNS(M(12), M(13), M(9), M(11), M(15), M(10), M(14), M(8))                                  \
    DIAGONALS(M(7), M(2), M(5), M(3), M(0), M(1), M(6), M(4))                                      \
    COLUMNS(M(9), M(14), M(11), M(5), M(8), M(12), M(15), M(1))                                    \
    DIAGONALS(M(13), M(3), M(0), M(10), M(2), M(6), M(4), M(7))
#define ROUND_7_COLUMNS(M) COLUMNS(M(11), M(15), M(5), M(0), M(1), M(9), M(8), M(6))
#define ROUND_7_DIAGONALS(M) DIAGONALS(M(14), M(10), M(2), M(12), M(3), M(4), M(7), M(13))

#define BEGIN(block_bytes, flags)                                                                  \
    v8 = IV0;                                                                                      \
    v9 = IV1;                                                                                      \
    v10 = IV2;                                                                                     \
    v11 = IV3;                                                                                     \
    v12 = 0;                                                                                       \
    v13 = 0;                                                                                       \
    v14 = (block_bytes);                                                                           \
    v15 = (flags);
#define END                                                                                        \
    v0 ^= v8;                                                                                      \
    v1 ^= v9;                                                                                      \
    v2 ^= v10;                                                                                     \
    v3 ^= v11;                                                                                     \
    v4 ^= v12;                                                                                     \
    v5 ^= v13;                                                                                     \
    v6 ^= v14;                                                                                     \
    v7 ^= v15;
#define COMPRESS(M, block_bytes, flags)                                                            \
    BEGIN(block_bytes, flags)                                                                      \
    ROUND_1(M) ROUNDS_2_TO_6(M) ROUND_7_COLUMNS(M) ROUND_7_DIAGONALS(M) END

/* Block 0: words 4 and 5 are the counter. */
#define HEAD_4 high
#define HEAD_5 low
#define HEAD_AT(i) job[JOB_MESSAGE + (i)]
#define HEAD_0 HEAD_AT(0)
#define HEAD_1 HEAD_AT(1)
#define HEAD_2 HEAD_AT(2)
#define HEAD_3 HEAD_AT(3)
#define HEAD_6 HEAD_AT(6)
#define HEAD_7 HEAD_AT(7)
#define HEAD_8 HEAD_AT(8)
#define HEAD_9 HEAD_AT(9)
#define HEAD_10 HEAD_AT(10)
#define HEAD_11 HEAD_AT(11)
#define HEAD_12 HEAD_AT(12)
#define HEAD_13 HEAD_AT(13)
#define HEAD_14 HEAD_AT(14)
#define HEAD_15 HEAD_AT(15)
#define HEAD(i) HEAD_##i

/* Blocks 1 to 4. */
#define BODY(i) block[i]

/* Block 5: two words. */
#define LAST_0 job[JOB_TAIL]
#define LAST_1 job[JOB_TAIL + 1]
#define LAST(i) LAST_##i
/* The second pass: the eight words of the first hash. */
#define AGAIN_0 n0
#define AGAIN_1 n1
#define AGAIN_2 n2
#define AGAIN_3 n3
#define AGAIN_4 n4
#define AGAIN_5 n5
#define AGAIN_6 n6
#define AGAIN_7 n7
#define AGAIN(i) AGAIN_##i
/* Words that both have not. */
#define LAST_2 0U
#define LAST_3 0U
#define LAST_4 0U
#define LAST_5 0U
#define LAST_6 0U
#define LAST_7 0U
#define LAST_8 0U
#define LAST_9 0U
#define LAST_10 0U
#define LAST_11 0U
#define LAST_12 0U
#define LAST_13 0U
#define LAST_14 0U
#define LAST_15 0U
#define AGAIN_8 0U
#define AGAIN_9 0U
#define AGAIN_10 0U
#define AGAIN_11 0U
#define AGAIN_12 0U
#define AGAIN_13 0U
#define AGAIN_14 0U
#define AGAIN_15 0U

/* Round 1 of block 0: column 2 is the only one a counter word reaches; what the diagonals take
 * from the others is in the job. */
#define HEAD_ROUND_1                                                                               \
    v2 = (WORD)(IV2 + IV6) + high;                                                                 \
    v14 = ROTATE_BYTES(v2 ^ BLOCK_BYTES, 16);                                                      \
    v10 = v14 + IV2;                                                                               \
    v6 = ROTATE_RIGHT(v10 ^ IV6, 12);                                                              \
    HALF_AD(v2, v6, v14, low, 8)                                                                   \
    HALF_CB(v6, v10, v14, 7)                                                                       \
    v10 = v10 + job[JOB_D0];                                                                       \
    v5 = ROTATE_RIGHT(v10 ^ job[JOB_B0], 12);                                                      \
    v0 = v5 + job[JOB_A0];                                                                         \
    v15 = ROTATE_BYTES(v0 ^ job[JOB_D0], 8);                                                       \
    HALF_CB(v5, v10, v15, 7)                                                                       \
    v1 = v6 + job[JOB_A1];                                                                         \
    v12 = ROTATE_BYTES(v1 ^ job[JOB_D1], 16);                                                      \
    v11 = v12 + job[JOB_C1];                                                                       \
    v6 = ROTATE_RIGHT(v6 ^ v11, 12);                                                               \
    HALF_AD(v1, v6, v12, HEAD(11), 8)                                                              \
    HALF_CB(v6, v11, v12, 7)                                                                       \
    v2 = v2 + job[JOB_A2];                                                                         \
    v13 = ROTATE_BYTES(v2 ^ job[JOB_D2], 16);                                                      \
    v8 = v13 + job[JOB_C2];                                                                        \
    v7 = ROTATE_RIGHT(v8 ^ job[JOB_B2], 12);                                                       \
    HALF_AD(v2, v7, v13, HEAD(13), 8)                                                              \
    HALF_CB(v7, v8, v13, 7)                                                                        \
    v14 = ROTATE_BYTES(v14 ^ job[JOB_A3_FIRST], 16);                                               \
    v9 = v14 + job[JOB_C3];                                                                        \
    v4 = ROTATE_RIGHT(v9 ^ job[JOB_B3], 12);                                                       \
    v3 = v4 + job[JOB_A3_SECOND];                                                                  \
    v14 = ROTATE_BYTES(v14 ^ v3, 8);                                                               \
    HALF_CB(v4, v9, v14, 7)

/* The early test: chain and the target's leading zero bits, from hash words 0 and 7. */
#define MAYBE(way, s)                                                                              \
    maybe |= ((h0 s & job[JOB_TOP_MASK]) | ((h7 s ^ job[JOB_CHAIN]) & 0x0f000000U)) == 0U;

#define REPORT(way, s)                                                                             \
    if (((h7 s ^ job[JOB_CHAIN]) & 0x0f000000U) == 0U && offset + way##U <= last &&                \
        meets_target(job + JOB_TARGET, n0 s, n1 s, n2 s, n3 s, n4 s, n5 s, n6 s, n7 s)) {          \
        report(result, offset + way##U);                                                           \
    }

/* VECTOR counters, from the launch's first counter + offset on. */
INLINE void try_counters(__constant const uint *job, __global uint *result, uint first_low,
                         uint first_high, uint last, uint offset)
{
#if MULTIPLY_ADD
    const uint one = job[JOB_ONE];
#endif
    WORD v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15;
    const WORD low = WAY_NUMBERS + (first_low + offset);
    const WORD high = CARRY(low, first_low) + first_high;

    HEAD_ROUND_1
    ROUNDS_2_TO_6(HEAD) ROUND_7_COLUMNS(HEAD) ROUND_7_DIAGONALS(HEAD) END

    __constant const uint *block = job + JOB_MESSAGE + 16;
#if UNROLL
    COMPRESS(BODY, BLOCK_BYTES, 0U)
    block += 16;
    COMPRESS(BODY, BLOCK_BYTES, 0U)
    block += 16;
    COMPRESS(BODY, BLOCK_BYTES, 0U)
    block += 16;
    COMPRESS(BODY, BLOCK_BYTES, 0U)
#else
#pragma unroll 1
    for (uint i = 0; i < 4; i++) {
        COMPRESS(BODY, BLOCK_BYTES, 0U)
        block += 16;
    }
#endif
    /* Most words are the literal 0 from here on: an addition of it is dropped, a multiplication by
     * what no compiler sees is not. */
#undef ADD_3
#define ADD_3(a, b, m) (ADD(a, b) + (m))
    COMPRESS(LAST, TAIL_BYTES, CHUNK_END | ROOT)

    WORD n0 = v0, n1 = v1, n2 = v2, n3 = v3, n4 = v4, n5 = v5, n6 = v6, n7 = v7;
    v0 = IV0;
    v1 = IV1;
    v2 = IV2;
    v3 = IV3;
    v4 = IV4;
    v5 = IV5;
    v6 = IV6;
    v7 = IV7;
    BEGIN(HASH_BYTES, CHUNK_START | CHUNK_END | ROOT)
    ROUND_1(AGAIN) ROUNDS_2_TO_6(AGAIN) ROUND_7_COLUMNS(AGAIN)
    /* Of the last diagonals, what hash words 0 (v0, v8) and 7 (v7, v15) need. The message words
     * are those of ROUND_7_DIAGONALS: 14, 10, 2, 12, 3, 4, 7, 13. */
    HALF_AD(v0, v5, v15, AGAIN(14), 16)
    HALF_CB(v5, v10, v15, 12)
    HALF_AD(v0, v5, v15, AGAIN(10), 8)
    QUARTER(v2, v7, v8, v13, AGAIN(3), AGAIN(4))
    const WORD h0 = v0 ^ v8;
    const WORD h7 = v7 ^ v15;

    bool maybe = false;
    EACH_WAY(MAYBE)
    if (maybe) {
        HALF_CB(v5, v10, v15, 7)
        QUARTER(v1, v6, v11, v12, AGAIN(2), AGAIN(12))
        QUARTER(v3, v4, v9, v14, AGAIN(7), AGAIN(13))
        n0 = SWAP(h0);
        n1 = SWAP(v1 ^ v9);
        n2 = SWAP(v2 ^ v10);
        n3 = SWAP(v3 ^ v11);
        n4 = SWAP(v4 ^ v12);
        n5 = SWAP(v5 ^ v13);
        n6 = SWAP(v6 ^ v14);
        n7 = SWAP(h7);
        EACH_WAY(REPORT)
    }
}

/* job: JOB_WORDS words. result: RESULT_COUNT is 0 at the start. Counters first .. first + last are
 * searched, first being first_high * 2^32 + first_low. */
__kernel SEARCH_GROUP void alephium_search(__constant const uint *job, __global uint *result,
                                           uint first_low, uint first_high, uint last)
{
    const uint item = (uint)get_global_id(0);
    if (item > last / PER_ITEM) {
        return; /* the launch is rounded up to whole groups */
    }
    uint offset = item * PER_ITEM;
#pragma unroll 1
    for (uint i = 0; i < PER_ITEM; i += VECTOR) {
        try_counters(job, result, first_low, first_high, last, offset + i);
    }
}
