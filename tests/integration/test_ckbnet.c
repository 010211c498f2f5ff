/* test_ckbnet.c: the ports of CKB's development network, asked over sockets: JSON-RPC over HTTP and
 * by lines, subscriptions, the pool's lines. What a real node answered stands in
 * tests/data/nervos.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "ckbnet/ckbnet.h"
#include "loop.h"

enum { LINE_CAP = 1 << 16 };

static json_t *recorded; /* the vectors */

/* The nonce is the hash's front: 0 is a block. */
static bool nonce_is_hash(const void *algo, uint8_t hash_be[32], const uint8_t *header,
                          const uint8_t *solution, size_t solution_size, uint32_t height,
                          uint32_t reduced)
{
    (void)algo;
    (void)solution;
    (void)height;
    (void)reduced;
    assert_true(solution_size == 0);
    memset(hash_be, 0, 32);
    memcpy(hash_be, header + 32, 16);
    return true;
}

static struct pool_net *start(const struct pool_net_faults *faults)
{
    struct pool_net_config config;
    struct pool_net *net = NULL;
    pool_net_defaults(&config, &pool_ckbnet);
    config.seed = 9;
    config.hash = nonce_is_hash;
    config.start_hashes = 0x1p40;
    if (faults != NULL) {
        config.faults = *faults;
    }
    assert_int_equal(pool_net_start(&net, &config, NULL), BASE_OK);
    return net;
}

static json_t *ask_line(int fd, const char *line)
{
    static char got[LINE_CAP];
    loop_send(fd, line, strlen(line));
    loop_receive_line(fd, got, sizeof got);
    json_t *answer = json_loads(got, 0, NULL);
    assert_non_null(answer);
    return answer;
}

static json_t *call(int fd, const char *method, const char *params)
{
    char line[512];
    (void)snprintf(line, sizeof line,
                   "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":%s}\n", method,
                   params);
    json_t *answer = ask_line(fd, line);
    assert_int_equal(json_integer_value(json_object_get(answer, "id")), 7);
    return answer;
}

static json_t *result_of(int fd, const char *method, const char *params)
{
    json_t *answer = call(fd, method, params);
    json_t *result = json_incref(json_object_get(answer, "result"));
    if (result == NULL) {
        fail_msg("%s: no result", method);
    }
    json_decref(answer);
    return result;
}

/* An answer must be the recorded error of this name. answer is taken. */
static void is_recorded(json_t *answer, const char *name)
{
    const json_t *want = json_object_get(json_object_get(recorded, "answers"), name);
    const json_t *error = json_object_get(answer, "error");
    assert_non_null(want);
    assert_int_equal(json_integer_value(json_object_get(error, "code")),
                     json_integer_value(json_object_get(want, "code")));
    assert_string_equal(json_string_value(json_object_get(error, "message")),
                        json_string_value(json_object_get(want, "message")));
    json_decref(answer);
}

static void test_errors(void **state)
{
    const struct pool_net_faults faults = {.no_assembler = 1};
    (void)state;
    struct pool_net *net = start(NULL);
    int fd = loop_connect(pool_net_port(net, POOL_NET_EVENTS));
    is_recorded(ask_line(fd, "{\"id\":7,\"method\":\"get_tip_header\",\"params\":[]}\n"),
                "get_block_template without jsonrpc member");
    is_recorded(ask_line(fd, "this is no JSON\n"), "body is not JSON");
    is_recorded(call(fd, "submit_block", "[]"), "submit_block no parameters");
    is_recorded(call(fd, "submit_block", "[{}]"), "submit_block one parameter");
    is_recorded(call(fd, "submit_block", "[5,{}]"), "work_id as JSON number");
    pool_net_set_faults(net, &faults);
    is_recorded(call(fd, "get_block_template", "[]"), "get_block_template, no block_assembler");
    is_recorded(call(fd, "submit_block", "[\"1\",{}]"), "submit_block, no block_assembler");
    json_t *answer = call(fd, "get_peers", "[]");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(answer, "error"), "code")),
                     -32601);
    json_decref(answer);
    (void)close(fd);
    pool_net_stop(net);
}

