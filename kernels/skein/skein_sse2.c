/* skein_sse2.c: Skein search, 4 ways, SSE2. */
#include "vec/vec_sse2.h"

#define KERN_SEARCH_NAME kern_skein_search_sse2
#include "skein/skein_body.h"

const struct kern_variant kern_skein_sse2 = {
    .name = "sse2",
    .features = BASE_CPU_SSE2,
    KERN_VARIANT_OF_BODY,
};
