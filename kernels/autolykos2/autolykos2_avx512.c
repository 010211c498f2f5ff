/* autolykos2_avx512.c: Autolykos 2 search, 16 ways, AVX-512F: two states of 16 vectors fill the 32
 * registers; message words are operands that the additions broadcast. */
#include "vec/vec_avx512_in_place.h"

#define BLAKE2B_STREAMS 2
#define BLAKE2B_ROLLED 1

#define KERN_SEARCH_NAME kern_autolykos2_search_avx512
#define KERN_FILL_NAME kern_autolykos2_fill_avx512
#include "autolykos2/autolykos2_body.h"

const struct kern_variant kern_autolykos2_avx512 = {
    .name = "avx512",
    .features = BASE_CPU_AVX512F,
    .uses_table = true,
    KERN_VARIANT_OF_BODY,
};
