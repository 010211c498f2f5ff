/* qubit.h: what the files of this room share: the five stages' references, their constants, the
 * row. Facts: README.md here. */
#ifndef KERN_QUBIT_H
#define KERN_QUBIT_H

#include "prim/header80.h"

extern const struct kern_algo kern_qubit_row;
extern const struct kern_cl_row kern_qubit_cl_row;

enum {
    KERN_QUBIT_DIGEST = 64,          /* bytes, of every stage */
    KERN_QUBIT_SCRATCH_SIZE = 65536, /* bytes; the widest variant's constants */
};

/** The five stages on whole messages. Only what the chain needs: luffa takes any size, the others
 * exactly one digest. */
void kern_qubit_luffa512(uint8_t digest[64], const uint8_t *message, size_t size);
void kern_qubit_cubehash512(uint8_t digest[64], const uint8_t message[64]);
void kern_qubit_shavite512(uint8_t digest[64], const uint8_t message[64]);
void kern_qubit_simd512(uint8_t digest[64], const uint8_t message[64]);
void kern_qubit_echo512(uint8_t digest[64], const uint8_t message[64]);

/** First 32 bytes of echo(simd(shavite(cubehash(luffa(header))))) as a number; the judge of all
 * variants. */
void kern_qubit_hash(uint8_t hash_be[32], const struct kern_work *work);

/** One round of AES (FIPS 197: SubBytes, ShiftRows, MixColumns) without a key. */
void kern_qubit_aes_round(uint8_t block[16]);

/* FIPS 197, figure 7. */
extern const uint8_t kern_qubit_aes_sbox[256];

/* Luffa v2: starting values, and the constants added in a step: [permutation][step][0]: to word 0,
 * [1]: to word 4. */
extern const uint32_t kern_qubit_luffa_start[5][8];
extern const uint32_t kern_qubit_luffa_constants[5][8][2];

/** Luffa-512 of a header as far as it is the same for all nonces: two blocks, then the injection of
 * the third with a nonce of zero. Out: v, the state before the third block's permutations. */
void kern_qubit_luffa_header(uint32_t v[5][8], const uint8_t header[PRIM_HEADER80_SIZE]);

/** CubeHash16/32-512 before its first block. */
void kern_qubit_cubehash_start(uint32_t x[32]);

/* SHAvite-3-512 and SIMD-512: starting values. */
extern const uint32_t kern_qubit_shavite_start[16];
extern const uint32_t kern_qubit_simd_start[32];

/** Expanded message of one SIMD-512 block: words of steps 0..31, eight each. last: the block that
 * holds the length. */
void kern_qubit_simd_expand(uint32_t w[32][8], const uint8_t block[128], bool last);

/* SIMD-512: which sixteen transformed values make the words of a step; see kern_qubit_simd_expand.
 */
extern const uint8_t kern_qubit_simd_places[32];

/* SIMD-512: rotations of the four rounds. */
extern const uint8_t kern_qubit_simd_rotations[4][4];

/* SIMD-512: element n of step t takes the rotated element n ^ kern_qubit_simd_partner[t % 7]. */
extern const uint8_t kern_qubit_simd_partner[7];

/* Variants. Which of them are built depends on the target. */
extern const struct kern_variant kern_qubit_vaes;
extern const struct kern_variant kern_qubit_avx2;
extern const struct kern_variant kern_qubit_aes_ni;
extern const struct kern_variant kern_qubit_neon;

#endif
