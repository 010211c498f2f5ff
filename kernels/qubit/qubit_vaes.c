/* qubit_vaes.c: Qubit search, 16 ways, AVX-512 with VAES and GFNI. */
#include "vec/vec_avx512.h"

#define KERN_SEARCH_NAME kern_qubit_search_vaes
#include "qubit/qubit_body.h"

const struct kern_variant kern_qubit_vaes = {
    .name = "vaes",
    .features = BASE_CPU_AVX512F | BASE_CPU_AVX512BW | BASE_CPU_VAES | BASE_CPU_GFNI,
    KERN_VARIANT_OF_BODY,
};
