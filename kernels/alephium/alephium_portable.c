/* alephium_portable.c: Alephium search, 1 way, plain C: runs anywhere. */
#include "vec/vec_portable.h"

#define KERN_SEARCH_NAME kern_alephium_search_portable
#define ALEPHIUM_INTERLEAVE 1
#include "alephium/alephium_body.h"

const struct kern_variant kern_alephium_portable = {
    .name = "portable",
    KERN_VARIANT_OF_BODY,
};
