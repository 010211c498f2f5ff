/* names.c: faults and dialects by name, for command lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ergonet/ergonet.h"

enum base_status pool_ergonet_fault_set(struct pool_ergonet_faults *faults, const char *text,
                                        struct base_error *error)
{
    static const struct {
        const char *name;
        size_t offset;
    } rows[] = {
#define X(name, text) {#name, offsetof(struct pool_ergonet_faults, name)},
        POOL_ERGONET_FAULT_MAP(X)
#undef X
    };
    size_t size = strcspn(text, "=");
    unsigned long number = 1;
    char *end = NULL;
    if (text[size] == '=') {
        number = strtoul(text + size + 1, &end, 10);
    }
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (strlen(rows[i].name) == size && memcmp(rows[i].name, text, size) == 0 &&
            number <= UINT32_MAX && (end == NULL || (end != text + size + 1 && *end == '\0'))) {
            *(uint32_t *)(void *)((char *)faults + rows[i].offset) = (uint32_t)number;
            return BASE_OK;
        }
    }
    static const char all[] =
#define X(name, text) " " #name
        POOL_ERGONET_FAULT_MAP(X)
#undef X
        ;
    return base_error_set(error, BASE_E_FORMAT, "\"%.40s\" is no fault with a number; there are%s",
                          text, all);
}

enum base_status pool_ergonet_dialect_find(enum pool_ergonet_dialect *dialect, const char *name,
                                           struct base_error *error)
{
    static const char *const names[] = {
#define X(name, text, meaning) text,
        POOL_ERGONET_DIALECT_MAP(X)
#undef X
    };
    for (size_t i = 0; i < BASE_COUNT_OF(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *dialect = (enum pool_ergonet_dialect)i;
            return BASE_OK;
        }
    }
    static const char all[] =
#define X(name, text, meaning) " " text
        POOL_ERGONET_DIALECT_MAP(X)
#undef X
        ;
    return base_error_set(error, BASE_E_FORMAT, "\"%.40s\" is no dialect; there are%s", name, all);
}
