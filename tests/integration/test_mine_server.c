/* test_mine_server.c: `mine` at a server of the test's own: node in both versions, pool, restarts,
 * storms of jobs, bounds and Ctrl-C. The server's counters are the truth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/endian.h"
#include "devnet/devnet.h"
#include "listen.h"
#include "mine_run.h"

/* Address of group 0 from alephium.md's vectors. */
#define LOGIN "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig1"

static struct pool_devnet *start_devnet(const struct pool_devnet_config *changes,
                                        uint16_t node_port)
{
    struct pool_devnet *devnet = NULL;
    struct pool_devnet_config config = *changes;
    struct base_error error;
    config.node_port = node_port;
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
    config.pool_difficulty = 0;
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

static void at_node(struct mine_run *run, uint16_t port)
{
    char url[64];
    (void)snprintf(url, sizeof url, "daemon+tcp://127.0.0.1:%u", port);
    mine_run_server(run, url, "");
}

static void at_pool(struct mine_run *run, uint16_t port)
{
    char url[64];
    (void)snprintf(url, sizeof url, "stratum+tcp://127.0.0.1:%u", port);
    mine_run_server(run, url, LOGIN);
}

/* Nothing that only a broken miner sends. */
static void check_nothing_wrong(const struct pool_devnet_stats *stats)
{
    assert_int_equal(stats->wrong_chain, 0);
    assert_int_equal(stats->above_target, 0);
    assert_int_equal(stats->duplicates, 0);
    assert_int_equal(stats->malformed, 0);
    assert_int_equal(stats->wrong_timestamp, 0);
}

static void check_run(const struct mine_run *run)
{
    assert_int_equal(run->exit_code, MINER_EXIT_DONE);
    assert_true(mine_run_number(run, "invalid_on_device") == 0);
    assert_true(mine_run_number(run, "duplicates") == 0);
    assert_true(mine_run_number(run, "found") ==
                mine_run_number(run, "accepted") + mine_run_number(run, "stale") +
                    mine_run_number(run, "rejected") + mine_run_number(run, "unanswered") +
                    mine_run_number(run, "not_sent"));
}

/* Counts on both sides are the same, chain by chain; only a node of version 0 does not tell which
 * of two blocks in flight an answer is for. */
static void check_node(const struct mine_run *run, struct pool_devnet *devnet)
{
    struct pool_devnet_stats stats;
    pool_devnet_stats(devnet, &stats);
    check_run(run);
    check_nothing_wrong(&stats);
    assert_int_equal(stats.unknown_template, 0);
    assert_true(mine_run_number(run, "accepted") ==
                (double)(sum16(stats.accepted) + sum16(stats.uncles)));
    assert_true(mine_run_number(run, "stale") + mine_run_number(run, "rejected") ==
                (double)sum16(stats.refused));
    for (int i = 0; i < 16; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "per_chain.%d.accepted", i);
        assert_true(mine_run_number(run, path) == (double)(stats.accepted[i] + stats.uncles[i]));
    }
}

static void solo(unsigned version)
{
    struct mine_run run;
    struct pool_devnet_config config = easy();
    config.node_version = version;
    struct pool_devnet *devnet = start_devnet(&config, 0);
    mine_run_init(&run);
    at_node(&run, pool_devnet_node_port(devnet));
    run.config.until_blocks = 30;
    mine_run_go(&run);
    assert_true(mine_run_number(&run, "accepted") >= 30);
    check_node(&run, devnet);
    mine_run_deinit(&run);
    pool_devnet_stop(devnet);
}

static void test_node_version_1(void **state)
{
    (void)state;
    solo(1);
}

static void test_node_version_0(void **state)
{
    (void)state;
    solo(0);
}

/* Older sets follow newer ones: a template that gave its block comes back, and is not hashed again.
 */
