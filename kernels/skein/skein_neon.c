/* skein_neon.c: Skein search, 4 ways, NEON. */
#include "vec/vec_neon.h"

#define KERN_SEARCH_NAME kern_skein_search_neon
#include "skein/skein_body.h"

const struct kern_variant kern_skein_neon = {
    .name = "neon",
    .features = BASE_CPU_NEON,
    KERN_VARIANT_OF_BODY,
};
