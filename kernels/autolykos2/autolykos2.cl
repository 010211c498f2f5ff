/* autolykos2.cl: Autolykos 2 on a device, OpenCL C 1.2: filling a table and searching with it; a
 * piece behind opencl/search.cl, autolykos2_layout.h, prim/blake2b.cl and opencl/table.cl. The facts are in README.md
 * here, the host side in autolykos2_cl.c.
 *
 * Filling: one work item an element, 65 compressions. All words of M have a lower half of zero, and
 * inside a block they differ by constants.
 *
 * Searching: one work item a nonce. It hashes, and makes the 32 indexes of its nonce. Rows are read by
 * ROW_ITEMS neighbouring work items together, so that the requests of a row are one: of every row
 * a work item reads the same part, for its own nonce and for those of its neighbours, and adds it up.
 * Indexes and sums go through local memory. With ROW_ITEMS 1 a work item reads its rows alone.
 *
 * Sums are kept as 32-bit words in 64 bits each: carries are settled once, at the end. Indexes of
 * rows are below 2^31; offsets in bytes are size_t (opencl/table.cl). */
#ifndef KERN_AUTOLYKOS2_LAYOUT_H
#include "autolykos2_layout.h"
#endif

#if LOCAL_SIZE == 0
#error "autolykos2.cl needs LOCAL_SIZE, a multiple of ROW_ITEMS: the size of its local memory"
#endif
#ifndef ROW_ITEMS /* work items that read a row together: 1, 2, 4 or 8 */
#define ROW_ITEMS 1
#endif
#ifndef INDEXES /* of a nonce that are in local memory at a time: 8, 16 or 32 */
#define INDEXES 8
#endif

#define ROWS 32                         /* of a nonce */
#define ROW_PART (TABLE_WORDS / ROW_ITEMS) /* words of a row that a work item reads */
#define SUM_STRIDE (LOCAL_SIZE + 1)     /* keeps words of one sum out of one memory bank */

#define DECLARE_STATE                                                                              \
    ulong v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15;                    \
    ulong m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15

/* Chaining values before the first block, with the parameters of a digest of 32 bytes. */
#define CHAIN_IV                                                                                   \
    {BLAKE2B_IV0 ^ 0x01010020UL, BLAKE2B_IV1, BLAKE2B_IV2, BLAKE2B_IV3,                            \
     BLAKE2B_IV4, BLAKE2B_IV5, BLAKE2B_IV6, BLAKE2B_IV7}

INLINE uint swap_bytes(uint x)
{
    return (rotate(x, 8U) & 0x00ff00ffU) | (rotate(x, 24U) & 0xff00ff00U);
}

INLINE ulong swap_bytes_2(ulong x)
{
    return (ulong)swap_bytes((uint)x) << 32 | swap_bytes((uint)(x >> 32));
}

/* One block. h: chaining values; m: its words; those that are the constant 0 cost nothing. */
INLINE void compress(ulong h[8], const ulong m[16], ulong byte_count, ulong last)
{
    DECLARE_STATE;
    v0 = h[0];
    v1 = h[1];
    v2 = h[2];
    v3 = h[3];
    v4 = h[4];
    v5 = h[5];
    v6 = h[6];
    v7 = h[7];
    m0 = m[0];
    m1 = m[1];
    m2 = m[2];
    m3 = m[3];
    m4 = m[4];
    m5 = m[5];
    m6 = m[6];
    m7 = m[7];
    m8 = m[8];
    m9 = m[9];
    m10 = m[10];
    m11 = m[11];
    m12 = m[12];
    m13 = m[13];
    m14 = m[14];
    m15 = m[15];
    BLAKE2B_START(byte_count, last)
    BLAKE2B_ROUNDS
    h[0] ^= v0 ^ v8;
    h[1] ^= v1 ^ v9;
    h[2] ^= v2 ^ v10;
    h[3] ^= v3 ^ v11;
    h[4] ^= v4 ^ v12;
    h[5] ^= v5 ^ v13;
    h[6] ^= v6 ^ v14;
    h[7] ^= v7 ^ v15;
}

