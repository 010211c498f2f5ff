/* toy.cl: SHA-256 and the test against the target, for the device kernels of both toys; OpenCL C 1.2.
 * Plain, not fast. Source: FIPS 180-4. */
#ifndef TOY_LAYOUT_H
#include "toy_layout.h"
#endif

__constant const uint sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static void sha256_start(uint *state)
{
    state[0] = 0x6a09e667U;
    state[1] = 0xbb67ae85U;
    state[2] = 0x3c6ef372U;
    state[3] = 0xa54ff53aU;
    state[4] = 0x510e527fU;
    state[5] = 0x9b05688cU;
    state[6] = 0x1f83d9abU;
    state[7] = 0x5be0cd19U;
}

/* w: the block's 16 words; used up. */
static void sha256_block(uint *state, uint *w)
{
    uint v[8];
    for (uint i = 0; i < 8; i++) {
        v[i] = state[i];
    }
    for (uint t = 0; t < 64; t++) {
        if (t >= 16) {
            uint w1 = w[(t + 1) & 15];
            uint w14 = w[(t + 14) & 15];
            w[t & 15] += (rotate(w1, 25U) ^ rotate(w1, 14U) ^ (w1 >> 3)) + w[(t + 9) & 15] +
                         (rotate(w14, 15U) ^ rotate(w14, 13U) ^ (w14 >> 10));
        }
        uint e = v[4];
        uint a = v[0];
        uint first = v[7] + (rotate(e, 26U) ^ rotate(e, 21U) ^ rotate(e, 7U)) +
                     ((e & v[5]) ^ (~e & v[6])) + sha256_k[t] + w[t & 15];
        uint second = (rotate(a, 30U) ^ rotate(a, 19U) ^ rotate(a, 10U)) +
                      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        for (uint i = 7; i > 0; i--) {
            v[i] = v[i - 1];
        }
        v[4] += first;
        v[0] = first + second;
    }
    for (uint i = 0; i < 8; i++) {
        state[i] += v[i];
    }
}

/* SHA-256 of count words, at most 13, which come from a block that has room for the padding. */
static void sha256_words(uint *state, uint *block, uint count)
{
    for (uint i = count + 1; i < 15; i++) {
        block[i] = 0;
    }
    block[count] = 0x80000000U;
    block[15] = 32 * count;
    sha256_start(state);
    sha256_block(state, block);
}

static uint swapped(uint word)
{
    return word >> 24 | (word >> 8 & 0xff00U) | (word << 8 & 0xff0000U) | word << 24;
}

/* seed = SHA-256(header with this counter). */
static void seed_of(__constant const uint *job, uint counter, uint *seed)
{
    uint block[16];
    sha256_start(seed);
    for (uint i = 0; i < 16; i++) {
        block[i] = job[JOB_HEADER + i];
    }
    sha256_block(seed, block);
    for (uint i = 0; i < 15; i++) {
        block[i] = i < 3 ? job[JOB_HEADER + 16 + i] : 0;
    }
    block[3] = swapped(counter);
    block[4] = 0x80000000U;
    block[15] = 640;
    sha256_block(seed, block);
}

/* hash <= target */
static bool meets(__constant const uint *job, const uint *hash)
{
    for (uint i = 0; i < 8; i++) {
        if (hash[i] != job[JOB_TARGET + i]) {
            return hash[i] < job[JOB_TARGET + i];
        }
    }
    return true;
}
