/* nervos_address.c: see nervos_address.h. */
#include "nervos/nervos_address.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "wire/bech32.h"

enum {
    PREFIX = 3,
    SYMBOLS_MAX = POOL_CKB_ADDRESS_MAX,
    PAYLOAD_MAX = 2 + 33 + POOL_NERVOS_ARGS_MAX,
    SHORT_SIZE = 22, /* format, index, 20 bytes of args */
    HEAD_SIZE = 34,  /* format, code hash, hash type */
};

enum format { FULL = 0, SHORT = 1, FULL_2019_DATA = 2, FULL_2019_TYPE = 4 };

_Static_assert(1 + 33 + POOL_NERVOS_ARGS_MAX <= POOL_SCRIPT_MAX, "a lock fits into a script");

static const char right[] = "a CKB address begins with ckb1 (main network) or ckt1 (other ones)";

/* Locks of the short form, by index. */
static const uint8_t short_code_hashes[3][32] = {
    {0x9b, 0xd7, 0xe0, 0x6f, 0x3e, 0xcf, 0x4b, 0xe0, 0xf2, 0xfc, 0xd2,
     0x18, 0x8b, 0x23, 0xf1, 0xb9, 0xfc, 0xc8, 0x8e, 0x5d, 0x4b, 0x65,
     0xa8, 0x63, 0x7b, 0x17, 0x72, 0x3b, 0xbd, 0xa3, 0xcc, 0xe8}, /* single key */
    {0x5c, 0x50, 0x69, 0xeb, 0x08, 0x57, 0xef, 0xc6, 0x5e, 0x1b, 0xca,
     0x0c, 0x07, 0xdf, 0x34, 0xc3, 0x16, 0x63, 0xb3, 0x62, 0x2f, 0xd3,
     0x87, 0x6c, 0x87, 0x63, 0x20, 0xfc, 0x96, 0x34, 0xe2, 0xa8}, /* multisig */
    {0xd3, 0x69, 0x59, 0x7f, 0xf4, 0x7f, 0x29, 0xfb, 0xc0, 0xd4, 0x7d,
     0x2e, 0x37, 0x75, 0x37, 0x0d, 0x12, 0x50, 0xb8, 0x51, 0x40, 0xc6,
     0x70, 0xe4, 0x71, 0x8a, 0xf7, 0x12, 0x98, 0x3a, 0x23, 0x54}, /* anyone can pay, mainnet */
};

/* ---- reading --------------------------------------------------------------------------------- */

static enum base_status take_full(struct pool_ckb_lock *lock, const uint8_t *rest, size_t size,
                                  struct base_error *error)
{
    if (size > sizeof(lock->args)) {
        return base_error_set(error, BASE_E_LIMIT,
                              "the address holds a lock with %zu bytes of args; a block of ours "
                              "pays locks with at most %d",
                              size, POOL_NERVOS_ARGS_MAX);
    }
    static const uint8_t *const single_key = short_code_hashes[0];
    if (memcmp(lock->code_hash, single_key, 32) == 0 && lock->hash_type == 1 && size != 20) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the address is of a single key and holds %zu bytes where 20 are "
                              "right: nobody could spend what it is paid",
                              size);
    }
    memcpy(lock->args, rest, size);
    lock->args_size = size;
    return BASE_OK;
}

static enum base_status take_short(struct pool_ckb_address *address, const uint8_t *payload,
                                   size_t size, struct base_error *error)
{
    unsigned index = payload[1];
    if (index >= BASE_COUNT_OF(short_code_hashes) || size < SHORT_SIZE ||
        size > SHORT_SIZE + (index == 2 ? 2U : 0U)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the address has the deprecated short form with code index %u and "
                              "%zu bytes, which does not exist",
                              index, size - 2);
    }
    if (index == 2 && !address->mainnet) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the address is a short one of a lock that anyone can pay, whose "
                              "code differs between test networks; write its full form");
    }
    memcpy(address->lock.code_hash, short_code_hashes[index], 32);
    address->lock.hash_type = 1;
    return take_full(&address->lock, payload + 2, size - 2, error);
}

