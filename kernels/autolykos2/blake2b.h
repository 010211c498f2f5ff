/* blake2b.h: BLAKE2b with 32 bytes of output and no key (RFC 7693): constants and the reference.
 * The vector form is blake2b_body.h. */
#ifndef KERN_AUTOLYKOS2_BLAKE2B_H
#define KERN_AUTOLYKOS2_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

enum {
    KERN_BLAKE2B_BLOCK_SIZE = 128, /* bytes: 16 little-endian words */
    KERN_BLAKE2B_ROUNDS = 12,
};

/* RFC 7693, 2.5: exclusive-or'ed into the first word: 32 bytes of output, no key, fan-out and depth
 * of 1. */
#define KERN_BLAKE2B_PARAMETERS 0x01010020ULL

/** RFC 7693, 2.6. */
extern const uint64_t kern_blake2b_iv[8];

/** BLAKE2b-256 of size bytes, any number of them. Plain code in the order of the specification,
 * never optimised. */
void kern_blake2b_256(uint8_t digest[32], const uint8_t *message, size_t size);

#endif
