/* vec_portable.h: a "vector" of one 32-bit word in plain C. The narrowest of the vec_<isa>.h
 * family: all of them give the same names, so that an algorithm's body is written once and compiled
 * once a width. This one is also where the names are explained, with vec_derived.h for what most
 * widths make of other operations, and vec_compiler.h. A file includes exactly one of them. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdint.h>

/* Ways: 32-bit words of one vector. */
#define VEC_WAYS 1

#define VEC_REGISTER "r"
#include "vec/vec_compiler.h"

typedef uint32_t vec;

/* A word that is the same in all ways, as it lies best in memory: the scalar where an instruction
 * can broadcast it while loading, else the whole vector. */
typedef uint32_t vec_word;

/** VEC_WAYS words from or to memory of any alignment. */
VEC_INLINE vec vec_load(const uint32_t *words)
{
    return *words;
}

VEC_INLINE void vec_store(uint32_t *words, vec v)
{
    *words = v;
}

VEC_INLINE vec vec_set(uint32_t value)
{
    return value;
}

VEC_INLINE vec vec_add(vec a, vec b)
{
    return a + b;
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    return a ^ b;
}

/** Rotations to the right within each word. */
VEC_INLINE vec vec_ror16(vec v)
{
    return (v >> 16) | (v << 16);
}

VEC_INLINE vec vec_ror8(vec v)
{
    return (v >> 8) | (v << 24);
}

VEC_INLINE vec vec_ror24(vec v)
{
    return (v >> 24) | (v << 8);
}

/** Bit i is set when way i of v has no bit of mask. */
VEC_INLINE uint32_t vec_clear_ways(vec v, const vec_word *mask)
{
    return (v & *mask) == 0 ? 1 : 0;
}

VEC_INLINE vec vec_and(vec a, vec b)
{
    return a & b;
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return a | b;
}

/** ~a & b. */
VEC_INLINE vec vec_andnot(vec a, vec b)
{
    return ~a & b;
}

/** Rotation to the right and shifts by 1..31 bits. Macros: the count is an immediate operand, and a
 * build without optimisation must see it as one. */
#define VEC_ROR(v, bits) (((v) >> (bits)) | ((v) << (32 - (bits))))
#define VEC_SHR(v, bits) ((v) >> (bits))
#define VEC_SHL(v, bits) ((v) << (bits))

/* Wider vectors than this one also have lanes of 64 bits, VEC_WAYS / 2 of them: vec_word64 with
 * vec_word64_put and vec_word64_get, vec_set64, vec_add64, VEC_ROL64 (rotation to the left),
 * VEC_SHR64 and VEC_SHL64, all by 1..63 bits; vec_ror64_32, vec_ror64_24 and vec_ror64_16 rotate to
 * the right by whole bytes.
 *
 * They also are VEC_WAYS / 4 quads of four words. VEC_TURN(v, n), n 1..3: in every quad, word i
 * gets word i + n modulo 4. vec_transpose_quads: of VEC_WAYS / 4 vectors, vector i gets the quads i
 * of all, in their order. vec_transpose_words: of four vectors, word k of a quad of vector i
 * becomes word i of that quad of vector k. vec_next_words(low, high): words 1, 2, 3 of low's quad
 * and word 0 of high's.
 *
 * And 2 * VEC_WAYS halves of 16 bits (AVX-512: with BW): vec_add16, vec_sub16, vec_mul16 and
 * vec_mulhi16 (low and signed high half of the product), vec_above16 (all ones where a > b,
 * signed), VEC_SHR16, VEC_SRA16 (zeros, the sign come in). vec_gf_twice: each byte times x in AES's
 * field. vec_aes_round (where the instructions are switched on; AVX-512: VAES and GFNI): one round
 * of AES on each quad, then the key is added. */

#include "vec/vec_derived.h"

#endif
