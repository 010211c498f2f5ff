/* eaglesong_body.h: the vector search, written once for every width. A variant's source file
 * chooses a width by including one vec_<isa>.h, names its search with KERN_SEARCH_NAME, and
 * includes this file once.
 *
 * A batch hashes VEC_WAYS consecutive nonces, one in each way, and begins at a multiple of
 * VEC_WAYS; two batches are computed side by side. A hash is one permutation of 43 rounds, the one
 * after the block with the nonce; what need not be computed of it is left out (README.md):
 *  - round 0 but for the eleven words that the counter's low word reaches, and of these all but one
 *    exclusive-or: see `varying` in struct scratch;
 *  - the additions of injection constants, which enter the matrix step where an operand is free;
 *  - of the last two rounds what the first word of the hash does not read. That word decides
 * whether a batch can hold a find; candidates are hashed again by the reference. */
#include <string.h>

#include "base/target.h"
#include "eaglesong/eaglesong.h"
#include "eaglesong/eaglesong_matrix.h"

/* Vector operations of one batch: struct kern_op_counts. Checked by
 * tests/cross/test_eaglesong_counts.c. */
#if VEC_HAS_XOR3
#define EAGLESONG_MATRIX EAGLESONG_MATRIX_OF_THREE
#define EAGLESONG_MATRIX_LAST EAGLESONG_MATRIX_LAST_OF_THREE
#define EAGLESONG_LIST KERN_EAGLESONG_LIST_OF_THREE
#define EAGLESONG_LIST_LAST KERN_EAGLESONG_LIST_LAST_OF_THREE
#define VEC_PROBE_MIX(X)                                                                           \
    X(ADD, 666)                                                                                    \
    X(LOAD, 672)                                                                                   \
    X(LOGIC, 54)                                                                                   \
    X(XOR3, 2167)                                                                                  \
    X(ROTATE_BYTES, 745)                                                                           \
    X(ROTATE_BITS, 1226)                                                                           \
    X(COMPARE, 1)
#else
#define NO_STEP(j)
#define EAGLESONG_MATRIX(SUM2, SUM3, OUT1, OUT2)                                                   \
    EAGLESONG_MATRIX_OF_TWO(SUM2, SUM3, OUT1, OUT2, NO_STEP)
#define EAGLESONG_MATRIX_LAST EAGLESONG_MATRIX_LAST_OF_TWO
#define EAGLESONG_LIST KERN_EAGLESONG_LIST_OF_TWO
#define EAGLESONG_LIST_LAST KERN_EAGLESONG_LIST_LAST_OF_TWO
#define VEC_PROBE_MIX(X)                                                                           \
    X(ADD, 666)                                                                                    \
    X(LOAD, 672)                                                                                   \
    X(LOGIC, 1322)                                                                                 \
    X(XOR3, 1311)                                                                                  \
    X(ROTATE_BYTES, 745)                                                                           \
    X(ROTATE_BITS, 1226)                                                                           \
    X(COMPARE, 1)
#endif
#include "vec/vec_probe.h"

/* 1: two batches half a round apart, so that the exclusive-ors of one's matrix stand among the
 * shifts of the other's circulants: for widths whose shifts have fewer ports, and compilers that
 * keep the order of statements. Needs the list of two. */
#ifndef EAGLESONG_SKEW
#define EAGLESONG_SKEW 0
#endif

#ifndef KERN_SEARCH_NAME
#error "the variant's file says what its search is called: KERN_SEARCH_NAME"
#endif

enum {
    COUNTER_LOW = 3, /* word of the state that the counter's low half is added to */
    LAST_ROUND = KERN_EAGLESONG_ROUNDS - 1,
    VARYING_COUNT = 11, /* words that round 0's matrix makes of COUNTER_LOW */
    STEPS = 32,         /* runs of one bits that two neighbouring batch numbers may differ by */
};

