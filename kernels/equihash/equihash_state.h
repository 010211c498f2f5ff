/* equihash_state.h: what the parts of a solver share: shapes, rows in memory, the scratch memory.
 * Not for outsiders.
 *
 * A run makes lists 0..k-1. List r holds xors of 2^r rows whose first r digits are zero; it lies in
 * buckets by the top bits of digit r. Making list r + 1 means: in every bucket of list r, find all
 * pairs that agree in the rest of digit r (their bin), and append their xor to a bucket of list
 * r + 1. A row of list r in memory, as a little-endian number:
 *
 *   bits 0..31   reference: list 0: the index; else the positions of both parents in their bucket
 * of list r - 1, 16 bits each from bit 32  digits k, k - 1, ..., r, lowest first; the top bits of
 * digit r, which the bucket implies, are cut off, and the rest is rounded up to bytes
 *
 * So a digit has the same place in all lists, dropping one shortens the row, and rows are written
 * whole vectors at a time: what is written behind a row is overwritten by the next one.
 *
 * References do not name the bucket of the parents: rows of a bucket stand in the order of their
 * parents' buckets, and `passed` tells how far it was filled when each of those was finished. */
#ifndef KERN_EQUIHASH_STATE_H
#define KERN_EQUIHASH_STATE_H

#include <stdalign.h>

#include "equihash/equihash.h"

#define EQUIHASH_INLINE static inline __attribute__((always_inline))

enum {
    EQUIHASH_REFERENCE_BITS = 32,
    EQUIHASH_REFERENCE_SIZE = 4,
    EQUIHASH_VECTOR_SIZE = 32, /* bytes read and written at a row's place; none is larger */
    EQUIHASH_BUCKETS_MAX = 256,
    EQUIHASH_BINS_MAX = 4096,
    EQUIHASH_ROWS_MAX = 14336, /* of a bucket; a position takes less than 16 bits */
    EQUIHASH_PAIRS_MAX = 65536,
    EQUIHASH_CANDIDATES_MAX = 8192,
    EQUIHASH_WAYS_MAX = 8,
    EQUIHASH_NONE = 0xffff, /* no position */
    EQUIHASH_SIZES = 3,     /* pairs of parameters: 200,9 and 96,5 and 48,5, in this order */
};

/* A pair of parameters as the solver sees it. Constant data, known when the body is compiled. */
struct equihash_shape {
    uint32_t n;
    uint32_t k;
    uint32_t digit_bits;
    uint32_t bucket_bits;
    uint32_t cap[KERN_EQUIHASH_LISTS_MAX]; /* rows of a bucket, by list */
};

/* Rows of a bucket, 200,9. Mean 8192 and deviation 90 in list 0. A list that is longer by a part e
 * makes the next one longer by 2e: the deviations of whole lists are 0.07 % in list 1 and double
 * with every list, to 10 % in list 8. These caps are 6 to 8 deviations away. */
static const struct equihash_shape equihash_shape_200_9 = {
    .n = 200,
    .k = 9,
    .digit_bits = 20,
    .bucket_bits = 8,
    .cap = {8960, 8960, 8960, 8960, 9088, 9216, 10240, 11264, 13312},
};

/* For tests. Small lists vary more. */
static const struct equihash_shape equihash_shape_96_5 = {
    .n = 96,
    .k = 5,
    .digit_bits = 16,
    .bucket_bits = 6,
    .cap = {2432, 2432, 2560, 2816, 3328},
};
static const struct equihash_shape equihash_shape_48_5 = {
    .n = 48,
    .k = 5,
    .digit_bits = 8,
    .bucket_bits = 3,
    .cap = {256, 512, 1024, 2048, 4096},
};

/* Bytes for the lists of a shape; a test compares them with what equihash_plan_size says. */
enum {
    EQUIHASH_ARENA_200_9 = 145000000,
    EQUIHASH_ARENA_96_5 = 8000000,
    EQUIHASH_ARENA_48_5 = 1000000,
};

EQUIHASH_INLINE uint32_t equihash_buckets(const struct equihash_shape *shape)
{
    return 1U << shape->bucket_bits;
}

/* Digits of a row of a list that have a place in memory, the one cut off included. */
EQUIHASH_INLINE uint32_t equihash_digit_bits(const struct equihash_shape *shape, unsigned list)
{
    return shape->n - list * shape->digit_bits;
}

/* First bit of digit `list` in a row: of the bin. */
EQUIHASH_INLINE uint32_t equihash_bin_place(const struct equihash_shape *shape, unsigned list)
{
    return EQUIHASH_REFERENCE_BITS + equihash_digit_bits(shape, list + 1);
}

EQUIHASH_INLINE uint32_t equihash_bin_bits(const struct equihash_shape *shape)
{
    return shape->digit_bits - shape->bucket_bits;
}

/* Bytes from row to row. */
EQUIHASH_INLINE uint32_t equihash_stride(const struct equihash_shape *shape, unsigned list)
{
    return (EQUIHASH_REFERENCE_BITS + equihash_digit_bits(shape, list) - shape->bucket_bits + 7) /
           8;
}

