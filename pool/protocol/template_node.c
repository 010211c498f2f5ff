/* template_node.c: requests and work of template_node.h. */
#include "protocol/template_node.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "protocol/rpc.h"
#include "protocol/template_private.h"

_Static_assert((int)POOL_TEMPLATE_CALLS <= (int)POOL_CALLS_MAX, "every call has its place");

enum {
    POLL_TIME_MS = 300000,
    POLL_PAUSE_MS = 1000, /* after a long poll that failed, or told nothing new; and from one to the
                             next at a server that holds none back */
    BUSY_PAUSE_MS = 2000, /* after a busy server's answer */
    TEMPLATE_MS_MAX = 120000, /* longest wait for a template */
    BACKWARDS_PAUSE_MS = 1000,
    BACKWARDS_MAX = 10, /* templates in a row on an older block; then the chain did go back */
};

/* ---- requests -------------------------------------------------------------------------------- */

enum base_status pool_template_call(struct pool_template_node *node, unsigned place,
                                    struct pool_request *request, struct pool_buffer *body,
                                    enum base_status status, uint64_t now_ms,
                                    struct base_error *error)
{
    struct pool_output output = {
        .kind = POOL_OUTPUT_CALL, .text = "", .call = place, .request = request, .error = error};
    if (status != BASE_OK) {
        (void)base_error_set(error, status, "no memory for a request");
    } else {
        request->body = pool_buffer_size(body) > 0 ? pool_buffer_data(body) : NULL;
        request->size = pool_buffer_size(body);
        node->asked_ms[place] = now_ms;
        status = node->outlet.setup.output(node->outlet.setup.user, &output);
    }
    if (status != BASE_OK) {
        node->asked_ms[place] = 0;
    }
    pool_buffer_deinit(body);
    return status;
}

static enum base_status ask(struct pool_template_node *node, unsigned place, const char *poll_id,
                            uint32_t time_ms, uint64_t now_ms, struct base_error *error)
{
    struct pool_request request = {
        .method = "POST", .path = "/", .time_ms = time_ms, .answer_max = node->ops->answer_max};
    struct pool_buffer body;
    pool_buffer_init(&body);
    enum base_status status = node->ops->write_ask(node->context, &request, &body, poll_id);
    return pool_template_call(node, place, &request, &body, status, now_ms, error);
}

/* How long a template may take: as the user says, or as long as this node needs. */
static uint32_t template_wait_ms(const struct pool_template_node *node)
{
    const struct pool_protocol_setup *setup = &node->outlet.setup;
    uint32_t adapted_ms = setup->memory->template_ms;
    adapted_ms = adapted_ms != 0 ? adapted_ms : setup->answer_timeout_ms;
    return setup->template_wait_ms != 0 ? setup->template_wait_ms : adapted_ms;
}

enum base_status pool_template_ask(struct pool_template_node *node, uint64_t now_ms,
                                   struct base_error *error)
{
    if (node->asked_ms[POOL_TEMPLATE_CALL_ASK] != 0) {
        node->again = true;
        return BASE_OK;
    }
    node->again = false;
    node->refresh_ms = UINT64_MAX;
    return ask(node, POOL_TEMPLATE_CALL_ASK, "", template_wait_ms(node), now_ms, error);
}

static enum base_status ask_poll(struct pool_template_node *node, uint64_t now_ms,
                                 struct base_error *error)
{
    node->poll_ms = UINT64_MAX;
    node->polled_ms = now_ms;
    memcpy(node->polled_parent, node->current->parent, sizeof(node->polled_parent));
    (void)snprintf(node->polled, sizeof(node->polled), "%s", node->current->poll_id);
    return ask(node, POOL_TEMPLATE_CALL_POLL, node->polled, POLL_TIME_MS, now_ms, error);
}

/* ---- templates ------------------------------------------------------------------------------- */

