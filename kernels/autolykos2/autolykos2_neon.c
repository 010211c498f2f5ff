/* autolykos2_neon.c: Autolykos 2 search, 4 ways, NEON. A rotation by 32 reverses words, one by 24
 * or 16 is a table look-up, one by 63 a shift and a shift-insert. */
#include "vec/vec_neon.h"

#define BLAKE2B_STREAMS 1

#define KERN_SEARCH_NAME kern_autolykos2_search_neon
#define KERN_FILL_NAME kern_autolykos2_fill_neon
#include "autolykos2/autolykos2_body.h"

const struct kern_variant kern_autolykos2_neon = {
    .name = "neon",
    .features = BASE_CPU_NEON,
    .uses_table = true,
    KERN_VARIANT_OF_BODY,
};
