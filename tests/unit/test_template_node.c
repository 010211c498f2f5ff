/* test_template_node.c: the machine that asks nodes for templates, with two made-up families
 * (toy_node.h) that no node of this program has: one asks by GET with a key in a header, the other
 * by JSON-RPC under names of its own; neither has long polls. Also what recordings keep of such
 * requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "harness.h"
#include "protocol/family.h"
#include "record/redact.h"
#include "toy_node.h"

enum { ASK, POLL, BLOCK, REASON }; /* places of the requests */

static const char node_url[] = "daemon+http://node.example:9053";

static void begin(struct harness *h, const struct pool_protocol_ops *ops)
{
    memset(h, 0, sizeof(*h));
    harness_open(h, ops, node_url, "", false);
    assert_int_equal(h->started, BASE_OK);
    assert_int_equal(h->calls[ASK].count, 1);
}

static void tick(struct harness *h, uint64_t now_ms)
{
    assert_int_equal(h->ops->tick(h->protocol, now_ms, &h->error), BASE_OK);
}

static const struct pool_job *newest(const struct harness *h)
{
    return h->jobs[h->job_count - 1];
}

/* ---- work ------------------------------------------------------------------------------------ */

static void test_get_with_key(void **state)
{
    struct harness h;
    (void)state;
    begin(&h, &toy_rest_node);
    assert_string_equal(h.calls[ASK].line, "GET /mining/candidate api_key: k3y");
    assert_string_equal(harness_call_text(&h, ASK), "");
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":1,\"parent\":1}", 1000), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_true(newest(&h)->clean && newest(&h)->solo);
    assert_string_equal(h.ready, "toy");
    assert_int_equal(h.calls[POLL].count, 0);
    harness_close(&h);
}

/* The same candidate again is no new job; another one of the same parent voids nothing. */
static void test_same_is_not_published_again(void **state)
{
    struct harness h;
    (void)state;
    begin(&h, &toy_rest_node);
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":1,\"parent\":1}", 1000), BASE_OK);
    assert_int_equal(h.ops->due_ms(h.protocol), 1200);
    tick(&h, 1200);
    assert_int_equal(h.calls[ASK].count, 2);
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":1,\"parent\":1}", 1201), BASE_OK);
    assert_int_equal(h.job_count, 1);
    assert_int_equal(h.alive, 2); /* and yet the node serves */
    tick(&h, 1401);
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":2,\"parent\":1}", 1402), BASE_OK);
    assert_int_equal(h.job_count, 2);
    assert_false(newest(&h)->clean);
    tick(&h, 1602);
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":3,\"parent\":2}", 1603), BASE_OK);
    assert_int_equal(h.job_count, 3);
    assert_true(newest(&h)->clean);
    harness_close(&h);
}

/* A refused solution: the lanes need a job although the candidate is the same. After an accepted
 * one the old candidate is no work any more, until another comes. */
static void test_solutions(void **state)
{
    static const uint8_t nonce[8] = {5};
    struct harness h;
    (void)state;
    begin(&h, &toy_rest_node);
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":1,\"parent\":1}", 1000), BASE_OK);
    assert_int_equal(harness_submit(&h, newest(&h), nonce, NULL, 1, 1010), BASE_OK);
    assert_string_equal(h.calls[BLOCK].line, "POST /mining/solution api_key: k3y");
    assert_string_equal(harness_call_text(&h, BLOCK), "{\"n\":5,\"pk\":\"whom it pays\"}");
    assert_int_equal(harness_submit(&h, newest(&h), nonce, NULL, 2, 1010), BASE_E_AGAIN);
    assert_int_equal(harness_answer(&h, BLOCK, 400, "{}", 1020), BASE_OK);
    assert_int_equal(h.verdicts[0].verdict, POOL_REFUSED);
    assert_string_equal(h.verdicts[0].text, "HTTP 400");
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":1,\"parent\":1}", 1030), BASE_OK);
    assert_int_equal(h.job_count, 2);
    assert_int_equal(harness_submit(&h, newest(&h), nonce, NULL, 3, 1040), BASE_OK);
    assert_int_equal(harness_answer(&h, BLOCK, 200, "{}", 1050), BASE_OK);
    assert_int_equal(h.verdicts[1].verdict, POOL_ACCEPTED);
    assert_true(h.verdicts[1].block);
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":1,\"parent\":1}", 1060), BASE_OK);
    assert_int_equal(h.job_count, 2);
    assert_int_equal(harness_submit(&h, newest(&h), nonce, NULL, 4, 1070), BASE_OK);
    assert_int_equal(h.verdicts[2].verdict, POOL_STALE);
    tick(&h, 1260);
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":2,\"parent\":2}", 1270), BASE_OK);
    assert_int_equal(h.job_count, 3);
    assert_int_equal(h.calls[REASON].count, 0);
    harness_close(&h);
}