/* The words that round 0's matrix makes of COUNTER_LOW. */
static const uint8_t VARYING[VARYING_COUNT] = {3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 15};

/* Place of a word in VARYING. */
enum { AT_3, AT_4, AT_5, AT_6, AT_8, AT_10, AT_11, AT_12, AT_13, AT_14, AT_15 };

/* Words of round 0 that no way changes, after its last step; words 2, 7 and 9 as they are added to
 * one of VARYING. */
enum front_word {
    FRONT_0,
    FRONT_1,
    FRONT_2,
    FRONT_7,
    FRONT_7_TURNED,
    FRONT_9,
    FRONT_9_TURNED,
    FRONTS
};

/* Working memory of a search; all vectors aligned, since the scratch is. */
struct scratch {
    /* VARYING of the present batch before the additions of round 0. Matrix and circulant are
     * linear: from batch to batch they change by the circulants of what the counter changes by. */
    vec varying[VARYING_COUNT];
    vec_word front[FRONTS];
    vec_word filter; /* bits of the hash's first word, not yet rotated, that are clear in a find */
    /* Constants that no job changes, made once in the scratch's life. */
    vec_word step[STEPS][VARYING_COUNT]; /* circulants of VEC_WAYS * (2^(i + 1) - 1) */
    vec_word constant[LAST_ROUND][16];   /* of rounds 1 to 42: kern_eaglesong_inject() */
    /* The state after the first block of `pow_hash`: 43 rounds, made once a job. */
    uint32_t start[16];
    uint8_t pow_hash[KERN_EAGLESONG_RATE];
    bool started; /* the two are valid */
    bool ready;   /* the constants are */
};

_Static_assert(sizeof(struct scratch) <= KERN_EAGLESONG_SCRATCH_SIZE, "the row promises enough");

/* What no job changes. */
static void prepare_scratch(struct scratch *memory)
{
    if (memory->ready) {
        return;
    }
    for (unsigned round = 1; round <= LAST_ROUND; round++) {
        uint32_t constant[16];
        kern_eaglesong_inject(constant,
                              round < LAST_ROUND - 1 ? EAGLESONG_LIST
                              : round < LAST_ROUND   ? EAGLESONG_LIST_LAST
                                                     : KERN_EAGLESONG_LIST_NONE,
                              round);
        for (unsigned j = 0; j < 16; j++) {
            vec_word_put(&memory->constant[round - 1][j], constant[j]);
        }
    }
    for (unsigned i = 0; i < STEPS; i++) {
        uint32_t change = (uint32_t)(VEC_WAYS * ((2ULL << i) - 1));
        for (unsigned k = 0; k < VARYING_COUNT; k++) {
            vec_word_put(&memory->step[i][k], kern_eaglesong_circulant(VARYING[k], change));
        }
    }
    memory->ready = true;
}

static void prepare_start(struct scratch *memory, const uint8_t *message)
{
    if (!memory->started || memcmp(memory->pow_hash, message, sizeof memory->pow_hash) != 0) {
        kern_eaglesong_start(memory->start, message);
        memcpy(memory->pow_hash, message, sizeof memory->pow_hash);
        memory->started = true;
    }
}

/* Round 0 as far as no way of a batch changes it, for the message's high half of the counter, and
 * what the ways change of it for the batch that begins at `low`. */
