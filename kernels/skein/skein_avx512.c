/* skein_avx512.c: Skein search, 16 ways, AVX-512F. */
#include "vec/vec_avx512.h"

#define KERN_SEARCH_NAME kern_skein_search_avx512
#include "skein/skein_body.h"

const struct kern_variant kern_skein_avx512 = {
    .name = "avx512",
    .features = BASE_CPU_AVX512F,
    KERN_VARIANT_OF_BODY,
};
