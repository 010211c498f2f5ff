/* komodo_address.c: transparent addresses; see komodo.h. Source: komodo.md 7, KomodoPlatform/komodo
 * src/chainparams.cpp. */
#include <string.h>

#include "komodo/komodo.h"
#include "wire/base58.h"

enum {
    ADDRESS_SIZE = 25, /* version, hash of 20, checksum of 4 */
    ADDRESS_MAX = 36,  /* characters of so many bytes, and of Zcash's with one more */
    SECRET_MIN = 49,   /* characters of a private key with its version and checksum, or with one */
    SECRET_MAX = 54,   /* character too few or too many */
    VERSION_P2PKH = 60,
    VERSION_P2SH = 85,
    VERSION_TEST_P2PKH = 0,
    VERSION_TEST_P2SH = 5,
};

static const char right[] = "a Komodo address begins with R, or with b, and has 34 characters";

static enum base_status decode(uint8_t bytes[ADDRESS_SIZE], const char *text, size_t size,
                               struct base_error *error)
{
    uint8_t check[32];
    size_t used = 0;
    size_t bad = 0;
    if (size >= SECRET_MIN && size <= SECRET_MAX) {
        return base_error_set(error, BASE_E_REFUSED,
                              "this has the length of a private key, which nobody should be told; "
                              "%s",
                              right);
    }
    if (strncmp(text, "zs1", 3) == 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "a shielded address cannot be paid by a block; %s", right);
    }
    if (size > ADDRESS_MAX) {
        return base_error_set(error, BASE_E_FORMAT, "the address has %zu characters; %s", size,
                              right);
    }
    enum base_status status = pool_base58_decode(bytes, ADDRESS_SIZE, &used, text, size, &bad);
    if (status == BASE_E_FORMAT) {
        return base_error_set(
            error, BASE_E_FORMAT, "\"%.*s\" is not base58: character %zu ('%c') cannot occur; %s",
            (int)size, text, bad + 1, text[bad] > ' ' && text[bad] <= '~' ? text[bad] : '?', right);
    }
    if (status != BASE_OK || used != ADDRESS_SIZE) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%.*s\" is too short or too long for an address; %s", (int)size,
                              text, right);
    }
    if (pool_v1_sha256d(check, bytes, ADDRESS_SIZE - 4) != BASE_OK ||
        memcmp(check, bytes + ADDRESS_SIZE - 4, 4) != 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%.*s\" has a wrong checksum: a character is mistyped", (int)size,
                              text);
    }
    return BASE_OK;
}

enum base_status pool_komodo_payout(struct pool_script *script, const char *address,
                                    struct base_error *error)
{
    static const uint8_t key_head[] = {0x76, 0xa9, 20}; /* OP_DUP OP_HASH160, push of 20 */
    static const uint8_t key_tail[] = {0x88, 0xac};     /* OP_EQUALVERIFY OP_CHECKSIG */
    static const uint8_t script_head[] = {0xa9, 20};    /* OP_HASH160, push of 20 */
    static const uint8_t script_tail[] = {0x87};        /* OP_EQUAL */
    uint8_t bytes[ADDRESS_SIZE];
    size_t size = strlen(address);
    memset(script, 0, sizeof(*script));
    if (size == 0) {
        return base_error_set(error, BASE_E_FORMAT, "no address given that blocks are to pay; %s",
                              right);
    }
    enum base_status status = decode(bytes, address, size, error);
    if (status != BASE_OK) {
        return status;
    }
    bool key = bytes[0] == VERSION_P2PKH || bytes[0] == VERSION_TEST_P2PKH;
    if (!key && bytes[0] != VERSION_P2SH && bytes[0] != VERSION_TEST_P2SH) {
        return base_error_set(error, BASE_E_FORMAT, "\"%s\" is an address of another coin; %s",
                              address, right);
    }
    size_t head = key ? sizeof(key_head) : sizeof(script_head);
    size_t tail = key ? sizeof(key_tail) : sizeof(script_tail);
    memcpy(script->bytes, key ? key_head : script_head, head);
    memcpy(script->bytes + head, bytes + 1, 20);
    memcpy(script->bytes + head + 20, key ? key_tail : script_tail, tail);
    script->size = head + 20 + tail;
    return BASE_OK;
}
