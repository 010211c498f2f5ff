/* scrypt_neon.c: scrypt search, 4 ways, NEON. */
#include "vec/vec_neon.h"

#define KERN_SEARCH_NAME kern_scrypt_search_neon
#include "scrypt/scrypt_body.h"

const struct kern_variant kern_scrypt_neon = {
    .name = "neon",
    .features = BASE_CPU_NEON,
    KERN_VARIANT_OF_BODY,
};
