/* odocrypt.h: what the files of this room share: the tables of a key, the reference, the row.
 * Facts: README.md here (from digibyte.md 6). */
#ifndef KERN_ODOCRYPT_H
#define KERN_ODOCRYPT_H

#include "prim/header80.h"

enum {
    KERN_ODOCRYPT_SCRATCH_SIZE = 16384, /* bytes */
    KERN_ODOCRYPT_WORDS = 10,           /* of 64 bits: the header is the state */
    KERN_ODOCRYPT_ROUNDS = 84,
    KERN_ODOCRYPT_SMALL = 40, /* S-boxes of 6 bits */
    KERN_ODOCRYPT_LARGE = 10, /* S-boxes of 10 bits */
    KERN_ODOCRYPT_PBOX_ROUNDS = 5,
    KERN_ODOCRYPT_PAIRS = 5,
    KERN_ODOCRYPT_MIXES = 6,
    KERN_ODOCRYPT_LANES = 25, /* of Keccak-p[800] */
};

struct kern_odocrypt_pbox {
    uint64_t mask[KERN_ODOCRYPT_PBOX_ROUNDS + 1][KERN_ODOCRYPT_PAIRS];
    uint8_t rotation[KERN_ODOCRYPT_PBOX_ROUNDS][KERN_ODOCRYPT_PAIRS]; /* 1..63 bits, left */
};

/* Everything an epoch's key determines; data of the row's kern_table. */
struct kern_odocrypt_key {
    uint8_t small[KERN_ODOCRYPT_SMALL][64];
    uint16_t large[KERN_ODOCRYPT_LARGE][1024];
    uint8_t after_large[16]; /* zero: vector loads of the last entry reach past it */
    struct kern_odocrypt_pbox pbox[2];
    uint8_t mix[KERN_ODOCRYPT_MIXES];         /* rotations to the left, 1..63 bits */
    uint16_t round_key[KERN_ODOCRYPT_ROUNDS]; /* 10 bits, one a word */
};

extern const struct kern_algo kern_odocrypt_row;
extern const struct kern_cl_row kern_odocrypt_cl_row;

/** Round constants of the twelve Keccak-p[800] rounds (digibyte.md 6.5). */
extern const uint32_t kern_odocrypt_keccak_constants[12];

/** Key of a header time: time - time % interval, seconds. interval: 1 or more. */
uint32_t kern_odocrypt_epoch(uint32_t time, uint32_t interval);

/** Draw the tables of a key. Cheap: about 13 thousand steps of a generator. */
void kern_odocrypt_key_build(struct kern_odocrypt_key *tables, uint32_t key);

/** The cipher alone, in place. */
void kern_odocrypt_encrypt(uint64_t state[10], const struct kern_odocrypt_key *tables);

/** Keccak-p[800] with its last twelve rounds, in place. */
void kern_odocrypt_keccak(uint32_t lanes[25]);

/** Cipher and Keccak of the header as a number; the judge of all variants. The tables are those of
 * work->table; without one they are built anew for this hash, which takes longer than the hash. */
void kern_odocrypt_hash(uint8_t hash_be[32], const struct kern_work *work);

/* Variants. Which of them are built depends on the target. */
extern const struct kern_variant kern_odocrypt_avx512;
extern const struct kern_variant kern_odocrypt_avx2;

#endif
