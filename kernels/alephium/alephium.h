/* alephium.h: what the files of this room share: layout, the reference, the row. Facts: README.md
 * here (from alephium.md 3.1 to 3.4). */
#ifndef KERN_ALEPHIUM_H
#define KERN_ALEPHIUM_H

#include "row.h"

enum {
    KERN_ALEPHIUM_MESSAGE_SIZE = 326, /* nonce and header blob */
    KERN_ALEPHIUM_NONCE_SIZE = 24,    /* at the front of the message */
    KERN_ALEPHIUM_COUNTER_OFFSET = 16,
    KERN_ALEPHIUM_COUNTER_SIZE = 8,
    KERN_ALEPHIUM_CHAINS = 16,
    KERN_ALEPHIUM_SCRATCH_SIZE = 16384, /* bytes; the widest variant that broadcasts in memory */
};

extern const struct kern_algo kern_alephium_row;
extern const struct kern_cl_row kern_alephium_cl_row; /* opencl/cl_row.h */

/** BLAKE3 of one chunk (at most 1024 bytes), 32 bytes of output. Plain code in the order of the
 * specification; the judge of all variants. size_bytes 0..1024. */
void kern_alephium_blake3(uint8_t hash[32], const uint8_t *message, size_t size_bytes);

/** blake3(blake3(message)) of a whole message of KERN_ALEPHIUM_MESSAGE_SIZE bytes. */
void kern_alephium_hash(uint8_t hash[32], const uint8_t *message);

/** Counter bytes: low 32 bits little-endian at 20..23, high 32 bits little-endian at 16..19. The
 * low half is message word 5, the word whose change reaches the least of round 1. */
void kern_alephium_put_counter(uint8_t *message, uint64_t counter);

/* Variants. Which of them are built depends on the target. */
extern const struct kern_variant kern_alephium_avx512;
extern const struct kern_variant kern_alephium_avx512x2;
extern const struct kern_variant kern_alephium_avx2;
extern const struct kern_variant kern_alephium_sse41;
extern const struct kern_variant kern_alephium_sse2;
extern const struct kern_variant kern_alephium_neon;
extern const struct kern_variant kern_alephium_portable;

#endif
