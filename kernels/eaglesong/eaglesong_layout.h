/* eaglesong_layout.h: where the numbers of a job lie in the argument buffer of eaglesong.cl. Both
 * sides include it: C on the host, OpenCL C on the device. Macros only. Unit: 32-bit words. */
#ifndef KERN_EAGLESONG_LAYOUT_H
#define KERN_EAGLESONG_LAYOUT_H

#define JOB_TARGET 0 /* 8 words, the most significant first */
#define JOB_CLEAR 8  /* bits of x0 + x1 in the last round that are clear at or below the target */

/* Round 0 without the counter. Words 0 and 1 are those after the round; the others those after the
 * matrix, with what the constants are before the circulant: the counter's halves are added to them.
 */
#define JOB_FRONT 16

/* Constants as the matrix step takes them, at multiples of four words: 16 a round for the whole
 * step, rounds 1 to 42; then those of round 41 and words 0 and 1 of round 42 as the early test
 * makes them. */
#define JOB_ROUNDS 32
#define JOB_LAST_BUT_ONE (JOB_ROUNDS + 16 * 42)
#define JOB_LAST (JOB_LAST_BUT_ONE + 16)
#define JOB_WORDS (JOB_LAST + 2)

#endif
