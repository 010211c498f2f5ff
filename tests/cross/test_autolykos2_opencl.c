/* test_autolykos2_opencl.c: the device's table and search of Autolykos 2 give exactly the finds of
 * the plainest variant, on reduced tables of several sizes in one and in several pieces, for each
 * way to share rows among work items; and the vectors of data/autolykos2.json whose tables are
 * small. Runs on the first usable device (PoCL on most machines). Arguments: items a row, indexes
 * at once, local size, pieces of a table; or "all": every combination that the tuner can choose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/target.h"
#include "driver/cl_list.h"
#include "kern.h"
#include "kern_opencl.h"
#include "opencl/cl_row.h"
#include "opencl_device.h"

enum {
    SEED = 611,
    WAIT_MS = 100000,
    WINDOW = 300,
    SIZE = 4001, /* elements: of no power of two, and not of whole groups */
    ELEMENT = 32,
};

static struct opencl_device device;
static const struct kern_algo *algo;
static struct kern_cl_params shape;
static unsigned pieces;
static struct kern_cl_runner *shared;
static struct kern_cl_result result;
static struct kern_find want[KERN_CL_FINDS_MAX];

static void random_work(struct kern_work *work, struct base_random *random, unsigned target_bits)
{
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    work->height = 1700000;
    work->reduced = SIZE;
    base_random_bytes(random, work->header, algo->header_size);
    base_target_ones(work->target_be, target_bits);
}

static void compare(const struct kern_work *work, uint64_t first, uint64_t count)
{
    const struct kern_variant *plain = algo->variants[algo->variant_count - 1];
    struct base_error error = {BASE_OK, ""};
    struct kern_scratch *scratch = kern_scratch_new(algo, plain);
    struct kern_finds finds = {.entries = want, .cap = KERN_CL_FINDS_MAX};
    struct kern_progress progress;
    struct kern_table *table = NULL;
    struct kern_work host = *work;
    assert_non_null(scratch);
    assert_int_equal(kern_table_build(&table, algo, work), BASE_OK);
    host.table = table;
    assert_int_equal(kern_search(scratch, &finds, &progress, &host, first, count, NULL), BASE_OK);
    kern_table_free(table);
    kern_scratch_free(scratch);
    if (kern_cl_table_build(shared, work, &error) != BASE_OK ||
        kern_cl_launch(shared, work, first, count, 7, &error) != BASE_OK ||
        kern_cl_collect(shared, &result, WAIT_MS, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    assert_false(result.overflow);
    assert_int_equal(result.find_count, finds.count);
    for (size_t i = 0; i < finds.count; i++) {
        assert_int_equal(result.finds[i].counter, want[i].counter);
    }
}

/* Sizes on both sides of where a piece ends, and the smallest; whole groups and single nonces. */
static void sizes(void **state)
{
    static const uint32_t list[] = {1, 2, 97, 1000, 1001, 2000, 2001, 3000, 3001, 4000};
    struct base_random random = {SEED};
    struct kern_work work;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(list); i++) {
        random_work(&work, &random, 255);
        work.reduced = list[i];
        work.height = 1 + base_random_below(&random, 5000000);
        compare(&work, base_random_next(&random) >> 1, 1 + base_random_below(&random, WINDOW));
    }
}

static void targets(void **state)
{
    static const unsigned bits[] = {0, 248, 252, 255};
    struct base_random random = {SEED + 1};
    struct kern_work work;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(bits); i++) {
        random_work(&work, &random, bits[i]);
        compare(&work, base_random_next(&random) >> 1, WINDOW);
    }
    random_work(&work, &random, 255);
    compare(&work, UINT64_MAX - 99, 100);
    compare(&work, UINT32_MAX - 50, 100); /* the lower half of the counter overflows */
}

/* A hit equal to the target counts; one above it does not, in whichever byte they differ. */
static void boundaries(void **state)
{
    struct base_random random = {SEED + 2};
    struct kern_work work;
    uint8_t hash_be[32];
    (void)state;
    for (unsigned i = 0; i < 32; i += 3) {
        uint64_t counter = base_random_next(&random);
        random_work(&work, &random, 256);
        assert_int_equal(kern_hash(hash_be, algo, &work, counter, NULL, 0), BASE_OK);
        memcpy(work.target_be, hash_be, 32);
        compare(&work, counter, 1);
        assert_int_equal(result.find_count, 1);
        if (hash_be[i] != 0) {
            work.target_be[i] = (uint8_t)(hash_be[i] - 1);
            memset(work.target_be + i + 1, 0xff, 31U - i);
            compare(&work, counter, 1);
            assert_int_equal(result.find_count, 0);
        }
    }
}

static void every_header_byte(void **state)
{
    struct base_random random = {SEED + 3};
    struct kern_work work;
    (void)state;
    for (size_t i = 0; i < 32; i++) {
        random_work(&work, &random, 255);
        memset(work.header, i % 2 == 0 ? 0 : 0xff, work.header_size);
        work.header[i] ^= 0x01;
        compare(&work, i, 20);
    }
}