/* ---- filling ------------------------------------------------------------------------------ */

/* The upper half of word 16 * block + 1 of an element's message: the number 16 * block, its bytes
 * swapped. The next words of the block are larger by 2^24 each. */
INLINE uint block_base(uint block)
{
    return (block & 15U) << 28 | (block >> 4) << 16;
}

__kernel void autolykos2_build(uint size, uint height, uint first_element, uint last,
                               TABLE_ARGUMENTS)
{
    const uint item = (uint)get_global_id(0);
    const uint index = first_element + item;
    ulong h[8] = CHAIN_IV;
    ulong m[16];
    if (item > last || index >= size) {
        return;
    }
    m[0] = (ulong)swap_bytes(height) << 32 | swap_bytes(index);
#pragma unroll 1
    for (uint block = 0; block < 64; block++) {
        const uint base = block_base(block);
#pragma unroll
        for (uint i = 1; i < 16; i++) {
            m[i] = (ulong)(base + ((i - 1) << 24)) << 32;
        }
        compress(h, m, 128UL * (block + 1), 0UL);
        m[0] = (ulong)(base + (15U << 24)) << 32;
    }
    const ulong end[16] = {m[0], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    compress(h, end, 8200UL, ~0UL);
    __global uint *row = TABLE_AT(index);
#pragma unroll
    for (uint i = 0; i < 4; i++) {
        const ulong word = swap_bytes_2(h[3 - i]) & (i == 3 ? ~0UL >> 8 : ~0UL);
        row[2 * i] = (uint)word;
        row[2 * i + 1] = (uint)(word >> 32);
    }
}

/* ---- searching ---------------------------------------------------------------------------- */

INLINE ulong job_number(__constant const uint *job, uint at)
{
    return (ulong)job[at + 1] << 32 | job[at];
}

/* Remainders by an inverse that is rounded down: the quotient is exact or one too small. */
INLINE uint remainder_of(uint x, uint size, uint inverse)
{
    const uint rest = x - mul_hi(x, inverse) * size;
    return min(rest, rest - size);
}

INLINE uint remainder_of_2(ulong x, uint size, ulong inverse)
{
    const ulong rest = x - mul_hi(x, inverse) * size;
    return (uint)(rest >= size ? rest - size : rest);
}

/* Steps 1 to 3 of README.md for one nonce (as a word of a message): the hash that indexes come from,
 * as 32-bit words, big-endian. */
INLINE void seed_of(uint seed[8], __constant const uint *job, ulong nonce, TABLE_ARGUMENTS)
{
    const ulong a = job_number(job, JOB_MESSAGE);
    const ulong b = job_number(job, JOB_MESSAGE + 2);
    const ulong c = job_number(job, JOB_MESSAGE + 4);
    const ulong d = job_number(job, JOB_MESSAGE + 6);
    const ulong trial[16] = {a, b, c, d, nonce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    ulong p[8] = CHAIN_IV;
    compress(p, trial, 40UL, ~0UL);
    const uint index =
        remainder_of_2(swap_bytes_2(p[3]), job[JOB_SIZE], job_number(job, JOB_INVERSE_2));
    __global const uint4 *row = (__global const uint4 *)TABLE_AT(index);
    const uint4 low = row[0];
    const uint4 high = row[1];
    /* The element's 31 bytes, then msg and nonce: all words, a byte further ahead. */
    const ulong e0 = (ulong)swap_bytes(high.s2) << 32 | swap_bytes(high.s3);
    const ulong e1 = (ulong)swap_bytes(high.s0) << 32 | swap_bytes(high.s1);
    const ulong e2 = (ulong)swap_bytes(low.s2) << 32 | swap_bytes(low.s3);
    const ulong e3 = (ulong)swap_bytes(low.s0) << 32 | swap_bytes(low.s1);
    const ulong text[16] = {e0 >> 8 | e1 << 56, e1 >> 8 | e2 << 56,    e2 >> 8 | e3 << 56,
                            e3 >> 8 | a << 56,  a >> 8 | b << 56,      b >> 8 | c << 56,
                            c >> 8 | d << 56,   d >> 8 | nonce << 56,  nonce >> 8,
                            0, 0, 0, 0, 0, 0, 0};
    ulong s[8] = CHAIN_IV;
    compress(s, text, 71UL, ~0UL);
#pragma unroll
    for (uint i = 0; i < 4; i++) {
        seed[2 * i] = swap_bytes((uint)s[i]);
        seed[2 * i + 1] = swap_bytes((uint)(s[i] >> 32));
    }
}

/* Read this work item's part of a row and add it to its sums. */
INLINE void add_part(ulong *sums, __global const uint *row, uint part)
{
#if ROW_PART == 8
    const uint4 low = ((__global const uint4 *)row)[0];
    const uint4 high = ((__global const uint4 *)row)[1];
    sums[0] += low.s0;
    sums[1] += low.s1;
    sums[2] += low.s2;
    sums[3] += low.s3;
    sums[4] += high.s0;
    sums[5] += high.s1;
    sums[6] += high.s2;
    sums[7] += high.s3;
#elif ROW_PART == 4
    const uint4 words = ((__global const uint4 *)row)[part];
    sums[0] += words.s0;
    sums[1] += words.s1;
    sums[2] += words.s2;
    sums[3] += words.s3;
#elif ROW_PART == 2
    const uint2 words = ((__global const uint2 *)row)[part];
    sums[0] += words.s0;
    sums[1] += words.s1;
#else
    sums[0] += row[part];
#endif
}

/* Rows of INDEXES indexes, of all nonces of ROW_ITEMS work items. pieces: as many as the table has,
 * a literal, so that a table in one piece costs no comparisons. index: of the first of these work
 * items' nonces; INDEX_AT is where the t-th of the nonce number n is. */
#if ROW_ITEMS == 1
#define INDEX_SPACE const uint *
#define INDEX_AT(n, t) index[t]
#else
#define INDEX_SPACE __local const uint *
#define INDEX_AT(n, t) index[(t)*LOCAL_SIZE + (n)]
#endif
INLINE void gather(ulong sums[TABLE_WORDS], INDEX_SPACE index, uint part, uint pieces,
                   TABLE_ARGUMENTS)
{
#pragma unroll
    for (uint n = 0; n < ROW_ITEMS; n++) {
#pragma unroll
        for (uint t = 0; t < INDEXES; t++) {
            add_part(sums + n * ROW_PART, table_of(pieces, TABLE_PASSED, INDEX_AT(n, t)), part);
        }
    }
}

/* By the number of pieces that this table has: the same for all work items. */
INLINE void gather_any(ulong sums[TABLE_WORDS], INDEX_SPACE index, uint part, uint size,
                       TABLE_ARGUMENTS)
{
#if TABLE_PIECES > 1
    if (size <= TABLE_PIECE_ELEMENTS) {
        gather(sums, index, part, 1, TABLE_PASSED);
        return;
    }
#endif
#if TABLE_PIECES > 2
    if (size - TABLE_PIECE_ELEMENTS <= TABLE_PIECE_ELEMENTS) {
        gather(sums, index, part, 2, TABLE_PASSED);
        return;
    }
#endif
    gather(sums, index, part, TABLE_PIECES, TABLE_PASSED);
}

/* The next INDEXES indexes of a nonce. The seed is turned on: its words 0 .. INDEXES / 4 hold them.
 */
INLINE void next_indexes(uint index[INDEXES], uint seed[8], uint size, uint inverse)
{
#pragma unroll
    for (uint t = 0; t < INDEXES; t += 4) {
        const uint word = seed[t / 4];
        const uint next = seed[(t / 4 + 1) % 8];
        index[t] = remainder_of(word, size, inverse);
        index[t + 1] = remainder_of(word << 8 | next >> 24, size, inverse);
        index[t + 2] = remainder_of(word << 16 | next >> 16, size, inverse);
        index[t + 3] = remainder_of(word << 24 | next >> 8, size, inverse);
    }
    uint turned[8];
#pragma unroll
    for (uint i = 0; i < 8; i++) {
        turned[i] = seed[(i + INDEXES / 4) % 8];
    }
#pragma unroll
    for (uint i = 0; i < 8; i++) {
        seed[i] = turned[i];
    }
}

/* hash <= target. hash: chaining values after the last block. */
INLINE bool meets(__constant const uint *job, const ulong hash[8])
{
    bool below = false;
    bool equal = true;
#pragma unroll
    for (uint i = 0; i < 4; i++) {
        const ulong word = swap_bytes_2(hash[i]);
        const ulong target = job_number(job, JOB_TARGET + 2 * (3 - i));
        below = below || (equal && word < target);
        equal = equal && word == target;
    }
    return below || equal;
}

/* Step 6 of README.md, for the nonces of this work item and its neighbours; the sum of its own comes
 * back, in words of 32 bits whose carries are not settled. */
INLINE void sum_rows(ulong own[TABLE_WORDS], uint seed[8], uint size, uint inverse,
                     __local ulong *area, TABLE_ARGUMENTS)
{
    ulong sums[TABLE_WORDS] = {0, 0, 0, 0, 0, 0, 0, 0};
    uint index[INDEXES];
#if ROW_ITEMS == 1
#pragma unroll 1
    for (uint done = 0; done < ROWS; done += INDEXES) {
        next_indexes(index, seed, size, inverse);
        gather_any(sums, index, 0, size, TABLE_PASSED);
    }
#pragma unroll
    for (uint i = 0; i < TABLE_WORDS; i++) {
        own[i] = sums[i];
    }
#else
    const uint here = (uint)get_local_id(0);
    const uint part = here % ROW_ITEMS;
    __local uint *indexes = (__local uint *)area;
#pragma unroll 1
    for (uint done = 0; done < ROWS; done += INDEXES) {
        next_indexes(index, seed, size, inverse);
#pragma unroll
        for (uint t = 0; t < INDEXES; t++) {
            indexes[t * LOCAL_SIZE + here] = index[t];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        gather_any(sums, indexes + (here - part), part, size, TABLE_PASSED);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
#pragma unroll
    for (uint n = 0; n < ROW_ITEMS; n++) {
#pragma unroll
        for (uint i = 0; i < ROW_PART; i++) {
            area[(part * ROW_PART + i) * SUM_STRIDE + here - part + n] = sums[n * ROW_PART + i];
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (uint i = 0; i < TABLE_WORDS; i++) {
        own[i] = area[i * SUM_STRIDE + here];
    }
#endif
}

/* Work items past the last nonce work for their neighbours, and nothing is kept of their own. */
__kernel SEARCH_GROUP void autolykos2_search(__constant const uint *job, __global uint *result,
                                             uint first_low, uint first_high, uint last,
                                             TABLE_ARGUMENTS)
{
#if ROW_ITEMS > 1
    /* Sums of 8 words or INDEXES indexes for each work item. */
    __local ulong area[INDEXES > 16 ? INDEXES / 2 * LOCAL_SIZE : 8 * SUM_STRIDE];
#else
    __local ulong *area = 0;
#endif
    const uint item = (uint)get_global_id(0);
    const ulong nonce = swap_bytes_2(((ulong)first_high << 32 | first_low) + item);
    uint seed[8];
    ulong sum[TABLE_WORDS];
    ulong text[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    seed_of(seed, job, nonce, TABLE_PASSED);
    sum_rows(sum, seed, job[JOB_SIZE], job[JOB_INVERSE], area, TABLE_PASSED);
    ulong carry = 0;
#pragma unroll
    for (uint i = 0; i < 4; i++) {
        const ulong low = sum[2 * i] + carry;
        const ulong high = sum[2 * i + 1] + (low >> 32);
        carry = high >> 32;
        text[3 - i] = swap_bytes_2(high << 32 | (low & 0xffffffffUL));
    }
    ulong hash[8] = CHAIN_IV;
    compress(hash, text, 32UL, ~0UL);
    if (item <= last && meets(job, hash)) {
        report(result, item);
    }
}
