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

/* Variants. Which of them are built depends on the target. */
extern const struct kern_variant kern_skein_avx512;
extern const struct kern_variant kern_skein_avx2;
extern const struct kern_variant kern_skein_sse2;
extern const struct kern_variant kern_skein_neon;

#endif