static void prepare_front(struct scratch *memory, const uint8_t *message, uint32_t low)
{
    uint32_t state[16];
    uint32_t word[16];
    memcpy(state, memory->start, sizeof state);
    kern_eaglesong_absorb_nonce(state, message);
    kern_eaglesong_front(word, state);
    for (unsigned j = 0; j < 16; j++) {
        word[j] = kern_eaglesong_circulant(j, word[j]);
    }
    kern_eaglesong_add_rotate_add(&word[0], &word[1]);
    vec_word_put(&memory->front[FRONT_0], word[0]);
    vec_word_put(&memory->front[FRONT_1], word[1]);
    vec_word_put(&memory->front[FRONT_2], word[2]);
    vec_word_put(&memory->front[FRONT_7], word[7]);
    vec_word_put(&memory->front[FRONT_7_TURNED], word[7] << 24 | word[7] >> 8);
    vec_word_put(&memory->front[FRONT_9], word[9]);
    vec_word_put(&memory->front[FRONT_9_TURNED], word[9] << 24 | word[9] >> 8);
    for (unsigned k = 0; k < VARYING_COUNT; k++) {
        uint32_t ways[VEC_WAYS];
        for (uint32_t i = 0; i < VEC_WAYS; i++) {
            ways[i] = word[VARYING[k]] ^ kern_eaglesong_circulant(VARYING[k], low + i);
        }
        memcpy(&memory->varying[k], ways, sizeof ways);
    }
}

/* From the batch whose number (counter / VEC_WAYS) is `number` to the next. */
VEC_INLINE void next_batch(struct scratch *memory, uint32_t number)
{
    const vec_word *step = memory->step[__builtin_ctz(~number | 1U << 31)];
    for (unsigned k = 0; k < VARYING_COUNT; k++) {
        memory->varying[k] = vec_xor(memory->varying[k], vec_word_get(&step[k]));
    }
}

#define VEC_ROL(v, bits) VEC_ROR(v, 32 - (bits))
#define CIRCULANT(v, a, b) vec_xor3(v, VEC_ROL(v, a), VEC_ROL(v, b))
#define CIRCULANT_8(v, a) vec_xor3(v, VEC_ROL(v, a), vec_ror24(v))

/* Additions and rotations of words j and j + 1. */
VEC_INLINE void add_rotate_add(vec v[16], unsigned j, vec x, vec y)
{
    v[j] = vec_ror24(vec_add(x, y));
    v[j + 1] = vec_add(vec_ror8(y), v[j]);
}

/* Round 0. Out: v. */
VEC_INLINE void front_round(vec v[16], const struct scratch *memory)
{
    const vec *w = memory->varying;
    const vec_word *front = memory->front;
    v[0] = vec_word_get(&front[FRONT_0]);
    v[1] = vec_word_get(&front[FRONT_1]);
    add_rotate_add(v, 2, vec_word_get(&front[FRONT_2]), w[AT_3]);
    add_rotate_add(v, 4, w[AT_4], w[AT_5]);
    v[6] = vec_ror24(vec_add(w[AT_6], vec_word_get(&front[FRONT_7])));
    v[7] = vec_add(v[6], vec_word_get(&front[FRONT_7_TURNED]));
    v[8] = vec_ror24(vec_add(w[AT_8], vec_word_get(&front[FRONT_9])));
    v[9] = vec_add(v[8], vec_word_get(&front[FRONT_9_TURNED]));
    add_rotate_add(v, 10, w[AT_10], w[AT_11]);
    add_rotate_add(v, 12, w[AT_12], w[AT_13]);
    add_rotate_add(v, 14, w[AT_14], w[AT_15]);
}

#define VECTOR_SUM2(t, a, b) const vec t = vec_xor(a, b);
#define VECTOR_SUM3(t, a, b, c) const vec t = vec_xor3(a, b, c);
#define VECTOR_OUT1(j, a) const vec m##j = vec_xor(a, vec_word_get(&constant[j]));
#define VECTOR_OUT2(j, a, b) const vec m##j = vec_xor3(a, b, vec_word_get(&constant[j]));
#define VECTOR_WORDS(v)                                                                            \
    const vec x0 = (v)[0], x1 = (v)[1], x2 = (v)[2], x3 = (v)[3], x4 = (v)[4], x5 = (v)[5],        \
              x6 = (v)[6], x7 = (v)[7], x8 = (v)[8], x9 = (v)[9], x10 = (v)[10], x11 = (v)[11],    \
              x12 = (v)[12], x13 = (v)[13], x14 = (v)[14], x15 = (v)[15]
