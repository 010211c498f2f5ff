/* scrypt_avx2.c: scrypt search, 8 ways, AVX2. */
#include "vec/vec_avx2.h"

#define KERN_SEARCH_NAME kern_scrypt_search_avx2
#include "scrypt/scrypt_body.h"

const struct kern_variant kern_scrypt_avx2 = {
    .name = "avx2",
    .features = BASE_CPU_AVX2,
    KERN_VARIANT_OF_BODY,
};