static enum base_status take_payload(struct pool_ckb_address *address, const uint8_t *payload,
                                     size_t size, uint32_t sum, struct base_error *error)
{
    static const char checksum[] = "the address has a wrong checksum: a character is mistyped";
    enum format format = (enum format)payload[0];
    if (sum != (uint32_t)(format == FULL ? POOL_BECH32M : POOL_BECH32)) {
        return base_error_set(error, BASE_E_FORMAT, "%s", checksum);
    }
    if (format == SHORT && size > 2) {
        return take_short(address, payload, size, error);
    }
    size_t head = format == FULL ? HEAD_SIZE : HEAD_SIZE - 1;
    if ((format != FULL && format != FULL_2019_DATA && format != FULL_2019_TYPE) || size < head) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the address has format %u and %zu bytes, which does not exist; %s",
                              (unsigned)format, size, right);
    }
    memcpy(address->lock.code_hash, payload + 1, 32);
    address->lock.hash_type = format == FULL ? payload[33] : format == FULL_2019_TYPE;
    if (address->lock.hash_type == 3 || address->lock.hash_type > 4) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the address has a lock of hash type %u, which does not exist",
                              address->lock.hash_type);
    }
    return take_full(&address->lock, payload + head, size - head, error);
}

enum base_status pool_ckb_address_read(struct pool_ckb_address *address, const char *text,
                                       size_t text_size, struct base_error *error)
{
    uint8_t symbols[SYMBOLS_MAX];
    uint8_t payload[PAYLOAD_MAX];
    size_t count = 0;
    size_t size = 0;
    size_t bad = 0;
    uint32_t sum = 0;
    memset(address, 0, sizeof(*address));
    if (text_size <= PREFIX + 1 + POOL_BECH32_CHECK ||
        (strncasecmp(text, "ckb1", PREFIX + 1) != 0 &&
         strncasecmp(text, "ckt1", PREFIX + 1) != 0)) {
        return base_error_set(error, BASE_E_FORMAT, "\"%.*s\" is no CKB address; %s",
                              (int)(text_size > 64 ? 64 : text_size), text, right);
    }
    if (text_size > SYMBOLS_MAX) {
        return base_error_set(error, BASE_E_LIMIT,
                              "the address has %zu characters: its lock is larger than what a "
                              "block of ours pays",
                              text_size);
    }
    address->mainnet = tolower((unsigned char)text[2]) == 'b';
    if (pool_bech32_read(symbols, &count, &sum, text, PREFIX, text_size, &bad) != BASE_OK) {
        return bad < text_size
                   ? base_error_set(error, BASE_E_FORMAT,
                                    "the address has a character at place %zu that cannot occur",
                                    bad + 1)
                   : base_error_set(error, BASE_E_FORMAT, "the address mixes upper and lower case");
    }
    if (!pool_bech32_bytes(payload, sizeof(payload), &size, symbols, count - POOL_BECH32_CHECK) ||
        size == 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the address holds no whole number of bytes, or too many: a "
                              "character is missing or mistyped");
    }
    return take_payload(address, payload, size, sum, error);
}

/* ---- writing --------------------------------------------------------------------------------- */

char *pool_ckb_address_write(char text[POOL_CKB_ADDRESS_MAX],
                             const struct pool_ckb_address *address)
{
    const struct pool_ckb_lock *lock = &address->lock;
    uint8_t payload[HEAD_SIZE + POOL_NERVOS_ARGS_MAX] = {FULL};
    size_t size = HEAD_SIZE + lock->args_size;
    memcpy(payload + 1, lock->code_hash, 32);
    payload[33] = lock->hash_type;
    memcpy(payload + HEAD_SIZE, lock->args, lock->args_size);
    return pool_bech32_write(text, address->mainnet ? "ckb" : "ckt", payload, size, POOL_BECH32M);
}

/* ---- scripts --------------------------------------------------------------------------------- */

void pool_ckb_to_script(struct pool_script *script, const struct pool_ckb_address *address)
{
    const struct pool_ckb_lock *lock = &address->lock;
    script->bytes[0] = address->mainnet;
    memcpy(script->bytes + 1, lock->code_hash, 32);
    script->bytes[33] = lock->hash_type;
    memcpy(script->bytes + 34, lock->args, lock->args_size);
    script->size = 34 + lock->args_size;
}

bool pool_ckb_from_script(struct pool_ckb_address *address, const struct pool_script *script)
{
    memset(address, 0, sizeof(*address));
    if (script->size < 34) {
        return false;
    }
    address->mainnet = script->bytes[0] != 0;
    memcpy(address->lock.code_hash, script->bytes + 1, 32);
    address->lock.hash_type = script->bytes[33];
    address->lock.args_size = script->size - 34;
    memcpy(address->lock.args, script->bytes + 34, address->lock.args_size);
    return true;
}
