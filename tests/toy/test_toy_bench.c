/* test_toy_bench.c: bench and selftest with a solver and a table hash: solutions are what is
 * counted, answers are checked with their solutions, fixed work has the digest of another program,
 * and solvers that lie are found out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "../integration/mine_run.h"
#include "bench_command.h"
#include "toy.h"

static struct bench_outcome run(const char *words, const struct kern_algo *algo)
{
    struct bench_machine machine = bench_command_machine();
    return bench_command(words, &machine, &algo, 1);
}

static double number(const json_t *object, const char *member)
{
    bool missing = false;
    double value = bench_outcome_number(object, member, &missing);
    assert_false(missing);
    return value;
}

/* The only result of an outcome; the caller releases root. */
static const json_t *result_of(json_t **root, const struct bench_outcome *outcome)
{
    if (outcome->code != 0) {
        print_message("%s", outcome->log);
    }
    *root = json_loads(outcome->out, 0, NULL);
    assert_non_null(*root);
    assert_int_equal(json_array_size(json_object_get(*root, "results")), 1);
    return json_array_get(json_object_get(*root, "results"), 0);
}

static void test_solver_is_measured_in_solutions(void **state)
{
    json_t *root = NULL;
    (void)state;
    struct bench_outcome outcome =
        run("bench --json --device cpu -t 1 --seconds 1 -q", &kern_toysolver_row);
    const json_t *result = result_of(&root, &outcome);
    assert_int_equal(outcome.code, 0);
    assert_string_equal(json_string_value(json_object_get(result, "unit")), "Sol");
    /* Every solution is a find there, and each was verified. Of a nonce that the end of a window
     * cuts, the window counts a part by its time, so that the two numbers may differ by some. */
    assert_true(number(result, "hashes") > 0);
    assert_true(number(result, "verified") > 0.8 * number(result, "hashes"));
    assert_true(number(result, "wrong") == 0);
    assert_true(number(result, "hashrate") > 0);
    json_decref(root);
    bench_outcome_free(&outcome);
}

static void test_table_variants(void **state)
{
    static const char *const kernels[] = {"table", "direct"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        json_t *root = NULL;
        char words[128];
        (void)snprintf(words, sizeof words,
                       "bench --json --device cpu --cpu-kernel %s -t 2 --seconds 0.2 -q",
                       kernels[i]);
        struct bench_outcome outcome = run(words, &kern_toytable_row);
        const json_t *result = result_of(&root, &outcome);
        assert_int_equal(outcome.code, 0);
        assert_true(number(result, "verified") > 0);
        json_decref(root);
        bench_outcome_free(&outcome);
    }
}

/* 12 solutions in 6 nonces, digest by toy_reference.py. */
static void test_fixed_work(void **state)
{
    json_t *root = NULL;
    (void)state;
    struct bench_outcome outcome =
        run("bench --json --device cpu -t 2 --hashes 6 --seed 5 -q", &kern_toysolver_row);
    const json_t *result = result_of(&root, &outcome);
    assert_int_equal(outcome.code, 0);
    const json_t *fixed = json_object_get(result, "fixed");
    assert_int_equal(number(fixed, "hashes"), 6);
    assert_int_equal(number(fixed, "finds"), 12);
    assert_int_equal(number(result, "hashes"), 12);
    assert_string_equal(json_string_value(json_object_get(fixed, "digest")),
                        "7c438754f1d1f29d87f80519301d44270dc6d61e7fc37a7b057767f4c92c0913");
    json_decref(root);
    bench_outcome_free(&outcome);
}

/* The fake vendor's device gives the same fixed work, and is measured and checked like a processor:
 * solutions a second of the solver; the table hash on a table of the device's own. */
static void test_device(void **state)
{
    static const char *const lines[] = {
        "bench --json --device 0:0 --hashes 6 --seed 5 -q",
        "bench --json --device 0:0 --seconds 0.5 -q",
    };
    const struct kern_algo *const rows[] = {&kern_toysolver_row, &kern_toytable_row};
    (void)state;
    assert_int_equal(setenv("SHARDPICK_OPENCL_LIBRARY", FAKE_OPENCL_LIBRARY, 1), 0);
    for (size_t i = 0; i < 2; i++) {
        json_t *root = NULL;
        struct bench_outcome outcome = run(lines[i], rows[i]);
        const json_t *result = result_of(&root, &outcome);
        assert_int_equal(outcome.code, 0);
        assert_string_equal(json_string_value(json_object_get(result, "unit")), rows[i]->unit);
        assert_true(number(result, "verified") > 0);
        assert_true(number(result, "wrong") == 0);
        if (i == 0) {
            assert_int_equal(number(result, "hashes"), 12);
            assert_string_equal(
                json_string_value(json_object_get(json_object_get(result, "fixed"), "digest")),
                "7c438754f1d1f29d87f80519301d44270dc6d61e7fc37a7b057767f4c92c0913");
        }
        json_decref(root);
        bench_outcome_free(&outcome);
    }
    assert_int_equal(unsetenv("SHARDPICK_OPENCL_LIBRARY"), 0);
}

/* ---- lying solvers ------------------------------------------------------------------------- */

/* The row of the liars is of a small size, so that a window has many nonces and a lie takes no
 * time. */
