/* blake2b.c: BLAKE2b in the order of RFC 7693. */
#include "base/blake2b.h"

#include <string.h>

#include "base/endian.h"
#include "base/status.h"

const uint64_t base_blake2b_iv[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

enum { ROUNDS = 12, PERSONAL_WORD = 6 };

/* Message word permutations (RFC 7693, 2.7). Rounds 10 and 11 use rows 0 and 1. */
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

static uint64_t rotate_right(uint64_t word, unsigned bits)
{
    return word >> bits | word << (64 - bits);
}

static void mix(uint64_t v[16], unsigned a, unsigned b, unsigned c, unsigned d, uint64_t x,
                uint64_t y)
{
    v[a] = v[a] + v[b] + x;
    v[d] = rotate_right(v[d] ^ v[a], 32);
    v[c] = v[c] + v[d];
    v[b] = rotate_right(v[b] ^ v[c], 24);
    v[a] = v[a] + v[b] + y;
    v[d] = rotate_right(v[d] ^ v[a], 16);
    v[c] = v[c] + v[d];
    v[b] = rotate_right(v[b] ^ v[c], 63);
}

void base_blake2b_compress(uint64_t h[8], const uint64_t m[16], uint64_t byte_count, bool last)
{
    uint64_t v[16];
    memcpy(v, h, 8 * sizeof v[0]);
    memcpy(v + 8, base_blake2b_iv, 8 * sizeof v[0]);
    v[12] ^= byte_count;
    v[14] ^= last ? UINT64_MAX : 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
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
    for (unsigned i = 0; i < 8; i++) {
        h[i] ^= v[i] ^ v[i + 8];
    }
}

void base_blake2b_init(struct base_blake2b *state, size_t hash_size, const uint8_t *personal)
{
    BASE_ASSERT(hash_size >= 1 && hash_size <= BASE_BLAKE2B_MAX);
    memset(state, 0, sizeof *state);
    state->hash_size = hash_size;
    memcpy(state->h, base_blake2b_iv, sizeof state->h);
    state->h[0] ^= 0x01010000U ^ (uint64_t)hash_size; /* fan-out 1, depth 1, no key */
    if (personal != NULL) {
        state->h[PERSONAL_WORD] ^= base_load_le64(personal);
        state->h[PERSONAL_WORD + 1] ^= base_load_le64(personal + 8);
    }
}

static void compress_held(struct base_blake2b *state, bool last)
{
    uint64_t m[16];
    for (unsigned i = 0; i < 16; i++) {
        m[i] = base_load_le64(state->held + (size_t)8 * i);
    }
    state->compressed_bytes += state->held_size;
    base_blake2b_compress(state->h, m, state->compressed_bytes, last);
    state->held_size = 0;
}

void base_blake2b_update(struct base_blake2b *state, const void *message, size_t size)
{
    const uint8_t *from = message;
    while (size > 0) {
        if (state->held_size == BASE_BLAKE2B_BLOCK) {
            compress_held(state, false);
        }
        size_t room = BASE_BLAKE2B_BLOCK - state->held_size;
        size_t part = size < room ? size : room;
        memcpy(state->held + state->held_size, from, part);
        state->held_size += part;
        from += part;
        size -= part;
    }
}

void base_blake2b_final(uint8_t *hash, struct base_blake2b *state)
{
    uint8_t bytes[BASE_BLAKE2B_MAX];
    memset(state->held + state->held_size, 0, BASE_BLAKE2B_BLOCK - state->held_size);
    compress_held(state, true);
    for (unsigned i = 0; i < 8; i++) {
        base_store_le64(bytes + (size_t)8 * i, state->h[i]);
    }
    memcpy(hash, bytes, state->hash_size);
}

void base_blake2b(uint8_t *hash, size_t hash_size, const uint8_t *personal, const void *message,
                  size_t size)
{
    struct base_blake2b state;
    base_blake2b_init(&state, hash_size, personal);
    base_blake2b_update(&state, message, size);
    base_blake2b_final(hash, &state);
}
