/* vec_probe.h: how fast this processor executes a mix of vector operations when none of them waits
 * for another: the bound that the execution ports set to a kernel made of that mix. Included after
 * one vec_<isa>.h, by an algorithm's body. Knows nothing of any algorithm.
 *
 * Before including it, a body defines
 *   VEC_PROBE_MIX(X)  the operations of one batch: X(kind, count) for each kind of vec_ops.h that
 *                     it has, ADD and LOAD in any case; constants
 *   VEC_PROBE_OWN_0(acc, place), _1, _2
 *                     one operation of its own on acc, where the mix has them; place: struct
 *                     vec_probe_place
 *
 * Which operation a slot executes is decided by the preprocessor and constant expressions: inline
 * functions that decide the same take a compiler half a minute. */
#ifndef BASE_VEC_PROBE_H
#define BASE_VEC_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "vec/vec_ops.h"

/* The loop is unrolled to 512 operations, shared out among the kinds in proportion to the mix
 * (rounded to 1/512) and scattered by a stride that is prime to 512. Accumulators take turns:
 * sixteen where there are 32 registers, so that each has a latency of sixteen operations to itself
 * (Zen 5 starts four in a cycle and answers two cycles later; what waits for one of two ports needs
 * slack besides), else eight. */
enum { VEC_PROBE_SLOTS = 512, VEC_PROBE_STRIDE = 331, VEC_PROBE_WORDS = 16 };

/* Loads and stores of whole vectors go to rows of two cache lines, at places that change with every
 * loop; neighbours in a loop lie this many rows apart. */
enum { VEC_PROBE_ROW = 128, VEC_PROBE_ROW_STRIDE = 37 * VEC_PROBE_ROW };

/* What a probe works on besides its accumulators. */
struct vec_probe_place {
    vec x;
    vec y;
    const vec_word *words;
    uint8_t *rows; /* of this loop */
    size_t reach;  /* bytes behind rows */
};

/* Kinds that need no execution port of their own: not slots. */
#define VEC_PROBE_WEIGHT_LOAD 0
#define VEC_PROBE_WEIGHT_COMPARE 0
#define VEC_PROBE_WEIGHT_ADD 1
#define VEC_PROBE_WEIGHT_LOGIC 1
#define VEC_PROBE_WEIGHT_XOR3 1
#define VEC_PROBE_WEIGHT_CHOOSE 1
#define VEC_PROBE_WEIGHT_MAJORITY 1
#define VEC_PROBE_WEIGHT_LOGIC_TWICE 1
#define VEC_PROBE_WEIGHT_AND_XNOR 1
#define VEC_PROBE_WEIGHT_ROTATE_BYTES 1
#define VEC_PROBE_WEIGHT_ROTATE_BITS 1
#define VEC_PROBE_WEIGHT_ROTATE_64 1
#define VEC_PROBE_WEIGHT_SHIFT 1
#define VEC_PROBE_WEIGHT_SHUFFLE 1
#define VEC_PROBE_WEIGHT_MULTIPLY_16 1
#define VEC_PROBE_WEIGHT_ABOVE_16 1
#define VEC_PROBE_WEIGHT_AES 1
#define VEC_PROBE_WEIGHT_TWICE 1
#define VEC_PROBE_WEIGHT_VECTOR_LOAD 1
#define VEC_PROBE_WEIGHT_VECTOR_STORE 1
#define VEC_PROBE_WEIGHT_OWN_0 1
#define VEC_PROBE_WEIGHT_OWN_1 1
#define VEC_PROBE_WEIGHT_OWN_2 1

/* One operation of a kind on acc. */
#define VEC_PROBE_DO_LOAD acc
#define VEC_PROBE_DO_COMPARE acc
#define VEC_PROBE_DO_ADD                                                                           \
    vec_add(acc, (int)VEC_NUMBER < (int)VEC_FIRST_ADD + (int)VEC_MIX_LOAD                          \
                     ? vec_word_get(&place.words[VEC_SLOT % VEC_PROBE_WORDS])                      \
                     : place.x)
