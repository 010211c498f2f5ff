/* eaglesong_avx2.c: Eaglesong search, 8 ways, AVX2. */
#include "vec/vec_avx2.h"

#define KERN_SEARCH_NAME kern_eaglesong_search_avx2
#if !defined(__clang__) /* it orders the instructions itself, and better: bench/NOTES.md */
#define EAGLESONG_SKEW 1
#endif
#include "eaglesong/eaglesong_body.h"

const struct kern_variant kern_eaglesong_avx2 = {
    .name = "avx2",
    .features = BASE_CPU_AVX2,
    KERN_VARIANT_OF_BODY,
};
