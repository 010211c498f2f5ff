/* test_v1_parts.c: the arithmetic under Bitcoin-family jobs against the tables of
 * tests/data/stratum.json: targets of difficulties, merkle branches, word order, extranonces,
 * version bits, compact targets; and DigiByte addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/endian.h"
#include "base/hex.h"
#include "bitcoin/digibyte.h"
#include "bitcoin/v1_header.h"
#include "bitcoin/v1_target.h"
#include "vectors.h"

static json_t *load(void)
{
    return vectors_load_file(SHARDPICK_TEST_DATA "/stratum.json");
}

static void hash_of(uint8_t hash[32], const char *hex)
{
    assert_int_equal(base_hex_decode_exact(hash, 32, hex), BASE_OK);
}

/* To the last bit: the digits are taken as the pool wrote them. */
static void test_targets(void **state)
{
    json_t *root = load();
    size_t index = 0;
    const json_t *one = NULL;
    (void)state;
    json_array_foreach(vectors_at(root, "difficulty_to_target.cases"), index, one)
    {
        const char *text = vectors_text(one, "difficulty");
        uint8_t want[32];
        uint8_t got[32];
        double shown = 0;
        uint32_t factor = (uint32_t)json_integer_value(json_object_get(one, "diff1_multiplier"));
        json_t *number = json_loads(text, JSON_DECODE_ANY, NULL);
        json_t *string = json_string(text);
        hash_of(want, vectors_text(one, "target_display"));
        for (size_t form = 0; form < 2; form++) {
            assert_int_equal(pool_v1_target(got, &shown, form == 0 ? number : string, factor),
                             BASE_OK);
            if (memcmp(got, want, 32) != 0) {
                fail_msg("difficulty %s of %s", text, vectors_text(one, "algorithm"));
            }
            assert_true(shown == strtod(text, NULL));
        }
        json_decref(number);
        json_decref(string);
    }
    assert_int_equal(index, 44);
    json_decref(root);
}

static void test_bad_difficulties(void **state)
{
    static const char *const texts[] = {"0",       "-1",   "-0.5",  "1e308",  "null",
                                        "[1]",     "\"\"", "\"x\"", "\"-1\"", "\"1x\"",
                                        "\"nan\"", "{}",   "true"};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(texts); i++) {
        static const uint8_t zero[32] = {0};
        uint8_t target[32] = {1};
        double shown = 1;
        json_t *json = json_loads(texts[i], JSON_DECODE_ANY, NULL);
        assert_non_null(json);
        assert_int_not_equal(pool_v1_target(target, &shown, json, 1), BASE_OK);
        assert_memory_equal(target, zero, 32);
        json_decref(json);
    }
}

static void test_merkle(void **state)
{
    json_t *root = load();
    size_t index = 0;
    const json_t *one = NULL;
    (void)state;
    json_array_foreach(vectors_at(root, "merkle_branches.cases"), index, one)
    {
        const json_t *hashes = json_object_get(one, "branch_hex");
        uint8_t branch[32][32];
        uint8_t got[32];
        uint8_t want[32];
        for (size_t i = 0; i < json_array_size(hashes); i++) {
            hash_of(branch[i], json_string_value(json_array_get(hashes, i)));
        }
        hash_of(got, json_string_value(json_array_get(json_object_get(one, "txids_hex"), 0)));
        assert_int_equal(pool_v1_merkle(got, (const uint8_t(*)[32])branch, json_array_size(hashes)),
                         BASE_OK);
        hash_of(want, vectors_text(one, "root_hex"));
        assert_memory_equal(got, want, 32);
    }
    assert_int_equal(index, 13);
    json_decref(root);
}

static void test_words(void **state)
{
    json_t *root = load();
    size_t index = 0;
    const json_t *one = NULL;
    (void)state;
    json_array_foreach(json_object_get(root, "prevhash"), index, one)
    {
        uint8_t got[32];
        uint8_t want[32];
        hash_of(got, vectors_text(one, "stratum"));
        hash_of(want, vectors_text(one, "header_hex"));
        pool_v1_swap_words(got, got);
        assert_memory_equal(got, want, 32);
    }
    assert_int_equal(index, 6);
    json_decref(root);
}

static void test_extranonce2(void **state)
{
    json_t *root = load();
    size_t index = 0;
    const json_t *one = NULL;
    (void)state;
    json_array_foreach(vectors_at(root, "extranonce2.cases"), index, one)
    {
        const json_t *value = json_object_get(one, "value");
        size_t size = (size_t)json_integer_value(json_object_get(one, "size"));
        uint64_t number = json_is_string(value) ? strtoull(json_string_value(value), NULL, 10)
                                                : (uint64_t)json_integer_value(value);
        uint8_t bytes[16];
        char hex[33];
        pool_v1_extranonce2(bytes, size, number);
        base_hex_encode(hex, bytes, size);
        assert_string_equal(hex, vectors_text(one, "little_endian_hex"));
    }
    assert_int_equal(index, 39);
    json_decref(root);
}