#define KEEP_WORDS(m)                                                                              \
    (m)[0] = m0, (m)[1] = m1, (m)[2] = m2, (m)[3] = m3, (m)[4] = m4, (m)[5] = m5, (m)[6] = m6,     \
    (m)[7] = m7, (m)[8] = m8, (m)[9] = m9, (m)[10] = m10, (m)[11] = m11, (m)[12] = m12,            \
    (m)[13] = m13, (m)[14] = m14, (m)[15] = m15

/* What follows the matrix: circulants of words j and j + 1 of m, then the last step, to v. */
#define PAIR_0(v, m) add_rotate_add(v, 0, CIRCULANT((m)[0], 2, 4), CIRCULANT((m)[1], 13, 22))
#define PAIR_2(v, m) add_rotate_add(v, 2, CIRCULANT((m)[2], 4, 19), CIRCULANT((m)[3], 3, 14))
#define PAIR_4(v, m) add_rotate_add(v, 4, CIRCULANT((m)[4], 27, 31), CIRCULANT_8((m)[5], 3))
#define PAIR_6(v, m) add_rotate_add(v, 6, CIRCULANT((m)[6], 17, 26), CIRCULANT((m)[7], 3, 12))
#define PAIR_8(v, m) add_rotate_add(v, 8, CIRCULANT((m)[8], 18, 22), CIRCULANT((m)[9], 12, 18))
#define PAIR_10(v, m) add_rotate_add(v, 10, CIRCULANT((m)[10], 4, 7), CIRCULANT((m)[11], 4, 31))
#define PAIR_12(v, m) add_rotate_add(v, 12, CIRCULANT((m)[12], 12, 27), CIRCULANT((m)[13], 7, 17))
#define PAIR_14(v, m) add_rotate_add(v, 14, CIRCULANT_8((m)[14], 7), CIRCULANT((m)[15], 1, 13))

/* The matrix of one of rounds 1 to 40. */
VEC_INLINE void matrix(vec m[16], const vec v[16], const vec_word *constant)
{
    VECTOR_WORDS(v);
    EAGLESONG_MATRIX(VECTOR_SUM2, VECTOR_SUM3, VECTOR_OUT1, VECTOR_OUT2);
    KEEP_WORDS(m);
}

/* The rest of the round. */
VEC_INLINE void mix(vec v[16], const vec m[16])
{
    PAIR_0(v, m);
    PAIR_2(v, m);
    PAIR_4(v, m);
    PAIR_6(v, m);
    PAIR_8(v, m);
    PAIR_10(v, m);
    PAIR_12(v, m);
    PAIR_14(v, m);
}

/* One of rounds 1 to 40. v: in and out. */
VEC_INLINE void middle_round(vec v[16], const vec_word *constant)
{
    vec m[16];
    matrix(m, v, constant);
    mix(v, m);
}

/* Rounds 1 to 40 of one batch. */
VEC_INLINE void middle_rounds_of_one(vec v[16], const vec_word *constant)
{
    for (unsigned round = 1; round < LAST_ROUND - 1; round++) {
        middle_round(v, constant);
        constant += 16;
    }
}

#if EAGLESONG_SKEW

/* The matrix of one batch among the rest of the round of another. */
VEC_INLINE void matrix_and_mix(vec m[16], const vec v[16], const vec_word *constant,
                               vec other_v[16], const vec other_m[16])
{
    VECTOR_WORDS(v);
#define STEP(j) PAIR_##j(other_v, other_m);
    EAGLESONG_MATRIX_OF_TWO(VECTOR_SUM2, VECTOR_SUM3, VECTOR_OUT1, VECTOR_OUT2, STEP);
#undef STEP
    KEEP_WORDS(m);
}

