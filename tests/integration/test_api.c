/* test_api.c: the HTTP interface of the running program: every document against the schema in
 * docs/, who may change what, requests that are wrong, slow, half or too many. Arguments: the
 * program, the schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_run.h"
#include "schema.h"

#define TOKEN "a-token-nobody-guesses"

enum { CROWD = 1000 };

static char *program;
static json_t *schema;
static struct api_run miner; /* shared by the tests that leave it running */
static struct api_reply reply;

static int start_miner(void **state)
{
    static const char *const words[] = {"-t", "1", "--api-token", TOKEN, NULL};
    (void)state;
    api_run_start(&miner, program, words);
    return 0;
}

static int stop_miner(void **state)
{
    (void)state;
    assert_int_equal(api_run_stop(&miner), 0);
    return 0;
}

static bool paused(const struct api_run *run)
{
    json_t *summary = api_get(run, "/api/v1/summary");
    bool value = json_is_true(json_object_get(summary, "paused"));
    json_decref(summary);
    return value;
}

static void test_documents_have_the_shape_of_the_schema(void **state)
{
    static const char *const documents[][2] = {
        {"/api/v1/summary", "summary"}, {"/api/v1/devices", "devices"},
        {"/api/v1/chains", "chains"},   {"/api/v1/workers", "workers"},
        {"/api/v1/events", "events"},   {"/1/summary", "xmrig"},
        {"/2/summary", "xmrig"},        {"/mmpos", "mmpos"},
    };
    (void)state;
    while (atomic_load(&miner.accepted) == 0) {
        (void)api_hashes(&miner); /* until every number had its chance to be one */
    }
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        json_t *value = api_get(&miner, documents[i][0]);
        schema_check(schema, documents[i][1], value);
        json_decref(value);
    }
    json_t *summary = api_get(&miner, "/api/v1/summary");
    json_t *shares = json_object_get(summary, "shares");
    json_t *server = json_object_get(summary, "server");
    assert_true(json_integer_value(json_object_get(summary, "hashes")) > 0);
    assert_true(json_integer_value(json_object_get(shares, "accepted")) > 0);
    assert_true(json_is_true(json_object_get(server, "up")));
    assert_int_equal(json_integer_value(json_object_get(server, "connects")), 1);
    json_decref(summary);
    json_t *chains = api_get(&miner, "/api/v1/chains");
    assert_int_equal(json_array_size(json_object_get(chains, "chains")), 16);
    json_decref(chains);
}

