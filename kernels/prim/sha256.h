/* sha256.h: SHA-256 (FIPS 180-4) in plain words, for references and for what is done once a job.
 * Not for hot loops: the vector form is sha256_body.h. */
#ifndef PRIM_SHA256_H
#define PRIM_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { PRIM_SHA256_BLOCK = 64, PRIM_SHA256_SIZE = 32 };

/** Initial hash value and round constants (FIPS 180-4, 5.3.3 and 4.2.2). */
extern const uint32_t prim_sha256_iv[8];
extern const uint32_t prim_sha256_k[64];

/** Message schedule of a block: w[0..15] are its words, the others follow. */
void prim_sha256_schedule(uint32_t w[64], const uint32_t block[16]);

/** Rounds first..last-1 on the working variables v, without the final addition. w: schedule. */
void prim_sha256_rounds(uint32_t v[8], const uint32_t *w, unsigned first, unsigned last);

/** One application of the compression function. state: eight words, in and out; block: 16 message
 * words as host integers. */
void prim_sha256_compress(uint32_t state[8], const uint32_t block[16]);

/** Hash of size bytes. */
void prim_sha256(uint8_t hash[32], const uint8_t *message, size_t size);

/** HMAC-SHA-256 (RFC 2104) of size bytes. */
void prim_hmac_sha256(uint8_t mac[32], const uint8_t *key, size_t key_size, const uint8_t *message,
                      size_t size);

#endif
