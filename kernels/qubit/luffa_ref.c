/* luffa_ref.c: Luffa-512, version 2, in the order of "Hash Function Luffa: Specification" (second
 * round of SHA-3). Never optimised. */
#include <string.h>

#include "base/endian.h"
#include "qubit/qubit.h"

enum { CHAINS = 5, WORDS = 8, STEPS = 8, BLOCK_SIZE = 32 };

/* Specification, appendix A. */
const uint32_t kern_qubit_luffa_start[CHAINS][WORDS] = {
    {0x6d251e69, 0x44b051e0, 0x4eaa6fb4, 0xdbf78465, 0x6e292011, 0x90152df4, 0xee058139,
     0xdef610bb},
    {0xc3b44b95, 0xd9d2f256, 0x70eee9a0, 0xde099fa3, 0x5d9b0557, 0x8fc944b3, 0xcf1ccf0e,
     0x746cd581},
    {0xf7efc89d, 0x5dba5781, 0x04016ce5, 0xad659c05, 0x0306194f, 0x666d1836, 0x24aa230a,
     0x8b264ae7},
    {0x858075d5, 0x36d79cce, 0xe571f7d7, 0x204b1f67, 0x35870c6a, 0x57e9e923, 0x14bcb808,
     0x7cde72ce},
    {0x6c68e9be, 0x5ec41e22, 0xc825b7c7, 0xaffb4363, 0xf5df3999, 0x0fc688f1, 0xb07224cc,
     0x03e86cea},
};

/* Specification, appendix B. */
const uint32_t kern_qubit_luffa_constants[CHAINS][STEPS][2] = {
    {{0x303994a6, 0xe0337818},
     {0xc0e65299, 0x441ba90d},
     {0x6cc33a12, 0x7f34d442},
     {0xdc56983e, 0x9389217f},
     {0x1e00108f, 0xe5a8bce6},
     {0x7800423d, 0x5274baf4},
     {0x8f5b7882, 0x26889ba7},
     {0x96e1db12, 0x9a226e9d}},
    {{0xb6de10ed, 0x01685f3d},
     {0x70f47aae, 0x05a17cf4},
     {0x0707a3d4, 0xbd09caca},
     {0x1c1e8f51, 0xf4272b28},
     {0x707a3d45, 0x144ae5cc},
     {0xaeb28562, 0xfaa7ae2b},
     {0xbaca1589, 0x2e48f1c1},
     {0x40a46f3e, 0xb923c704}},
    {{0xfc20d9d2, 0xe25e72c1},
     {0x34552e25, 0xe623bb72},
     {0x7ad8818f, 0x5c58a4a4},
     {0x8438764a, 0x1e38e2e7},
     {0xbb6de032, 0x78e38b9d},
     {0xedb780c8, 0x27586719},
     {0xd9847356, 0x36eda57f},
     {0xa2c78434, 0x703aace7}},
    {{0xb213afa5, 0xe028c9bf},
     {0xc84ebe95, 0x44756f91},
     {0x4e608a22, 0x7e8fce32},
     {0x56d858fe, 0x956548be},
     {0x343b138f, 0xfe191be2},
     {0xd0ec4e3d, 0x3cb226e5},
     {0x2ceb4882, 0x5944a28e},
     {0xb3ad2208, 0xa1c4c355}},
    {{0xf0d2e9e3, 0x5090d577},
     {0xac11d7fa, 0x2d1925ab},
     {0x1bcb66f2, 0xb46496ac},
     {0x6f2d9bc9, 0xd1925ab0},
     {0x78602649, 0x29131ab6},
     {0x8edae952, 0x0fc053c3},
     {0x3b6ba548, 0x3f014f0c},
     {0xedae9520, 0xfc053c31}},
};

static uint32_t rotl(uint32_t x, unsigned bits)
{
    return (x << bits) | (x >> (32 - bits));
}

/* Times 2 in the ring of 256-bit words: GF(2)[x] modulo x^8 + x^4 + x^3 + x + 1 over words. */
static void twice(uint32_t out[WORDS], const uint32_t in[WORDS])
{
    uint32_t top = in[7];
    uint32_t old[WORDS];
    memcpy(old, in, sizeof old);
    out[0] = top;
    for (unsigned i = 1; i < WORDS; i++) {
        out[i] = old[i - 1];
    }
    out[1] ^= top;
    out[3] ^= top;
    out[4] ^= top;
}

static void add(uint32_t to[WORDS], const uint32_t words[WORDS])
{
    for (unsigned i = 0; i < WORDS; i++) {
        to[i] ^= words[i];
    }
}

