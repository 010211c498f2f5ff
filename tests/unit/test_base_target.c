/* test_base_target.c: 256-bit targets against the tables of data/alephium.json: compact form both
 * ways, Java's byte form, difficulties; and the arithmetic at its edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "base/target.h"

static json_t *root;

static int load(void **state)
{
    json_error_t error;
    (void)state;
    root = json_load_file(SHARDPICK_TEST_DATA "/alephium.json", 0, &error);
    return root == NULL ? 1 : 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static void decode32(uint8_t bytes[32], const char *hex)
{
    assert_int_equal(base_hex_decode_exact(bytes, 32, hex), BASE_OK);
}

static uint32_t bits_of(const json_t *object, const char *key)
{
    return (uint32_t)strtoul(text_of(object, key), NULL, 16);
}

static void compact_form(void **state)
{
    size_t index;
    json_t *entry;
    json_t *compact = json_object_get(root, "compactTarget");
    uint8_t want[32];
    uint8_t got[32];
    (void)state;
    assert_true(json_array_size(json_object_get(compact, "cases")) >= 45);
    json_array_foreach(json_object_get(compact, "cases"), index, entry)
    {
        decode32(want, text_of(entry, "targetHex"));
        assert_int_equal(base_target_from_compact(got, bits_of(entry, "bits")), BASE_OK);
        assert_memory_equal(got, want, sizeof want);
        assert_int_equal(base_target_to_compact(want), bits_of(entry, "canonicalBits"));
    }
    assert_true(json_array_size(json_object_get(compact, "toCompact")) >= 14);
    json_array_foreach(json_object_get(compact, "toCompact"), index, entry)
    {
        decode32(want, text_of(entry, "targetHex"));
        assert_int_equal(base_target_to_compact(want), bits_of(entry, "bits"));
    }
    assert_true(json_array_size(json_object_get(compact, "overflow")) >= 3);
    memset(want, 0, sizeof want);
    json_array_foreach(json_object_get(compact, "overflow"), index, entry)
    {
        memset(got, 0x55, sizeof got);
        assert_int_equal(base_target_from_compact(got, bits_of(entry, "bits")), BASE_E_LIMIT);
        assert_memory_equal(got, want, sizeof want);
    }
}

/* Signed big-endian bytes of minimal length, up to 33 of them. */
static void java_form(void **state)
{
    size_t index;
    json_t *entry;
    json_t *cases = json_object_get(
        json_object_get(json_object_get(root, "nodeProtocolV1"), "targetFieldEncoding"), "cases");
    (void)state;
    assert_true(json_array_size(cases) >= 16);
    json_array_foreach(cases, index, entry)
    {
        uint8_t want[32];
        uint8_t got[32];
        uint8_t field[64];
        size_t size = 0;
        const char *hex = text_of(entry, "targetFieldHex");
        decode32(want, text_of(entry, "targetHex"));
        assert_int_equal(base_hex_decode(field, sizeof field, &size, hex, strlen(hex)), BASE_OK);
        assert_int_equal(base_target_from_bytes(got, field, size), BASE_OK);
        assert_memory_equal(got, want, sizeof want);
    }
}

static void bytes_out_of_bounds(void **state)
{
    uint8_t bytes[65] = {0};
    uint8_t got[32];
    const uint8_t zero[32] = {0};
    (void)state;
    assert_int_equal(base_target_from_bytes(got, bytes, 0), BASE_E_FORMAT);
    assert_memory_equal(got, zero, sizeof zero);
    assert_int_equal(base_target_from_bytes(got, bytes, 65), BASE_E_LIMIT);
    bytes[63] = 7; /* 64 bytes of which only the last counts */
    assert_int_equal(base_target_from_bytes(got, bytes, 64), BASE_OK);
    assert_int_equal(got[31], 7);
    bytes[31] = 1; /* the 257th bit */
    assert_int_equal(base_target_from_bytes(got, bytes, 64), BASE_E_LIMIT);
    assert_memory_equal(got, zero, sizeof zero);
}

