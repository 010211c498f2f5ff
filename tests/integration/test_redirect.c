/* test_redirect.c: pools that send a miner elsewhere (client.reconnect) and HTTP answers that point
 * elsewhere, on loopback sockets: followed, refused with a reason, kept waiting, bounded in number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "listen.h"
#include "transport.h"

static const char user[] = "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig1";

/* Accept the miner, read its first line, and send it to a place. Returns the connection. */
static int send_away(int server, const char *host, unsigned port, unsigned wait_s)
{
    char line[1024];
    int peer = listen_accept(server);
    loop_receive_line(peer, line, sizeof(line));
    (void)snprintf(line, sizeof(line),
                   "{\"id\":null,\"method\":\"client.reconnect\",\"params\":[\"%s\",%u,%u]}\n",
                   host, port, wait_s);
    loop_send(peer, line, strlen(line));
    return peer;
}

struct pools {
    struct listen_source *listen;
    int home; /* listening sockets */
    int other;
    uint16_t home_port;
    uint16_t other_port;
};

static void open_pools(struct pools *pools)
{
    *pools = (struct pools){.listen = listen_new()};
    pools->home = listen_socket(&pools->home_port);
    pools->other = listen_socket(&pools->other_port);
    listen_add(pools->listen, "stratum+tcp", pools->home_port, user);
}

static void close_pools(struct pools *pools)
{
    listen_free(pools->listen);
    (void)close(pools->home);
    (void)close(pools->other);
}

/* To another port of the same host, after the second that was asked for; the attempt after it goes
 * home again. */
static void test_other_port_after_a_wait(void **state)
{
    struct pools pools;
    (void)state;
    open_pools(&pools);
    listen_start(pools.listen);
    int peer = send_away(pools.home, "127.0.0.1", pools.other_port, 1);
    const struct listen_event *told =
        listen_wait_text(pools.listen, POOL_EVENT_INFO, "sends this miner to");
    (void)close(peer);
    peer = listen_accept(pools.other);
    assert_true(base_clock_ms() - told->at_ms >= 950);
    listen_reset(peer);
    peer = listen_accept(pools.home);
    (void)close(peer);
    close_pools(&pools);
}

static void test_other_host_is_refused(void **state)
{
    struct pools pools;
    (void)state;
    open_pools(&pools);
    listen_start(pools.listen);
    int peer = send_away(pools.home, "localhost", pools.other_port, 0);
    (void)listen_wait_text(pools.listen, POOL_EVENT_WARNING,
                           "\"localhost\": not done, localhost does not belong to 127.0.0.1");
    assert_false(loop_readable(pools.other, 50));
    (void)close(peer);
    close_pools(&pools);
}

static void test_allowed_host_is_followed(void **state)
{
    struct pools pools;
    (void)state;
    open_pools(&pools);
    pools.listen->config.redirects = (struct pool_redirects){.count = 1, .hosts = {"localhost"}};
    listen_start(pools.listen);
    int peer = send_away(pools.home, "localhost", pools.other_port, 0);
    int moved = listen_accept(pools.other);
    (void)close(peer);
    (void)close(moved);
    close_pools(&pools);
}

