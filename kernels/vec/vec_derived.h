/* vec_derived.h: the operations that most widths have no instruction for, made of those they have.
 * Included at the end of the vec_<isa>.h, by all but AVX-512. Before that, one with an instruction
 * that chooses (NEON) defines VEC_HAS_CHOOSE, vec_choose and vec_majority itself, and one that
 * rotates lanes of 64 bits by whole bytes in one instruction defines VEC_HAS_ROR64_BYTES and these
 * rotations. */
#ifndef BASE_VEC_DERIVED_H
#define BASE_VEC_DERIVED_H

#include <stdint.h>

/* No broadcast while loading: a word that is the same in all ways lies in memory as a vector. */
VEC_INLINE void vec_word_put(vec_word *word, uint32_t value)
{
    *word = vec_set(value);
}

VEC_INLINE vec vec_word_get(const vec_word *word)
{
    return *word;
}

#if VEC_WAYS > 1

VEC_INLINE void vec_word64_put(vec_word64 *word, uint64_t value)
{
    *word = vec_set64(value);
}

VEC_INLINE vec vec_word64_get(const vec_word64 *word)
{
    return *word;
}

#ifndef VEC_HAS_ROR64_BYTES

/** Rotations to the right within each lane of 64 bits. */
VEC_INLINE vec vec_ror64_32(vec v)
{
    return VEC_ROL64(v, 32);
}

VEC_INLINE vec vec_ror64_24(vec v)
{
    return VEC_ROL64(v, 40);
}

VEC_INLINE vec vec_ror64_16(vec v)
{
    return VEC_ROL64(v, 48);
}

#endif

#endif

#if VEC_WAYS == 4

/* One quad a vector: nothing changes places. */
VEC_INLINE void vec_transpose_quads(vec v[1])
{
    (void)v;
}

#endif

/** Rotations to the right within each word, as vec_ror16 and vec_ror8. */
VEC_INLINE vec vec_ror12(vec v)
{
    return VEC_ROR(v, 12);
}

VEC_INLINE vec vec_ror7(vec v)
{
    return VEC_ROR(v, 7);
}

VEC_INLINE vec vec_xor3(vec x, vec y, vec z)
{
    return vec_xor(vec_xor(x, y), z);
}

#ifndef VEC_HAS_CHOOSE

/** Bit by bit: y where x is set, else z. */
VEC_INLINE vec vec_choose(vec x, vec y, vec z)
{
    return vec_xor(vec_and(x, vec_xor(y, z)), z);
}

/** Bit by bit: what at least two of three say. */
VEC_INLINE vec vec_majority(vec x, vec y, vec z)
{
    return vec_or(vec_and(x, y), vec_and(vec_or(x, y), z));
}

#endif

/** (x | y) ^ z, (x & y) ^ z, ~(x ^ y), ~((x & y) ^ z): one instruction where logic has three
 * operands. */
VEC_INLINE vec vec_or_xor(vec x, vec y, vec z)
{
    return vec_xor(vec_or(x, y), z);
}

VEC_INLINE vec vec_and_xor(vec x, vec y, vec z)
{
    return vec_xor(vec_and(x, y), z);
}

VEC_INLINE vec vec_xnor(vec x, vec y)
{
    return vec_xor(vec_xor(x, vec_set(UINT32_MAX)), y);
}

VEC_INLINE vec vec_and_xnor(vec x, vec y, vec z)
{
    return vec_xnor(z, vec_and(x, y));
}

#endif
