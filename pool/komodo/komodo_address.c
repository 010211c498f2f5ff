/* komodo_address.c: transparent addresses; see komodo.h. Source: komodo.md 7, KomodoPlatform/komodo
 * src/chainparams.cpp. */
#include <string.h>

#include "bitcoin/v1_address.h"
#include "komodo/komodo.h"

enum {
    ADDRESS_MAX = 36, /* characters of so many bytes, and of Zcash's with one more */
    SECRET_MIN = 49,  /* characters of a private key with its version and checksum, or with one */
    SECRET_MAX = 54,  /* character too few or too many */
    VERSION_P2PKH = 60,
    VERSION_P2SH = 85,
    VERSION_TEST_P2PKH = 0,
    VERSION_TEST_P2SH = 5,
};

static const char right[] = "a Komodo address begins with R, or with b, and has 34 characters";

static enum base_status decode(uint8_t bytes[POOL_V1_ADDRESS], const char *text, size_t size,
                               struct base_error *error)
{
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
    return pool_v1_address_read(bytes, text, size, right, error);
}

enum base_status pool_komodo_payout(struct pool_script *script, const char *address,
                                    struct base_error *error)
{
    uint8_t bytes[POOL_V1_ADDRESS];
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
    pool_v1_address_pay(script, bytes + POOL_V1_ADDRESS_HASH, !key);
    return BASE_OK;
}
