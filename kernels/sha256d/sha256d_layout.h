/* sha256d_layout.h: where the numbers of a job lie in the argument buffer of sha256d.cl, behind
 * those of prim/header80_layout.h. Host and device include it. Macros only. Unit: 32-bit words. */
#ifndef KERN_SHA256D_LAYOUT_H
#define KERN_SHA256D_LAYOUT_H

#define JOB_MIDSTATE JOB_OWN    /* 8 words: state after the first block */
#define JOB_FRONT (JOB_OWN + 8) /* 8 words a..h: working variables before round 3 of the second */
#define JOB_TAIL (JOB_OWN + 16) /* 3 words: the second block's words 0..2, big-endian */
#define JOB_WORDS (JOB_OWN + 19)

#endif
