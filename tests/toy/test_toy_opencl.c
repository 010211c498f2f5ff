/* test_toy_opencl.c: what a device row can say beyond plain hashes, on the two toys: several
 * passes, buffers, finds with solutions, work counted in solutions, parameters of a row's own,
 * reduced sizes, tables in the device's memory. On a real OpenCL device, or with the argument
 * "fake" on the fake vendor (tests/fake_opencl), whose tuner needs times of its own ("fake-tuner").
 * Whatever a device finds is compared with the processor's variants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/target.h"
#include "driver/cl_list.h"
#include "kern.h"
#include "kern_opencl.h"
#include "opencl/cl_row.h"
#include "opencl_device.h"
#include "toy.h"

enum { BITS = 6, WAIT_MS = 60000, HOST_FINDS = 512 };

static struct opencl_device device;
static struct kern_cl_result result;
static struct base_error error;
static const struct kern_algo *solver;
static const struct kern_algo *table;

/* What the list says of the device, for tests that need another one. */
static struct kern_cl_info *device_info(void)
{
    return &device.list->entries[device.index].info;
}

static void random_work(struct kern_work *work, const struct kern_algo *algo, uint64_t seed,
                        unsigned target_bits)
{
    struct base_random random = {seed};
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    base_random_bytes(&random, work->header, algo->header_size);
    base_target_ones(work->target_be, target_bits);
}

