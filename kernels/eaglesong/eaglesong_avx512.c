/* eaglesong_avx512.c: Eaglesong search, 16 ways, AVX-512F. */
#include "vec/vec_avx512.h"

#define KERN_SEARCH_NAME kern_eaglesong_search_avx512
#include "eaglesong/eaglesong_body.h"

const struct kern_variant kern_eaglesong_avx512 = {
    .name = "avx512",
    .features = BASE_CPU_AVX512F,
    KERN_VARIANT_OF_BODY,
};
