/* names.c: faults and dialects by name, as command lines write them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ckbnet/ckbnet.h"

static const char *join(char *list, size_t cap, const char *const *names, size_t count)
{
    list[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        base_text_add(list, cap, ", ", names[i]);
    }
    return list;
}

enum base_status pool_ckbnet_fault_set(struct pool_ckbnet_faults *faults, const char *text,
                                       struct base_error *error)
{
    static const char *const names[] = {
#define X(name, text) #name,
        POOL_CKBNET_FAULT_MAP(X)
#undef X
    };
    uint32_t *const values[] = {
#define X(name, text) &faults->name,
        POOL_CKBNET_FAULT_MAP(X)
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

enum base_status pool_ckbnet_dialect_find(enum pool_ckbnet_dialect *dialect, const char *name,
                                          struct base_error *error)
{
    static const char *const names[] = {
#define X(code, text, meaning) text,
        POOL_CKBNET_DIALECT_MAP(X)
#undef X
    };
    for (unsigned i = 0; i < BASE_COUNT_OF(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *dialect = (enum pool_ckbnet_dialect)i;
            return BASE_OK;
        }
    }
    char list[128];
    return base_error_set(error, BASE_E_FORMAT, "Unknown pool dialect '%.64s': it is one of %s",
                          name, join(list, sizeof list, names, BASE_COUNT_OF(names)));
}
