/* odocrypt_layout.h: where the numbers of a job lie in the argument buffer of odocrypt.cl, behind
 * those of prim/header80_layout.h; and the moves of Keccak. Host and device include it. Macros
 * only. Unit: 32-bit words; 64-bit values low word first. */
#ifndef KERN_ODOCRYPT_LAYOUT_H
#define KERN_ODOCRYPT_LAYOUT_H

#define JOB_MASKS JOB_OWN               /* 2 x 6 x 5 masks of 64 bits */
#define JOB_ROTATIONS (JOB_MASKS + 120) /* 2 x 5 x 5 words: to the right, 1 to 64 bits */
#define JOB_MIXES (JOB_ROTATIONS + 50)  /* 6 words, in the same way */
#define JOB_ROUND_KEYS (JOB_MIXES + 6)  /* 84 words */
#define JOB_SMALL (JOB_ROUND_KEYS + 84) /* 40 boxes of 64 bytes */
#define JOB_LARGE (JOB_SMALL + 640)     /* 10 boxes of 1024 half words */
#define JOB_WORDS (JOB_LARGE + 5120)

/* Rho and pi of Keccak-p[800], what moves: X(to, x, y, bits), lane x + 5y rotated to the left by
 * bits becomes lane `to` (digibyte.md 6.5). */
#define KECCAK_MOVES(X)                                                                            \
    X(1, 1, 1, 12)                                                                                 \
    X(2, 2, 2, 11)                                                                                 \
    X(3, 3, 3, 21)                                                                                 \
    X(4, 4, 4, 14)                                                                                 \
    X(5, 3, 0, 28)                                                                                 \
    X(6, 4, 1, 20)                                                                                 \
    X(7, 0, 2, 3)                                                                                  \
    X(8, 1, 3, 13)                                                                                 \
    X(9, 2, 4, 29)                                                                                 \
    X(10, 1, 0, 1)                                                                                 \
    X(11, 2, 1, 6)                                                                                 \
    X(12, 3, 2, 25)                                                                                \
    X(13, 4, 3, 8)                                                                                 \
    X(14, 0, 4, 18)                                                                                \
    X(15, 4, 0, 27)                                                                                \
    X(16, 0, 1, 4)                                                                                 \
    X(17, 1, 2, 10)                                                                                \
    X(18, 2, 3, 15)                                                                                \
    X(19, 3, 4, 24)                                                                                \
    X(20, 2, 0, 30)                                                                                \
    X(21, 3, 1, 23)                                                                                \
    X(22, 4, 2, 7)                                                                                 \
    X(23, 0, 3, 9)                                                                                 \
    X(24, 1, 4, 2)

#endif
