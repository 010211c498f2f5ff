/* test_bridge.c: `bridge` between a development network and miners over real sockets: our miner
 * finds blocks through it, and what it counts is what the bridge and the node count; clients do not
 * wait for each other; a node that starts again is gone on with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge_run.h"
#include "loop.h"

#define LOGIN "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr"

static struct pool_devnet *start_devnet(const struct pool_devnet_config *changes, uint16_t port)
{
    struct pool_devnet *devnet = NULL;
    struct pool_devnet_config config = *changes;
    struct base_error error;
    config.node_port = port;
    config.hash = mine_run_hash;
    if (pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return devnet;
}

static struct pool_devnet_config easy(void)
{
    struct pool_devnet_config config;
    pool_devnet_defaults(&config);
    config.start_hashes = 20000;
    return config;
}

static uint64_t sum16(const uint64_t values[16])
{
    uint64_t sum = 0;
    for (size_t i = 0; i < 16; i++) {
        sum += values[i];
    }
    return sum;
}

static void start_bridge(struct bridge_run *bridge, const struct pool_devnet *devnet)
{
    char url[64];
    (void)snprintf(url, sizeof url, "daemon+tcp://127.0.0.1:%u", pool_devnet_node_port(devnet));
    bridge_run_init(bridge);
    mine_run_server(&bridge->run, url, "");
    bridge_run_start(bridge);
}

/* A miner of this process at the bridge. */
static void mine(struct mine_run *run, const struct bridge_run *bridge, const char *login,
                 uint64_t shares)
{
    char url[64];
    (void)snprintf(url, sizeof url, "stratum+tcp://127.0.0.1:%u", bridge->port);
    mine_run_init(run);
    mine_run_server(run, url, login);
    run->config.until_shares = shares;
    mine_run_go(run);
    assert_int_equal(run->exit_code, MINER_EXIT_DONE);
}

/* ---- three sides ------------------------------------------------------------------------------
 */

static void test_counts_agree(void **state)
{
    struct pool_devnet_config config = easy();
    struct pool_devnet *devnet = start_devnet(&config, 0);
    struct pool_devnet_stats stats;
    struct bridge_run bridge;
    struct mine_run miner;
    (void)state;
    start_bridge(&bridge, devnet);
    mine(&miner, &bridge, LOGIN ".rig1", 25);
    bridge_run_stop(&bridge);
    pool_devnet_stats(devnet, &stats);
    double accepted = mine_run_number(&miner, "accepted");
    assert_true(accepted >= 25);
    assert_true(mine_run_number(&miner, "rejected") == 0);
    assert_true(mine_run_number(&miner, "duplicates") == 0);
    assert_int_equal(stats.wrong_chain + stats.above_target + stats.unknown_template +
                         stats.duplicates + stats.malformed,
                     0);
    /* Each share is a block here, but for the second of a template, which the bridge keeps. */
    double taken = mine_run_number(&bridge.run, "accepted");
    double extra = mine_run_number(&bridge.run, "clients.extra");
    double at_node = (double)(sum16(stats.accepted) + sum16(stats.uncles));
    assert_true(mine_run_number(&bridge.run, "clients.accepted") == accepted);
    assert_true(taken == at_node);
    assert_true(mine_run_number(&bridge.run, "found") + extra == accepted);
    assert_true(mine_run_number(&bridge.run, "workers.0.accepted") == accepted);
    assert_true(mine_run_number(&bridge.run, "workers.0.blocks") == taken);
    const json_t *worker = json_array_get(json_object_get(bridge.run.summary, "workers"), 0);
    assert_string_equal(json_string_value(json_object_get(worker, "name")), LOGIN ".rig1");
    mine_run_deinit(&miner);
    bridge_run_deinit(&bridge);
    pool_devnet_stop(devnet);
}

static uint64_t connections_of(struct pool_devnet *devnet)
{
    struct pool_devnet_stats stats;
    pool_devnet_stats(devnet, &stats);
    return stats.connections;
}

/* The node goes, and another one that knows nothing of the first comes to its place. */
static void test_node_restarts(void **state)
{
    struct pool_devnet_config config = easy();
    struct pool_devnet *devnet = start_devnet(&config, 0);
    uint16_t port = pool_devnet_node_port(devnet);
    struct pool_devnet_stats stats;
    struct bridge_run bridge;
    struct mine_run miner;
    (void)state;
    start_bridge(&bridge, devnet);
    mine(&miner, &bridge, LOGIN, 5);
    mine_run_deinit(&miner);
    pool_devnet_stop(devnet);
    devnet = start_devnet(&config, port);
    LOOP_UNTIL(connections_of(devnet) > 0); /* the bridge is back */
    mine(&miner, &bridge, LOGIN, 40);
    mine_run_deinit(&miner);
    bridge_run_stop(&bridge);
    pool_devnet_stats(devnet, &stats);
    assert_true(sum16(stats.accepted) + sum16(stats.uncles) > 0);
    assert_int_equal(stats.unknown_template, 0); /* nothing of the first node's */
    assert_true(mine_run_number(&bridge.run, "clients.accepted") >= 45);
    bridge_run_deinit(&bridge);
    pool_devnet_stop(devnet);
}

