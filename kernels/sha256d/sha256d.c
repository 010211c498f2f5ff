/* sha256d.c: the row of sha256d: layout, hooks, variants, known answers. */
#include "sha256d/sha256d.h"

#define HEADER80_HASH kern_sha256d_hash
#include "prim/header80_row.h"

static const struct kern_variant *const variants[] = {
#if defined(__x86_64__)
    &kern_sha256d_avx512, &kern_sha256d_sha_ni, &kern_sha256d_avx2, &kern_sha256d_sse2,
#elif defined(__aarch64__)
    &kern_sha256d_neon,
#endif
    &header80_portable,
};

static const struct kern_answer answers[] = {
    {.label = "own block 2167 sha256d",
     .header_hex =
         "02020020f7390b8e0099e2fefb678e8c1adcf12f86d54f0bcccd0f7f4b58b672fcca960c77f648a3"
         "c3ef526ea78043c16cc68795c8710ee638ad4c030e44dc106fcb0239cb71016b934e2e1f9d030000",
     .hash_hex = "00077e61966121cba043f0504f87f42413e6516ccba7d3febbf547e9879db642"},
    {.label = "own block 2152 sha256d",
     .header_hex =
         "0202002058661a7490f6ed03af0714ae3055787c33722163293418bd3db2eb7ba818ed9908bdb263"
         "8f072fdd0517c027ce331b152d951424e4834cb0cb876fcb1260e4659d70016b76d12d1f45020000",
     .hash_hex = "0019095f0dc4fdd670b790884078ce59a503f20a58e58dd867997115cea4404e"},
    {.label = "own block 2157 sha256d",
     .header_hex =
         "02020020436f7866f4d81560213947c3111858d6328ee8643d76d56ae513861ced5eaa3cf89af675"
         "552a4f4db835a252e913ebcfae9e7f1b0a9b362d2acdc2983792162bef70016b76d12d1f09020000",
     .hash_hex = "0021983b358626558c41418db39a003efc61524af443fdfd8228a5d104b3f621"},
};

const struct kern_algo kern_sha256d_row = {
    .name = "sha256d",
    .title = "DigiByte SHA-256d",
    HEADER80_ROW,
    .scratch_size = KERN_SHA256D_SCRATCH_SIZE,
    .variants = variants,
    .variant_count = BASE_COUNT_OF(variants),
    .answers = answers,
    .answer_count = BASE_COUNT_OF(answers),
    .opencl = &kern_sha256d_cl_row,
};
