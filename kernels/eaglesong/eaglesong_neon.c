/* eaglesong_neon.c: Eaglesong search, 4 ways, NEON. */
#include "vec/vec_neon.h"

#define KERN_SEARCH_NAME kern_eaglesong_search_neon
#include "eaglesong/eaglesong_body.h"

const struct kern_variant kern_eaglesong_neon = {
    .name = "neon",
    .features = BASE_CPU_NEON,
    KERN_VARIANT_OF_BODY,
};
