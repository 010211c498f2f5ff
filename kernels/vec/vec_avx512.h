/* vec_avx512.h: 16 ways in 512-bit registers, AVX-512F. Names explained in vec_portable.h.
 * Rotations are one instruction; words common to all ways are scalars in memory, broadcast by the
 * instruction that uses them ({1to16}). */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <immintrin.h>
#include <stdint.h>

#define VEC_WAYS 16
#define VEC_REGISTER "v"
#define VEC_HAS_XOR3 1
#include "vec/vec_compiler.h"

typedef __m512i vec;
typedef uint32_t vec_word;

VEC_INLINE void vec_word_put(vec_word *word, uint32_t value)
{
    *word = value;
}

VEC_INLINE vec vec_word_get(const vec_word *word)
{
    return _mm512_set1_epi32((int)*word);
}

VEC_INLINE vec vec_load(const uint32_t *words)
{
    return _mm512_loadu_si512(words);
}

VEC_INLINE void vec_store(uint32_t *words, vec v)
{
    _mm512_storeu_si512(words, v);
}

VEC_INLINE vec vec_set(uint32_t value)
{
    return _mm512_set1_epi32((int)value);
}

VEC_INLINE vec vec_add(vec a, vec b)
{
    return _mm512_add_epi32(a, b);
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    return _mm512_xor_si512(a, b);
}

VEC_INLINE vec vec_ror16(vec v)
{
    return _mm512_ror_epi32(v, 16);
}

VEC_INLINE vec vec_ror12(vec v)
{
    return _mm512_ror_epi32(v, 12);
}

VEC_INLINE vec vec_ror8(vec v)
{
    return _mm512_ror_epi32(v, 8);
}

VEC_INLINE vec vec_ror24(vec v)
{
    return _mm512_ror_epi32(v, 24);
}

VEC_INLINE vec vec_ror7(vec v)
{
    return _mm512_ror_epi32(v, 7);
}

VEC_INLINE uint32_t vec_clear_ways(vec v, const vec_word *mask)
{
    return _mm512_testn_epi32_mask(v, vec_word_get(mask));
}

VEC_INLINE vec vec_and(vec a, vec b)
{
    return _mm512_and_si512(a, b);
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return _mm512_or_si512(a, b);
}

VEC_INLINE vec vec_andnot(vec a, vec b)
{
    return _mm512_andnot_si512(a, b);
}

/* Three-operand logic: the immediate is the truth table, bit 4x + 2y + z. */
VEC_INLINE vec vec_xor3(vec x, vec y, vec z)
{
    return _mm512_ternarylogic_epi32(x, y, z, 0x96);
}

VEC_INLINE vec vec_choose(vec x, vec y, vec z)
{
    return _mm512_ternarylogic_epi32(x, y, z, 0xca);
}

VEC_INLINE vec vec_majority(vec x, vec y, vec z)
{
    return _mm512_ternarylogic_epi32(x, y, z, 0xe8);
}

VEC_INLINE vec vec_or_xor(vec x, vec y, vec z)
{
    return _mm512_ternarylogic_epi32(x, y, z, 0x56);
}

VEC_INLINE vec vec_and_xor(vec x, vec y, vec z)
{
    return _mm512_ternarylogic_epi32(x, y, z, 0x6a);
}

VEC_INLINE vec vec_and_xnor(vec x, vec y, vec z)
{
    return _mm512_ternarylogic_epi32(x, y, z, 0x95);
}

VEC_INLINE vec vec_xnor(vec x, vec y)
{
    return _mm512_ternarylogic_epi32(x, y, y, 0xc3);
}

#define VEC_ROR(v, bits) _mm512_ror_epi32(v, bits)
#define VEC_SHR(v, bits) _mm512_srli_epi32(v, bits)
#define VEC_SHL(v, bits) _mm512_slli_epi32(v, bits)

/* Lanes of 64 bits: VEC_WAYS / 2 of them. */
typedef uint64_t vec_word64;

