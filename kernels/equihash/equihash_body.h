/* equihash_body.h: the solver, written once for every instruction set: BLAKE2b in the vectors of
 * one vec_<isa>.h, which the including file has included, and rounds in vectors of the compiler's
 * own. Problem and memory: equihash_state.h.
 *
 * A round handles one bucket at a time, in two passes without branches that depend on the data.
 * 1. Chain: each row is linked to the row before it in its bin; rows that have one make the pair of
 *    these two. References go to where they are kept.
 * 2. Join: the pairs are a queue. Each gives a row of the next list, and, if the row before the
 *    pair's second one exists, a further pair at the queue's end. So all pairs of a bin are made,
 *    in order of distance.
 * The body's steps are small pieces of this: a few buckets. */
#include <string.h>

#include "base/endian.h"
#include "equihash/equihash_state.h"
#include "prim/blake2b_body.h"

enum {
    HASH_SETS = 2, /* times BLAKE2B_WAYS messages at a time: bench/NOTES.md */
    TWO_WORDS = 0x3,
    ALL_WORDS = 0xffff,
    HASHES_PER_STEP = 2048,
    BUCKETS_PER_STEP = 4,
    CANDIDATES_PER_STEP = 8,
    PAIRS_PER_TURN = 64,
    PREFETCH_AHEAD = 128, /* bytes in front of where a bucket is written */
};

typedef uint32_t equihash_vector __attribute__((vector_size(EQUIHASH_VECTOR_SIZE)));
typedef uint32_t equihash_half __attribute__((vector_size(EQUIHASH_VECTOR_SIZE / 2)));

/* --- List 0 --- */

/* Word i of the digests of BLAKE2B_WAYS consecutive counters in words[set][i], of HASH_SETS sets.
 */
struct digests {
    uint64_t words[HASH_SETS][8][BLAKE2B_WAYS];
};

/* used: see blake2b_compress_vec; a literal. */
EQUIHASH_INLINE void hash(struct digests *digests, const struct equihash_state *state,
                          uint32_t counter, unsigned used)
{
    blake2b_vec h[HASH_SETS][8];
    blake2b_vec m[HASH_SETS][16];
    for (uint32_t i = 0; i < HASH_SETS; i++) {
        uint64_t first = (uint64_t)(counter + i * BLAKE2B_WAYS) << state->counter_shift;
        for (unsigned j = 0; j < 8; j++) {
            h[i][j] = blake2b_set(state->midstate[j]);
        }
        for (unsigned j = 0; j < 16; j++) {
            m[i][j] = blake2b_set(state->message[j]);
        }
        unsigned word = used == TWO_WORDS ? 1 : state->counter_word;
        m[i][word] =
            blake2b_add(blake2b_set(state->message[word] + first), blake2b_load(state->lanes));
    }
    blake2b_compress_vec(h, m, HASH_SETS, used, state->byte_count, true);
    for (unsigned i = 0; i < HASH_SETS; i++) {
        for (unsigned j = 0; j < 8; j++) {
            blake2b_store(digests->words[i][j], h[i][j]);
        }
    }
}

/* A last block with nothing but words 0 and 1, as inputs of 140 bytes have it; and any other. */
static __attribute__((noinline)) void hash_two_words(struct digests *digests,
                                                     const struct equihash_state *state,
                                                     uint32_t counter)
{
    hash(digests, state, counter, TWO_WORDS);
}

static __attribute__((noinline)) void hash_any(struct digests *digests,
                                               const struct equihash_state *state, uint32_t counter)
{
    hash(digests, state, counter, ALL_WORDS);
}

/* Eight bytes from byte `at` (known at compile time) of a digest as one big-endian number; digest:
 * its words, likewise big-endian. */
EQUIHASH_INLINE uint64_t bytes_from(const uint64_t digest[9], uint32_t at)
{
    uint32_t shift = at % 8 * 8;
    return shift == 0 ? digest[at / 8]
                      : digest[at / 8] << shift | digest[at / 8 + 1] >> (64 - shift);
}

/* A row of `size` bytes that begins at byte `first` of a digest is a number; 64 bits of it, without
 * its last `skipped` bytes. All but the digest is known at compile time. */