/* Bytes from bucket to bucket: whole pages and one line, so that the ends of all buckets, which are
 * written in turns, do not compete for the same cache sets. */
EQUIHASH_INLINE size_t equihash_bucket_size(const struct equihash_shape *shape, unsigned list)
{
    size_t rows = (size_t)shape->cap[list] * equihash_stride(shape, list) + EQUIHASH_VECTOR_SIZE;
    return (rows + 4095) / 4096 * 4096 + 64;
}

struct equihash_candidate {
    uint16_t bucket;
    uint16_t positions[2];
};

/* The scratch memory. */
struct equihash_state {
    alignas(64) const struct equihash_shape *shape;
    struct kern_equihash equihash;
    uint32_t stage; /* see kern_equihash_stage */
    uint32_t next;  /* what the next step begins with: counter, bucket or candidate */
    struct kern_equihash_stats stats;
    uint32_t candidate_count;
    uint32_t solution_count;
    uint8_t *lists[KERN_EQUIHASH_LISTS_MAX];       /* bucket 0 of each list */
    uint32_t *references[KERN_EQUIHASH_LISTS_MAX]; /* of lists 0..k-2: shape->cap of each bucket;
                                                      kept when the list itself is overwritten */

    /* BLAKE2b of the last block; the counter is in word counter_word, counter_shift bits up. */
    uint64_t midstate[8];
    uint64_t message[16]; /* the counter is zero */
    uint64_t byte_count;
    uint64_t lanes[EQUIHASH_WAYS_MAX]; /* i << counter_shift */
    uint32_t counter_word;
    uint32_t counter_shift;
    bool two_words; /* words 2..15 of the message are zero */

    uint32_t counts[EQUIHASH_BUCKETS_MAX]; /* rows of each bucket of the list that is read */
    uint8_t *tails[EQUIHASH_BUCKETS_MAX];  /* where the buckets that are written go on */
    uint8_t *ends[EQUIHASH_BUCKETS_MAX];   /* behind the last row there is room for */
    alignas(64) uint16_t heads[EQUIHASH_BINS_MAX]; /* last row of each bin */
    uint16_t before[EQUIHASH_ROWS_MAX];            /* the row before it in the same bin */
    uint32_t pairs[EQUIHASH_PAIRS_MAX];
    struct equihash_candidate candidates[EQUIHASH_CANDIDATES_MAX];
    uint8_t solutions[KERN_EQUIHASH_SOLUTIONS_MAX][KERN_EQUIHASH_SOLUTION_MAX];

    /* [list - 1][bucket of list - 1][bucket of list]: bytes of rows in the latter when the former
     * was finished. */
    uint32_t passed[KERN_EQUIHASH_LISTS_MAX - 1][EQUIHASH_BUCKETS_MAX][EQUIHASH_BUCKETS_MAX];

    alignas(64) uint8_t arena[];
};

/** Parameters of a size of the row: kern_work.reduced. Returns: BASE_OK, BASE_E_UNSUPPORTED. */
BASE_MUST_CHECK enum base_status equihash_init_reduced(struct kern_equihash *equihash,
                                                       uint32_t reduced);

/** Bytes of the arena that a shape needs. */
size_t equihash_plan_size(const struct equihash_shape *shape);

/** kern_equihash_solver.start for a shape. */
enum base_status equihash_start(struct equihash_state *state, const struct equihash_shape *shape,
                                const uint8_t *input, size_t input_size);

/** Begin to write list `list`: empty buckets. Before that, the list that was written until now, if
 * any (list > 0), becomes the one that is read. */
void equihash_begin_list(struct equihash_state *state, unsigned list);

/** The list that was written is finished: count its rows. */
void equihash_end_list(struct equihash_state *state, unsigned list);

/** Expand the next candidate; keep it if it is a solution. */
void equihash_expand(struct equihash_state *state, const struct equihash_candidate *candidate);

/** kern_search_fn of a variant that has these solvers, one a pair of parameters. */
enum base_status equihash_search(const struct kern_equihash_solver *const solvers[EQUIHASH_SIZES],
                                 void *scratch, struct kern_finds *finds,
                                 struct kern_progress *progress, const struct kern_work *work,
                                 uint64_t first, uint64_t count, const struct kern_stop *stop);

/* The solvers, one a shape and instruction set, and the variant of the row made of them; those of
 * other processors are not defined. */
#define EQUIHASH_DECLARE(isa)                                                                      \
    extern const struct kern_equihash_solver kern_equihash_200_9_##isa;                            \
    extern const struct kern_equihash_solver kern_equihash_96_5_##isa;                             \
    extern const struct kern_equihash_solver kern_equihash_48_5_##isa;                             \
    extern const struct kern_variant kern_equihash_##isa;
EQUIHASH_DECLARE(avx512)
EQUIHASH_DECLARE(avx2)
EQUIHASH_DECLARE(sse41)
EQUIHASH_DECLARE(neon)
EQUIHASH_DECLARE(portable)
#undef EQUIHASH_DECLARE

#endif
