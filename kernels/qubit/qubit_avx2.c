/* qubit_avx2.c: Qubit search, 8 ways, AVX2 with AES-NI. */
#include "vec/vec_avx2.h"

#define KERN_SEARCH_NAME kern_qubit_search_avx2
#include "qubit/qubit_body.h"

const struct kern_variant kern_qubit_avx2 = {
    .name = "avx2",
    .features = BASE_CPU_AVX2 | BASE_CPU_AES,
    KERN_VARIANT_OF_BODY,
};
