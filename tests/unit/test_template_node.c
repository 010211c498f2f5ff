/* test_template_node.c: the machine that asks nodes for templates, with two made-up families that
 * no node of this program has: one asks by GET with a key in a header, the other by JSON-RPC under
 * names of its own; neither has long polls. Also what recordings keep of such requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "harness.h"
#include "protocol/family.h"
#include "protocol/rpc.h"
#include "protocol/template_node.h"
#include "record/redact.h"

enum { ASK, POLL, BLOCK, REASON }; /* places of the requests */

static const char node_url[] = "daemon+http://node.example:9053";

/* A template {"msg": number, "parent": digit}: the work is a number. */
struct toy_template {
    struct pool_template base;
    int msg;
};

struct toy {
    const struct pool_protocol_setup *setup;
    char key[64];
    bool rpc;
    uint64_t jobs;
};

static void *toy_open(const struct pool_protocol_setup *setup)
{
    struct toy *toy = base_alloc(1, sizeof(*toy));
    assert_non_null(toy);
    toy->setup = setup;
    return toy;
}

static void *toy_open_rpc(const struct pool_protocol_setup *setup)
{
    struct toy *toy = toy_open(setup);
    toy->rpc = true;
    return toy;
}

static void toy_close(void *context)
{
    base_free(context);
}

static void set_key(struct toy *toy, struct pool_request *request)
{
    (void)snprintf(toy->key, sizeof(toy->key), "api_key: %s", "k3y");
    request->headers[0] = toy->key;
}

static enum base_status toy_write_ask(void *context, struct pool_request *request,
                                      struct pool_buffer *body, const char *poll_id)
{
    struct toy *toy = context;
    assert_string_equal(poll_id, "");
    if (toy->rpc) {
        return pool_rpc_write(body, "2.0", 1, "get_block_template", json_array());
    }
    request->method = "GET";
    request->path = "/mining/candidate";
    set_key(toy, request);
    return BASE_OK;
}

static enum base_status toy_read(void *context, struct pool_template **made,
                                 const struct pool_answer *answer, struct base_error *error)
{
    struct toy_template *template = base_alloc(1, sizeof(*template));
    json_t *root = json_loadb(answer->body, answer->size, 0, NULL);
    const json_t *msg = json_object_get(root, "msg");
    (void)context;
    *made = NULL;
    assert_non_null(template);
    template->msg = (int)json_integer_value(msg);
    template->base.parent[0] = (uint8_t)json_integer_value(json_object_get(root, "parent"));
    json_decref(root);
    if (msg == NULL || answer->code != 200) {
        base_free(template);
        return base_error_set(error, BASE_E_FORMAT, "no candidate");
    }
    *made = &template->base;
    return BASE_OK;
}

static void toy_drop(struct pool_template *template)
{
    base_free(template);
}

static int msg_of(const struct pool_template *template)
{
    return ((const struct toy_template *)(const void *)template)->msg;
}

static bool toy_same(const struct pool_template *a, const struct pool_template *b)
{
    return msg_of(a) == msg_of(b);
}

static double toy_difficulty(const struct pool_template *template)
{
    return msg_of(template);
}

static enum base_status toy_make_job(void *context, struct pool_job_full **made,
                                     const struct pool_template *template, struct base_error *error)
{
    struct toy *toy = context;
    (void)error;
    *made = pool_job_new(NULL, 0);
    assert_non_null(*made);
    (*made)->job.chains = 1;
    (*made)->job.header_size = 32;
    (*made)->job.header[0] = (uint8_t)msg_of(template);
    (*made)->job.nonce_size = 8;
    (*made)->job.solo = true;
    (*made)->job.header[31] = (uint8_t)toy->jobs++;
    return BASE_OK;
}

/* The solution goes out with the block. */
static enum base_status toy_write_block(void *context, struct pool_request *request,
                                        struct pool_buffer *body,
                                        const struct pool_submission *submission)
{
    struct toy *toy = context;
    json_t *solution = json_pack("{s:i,s:s}", "n", submission->nonce[0], "pk", "whom it pays");
    if (toy->rpc) {
        return pool_rpc_write(body, "2.0", 2, "submit_block", json_pack("[s,o]", "17", solution));
    }
    request->path = "/mining/solution";
    set_key(toy, request);
    return pool_json_append(body, solution);
}

static enum pool_verdict toy_judge(void *context, char text[POOL_TEXT_MAX], bool *explain,
                                   const struct pool_submission *submission,
                                   const struct pool_answer *answer)
{
    (void)context;
    (void)submission;
    *explain = false;
    (void)snprintf(text, POOL_TEXT_MAX, "HTTP %ld", answer->code);
    return answer->code == 200 ? POOL_ACCEPTED : POOL_REFUSED;
}

#define TOY_OPS                                                                                    \
    .title = "toy", .refresh_ms = 30000, .refresh_unpolled_ms = 200, .answer_max = 4096,           \
    .close = toy_close, .write_ask = toy_write_ask, .read = toy_read, .drop = toy_drop,            \
    .same = toy_same, .difficulty = toy_difficulty, .make_job = toy_make_job,                      \
    .write_block = toy_write_block, .judge = toy_judge

static const struct pool_template_ops rest_ops = {TOY_OPS, .open = toy_open};
static const struct pool_template_ops rpc_ops = {TOY_OPS, .open = toy_open_rpc};

static const struct pool_protocol_ops rest_node;
static const struct pool_protocol_ops rpc_node;

static struct pool_protocol *open_rest(const struct pool_protocol_setup *setup)
{
    return pool_template_node_open(setup, &rest_node, &rest_ops);
}

static struct pool_protocol *open_rpc(const struct pool_protocol_setup *setup)
{
    return pool_template_node_open(setup, &rpc_node, &rpc_ops);
}

static const struct pool_protocol_ops rest_node = {
    .name = "toy over REST", .open = open_rest, POOL_TEMPLATE_NODE_FUNCTIONS};
static const struct pool_protocol_ops rpc_node = {
    .name = "toy over JSON-RPC", .open = open_rpc, POOL_TEMPLATE_NODE_FUNCTIONS};

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
    begin(&h, &rest_node);
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
    begin(&h, &rest_node);
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
    begin(&h, &rest_node);
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
    begin(&h, &rpc_node);
    assert_string_equal(h.calls[ASK].line, "POST /");
    assert_string_equal(harness_call_text(&h, ASK),
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_block_template\","
                        "\"params\":[]}");
    assert_int_equal(harness_answer(&h, ASK, 200, "{\"msg\":1,\"parent\":1}", 1000), BASE_OK);
    assert_int_equal(harness_submit(&h, newest(&h), nonce, NULL, 1, 1010), BASE_OK);
    assert_string_equal(harness_call_text(&h, BLOCK),
                        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"submit_block\",\"params\":["
                        "\"17\",{\"n\":7,\"pk\":\"whom it pays\"}]}");
    harness_close(&h);
    assert_int_equal(h.verdicts[0].verdict, POOL_UNANSWERED);
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
