/* test_serve: the listening side on real sockets: ten thousand connections, limits, lines, frames,
 * a system without descriptors, the end with connections open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/endian.h"
#include "loop.h"
#include "serve/serve.h"

enum { MANY = 10000, LINE_MAX_BYTES = 100, SKIPPED = 77 };

/* A service that sends every line back; with frames set, every frame. Guarded by the serve lock. */
struct echo {
    struct pool_serve *serve;
    uint16_t port;
    bool frames;
    bool http;   /* requests over HTTP are answered with their path and body */
    bool refuse; /* open says no */
    uint64_t opened;
    uint64_t closed;
    uint64_t turns;
    uint64_t wrong; /* what the loop's thread saw and should not have seen */
    size_t flood;   /* bytes that each line is answered with; 0: the line */
};

static bool echo_open(void *user, struct pool_serve_peer *peer)
{
    struct echo *echo = user;
    echo->wrong += pool_serve_peer_user(peer) != NULL;
    echo->wrong += strcmp(pool_serve_peer_host(peer), "127.0.0.1") != 0;
    if (echo->refuse) {
        return false;
    }
    pool_serve_peer_set_user(peer, echo);
    echo->opened++;
    return true;
}

static void echo_lines(struct echo *echo, struct pool_serve_peer *peer)
{
    const char *line = NULL;
    size_t size = 0;
    enum base_status status = BASE_OK;
    while ((status = pool_serve_line(peer, &line, &size, LINE_MAX_BYTES)) == BASE_OK) {
        if (size == 3 && memcmp(line, "bye", 3) == 0) {
            pool_serve_send(peer, "good bye\n", 9);
            pool_serve_close(peer);
            pool_serve_send(peer, "never sent\n", 11);
        } else if (echo->flood > 0) {
            char bytes[4096] = {0};
            for (size_t sent = 0; sent < echo->flood; sent += sizeof bytes) {
                pool_serve_send(peer, bytes, sizeof bytes);
            }
        } else {
            char text[LINE_MAX_BYTES + 1];
            memcpy(text, line, size);
            text[size] = '\n';
            pool_serve_send(peer, text, size + 1);
        }
    }
    if (status == BASE_E_LIMIT) {
        pool_serve_reset(peer);
    }
}

static void echo_frames(struct pool_serve_peer *peer)
{
    const uint8_t *body = NULL;
    size_t size = 0;
    enum base_status status = BASE_OK;
    while ((status = pool_serve_frame(peer, &body, &size, LINE_MAX_BYTES)) == BASE_OK) {
        uint8_t length[4];
        base_store_be32(length, (uint32_t)size);
        pool_serve_send(peer, length, sizeof length);
        pool_serve_send(peer, body, size);
    }
    if (status == BASE_E_LIMIT) {
        pool_serve_reset(peer);
    }
}

static void echo_requests(struct pool_serve_peer *peer)
{
    struct pool_serve_request request;
    enum base_status status = BASE_OK;
    while ((status = pool_serve_http(peer, &request, LINE_MAX_BYTES)) == BASE_OK) {
        char body[512];
        size_t size = 0;
        const char *host = pool_serve_http_header(&request, "host", &size);
        int count = snprintf(body, sizeof body, "%.*s %.*s %.*s %.*s", (int)request.method_size,
                             request.head, (int)request.path_size, request.path, (int)size,
                             host != NULL ? host : "", (int)request.body_size, request.body);
        pool_serve_http_answer(peer, 200, "text/plain", body, (size_t)count);
    }
    if (status != BASE_E_AGAIN) {
        pool_serve_reset(peer);
    }
}

static void echo_input(void *user, struct pool_serve_peer *peer)
{
    struct echo *echo = user;
    echo->wrong += pool_serve_peer_user(peer) != echo;
    if (echo->frames) {
        echo_frames(peer);
    } else if (echo->http) {
        echo_requests(peer);
    } else {
        echo_lines(echo, peer);
    }
}

