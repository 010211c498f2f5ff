/* vec_count.h: a member of the vec_<isa>.h family that computes like the plain one and counts what
 * it is asked to do. Compiled into a test together with an algorithm's body, it tells how many
 * vector operations the body really executes. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdint.h>

#define VEC_WAYS 1
#define VEC_INLINE static inline __attribute__((always_inline))
#define VEC_OPAQUE(pointer) __asm__("" : "+r"(pointer))
#define VEC_OPAQUE_VALUE(v) __asm__("" : "+r"(v))
#define VEC_ORDERED(v) ((void)0)
#define VEC_IN_MEMORY(v) __asm__("" : "+m"(v))
#define VEC_ROW_IN_MEMORY 0

typedef uint32_t vec;
typedef uint32_t vec_word;

static struct {
    uint64_t add;
    uint64_t load;
    uint64_t xor_;
    uint64_t rotate_bytes;
    uint64_t rotate_bits;
    uint64_t compare;
} vec_counted;

VEC_INLINE void vec_word_put(vec_word *word, uint32_t value)
{
    *word = value;
}

VEC_INLINE vec vec_word_get(const vec_word *word)
{
    vec_counted.load++;
    return *word;
}

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
    vec_counted.add++;
    return a + b;
}

VEC_INLINE vec vec_xor(vec a, vec b)
{
    vec_counted.xor_++;
    return a ^ b;
}

VEC_INLINE vec vec_count_ror(vec v, unsigned bits, uint64_t *counter)
{
    *counter += 1;
    return (v >> bits) | (v << (32 - bits));
}

VEC_INLINE vec vec_ror16(vec v)
{
    return vec_count_ror(v, 16, &vec_counted.rotate_bytes);
}

VEC_INLINE vec vec_ror12(vec v)
{
    return vec_count_ror(v, 12, &vec_counted.rotate_bits);
}

VEC_INLINE vec vec_ror8(vec v)
{
    return vec_count_ror(v, 8, &vec_counted.rotate_bytes);
}

VEC_INLINE vec vec_ror7(vec v)
{
    return vec_count_ror(v, 7, &vec_counted.rotate_bits);
}

VEC_INLINE uint32_t vec_clear_ways(vec v, const vec_word *mask)
{
    vec_counted.compare++;
    return (v & *mask) == 0 ? 1 : 0;
}

#endif
