/* sha256d_avx512.c: SHA-256d search, 16 ways, AVX-512F. */
#include "vec/vec_avx512.h"

#define KERN_SEARCH_NAME kern_sha256d_search_avx512
#include "sha256d/sha256d_body.h"

const struct kern_variant kern_sha256d_avx512 = {
    .name = "avx512",
    .features = BASE_CPU_AVX512F,
    KERN_VARIANT_OF_BODY,
};
