/* test_gbt_vectors.c: blocks that a real DigiByte node accepted, rebuilt byte for byte from the
 * templates it gave: tests/data/digibyte_blocks.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/endian.h"
#include "base/hex.h"
#include "bitcoin/gbt.h"
#include "vectors.h"

static json_t *load(void)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/digibyte_blocks.json", SHARDPICK_TEST_DATA);
    return vectors_load_file(path);
}

static struct pool_gbt_template *read_template(const json_t *block)
{
    struct pool_gbt_template *gbt = NULL;
    struct base_error error = {BASE_OK, ""};
    if (pool_gbt_template_read(&gbt, json_object_get(block, "getblocktemplate"), &error) !=
        BASE_OK) {
        fail_msg("%s", error.text);
    }
    return gbt;
}

/* What the coinbase of the vector holds behind its height, and whom it pays: what the maker of
 * the block chose. Places follow from a script of height push and eight bytes (digibyte.md 8). */
static uint64_t choices(struct pool_script *payee, const json_t *block)
{
    size_t size = 0;
    uint8_t *coinbase = vectors_bytes(vectors_text(block, "coinbase_txid_serialization"), &size);
    assert_int_equal(coinbase[41], 12);
    assert_int_equal(coinbase[45], 8);
    uint64_t extranonce = base_load_le64(coinbase + 46);
    payee->size = coinbase[41 + 1 + 12 + 4 + 1 + 8];
    memcpy(payee->bytes, coinbase + 41 + 1 + 12 + 4 + 1 + 8 + 1, payee->size);
    free(coinbase);
    return extranonce;
}

static void rebuild(const json_t *block)
{
    struct pool_script payee;
    struct pool_job_full *job = NULL;
    struct base_error error = {BASE_OK, ""};
    struct pool_gbt_template *gbt = read_template(block);
    uint64_t extranonce = choices(&payee, block);
    uint8_t nonce[4];
    char header_hex[161];
    char target_hex[65];
    char id[65];
    struct pool_buffer hex;
    assert_int_equal(pool_gbt_job(&job, gbt, &payee, "", extranonce, &error), BASE_OK);
    base_store_le32(nonce, (uint32_t)json_integer_value(json_object_get(block, "nonce")));
    pool_buffer_init(&hex);
    assert_int_equal(pool_gbt_block_hex(&hex, &job->job, nonce), BASE_OK);
    assert_int_equal(pool_buffer_append(&hex, "", 1), BASE_OK);
    assert_string_equal((const char *)pool_buffer_data(&hex), vectors_text(block, "block"));
    pool_buffer_deinit(&hex);
    base_hex_encode(header_hex, job->job.header, 80);
    assert_memory_equal(header_hex, vectors_text(block, "header"), 152);
    base_hex_encode(target_hex, job->job.target_be, 32);
    assert_string_equal(target_hex, vectors_text(block, "target_be"));
    assert_int_equal(pool_gbt_block_id(id, &job->job, nonce), BASE_OK);
    assert_string_equal(id, vectors_text(block, "block_hash"));
    assert_true(job->job.solo);
    pool_job_unref(&job->job);
    pool_gbt_template_free(gbt);
}

static void test_real_blocks(void **state)
{
    json_t *root = load();
    const json_t *blocks = json_object_get(root, "own_blocks");
    const json_t *block = NULL;
    size_t index = 0;
    (void)state;
    assert_true(json_array_size(blocks) == 35);
    json_array_foreach(blocks, index, block)
    {
        rebuild(block);
    }
    json_decref(root);
}

/* The commitment that is made where a node gives none is the one that the node would give. */
static void test_own_commitment(void **state)
{
    json_t *root = load();
    json_t *block = NULL;
    size_t index = 0;
    size_t made = 0;
    (void)state;
    json_array_foreach(json_object_get(root, "own_blocks"), index, block)
    {
        json_t *answer = json_object_get(block, "getblocktemplate");
        struct pool_gbt_template *gbt = read_template(block);
        uint8_t told[POOL_SCRIPT_MAX];
        size_t size = gbt->commitment_size;
        memcpy(told, gbt->commitment, size);
        pool_gbt_template_free(gbt);
        assert_int_equal(json_object_del(answer, "default_witness_commitment"), 0);
        gbt = read_template(block);
        if (gbt->commitment_size > 0) {
            assert_int_equal(gbt->commitment_size, size);
            assert_memory_equal(gbt->commitment, told, size);
            made++;
        }
        pool_gbt_template_free(gbt);
    }
    assert_int_equal(made, 25); /* those with a witness in them */
    json_decref(root);
}

/* The other node's blocks: heights enforced, one parameter. */
static void test_node_8_22(void **state)
{
    json_t *root = load();
    json_t *block = NULL;
    size_t index = 0;
    (void)state;
    json_array_foreach(json_object_get(json_object_get(root, "node_8_22"), "blocks"), index, block)
    {
        struct pool_gbt_template *gbt = read_template(block);
        uint8_t header[80];
        assert_int_equal(base_hex_decode_exact(header, 80, vectors_text(block, "header")), BASE_OK);
        assert_int_equal(gbt->version, base_load_le32(header));
        assert_memory_equal(gbt->base.parent, header + 4, 32);
        assert_int_equal(gbt->bits, base_load_le32(header + 72));
        pool_gbt_template_free(gbt);
    }
    assert_int_equal(index, 5);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_blocks),
        cmocka_unit_test(test_own_commitment),
        cmocka_unit_test(test_node_8_22),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
