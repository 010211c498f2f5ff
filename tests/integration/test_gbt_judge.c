/* test_gbt_judge.c: the judge of the test node says of real blocks, and of blocks with one fault
 * each, what a real node said: tests/data/digibyte_blocks.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/endian.h"
#include "base/hex.h"
#include "gbt_judge.h"

static json_t *load(void)
{
    json_t *root = json_load_file(SHARDPICK_TEST_DATA "/digibyte_blocks.json", 0, NULL);
    assert_non_null(root);
    return root;
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const struct kern_algo *algo_of(const char *rpc_name)
{
    return kern_algo_find(strcmp(rpc_name, "odo") == 0 ? "odocrypt" : rpc_name);
}

/* Rules that a block's own header fits. */
static struct gbt_rules rules_of(const struct kern_algo *algo, const uint8_t *block, uint32_t bits,
                                 uint64_t value)
{
    uint32_t time = base_load_le32(block + 68);
    struct gbt_rules rules = {
        .algo = algo,
        .algo_bits = base_load_le32(block) & 0xf00,
        .bits = bits,
        .median_time = time - 1,
        .now = time,
        .value = value,
        .epoch_s = strcmp(algo->name, "odocrypt") == 0 ? 60 : 0,
    };
    memcpy(rules.prevhash, block + 4, 32);
    return rules;
}

static uint8_t *bytes_of(const char *hex, size_t *size)
{
    uint8_t *bytes = malloc(strlen(hex) / 2 + 1);
    *size = 0;
    if (base_hex_decode(bytes, strlen(hex) / 2 + 1, size, hex, strlen(hex)) != BASE_OK) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

/* The node took them; with one byte of the last transaction changed, or the nonce, nobody would. */
static void test_accepted_blocks(void **state)
{
    json_t *root = load();
    const json_t *entry = NULL;
    size_t index = 0;
    struct kern_table *table = NULL;
    (void)state;
    json_array_foreach(json_object_get(root, "own_blocks"), index, entry)
    {
        const json_t *made = json_object_get(entry, "getblocktemplate");
        struct gbt_block block;
        size_t size = 0;
        uint8_t *bytes = bytes_of(text(entry, "block"), &size);
        struct gbt_rules rules = rules_of(
            algo_of(text(entry, "algo")), bytes, (uint32_t)strtoul(text(made, "bits"), NULL, 16),
            (uint64_t)json_integer_value(json_object_get(made, "coinbasevalue")));
        rules.height = (uint64_t)json_integer_value(json_object_get(made, "height"));
        rules.check_height = true;
        kern_table_free(table); /* each epoch its own */
        table = NULL;
        const char *word = gbt_judge(&block, &table, &rules, bytes, size);
        if (word != NULL) {
            fail_msg("block %zu: %s", index, word);
        }
        rules.value--;
        assert_string_equal(gbt_judge(&block, &table, &rules, bytes, size), "bad-cb-amount");
        rules.value++;
        rules.height++;
        assert_string_equal(gbt_judge(&block, &table, &rules, bytes, size), "bad-cb-height");
        rules.proposal = true;
        bytes[size - 5] ^= 1; /* in the last transaction */
        assert_non_null(gbt_judge(&block, &table, &rules, bytes, size));
        free(bytes);
    }
    assert_int_equal(index, 35);
    kern_table_free(table);
    json_decref(root);
}

/* What has to be arranged for a case beside its block. */
static void arrange(struct gbt_rules *rules, const char *name)
{
    if (strstr(name, "time = median") != NULL) {
        rules->median_time++;
        rules->bits--; /* so near to the last block the easiest target is not allowed yet */
    } else if (strstr(name, "7201 s ahead") != NULL) {
        rules->now -= 7201;
    } else if (strstr(name, "7200 s ahead") != NULL) {
        rules->now -= 7200;
    } else if (strstr(name, "stale") != NULL || strstr(name, "unknown previous") != NULL) {
        memset(rules->prevhash, 0x22, 32);
    } else if (strstr(name, "odo") != NULL) {
        rules->algo = kern_algo_find("odocrypt");
        rules->algo_bits = 0xe00;
        rules->epoch_s = 60;
    }
}

static void test_refused_blocks(void **state)
{
    json_t *root = load();
    const json_t *entry = NULL;
    size_t index = 0;
    size_t judged = 0;
    struct kern_table *table = NULL;
    (void)state;
    json_array_foreach(json_object_get(root, "submit_cases"), index, entry)
    {
        const char *name = text(entry, "case");
        const char *hex = text(entry, "block");
        const json_t *want = json_object_get(entry, "proposal");
        struct gbt_block block;
        size_t size = 0;
        if (hex == NULL || strcmp(name, "same block again") == 0) {
            continue; /* testnet; and a repeat is seen by a server that keeps earlier shares */
        }
        uint8_t *bytes = bytes_of(hex, &size);
        if (bytes == NULL || size < 80) {
            assert_int_equal(json_integer_value(json_object_get(want, "code")), -22);
            free(bytes);
            continue;
        }
        struct gbt_rules rules = rules_of(kern_algo_find("skein"), bytes, 0x207fffff, 107850000000);
        rules.algo_bits = 0x600;
        arrange(&rules, name);
        rules.proposal = true;
        const char *word = gbt_judge(&block, &table, &rules, bytes, size);
        if (json_is_object(want)) { /* {code, message} */
            assert_string_equal(word, "decode");
        } else if (strstr(name, "zero transactions") != NULL) {
            assert_string_equal(word, "no coinbase");
        } else if (json_is_null(want)) {
            if (word != NULL) {
                fail_msg("%s: %s", name, word);
            }
            rules.proposal = false; /* all that proposals do not see is the proof of work */
            word = gbt_judge(&block, &table, &rules, bytes, size);
            bool fine = json_is_null(json_object_get(entry, "submitblock"));
            assert_true(fine ? word == NULL : strcmp(word, "high-hash") == 0);
        } else if (word == NULL || strncmp(word, json_string_value(want), strlen(word)) != 0) {
            fail_msg("%s: %s instead of %s", name, word, json_string_value(want));
        }
        judged++;
        free(bytes);
    }
    assert_true(judged >= 26);
    kern_table_free(table);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted_blocks),
        cmocka_unit_test(test_refused_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