static void echo_close(void *user, struct pool_serve_peer *peer)
{
    struct echo *echo = user;
    (void)peer;
    echo->closed++;
}

static const struct pool_serve_service echo_service = {echo_open, echo_input, echo_close};

static void on_begin(void *user, uint64_t now_ms)
{
    struct echo *echo = user;
    (void)now_ms;
    echo->turns++;
}

static uint32_t on_end(void *user, uint64_t now_ms)
{
    (void)user;
    (void)now_ms;
    return UINT32_MAX;
}

static void start(struct echo *echo, struct pool_serve_limits limits)
{
    struct pool_serve_config config = {limits, on_begin, on_end, echo};
    struct base_error error = {0};
    assert_int_equal(pool_serve_new(&echo->serve, &config, &error), BASE_OK);
    assert_int_equal(pool_serve_listen(echo->serve, &echo->port, "127.0.0.1", 0, "test port",
                                       &echo_service, echo, &error),
                     BASE_OK);
    assert_int_equal(pool_serve_start(echo->serve, &error), BASE_OK);
}

static const struct pool_serve_limits usual = {.peers = 64, .in_bytes = 4096, .out_bytes = 65536};

/* Wait until exactly `text` arrived. */
static void receive(int fd, const char *text)
{
    char got[256];
    size_t size = strlen(text);
    assert_true(size < sizeof got);
    loop_receive(fd, got, size);
    assert_memory_equal(got, text, size);
}

static uint64_t read_counter(struct echo *echo, const uint64_t *counter)
{
    pool_serve_lock(echo->serve);
    uint64_t value = *counter;
    pool_serve_unlock(echo->serve);
    return value;
}

static size_t connected(struct echo *echo)
{
    pool_serve_lock(echo->serve);
    size_t count = pool_serve_peer_count(echo->serve);
    pool_serve_unlock(echo->serve);
    return count;
}

/* ---- ten thousand ------------------------------------------------------------------------------
 */

static bool allow_descriptors(rlim_t count)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur < count) {
        limit.rlim_cur = count;
        limit.rlim_max = limit.rlim_max < count ? count : limit.rlim_max;
        return setrlimit(RLIMIT_NOFILE, &limit) == 0;
    }
    return true;
}

static void tell(int fd)
{
    assert_int_equal(write(fd, "x", 1), 1);
}

static void wait_for(int fd)
{
    char byte = 0;
    assert_true(loop_readable(fd, LOOP_WAIT_MS));
    assert_int_equal(read(fd, &byte, 1), 1);
}

/* The clients have a process of their own, so that its limit of open files is theirs alone. */
static void ten_thousand_clients(int link)
{
    static int fds[MANY];
    uint16_t port = 0;
    loop_receive(link, &port, sizeof port);
    for (unsigned i = 0; i < MANY; i++) {
        fds[i] = loop_connect(port);
    }
    for (unsigned i = 0; i < MANY; i++) {
        char text[32];
        int size = snprintf(text, sizeof text, "share %u\n", i);
        loop_send(fds[i], text, (size_t)size);
    }
    for (unsigned i = 0; i < MANY; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "share %u\n", i);
        receive(fds[i], text);
    }
    tell(link);
    for (unsigned i = 0; i < MANY; i++) {
        receive(fds[i], "job\n");
    }
    int extra = loop_connect(port); /* one too many */
    assert_int_equal(loop_wait_end(extra), 0);
    (void)close(extra);
    for (unsigned i = 0; i < MANY / 2; i++) {
        (void)close(fds[i]);
    }
    tell(link);
    for (unsigned i = MANY / 2; i < MANY; i++) {
        assert_int_equal(loop_wait_end(fds[i]), 0);
    }
}

