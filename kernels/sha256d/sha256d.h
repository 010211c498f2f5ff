/* sha256d.h: what the files of this room share: the reference, the row. Facts: README.md here. */
#ifndef KERN_SHA256D_H
#define KERN_SHA256D_H

#include "prim/header80.h"

enum { KERN_SHA256D_SCRATCH_SIZE = 16384 }; /* bytes; the widest variant's constants */

extern const struct kern_algo kern_sha256d_row;
extern const struct kern_cl_row kern_sha256d_cl_row;

/** SHA-256(SHA-256(header)) as a number; the judge of all variants. */
void kern_sha256d_hash(uint8_t hash_be[32], const struct kern_work *work);

/* Vector operations of one batch, the same for all widths: struct kern_op_counts. Checked by
 * tests/cross/test_sha256d_counts.c, those of the SHA instructions by test_sha256d_ni_counts.c. */
#define KERN_SHA256D_COUNTS(X)                                                                     \
    X(ADD, 1044)                                                                                   \
    X(LOAD, 161)                                                                                   \
    X(XOR3, 392)                                                                                   \
    X(CHOOSE, 121)                                                                                 \
    X(MAJORITY, 116)                                                                               \
    X(ROTATE_BITS, 1022)                                                                           \
    X(SHIFT, 156)                                                                                  \
    X(COMPARE, 1)

#define KERN_SHA256D_NI_COUNTS(X)                                                                  \
    X(ADD, 240)                                                                                    \
    X(LOAD, 0)                                                                                     \
    X(LOGIC, 4)                                                                                    \
    X(SHUFFLE, 236)                                                                                \
    X(OWN_0, 248)                                                                                  \
    X(OWN_1, 96)                                                                                   \
    X(OWN_2, 96)

/* Variants; contracts: kern_search in kern.h, kern_probe_fn in row.h. Which of them are built
 * depends on the target. */
#define KERN_SHA256D_SEARCH_OF(isa)                                                                \
    enum base_status kern_sha256d_search_##isa(                                                    \
        void *scratch, struct kern_find *finds, size_t cap, size_t *find_count, uint64_t *tried,   \
        const struct kern_work *work, uint64_t first, uint64_t count)
#define KERN_SHA256D_VARIANT_OF(isa)                                                               \
    KERN_SHA256D_SEARCH_OF(isa);                                                                   \
    uint32_t kern_sha256d_probe_##isa(void *scratch, uint64_t batches)
KERN_SHA256D_VARIANT_OF(sha_ni);
KERN_SHA256D_VARIANT_OF(avx512);
KERN_SHA256D_VARIANT_OF(avx2);
KERN_SHA256D_VARIANT_OF(sse2);
KERN_SHA256D_VARIANT_OF(neon);

#endif