EQUIHASH_INLINE uint64_t number_from(const uint64_t digest[9], uint32_t first, uint32_t size,
                                     uint32_t skipped)
{
    uint32_t left = size - skipped;
    return left >= 8 ? bytes_from(digest, first + left - 8)
                     : bytes_from(digest, first) >> (64 - 8 * left);
}

/* As base_store_le64, which gcc 12 turns into moves of single bytes where the value is shifted
 * together from others. */
EQUIHASH_INLINE void store_word(uint8_t *to, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(to, &word, sizeof word);
}

/* Put the row that begins at byte `first` of a digest into its bucket. */
EQUIHASH_INLINE void place(struct equihash_state *state, const struct equihash_shape *shape,
                           const uint64_t digest[9], uint32_t first, uint32_t index)
{
    const uint32_t size = shape->n / 8;
    uint64_t bucket = bytes_from(digest, first) >> (64 - shape->bucket_bits);
    uint8_t *to = state->tails[bucket];
    if (__builtin_expect(to >= state->ends[bucket], 0)) {
        state->stats.full_rows++;
        return;
    }
    state->tails[bucket] = to + equihash_stride(shape, 0);
    __builtin_prefetch(to + PREFETCH_AHEAD, 1);
    store_word(to, number_from(digest, first, size, 0) << EQUIHASH_REFERENCE_BITS | index);
#pragma GCC unroll 4
    for (uint32_t at = 8; at < EQUIHASH_REFERENCE_SIZE + size; at += 8) {
        store_word(to + at, number_from(digest, first, size, at - EQUIHASH_REFERENCE_SIZE));
    }
}

/* The rows of one digest; words: its words, BLAKE2B_WAYS apart. */
EQUIHASH_INLINE void place_digest(struct equihash_state *state, const struct equihash_shape *shape,
                                  const uint64_t *words, uint32_t counter)
{
    const uint32_t rows = 2U << shape->digit_bits;
    const uint32_t rows_per_hash = 512 / shape->n;
    uint32_t index = counter * rows_per_hash;
    uint64_t digest[9] = {0};
    for (unsigned i = 0; i < 8; i++) {
        digest[i] = __builtin_bswap64(words[i * BLAKE2B_WAYS]);
    }
#pragma GCC unroll 16
    for (uint32_t i = 0; i < rows_per_hash; i++) {
        if (rows % rows_per_hash == 0 || index + i < rows) {
            place(state, shape, digest, i * (shape->n / 8), index + i);
        }
    }
}

/* Hash HASHES_PER_STEP counters. */
EQUIHASH_INLINE void fill(struct equihash_state *state, const struct equihash_shape *shape)
{
    struct digests digests;
    for (uint32_t done = 0; done < HASHES_PER_STEP; done += HASH_SETS * BLAKE2B_WAYS) {
        if (state->two_words) {
            hash_two_words(&digests, state, state->next);
        } else {
            hash_any(&digests, state, state->next);
        }
        for (uint32_t set = 0; set < HASH_SETS; set++) {
#pragma GCC unroll 1
            for (uint32_t lane = 0; lane < BLAKE2B_WAYS; lane++) {
                place_digest(state, shape, &digests.words[set][0][lane], state->next + lane);
            }
            state->next += BLAKE2B_WAYS;
        }
    }
    if (state->next * (512 / shape->n) >= 2U << shape->digit_bits) {
        equihash_end_list(state, 0);
        equihash_begin_list(state, 1);
    }
}

/* --- Rounds --- */

/* A row's bits from `first` (known at compile time) on, 25 or more of them. */
EQUIHASH_INLINE uint32_t bits_from(const uint8_t *row, uint32_t first)
{
    return base_load_le32(row + first / 8) >> first % 8;
}

/* Bits behind the reference, up to 64, that a row of a list has in memory. */
EQUIHASH_INLINE uint64_t rest_mask(const struct equihash_shape *shape, unsigned list)
{
    uint32_t bits = equihash_digit_bits(shape, list) - shape->bucket_bits;
    return bits >= 64 ? UINT64_MAX : (1ULL << bits) - 1;
}

/* Pass 1. references: where those of this bucket are kept; NULL: they stay. first: this is bucket
 * 0, where all rows are that are zero in all that is left of them. These are not linked: they are
 * made of rows that stand in them twice, and would meet all their like. (64 bits are looked at. A
 * solution is lost by that only if both halves of one of its nodes are zero by themselves: one
 * solution in 2^40 at 200,9, in 2^32 at 96,5, in some 60,000 at 48,5.)
 * Returns the number of pairs. */
