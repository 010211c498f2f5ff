/* test_bench_run.c: the bench command as a whole: what it prints, and that it fails when a kernel
 * lies. The lying kernels are rows of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <jansson.h>
#include <string.h>

#include "base/cpu.h"
#include "bench_command.h"

static struct bench_outcome run(const char *words, const struct kern_algo *algo)
{
    struct bench_machine machine = bench_command_machine();
    return bench_command(words, &machine, &algo, 1);
}

static struct bench_outcome run_alephium(const char *words)
{
    return run(words, kern_algo_find("alephium"));
}

static double number(const json_t *object, const char *member)
{
    bool missing = false;
    double value = bench_outcome_number(object, member, &missing);
    assert_false(missing);
    return value;
}

static void test_json_contract(void **state)
{
    static const char *const texts[] = {"algorithm", "device", "kernel", "unit"};
    (void)state;
    struct bench_outcome outcome =
        run_alephium("bench --json -a alephium --device cpu -t 1 --seconds 1 -q");
    assert_string_equal(outcome.log, "");
    assert_int_equal(outcome.code, 0);
    json_t *root = json_loads(outcome.out, 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "shardpick")), "1.2.3");
    assert_true(json_is_object(json_object_get(root, "machine")));
    const json_t *results = json_object_get(root, "results");
    assert_int_equal(json_array_size(results), 1);
    const json_t *result = json_array_get(results, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(json_is_string(json_object_get(result, texts[i])));
    }
    assert_true(number(result, "lanes") == 1);
    double rate = number(result, "hashrate");
    assert_true(number(result, "hashrate_min") > 0);
    assert_true(number(result, "hashrate_min") <= rate && rate <= number(result, "hashrate_max"));
    assert_true(number(result, "seconds") > 0 && number(result, "seconds") < 5);
    /* Total over time lies within the windows' extremes. */
    double mean = number(result, "hashes") / number(result, "seconds");
    assert_true(mean >= number(result, "hashrate_min") && mean <= number(result, "hashrate_max"));
    assert_true(number(result, "verified") > 1000);
    assert_true(number(result, "wrong") == 0);
    assert_non_null(json_object_get(result, "limit"));
    assert_non_null(json_object_get(result, "of_limit"));
    json_decref(root);
    bench_outcome_free(&outcome);
}

/* The hashrate is what all lanes did in the time they had together, also where they share
 * processors: the work over the time lies within the spread of the windows, and is no multiple of
 * what fewer lanes do. */
static void test_more_lanes_than_places(void **state)
{
    static const unsigned lanes[] = {1, 2, 3, 8, 64};
    double least = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
        char words[128];
        (void)snprintf(words, sizeof words, "bench --json --device cpu -t %u --seconds 0.5 -q",
                       lanes[i]);
        struct bench_outcome outcome = run_alephium(words);
        assert_int_equal(outcome.code, 0);
        json_t *root = json_loads(outcome.out, 0, NULL);
        assert_non_null(root);
        const json_t *result = json_array_get(json_object_get(root, "results"), 0);
        double mean = number(result, "hashes") / number(result, "seconds");
        assert_true(mean >= number(result, "hashrate_min") * 0.999);
        assert_true(mean <= number(result, "hashrate_max") * 1.001);
        least = i == 0 ? number(result, "limit") : least;
        if (least > 0) { /* of one lane: two processors cannot do more than twice that */
            assert_true(number(result, "limit") < 4 * least);
        }
        json_decref(root);
        bench_outcome_free(&outcome);
    }
    struct bench_outcome outcome = run_alephium("bench --device cpu -t 5 --seconds 0.2 -q");
    assert_non_null(strstr(outcome.out, "5 lanes shared 2 hardware threads"));
    bench_outcome_free(&outcome);
}

/* Whatever best kernel an algorithm has here, its limit is measured where it has a probe. No bounds
 * on the share: that is the machine's business, and other programs'. */
static void test_every_limit_is_stated(void **state)
{
    (void)state;
    for (size_t i = 0; i < kern_algo_count(); i++) {
        const struct kern_algo *algo = kern_algo_at(i);
        const struct kern_variant *best = kern_variant_best(algo, base_cpu_detect());
        struct bench_outcome outcome = run("bench --json --device cpu -t 1 --seconds 0.2 -q", algo);
        assert_int_equal(outcome.code, 0);
        json_t *root = json_loads(outcome.out, 0, NULL);
        assert_non_null(root);
        const json_t *result = json_array_get(json_object_get(root, "results"), 0);
        assert_string_equal(json_string_value(json_object_get(result, "kernel")), best->name);
        if (best->probe != NULL) {
            assert_true(number(result, "limit") > 0);
            assert_true(number(result, "of_limit") > 0);
        } else {
            assert_true(json_is_null(json_object_get(result, "limit")));
        }
        json_decref(root);
        bench_outcome_free(&outcome);
    }
}

/* ---- lying kernels ------------------------------------------------------------------------ */

static const struct kern_variant *honest(void)
{
    const struct kern_algo *algo = kern_algo_find("alephium");
    return kern_variant_best(algo, base_cpu_detect());
}

/* Every lie starts from the truth, and is told only for headers that are no known answer, so that
 * the self-test at the start does not see it. */
static bool is_known_answer(const struct kern_work *work)
{
    return work->header[24] == 0 && work->header[25] == 7;
}

