/* eaglesong_sse2.c: Eaglesong search, 4 ways, SSE2. */
#include "vec/vec_sse2.h"

#define KERN_SEARCH_NAME kern_eaglesong_search_sse2
#include "eaglesong/eaglesong_body.h"

const struct kern_variant kern_eaglesong_sse2 = {
    .name = "sse2",
    .features = BASE_CPU_SSE2,
    KERN_VARIANT_OF_BODY,
};
