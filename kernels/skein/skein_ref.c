/* skein_ref.c: the reference hash, in the order of "The Skein Hash Function Family", version 1.3.
 * Never optimised. */
#include <string.h>

#include "base/endian.h"
#include "prim/sha256.h"
#include "skein/skein.h"

const uint8_t kern_skein_rotations[8][4] = {
    {46, 36, 19, 37}, {33, 27, 14, 42}, {17, 49, 36, 39}, {44, 9, 54, 56},
    {39, 30, 34, 24}, {13, 50, 10, 17}, {25, 29, 39, 43}, {8, 35, 56, 22},
};

/* Skein 1.3, table 3, Nw = 8: word i of the next round is word PERMUTATION[i]. */
static const uint8_t PERMUTATION[8] = {2, 1, 4, 7, 6, 5, 0, 3};

static uint64_t rotl(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

/* Skein 1.3, 3.3: Threefish-512. */
static void threefish(uint64_t v[8], const uint64_t key[8], const uint64_t tweak[2])
{
    uint64_t k[9];
    uint64_t t[3] = {tweak[0], tweak[1], tweak[0] ^ tweak[1]};
    k[8] = KERN_SKEIN_PARITY;
    for (unsigned i = 0; i < 8; i++) {
        k[i] = key[i];
        k[8] ^= key[i];
    }
    for (unsigned round = 0; round <= KERN_SKEIN_ROUNDS; round++) {
        if (round % 4 == 0) {
            unsigned s = round / 4;
            for (size_t i = 0; i < 8; i++) {
                v[i] += k[(s + i) % 9];
            }
            v[5] += t[s % 3];
            v[6] += t[(s + 1) % 3];
            v[7] += s;
        }
        if (round == KERN_SKEIN_ROUNDS) {
            break;
        }
        uint64_t mixed[8];
        for (size_t i = 0; i < 4; i++) {
            mixed[2 * i] = v[2 * i] + v[2 * i + 1];
            mixed[2 * i + 1] =
                rotl(v[2 * i + 1], kern_skein_rotations[round % 8][i]) ^ mixed[2 * i];
        }
        for (unsigned i = 0; i < 8; i++) {
            v[i] = mixed[PERMUTATION[i]];
        }
    }
}

uint64_t kern_skein_flags(unsigned type, bool first, bool last)
{
    return ((uint64_t)type << 56) | (first ? 1ULL << 62 : 0) | (last ? 1ULL << 63 : 0);
}

void kern_skein_ubi(uint64_t chain[8], const uint8_t block[64], uint64_t position, uint64_t flags)
{
    uint64_t v[8];
    uint64_t tweak[2] = {position, flags};
    for (size_t i = 0; i < 8; i++) {
        v[i] = base_load_le64(block + 8 * i);
    }
    threefish(v, chain, tweak);
    for (size_t i = 0; i < 8; i++) {
        chain[i] = v[i] ^ base_load_le64(block + 8 * i);
    }
}

void kern_skein_start(uint64_t chain[8])
{
    /* Skein 1.3, table 7: schema "SHA3", version 1, output length 512 bits, no tree. */
    uint8_t config[64] = {'S', 'H', 'A', '3', 1, 0, 0, 0, 0, 2};
    memset(chain, 0, 8 * sizeof chain[0]);
    kern_skein_ubi(chain, config, 32, kern_skein_flags(KERN_SKEIN_TYPE_CONFIG, true, true));
}

void kern_skein512(uint8_t digest[64], const uint8_t *message, size_t size)
{
    uint64_t chain[8];
    uint8_t block[64];
    size_t done = 0;
    kern_skein_start(chain);
    do {
        size_t part = size - done < sizeof block ? size - done : sizeof block;
        memset(block, 0, sizeof block);
        memcpy(block, message + done, part);
        kern_skein_ubi(chain, block, done + part,
                       kern_skein_flags(KERN_SKEIN_TYPE_MESSAGE, done == 0, done + part == size));
        done += part;
    } while (done < size);
    memset(block, 0, sizeof block); /* output counter 0 */
    kern_skein_ubi(chain, block, 8, kern_skein_flags(KERN_SKEIN_TYPE_OUTPUT, true, true));
    for (size_t i = 0; i < 8; i++) {
        base_store_le64(digest + 8 * i, chain[i]);
    }
}

void kern_skein_hash(uint8_t hash_be[32], const struct kern_work *work)
{
    uint8_t wide[64];
    uint8_t digest[32];
    kern_skein512(wide, work->header, PRIM_HEADER80_SIZE);
    prim_sha256(digest, wide, sizeof wide);
    prim_header80_number(hash_be, digest);
}
