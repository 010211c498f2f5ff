/* test_alephium_opencl.c: the device kernel gives exactly the finds of the processor's plainest
 * variant, over complete windows of nonces, in every variant a tuner may choose; and the launches
 * round it behave as kern_opencl.h says. Runs on the first usable device (PoCL on most machines).
 * Arguments: the name of an algorithm whose counter has 64 bits, alephium where there is none;
 * "all" behind it: every combination of parameters that the tuner can choose instead of some. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

enum { SEED = 4711, WAIT_MS = 100000, WINDOW = 1536 };

static struct opencl_device device;
static const struct kern_algo *algo;
static struct kern_cl_runner *shared; /* default parameters */
static struct kern_cl_result result;
static struct kern_find want[KERN_CL_FINDS_MAX + 1];

/* target_bits: of an algorithm with 16 chains. With one chain a nonce is a find 16 times as often;
 * the target is that much lower. */
static void random_work(struct kern_work *work, struct base_random *random, uint32_t chain,
                        unsigned target_bits)
{
    unsigned fewer = algo->chains == 1 && target_bits >= 4 ? 4 : 0;
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    base_random_bytes(random, work->header, algo->header_size);
    base_target_ones(work->target_be, target_bits - fewer);
    work->chain = chain % algo->chains;
}

