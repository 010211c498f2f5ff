/* scrypt_avx512.c: scrypt search, 16 ways, AVX-512F. */
#include "vec/vec_avx512.h"

#define KERN_SEARCH_NAME kern_scrypt_search_avx512
#define SCRYPT_GROUPS 2
#include "scrypt/scrypt_body.h"

const struct kern_variant kern_scrypt_avx512 = {
    .name = "avx512",
    .features = BASE_CPU_AVX512F,
    KERN_VARIANT_OF_BODY,
};
