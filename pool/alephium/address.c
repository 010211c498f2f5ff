/* address.c: see address.h. Source: alephium.md 6.9 and 7. */
#include "alephium/address.h"

#include <string.h>

#include "wire/base58.h"

enum {
    P2PKH_SIZE = 33,  /* type byte 00 and a 32-byte hash */
    ADDRESS_MIN = 30, /* characters: shorter texts are other things by chance base58 */
};

/* Group of a hash: djb2 (seed 5381, 32 bits), OR 1, the four bytes xored, modulo 4. */
static unsigned hash_group(const uint8_t hash[32])
{
    uint32_t h = 5381;
    for (size_t i = 0; i < 32; i++) {
        h = h * 33U + hash[i];
    }
    h |= 1U;
    return ((h >> 24) ^ (h >> 16) ^ (h >> 8) ^ h) & 3U;
}

/* What an address type byte means, for people. */
static const char *type_name(uint8_t type)
{
    static const char *const names[] = {"an ordinary address", "a multisignature address",
                                        "a script address",    "a contract address",
                                        "a groupless address", "a groupless address"};
    return type < BASE_COUNT_OF(names) ? names[type] : "of an unknown type";
}

enum base_status pool_alephium_address(const char *text, size_t text_size, uint8_t payload[33],
                                       unsigned *group, struct base_error *error)
{
    static const char right[] = "an Alephium address begins with 1 and has about 45 letters and "
                                "digits";
    uint8_t bytes[POOL_ALEPHIUM_ADDRESS_MAX];
    size_t size = 0;
    size_t bad = 0;
    if (text_size == 0) {
        return base_error_set(error, BASE_E_FORMAT, "the address is empty; %s", right);
    }
    if (text_size > POOL_ALEPHIUM_ADDRESS_MAX) {
        return base_error_set(error, BASE_E_FORMAT, "the address has %zu characters; %s", text_size,
                              right);
    }
    if (text_size >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        return base_error_set(error, BASE_E_FORMAT, "\"%.*s\" looks like an Ethereum address; %s",
                              (int)text_size, text, right);
    }
    if (pool_base58_decode(bytes, sizeof(bytes), &size, text, text_size, &bad) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%.*s\" is not base58: character %zu ('%c') cannot occur; %s",
                              (int)text_size, text, bad + 1,
                              text[bad] > ' ' && text[bad] < 127 ? text[bad] : '?', right);
    }
    if (text_size < ADDRESS_MIN) {
        return base_error_set(error, BASE_E_FORMAT, "\"%.*s\" has %zu characters; %s",
                              (int)text_size, text, text_size, right);
    }
    if (size == 0 || bytes[0] != 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%.*s\" is %s; most pools pay ordinary (P2PKH) addresses, which "
                              "begin with 1",
                              (int)text_size, text, size == 0 ? "empty" : type_name(bytes[0]));
    }
    if (size != P2PKH_SIZE) {
        return base_error_set(error, BASE_E_FORMAT,
                              "\"%.*s\" has %zu bytes instead of 33: characters are missing, "
                              "doubled or mistyped; %s",
                              (int)text_size, text, size, right);
    }
    if (payload != NULL) {
        memcpy(payload, bytes, P2PKH_SIZE);
    }
    if (group != NULL) {
        *group = hash_group(bytes + 1);
    }
    return BASE_OK;
}

static enum base_status check_worker(const char *worker, size_t size, struct base_error *error)
{
    if (size > POOL_ALEPHIUM_WORKER_MAX) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the worker name has %zu characters; pools take at most %d", size,
                              POOL_ALEPHIUM_WORKER_MAX);
    }
    for (size_t i = 0; i < size; i++) {
        if (worker[i] <= ' ' || worker[i] > '~') {
            return base_error_set(error, BASE_E_FORMAT,
                                  "the worker name has a character that is not printable ASCII at "
                                  "place %zu",
                                  i + 1);
        }
    }
    return BASE_OK;
}

enum base_status pool_alephium_login(const char *user, unsigned *group, const char **worker,
                                     size_t *worker_size, struct base_error *error)
{
    size_t size = strlen(user);
    const char *first = strchr(user, '.');
    const char *last = strrchr(user, '.');
    size_t head = first == NULL ? size : (size_t)(first - user);
    struct base_error first_error = {BASE_OK, ""};
    const char *name = "";
    size_t name_size = 0;
    if (size == 0) {
        return base_error_set(error, BASE_E_FORMAT,
                              "no user given; pools want -u ADDRESS.WORKER with an Alephium "
                              "address");
    }
    if (pool_alephium_address(user, head, NULL, group, &first_error) == BASE_OK) {
        if (first != NULL) {
            name = first + 1;
            name_size = size - head - 1;
        }
    } else if (last != NULL && pool_alephium_address(last + 1, size - (size_t)(last + 1 - user),
                                                     NULL, group, NULL) == BASE_OK) {
        name = user;
        name_size = (size_t)(last - user);
    } else {
        return base_error_set(error, BASE_E_FORMAT, "user: %s", first_error.text);
    }
    if (worker != NULL) {
        *worker = name;
        *worker_size = name_size;
    }
    return check_worker(name, name_size, error);
}
