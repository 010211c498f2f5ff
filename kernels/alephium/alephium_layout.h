/* alephium_layout.h: where the numbers of a job lie in the argument buffer of alephium.cl. Both
 * sides include it: C on the host, OpenCL C on the device. Macros only. Unit: 32-bit words. */
#ifndef KERN_ALEPHIUM_LAYOUT_H
#define KERN_ALEPHIUM_LAYOUT_H

/* Round 1 of block 0 as far as no counter word (message words 4 and 5) reaches it. vN is word N of
 * the state after the column steps 0, 1 and 3; mN is message word N; see alephium_cl.c. */
#define JOB_A0 0         /* v0 + v5 + m8 + m9 */
#define JOB_D0 1         /* (v15 ^ (v0 + v5 + m8)) >>> 16 */
#define JOB_B0 2         /* v5 */
#define JOB_A1 3         /* v1 + m10 */
#define JOB_C1 4         /* v11 */
#define JOB_D1 5         /* v12 */
#define JOB_A2 6         /* v7 + m12 */
#define JOB_B2 7         /* v7 */
#define JOB_C2 8         /* v8 */
#define JOB_D2 9         /* v13 */
#define JOB_A3_FIRST 10  /* v3 + v4 + m14 */
#define JOB_A3_SECOND 11 /* v3 + v4 + m14 + m15 */
#define JOB_B3 12        /* v4 */
#define JOB_C3 13        /* v9 */

/* What a hash must look like. */
#define JOB_TOP_MASK 14 /* bits of hash word 0 that a hash at or below the target has clear */
#define JOB_CHAIN 15    /* chain number, shifted to the low nibble of the hash's last byte */
#define JOB_TARGET 16   /* 8 words, the most significant first */

/* The message: 81 full words and the first two bytes of one more (326 bytes). */
#define JOB_MESSAGE 24 /* blocks 0 to 4, 16 words each; words 4 and 5 are the counter: unused */
#define JOB_TAIL 104   /* block 5: two words, the others are zero */
#define JOB_ONE 106    /* the number 1, which a compiler cannot know; see MULTIPLY_ADD */
#define JOB_WORDS 107

#endif
