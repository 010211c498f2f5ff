/* test_credit.c: the interval of a Poisson count against quantiles summed with 60 decimal digits,
 * and what the comparison of hashes and credit says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_engine.h"
#include "numbers/credit.h"

/* Smallest counts with P(X <= k) >= 0.0005 and >= 0.9995. Computed outside: sums of the series in
 * decimal arithmetic of 60 digits. */
static const struct {
    double expected;
    double low;
    double high;
} quantiles[] = {
    {0.5, 0, 4},
    {1, 0, 6},
    {2.5, 0, 9},
    {5, 0, 14},
    {10, 2, 22},
    {20, 7, 36},
    {50, 28, 75},
    {100, 69, 134},
    {1000, 898, 1106},
    {10000, 9673, 10331},
    {100000, 98961, 101042},
};

static void test_interval(void **state)
{
    double low = 9;
    double high = 9;
    (void)state;
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        miner_credit_interval(quantiles[i].expected, &low, &high);
        assert_true(low == quantiles[i].low && high == quantiles[i].high);
    }
    miner_credit_interval(0, &low, &high);
    assert_true(low == 0 && high == 0);
    miner_credit_interval(1e8, &low, &high); /* 1e8 -+ 3.29 * 1e4 */
    assert_true(low > 1e8 - 32910 && low < 1e8 - 32900);
    assert_true(high > 1e8 + 32900 && high < 1e8 + 32910);
}

static struct miner_credit judge(double hashes, unsigned shares, double work)
{
    struct miner_credit_sums sums = {.hashes = hashes};
    for (unsigned i = 0; i < shares; i++) {
        miner_credit_add(&sums, work);
    }
    return miner_credit_judge(&sums, work);
}

static void test_states(void **state)
{
    (void)state;
    assert_int_equal(judge(0, 0, 1000).state, MINER_CREDIT_EARLY);
    assert_int_equal(judge(5000, 5, 1000).state, MINER_CREDIT_EARLY);
    assert_int_equal(judge(5000, 0, 0).state, MINER_CREDIT_EARLY);
    assert_int_equal(judge(1e5, 69, 1000).state, MINER_CREDIT_FAIR);
    assert_int_equal(judge(1e5, 68, 1000).state, MINER_CREDIT_LOW);
    assert_int_equal(judge(1e5, 134, 1000).state, MINER_CREDIT_FAIR);
    assert_int_equal(judge(1e5, 135, 1000).state, MINER_CREDIT_HIGH);
    assert_int_equal(judge(1e5, 0, 1000).state, MINER_CREDIT_LOW); /* nothing at all */
    struct miner_credit half = judge(2e6, 1000, 1000);
    assert_int_equal(half.state, MINER_CREDIT_LOW);
    assert_true(half.ratio == 0.5 && half.expected == 2000 && half.seen == 1000);
}

/* Two difficulties: a few large shares scatter more than many small ones of the same sum. */
static void test_mixed(void **state)
{
    struct miner_credit_sums sums = {.hashes = 200000};
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        miner_credit_add(&sums, 100);
    }
    for (unsigned i = 0; i < 14; i++) {
        miner_credit_add(&sums, 10000);
    }
    struct miner_credit credit = miner_credit_judge(&sums, 100);
    assert_int_equal(credit.state, MINER_CREDIT_FAIR); /* 75 % of 21 shares says nothing yet */
    assert_true(credit.expected > 20 && credit.expected < 23);
}

/* A pool starts hard and steps down: the hashes that gave no share at first are no loss. */
static void test_steps_down(void **state)
{
    struct miner_credit_sums sums = {.hashes = 0};
    (void)state;
    miner_credit_hashed(&sums, 500000, 1e6); /* half a share is expected: none is no surprise */
    miner_credit_hashed(&sums, 500000, 1e6); /* nothing done since */
    for (unsigned i = 0; i < 100; i++) {
        miner_credit_add(&sums, 1000);
    }
    miner_credit_hashed(&sums, 600000, 1000);
    struct miner_credit credit = miner_credit_judge(&sums, 1000);
    assert_int_equal(credit.state, MINER_CREDIT_EARLY);
    assert_true(credit.expected > 0.7 &&
                credit.expected < 0.8); /* 6e5^2 / (5e5 * 1e6 + 1e5 * 1e3) */
    /* Long afterwards a loss of 15 % is still seen: 4e7 hashes of 1000, 34,000 shares. */
    for (unsigned i = 0; i < 33900; i++) {
        miner_credit_add(&sums, 1000);
    }
    miner_credit_hashed(&sums, 40500000, 1000);
    credit = miner_credit_judge(&sums, 1000);
    assert_int_equal(credit.state, MINER_CREDIT_LOW);
    assert_true(credit.ratio > 0.83 && credit.ratio < 0.85);
}

