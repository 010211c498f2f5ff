/* autolykos2_layout.h: the job of autolykos2.cl. Both sides include it: C on the host, OpenCL C on
 * the device. Macros only. Unit: 32-bit words. */
#ifndef KERN_AUTOLYKOS2_LAYOUT_H
#define KERN_AUTOLYKOS2_LAYOUT_H

#define JOB_TARGET 0   /* 4 numbers of 64 bits, the least significant first, each low word first */
#define JOB_MESSAGE 8  /* msg: 8 words, little-endian as BLAKE2b reads them */
#define JOB_SIZE 16    /* N, elements of the table */
#define JOB_INVERSE 17 /* (2^32 - 1) / N */
#define JOB_INVERSE_2 18 /* (2^64 - 1) / N, low word first */
#define JOB_WORDS 20

/* Words of a table's element: the number, least significant word first; the top byte is zero. */
#define TABLE_WORDS 8

#endif
