/* qubit_neon.c: Qubit search, 4 ways, NEON with AES. */
#include "vec/vec_neon.h"

#define KERN_SEARCH_NAME kern_qubit_search_neon
#include "qubit/qubit_body.h"

const struct kern_variant kern_qubit_neon = {
    .name = "neon",
    .features = BASE_CPU_NEON | BASE_CPU_ARM_AES,
    KERN_VARIANT_OF_BODY,
};
