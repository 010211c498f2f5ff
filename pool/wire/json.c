/* json.c: see json.h. */
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

#include "wire/bounds.h"
#include "wire/printable.h"

/* Depth of brackets and number of values, without building anything. Strings are skipped; the
 * parser decides whether the text is valid. */
static enum base_status count(const char *text, size_t size, size_t values_max)
{
    size_t depth = 0;
    size_t values = 1;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                in_string = false;
            }
            continue;
        }
        if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            depth++;
            values++;
        } else if (c == ']' || c == '}') {
            depth -= depth > 0 ? 1 : 0;
        } else if (c == ',' || c == ':') {
            values++;
        }
        if (depth > POOL_JSON_DEPTH_MAX || values > values_max) {
            return BASE_E_LIMIT;
        }
    }
    return BASE_OK;
}

enum base_status pool_json_load(json_t **root, const char *text, size_t size,
                                struct base_error *error)
{
    return pool_json_load_large(root, text, size, POOL_JSON_VALUES_MAX, error);
}

static enum base_status load(json_t **root, size_t *used, const char *text, size_t size,
                             size_t values_max, size_t flags, struct base_error *error)
{
    char begin[48];
    json_error_t where;
    *root = NULL;
    (void)pool_printable(begin, sizeof(begin), text, size);
    if (count(text, size, values_max) != BASE_OK) {
        return base_error_set(error, BASE_E_LIMIT,
                              "JSON nested deeper than %d or with more than %zu values: \"%s...\"",
                              POOL_JSON_DEPTH_MAX, values_max, begin);
    }
    *root = json_loadb(text, size, flags, &where);
    if (*root == NULL) {
        char reason[JSON_ERROR_TEXT_LENGTH];
        (void)pool_printable(reason, sizeof(reason), where.text, strlen(where.text));
        return base_error_set(error, BASE_E_FORMAT, "not JSON (%s): \"%s%s\"", reason, begin,
                              size >= sizeof(begin) ? "..." : "");
    }
    *used = (size_t)where.position;
    return BASE_OK;
}

enum base_status pool_json_load_large(json_t **root, const char *text, size_t size,
                                      size_t values_max, struct base_error *error)
{
    size_t used = 0;
    return load(root, &used, text, size, values_max, 0, error);
}

enum base_status pool_json_load_next(json_t **root, size_t *used, const char *text, size_t size,
                                     struct base_error *error)
{
    return load(root, used, text, size, POOL_JSON_VALUES_MAX, JSON_DISABLE_EOF_CHECK, error);
}

/* Bytes of the character that text begins with; 0: none of UTF-8 (RFC 3629, section 4). */
static size_t character(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (length == 0 || at[0] > 0xf4 || length > size) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f)) {
        return 0; /* too long a form, a surrogate, or above U+10FFFF */
    }
    return length;
}

bool pool_json_is_clean(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size) {
        size_t length = character(text + at, size - at);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

enum base_status pool_json_clean(struct pool_buffer *out, const char *text, size_t size)
{
    enum base_status status = BASE_OK;
    size_t begin = 0; /* of what is good and not appended yet */
    for (size_t at = 0; at < size && status == BASE_OK;) {
        size_t length = character(text + at, size - at);
        if (length == 0) {
            status = pool_buffer_append(out, text + begin, at - begin);
            status = status == BASE_OK ? pool_buffer_append(out, "?", 1) : status;
            begin = at + 1;
        }
        at += length > 0 ? length : 1;
    }
    return status == BASE_OK ? pool_buffer_append(out, text + begin, size - begin) : status;
}

/* Bytes of the token that begins at text[at]: a string with both quotes, a number, or one byte.
 * Out: whole  it is a number that is nothing but digits */
static size_t token_at(const char *text, size_t size, size_t at, bool *whole)
{
    size_t end = at + 1;
    *whole = false;
    if (text[at] == '"') {
        while (end < size && text[end] != '"') {
            end += text[end] == '\\' && end + 1 < size ? 2 : 1;
        }
        return (end < size ? end + 1 : size) - at;
    }
    *whole = text[at] >= '0' && text[at] <= '9';
    if (!*whole && text[at] != '-') {
        return 1;
    }
    while (end < size && text[end] != '\0' && strchr("0123456789+-.eE", text[end]) != NULL) {
        *whole = *whole && text[end] >= '0' && text[end] <= '9';
        end++;
    }
    return end - at;
}

enum base_status pool_json_quote_long(struct pool_buffer *out, const char *text, size_t size)
{
    enum { LONG_NUMBER = 18 }; /* digits; all numbers of so many fit into a JSON integer */
    enum base_status status = BASE_OK;
    for (size_t at = 0; at < size && status == BASE_OK;) {
        bool whole = false;
        size_t length = token_at(text, size, at, &whole);
        bool quote = whole && length > LONG_NUMBER;
        status = quote ? pool_buffer_append(out, "\"", 1) : BASE_OK;
        status = status == BASE_OK ? pool_buffer_append(out, text + at, length) : status;
        status = status == BASE_OK && quote ? pool_buffer_append(out, "\"", 1) : status;
        at += length;
    }
    return status;
}

bool pool_json_double(const json_t *json, double *value)
{
    const char *text = json_string_value(json);
    char *end = NULL;
    *value = 0;
    if (json_is_number(json)) {
        *value = json_number_value(json);
        return true;
    }
    if (text == NULL || text[0] < '0' || text[0] > '9' || json_string_length(json) > 40) {
        return false;
    }
    *value = strtod(text, &end);
    return *end == '\0';
}

bool pool_json_u64(const json_t *json, unsigned base, uint64_t *value)
{
    *value = 0;
    if (json_is_integer(json)) {
        if (json_integer_value(json) < 0) {
            return false;
        }
        *value = (uint64_t)json_integer_value(json);
        return true;
    }
    const char *text = json_string_value(json);
    if (text == NULL) {
        return false;
    }
    if (base == 16 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        text += 2;
    }
    size_t digits = strlen(text);
    if (digits == 0 || digits > (base == 16 ? 16 : 19)) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        static const char all[] = "0123456789abcdefABCDEF";
        const char *place = strchr(all, text[i]);
        unsigned digit = (unsigned)(place - all);
        digit = digit >= 16 ? digit - 6 : digit;
        if (place == NULL || digit >= base) {
            return false;
        }
        *value = *value * base + digit;
    }
    return true;
}

bool pool_json_truthy(const json_t *json)
{
    switch (json == NULL ? JSON_NULL : json_typeof(json)) {
    case JSON_OBJECT:
        return json_object_size(json) > 0;
    case JSON_ARRAY:
        return json_array_size(json) > 0;
    case JSON_STRING:
        return json_string_length(json) > 0;
    case JSON_INTEGER:
        return json_integer_value(json) != 0;
    case JSON_REAL:
        return json_real_value(json) != 0.0;
    case JSON_TRUE:
        return true;
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return false;
}

static int on_dump(const char *text, size_t size, void *user)
{
    return pool_buffer_append(user, text, size) == BASE_OK ? 0 : -1;
}

enum base_status pool_json_append(struct pool_buffer *out, json_t *value)
{
    int failed = value == NULL ? -1 : json_dump_callback(value, on_dump, out, JSON_COMPACT);
    json_decref(value);
    return failed == 0 ? BASE_OK : BASE_E_MEMORY;
}
