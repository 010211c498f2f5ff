/* scrypt_ref.c: the reference hash, in the order of RFC 7914. Never optimised. */
#include <string.h>

#include "base/endian.h"
#include "prim/sha256.h"
#include "scrypt/scrypt.h"

enum { BLOCK_WORDS = KERN_SCRYPT_BLOCK / 4 };

static uint32_t rotl(uint32_t x, unsigned bits)
{
    return (x << bits) | (x >> (32 - bits));
}

/* RFC 7914, 3: one quarter of a Salsa20 row or column round. */
static void quarter(uint32_t x[16], unsigned a, unsigned b, unsigned c, unsigned d)
{
    x[b] ^= rotl(x[a] + x[d], 7);
    x[c] ^= rotl(x[b] + x[a], 9);
    x[d] ^= rotl(x[c] + x[b], 13);
    x[a] ^= rotl(x[d] + x[c], 18);
}

/* RFC 7914, 3: Salsa20/8 core. */
static void salsa20_8(uint32_t block[16])
{
    uint32_t x[16];
    memcpy(x, block, sizeof x);
    for (unsigned i = 0; i < 4; i++) {
        quarter(x, 0, 4, 8, 12);
        quarter(x, 5, 9, 13, 1);
        quarter(x, 10, 14, 2, 6);
        quarter(x, 15, 3, 7, 11);
        quarter(x, 0, 1, 2, 3);
        quarter(x, 5, 6, 7, 4);
        quarter(x, 10, 11, 8, 9);
        quarter(x, 15, 12, 13, 14);
    }
    for (unsigned i = 0; i < 16; i++) {
        block[i] += x[i];
    }
}

/* RFC 7914, 4: scryptBlockMix for r = 1: the two halves keep their places. */
static void block_mix(uint32_t b[BLOCK_WORDS])
{
    for (unsigned i = 0; i < 16; i++) {
        b[i] ^= b[16 + i];
    }
    salsa20_8(b);
    for (unsigned i = 0; i < 16; i++) {
        b[16 + i] ^= b[i];
    }
    salsa20_8(b + 16);
}

/* RFC 7914, 5: scryptROMix. Integerify for r = 1 is the first word of the second half. */
static void ro_mix(uint32_t x[BLOCK_WORDS])
{
    uint32_t v[KERN_SCRYPT_N][BLOCK_WORDS];
    for (unsigned i = 0; i < KERN_SCRYPT_N; i++) {
        memcpy(v[i], x, sizeof v[i]);
        block_mix(x);
    }
    for (unsigned i = 0; i < KERN_SCRYPT_N; i++) {
        const uint32_t *picked = v[x[16] % KERN_SCRYPT_N];
        for (unsigned k = 0; k < BLOCK_WORDS; k++) {
            x[k] ^= picked[k];
        }
        block_mix(x);
    }
}

/* RFC 7914, 6: PBKDF2-HMAC-SHA-256 (RFC 8018, 5.2) with one iteration. salt_size <= 128. */
static void pbkdf2(uint8_t *out, size_t out_size, const uint8_t *password, size_t password_size,
                   const uint8_t *salt, size_t salt_size)
{
    uint8_t message[KERN_SCRYPT_BLOCK + 4];
    memcpy(message, salt, salt_size);
    for (uint32_t block = 1; out_size > 0; block++) {
        base_store_be32(message + salt_size, block);
        prim_hmac_sha256(out, password, password_size, message, salt_size + 4);
        out += PRIM_SHA256_SIZE;
        out_size -= PRIM_SHA256_SIZE;
    }
}

void kern_scrypt_hash(uint8_t hash_be[32], const struct kern_work *work)
{
    uint8_t bytes[KERN_SCRYPT_BLOCK];
    uint8_t digest[32];
    uint32_t x[BLOCK_WORDS];
    pbkdf2(bytes, sizeof bytes, work->header, PRIM_HEADER80_SIZE, work->header, PRIM_HEADER80_SIZE);
    for (size_t i = 0; i < BLOCK_WORDS; i++) {
        x[i] = base_load_le32(bytes + 4 * i);
    }
    ro_mix(x);
    for (size_t i = 0; i < BLOCK_WORDS; i++) {
        base_store_le32(bytes + 4 * i, x[i]);
    }
    pbkdf2(digest, sizeof digest, work->header, PRIM_HEADER80_SIZE, bytes, sizeof bytes);
    prim_header80_number(hash_be, digest);
}
