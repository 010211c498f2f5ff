/* nervos_lines.c: a CKB node over its TCP port (tcp_listen_address): the requests and answers of
 * nervos_node.c as lines of JSON, on one connection on which the node also tells of new tips. So a
 * template on a new tip is asked for when it comes, and polling only finds new transactions and
 * uncles. The work itself is done by the machine of template_node.h, whose calls become lines here.
 * Source: ckb.md 4 and 10.9. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "nervos/nervos_family.h"
#include "nervos/nervos_node.h"
#include "protocol/lines.h"
#include "protocol/output.h"
#include "wire/json.h"

enum {
    ID_SUBSCRIBE = POOL_CALLS_MAX, /* ids are place + PLACES * number of the request */
    PLACES = 8,
    HTTP_OK = 200, /* what an answer of a line stands for */
    ID_TAIL = 48,  /* characters: an id is the last member of an answer */
};

/* A request that is out. */
struct call {
    uint64_t id;     /* 0: none is */
    uint64_t due_ms; /* its answer comes by then, or not at all */
};

struct lines {
    struct pool_protocol protocol; /* first */
    struct pool_outlet outlet;
    struct pool_protocol *inner; /* the machine of templates; owned */
    struct pool_lines in;        /* from the node */
    bool subscribed;
    uint64_t requests; /* so far */
    uint64_t now_ms;   /* of the call that is running */
    struct call calls[POOL_CALLS_MAX];
};

static struct lines *lines_of(struct pool_protocol *protocol)
{
    return (struct lines *)(void *)protocol;
}

static const struct lines *lines_const(const struct pool_protocol *protocol)
{
    return (const struct lines *)(const void *)protocol;
}

/* ---- requests -------------------------------------------------------------------------------- */

/* A request's body with an id by which its answer is known, as a line. */
static enum base_status write_line(struct pool_buffer *line, const struct pool_request *request,
                                   uint64_t id)
{
    static const char name[] = "\"id\":";
    char digits[24];
    const char *text = request->body;
    const char *at = memmem(text, request->size, name, sizeof(name) - 1);
    BASE_ASSERT(at != NULL); /* pool_rpc_write puts it before everything from outside */
    const char *behind = at + sizeof(name) - 1;
    while (*behind >= '0' && *behind <= '9') {
        behind++;
    }
    int count = snprintf(digits, sizeof(digits), "%" PRIu64, id);
    enum base_status status =
        pool_buffer_append(line, text, (size_t)(at - text) + sizeof(name) - 1);
    status = status == BASE_OK ? pool_buffer_append(line, digits, (size_t)count) : status;
    status = status == BASE_OK
                 ? pool_buffer_append(line, behind, (size_t)(text + request->size - behind))
                 : status;
    return status == BASE_OK ? pool_buffer_append(line, "\n", 1) : status;
}

static enum base_status send_call(struct lines *lines, const struct pool_output *output)
{
    struct call *call = &lines->calls[output->call];
    const struct pool_request *request = output->request;
    struct pool_buffer line;
    BASE_ASSERT(output->call < POOL_CALLS_MAX);
    call->id = output->call + PLACES * ++lines->requests;
    call->due_ms = lines->now_ms + (request->time_ms != 0 ? request->time_ms : 5000);
    pool_buffer_init(&line);
    enum base_status status = write_line(&line, request, call->id);
    if (status == BASE_OK) {
        status = pool_outlet_send(&lines->outlet, pool_buffer_data(&line), pool_buffer_size(&line),
                                  output->error);
    } else {
        (void)base_error_set(output->error, status, "no memory for a request");
    }
    pool_buffer_deinit(&line);
    return status;
}