/* Rounds 1 to 40 of two batches, the second half a round behind the first. */
VEC_INLINE void middle_rounds_of_two(vec v[2][16], const vec_word *constant)
{
    vec m[2][16];
    matrix(m[0], v[0], constant);
    for (unsigned round = 1; round < LAST_ROUND - 2; round++) {
        matrix_and_mix(m[1], v[1], constant, v[0], m[0]);
        constant += 16;
        matrix_and_mix(m[0], v[0], constant, v[1], m[1]);
    }
    matrix_and_mix(m[1], v[1], constant, v[0], m[0]);
    mix(v[1], m[1]);
}

#else

/* Rounds 1 to 40 of two batches. */
VEC_INLINE void middle_rounds_of_two(vec v[2][16], const vec_word *constant)
{
    for (unsigned round = 1; round < LAST_ROUND - 1; round++) {
        middle_round(v[0], constant);
        middle_round(v[1], constant);
        constant += 16;
    }
}

#endif

/* Round 41 without words 2, 3, 9, 10 and 11, which are terms of neither word 0 nor word 1. */
VEC_INLINE void last_but_one_round(vec v[16], const vec_word *constant)
{
    VECTOR_WORDS(v);
    EAGLESONG_MATRIX_LAST(VECTOR_SUM2, VECTOR_SUM3, VECTOR_OUT1, VECTOR_OUT2);
    add_rotate_add(v, 0, CIRCULANT(m0, 2, 4), CIRCULANT(m1, 13, 22));
    add_rotate_add(v, 4, CIRCULANT(m4, 27, 31), CIRCULANT_8(m5, 3));
    add_rotate_add(v, 6, CIRCULANT(m6, 17, 26), CIRCULANT(m7, 3, 12));
    v[8] = vec_ror24(vec_add(CIRCULANT(m8, 18, 22), CIRCULANT(m9, 12, 18)));
    add_rotate_add(v, 12, CIRCULANT(m12, 12, 27), CIRCULANT(m13, 7, 17));
    add_rotate_add(v, 14, CIRCULANT_8(m14, 7), CIRCULANT(m15, 1, 13));
}

/* Round 42 up to the sum of words 0 and 1: the hash's first word, not yet rotated. */
VEC_INLINE vec last_sum(const vec v[16], const vec_word *constant)
{
    vec both = vec_xor(vec_xor3(v[0], v[4], v[12]), v[15]);
    vec m0 = vec_xor3(vec_xor3(both, v[5], v[6]), v[7], vec_word_get(&constant[0]));
    vec m1 = vec_xor3(vec_xor3(both, v[1], v[8]), v[13], vec_word_get(&constant[1]));
    return vec_add(CIRCULANT(m0, 2, 4), CIRCULANT(m1, 13, 22));
}

/* Batches `number` (counter / VEC_WAYS) and, if `sets` is 2, the next: bit i of the result is set
 * when the first hash word of nonce i does not rule out a find. sets is a constant after inlining.
 */
VEC_INLINE uint64_t batches(struct scratch *memory, uint32_t number, unsigned sets)
{
    vec v[2][16];
    const vec_word *constant = memory->constant[0];
    uint64_t ways = 0;
    for (unsigned i = 0; i < sets; i++) {
        front_round(v[i], memory);
        next_batch(memory, number + i);
    }
    if (sets > 1) {
        middle_rounds_of_two(v, constant);
    } else {
        middle_rounds_of_one(v[0], constant);
    }
    constant += (size_t)16 * (LAST_ROUND - 2);
    for (unsigned i = 0; i < sets; i++) {
        last_but_one_round(v[i], constant);
        vec sum = last_sum(v[i], constant + 16);
        ways |= (uint64_t)vec_clear_ways(sum, &memory->filter) << (i * VEC_WAYS);
    }
    return ways;
}

/* Two at a time, because one alone waits for itself: a round's longest chain of operations takes
 * longer than their number. */
