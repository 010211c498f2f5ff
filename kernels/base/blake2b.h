/* blake2b.h: BLAKE2b (RFC 7693) with a digest of 32 bytes and no key, for what is hashed beside the
 * proof of work: addresses, transactions, headers. Plain code; the kernels have their own. OpenSSL
 * 3.0 has neither this digest's size nor a personalization without a key. */
#ifndef BASE_BLAKE2B_H
#define BASE_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

enum { BASE_BLAKE2B_DIGEST = 32, BASE_BLAKE2B_PERSON = 16 }; /* bytes */

/* A hash that is fed in parts. Value; nothing to release. */
struct base_blake2b {
    uint64_t state[8];
    uint64_t count;     /* bytes that were compressed */
    uint8_t block[128]; /* bytes that were not, yet */
    size_t held;        /* bytes in block */
};

/** In: person  BASE_BLAKE2B_PERSON bytes of personalization; NULL: none. */
void base_blake2b_init(struct base_blake2b *hash, const uint8_t *person);
void base_blake2b_add(struct base_blake2b *hash, const void *bytes, size_t size);
void base_blake2b_end(struct base_blake2b *hash, uint8_t digest[32]);

/** All at once, without personalization. digest may overlap bytes. */
void base_blake2b(uint8_t digest[32], const void *bytes, size_t size);

#endif