/* A pool above: its prefix and then ours; shares that meet its target go on, under its login. */
static void test_pool_above(void **state)
{
    struct pool_devnet_config config = easy();
    struct pool_devnet_stats stats;
    struct bridge_run bridge;
    struct mine_run miner;
    char url[64];
    (void)state;
    config.pool_port = 0;
    config.pool_difficulty = 0;
    struct pool_devnet *devnet = start_devnet(&config, UINT16_MAX);
    (void)snprintf(url, sizeof url, "stratum+tcp://127.0.0.1:%u", pool_devnet_pool_port(devnet));
    bridge_run_init(&bridge);
    mine_run_server(&bridge.run, url, LOGIN ".bridge");
    bridge_run_start(&bridge);
    mine(&miner, &bridge, "rig1", 25);
    bridge_run_stop(&bridge);
    pool_devnet_stats(devnet, &stats);
    assert_int_equal(stats.wrong_chain + stats.duplicates + stats.malformed, 0);
    assert_true((double)stats.shares_accepted == mine_run_number(&bridge.run, "accepted"));
    assert_true(mine_run_number(&bridge.run, "clients.sent") ==
                mine_run_number(&bridge.run, "found"));
    assert_true(stats.shares_accepted > 0);
    mine_run_deinit(&miner);
    bridge_run_deinit(&bridge);
    pool_devnet_stop(devnet);
}

/* ---- clients of the test's own ------------------------------------------------------------------
 */

static void say(int fd, const char *line)
{
    loop_send(fd, line, strlen(line));
}

/* Log in, and read until the first job. Returns the prefix. */
static unsigned long enter(int fd, const char *name)
{
    char line[8192];
    unsigned long prefix = ULONG_MAX;
    (void)snprintf(line, sizeof line,
                   "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"test/1\"]}\n"
                   "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"%s\",\"x\"]}\n",
                   name);
    say(fd, line);
    do {
        loop_receive_line(fd, line, sizeof line);
        const char *at = strstr(line, "mining.set_extranonce");
        if (at != NULL) {
            prefix = strtoul(strchr(at, '[') + 2, NULL, 16);
        }
    } while (strstr(line, "mining.notify") == NULL);
    return prefix;
}

/* Read until an answer to a request that is sent now. Returns the jobs before it. */
static unsigned jobs_until_pong(int fd)
{
    char line[8192];
    unsigned count = 0;
    say(fd, "{\"id\":77,\"method\":\"mining.ping\",\"params\":[]}\n");
    do {
        loop_receive_line(fd, line, sizeof line);
        count += strstr(line, "mining.notify") != NULL;
    } while (strstr(line, "\"pong\"") == NULL);
    return count;
}

/* Two clients, and one that takes nothing of what it is sent: the others get their jobs. */
static void test_clients_do_not_wait(void **state)
{
    struct pool_devnet_config config = easy();
    struct bridge_run bridge;
    int small = 4096;
    (void)state;
    struct mine_run miner;
    config.push_interval_ms = 1;
    config.start_hashes = 2000;
    struct pool_devnet *devnet = start_devnet(&config, 0);
    start_bridge(&bridge, devnet);
    int one = loop_connect(bridge.port);
    int two = loop_connect(bridge.port);
    int stuck = loop_connect(bridge.port);
    (void)setsockopt(stuck, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    unsigned long first = enter(one, LOGIN ".one");
    unsigned long second = enter(two, LOGIN ".two");
    unsigned long third = enter(stuck, LOGIN ".stuck");
    assert_true(first <= 0xffff && second <= 0xffff && third <= 0xffff);
    assert_true(first != second && second != third && first != third);
    say(stuck, "{\"id\":3,\"method\":\"mining.no"); /* and half a line, which ends nowhere */
    mine(&miner, &bridge, LOGIN ".miner", 150);     /* each block brings new work for all */
    assert_true(jobs_until_pong(one) > 0);
    assert_true(jobs_until_pong(two) > 0);
    mine_run_deinit(&miner);
    (void)close(one);
    (void)close(two);
    (void)close(stuck);
    bridge_run_stop(&bridge);
    assert_true(mine_run_number(&bridge.run, "clients.connections") >= 4);
    bridge_run_deinit(&bridge);
    pool_devnet_stop(devnet);
}

/* What is no line of stratum ends the connection, and no other. */
static void test_strangers(void **state)
{
    struct pool_devnet_config config = easy();
    struct pool_devnet *devnet = start_devnet(&config, 0);
    struct bridge_run bridge;
    static char long_line[30000];
    (void)state;
    memset(long_line, 'a', sizeof long_line - 1);
    start_bridge(&bridge, devnet);
    int good = loop_connect(bridge.port);
    (void)enter(good, LOGIN);
    int web = loop_connect(bridge.port);
    for (unsigned i = 0; i < 10; i++) {
        say(web, "GET / HTTP/1.1\r\n");
    }
    (void)loop_wait_end(web);
    int endless = loop_connect(bridge.port);
    (void)send(endless, long_line, sizeof long_line - 1, MSG_NOSIGNAL);
    (void)loop_wait_end(endless);
    (void)jobs_until_pong(good);
    (void)close(web);
    (void)close(endless);
    (void)close(good);
    bridge_run_stop(&bridge);
    assert_true(mine_run_number(&bridge.run, "clients.left_bad") == 2);
    bridge_run_deinit(&bridge);
    pool_devnet_stop(devnet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_agree), cmocka_unit_test(test_node_restarts),
        cmocka_unit_test(test_pool_above),   cmocka_unit_test(test_clients_do_not_wait),
        cmocka_unit_test(test_strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
