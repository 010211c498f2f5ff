/* scrypt.c: the row of scrypt: layout, hooks, variants, known answers. */
#include "scrypt/scrypt.h"

#define HEADER80_HASH kern_scrypt_hash
#include "prim/header80_row.h"

static const struct kern_variant *const variants[] = {
#if defined(__x86_64__)
    &kern_scrypt_avx512,
    &kern_scrypt_avx2,
    &kern_scrypt_sse2,
#elif defined(__aarch64__)
    &kern_scrypt_neon,
#endif
    &header80_portable,
};

static const struct kern_answer answers[] = {
    {.label = "mainnet block 13627174",
     .header_hex =
         "0200002051b754cb40549df309922692695e4c93ee87e6aaa50098e67dcd99678034d3e474fa05c0"
         "6734a89e9e59d345e60d5aabd52f9e96ba2e0dfe21accdedb4023fcd2d133b616d8d001bc2703d54",
     .hash_hex = "0000000000006aeb302a702c61ffa2e2c339fa9f4677bc724b799bf01f742780"},
    {.label = "genesis main",
     .header_hex =
         "010000000000000000000000000000000000000000000000000000000000000000000000ad0f7d75"
         "18fc1e90ed28bd0e444ccd8e24d94688355705ed2142006b49d9dd726a62d052f0ff0f1e24592500",
     .hash_hex = "00000157e0eb799b685e4f679160afe11152840040e4dc23e3947989b7b6ec80"},
};

const struct kern_algo kern_scrypt_row = {
    .name = "scrypt",
    .title = "DigiByte scrypt (N = 1024)",
    HEADER80_ROW,
    .scratch_size = KERN_SCRYPT_SCRATCH_SIZE,
    .variants = variants,
    .variant_count = BASE_COUNT_OF(variants),
    .answers = answers,
    .answer_count = BASE_COUNT_OF(answers),
    .opencl = &kern_scrypt_cl_row,
};
