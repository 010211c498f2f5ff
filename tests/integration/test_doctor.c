/* test_doctor.c: the examination of servers: right URLs, each port taken for each other, a node
 * that is not synced or has no addresses, a silent port, a port where nothing is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "listen.h"
#include "tools/doctor.h"

static const char login[] = "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig1";

static struct pool_devnet *start(unsigned version)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error = {BASE_OK, ""};
    pool_devnet_defaults(&config);
    config.node_port = 0;
    config.rest_port = 0;
    config.pool_port = 0;
    config.node_version = version;
    config.pool_notify_ms = 50;
    config.push_interval_ms = 20;
    config.seed = 5;
    config.hash = loop_nonce_is_hash;
    if (pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return devnet;
}

static struct pool_report examine(const char *scheme, uint16_t port, uint16_t rest_port,
                                  const char *user)
{
    static struct pool_config config;
    struct pool_report report;
    struct base_error error = {BASE_OK, ""};
    char url[128];
    unsigned tries = 1;
    uint64_t begin_ms = 0;
    memset(&config, 0, sizeof config);
    config.coin = pool_coin_find("alephium");
    config.server_count = 1;
    config.first_job_timeout_ms = 1500;
    (void)snprintf(config.agent, sizeof config.agent, "test/1");
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u", scheme, port);
    assert_int_equal(pool_server_parse(&config.servers[0], url, &error), BASE_OK);
    config.servers[0].rest_port = rest_port;
    (void)snprintf(config.servers[0].user, POOL_LOGIN_MAX, "%s", user);
    do {
        assert_true(tries++ <= LOOP_TRIES);
        begin_ms = base_clock_ms();
        assert_int_equal(pool_doctor_run(&report, &config, 0, &error), BASE_OK);
    } while (base_clock_ms() - begin_ms >= POOL_DOCTOR_MS + 5000);
    return report;
}

static void expect(const struct pool_report *report, const char *name,
                   enum pool_check_result result, const char *part)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct pool_check *check = &report->checks[i];
        if (strcmp(check->name, name) == 0) {
            if (check->result != result || strstr(check->text, part) == NULL) {
                fail_msg("%s is %s: %s", name, pool_check_word(check->result), check->text);
            }
            return;
        }
    }
    fail_msg("there is no check %s", name);
}

static void expect_url(const struct pool_report *report, const char *scheme, uint16_t port)
{
    char url[128];
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u", scheme, port);
    assert_string_equal(report->url, url);
}

static void good_node(unsigned version, const char *dialect)
{
    struct pool_devnet *devnet = start(version);
    uint16_t port = pool_devnet_node_port(devnet);
    struct pool_report report = examine("daemon+tcp", port, pool_devnet_rest_port(devnet), "");
    assert_true(report.works);
    expect_url(&report, "daemon+tcp", port);
    expect(&report, "name", POOL_CHECK_OK, "127.0.0.1");
    expect(&report, "connect", POOL_CHECK_OK, "round trip");
    expect(&report, "protocol", POOL_CHECK_OK, dialect);
    expect(&report, "work", POOL_CHECK_OK, "jobs for 16 chains");
    expect(&report, "synced", POOL_CHECK_OK, "selfReady true, synced true");
    expect(&report, "addresses", POOL_CHECK_OK, "four");
    expect(&report, "version", POOL_CHECK_OK, "v");
    expect(&report, "clock", POOL_CHECK_OK, "HTTP");
    assert_true(report.connect_ms > 0 && report.job_ms > 0 && report.clock_known);
    pool_devnet_stop(devnet);
}

static void test_good_nodes(void **state)
{
    (void)state;
    good_node(1, "version 1");
    good_node(0, "version 0");
}

/* Only its miner port is open to us. */
static void test_node_without_rest(void **state)
{
    struct pool_devnet *devnet = start(1);
    (void)state;
    struct pool_report report = examine("daemon+tcp", pool_devnet_node_port(devnet), 1, "");
    assert_true(report.works);
    expect(&report, "work", POOL_CHECK_OK, "jobs for 16 chains");
    expect(&report, "node", POOL_CHECK_SKIPPED, "gives work, but its REST port 1 does not answer");
    pool_devnet_stop(devnet);
}

