/* autolykos2_avx2.c: Autolykos 2 search, 8 ways, AVX2. Rotations by whole bytes are one shuffle. */
#include "vec/vec_avx2.h"

#define BLAKE2B_STREAMS 1

#define KERN_SEARCH_NAME kern_autolykos2_search_avx2
#define KERN_FILL_NAME kern_autolykos2_fill_avx2
#include "autolykos2/autolykos2_body.h"

const struct kern_variant kern_autolykos2_avx2 = {
    .name = "avx2",
    .features = BASE_CPU_AVX2,
    .uses_table = true,
    KERN_VARIANT_OF_BODY,
};
