/* odocrypt_layout.h: where the numbers of a job lie in the argument buffer of odocrypt.cl, behind
 * those of prim/header80_layout.h. Host and device include it. Macros only. Unit: 32-bit words;
 * 64-bit values low word first. */
#ifndef KERN_ODOCRYPT_LAYOUT_H
#define KERN_ODOCRYPT_LAYOUT_H

#define JOB_MASKS JOB_OWN               /* 2 x 6 x 5 masks of 64 bits */
#define JOB_ROTATIONS (JOB_MASKS + 120) /* 2 x 5 x 5 words */
#define JOB_MIXES (JOB_ROTATIONS + 50)  /* 6 words */
#define JOB_ROUND_KEYS (JOB_MIXES + 6)  /* 84 words */
#define JOB_SMALL (JOB_ROUND_KEYS + 84) /* 40 boxes of 64 bytes */
#define JOB_LARGE (JOB_SMALL + 640)     /* 10 boxes of 1024 half words */
#define JOB_WORDS (JOB_LARGE + 5120)

#endif
