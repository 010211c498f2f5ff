/* test_header80_opencl.c: the device kernel of an algorithm with 80-byte headers gives exactly the
 * finds of the plainest variant over windows of nonces, with several launch shapes, at target
 * boundaries and at the last nonce, and finds the node's known answers. Runs on the first usable
 * device (PoCL on most machines). Arguments: the algorithm's name, its widest vector, the most
 * nonces a work item takes; "all" behind them: every combination of parameters that the tuner can
 * choose instead of some. */
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
#include "kern.h"
#include "kern_opencl.h"
#include "opencl/cl_flags.h"
#include "opencl/cl_params.h"
#include "opencl/cl_row.h"
#include "opencl_device.h"

/* Nonces of a range; each is hashed by the reference as well, which a sanitizer makes ten times as
 * slow while the device's code stays what it is. */
enum {
    SEED = 1389,
    WAIT_MS = 100000,
    WINDOW = 300 / SHARDPICK_TEST_SLOWDOWN,
    TARGET_WINDOW = 200 / SHARDPICK_TEST_SLOWDOWN,
    BYTE_WINDOW = SHARDPICK_TEST_SLOWDOWN > 1 ? 2 : 16,
};

static struct opencl_device device;
static const struct kern_algo *algo;
static uint32_t widest;
static uint32_t most_per_item;
static struct kern_table *table;
static struct kern_cl_runner *shared; /* default parameters */
static struct kern_cl_result result;
static struct kern_find want[KERN_CL_FINDS_MAX + 1];

static void random_work(struct kern_work *work, struct base_random *random, unsigned target_bits)
{
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    work->table = table;
    work->epoch = table != NULL ? table->key : 0;
    base_random_bytes(random, work->header, algo->header_size);
    base_target_ones(work->target_be, target_bits);
}

