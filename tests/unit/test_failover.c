/* test_failover.c: which server is tried when, over simulated days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "source/failover.h"

static void init(struct pool_failover *failover, size_t servers, uint64_t seed)
{
    struct pool_config config = {.server_count = servers,
                                 .backoff_min_ms = 1000,
                                 .backoff_max_ms = 30000,
                                 .ban_backoff_ms = 60000};
    pool_failover_init(failover, &config, seed);
}

static void test_first_that_works_serves(void **state)
{
    struct pool_failover f;
    (void)state;
    init(&f, 3, 1);
    assert_int_equal(pool_failover_pick(&f, 3, 0, 0), 0);
    uint32_t wait_ms = pool_failover_failed(&f, 0, POOL_FAILURE_ORDINARY, 0, 1000);
    assert_int_equal(pool_failover_pick(&f, 3, 0, 1000), 1); /* at once, not after the wait */
    (void)pool_failover_failed(&f, 1, POOL_FAILURE_ORDINARY, 0, 1000);
    assert_int_equal(pool_failover_pick(&f, 3, 0, 1000), 2);
    assert_int_equal(pool_failover_pick(&f, 3, 4, 1000), -1); /* 2 is being tried already */
    /* while 2 serves, 0 is due again first of all */
    assert_int_equal(pool_failover_pick(&f, 2, 0, 1000 + wait_ms - 1) == 0, 0);
    assert_int_equal(pool_failover_pick(&f, 2, 0, 1000 + wait_ms), 0);
    assert_int_equal(pool_failover_pick(&f, 0, 0, UINT64_MAX), -1); /* nobody is better than 0 */
    assert_true(pool_failover_due_ms(&f, 0, 0) == UINT64_MAX);
}

static void test_backoff_grows_with_jitter_and_cap(void **state)
{
    (void)state;
    bool differ = false;
    uint32_t last = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct pool_failover f;
        uint64_t now_ms = 0;
        uint32_t first = 0;
        init(&f, 1, seed);
        for (unsigned i = 0; i < 40; i++) {
            uint32_t wait_ms = pool_failover_failed(&f, 0, POOL_FAILURE_ORDINARY, 0, now_ms);
            uint64_t base = i < 5 ? 1000ULL << i : 30000;
            assert_true(wait_ms >= base / 2);
            assert_true(wait_ms <= base * 7 / 8);
            assert_true(pool_failover_due_ms(&f, 1, 0) == now_ms + wait_ms);
            now_ms += wait_ms;
            first = i == 0 ? wait_ms : first;
        }
        differ = differ || (last != 0 && first != last);
        last = first;
        /* 20 s of good service clear the record */
        assert_true(pool_failover_failed(&f, 0, POOL_FAILURE_ORDINARY, 19999, now_ms) >= 15000);
        assert_true(pool_failover_failed(&f, 0, POOL_FAILURE_ORDINARY, 20000, now_ms) <= 1000);
    }
    assert_true(differ);
}

static void test_ban_and_login(void **state)
{
    struct pool_failover f;
    uint64_t expected = 60000;
    (void)state;
    init(&f, 2, 5);
    for (unsigned i = 0; i < 8; i++) {
        uint32_t wait_ms = pool_failover_failed(&f, 0, POOL_FAILURE_BAN, 0, 0);
        assert_true(wait_ms >= expected);
        assert_true(wait_ms <= expected + expected / 8);
        expected = expected * 2 > 600000 ? 600000 : expected * 2;
    }
    assert_true(pool_failover_failed(&f, 1, POOL_FAILURE_LOGIN, 0, 0) >= 30000);
}

/* A node on this machine is tried again after 2 s at most; a pool there and a node elsewhere are
 * not. */
static void test_own_node(void **state)
{
    static const struct {
        enum pool_scheme scheme;
        const char *host;
        bool near;
    } cases[] = {
        {POOL_DAEMON_HTTP, "127.0.0.1", true},    {POOL_DAEMON_TCP, "localhost", true},
        {POOL_DAEMON_TCP, "::1", true},           {POOL_DAEMON_HTTPS, "127.8.9.1", true},
        {POOL_DAEMON_HTTP, "192.168.1.2", false}, {POOL_STRATUM_TCP, "127.0.0.1", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pool_failover f;
        struct pool_config config = {.server_count = 1,
                                     .backoff_min_ms = 1000,
                                     .backoff_max_ms = 30000,
                                     .ban_backoff_ms = 60000};
        uint32_t longest_ms = 0;
        config.servers[0].scheme = cases[i].scheme;
        (void)snprintf(config.servers[0].host, sizeof config.servers[0].host, "%s", cases[i].host);
        pool_failover_init(&f, &config, 1);
        for (unsigned j = 0; j < 20; j++) {
            uint32_t wait_ms = pool_failover_failed(&f, 0, POOL_FAILURE_ORDINARY, 0, 0);
            longest_ms = wait_ms > longest_ms ? wait_ms : longest_ms;
        }
        assert_int_equal(longest_ms <= 2000, cases[i].near);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_that_works_serves),
        cmocka_unit_test(test_backoff_grows_with_jitter_and_cap),
        cmocka_unit_test(test_ban_and_login),
        cmocka_unit_test(test_own_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
