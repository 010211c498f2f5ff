/* vec_sse2.h: 4 ways, SSE2: what every x86-64 processor has. No byte shuffle: a rotation by 16 is
 * two word shuffles, by 8 two shifts and an or. Names explained in vec_portable.h. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "vec/vec_sse.h"

VEC_INLINE vec vec_ror16(vec v)
{
    return _mm_shufflehi_epi16(_mm_shufflelo_epi16(v, 0xb1), 0xb1);
}

VEC_INLINE vec vec_ror8(vec v)
{
    return _mm_or_si128(_mm_srli_epi32(v, 8), _mm_slli_epi32(v, 24));
}

VEC_INLINE vec vec_ror24(vec v)
{
    return _mm_or_si128(_mm_srli_epi32(v, 24), _mm_slli_epi32(v, 8));
}

#endif