EQUIHASH_INLINE uint32_t chain(struct equihash_state *state, const struct equihash_shape *shape,
                               unsigned list, const uint8_t *rows, uint32_t count,
                               uint32_t *references, bool first)
{
    const uint32_t stride = equihash_stride(shape, list);
    const uint32_t bin_place = equihash_bin_place(shape, list);
    const uint32_t bins = 1U << equihash_bin_bits(shape);
    uint16_t *heads = state->heads;
    uint16_t *before = state->before;
    uint32_t *pairs = state->pairs;
    uint32_t pair_count = 0;
    memset(heads, 0xff, bins * sizeof heads[0]);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *row = rows + (size_t)i * stride;
        uint32_t bin = bits_from(row, bin_place) & (bins - 1);
        uint32_t last = heads[bin];
        if (references != NULL) {
            references[i] = base_load_le32(row);
        }
        if (first && list > 0 &&
            (base_load_le64(row + EQUIHASH_REFERENCE_SIZE) & rest_mask(shape, list)) == 0) {
            continue;
        }
        heads[bin] = (uint16_t)i;
        before[i] = (uint16_t)last;
        pairs[pair_count] = i << 16 | last;
        pair_count += last < EQUIHASH_NONE;
    }
    return pair_count;
}

/* Write the xor of two rows with its reference to `to`; stride: bytes that matter. */
EQUIHASH_INLINE void write_xor(uint8_t *to, const uint8_t *a, const uint8_t *b, uint32_t reference,
                               uint32_t stride)
{
    if (stride > sizeof(equihash_half)) {
        equihash_vector x;
        equihash_vector y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        x ^= y;
        memcpy(to, &x, sizeof x);
    } else {
        equihash_half x;
        equihash_half y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        x ^= y;
        memcpy(to, &x, sizeof x);
    }
    base_store_le32(to, reference);
}

/* Pass 2: make the rows of list + 1. */
EQUIHASH_INLINE void join(struct equihash_state *state, const struct equihash_shape *shape,
                          unsigned list, const uint8_t *rows, uint32_t pair_count)
{
    const uint32_t stride = equihash_stride(shape, list);
    const uint32_t next_stride = equihash_stride(shape, list + 1);
    const uint32_t bucket_place = equihash_bin_place(shape, list + 1) + equihash_bin_bits(shape);
    const uint32_t bucket_mask = equihash_buckets(shape) - 1;
    uint8_t **tails = state->tails;
    uint8_t *const *ends = state->ends;
    const uint16_t *before = state->before;
    uint32_t *pairs = state->pairs;
    const uint8_t *next = rows + equihash_bucket_size(shape, list);
    uint32_t end;
    for (uint32_t i = 0; i < pair_count; i = end) {
        end = pair_count - i < PAIRS_PER_TURN ? pair_count : i + PAIRS_PER_TURN;
        if (pair_count > EQUIHASH_PAIRS_MAX - PAIRS_PER_TURN) {
            state->stats.full_pairs++;
            return;
        }
        for (uint32_t j = i; j < end; j++) {
            uint32_t pair = pairs[j];
            const uint8_t *a = rows + (size_t)(pair >> 16) * stride;
            const uint8_t *b = rows + (size_t)(pair & 0xffff) * stride;
            __builtin_prefetch(next + (size_t)j * stride);
            uint32_t bucket =
                (bits_from(a, bucket_place) ^ bits_from(b, bucket_place)) & bucket_mask;
            uint32_t further = before[pair & 0xffff];
            uint8_t *to = tails[bucket];
            pairs[pair_count] = (pair & 0xffff0000U) | further;
            pair_count += further < EQUIHASH_NONE;
            if (__builtin_expect(to >= ends[bucket], 0)) {
                state->stats.full_rows++;
                continue;
            }
            tails[bucket] = to + next_stride;
            __builtin_prefetch(to + PREFETCH_AHEAD, 1);
            write_xor(to, a, b, pair, next_stride);
        }
    }
}

