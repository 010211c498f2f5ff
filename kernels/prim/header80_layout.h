/* header80_layout.h: beginning of the argument buffer of every device search over an 80-byte
 * header. Host and device include it. Macros only. Unit: 32-bit words. */
#ifndef PRIM_HEADER80_LAYOUT_H
#define PRIM_HEADER80_LAYOUT_H

#define JOB_TARGET 0 /* 8 words, the most significant first */
#define JOB_CLEAR 8  /* bits of a hash's top word that are clear at or below the target */
#define JOB_HEADER 9 /* 20 words, little-endian as they lie; the nonce is zero */
#define JOB_OWN 29   /* what the algorithm adds */

#endif
