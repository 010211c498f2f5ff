/* scrypt_layout.h: where the numbers of a job lie in the argument buffer of scrypt.cl, behind those
 * of prim/header80_layout.h. Host and device include it. Macros only. Unit: 32-bit words. */
#ifndef KERN_SCRYPT_LAYOUT_H
#define KERN_SCRYPT_LAYOUT_H

#define JOB_MIDSTATE JOB_OWN /* 8 words: SHA-256 after the header's first block */
#define JOB_WORDS (JOB_OWN + 8)

#define SCRYPT_N 1024      /* rows of a work item's table */
#define SCRYPT_ROW_QUADS 8 /* 128 bytes */

#endif