static bool same_parent(const struct pool_template *a, const struct pool_template *b)
{
    return memcmp(a->parent, b->parent, sizeof(a->parent)) == 0;
}

/* True when this template builds on a block that an earlier one than the newest built on: of two
 * nodes behind one address, the other one answers. */
static bool goes_backwards(struct pool_template_node *node, const struct pool_template *made)
{
    size_t known =
        node->parent_count < POOL_TEMPLATE_PARENTS ? node->parent_count : POOL_TEMPLATE_PARENTS;
    for (size_t i = 0; i < known; i++) {
        if (memcmp(node->parents[i], made->parent, sizeof(made->parent)) == 0) {
            return ++node->backwards < BACKWARDS_MAX;
        }
    }
    return false;
}

/* When the next long poll begins after this template: at once where the block has changed since the
 * last one began. A server that holds none back answers at once without that. */
static uint64_t next_poll_ms(const struct pool_template_node *node,
                             const struct pool_template *made, uint64_t now_ms)
{
    bool told = memcmp(node->polled_parent, made->parent, sizeof(made->parent)) != 0;
    uint64_t due_ms = told || node->polled_ms == 0 ? 0 : node->polled_ms + POLL_PAUSE_MS;
    return due_ms > now_ms ? due_ms : now_ms;
}

/* When the next template is asked for: rarely where a long poll tells of new blocks. */
static uint32_t refresh_ms(const struct pool_template_node *node, const struct pool_template *made)
{
    bool polls = made->poll_id[0] != '\0' && !node->poll_missed &&
                 !node->outlet.setup.memory->plain_polling && node->turn != POOL_POLL_OTHERS;
    if (made->refresh_ms != 0) {
        return made->refresh_ms;
    }
    return polls ? node->ops->refresh_ms : node->ops->refresh_unpolled_ms;
}

/* A template has come: keep it for settle, unless it was asked for before the newest one came and
 * builds on another block, which may be the older one. */
static enum base_status take(struct pool_template_node *node, struct pool_template *made,
                             unsigned place, uint64_t asked_ms, uint64_t now_ms,
                             struct base_error *error)
{
    const struct pool_template *newest = node->fresh != NULL ? node->fresh : node->current;
    bool moved = newest != NULL && !same_parent(newest, made);
    bool polling = node->asked_ms[POOL_TEMPLATE_CALL_POLL] != 0;
    bool polled_again = strcmp(made->poll_id, node->polled) == 0;
    made->received_ms = now_ms;
    pool_outlet_alive(&node->outlet);
    if (moved && asked_ms < newest->received_ms && place == POOL_TEMPLATE_CALL_ASK) {
        node->ops->drop(made);
        return pool_template_ask(node, now_ms, error);
    }
    if (moved && goes_backwards(node, made)) {
        node->ops->drop(made);
        if (node->asked_ms[POOL_TEMPLATE_CALL_ASK] == 0) {
            node->refresh_ms = now_ms + BACKWARDS_PAUSE_MS;
        }
        if (!polling) {
            node->poll_ms = now_ms + POLL_PAUSE_MS;
        }
        return BASE_OK;
    }
    node->backwards = 0;
    if (place == POOL_TEMPLATE_CALL_POLL) {
        node->poll_missed = node->poll_missed && !moved;
        node->poll_ms = next_poll_ms(node, made, now_ms);
        if (!moved && polled_again) {
            node->poll_ms = now_ms + POLL_PAUSE_MS;
        }
    } else {
        node->poll_missed = node->poll_missed || (moved && polling);
        if (!polling) {
            node->poll_ms = next_poll_ms(node, made, now_ms);
        }
    }
    if (made->poll_id[0] == '\0') {
        node->poll_ms = UINT64_MAX;
    }
    if (node->asked_ms[POOL_TEMPLATE_CALL_ASK] == 0) {
        node->refresh_ms = now_ms + refresh_ms(node, made);
    }
    node->ops->drop(node->fresh);
    node->fresh = made;
    return BASE_OK;
}

