/* names.c: faults and dialects by name, for command lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmdnet/kmdnet.h"

#define X(name, text) " " #name
static const char fault_names[] = POOL_KMDNET_FAULT_MAP(X);
#undef X

#define X(name, text, meaning) " " text
static const char dialect_names[] = POOL_KMDNET_DIALECT_MAP(X);
#undef X

enum base_status pool_kmdnet_fault_set(struct pool_kmdnet_faults *faults, const char *text,
                                       struct base_error *error)
{
    static const struct {
        const char *name;
        size_t offset;
    } rows[] = {
#define X(name, text) {#name, offsetof(struct pool_kmdnet_faults, name)},
        POOL_KMDNET_FAULT_MAP(X)
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
    return base_error_set(error, BASE_E_FORMAT, "\"%.40s\" is no fault with a number; there are%s",
                          text, fault_names);
}

enum base_status pool_kmdnet_dialect_find(enum pool_kmdnet_dialect *dialect, const char *name,
                                          struct base_error *error)
{
    static const char *const names[] = {
#define X(name, text, meaning) text,
        POOL_KMDNET_DIALECT_MAP(X)
#undef X
    };
    for (size_t i = 0; i < BASE_COUNT_OF(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *dialect = (enum pool_kmdnet_dialect)i;
            return BASE_OK;
        }
    }
    return base_error_set(error, BASE_E_FORMAT, "\"%.40s\" is no dialect; there are%s", name,
                          dialect_names);
}
