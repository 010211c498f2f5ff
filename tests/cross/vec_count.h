/* vec_count.h: a member of the vec_<isa>.h family that computes like the plain one, four ways, and
 * counts what it is asked to do. Compiled into a test together with an algorithm's body, it tells
 * how many vector operations the body really executes. Whatever counts for nothing (words set,
 * words common to all ways put into memory, the first look at a nonce) is not part of a batch. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdint.h>
#include <string.h>

#include "vec/vec_ops.h"

#define VEC_WAYS 4
#define VEC_INLINE static inline __attribute__((always_inline))
#define VEC_OPAQUE(pointer) __asm__("" : "+r"(pointer))
#define VEC_OPAQUE_VALUE(v) __asm__("" : "+m"(v))
#define VEC_KEEP(v) ((void)(v))
#define VEC_IN_MEMORY(v) __asm__("" : "+m"(v))
#define VEC_ROW_IN_MEMORY 0
#ifndef VEC_HAS_XOR3 /* a test may count what a width with it executes */
#define VEC_HAS_XOR3 0
#endif

/* Vectors of the compiler's own: arithmetic and logic work way by way. */
typedef uint32_t vec __attribute__((vector_size(16)));
typedef uint64_t vec_of_64 __attribute__((vector_size(16)));
typedef uint16_t vec_of_16 __attribute__((vector_size(16)));
typedef int16_t vec_of_signed_16 __attribute__((vector_size(16)));
typedef vec vec_word;
typedef vec vec_word64;

static uint64_t vec_counted[VEC_OP_KINDS];
static uint64_t vec_counted_quads; /* vectors that vec_transpose_quads was given */

/* Count one operation of a kind and give its result. A function: several may meet in one
 * expression.
 */
VEC_INLINE vec vec_count(enum vec_op kind, vec result)
{
    vec_counted[kind]++;
    return result;
}

VEC_INLINE vec vec_set(uint32_t value)
{
    return (vec){value, value, value, value};
}

VEC_INLINE vec vec_set64(uint64_t value)
{
    return (vec)(vec_of_64){value, value};
}

VEC_INLINE void vec_word_put(vec_word *word, uint32_t value)
{
    *word = vec_set(value);
}

VEC_INLINE void vec_word64_put(vec_word64 *word, uint64_t value)
{
    *word = vec_set64(value);
}

VEC_INLINE vec vec_word_get(const vec_word *word)
{
    return vec_count(VEC_OP_LOAD, *word);
}

VEC_INLINE vec vec_word64_get(const vec_word64 *word)
{
    return vec_count(VEC_OP_LOAD, *word);
}

VEC_INLINE vec vec_load(const uint32_t *words)
{
    vec v;
    memcpy(&v, words, sizeof v);
    return vec_count(VEC_OP_VECTOR_LOAD, v);
}

VEC_INLINE void vec_store(uint32_t *words, vec v)
{
    vec_counted[VEC_OP_VECTOR_STORE]++;
    memcpy(words, &v, sizeof v);
}

#define VEC_COUNT_BINARY(name, kind, result)                                                       \
    VEC_INLINE vec name(vec a, vec b)                                                              \
    {                                                                                              \
        return vec_count(kind, (vec)(result));                                                     \
    }
#define VEC_COUNT_TERNARY(name, kind, result)                                                      \
    VEC_INLINE vec name(vec x, vec y, vec z)                                                       \
    {                                                                                              \
        return vec_count(kind, result);                                                            \
    }
#define VEC_COUNT_ROTATION(name, kind, bits)                                                       \
    VEC_INLINE vec name(vec v)                                                                     \
    {                                                                                              \
        return vec_count(kind, v >> (bits) | v << (32 - (bits)));                                  \
    }

VEC_COUNT_BINARY(vec_add, VEC_OP_ADD, a + b)
VEC_COUNT_BINARY(vec_add64, VEC_OP_ADD, (vec_of_64)a + (vec_of_64)b)
VEC_COUNT_BINARY(vec_add16, VEC_OP_ADD, (vec_of_16)a + (vec_of_16)b)
VEC_COUNT_BINARY(vec_sub16, VEC_OP_ADD, (vec_of_16)a - (vec_of_16)b)
VEC_COUNT_BINARY(vec_xor, VEC_OP_LOGIC, a ^ b)
VEC_COUNT_BINARY(vec_and, VEC_OP_LOGIC, a &b)
VEC_COUNT_BINARY(vec_or, VEC_OP_LOGIC, a | b)
VEC_COUNT_BINARY(vec_andnot, VEC_OP_LOGIC, ~a &b)
VEC_COUNT_BINARY(vec_xnor, VEC_OP_LOGIC_TWICE, ~(a ^ b))
VEC_COUNT_BINARY(vec_mul16, VEC_OP_MULTIPLY_16, (vec_of_16)a *(vec_of_16)b)
VEC_COUNT_BINARY(vec_above16, VEC_OP_ABOVE_16, (vec_of_signed_16)a > (vec_of_signed_16)b)
VEC_COUNT_BINARY(vec_next_words, VEC_OP_SHUFFLE, ((vec){a[1], a[2], a[3], b[0]}))
VEC_COUNT_BINARY(vec_aes_round, VEC_OP_AES, a ^ b) /* not AES: only what it counts as matters */
VEC_COUNT_TERNARY(vec_xor3, VEC_OP_XOR3, x ^ y ^ z)
VEC_COUNT_TERNARY(vec_choose, VEC_OP_CHOOSE, ((y ^ z) & x) ^ z)
VEC_COUNT_TERNARY(vec_majority, VEC_OP_MAJORITY, (x & y) | ((x | y) & z))
VEC_COUNT_TERNARY(vec_or_xor, VEC_OP_LOGIC_TWICE, (x | y) ^ z)
VEC_COUNT_TERNARY(vec_and_xor, VEC_OP_LOGIC_TWICE, (x & y) ^ z)
VEC_COUNT_TERNARY(vec_and_xnor, VEC_OP_AND_XNOR, ~((x & y) ^ z))
VEC_COUNT_ROTATION(vec_ror16, VEC_OP_ROTATE_BYTES, 16)
VEC_COUNT_ROTATION(vec_ror12, VEC_OP_ROTATE_BITS, 12)
VEC_COUNT_ROTATION(vec_ror8, VEC_OP_ROTATE_BYTES, 8)
VEC_COUNT_ROTATION(vec_ror24, VEC_OP_ROTATE_BYTES, 24)
VEC_COUNT_ROTATION(vec_ror7, VEC_OP_ROTATE_BITS, 7)