/* floor(2^256 / target) of the tables. For display: doubles are exact enough. */
static void check_difficulty(const uint8_t target_be[32], const json_t *difficulty)
{
    if (json_is_string(difficulty)) {
        double want = strtod(json_string_value(difficulty), NULL);
        double got = base_target_expected_tries(target_be);
        assert_true(got > want * (1 - 1e-6) - 1 && got < want * (1 + 1e-6) + 1);
    }
}

static void difficulties(void **state)
{
    size_t index;
    json_t *entry;
    json_t *cases = json_object_get(json_object_get(root, "difficultyHashrate"), "cases");
    uint8_t target_be[32];
    (void)state;
    assert_true(json_array_size(cases) >= 8);
    json_array_foreach(cases, index, entry)
    {
        if (json_object_get(entry, "bits") != NULL) {
            assert_int_equal(base_target_from_compact(target_be, bits_of(entry, "bits")), BASE_OK);
            check_difficulty(target_be, json_object_get(entry, "difficulty"));
        }
    }
    cases = json_object_get(json_object_get(root, "compactTarget"), "cases");
    json_array_foreach(cases, index, entry)
    {
        decode32(target_be, text_of(entry, "targetHex"));
        if (base_target_bits(target_be) > 40) { /* below, 2^256 / (target + 1) is another number */
            check_difficulty(target_be, json_object_get(entry, "difficulty"));
        }
    }
}

static void comparison(void **state)
{
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    (void)state;
    for (size_t i = 0; i < 32; i++) { /* each byte, unsigned, before those behind it */
        memset(a, 0, sizeof a);
        memset(b, 0xff, sizeof b);
        memset(b, 0, i + 1);
        a[i] = 0x80;
        assert_int_equal(base_target_compare(a, b), 1);
        assert_int_equal(base_target_compare(b, a), -1);
        assert_int_equal(base_target_compare(a, a), 0);
        assert_true(base_target_meets(b, a));
        assert_true(base_target_meets(a, a));
        assert_false(base_target_meets(a, b));
    }
}

static void arithmetic(void **state)
{
    static const struct {
        const char *value;
        uint64_t divisor;
        const char *quotient;
    } divisions[] = {
        /* computed with Python's integers */
        {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 1,
         "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
        {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 3,
         "5555555555555555555555555555555555555555555555555555555555555555"},
        {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0xffffffffffffffffU,
         "0000000000000001000000000000000100000000000000010000000000000001"},
        {"0000000000000000000000000000000000000000000000000000000000000063", 100,
         "0000000000000000000000000000000000000000000000000000000000000000"},
    };
    uint8_t value[32];
    uint8_t want[32];
    uint8_t got[32];
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(divisions); i++) {
        decode32(value, divisions[i].value);
        decode32(want, divisions[i].quotient);
        base_target_divide(got, value, divisions[i].divisor);
        assert_memory_equal(got, want, sizeof want);
    }
    decode32(value, "5555555555555555555555555555555555555555555555555555555555555555");
    decode32(want, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
    base_target_multiply(got, value, 3);
    assert_memory_equal(got, want, sizeof want);
    base_target_multiply(got, value, 4); /* saturates */
    assert_memory_equal(got, want, sizeof want);
    base_target_multiply(value, value, 0); /* in place */
    assert_int_equal(base_target_bits(value), 0);
}

static void powers_of_two(void **state)
{
    uint8_t target_be[32];
    (void)state;
    for (unsigned bits = 0; bits <= 256; bits++) {
        unsigned set = 0;
        base_target_ones(target_be, bits);
        for (size_t i = 0; i < 32; i++) {
            set += (unsigned)__builtin_popcount(target_be[i]);
        }
        assert_int_equal(set, bits);
        assert_int_equal(base_target_bits(target_be), bits);
    }
    assert_true(base_target_expected_tries(target_be) == 1.0); /* the last one: 256 bits */
    base_target_ones(target_be, 226);
    assert_true(base_target_expected_tries(target_be) == 1073741824.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compact_form),        cmocka_unit_test(java_form),
        cmocka_unit_test(bytes_out_of_bounds), cmocka_unit_test(difficulties),
        cmocka_unit_test(comparison),          cmocka_unit_test(arithmetic),
        cmocka_unit_test(powers_of_two),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
