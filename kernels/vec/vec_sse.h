/* vec_sse.h: what vec_sse2.h and vec_sse41.h have in common: 4 ways in 128-bit registers, all but
 * the rotations by whole bytes. Not included by anybody else. Names explained in vec_portable.h. */
#ifndef BASE_VEC_SSE_H
#define BASE_VEC_SSE_H

#include <emmintrin.h>
#include <stdint.h>

#define VEC_WAYS 4
#define VEC_REGISTER "x"
#if !defined(__clang__) /* its own choice of spills is better: bench/NOTES.md */
#define VEC_ROW_IN_MEMORY 1
#endif
#include "vec/vec_compiler.h"

typedef __m128i vec;
typedef __m128i vec_word;

VEC_INLINE vec vec_load(const uint32_t *words)
{
    return _mm_loadu_si128((const __m128i *)(const void *)words);
}

VEC_INLINE void vec_store(uint32_t *words, vec v)
{
    _mm_storeu_si128((__m128i *)(void *)words, v);
}

VEC_INLINE vec vec_set(uint32_t value)
{
    return _mm_set1_epi32((int)value);
}

VEC_INLINE vec vec_add(vec a, vec b)
{
    return _mm_add_epi32(a, b);
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    return _mm_xor_si128(a, b);
}

VEC_INLINE uint32_t vec_clear_ways(vec v, const vec_word *mask)
{
    __m128i clear = _mm_cmpeq_epi32(_mm_and_si128(v, *mask), _mm_setzero_si128());
    return (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(clear));
}

VEC_INLINE vec vec_and(vec a, vec b)
{
    return _mm_and_si128(a, b);
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return _mm_or_si128(a, b);
}

VEC_INLINE vec vec_andnot(vec a, vec b)
{
    return _mm_andnot_si128(a, b);
}

#define VEC_ROR(v, bits) _mm_or_si128(_mm_srli_epi32(v, bits), _mm_slli_epi32(v, 32 - (bits)))
#define VEC_SHR(v, bits) _mm_srli_epi32(v, bits)
#define VEC_SHL(v, bits) _mm_slli_epi32(v, bits)

/* Lanes of 64 bits: VEC_WAYS / 2 of them. */
typedef __m128i vec_word64;

VEC_INLINE vec vec_set64(uint64_t value)
{
    return _mm_set1_epi64x((long long)value);
}

VEC_INLINE vec vec_add64(vec a, vec b)
{
    return _mm_add_epi64(a, b);
}

/* An addition doubles: more ports add than shift. */
#define VEC_ROL64(v, bits)                                                                         \
    _mm_or_si128((bits) == 1 ? _mm_add_epi64(v, v) : _mm_slli_epi64(v, bits),                      \
                 _mm_srli_epi64(v, 64 - (bits)))

#define VEC_SHR64(v, bits) _mm_srli_epi64(v, bits)
#define VEC_SHL64(v, bits) _mm_slli_epi64(v, bits)

#define VEC_TURN(v, words) _mm_shuffle_epi32(v, 0xe4e4 >> (2 * (words)) & 0xff)

VEC_INLINE void vec_transpose_words(vec v[4])
{
    vec a = _mm_unpacklo_epi32(v[0], v[1]);
    vec b = _mm_unpackhi_epi32(v[0], v[1]);
    vec c = _mm_unpacklo_epi32(v[2], v[3]);
    vec d = _mm_unpackhi_epi32(v[2], v[3]);
    v[0] = _mm_unpacklo_epi64(a, c);
    v[1] = _mm_unpackhi_epi64(a, c);
    v[2] = _mm_unpacklo_epi64(b, d);
    v[3] = _mm_unpackhi_epi64(b, d);
}

VEC_INLINE vec vec_next_words(vec low, vec high)
{
    return _mm_or_si128(_mm_srli_si128(low, 4), _mm_slli_si128(high, 12));
}

VEC_INLINE vec vec_add16(vec a, vec b)
{
    return _mm_add_epi16(a, b);
}

VEC_INLINE vec vec_sub16(vec a, vec b)
{
    return _mm_sub_epi16(a, b);
}

VEC_INLINE vec vec_mul16(vec a, vec b)
{
    return _mm_mullo_epi16(a, b);
}

VEC_INLINE vec vec_mulhi16(vec a, vec b)
{
    return _mm_mulhi_epi16(a, b);
}

VEC_INLINE vec vec_above16(vec a, vec b)
{
    return _mm_cmpgt_epi16(a, b);
}

#define VEC_SHR16(v, bits) _mm_srli_epi16(v, bits)
#define VEC_SRA16(v, bits) _mm_srai_epi16(v, bits)

VEC_INLINE vec vec_gf_twice(vec v)
{
    vec carry = _mm_cmpgt_epi8(_mm_setzero_si128(), v);
    return vec_xor(_mm_add_epi8(v, v), vec_and(carry, _mm_set1_epi8(0x1b)));
}

#if defined(__AES__)

#include <wmmintrin.h>

VEC_INLINE vec vec_aes_round(vec v, vec key)
{
    return _mm_aesenc_si128(v, key);
}

#endif

#include "vec/vec_derived.h"

#endif