/* What the machine says; user is the adapter. All but its calls goes out as it is. */
static enum base_status on_output(void *user, const struct pool_output *output)
{
    struct lines *lines = user;
    const struct pool_protocol_setup *setup = &lines->outlet.setup;
    return output->kind == POOL_OUTPUT_CALL ? send_call(lines, output)
                                            : setup->output(setup->user, output);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* The id at the end of an answer, where a node writes it; 0: it is not there. Spares reading
 * megabytes of JSON twice. */
static uint64_t id_at_end(const char *text, size_t size)
{
    static const char name[] = "\"id\":";
    size_t tail = size < ID_TAIL ? size : ID_TAIL;
    const char *at = memmem(text + size - tail, tail, name, sizeof(name) - 1);
    const char *end = text + size;
    uint64_t id = 0;
    if (at == NULL) {
        return 0;
    }
    at += sizeof(name) - 1;
    while (at < end && *at >= '0' && *at <= '9' && id < UINT64_MAX / 16) {
        id = 10 * id + (uint64_t)(*at++ - '0');
    }
    return end - at == 1 && *at == '}' ? id : 0;
}

static enum base_status on_subscribed(struct lines *lines, const json_t *root,
                                      struct base_error *error)
{
    if (!json_is_string(json_object_get(root, "result"))) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the node does not tell of new tips over this port: use its RPC over "
                              "HTTP, daemon+http://%.100s:8114",
                              lines->outlet.setup.server->host);
    }
    lines->subscribed = true;
    return BASE_OK;
}

static enum base_status on_answer(struct lines *lines, uint64_t id, const char *text, size_t size,
                                  struct base_error *error)
{
    static const struct base_error fine = {BASE_OK, ""};
    unsigned place = (unsigned)(id % PLACES);
    if (place >= POOL_CALLS_MAX || lines->calls[place].id != id) {
        return BASE_OK; /* it came after its time */
    }
    lines->calls[place].id = 0;
    char *copy = base_alloc(size + 1, 1); /* bodies are NUL-ended */
    if (copy == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for an answer");
    }
    memcpy(copy, text, size);
    const struct pool_answer answer = {
        .call = place, .code = HTTP_OK, .body = copy, .size = size, .why = &fine};
    enum base_status status =
        lines->inner->ops->answer(lines->inner, &answer, lines->now_ms, error);
    base_free(copy);
    return status;
}

/* A line whose id is not at its end: an event, the subscription, or an unusual writer's answer. */
static enum base_status on_other(struct lines *lines, const char *text, size_t size,
                                 struct base_error *error)
{
    struct base_error why = {BASE_OK, ""};
    json_t *root = NULL;
    uint64_t id = 0;
    enum base_status status = pool_json_load_large(&root, text, size, POOL_NERVOS_VALUES_MAX, &why);
    const char *method = json_string_value(json_object_get(root, "method"));
    if (status != BASE_OK || !json_is_object(root)) {
        status = base_error_set(error, BASE_E_FORMAT,
                                "a line that is no JSON-RPC: is this the node's TCP port "
                                "(tcp_listen_address in its ckb.toml)?");
    } else if (method != NULL && strcmp(method, "subscribe") == 0) {
        status = pool_template_node_changed(lines->inner, lines->now_ms, error);
    } else if (pool_json_u64(json_object_get(root, "id"), 10, &id)) {
        status = id == ID_SUBSCRIBE ? on_subscribed(lines, root, error)
                                    : on_answer(lines, id, text, size, error);
    }
    json_decref(root);
    return status;
}

static enum base_status on_line(struct pool_protocol *protocol, const char *text, size_t size,
                                uint64_t now_ms, struct base_error *error)
{
    struct lines *lines = lines_of(protocol);
    uint64_t id = id_at_end(text, size);
    (void)now_ms;
    return id >= PLACES ? on_answer(lines, id, text, size, error)
                        : on_other(lines, text, size, error);
}

static enum base_status lines_receive(struct pool_protocol *protocol, const uint8_t *bytes,
                                      size_t size, uint64_t now_ms, struct base_error *error)
{
    struct lines *lines = lines_of(protocol);
    lines->now_ms = now_ms;
    return pool_lines_receive(&lines->in, bytes, size, on_line, protocol, now_ms, error);
}

/* ---- the protocol ---------------------------------------------------------------------------- */

static struct pool_protocol *lines_open(const struct pool_protocol_setup *setup)
{
    struct lines *lines = base_alloc(1, sizeof(*lines));
    if (lines == NULL) {
        return NULL;
    }
    struct pool_protocol_setup inner = *setup;
    lines->protocol.ops = &pool_nervos_lines;
    lines->outlet.setup = *setup;
    pool_lines_init(&lines->in, &pool_nervos_family.services[POOL_ACCESS_NODE], setup->server);
    inner.output = on_output;
    inner.user = lines;
    inner.poll_turn = NULL; /* nodes have no long polls */
    lines->inner = pool_ckb_node_open(&inner, true);
    if (lines->inner == NULL) {
        base_free(lines);
        return NULL;
    }
    return &lines->protocol;
}

