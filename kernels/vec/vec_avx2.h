/* vec_avx2.h: 8 ways in 256-bit registers, AVX2. Names explained in vec_portable.h. Rotations by
 * whole bytes are one shuffle, the others two shifts and an or. Words common to all ways lie in
 * memory as whole vectors, to be memory operands. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <immintrin.h>
#include <stdint.h>

#define VEC_WAYS 8
#define VEC_REGISTER "x"
#if !defined(__clang__) /* its own choice of spills is better: bench/NOTES.md */
#define VEC_ROW_IN_MEMORY 1
#endif
#include "vec/vec_compiler.h"

typedef __m256i vec;
typedef __m256i vec_word;

VEC_INLINE vec vec_load(const uint32_t *words)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)words);
}

VEC_INLINE void vec_store(uint32_t *words, vec v)
{
    _mm256_storeu_si256((__m256i *)(void *)words, v);
}

VEC_INLINE vec vec_set(uint32_t value)
{
    return _mm256_set1_epi32((int)value);
}

VEC_INLINE vec vec_add(vec a, vec b)
{
    return _mm256_add_epi32(a, b);
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    return _mm256_xor_si256(a, b);
}

VEC_INLINE vec vec_ror16(vec v)
{
    return _mm256_shuffle_epi8(v, _mm256_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3,
                                                  2, 13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0,
                                                  3, 2));
}

VEC_INLINE vec vec_ror8(vec v)
{
    return _mm256_shuffle_epi8(v, _mm256_set_epi8(12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2,
                                                  1, 12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3,
                                                  2, 1));
}

VEC_INLINE vec vec_ror24(vec v)
{
    return _mm256_shuffle_epi8(v, _mm256_set_epi8(14, 13, 12, 15, 10, 9, 8, 11, 6, 5, 4, 7, 2, 1, 0,
                                                  3, 14, 13, 12, 15, 10, 9, 8, 11, 6, 5, 4, 7, 2, 1,
                                                  0, 3));
}

VEC_INLINE uint32_t vec_clear_ways(vec v, const vec_word *mask)
{
    __m256i clear = _mm256_cmpeq_epi32(_mm256_and_si256(v, *mask), _mm256_setzero_si256());
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(clear));
}

VEC_INLINE vec vec_and(vec a, vec b)
{
    return _mm256_and_si256(a, b);
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return _mm256_or_si256(a, b);
}

VEC_INLINE vec vec_andnot(vec a, vec b)
{
    return _mm256_andnot_si256(a, b);
}

#define VEC_ROR(v, bits)                                                                           \
    _mm256_or_si256(_mm256_srli_epi32(v, bits), _mm256_slli_epi32(v, 32 - (bits)))
#define VEC_SHR(v, bits) _mm256_srli_epi32(v, bits)
#define VEC_SHL(v, bits) _mm256_slli_epi32(v, bits)

/* Lanes of 64 bits: VEC_WAYS / 2 of them. */
typedef __m256i vec_word64;

VEC_INLINE vec vec_set64(uint64_t value)
{
    return _mm256_set1_epi64x((long long)value);
}

VEC_INLINE vec vec_add64(vec a, vec b)
{
    return _mm256_add_epi64(a, b);
}

/* An addition doubles: more ports add than shift. */
#define VEC_ROL64(v, bits)                                                                         \
    _mm256_or_si256((bits) == 1 ? _mm256_add_epi64(v, v) : _mm256_slli_epi64(v, bits),             \
                    _mm256_srli_epi64(v, 64 - (bits)))

#define VEC_HAS_ROR64_BYTES

VEC_INLINE vec vec_ror64_32(vec v)
{
    return _mm256_shuffle_epi32(v, 0xb1);
}

VEC_INLINE vec vec_ror64_24(vec v)
{
    return _mm256_shuffle_epi8(v, _mm256_set_epi8(10, 9, 8, 15, 14, 13, 12, 11, 2, 1, 0, 7, 6, 5, 4,
                                                  3, 10, 9, 8, 15, 14, 13, 12, 11, 2, 1, 0, 7, 6, 5,
                                                  4, 3));
}

VEC_INLINE vec vec_ror64_16(vec v)
{
    return _mm256_shuffle_epi8(v, _mm256_set_epi8(9, 8, 15, 14, 13, 12, 11, 10, 1, 0, 7, 6, 5, 4, 3,
                                                  2, 9, 8, 15, 14, 13, 12, 11, 10, 1, 0, 7, 6, 5, 4,
                                                  3, 2));
}

#define VEC_SHR64(v, bits) _mm256_srli_epi64(v, bits)
#define VEC_SHL64(v, bits) _mm256_slli_epi64(v, bits)

#define VEC_TURN(v, words) _mm256_shuffle_epi32(v, 0xe4e4 >> (2 * (words)) & 0xff)

VEC_INLINE void vec_transpose_quads(vec v[2])
{
    vec low = _mm256_permute2x128_si256(v[0], v[1], 0x20);
    v[1] = _mm256_permute2x128_si256(v[0], v[1], 0x31);
    v[0] = low;
}

VEC_INLINE void vec_transpose_words(vec v[4])
{
    vec a = _mm256_unpacklo_epi32(v[0], v[1]);
    vec b = _mm256_unpackhi_epi32(v[0], v[1]);
    vec c = _mm256_unpacklo_epi32(v[2], v[3]);
    vec d = _mm256_unpackhi_epi32(v[2], v[3]);
    v[0] = _mm256_unpacklo_epi64(a, c);
    v[1] = _mm256_unpackhi_epi64(a, c);
    v[2] = _mm256_unpacklo_epi64(b, d);
    v[3] = _mm256_unpackhi_epi64(b, d);
}

VEC_INLINE vec vec_next_words(vec low, vec high)
{
    return _mm256_alignr_epi8(high, low, 4);
}

VEC_INLINE vec vec_add16(vec a, vec b)
{
    return _mm256_add_epi16(a, b);
}

VEC_INLINE vec vec_sub16(vec a, vec b)
{
    return _mm256_sub_epi16(a, b);
}

VEC_INLINE vec vec_mul16(vec a, vec b)
{
    return _mm256_mullo_epi16(a, b);
}

VEC_INLINE vec vec_mulhi16(vec a, vec b)
{
    return _mm256_mulhi_epi16(a, b);
}

VEC_INLINE vec vec_above16(vec a, vec b)
{
    return _mm256_cmpgt_epi16(a, b);
}

#define VEC_SHR16(v, bits) _mm256_srli_epi16(v, bits)
#define VEC_SRA16(v, bits) _mm256_srai_epi16(v, bits)

VEC_INLINE vec vec_gf_twice(vec v)
{
    vec carry = _mm256_cmpgt_epi8(_mm256_setzero_si256(), v);
    return vec_xor(_mm256_add_epi8(v, v), vec_and(carry, _mm256_set1_epi8(0x1b)));
}

#if defined(__VAES__)

VEC_INLINE vec vec_aes_round(vec v, vec key)
{
    return _mm256_aesenc_epi128(v, key);
}

#elif defined(__AES__)

VEC_INLINE vec vec_aes_round(vec v, vec key)
{
    __m128i low = _mm_aesenc_si128(_mm256_castsi256_si128(v), _mm256_castsi256_si128(key));
    __m128i high =
        _mm_aesenc_si128(_mm256_extracti128_si256(v, 1), _mm256_extracti128_si256(key, 1));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

#endif

#include "vec/vec_derived.h"

#endif