/* Publish the next job of the current template. */
static enum base_status publish(struct pool_template_node *node, bool clean, bool refill,
                                struct base_error *error)
{
    struct pool_protocol_setup *setup = &node->outlet.setup;
    struct pool_job_full *full = NULL;
    enum base_status status = node->ops->make_job(node->context, &full, node->current, error);
    if (status != BASE_OK) {
        return status;
    }
    full->server = setup->server_index;
    full->series = node->series;
    memcpy(full->parent, node->current->parent, sizeof(full->parent));
    full->job.id = ++*setup->next_job_id;
    full->job.connection = setup->connection;
    full->job.counters = setup->counters_per_job;
    full->job.received_ms = node->current->received_ms;
    full->job.clean = clean;
    full->job.refill = refill;
    pool_job_unref(node->job);
    node->job = &full->job;
    pool_outlet_job(&node->outlet, node->job);
    return BASE_OK;
}

static void show_ready(struct pool_template_node *node)
{
    const struct pool_protocol_setup *setup = &node->outlet.setup;
    node->ready = true;
    pool_outlet_text(&node->outlet, POOL_OUTPUT_READY, "%s%s%s%s", node->ops->title,
                     setup->algo != NULL ? ", " : "", setup->algo != NULL ? setup->algo->name : "",
                     node->current->poll_id[0] != '\0' ? ", long polling" : "");
    pool_outlet_difficulty(&node->outlet, node->ops->difficulty(node->current));
}

enum base_status pool_template_node_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                           struct base_error *error)
{
    struct pool_template_node *node = pool_template_node_of(protocol);
    struct pool_template *before = node->current;
    (void)now_ms;
    if (node->fresh == NULL) {
        return BASE_OK;
    }
    bool clean = before == NULL || !same_parent(before, node->fresh);
    uint8_t parent[32] = {0};
    if (before != NULL) {
        memcpy(parent, before->parent, sizeof(parent));
    }
    bool same = before != NULL && node->ops->same != NULL && node->ops->same(before, node->fresh);
    node->current = node->fresh;
    node->fresh = NULL;
    node->ops->drop(before);
    if (same && (node->won || !node->renew)) {
        return BASE_OK;
    }
    node->won = false;
    node->renew = false;
    node->series += clean;
    if (clean && before != NULL) {
        memcpy(node->parents[node->parent_count++ % POOL_TEMPLATE_PARENTS], parent, sizeof(parent));
    }
    if (!node->ready) {
        show_ready(node);
    }
    return publish(node, clean, !clean, error);
}

static enum base_status on_template(struct pool_template_node *node,
                                    const struct pool_answer *answer, uint64_t asked_ms,
                                    uint64_t now_ms, struct base_error *error)
{
    struct pool_template *made = NULL;
    enum base_status status = node->ops->read(node->context, &made, answer, error);
    if (status == BASE_E_AGAIN) {
        *error = (struct base_error){BASE_OK, ""};
        return pool_template_ask(node, now_ms, error);
    }
    return status != BASE_OK ? status : take(node, made, answer->call, asked_ms, now_ms, error);
}

/* A template did not come. Where work is in hand, a busy node keeps it, and one that may be starved
 * by long polls too. The next try may take longer. Returns: BASE_OK: mining goes on; else error. */
