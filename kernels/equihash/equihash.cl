/* equihash.cl: all solutions of Equihash 200,9 (-D REDUCED=96: 96,5; 48: 48,5) on a device, OpenCL
 * C 1.2; a piece behind blake2b.cl and equihash_layout.h. Rules: README.md here, host side:
 * equihash_cl.c. The last two passes are in equihash_solutions.cl.
 *
 * Passes of a round, which works on a few nonces:
 *   equihash_begin        no rows in any bucket
 *   equihash_fill         list 0: one work item a BLAKE2b digest
 *   equihash_collide_r    list r from list r - 1: one work group a bucket
 *   equihash_last         candidates: pairs of the last list that agree in all that is left
 *   equihash_solutions    trees of the candidates, the solutions among them
 *   equihash_hashes       block hashes of the solutions, finds: one work item each
 * A bucket is read once, in order, into local memory; its pairs are found there; a row that is
 * written takes its place by one atomic addition and is stored in at most three pieces. Rows that
 * find their bucket full are counted (RESULT_LOST). */
#ifndef KERN_EQUIHASH_LAYOUT_H
#include "equihash_layout.h"
#endif

#ifndef LOCAL_SIZE /* work items of a group */
#define LOCAL_SIZE 256
#endif
#ifndef BUCKET_BITS /* at 200,9 */
#define BUCKET_BITS 12
#endif
#ifndef SPREAD /* room in a bucket above its mean, in standard deviations */
#define SPREAD 6
#endif
#ifndef RESULT_SLOTS /* finds the result buffer has room for */
#define RESULT_SLOTS 64
#endif

#ifndef REDUCED
#define N 200
#define K 9
#define B BUCKET_BITS
#elif REDUCED == 96
#define N 96
#define K 5
#define B BUCKET_BITS_96(BUCKET_BITS)
#else
#define N 48
#define K 5
#define B BUCKET_BITS_48
#endif

#define INLINE static inline __attribute__((always_inline))
#define GROUP_OF_LOCAL_SIZE __attribute__((reqd_work_group_size(LOCAL_SIZE, 1, 1)))

#define DIGIT DIGIT_BITS(N, K)
#define BUCKETS (1U << B)
#define BIN_BITS (DIGIT - B)
#define BINS (1U << BIN_BITS)
#define INDEX_BITS (DIGIT + 1)
#define INDICES (1U << K)
#define ROWS (1U << INDEX_BITS)
#define ROWS_PER_HASH (512 / N)
#define HASHES ((ROWS + ROWS_PER_HASH - 1) / ROWS_PER_HASH)
#define SLOTS(list) ((uint)SLOTS_OF(N, K, B, SPREAD, list))
#define NUMBER(list) NUMBER_WORDS(N, K, B, list)
#define PAIRS(list) (SLOTS(list) + SLOTS(list) / 4) /* that are noted in local memory */
#define PAIR_BITS (32 - B)
#define NONE 0xffffU /* no row of a bucket has this position */
#define SOLUTION_BYTES (INDICES * INDEX_BITS / 8)
#define SOLUTION_WORDS (SOLUTION_BYTES / 4)

#define WORD uint /* for sha256.cl */
#define SWAP(x) swapped(x)

#define ARGUMENTS                                                                                  \
    __constant const uint *job, __global uint *result, uint first_low, uint first_high, uint last, \
        uint round_offset, __global const uint *stop, uint launch, __global uint *heap0,           \
        __global uint *heap1, __global uint *heap2, __global uint *counts

/* How each kernel begins. stopped: the launch is to end, and what it finds is not looked at. Items
 * of a group may disagree: all of them reach every barrier. */
#define BEGIN                                                                                      \
    (void)job, (void)first_low, (void)first_high, (void)last, (void)round_offset, (void)heap0,     \
        (void)heap1, (void)heap2, (void)counts;                                                    \
    const bool stopped = (int)(launch - *stop) <= 0;                                               \
    if (stopped) {                                                                                 \
        result[RESULT_STOPPED] = 1;                                                                \
    }

/* ---- rows in memory ---------------------------------------------------------------------- */