#define VEC_PROBE_DO_LOGIC vec_xor(acc, place.x)
#define VEC_PROBE_DO_XOR3 vec_xor3(acc, place.x, place.y)
#define VEC_PROBE_DO_CHOOSE vec_choose(place.x, acc, place.y)
#define VEC_PROBE_DO_MAJORITY vec_majority(acc, place.x, place.y)
#define VEC_PROBE_DO_LOGIC_TWICE vec_and_xor(acc, place.x, place.y)
#define VEC_PROBE_DO_AND_XNOR vec_and_xnor(acc, place.x, place.y)
#define VEC_PROBE_DO_ROTATE_BYTES VEC_SLOT % 2 == 0 ? vec_ror16(acc) : vec_ror8(acc)
#define VEC_PROBE_DO_ROTATE_BITS VEC_SLOT % 2 == 0 ? vec_ror12(acc) : vec_ror7(acc)
#define VEC_PROBE_DO_ROTATE_64 VEC_ROL64(acc, 19)
#define VEC_PROBE_DO_SHIFT VEC_SHR(acc, 3)
#define VEC_PROBE_DO_SHUFFLE VEC_TURN(acc, 1)
#define VEC_PROBE_DO_MULTIPLY_16 vec_mul16(acc, place.x)
#define VEC_PROBE_DO_ABOVE_16 vec_above16(acc, place.x)
#define VEC_PROBE_DO_AES vec_aes_round(acc, place.x)
#define VEC_PROBE_DO_TWICE vec_gf_twice(acc)
#define VEC_PROBE_DO_VECTOR_LOAD vec_probe_load(acc, vec_probe_row(&place, VEC_ORDINAL))
#define VEC_PROBE_DO_VECTOR_STORE vec_probe_store(acc, vec_probe_row(&place, VEC_ORDINAL))
#define VEC_PROBE_DO_OWN_0 VEC_PROBE_OWN_0(acc, &place)
#define VEC_PROBE_DO_OWN_1 VEC_PROBE_OWN_1(acc, &place)
#define VEC_PROBE_DO_OWN_2 VEC_PROBE_OWN_2(acc, &place)

VEC_INLINE uint32_t *vec_probe_row(const struct vec_probe_place *place, size_t ordinal)
{
    size_t at = ordinal * sizeof(vec);
    size_t offset = at / VEC_PROBE_ROW * VEC_PROBE_ROW_STRIDE + at % VEC_PROBE_ROW;
    return (uint32_t *)(void *)(place->rows + offset % place->reach);
}

VEC_INLINE vec vec_probe_load(vec acc, const uint32_t *row)
{
    VEC_KEEP(vec_load(row));
    return acc;
}

VEC_INLINE vec vec_probe_store(vec acc, uint32_t *row)
{
    vec_store(row, acc);
    return acc;
}

/* Counts by name, and each kind's range among the numbered operations of a batch. */
#define VEC_PROBE_COUNT(kind, count) VEC_MIX_##kind = (count),
#define VEC_PROBE_RANGE(kind, count)                                                               \
    VEC_FIRST_##kind, VEC_LAST_##kind = VEC_FIRST_##kind + VEC_PROBE_WEIGHT_##kind * (count)-1,
enum { VEC_PROBE_MIX(VEC_PROBE_COUNT) };
enum { VEC_PROBE_MIX(VEC_PROBE_RANGE) VEC_PROBE_TOTAL };

/* Slot s, on accumulator a. VEC_NUMBER: which of a batch's operations, in order of kinds, it stands
 * for. */
#define VEC_PROBE_OP(kind, count)                                                                  \
    if ((int)VEC_NUMBER >= (int)VEC_FIRST_##kind && (int)VEC_NUMBER <= (int)VEC_LAST_##kind) {     \
        acc = VEC_PROBE_DO_##kind;                                                                 \
    }
#define VEC_PROBE_SLOT(a, s)                                                                       \
    {                                                                                              \
        enum {                                                                                     \
            VEC_SLOT = (s),                                                                        \
            VEC_ORDINAL = VEC_SLOT * VEC_PROBE_STRIDE % VEC_PROBE_SLOTS,                           \
            VEC_NUMBER = (int)((2LL * VEC_ORDINAL + 1) * VEC_PROBE_TOTAL / (2 * VEC_PROBE_SLOTS))  \
        };                                                                                         \
        vec acc = a;                                                                               \
        VEC_PROBE_MIX(VEC_PROBE_OP)                                                                \
        VEC_OPAQUE_VALUE(acc);                                                                     \
        a = acc;                                                                                   \
    }
