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

/** The state after the first block of a message, the pow hash: the same for all nonces of a job. */
void kern_eaglesong_start(uint32_t state[16], const uint8_t pow_hash[32]);

/** Absorb the second block of a message, nonce and delimiter; from there the second permutation
 * starts.
 * In/out: state    from kern_eaglesong_start.
 * In:     message  KERN_EAGLESONG_MESSAGE_SIZE bytes. */
void kern_eaglesong_absorb_nonce(uint32_t state[16], const uint8_t *message);

/* Lists of eaglesong_matrix.h. */
enum kern_eaglesong_list {
    KERN_EAGLESONG_LIST_NONE, /* outputs that are no terms of others */
    KERN_EAGLESONG_LIST_OF_THREE,
    KERN_EAGLESONG_LIST_OF_TWO,
    KERN_EAGLESONG_LIST_FEWEST,
    KERN_EAGLESONG_LIST_LAST_OF_THREE,
    KERN_EAGLESONG_LIST_LAST_OF_TWO,
    KERN_EAGLESONG_LIST_LAST_FEWEST,
};

/** Injection constants of a round as the outputs of a list take them. A constant behind the
 * circulant is the inverse circulant of itself before it, where an operand is free.
 * Out: constant  of all outputs that the list has. */
void kern_eaglesong_inject(uint32_t constant[16], enum kern_eaglesong_list list, unsigned round);

/** The matrix step of round 0 of the second permutation, constants included as in
 * kern_eaglesong_inject without a list.
 * In: state  with the nonce absorbed. */
void kern_eaglesong_front(uint32_t word[16], const uint32_t state[16]);

/** The last step of a round on one pair of words, in and out. */
void kern_eaglesong_add_rotate_add(uint32_t *x, uint32_t *y);

/** Bits of the sum of words 0 and 1 in the last round that are clear in every hash that meets the
 * target. The hash's first word is the sum rotated by 8 to the left, its bytes are the first four
 * of the hash, and of these, read as a big-endian number, a find has at least the leading zero bits
 * of the target's. */
uint32_t kern_eaglesong_clear_bits(const uint8_t target_be[32]);

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
