/* odocrypt_ref.c: the reference hash, in the order of digibyte.md 6.4 and 6.5. Never optimised. */
#include <string.h>

#include "base/endian.h"
#include "odocrypt/odocrypt.h"

const uint32_t kern_odocrypt_keccak_constants[12] = {
    0x80008009, 0x8000000a, 0x8000808b, 0x0000008b, 0x00008089, 0x00008003,
    0x00008002, 0x00000080, 0x0000800a, 0x8000000a, 0x80008081, 0x00008080};

/* Rotation of lane x + 5y, modulo 32. */
static const uint8_t KECCAK_ROTATIONS[25] = {0,  1, 30, 28, 27, 4,  12, 6,  23, 20, 3,  10, 11,
                                             25, 7, 9,  13, 15, 21, 8,  18, 2,  29, 24, 14};

static uint64_t rotl64(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static uint32_t rotl32(uint32_t x, unsigned bits)
{
    return bits == 0 ? x : (x << bits) | (x >> (32 - bits));
}

static void swap_masked(uint64_t w[10], const uint64_t mask[KERN_ODOCRYPT_PAIRS])
{
    for (size_t k = 0; k < KERN_ODOCRYPT_PAIRS; k++) {
        uint64_t differ = mask[k] & (w[2 * k] ^ w[2 * k + 1]);
        w[2 * k] ^= differ;
        w[2 * k + 1] ^= differ;
    }
}

static void apply_pbox(uint64_t w[10], const struct kern_odocrypt_pbox *pbox)
{
    for (unsigned s = 0; s < KERN_ODOCRYPT_PBOX_ROUNDS; s++) {
        uint64_t shuffled[10];
        swap_masked(w, pbox->mask[s]);
        for (unsigned i = 0; i < 10; i++) {
            shuffled[3 * i % 10] = w[i];
        }
        memcpy(w, shuffled, sizeof shuffled);
        for (size_t k = 0; k < KERN_ODOCRYPT_PAIRS; k++) {
            w[2 * k] = rotl64(w[2 * k], pbox->rotation[s][k]);
        }
    }
    swap_masked(w, pbox->mask[KERN_ODOCRYPT_PBOX_ROUNDS]);
}

/* Fields of a word from bit 0 up: 6, 10, 6, 10, 6, 10, 6, 10 bits. */
static void apply_sboxes(uint64_t w[10], const struct kern_odocrypt_key *tables)
{
    for (unsigned i = 0; i < 10; i++) {
        uint64_t out = 0;
        for (unsigned f = 0; f < 4; f++) {
            uint64_t pair = w[i] >> (16 * f);
            out |= (uint64_t)tables->small[4 * i + f][pair & 63] << (16 * f);
            out |= (uint64_t)tables->large[i][(pair >> 6) & 1023] << (16 * f + 6);
        }
        w[i] = out;
    }
}

static void apply_mix(uint64_t w[10], const uint8_t mix[KERN_ODOCRYPT_MIXES])
{
    uint64_t old[10];
    memcpy(old, w, sizeof old);
    for (unsigned i = 0; i < 10; i++) {
        w[i] = old[(i + 1) % 10];
        for (unsigned k = 0; k < KERN_ODOCRYPT_MIXES; k++) {
            w[i] ^= rotl64(old[i], mix[k]);
        }
    }
}

void kern_odocrypt_encrypt(uint64_t state[10], const struct kern_odocrypt_key *tables)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < 10; i++) {
        total ^= state[i];
    }
    total ^= total >> 32;
    for (unsigned i = 0; i < 10; i++) {
        state[i] ^= total;
    }
    for (unsigned round = 0; round < KERN_ODOCRYPT_ROUNDS; round++) {
        apply_pbox(state, &tables->pbox[0]);
        apply_sboxes(state, tables);
        apply_pbox(state, &tables->pbox[1]);
        apply_mix(state, tables->mix);
        for (unsigned i = 0; i < 10; i++) {
            state[i] ^= (tables->round_key[round] >> i) & 1U;
        }
    }
}

void kern_odocrypt_keccak(uint32_t a[25])
{
    for (unsigned round = 0; round < 12; round++) {
        uint32_t column[5];
        uint32_t moved[25];
        for (unsigned x = 0; x < 5; x++) {
            column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        }
        for (unsigned i = 0; i < 25; i++) {
            a[i] ^= column[(i + 4) % 5] ^ rotl32(column[(i + 1) % 5], 1);
        }
        for (unsigned y = 0; y < 5; y++) {
            for (unsigned x = 0; x < 5; x++) {
                moved[y + 5 * ((2 * x + 3 * y) % 5)] =
                    rotl32(a[x + 5 * y], KECCAK_ROTATIONS[x + 5 * y]);
            }
        }
        for (unsigned y = 0; y < 25; y += 5) {
            for (unsigned x = 0; x < 5; x++) {
                a[y + x] = moved[y + x] ^ (~moved[y + (x + 1) % 5] & moved[y + (x + 2) % 5]);
            }
        }
        a[0] ^= kern_odocrypt_keccak_constants[round];
    }
}

void kern_odocrypt_hash(uint8_t hash_be[32], const struct kern_work *work)
{
    uint64_t state[10];
    uint32_t lanes[25] = {0};
    uint8_t digest[32];
    for (size_t i = 0; i < 10; i++) {
        state[i] = base_load_le64(work->header + 8 * i);
    }
    if (work->table != NULL) {
        kern_odocrypt_encrypt(state, work->table->data);
    } else {
        struct kern_odocrypt_key own; /* 24 KB */
        kern_odocrypt_key_build(&own, (uint32_t)work->epoch);
        kern_odocrypt_encrypt(state, &own);
    }
    for (size_t i = 0; i < 10; i++) {
        lanes[2 * i] = (uint32_t)state[i];
        lanes[2 * i + 1] = (uint32_t)(state[i] >> 32);
    }
    lanes[20] = 1; /* the byte after the cipher text */
    kern_odocrypt_keccak(lanes);
    for (size_t i = 0; i < 8; i++) {
        base_store_le32(digest + 4 * i, lanes[i]);
    }
    prim_header80_number(hash_be, digest);
}
