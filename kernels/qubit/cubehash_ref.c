/* cubehash_ref.c: CubeHash16/32-512 ("CubeHash specification (2.B.1)", with 16 rounds a block of 32
 * bytes and 10 * 16 rounds at both ends). Never optimised. */
#include <string.h>

#include "base/endian.h"
#include "qubit/qubit.h"

enum { ROUNDS = 16, BLOCK_SIZE = 32, WORDS = 32 };

static uint32_t rotl(uint32_t x, unsigned bits)
{
    return (x << bits) | (x >> (32 - bits));
}

/* Half a round: steps 1 to 5 or 6 to 10 of the specification. Words 0jklm are x[0..15], 1jklm are
 * x[16..31]; a swap exchanges words whose index differs in one bit. */
static void half_round(uint32_t x[WORDS], unsigned bits, unsigned low_swap, unsigned high_swap)
{
    uint32_t low[16];
    uint32_t high[16];
    for (unsigned i = 0; i < 16; i++) {
        x[16 + i] += x[i];
        x[i] = rotl(x[i], bits);
    }
    for (unsigned i = 0; i < 16; i++) {
        low[i] = x[i ^ low_swap] ^ x[16 + i];
    }
    for (unsigned i = 0; i < 16; i++) {
        high[i] = x[16 + (i ^ high_swap)];
    }
    memcpy(x, low, sizeof low);
    memcpy(x + 16, high, sizeof high);
}

static void rounds(uint32_t x[WORDS], unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        half_round(x, 7, 8, 2);
        half_round(x, 11, 4, 1);
    }
}

void kern_qubit_cubehash_start(uint32_t x[WORDS])
{
    memset(x, 0, WORDS * sizeof x[0]);
    x[0] = KERN_QUBIT_DIGEST;
    x[1] = BLOCK_SIZE;
    x[2] = ROUNDS;
    rounds(x, 10 * ROUNDS);
}

void kern_qubit_cubehash512(uint8_t digest[64], const uint8_t message[64])
{
    uint32_t x[WORDS];
    kern_qubit_cubehash_start(x);
    for (size_t block = 0; block < 2; block++) {
        for (size_t i = 0; i < 8; i++) {
            x[i] ^= base_load_le32(message + BLOCK_SIZE * block + 4 * i);
        }
        rounds(x, ROUNDS);
    }
    x[0] ^= 0x80; /* the padding: one bit after the message, zeros to the end of the block */
    rounds(x, ROUNDS);
    x[31] ^= 1;
    rounds(x, 10 * ROUNDS);
    for (size_t i = 0; i < 16; i++) {
        base_store_le32(digest + 4 * i, x[i]);
    }
}