static const struct kern_work *small(struct kern_work *copy, const struct kern_work *work)
{
    *copy = *work;
    copy->reduced = work->reduced != 0 ? work->reduced : 10;
    return copy;
}

static enum base_status hash_small(uint8_t hash_be[32], const struct kern_work *work,
                                   const uint8_t *solution, size_t solution_size)
{
    struct kern_work copy;
    return kern_toysolver_row.hash(hash_be, small(&copy, work), solution, solution_size);
}

static enum base_status search_small(void *scratch, struct kern_finds *finds,
                                     struct kern_progress *progress, const struct kern_work *work,
                                     uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    struct kern_work copy;
    return kern_toysolver_row.variants[0]->search(scratch, finds, progress, small(&copy, work),
                                                  first, count, stop);
}

/* Lies are told only where the work is no known answer: the self-test does not see them. */
static enum base_status honest(void *scratch, struct kern_finds *finds,
                               struct kern_progress *progress, const struct kern_work *work,
                               uint64_t first, uint64_t count, bool *lie)
{
    *lie = work->reduced == 0;
    return search_small(scratch, finds, progress, work, first, count, NULL);
}

static enum base_status search_missing(void *scratch, struct kern_finds *finds,
                                       struct kern_progress *progress, const struct kern_work *work,
                                       uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    bool lie = false;
    size_t before = finds->count;
    (void)stop;
    enum base_status status = honest(scratch, finds, progress, work, first, count, &lie);
    if (lie && finds->count > before) {
        finds->count -= 1;
        progress->units -= 1;
    }
    return status;
}

static enum base_status search_boasting(void *scratch, struct kern_finds *finds,
                                        struct kern_progress *progress,
                                        const struct kern_work *work, uint64_t first,
                                        uint64_t count, const struct kern_stop *stop)
{
    bool lie = false;
    (void)stop;
    enum base_status status = honest(scratch, finds, progress, work, first, count, &lie);
    progress->units += lie ? 1 : 0;
    return status;
}

static enum base_status search_false(void *scratch, struct kern_finds *finds,
                                     struct kern_progress *progress, const struct kern_work *work,
                                     uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    bool lie = false;
    size_t before = finds->count;
    (void)stop;
    enum base_status status = honest(scratch, finds, progress, work, first, count, &lie);
    if (lie && finds->count > before) {
        finds->solutions[before * finds->slot_bytes + 500] ^= 1;
    }
    return status;
}

/* True when the log has one of the two sentences. Whichever check is first: the answers, or their
 * number, which depends on the machine's load. */
static bool says(const struct bench_outcome *outcome, const char *words)
{
    return strstr(outcome->log, words) != NULL ||
           strstr(outcome->log, "finds where its nonces should give") != NULL;
}

/* A solver's windows have few nonces on a busy machine, and two of them are searched again: one of
 * seven has no solution to hide. A liar that was not caught, or otherwise, is measured again. */
static void expect_caught(kern_search_fn search, const char *words)
{
    enum { TRIES = 10 };
    struct kern_algo row = kern_toysolver_row;
    struct kern_variant liar = *row.variants[0];
    struct kern_variant plain = *row.variants[0];
    const struct kern_variant *variants[] = {&liar, &plain};
    json_t *root = NULL;
    liar.name = "liar";
    liar.search = search;
    plain.search = search_small;
    row.hash = hash_small;
    row.answer_count = 3; /* the last one is of the whole size */
    row.variants = variants;
    row.variant_count = 2;
    const char *line = "bench --json --device cpu --cpu-kernel liar -t 1 --seconds 1";
    struct bench_outcome outcome = run(line, &row);
    for (unsigned i = 1; i < TRIES && !says(&outcome, words); i++) {
        bench_outcome_free(&outcome);
        outcome = run(line, &row);
    }
    assert_int_equal(outcome.code, 1);
    if (!says(&outcome, words)) {
        fail_msg("not \"%s\": %s", words, outcome.log);
    }
    const json_t *result = result_of(&root, &outcome);
    assert_true(number(result, "wrong") > 0);
    json_decref(root);
    bench_outcome_free(&outcome);
}

static void test_lying_solvers(void **state)
{
    (void)state;
    expect_caught(search_missing, "disagrees with the reference");
    expect_caught(search_boasting,
                  "gave"); /* fewer finds than were counted, or than the count implies */
    expect_caught(search_false, "which is no find");
}

/* Both rows stand in the list that this program is linked with. */
static void test_selftest(void **state)
{
    static const char *const names[] = {"toysolver", "toytable"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct mine_run here;
        mine_run_init(&here);
        (void)snprintf(here.config.algo, sizeof here.config.algo, "%s", names[i]);
        assert_int_equal(miner_selftest_command(&here.host), MINER_EXIT_DONE);
        rewind(here.out);
        here.summary = json_loadf(here.out, JSON_DISABLE_EOF_CHECK, NULL);
        assert_true(mine_run_number(&here, "passed") ==
                    (double)kern_algo_find(names[i])->variant_count);
        assert_true(mine_run_number(&here, "failed") == 0);
        mine_run_deinit(&here);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solver_is_measured_in_solutions),
        cmocka_unit_test(test_table_variants),
        cmocka_unit_test(test_fixed_work),
        cmocka_unit_test(test_device),
        cmocka_unit_test(test_lying_solvers),
        cmocka_unit_test(test_selftest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