VEC_INLINE void vec_word64_put(vec_word64 *word, uint64_t value)
{
    *word = value;
}

VEC_INLINE vec vec_word64_get(const vec_word64 *word)
{
    return _mm512_set1_epi64((long long)*word);
}

VEC_INLINE vec vec_set64(uint64_t value)
{
    return _mm512_set1_epi64((long long)value);
}

VEC_INLINE vec vec_add64(vec a, vec b)
{
    return _mm512_add_epi64(a, b);
}

#define VEC_ROL64(v, bits) _mm512_rol_epi64(v, bits)

VEC_INLINE vec vec_ror64_32(vec v)
{
    return _mm512_ror_epi64(v, 32);
}

VEC_INLINE vec vec_ror64_24(vec v)
{
    return _mm512_ror_epi64(v, 24);
}

VEC_INLINE vec vec_ror64_16(vec v)
{
    return _mm512_ror_epi64(v, 16);
}

#define VEC_SHR64(v, bits) _mm512_srli_epi64(v, bits)
#define VEC_SHL64(v, bits) _mm512_slli_epi64(v, bits)

#define VEC_TURN(v, words) _mm512_shuffle_epi32(v, (_MM_PERM_ENUM)(0xe4e4 >> (2 * (words)) & 0xff))

VEC_INLINE void vec_transpose_quads(vec v[4])
{
    vec a = _mm512_shuffle_i32x4(v[0], v[1], 0x44);
    vec b = _mm512_shuffle_i32x4(v[0], v[1], 0xee);
    vec c = _mm512_shuffle_i32x4(v[2], v[3], 0x44);
    vec d = _mm512_shuffle_i32x4(v[2], v[3], 0xee);
    v[0] = _mm512_shuffle_i32x4(a, c, 0x88);
    v[1] = _mm512_shuffle_i32x4(a, c, 0xdd);
    v[2] = _mm512_shuffle_i32x4(b, d, 0x88);
    v[3] = _mm512_shuffle_i32x4(b, d, 0xdd);
}

VEC_INLINE void vec_transpose_words(vec v[4])
{
    vec a = _mm512_unpacklo_epi32(v[0], v[1]);
    vec b = _mm512_unpackhi_epi32(v[0], v[1]);
    vec c = _mm512_unpacklo_epi32(v[2], v[3]);
    vec d = _mm512_unpackhi_epi32(v[2], v[3]);
    v[0] = _mm512_unpacklo_epi64(a, c);
    v[1] = _mm512_unpackhi_epi64(a, c);
    v[2] = _mm512_unpacklo_epi64(b, d);
    v[3] = _mm512_unpackhi_epi64(b, d);
}

#if defined(__AVX512BW__)

VEC_INLINE vec vec_next_words(vec low, vec high)
{
    return _mm512_alignr_epi8(high, low, 4);
}

VEC_INLINE vec vec_add16(vec a, vec b)
{
    return _mm512_add_epi16(a, b);
}

VEC_INLINE vec vec_sub16(vec a, vec b)
{
    return _mm512_sub_epi16(a, b);
}

VEC_INLINE vec vec_mul16(vec a, vec b)
{
    return _mm512_mullo_epi16(a, b);
}

VEC_INLINE vec vec_mulhi16(vec a, vec b)
{
    return _mm512_mulhi_epi16(a, b);
}

VEC_INLINE vec vec_above16(vec a, vec b)
{
    return _mm512_movm_epi16(_mm512_cmpgt_epi16_mask(a, b));
}

#define VEC_SHR16(v, bits) _mm512_srli_epi16(v, bits)
#define VEC_SRA16(v, bits) _mm512_srai_epi16(v, bits)

#endif

#if defined(__VAES__) && defined(__GFNI__)

VEC_INLINE vec vec_aes_round(vec v, vec key)
{
    return _mm512_aesenc_epi128(v, key);
}

VEC_INLINE vec vec_gf_twice(vec v)
{
    return _mm512_gf2p8mul_epi8(v, _mm512_set1_epi8(2));
}

#endif

#endif