static void run(struct kern_cl_runner *runner, const struct kern_work *work, uint64_t first,
                uint64_t count)
{
    if (kern_cl_launch(runner, work, first, count, 0, &error) != BASE_OK ||
        kern_cl_collect(runner, &result, WAIT_MS, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
}

/* The result is what the processor finds in the same range, solutions and units included. */
static void expect_as_host(const struct kern_algo *algo, const struct kern_work *work,
                           uint64_t first, uint64_t count)
{
    struct kern_finds want;
    struct kern_progress progress;
    struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[algo->variant_count - 1]);
    assert_non_null(scratch);
    assert_int_equal(kern_finds_new(&want, algo, HOST_FINDS), BASE_OK);
    assert_int_equal(kern_search(scratch, &want, &progress, work, first, count, NULL), BASE_OK);
    assert_false(result.overflow);
    assert_int_equal(result.first, first);
    assert_int_equal(result.count, count);
    assert_int_equal(result.units, progress.units);
    assert_int_equal(result.find_count, want.count);
    for (size_t i = 0; i < want.count; i++) {
        assert_true(kern_find_same(&result.finds[i], &want.entries[i]));
    }
    kern_finds_free(&want);
    kern_scratch_free(scratch);
}

/* ---- solver ------------------------------------------------------------------------------ */

static void test_self_tests(void **state)
{
    (void)state;
    const uint32_t sizes[] = {0, 6, 10};
    for (size_t i = 0; i < BASE_COUNT_OF(sizes); i++) {
        const struct kern_cl_params params = {.reduced = sizes[i]};
        struct kern_cl_runner *runner = opencl_device_runner(&device, solver, &params);
        if (kern_cl_self_test(runner, &error) != BASE_OK) {
            fail_msg("%u bits: %s", sizes[i], error.text);
        }
        kern_cl_runner_free(runner);
    }
    struct kern_cl_runner *runner = opencl_device_runner(&device, table, NULL);
    if (kern_cl_self_test(runner, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    kern_cl_runner_free(runner);
    const struct kern_cl_params unknown = {.reduced = 9}; /* nothing is known of that size */
    runner = opencl_device_runner(&device, solver, &unknown);
    assert_int_equal(kern_cl_self_test(runner, &error), BASE_E_UNSUPPORTED);
    kern_cl_runner_free(runner);
}

/* Rounds of one, two and three nonces, whole and broken ones, over every value of the row's own
 * parameters: the same solutions, in the same order. */
static void test_solver_finds(void **state)
{
    (void)state;
    static const uint32_t own[][3] = {{16, 16, 1}, {32, 4, 2}, {16, 1, 3}};
    size_t several = 0;
    for (size_t i = 0; i < BASE_COUNT_OF(own); i++) {
        struct kern_cl_params params = {.reduced = BITS};
        memcpy(params.own, own[i], sizeof own[i]);
        struct kern_cl_runner *runner = opencl_device_runner(&device, solver, &params);
        assert_int_equal(kern_cl_runner_step(runner), own[i][2]);
        for (unsigned n = 0; n < 8; n++) {
            struct kern_work work;
            random_work(&work, solver, 100 * i + n, n % 2 == 0 ? 256 : 255);
            work.reduced = BITS;
            uint64_t first = n == 7 ? UINT32_MAX - n : 1000 * n;
            run(runner, &work, first, n + 1);
            expect_as_host(solver, &work, first, n + 1);
            for (size_t k = 1; k < result.find_count; k++) {
                several += result.finds[k].counter == result.finds[k - 1].counter;
            }
        }
        kern_cl_runner_free(runner);
    }
    assert_true(several > 10);
}

/* Two launches in flight share the buffers of the passes: neither disturbs the other. */
static void test_solver_in_flight(void **state)
{
    (void)state;
    const struct kern_cl_params params = {.reduced = BITS};
    struct kern_cl_runner *runner = opencl_device_runner(&device, solver, &params);
    struct kern_work works[2];
    for (unsigned i = 0; i < 2; i++) {
        random_work(&works[i], solver, i, 256);
        works[i].reduced = BITS;
        assert_int_equal(kern_cl_launch(runner, &works[i], 10 + i, 7, i, &error), BASE_OK);
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(kern_cl_collect(runner, &result, WAIT_MS, &error), BASE_OK);
        assert_int_equal(result.tag, i);
        expect_as_host(solver, &works[i], 10 + i, 7);
    }
    kern_cl_runner_free(runner);
}

/* More finds than slots: the flag, and none of the finds; in parts all of them come. */
static void test_solver_overflow(void **state)
{
    (void)state;
    const struct kern_cl_params params = {.reduced = BITS};
    struct kern_cl_runner *runner = opencl_device_runner(&device, solver, &params);
    struct kern_work work;
    random_work(&work, solver, 5, 256);
    work.reduced = BITS;
    run(runner, &work, 0, 64); /* about 128 solutions into 32 slots */
    assert_true(result.overflow);
    assert_int_equal(result.find_count, 0);
    assert_true(result.units > 32);
    for (uint64_t first = 0; first < 64; first += 4) {
        run(runner, &work, first, 4);
        expect_as_host(solver, &work, first, 4);
    }
    kern_cl_runner_free(runner);
}

static void test_solver_limits(void **state)
{
    (void)state;
    struct kern_cl_params params = {.reduced = BITS};
    struct kern_cl_runner *runner = opencl_device_runner(&device, solver, &params);
    struct kern_work work;
    random_work(&work, solver, 5, 200);
    assert_int_equal(kern_cl_launch(runner, &work, 0, 1, 0, &error), BASE_E_ARG);
    assert_non_null(strstr(error.text, "of the size that the kernel is for"));
    work.reduced = BITS;
    uint64_t most = kern_cl_runner_most(runner);
    assert_int_equal(most % kern_cl_runner_step(runner), 0);
    assert_int_equal(kern_cl_launch(runner, &work, 0, most + 1, 0, &error), BASE_E_RANGE);
    run(runner, &work, 0, most);
    assert_true(result.units > most);
    kern_cl_runner_free(runner);
    params.own[0] = 17; /* not one of the row's values */
    assert_int_equal(
        kern_cl_runner_new(&runner, device.list, device.index, solver, &params, NULL, NULL, &error),
        BASE_E_ARG);
    assert_non_null(strstr(error.text, "candidates 17"));
    params = (struct kern_cl_params){.vector = 4}; /* the row has no vectors */
    assert_int_equal(
        kern_cl_runner_new(&runner, device.list, device.index, solver, &params, NULL, NULL, &error),
        BASE_E_ARG);
}

/* A buffer that the device cannot hold is named, with what it needs and what there is. */
static void test_solver_memory(void **state)
{
    (void)state;
    struct kern_cl_info *info = device_info();
    const struct kern_cl_info real = *info;
    struct kern_cl_runner *runner = NULL;
    info->max_allocation_bytes = 40;
    assert_int_equal(
        kern_cl_runner_new(&runner, device.list, device.index, solver, NULL, NULL, NULL, &error),
        BASE_E_MEMORY);
    *info = real;
    assert_null(runner);
    assert_non_null(strstr(error.text, "has too little memory for toysolver: the buffer"));
}

/* ---- table ------------------------------------------------------------------------------- */

static void expect_table_finds(struct kern_cl_runner *runner, const struct kern_work *work)
{
    run(runner, work, 12345, 700);
    expect_as_host(table, work, 12345, 700);
    assert_true(result.find_count > 0);
}

/* In steps, with progress; nothing is launched before it is ready. */
static void test_table_steps(void **state)
{
    (void)state;
    struct kern_cl_runner *runner = opencl_device_runner(&device, table, NULL);
    struct kern_work work;
    struct kern_cl_table_progress progress = {0};
    enum base_status status = BASE_E_AGAIN;
    uint64_t before = 0;
    unsigned steps = 0;
    random_work(&work, table, 1, 251);
    work.height = 500;
    assert_false(kern_cl_table_is_ready(runner, &work));
    assert_int_equal(kern_cl_launch(runner, &work, 0, 1, 0, &error), BASE_E_STATE);
    while (status == BASE_E_AGAIN) {
        status = kern_cl_table_step(runner, &progress, &work, &error);
        assert_true(progress.done > before);
        assert_int_equal(progress.elements, 1U << TOYTABLE_BITS);
        assert_int_equal(progress.bytes, 32U << TOYTABLE_BITS);
        assert_int_equal(kern_cl_table_is_ready(runner, &work), status == BASE_OK);
        before = progress.done;
        steps++;
    }
    assert_int_equal(status, BASE_OK);
    assert_int_equal(progress.done, progress.elements);
    assert_true(steps > 2);
    expect_table_finds(runner, &work);
    assert_int_equal(kern_cl_launch(runner, &work, 0, 100, 0, &error), BASE_OK);
    work.height = 501; /* another table: not while a launch may read this one */
    assert_int_equal(kern_cl_table_step(runner, &progress, &work, &error), BASE_E_STATE);
    assert_int_equal(kern_cl_collect(runner, &result, WAIT_MS, &error), BASE_OK);
    kern_cl_runner_free(runner);
}

/* Two heights at a time; a third one takes the place of the one that was not used for longest. A
 * table that was begun is given up for another. */
static void test_table_heights(void **state)
{
    (void)state;
    struct kern_cl_runner *runner = opencl_device_runner(&device, table, NULL);
    struct kern_work works[4];
    struct kern_cl_table_progress progress;
    for (unsigned i = 0; i < 4; i++) {
        random_work(&works[i], table, i, 251);
        works[i].height = 1000 + i;
        works[i].reduced = i == 3 ? 10 : 0;
    }
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(kern_cl_table_build(runner, &works[i], &error), BASE_OK);
    }
    expect_table_finds(runner, &works[1]);
    expect_table_finds(runner, &works[0]); /* used last */
    assert_int_equal(kern_cl_table_step(runner, &progress, &works[2], &error), BASE_E_AGAIN);
    assert_false(kern_cl_table_is_ready(runner, &works[1]));
    expect_table_finds(runner, &works[0]);
    assert_int_equal(kern_cl_table_build(runner, &works[3], &error), BASE_OK);
    assert_int_equal(kern_cl_table_step(runner, &progress, &works[0], &error), BASE_OK);
    expect_table_finds(runner, &works[3]);
    expect_table_finds(runner, &works[0]);
    kern_cl_runner_free(runner);
}

/* Steps of the next height's table between launches, until it stands: no step is left to be done
 * when its first job comes. What is in flight meanwhile is not disturbed. */
static void test_table_ahead(void **state)
{
    (void)state;
    struct kern_cl_runner *runner = opencl_device_runner(&device, table, NULL);
    struct kern_work work;
    struct kern_work next;
    struct kern_work behind;
    bool queued = true;
    unsigned steps = 0;
    random_work(&work, table, 21, 251);
    work.height = 7000;
    work.reduced = 14;
    next = work;
    next.height = 7001;
    behind = work;
    behind.height = 6999;
    assert_int_equal(kern_cl_table_ahead(runner, &queued, &work, &error), BASE_OK);
    assert_false(queued); /* its own table comes first */
    assert_int_equal(kern_cl_table_build(runner, &behind, &error), BASE_OK);
    assert_int_equal(kern_cl_table_build(runner, &work, &error), BASE_OK);
    while (!kern_cl_table_is_ready(runner, &next)) {
        assert_int_equal(kern_cl_launch(runner, &work, 100ULL * steps, 100, 0, &error), BASE_OK);
        assert_int_equal(kern_cl_table_ahead(runner, &queued, &work, &error), BASE_OK);
        steps += queued;
        assert_int_equal(kern_cl_launch(runner, &work, 12345, 700, 1, &error), BASE_OK);
        assert_int_equal(kern_cl_collect(runner, &result, WAIT_MS, &error), BASE_OK);
        assert_int_equal(kern_cl_collect(runner, &result, WAIT_MS, &error), BASE_OK);
        expect_as_host(table, &work, 12345, 700);
    }
    assert_true(steps > 0);
    assert_false(kern_cl_table_is_ready(runner, &behind));
    expect_table_finds(runner, &next);
    expect_table_finds(runner, &work);
    kern_cl_runner_free(runner);
}

/* A table that was begun ahead is taken over by its first job, and given up for another height. It
 * never takes the memory of the table in use. */
static void test_table_ahead_given_up(void **state)
{
    (void)state;
    struct kern_cl_info *info = device_info();
    const struct kern_cl_info real = *info;
    struct kern_cl_runner *runner = opencl_device_runner(&device, table, NULL);
    struct kern_work work;
    bool queued = false;
    random_work(&work, table, 22, 251);
    work.reduced = 14; /* tables of 512 KiB */
    for (work.height = 8000; work.height < 8009; work.height += work.height % 3 == 0 ? 2 : 1) {
        assert_int_equal(kern_cl_table_build(runner, &work, &error), BASE_OK);
        expect_table_finds(runner, &work);
        assert_int_equal(kern_cl_table_ahead(runner, &queued, &work, &error), BASE_OK);
        assert_true(queued);
    }
    kern_cl_runner_free(runner); /* a step is in flight */
    info->memory_bytes = 17 << 16;
    runner = opencl_device_runner(&device, table, NULL);
    assert_int_equal(kern_cl_table_build(runner, &work, &error), BASE_OK);
    assert_int_equal(kern_cl_table_ahead(runner, &queued, &work, &error), BASE_OK);
    assert_false(queued);
    expect_table_finds(runner, &work);
    kern_cl_runner_free(runner);
    *info = real;
}

/* One table where memory does not hold two; the sentence where it does not hold one. */
static void test_table_memory(void **state)
{
    (void)state;
    struct kern_cl_info *info = device_info();
    const struct kern_cl_info real = *info;
    struct kern_work works[2];
    for (unsigned i = 0; i < 2; i++) {
        random_work(&works[i], table, i, 251);
        works[i].height = 2000 + i;
    }
    info->memory_bytes = 17 << 20; /* tables are 8 MiB; an eighth is left free */
    struct kern_cl_runner *runner = opencl_device_runner(&device, table, NULL);
    for (unsigned i = 0; i < 4; i++) {
        assert_false(kern_cl_table_is_ready(runner, &works[i % 2]));
        assert_int_equal(kern_cl_table_build(runner, &works[i % 2], &error), BASE_OK);
        expect_table_finds(runner, &works[i % 2]);
    }
    kern_cl_runner_free(runner);
    info->memory_bytes = 7 << 20;
    runner = opencl_device_runner(&device, table, NULL);
    assert_int_equal(kern_cl_table_build(runner, &works[0], &error), BASE_E_MEMORY);
    assert_non_null(
        strstr(error.text, "has too little memory for toytable: the table needs 8 MiB"));
    assert_non_null(strstr(error.text, "the device has 7 MiB"));
    kern_cl_runner_free(runner);
    *info = real;
}

/* A device that limits one buffer: the table comes in two, three and four pieces. */
static void test_table_pieces(void **state)
{
    (void)state;
    struct kern_cl_info *info = device_info();
    const struct kern_cl_info real = *info;
    static const uint64_t limits[] = {5 << 20, 3 << 20, 2 << 20};
    struct kern_work work;
    random_work(&work, table, 9, 251);
    work.height = 3;
    info->memory_bytes = 16 << 20;
    for (size_t i = 0; i < BASE_COUNT_OF(limits); i++) {
        info->max_allocation_bytes = limits[i] + 32 * i; /* not only powers of two */
        struct kern_cl_runner *runner = opencl_device_runner(&device, table, NULL);
        assert_int_equal(kern_cl_table_build(runner, &work, &error), BASE_OK);
        expect_table_finds(runner, &work);
        kern_cl_runner_free(runner);
    }
    info->max_allocation_bytes = 1 << 20; /* five pieces would be needed */
    struct kern_cl_runner *runner = opencl_device_runner(&device, table, NULL);
    assert_int_equal(kern_cl_table_build(runner, &work, &error), BASE_E_MEMORY);
    kern_cl_runner_free(runner);
    *info = real;
}

/* ---- proofs, tuner ----------------------------------------------------------------------- */

/* A device that works passes; one that finds nothing, or whose solution is wrong, fails. */
static void test_proofs(void **state)
{
    (void)state;
    const struct kern_algo *const algos[] = {solver, table};
    for (size_t i = 0; i < BASE_COUNT_OF(algos); i++) {
        struct kern_cl_runner *runner = opencl_device_runner(&device, algos[i], NULL);
        struct kern_cl_proof *proof = NULL;
        struct kern_cl_proof_range range;
        struct kern_work work;
        random_work(&work, algos[i], i, 100);
        assert_int_equal(kern_cl_proof_new(&proof, algos[i], base_cpu_detect(), &error), BASE_OK);
        assert_int_equal(kern_cl_proof_prepare(proof, &range, &work, 77, &error), BASE_OK);
        assert_int_equal(kern_cl_table_build(runner, range.work, &error), BASE_OK);
        run(runner, range.work, range.first, range.count);
        assert_true(result.find_count > 0);
        assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_OK);
        if (result.finds[0].solution_size > 0) {
            uint8_t wrong[TOYSOLVER_SOLUTION];
            memcpy(wrong, result.finds[0].solution, sizeof wrong);
            wrong[500] ^= 1;
            const uint8_t *right = result.finds[0].solution;
            result.finds[0].solution = wrong;
            assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_E_MISMATCH);
            result.finds[0].solution = right;
        }
        result.find_count = 0;
        assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_E_MISMATCH);
        kern_cl_proof_free(proof);
        kern_cl_runner_free(runner);
    }
}