/* One bucket of a list, into the next list. */
EQUIHASH_INLINE void collide(struct equihash_state *state, const struct equihash_shape *shape,
                             unsigned list, uint32_t bucket)
{
    const uint8_t *rows = state->lists[list] + bucket * equihash_bucket_size(shape, list);
    uint32_t *references = state->references[list] + (size_t)bucket * shape->cap[list];
    uint32_t count = state->counts[bucket];
    uint32_t pairs = bucket == 0 ? chain(state, shape, list, rows, count, references, true)
                                 : chain(state, shape, list, rows, count, references, false);
    join(state, shape, list, rows, pairs);
    uint32_t *passed = state->passed[list][bucket];
    const uint8_t *start = state->lists[list + 1];
#pragma GCC unroll 1
    for (uint32_t i = 0; i < equihash_buckets(shape); i++) {
        passed[i] = (uint32_t)(state->tails[i] - start);
        start += equihash_bucket_size(shape, list + 1);
    }
}

/* One bucket of the last list: pairs that agree in all that is left. */
EQUIHASH_INLINE void finish(struct equihash_state *state, const struct equihash_shape *shape,
                            uint32_t bucket)
{
    const unsigned list = shape->k - 1;
    const uint32_t stride = equihash_stride(shape, list);
    const uint64_t mask = rest_mask(shape, list);
    const uint8_t *rows = state->lists[list] + bucket * equihash_bucket_size(shape, list);
    uint32_t *pairs = state->pairs;
    uint32_t pair_count = chain(state, shape, list, rows, state->counts[bucket], NULL, bucket == 0);
    for (uint32_t i = 0; i < pair_count; i++) {
        uint32_t pair = pairs[i];
        const uint8_t *a = rows + (size_t)(pair >> 16) * stride + EQUIHASH_REFERENCE_SIZE;
        const uint8_t *b = rows + (size_t)(pair & 0xffff) * stride + EQUIHASH_REFERENCE_SIZE;
        uint32_t further = state->before[pair & 0xffff];
        if (__builtin_expect(((base_load_le64(a) ^ base_load_le64(b)) & mask) == 0, 0)) {
            if (state->candidate_count < EQUIHASH_CANDIDATES_MAX) {
                state->candidates[state->candidate_count++] = (struct equihash_candidate){
                    (uint16_t)bucket, {(uint16_t)(pair >> 16), (uint16_t)pair}};
            } else {
                state->stats.lost++;
            }
        }
        pairs[pair_count] = (pair & 0xffff0000U) | further;
        pair_count += further != EQUIHASH_NONE && pair_count < EQUIHASH_PAIRS_MAX - 1;
    }
    state->stats.full_pairs += pair_count == EQUIHASH_PAIRS_MAX - 1;
}

/* --- Steps --- */

/* BUCKETS_PER_STEP buckets of list `list` - 1 into `list`, which is a literal, 1..k. */
EQUIHASH_INLINE void step_list(struct equihash_state *state, const struct equihash_shape *shape,
                               unsigned list)
{
    for (uint32_t i = 0; i < BUCKETS_PER_STEP; i++, state->next++) {
        if (list < shape->k) {
            collide(state, shape, list - 1, state->next);
        } else {
            finish(state, shape, state->next);
        }
    }
    if (state->next >= equihash_buckets(shape)) {
        if (list < shape->k) {
            equihash_end_list(state, list);
        }
        if (list + 1 < shape->k) {
            equihash_begin_list(state, list + 1);
        } else {
            state->stage = list + 1;
            state->next = 0;
        }
    }
}

/* Returns: true while there are more. */
static bool step_trees(struct equihash_state *state)
{
    for (uint32_t i = 0; i < CANDIDATES_PER_STEP && state->next < state->candidate_count; i++) {
        equihash_expand(state, &state->candidates[state->next++]);
    }
    if (state->next < state->candidate_count) {
        return true;
    }
    state->stats.candidates = state->candidate_count + state->stats.lost;
    state->stage = state->shape->k + 2;
    return false;
}

/* --- Solvers --- */

/* Stages are functions of their own: in one function for all, the compiler keeps too much of the
 * others in registers. */