static void compare(struct kern_cl_runner *runner, const struct kern_work *work, uint64_t first,
                    uint64_t count)
{
    const struct kern_variant *plain = algo->variants[algo->variant_count - 1];
    struct base_error error = {BASE_OK, ""};
    struct kern_scratch *scratch = kern_scratch_new(algo, plain);
    struct kern_finds finds = {.entries = want, .cap = KERN_CL_FINDS_MAX};
    struct kern_progress progress;
    assert_non_null(scratch);
    if (kern_cl_launch(runner, work, first, count, 7, &error) != BASE_OK ||
        kern_cl_collect(runner, &result, WAIT_MS, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(kern_search(scratch, &finds, &progress, work, first, count, NULL), BASE_OK);
    kern_scratch_free(scratch);
    assert_int_equal(result.tag, 7);
    assert_false(result.overflow);
    assert_int_equal(result.find_count, finds.count);
    for (size_t i = 0; i < finds.count; i++) {
        assert_int_equal(result.finds[i].counter, want[i].counter);
    }
}

static void launch_shapes(void **state)
{
    static const struct kern_cl_params shapes[] = {OPENCL_PARAMS(32, 1, 1, 1, 1, 1),
                                                   OPENCL_PARAMS(64, 8, 4, 1, 1, 1)};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(shapes); i++) {
        struct base_random random = {SEED};
        struct kern_work work;
        struct kern_cl_params shape = shapes[i];
        shape.vector = shape.vector < widest ? shape.vector : widest;
        shape.own[0] = algo->opencl->own[0].values[i + 1]; /* 0, the default, without one */
        shape.per_item = shape.per_item < most_per_item ? shape.per_item : most_per_item;
        struct kern_cl_runner *runner = opencl_device_runner(&device, algo, &shape);
        random_work(&work, &random, 255);
        compare(runner, &work, base_random_below(&random, 1U << 31), WINDOW);
        compare(runner, &work, UINT32_MAX - 12, 13);
        kern_cl_runner_free(runner);
    }
}

static void try_combination(const struct kern_cl_params *params)
{
    struct base_random random = {SEED + 5};
    struct kern_work work;
    struct kern_cl_runner *runner = opencl_device_runner(&device, algo, params);
    struct kern_cl_params used = kern_cl_runner_params(runner);
    assert_memory_equal(&used, params, sizeof used);
    random_work(&work, &random, 255);
    compare(runner, &work, base_random_below(&random, 1U << 31), WINDOW);
    compare(runner, &work, UINT32_MAX - 12, 13);
    kern_cl_runner_free(runner);
}

/* Every combination of the tuner's space. */
static void every_combination(void **state)
{
    (void)state;
    const struct kern_cl_space *space = &algo->opencl->space;
    const struct kern_cl_info *info = kern_cl_list_at(device.list, device.index);
    const size_t most = (size_t)KERN_CL_SPACE_MAX * KERN_CL_SPACE_MAX * KERN_CL_SPACE_MAX;
    const size_t common = most * KERN_CL_SPACE_MAX * KERN_CL_FLAGS_COUNT;
    const uint32_t *own = algo->opencl->own[0].values;
    unsigned tried = 0;
    for (size_t n = 0; n < common * KERN_CL_SPACE_MAX; n++) {
        const size_t i = n % common;
        const struct kern_cl_params params = {
            .local_size = space->local_size[i % KERN_CL_SPACE_MAX],
            .per_item = space->per_item[i / KERN_CL_SPACE_MAX % KERN_CL_SPACE_MAX],
            .vector = space->vector[i / KERN_CL_SPACE_MAX / KERN_CL_SPACE_MAX % KERN_CL_SPACE_MAX],
            .unroll = space->unroll[i / most % KERN_CL_SPACE_MAX],
            .multiply_add = 1, /* no kernel here has more */
            .flags = (uint32_t)(i / most / KERN_CL_SPACE_MAX) + 1,
            .own = {own[n / common]},
        };
        bool without = own[0] == 0 && n < common;
        if ((params.own[0] != 0 || without) && params.local_size != 0 && params.per_item != 0 &&
            params.vector != 0 && params.unroll != 0 &&
            kern_cl_params_valid(&params, algo->opencl, info)) {
            try_combination(&params);
            tried++;
        }
    }
    assert_int_equal(space->multiply_add[1], 0);
    print_message("%u combinations\n", tried);
    assert_true(tried > 1);
}

static void targets(void **state)
{
    static const unsigned bits[] = {0, 223, 224, 225, 247, 248, 249, 254, 256};
    struct base_random random = {SEED + 1};
    struct kern_work work;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(bits); i++) {
        random_work(&work, &random, bits[i]);
        compare(shared, &work, base_random_below(&random, 1U << 31), TARGET_WINDOW);
    }
}

/* A job of another epoch's table is refused, never hashed with the wrong one. */
static void wrong_epoch(void **state)
{
    struct base_random random = {SEED + 4};
    struct base_error error = {BASE_OK, ""};
    struct kern_work work;
    (void)state;
    random_work(&work, &random, 256);
    if (algo->table == NULL) {
        return;
    }
    work.epoch += 864000;
    assert_int_equal(kern_cl_launch(shared, &work, 0, 10, 0, &error), BASE_E_ARG);
    work.table = NULL;
    assert_int_equal(kern_cl_launch(shared, &work, 0, 10, 0, &error), BASE_E_ARG);
}

/* A hash equal to the target counts; one below it does not, in whichever word they differ. */
static void boundaries(void **state)
{
    struct base_random random = {SEED + 2};
    struct kern_work work;
    uint8_t hash_be[32];
    (void)state;
    for (unsigned i = 0; i < 32; i += 3) {
        uint64_t counter = base_random_below(&random, 1U << 31);
        random_work(&work, &random, 256);
        assert_int_equal(kern_hash(hash_be, algo, &work, counter, NULL, 0), BASE_OK);
        memcpy(work.target_be, hash_be, 32);
        compare(shared, &work, counter, 1);
        assert_int_equal(result.find_count, 1);
        if (hash_be[i] != 0) {
            work.target_be[i] = (uint8_t)(hash_be[i] - 1);
            memset(work.target_be + i + 1, 0xff, 31U - i);
            compare(shared, &work, counter, 1);
            assert_int_equal(result.find_count, 0);
        }
    }
}