/* Work of another height is refused until its table stands; jobs of both heights then run. */
static void heights(void **state)
{
    struct base_random random = {SEED + 4};
    struct base_error error = {BASE_OK, ""};
    struct kern_work works[2];
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        random_work(&works[i], &random, 254);
        works[i].height = 3000000 + i;
    }
    compare(&works[0], 5, WINDOW);
    assert_int_equal(kern_cl_launch(shared, &works[1], 0, 10, 0, &error), BASE_E_STATE);
    compare(&works[1], 5, WINDOW);
    compare(&works[0], 700, WINDOW);
}

static void decode(uint8_t *bytes, size_t size, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    assert_int_equal(base_hex_decode_exact(bytes, size, text), BASE_OK);
}

/* What the file says of a work with a table that any device fills at once; false for others. */
static bool small_work(struct kern_work *work, const json_t *row, const char *target)
{
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    work->reduced = (uint32_t)json_integer_value(json_object_get(row, "size"));
    work->height = (uint64_t)json_integer_value(json_object_get(row, "height"));
    decode(work->header, 32, row, "msg");
    decode(work->target_be, 32, row, target);
    return json_is_true(json_object_get(row, "reduced")) && work->reduced <= SIZE;
}

static void vectors(void **state)
{
    json_t *root = json_load_file(SHARDPICK_TEST_DATA "/autolykos2.json", 0, NULL);
    struct base_error error = {BASE_OK, ""};
    struct kern_work work;
    unsigned seen = 0;
    size_t index = 0;
    json_t *row = NULL;
    (void)state;
    json_array_foreach(json_object_get(root, "traces"), index, row)
    {
        uint8_t nonce[8];
        decode(nonce, sizeof nonce, row, "nonce");
        if (small_work(&work, row, "hit")) {
            compare(&work, base_load_be64(nonce), 1);
            assert_int_equal(result.find_count, 1);
            seen++;
        }
    }
    json_array_foreach(json_object_get(root, "search"), index, row)
    {
        uint8_t start[8];
        uint8_t nonce[8];
        decode(start, sizeof start, row, "start");
        const json_t *nonces = json_object_get(row, "nonces");
        if (!small_work(&work, row, "b")) {
            continue;
        }
        for (size_t i = 32; work.target_be[--i]-- == 0;) { /* a hit is below b */
        }
        compare(&work, base_load_be64(start),
                (uint64_t)json_integer_value(json_object_get(row, "count")));
        assert_int_equal(result.find_count, json_array_size(nonces));
        for (size_t i = 0; i < result.find_count; i++) {
            const char *text = json_string_value(json_array_get(nonces, i));
            assert_int_equal(base_hex_decode_exact(nonce, sizeof nonce, text), BASE_OK);
            assert_int_equal(result.finds[i].counter, base_load_be64(nonce));
        }
        seen++;
    }
    json_decref(root);
    assert_in_range(seen, 4, 100);
    if (kern_cl_self_test(shared, &error) != BASE_OK && pieces == 1) {
        fail_msg("%s", error.text);
    }
}

/* One runner with this shape on a device that gives tables of SIZE in so many pieces. */
static int run_shape(bool everything)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),   cmocka_unit_test(targets),
        cmocka_unit_test(heights), cmocka_unit_test(boundaries),
        cmocka_unit_test(vectors), cmocka_unit_test(every_header_byte),
    };
    const struct CMUnitTest few[] = {cmocka_unit_test(sizes), cmocka_unit_test(targets)};
    struct kern_cl_info *info = &device.list->entries[device.index].info;
    const struct kern_cl_info real = *info;
    if (pieces > 1) {
        info->max_allocation_bytes = ((uint64_t)SIZE / pieces + 1) * ELEMENT;
        info->memory_bytes = 3ULL * pieces * info->max_allocation_bytes;
    }
    shared = opencl_device_runner(&device, algo, &shape);
    int failed = everything ? cmocka_run_group_tests(tests, NULL, NULL)
                            : cmocka_run_group_tests(few, NULL, NULL);
    kern_cl_runner_free(shared);
    *info = real;
    return failed;
}

static int run_all(void)
{
    const struct kern_cl_row *row = algo->opencl;
    int failed = 0;
    for (size_t r = 0; row->own[0].values[r] != 0; r++) {
        for (size_t i = 0; row->own[1].values[i] != 0; i++) {
            for (size_t l = 0; row->space.local_size[l] != 0; l++) {
                shape.own[0] = row->own[0].values[r];
                shape.own[1] = row->own[1].values[i];
                shape.local_size = row->space.local_size[l];
                pieces = 1 + (unsigned)(r + i + l) % KERN_CL_TABLE_PIECES;
                failed += run_shape(false);
            }
        }
    }
    return failed;
}

int main(int argc, char **argv)
{
    bool all = argc == 2 && strcmp(argv[1], "all") == 0;
    algo = kern_algo_find("autolykos2");
    if (algo == NULL || (!all && argc != 5)) {
        (void)fprintf(stderr, "usage: test_autolykos2_opencl ITEMS INDEXES LOCAL PIECES | all\n");
        return 1;
    }
    opencl_device_open(&device);
    if (!all) {
        shape.own[0] = (uint32_t)strtoul(argv[1], NULL, 10);
        shape.own[1] = (uint32_t)strtoul(argv[2], NULL, 10);
        shape.local_size = (uint32_t)strtoul(argv[3], NULL, 10);
        pieces = (unsigned)strtoul(argv[4], NULL, 10);
    }
    int failed = all ? run_all() : run_shape(true);
    opencl_device_close(&device);
    return failed;
}