/* Where a list of a nonce begins in its heap. */
INLINE __global uint *list_at(__global uint *heap0, __global uint *heap1, __global uint *heap2,
                              uint nonce, int list)
{
    __global uint *heap = list % HEAPS == 0 ? heap0 : list % HEAPS == 1 ? heap1 : heap2;
    return heap + (size_t)nonce * HEAP_WORDS(N, K, B, SPREAD, list % HEAPS) +
           LIST_OFFSET(N, K, B, SPREAD, list);
}
#define LIST_AT(nonce, list) list_at(heap0, heap1, heap2, nonce, list)

INLINE __global uint *counts_of(__global uint *counts, uint nonce)
{
    return counts + (size_t)nonce * COUNTS_WORDS(K, B);
}

/* Number of all places of a list. */
#define PLACES(list) ((size_t)SLOTS(list) << B)

/* The pieces of a list's rows. All are aligned to their size, since SLOTS is a multiple of 8:
 * vstore4 would store single words. */
#define FOURS_OF(rows, space) ((__global space uint4 *)(rows))
#define TWOS_OF(rows, space, list, words)                                                          \
    ((__global space uint2 *)((rows) + PLACES(list) * ((words)&4)))
#define ONES_OF(rows, list, words) ((rows) + PLACES(list) * ((words)&6))

/* Store a row, its reference last, at a place (bucket * SLOTS + position). */
INLINE void store_row(__global uint *rows, int list, uint place, const uint *row)
{
    const int words = ROW_WORDS(N, K, B, list);
    if ((words & 4) != 0) {
        FOURS_OF(rows, )[place] = (uint4)(row[0], row[1], row[2], row[3]);
    }
    if ((words & 2) != 0) {
        TWOS_OF(rows, , list, words)[place] = (uint2)(row[words & 4], row[(words & 4) + 1]);
    }
    if ((words & 1) != 0) {
        ONES_OF(rows, list, words)[place] = row[words - 1];
    }
}

/* A row's number; the word behind it may be set too. */
INLINE void load_number(uint *row, __global const uint *rows, int list, uint place)
{
    const int words = ROW_WORDS(N, K, B, list);
    if ((words & 4) != 0) {
        const uint4 four = FOURS_OF(rows, const)[place];
        row[0] = four.s0;
        row[1] = four.s1;
        row[2] = four.s2;
        row[3] = four.s3;
    }
    if ((words & 2) != 0) {
        const uint2 two = TWOS_OF(rows, const, list, words)[place];
        row[words & 4] = two.s0;
        row[(words & 4) + 1] = two.s1;
    }
}

INLINE uint load_reference(__global const uint *rows, int list, uint place)
{
    const int words = ROW_WORDS(N, K, B, list);
    if ((words & 1) != 0) {
        return ONES_OF(rows, list, words)[place];
    }
    return (words & 2) != 0 ? TWOS_OF(rows, const, list, words)[place].s1
                            : FOURS_OF(rows, const)[place].s3;
}

/* Bits of a number; `at` and `bits` are known at compile time. */
INLINE uint field(const uint *number, int at, int bits)
{
    uint value = number[at / 32] >> at % 32;
    if (at % 32 + bits > 32) {
        value |= number[at / 32 + 1] << (32 - at % 32);
    }
    return value & ((1U << bits) - 1);
}

/* The number's digit that collides next, in a list: its bin, and its bucket. */
#define DIGIT_AT(list) (N - ((list) + 1) * DIGIT)
INLINE uint bin_of(const uint *number, int list)
{
    return field(number, DIGIT_AT(list), BIN_BITS);
}
INLINE uint bucket_of(const uint *number, int list)
{
    return field(number, DIGIT_AT(list) + BIN_BITS, B);
}

/* Append a row to its bucket; a full bucket only counts it. */
INLINE void append(__global uint *rows, __global uint *count, int list, uint bucket,
                   const uint *row)
{
    const uint position = atomic_inc(count + bucket);
    if (position < SLOTS(list)) {
        store_row(rows, list, bucket * SLOTS(list) + position, row);
    }
}

