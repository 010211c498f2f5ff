/* qubit_layout.h: where the numbers of a job lie in the argument buffer of qubit.cl, behind those
 * of prim/header80_layout.h. Host and device include it. Macros only. Unit: 32-bit words. */
#ifndef KERN_QUBIT_LAYOUT_H
#define KERN_QUBIT_LAYOUT_H

#define JOB_LUFFA JOB_OWN /* 5 x 8: third block after message injection, nonce zero */
#define JOB_LUFFA_ADDED (JOB_LUFFA + 40)      /* 5 x 8 x 2: constants of the steps */
#define JOB_CUBEHASH (JOB_LUFFA_ADDED + 80)   /* 32: state before the first block */
#define JOB_SHAVITE (JOB_CUBEHASH + 32)       /* 16: chaining value */
#define JOB_SIMD (JOB_SHAVITE + 16)           /* 32: chaining value */
#define JOB_SIMD_LAST (JOB_SIMD + 32)         /* 32 x 8: expanded last block */
#define JOB_SIMD_PLACES (JOB_SIMD_LAST + 256) /* 32 */
#define JOB_POWERS                                                                                 \
    (JOB_SIMD_PLACES + 32)         /* 256: powers of 41 modulo 257, signed, least magnitude */
#define JOB_AES (JOB_POWERS + 256) /* 256: S-box and MixColumns of a byte in row 0 */
#define JOB_WORDS (JOB_AES + 256)

#endif