static void test_rpc_under_other_names(void **state)
{
    static const uint8_t nonce[8] = {7};
    struct harness h;
    (void)state;
    begin(&h, &toy_rpc_node);
    assert_string_equal(h.calls[ASK].line, "POST /");
    assert_string_equal(harness_call_text(&h, ASK),
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_block_template\","
                        "\"params\":[]}");
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":1,\"parent\":1}", 1000), BASE_OK);
    assert_int_equal(harness_submit(&h, newest(&h), nonce, NULL, 1, 1010), BASE_OK);
    assert_string_equal(harness_call_text(&h, BLOCK),
                        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"submit_block\",\"params\":["
                        "\"17\",{\"n\":7,\"pk\":\"whom it pays\"}]}");
    h.ops->close(h.protocol);
    h.protocol = NULL;
    assert_int_equal(h.unjudged_count, 1); /* it may be submitted again at the next connection */
    assert_int_equal(h.verdict_count, 0);
    harness_close(&h);
}

/* ---- recordings ------------------------------------------------------------------------------ */

static const char *text_of(struct pool_buffer *buffer)
{
    assert_int_equal(pool_buffer_append(buffer, "", 1), BASE_OK);
    return (const char *)pool_buffer_data(buffer);
}

/* Method, path and names of headers are kept; what they say is not. Of a body only what a row
 * names. */
static void test_recorded_request(void **state)
{
    static const struct pool_kept kept[] = {
        {"POST /mining/solution", 0, 0, {"n", NULL}},
        {NULL, 0, 0, {NULL}},
    };
    static const struct pool_family family = {.name = "toy", .kept = kept};
    static const char body[] = "{\"n\":\"05\",\"pk\":\"secret\"}";
    struct pool_request request = {.method = "POST",
                                   .path = "/mining/solution",
                                   .headers = {"api_key: k3y", "x-one: secret"},
                                   .body = body,
                                   .size = strlen(body)};
    struct pool_buffer line;
    struct pool_buffer out;
    (void)state;
    pool_buffer_init(&line);
    pool_buffer_init(&out);
    assert_int_equal(pool_redact_request(&line, &out, &family, &request), BASE_OK);
    assert_string_equal(text_of(&line), "POST /mining/solution api_key x-one");
    assert_string_equal(text_of(&out), "{\"n\":\"05\",\"*\":\"*\"}");
    pool_buffer_deinit(&line);
    pool_buffer_deinit(&out);
    request = (struct pool_request){.method = "GET", .path = "/mining/candidate"};
    assert_int_equal(pool_redact_request(&line, &out, &family, &request), BASE_OK);
    assert_string_equal(text_of(&line), "GET /mining/candidate");
    assert_int_equal(pool_buffer_size(&out), 0);
    pool_buffer_deinit(&line);
    pool_buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get_with_key),     cmocka_unit_test(test_same_is_not_published_again),
        cmocka_unit_test(test_solutions),        cmocka_unit_test(test_rpc_under_other_names),
        cmocka_unit_test(test_recorded_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
