/* names.c: numbers and choices by name, as command lines write them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "serve/serve.h"

/* "a, b, c"; cut if too long. */
static const char *join(char *list, size_t cap, const char *const *names, size_t count)
{
    list[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        base_text_add(list, cap, ", ", names[i]);
    }
    return list;
}

enum base_status pool_serve_number(uint32_t *const *values, const char *const *names, size_t count,
                                   const char *what, const char *text, struct base_error *error)
{
    size_t name_size = strcspn(text, "=");
    uint32_t value = 1;
    bool good = true;
    if (text[name_size] == '=') {
        const char *digits = text + name_size + 1;
        size_t digit_count = strspn(digits, "0123456789");
        good = digit_count > 0 && digit_count <= 9 && digits[digit_count] == '\0';
        value = good ? (uint32_t)strtoul(digits, NULL, 10) : 0;
    }
    for (size_t i = 0; good && i < count; i++) {
        if (strlen(names[i]) == name_size && memcmp(names[i], text, name_size) == 0) {
            *values[i] = value;
            return BASE_OK;
        }
    }
    char list[384];
    return base_error_set(error, BASE_E_FORMAT,
                          "Unknown %s '%.64s': write NAME or NAME=NUMBER with one of %s", what,
                          text, join(list, sizeof list, names, count));
}

enum base_status pool_serve_choice(size_t *index, const char *const *names, size_t count,
                                   const char *what, const char *text, struct base_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], text) == 0) {
            *index = i;
            return BASE_OK;
        }
    }
    char list[384];
    return base_error_set(error, BASE_E_FORMAT, "Unknown %s '%.64s': it is one of %s", what, text,
                          join(list, sizeof list, names, count));
}
