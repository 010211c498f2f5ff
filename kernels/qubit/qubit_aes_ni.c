/* qubit_aes_ni.c: Qubit search, 4 ways, SSE4.1 with AES-NI. */
#include "vec/vec_sse41.h"

#define KERN_SEARCH_NAME kern_qubit_search_aes_ni
#include "qubit/qubit_body.h"

const struct kern_variant kern_qubit_aes_ni = {
    .name = "aes-ni",
    .features = BASE_CPU_SSSE3 | BASE_CPU_SSE41 | BASE_CPU_AES,
    KERN_VARIANT_OF_BODY,
};