struct tried {
    unsigned steps;
    unsigned failed;
    bool own[3]; /* a value other than the first one was tried */
};

static bool note(void *user, const struct kern_cl_tune_step *step)
{
    struct tried *tried = user;
    tried->steps += 1;
    tried->failed += step->trouble != NULL;
    for (unsigned i = 0; i < 3; i++) {
        tried->own[i] = tried->own[i] || step->params.own[i] != solver->opencl->own[i].values[0];
    }
    if (step->trouble != NULL) {
        print_message("%s\n", step->trouble);
    }
    return true;
}

/* The tuner varies a row's own parameters; what it finds is kept and used by the next runner. */
static void test_tuner(void **state)
{
    (void)state;
    struct kern_cl_row row = *solver->opencl;
    struct kern_algo small = *solver;
    struct kern_cl_params best;
    struct tried tried = {0};
    double rate = 0;
    row.space.local_size[1] = 0; /* two variants: 16 and 32 candidates */
    row.default_cpu.local_size = row.default_gpu.local_size = row.space.local_size[0];
    for (unsigned i = 1; i < 3; i++) {
        row.own[i].values[0] = row.own[i].default_cpu = row.own[i].default_gpu = i == 1 ? 4 : 1;
        row.own[i].values[1] = 0;
    }
    small.opencl = &row;
    assert_int_equal(kern_cl_tune(&best, &rate, device.list, device.index, &small, device.folder,
                                  120000, note, &tried, &error),
                     BASE_OK);
    assert_true(rate > 0);
    assert_int_equal(tried.failed, 0);
    assert_true(tried.own[0]);
    assert_in_range(tried.steps, 4, 6); /* both of them, and once more in turns */
    assert_true(kern_cl_is_tuned(device.list, device.index, &small, device.folder));
    struct kern_cl_runner *runner = opencl_device_runner(&device, &small, NULL);
    struct kern_cl_params used = kern_cl_runner_params(runner);
    assert_memory_equal(&used, &best, sizeof best);
    kern_cl_runner_free(runner);
}

