/* test_counters.c: percentiles, hashrates over windows, and the sums of verdicts. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "lanes/counters.h"

static double histogram_ms(const struct miner_histogram *histogram, double part)
{
    static struct miner_times times;
    memset(&times, 0, sizeof times);
    miner_histogram_take(&times, histogram);
    return miner_times_ms(&times, part);
}

static void test_empty_histogram(void **state)
{
    (void)state;
    static struct miner_histogram histogram;
    assert_true(histogram_ms(&histogram, 0.5) == 0);
}

/* Times 1..100000 us in any order: percentiles are known, and told within a sixteenth, never low.
 */
static void test_percentiles(void **state)
{
    (void)state;
    static struct miner_histogram histogram;
    for (uint64_t i = 0; i < 100000; i++) {
        miner_histogram_add(&histogram, (i * 7919 % 100000 + 1) * 1000);
    }
    const double parts[] = {0.01, 0.1, 0.5, 0.9, 0.99, 1.0};
    for (size_t i = 0; i < BASE_COUNT_OF(parts); i++) {
        double exact = parts[i] * 100.0;
        double told = histogram_ms(&histogram, parts[i]);
        assert_true(told >= exact * 0.9999);
        assert_true(told <= exact * 1.0626);
    }
    assert_true(histogram_ms(&histogram, 1.0) == 100.0);
}

static void test_histogram_takes_any_time(void **state)
{
    (void)state;
    static struct miner_histogram histogram;
    miner_histogram_add(&histogram, 0);
    miner_histogram_add(&histogram, UINT64_MAX);
    assert_true(histogram_ms(&histogram, 0.5) == 0);
    assert_true(histogram_ms(&histogram, 1.0) > 1e9);
}

static void *add_many(void *argument)
{
    for (uint64_t i = 0; i < 20000; i++) {
        miner_histogram_add(argument, i);
    }
    return NULL;
}

static void test_histogram_counts_every_thread(void **state)
{
    (void)state;
    static struct miner_histogram histogram;
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &histogram), 0);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(miner_counted(&histogram.count), 60000);
    assert_int_equal(miner_counted(&histogram.max_ns), 19999);
}

/* A thousand a second for 100 s, then five thousand a second for 20 s. */
static void test_meter_windows(void **state)
{
    (void)state;
    static struct miner_meter meter;
    uint64_t total = 0;
    assert_true(miner_meter_rate(&meter, 10000) == 0);
    miner_meter_add(&meter, 0, 0);
    assert_true(miner_meter_rate(&meter, 10000) == 0);
    for (uint64_t s = 1; s <= 120; s++) {
        total += s <= 100 ? 1000 : 5000;
        miner_meter_add(&meter, s * 1000000000U, total);
    }
    assert_true(miner_meter_rate(&meter, 10000) == 5000);
    assert_true(miner_meter_rate(&meter, 60000) == (40 * 1000 + 20 * 5000) / 60.0);
    assert_true(miner_meter_rate(&meter, 900000) == 200000 / 120.0);
}

static void test_meter_over_its_ring(void **state)
{
    (void)state;
    static struct miner_meter meter;
    for (uint64_t s = 0; s < 3ULL * MINER_METER_SAMPLES; s++) {
        miner_meter_add(&meter, s * 1000000000U, s * s);
    }
    uint64_t last = 3ULL * MINER_METER_SAMPLES - 1;
    assert_true(miner_meter_rate(&meter, 900000) ==
                (double)(last * last - (last - 900) * (last - 900)) / 900);
}

/* The ten largest of twelve, in order; and of two tallies. */
static void test_best(void **state)
{
    static const uint64_t finds[] = {7, 90, 3, 12, 90, 1, 55, 4, 18, 2, 61, 8};
    static const uint64_t kept[MINER_BEST] = {90, 90, 61, 55, 18, 12, 8, 7, 4, 3};
    static struct miner_tally tally;
    static struct miner_tally more;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(finds); i++) {
        miner_tally_best(&tally, finds[i]);
    }
    for (size_t i = 0; i < MINER_BEST; i++) {
        assert_int_equal(miner_counted(&tally.best[i]), kept[i]);
    }
    miner_tally_best(&more, 60);
    miner_tally_add(&tally, &more);
    assert_int_equal(miner_counted(&tally.best[3]), 60);
    assert_int_equal(miner_counted(&tally.best[9]), 4);
}

static void test_tally(void **state)
{
    (void)state;
    static struct miner_tally tally;
    miner_count(&tally.found[2], 10);
    miner_tally_verdict(&tally, 2, POOL_ACCEPTED, true);
    miner_tally_verdict(&tally, 2, POOL_ACCEPTED, false);
    miner_tally_verdict(&tally, 3, POOL_STALE, false);
    miner_tally_verdict(&tally, 2, POOL_LOW_DIFFICULTY, false);
    miner_tally_verdict(&tally, 2, POOL_REFUSED, false);
    miner_tally_verdict(&tally, 2, POOL_UNANSWERED, false);
    miner_tally_verdict(&tally, 2, POOL_NOT_SENT, false);
    assert_int_equal(miner_tally_sum(tally.accepted), 2);
    assert_int_equal(miner_counted(&tally.accepted[2]), 2);
    assert_int_equal(miner_counted(&tally.blocks), 1);
    assert_int_equal(miner_counted(&tally.stale[3]), 1);
    assert_int_equal(miner_tally_sum(tally.rejected), 2);
    assert_int_equal(miner_tally_open(&tally), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_histogram),
        cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_histogram_takes_any_time),
        cmocka_unit_test(test_histogram_counts_every_thread),
        cmocka_unit_test(test_meter_windows),
        cmocka_unit_test(test_meter_over_its_ring),
        cmocka_unit_test(test_best),
        cmocka_unit_test(test_tally),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
