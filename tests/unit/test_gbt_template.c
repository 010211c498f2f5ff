/* test_gbt_template.c: templates of a hostile or confused node: each fault is named, nothing is
 * built of it; coinbases at the borders of their sizes; whom a block pays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "bitcoin/digibyte.h"
#include "bitcoin/gbt.h"
#include "vectors.h"

static json_t *load(json_t **made)
{
    json_t *root = vectors_load_file(SHARDPICK_TEST_DATA "/digibyte_blocks.json");
    *made = json_object_get(json_array_get(json_object_get(root, "own_blocks"), 20),
                            "getblocktemplate"); /* six transactions */
    return root;
}

/* One member replaced by this JSON ("" removes it): how it is answered, and a part of why. */
static void expect(const char *path, const char *json, enum base_status status, const char *part)
{
    json_t *made = NULL;
    json_t *root = load(&made);
    json_t *at = made;
    struct pool_gbt_template *gbt = NULL;
    struct base_error error = {BASE_OK, ""};
    if (strncmp(path, "tx.", 3) == 0) {
        at = json_array_get(json_object_get(made, "transactions"), 2);
        path += 3;
    }
    if (json[0] == '\0') {
        assert_int_equal(json_object_del(at, path), 0);
    } else {
        json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        (void)json_object_set_new(at, path, value);
    }
    enum base_status got = pool_gbt_template_read(&gbt, made, &error);
    if (got != status || strstr(error.text, part) == NULL || (got != BASE_OK) != (gbt == NULL)) {
        fail_msg("%s = %s: status %d, %s", path, json, (int)got, error.text);
    }
    pool_gbt_template_free(gbt);
    json_decref(root);
}

static void test_faults(void **state)
{
    static const char zeros[] =
        "\"0000000000000000000000000000000000000000000000000000000000000000\"";
    (void)state;
    expect("version", "\"2\"", BASE_E_FORMAT, "version");
    expect("version", "4294967296", BASE_E_FORMAT, "version");
    expect("previousblockhash", "\"00\"", BASE_E_FORMAT, "previousblockhash");
    expect("previousblockhash", "7", BASE_E_FORMAT, "previousblockhash");
    expect("curtime", "-1", BASE_E_FORMAT, "curtime");
    expect("curtime", "4294967296", BASE_E_FORMAT, "curtime");
    expect("coinbasevalue", "-5", BASE_E_FORMAT, "coinbasevalue");
    expect("coinbasevalue", "1.5", BASE_E_FORMAT, "coinbasevalue");
    expect("height", "2147483648", BASE_E_FORMAT, "height");
    expect("height", "", BASE_E_FORMAT, "height");
    expect("bits", "\"1f2f5b4\"", BASE_E_FORMAT, "bits");
    expect("bits", "\"01800000\"", BASE_E_FORMAT, "another target"); /* negative */
    expect("bits", "\"1f2f5b46\"", BASE_E_FORMAT, "another target");
    expect("target", zeros, BASE_E_FORMAT, "another target");
    expect("target", "", BASE_OK, "");
    expect("mintime", "", BASE_OK, "");
    expect("odokey", "1e3", BASE_E_FORMAT, "odokey");
    expect("odokey", "4000000000", BASE_E_FORMAT, "odokey"); /* of a time to come */
    expect("rules", "[\"csv\",\"!segwit\",\"taproot\"]", BASE_OK, "");
    expect("rules", "[\"!digidollar-oracle\"]", BASE_E_UNSUPPORTED, "!digidollar-oracle");
    expect("longpollid", "", BASE_OK, "");
    expect("default_witness_commitment", "\"6a2\"", BASE_E_FORMAT, "commitment");
    expect("default_witness_commitment", "\"\"", BASE_E_FORMAT, "commitment");
    expect("transactions", "7", BASE_E_FORMAT, "transactions");
    expect("transactions", "[7]", BASE_E_FORMAT, "data of a transaction");
    expect("tx.data", "\"\"", BASE_E_FORMAT, "data of a transaction");
    expect("tx.data", "\"zz\"", BASE_E_FORMAT, "data of a transaction");
    expect("tx.data", "\"00\"", BASE_E_FORMAT, "hash");
    expect("tx.hash", zeros, BASE_E_FORMAT, "hash");
    expect("tx.hash", "", BASE_OK, "");
    expect("tx.txid", "", BASE_E_FORMAT, "txid");
}

