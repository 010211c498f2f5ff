/* simd_ref.c: SIMD-512 (version 1.1) of 64 bytes, in the order of "SIMD Is a Message Digest"
 * (second round of SHA-3). Never optimised. */
#include <string.h>

#include "base/endian.h"
#include "qubit/qubit.h"

enum { PRIME = 257, POINTS = 256, ROOT = 41, BLOCK_SIZE = 128, STEPS = 32 };

/* Specification, 1.2: the compression of zeros with the text "SIMD-512 v1.1". */
const uint32_t kern_qubit_simd_start[32] = {
    0x0ba16b95, 0x72f999ad, 0x9fecc2ae, 0xba3264fc, 0x5e894929, 0x8e9f30e5, 0x2f1daa37, 0xf0f2c558,
    0xac506643, 0xa90635a5, 0xe25b878b, 0xaab7878f, 0x88817f7a, 0x0a02892b, 0x559a7550, 0x598f657e,
    0x7eef60a1, 0x6b70e3e8, 0x9c1714d1, 0xb958e2a8, 0xab02675e, 0xed1c014f, 0xcd8d65bb, 0xfdb7a257,
    0x09254899, 0xd699c7bc, 0x9019b6dc, 0x2b9022e4, 0x8fa14956, 0x21bf9bd3, 0xb94d0943, 0x6ffddc22};

const uint8_t kern_qubit_simd_rotations[4][4] = {
    {3, 23, 17, 27}, {28, 19, 22, 7}, {29, 9, 15, 5}, {4, 13, 10, 25}};

const uint8_t kern_qubit_simd_partner[7] = {1, 6, 2, 3, 5, 7, 4};

/* Which sixteen (step 0..15: neighbours; 16..31: pairs from afar) transformed values make the words
 * of a step. */
const uint8_t kern_qubit_simd_places[STEPS] = {4,  6,  0,  2,  7,  5,  3,  1,  15, 11, 12,
                                               8,  9,  13, 10, 14, 17, 18, 23, 20, 22, 21,
                                               16, 19, 30, 24, 25, 31, 27, 29, 28, 26};

static uint32_t rotl(uint32_t x, unsigned bits)
{
    return (x << bits) | (x >> (32 - bits));
}

/* Two values times the inner code's factor, as the halves of a word. Values are -128..128. */
static uint32_t inner_code(int low, int high, int factor)
{
    return ((uint32_t)(low * factor) & 0xffffU) | ((uint32_t)(high * factor) << 16);
}

/* Number-theoretic transform of the block's bytes, followed by one more coefficient X^255 that
 * keeps zero blocks from vanishing, X^253 too in the last block. */
static void transform(int y[POINTS], const uint8_t block[BLOCK_SIZE], bool last)
{
    unsigned powers[POINTS] = {1}; /* of ROOT, whose order is POINTS */
    for (unsigned i = 1; i < POINTS; i++) {
        powers[i] = powers[i - 1] * ROOT % PRIME;
    }
    for (unsigned i = 0; i < POINTS; i++) {
        unsigned sum = powers[255 * i % POINTS] + (last ? powers[253 * i % POINTS] : 0);
        for (unsigned j = 0; j < BLOCK_SIZE; j++) {
            sum += block[j] * powers[i * j % POINTS];
        }
        int value = (int)(sum % PRIME);
        y[i] = value > 128 ? value - PRIME : value;
    }
}

void kern_qubit_simd_expand(uint32_t w[STEPS][8], const uint8_t block[BLOCK_SIZE], bool last)
{
    int y[POINTS];
    transform(y, block, last);
    for (unsigned step = 0; step < STEPS; step++) {
        for (unsigned n = 0; n < 8; n++) {
            unsigned at = 16 * kern_qubit_simd_places[step] + 2 * n;
            if (step < 16) {
                w[step][n] = inner_code(y[at], y[at + 1], 185);
            } else if (step < 24) {
                w[step][n] = inner_code(y[at - 256], y[at - 128], 233);
            } else {
                w[step][n] = inner_code(y[at - 383], y[at - 255], 233);
            }
        }
    }
}

/* One step of the eight parallel Feistel ladders. state: A, B, C, D, eight words each. */
static void do_step(uint32_t state[4][8], const uint32_t w[8], bool majority, unsigned r,
                    unsigned s, unsigned partner)
{
    uint32_t rotated[8];
    uint32_t next[8];
    for (unsigned n = 0; n < 8; n++) {
        rotated[n] = rotl(state[0][n], r);
    }
    for (unsigned n = 0; n < 8; n++) {
        uint32_t a = state[0][n];
        uint32_t b = state[1][n];
        uint32_t c = state[2][n];
        uint32_t f = majority ? (a & b) | (a & c) | (b & c) : (a & b) | (~a & c);
        next[n] = rotl(state[3][n] + w[n] + f, s) + rotated[n ^ partner];
    }
    memcpy(state[3], state[2], sizeof next);
    memcpy(state[2], state[1], sizeof next);
    memcpy(state[1], rotated, sizeof next);
    memcpy(state[0], next, sizeof next);
}

static void compress(uint32_t chain[32], const uint8_t block[BLOCK_SIZE], bool last)
{
    uint32_t w[STEPS][8];
    uint32_t state[4][8];
    kern_qubit_simd_expand(w, block, last);
    for (size_t i = 0; i < 32; i++) {
        state[i / 8][i % 8] = chain[i] ^ base_load_le32(block + 4 * i);
    }
    for (unsigned t = 0; t < STEPS; t++) {
        const uint8_t *rotations = kern_qubit_simd_rotations[t / 8];
        do_step(state, w[t], t % 8 >= 4, rotations[t % 4], rotations[(t + 1) % 4],
                kern_qubit_simd_partner[t % 7]);
    }
    for (size_t i = 0; i < 4; i++) { /* feed-forward: the old chain as message */
        const uint8_t *rotations = kern_qubit_simd_rotations[3];
        do_step(state, chain + 8 * i, false, rotations[i], rotations[(i + 1) % 4],
                kern_qubit_simd_partner[(STEPS + i) % 7]);
    }
    memcpy(chain, state, sizeof state);
}

void kern_qubit_simd512(uint8_t digest[64], const uint8_t message[64])
{
    uint32_t chain[32];
    uint8_t block[BLOCK_SIZE] = {0};
    memcpy(chain, kern_qubit_simd_start, sizeof chain);
    memcpy(block, message, 64);
    compress(chain, block, false);
    memset(block, 0, sizeof block);
    base_store_le32(block, 512); /* message length in bits */
    compress(chain, block, true);
    for (size_t i = 0; i < 16; i++) {
        base_store_le32(digest + 4 * i, chain[i]);
    }
}
