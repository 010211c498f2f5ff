/* qubit.c: the row of qubit: layout, hooks, variants, known answers. */
#include "qubit/qubit.h"

#define HEADER80_HASH kern_qubit_hash
#include "prim/header80_row.h"

static const struct kern_variant *const variants[] = {
#if defined(__x86_64__)
    &kern_qubit_vaes,
    &kern_qubit_avx2,
    &kern_qubit_aes_ni,
#elif defined(__aarch64__)
    &kern_qubit_neon,
#endif
    &header80_portable,
};

static const struct kern_answer answers[] = {
    {.label = "own block 2155 qubit",
     .header_hex =
         "020800201f8c3aa389511f3b1b95d33a5cedb6242469bbf5fa7b998d53fda49c932c27e8367d7cd0"
         "78449ca87c4d97c1b8c5b0476b1e51f12234f3881a62740c6c71b9a8ca70016b71652c1f38000000",
     .hash_hex = "000bee212d603a4c84d814383fbce4dc8148d06191d2c5ede9cfcf77bf771d78"},
    {.label = "own block 2170 qubit",
     .header_hex =
         "02080020d0a0bb596545d6765d03542bdde7b2baafce13b84860a4ae5024a7e73a9504fd865e6f4e"
         "e325a40bff2d4d0a2e0a3bc2e3659376dd6efd7b7aa120a77a43766a0d72016bc7862d1f58040000",
     .hash_hex = "000fd8d7dbdedee828bc13fd3de3c5b5ff21d38bcc1663a96afa26ad8d94ed32"},
};

const struct kern_algo kern_qubit_row = {
    .name = "qubit",
    .title = "DigiByte Qubit (Luffa, CubeHash, SHAvite, SIMD, ECHO)",
    HEADER80_ROW,
    .scratch_size = KERN_QUBIT_SCRATCH_SIZE,
    .variants = variants,
    .variant_count = BASE_COUNT_OF(variants),
    .answers = answers,
    .answer_count = BASE_COUNT_OF(answers),
    .opencl = &kern_qubit_cl_row,
};