static enum base_status on_no_template(struct pool_template_node *node,
                                       const struct pool_answer *answer, enum base_status status,
                                       uint64_t now_ms, struct base_error *error)
{
    struct pool_memory *memory = node->outlet.setup.memory;
    char words[POOL_TEXT_MAX];
    bool late = answer->code == 0 && answer->why->status == BASE_E_TIMEOUT;
    bool starved = late && node->asked_ms[POOL_TEMPLATE_CALL_POLL] != 0;
    if (late && !starved && node->outlet.setup.template_wait_ms == 0) {
        uint32_t time_ms = template_wait_ms(node);
        memory->template_ms = time_ms < TEMPLATE_MS_MAX / 2 ? 2 * time_ms : TEMPLATE_MS_MAX;
    }
    if (node->current == NULL || !(starved || pool_http_busy(answer))) {
        return status;
    }
    *error = (struct base_error){BASE_OK, ""};
    node->refresh_ms = now_ms + (starved ? node->ops->refresh_unpolled_ms : BUSY_PAUSE_MS);
    if (!starved) {
        pool_outlet_text(&node->outlet, POOL_OUTPUT_WARNING,
                         "the node is busy (%s): the work in hand goes on, and it is asked again",
                         pool_http_words(words, sizeof(words), answer));
    } else if (!memory->plain_polling) {
        memory->plain_polling = true;
        pool_outlet_text(&node->outlet, POOL_OUTPUT_WARNING,
                         "the node gives no template while a long poll is out: long polls may hold "
                         "all its threads (rpcthreads, 4 where it is not set). It is asked every "
                         "%.0f s from now on, without long polls",
                         (double)node->ops->refresh_unpolled_ms / 1000.0);
    }
    return BASE_OK;
}

/* A long poll that fails is no failure of the node yet: a plain request shows whether it still
 * serves. */
static enum base_status on_poll(struct pool_template_node *node, const struct pool_answer *answer,
                                uint64_t asked_ms, uint64_t now_ms, struct base_error *error)
{
    struct base_error ignored = {BASE_OK, ""};
    if (on_template(node, answer, asked_ms, now_ms, &ignored) == BASE_OK) {
        return BASE_OK;
    }
    node->poll_ms = now_ms + POLL_PAUSE_MS;
    return pool_template_ask(node, now_ms, error);
}

/* ---- the protocol ---------------------------------------------------------------------------- */

enum base_status pool_template_node_answer(struct pool_protocol *protocol,
                                           const struct pool_answer *answer, uint64_t now_ms,
                                           struct base_error *error)
{
    struct pool_template_node *node = pool_template_node_of(protocol);
    BASE_ASSERT(answer->call < POOL_TEMPLATE_CALLS);
    uint64_t asked_ms = node->asked_ms[answer->call];
    enum base_status status = BASE_OK;
    node->asked_ms[answer->call] = 0;
    switch (answer->call) {
    case POOL_TEMPLATE_CALL_ASK:
        status = on_template(node, answer, asked_ms, now_ms, error);
        if (status != BASE_OK) {
            status = on_no_template(node, answer, status, now_ms, error);
        }
        if (status == BASE_OK && node->again && node->asked_ms[POOL_TEMPLATE_CALL_ASK] == 0) {
            status = pool_template_ask(node, now_ms, error);
        }
        return status;
    case POOL_TEMPLATE_CALL_POLL:
        return on_poll(node, answer, asked_ms, now_ms, error);
    case POOL_TEMPLATE_CALL_BLOCK:
        return pool_template_judged(node, answer, now_ms, error);
    default:
        return pool_template_explained(node, answer, now_ms, error);
    }
}

struct pool_protocol *pool_template_node_open(const struct pool_protocol_setup *setup,
                                              const struct pool_protocol_ops *protocol,
                                              const struct pool_template_ops *ops)
{
    struct pool_template_node *node = base_alloc(1, sizeof(*node));
    if (node == NULL) {
        return NULL;
    }
    node->protocol.ops = protocol;
    node->ops = ops;
    node->outlet.setup = *setup;
    node->refresh_ms = UINT64_MAX;
    node->poll_ms = UINT64_MAX;
    pool_pending_init(&node->pending);
    node->context = ops->open(&node->outlet.setup);
    if (node->context == NULL) {
        base_free(node);
        return NULL;
    }
    return &node->protocol;
}

