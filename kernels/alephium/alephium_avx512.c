/* alephium_avx512.c: Alephium search, 16 ways, AVX-512F. */
#include "vec/vec_avx512.h"

#define KERN_SEARCH_NAME kern_alephium_search_avx512
#define ALEPHIUM_INTERLEAVE 4
#include "alephium/alephium_body.h"

const struct kern_variant kern_alephium_avx512 = {
    .name = "avx512",
    .features = BASE_CPU_AVX512F,
    KERN_VARIANT_OF_BODY,
};
