/* skein.c: the row of skein: layout, hooks, variants, known answers. */
#include "skein/skein.h"

#define HEADER80_HASH kern_skein_hash
#include "prim/header80_row.h"

static const struct kern_variant *const variants[] = {
#if defined(__x86_64__)
    &kern_skein_avx512,
    &kern_skein_avx2,
    &kern_skein_sse2,
#elif defined(__aarch64__)
    &kern_skein_neon,
#endif
    &header80_portable,
};

static const struct kern_answer answers[] = {
    {.label = "own block 2169 skein",
     .header_hex =
         "0206002035abdada6ca11353f6edb4b5a9de6953f1afd513569d431ac38cd07b0bca887a09a40c9f"
         "0aaa135bdaddf1147f9fa6ee8d94c2e3e392708e80d6c0815dd32a73f771016bccbc2e1f8f0e0000",
     .hash_hex = "0004eafe0536410567e628ac93bc2f3be995c04b0947223d53b655e37daceb4e"},
    {.label = "own block 2154 skein",
     .header_hex =
         "020600209fbdcd9281ffe1a37715fc10b222a4e0d283d9f3df8f0892c343a160ec786dff50e7b990"
         "d5b16911c1ea106e20c3aaaaf5ad948416adb5bb2c73cd7e35e714abbb70016b76d12d1f6f090000",
     .hash_hex = "0012091de8a0912077b9390cfedc80d88c0c58eaea2a5c10b424bd2a8050f4a2"},
    {.label = "own block 2164 skein",
     .header_hex =
         "0206002017ad5b352ea697797da3a83d4648b69293b5423ba4aab9a0c38bd6e991b01ef08b337600"
         "ecd2c8b5cc4165bf41083b0fd34c8352af2fd628ef75bd6c4f077bdd8971016b60002e1ff1120000",
     .hash_hex = "0022b13f639d03f869e84bd017a4793dc946a6580c7ba6e7fb0b09d2c6ed3996"},
};

const struct kern_algo kern_skein_row = {
    .name = "skein",
    .title = "DigiByte Skein (Skein-512, SHA-256)",
    HEADER80_ROW,
    .scratch_size = KERN_SKEIN_SCRATCH_SIZE,
    .variants = variants,
    .variant_count = BASE_COUNT_OF(variants),
    .answers = answers,
    .answer_count = BASE_COUNT_OF(answers),
    .opencl = &kern_skein_cl_row,
};
