/* autolykos2_avx2.c: Autolykos 2 search, 8 ways, AVX2. Rotations by whole bytes are one shuffle. */
#include "vec/vec_avx2.h"

#define BLAKE2B_STREAMS 1

VEC_INLINE vec blake2b_ror32(vec v)
{
    return _mm256_shuffle_epi32(v, 0xb1);
}

VEC_INLINE vec blake2b_ror24(vec v)
{
    return _mm256_shuffle_epi8(v, _mm256_setr_epi8(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9,
                                                   10, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15,
                                                   8, 9, 10));
}

VEC_INLINE vec blake2b_ror16(vec v)
{
    return _mm256_shuffle_epi8(v, _mm256_setr_epi8(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15,
                                                   8, 9, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14,
                                                   15, 8, 9));
}

VEC_INLINE vec blake2b_ror63(vec v)
{
    return _mm256_or_si256(_mm256_add_epi64(v, v), _mm256_srli_epi64(v, 63));
}

#define KERN_SEARCH_NAME kern_autolykos2_search_avx2
#define KERN_FILL_NAME kern_autolykos2_fill_avx2
#include "autolykos2/autolykos2_body.h"

const struct kern_variant kern_autolykos2_avx2 = {
    .name = "avx2",
    .features = BASE_CPU_AVX2,
    .uses_table = true,
    KERN_VARIANT_OF_BODY,
};
