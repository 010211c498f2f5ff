/* vectors.c: see vectors.h. */
#include "vectors.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

json_t *vectors_load(void)
{
    return vectors_load_file(SHARDPICK_TEST_DATA "/alephium.json");
}

json_t *vectors_load_file(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL) {
        fail_msg("%s: %s", path, error.text);
    }
    return root;
}

const json_t *vectors_at(const json_t *root, const char *path)
{
    char name[64];
    while (*path != '\0') {
        size_t size = strcspn(path, ".");
        assert_true(size < sizeof(name));
        memcpy(name, path, size);
        name[size] = '\0';
        root = json_object_get(root, name);
        if (root == NULL) {
            fail_msg("the vectors have no %s", name);
        }
        path += size + (path[size] == '.' ? 1 : 0);
    }
    return root;
}

const char *vectors_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL) {
        fail_msg("no text %s", key);
    }
    return text;
}

uint8_t *vectors_bytes(const char *hex, size_t *size)
{
    size_t digits = strlen(hex);
    uint8_t *bytes = malloc(digits / 2 + 1);
    assert_non_null(bytes);
    assert_int_equal(base_hex_decode(bytes, digits / 2, size, hex, digits), BASE_OK);
    return bytes;
}
