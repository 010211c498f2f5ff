/* test_bench_stats.c: medians and intervals against published tables, ratios against data whose
 * answer is known by construction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <math.h>

#include "base/random.h"
#include "measure/measure_cpu.h"
#include "measure/stats.h"

/* Order statistics for a 95 % interval of the median. Source: Conover, Practical Nonparametric
 * Statistics, table A3 (binomial, p = 0.5); the same ranks are printed in most statistics texts. */
static void test_interval_ranks(void **state)
{
    static const struct {
        size_t count;
        size_t rank;
    } known[] = {{0, 0},  {1, 0},  {5, 0},  {6, 1},  {8, 1},   {9, 2},   {11, 2},  {12, 3},
                 {15, 4}, {17, 5}, {20, 6}, {25, 8}, {30, 10}, {50, 18}, {100, 40}};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_int_equal(bench_interval_rank(known[i].count), known[i].rank);
    }
}

/* Many values: the normal approximation n/2 - 0.98 sqrt(n) must be met within one rank. */
static void test_interval_rank_of_many(void **state)
{
    (void)state;
    double rank = (double)bench_interval_rank(512);
    assert_true(fabs(rank - (256 - 0.98 * sqrt(512))) < 1.5);
}

static void test_summary(void **state)
{
    static const double nine[] = {5, 1, 9, 3, 7, 2, 8, 4, 6};
    static const double four[] = {4, 1, 3, 2};
    struct bench_summary summary;
    (void)state;
    bench_summarise(&summary, nine, 9);
    assert_int_equal(summary.count, 9);
    assert_true(summary.median == 5 && summary.min == 1 && summary.max == 9);
    assert_true(summary.has_interval && summary.low == 2 && summary.high == 8);
    assert_true(nine[0] == 5); /* input keeps its order */
    bench_summarise(&summary, four, 4);
    assert_true(summary.median == 2.5 && !summary.has_interval);
    bench_summarise(&summary, four, 0);
    assert_true(summary.count == 0 && summary.median == 0);
}

/* About normal (sum of twelve uniforms), mean 1, so that a spread in per cent is plain to see. */
static double noisy(struct base_random *random, double mean, double sigma)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        sum += (double)(base_random_next(random) >> 11) * 0x1p-53;
    }
    return mean * (1 + sigma * sum);
}

static struct bench_summary sample(struct base_random *random, size_t count, double mean,
                                   double sigma)
{
    double values[BENCH_WINDOWS_MAX];
    struct bench_summary summary;
    for (size_t i = 0; i < count; i++) {
        values[i] = noisy(random, mean, sigma);
    }
    bench_summarise(&summary, values, count);
    return summary;
}

/* The interval must hold the true median in at least 95 % of experiments. */
static void test_interval_covers(void **state)
{
    struct base_random random = {1};
    unsigned covered = 0;
    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        struct bench_summary summary = sample(&random, 20, 100, 0.02);
        covered += summary.low <= 100 && 100 <= summary.high;
    }
    assert_in_range(covered, 1900, 1999);
}

static void test_noise_is_no_change(void **state)
{
    struct base_random random = {2};
    unsigned called = 0;
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        struct bench_summary before = sample(&random, 20, 1e6, 0.02);
        struct bench_summary now = sample(&random, 20, 1e6, 0.02);
        struct bench_ratio ratio = bench_compare_summaries(&now, &before);
        called += ratio.verdict != BENCH_SAME;
    }
    assert_in_range(called, 0, 30); /* under 5 % by design; 3 % allows for this seed */
}

static void test_change_is_seen(void **state)
{
    struct base_random random = {3};
    unsigned covered = 0;
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        struct bench_summary before = sample(&random, 20, 1e6, 0.01);
        struct bench_summary faster = sample(&random, 20, 1.05e6, 0.01);
        struct bench_ratio up = bench_compare_summaries(&faster, &before);
        struct bench_ratio down = bench_compare_summaries(&before, &faster);
        assert_int_equal(up.verdict, BENCH_FASTER);
        assert_int_equal(down.verdict, BENCH_SLOWER);
        covered += up.low <= 1.05 && 1.05 <= up.high;
    }
    assert_in_range(covered, 190, 200);
}

static void test_too_little_to_tell(void **state)
{
    static const double five[] = {1, 1, 1, 1, 1};
    static const double ten[] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    struct bench_summary few;
    struct bench_summary many;
    struct bench_summary none;
    (void)state;
    bench_summarise(&few, five, 5);
    bench_summarise(&many, ten, 10);
    bench_summarise(&none, ten, 0);
    assert_int_equal(bench_compare_summaries(&many, &few).verdict, BENCH_UNSURE);
    assert_int_equal(bench_compare_summaries(&few, &many).verdict, BENCH_UNSURE);
    assert_int_equal(bench_compare_summaries(&many, &none).verdict, BENCH_UNSURE);
    assert_int_equal(bench_compare_summaries(&none, &many).verdict, BENCH_UNSURE);
}

/* Windows without any spread: a change below the floor is still no change. */
static void test_floor(void **state)
{
    double before_values[10];
    double now_values[10];
    struct bench_summary before;
    struct bench_summary now;
    (void)state;
    for (int i = 0; i < 10; i++) {
        before_values[i] = 1000;
        now_values[i] = 1003;
    }
    bench_summarise(&before, before_values, 10);
    bench_summarise(&now, now_values, 10);
    assert_int_equal(bench_compare_summaries(&now, &before).verdict, BENCH_SAME);
}

/* Hashes: windows of a quarter of a second. A solver with ten nonces a second: sixteen nonces a
 * window, three windows at least, whatever was asked for. */
static void test_rounds(void **state)
{
    struct bench_cpu_plan plan = {.seconds = 5};
    double slot_s = 0;
    (void)state;
    assert_int_equal(bench_rounds(&slot_s, &plan, 1e9), 20);
    assert_true(slot_s == 0.25);
    assert_int_equal(bench_rounds(&slot_s, &plan, 0), 20);
    assert_int_equal(bench_rounds(&slot_s, &plan, 10), 3);
    assert_true(fabs(slot_s - 5.0 / 3) < 1e-9);
    plan.seconds = 16;
    assert_int_equal(bench_rounds(&slot_s, &plan, 10), 10);
    assert_true(fabs(slot_s - 1.6) < 1e-9);
    plan.seconds = 1;
    assert_int_equal(bench_rounds(&slot_s, &plan, 10), 3);
    assert_true(fabs(slot_s - 1.6) < 1e-9);
    plan.scaling = true;
    assert_int_equal(bench_rounds(&slot_s, &plan, 10), 3);
    assert_true(fabs(slot_s - 3.2) < 1e-9);
    plan.rounds = 4; /* the caller's choice */
    assert_int_equal(bench_rounds(&slot_s, &plan, 10), 4);
    assert_true(fabs(slot_s - 0.25) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interval_ranks),
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_interval_rank_of_many),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_interval_covers),
        cmocka_unit_test(test_noise_is_no_change),
        cmocka_unit_test(test_change_is_seen),
        cmocka_unit_test(test_too_little_to_tell),
        cmocka_unit_test(test_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