static void ten_thousand_connections(void **state)
{
    (void)state;
    struct echo echo = {0};
    int links[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, links), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) { /* a failed assertion ends the test in the child, which then exits with 1 */
        (void)close(links[0]);
        ten_thousand_clients(links[1]);
        _exit(0);
    }
    (void)close(links[1]);
    start(&echo, (struct pool_serve_limits){.peers = MANY, .in_bytes = 4096, .out_bytes = 65536});
    assert_int_equal(write(links[0], &echo.port, sizeof echo.port), sizeof echo.port);
    wait_for(links[0]);
    assert_int_equal(connected(&echo), MANY);

    pool_serve_lock(echo.serve); /* one job to all */
    for (size_t i = 0; i < pool_serve_peer_count(echo.serve); i++) {
        pool_serve_send(pool_serve_peer_at(echo.serve, i), "job\n", 4);
    }
    pool_serve_unlock(echo.serve);
    pool_serve_wake(echo.serve);
    wait_for(links[0]);
    LOOP_UNTIL(connected(&echo) == MANY - MANY / 2);
    assert_int_equal(read_counter(&echo, &echo.closed), MANY / 2);
    pool_serve_stop(echo.serve);
    assert_int_equal(echo.wrong, 0);
    assert_int_equal(echo.opened, MANY);
    assert_int_equal(echo.closed, MANY);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    (void)close(links[0]);
}

/* ---- input -------------------------------------------------------------------------------------
 */

