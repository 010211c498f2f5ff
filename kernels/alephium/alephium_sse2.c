/* alephium_sse2.c: Alephium search, 4 ways, SSE2. */
#include "vec/vec_sse2.h"

#define KERN_SEARCH_NAME kern_alephium_search_sse2
#define ALEPHIUM_INTERLEAVE 4
#include "alephium/alephium_body.h"

const struct kern_variant kern_alephium_sse2 = {
    .name = "sse2",
    .features = BASE_CPU_SSE2,
    KERN_VARIANT_OF_BODY,
};