static void test_older_sets(void **state)
{
    (void)state;
    struct mine_run run;
    struct pool_devnet_stats stats;
    struct pool_devnet_config config = easy();
    config.start_hashes = 1e5;
    config.push_interval_ms = 20;
    config.faults.older_set = 1;
    struct pool_devnet *devnet = start_devnet(&config, 0);
    mine_run_init(&run);
    at_node(&run, pool_devnet_node_port(devnet));
    run.config.until_blocks = 80;
    mine_run_go(&run);
    check_node(&run, devnet);
    pool_devnet_stats(devnet, &stats);
    assert_int_equal(sum16(stats.refused), 0);
    mine_run_deinit(&run);
    pool_devnet_stop(devnet);
}

/* Shares of easy difficulty; extranonces of the lengths that pools hand out, and none. The pool
 * sends its first job before the extranonce: shares of that moment may be refused, later ones not.
 */
static void test_pool(void **state)
{
    (void)state;
    const uint32_t extranonces[] = {0, 2, 5, 16};
    for (size_t i = 0; i < BASE_COUNT_OF(extranonces); i++) {
        struct mine_run run;
        struct pool_devnet_stats stats;
        struct pool_devnet_config config = easy();
        config.pool_port = 0;
        config.extranonce_bytes = extranonces[i];
        struct pool_devnet *devnet = start_devnet(&config, UINT16_MAX);
        mine_run_init(&run);
        at_pool(&run, pool_devnet_pool_port(devnet));
        run.config.until_shares = 25;
        mine_run_go(&run);
        pool_devnet_stats(devnet, &stats);
        check_run(&run);
        check_nothing_wrong(&stats);
        assert_true(mine_run_number(&run, "accepted") >= 25);
        assert_true((double)stats.foreign_extranonce <=
                    mine_run_number(&run, "stale") + mine_run_number(&run, "rejected"));
        assert_true(mine_run_number(&run, "accepted") == (double)stats.shares_accepted);
        assert_true(mine_run_number(&run, "stale") + mine_run_number(&run, "rejected") ==
                    (double)stats.shares_refused);
        mine_run_deinit(&run);
        pool_devnet_stop(devnet);
    }
}

/* A pool that refuses every second good share as too late: half is credited, and that is said with
 * the likely cause. The state is "low" where more than 183 are expected for 140 accepted ones, and
 * the ratio is below 0.75 from 187 on; 280 are, and chance leaves less than 187 in one run of 5e9.
 */
static void test_pool_that_credits_too_little(void **state)
{
    struct mine_run run;
    struct pool_devnet_config config = easy();
    (void)state;
    config.pool_port = 0;
    config.pool_dialect = POOL_DEVNET_MININGCORE;
    config.faults.skim = 2;
    struct pool_devnet *devnet = start_devnet(&config, UINT16_MAX);
    mine_run_init(&run);
    at_pool(&run, pool_devnet_pool_port(devnet));
    run.config.until_shares = 140;
    mine_run_go(&run);
    const json_t *credit = json_object_get(run.summary, "credit");
    assert_string_equal(json_string_value(json_object_get(credit, "state")), "low");
    assert_non_null(strstr(json_string_value(json_object_get(credit, "cause")), "come too late"));
    assert_true(mine_run_number(&run, "credit.ratio") < 0.75);
    assert_true(mine_run_number(&run, "stale") >= 135);
    mine_run_deinit(&run);
    pool_devnet_stop(devnet);
}

/* Run to the end, and what was logged. */
static void go_logged(struct mine_run *run, char *text, size_t cap)
{
    char path[] = "/tmp/shardpick_log_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    mine_run_log_to(run, path);
    mine_run_go(run);
    mine_run_log_end(run);
    ssize_t size = read(file, text, cap - 1);
    assert_true(size > 0);
    text[size] = '\0';
    (void)close(file);
    (void)unlink(path);
}

/* The node's port named as a pool's: the first connection fails, and the doctor, once, names the
 * URL that would have worked. Nothing was hashed, so the closing lines tell no times. */