/* A bucket and a pair of its rows in one word: pairs (a, b), a > b, are numbered in order of a. */
INLINE uint reference_to(uint bucket, uint a, uint b)
{
    const uint high = max(a, b);
    return bucket << PAIR_BITS | (high * (high - 1) / 2 + min(a, b));
}

/* ---- list 0 ------------------------------------------------------------------------------ */

__kernel GROUP_OF_LOCAL_SIZE void equihash_begin(ARGUMENTS)
{
    BEGIN
    const uint nonce = (uint)get_global_id(0) / CANDIDATES(K, B);
    const uint word = (uint)get_global_id(0) % CANDIDATES(K, B); /* all counts */
    if (nonce <= last && !stopped) {
        counts_of(counts, nonce)[word] = 0;
    }
}

INLINE uint swapped(uint x)
{
    return rotate(x & 0x00ff00ffU, 24U) | (rotate(x, 8U) & 0x00ff00ffU);
}

/* Four bytes from byte `at` (known at compile time) of a digest as a big-endian number; digest: its
 * words, big-endian. */
INLINE uint bytes_from(const uint *digest, int at)
{
    const int shift = at % 4 * 8;
    return shift == 0 ? digest[at / 4]
                      : digest[at / 4] << shift | digest[at / 4 + 1] >> ((32 - shift) & 31);
}

/* Row `i` of a digest, without reference. */
INLINE void row_of_digest(uint *row, const uint *digest, int i)
{
    const int size = N / 8;
#pragma unroll
    for (int word = 0; word < NUMBER(0); word++) {
        const int left = size - 4 * word;
        row[word] = left >= 4 ? bytes_from(digest, i * size + left - 4)
                              : bytes_from(digest, i * size) >> ((32 - 8 * left) & 31);
    }
}

#define WORD_64(at) ((ulong)job[at] | (ulong)job[(at) + 1] << 32)
#define DIGEST_WORD(i, low, high)                                                                  \
    digest[2 * (i)] = swapped((uint)(WORD_64(JOB_MIDSTATE + 2 * (i)) ^ low ^ high));               \
    digest[2 * (i) + 1] = swapped((uint)((WORD_64(JOB_MIDSTATE + 2 * (i)) ^ low ^ high) >> 32));

/* The digest of the last 16 bytes, big-endian words; a word behind it is 0. */
INLINE void hash(uint *digest, __constant const uint *job, uint2 counter, uint index)
{
    ulong v0 = WORD_64(JOB_MIDSTATE);
    ulong v1 = WORD_64(JOB_MIDSTATE + 2);
    ulong v2 = WORD_64(JOB_MIDSTATE + 4);
    ulong v3 = WORD_64(JOB_MIDSTATE + 6);
    ulong v4 = WORD_64(JOB_MIDSTATE + 8);
    ulong v5 = WORD_64(JOB_MIDSTATE + 10);
    ulong v6 = WORD_64(JOB_MIDSTATE + 12);
    ulong v7 = WORD_64(JOB_MIDSTATE + 14);
    ulong v8, v9, v10, v11, v12, v13, v14, v15;
    const ulong m0 = (ulong)job[JOB_TAIL] | (ulong)counter.s0 << 32;
    const ulong m1 = (ulong)counter.s1 | (ulong)index << 32;
    const ulong m2 = 0, m3 = 0, m4 = 0, m5 = 0, m6 = 0, m7 = 0, m8 = 0, m9 = 0, m10 = 0, m11 = 0,
                m12 = 0, m13 = 0, m14 = 0, m15 = 0;
    BLAKE2B_START(144UL, 0xffffffffffffffffUL)
    BLAKE2B_ROUNDS
    DIGEST_WORD(0, v0, v8)
    DIGEST_WORD(1, v1, v9)
    DIGEST_WORD(2, v2, v10)
    DIGEST_WORD(3, v3, v11)
    DIGEST_WORD(4, v4, v12)
    DIGEST_WORD(5, v5, v13)
    DIGEST_WORD(6, v6, v14)
    DIGEST_WORD(7, v7, v15)
    digest[16] = 0;
}

