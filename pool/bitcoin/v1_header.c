/* v1_header.c: see v1_header.h. */
#include "bitcoin/v1_header.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/endian.h"
#include "base/target.h"

enum {
    SCRIPT_SIZE_AT = 41, /* version 4, count 1, previous output 36; then the script's length */
    COMPACT_SIGN = 0x00800000,
};

static bool sha256(uint8_t hash[32], const void *bytes, size_t size)
{
    unsigned written = 0;
    return EVP_Digest(bytes, size, hash, &written, EVP_sha256(), NULL) == 1 && written == 32;
}

enum base_status pool_v1_sha256d(uint8_t hash[32], const void *bytes, size_t size)
{
    uint8_t once[32];
    return sha256(once, bytes, size) && sha256(hash, once, sizeof(once)) ? BASE_OK : BASE_E_MEMORY;
}

enum base_status pool_v1_merkle(uint8_t root[32], const uint8_t (*branch)[32], size_t count)
{
    uint8_t both[64];
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < count && status == BASE_OK; i++) {
        memcpy(both, root, 32);
        memcpy(both + 32, branch[i], 32);
        status = pool_v1_sha256d(root, both, sizeof(both));
    }
    return status;
}

void pool_v1_swap_words(uint8_t to[32], const uint8_t from[32])
{
    for (size_t i = 0; i < 32; i += 4) {
        base_store_le32(to + i, base_load_be32(from + i));
    }
}

void pool_v1_header(uint8_t header[POOL_V1_HEADER], uint32_t version, const uint8_t prevhash[32],
                    const uint8_t root[32], uint32_t ntime, uint32_t nbits)
{
    base_store_le32(header, version);
    memcpy(header + 4, prevhash, 32);
    memcpy(header + POOL_V1_ROOT, root, 32);
    base_store_le32(header + 68, ntime);
    base_store_le32(header + 72, nbits);
    base_store_le32(header + POOL_V1_NONCE, 0);
}

enum base_status pool_v1_compact(uint8_t target_be[32], uint32_t nbits)
{
    static const uint8_t zero[32] = {0};
    memset(target_be, 0, 32);
    if ((nbits & COMPACT_SIGN) != 0 || base_target_from_compact(target_be, nbits) != BASE_OK ||
        memcmp(target_be, zero, 32) == 0) {
        return BASE_E_FORMAT;
    }
    return BASE_OK;
}

void pool_v1_extranonce2(uint8_t *bytes, size_t size, uint64_t value)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(i < 8 ? value >> (8 * i) : 0);
    }
}

uint64_t pool_v1_height(const uint8_t *coinbase, size_t size)
{
    uint64_t height = 0;
    if (size < SCRIPT_SIZE_AT + 2) {
        return 0;
    }
    size_t push = coinbase[SCRIPT_SIZE_AT + 1];
    if (push >= 0x51 && push <= 0x60) { /* OP_1 to OP_16 */
        return push - 0x50;
    }
    if (push < 1 || push > 5 || size < SCRIPT_SIZE_AT + 2 + push) {
        return 0;
    }
    for (size_t i = 0; i < push; i++) {
        height |= (uint64_t)coinbase[SCRIPT_SIZE_AT + 2 + i] << (8 * i);
    }
    return height;
}
