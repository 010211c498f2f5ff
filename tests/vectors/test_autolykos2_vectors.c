/* test_autolykos2_vectors.c: Autolykos 2 against data/autolykos2.json (see "meta" there): BLAKE2b,
 * sizes of tables, elements, every step of trials, blocks of real chains, complete searches. The
 * reference must give each value; every variant that runs here must find each nonce when its hit is
 * the target, and all finds of the searches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "autolykos2/autolykos2.h"
#include "base/alloc.h"
#include "base/blake2b.h"
#include "base/cpu.h"
#include "base/endian.h"
#include "base/hex.h"
#include "kern.h"

static json_t *root;
static const struct kern_algo *algo;

static void decode(uint8_t *bytes, size_t size, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    assert_int_equal(base_hex_decode_exact(bytes, size, text), BASE_OK);
}

static uint64_t number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_integer(value));
    return (uint64_t)json_integer_value(value);
}

static json_t *list_of(const char *section)
{
    json_t *list = json_object_get(root, section);
    assert_true(json_array_size(list) > 0);
    return list;
}

static int load(void **state)
{
    json_error_t error;
    (void)state;
    root = json_load_file(SHARDPICK_TEST_DATA "/autolykos2.json", 0, &error);
    algo = kern_algo_find("autolykos2");
    return root == NULL || algo == NULL ? 1 : 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

static void blake2b(void **state)
{
    size_t index = 0;
    json_t *row = NULL;
    (void)state;
    json_array_foreach(list_of("blake2b"), index, row)
    {
        uint8_t message[8200];
        uint8_t want[32];
        uint8_t got[32];
        size_t size = number(row, "size");
        assert_in_range(size, 0, sizeof message);
        for (size_t i = 0; i < size; i++) {
            message[i] = (uint8_t)(i % 251);
        }
        decode(want, sizeof want, row, "digest");
        base_blake2b(got, 32, NULL, message, size);
        assert_memory_equal(got, want, sizeof want);
    }
}

static void sizes(void **state)
{
    size_t index = 0;
    json_t *row = NULL;
    (void)state;
    json_array_foreach(list_of("sizes"), index, row)
    {
        assert_int_equal(kern_autolykos2_size_at(number(row, "height")), number(row, "size"));
    }
    json_array_foreach(list_of("schedule"), index, row)
    {
        assert_int_equal(kern_autolykos2_size_at(number(row, "first_height")), number(row, "size"));
        if (json_is_integer(json_object_get(row, "last_height"))) {
            assert_int_equal(kern_autolykos2_size_at(number(row, "last_height")),
                             number(row, "size"));
        }
    }
    assert_int_equal(kern_autolykos2_size_at(UINT64_MAX), KERN_AUTOLYKOS2_SIZE_MAX);
}

/* A reduced size holds; none, or one that no table has, leaves the height's. */
static void reduced_sizes(void **state)
{
    struct kern_work work = {.height = 614400};
    (void)state;
    assert_int_equal(kern_autolykos2_size(&work), 70464240);
    work.reduced = 1;
    assert_int_equal(kern_autolykos2_size(&work), 1);
    work.reduced = 2143944600;
    assert_int_equal(kern_autolykos2_size(&work), 2143944600);
    work.reduced = 2143944601;
    assert_int_equal(kern_autolykos2_size(&work), 70464240);
    work.reduced = UINT32_MAX;
    assert_int_equal(kern_autolykos2_size(&work), 70464240);
}

static void elements(void **state)
{
    size_t index = 0;
    json_t *row = NULL;
    (void)state;
    json_array_foreach(list_of("elements"), index, row)
    {
        uint8_t want[31];
        uint8_t got[31];
        decode(want, sizeof want, row, "element");
        kern_autolykos2_element(got, (uint32_t)number(row, "index"), number(row, "height"));
        assert_memory_equal(got, want, sizeof want);
    }
    json_array_foreach(list_of("table_digests"), index, row)
    {
        uint8_t want[32];
        uint8_t got[32];
        size_t count = number(row, "count");
        uint8_t *table = base_alloc(count, 31);
        assert_non_null(table);
        for (size_t i = 0; i < count; i++) {
            kern_autolykos2_element(table + 31 * i, (uint32_t)i, number(row, "height"));
        }
        decode(want, sizeof want, row, "blake2b256_of_elements");
        base_blake2b(got, 32, NULL, table, 31 * count);
        assert_memory_equal(got, want, sizeof want);
        base_free(table);
    }
}

/* A work with the row's message in place and its hit as target. */
static void read_work(struct kern_work *work, const json_t *row, bool reduced)
{
    memset(work, 0, sizeof *work);
    decode(work->header, 32, row, "msg");
    decode(work->header + 32, 8, row, "nonce");
    decode(work->target_be, 32, row, "hit");
    work->header_size = 40;
    work->height = number(row, "height");
    work->reduced = reduced ? (uint32_t)number(row, "size") : 0;
    assert_int_equal(kern_autolykos2_size(work), number(row, "size"));
}

enum { AROUND = 5, WINDOW = 2 * AROUND + 1 };

/* The nonce must be found among its neighbours by this variant; those of them that are found too
 * must stand up to the reference. */
