/* test_nervos_lines.c: a CKB node over its TCP port, line by line in simulated time: what is asked,
 * answers in any pieces, events of new tips, requests whose answer never comes. Templates and
 * blocks are those of a real node: tests/data/nervos.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness.h"
#include "nervos/nervos_family.h"

static const char node_url[] = "daemon+tcp://node.example:18114";
static const char subscribed[] =
    "{\"jsonrpc\":\"2.0\",\"result\":\"0xd3b113ca21d853bb183de44d2bd5a5bf\",\"id\":4}";
static const char tip_event[] = "{\"jsonrpc\":\"2.0\",\"method\":\"subscribe\",\"params\":"
                                "{\"subscription\":\"0xd3b1\",\"result\":\"{}\"}}";

static json_t *root; /* the vectors */

static const json_t *vector(size_t index)
{
    return json_array_get(json_object_get(root, "blocks"), index);
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* The last line that was sent; NULL: not a new one. */
static json_t *last_request(struct harness *h, size_t *seen)
{
    const char *all = harness_sent_text(h);
    size_t size = strlen(all);
    assert_true(size > 0 && all[size - 1] == '\n');
    if (size == *seen) {
        return NULL;
    }
    *seen = size;
    const char *line = all + size - 1;
    while (line > all && line[-1] != '\n') {
        line--;
    }
    json_t *request = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(request);
    return request;
}

/* The newest request is of this method. Returns its id. */
static json_int_t asked(struct harness *h, size_t *seen, const char *method)
{
    json_t *request = last_request(h, seen);
    if (request == NULL) {
        fail_msg("nothing was asked where %s is right", method);
    }
    assert_string_equal(text(request, "method"), method);
    json_int_t id = json_integer_value(json_object_get(request, "id"));
    json_decref(request);
    return id;
}

/* An answer to this request as a line without its end. result is taken. Release with free. */
static char *answer_line(json_int_t id, json_t *result, bool id_first)
{
    json_t *answer = id_first
                         ? json_pack("{s:I,s:s,s:o}", "id", id, "jsonrpc", "2.0", "result", result)
                         : json_pack("{s:s,s:o,s:I}", "jsonrpc", "2.0", "result", result, "id", id);
    char *line = json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    return line;
}

static enum base_status answer(struct harness *h, json_int_t id, json_t *result, uint64_t now_ms)
{
    char *line = answer_line(id, result, false);
    enum base_status status = harness_line(h, line, now_ms);
    free(line);
    return status;
}

static json_t *template_of(size_t index)
{
    json_t *copy = json_deep_copy(json_object_get(vector(index), "template"));
    const json_t *header = json_object_get(json_object_get(vector(index), "block"), "header");
    (void)json_object_set_new(copy, "current_time", json_string(text(header, "timestamp")));
    return copy;
}

/* Open, and answer up to the first template's request; its id. */
static json_int_t begin(struct harness *h, size_t *seen)
{
    memset(h, 0, sizeof(*h));
    *seen = 0;
    harness_open_algo(h, &pool_nervos_lines, node_url, "", pool_nervos_coin.algos, 0);
    assert_int_equal(h->started, BASE_OK);
    assert_non_null(strstr(harness_sent_text(h), "\"subscribe\",\"params\":[\"new_tip_header\"]"));
    json_int_t id = asked(h, seen, "get_block_hash");
    assert_int_equal(harness_line(h, subscribed, 1100), BASE_OK);
    assert_int_equal(answer(h, id, json_string(text(root, "genesis_hash")), 1100), BASE_OK);
    id = asked(h, seen, "get_blockchain_info");
    assert_int_equal(answer(h, id, json_pack("{s:b}", "is_initial_block_download", 0), 1100),
                     BASE_OK);
    return asked(h, seen, "get_block_template");
}

static void test_session(void **state)
{
    struct harness h;
    size_t seen = 0;
    uint8_t nonce[POOL_NONCE_MAX] = {0};
    const json_t *solution = json_object_get(vector(0), "solution");
    (void)state;
    json_int_t id = begin(&h, &seen);
    assert_int_equal(answer(&h, id, template_of(0), 1200), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_string_equal(h.ready, "get_block_template, new tips by subscription, eaglesong");
    /* The first template of a tip is empty: the next one is asked for soon, then rarely. */
    uint64_t due_ms = h.ops->due_ms(h.protocol);
    assert_true(due_ms > 1200 && due_ms <= 1300);
    assert_int_equal(h.ops->tick(h.protocol, due_ms, &h.error), BASE_OK);
    id = asked(&h, &seen, "get_block_template");
    assert_int_equal(answer(&h, id, template_of(0), due_ms), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.ops->due_ms(h.protocol), due_ms + 3000);
    /* A block. */
    assert_int_equal(base_hex_decode_exact(nonce, 16, text(solution, "nonce_bytes")), BASE_OK);
    assert_int_equal(harness_submit(&h, h.jobs[0], nonce, NULL, 5, 1400), BASE_OK);
    json_t *request = last_request(&h, &seen);
    assert_string_equal(text(request, "method"), "submit_block");
    assert_true(json_equal(json_array_get(json_object_get(request, "params"), 1),
                           json_object_get(vector(0), "block")));
    id = json_integer_value(json_object_get(request, "id"));
    json_decref(request);
    const char *hash = text(solution, "block_hash");
    assert_int_equal(answer(&h, id, json_string(hash), 1410), BASE_OK);
    /* The question about it and a template are out at once; each has an id of its own. */
    json_int_t template_id = asked(&h, &seen, "get_block_template");
    const char *question = strstr(harness_sent_text(&h), "\"get_block_hash\",\"params\":[\"0x1\"]");
    if (question == NULL) {
        fail_msg("%s", harness_sent_text(&h));
    }
    while (strncmp(question, "\"id\":", 5) != 0) {
        question--;
    }
    id = strtoll(question + 5, NULL, 10);
    assert_int_not_equal(id, template_id);
    assert_int_equal(answer(&h, id, json_string(hash), 1420), BASE_OK);
    assert_int_equal(h.verdict_count, 1);
    assert_int_equal(h.verdicts[0].verdict, POOL_ACCEPTED);
    harness_close(&h);
}

/* An event is a reason to ask at once; while a template is asked for, once more behind it. */
static void test_events(void **state)
{
    struct harness h;
    size_t seen = 0;
    (void)state;
    json_int_t id = begin(&h, &seen);
    assert_int_equal(answer(&h, id, template_of(0), 1200), BASE_OK);
    assert_int_equal(harness_line(&h, tip_event, 1210), BASE_OK);
    id = asked(&h, &seen, "get_block_template");
    assert_int_equal(harness_line(&h, tip_event, 1211), BASE_OK);
    assert_null(last_request(&h, &seen));
    assert_int_equal(answer(&h, id, template_of(1), 1212), BASE_OK);
    assert_int_equal(h.job_count, 2);
    assert_true(h.jobs[1]->clean);
    (void)asked(&h, &seen, "get_block_template");
    harness_close(&h);
}

/* The same lines in two pieces cut at every byte; an id in front of the rest. */
static void test_every_split(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 2; first++) {
        struct harness h;
        size_t seen = 0;
        json_int_t id = begin(&h, &seen);
        char *line = answer_line(id, template_of(4), first == 1);
        size_t size = strlen(line);
        harness_close(&h);
        for (size_t cut = 1; cut <= size; cut += first == 1 ? 97 : 1) {
            assert_int_equal(begin(&h, &seen), id);
            assert_int_equal(harness_feed(&h, line, cut, 1200), BASE_OK);
            assert_int_equal(h.job_count, 0);
            assert_int_equal(harness_feed(&h, line + cut, size - cut, 1200), BASE_OK);
            assert_int_equal(harness_feed(&h, "\r\n", 2, 1200), BASE_OK);
            assert_int_equal(h.job_count, 1);
            harness_close(&h);
        }
        free(line);
    }
}

/* A request without an answer has its time; one that comes later is nobody's. */
static void test_time(void **state)
{
    struct harness h;
    size_t seen = 0;
    (void)state;
    json_int_t id = begin(&h, &seen);
    assert_int_equal(answer(&h, id, template_of(0), 1200), BASE_OK);
    assert_int_equal(harness_line(&h, tip_event, 1210), BASE_OK);
    id = asked(&h, &seen, "get_block_template");
    uint64_t due_ms = h.ops->due_ms(h.protocol);
    assert_true(due_ms > 1210 && due_ms < 120000);
    assert_int_equal(h.ops->tick(h.protocol, due_ms, &h.error), BASE_E_TIMEOUT);
    assert_non_null(strstr(h.error.text, "node.example port 18114 has not answered in time"));
    assert_int_equal(answer(&h, id, template_of(1), due_ms), BASE_OK);
    assert_int_equal(h.job_count, 1);
    harness_close(&h);
}

/* What is no node ends with a sentence. */
static void test_nonsense(void **state)
{
    static const struct {
        const char *line;
        const char *part;
    } rows[] = {
        {"HTTP/1.1 400 Bad Request", "it speaks HTTP: this is the node's RPC port"},
        {"what is this?", "a line that is no JSON-RPC"},
        {"[1,2,3]", "a line that is no JSON-RPC"},
        {"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32601,\"message\":\"Method not "
         "found\"},\"id\":4}",
         "does not tell of new tips"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct harness h;
        memset(&h, 0, sizeof(h));
        harness_open_algo(&h, &pool_nervos_lines, node_url, "", pool_nervos_coin.algos, 0);
        assert_int_not_equal(harness_line(&h, rows[i].line, 1100), BASE_OK);
        if (strstr(h.error.text, rows[i].part) == NULL) {
            fail_msg("\"%s\" has no \"%s\"", h.error.text, rows[i].part);
        }
        harness_close(&h);
    }
}

static int load(void **state)
{
    (void)state;
    root = json_load_file(SHARDPICK_TEST_DATA "/nervos.json", 0, NULL);
    return root == NULL;
}

static int unload(void **state)
{
    (void)state;
    json_decref(root);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session),     cmocka_unit_test(test_events),
        cmocka_unit_test(test_every_split), cmocka_unit_test(test_time),
        cmocka_unit_test(test_nonsense),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