/* Above the bounds: told so before anything is built. */
static void test_bounds(void **state)
{
    json_t *made = NULL;
    json_t *root = load(&made);
    struct pool_gbt_template *gbt = NULL;
    struct base_error error = {BASE_OK, ""};
    char longpoll[POOL_POLL_ID_MAX + 2];
    json_t *one = json_pack("{s:s}", "data", "00");
    json_t *many = json_array();
    (void)state;
    memset(longpoll, 'a', sizeof(longpoll) - 1);
    longpoll[sizeof(longpoll) - 1] = '\0';
    (void)json_object_set_new(made, "longpollid", json_string(longpoll));
    assert_int_equal(pool_gbt_template_read(&gbt, made, &error), BASE_E_FORMAT);
    (void)json_object_set_new(made, "longpollid", json_string(longpoll + 1));
    assert_int_equal(pool_gbt_template_read(&gbt, made, &error), BASE_OK);
    pool_gbt_template_free(gbt);
    for (size_t i = 0; i <= POOL_GBT_TXS_MAX; i++) {
        (void)json_array_append(many, one);
    }
    (void)json_object_set_new(made, "transactions", many);
    assert_int_equal(pool_gbt_template_read(&gbt, made, &error), BASE_E_FORMAT);
    char *digits = malloc(POOL_GBT_RAW_MAX + 3);
    memset(digits, '0', POOL_GBT_RAW_MAX + 2);
    digits[POOL_GBT_RAW_MAX + 2] = '\0';
    (void)json_object_set_new(made, "transactions",
                              json_pack("[{s:s},{s:s}]", "data", digits, "data", digits));
    assert_int_equal(pool_gbt_template_read(&gbt, made, &error), BASE_E_LIMIT);
    free(digits);
    json_decref(one);
    json_decref(root);
}

/* ---- coinbases ------------------------------------------------------------------------------- */

/* Height pushes: digibyte.md 8 gives 2160 and 24155880; BIP 34 and script numbers the rest. */
static void test_heights(void **state)
{
    static const struct {
        uint64_t height;
        const char *push;
    } cases[] = {{0, "00"},
                 {1, "51"},
                 {16, "60"},
                 {17, "0111"},
                 {127, "017f"},
                 {128, "028000"},
                 {255, "02ff00"},
                 {256, "020001"},
                 {2160, "027008"},
                 {32767, "02ff7f"},
                 {32768, "03008000"},
                 {8388608, "0400008000"},
                 {24155880, "04e8967001"},
                 {2147483647, "04ffffff7f"}};
    static const uint8_t extranonce[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct pool_script payee = {.size = 25};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct pool_gbt_template gbt = {.height = cases[i].height};
        struct pool_gbt_coinbase coinbase;
        char hex[2 * POOL_GBT_COINBASE_MAX + 1];
        size_t push = strlen(cases[i].push);
        pool_gbt_coinbase(&coinbase, &gbt, &payee, "", extranonce);
        base_hex_encode(hex, coinbase.plain, coinbase.plain_size);
        assert_int_equal(coinbase.plain[41], push / 2 + 9);
        assert_memory_equal(hex + 84, cases[i].push, push);
        assert_memory_equal(hex + 84 + push, "080102030405060708ffffffff01", 28);
        /* without a commitment there is no witness either */
        assert_int_equal(coinbase.full_size, coinbase.plain_size);
        assert_memory_equal(coinbase.full, coinbase.plain, coinbase.full_size);
    }
}