/* Both words of a nonce's counter. */
INLINE uint2 counter_of(uint first_low, uint first_high, uint nonce)
{
    const uint low = first_low + nonce;
    return (uint2)(low, first_high + (low < first_low ? 1U : 0U));
}

__kernel GROUP_OF_LOCAL_SIZE void equihash_fill(ARGUMENTS)
{
    BEGIN
    const uint nonce = (uint)get_global_id(0) / HASHES;
    const uint index = (uint)get_global_id(0) % HASHES;
    uint digest[17];
    uint row[ROW_WORDS(N, K, B, 0)];
    if (nonce > last || stopped) {
        return;
    }
    __global uint *rows = LIST_AT(nonce, 0);
    __global uint *count = counts_of(counts, nonce);
    hash(digest, job, counter_of(first_low, first_high, nonce), index);
#pragma unroll
    for (int i = 0; i < ROWS_PER_HASH; i++) {
        row_of_digest(row, digest, i);
        row[NUMBER(0)] = index * ROWS_PER_HASH + i;
        if (ROWS % ROWS_PER_HASH == 0 || row[NUMBER(0)] < ROWS) {
            append(rows, count, 0, bytes_from(digest, i * (N / 8)) >> (32 - B), row);
        }
    }
}

/* ---- rounds ------------------------------------------------------------------------------ */

/* Local memory of a group that reads a list. Rows of a bin are chained: heads has the last of each
 * bin, before the one before each. */
#define CHAINS(list)                                                                               \
    __local uint numbers[NUMBER(list) * SLOTS(list)];                                              \
    __local uint heads[BINS];                                                                      \
    __local ushort before[SLOTS(list)];

/* Number of rows that a bucket has, or is to be taken to have; those that found it full are
 * reported by one of its items. */
INLINE uint rows_in(__global const uint *count, __global uint *result, int list, uint bucket,
                    bool stopped)
{
    const uint rows = stopped ? 0 : count[list * BUCKETS + bucket];
    if (rows > SLOTS(list) && get_local_id(0) == 0) {
        atomic_add(result + RESULT_LOST, rows - SLOTS(list));
    }
    return min(rows, SLOTS(list));
}

