/* odocrypt_avx512.c: Odocrypt search, 16 ways, AVX-512 with VBMI: a 6-bit S-box is one register,
 * and a byte permutation looks up all its ways at once. */
#include "vec/vec_avx512.h"

VEC_INLINE vec rotate64(vec v, uint64_t bits)
{
    return _mm512_rolv_epi64(v, _mm512_set1_epi64((long long)bits));
}

/* The permutation reads only the low six bits of a byte; each box keeps its own byte of the lanes.
 */
VEC_INLINE vec small_boxes(const uint8_t boxes[4][64], vec v)
{
    vec out = _mm512_maskz_permutexvar_epi8(0x0101010101010101ULL, v, _mm512_loadu_si512(boxes[0]));
    out = _mm512_mask_permutexvar_epi8(out, 0x0404040404040404ULL, v, _mm512_loadu_si512(boxes[1]));
    out = _mm512_mask_permutexvar_epi8(out, 0x1010101010101010ULL, v, _mm512_loadu_si512(boxes[2]));
    return _mm512_mask_permutexvar_epi8(out, 0x4040404040404040ULL, v,
                                        _mm512_loadu_si512(boxes[3]));
}

VEC_INLINE vec large_box(const uint16_t box[1024], vec index)
{
    return _mm512_i64gather_epi64(index, box, 2);
}

#define KERN_SEARCH_NAME kern_odocrypt_search_avx512
#include "odocrypt/odocrypt_body.h"

const struct kern_variant kern_odocrypt_avx512 = {
    .name = "avx512",
    .features = BASE_CPU_AVX512F | BASE_CPU_AVX512BW | BASE_CPU_AVX512VBMI,
    .needs_table = true,
    KERN_VARIANT_OF_BODY,
};
