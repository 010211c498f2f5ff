/* names.c: faults and dialects by name, for command lines. */
#include "kmdnet/kmdnet.h"
#include "serve/serve.h"

enum base_status pool_kmdnet_fault_set(struct pool_kmdnet_faults *faults, const char *text,
                                       struct base_error *error)
{
    static const char *const names[] = {
#define X(name, text) #name,
        POOL_KMDNET_FAULT_MAP(X)
#undef X
    };
    uint32_t *const values[] = {
#define X(name, text) &faults->name,
        POOL_KMDNET_FAULT_MAP(X)
#undef X
    };
    return pool_serve_number(values, names, BASE_COUNT_OF(names), "fault", text, error);
}

enum base_status pool_kmdnet_dialect_find(enum pool_kmdnet_dialect *dialect, const char *name,
                                          struct base_error *error)
{
    static const char *const names[] = {
#define X(code, text, meaning) text,
        POOL_KMDNET_DIALECT_MAP(X)
#undef X
    };
    size_t index = 0;
    enum base_status status =
        pool_serve_choice(&index, names, BASE_COUNT_OF(names), "pool dialect", name, error);
    *dialect = status == BASE_OK ? (enum pool_kmdnet_dialect)index : *dialect;
    return status;
}
