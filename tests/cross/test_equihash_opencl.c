/* test_equihash_opencl.c: the device kernel of Equihash on a real OpenCL device. At 48,5 and 96,5
 * it finds what the processor's solver finds, whatever its parameters, over several nonces a launch
 * and across 2^32; a target filters its finds; rows that find no room are counted. With the
 * argument "long" the same at 200,9 for the sets of data/komodo.json, and a proof. */
#include "equihash_data.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/target.h"
#include "driver/cl_list.h"
#include "kern.h"
#include "kern_opencl.h"
#include "opencl/cl_row.h"
#include "opencl_device.h"

enum {
    WAIT_MS = 600000, /* 200,9 takes seconds on a processor that others use */
    FINDS_CAP = 1024,
    COUNTER_AT = 132, /* in the header: README.md, "Row" */
    SETS = 27,
    ZERO_NONCES = 100,
    BUCKET_BITS = 0, /* places in params->own */
    SPREAD = 1,
    NONCES = 2,
};

static struct opencl_device device;
static struct kern_cl_result result;
static struct base_error error;
static const struct kern_algo *algo;
static struct kern_scratch *scratch;

static struct kern_work work_of(uint32_t reduced)
{
    struct kern_work work = {.header_size = KERN_EQUIHASH_HEADER_SIZE, .reduced = reduced};
    for (size_t i = 0; i < KERN_EQUIHASH_HEADER_SIZE; i++) {
        work.header[i] = (uint8_t)(17 * i + reduced);
    }
    memset(work.target_be, 0xff, sizeof work.target_be);
    return work;
}