static enum base_status search_false(void *scratch, struct kern_finds *finds,
                                     struct kern_progress *progress, const struct kern_work *work,
                                     uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    size_t before = finds->count;
    enum base_status status = honest()->search(scratch, finds, progress, work, first, count, stop);
    if (!is_known_answer(work) && finds->count > before) {
        finds->entries[before].counter ^= 1;
    }
    return status;
}

/* Misses every fourth find. */
static enum base_status search_missing(void *scratch, struct kern_finds *finds,
                                       struct kern_progress *progress, const struct kern_work *work,
                                       uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    size_t kept = finds->count;
    enum base_status status = honest()->search(scratch, finds, progress, work, first, count, stop);
    for (size_t i = kept; i < finds->count; i++) {
        if (is_known_answer(work) || finds->entries[i].counter % 4 != 3) {
            finds->entries[kept++] = finds->entries[i];
        }
    }
    finds->count = kept;
    return status;
}

/* Says it tried all, but tries the first few of long ranges only: short checks see nothing. The
 * border is just above what a check takes at a time, far below a call of a window, however slow the
 * build; and what is left of the finds is too little for any load of the machine. */
static enum base_status search_lazy(void *scratch, struct kern_finds *finds,
                                    struct kern_progress *progress, const struct kern_work *work,
                                    uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    uint64_t really = count > 64 && !is_known_answer(work) ? 1 : count;
    enum base_status status = honest()->search(scratch, finds, progress, work, first, really, stop);
    if (status == BASE_OK) {
        *progress = kern_progress_hashes(count);
    }
    return status;
}

/* Reports more nonces than it was given. */
static enum base_status search_boasting(void *scratch, struct kern_finds *finds,
                                        struct kern_progress *progress,
                                        const struct kern_work *work, uint64_t first,
                                        uint64_t count, const struct kern_stop *stop)
{
    enum base_status status = honest()->search(scratch, finds, progress, work, first, count, stop);
    progress->tried += is_known_answer(work) ? 0 : 1;
    progress->units = progress->tried;
    return status;
}

/* A window on a busy machine may be too short for the check that says so: another one catches the
 * liar then, or none does, and it is measured again. */
static void expect_caught(kern_search_fn search, const char *words)
{
    enum { TRIES = 10 };
    struct kern_algo row = *kern_algo_find("alephium");
    struct kern_variant liar = *honest();
    const struct kern_variant *variants[] = {&liar, row.variants[row.variant_count - 1]};
    liar.name = "liar";
    liar.search = search;
    row.variants = variants;
    row.variant_count = 2;
    const char *line = "bench --json --device cpu --cpu-kernel liar -t 1 --seconds 1";
    struct bench_outcome outcome = run(line, &row);
    for (unsigned i = 1; i < TRIES && strstr(outcome.log, words) == NULL; i++) {
        print_message("caught otherwise, or not: %s\n", outcome.log);
        bench_outcome_free(&outcome);
        outcome = run(line, &row);
    }
    assert_int_equal(outcome.code, 1);
    assert_non_null(strstr(outcome.log, "kernel liar"));
    assert_non_null(strstr(outcome.log, words));
    json_t *root = json_loads(outcome.out, 0, NULL); /* printed all the same */
    assert_non_null(root);
    const json_t *result = json_array_get(json_object_get(root, "results"), 0);
    assert_true(number(result, "wrong") > 0);
    assert_true(json_is_string(json_object_get(result, "fault")));
    json_decref(root);
    bench_outcome_free(&outcome);
}

static void test_false_find_fails(void **state)
{
    (void)state;
    expect_caught(search_false, "which is no find");
}

static void test_missed_finds_fail(void **state)
{
    (void)state;
    expect_caught(search_missing, "disagrees with the reference");
}

static void test_untried_nonces_fail(void **state)
{
    (void)state;
    /* by the number of finds, or by a sample that lies where nothing was tried */
    expect_caught(search_lazy, " find");
}

static void test_broken_contract_fails(void **state)
{
    (void)state;
    expect_caught(search_boasting, "broke its contract");
}

/* A kernel that fails its known answer is not measured at all. */
static enum base_status search_nothing(void *scratch, struct kern_finds *finds,
                                       struct kern_progress *progress, const struct kern_work *work,
                                       uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    (void)scratch;
    (void)finds;
    (void)work;
    (void)first;
    (void)stop;
    *progress = kern_progress_hashes(count);
    return BASE_OK;
}

static void test_failed_self_test_is_refused(void **state)
{
    (void)state;
    struct kern_algo row = *kern_algo_find("alephium");
    struct kern_variant variant = *honest();
    const struct kern_variant *variants[] = {&variant};
    variant.name = "silent";
    variant.search = search_nothing;
    row.variants = variants;
    row.variant_count = 1;
    struct bench_outcome outcome = run("bench --json --device cpu -t 1 --seconds 1", &row);
    assert_int_equal(outcome.code, 3);
    assert_non_null(strstr(outcome.log, "silent"));
    assert_string_equal(outcome.out, "");
    bench_outcome_free(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_contract),
        cmocka_unit_test(test_more_lanes_than_places),
        cmocka_unit_test(test_every_limit_is_stated),
        cmocka_unit_test(test_false_find_fails),
        cmocka_unit_test(test_missed_finds_fail),
        cmocka_unit_test(test_untried_nonces_fail),
        cmocka_unit_test(test_broken_contract_fails),
        cmocka_unit_test(test_failed_self_test_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
