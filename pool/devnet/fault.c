/* fault.c: faults and dialects of the development network by name, as command lines write
 * them, and which push is spoiled how. */
#include <string.h>

#include "devnet/server.h"

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
    return pool_serve_number(values, names, BASE_COUNT_OF(names), "fault", text, error);
}

enum base_status pool_devnet_dialect_find(enum pool_devnet_dialect *dialect, const char *name,
                                          struct base_error *error)
{
    static const char *const names[] = {
#define X(code, text, meaning) text,
        POOL_DEVNET_DIALECT_MAP(X)
#undef X
    };
    size_t index = 0;
    enum base_status status =
        pool_serve_choice(&index, names, BASE_COUNT_OF(names), "pool dialect", name, error);
    *dialect = status == BASE_OK ? (enum pool_devnet_dialect)index : *dialect;
    return status;
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
