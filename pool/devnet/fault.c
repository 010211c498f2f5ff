/* fault.c: faults and dialects of the development network by name, as command lines write
 * them, and which push is spoiled how. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "devnet/server.h"

/* "a, b, c"; cut if too long. */
static const char *join(char *list, size_t cap, const char *const *names, size_t count)
{
    list[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        base_text_add(list, cap, ", ", names[i]);
    }
    return list;
}

enum base_status pool_devnet_fault_set(struct pool_devnet_faults *faults, const char *text,
                                       struct base_error *error)
{
    static const char *const names[] = {
#define X(name, text) #name,
        POOL_DEVNET_FAULT_MAP(X)
#undef X
    };
    uint32_t *const values[] = {
#define X(name, text) &faults->name,
        POOL_DEVNET_FAULT_MAP(X)
#undef X
    };
    size_t name_size = strcspn(text, "=");
    uint32_t value = 1;
    bool good = true;
    if (text[name_size] == '=') {
        const char *digits = text + name_size + 1;
        size_t digit_count = strspn(digits, "0123456789");
        good = digit_count > 0 && digit_count <= 9 && digits[digit_count] == '\0';
        value = good ? (uint32_t)strtoul(digits, NULL, 10) : 0;
    }
    for (size_t i = 0; good && i < BASE_COUNT_OF(names); i++) {
        if (strlen(names[i]) == name_size && memcmp(names[i], text, name_size) == 0) {
            *values[i] = value;
            return BASE_OK;
        }
    }
    char list[384];
    return base_error_set(error, BASE_E_FORMAT,
                          "Unknown fault '%.64s': write NAME or NAME=NUMBER with one of %s", text,
                          join(list, sizeof list, names, BASE_COUNT_OF(names)));
}

enum base_status pool_devnet_dialect_find(enum pool_devnet_dialect *dialect, const char *name,
                                          struct base_error *error)
{
    static const char *const names[] = {
#define X(code, text, meaning) text,
        POOL_DEVNET_DIALECT_MAP(X)
#undef X
    };
    for (unsigned i = 0; i < BASE_COUNT_OF(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *dialect = (enum pool_devnet_dialect)i;
            return BASE_OK;
        }
    }
    char list[384];
    return base_error_set(error, BASE_E_FORMAT, "Unknown pool dialect '%.64s': it is one of %s",
                          name, join(list, sizeof list, names, BASE_COUNT_OF(names)));
}

enum spoil pool_devnet_spoil(const struct pool_devnet *devnet, const struct client *client)
{
    const struct pool_devnet_faults *faults = &devnet->config.faults;
    uint64_t number = client->pushes + 1;
#define X(name, text)                                                                              \
    if (faults->name == number) {                                                                  \
        return SPOIL_##name;                                                                       \
    }
    POOL_DEVNET_SPOIL_MAP(X)
#undef X
    return SPOIL_NONE;
}

void pool_devnet_send_fill(struct client *client, uint8_t value, size_t size)
{
    uint8_t bytes[4096];
    memset(bytes, value, sizeof bytes);
    pool_serve_allow_more(client->peer, 2 * size);
    while (size > 0) {
        size_t step = size < sizeof bytes ? size : sizeof bytes;
        pool_devnet_send(client, bytes, step);
        size -= step;
    }
}
