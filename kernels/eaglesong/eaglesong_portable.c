/* eaglesong_portable.c: Eaglesong search, 1 way, plain C: runs anywhere. */
#include "vec/vec_portable.h"

#define KERN_SEARCH_NAME kern_eaglesong_search_portable
#include "eaglesong/eaglesong_body.h"

const struct kern_variant kern_eaglesong_portable = {
    .name = "portable",
    KERN_VARIANT_OF_BODY,
};
