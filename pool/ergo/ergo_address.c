/* ergo_address.c: see ergo_address.h. */
#include "ergo/ergo_address.h"

#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdint.h>
#include <string.h>

#include "base/blake2b.h"
#include "wire/base58.h"

enum {
    CHECKSUM = 4,
    POINT = 33,
    P2PK_SIZE = 1 + POINT + CHECKSUM,
    ADDRESS_MAX = 64,    /* characters; those of one key have 51 or 52 */
    NETWORK_TEST = 0x10, /* of the first byte; 0: main network */
    TYPE_P2PK = 1,       /* rest of the first byte */
};

static const char right[] = "an address of one key has 51 or 52 characters and begins with 9";

/* True when the 33 bytes are a point of secp256k1. *memory is false when there was none. */
static bool on_curve(bool *memory, const uint8_t point[POINT])
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp256k1);
    EC_POINT *read = group != NULL ? EC_POINT_new(group) : NULL;
    *memory = read != NULL;
    bool good = *memory && (point[0] == 2 || point[0] == 3) &&
                EC_POINT_oct2point(group, read, point, POINT, NULL) == 1;
    EC_POINT_free(read);
    EC_GROUP_free(group);
    return good;
}

enum base_status pool_ergo_address_check(bool *testnet, const char *text, size_t size,
                                         struct base_error *error)
{
    uint8_t bytes[P2PK_SIZE];
    uint8_t digest[32];
    size_t used = 0;
    size_t bad = 0;
    bool memory = true;
    *testnet = false;
    if (size > ADDRESS_MAX) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the address has %zu characters, as those of scripts have, which "
                              "mining cannot pay; %s",
                              size, right);
    }
    enum base_status status = pool_base58_decode(bytes, sizeof(bytes), &used, text, size, &bad);
    if (status == BASE_E_FORMAT) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the address is not base58: character %zu ('%c') cannot occur; %s",
                              bad + 1, text[bad] > ' ' && text[bad] <= '~' ? text[bad] : '?',
                              right);
    }
    if (status != BASE_OK || used <= 1 + CHECKSUM) {
        return base_error_set(error, BASE_E_FORMAT, "the address is too %s; %s",
                              status != BASE_OK ? "long" : "short", right);
    }
    base_blake2b(digest, 32, NULL, bytes, used - CHECKSUM);
    if (memcmp(digest, bytes + used - CHECKSUM, CHECKSUM) != 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the address has a wrong checksum: a character is mistyped");
    }
    if ((bytes[0] & ~NETWORK_TEST) != TYPE_P2PK || used != P2PK_SIZE) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the address is not that of one key, which mining pays; %s", right);
    }
    if (!on_curve(&memory, bytes + 1)) {
        return memory ? base_error_set(error, BASE_E_FORMAT,
                                       "the address names a key that does not exist: its point is "
                                       "not on the curve")
                      : base_error_set(error, BASE_E_MEMORY, "no memory for an address");
    }
    *testnet = (bytes[0] & NETWORK_TEST) != 0;
    return BASE_OK;
}
