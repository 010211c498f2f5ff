/* sha256d.h: what the files of this room share: the reference, the row. Facts: README.md here. */
#ifndef KERN_SHA256D_H
#define KERN_SHA256D_H

#include "prim/header80.h"

enum { KERN_SHA256D_SCRATCH_SIZE = 16384 }; /* bytes; the widest variant's constants */

extern const struct kern_algo kern_sha256d_row;
extern const struct kern_cl_row kern_sha256d_cl_row;

/** SHA-256(SHA-256(header)) as a number; the judge of all variants. */
void kern_sha256d_hash(uint8_t hash_be[32], const struct kern_work *work);

/* Variants. Which of them are built depends on the target. */
extern const struct kern_variant kern_sha256d_avx512;
extern const struct kern_variant kern_sha256d_sha_ni;
extern const struct kern_variant kern_sha256d_avx2;
extern const struct kern_variant kern_sha256d_sse2;
extern const struct kern_variant kern_sha256d_neon;

#endif
