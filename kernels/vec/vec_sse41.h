/* vec_sse41.h: 4 ways, SSSE3 and SSE4.1: rotations by whole bytes are one shuffle. Names explained
 * in vec_portable.h. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <smmintrin.h>

#define VEC_HAS_ROR64_BYTES
#include "vec/vec_sse.h"

VEC_INLINE vec vec_ror16(vec v)
{
    return _mm_shuffle_epi8(v, _mm_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2));
}

VEC_INLINE vec vec_ror8(vec v)
{
    return _mm_shuffle_epi8(v, _mm_set_epi8(12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1));
}

VEC_INLINE vec vec_ror24(vec v)
{
    return _mm_shuffle_epi8(v, _mm_set_epi8(14, 13, 12, 15, 10, 9, 8, 11, 6, 5, 4, 7, 2, 1, 0, 3));
}

VEC_INLINE vec vec_ror64_32(vec v)
{
    return _mm_shuffle_epi32(v, 0xb1);
}

VEC_INLINE vec vec_ror64_24(vec v)
{
    return _mm_shuffle_epi8(v, _mm_set_epi8(10, 9, 8, 15, 14, 13, 12, 11, 2, 1, 0, 7, 6, 5, 4, 3));
}

VEC_INLINE vec vec_ror64_16(vec v)
{
    return _mm_shuffle_epi8(v, _mm_set_epi8(9, 8, 15, 14, 13, 12, 11, 10, 1, 0, 7, 6, 5, 4, 3, 2));
}

#endif
