/* test_redirect.c: pools that send a miner elsewhere (client.reconnect) and HTTP answers that point
 * elsewhere, on loopback sockets: followed, refused with a reason, kept waiting, bounded in number;
 * from plain text to TLS and, never, back. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "listen.h"
#include "tls_front.h"
#include "transport/redirect.h"
#include "transport/transport.h"

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
    .proxy = "", .tls_ca_file = "", .connect_timeout_ms = LOOP_WAIT_MS, .dead_peer_ms = 8000};

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
    assert_int_equal(pool_link_request(&link, &options, NULL, "127.0.0.1", port, false,
                                       &(struct pool_request){.method = "GET", .path = "/here"},
                                       &error),
                     BASE_OK);
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
    struct pool_request request = {.method = "POST",
                                   .path = "/",
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
        pool_link_request(&link, &options, NULL, "127.0.0.1", port, false,
                          post ? &request : &(struct pool_request){.method = "GET", .path = "/"},
                          &error),
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
    check_http_refused(GONE("https://127.0.0.1:444/"), 1, true,
                       "; write daemon+https://127.0.0.1:444");
}

/* ---- HTTP and TLS ---------------------------------------------------------------------------- */

#define KEPT "HTTP/1.1 307 Temporary Redirect\r\nLocation: %s://%s:%u/\r\nContent-Length: 0\r\n\r\n"

/* libcurl takes every name below localhost for this machine. */
static const char home[] = "a.mine.localhost";
static const char sister[] = "b.mine.localhost";

/* A server in plain text, and another port that speaks TLS in front of it. */
struct secured {
    struct identity identity;
    struct tls_front *front;
    struct pool_transport_options options;
    int server;
    uint16_t port;
};

static void open_secured(struct secured *to, const char *names)
{
    unsigned size = 32;
    to->identity = identity_new(names, -IDENTITY_DAY, IDENTITY_DAY, NULL);
    to->server = listen_socket(&to->port);
    to->front = tls_front_start(&to->identity, to->port);
    to->options = options;
    to->options.tls_pinned = true;
    assert_int_equal(
        X509_digest(to->identity.certificate, EVP_sha256(), to->options.tls_fingerprint, &size), 1);
}

static void close_secured(struct secured *to)
{
    tls_front_stop(to->front);
    (void)close(to->server);
    identity_free(&to->identity);
}

/* A request that is sent elsewhere: with a login or without, by TLS or not, from a host. The first
 * answer points at `to`; what comes there is answered with "good" if two are answered. Returns the
 * link at its end. */
