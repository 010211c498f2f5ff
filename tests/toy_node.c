/* toy_node.c: see toy_node.h. */
#include "toy_node.h"

#include <stdio.h>

#include "base/alloc.h"
#include "protocol/rpc.h"
#include "protocol/template_node.h"

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
    BASE_ASSERT(toy != NULL);
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
    (void)snprintf(toy->key, sizeof(toy->key), "api_key: %s", toy->setup->api_key);
    request->headers[0] = toy->key;
}

static enum base_status toy_write_ask(void *context, struct pool_request *request,
                                      struct pool_buffer *body, const char *poll_id)
{
    struct toy *toy = context;
    BASE_ASSERT(poll_id[0] == '\0');
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
    BASE_ASSERT(template != NULL);
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
    BASE_ASSERT(*made != NULL);
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

static struct pool_protocol *open_rest(const struct pool_protocol_setup *setup)
{
    return pool_template_node_open(setup, &toy_rest_node, &rest_ops);
}

static struct pool_protocol *open_rpc(const struct pool_protocol_setup *setup)
{
    return pool_template_node_open(setup, &toy_rpc_node, &rpc_ops);
}

const struct pool_protocol_ops toy_rest_node = {
    .name = "toy over REST", .open = open_rest, POOL_TEMPLATE_NODE_FUNCTIONS};
const struct pool_protocol_ops toy_rpc_node = {
    .name = "toy over JSON-RPC", .open = open_rpc, POOL_TEMPLATE_NODE_FUNCTIONS};
