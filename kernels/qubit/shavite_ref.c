/* shavite_ref.c: SHAvite-3-512 of 64 bytes without salt, in the order of "The SHAvite-3 Hash
 * Function" (second round of SHA-3, with its corrected AES). Never optimised. */
#include <string.h>

#include "base/endian.h"
#include "qubit/qubit.h"

enum { ROUNDS = 14, KEY_WORDS = 448, MESSAGE_BITS = 512 };

/* Specification, 4.4: the chaining value for 512 bits of output. */
const uint32_t kern_qubit_shavite_start[16] = {
    0x72fccdd8, 0x79ca4727, 0x128a077b, 0x40d55aec, 0xd1901a06, 0x430ae307, 0xb29f5cd1, 0xdf07fbfc,
    0x8e45d73d, 0x681ab538, 0xbde86578, 0xdd577e47, 0xe275eade, 0x502d9fcd, 0xb9357178, 0x022a4b9a};

static void aes(uint32_t x[4])
{
    uint8_t bytes[16];
    for (size_t i = 0; i < 4; i++) {
        base_store_le32(bytes + 4 * i, x[i]);
    }
    kern_qubit_aes_round(bytes);
    for (size_t i = 0; i < 4; i++) {
        x[i] = base_load_le32(bytes + 4 * i);
    }
}

/* Specification, 4.3.2: the bit counter enters the expanded message at four places, each time in
 * another order and with its last word inverted. */
static void add_counter(uint32_t key[KEY_WORDS], unsigned at)
{
    static const uint16_t places[4] = {32, 164, 316, 440};
    static const uint8_t word[4] = {0, 3, 2, 1}; /* which of four takes the counter's low word */
    for (unsigned i = 0; i < 4; i++) {
        if (places[i] == at) {
            key[at + word[i]] ^= MESSAGE_BITS; /* the counter's upper words are zero */
            key[at + 3] ^= UINT32_MAX;
        }
    }
}

/* Specification, 4.3.2: message expansion: 32 words of message, then by turns 32 words through AES
 * and 32 words by a linear recurrence. */
static void expand(uint32_t key[KEY_WORDS], const uint8_t block[128])
{
    for (size_t i = 0; i < 32; i++) {
        key[i] = base_load_le32(block + 4 * i);
    }
    for (unsigned at = 32; at < KEY_WORDS; at += 4) {
        if (at / 32 % 2 != 0) {
            uint32_t x[4] = {key[at - 31], key[at - 30], key[at - 29], key[at - 32]};
            aes(x);
            for (unsigned i = 0; i < 4; i++) {
                key[at + i] = x[i] ^ key[at + i - 4];
            }
            add_counter(key, at);
        } else {
            for (unsigned i = 0; i < 4; i++) {
                key[at + i] = key[at + i - 32] ^ key[at + i - 7];
            }
        }
    }
}

/* to ^= four keyed rounds of AES on from. */
static void feistel(uint32_t to[4], const uint32_t from[4], const uint32_t key[16])
{
    uint32_t x[4];
    memcpy(x, from, sizeof x);
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < 4; i++) {
            x[i] ^= key[4 * round + i];
        }
        aes(x);
    }
    for (unsigned i = 0; i < 4; i++) {
        to[i] ^= x[i];
    }
}

void kern_qubit_shavite512(uint8_t digest[64], const uint8_t message[64])
{
    uint8_t block[128] = {0};
    uint32_t key[KEY_WORDS];
    uint32_t p[4][4];
    memcpy(block, message, 64);
    block[64] = 0x80;
    base_store_le32(block + 110, MESSAGE_BITS); /* 128 bits of length */
    block[127] = 2;                             /* 16 bits of digest size: 512 */
    expand(key, block);
    memcpy(p, kern_qubit_shavite_start, sizeof p);
    for (size_t round = 0; round < ROUNDS; round++) {
        uint32_t last[4];
        feistel(p[0], p[1], key + 32 * round);
        feistel(p[2], p[3], key + 32 * round + 16);
        memcpy(last, p[3], sizeof last);
        memmove(p[1], p[0], 3 * sizeof p[0]);
        memcpy(p[0], last, sizeof last);
    }
    for (size_t i = 0; i < 16; i++) {
        base_store_le32(digest + 4 * i, kern_qubit_shavite_start[i] ^ p[i / 4][i % 4]);
    }
}
