/* autolykos2_sse41.c: Autolykos 2 search, 4 ways, SSSE3 and SSE4.1. Rotations by whole bytes are
 * one shuffle. */
#include "vec/vec_sse41.h"

#define BLAKE2B_STREAMS 1

#define KERN_SEARCH_NAME kern_autolykos2_search_sse41
#define KERN_FILL_NAME kern_autolykos2_fill_sse41
#include "autolykos2/autolykos2_body.h"

const struct kern_variant kern_autolykos2_sse41 = {
    .name = "sse41",
    .features = BASE_CPU_SSSE3 | BASE_CPU_SSE41,
    .uses_table = true,
    KERN_VARIANT_OF_BODY,
};