/* Every member that a real node's template has, and no other. */
static void test_template(void **state)
{
    const json_t *real =
        json_object_get(json_array_get(json_object_get(recorded, "blocks"), 0), "template");
    const char *name = NULL;
    json_t *value = NULL;
    (void)state;
    struct pool_net *net = start(NULL);
    int fd = loop_connect(pool_net_port(net, POOL_NET_EVENTS));
    json_t *made = result_of(fd, "get_block_template", "[]");
    json_object_foreach((json_t *)(uintptr_t)real, name, value)
    {
        if (strcmp(name, "current_time") != 0 && json_object_get(made, name) == NULL) {
            fail_msg("the template has no %s", name);
        }
    }
    json_object_foreach(made, name, value)
    {
        if (strcmp(name, "current_time") != 0 && json_object_get(real, name) == NULL) {
            fail_msg("the template has %s", name);
        }
    }
    json_decref(made);
    (void)close(fd);
    pool_net_stop(net);
}

/* Who has subscribed is told of each tip; the template is of that tip by then. */
static void test_subscription(void **state)
{
    static char line[LINE_CAP];
    const struct pool_net_faults faults = {.foreign_ms = 1};
    (void)state;
    struct pool_net *net = start(NULL);
    int told = loop_connect(pool_net_port(net, POOL_NET_EVENTS));
    int asking = loop_connect(pool_net_port(net, POOL_NET_EVENTS));
    json_t *id = result_of(told, "subscribe", "[\"new_tip_header\"]");
    pool_net_set_faults(net, &faults);
    loop_receive_line(told, line, sizeof line);
    json_t *event = json_loads(line, 0, NULL);
    const json_t *params = json_object_get(event, "params");
    assert_string_equal(json_string_value(json_object_get(event, "method")), "subscribe");
    assert_string_equal(json_string_value(json_object_get(params, "subscription")),
                        json_string_value(id));
    json_t *header = json_loads(json_string_value(json_object_get(params, "result")), 0, NULL);
    assert_string_equal(json_string_value(json_object_get(header, "number")), "0x1");
    json_t *hash = result_of(asking, "get_block_hash", "[\"0x1\"]");
    assert_true(json_equal(hash, json_object_get(header, "hash")));
    char by_hash[80];
    (void)snprintf(by_hash, sizeof by_hash, "[\"%s\"]", json_string_value(hash));
    json_t *again = result_of(asking, "get_header", by_hash);
    assert_true(json_equal(header, again));
    json_t *fork = result_of(asking, "get_fork_block", by_hash);
    assert_true(json_is_null(fork));
    json_decref(fork);
    json_decref(again);
    json_decref(hash);
    json_decref(header);
    json_decref(event);
    json_decref(id);
    (void)close(told);
    (void)close(asking);
    pool_net_stop(net);
}

static void expect_http(int fd, const char *request, const char *head)
{
    char got[64];
    loop_send(fd, request, strlen(request));
    loop_receive(fd, got, strlen(head));
    assert_memory_equal(got, head, strlen(head));
}