/* Two pools that pass us to and fro. */
static void test_circles_end(void **state)
{
    struct pools pools;
    (void)state;
    open_pools(&pools);
    listen_start(pools.listen);
    for (unsigned i = 0; i <= POOL_MOVES_MAX; i++) {
        bool at_home = i % 2 == 0;
        int peer = send_away(at_home ? pools.home : pools.other, "127.0.0.1",
                             at_home ? pools.other_port : pools.home_port, 0);
        if (i == POOL_MOVES_MAX) {
            (void)listen_wait_text(pools.listen, POOL_EVENT_WARNING, "not followed any more");
        } else {
            (void)listen_wait_text(pools.listen, POOL_EVENT_INFO, "sends this miner to");
        }
        (void)close(peer);
    }
    close_pools(&pools);
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

/* Run a link to its end, answering each connection of a listening socket with the next text. */
static void run_http(struct pool_link *link, int server, const char *const *answers, size_t count)
{
    size_t used = 0;
    while (pool_link_state(link) == POOL_LINK_CONNECTING) {
        struct pool_wait wait = {.link = link};
        pool_transport_wait(&wait, 1, server, 1000);
        if (used < count && loop_readable(server, 0)) {
            char line[1024];
            int peer = listen_accept(server);
            /* The request is written by the link, on this thread. */
            while (pool_link_state(link) == POOL_LINK_CONNECTING && !loop_readable(peer, 0)) {
                pool_transport_wait(&wait, 1, peer, 1000);
            }
            loop_receive_line(peer, line, sizeof(line));
            loop_send(peer, answers[used], strlen(answers[used]));
            (void)shutdown(peer, SHUT_WR);
            used++;
            while (pool_link_state(link) == POOL_LINK_CONNECTING && !loop_readable(server, 0) &&
                   !loop_readable(peer, 0)) {
                pool_transport_wait(&wait, 1, server, 100);
            }
            (void)close(peer);
        }
    }
}

static struct pool_transport_options options = {
    .proxy = "", .tls_ca_file = "", .connect_timeout_ms = 5000, .dead_peer_ms = 8000};

#define GONE(place) "HTTP/1.1 302 Found\r\nLocation: " place "\r\nContent-Length: 0\r\n\r\n"

static void test_http_is_followed(void **state)
{
    static const char *const answers[] = {GONE("/there"),
                                          "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"};
    struct base_error error = {BASE_OK, ""};
    struct pool_link *link = NULL;
    const char *body = NULL;
    uint16_t port = 0;
    size_t size = 0;
    long code = 0;
    int server = listen_socket(&port);
    (void)state;
    assert_int_equal(
        pool_link_get(&link, &options, "127.0.0.1", port, false, "/here", NULL, &error), BASE_OK);
    run_http(link, server, answers, 2);
    assert_int_equal(pool_link_state(link), POOL_LINK_DONE);
    pool_link_answer(link, &code, &body, &size);
    assert_int_equal(code, 200);
    assert_string_equal(body, "good");
    pool_link_close(link);
    (void)close(server);
}

static void check_http_refused(const char *answer, size_t times, bool post, const char *says)
{
    const char *answers[8];
    struct base_error error = {BASE_OK, ""};
    struct pool_link *link = NULL;
    uint16_t port = 0;
    int server = listen_socket(&port);
    struct pool_post request = {.path = "/",
                                .user = "u",
                                .pass = "p",
                                .body = "{}",
                                .size = 2,
                                .answer_max = 1000,
                                .time_ms = 5000};
    for (size_t i = 0; i < times; i++) {
        answers[i] = answer;
    }
    assert_int_equal(
        post ? pool_link_post(&link, &options, "127.0.0.1", port, false, &request, &error)
             : pool_link_get(&link, &options, "127.0.0.1", port, false, "/", NULL, &error),
        BASE_OK);
    run_http(link, server, answers, times);
    assert_int_equal(pool_link_state(link), POOL_LINK_FAILED);
    if (strstr(pool_link_error(link)->text, says) == NULL) {
        fail_msg("%s", pool_link_error(link)->text);
    }
    pool_link_close(link);
    (void)close(server);
}

static void test_http_is_refused(void **state)
{
    (void)state;
    check_http_refused(GONE("http://localhost/"), 1, false,
                       "localhost does not belong to 127.0.0.1");
    check_http_refused(GONE("ftp://127.0.0.1/"), 1, false, "its scheme is not http");
    check_http_refused(GONE("/again"), POOL_HTTP_MOVES_MAX + 1, false, "that is the 5th in a row");
    check_http_refused("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", 1, false,
                       "it does not say where");
    check_http_refused(GONE("/elsewhere"), 1, true, "would make a GET");
}

static int start(void **state)
{
    struct base_error error = {BASE_OK, ""};
    (void)state;
    return pool_transport_start(&error) == BASE_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    pool_transport_stop();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_port_after_a_wait),
        cmocka_unit_test(test_other_host_is_refused),
        cmocka_unit_test(test_allowed_host_is_followed),
        cmocka_unit_test(test_circles_end),
        cmocka_unit_test(test_http_is_followed),
        cmocka_unit_test(test_http_is_refused),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
