/* eaglesong_avx2.c: Eaglesong search, 8 ways, AVX2. */
#include "base/vec_avx2.h"

#define KERN_SEARCH_NAME kern_eaglesong_search_avx2
#include "eaglesong/eaglesong_body.h"

const struct kern_variant kern_eaglesong_avx2 = {
    .name = "avx2",
    .features = BASE_CPU_AVX2,
    KERN_VARIANT_OF_BODY,
};