static void run(struct kern_cl_runner *runner, const struct kern_work *work, uint64_t first,
                uint64_t count)
{
    if (kern_cl_launch(runner, work, first, count, 0, &error) != BASE_OK ||
        kern_cl_collect(runner, &result, WAIT_MS, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
}

/* All right, each once. */
static void check_finds(const struct kern_work *work)
{
    for (size_t i = 0; i < result.find_count; i++) {
        const struct kern_find *find = &result.finds[i];
        uint8_t hash_be[32];
        assert_int_equal(kern_verify(hash_be, algo, work, find), BASE_OK);
        for (size_t j = 0; j < i; j++) {
            assert_false(kern_find_same(find, &result.finds[j]));
        }
    }
}

/* A launch finds what the processor's search finds, in the same order, and counts as many
 * solutions. Returns them. */
static uint64_t expect_as_host(struct kern_cl_runner *runner, const struct kern_work *work,
                               uint64_t first, uint64_t count)
{
    struct kern_finds host;
    struct kern_progress progress;
    assert_int_equal(kern_finds_new(&host, algo, FINDS_CAP), BASE_OK);
    assert_int_equal(kern_search(scratch, &host, &progress, work, first, count, NULL), BASE_OK);
    run(runner, work, first, count);
    assert_false(result.overflow);
    assert_int_equal(result.lost, 0);
    assert_int_equal(result.units, progress.units);
    assert_int_equal(result.find_count, host.count);
    for (size_t i = 0; i < host.count; i++) {
        assert_true(kern_find_same(&result.finds[i], &host.entries[i]));
    }
    check_finds(work);
    kern_finds_free(&host);
    return progress.units;
}

static void check_params(const struct kern_cl_params *params)
{
    struct kern_cl_runner *runner = opencl_device_runner(&device, algo, params);
    const struct kern_work work = work_of(params->reduced);
    const uint64_t nonces = params->reduced == 48 ? 61 : 5; /* no multiple of a round */
    assert_int_equal(kern_cl_self_test(runner, &error), BASE_OK);
    assert_true(expect_as_host(runner, &work, 0, nonces) > nonces / 2);
    (void)expect_as_host(runner, &work, 0xffffffffU, 2);
    (void)expect_as_host(runner, &work, UINT64_MAX, 1);
    kern_cl_runner_free(runner);
}

/* Programs take a second each to build on PoCL: few here, the others in the long run. */
static const struct kern_cl_params few = {.reduced = 48, .own = {[NONCES] = 8}};

static void test_finds(void **state)
{
    const struct kern_cl_params plain = {.reduced = 96};
    (void)state;
    check_params(&few);
    check_params(&plain);
}

static void test_all_params(void **state)
{
    const struct kern_cl_row *row = algo->opencl;
    (void)state;
    for (size_t size = 0; size < 2; size++) {
        struct kern_cl_params params = {.reduced = size == 0 ? 48 : 96};
        for (size_t i = 0; row->space.local_size[i] != 0; i++) {
            params.local_size = row->space.local_size[i];
            check_params(&params);
        }
        params.local_size = 0;
        for (size_t own = 0; kern_cl_own_name(algo, own) != NULL; own++) {
            for (size_t i = 0; row->own[own].values[i] != 0; i++) {
                params.own[own] = row->own[own].values[i];
                check_params(&params);
            }
            params.own[own] = 0;
        }
    }
}

/* Finds are the solutions whose hash meets the target; units count all solutions. */
static void test_target(void **state)
{
    struct kern_cl_runner *runner = opencl_device_runner(&device, algo, &few);
    struct kern_work work = work_of(48);
    (void)state;
    base_target_ones(work.target_be, 254);
    uint64_t units = expect_as_host(runner, &work, 0, 64);
    assert_in_range(result.find_count, 1, units - 1);
    kern_cl_runner_free(runner);
}

/* Buckets with little room: what finds none is counted, and what is found is right. */
static void test_lost_rows(void **state)
{
    struct kern_cl_row row = *algo->opencl;
    struct kern_algo tight = *algo;
    const struct kern_cl_params params = {.reduced = 96, .own = {[SPREAD] = 1}};
    const struct kern_work work = work_of(96);
    (void)state;
    row.own[SPREAD].values[0] = 1;
    tight.opencl = &row;
    struct kern_cl_runner *runner = opencl_device_runner(&device, &tight, &params);
    run(runner, &work, 0, 1);
    print_message("rows lost: %llu\n", (unsigned long long)result.lost);
    assert_true(result.lost > 20);
    check_finds(&work);
    kern_cl_runner_free(runner);
}

/* Rounds are as long as the device's memory allows; the sentence where it does not hold one nonce.
 */
static void test_memory(void **state)
{
    struct kern_cl_info *info = &device.list->entries[device.index].info;
    const struct kern_cl_info real = *info;
    const struct kern_work work = work_of(48);
    struct kern_cl_runner *runner = opencl_device_runner(&device, algo, &few);
    (void)state;
    assert_int_equal(kern_cl_runner_step(runner), 8);
    kern_cl_runner_free(runner);
    info->memory_bytes = 3 << 20;
    runner = opencl_device_runner(&device, algo, &few);
    assert_in_range(kern_cl_runner_step(runner), 1, 7);
    (void)expect_as_host(runner, &work, 3, 2);
    kern_cl_runner_free(runner);
    info->memory_bytes = 128 << 10;
    assert_int_equal(
        kern_cl_runner_new(&runner, device.list, device.index, algo, &few, NULL, NULL, &error),
        BASE_E_MEMORY);
    assert_non_null(strstr(error.text, "has too little memory for equihash: the buffer"));
    *info = real;
}

/* The oldest launch ends early and says so; the ones behind it are whole. So it is when a runner
 * with launches in flight is freed, which does not wait for hundreds of nonces. */
static void test_stop(void **state)
{
    const struct kern_cl_params params = {.reduced = 96};
    struct kern_cl_runner *runner = opencl_device_runner(&device, algo, &params);
    const struct kern_work work = work_of(96);
    uint64_t most = kern_cl_runner_most(runner);
    (void)state;
    assert_true(kern_cl_can_stop(runner));
    assert_int_equal(kern_cl_stop(runner, &error), BASE_E_STATE);
    assert_int_equal(kern_cl_launch(runner, &work, 0, most, 1, &error), BASE_OK);
    assert_int_equal(kern_cl_launch(runner, &work, 0, 2, 2, &error), BASE_OK);
    assert_int_equal(kern_cl_stop(runner, &error), BASE_OK);
    assert_int_equal(kern_cl_collect(runner, &result, WAIT_MS, &error), BASE_OK);
    assert_int_equal(result.tag, 1);
    assert_true(result.stopped);
    assert_int_equal(result.units, 0);
    assert_int_equal(result.find_count, 0);
    assert_int_equal(kern_cl_collect(runner, &result, WAIT_MS, &error), BASE_OK);
    assert_int_equal(result.tag, 2);
    assert_false(result.stopped);
    uint64_t units = result.units;
    assert_int_equal(expect_as_host(runner, &work, 0, 2), units);
    assert_int_equal(kern_cl_launch(runner, &work, 0, most, 3, &error), BASE_OK);
    assert_int_equal(kern_cl_launch(runner, &work, 0, most, 4, &error), BASE_OK);
    kern_cl_runner_free(runner);
}

/* ---- 200,9 ------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, KERN_EQUIHASH_SOLUTION_MAX);
}

/* The last result's solutions are those of a case of the data. */
static void expect_set(const json_t *solutions)
{
    static uint8_t want[KERN_CL_FINDS_MAX][KERN_EQUIHASH_SOLUTION_MAX];
    static uint8_t got[KERN_CL_FINDS_MAX][KERN_EQUIHASH_SOLUTION_MAX];
    size_t count = json_array_size(solutions);
    assert_int_equal(result.units, count);
    assert_int_equal(result.find_count, count);
    for (size_t i = 0; i < count; i++) {
        equihash_bytes(want[i], sizeof want[i], json_string_value(json_array_get(solutions, i)));
        memcpy(got[i], result.finds[i].solution, sizeof got[i]);
    }
    qsort(want, count, sizeof want[0], compare);
    qsort(got, count, sizeof got[0], compare);
    assert_memory_equal(want, got, count * sizeof got[0]);
}

static void test_sets_200_9(void **state)
{
    const json_t *sets = equihash_section("solver_sets_200_9", SETS);
    struct kern_cl_runner *runner = opencl_device_runner(&device, algo, NULL);
    struct kern_work work = work_of(0);
    size_t total = 0;
    (void)state;
    assert_int_equal(kern_cl_self_test(runner, &error), BASE_OK);
    for (size_t i = 0; i < SETS; i++) {
        const json_t *one = json_array_get(sets, i);
        assert_int_equal(
            equihash_bytes(work.header, sizeof work.header, equihash_text(one, "input_hex")),
            KERN_EQUIHASH_HEADER_SIZE);
        run(runner, &work, base_load_le64(work.header + COUNTER_AT), 1);
        assert_int_equal(result.lost, 0);
        expect_set(json_object_get(one, "solutions_minimal_hex"));
        total += result.find_count;
    }
    assert_int_equal(total, 56);
    kern_cl_runner_free(runner);
}

/* Headers that are zero but for their counter: as many solutions as the processor finds. */
static void test_counts_200_9(void **state)
{
    struct kern_cl_runner *runner = opencl_device_runner(&device, algo, NULL);
    struct kern_work work = work_of(0);
    uint64_t total = 0;
    (void)state;
    memset(work.header, 0, sizeof work.header);
    for (uint64_t i = 0; i < ZERO_NONCES; i++) {
        total += expect_as_host(runner, &work, i, 1);
    }
    print_message("200,9: %llu solutions of %d nonces\n", (unsigned long long)total,
                  (int)ZERO_NONCES);
    kern_cl_runner_free(runner);
}

/* The known answer is found and passes as a proof; a device that finds nothing fails. */
static void check_proof(uint32_t reduced)
{
    const struct kern_cl_params params = {.reduced = reduced};
    struct kern_cl_runner *runner = opencl_device_runner(&device, algo, &params);
    struct kern_cl_proof *proof = NULL;
    struct kern_cl_proof_range range;
    const struct kern_work work = work_of(reduced);
    assert_int_equal(kern_cl_proof_new(&proof, algo, base_cpu_detect(), &error), BASE_OK);
    assert_int_equal(kern_cl_proof_prepare(proof, &range, &work, 77, &error), BASE_OK);
    run(runner, range.work, range.first, range.count);
    assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_OK);
    result.find_count = 0;
    assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_E_MISMATCH);
    kern_cl_proof_free(proof);
    kern_cl_runner_free(runner);
}

static void test_proof(void **state)
{
    (void)state;
    check_proof(96);
}

static void test_proof_200_9(void **state)
{
    (void)state;
    check_proof(0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds),     cmocka_unit_test(test_target),
        cmocka_unit_test(test_lost_rows), cmocka_unit_test(test_memory),
        cmocka_unit_test(test_stop),      cmocka_unit_test(test_proof),
    };
    const struct CMUnitTest long_tests[] = {
        cmocka_unit_test(test_sets_200_9),
        cmocka_unit_test(test_proof_200_9),
        cmocka_unit_test(test_all_params),
        cmocka_unit_test(test_counts_200_9),
    };
    const bool whole = argc > 1 && strcmp(argv[1], "long") == 0;
    algo = kern_algo_find("equihash");
    opencl_device_open(&device);
    scratch = kern_scratch_new(algo, kern_variant_best(algo, base_cpu_detect()));
    int failed = scratch == NULL ? 1
                 : whole ? cmocka_run_group_tests(long_tests, equihash_load, equihash_unload)
                         : cmocka_run_group_tests(tests, NULL, NULL);
    kern_scratch_free(scratch);
    opencl_device_close(&device);
    return failed;
}
