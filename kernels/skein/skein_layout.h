/* skein_layout.h: where the numbers of a job lie in the argument buffer of skein.cl, behind those
 * of prim/header80_layout.h. Host and device include it. Macros only. Unit: 32-bit words. */
#ifndef KERN_SKEIN_LAYOUT_H
#define KERN_SKEIN_LAYOUT_H

#define JOB_CHAIN JOB_OWN         /* 8 values of 64 bits, low word first: after the first block */
#define JOB_PARITY (JOB_OWN + 16) /* 64 bits: the key schedule's ninth word */
#define JOB_WORDS (JOB_OWN + 18)

#endif
