/* test_source_pool.c: a source against pools on loopback sockets: the development network's pool
 * port in each dialect, and pools that the test plays by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "listen.h"

static const char user[] = "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig1";

/* Shares on every job that comes, until some were accepted. */
static void share_with(enum pool_devnet_dialect dialect, uint32_t extranonce_bytes, bool all_jobs)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct pool_devnet_stats stats;
    struct base_error error = {BASE_OK, ""};
    struct listen_source *listen = listen_new();
    loop_devnet_config(&config);
    config.pool_dialect = dialect;
    config.pool_all_jobs = all_jobs;
    config.extranonce_bytes = extranonce_bytes;
    if (pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    listen_add(listen, "stratum+tcp", pool_devnet_pool_port(devnet), user);
    listen_start(listen);
    (void)listen_wait(listen, POOL_EVENT_CONNECTED);
    size_t accepted = 0;
    for (uint64_t i = 0; i < 8; i++) {
        const struct listen_event *event = listen_wait(listen, POOL_EVENT_JOB);
        /* before the extranonce arrives a strict pool would refuse the share */
        while (event->job->nonce_fixed != extranonce_bytes) {
            event = listen_wait(listen, POOL_EVENT_JOB);
        }
        listen_submit(listen, event->job, (i + 1) * 256 + event->job->chain, i);
        const struct listen_event *verdict = listen_wait(listen, POOL_EVENT_VERDICT);
        assert_int_equal(verdict->tag, i);
        accepted += verdict->verdict == POOL_ACCEPTED;
    }
    pool_devnet_stats(devnet, &stats);
    print_message("%zu accepted by our count, %llu by the pool's\n", accepted,
                  (unsigned long long)stats.shares_accepted);
    assert_int_equal(accepted, stats.shares_accepted);
    assert_true(accepted > 0);
    assert_int_equal(stats.malformed, 0);
    listen_free(listen);
    pool_devnet_stop(devnet);
}

static void test_official(void **state)
{
    (void)state;
    share_with(POOL_DEVNET_OFFICIAL, 2, false);
}

static void test_old(void **state)
{
    (void)state;
    share_with(POOL_DEVNET_OLD, 2, true);
}

static void test_miningcore(void **state)
{
    (void)state;
    share_with(POOL_DEVNET_MININGCORE, 4, false);
}

static void test_woolypooly(void **state)
{
    (void)state;
    share_with(POOL_DEVNET_WOOLYPOOLY, 0, true);
}

static void test_proposal(void **state)
{
    (void)state;
    share_with(POOL_DEVNET_PROPOSAL, 3, false);
}

/* A pool that closes before its first byte: once it may be our optional requests, then it is a ban
 * and gets the long wait. */
static void test_ban(void **state)
{
    uint16_t port = 0;
    int server = listen_socket(&port);
    struct listen_source *listen = listen_new();
    char line[1024];
    (void)state;
    listen_add(listen, "stratum+tcp", port, user);
    listen_start(listen);
    int peer = listen_accept(server);
    loop_receive_line(peer, line, sizeof(line));
    assert_non_null(strstr(line, "mining.hello"));
    (void)close(peer);
    (void)listen_wait(listen, POOL_EVENT_DISCONNECTED);
    peer = listen_accept(server);
    loop_receive_line(peer, line, sizeof(line));
    assert_null(strstr(line, "mining.hello"));
    (void)close(peer);
    const struct listen_event *banned = listen_wait_text(listen, POOL_EVENT_DISCONNECTED, "banned");
    peer = listen_accept(server);
    assert_true(base_clock_ms() - banned->at_ms >= 190); /* ban_backoff_ms of the test is 200 */
    (void)close(peer);
    listen_free(listen);
    (void)close(server);
}

/* Hand in a find with this hash; the pool refuses it. */
static void refuse(struct listen_source *listen, int peer, const struct pool_job *job,
                   const uint8_t hash_be[32], const char *why)
{
    struct pool_find find = {.job = job, .tag = hash_be[31], .found_ns = base_clock_ns()};
    char line[1024];
    char answer[256];
    memcpy(find.hash_be, hash_be, 32);
    find.nonce[0] = hash_be[31];
    assert_int_equal(pool_source_submit(listen->source, &find), BASE_OK);
    do {
        loop_receive_line(peer, line, sizeof(line));
    } while (strstr(line, "mining.submit") == NULL);
    json_t *root = json_loads(line, 0, NULL);
    int size =
        snprintf(answer, sizeof(answer), "{\"id\":%d,\"result\":null,\"error\":[20,\"%s\"]}\n",
                 (int)json_integer_value(json_object_get(root, "id")), why);
    json_decref(root);
    loop_send(peer, answer, (size_t)size);
    const struct listen_event *verdict = listen_wait(listen, POOL_EVENT_VERDICT);
    assert_int_equal(verdict->tag, find.tag);
    assert_int_equal(verdict->verdict, POOL_REFUSED);
}