static void send_text(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void lines_of_any_split(void **state)
{
    (void)state;
    struct echo echo = {0};
    start(&echo, usual);
    int fd = loop_connect(echo.port);
    const char *text = "first\n\nsecond line\n";
    for (const char *at = text; *at != '\0'; at++) {
        uint64_t turns = read_counter(&echo, &echo.turns);
        assert_int_equal(send(fd, at, 1, MSG_NOSIGNAL), 1);
        LOOP_UNTIL(read_counter(&echo, &echo.turns) > turns);
    }
    receive(fd, text);
    send_text(fd, "a\nb\nc");
    receive(fd, "a\nb\n");
    send_text(fd, "d\nbye\nafter\n"); /* the rest of the line, then the end */
    receive(fd, "cd\ngood bye\n");
    assert_int_equal(loop_wait_end(fd), 0);
    (void)close(fd);
    pool_serve_stop(echo.serve);
}

static void a_line_too_long_ends_only_its_connection(void **state)
{
    (void)state;
    struct echo echo = {0};
    char text[LINE_MAX_BYTES + 2];
    start(&echo, usual);
    int good = loop_connect(echo.port);
    int bad = loop_connect(echo.port);
    memset(text, 'x', sizeof text);
    text[LINE_MAX_BYTES] = '\n';
    text[LINE_MAX_BYTES + 1] = '\0';
    send_text(good, text); /* as long as is allowed */
    receive(good, text);
    text[LINE_MAX_BYTES] = 'x'; /* one byte more, and no line end in sight */
    send_text(bad, text);
    (void)loop_wait_end(bad);
    send_text(good, "still here\n");
    receive(good, "still here\n");
    (void)close(good);
    (void)close(bad);
    pool_serve_stop(echo.serve);
}

static void frames(void **state)
{
    (void)state;
    struct echo echo = {.frames = true};
    start(&echo, usual);
    int fd = loop_connect(echo.port);
    const char bytes[] = "\0\0\0\5hello\0\0\0\0\0\0\0\2";
    char got[sizeof bytes + 1];
    assert_int_equal(send(fd, bytes, sizeof bytes - 1, MSG_NOSIGNAL), sizeof bytes - 1);
    loop_receive(fd, got, 13);
    assert_memory_equal(got, bytes, 13);
    assert_int_equal(send(fd, "ab", 2, MSG_NOSIGNAL), 2);
    loop_receive(fd, got, 6);
    assert_memory_equal(got, "\0\0\0\2ab", 6);
    assert_int_equal(send(fd, "\377\0\0\0", 4, MSG_NOSIGNAL), 4); /* 4 GiB to come */
    (void)loop_wait_end(fd);
    (void)close(fd);
    pool_serve_stop(echo.serve);
}

static void requests_of_any_split(void **state)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                 "Content-Length: 14\r\n\r\nPOST /p me abc";
    static const char text[] = "POST /p HTTP/1.1\r\nhOsT: me\r\nContent-Length: 3\r\n\r\nabc";
    (void)state;
    struct echo echo = {.http = true};
    start(&echo, usual);
    int fd = loop_connect(echo.port);
    for (const char *at = text; *at != '\0'; at++) {
        uint64_t turns = read_counter(&echo, &echo.turns);
        assert_int_equal(send(fd, at, 1, MSG_NOSIGNAL), 1);
        LOOP_UNTIL(read_counter(&echo, &echo.turns) > turns);
    }
    receive(fd, answer);
    send_text(fd, text); /* two at once, and one without a body */
    send_text(fd, text);
    send_text(fd, "GET / HTTP/1.0\r\n\r\n");
    receive(fd, answer);
    receive(fd, answer);
    receive(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nGET /  ");
    (void)close(fd);
    pool_serve_stop(echo.serve);
}

/* What is no request, has no length, or a long one ends its connection. */
static void requests_that_break_the_rules(void **state)
{
    static const char *const texts[] = {
        "hello\r\n\r\n",
        "\r\n\r\n",
        "POST /p\r\n\r\n",
        "POST /p HTTP/1.1\r\nContent-Length: 101\r\n\r\n",
        "POST /p HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /p HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /p HTTP/1.1\r\nContent-Length:\r\n\r\n",
        "POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    };
    (void)state;
    struct echo echo = {.http = true};
    start(&echo, usual);
    for (size_t i = 0; i < BASE_COUNT_OF(texts); i++) {
        int fd = loop_connect(echo.port);
        send_text(fd, texts[i]);
        (void)loop_wait_end(fd);
        (void)close(fd);
    }
    pool_serve_stop(echo.serve);
}

/* ---- limits ------------------------------------------------------------------------------------
 */

static void connections_per_address(void **state)
{
    (void)state;
    struct echo echo = {0};
    struct pool_serve_limits limits = usual;
    limits.peers_per_address = 2;
    start(&echo, limits);
    int first = loop_connect(echo.port);
    int second = loop_connect(echo.port);
    LOOP_UNTIL(connected(&echo) == 2);
    int third = loop_connect(echo.port);
    assert_int_equal(loop_wait_end(third), 0);
    (void)close(third);
    (void)close(first);
    LOOP_UNTIL(connected(&echo) == 1);
    int fourth = loop_connect(echo.port);
    send_text(fourth, "room again\n");
    receive(fourth, "room again\n");
    (void)close(second);
    (void)close(fourth);
    pool_serve_stop(echo.serve);
}

static void a_service_may_refuse(void **state)
{
    (void)state;
    struct echo echo = {.refuse = true};
    start(&echo, usual);
    int fd = loop_connect(echo.port);
    (void)loop_wait_end(fd);
    (void)close(fd);
    pool_serve_stop(echo.serve);
    assert_int_equal(echo.closed, 0);
}

static void output_that_nobody_reads_is_bounded(void **state)
{
    (void)state;
    struct echo echo = {.flood = 32768};
    start(&echo, usual);
    int lazy = loop_connect(echo.port);
    LOOP_UNTIL(connected(&echo) == 1);
    for (unsigned i = 0; i < 100000 && connected(&echo) == 1; i++) {
        if (send(lazy, "more\n", 5, MSG_NOSIGNAL) < 0) {
            break;
        }
    }
    LOOP_UNTIL(connected(&echo) == 0);
    (void)close(lazy);
    pool_serve_stop(echo.serve);
}

static void a_stalled_connection_is_reset(void **state)
{
    (void)state;
    struct echo echo = {.flood = 16 << 20};
    struct pool_serve_limits limits = usual;
    limits.out_bytes = 64 << 20;
    limits.stall_ms = 100;
    start(&echo, limits);
    int lazy = loop_connect(echo.port);
    int busy = loop_connect(echo.port);
    LOOP_UNTIL(connected(&echo) == 2);
    send_text(lazy, "flood\n");
    LOOP_UNTIL(connected(&echo) == 1);
    (void)close(lazy);
    (void)close(busy);
    pool_serve_stop(echo.serve);
}

/* The system gives no descriptor for a connection that waits: it is refused, the loop does not
 * spin, and the next one is served when there is room again. */
static void no_descriptors_left(void **state)
{
    (void)state;
    struct echo echo = {0};
    struct rlimit before;
    start(&echo, usual);
    int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int next = dup(late); /* the lowest free number */
    assert_true(next >= 0);
    (void)close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    uint64_t turns = read_counter(&echo, &echo.turns);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(echo.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(late, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(loop_wait_end(late), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    int fd = loop_connect(echo.port);
    send_text(fd, "served\n");
    receive(fd, "served\n");
    assert_in_range(read_counter(&echo, &echo.turns) - turns, 1, 10);
    (void)close(fd);
    (void)close(late);
    pool_serve_stop(echo.serve);
}

static void ports_that_cannot_be_had(void **state)
{
    (void)state;
    struct echo echo = {0};
    struct base_error error = {0};
    uint16_t port = 0;
    int fd = -1;
    start(&echo, usual);
    assert_int_equal(pool_serve_socket(&fd, &port, "127.0.0.1", echo.port, "second port", &error),
                     BASE_E_IO);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(error.text, "second port"));
    assert_int_equal(pool_serve_socket(&fd, &port, "localhost", 0, "port", &error), BASE_E_ARG);
    pool_serve_stop(echo.serve);
    pool_serve_stop(NULL);
}

/* ---- share difficulty --------------------------------------------------------------------------
 */

static void difficulty_follows_the_rate(void **state)
{
    (void)state;
    struct pool_serve_vardiff_config config = {
        .share_ms = 1000, .look_ms = 10000, .tolerance_percent = 30};
    struct pool_serve_vardiff vardiff;
    pool_serve_vardiff_init(&vardiff, 500);
    for (unsigned i = 1; i < 40; i++) { /* four shares a second, looked at after ten seconds */
        assert_float_equal(pool_serve_vardiff_share(&vardiff, &config, 500 + 250 * i), 1, 0);
    }
    assert_float_equal(pool_serve_vardiff_share(&vardiff, &config, 10500), 4, 1e-9);
    for (unsigned i = 1; i < 10; i++) { /* 10 shares in 12 s: within the tolerance */
        assert_float_equal(pool_serve_vardiff_share(&vardiff, &config, 10500 + i), 1, 0);
    }
    assert_float_equal(pool_serve_vardiff_share(&vardiff, &config, 22500), 1, 0);
    assert_float_equal(pool_serve_vardiff_share(&vardiff, &config, 42500), 0.05, 1e-9);
    config.look_ms = UINT32_MAX;
    assert_float_equal(pool_serve_vardiff_share(&vardiff, &config, 99999999), 1, 0);
}

int main(void)
{
    if (!allow_descriptors(MANY + 200)) {
        printf("skipped: the limit of open files cannot be raised to %d\n", MANY + 200);
        return SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_connections),
        cmocka_unit_test(lines_of_any_split),
        cmocka_unit_test(a_line_too_long_ends_only_its_connection),
        cmocka_unit_test(frames),
        cmocka_unit_test(requests_of_any_split),
        cmocka_unit_test(requests_that_break_the_rules),
        cmocka_unit_test(connections_per_address),
        cmocka_unit_test(a_service_may_refuse),
        cmocka_unit_test(output_that_nobody_reads_is_bounded),
        cmocka_unit_test(a_stalled_connection_is_reset),
        cmocka_unit_test(no_descriptors_left),
        cmocka_unit_test(ports_that_cannot_be_had),
        cmocka_unit_test(difficulty_follows_the_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