static void test_http(void **state)
{
    (void)state;
    struct pool_net *net = start(NULL);
    int fd = loop_connect(pool_net_port(net, POOL_NET_NODE));
    expect_http(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ");
    (void)close(fd);
    fd = loop_connect(pool_net_port(net, POOL_NET_NODE));
    expect_http(fd,
                "POST / HTTP/1.1\r\nContent-Length: 68\r\n\r\n"
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_tip_block_number\",\"params\":[]} ",
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n");
    (void)close(fd);
    pool_net_stop(net);
}

/* The pool's lines, as ckb.md 6.1 has them. */
static void test_pool(void **state)
{
    static char line[LINE_CAP];
    (void)state;
    struct pool_net *net = start(NULL);
    int fd = loop_connect(pool_net_port(net, POOL_NET_POOL));
    json_t *answer =
        ask_line(fd, "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"test\",null]}\n");
    const json_t *result = json_object_get(answer, "result");
    assert_true(json_is_null(json_array_get(result, 0)));
    assert_int_equal(json_string_length(json_array_get(result, 1)), 8);
    assert_int_equal(json_integer_value(json_array_get(result, 2)), 12);
    json_decref(answer);
    answer = ask_line(fd, "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"me\",\"x\"]}\n");
    assert_true(json_is_true(json_object_get(answer, "result")));
    json_decref(answer);
    loop_receive_line(fd, line, sizeof line);
    assert_non_null(strstr(line, "\"method\":\"mining.set_target\""));
    loop_receive_line(fd, line, sizeof line);
    json_t *job = json_loads(line, 0, NULL);
    const json_t *params = json_object_get(job, "params");
    assert_string_equal(json_string_value(json_object_get(job, "method")), "mining.notify");
    assert_int_equal(json_string_length(json_array_get(params, 1)), 64);
    assert_int_equal(json_integer_value(json_array_get(params, 2)), 1);
    assert_true(json_is_true(json_array_get(params, 4)));
    static const struct {
        const char *worker;
        const char *nonce2;
        const char *part;
    } shares[] = {
        {"other", "000000000000000000000000", "unauthorized"},
        {"me", "00", "illegal parameters"},
        {"me", "ffffffffffffffffffffffff", "low difficulty"},
    };
    for (size_t i = 0; i < BASE_COUNT_OF(shares); i++) {
        char text[256];
        (void)snprintf(
            text, sizeof text,
            "{\"id\":3,\"method\":\"mining.submit\",\"params\":[\"%s\",\"%s\",\"%s\"]}\n",
            shares[i].worker, json_string_value(json_array_get(params, 0)), shares[i].nonce2);
        loop_send(fd, text, strlen(text));
        loop_receive_line(fd, line, sizeof line);
        if (strstr(line, shares[i].part) == NULL) {
            fail_msg("no \"%s\" in %s", shares[i].part, line);
        }
    }
    json_decref(job);
    (void)close(fd);
    pool_net_stop(net);
}

/* The first job is cut in its middle: with half the connection ends there, with garbage the cut
 * line is sent as if it were whole. */
static void test_cut_jobs(void **state)
{
    static const struct pool_net_faults rows[] = {{.half = 1}, {.garbage = 1}};
    static const char front[] = "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"1\",\"";
    static const char logins[] =
        "{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n"
        "{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"me\",\"x\"]}\n";
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        char line[LINE_CAP];
        struct pool_net *net = start(&rows[i]);
        int fd = loop_connect(pool_net_port(net, POOL_NET_POOL));
        loop_send(fd, logins, sizeof logins - 1);
        for (size_t answers = 0; answers < 3; answers++) { /* and the target */
            loop_receive_line(fd, line, sizeof line);
        }
        if (rows[i].half != 0) {
            loop_receive(fd, line, sizeof front - 1);
            line[sizeof front - 1] = '\0';
            assert_int_equal(loop_wait_end(fd), 0);
        } else {
            loop_receive_line(fd, line, sizeof line);
            assert_null(json_loads(line, 0, NULL));
        }
        assert_memory_equal(line, front, sizeof front - 1);
        (void)close(fd);
        pool_net_stop(net);
    }
}

static int load(void **state)
{
    (void)state;
    recorded = json_load_file(SHARDPICK_TEST_DATA "/nervos.json", 0, NULL);
    return recorded == NULL;
}

static int unload(void **state)
{
    (void)state;
    json_decref(recorded);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),       cmocka_unit_test(test_template),
        cmocka_unit_test(test_subscription), cmocka_unit_test(test_http),
        cmocka_unit_test(test_pool),         cmocka_unit_test(test_cut_jobs),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