/* The difficulty is above the network's. Finds that meet only the block target are sent, and their
 * refusal does not count towards --reject-limit; that of shares does. */
static void test_refused_blocks_that_are_no_shares(void **state)
{
    static const char *const heights[] = {"010000", "020000", "030000"};
    static const char *const reasons[] = {"first", "second", "third"};
    uint8_t block_only[32] = {[4] = 0xc0}; /* above 2^224 / 2, the target of difficulty 2 */
    uint8_t share[32] = {[4] = 0x10};
    uint16_t port = 0;
    int server = listen_socket(&port);
    struct listen_source *listen = listen_new();
    const struct pool_job *job = NULL;
    (void)state;
    listen->config.coin = pool_coin_find("digibyte");
    listen->config.algo = "sha256d";
    listen->config.reject_limit = BASE_COUNT_OF(reasons);
    listen_add(listen, "stratum+tcp", port, "D596YFweJQuHY1BbjazZYmAbt8jJPbKehC.rig");
    listen_start(listen);
    int peer = listen_accept(server);
    for (size_t i = 0; i < BASE_COUNT_OF(heights); i++) {
        listen_send_v1_work(peer, heights[i], 2);
        job = listen_wait(listen, POOL_EVENT_JOB)->job;
        block_only[31] = (uint8_t)(i + 1);
        refuse(listen, peer, job, block_only, "no share");
    }
    for (size_t i = 0; i < BASE_COUNT_OF(reasons); i++) {
        share[31] = (uint8_t)(i + 11);
        refuse(listen, peer, job, share, reasons[i]);
    }
    const struct listen_event *warned = listen_wait(listen, POOL_EVENT_WARNING);
    assert_non_null(strstr(warned->text, "has refused 3 finds in a row (third)"));
    listen_free(listen);
    (void)close(peer);
    (void)close(server);
}

static void test_login_refused(void **state)
{
    static const char no[] = "{\"id\":3,\"result\":null,\"error\":[22,\"invalid worker\"]}\n";
    uint16_t port = 0;
    int server = listen_socket(&port);
    struct listen_source *listen = listen_new();
    (void)state;
    listen_add(listen, "stratum+tcp", port, user);
    listen_start(listen);
    int peer = listen_accept(server);
    loop_send(peer, no, sizeof(no) - 1);
    (void)listen_wait_text(listen, POOL_EVENT_DISCONNECTED, "refuses the login: invalid worker");
    (void)close(peer);
    listen_free(listen);
    (void)close(server);
}

/* A 20 MB line: closed at the limit of 1 MiB, with the rest never read. */
static void test_endless_line(void **state)
{
    enum { CHUNK = 65536 };
    uint16_t port = 0;
    int server = listen_socket(&port);
    struct listen_source *listen = listen_new();
    char *chunk = malloc(CHUNK);
    size_t sent = 0;
    (void)state;
    assert_non_null(chunk);
    memset(chunk, '[', CHUNK);
    listen_add(listen, "stratum+tcp", port, user);
    listen_start(listen);
    int peer = listen_accept(server);
    while (sent < 20U << 20) {
        ssize_t some = send(peer, chunk, CHUNK, MSG_NOSIGNAL);
        if (some < 0) {
            break; /* the miner has closed */
        }
        sent += (size_t)some;
    }
    assert_true(sent < 20U << 20);
    (void)listen_wait_text(listen, POOL_EVENT_DISCONNECTED, "longer than 1048576");
    (void)close(peer);
    listen_free(listen);
    free(chunk);
    (void)close(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_official),
        cmocka_unit_test(test_old),
        cmocka_unit_test(test_miningcore),
        cmocka_unit_test(test_woolypooly),
        cmocka_unit_test(test_proposal),
        cmocka_unit_test(test_ban),
        cmocka_unit_test(test_refused_blocks_that_are_no_shares),
        cmocka_unit_test(test_login_refused),
        cmocka_unit_test(test_endless_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
