/* ckb_hash.c: see ckb_hash.h. */
#include "nervos/ckb_hash.h"

#include <string.h>

enum { DIGEST = 32 };

void pool_ckb_hash_init(struct base_blake2b *hash)
{
    static const uint8_t person[BASE_BLAKE2B_PERSONAL] = {'c', 'k', 'b', '-', 'd', 'e', 'f', 'a',
                                                          'u', 'l', 't', '-', 'h', 'a', 's', 'h'};
    base_blake2b_init(hash, 32, person);
}

void pool_ckb_hash(uint8_t digest[32], const void *bytes, size_t size)
{
    struct base_blake2b hash;
    pool_ckb_hash_init(&hash);
    base_blake2b_update(&hash, bytes, size);
    base_blake2b_final(digest, &hash);
}

void pool_ckb_hash_pair(uint8_t parent[32], const uint8_t left[32], const uint8_t right[32])
{
    struct base_blake2b hash;
    pool_ckb_hash_init(&hash);
    base_blake2b_update(&hash, left, DIGEST);
    base_blake2b_update(&hash, right, DIGEST);
    base_blake2b_final(parent, &hash);
}

void pool_ckb_merkle(uint8_t root[32], uint8_t (*nodes)[32], size_t count)
{
    if (count == 0) {
        memset(root, 0, DIGEST);
        return;
    }
    for (size_t i = count - 1; i > 0; i--) {
        pool_ckb_hash_pair(nodes[i - 1], nodes[2 * i - 1], nodes[2 * i]);
    }
    memcpy(root, nodes[0], DIGEST);
}
