/* test_blake2b_vectors.c: BLAKE2b against data/blake2b.json: all block edges, digest sizes, with
 * and without personalisation, in one piece and cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/blake2b.h"
#include "base/hex.h"

enum { MESSAGE_MAX = 1000 };

static json_t *root;

static int load(void **state)
{
    json_error_t error;
    (void)state;
    root = json_load_file(SHARDPICK_TEST_DATA "/blake2b.json", 0, &error);
    return root == NULL ? 1 : 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

static void decode(uint8_t *bytes, size_t size, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    assert_int_equal(base_hex_decode_exact(bytes, size, text), BASE_OK);
}

static void check_cut(const uint8_t *expected, size_t hash_size, const uint8_t *personal,
                      const uint8_t *message, size_t size, size_t cut)
{
    uint8_t hash[BASE_BLAKE2B_MAX];
    struct base_blake2b state;
    struct base_blake2b copy;
    base_blake2b_init(&state, hash_size, personal);
    base_blake2b_update(&state, message, cut);
    copy = state;
    base_blake2b_update(&copy, message + cut, size - cut);
    base_blake2b_final(hash, &copy);
    assert_memory_equal(hash, expected, hash_size);
}

static void digests_are_those_of_the_data(void **state)
{
    json_t *cases = json_object_get(root, "cases");
    (void)state;
    assert_true(json_array_size(cases) >= 100);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        size_t size = (size_t)json_integer_value(json_object_get(one, "message_size"));
        size_t hash_size = (size_t)json_integer_value(json_object_get(one, "hash_size"));
        bool plain = strlen(json_string_value(json_object_get(one, "personal_hex"))) == 0;
        uint8_t personal[BASE_BLAKE2B_PERSONAL] = {0};
        uint8_t expected[BASE_BLAKE2B_MAX];
        uint8_t hash[BASE_BLAKE2B_MAX];
        uint8_t message[MESSAGE_MAX];
        assert_true(size <= sizeof message && hash_size <= sizeof expected);
        if (!plain) {
            decode(personal, sizeof personal, one, "personal_hex");
        }
        decode(expected, hash_size, one, "hash_hex");
        for (size_t j = 0; j < size; j++) {
            message[j] = (uint8_t)((7 * j + size) % 251);
        }
        base_blake2b(hash, hash_size, plain ? NULL : personal, message, size);
        assert_memory_equal(hash, expected, hash_size);
        for (size_t cut = 0; cut <= size; cut++) {
            check_cut(expected, hash_size, personal, message, size, cut);
        }
    }
}

static void abc_is_the_answer_of_the_rfc(void **state)
{
    uint8_t expected[BASE_BLAKE2B_MAX];
    uint8_t hash[BASE_BLAKE2B_MAX];
    (void)state;
    decode(expected, sizeof expected, root, "abc");
    base_blake2b(hash, sizeof hash, NULL, (const uint8_t *)"abc", 3);
    assert_memory_equal(hash, expected, sizeof hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_the_data),
        cmocka_unit_test(abc_is_the_answer_of_the_rfc),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