static void test_table_tuner(void **state)
{
    (void)state;
    struct kern_cl_params best;
    struct tried tried = {0};
    double rate = 0;
    assert_int_equal(kern_cl_tune(&best, &rate, device.list, device.index, table, device.folder, 1,
                                  note, &tried, &error),
                     BASE_OK);
    assert_true(rate > 0);
    assert_int_equal(tried.failed, 0);
}

static void test_words(void **state)
{
    (void)state;
    char text[KERN_CL_PARAMS_TEXT_MAX];
    struct kern_cl_params params = {.local_size = 64, .own = {16, 4, 2}, .flags = 1};
    assert_string_equal(kern_cl_params_text(text, solver, &params),
                        "local 64, candidates 16, cells per item 4, nonces a round 2");
    assert_string_equal(kern_cl_own_name(solver, 2), "nonces a round");
    assert_null(kern_cl_own_name(solver, 3));
    assert_null(kern_cl_own_name(kern_algo_find("alephium"), 0));
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "real";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_self_tests),       cmocka_unit_test(test_solver_finds),
        cmocka_unit_test(test_solver_in_flight), cmocka_unit_test(test_solver_overflow),
        cmocka_unit_test(test_solver_limits),    cmocka_unit_test(test_solver_memory),
        cmocka_unit_test(test_table_steps),      cmocka_unit_test(test_table_heights),
        cmocka_unit_test(test_table_ahead),      cmocka_unit_test(test_table_ahead_given_up),
        cmocka_unit_test(test_table_memory),     cmocka_unit_test(test_table_pieces),
        cmocka_unit_test(test_proofs),           cmocka_unit_test(test_words),
    };
    const struct CMUnitTest tuner[] = {cmocka_unit_test(test_tuner)};
    const struct CMUnitTest table_tuner[] = {cmocka_unit_test(test_table_tuner)};
    const bool fake = strncmp(mode, "fake", 4) == 0;
    const bool fake_tuner = strcmp(mode, "fake-tuner") == 0;
    if ((fake && setenv("SHARDPICK_OPENCL_LIBRARY", FAKE_OPENCL_LIBRARY, 1) != 0) ||
        (fake_tuner && setenv("FAKE_NONCE_NS", "10000000", 1) != 0)) {
        return 1;
    }
    solver = kern_algo_find("toysolver");
    table = kern_algo_find("toytable");
    opencl_device_open(&device);
    int failed = 0;
    if (!fake_tuner) {
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    }
    if (!fake || fake_tuner) {
        failed += cmocka_run_group_tests(tuner, NULL, NULL);
    }
    if (!fake) {
        failed += cmocka_run_group_tests(table_tuner, NULL, NULL);
    }
    opencl_device_close(&device);
    return failed;
}