static __attribute__((noinline)) uint64_t two_batches(struct scratch *memory, uint32_t number)
{
    return batches(memory, number, 2);
}

static __attribute__((noinline)) uint64_t one_batch(struct scratch *memory, uint32_t number)
{
    return batches(memory, number, 1);
}

/* A search, while it runs. */
struct frame {
    const struct kern_work *work;
    struct kern_finds *finds;
    uint64_t first;
    uint64_t last;
};

/* Hash the candidates with the reference and keep the finds. candidates: bit i is counter base + i.
 * Returns false when finds are full; *at is then the counter of the last one. */
static __attribute__((noinline)) bool confirm(const struct frame *frame, uint64_t *at,
                                              uint64_t candidates, uint64_t base)
{
    uint8_t message[KERN_EAGLESONG_MESSAGE_SIZE];
    uint8_t hash[32];
    memcpy(message, frame->work->header, sizeof message);
    for (; candidates != 0; candidates &= candidates - 1) {
        uint64_t counter = base + (unsigned)__builtin_ctzll(candidates);
        if (counter < frame->first || counter > frame->last) {
            continue;
        }
        kern_eaglesong_put_counter(message, counter);
        kern_eaglesong_digest(hash, message, sizeof message);
        if (base_target_meets(hash, frame->work->target_be)) {
            kern_finds_add(frame->finds, counter, NULL, 0);
            if (kern_finds_room(frame->finds) == 0) {
                *at = counter;
                return false;
            }
        }
    }
    return true;
}

/* Counters base .. stop, all of the same high half, in batches that begin at multiples of VEC_WAYS:
 * the first may begin before the range, the last may end behind it. Returns as confirm(). */
static bool search_half(const struct frame *frame, uint64_t *at, struct scratch *memory,
                        uint64_t base, uint64_t stop)
{
    uint8_t message[KERN_EAGLESONG_MESSAGE_SIZE];
    memcpy(message, frame->work->header, sizeof message);
    kern_eaglesong_put_counter(message, base & ~(uint64_t)UINT32_MAX);
    base -= base % VEC_WAYS;
    prepare_front(memory, message, (uint32_t)base);
    uint64_t left = (stop - base) / VEC_WAYS + 1; /* batches */
    while (left > 0) {
        uint32_t number = (uint32_t)base / VEC_WAYS;
        unsigned sets = left > 1 ? 2 : 1;
        uint64_t candidates = sets > 1 ? two_batches(memory, number) : one_batch(memory, number);
        if (__builtin_expect(candidates != 0, 0) && !confirm(frame, at, candidates, base)) {
            return false;
        }
        base += sets * VEC_WAYS;
        left -= sets;
    }
    return true;
}

static enum base_status KERN_SEARCH_NAME(void *scratch, struct kern_finds *finds,
                                         struct kern_progress *progress,
                                         const struct kern_work *work, uint64_t first,
                                         uint64_t count, const struct kern_stop *stop)
{
    struct scratch *memory = scratch;
    const struct frame frame = {work, finds, first, first + (count - 1)};
    (void)stop; /* a call lasts a millisecond or two */
    prepare_scratch(memory);
    prepare_start(memory, work->header);
    vec_word_put(&memory->filter, kern_eaglesong_clear_bits(work->target_be));
    for (uint64_t base = first;; base = (base | UINT32_MAX) + 1) {
        uint64_t border = base | UINT32_MAX; /* the last counter of this high half */
        uint64_t at = frame.last;
        if (!search_half(&frame, &at, memory, base, frame.last < border ? frame.last : border) &&
            at != frame.last) {
            *progress = kern_progress_hashes(at - first + 1);
            return BASE_E_FULL;
        }
        if (border >= frame.last) {
            break;
        }
    }
    *progress = kern_progress_hashes(count);
    return BASE_OK;
}

static uint32_t probe(void *scratch, uint64_t batches)
{
    (void)scratch;
    return vec_probe(batches, NULL, 0);
}