static void test_causes(void **state)
{
    struct miner_credit_sums sums = {.hashes = 1e6};
    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        miner_credit_add(&sums, 1000);
    }
    assert_non_null(strstr(miner_credit_judge(&sums, 0).cause, "credits less"));
    sums.stale = 400;
    assert_non_null(strstr(miner_credit_judge(&sums, 0).cause, "too late"));
    sums.wrong_chain = 450;
    assert_non_null(strstr(miner_credit_judge(&sums, 0).cause, "another chain"));
    sums.low_difficulty = 460;
    assert_non_null(strstr(miner_credit_judge(&sums, 0).cause, "target"));
    sums.hashes = 1e5;
    assert_non_null(strstr(miner_credit_judge(&sums, 0).cause, "more is credited"));
}

/* Hours of a fair pool at 1000 expected shares an hour, then one that keeps a fifth: since the
 * start that is far from visible, the last hour shows it within two. Chance: none, shares come
 * evenly. */
static void test_last_hour(void **state)
{
    struct miner_credit_window window;
    struct miner_credit_sums sums;
    struct miner_credit credit;
    uint64_t now_ms = 1000;
    unsigned told = 0;
    (void)state;
    memset(&window, 0, sizeof window);
    memset(&sums, 0, sizeof sums);
    for (unsigned step = 0; step < 12 * 24; step++, now_ms += MINER_CREDIT_STEP_MS) {
        sums.hashes += 84000;
        for (unsigned i = 0; i < 84; i++) {
            miner_credit_add(&sums, 1000);
        }
        told += miner_credit_window_look(&window, &credit, &sums, 1000, now_ms);
        told += miner_credit_window_look(&window, &credit, &sums, 1000, now_ms + 1);
    }
    assert_int_equal(told, 0);
    for (unsigned step = 0; step < 24; step++, now_ms += MINER_CREDIT_STEP_MS) {
        sums.hashes += 84000;
        for (unsigned i = 0; i < 84; i++) {
            if (i % 5 == 0) {
                sums.low_difficulty++;
            } else {
                miner_credit_add(&sums, 1000);
            }
        }
        told += miner_credit_window_look(&window, &credit, &sums, 1000, now_ms);
    }
    assert_int_equal(miner_credit_judge(&sums, 1000).state, MINER_CREDIT_FAIR);
    assert_in_range(told, 1, 2); /* once an hour */
    assert_int_equal(credit.state, MINER_CREDIT_LOW);
    assert_true(credit.ratio > 0.79 && credit.ratio < 0.81);
    assert_non_null(strstr(credit.cause, "low difficulty"));
}

/* The refusal of a block that is no share says nothing of what the pool credits; that of a share
 * does. */
static void test_refused_blocks_are_no_loss(void **state)
{
    static const uint8_t block_only[32] = {[0] = 0x10};
    static const uint8_t share[32] = {[0] = 0x01};
    struct miner_engine *engine = fake_engine_new("digibyte", "sha256d", 1);
    const struct pool_job job = {.target_be = {0x08}, .block_target_be = {0x20}};
    struct pool_event event = {
        .kind = POOL_EVENT_VERDICT, .job = &job, .verdict = POOL_LOW_DIFFICULTY};
    (void)state;
    event.hash_be = block_only;
    miner_events_count_credit(engine, &event);
    assert_int_equal(engine->events.credit.low_difficulty, 0);
    event.verdict = POOL_ACCEPTED;
    miner_events_count_credit(engine, &event);
    assert_int_equal(engine->events.credit.accepted, 0);
    event.hash_be = share;
    miner_events_count_credit(engine, &event);
    assert_int_equal(engine->events.credit.accepted, 1);
    event.verdict = POOL_LOW_DIFFICULTY;
    miner_events_count_credit(engine, &event);
    assert_int_equal(engine->events.credit.low_difficulty, 1);
    fake_engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interval),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_causes),
        cmocka_unit_test(test_last_hour),
        cmocka_unit_test(test_steps_down),
        cmocka_unit_test(test_refused_blocks_are_no_loss),
    };
    return cmocka_run_group_tests_name("credit", tests, NULL, NULL);
}