VEC_INLINE vec vec_mulhi16(vec a, vec b)
{
    vec_of_signed_16 out;
    for (unsigned i = 0; i < 8; i++) {
        out[i] = (int16_t)(((vec_of_signed_16)a)[i] * ((vec_of_signed_16)b)[i] >> 16);
    }
    return vec_count(VEC_OP_MULTIPLY_16, (vec)out);
}

VEC_INLINE vec vec_gf_twice(vec v) /* of four bytes; not AES's field either */
{
    return vec_count(VEC_OP_TWICE, v + v);
}

/* Shifts and turns; functions, for what they are given may count as well. */
VEC_INLINE vec vec_count_ror(vec v, unsigned bits)
{
    return vec_count(VEC_OP_ROTATE_BITS, v >> bits | v << (32 - bits));
}

VEC_INLINE vec vec_count_rol64(vec v, unsigned bits)
{
    return vec_count(VEC_OP_ROTATE_64, (vec)((vec_of_64)v << bits | (vec_of_64)v >> (64 - bits)));
}

VEC_INLINE vec vec_ror64_32(vec v)
{
    return vec_count(VEC_OP_ROTATE_BYTES, (vec)((vec_of_64)v >> 32 | (vec_of_64)v << 32));
}

VEC_INLINE vec vec_ror64_24(vec v)
{
    return vec_count(VEC_OP_ROTATE_BYTES, (vec)((vec_of_64)v >> 24 | (vec_of_64)v << 40));
}

VEC_INLINE vec vec_ror64_16(vec v)
{
    return vec_count(VEC_OP_ROTATE_BYTES, (vec)((vec_of_64)v >> 16 | (vec_of_64)v << 48));
}

VEC_INLINE vec vec_count_turn(vec v, unsigned words)
{
    return vec_count(VEC_OP_SHUFFLE, (vec){v[words % 4], v[(words + 1) % 4], v[(words + 2) % 4],
                                           v[(words + 3) % 4]});
}

#define VEC_ROR(v, bits) vec_count_ror(v, bits)
#define VEC_ROL64(v, bits) vec_count_rol64(v, bits)
#define VEC_SHR(v, bits) vec_count(VEC_OP_SHIFT, (v) >> (bits))
#define VEC_SHL(v, bits) vec_count(VEC_OP_SHIFT, (v) << (bits))
#define VEC_SHR64(v, bits) vec_count(VEC_OP_SHIFT, (vec)((vec_of_64)(v) >> (bits)))
#define VEC_SHL64(v, bits) vec_count(VEC_OP_SHIFT, (vec)((vec_of_64)(v) << (bits)))
#define VEC_SHR16(v, bits) vec_count(VEC_OP_SHIFT, (vec)((vec_of_16)(v) >> (bits)))
#define VEC_SRA16(v, bits) vec_count(VEC_OP_SHIFT, (vec)((vec_of_signed_16)(v) >> (bits)))
#define VEC_TURN(v, words) vec_count_turn(v, words)

VEC_INLINE void vec_transpose_quads(vec v[1])
{
    (void)v;
    vec_counted_quads++;
}

/* Eight instructions on every width with a register of several words. */
VEC_INLINE void vec_transpose_words(vec v[4])
{
    vec rows[4] = {v[0], v[1], v[2], v[3]};
    for (unsigned i = 0; i < 4; i++) {
        v[i] = (vec){rows[0][i], rows[1][i], rows[2][i], rows[3][i]};
    }
    vec_counted[VEC_OP_SHUFFLE] += 8;
}

VEC_INLINE uint32_t vec_clear_ways(vec v, const vec_word *mask)
{
    uint32_t ways = 0;
    vec_counted[VEC_OP_COMPARE]++;
    for (unsigned i = 0; i < VEC_WAYS; i++) {
        ways |= (uint32_t)((v[i] & (*mask)[i]) == 0) << i;
    }
    return ways;
}

#endif
