/* sha256d_avx2.c: SHA-256d search, 8 ways, AVX2. */
#include "vec/vec_avx2.h"

#define KERN_SEARCH_NAME kern_sha256d_search_avx2
#include "sha256d/sha256d_body.h"

const struct kern_variant kern_sha256d_avx2 = {
    .name = "avx2",
    .features = BASE_CPU_AVX2,
    KERN_VARIANT_OF_BODY,
};
