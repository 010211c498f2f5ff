/* digibyte.c: see digibyte.h. Bech32 is BIP 173, its form for later witness versions BIP 350. */
#include "bitcoin/digibyte.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bitcoin/bitcoin_family.h"
#include "bitcoin/v1_address.h"
#include "wire/base58.h"
#include "wire/bech32.h"

enum {
    ALGO_MASK = 0x0f00,
    BASE58_MIN = 26, /* characters of an address */
    BASE58_MAX = 35,
    SECRET_CHARS = 52, /* of a private key */
    SECRET_BYTES = 38,
    BECH32_MAX = 90, /* characters */
    VERSION_P2PKH = 30,
    VERSION_P2SH = 63,
    VERSION_P2SH_OLD = 5,
    VERSION_TEST_P2PKH = 126,
    VERSION_TEST_P2SH = 140,
};

/* Epochs: main network, testnet, regression test of 7.17.3 and of 8.22. */
const struct pool_algo pool_digibyte_algos[] = {
    {"skein", 1, ALGO_MASK, 0x0600, {0}, "skein"},
    {"qubit", 1, ALGO_MASK, 0x0800, {0}, "qubit"},
    {"odocrypt", 1, ALGO_MASK, 0x0e00, {864000, 86400, 60, 4}, "odo"},
    {"sha256d", 1, ALGO_MASK, 0x0200, {0}, "sha256d"},
    {"scrypt", 65536, ALGO_MASK, 0x0000, {0}, "scrypt"},
    {NULL, 0, 0, 0, {0}, NULL},
};

static const char right[] =
    "a DigiByte address begins with D or S and has 34 characters, or begins "
    "with dgb1";

/* ---- base58 ---------------------------------------------------------------------------------- */

static enum base_status read_base58(struct pool_digibyte_payee *payee, const char *text,
                                    size_t size, struct base_error *error)
{
    uint8_t bytes[POOL_V1_ADDRESS];
    enum base_status status = pool_v1_address_read(bytes, text, size, right, error);
    if (status != BASE_OK) {
        return status;
    }
    switch (bytes[0]) {
    case VERSION_P2PKH:
    case VERSION_TEST_P2PKH:
        break;
    case VERSION_P2SH:
    case VERSION_P2SH_OLD:
    case VERSION_TEST_P2SH:
        payee->script_hash = true;
        break;
    default:
        return base_error_set(error, BASE_E_FORMAT, "\"%.*s\" is an address of another coin; %s",
                              (int)size, text, right);
    }
    payee->test = bytes[0] == VERSION_TEST_P2PKH || bytes[0] == VERSION_TEST_P2SH;
    payee->witness = -1;
    payee->payload_size = 20;
    memcpy(payee->payload, bytes + POOL_V1_ADDRESS_HASH, 20);
    return BASE_OK;
}

/* ---- bech32 ---------------------------------------------------------------------------------- */

static enum base_status read_bech32(struct pool_digibyte_payee *payee, const char *text,
                                    size_t prefix, size_t size, struct base_error *error)
{
    uint8_t symbols[BECH32_MAX];
    size_t count = 0;
    uint32_t sum = 0;
    size_t bad = 0;
    if (size > BECH32_MAX ||
        pool_bech32_read(symbols, &count, &sum, text, prefix, size, &bad) != BASE_OK) {
        return base_error_set(
            error, BASE_E_FORMAT,
            "\"%.*s\" is no bech32 address: a character cannot occur, or it mixes "
            "upper and lower case",
            (int)(size > BECH32_MAX ? BECH32_MAX : size), text);
    }
    if (sum != (uint32_t)(symbols[0] == 0 ? POOL_BECH32 : POOL_BECH32M)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%.*s\" has a wrong checksum: a character is mistyped", (int)size,
                              text);
    }
    payee->witness = symbols[0];
    if (symbols[0] > 16 ||
        !pool_bech32_bytes(payee->payload, sizeof(payee->payload), &payee->payload_size,
                           symbols + 1, count - 1 - POOL_BECH32_CHECK) ||
        payee->payload_size < 2 ||
        (symbols[0] == 0 && payee->payload_size != 20 && payee->payload_size != 32)) {
        return base_error_set(error, BASE_E_FORMAT, "\"%.*s\" holds no witness program", (int)size,
                              text);
    }
    return BASE_OK;
}

/* Length of DigiByte's bech32 prefix at the beginning of text, without the 1; 0 if there is none.
 */
static size_t bech32_prefix(const char *text, size_t size)
{
    static const char *const prefixes[] = {"dgb", "dgbt", "dgbrt"};
    for (size_t i = 0; i < BASE_COUNT_OF(prefixes); i++) {
        size_t length = strlen(prefixes[i]);
        if (size > length && strncasecmp(text, prefixes[i], length) == 0 && text[length] == '1') {
            return length;
        }
    }
    return 0;
}