static void test_pool(void **state)
{
    struct pool_devnet *devnet = start(1);
    uint16_t port = pool_devnet_pool_port(devnet);
    (void)state;
    struct pool_report report = examine("stratum+tcp", port, 0, login);
    assert_true(report.works);
    expect_url(&report, "stratum+tcp", port);
    expect(&report, "login", POOL_CHECK_OK, "group 2");
    expect(&report, "clock", POOL_CHECK_OK, "in its jobs");
    report = examine("stratum+tcp", port, 0, "");
    assert_false(report.works);
    expect(&report, "login", POOL_CHECK_PROBLEM, "-u ADDRESS.WORKER");
    report = examine("stratum+tcp", port, 0, "0AqVG.rig1");
    assert_true(report.works); /* the pool judges, and it has not refused */
    expect(&report, "login", POOL_CHECK_PROBLEM, "looks odd");
    pool_devnet_stop(devnet);
}

/* Every port taken for another; each time the URL that works is found. */
static void test_wrong_ports(void **state)
{
    struct pool_devnet *devnet = start(1);
    uint16_t node = pool_devnet_node_port(devnet);
    uint16_t pool = pool_devnet_pool_port(devnet);
    uint16_t rest = pool_devnet_rest_port(devnet);
    (void)state;
    struct pool_report report = examine("daemon+tcp", pool, 0, "");
    assert_false(report.works);
    expect(&report, "protocol", POOL_CHECK_PROBLEM, "pool port");
    expect_url(&report, "stratum+tcp", pool);
    report = examine("stratum+tcp", node, 0, login);
    assert_false(report.works);
    expect(&report, "protocol", POOL_CHECK_PROBLEM, "miner port");
    expect_url(&report, "daemon+tcp", node);
    report = examine("stratum+ssl", pool, 0, login);
    assert_false(report.works);
    expect(&report, "connect", POOL_CHECK_PROBLEM, "does not speak TLS");
    expect_url(&report, "stratum+tcp", pool);
    report = examine("daemon+tcp", rest, rest, "");
    assert_false(report.works);
    expect_url(&report, "daemon+tcp", node);
    report = examine("stratum+tcp", rest, 0, login);
    assert_false(report.works);
    expect_url(&report, "daemon+tcp", node);
    pool_devnet_stop(devnet);
}

static void test_node_refuses(void **state)
{
    struct pool_devnet *devnet = start(1);
    struct pool_devnet_faults faults = {.not_synced = 1};
    uint16_t port = pool_devnet_node_port(devnet);
    uint16_t rest = pool_devnet_rest_port(devnet);
    (void)state;
    pool_devnet_set_faults(devnet, &faults);
    struct pool_report report = examine("daemon+tcp", port, rest, "");
    assert_false(report.works);
    assert_string_equal(report.url, "");
    expect(&report, "synced", POOL_CHECK_PROBLEM, "synced false");
    expect(&report, "addresses", POOL_CHECK_SKIPPED, "not asked");
    faults = (struct pool_devnet_faults){.no_addresses = 1};
    pool_devnet_set_faults(devnet, &faults);
    report = examine("daemon+tcp", port, rest, "");
    assert_false(report.works);
    expect(&report, "synced", POOL_CHECK_OK, "");
    expect(&report, "addresses", POOL_CHECK_PROBLEM, "");
    pool_devnet_stop(devnet);
}

static void test_nobody(void **state)
{
    uint16_t port = 0;
    int fd = listen_socket(&port);
    (void)state;
    /* It listens and never says a word. */
    struct pool_report report = examine("daemon+tcp", port, 1, "");
    assert_false(report.works);
    expect(&report, "connect", POOL_CHECK_OK, "127.0.0.1");
    expect(&report, "protocol", POOL_CHECK_PROBLEM, "no job within");
    assert_string_equal(report.url, "");
    (void)close(fd);
    report = examine("daemon+tcp", port, 1, "");
    assert_false(report.works);
    expect(&report, "connect", POOL_CHECK_PROBLEM, "cannot be reached");
    expect(&report, "protocol", POOL_CHECK_SKIPPED, "no connection");
    expect(&report, "node", POOL_CHECK_SKIPPED, "does not answer either");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_nodes),   cmocka_unit_test(test_node_without_rest),
        cmocka_unit_test(test_pool),         cmocka_unit_test(test_wrong_ports),
        cmocka_unit_test(test_node_refuses), cmocka_unit_test(test_nobody),
    };
    return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
