/* autolykos2_sse41.c: Autolykos 2 search, 4 ways, SSSE3 and SSE4.1. Rotations by whole bytes are
 * one shuffle. */
#include "vec/vec_sse41.h"

#define BLAKE2B_STREAMS 1

VEC_INLINE vec blake2b_ror32(vec v)
{
    return _mm_shuffle_epi32(v, 0xb1);
}

VEC_INLINE vec blake2b_ror24(vec v)
{
    return _mm_shuffle_epi8(v, _mm_setr_epi8(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10));
}

VEC_INLINE vec blake2b_ror16(vec v)
{
    return _mm_shuffle_epi8(v, _mm_setr_epi8(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9));
}

VEC_INLINE vec blake2b_ror63(vec v)
{
    return _mm_or_si128(_mm_add_epi64(v, v), _mm_srli_epi64(v, 63));
}

#define KERN_SEARCH_NAME kern_autolykos2_search_sse41
#define KERN_FILL_NAME kern_autolykos2_fill_sse41
#include "autolykos2/autolykos2_body.h"

const struct kern_variant kern_autolykos2_sse41 = {
    .name = "sse41",
    .features = BASE_CPU_SSSE3 | BASE_CPU_SSE41,
    .uses_table = true,
    KERN_VARIANT_OF_BODY,
};
