/* odocrypt_avx2.c: Odocrypt search, 8 ways, AVX2: all S-boxes by gathers. */
#include "vec/vec_avx2.h"

VEC_INLINE vec rotate64(vec v, uint64_t bits)
{
    return _mm256_or_si256(_mm256_sllv_epi64(v, _mm256_set1_epi64x((long long)bits)),
                           _mm256_srlv_epi64(v, _mm256_set1_epi64x((long long)(64 - bits))));
}

VEC_INLINE vec look_up(const void *table, vec index, int scale_is_two)
{
    const long long *base = table;
    return scale_is_two != 0 ? _mm256_i64gather_epi64(base, index, 2)
                             : _mm256_i64gather_epi64(base, index, 1);
}

VEC_INLINE vec small_boxes(const uint8_t boxes[4][64], vec v)
{
    vec six_bits = _mm256_set1_epi64x(63);
    vec f0 = vec_and(look_up(boxes[0], vec_and(v, six_bits), 0), six_bits);
    vec f1 = look_up(boxes[1], vec_and(VEC_SHR64(v, 16), six_bits), 0);
    vec f2 = look_up(boxes[2], vec_and(VEC_SHR64(v, 32), six_bits), 0);
    vec f3 = look_up(boxes[3], vec_and(VEC_SHR64(v, 48), six_bits), 0);
    f1 = VEC_SHL64(vec_and(f1, six_bits), 16);
    f2 = VEC_SHL64(vec_and(f2, six_bits), 32);
    f3 = VEC_SHL64(vec_and(f3, six_bits), 48);
    return vec_or(vec_or(f0, f1), vec_or(f2, f3));
}

VEC_INLINE vec large_box(const uint16_t box[1024], vec index)
{
    return look_up(box, index, 1);
}

#define KERN_SEARCH_NAME kern_odocrypt_search_avx2
#include "odocrypt/odocrypt_body.h"

const struct kern_variant kern_odocrypt_avx2 = {
    .name = "avx2",
    .features = BASE_CPU_AVX2,
    .needs_table = true,
    KERN_VARIANT_OF_BODY,
};
