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

/* Variants. Which of them are built depends on the target. */
extern const struct kern_variant kern_scrypt_avx512;
extern const struct kern_variant kern_scrypt_avx2;
extern const struct kern_variant kern_scrypt_sse2;
extern const struct kern_variant kern_scrypt_neon;

#endif