/* ---- both ------------------------------------------------------------------------------------ */

enum base_status pool_digibyte_address(struct pool_digibyte_payee *payee, const char *text,
                                       size_t text_size, struct base_error *error)
{
    size_t prefix = bech32_prefix(text, text_size);
    memset(payee, 0, sizeof(*payee));
    if (prefix > 0) {
        payee->test = prefix > 3;
        return read_bech32(payee, text, prefix, text_size, error);
    }
    if (text_size > BASE58_MAX) {
        return base_error_set(error, BASE_E_FORMAT, "the address has %zu characters; %s", text_size,
                              right);
    }
    return read_base58(payee, text, text_size, error);
}

/* True when this text is most likely meant as an address. */
static bool looks_like_address(const char *text, size_t size)
{
    static const char letters[] = "DSstyx3"; /* first characters of DigiByte's versions */
    static const char *const others[] = {"bc1", "ltc1", "0x"};
    for (size_t i = 0; i < BASE_COUNT_OF(others); i++) {
        size_t length = strlen(others[i]);
        if (size >= BASE58_MIN && strncasecmp(text, others[i], length) == 0) {
            return true;
        }
    }
    if (bech32_prefix(text, size) > 0) {
        return true;
    }
    for (size_t i = 0; i < size; i++) {
        if (!isalnum((unsigned char)text[i])) {
            return false;
        }
    }
    return size >= BASE58_MIN && size <= BASE58_MAX && strchr(letters, text[0]) != NULL;
}

/* A private key in the form that wallets print: version, 32 bytes, maybe a 1, checksum. */
static bool looks_like_secret(const char *text, size_t size)
{
    uint8_t bytes[SECRET_BYTES];
    size_t used = 0;
    size_t bad = 0;
    return (size == SECRET_CHARS || size == SECRET_CHARS - 1) &&
           pool_base58_decode(bytes, sizeof(bytes), &used, text, size, &bad) == BASE_OK &&
           used + 1 >= sizeof(bytes);
}

enum base_status pool_digibyte_login(const char *user, struct base_error *error)
{
    struct pool_digibyte_payee payee;
    size_t head = strcspn(user, ".");
    if (looks_like_secret(user, head)) {
        return base_error_set(error, BASE_E_REFUSED,
                              "the user looks like a private key, which nobody should be told; it "
                              "is not sent");
    }
    if (!looks_like_address(user, head)) {
        return BASE_OK;
    }
    enum base_status status = pool_digibyte_address(&payee, user, head, error);
    return status == BASE_OK || error == NULL ? status : base_error_prefix(error, "user");
}

enum base_status pool_digibyte_payout(struct pool_script *script, const char *address,
                                      struct base_error *error)
{
    enum { OP_1 = 0x51, TAPROOT_SIZE = 32 };
    struct pool_digibyte_payee payee;
    size_t text_size = strlen(address);
    memset(script, 0, sizeof(*script));
    if (text_size == 0) {
        return base_error_set(error, BASE_E_FORMAT, "no address given that blocks are to pay; %s",
                              right);
    }
    enum base_status status = pool_digibyte_address(&payee, address, text_size, error);
    if (status != BASE_OK) {
        return status;
    }
    if (payee.witness > 1 || (payee.witness == 1 && payee.payload_size != TAPROOT_SIZE)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%s\" is of witness version %d, which has no rules yet: anybody "
                              "could take its coins; use another address",
                              address, payee.witness);
    }
    if (payee.witness < 0) {
        pool_v1_address_pay(script, payee.payload, payee.script_hash);
        return BASE_OK;
    }
    script->bytes[0] = payee.witness == 0 ? 0 : OP_1;
    script->bytes[1] = (uint8_t)payee.payload_size;
    memcpy(script->bytes + 2, payee.payload, payee.payload_size);
    script->size = 2 + payee.payload_size;
    return BASE_OK;
}

/* ---- the coin -------------------------------------------------------------------------------- */

static enum base_status login(const char *user, unsigned *group, struct base_error *error)
{
    (void)group; /* has none: stays 0 */
    return pool_digibyte_login(user, error);
}

static const char *const algo_names[] = {"skein", "qubit", "odocrypt", "sha256d", "scrypt", NULL};

_Static_assert(BASE_COUNT_OF(algo_names) == BASE_COUNT_OF(pool_digibyte_algos), "one list, twice");

const struct pool_coin_entry pool_digibyte_coin = {
    .coin = {"digibyte", "DigiByte", algo_names, NULL, 75},
    .ticker = "dgb",
    .family = &pool_bitcoin_family,
    .node = {POOL_DAEMON_HTTP, 14022, false, NULL}, /* RPC port of the main network */
    .algos = pool_digibyte_algos,
    .login = login,
    .nobody = "D596YFweJQuHY1BbjazZYmAbt8jJPbKehC", /* hash of 20 zero bytes */
    .payout = pool_digibyte_payout,
};
