/* v1_header.h: from the parts of a Bitcoin-family job to the 80 bytes that are hashed. Numbers are
 * host integers, hashes raw digest bytes. Source: stratum.md 4, digibyte.md 2 and 11. */
#ifndef POOL_V1_HEADER_H
#define POOL_V1_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
    POOL_V1_HEADER = 80,
    POOL_V1_ROOT = 36,  /* offset of the merkle root */
    POOL_V1_TIME = 68,  /* offset, seconds */
    POOL_V1_NONCE = 76, /* offset */
    POOL_V1_NONCE_SIZE = 4,
};

/** SHA-256 of the SHA-256. Returns: BASE_OK; BASE_E_MEMORY when the library has none. */
BASE_MUST_CHECK enum base_status pool_v1_sha256d(uint8_t hash[32], const void *bytes, size_t size);

/** Fold a branch into a leaf: root = SHA256d(root || branch[i]). In/out: root. Returns as
 * pool_v1_sha256d. */
BASE_MUST_CHECK enum base_status pool_v1_merkle(uint8_t root[32], const uint8_t (*branch)[32],
                                                size_t count);

/** Previous hash as pools write it (each 4-byte group reversed) into header order; its own inverse.
 * to may be from. */
void pool_v1_swap_words(uint8_t to[32], const uint8_t from[32]);

/** Put the header together; the nonce is zero. */
void pool_v1_header(uint8_t header[POOL_V1_HEADER], uint32_t version, const uint8_t prevhash[32],
                    const uint8_t root[32], uint32_t ntime, uint32_t nbits);

/** Compact target with a sign bit, as the Bitcoin family writes it (digibyte.md 4).
 * Returns: BASE_OK; BASE_E_FORMAT negative, zero or above 256 bits (target_be zero). */
BASE_MUST_CHECK enum base_status pool_v1_compact(uint8_t target_be[32], uint32_t nbits);

/** Counter as size bytes of an extranonce2: little-endian from the left, further bytes zero. */
void pool_v1_extranonce2(uint8_t *bytes, size_t size, uint64_t value);

/** Block height that the beginning of a coinbase tells (BIP 34), for people; 0 if it does not. */
uint64_t pool_v1_height(const uint8_t *coinbase, size_t size);

#endif
