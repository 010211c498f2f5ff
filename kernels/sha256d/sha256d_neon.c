/* sha256d_neon.c: SHA-256d search, 4 ways, NEON. */
#include "vec/vec_neon.h"

#define KERN_SEARCH_NAME kern_sha256d_search_neon
#include "sha256d/sha256d_body.h"

const struct kern_variant kern_sha256d_neon = {
    .name = "neon",
    .features = BASE_CPU_NEON,
    KERN_VARIANT_OF_BODY,
};