/* Specification, 3.2.3: message injection for five chains. */
static void inject(uint32_t v[CHAINS][WORDS], const uint32_t message[WORDS])
{
    uint32_t sum[WORDS] = {0};
    uint32_t old[CHAINS][WORDS];
    uint32_t m[WORDS];
    for (unsigned j = 0; j < CHAINS; j++) {
        add(sum, v[j]);
    }
    twice(sum, sum);
    for (unsigned j = 0; j < CHAINS; j++) {
        add(v[j], sum);
    }
    memcpy(old, v, sizeof old);
    for (unsigned j = 0; j < CHAINS; j++) { /* each: twice itself and the next */
        twice(v[j], old[j]);
        add(v[j], old[(j + 1) % CHAINS]);
    }
    memcpy(old, v, sizeof old);
    memcpy(m, message, sizeof m);
    for (unsigned j = 0; j < CHAINS; j++) { /* each: twice itself and the one before */
        twice(v[j], old[j]);
        add(v[j], old[(j + CHAINS - 1) % CHAINS]);
        add(v[j], m);
        twice(m, m);
    }
}

/* Specification, 3.3.1: SubCrumb, the 4-bit S-box on bits of equal weight of four words. */
static void sub_crumb(uint32_t *a0, uint32_t *a1, uint32_t *a2, uint32_t *a3)
{
    static const uint8_t sbox[16] = {13, 14, 0, 1, 5, 10, 7, 6, 11, 3, 9, 12, 15, 8, 2, 4};
    uint32_t out[4] = {0};
    for (unsigned bit = 0; bit < 32; bit++) {
        unsigned in = (*a0 >> bit & 1) | (*a1 >> bit & 1) << 1 | (*a2 >> bit & 1) << 2 |
                      (*a3 >> bit & 1) << 3;
        for (unsigned k = 0; k < 4; k++) {
            out[k] |= (uint32_t)(sbox[in] >> k & 1) << bit;
        }
    }
    *a0 = out[0];
    *a1 = out[1];
    *a2 = out[2];
    *a3 = out[3];
}

/* Specification, 3.3.2: MixWord. */
static void mix_word(uint32_t *left, uint32_t *right)
{
    *right ^= *left;
    *left = rotl(*left, 2) ^ *right;
    *right = rotl(*right, 14) ^ *left;
    *left = rotl(*left, 10) ^ *right;
    *right = rotl(*right, 1);
}

/* Specification, 3.3: permutation Q_j with its tweak. */
static void permute(uint32_t v[WORDS], unsigned j)
{
    for (unsigned i = 4; i < WORDS && j > 0; i++) {
        v[i] = rotl(v[i], j);
    }
    for (unsigned step = 0; step < STEPS; step++) {
        sub_crumb(&v[0], &v[1], &v[2], &v[3]);
        sub_crumb(&v[5], &v[6], &v[7], &v[4]);
        for (unsigned i = 0; i < 4; i++) {
            mix_word(&v[i], &v[4 + i]);
        }
        v[0] ^= kern_qubit_luffa_constants[j][step][0];
        v[4] ^= kern_qubit_luffa_constants[j][step][1];
    }
}

static void block_of_bytes(uint32_t v[CHAINS][WORDS], const uint8_t bytes[BLOCK_SIZE])
{
    uint32_t message[WORDS];
    for (size_t i = 0; i < WORDS; i++) {
        message[i] = base_load_be32(bytes + 4 * i);
    }
    inject(v, message);
    for (unsigned j = 0; j < CHAINS; j++) {
        permute(v[j], j);
    }
}

void kern_qubit_luffa_header(uint32_t v[CHAINS][WORDS], const uint8_t header[PRIM_HEADER80_SIZE])
{
    uint32_t message[WORDS] = {[4] = 0x80000000U}; /* the padding; word 3 is the nonce's */
    memcpy(v, kern_qubit_luffa_start, sizeof kern_qubit_luffa_start);
    block_of_bytes(v, header);
    block_of_bytes(v, header + BLOCK_SIZE);
    for (size_t i = 0; i < 3; i++) {
        message[i] = base_load_be32(header + (size_t)2 * BLOCK_SIZE + 4 * i);
    }
    inject(v, message);
}

void kern_qubit_luffa512(uint8_t digest[64], const uint8_t *message, size_t size)
{
    uint32_t v[CHAINS][WORDS];
    uint8_t block[BLOCK_SIZE];
    memcpy(v, kern_qubit_luffa_start, sizeof v);
    for (; size >= BLOCK_SIZE; size -= BLOCK_SIZE, message += BLOCK_SIZE) {
        block_of_bytes(v, message);
    }
    memset(block, 0, sizeof block);
    memcpy(block, message, size);
    block[size] = 0x80;
    block_of_bytes(v, block);
    memset(block, 0, sizeof block);
    for (size_t half = 0; half < 2; half++) { /* two blank rounds, 256 bits each */
        block_of_bytes(v, block);
        for (size_t i = 0; i < WORDS; i++) {
            base_store_be32(digest + 32 * half + 4 * i,
                            v[0][i] ^ v[1][i] ^ v[2][i] ^ v[3][i] ^ v[4][i]);
        }
    }
}
