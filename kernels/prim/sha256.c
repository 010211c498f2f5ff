/* sha256.c: see sha256.h. In the order of FIPS 180-4, section 6.2; never optimised. */
#include "prim/sha256.h"

#include <string.h>

#include "base/endian.h"
#include "base/status.h"

const uint32_t prim_sha256_iv[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

const uint32_t prim_sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotr(uint32_t x, unsigned bits)
{
    return (x >> bits) | (x << (32 - bits));
}

void prim_sha256_schedule(uint32_t w[64], const uint32_t block[16])
{
    memcpy(w, block, 16 * sizeof w[0]);
    for (unsigned t = 16; t < 64; t++) {
        uint32_t s0 = rotr(w[t - 15], 7) ^ rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
        uint32_t s1 = rotr(w[t - 2], 17) ^ rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
}

void prim_sha256_rounds(uint32_t v[8], const uint32_t *w, unsigned first, unsigned last)
{
    for (unsigned t = first; t < last; t++) {
        uint32_t sum1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25);
        uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t t1 = v[7] + sum1 + choose + prim_sha256_k[t] + w[t];
        uint32_t sum0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + sum0 + majority;
    }
}

void prim_sha256_compress(uint32_t state[8], const uint32_t block[16])
{
    uint32_t w[64];
    uint32_t v[8];
    prim_sha256_schedule(w, block);
    memcpy(v, state, sizeof v);
    prim_sha256_rounds(v, w, 0, 64);
    for (unsigned i = 0; i < 8; i++) {
        state[i] += v[i];
    }
}

static void compress_bytes(uint32_t state[8], const uint8_t block[PRIM_SHA256_BLOCK])
{
    uint32_t words[16];
    for (size_t i = 0; i < 16; i++) {
        words[i] = base_load_be32(block + 4 * i);
    }
    prim_sha256_compress(state, words);
}

/* Two messages one after the other, so that HMAC needs no buffer. */
static void hash_two(uint8_t hash[32], const uint8_t *one, size_t one_size, const uint8_t *two,
                     size_t two_size)
{
    uint32_t state[8];
    uint8_t block[PRIM_SHA256_BLOCK];
    size_t used = 0;
    size_t total = one_size + two_size;
    memcpy(state, prim_sha256_iv, sizeof state);
    for (size_t i = 0; i < total; i++) {
        block[used++] = i < one_size ? one[i] : two[i - one_size];
        if (used == sizeof block) {
            compress_bytes(state, block);
            used = 0;
        }
    }
    block[used++] = 0x80;
    if (used > sizeof block - 8) {
        memset(block + used, 0, sizeof block - used);
        compress_bytes(state, block);
        used = 0;
    }
    memset(block + used, 0, sizeof block - used);
    base_store_be64(block + sizeof block - 8, 8 * (uint64_t)total);
    compress_bytes(state, block);
    for (size_t i = 0; i < 8; i++) {
        base_store_be32(hash + 4 * i, state[i]);
    }
}

void prim_sha256(uint8_t hash[32], const uint8_t *message, size_t size)
{
    hash_two(hash, message, size, message, 0);
}

void prim_hmac_sha256(uint8_t mac[32], const uint8_t *key, size_t key_size, const uint8_t *message,
                      size_t size)
{
    uint8_t pad[PRIM_SHA256_BLOCK];
    uint8_t key_hash[32];
    uint8_t inner[32];
    if (key_size > sizeof pad) {
        prim_sha256(key_hash, key, key_size);
        key = key_hash;
        key_size = sizeof key_hash;
    }
    memset(pad, 0x36, sizeof pad);
    for (size_t i = 0; i < key_size; i++) {
        pad[i] ^= key[i];
    }
    hash_two(inner, pad, sizeof pad, message, size);
    for (size_t i = 0; i < sizeof pad; i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }
    hash_two(mac, pad, sizeof pad, inner, sizeof inner);
}