static void test_first_aid(void **state)
{
    struct pool_devnet_config config = easy();
    static char text[1 << 16];
    char want[64];
    const char *line = NULL;
    (void)state;
    config.rest_port = UINT16_MAX;
    struct pool_devnet *devnet = start_devnet(&config, 0);
    (void)snprintf(want, sizeof want, "this would work: -o daemon+tcp://127.0.0.1:%u",
                   pool_devnet_node_port(devnet));
    for (uint32_t wait_ms = 3000; line == NULL && wait_ms <= 30000; wait_ms *= 10) {
        struct mine_run run; /* longer, where a busy machine holds the doctor up */
        mine_run_init(&run);
        at_pool(&run, pool_devnet_node_port(devnet));
        run.config.duration_ms = 60000;
        run.config.connect_timeout_ms = wait_ms;
        go_logged(&run, text, sizeof text);
        assert_int_equal(run.exit_code, MINER_EXIT_NO_SERVER);
        mine_run_deinit(&run);
        line = strstr(text, want);
    }
    if (line == NULL) {
        fail_msg("%s", text);
    } else {
        assert_null(strstr(line + 1, "this would work")); /* not at every failure */
    }
    assert_non_null(strstr(text, "found 0: accepted 0"));
    assert_null(strstr(text, "p50"));
    pool_devnet_stop(devnet);
}

/* --tls-insecure is said to be what it is, where it matters: of servers that speak TLS. */
static void test_insecure(void **state)
{
    static const char *const urls[] = {"stratum+ssl://127.0.0.1:1", "stratum+tcp://127.0.0.1:1"};
    static char text[1 << 16];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct mine_run run;
        mine_run_init(&run);
        mine_run_server(&run, urls[i], LOGIN);
        run.config.tls_insecure = true;
        run.config.until_shares = 1;
        run.config.connect_timeout_ms = 100;
        go_logged(&run, text, sizeof text);
        const char *line = strstr(text, "its certificate is not checked");
        assert_true(i == 0 ? line != NULL : line == NULL);
        mine_run_deinit(&run);
    }
}

/* The closing lines of a run that did find something. */
static void test_closing_lines(void **state)
{
    static const char *const lines[] = {"job to first hash: p50 ", "find to socket: p50 ",
                                        "answer to a submission: p50 ", "accepted by chain:"};
    struct mine_run run;
    struct pool_devnet_config config = easy();
    static char text[1 << 16];
    (void)state;
    struct pool_devnet *devnet = start_devnet(&config, 0);
    mine_run_init(&run);
    at_node(&run, pool_devnet_node_port(devnet));
    run.config.until_blocks = 3;
    go_logged(&run, text, sizeof text);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strstr(text, lines[i]) == NULL) {
            fail_msg("no \"%s\" in\n%s", lines[i], text);
        }
    }
    mine_run_deinit(&run);
    pool_devnet_stop(devnet);
}

/* ---- things that happen while it runs ---------------------------------------------------- */

/* A helper thread does something to the run's surroundings, then presses Ctrl-C. */
struct helper {
    struct mine_run *run;
    struct pool_devnet_config config;
    struct pool_devnet *devnet;
    uint64_t pressed_ms;
};

static uint64_t blocks_of(struct pool_devnet *devnet)
{
    struct pool_devnet_stats stats;
    pool_devnet_stats(devnet, &stats);
    return sum16(stats.accepted);
}

static void wait_for_blocks(struct pool_devnet *devnet, uint64_t count)
{
    uint64_t end_ms = base_clock_ms() + LOOP_WAIT_MS;
    while (blocks_of(devnet) < count && base_clock_ms() < end_ms) {
        loop_pause();
    }
}

static void *restart_the_server(void *argument)
{
    struct helper *helper = argument;
    struct base_error error;
    uint16_t port = pool_devnet_node_port(helper->devnet);
    wait_for_blocks(helper->devnet, 5);
    pool_devnet_stop(helper->devnet);
    helper->config.node_port = port;
    helper->config.seed = 77; /* another network: nothing of the first one is worth anything */
    if (pool_devnet_start(&helper->devnet, &helper->config, &error) != BASE_OK) {
        helper->devnet = NULL;
    } else {
        wait_for_blocks(helper->devnet, 5);
    }
    mine_run_stop(helper->run);
    return NULL;
}

