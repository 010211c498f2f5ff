/* alephium_sse41.c: Alephium search, 4 ways, SSE4.1. */
#include "vec/vec_sse41.h"

#define KERN_SEARCH_NAME kern_alephium_search_sse41
#define ALEPHIUM_INTERLEAVE 4
#include "alephium/alephium_body.h"

const struct kern_variant kern_alephium_sse41 = {
    .name = "sse41",
    .features = BASE_CPU_SSSE3 | BASE_CPU_SSE41,
    KERN_VARIANT_OF_BODY,
};
