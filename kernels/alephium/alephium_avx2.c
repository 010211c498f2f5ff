/* alephium_avx2.c: Alephium search, 8 ways, AVX2. */
#include "vec/vec_avx2.h"

#define KERN_SEARCH_NAME kern_alephium_search_avx2
#define ALEPHIUM_INTERLEAVE 4
#include "alephium/alephium_body.h"

const struct kern_variant kern_alephium_avx2 = {
    .name = "avx2",
    .features = BASE_CPU_AVX2,
    KERN_VARIANT_OF_BODY,
};
