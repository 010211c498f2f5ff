/* alephium_avx512x2.c: Alephium search, 32 ways in two batches by turns, AVX-512F: two states of 16
 * vectors fill the 32 registers. */
#include "vec/vec_avx512x2.h"

#define KERN_SEARCH_NAME kern_alephium_search_avx512x2
#define ALEPHIUM_INTERLEAVE 4
#define ALEPHIUM_ROLLED 1
#include "alephium/alephium_body.h"

const struct kern_variant kern_alephium_avx512x2 = {
    .name = "avx512x2",
    .features = BASE_CPU_AVX512F,
    KERN_VARIANT_OF_BODY,
};
