/* scrypt.h: what the files of this room share: parameters, the reference, the row. Facts: README.md
 * here. */
#ifndef KERN_SCRYPT_H
#define KERN_SCRYPT_H

#include "prim/header80.h"

enum {
    KERN_SCRYPT_N = 1024,
    KERN_SCRYPT_BLOCK = 128,                                   /* bytes: 128 * r, r = 1 */
    KERN_SCRYPT_MEMORY = KERN_SCRYPT_N * KERN_SCRYPT_BLOCK,    /* bytes of one hash's table */
    KERN_SCRYPT_SCRATCH_SIZE = 8 * KERN_SCRYPT_MEMORY + 32768, /* bytes; the widest variant's */
};

extern const struct kern_algo kern_scrypt_row;
extern const struct kern_cl_row kern_scrypt_cl_row;

/** scrypt(password = salt = header, N = 1024, r = 1, p = 1), 32 bytes, as a number; the judge of
 * all variants. Its table lies on the stack: 128 KiB. */
void kern_scrypt_hash(uint8_t hash_be[32], const struct kern_work *work);

/* Vector operations of one batch: struct kern_op_counts. quads: of a vector, 1, 2 or 4; transposing
 * n vectors takes n * log2(n) shuffles, and quads / 2 is that logarithm. Checked by
 * tests/cross/test_scrypt_counts.c. */
#define KERN_SCRYPT_COUNTS(X, quads)                                                               \
    X(ADD, 599217)                                                                                 \
    X(LOAD, 1063)                                                                                  \
    X(LOGIC, 622608)                                                                               \
    X(XOR3, 3488)                                                                                  \
    X(CHOOSE, 1089)                                                                                \
    X(MAJORITY, 1024)                                                                              \
    X(ROTATE_BITS, 533442)                                                                         \
    X(SHIFT, 1440)                                                                                 \
    X(SHUFFLE, 393216 + 65536 * ((quads) / 2))                                                     \
    X(VECTOR_LOAD, 32832)                                                                          \
    X(VECTOR_STORE, 36928)                                                                         \
    X(COMPARE, 1)

/* Variants; contracts: kern_search in kern.h, kern_probe_fn in row.h. Which of them are built
 * depends on the target. */
#define KERN_SCRYPT_SEARCH_OF(isa)                                                                 \
    enum base_status kern_scrypt_search_##isa(                                                     \
        void *scratch, struct kern_find *finds, size_t cap, size_t *find_count, uint64_t *tried,   \
        const struct kern_work *work, uint64_t first, uint64_t count)
#define KERN_SCRYPT_VARIANT_OF(isa)                                                                \
    KERN_SCRYPT_SEARCH_OF(isa);                                                                    \
    uint32_t kern_scrypt_probe_##isa(void *scratch, uint64_t batches)
KERN_SCRYPT_VARIANT_OF(avx512);
KERN_SCRYPT_VARIANT_OF(avx2);
KERN_SCRYPT_VARIANT_OF(sse2);
KERN_SCRYPT_VARIANT_OF(neon);

#endif