/* The line of the start's time in a scrape. */
static void scrape_start(char line[128])
{
    assert_int_equal(api_ask(&reply, &miner, "GET", "/metrics", ""), 200);
    const char *at = strstr(reply.body, "\nshardpick_start_time_seconds");
    assert_non_null(at);
    (void)snprintf(line, 128, "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
}

/* A scraper counts restarts by its changes: every scrape of a run gives the same number. */
static void test_start_time_stays(void **state)
{
    char first[128];
    char later[128];
    (void)state;
    scrape_start(first);
    for (unsigned i = 0; i < 3; i++) {
        scrape_start(later);
        assert_string_equal(first, later);
    }
}

/* What managers of xmrig read: total and per-device rates, shares, uptime. */
static void test_managers_find_what_they_read(void **state)
{
    double total = 0;
    double device = 0;
    json_int_t good = -1;
    json_int_t all = -1;
    json_int_t uptime = -1;
    const char *algo = NULL;
    json_t *root = NULL;
    (void)state;
    while (!(total > 0)) { /* rates begin with the first second */
        json_decref(root);
        root = api_get(&miner, "/2/summary");
        assert_int_equal(json_unpack(root, "{s:{s:[F]}}", "hashrate", "total", &total), 0);
    }
    assert_int_equal(json_unpack(root, "{s:{s:[F],s:[[F]]},s:{s:I,s:I},s:s,s:{s:I}}", "hashrate",
                                 "total", &total, "threads", &device, "results", "shares_good",
                                 &good, "shares_total", &all, "algo", &algo, "connection", "uptime",
                                 &uptime),
                     0);
    assert_true(device > 0);
    assert_true(good > 0 && all >= good && uptime >= 0);
    json_int_t best = 0;
    json_int_t total_bytes = 0;
    json_int_t resident = 0;
    double load = -1;
    int pages[2] = {-1, -1};
    assert_int_equal(json_unpack(root, "{s:{s:[I],s:[]},s:{s:{s:I,s:I},s:[F,F,F!]},s:[i,i!]}",
                                 "results", "best", &best, "error_log", "resources", "memory",
                                 "total", &total_bytes, "resident_set_memory", &resident,
                                 "load_average", &load, &load, &load, "hugepages", &pages[0],
                                 &pages[1]),
                     0);
    assert_int_equal(json_array_size(json_object_get(json_object_get(root, "results"), "best")),
                     10);
    assert_true(best > 0 && resident > 0 && total_bytes > resident && load >= 0);
    json_t *first = api_get(&miner, "/1/summary");
    assert_true(json_is_boolean(json_object_get(first, "hugepages")));
    json_decref(first);
    assert_string_equal(algo, "alephium");
    json_decref(root);
}

static void test_events_continue_where_one_left_off(void **state)
{
    (void)state;
    json_t *first = api_get(&miner, "/api/v1/events");
    json_int_t next = json_integer_value(json_object_get(first, "next"));
    assert_true(next > 0);
    assert_true(json_array_size(json_object_get(first, "events")) > 0);
    json_decref(first);
    char path[64];
    (void)snprintf(path, sizeof path, "/api/v1/events?since=%lld", (long long)next);
    json_t *more = api_get(&miner, path);
    json_t *events = json_object_get(more, "events");
    while (json_array_size(events) == 0) { /* until the miner has something to tell */
        json_decref(more);
        more = api_get(&miner, path);
        events = json_object_get(more, "events");
    }
    assert_int_equal(json_integer_value(json_object_get(json_array_get(events, 0), "seq")), next);
    json_decref(more);
    more = api_get(&miner, "/api/v1/events?since=999999999999999999");
    assert_int_equal(json_array_size(json_object_get(more, "events")), 0);
    json_decref(more);
    static const char *const wrong[] = {"x", "-1", "1.5", "", "9999999999999999999", "%00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(path, sizeof path, "/api/v1/events?since=%s", wrong[i]);
        assert_int_equal(api_ask(&reply, &miner, "GET", path, ""), 400);
    }
}

static void test_every_answer_is_closed_to_strangers_pages(void **state)
{
    static const char *const paths[] = {"/",        "/app.js",         "/app.css", "/icon.svg",
                                        "/metrics", "/api/v1/summary", "/nowhere"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        (void)api_ask(&reply, &miner, "GET", paths[i], "Origin: http://evil.example\r\n");
        assert_non_null(strstr(reply.text, "X-Content-Type-Options: nosniff\r\n"));
        assert_non_null(strstr(reply.text, "Content-Security-Policy: default-src 'none'"));
        assert_non_null(strstr(reply.text, "frame-ancestors 'none'"));
        assert_null(strstr(reply.text, "unsafe-inline"));
        assert_null(strstr(reply.text, "Access-Control"));
        assert_int_equal(reply.code, strcmp(paths[i], "/nowhere") == 0 ? 404 : 200);
    }
}

static void test_only_the_token_changes_anything(void **state)
{
    static const char *const wrong[] = {
        "",
        "Authorization: Bearer \r\n",
        "Authorization: Bearer wrong\r\n",
        "Authorization: Bearer " TOKEN "x\r\n",
        "Authorization: Basic " TOKEN "\r\n",
        "Authorization: " TOKEN "\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(api_ask(&reply, &miner, "POST", "/api/v1/pause", wrong[i]), 401);
        assert_non_null(strstr(reply.text, "WWW-Authenticate: Bearer"));
        assert_false(paused(&miner));
    }
}

/* Paused, no hash is counted any more; resumed, they are. */
static void test_pause_and_resume(void **state)
{
    static const char token[] = "Authorization: Bearer " TOKEN "\r\n";
    (void)state;
    assert_int_equal(api_ask(&reply, &miner, "POST", "/api/v1/pause", token), 200);
    json_t *body = json_loads(reply.body, 0, NULL);
    schema_check(schema, "paused", body);
    json_decref(body);
    assert_true(paused(&miner));
    json_int_t seen = api_wait_rest(&miner);
    assert_int_equal(api_ask(&reply, &miner, "POST", "/api/v1/resume", token), 200);
    assert_false(paused(&miner));
    while (api_hashes(&miner) == seen) {
        (void)poll(NULL, 0, 10);
    }
}

static void test_wrong_requests_get_the_right_code(void **state)
{
    static char long_path[20000];
    static char long_header[40000];
    (void)state;
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[0] = '/';
    (void)snprintf(long_header, sizeof long_header, "X-Long: %39980d\r\n", 1);
    const struct {
        const char *method;
        const char *path;
        const char *headers;
        int code;
    } cases[] = {
        {"POST", "/api/v1/summary", "Content-Length: 0\r\n", 405},
        {"OPTIONS", "/api/v1/pause", "", 405},
        {"DELETE", "/", "", 405},
        {"GET", "/api/v1/pause", "", 405},
        {"GET", "/api/v1/reload", "", 405},
        {"POST", "/api/v1/reload", "Content-Length: 0\r\n", 401},
        {"GET", "/api/v1/", "", 404},
        {"GET", "/../../etc/passwd", "", 404},
        {"GET", "//", "", 404},
        {"GET", "/%2e%2e/", "", 404},
        {"HEAD", "/metrics", "", 200},
        {"GET", "/?whatever=1&x", "", 200},
        {"POST", "/api/v1/pause", "Content-Length: 5000\r\n", 413},
        {"POST", "/api/v1/pause", "Content-Length: 99999999999999999999\r\n", 413},
        {"GET", long_path, "", 414},
        {"GET", "/", long_header, 431},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int code = api_ask(&reply, &miner, cases[i].method, cases[i].path, cases[i].headers);
        /* Refused while it is still being sent, an answer may be lost to the reset. */
        bool early = cases[i].code == 414 || cases[i].code == 431;
        if (code != cases[i].code && !(early && code == 0)) {
            fail_msg("%s %.40s: %d instead of %d: %.200s", cases[i].method, cases[i].path, code,
                     cases[i].code, reply.text);
        }
        if (code == 405) {
            assert_non_null(strstr(reply.text, "\r\nAllow: "));
        }
    }
}

/* A stranger's page that makes its own name mean this machine sends that name. */
static void test_hosts_of_strangers_are_refused(void **state)
{
    static const struct {
        const char *host;
        int code;
    } cases[] = {
        {"evil.example", 403},
        {"evil.example:80", 403},
        {"localhost.evil.example", 403},
        {"127.0.0.1.evil", 403},
        {"", 403},
        {"[::1", 403},
        {"localhost", 200},
        {"LOCALHOST:4068", 200},
        {"127.0.0.1:4068", 200},
        {"[::1]:4068", 200},
        {"localhost:x", 403},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char request[256];
        int size = snprintf(request, sizeof request,
                            "GET /api/v1/summary HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
                            cases[i].host);
        int fd = api_connect(&miner);
        assert_true(api_send(fd, request, (size_t)size));
        if (api_finish(&reply, fd) != cases[i].code) {
            fail_msg("Host: %s: %d", cases[i].host, reply.code);
        }
    }
}

/* One byte at a time; between any two others are served. */
static void test_a_slow_client_holds_nobody_up(void **state)
{
    static const char request[] = "GET /api/v1/summary HTTP/1.1\r\nHost: localhost\r\n"
                                  "Connection: close\r\n\r\n";
    (void)state;
    int fd = api_connect(&miner);
    for (size_t i = 0; i + 1 < sizeof request; i++) {
        assert_true(api_send(fd, request + i, 1));
        if (i % 8 == 0) {
            (void)api_hashes(&miner);
        }
    }
    assert_int_equal(api_finish(&reply, fd), 200);
}

static void test_garbage_is_answered_or_closed(void **state)
{
    static const char *const garbage[] = {
        "\r\n\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03",
        "GET / HTTP/1.1\r\n: x\r\n\r\n",
        "GET /\x01\x02 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ("POST /api/v1/pause HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
         "chunked\r\n\r\nzz\r\n"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        int fd = api_connect(&miner);
        (void)api_send(fd, garbage[i], strlen(garbage[i]));
        (void)shutdown(fd, SHUT_WR);
        assert_int_not_equal(api_finish(&reply, fd), 200);
    }
    assert_true(api_hashes(&miner) > 0);
}

/* Far more connections than are served, all of them half open: mining goes on, and once they are
 * gone so does the interface. */
static void test_a_crowd_does_not_reach_the_lanes(void **state)
{
    static int fds[CROWD];
    struct rlimit files;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(miner.port)};
    size_t count = 0;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    while (count < CROWD) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            break;
        }
        (void)connect(fd, (const struct sockaddr *)&address, sizeof address);
        (void)send(fd, "GET / HTTP/1.1\r\n", 16, MSG_NOSIGNAL);
        fds[count++] = fd;
    }
    assert_true(count > 200);
    unsigned before = atomic_load(&miner.accepted);
    while (atomic_load(&miner.accepted) < before + 3) {
        (void)poll(NULL, 0, 10);
    }
    for (size_t i = 0; i < count; i++) {
        (void)close(fds[i]);
    }
    assert_true(api_hashes(&miner) > 0);
}

