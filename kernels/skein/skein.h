/* skein.h: what the files of this room share: the reference, the row. Facts: README.md here. */
#ifndef KERN_SKEIN_H
#define KERN_SKEIN_H

#include "prim/header80.h"

enum {
    KERN_SKEIN_SCRATCH_SIZE = 32768, /* bytes; the widest variant's constants */
    KERN_SKEIN_ROUNDS = 72,
    KERN_SKEIN_TYPE_CONFIG = 4, /* Skein 1.3, table 6: values of a block's type field */
    KERN_SKEIN_TYPE_MESSAGE = 48,
    KERN_SKEIN_TYPE_OUTPUT = 63,
};

/* Skein 1.3, 3.3.2: constant of the key schedule. */
#define KERN_SKEIN_PARITY 0x1bd11bdaa9fc1a22ULL

extern const struct kern_algo kern_skein_row;
extern const struct kern_cl_row kern_skein_cl_row;

/** Rotations of MIX by round modulo 8 and word pair (Skein 1.3, table 4, Nw = 8). */
extern const uint8_t kern_skein_rotations[8][4];

/** The chaining value of Skein-512-512 before its first message block (Skein 1.3, 3.5.4: a hash of
 * the configuration). */
void kern_skein_start(uint64_t chain[8]);

/** One UBI block: chain becomes Threefish-512(chain, tweak, block) ^ block.
 * In: position   bytes of the message up to and with this block.
 *     flags      type and first/final bits as they lie in the tweak's upper word. */
void kern_skein_ubi(uint64_t chain[8], const uint8_t block[64], uint64_t position, uint64_t flags);

/** Upper tweak word of a block. */
uint64_t kern_skein_flags(unsigned type, bool first, bool last);

/** Skein-512-512 of size bytes. */
void kern_skein512(uint8_t digest[64], const uint8_t *message, size_t size);

/** SHA-256(Skein-512-512(header)) as a number; the judge of all variants. */
void kern_skein_hash(uint8_t hash_be[32], const struct kern_work *work);

/* Vector operations of one batch, the same for all widths: struct kern_op_counts. Checked by
 * tests/cross/test_skein_counts.c. */
#define KERN_SKEIN_COUNTS(X)                                                                       \
    X(ADD, 2797)                                                                                   \
    X(LOAD, 555)                                                                                   \
    X(LOGIC, 1168)                                                                                 \
    X(XOR3, 342)                                                                                   \
    X(CHOOSE, 157)                                                                                 \
    X(MAJORITY, 121)                                                                               \
    X(ROTATE_BITS, 962)                                                                            \
    X(ROTATE_64, 1146)                                                                             \
    X(SHIFT, 113)                                                                                  \
    X(COMPARE, 1)

/* Variants; contracts: kern_search in kern.h, kern_probe_fn in row.h. Which of them are built
 * depends on the target. */
#define KERN_SKEIN_SEARCH_OF(isa)                                                                  \
    enum base_status kern_skein_search_##isa(                                                      \
        void *scratch, struct kern_find *finds, size_t cap, size_t *find_count, uint64_t *tried,   \
        const struct kern_work *work, uint64_t first, uint64_t count)
#define KERN_SKEIN_VARIANT_OF(isa)                                                                 \
    KERN_SKEIN_SEARCH_OF(isa);                                                                     \
    uint32_t kern_skein_probe_##isa(void *scratch, uint64_t batches)
KERN_SKEIN_VARIANT_OF(avx512);
KERN_SKEIN_VARIANT_OF(avx2);
KERN_SKEIN_VARIANT_OF(sse2);
KERN_SKEIN_VARIANT_OF(neon);

#endif
