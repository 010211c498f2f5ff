/* eaglesong_sse41.c: Eaglesong search, 4 ways, SSE4.1. */
#include "vec/vec_sse41.h"

#define KERN_SEARCH_NAME kern_eaglesong_search_sse41
#include "eaglesong/eaglesong_body.h"

const struct kern_variant kern_eaglesong_sse41 = {
    .name = "sse41",
    .features = BASE_CPU_SSSE3 | BASE_CPU_SSE41,
    KERN_VARIANT_OF_BODY,
};