static void test_headers(void **state)
{
    json_t *root = load();
    size_t index = 0;
    const json_t *one = NULL;
    (void)state;
    json_array_foreach(json_object_get(root, "headers"), index, one)
    {
        uint8_t header[80];
        uint8_t rebuilt[80];
        uint8_t hash[32];
        uint8_t want[32];
        assert_int_equal(base_hex_decode_exact(header, 80, vectors_text(one, "header_hex")), 0);
        pool_v1_header(rebuilt, base_load_le32(header), header + 4, header + 36,
                       base_load_le32(header + 68), base_load_le32(header + 72));
        assert_memory_equal(rebuilt, header, 76);
        assert_int_equal(pool_v1_sha256d(hash, header, 80), BASE_OK);
        hash_of(want, vectors_text(one, "sha256d_display"));
        for (size_t i = 0; i < 32; i++) {
            assert_int_equal(hash[i], want[31 - i]);
        }
        assert_int_equal(pool_v1_compact(hash, base_load_le32(header + 72)), BASE_OK);
        hash_of(want, vectors_text(one, "target_display"));
        assert_memory_equal(hash, want, 32);
    }
    assert_true(index > 0);
    assert_int_equal(pool_v1_compact((uint8_t[32]){0}, 0x04923456), BASE_E_FORMAT);
    assert_int_equal(pool_v1_compact((uint8_t[32]){0}, 0xff123456), BASE_E_FORMAT);
    assert_int_equal(pool_v1_compact((uint8_t[32]){0}, 0), BASE_E_FORMAT);
    json_decref(root);
}

/* The hash of BIP 173's examples under DigiByte's versions and prefixes. */
static void test_addresses(void **state)
{
    static const char hash_hex[] = "751e76e8199196d454941c45d1b3a323f1433bd6";
    static const struct {
        const char *text;
        bool test;
        bool script_hash;
        int witness;
    } cases[] = {
        {"DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE", false, false, -1},
        {"SXyGazfm6S3xfcySmD6QNkZYmtfysC2jvc", false, true, -1},
        {"3CNHUhP3uyB9EUtRLsmvFUmvGdjGdkTxJw", false, true, -1},
        {"stGGcqSupoFABvkuJe5Uvei7RfuQZbHqrK", true, false, -1},
        {"yWziQMcwmKjRdzi7eWjwiQX8EjWcd6dSg6", true, true, -1},
        {"dgb1qw508d6qejxtdg4y5r3zarvary0c5xw7kmudfnm", false, false, 0},
        {"DGB1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KMUDFNM", false, false, 0},
        {"dgbt1qw508d6qejxtdg4y5r3zarvary0c5xw7kwk83wk", true, false, 0},
        {"dgb1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zsztnvev", false, false, 1},
    };
    struct pool_digibyte_payee payee;
    struct base_error error;
    uint8_t hash[20];
    (void)state;
    assert_int_equal(base_hex_decode_exact(hash, 20, hash_hex), BASE_OK);
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        size_t size = strlen(cases[i].text);
        if (pool_digibyte_address(&payee, cases[i].text, size, &error) != BASE_OK) {
            fail_msg("%s: %s", cases[i].text, error.text);
        }
        assert_int_equal(payee.test, cases[i].test);
        assert_int_equal(payee.script_hash, cases[i].script_hash);
        assert_int_equal(payee.witness, cases[i].witness);
        assert_int_equal(payee.payload_size, cases[i].witness == 1 ? 32 : 20);
        assert_memory_equal(payee.payload, hash, 20);
        /* each character matters */
        char wrong[96];
        for (size_t place = 0; place < size; place++) {
            memcpy(wrong, cases[i].text, size + 1);
            wrong[place] = wrong[place] == '9' ? '8' : '9';
            assert_int_not_equal(pool_digibyte_address(&payee, wrong, size, &error), BASE_OK);
        }
    }
}

static void test_logins(void **state)
{
    static const char *const good[] = {"DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE",
                                       "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE.rig.1",
                                       "dgb1qw508d6qejxtdg4y5r3zarvary0c5xw7kmudfnm.rig",
                                       "miner",
                                       "Daniel.rig1",
                                       "satoshi_nakamoto@example.org"};
    static const struct {
        const char *user;
        const char *part;
    } bad[] = {
        {"DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLF.rig", "checksum"},
        {"dgb1qw508d6qejxtdg4y5r3zarvary0c5xw7kmudfnn", "checksum"},
        {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "DigiByte"},
        {"0x52908400098527886E0F7030069857D2E4169EE7", "DigiByte"},
    };
    struct base_error error;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(good); i++) {
        if (pool_digibyte_login(good[i], &error) != BASE_OK) {
            fail_msg("%s: %s", good[i], error.text);
        }
    }
    for (size_t i = 0; i < BASE_COUNT_OF(bad); i++) {
        assert_int_equal(pool_digibyte_login(bad[i].user, &error), BASE_E_FORMAT);
        if (strstr(error.text, bad[i].part) == NULL) {
            fail_msg("%s: %s", bad[i].user, error.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),     cmocka_unit_test(test_bad_difficulties),
        cmocka_unit_test(test_merkle),      cmocka_unit_test(test_words),
        cmocka_unit_test(test_extranonce2), cmocka_unit_test(test_headers),
        cmocka_unit_test(test_addresses),   cmocka_unit_test(test_logins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
