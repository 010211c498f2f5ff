/* vec_avx512x2.h: 32 ways in pairs of 512-bit registers, AVX-512F: two batches of vec_avx512.h by
 * turns of single operations. Names explained in vec_portable.h. For processors that start more
 * operations in a cycle than one batch has ready: Zen 5 starts four and answers two cycles later,
 * so that eight must be ready at any time.
 *
 * Words common to all ways lie in memory twice: each half has an operand of its own, broadcast by
 * the instruction that uses it. From one word the compiler would make a vector in a register first,
 * and registers are what two batches are short of. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <immintrin.h>
#include <stdint.h>

#define VEC_WAYS 32
#define VEC_HAS_XOR3 1

typedef struct {
    __m512i low;
    __m512i high;
} vec;

/* A compiler barrier of each half: see vec_compiler.h. */
#define VEC_OPAQUE_VALUE(v) __asm__("" : "+v"((v).low), "+v"((v).high))
#define VEC_KEEP(v) __asm__ volatile("" : : "v"((v).low), "v"((v).high))
#define VEC_IN_MEMORY(v) __asm__("" : "+m"((v).low), "+m"((v).high))
#include "vec/vec_compiler.h"

typedef struct {
    uint32_t half[2];
} vec_word;

/* An operation of both halves: of one vector, of two, of three. */
#define VEC_BOTH_1(operation, a, ...)                                                              \
    ((vec){operation((a).low, __VA_ARGS__), operation((a).high, __VA_ARGS__)})
#define VEC_BOTH_2(operation, a, b)                                                                \
    ((vec){operation((a).low, (b).low), operation((a).high, (b).high)})
#define VEC_BOTH_3(operation, a, b, c, table)                                                      \
    ((vec){operation((a).low, (b).low, (c).low, table),                                            \
           operation((a).high, (b).high, (c).high, table)})

VEC_INLINE void vec_word_put(vec_word *word, uint32_t value)
{
    word->half[0] = value;
    word->half[1] = value;
}

VEC_INLINE vec vec_word_get(const vec_word *word)
{
    return (vec){_mm512_set1_epi32((int)word->half[0]), _mm512_set1_epi32((int)word->half[1])};
}

VEC_INLINE vec vec_load(const uint32_t *words)
{
    return (vec){_mm512_loadu_si512(words), _mm512_loadu_si512(words + 16)};
}

VEC_INLINE void vec_store(uint32_t *words, vec v)
{
    _mm512_storeu_si512(words, v.low);
    _mm512_storeu_si512(words + 16, v.high);
}

VEC_INLINE vec vec_set(uint32_t value)
{
    return (vec){_mm512_set1_epi32((int)value), _mm512_set1_epi32((int)value)};
}

VEC_INLINE vec vec_add(vec a, vec b)
{
    return VEC_BOTH_2(_mm512_add_epi32, a, b);
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    return VEC_BOTH_2(_mm512_xor_si512, a, b);
}

#define VEC_ROR(v, bits) VEC_BOTH_1(_mm512_ror_epi32, v, bits)
#define VEC_SHR(v, bits) VEC_BOTH_1(_mm512_srli_epi32, v, bits)
#define VEC_SHL(v, bits) VEC_BOTH_1(_mm512_slli_epi32, v, bits)

VEC_INLINE vec vec_ror16(vec v)
{
    return VEC_ROR(v, 16);
}

VEC_INLINE vec vec_ror12(vec v)
{
    return VEC_ROR(v, 12);
}

VEC_INLINE vec vec_ror8(vec v)
{
    return VEC_ROR(v, 8);
}

VEC_INLINE vec vec_ror24(vec v)
{
    return VEC_ROR(v, 24);
}

VEC_INLINE vec vec_ror7(vec v)
{
    return VEC_ROR(v, 7);
}

VEC_INLINE uint32_t vec_clear_ways(vec v, const vec_word *mask)
{
    vec bits = vec_word_get(mask);
    uint32_t low = _mm512_testn_epi32_mask(v.low, bits.low);
    uint32_t high = _mm512_testn_epi32_mask(v.high, bits.high);
    return low | high << 16;
}

