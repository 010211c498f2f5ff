/* echo_ref.c: ECHO-512 of 64 bytes without salt, in the order of "SHA-3 Proposal: ECHO" (second
 * round). Never optimised. */
#include <string.h>

#include "base/endian.h"
#include "qubit/qubit.h"

enum { ROUNDS = 10, CELLS = 16, CELL_SIZE = 16, MESSAGE_BITS = 512 };

static uint8_t times_x(uint8_t byte)
{
    return (uint8_t)((byte << 1) ^ ((byte & 0x80) != 0 ? 0x1b : 0));
}

/* BIG.SubWords: two rounds of AES on each cell, keyed with a counter and the (zero) salt. */
static void sub_words(uint8_t cells[CELLS][CELL_SIZE], uint32_t *counter)
{
    for (unsigned i = 0; i < CELLS; i++) {
        uint8_t key[4];
        base_store_le32(key, *counter);
        *counter += 1;
        kern_qubit_aes_round(cells[i]);
        for (unsigned k = 0; k < sizeof key; k++) {
            cells[i][k] ^= key[k];
        }
        kern_qubit_aes_round(cells[i]);
    }
}

/* BIG.ShiftRows: cells are a square, column by column; row i moves by i columns. */
static void shift_rows(uint8_t cells[CELLS][CELL_SIZE])
{
    uint8_t old[CELLS][CELL_SIZE];
    memcpy(old, cells, sizeof old);
    for (unsigned column = 0; column < 4; column++) {
        for (unsigned row = 0; row < 4; row++) {
            memcpy(cells[4 * column + row], old[4 * ((column + row) % 4) + row], CELL_SIZE);
        }
    }
}

/* BIG.MixColumns: the AES matrix over bytes of equal place in the four cells of a column. */
static void mix_columns(uint8_t cells[CELLS][CELL_SIZE])
{
    for (unsigned c = 0; c < CELLS; c += 4) {
        for (unsigned k = 0; k < CELL_SIZE; k++) {
            uint8_t s[4];
            for (unsigned row = 0; row < 4; row++) {
                s[row] = cells[c + row][k];
            }
            uint8_t all = s[0] ^ s[1] ^ s[2] ^ s[3];
            for (unsigned row = 0; row < 4; row++) {
                cells[c + row][k] =
                    (uint8_t)(s[row] ^ all ^ times_x((uint8_t)(s[row] ^ s[(row + 1) % 4])));
            }
        }
    }
}

void kern_qubit_echo512(uint8_t digest[64], const uint8_t message[64])
{
    uint8_t before[CELLS][CELL_SIZE] = {{0}};
    uint8_t cells[CELLS][CELL_SIZE];
    uint8_t *block = before[8]; /* eight cells of chaining value, eight of message */
    uint32_t counter = MESSAGE_BITS;
    for (unsigned i = 0; i < 8; i++) {
        base_store_le32(before[i], 512); /* starting value: the digest size */
    }
    memcpy(block, message, 64);
    block[64] = 0x80;
    block[111] = 2; /* 16 bits of digest size, then 128 bits of message length */
    base_store_le32(block + 112, MESSAGE_BITS);
    memcpy(cells, before, sizeof cells);
    for (unsigned round = 0; round < ROUNDS; round++) {
        sub_words(cells, &counter);
        shift_rows(cells);
        mix_columns(cells);
    }
    for (unsigned i = 0; i < 4; i++) { /* BIG.Final, as far as the digest reaches */
        for (unsigned k = 0; k < CELL_SIZE; k++) {
            digest[CELL_SIZE * i + k] =
                before[i][k] ^ before[8 + i][k] ^ cells[i][k] ^ cells[8 + i][k];
        }
    }
}