/* The longest text leaves the script within its 100 bytes, the longest outputs within the bound. */
static void test_longest_coinbase(void **state)
{
    static const uint8_t extranonce[8] = {0};
    struct pool_gbt_template gbt = {.height = 2147483647, .commitment_size = POOL_SCRIPT_MAX};
    struct pool_script payee = {.size = POOL_SCRIPT_MAX};
    struct pool_gbt_coinbase coinbase;
    char text[POOL_COINBASE_TEXT_MAX];
    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    pool_gbt_coinbase(&coinbase, &gbt, &payee, text, extranonce);
    assert_int_equal(coinbase.plain[41], 5 + 9 + 1 + 64);
    assert_int_equal(coinbase.plain[42 + 14], 64);
    assert_memory_equal(coinbase.plain + 42 + 15, text, 64);
    assert_int_equal(coinbase.full_size, coinbase.plain_size + 2 + 34);
}

/* ---- payees ---------------------------------------------------------------------------------- */

/* Scripts by an implementation of base58 and bech32 that is not ours. */
static void test_payees(void **state)
{
    static const struct {
        const char *address;
        const char *script;
    } cases[] = {
        {"DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE",
         "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac"},
        {"D597kHXGdkwkryF9oGhz9Bp1ypTpD1u99Z",
         "76a914000102030405060708090a0b0c0d0e0f1011121388ac"},
        {"SMJ2EsMn4iEfrGr1c7hW9KnykTxwffDZkM", "a914000102030405060708090a0b0c0d0e0f1011121387"},
        {"31h38a54tFMrR8kzBnP2241MFD2EUHtGha", "a914000102030405060708090a0b0c0d0e0f1011121387"},
        {"shb2Gi8vo5RsNadU9YgahDwYQFCNUyov3x",
         "76a914000102030405060708090a0b0c0d0e0f1011121388ac"},
        {"yLKU4EJxjbv8peagVRM3UykZDJoaUUrXSn", "a914000102030405060708090a0b0c0d0e0f1011121387"},
        {"dgb1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzhtfd6",
         "0014000102030405060708090a0b0c0d0e0f10111213"},
        {"dgbrt1qzyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3387vdr",
         "00141111111111111111111111111111111111111111"},
        {"dgb1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0slf0s5p",
         "0020000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"},
        {"dgb1pqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0s470eva",
         "5120000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"},
        {"dgbt1pqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0s7xzkdk",
         "5120000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"},
    };
    static const struct {
        const char *address;
        const char *part;
    } bad[] = {
        {"", "no address"},
        {"DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLF", "checksum"},
        {"DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE.rig", "leave out \".rig\""},
        {"dgb1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzhtfd7", "checksum"},
        {"dgb1zqqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sarkkzk", "no rules yet"},
        {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "42 characters"},
        {"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "another coin"},
        {"somebody", "too short"},
    };
    const struct pool_coin *coin = pool_coin_find("digibyte");
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        struct pool_script script;
        struct base_error error = {BASE_OK, ""};
        char hex[2 * POOL_SCRIPT_MAX + 1];
        if (pool_digibyte_payout(&script, cases[i].address, &error) != BASE_OK) {
            fail_msg("%s: %s", cases[i].address, error.text);
        }
        base_hex_encode(hex, script.bytes, script.size);
        assert_string_equal(hex, cases[i].script);
        assert_int_equal(pool_payout_check(coin, cases[i].address, NULL), BASE_OK);
    }
    for (size_t i = 0; i < BASE_COUNT_OF(bad); i++) {
        struct base_error error = {BASE_OK, ""};
        assert_int_equal(pool_payout_check(coin, bad[i].address, &error), BASE_E_FORMAT);
        if (strstr(error.text, bad[i].part) == NULL) {
            fail_msg("%s: %s", bad[i].address, error.text);
        }
    }
    assert_int_equal(pool_payout_check(pool_coin_find("alephium"), "x", NULL), BASE_E_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),  cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_heights), cmocka_unit_test(test_longest_coinbase),
        cmocka_unit_test(test_payees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