#define VEC_PROBE_8(s)                                                                             \
    VEC_PROBE_SLOT(a0, (s) + 0)                                                                    \
    VEC_PROBE_SLOT(a1, (s) + 1)                                                                    \
    VEC_PROBE_SLOT(a2, (s) + 2)                                                                    \
    VEC_PROBE_SLOT(a3, (s) + 3)                                                                    \
    VEC_PROBE_SLOT(a4, (s) + 4)                                                                    \
    VEC_PROBE_SLOT(a5, (s) + 5)                                                                    \
    VEC_PROBE_SLOT(a6, (s) + 6)                                                                    \
    VEC_PROBE_SLOT(a7, (s) + 7)
#if VEC_WAYS == 16 || defined(__aarch64__)
#define VEC_PROBE_MORE_8(s)                                                                        \
    VEC_PROBE_SLOT(b0, (s) + 0)                                                                    \
    VEC_PROBE_SLOT(b1, (s) + 1)                                                                    \
    VEC_PROBE_SLOT(b2, (s) + 2)                                                                    \
    VEC_PROBE_SLOT(b3, (s) + 3)                                                                    \
    VEC_PROBE_SLOT(b4, (s) + 4)                                                                    \
    VEC_PROBE_SLOT(b5, (s) + 5)                                                                    \
    VEC_PROBE_SLOT(b6, (s) + 6)                                                                    \
    VEC_PROBE_SLOT(b7, (s) + 7)
#else
#define VEC_PROBE_MORE_8(s) VEC_PROBE_8(s)
#endif
#define VEC_PROBE_64(s)                                                                            \
    VEC_PROBE_8(s)                                                                                 \
    VEC_PROBE_MORE_8((s) + 8)                                                                      \
    VEC_PROBE_8((s) + 16)                                                                          \
    VEC_PROBE_MORE_8((s) + 24)                                                                     \
    VEC_PROBE_8((s) + 32)                                                                          \
    VEC_PROBE_MORE_8((s) + 40)                                                                     \
    VEC_PROBE_8((s) + 48)                                                                          \
    VEC_PROBE_MORE_8((s) + 56)

/** Execute the operations of `batches` batches, rounded up to whole loops of 512. memory: for loads
 * and stores of whole vectors, `span` bytes, a power of two; NULL and 0 where the mix has none.
 * Returns a value that depends on all of them. */
VEC_INLINE uint32_t vec_probe(uint64_t batches, void *memory, size_t span)
{
    uint64_t loops = (batches * VEC_PROBE_TOTAL + VEC_PROBE_SLOTS - 1) / VEC_PROBE_SLOTS;
    vec_word words[VEC_PROBE_WORDS];
    uint32_t out[VEC_WAYS];
    uint32_t random = 1;
    for (uint32_t i = 0; i < VEC_PROBE_WORDS; i++) {
        vec_word_put(&words[i], i * 0x9e3779b9U);
    }
    struct vec_probe_place place = {.x = vec_set(0x85ebca6bU),
                                    .y = vec_set(0xc2b2ae35U),
                                    .words = words,
                                    .rows = memory,
                                    .reach = span / 2};
    vec a0 = vec_set(0);
    vec a1 = vec_set(1);
    vec a2 = vec_set(2);
    vec a3 = vec_set(3);
    vec a4 = vec_set(4);
    vec a5 = vec_set(5);
    vec a6 = vec_set(6);
    vec a7 = vec_set(7);
    vec b0 = a0;
    vec b1 = a1;
    vec b2 = a2;
    vec b3 = a3;
    vec b4 = a4;
    vec b5 = a5;
    vec b6 = a6;
    vec b7 = a7;
    for (uint64_t i = 0; i < loops; i++) {
        VEC_OPAQUE(place.words);
        if (span > 0) {
            random = random * 1664525U + 1013904223U;
            size_t row = (random >> 4) % (span / 2) / VEC_PROBE_ROW;
            place.rows = (uint8_t *)memory + row * VEC_PROBE_ROW;
        }
        VEC_PROBE_64(0)
        VEC_PROBE_64(64)
        VEC_PROBE_64(128)
        VEC_PROBE_64(192)
        VEC_PROBE_64(256)
        VEC_PROBE_64(320)
        VEC_PROBE_64(384)
        VEC_PROBE_64(448)
    }
    a0 = vec_xor(vec_xor(vec_xor(a0, a1), vec_xor(a2, a3)),
                 vec_xor(vec_xor(a4, a5), vec_xor(a6, a7)));
    b0 = vec_xor(vec_xor(vec_xor(b0, b1), vec_xor(b2, b3)),
                 vec_xor(vec_xor(b4, b5), vec_xor(b6, b7)));
    vec_store(out, vec_add(a0, b0));
    return out[0];
}

#endif
