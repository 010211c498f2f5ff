/* equihash_data.h: known answers of data/komodo.json for the tests of kernels/equihash. All helpers
 * fail the running test when the data is not as expected. */
#ifndef TEST_EQUIHASH_DATA_H
#define TEST_EQUIHASH_DATA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "equihash/equihash.h"

enum { EQUIHASH_INPUT_MAX = 256 };

static json_t *equihash_root;

static inline int equihash_load(void **state)
{
    json_error_t error;
    (void)state;
    equihash_root = json_load_file(SHARDPICK_TEST_DATA "/komodo.json", 0, &error);
    return equihash_root == NULL ? 1 : 0;
}

static inline int equihash_unload(void **state)
{
    (void)state;
    json_decref(equihash_root);
    return 0;
}

/* A list of the file with at least so many members. */
static inline json_t *equihash_section(const char *name, size_t at_least)
{
    json_t *list = json_object_get(equihash_root, name);
    list = json_is_object(list) ? json_object_get(list, "cases") : list;
    assert_true(json_array_size(list) >= at_least);
    return list;
}

static inline const char *equihash_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static inline uint32_t equihash_number(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    assert_true(json_is_integer(number));
    return (uint32_t)json_integer_value(number);
}

/* Bytes of a hexadecimal text. Returns their count. */
static inline size_t equihash_bytes(uint8_t *bytes, size_t cap, const char *text)
{
    size_t size = strlen(text) / 2;
    assert_true(size <= cap);
    if (size > 0) {
        assert_int_equal(base_hex_decode_exact(bytes, size, text), BASE_OK);
    }
    return size;
}

static inline struct kern_equihash equihash_of(const json_t *object)
{
    struct kern_equihash equihash;
    const char *prefix = json_string_value(json_object_get(object, "personal_prefix"));
    assert_int_equal(kern_equihash_init(&equihash, equihash_number(object, "n"),
                                        equihash_number(object, "k"), (const uint8_t *)prefix),
                     BASE_OK);
    return equihash;
}

#endif
