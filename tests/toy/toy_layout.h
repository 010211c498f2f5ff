/* toy_layout.h: the job of both toys' device kernels. Host and device include it. Macros only.
 * Unit: 32-bit words. */
#ifndef TOY_LAYOUT_H
#define TOY_LAYOUT_H

#define JOB_TARGET 0 /* 8 words, the most significant first */
#define JOB_HEADER 8 /* 20 words, big-endian as SHA-256 reads them; the counter's is zero */
#define JOB_BITS 28  /* toytable: index bits of the table */
#define JOB_WORDS 29

#define RESULT_COUNT 0
#define RESULT_UNITS 1 /* toysolver */

#define SOLUTION_WORDS 256 /* toysolver */
#define TABLE_WORDS 8      /* toytable: of an element */

#endif
