/* test_units.c: numbers as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include "base/rate.h"
#include "log/units.h"

static void test_rates(void **state)
{
    static const struct {
        double rate;
        const char *unit;
        const char *text;
    } rows[] = {
        {0, "H", "0.00 H/s"},         {99.994, "H", "99.99 H/s"}, {999.9, "H", "999.9 H/s"},
        {1000, "H", "1.00 kH/s"},     {3.4e9, "H", "3.40 GH/s"},  {1.25e14, "H", "125.0 TH/s"},
        {2.5e18, "H", "2500.0 PH/s"}, {4.7, "Sol", "4.70 Sol/s"}, {340000, "Sol", "340.0 kSol/s"}};
    char text[32];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(base_rate_text(text, sizeof text, rows[i].rate, rows[i].unit),
                            rows[i].text);
    }
    assert_string_equal(miner_unit_noun("H"), "hashes");
    assert_string_equal(miner_unit_noun("Sol"), "solutions");
}

static void test_counts(void **state)
{
    char text[32];
    (void)state;
    assert_string_equal(miner_unit_count(text, sizeof text, 940), "940.0");
    assert_string_equal(miner_unit_count(text, sizeof text, 18.62e6), "18.62 M");
    assert_string_equal(miner_unit_bytes(text, sizeof text, 480ULL << 20), "480 MiB");
    assert_string_equal(miner_unit_plural(text, sizeof text, 1, "lane"), "1 lane");
    assert_string_equal(miner_unit_plural(text, sizeof text, 2, "lane"), "2 lanes");
}

static void test_spans(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } rows[] = {{0, "0.00 s"},      {0.25, "0.25 s"},      {12.4, "12 s"},    {119, "119 s"},
                {150, "2.5 min"},   {7200, "2.0 h"},       {172800, "2.0 d"}, {1e6, "12 d"},
                {1e8, "3.2 years"}, {1e12, "31688 years"}, {1.0 / 0.0, "-"}};
    char text[32];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(miner_unit_span(text, sizeof text, rows[i].seconds), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
