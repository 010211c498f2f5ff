/* blake2b.c: see blake2b.h. Follows RFC 7693 step by step. */
#include "base/blake2b.h"

#include <stdbool.h>
#include <string.h>

#include "base/endian.h"

enum {
    BLOCK = 128,
    DIGEST = BASE_BLAKE2B_DIGEST,
    ROUNDS = 12,
};

static const uint64_t initial[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static const uint8_t order[10][16] = {
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

static uint64_t rotate_right(uint64_t value, unsigned bits)
{
    return value >> bits | value << (64 - bits);
}

static void mix(uint64_t v[16], const unsigned at[4], uint64_t x, uint64_t y)
{
    uint64_t *a = &v[at[0]];
    uint64_t *b = &v[at[1]];
    uint64_t *c = &v[at[2]];
    uint64_t *d = &v[at[3]];
    *a += *b + x;
    *d = rotate_right(*d ^ *a, 32);
    *c += *d;
    *b = rotate_right(*b ^ *c, 24);
    *a += *b + y;
    *d = rotate_right(*d ^ *a, 16);
    *c += *d;
    *b = rotate_right(*b ^ *c, 63);
}

static void compress(struct base_blake2b *hash, bool last)
{
    static const unsigned quads[8][4] = {{0, 4, 8, 12},  {1, 5, 9, 13},  {2, 6, 10, 14},
                                         {3, 7, 11, 15}, {0, 5, 10, 15}, {1, 6, 11, 12},
                                         {2, 7, 8, 13},  {3, 4, 9, 14}};
    uint64_t v[16];
    uint64_t m[16];
    for (size_t i = 0; i < 16; i++) {
        m[i] = base_load_le64(hash->block + 8 * i);
    }
    memcpy(v, hash->state, sizeof(hash->state));
    memcpy(v + 8, initial, sizeof(initial));
    v[12] ^= hash->count;
    v[14] = last ? ~v[14] : v[14];
    for (size_t round = 0; round < ROUNDS; round++) {
        const uint8_t *word = order[round % 10];
        for (size_t i = 0; i < 8; i++) {
            mix(v, quads[i], m[word[2 * i]], m[word[2 * i + 1]]);
        }
    }
    for (size_t i = 0; i < 8; i++) {
        hash->state[i] ^= v[i] ^ v[i + 8];
    }
}

void base_blake2b_init(struct base_blake2b *hash, const uint8_t *person)
{
    memset(hash, 0, sizeof(*hash));
    memcpy(hash->state, initial, sizeof(initial));
    hash->state[0] ^= 0x01010000U ^ DIGEST; /* fan-out 1, depth 1, no key */
    if (person != NULL) {
        hash->state[6] ^= base_load_le64(person);
        hash->state[7] ^= base_load_le64(person + 8);
    }
}

void base_blake2b_add(struct base_blake2b *hash, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    while (size > 0) {
        if (hash->held == BLOCK) { /* more follows, so it is not the last block */
            hash->count += BLOCK;
            compress(hash, false);
            hash->held = 0;
        }
        size_t part = size < BLOCK - hash->held ? size : BLOCK - hash->held;
        memcpy(hash->block + hash->held, from, part);
        hash->held += part;
        from += part;
        size -= part;
    }
}

void base_blake2b_end(struct base_blake2b *hash, uint8_t digest[32])
{
    hash->count += hash->held;
    memset(hash->block + hash->held, 0, BLOCK - hash->held);
    compress(hash, true);
    for (size_t i = 0; i < DIGEST / 8; i++) {
        base_store_le64(digest + 8 * i, hash->state[i]);
    }
}

void base_blake2b(uint8_t digest[32], const void *bytes, size_t size)
{
    struct base_blake2b hash;
    base_blake2b_init(&hash, NULL);
    base_blake2b_add(&hash, bytes, size);
    base_blake2b_end(&hash, digest);
}