static void every_header_byte(void **state)
{
    struct base_random random = {SEED + 3};
    struct kern_work work;
    (void)state;
    for (size_t i = 0; i < algo->header_size; i++) {
        random_work(&work, &random, 255);
        memset(work.header, i % 2 == 0 ? 0 : 0xff, work.header_size);
        work.header[i] ^= 0x01;
        compare(shared, &work, i, BYTE_WINDOW);
    }
}

static void known_answers(void **state)
{
    struct base_error error = {BASE_OK, ""};
    (void)state;
    if (kern_cl_self_test(shared, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
}

/* Every vector of the real node: its hash is the target, and its nonce is found among others. */
static void node_vectors(void **state)
{
    json_t *root = json_load_file(SHARDPICK_TEST_DATA "/digibyte_hashes.json", 0, NULL);
    const char *name = strcmp(algo->name, "odocrypt") == 0 ? "odo" : algo->name; /* the node's */
    const json_t *list = json_object_get(json_object_get(root, "vectors"), name);
    size_t index = 0;
    const json_t *vector = NULL;
    (void)state;
    assert_true(json_array_size(list) > 0);
    json_array_foreach(list, index, vector)
    {
        struct base_error error = {BASE_OK, ""};
        struct kern_work work = {.header_size = algo->header_size};
        const char *header = json_string_value(json_object_get(vector, "header"));
        const char *hash = json_string_value(json_object_get(vector, "pow_hash_display"));
        bool seen = false;
        assert_int_equal(base_hex_decode_exact(work.header, 80, header), BASE_OK);
        assert_int_equal(base_hex_decode_exact(work.target_be, 32, hash), BASE_OK);
        work.epoch = (uint64_t)json_integer_value(json_object_get(vector, "odokey"));
        struct kern_table *own = NULL;
        assert_int_equal(kern_table_build(&own, algo, &work), BASE_OK);
        work.table = own;
        uint32_t nonce = base_load_le32(work.header + 76);
        uint64_t first = nonce < 5 ? 0 : nonce - 5;
        uint64_t left = UINT32_MAX - first + 1;
        if (kern_cl_launch(shared, &work, first, left < 11 ? left : 11, 7, &error) != BASE_OK ||
            kern_cl_collect(shared, &result, WAIT_MS, &error) != BASE_OK) {
            fail_msg("%s", error.text);
        }
        for (size_t i = 0; i < result.find_count; i++) {
            seen = seen || result.finds[i].counter == nonce;
        }
        if (!seen) {
            fail_msg("missed: %s", json_string_value(json_object_get(vector, "name")));
        }
        kern_table_free(own);
    }
    json_decref(root);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(launch_shapes), cmocka_unit_test(targets),
        cmocka_unit_test(boundaries),    cmocka_unit_test(every_header_byte),
        cmocka_unit_test(known_answers), cmocka_unit_test(wrong_epoch),
        cmocka_unit_test(node_vectors),
    };
    const struct CMUnitTest all[] = {cmocka_unit_test(every_combination)};
    struct kern_work work = {.epoch = 1788480000};
    bool whole = argc == 5 && strcmp(argv[4], "all") == 0;
    argc -= whole ? 1 : 0;
    algo = argc == 4 ? kern_algo_find(argv[1]) : NULL;
    widest = argc == 4 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    most_per_item = argc == 4 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
    if (widest == 0 || most_per_item == 0 || algo == NULL || algo->header_size != 80 ||
        algo->opencl == NULL || kern_table_build(&table, algo, &work) != BASE_OK) {
        (void)fprintf(stderr, "usage: test_header80_opencl ALGORITHM WIDEST MOST [all] (80-byte "
                              "headers, with a device kernel)\n");
        return 1;
    }
    opencl_device_open(&device);
    shared = opencl_device_runner(&device, algo, NULL);
    int failed =
        whole ? cmocka_run_group_tests(all, NULL, NULL) : cmocka_run_group_tests(tests, NULL, NULL);
    kern_cl_runner_free(shared);
    kern_table_free(table);
    opencl_device_close(&device);
    return failed;
}
