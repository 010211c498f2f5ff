/* v1_address.c: see v1_address.h. */
#include "bitcoin/v1_address.h"

#include <string.h>

#include "bitcoin/v1_header.h"
#include "wire/base58.h"

enum { CHECKSUM = 4, HASH = 20 };

enum base_status pool_v1_address_read(uint8_t bytes[POOL_V1_ADDRESS], const char *text, size_t size,
                                      const char *right, struct base_error *error)
{
    uint8_t check[32];
    size_t used = 0;
    size_t bad = 0;
    enum base_status status = pool_base58_decode(bytes, POOL_V1_ADDRESS, &used, text, size, &bad);
    if (status == BASE_E_FORMAT) {
        return base_error_set(
            error, BASE_E_FORMAT, "\"%.*s\" is not base58: character %zu ('%c') cannot occur; %s",
            (int)size, text, bad + 1, text[bad] > ' ' && text[bad] <= '~' ? text[bad] : '?', right);
    }
    if (status != BASE_OK || used != POOL_V1_ADDRESS) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%.*s\" is too short or too long for an address; %s", (int)size,
                              text, right);
    }
    if (pool_v1_sha256d(check, bytes, POOL_V1_ADDRESS - CHECKSUM) != BASE_OK ||
        memcmp(check, bytes + POOL_V1_ADDRESS - CHECKSUM, CHECKSUM) != 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%.*s\" has a wrong checksum: a character is mistyped", (int)size,
                              text);
    }
    return BASE_OK;
}

void pool_v1_address_pay(struct pool_script *script, const uint8_t hash[20], bool script_hash)
{
    static const uint8_t key_head[] = {0x76, 0xa9, HASH}; /* OP_DUP OP_HASH160, push */
    static const uint8_t key_tail[] = {0x88, 0xac};       /* OP_EQUALVERIFY OP_CHECKSIG */
    static const uint8_t script_head[] = {0xa9, HASH};    /* OP_HASH160, push */
    static const uint8_t script_tail[] = {0x87};          /* OP_EQUAL */
    size_t head = script_hash ? sizeof(script_head) : sizeof(key_head);
    size_t tail = script_hash ? sizeof(script_tail) : sizeof(key_tail);
    memcpy(script->bytes, script_hash ? script_head : key_head, head);
    memcpy(script->bytes + head, hash, HASH);
    memcpy(script->bytes + head + HASH, script_hash ? script_tail : key_tail, tail);
    script->size = head + HASH + tail;
}