static void check_variant(const struct kern_variant *variant, const struct kern_work *work,
                          const char *name)
{
    struct kern_find entries[WINDOW];
    struct kern_finds finds = {.entries = entries, .cap = WINDOW};
    struct kern_progress progress;
    uint8_t hash[32];
    bool seen = false;
    uint64_t nonce = base_load_be64(work->header + 32);
    uint64_t first = nonce < AROUND ? 0 : nonce - AROUND;
    uint64_t room = UINT64_MAX - first;
    uint64_t count = room < WINDOW - 1 ? room + 1 : WINDOW;
    struct kern_scratch *scratch = kern_scratch_new(algo, variant);
    assert_non_null(scratch);
    assert_int_equal(kern_search(scratch, &finds, &progress, work, first, count, NULL), BASE_OK);
    for (size_t i = 0; i < finds.count; i++) {
        seen = seen || entries[i].counter == nonce;
        assert_int_equal(kern_verify(hash, algo, work, &entries[i]), BASE_OK);
    }
    if (!seen || progress.tried != count) {
        fail_msg("%s misses \"%s\"", variant->name, name);
    }
    kern_scratch_free(scratch);
}

static void check_row(const json_t *row, bool reduced)
{
    struct kern_work work;
    uint8_t got[32];
    uint32_t features = base_cpu_detect();
    const char *name = json_string_value(json_object_get(row, "name"));
    read_work(&work, row, reduced);
    assert_int_equal(kern_hash(got, algo, &work, base_load_be64(work.header + 32), NULL, 0),
                     BASE_OK);
    if (memcmp(got, work.target_be, sizeof got) != 0) {
        fail_msg("the reference differs on \"%s\"", name);
    }
    for (size_t i = 0; i < algo->variant_count; i++) {
        if (kern_variant_runs(algo->variants[i], features)) {
            check_variant(algo->variants[i], &work, name);
        }
    }
}

static void blocks(void **state)
{
    size_t index = 0;
    json_t *row = NULL;
    (void)state;
    json_array_foreach(list_of("blocks"), index, row)
    {
        check_row(row, false);
    }
    json_array_foreach(list_of("mined"), index, row)
    {
        check_row(row, false);
    }
}

static void traces(void **state)
{
    size_t index = 0;
    json_t *row = NULL;
    (void)state;
    json_array_foreach(list_of("traces"), index, row)
    {
        struct kern_work work;
        uint8_t want[32];
        uint8_t got[32];
        uint32_t indexes[32];
        bool reduced = json_is_true(json_object_get(row, "reduced"));
        uint32_t size = (uint32_t)number(row, "size");
        read_work(&work, row, reduced);
        decode(want, 32, row, "pre_hash");
        base_blake2b(got, 32, NULL, work.header, 40);
        assert_memory_equal(got, want, 32);
        decode(want, 31, row, "e");
        kern_autolykos2_element(got, (uint32_t)number(row, "i"), work.height);
        assert_memory_equal(got, want, 31);
        decode(want, 32, row, "seed_hash");
        kern_autolykos2_seed(got, work.header, work.height, size);
        assert_memory_equal(got, want, 32);
        kern_autolykos2_indexes(indexes, got, size);
        for (size_t t = 0; t < 32; t++) {
            assert_int_equal(
                indexes[t], json_integer_value(json_array_get(json_object_get(row, "indexes"), t)));
        }
        check_row(row, reduced);
    }
}

/* Exactly the listed nonces, in order. A hit counts when it is below b: the target is b - 1. */
static void check_search(const struct kern_variant *variant, const json_t *row)
{
    static struct kern_find entries[64];
    struct kern_finds finds = {.entries = entries, .cap = BASE_COUNT_OF(entries)};
    struct kern_progress progress;
    struct kern_work work;
    uint8_t start[8];
    const json_t *nonces = json_object_get(row, "nonces");
    memset(&work, 0, sizeof work);
    decode(work.header, 32, row, "msg");
    decode(work.target_be, 32, row, "b");
    decode(start, 8, row, "start");
    for (size_t i = 31; work.target_be[i]-- == 0; i--) {
    }
    work.header_size = 40;
    work.height = number(row, "height");
    work.reduced =
        json_is_true(json_object_get(row, "reduced")) ? (uint32_t)number(row, "size") : 0;
    struct kern_scratch *scratch = kern_scratch_new(algo, variant);
    assert_non_null(scratch);
    assert_int_equal(kern_search(scratch, &finds, &progress, &work, base_load_be64(start),
                                 number(row, "count"), NULL),
                     BASE_OK);
    assert_int_equal(progress.tried, number(row, "count"));
    assert_int_equal(finds.count, json_array_size(nonces));
    for (size_t i = 0; i < finds.count; i++) {
        uint8_t nonce[8];
        assert_int_equal(
            base_hex_decode_exact(nonce, 8, json_string_value(json_array_get(nonces, i))), BASE_OK);
        assert_true(entries[i].counter == base_load_be64(nonce));
    }
    kern_scratch_free(scratch);
}

static void searches(void **state)
{
    uint32_t features = base_cpu_detect();
    size_t index = 0;
    json_t *row = NULL;
    (void)state;
    json_array_foreach(list_of("search"), index, row)
    {
        for (size_t i = 0; i < algo->variant_count; i++) {
            const struct kern_variant *variant = algo->variants[i];
            bool slow = SHARDPICK_TEST_SLOWDOWN > 1 && variant->ways == 1 && index > 0;
            if (kern_variant_runs(variant, features) && !slow) { /* sanitizers: minutes a row */
                check_search(variant, row);
            }
        }
    }
}

/* The row's known answers, as at every start of the program. */
static void self_tests(void **state)
{
    uint32_t features = base_cpu_detect();
    (void)state;
    for (size_t k = 0; k < algo->variant_count; k++) {
        struct base_error error;
        if (kern_variant_runs(algo->variants[k], features) &&
            kern_self_test(algo, algo->variants[k], &error) != BASE_OK) {
            fail_msg("%s", error.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blake2b),  cmocka_unit_test(sizes),      cmocka_unit_test(reduced_sizes),
        cmocka_unit_test(elements), cmocka_unit_test(blocks),     cmocka_unit_test(traces),
        cmocka_unit_test(searches), cmocka_unit_test(self_tests),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