/* Read a bucket and chain its rows. */
INLINE void read_bucket(__global const uint *rows, int list, uint bucket, uint row_count,
                        __local uint *numbers, __local uint *heads, __local ushort *before)
{
    const uint item = (uint)get_local_id(0);
    for (uint i = item; i < BINS; i += LOCAL_SIZE) {
        heads[i] = NONE;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = item; i < row_count; i += LOCAL_SIZE) {
        uint number[ROW_WORDS(N, K, B, 0) + 1];
        load_number(number, rows, list, bucket * SLOTS(list) + i);
#pragma unroll
        for (int word = 0; word < NUMBER(list); word++) {
            numbers[word * SLOTS(list) + i] = number[word];
        }
        before[i] = (ushort)atomic_xchg(heads + bin_of(number, list), i);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* The row that two of a bucket make. One of which nothing but zeros is left is dropped: it is made
 * of rows that stand in it twice, and would meet all its like (chain in equihash_body.h drops the
 * same). */
INLINE void join(__global uint *next, __global uint *next_count, int list, uint bucket, uint a,
                 uint b, __local const uint *numbers)
{
    uint number[ROW_WORDS(N, K, B, 0)];
    uint row[ROW_WORDS(N, K, B, 0)];
#pragma unroll
    for (int word = 0; word < NUMBER(list); word++) {
        number[word] = numbers[word * SLOTS(list) + a] ^ numbers[word * SLOTS(list) + b];
    }
    const uint next_bucket = bucket_of(number, list + 1);
    uint any = next_bucket;
#pragma unroll
    for (int word = 0; word < NUMBER(list + 1); word++) {
        row[word] = number[word];
        any |= number[word];
    }
    row[NUMBER(list + 1)] = reference_to(bucket, a, b);
    if (any != 0) {
        append(next, next_count, list + 1, next_bucket, row);
    }
}

/* A bucket of a list into the next list. Pairs are noted first, so that all items have as many to
 * join; those that find no room among the notes are joined at once. */
INLINE void collide(int list, bool stopped, __global uint *result, __global uint *rows,
                    __global uint *next, __global uint *count, uint bucket,
                    __local uint *numbers, __local uint *heads, __local ushort *before,
                    __local uint *pairs, __local uint *pair_count)
{
    const uint item = (uint)get_local_id(0);
    __global uint *next_count = count + (list + 1) * BUCKETS;
    const uint row_count = rows_in(count, result, list, bucket, stopped);
    if (item == 0) {
        *pair_count = 0; /* the others see it behind the barriers of read_bucket */
    }
    read_bucket(rows, list, bucket, row_count, numbers, heads, before);
    for (uint a = item; a < row_count; a += LOCAL_SIZE) {
        for (uint b = before[a]; b != NONE; b = before[b]) {
            const uint place = atomic_inc(pair_count);
            if (place < PAIRS(list)) {
                pairs[place] = a | b << 16;
            } else {
                join(next, next_count, list, bucket, a, b, numbers);
            }
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const uint noted = min(*pair_count, PAIRS(list));
    for (uint i = item; i < noted; i += LOCAL_SIZE) {
        join(next, next_count, list, bucket, pairs[i] & 0xffffU, pairs[i] >> 16, numbers);
    }
}

#define COLLIDE(from, to)                                                                          \
    __kernel GROUP_OF_LOCAL_SIZE void equihash_collide_##to(ARGUMENTS)                             \
    {                                                                                              \
        CHAINS(from)                                                                               \
        __local uint pairs[PAIRS(from)];                                                           \
        __local uint pair_count;                                                                   \
        BEGIN                                                                                      \
        const uint nonce = (uint)get_group_id(0) / BUCKETS;                                        \
        collide(from, stopped, result, LIST_AT(nonce, from), LIST_AT(nonce, to),                   \
                counts_of(counts, nonce), (uint)get_group_id(0) % BUCKETS, numbers, heads, before, \
                pairs, &pair_count);                                                               \
    }
COLLIDE(0, 1)
COLLIDE(1, 2)
COLLIDE(2, 3)
COLLIDE(3, 4)
#if K == 9
COLLIDE(4, 5)
COLLIDE(5, 6)
COLLIDE(6, 7)
COLLIDE(7, 8)
#else /* the passes of the row are the same for all sizes */
#define NO_LIST(to)                                                                                \
    __kernel void equihash_collide_##to(ARGUMENTS)                                                 \
    {                                                                                              \
        BEGIN                                                                                      \
        (void)stopped;                                                                             \
    }
NO_LIST(5)
NO_LIST(6)
NO_LIST(7)
NO_LIST(8)
#endif

/* ---- candidates -------------------------------------------------------------------------- */

__kernel GROUP_OF_LOCAL_SIZE void equihash_last(ARGUMENTS)
{
    CHAINS(K - 1)
    BEGIN
    const int list = K - 1;
    const uint nonce = (uint)get_group_id(0) / BUCKETS;
    const uint bucket = (uint)get_group_id(0) % BUCKETS;
    __global uint *own = counts_of(counts, nonce);
    __global uint *candidates = own + CANDIDATES(K, B);
    const uint row_count = rows_in(own, result, list, bucket, stopped);
    read_bucket(LIST_AT(nonce, list), list, bucket, row_count, numbers, heads, before);
    for (uint a = (uint)get_local_id(0); a < row_count; a += LOCAL_SIZE) {
        for (uint b = before[a]; b != NONE; b = before[b]) {
            uint differs = 0;
#pragma unroll
            for (int word = 0; word < NUMBER(K - 1); word++) {
                differs |= numbers[word * SLOTS(K - 1) + a] ^ numbers[word * SLOTS(K - 1) + b];
            }
            if (differs == 0) {
                const uint place = atomic_inc(own + CANDIDATE_COUNT(K, B));
                if (place < CANDIDATES_MAX) {
                    candidates[place] = reference_to(bucket, a, b);
                }
            }
        }
    }
}
