/* vec_neon.h: 4 ways, NEON as every 64-bit ARM processor has it. A rotation by 16 reverses half
 * words, one by 8 is a table look-up, the others are a shift and a shift-insert. Instructions have
 * no memory operands here. Names explained in vec_portable.h. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <arm_neon.h>
#include <stdint.h>

#define VEC_WAYS 4
#define VEC_REGISTER "w"
#include "vec/vec_compiler.h"

typedef uint32x4_t vec;
typedef uint32x4_t vec_word;

VEC_INLINE vec vec_load(const uint32_t *words)
{
    return vld1q_u32(words);
}

VEC_INLINE void vec_store(uint32_t *words, vec v)
{
    vst1q_u32(words, v);
}

VEC_INLINE vec vec_set(uint32_t value)
{
    return vdupq_n_u32(value);
}

VEC_INLINE vec vec_add(vec a, vec b)
{
    return vaddq_u32(a, b);
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    return veorq_u32(a, b);
}

VEC_INLINE vec vec_ror16(vec v)
{
    return vreinterpretq_u32_u16(vrev32q_u16(vreinterpretq_u16_u32(v)));
}

VEC_INLINE vec vec_ror8(vec v)
{
    static const uint8_t order[16] = {1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12};
    return vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(v), vld1q_u8(order)));
}

VEC_INLINE vec vec_ror24(vec v)
{
    static const uint8_t order[16] = {3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14};
    return vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(v), vld1q_u8(order)));
}

VEC_INLINE uint32_t vec_clear_ways(vec v, const vec_word *mask)
{
    static const uint32_t bits[4] = {1, 2, 4, 8};
    uint32x4_t clear = vceqzq_u32(vandq_u32(v, *mask));
    return vaddvq_u32(vandq_u32(clear, vld1q_u32(bits)));
}

VEC_INLINE vec vec_and(vec a, vec b)
{
    return vandq_u32(a, b);
}

VEC_INLINE vec vec_or(vec a, vec b)
{
    return vorrq_u32(a, b);
}

VEC_INLINE vec vec_andnot(vec a, vec b)
{
    return vbicq_u32(b, a);
}

#define VEC_HAS_CHOOSE

VEC_INLINE vec vec_choose(vec x, vec y, vec z)
{
    return vbslq_u32(x, y, z);
}

VEC_INLINE vec vec_majority(vec x, vec y, vec z)
{
    return vbslq_u32(vec_xor(x, y), z, y);
}

#define VEC_ROR(v, bits) vsriq_n_u32(vshlq_n_u32(v, 32 - (bits)), v, bits)
#define VEC_SHR(v, bits) vshrq_n_u32(v, bits)
#define VEC_SHL(v, bits) vshlq_n_u32(v, bits)

/* Lanes of 64 bits: VEC_WAYS / 2 of them. */
typedef uint32x4_t vec_word64;

VEC_INLINE vec vec_set64(uint64_t value)
{
    return vreinterpretq_u32_u64(vdupq_n_u64(value));
}

VEC_INLINE vec vec_add64(vec a, vec b)
{
    return vreinterpretq_u32_u64(vaddq_u64(vreinterpretq_u64_u32(a), vreinterpretq_u64_u32(b)));
}

#define VEC_ROL64(v, bits)                                                                         \
    vreinterpretq_u32_u64(vsriq_n_u64(vshlq_n_u64(vreinterpretq_u64_u32(v), bits),                 \
                                      vreinterpretq_u64_u32(v), 64 - (bits)))

#define VEC_HAS_ROR64_BYTES

VEC_INLINE vec vec_look_up(vec v, const uint8_t order[16])
{
    return vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(v), vld1q_u8(order)));
}

VEC_INLINE vec vec_ror64_32(vec v)
{
    return vrev64q_u32(v);
}

VEC_INLINE vec vec_ror64_24(vec v)
{
    static const uint8_t order[16] = {3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10};
    return vec_look_up(v, order);
}