static void lines_close(struct pool_protocol *protocol)
{
    struct lines *lines = lines_of(protocol);
    lines->inner->ops->close(lines->inner);
    pool_lines_deinit(&lines->in);
    base_free(lines);
}

static enum base_status lines_start(struct pool_protocol *protocol, uint64_t now_ms,
                                    struct base_error *error)
{
    struct lines *lines = lines_of(protocol);
    struct pool_buffer line;
    lines->now_ms = now_ms;
    pool_buffer_init(&line);
    enum base_status status =
        pool_rpc_write(&line, "2.0", ID_SUBSCRIBE, "subscribe", json_pack("[s]", "new_tip_header"));
    status = status == BASE_OK ? pool_buffer_append(&line, "\n", 1) : status;
    status = status == BASE_OK ? pool_outlet_send(&lines->outlet, pool_buffer_data(&line),
                                                  pool_buffer_size(&line), error)
                               : base_error_set(error, status, "no memory for a request");
    pool_buffer_deinit(&line);
    return status == BASE_OK ? lines->inner->ops->start(lines->inner, now_ms, error) : status;
}

static enum base_status lines_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                     struct base_error *error)
{
    struct lines *lines = lines_of(protocol);
    lines->now_ms = now_ms;
    return lines->inner->ops->settle(lines->inner, now_ms, error);
}

static enum base_status lines_submit(struct pool_protocol *protocol,
                                     struct pool_submission *submission, uint64_t now_ms,
                                     struct base_error *error)
{
    struct lines *lines = lines_of(protocol);
    lines->now_ms = now_ms;
    return lines->inner->ops->submit(lines->inner, submission, now_ms, error);
}

static enum base_status lines_refill(struct pool_protocol *protocol, const struct pool_job *job,
                                     uint64_t now_ms, struct base_error *error)
{
    struct lines *lines = lines_of(protocol);
    lines->now_ms = now_ms;
    return lines->inner->ops->refill(lines->inner, job, now_ms, error);
}

static enum base_status lines_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                   struct base_error *error)
{
    struct lines *lines = lines_of(protocol);
    enum base_status status = BASE_OK;
    lines->now_ms = now_ms;
    for (unsigned i = 0; i < POOL_CALLS_MAX && status == BASE_OK; i++) {
        if (lines->calls[i].id != 0 && lines->calls[i].due_ms <= now_ms) {
            struct base_error late = {BASE_OK, ""};
            (void)base_error_set(&late, BASE_E_TIMEOUT, "%s port %u has not answered in time",
                                 lines->outlet.setup.server->host,
                                 lines->outlet.setup.server->port);
            const struct pool_answer answer = {.call = i, .body = "", .why = &late};
            lines->calls[i].id = 0;
            status = lines->inner->ops->answer(lines->inner, &answer, now_ms, error);
        }
    }
    return status == BASE_OK ? lines->inner->ops->tick(lines->inner, now_ms, error) : status;
}

static uint64_t lines_due_ms(const struct pool_protocol *protocol)
{
    const struct lines *lines = lines_const(protocol);
    uint64_t due_ms = lines->inner->ops->due_ms(lines->inner);
    for (size_t i = 0; i < POOL_CALLS_MAX; i++) {
        if (lines->calls[i].id != 0 && lines->calls[i].due_ms < due_ms) {
            due_ms = lines->calls[i].due_ms;
        }
    }
    return due_ms;
}

static size_t lines_pending(const struct pool_protocol *protocol)
{
    const struct lines *lines = lines_const(protocol);
    return lines->inner->ops->pending(lines->inner);
}

const struct pool_protocol_ops pool_nervos_lines = {
    .name = "get_block_template by lines",
    .open = lines_open,
    .start = lines_start,
    .receive = lines_receive,
    .settle = lines_settle,
    .submit = lines_submit,
    .refill = lines_refill,
    .tick = lines_tick,
    .due_ms = lines_due_ms,
    .pending = lines_pending,
    .close = lines_close,
};
