/* eaglesong.h: what the files of this room share: layout, tables, the reference, the row. Facts:
 * README.md here (from ckb.md 1 to 3). */
#ifndef KERN_EAGLESONG_H
#define KERN_EAGLESONG_H

#include "row.h"

enum {
    KERN_EAGLESONG_MESSAGE_SIZE = 48,   /* 32 bytes of pow hash, then the nonce */
    KERN_EAGLESONG_NONCE_OFFSET = 32,   /* in the message */
    KERN_EAGLESONG_NONCE_SIZE = 16,     /* bytes; the first ones may be a pool's extranonce */
    KERN_EAGLESONG_COUNTER_OFFSET = 40, /* in the message: the nonce's last 8 bytes */
    KERN_EAGLESONG_COUNTER_SIZE = 8,
    KERN_EAGLESONG_ROUNDS = 43,
    KERN_EAGLESONG_RATE = 32,            /* bytes that one permutation absorbs or gives */
    KERN_EAGLESONG_SCRATCH_SIZE = 40960, /* bytes; the constants of the widest variant that keeps
                                            them as whole vectors */
};

/** Bit matrix: bit k of entry j is set when old word k is a term of new word j. */
extern const uint16_t kern_eaglesong_matrix[16];

/** Rotations to the left of word j's circulant. */
extern const uint8_t kern_eaglesong_rotations[16][2];

/** Injection constants: word j of round r is entry 16 * r + j. */
extern const uint32_t kern_eaglesong_constants[16 * KERN_EAGLESONG_ROUNDS];

extern const struct kern_algo kern_eaglesong_row;
extern const struct kern_cl_row kern_eaglesong_cl_row; /* opencl/cl_row.h */

/** The permutation: all rounds, in the order of the specification. state: in and out. */
void kern_eaglesong_permute(uint32_t state[16]);

/** Word `word` of the state after the circulant of the specification: x ^ x <<< a ^ x <<< b. */
uint32_t kern_eaglesong_circulant(unsigned word, uint32_t value);

/** Eaglesong of a message of any size, 32 bytes of output. Plain code; the judge of all variants.
 * message: may be NULL when size_bytes is 0. */
void kern_eaglesong_digest(uint8_t digest[32], const uint8_t *message, size_t size_bytes);

/** The state after the first block (pow hash), with the second block (nonce and delimiter)
 * absorbed: what the second permutation starts from. In: message  KERN_EAGLESONG_MESSAGE_SIZE
 * bytes. */
void kern_eaglesong_absorb(uint32_t state[16], const uint8_t *message);

/** Counter bytes: the nonce's last eight, most significant first, as CKB's pools count. */
void kern_eaglesong_put_counter(uint8_t *message, uint64_t counter);

/* Variants. Which of them are built depends on the target. */
extern const struct kern_variant kern_eaglesong_avx512;
extern const struct kern_variant kern_eaglesong_avx2;
extern const struct kern_variant kern_eaglesong_sse41;
extern const struct kern_variant kern_eaglesong_sse2;
extern const struct kern_variant kern_eaglesong_neon;
extern const struct kern_variant kern_eaglesong_portable;

#endif