static void collect(struct kern_cl_runner *runner)
{
    struct base_error error = {BASE_OK, ""};
    if (kern_cl_collect(runner, &result, WAIT_MS, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
}

static void launch(struct kern_cl_runner *runner, const struct kern_work *work, uint64_t first,
                   uint64_t count, uint64_t tag)
{
    struct base_error error = {BASE_OK, ""};
    if (kern_cl_launch(runner, work, first, count, tag, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
}

/* The result that was just collected is the plain search's. */
static void expect_same(const struct kern_work *work, uint64_t first, uint64_t count)
{
    const struct kern_variant *plain = algo->variants[algo->variant_count - 1];
    struct kern_scratch *scratch = kern_scratch_new(algo, plain);
    struct kern_finds finds = {.entries = want, .cap = KERN_CL_FINDS_MAX};
    struct kern_progress progress;
    assert_non_null(scratch);
    assert_int_equal(kern_search(scratch, &finds, &progress, work, first, count, NULL), BASE_OK);
    kern_scratch_free(scratch);
    assert_int_equal(result.first, first);
    assert_int_equal(result.count, count);
    assert_false(result.overflow);
    assert_int_equal(result.find_count, finds.count);
    for (size_t i = 0; i < finds.count; i++) {
        assert_int_equal(result.finds[i].counter, want[i].counter);
        assert_int_equal(result.finds[i].solution_size, 0);
    }
}

static void compare(struct kern_cl_runner *runner, const struct kern_work *work, uint64_t first,
                    uint64_t count)
{
    launch(runner, work, first, count, 7);
    collect(runner);
    assert_int_equal(result.tag, 7);
    expect_same(work, first, count);
}

/* One variant: a window with many finds, odd counts, and the wrap of the low half. */
static void try_variant(const struct kern_cl_params *params)
{
    struct base_random random = {SEED};
    struct kern_work work;
    struct kern_cl_runner *runner = opencl_device_runner(&device, algo, params);
    struct kern_cl_params used = kern_cl_runner_params(runner);
    assert_int_equal(used.per_item, params->per_item);
    assert_int_equal(used.vector, params->vector);
    random_work(&work, &random, 5, 255);
    compare(runner, &work, base_random_next(&random) >> 8, WINDOW);
    compare(runner, &work, 0xffffffffULL - 700, WINDOW);
    compare(runner, &work, UINT64_MAX - 12, 13);
    random_work(&work, &random, 0, 256);
    compare(runner, &work, 1, 1);
    compare(runner, &work, 2, kern_cl_runner_step(runner) % WINDOW + 1);
    kern_cl_runner_free(runner);
}

/* Every value of every parameter at least once, and the pairs that share code. */
static void test_every_variant(void **state)
{
    (void)state;
    static const struct kern_cl_params variants[] = {
        OPENCL_PARAMS(32, 1, 1, 1, 1, 1),   OPENCL_PARAMS(64, 2, 1, 2, 1, 1),
        OPENCL_PARAMS(128, 4, 1, 1, 2, 1),  OPENCL_PARAMS(256, 2, 2, 1, 3, 1),
        OPENCL_PARAMS(64, 8, 4, 2, 2, 1),   OPENCL_PARAMS(64, 8, 8, 1, 1, 1),
        OPENCL_PARAMS(64, 16, 16, 1, 1, 1), OPENCL_PARAMS(512, 32, 1, 1, 1, 1),
        OPENCL_PARAMS(32, 32, 16, 2, 2, 1), OPENCL_PARAMS(64, 16, 4, 1, 1, 1),
        OPENCL_PARAMS(64, 4, 1, 2, 3, 1),
    };
    const struct kern_cl_info *info = kern_cl_list_at(device.list, device.index);
    unsigned tried = 0;
    for (size_t i = 0; i < BASE_COUNT_OF(variants); i++) {
        if (kern_cl_params_valid(&variants[i], algo->opencl, info)) {
            try_variant(&variants[i]);
            tried++;
        }
    }
    assert_true(tried >= 9); /* all but those that multiply more than the algorithm can */
}

/* Every combination; hundreds of programs, some of which take their compiler seconds. */
static void test_every_combination(void **state)
{
    (void)state;
    const struct kern_cl_space *space = &algo->opencl->space;
    const struct kern_cl_info *info = kern_cl_list_at(device.list, device.index);
    unsigned tried = 0;
    size_t sizes = 0;
    while (sizes < KERN_CL_SPACE_MAX && space->local_size[sizes] != 0) {
        sizes++;
    }
    size_t shapes = sizes * KERN_CL_SPACE_MAX * KERN_CL_SPACE_MAX;
    for (size_t i = 0; i < shapes * 6 * KERN_CL_FLAGS_COUNT; i++) {
        size_t rest = i / shapes;
        const struct kern_cl_params params = {
            .local_size = space->local_size[i % sizes],
            .per_item = space->per_item[i / sizes % KERN_CL_SPACE_MAX],
            .vector = space->vector[i / sizes / KERN_CL_SPACE_MAX % KERN_CL_SPACE_MAX],
            .unroll = (uint32_t)(rest % 2) + 1,
            .multiply_add = (uint32_t)(rest / 2 % 3) + 1,
            .flags = (uint32_t)(rest / 6) + 1,
        };
        if (params.per_item != 0 && params.vector != 0 &&
            kern_cl_params_valid(&params, algo->opencl, info)) {
            try_variant(&params);
            tried++;
        }
    }
    print_message("%u combinations\n", tried);
    /* 20 pairs of per_item and vector, 5 local sizes, two kinds of loop, each multiply_add */
    unsigned kinds = 0;
    while (kinds < KERN_CL_SPACE_MAX && space->multiply_add[kinds] != 0) {
        kinds++;
    }
    assert_true(tried >= 200 * kinds);
}

static void test_every_chain_and_target(void **state)
{
    (void)state;
    struct base_random random = {SEED + 1};
    struct kern_work work;
    for (uint32_t chain = 0; chain < algo->chains; chain++) {
        random_work(&work, &random, chain, 256);
        compare(shared, &work, base_random_next(&random) >> 4, 1000);
    }
    static const unsigned bits[] = {0, 223, 224, 225, 232, 240, 247, 248, 249, 252, 254, 256};
    for (size_t i = 0; i < BASE_COUNT_OF(bits); i++) {
        random_work(&work, &random, (uint32_t)i, bits[i]);
        compare(shared, &work, base_random_next(&random) >> 4, 2000);
    }
}

/* A hash equal to the target counts; one below it does not, in whichever word they differ. */
static void test_boundary(void **state)
{
    (void)state;
    struct base_random random = {SEED + 2};
    struct kern_work work;
    uint8_t hash_be[32];
    for (unsigned i = 0; i < 32; i++) {
        uint64_t counter = base_random_next(&random) >> 1;
        random_work(&work, &random, 0, 256);
        assert_int_equal(kern_hash(hash_be, algo, &work, counter, NULL, 0), BASE_OK);
        work.chain = kern_chain_of(algo, hash_be);
        memcpy(work.target_be, hash_be, 32);
        compare(shared, &work, counter, 1);
        assert_int_equal(result.find_count, 1);
        /* Below it: byte i decides; where it is 0 nothing can be taken from it. */
        if (hash_be[i] == 0) {
            continue;
        }
        work.target_be[i] = (uint8_t)(hash_be[i] - 1);
        memset(work.target_be + i + 1, 0xff, 31U - i);
        compare(shared, &work, counter, 1);
        assert_int_equal(result.find_count, 0);
        /* Above it in that byte, below it in all that follow. */
        if (hash_be[i] != 0xff) {
            work.target_be[i] = (uint8_t)(hash_be[i] + 1);
            memset(work.target_be + i + 1, 0, 31U - i);
            compare(shared, &work, counter, 1);
            assert_int_equal(result.find_count, 1);
        }
    }
}

/* One known answer: its hash is the target, and it is found. */
static void find_vector(const struct kern_work *work, uint64_t counter, uint64_t tag)
{
    launch(shared, work, counter, 1, tag);
    collect(shared);
    assert_int_equal(result.tag, tag);
    assert_int_equal(result.find_count, 1);
    assert_int_equal(result.finds[0].counter, counter);
}

static void eaglesong_vectors(void)
{
    json_error_t why;
    json_t *root = json_load_file(SHARDPICK_TEST_DATA "/eaglesong.json", 0, &why);
    json_t *cases = json_object_get(root, "headers");
    size_t i = 0;
    json_t *one = NULL;
    assert_int_equal(json_array_size(cases), 33);
    json_array_foreach(cases, i, one)
    {
        struct kern_work work;
        const char *message = json_string_value(json_object_get(one, "message"));
        const char *digest = json_string_value(json_object_get(one, "digest"));
        memset(&work, 0, sizeof work);
        work.header_size = algo->header_size;
        assert_int_equal(base_hex_decode_exact(work.header, algo->header_size, message), BASE_OK);
        assert_int_equal(base_hex_decode_exact(work.target_be, 32, digest), BASE_OK);
        find_vector(&work, base_load_be64(work.header + 40), i); /* README.md of the room */
    }
    json_decref(root);
}

static void alephium_vectors(void)
{
    json_error_t why;
    json_t *root = json_load_file(SHARDPICK_TEST_DATA "/alephium.json", 0, &why);
    json_t *cases = json_object_get(root, "pow");
    size_t i = 0;
    json_t *one = NULL;
    assert_int_equal(json_array_size(cases), 63);
    json_array_foreach(cases, i, one)
    {
        struct kern_work work;
        uint8_t hash_be[32];
        memset(&work, 0, sizeof work);
        work.header_size = algo->header_size;
        assert_int_equal(base_hex_decode_exact(work.header, 24,
                                               json_string_value(json_object_get(one, "nonce"))),
                         BASE_OK);
        assert_int_equal(
            base_hex_decode_exact(work.header + 24, 302,
                                  json_string_value(json_object_get(one, "headerBlob"))),
            BASE_OK);
        assert_int_equal(
            base_hex_decode_exact(hash_be, 32, json_string_value(json_object_get(one, "hash"))),
            BASE_OK);
        memcpy(work.target_be, hash_be, 32);
        work.chain = (uint32_t)json_integer_value(json_object_get(one, "chainIndex"));
        /* README of the room: low half at bytes 20..23, high half at 16..19, little-endian. */
        uint64_t counter = 0;
        for (unsigned byte = 0; byte < 8; byte++) {
            counter |= (uint64_t)work.header[byte < 4 ? 20 + byte : 12 + byte] << (8 * byte);
        }
        find_vector(&work, counter, i);
    }
    json_decref(root);
}

static void test_vectors(void **state)
{
    (void)state;
    if (strcmp(algo->name, "alephium") == 0) {
        alephium_vectors();
    } else {
        eaglesong_vectors();
    }
}

/* More finds than slots: nothing is returned but the flag; halves of the range give all. */
static void test_overflow(void **state)
{
    (void)state;
    struct base_random random = {SEED + 3};
    struct kern_work work;
    random_work(&work, &random, 3, 256);
    launch(shared, &work, 100, 16 * KERN_CL_FINDS_MAX + 2000, 1);
    collect(shared);
    assert_true(result.overflow);
    assert_int_equal(result.find_count, 0);
    compare(shared, &work, 100, 2000);
    compare(shared, &work, 2100, 2000);
}

/* The queue holds KERN_CL_IN_FLIGHT launches of different jobs and gives them back in order. */
static void test_in_flight(void **state)
{
    (void)state;
    struct base_random random = {SEED + 4};
    struct kern_work works[3 * KERN_CL_IN_FLIGHT];
    size_t launched = 0;
    size_t collected = 0;
    for (size_t i = 0; i < BASE_COUNT_OF(works); i++) {
        random_work(&works[i], &random, (uint32_t)(i % 16), 254);
    }
    works[5] = works[1]; /* the same slot, the same job: not sent again */
    while (collected < BASE_COUNT_OF(works)) {
        while (launched < BASE_COUNT_OF(works) && kern_cl_in_flight(shared) < KERN_CL_IN_FLIGHT) {
            launch(shared, &works[launched], 1000 * launched, 900, launched);
            launched++;
        }
        if (kern_cl_in_flight(shared) == KERN_CL_IN_FLIGHT) {
            assert_int_equal(kern_cl_launch(shared, &works[0], 0, 1, 0, NULL), BASE_E_FULL);
        }
        collect(shared);
        assert_int_equal(result.tag, collected);
        expect_same(&works[collected], 1000 * collected, 900);
        collected++;
    }
    assert_int_equal(kern_cl_collect(shared, &result, 0, NULL), BASE_E_STATE);
}

static void test_refusals(void **state)
{
    (void)state;
    struct base_random random = {SEED + 5};
    struct kern_work work;
    struct kern_cl_runner *runner = NULL;
    struct base_error error = {BASE_OK, ""};
    random_work(&work, &random, 0, 256);
    assert_int_equal(kern_cl_launch(shared, &work, 0, 0, 0, NULL), BASE_E_RANGE);
    assert_int_equal(kern_cl_launch(shared, &work, 0, (1ULL << 32) + 1, 0, NULL), BASE_E_RANGE);
    assert_int_equal(kern_cl_launch(shared, &work, UINT64_MAX, 2, 0, NULL), BASE_E_RANGE);
    work.chain = algo->chains;
    assert_int_equal(kern_cl_launch(shared, &work, 0, 1, 0, NULL), BASE_E_ARG);
    work.chain = 0;
    work.header_size = 80;
    assert_int_equal(kern_cl_launch(shared, &work, 0, 1, 0, NULL), BASE_E_ARG);
    assert_int_equal(kern_cl_in_flight(shared), 0);

    static const struct kern_cl_params wrong[] = {
        {.local_size = 33}, {.vector = 3},       {.per_item = 2, .vector = 4},
        {.unroll = 3},      {.multiply_add = 4}, {.flags = KERN_CL_FLAGS_COUNT + 1}};
    for (size_t i = 0; i < BASE_COUNT_OF(wrong); i++) {
        assert_int_equal(kern_cl_runner_new(&runner, device.list, device.index, algo, &wrong[i],
                                            NULL, NULL, &error),
                         BASE_E_ARG);
        assert_null(runner);
        assert_string_not_equal(error.text, "");
    }
    struct kern_algo none = *algo;
    none.opencl = NULL;
    assert_int_equal(
        kern_cl_runner_new(&runner, device.list, device.index, &none, NULL, NULL, NULL, &error),
        BASE_E_UNSUPPORTED);
}

static void test_self_test(void **state)
{
    (void)state;
    struct base_random random = {SEED + 6};
    struct kern_work work;
    struct base_error error = {BASE_OK, ""};
    if (kern_cl_self_test(shared, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    random_work(&work, &random, 0, 256);
    launch(shared, &work, 0, 1, 0);
    assert_int_equal(kern_cl_self_test(shared, &error), BASE_E_STATE);
    collect(shared);
}

/* A runner freed with launches in flight waits for them; nothing leaks (address sanitizer). */
static void test_free_in_flight(void **state)
{
    (void)state;
    struct base_random random = {SEED + 7};
    struct kern_work work;
    struct kern_cl_runner *runner = opencl_device_runner(&device, algo, NULL);
    random_work(&work, &random, 0, 240);
    launch(runner, &work, 0, 5000, 0);
    launch(runner, &work, 5000, 5000, 1);
    kern_cl_runner_free(runner);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest all[] = {cmocka_unit_test(test_every_combination)};
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_variant),  cmocka_unit_test(test_every_chain_and_target),
        cmocka_unit_test(test_boundary),       cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_overflow),       cmocka_unit_test(test_in_flight),
        cmocka_unit_test(test_refusals),       cmocka_unit_test(test_self_test),
        cmocka_unit_test(test_free_in_flight),
    };
    opencl_device_open(&device);
    algo = kern_algo_find(argc > 1 ? argv[1] : "alephium");
    if (algo == NULL || algo->counter_size != 8) {
        (void)fprintf(stderr, "usage: test_alephium_opencl [ALGORITHM [all]] (64-bit counter)\n");
        return 1;
    }
    printf("device: %s\n", kern_cl_list_at(device.list, device.index)->name);
    shared = opencl_device_runner(&device, algo, NULL);
    bool whole = argc > 2 && strcmp(argv[2], "all") == 0;
    int failed =
        whole ? cmocka_run_group_tests(all, NULL, NULL) : cmocka_run_group_tests(tests, NULL, NULL);
    kern_cl_runner_free(shared);
    opencl_device_close(&device);
    return failed;
}
