/* eaglesong_ref.c: the reference hash. Written from CKB RFC 0010, in its order, for reading; never
 * optimised. Where the RFC's text and its programs differ (matrix, delimiter), the programs and the
 * chain decide: README.md. */
#include <string.h>

#include "base/endian.h"
#include "eaglesong/eaglesong.h"

enum { DELIMITER = 0x06 };

static uint32_t rotate_left(uint32_t word, unsigned bits)
{
    return (word << bits) | (word >> (32 - bits));
}

uint32_t kern_eaglesong_circulant(unsigned word, uint32_t value)
{
    return value ^ rotate_left(value, kern_eaglesong_rotations[word][0]) ^
           rotate_left(value, kern_eaglesong_rotations[word][1]);
}

static void multiply_matrix(uint32_t state[16])
{
    uint32_t old[16];
    memcpy(old, state, sizeof old);
    for (unsigned j = 0; j < 16; j++) {
        state[j] = 0;
        for (unsigned k = 0; k < 16; k++) {
            if ((kern_eaglesong_matrix[j] >> k & 1) != 0) {
                state[j] ^= old[k];
            }
        }
    }
}

void kern_eaglesong_permute(uint32_t state[16])
{
    for (unsigned round = 0; round < KERN_EAGLESONG_ROUNDS; round++) {
        multiply_matrix(state);
        for (unsigned j = 0; j < 16; j++) {
            state[j] = kern_eaglesong_circulant(j, state[j]);
        }
        for (unsigned j = 0; j < 16; j++) {
            state[j] ^= kern_eaglesong_constants[16 * round + j];
        }
        for (unsigned j = 0; j < 16; j += 2) {
            state[j] += state[j + 1];
            state[j] = rotate_left(state[j], 8);
            state[j + 1] = rotate_left(state[j + 1], 24);
            state[j + 1] += state[j];
        }
    }
}

/* Xor the block that begins at `position` into words 0..7: words are read most significant byte
 * first; the delimiter follows the last byte of the message, and behind it nothing is shifted in,
 * so that the word it is in stays a short number. */
static void absorb_block(uint32_t state[16], const uint8_t *message, size_t size_bytes,
                         size_t position)
{
    for (unsigned j = 0; j < 8; j++) {
        uint32_t word = 0;
        for (unsigned k = 0; k < 4; k++, position++) {
            if (position < size_bytes) {
                word = word << 8 | message[position];
            } else if (position == size_bytes) {
                word = word << 8 | DELIMITER;
            }
        }
        state[j] ^= word;
    }
}

void kern_eaglesong_digest(uint8_t digest[32], const uint8_t *message, size_t size_bytes)
{
    uint32_t state[16] = {0};
    for (size_t position = 0; position <= size_bytes; position += KERN_EAGLESONG_RATE) {
        absorb_block(state, message, size_bytes, position);
        kern_eaglesong_permute(state);
    }
    for (unsigned j = 0; j < 8; j++) {
        base_store_le32(digest + 4 * (size_t)j, state[j]);
    }
}

void kern_eaglesong_start(uint32_t state[16], const uint8_t pow_hash[32])
{
    memset(state, 0, 16 * sizeof state[0]);
    absorb_block(state, pow_hash, KERN_EAGLESONG_RATE, 0);
    kern_eaglesong_permute(state);
}

void kern_eaglesong_absorb_nonce(uint32_t state[16], const uint8_t *message)
{
    absorb_block(state, message, KERN_EAGLESONG_MESSAGE_SIZE, KERN_EAGLESONG_RATE);
}

void kern_eaglesong_put_counter(uint8_t *message, uint64_t counter)
{
    base_store_be64(message + KERN_EAGLESONG_COUNTER_OFFSET, counter);
}