static struct pool_link *run_secured(struct secured *secured, const char *from, bool tls,
                                     bool login, const char *scheme, const char *to,
                                     size_t answered)
{
    struct base_error error = {BASE_OK, ""};
    struct pool_link *link = NULL;
    char gone[256];
    const char *const answers[] = {gone, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"};
    struct pool_request request = {.method = "POST",
                                   .path = "/",
                                   .user = login ? "u" : "",
                                   .pass = login ? "p" : "",
                                   .body = "{}",
                                   .size = 2,
                                   .answer_max = 1000,
                                   .time_ms = 20000};
    uint16_t front_port = tls_front_port(secured->front);
    (void)snprintf(gone, sizeof(gone), KEPT, scheme, to,
                   strcmp(scheme, "https") == 0 ? front_port : secured->port);
    assert_int_equal(pool_link_request(&link, &secured->options, NULL, from,
                                       tls ? front_port : secured->port, tls, &request, &error),
                     BASE_OK);
    run_http(link, secured->server, answers, answered);
    return link;
}

/* From TLS to plain text, be it on the very same host: never. */
static void test_tls_is_not_given_up(void **state)
{
    struct secured secured;
    (void)state;
    open_secured(&secured, "IP:127.0.0.1");
    struct pool_link *link = run_secured(&secured, "127.0.0.1", true, true, "http", "127.0.0.1", 2);
    assert_int_equal(pool_link_state(link), POOL_LINK_FAILED);
    assert_int_equal(pool_link_error(link)->status, BASE_E_REFUSED);
    assert_string_equal(pool_link_error(link)->text,
                        "127.0.0.1 sends this miner elsewhere, to 127.0.0.1: not followed, that "
                        "would give TLS up");
    assert_false(loop_readable(secured.server, 0)); /* nobody has connected there */
    pool_link_close(link);
    close_secured(&secured);
}

static void expect_good(struct secured *secured, struct pool_link *link)
{
    const char *body = NULL;
    size_t size = 0;
    long code = 0;
    if (pool_link_state(link) != POOL_LINK_DONE) {
        fail_msg("%s", pool_link_error(link)->text);
    }
    pool_link_answer(link, &code, &body, &size);
    assert_int_equal(code, 200);
    assert_string_equal(body, "good");
    assert_int_equal(tls_front_taken(secured->front), 1);
    pool_link_close(link);
}

/* From plain text to TLS: on the same host with its login, */
static void test_tls_is_taken_up(void **state)
{
    struct secured secured;
    (void)state;
    open_secured(&secured, "IP:127.0.0.1");
    expect_good(&secured, run_secured(&secured, "127.0.0.1", false, true, "https", "127.0.0.1", 2));
    close_secured(&secured);
}

/* and on another host of the same registrable domain without one; the login stays at home. */
static void test_tls_of_the_same_domain(void **state)
{
    struct secured secured;
    struct base_error error = {BASE_OK, ""};
    (void)state;
    if (pool_redirect_check(home, sister, NULL, &error) != BASE_OK) {
        print_message("built without the list of public suffixes: %s\n", error.text);
        skip();
    }
    open_secured(&secured, "DNS:b.mine.localhost");
    expect_good(&secured, run_secured(&secured, home, false, false, "https", sister, 2));
    struct pool_link *link = run_secured(&secured, home, false, true, "https", sister, 2);
    assert_int_equal(pool_link_state(link), POOL_LINK_FAILED);
    assert_non_null(strstr(pool_link_error(link)->text,
                           "to b.mine.localhost: not followed, the login is for a.mine.localhost "
                           "alone"));
    pool_link_close(link);
    link = run_secured(&secured, home, false, false, "https", "b.other.localhost", 2);
    assert_int_equal(pool_link_state(link), POOL_LINK_FAILED);
    assert_non_null(strstr(pool_link_error(link)->text,
                           "b.other.localhost does not belong to a.mine.localhost"));
    pool_link_close(link);
    assert_int_equal(tls_front_taken(secured.front), 1);
    close_secured(&secured);
}

/* The name that is checked is that of the host we were sent to. */
static void test_tls_checks_the_new_name(void **state)
{
    static const struct {
        const char *names;
        bool fine;
    } cases[] = {{"DNS:b.mine.localhost", true}, {"DNS:a.mine.localhost", false}};
    struct base_error error = {BASE_OK, ""};
    (void)state;
    if (pool_redirect_check(home, sister, NULL, &error) != BASE_OK) {
        skip();
    }
    for (size_t i = 0; i < 2; i++) {
        struct secured secured;
        struct identity authority = identity_new(NULL, -IDENTITY_DAY, IDENTITY_DAY, NULL);
        char ca_file[IDENTITY_PATH];
        open_secured(&secured, cases[i].names);
        identity_free(&secured.identity);
        tls_front_stop(secured.front);
        secured.identity = identity_new(cases[i].names, -IDENTITY_DAY, IDENTITY_DAY, &authority);
        secured.front = tls_front_start(&secured.identity, secured.port);
        identity_write(&authority, ca_file);
        secured.options.tls_pinned = false;
        secured.options.tls_ca_file = ca_file;
        struct pool_link *link =
            run_secured(&secured, home, false, false, "https", sister, cases[i].fine ? 2 : 1);
        if (cases[i].fine) {
            expect_good(&secured, link);
        } else {
            assert_int_equal(pool_link_state(link), POOL_LINK_FAILED);
            print_message("%s\n", pool_link_error(link)->text);
            assert_non_null(
                strstr(pool_link_error(link)->text, "another name than b.mine.localhost"));
            pool_link_close(link);
        }
        (void)unlink(ca_file);
        identity_free(&authority);
        close_secured(&secured);
    }
}

static int start(void **state)
{
    struct base_error error = {BASE_OK, ""};
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN); /* as the program does; the front's OpenSSL writes, too */
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
        cmocka_unit_test(test_tls_is_not_given_up),
        cmocka_unit_test(test_tls_is_taken_up),
        cmocka_unit_test(test_tls_of_the_same_domain),
        cmocka_unit_test(test_tls_checks_the_new_name),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
