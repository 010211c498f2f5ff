/* alephium_neon.c: Alephium search, 4 ways, NEON. */
#include "vec/vec_neon.h"

#define KERN_SEARCH_NAME kern_alephium_search_neon
#define ALEPHIUM_INTERLEAVE 1
#include "alephium/alephium_body.h"

const struct kern_variant kern_alephium_neon = {
    .name = "neon",
    .features = BASE_CPU_NEON,
    KERN_VARIANT_OF_BODY,
};