#define EQUIHASH_FILL(shape)                                                                       \
    static __attribute__((noinline)) void fill_##shape(struct equihash_state *state)               \
    {                                                                                              \
        fill(state, &equihash_shape_##shape);                                                      \
    }
#define EQUIHASH_LIST(shape, list)                                                                 \
    static __attribute__((noinline)) void list_##shape##_##list(struct equihash_state *state)      \
    {                                                                                              \
        step_list(state, &equihash_shape_##shape, list);                                           \
    }

/* Define kern_equihash_<shape>_<isa> out of the functions of its stages 0..k. */
#define EQUIHASH_SOLVER(isa, isa_features, shape, bits, levels, ...)                               \
    static enum base_status start_##shape(void *scratch, const uint8_t *input, size_t input_size)  \
    {                                                                                              \
        return equihash_start(scratch, &equihash_shape_##shape, input, input_size);                \
    }                                                                                              \
    static bool step_##shape(void *scratch)                                                        \
    {                                                                                              \
        static void (*const stages[])(struct equihash_state * state) = {__VA_ARGS__};              \
        struct equihash_state *state = scratch;                                                    \
        if (state->stage > (levels)) {                                                             \
            return step_trees(state);                                                              \
        }                                                                                          \
        stages[state->stage](state);                                                               \
        return true;                                                                               \
    }                                                                                              \
    const struct kern_equihash_solver kern_equihash_##shape##_##isa = {                            \
        .name = #isa,                                                                              \
        .features = (isa_features),                                                                \
        .n = (bits),                                                                               \
        .k = (levels),                                                                             \
        .scratch_size = sizeof(struct equihash_state) + EQUIHASH_ARENA_##shape,                    \
        .start = start_##shape,                                                                    \
        .step = step_##shape,                                                                      \
    };

EQUIHASH_FILL(200_9)
EQUIHASH_LIST(200_9, 1)
EQUIHASH_LIST(200_9, 2)
EQUIHASH_LIST(200_9, 3)
EQUIHASH_LIST(200_9, 4)
EQUIHASH_LIST(200_9, 5)
EQUIHASH_LIST(200_9, 6)
EQUIHASH_LIST(200_9, 7)
EQUIHASH_LIST(200_9, 8)
EQUIHASH_LIST(200_9, 9)

EQUIHASH_FILL(96_5)
EQUIHASH_LIST(96_5, 1)
EQUIHASH_LIST(96_5, 2)
EQUIHASH_LIST(96_5, 3)
EQUIHASH_LIST(96_5, 4)
EQUIHASH_LIST(96_5, 5)

EQUIHASH_FILL(48_5)
EQUIHASH_LIST(48_5, 1)
EQUIHASH_LIST(48_5, 2)
EQUIHASH_LIST(48_5, 3)
EQUIHASH_LIST(48_5, 4)
EQUIHASH_LIST(48_5, 5)

/* The solvers of an instruction set, for all shapes, and the row's variant of them. */
#define EQUIHASH_SOLVERS(isa, isa_features)                                                        \
    EQUIHASH_SOLVER(isa, isa_features, 200_9, 200, 9, fill_200_9, list_200_9_1, list_200_9_2,      \
                    list_200_9_3, list_200_9_4, list_200_9_5, list_200_9_6, list_200_9_7,          \
                    list_200_9_8, list_200_9_9)                                                    \
    EQUIHASH_SOLVER(isa, isa_features, 96_5, 96, 5, fill_96_5, list_96_5_1, list_96_5_2,           \
                    list_96_5_3, list_96_5_4, list_96_5_5)                                         \
    EQUIHASH_SOLVER(isa, isa_features, 48_5, 48, 5, fill_48_5, list_48_5_1, list_48_5_2,           \
                    list_48_5_3, list_48_5_4, list_48_5_5)                                         \
    static enum base_status search_##isa(void *scratch, struct kern_finds *finds,                  \
                                         struct kern_progress *progress,                           \
                                         const struct kern_work *work, uint64_t first,             \
                                         uint64_t count, const struct kern_stop *stop)             \
    {                                                                                              \
        static const struct kern_equihash_solver *const solvers[EQUIHASH_SIZES] = {                \
            &kern_equihash_200_9_##isa, &kern_equihash_96_5_##isa, &kern_equihash_48_5_##isa};     \
        return equihash_search(solvers, scratch, finds, progress, work, first, count, stop);       \
    }                                                                                              \
    const struct kern_variant kern_equihash_##isa = {                                              \
        .name = #isa,                                                                              \
        .features = (isa_features),                                                                \
        .ways = 1,                                                                                 \
        .search = search_##isa,                                                                    \
    };
