/* equihash_layout.h: what equihash.cl and equihash_cl.c share: numbers of a job, result, and where
 * lists lie in the device's memory. Both sides include it: C on the host, OpenCL C on the device.
 * Macros only. Unit: 32-bit words, where no other is named.
 *
 * A list is 2^BUCKET_BITS buckets of SLOTS rows. A row is the number that CPU solvers store
 * (equihash_state.h), without what the bucket implies, its low word first, and then a reference: in
 * list 0 the index, else bucket and pair of the parents. The words of a row are stored in pieces of
 * four, two and one, as the bits of their number say: first the fours of all rows of the list, then
 * the twos, then the ones; so each is stored at once and read in order. List r is in heap r %
 * HEAPS; all lists of a nonce are kept, since their references are read at the end. */
#ifndef KERN_EQUIHASH_LAYOUT_H
#define KERN_EQUIHASH_LAYOUT_H

/* Job */
#define JOB_TARGET 0     /* 8 words, the most significant first */
#define JOB_MIDSTATE 8   /* 16 words: BLAKE2b after 128 bytes, low words first */
#define JOB_SHA_STATE 24 /* 8 words: SHA-256 after 128 bytes */
#define JOB_TAIL 32      /* bytes 128..131 of the header, little-endian */
#define JOB_WORDS 33

/* Result: finds, units, rows lost, whether it was stopped; then slots. */
#define RESULT_COUNT 0
#define RESULT_UNITS 1
#define RESULT_LOST 2
#define RESULT_STOPPED 3
#define RESULT_FIRST_SLOT 4

/* A solution: its bytes, and the solution in big-endian words. */
#define SOLUTION_WORDS_MAX (1 + 336)

#define HEAPS 3
#define CANDIDATES_MAX 8192 /* of one nonce; some 700 are expected at 200,9 */
#define SOLUTIONS_MAX 32    /* of one nonce: KERN_EQUIHASH_SOLUTIONS_MAX */
#define SOLUTION_GROUPS 128 /* work groups that try the candidates of a nonce */

/* The size in use: n, k, bucket bits b. Rows of a bucket: their mean, `spread` standard deviations
 * of it, and so many parts of 10,000 of the mean in list 0 and twice as many in each further list
 * (equihash_state.h says why lists differ). At 48,5 lists differ by a multiple of their mean. */
#define DIGIT_BITS(n, k) ((n) / ((k) + 1))
#define MEAN_BITS(n, k, b) (DIGIT_BITS(n, k) + 1 - (b))
#define DEVIATION(bits) ((bits) % 2 != 0 ? (181 << (bits) / 2) >> 7 : 1 << (bits) / 2)
#define GROWTH_OF_10000(n) ((n) == 200 ? 25 : (n) == 96 ? 300 : 40000)
#define SLOTS_EXACT(n, k, b, spread, list)                                                         \
    ((1 << MEAN_BITS(n, k, b)) + (spread)*DEVIATION(MEAN_BITS(n, k, b)) +                          \
     ((GROWTH_OF_10000(n) << (list)) << MEAN_BITS(n, k, b)) / 10000)
#define SLOTS_OF(n, k, b, spread, list) ((SLOTS_EXACT(n, k, b, spread, list) + 7) / 8 * 8)

/* Bucket bits where 200,9 has b: means stay alike. */
#define BUCKET_BITS_96(b) ((b)-4)
#define BUCKET_BITS_48 3

/* Words of a row's number, and of all of it. */
#define NUMBER_WORDS(n, k, b, list) (((n) - (list)*DIGIT_BITS(n, k) - (b) + 31) / 32)
#define ROW_WORDS(n, k, b, list) (NUMBER_WORDS(n, k, b, list) + 1)
#define LIST_WORDS(n, k, b, spread, list)                                                          \
    ((list) < (k) ? (ROW_WORDS(n, k, b, list) * SLOTS_OF(n, k, b, spread, list)) << (b) : 0)

/* A nonce's words in a heap, and of the lists before this one in the same heap. */
#define HEAP_WORDS(n, k, b, spread, heap)                                                          \
    (LIST_WORDS(n, k, b, spread, heap) + LIST_WORDS(n, k, b, spread, (heap) + HEAPS) +             \
     LIST_WORDS(n, k, b, spread, (heap) + 2 * HEAPS))
#define LIST_OFFSET(n, k, b, spread, list)                                                         \
    (((list) >= HEAPS ? LIST_WORDS(n, k, b, spread, (list) % HEAPS) : 0) +                         \
     ((list) >= 2 * HEAPS ? LIST_WORDS(n, k, b, spread, (list) % HEAPS + HEAPS) : 0))

/* A nonce's words in the buffer of counts: rows of each bucket of each list, numbers of candidates
 * and of solutions; references of the candidates; of each solution what is hashed behind byte 128.
 */
#define CANDIDATE_COUNT(k, b) ((k) << (b))
#define SOLUTION_COUNT(k, b) (CANDIDATE_COUNT(k, b) + 1)
#define CANDIDATES(k, b) (CANDIDATE_COUNT(k, b) + 8)
#define MESSAGES(k, b) (CANDIDATES(k, b) + CANDIDATES_MAX)
#define COUNTS_WORDS(k, b) (MESSAGES(k, b) + SOLUTIONS_MAX * MESSAGE_WORDS_MAX)

/* Bytes of a block with a solution, and padded words of them from byte 128 on. */
#define BLOCK_BYTES(solution) (140 + ((solution) > 252 ? 3 : 1) + (solution))
#define MESSAGE_WORDS_OF(solution) (16 * ((BLOCK_BYTES(solution) - 128 + 9 + 63) / 64))
#define MESSAGE_WORDS_MAX MESSAGE_WORDS_OF(1344)

#endif
