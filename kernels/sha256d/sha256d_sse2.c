/* sha256d_sse2.c: SHA-256d search, 4 ways, SSE2. */
#include "vec/vec_sse2.h"

#define KERN_SEARCH_NAME kern_sha256d_search_sse2
#include "sha256d/sha256d_body.h"

const struct kern_variant kern_sha256d_sse2 = {
    .name = "sse2",
    .features = BASE_CPU_SSE2,
    KERN_VARIANT_OF_BODY,
};