/* No server answers: the interface does, and it tells nobody what is secret. */
static void test_without_a_server_and_without_secrets(void **state)
{
    static const char *const words[] = {"-t", "1",
                                        "-o", "stratum+tcp://127.0.0.1:9",
                                        "-u", "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig1",
                                        "-p", "hunter2hunter2",
                                        NULL};
    static const char *const paths[] = {"/",
                                        "/metrics",
                                        "/api/v1/summary",
                                        "/api/v1/devices",
                                        "/api/v1/chains",
                                        "/api/v1/events",
                                        "/1/summary",
                                        "/2/summary",
                                        "/mmpos"};
    struct api_run run;
    (void)state;
    api_run_start(&run, program, words);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(api_ask(&reply, &run, "GET", paths[i], ""), 200);
        assert_null(strstr(reply.text, "hunter2"));
        assert_null(strstr(reply.text, "1AqVGKeH"));
    }
    /* Nothing can be changed where no token was set, not even with an empty one. */
    assert_int_equal(api_ask(&reply, &run, "POST", "/api/v1/pause", "Authorization: Bearer \r\n"),
                     403);
    json_t *summary = api_get(&run, "/api/v1/summary");
    assert_true(json_is_false(json_object_get(json_object_get(summary, "server"), "up")));
    json_decref(summary);
    assert_int_equal(api_run_stop(&run), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents_have_the_shape_of_the_schema),
        cmocka_unit_test(test_start_time_stays),
        cmocka_unit_test(test_managers_find_what_they_read),
        cmocka_unit_test(test_events_continue_where_one_left_off),
        cmocka_unit_test(test_every_answer_is_closed_to_strangers_pages),
        cmocka_unit_test(test_only_the_token_changes_anything),
        cmocka_unit_test(test_pause_and_resume),
        cmocka_unit_test(test_wrong_requests_get_the_right_code),
        cmocka_unit_test(test_hosts_of_strangers_are_refused),
        cmocka_unit_test(test_a_slow_client_holds_nobody_up),
        cmocka_unit_test(test_garbage_is_answered_or_closed),
        cmocka_unit_test(test_a_crowd_does_not_reach_the_lanes),
        cmocka_unit_test(test_without_a_server_and_without_secrets),
    };
    if (argc < 3) {
        (void)fprintf(stderr, "usage: %s PROGRAM SCHEMA\n", argv[0]);
        return 1;
    }
    program = argv[1];
    schema = json_load_file(argv[2], 0, NULL);
    if (schema == NULL) {
        (void)fprintf(stderr, "%s cannot be read\n", argv[2]);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, start_miner, stop_miner);
    json_decref(schema);
    return failed;
}
