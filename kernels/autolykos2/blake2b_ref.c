/* blake2b_ref.c: BLAKE2b-256 in the order of RFC 7693. Never optimised. */
#include "autolykos2/blake2b.h"

#include <stdbool.h>
#include <string.h>

#include "base/endian.h"

const uint64_t kern_blake2b_iv[8] = {
    0x6a09e667f3bcc908ULL, 0xbb67ae8584caa73bULL, 0x3c6ef372fe94f82bULL, 0xa54ff53a5f1d36f1ULL,
    0x510e527fade682d1ULL, 0x9b05688c2b3e6c1fULL, 0x1f83d9abfb41bd6bULL, 0x5be0cd19137e2179ULL,
};

/* RFC 7693, 2.7: which words each round mixes in; rounds 10 and 11 are rounds 0 and 1. */
static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static uint64_t ror(uint64_t x, unsigned bits)
{
    return (x >> bits) | (x << (64 - bits));
}

/* RFC 7693, 3.1. */
static void mix(uint64_t v[16], size_t a, size_t b, size_t c, size_t d, uint64_t x, uint64_t y)
{
    v[a] = v[a] + v[b] + x;
    v[d] = ror(v[d] ^ v[a], 32);
    v[c] = v[c] + v[d];
    v[b] = ror(v[b] ^ v[c], 24);
    v[a] = v[a] + v[b] + y;
    v[d] = ror(v[d] ^ v[a], 16);
    v[c] = v[c] + v[d];
    v[b] = ror(v[b] ^ v[c], 63);
}

/* RFC 7693, 3.2. The message is shorter than 2^64 bytes: the counter's upper word stays zero. */
static void compress(uint64_t h[8], const uint8_t block[KERN_BLAKE2B_BLOCK_SIZE], uint64_t counter,
                     bool last)
{
    uint64_t v[16];
    uint64_t m[16];
    for (size_t i = 0; i < 16; i++) {
        m[i] = base_load_le64(block + 8 * i);
        v[i] = i < 8 ? h[i] : kern_blake2b_iv[i - 8];
    }
    v[12] ^= counter;
    if (last) {
        v[14] = ~v[14];
    }
    for (size_t round = 0; round < KERN_BLAKE2B_ROUNDS; round++) {
        const uint8_t *s = sigma[round % 10];
        mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
        mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
        mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
        mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
        mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
        mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
        mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
        mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
    }
    for (size_t i = 0; i < 8; i++) {
        h[i] ^= v[i] ^ v[i + 8];
    }
}

void kern_blake2b_256(uint8_t digest[32], const uint8_t *message, size_t size)
{
    uint64_t h[8];
    uint8_t block[KERN_BLAKE2B_BLOCK_SIZE];
    size_t done = 0;
    memcpy(h, kern_blake2b_iv, sizeof h);
    h[0] ^= KERN_BLAKE2B_PARAMETERS;
    do { /* an empty message is one block of zeros */
        size_t part = size - done < sizeof block ? size - done : sizeof block;
        memset(block, 0, sizeof block);
        memcpy(block, message + done, part);
        done += part;
        compress(h, block, done, done == size);
    } while (done < size);
    for (size_t i = 0; i < 4; i++) {
        base_store_le64(digest + 8 * i, h[i]);
    }
}