static void test_server_restarts(void **state)
{
    (void)state;
    struct mine_run run;
    struct pool_devnet_stats stats;
    struct helper helper = {.run = &run, .config = easy()};
    pthread_t thread;
    uint16_t port = 0;
    helper.config.hash = mine_run_hash;
    (void)close(listen_socket(&port)); /* nobody else takes it in between */
    helper.devnet = start_devnet(&helper.config, port);
    mine_run_init(&run);
    at_node(&run, port);
    assert_int_equal(pthread_create(&thread, NULL, restart_the_server, &helper), 0);
    mine_run_go(&run);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_non_null(helper.devnet);
    pool_devnet_stats(helper.devnet, &stats);
    check_run(&run);
    check_nothing_wrong(&stats);
    assert_true(sum16(stats.accepted) >= 5);
    assert_true(mine_run_number(&run, "accepted") >= 10);
    mine_run_deinit(&run);
    pool_devnet_stop(helper.devnet);
}

static void *press_ctrl_c(void *argument)
{
    struct helper *helper = argument;
    wait_for_blocks(helper->devnet, 3);
    helper->pressed_ms = base_clock_ms();
    mine_run_stop(helper->run);
    return NULL;
}

/* Ctrl-C while answers to the last finds never come. Returns how long the end took. */
static uint64_t end_ms_of_a_run(void)
{
    struct mine_run run;
    struct helper helper = {.run = &run, .config = easy()};
    pthread_t thread;
    helper.config.faults.drop_answers = 2;
    helper.devnet = start_devnet(&helper.config, 0);
    mine_run_init(&run);
    at_node(&run, pool_devnet_node_port(helper.devnet));
    assert_int_equal(pthread_create(&thread, NULL, press_ctrl_c, &helper), 0);
    mine_run_go(&run);
    uint64_t ended_ms = base_clock_ms();
    assert_int_equal(pthread_join(thread, NULL), 0);
    check_run(&run);
    assert_true(mine_run_number(&run, "unanswered") >= 1);
    mine_run_deinit(&run);
    pool_devnet_stop(helper.devnet);
    return ended_ms - helper.pressed_ms;
}

/* Two seconds, as promised. */
static void test_ctrl_c(void **state)
{
    unsigned tries = 1;
    (void)state;
    while (end_ms_of_a_run() >= 2000ULL * SHARDPICK_TEST_SLOWDOWN) {
        assert_true(tries++ < LOOP_TRIES);
    }
}

static void test_duration(void **state)
{
    (void)state;
    struct mine_run run;
    struct pool_devnet_config config = easy();
    struct pool_devnet *devnet = start_devnet(&config, 0);
    mine_run_init(&run);
    at_node(&run, pool_devnet_node_port(devnet));
    run.config.duration_ms = 700;
    mine_run_go(&run);
    assert_true(mine_run_number(&run, "wall_seconds") >= 0.7);
    check_node(&run, devnet);
    mine_run_deinit(&run);
    pool_devnet_stop(devnet);
}

/* A socket that listens and never accepts, and one that nobody listens on. */
static void test_no_server(void **state)
{
    (void)state;
    struct mine_run run;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    mine_run_init(&run);
    at_node(&run, ntohs(address.sin_port));
    run.config.until_blocks = 1;
    run.config.connect_timeout_ms = 300;
    mine_run_go(&run);
    assert_int_equal(run.exit_code, MINER_EXIT_NO_SERVER);
    assert_true(mine_run_number(&run, "hashes") == 0);
    mine_run_deinit(&run);
    (void)close(fd);
}

/* ---- a storm of jobs --------------------------------------------------------------------- */

enum {
    STORM_CHAINS = 16,
    STORM_PUSHES = 200,
    STORM_EVERY_MS = 10,
    STORM_HEADER = 302,
    STORM_TARGET = 28, /* bytes: 32 zero bits, so that hardly ever anything is found */
    STORM_JOB = 4 + 4 + 4 + STORM_HEADER + 4 + 1 + 4 + STORM_TARGET + 4,
    STORM_FRAME = 4 + 2 + 4 + STORM_CHAINS * STORM_JOB,
};

