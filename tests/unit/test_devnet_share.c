/* test_devnet_share.c: share targets of the development network's pool port against the published
 * difficulty rule, and its reading of worker names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/hex.h"
#include "devnet/address.h"
#include "devnet/poolport.h"

static json_t *load(void)
{
    json_t *root = json_load_file(SHARDPICK_TEST_DATA "/alephium.json", 0, NULL);
    assert_non_null(root);
    return root;
}

static void share_targets_equal_the_vectors(void **state)
{
    (void)state;
    json_t *root = load();
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(
        json_object_get(json_object_get(json_object_get(root, "stratum"), "difficultyToTarget"),
                        "cases"),
        index, item)
    {
        struct pool_devnet_config config = {0};
        uint8_t target[32];
        char text[65];
        const char *difficulty = json_string_value(json_object_get(item, "difficulty"));
        double value = strcmp(difficulty, "1/1024") == 0 ? 1.0 / 1024 : strtod(difficulty, NULL);
        config.pool_zeros =
            (uint32_t)json_integer_value(json_object_get(item, "diff1TargetNumZero"));
        poolport_share_target(target, &config, poolport_share_units(value));
        base_hex_encode(text, target, 32);
        assert_string_equal(text, json_string_value(json_object_get(item, "targetHex")));
    }
    assert_true(index >= 20);
    json_decref(root);
}

static void worker_names_equal_the_vectors(void **state)
{
    (void)state;
    json_t *root = load();
    json_t *addresses = json_object_get(root, "addresses");
    json_t *names = json_object_get(addresses, "workerNames");
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(json_object_get(names, "valid"), index, item)
    {
        assert_true(pool_devnet_address_worker(json_string_value(item)));
    }
    assert_true(index > 3);
    json_array_foreach(json_object_get(names, "invalid"), index, item)
    {
        assert_false(pool_devnet_address_worker(json_string_value(item)));
    }
    assert_true(index > 1);
    json_array_foreach(json_object_get(addresses, "invalidForOfficialPool"), index, item)
    {
        assert_false(
            pool_devnet_address_worker(json_string_value(json_object_get(item, "address"))));
    }
    assert_true(index > 1);
    assert_false(pool_devnet_address_worker(""));
    assert_false(pool_devnet_address_worker("."));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(share_targets_equal_the_vectors),
        cmocka_unit_test(worker_names_equal_the_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
