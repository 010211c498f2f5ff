/* test_session_http.c: a session over HTTP with a node of a made-up family: method, path and
 * headers of a protocol's request reach the server as they are, and its answer becomes a job. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "listen.h"
#include "protocol/family.h"
#include "source/session.h"
#include "toy_node.h"

struct seen {
    unsigned jobs;
    uint8_t msg;
};

static enum base_status on_output(void *user, struct pool_session *session,
                                  const struct pool_output *output)
{
    struct seen *seen = user;
    (void)session;
    if (output->kind == POOL_OUTPUT_JOB) {
        seen->jobs++;
        seen->msg = output->job->header[0];
    }
    return BASE_OK;
}

/* Let the session run until the server has something to read, or its state changes. */
static void step(struct pool_session *session, int server)
{
    struct pool_wait waits[POOL_CALLS_MAX];
    struct base_error error = {BASE_OK, ""};
    size_t count = pool_session_waits(session, waits);
    pool_transport_wait(waits, count, server, pool_session_hurries(session) ? 0 : 1000);
    assert_int_equal(pool_session_run(session, false, base_clock_ms(), &error), BASE_OK);
}

static void test_get_with_headers(void **state)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"
                                 "{\"msg\":7,\"parent\":1}";
    static const struct pool_service service = {.ops = &toy_rest_node,
                                                .limits = {.answer = LOOP_WAIT_MS}};
    static const struct pool_transport_options options = {
        .proxy = "", .tls_ca_file = "", .connect_timeout_ms = LOOP_WAIT_MS, .dead_peer_ms = 8000};
    struct base_error error = {BASE_OK, ""};
    struct seen seen = {0, 0};
    struct pool_memory memory = {.extranonce = 0};
    uint64_t next_job_id = 0;
    uint16_t port = 0;
    int server = listen_socket(&port);
    struct pool_server node = {
        .scheme = POOL_DAEMON_HTTP, .host = "127.0.0.1", .port = port, .path = "/node1"};
    struct pool_protocol_setup setup = {.server = &node,
                                        .agent = "test",
                                        .connection = 1,
                                        .next_job_id = &next_job_id,
                                        .api_key = "k3y",
                                        .memory = &memory};
    struct pool_session *session = NULL;
    char line[256] = "";
    bool keyed = false;
    (void)state;
    assert_int_equal(pool_transport_start(&error), BASE_OK);
    assert_int_equal(
        pool_session_open(&session, &options, &service, &setup, port, base_clock_ms(), &error),
        BASE_OK);
    session->on_output = on_output;
    session->user = &seen;
    while (!loop_readable(server, 0)) {
        step(session, server);
    }
    int peer = listen_accept(server);
    while (!loop_readable(peer, 0)) {
        step(session, peer);
    }
    loop_receive_line(peer, line, sizeof(line));
    assert_non_null(strstr(line, "GET /node1/mining/candidate HTTP/1.1"));
    while (line[0] != '\0' && line[0] != '\r') {
        loop_receive_line(peer, line, sizeof(line));
        keyed = keyed || strstr(line, "api_key: k3y") != NULL;
    }
    assert_true(keyed);
    loop_send(peer, answer, sizeof(answer) - 1);
    while (seen.jobs == 0) {
        step(session, peer);
    }
    assert_int_equal(seen.jobs, 1);
    assert_int_equal(seen.msg, 7);
    pool_session_close(session);
    pool_transport_stop();
    (void)close(peer);
    (void)close(server);
}

/* Let the session run until the server can read, or the session has failed. */
static enum base_status run_until(struct pool_session *session, int server)
{
    struct base_error error = {BASE_OK, ""};
    enum base_status status = BASE_OK;
    while (status == BASE_OK && !loop_readable(server, 0)) {
        struct pool_wait waits[POOL_CALLS_MAX];
        size_t count = pool_session_waits(session, waits);
        pool_transport_wait(waits, count, server, pool_session_hurries(session) ? 0 : 1000);
        status = pool_session_run(session, false, base_clock_ms(), &error);
    }
    return status;
}

/* A server that accepts a connection and never answers over it may serve one at a time: at the next
 * session, connections are not kept. Before that, they are. */
static void test_connections_are_not_kept(void **state)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n"
                                 "{\"msg\":7,\"parent\":1}";
    static const struct pool_service service = {.ops = &toy_rest_node,
                                                .limits = {.answer = LOOP_WAIT_MS}};
    static const struct pool_transport_options options = {
        .proxy = "", .tls_ca_file = "", .connect_timeout_ms = LOOP_WAIT_MS, .dead_peer_ms = 8000};
    struct base_error error = {BASE_OK, ""};
    struct seen seen = {0, 0};
    struct pool_memory memory = {.extranonce = 0};
    uint64_t next_job_id = 0;
    uint16_t port = 0;
    int server = listen_socket(&port);
    struct pool_server node = {.scheme = POOL_DAEMON_HTTP, .host = "127.0.0.1", .port = port};
    struct pool_protocol_setup setup = {.server = &node,
                                        .agent = "test",
                                        .connection = 1,
                                        .next_job_id = &next_job_id,
                                        .api_key = "k3y",
                                        .memory = &memory};
    enum { KEPT, TIMES_OUT, NOT_KEPT, SESSIONS };
    (void)state;
    assert_int_equal(pool_transport_start(&error), BASE_OK);
    for (int i = 0; i < SESSIONS; i++) {
        struct pool_session *session = NULL;
        char bytes[512];
        setup.template_wait_ms = i == TIMES_OUT ? 1500 : LOOP_WAIT_MS;
        assert_int_equal(
            pool_session_open(&session, &options, &service, &setup, port, base_clock_ms(), &error),
            BASE_OK);
        session->on_output = on_output;
        session->user = &seen;
        assert_int_equal(run_until(session, server), BASE_OK);
        int peer = listen_accept(server);
        assert_int_equal(run_until(session, peer), BASE_OK);
        assert_true(recv(peer, bytes, sizeof(bytes), 0) > 0);
        if (i == TIMES_OUT) {
            assert_int_not_equal(run_until(session, peer), BASE_OK);
            assert_true(memory.keeps_none);
        } else {
            loop_send(peer, answer, sizeof(answer) - 1);
            unsigned jobs = seen.jobs;
            while (seen.jobs == jobs) {
                step(session, peer);
            }
            assert_int_equal(loop_readable(peer, i == KEPT ? 0 : LOOP_WAIT_MS), i == NOT_KEPT);
        }
        pool_session_close(session);
        (void)close(peer);
    }
    pool_transport_stop();
    (void)close(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get_with_headers),
        cmocka_unit_test(test_connections_are_not_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
