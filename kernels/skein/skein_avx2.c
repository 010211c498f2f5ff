/* skein_avx2.c: Skein search, 8 ways, AVX2. */
#include "vec/vec_avx2.h"

#define KERN_SEARCH_NAME kern_skein_search_avx2
#include "skein/skein_body.h"

const struct kern_variant kern_skein_avx2 = {
    .name = "avx2",
    .features = BASE_CPU_AVX2,
    KERN_VARIANT_OF_BODY,
};
