/* alephium_ref.c: the reference hash: BLAKE3 of one chunk, twice. Written from the BLAKE3
 * specification (section 2, "BLAKE3"), in its order, for reading; never optimised. */
#include <string.h>

#include "alephium/alephium.h"
#include "base/endian.h"

enum { BLOCK_SIZE = 64, CHUNK_START = 1, CHUNK_END = 2, ROOT = 8 };

/* Specification, table 1: the same constants as BLAKE2s and SHA-256. */
static const uint32_t IV[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* Specification, table 2. */
static const uint8_t MESSAGE_PERMUTATION[16] = {2, 6,  3,  10, 7, 0,  4,  13,
                                                1, 11, 12, 5,  9, 14, 15, 8};

static uint32_t rotate_right(uint32_t word, unsigned bits)
{
    return (word >> bits) | (word << (32 - bits));
}

static void quarter(uint32_t v[16], unsigned a, unsigned b, unsigned c, unsigned d, uint32_t mx,
                    uint32_t my)
{
    v[a] = v[a] + v[b] + mx;
    v[d] = rotate_right(v[d] ^ v[a], 16);
    v[c] = v[c] + v[d];
    v[b] = rotate_right(v[b] ^ v[c], 12);
    v[a] = v[a] + v[b] + my;
    v[d] = rotate_right(v[d] ^ v[a], 8);
    v[c] = v[c] + v[d];
    v[b] = rotate_right(v[b] ^ v[c], 7);
}

/* chain: in the chaining value, out the next one. The upper half of the output is never needed:
 * no more than 32 bytes are taken. */
static void compress(uint32_t chain[8], const uint8_t block[BLOCK_SIZE], uint32_t block_size,
                     uint32_t flags)
{
    uint32_t m[16];
    uint32_t v[16];
    for (unsigned i = 0; i < 16; i++) {
        m[i] = base_load_le32(block + 4 * (size_t)i);
    }
    memcpy(v, chain, 8 * sizeof v[0]);
    memcpy(v + 8, IV, 4 * sizeof v[0]);
    v[12] = 0; /* counter: a single chunk is chunk 0 */
    v[13] = 0;
    v[14] = block_size;
    v[15] = flags;
    for (unsigned round = 0; round < 7; round++) {
        quarter(v, 0, 4, 8, 12, m[0], m[1]);
        quarter(v, 1, 5, 9, 13, m[2], m[3]);
        quarter(v, 2, 6, 10, 14, m[4], m[5]);
        quarter(v, 3, 7, 11, 15, m[6], m[7]);
        quarter(v, 0, 5, 10, 15, m[8], m[9]);
        quarter(v, 1, 6, 11, 12, m[10], m[11]);
        quarter(v, 2, 7, 8, 13, m[12], m[13]);
        quarter(v, 3, 4, 9, 14, m[14], m[15]);
        uint32_t permuted[16];
        for (unsigned i = 0; i < 16; i++) {
            permuted[i] = m[MESSAGE_PERMUTATION[i]];
        }
        memcpy(m, permuted, sizeof m);
    }
    for (unsigned i = 0; i < 8; i++) {
        chain[i] = v[i] ^ v[i + 8];
    }
}

void kern_alephium_blake3(uint8_t hash[32], const uint8_t *message, size_t size_bytes)
{
    BASE_ASSERT(size_bytes <= 1024);
    uint32_t chain[8];
    uint32_t flags = CHUNK_START;
    memcpy(chain, IV, sizeof chain);
    while (size_bytes > BLOCK_SIZE) {
        compress(chain, message, BLOCK_SIZE, flags);
        message += BLOCK_SIZE;
        size_bytes -= BLOCK_SIZE;
        flags = 0;
    }
    uint8_t last[BLOCK_SIZE] = {0};
    if (size_bytes > 0) {
        memcpy(last, message, size_bytes);
    }
    compress(chain, last, (uint32_t)size_bytes, flags | CHUNK_END | ROOT);
    for (unsigned i = 0; i < 8; i++) {
        base_store_le32(hash + 4 * (size_t)i, chain[i]);
    }
}

void kern_alephium_hash(uint8_t hash[32], const uint8_t *message)
{
    uint8_t inner[32];
    kern_alephium_blake3(inner, message, KERN_ALEPHIUM_MESSAGE_SIZE);
    kern_alephium_blake3(hash, inner, sizeof inner);
}