VEC_INLINE vec vec_and(vec a, vec b)
{
    return VEC_BOTH_2(_mm512_and_si512, a, b);
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return VEC_BOTH_2(_mm512_or_si512, a, b);
}

VEC_INLINE vec vec_andnot(vec a, vec b)
{
    return VEC_BOTH_2(_mm512_andnot_si512, a, b);
}

/* Three-operand logic: the immediate is the truth table, bit 4x + 2y + z. */
VEC_INLINE vec vec_xor3(vec x, vec y, vec z)
{
    return VEC_BOTH_3(_mm512_ternarylogic_epi32, x, y, z, 0x96);
}

VEC_INLINE vec vec_choose(vec x, vec y, vec z)
{
    return VEC_BOTH_3(_mm512_ternarylogic_epi32, x, y, z, 0xca);
}

VEC_INLINE vec vec_majority(vec x, vec y, vec z)
{
    return VEC_BOTH_3(_mm512_ternarylogic_epi32, x, y, z, 0xe8);
}

VEC_INLINE vec vec_and_xor(vec x, vec y, vec z)
{
    return VEC_BOTH_3(_mm512_ternarylogic_epi32, x, y, z, 0x6a);
}

/* Operations in place: see vec_in_place.h. gcc gives the results of intrinsics new registers, has
 * none left, and keeps values that it needs at once in memory. These are what rounds are made of.
 */
#define VEC_HAS_IN_PLACE 1
#define VEC_IN_PLACE(instruction, a, b)                                                            \
    do {                                                                                           \
        __asm__(instruction " %1, %0, %0" : "+v"((a).low) : "v"((b).low));                         \
        __asm__(instruction " %1, %0, %0" : "+v"((a).high) : "v"((b).high));                       \
    } while (0)
#define VEC_IN_PLACE_WORD(instruction, a, word)                                                    \
    do {                                                                                           \
        __asm__(instruction ", %0, %0" : "+v"((a).low) : "m"((word).half[0]));                     \
        __asm__(instruction ", %0, %0" : "+v"((a).high) : "m"((word).half[1]));                    \
    } while (0)
#define VEC_IN_PLACE_BITS(instruction, a, bits)                                                    \
    do {                                                                                           \
        __asm__(instruction " %1, %0, %0" : "+v"((a).low) : "i"(bits));                            \
        __asm__(instruction " %1, %0, %0" : "+v"((a).high) : "i"(bits));                           \
    } while (0)
#define VEC_ADD_TO(a, b) VEC_IN_PLACE("vpaddd", a, b)
#define VEC_ADD_WORD_TO(a, word) VEC_IN_PLACE_WORD("vpaddd %1%{1to16%}", a, word)
#define VEC_XOR_TO(a, b) VEC_IN_PLACE("vpxord", a, b)
#define VEC_ROR_TO(a, bits) VEC_IN_PLACE_BITS("vprord", a, bits)

/* Lanes of 64 bits: VEC_WAYS / 2 of them. */
typedef struct {
    uint64_t half[2];
} vec_word64;

VEC_INLINE void vec_word64_put(vec_word64 *word, uint64_t value)
{
    word->half[0] = value;
    word->half[1] = value;
}

VEC_INLINE vec vec_word64_get(const vec_word64 *word)
{
    return (vec){_mm512_set1_epi64((long long)word->half[0]),
                 _mm512_set1_epi64((long long)word->half[1])};
}

VEC_INLINE vec vec_set64(uint64_t value)
{
    return (vec){_mm512_set1_epi64((long long)value), _mm512_set1_epi64((long long)value)};
}

VEC_INLINE vec vec_add64(vec a, vec b)
{
    return VEC_BOTH_2(_mm512_add_epi64, a, b);
}

#define VEC_ROL64(v, bits) VEC_BOTH_1(_mm512_rol_epi64, v, bits)
#define VEC_SHR64(v, bits) VEC_BOTH_1(_mm512_srli_epi64, v, bits)
#define VEC_SHL64(v, bits) VEC_BOTH_1(_mm512_slli_epi64, v, bits)

#endif