VEC_INLINE vec vec_ror64_16(vec v)
{
    static const uint8_t order[16] = {2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9};
    return vec_look_up(v, order);
}

#define VEC_SHR64(v, bits) vreinterpretq_u32_u64(vshrq_n_u64(vreinterpretq_u64_u32(v), bits))
#define VEC_SHL64(v, bits) vreinterpretq_u32_u64(vshlq_n_u64(vreinterpretq_u64_u32(v), bits))

#define VEC_TURN(v, words) vextq_u32(v, v, words)

VEC_INLINE void vec_transpose_words(vec v[4])
{
    uint64x2_t a = vreinterpretq_u64_u32(vzip1q_u32(v[0], v[1]));
    uint64x2_t b = vreinterpretq_u64_u32(vzip2q_u32(v[0], v[1]));
    uint64x2_t c = vreinterpretq_u64_u32(vzip1q_u32(v[2], v[3]));
    uint64x2_t d = vreinterpretq_u64_u32(vzip2q_u32(v[2], v[3]));
    v[0] = vreinterpretq_u32_u64(vzip1q_u64(a, c));
    v[1] = vreinterpretq_u32_u64(vzip2q_u64(a, c));
    v[2] = vreinterpretq_u32_u64(vzip1q_u64(b, d));
    v[3] = vreinterpretq_u32_u64(vzip2q_u64(b, d));
}

VEC_INLINE vec vec_next_words(vec low, vec high)
{
    return vextq_u32(low, high, 1);
}

VEC_INLINE vec vec_add16(vec a, vec b)
{
    return vreinterpretq_u32_u16(vaddq_u16(vreinterpretq_u16_u32(a), vreinterpretq_u16_u32(b)));
}

VEC_INLINE vec vec_sub16(vec a, vec b)
{
    return vreinterpretq_u32_u16(vsubq_u16(vreinterpretq_u16_u32(a), vreinterpretq_u16_u32(b)));
}

VEC_INLINE vec vec_mul16(vec a, vec b)
{
    return vreinterpretq_u32_u16(vmulq_u16(vreinterpretq_u16_u32(a), vreinterpretq_u16_u32(b)));
}

VEC_INLINE vec vec_mulhi16(vec a, vec b)
{
    int16x8_t x = vreinterpretq_s16_u32(a);
    int16x8_t y = vreinterpretq_s16_u32(b);
    int16x8_t low = vreinterpretq_s16_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)));
    int16x8_t high = vreinterpretq_s16_s32(vmull_high_s16(x, y));
    return vreinterpretq_u32_s16(vuzp2q_s16(low, high));
}

VEC_INLINE vec vec_above16(vec a, vec b)
{
    return vreinterpretq_u32_u16(vcgtq_s16(vreinterpretq_s16_u32(a), vreinterpretq_s16_u32(b)));
}

#define VEC_SHR16(v, bits) vreinterpretq_u32_u16(vshrq_n_u16(vreinterpretq_u16_u32(v), bits))
#define VEC_SRA16(v, bits) vreinterpretq_u32_s16(vshrq_n_s16(vreinterpretq_s16_u32(v), bits))

VEC_INLINE vec vec_gf_twice(vec v)
{
    uint8x16_t bytes = vreinterpretq_u8_u32(v);
    uint8x16_t carry = vreinterpretq_u8_s8(vshrq_n_s8(vreinterpretq_s8_u32(v), 7));
    return vreinterpretq_u32_u8(veorq_u8(vshlq_n_u8(bytes, 1), vandq_u8(carry, vdupq_n_u8(0x1b))));
}

#if defined(__ARM_FEATURE_AES) || defined(__ARM_FEATURE_CRYPTO)

VEC_INLINE vec vec_aes_round(vec v, vec key)
{
    uint8x16_t mixed = vaesmcq_u8(vaeseq_u8(vreinterpretq_u8_u32(v), vdupq_n_u8(0)));
    return veorq_u32(vreinterpretq_u32_u8(mixed), key);
}

#endif

#include "vec/vec_derived.h"

#endif