enum base_status pool_template_node_start(struct pool_protocol *protocol, uint64_t now_ms,
                                          struct base_error *error)
{
    struct pool_template_node *node = pool_template_node_of(protocol);
    enum base_status status =
        node->ops->start == NULL ? BASE_OK : node->ops->start(node->context, error);
    return status == BASE_OK ? pool_template_ask(node, now_ms, error) : status;
}

enum base_status pool_template_node_refill(struct pool_protocol *protocol,
                                           const struct pool_job *job, uint64_t now_ms,
                                           struct base_error *error)
{
    struct pool_template_node *node = pool_template_node_of(protocol);
    (void)now_ms;
    return node->job == job ? publish(node, false, true, error) : BASE_OK;
}

enum base_status pool_template_node_changed(struct pool_protocol *protocol, uint64_t now_ms,
                                            struct base_error *error)
{
    return pool_template_ask(pool_template_node_of(protocol), now_ms, error);
}

/* Whose long poll it is: only ours begins; news of another one are asked for at once. */
static void take_turn(struct pool_template_node *node, uint64_t now_ms)
{
    const struct pool_protocol_setup *setup = &node->outlet.setup;
    enum pool_poll_turn before = node->turn;
    if (node->current == NULL || node->current->poll_id[0] == '\0') {
        return;
    }
    node->turn = setup->poll_turn == NULL ? POOL_POLL_OURS : setup->poll_turn(setup->user);
    if (node->turn == POOL_POLL_NEWS) {
        node->refresh_ms = node->asked_ms[POOL_TEMPLATE_CALL_ASK] == 0 ? now_ms : node->refresh_ms;
        node->again = node->asked_ms[POOL_TEMPLATE_CALL_ASK] != 0;
    }
    if (node->turn == POOL_POLL_OURS && before != POOL_POLL_OURS) {
        node->poll_ms = next_poll_ms(node, node->current, now_ms);
    }
    if (node->turn == POOL_POLL_OTHERS && before != POOL_POLL_OTHERS &&
        node->asked_ms[POOL_TEMPLATE_CALL_ASK] == 0) {
        node->refresh_ms = now_ms + node->ops->refresh_unpolled_ms;
    }
    if (node->turn != POOL_POLL_OURS || setup->memory->plain_polling) {
        node->poll_ms = UINT64_MAX;
    }
}

enum base_status pool_template_node_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                         struct base_error *error)
{
    struct pool_template_node *node = pool_template_node_of(protocol);
    enum base_status status = BASE_OK;
    if (now_ms >= node->again_ms) {
        node->again_ms = 0; /* the source submits again after each tick */
    }
    take_turn(node, now_ms);
    if (now_ms >= node->refresh_ms) {
        status = pool_template_ask(node, now_ms, error);
    }
    if (status == BASE_OK && now_ms >= node->poll_ms && node->current != NULL) {
        status = ask_poll(node, now_ms, error);
    }
    return status;
}

uint64_t pool_template_node_due_ms(const struct pool_protocol *protocol)
{
    const struct pool_template_node *node =
        (const struct pool_template_node *)(const void *)protocol;
    uint64_t due_ms = node->refresh_ms < node->poll_ms ? node->refresh_ms : node->poll_ms;
    return node->again_ms != 0 && node->again_ms < due_ms ? node->again_ms : due_ms;
}

size_t pool_template_node_pending(const struct pool_protocol *protocol)
{
    return ((const struct pool_template_node *)(const void *)protocol)->pending.count;
}

void pool_template_node_close(struct pool_protocol *protocol)
{
    struct pool_template_node *node = pool_template_node_of(protocol);
    struct pool_submission *submission = NULL;
    while ((submission = pool_pending_pop(&node->pending)) != NULL) {
        submission->maybe_seen = true;
        pool_outlet_unjudged(&node->outlet, submission,
                             "the connection to the node ended before it answered");
    }
    pool_job_unref(node->job);
    node->ops->drop(node->current);
    node->ops->drop(node->fresh);
    node->ops->close(node->context);
    base_free(node);
}