struct storm {
    int listener;
    struct mine_run *run;
};

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    base_store_be32(at, value);
    return at + 4;
}

/* Jobs frame of protocol version 1 (alephium.md 4.3) with headers of this push. */
static void make_frame(uint8_t frame[STORM_FRAME], uint32_t push)
{
    uint8_t *at = put32(frame, STORM_FRAME - 4);
    *at++ = 1;
    *at++ = 0;
    at = put32(at, STORM_CHAINS);
    for (uint32_t chain = 0; chain < STORM_CHAINS; chain++) {
        at = put32(at, chain / 4);
        at = put32(at, chain % 4);
        at = put32(at, STORM_HEADER);
        memset(at, 0x11, STORM_HEADER);
        at[0] = 0;
        at[1] = 7;
        base_store_be32(at + 40, push);
        at += STORM_HEADER;
        at = put32(at, 1);
        *at++ = 0;
        at = put32(at, STORM_TARGET);
        memset(at, 0x7f, STORM_TARGET);
        at += STORM_TARGET;
        at = put32(at, push + 1);
    }
}

static void *blow(void *argument)
{
    struct storm *storm = argument;
    static uint8_t frame[STORM_FRAME];
    int fd = accept(storm->listener, NULL, NULL);
    uint64_t next_ms = base_clock_ms();
    for (uint32_t push = 0; fd >= 0 && push < STORM_PUSHES; push++) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        make_frame(frame, push);
        if (send(fd, frame, sizeof frame, MSG_NOSIGNAL) != (ssize_t)sizeof frame) {
            break;
        }
        next_ms += STORM_EVERY_MS;
        uint64_t now_ms = base_clock_ms();
        (void)poll(&polled, 0, next_ms > now_ms ? (int)(next_ms - now_ms) : 0);
    }
    mine_run_stop(storm->run);
    (void)close(fd);
    return NULL;
}

/* A hundred sets of sixteen jobs a second: every set is worked on, nothing piles up. */
static void test_storm_of_jobs(void **state)
{
    (void)state;
    struct mine_run run;
    struct storm storm = {.run = &run};
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    pthread_t thread;
    storm.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(storm.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(storm.listener, 1), 0);
    assert_int_equal(getsockname(storm.listener, (struct sockaddr *)&address, &size), 0);
    mine_run_init(&run);
    run.config.servers[0].rest_port = 1; /* nobody to ask */
    at_node(&run, ntohs(address.sin_port));
    assert_int_equal(pthread_create(&thread, NULL, blow, &storm), 0);
    mine_run_go(&run);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(run.exit_code, MINER_EXIT_DONE);
    print_message("switch p50 %.2f p99 %.2f ms, %.0f of %.0f jobs begun, %.3f s outside lanes\n",
                  mine_run_number(&run, "job_switch_ms.p50"),
                  mine_run_number(&run, "job_switch_ms.p99"),
                  mine_run_number(&run, "job_switch_ms.count"), mine_run_number(&run, "jobs"),
                  mine_run_number(&run, "host_cpu_seconds"));
    assert_true(mine_run_number(&run, "jobs") >= STORM_PUSHES);
    assert_true(mine_run_number(&run, "job_switch_ms.count") >= STORM_PUSHES);
    assert_true(mine_run_number(&run, "peak_resident_bytes") < 1e9);
    mine_run_deinit(&run);
    (void)close(storm.listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node_version_1),
        cmocka_unit_test(test_node_version_0),
        cmocka_unit_test(test_older_sets),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_pool_that_credits_too_little),
        cmocka_unit_test(test_first_aid),
        cmocka_unit_test(test_server_restarts),
        cmocka_unit_test(test_closing_lines),
        cmocka_unit_test(test_insecure),
        cmocka_unit_test(test_ctrl_c),
        cmocka_unit_test(test_duration),
        cmocka_unit_test(test_no_server),
        cmocka_unit_test(test_storm_of_jobs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
