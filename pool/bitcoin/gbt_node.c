/* gbt_node.c: a node of the Bitcoin family as a source of jobs: getblocktemplate over JSON-RPC,
 * with long polling, and submitblock. A state machine of four requests, each at most once at a
 * time; no socket, no clock. Source: digibyte.md 7 to 10, 12.
 *
 * Work. Each template becomes a job at once; a template of another previous block voids what went
 * before. The nonces of a job are 2^32; a job that runs out is followed by one of the same template
 * with the next extranonce, a number of 64 bits that begins at random and only grows, so no header
 * is ever tried twice. Time is the node's: it moves with each template, every 30 s at the latest,
 * and never without one, because bits (test networks) and odocrypt's key depend on it. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "bitcoin/gbt.h"
#include "bitcoin/v1_target.h"
#include "protocol/output.h"
#include "wire/frame.h"
#include "wire/json.h"

_Static_assert((int)POOL_GBT_CALLS <= (int)POOL_CALLS_MAX, "every call has its place");

enum {
    REFRESH_MS = 30000, /* new transactions and time */
    NO_POLL_MS = 2000,  /* without long polls: blocks come every 15 s */
    POLL_TIME_MS = 300000,
    POLL_PAUSE_MS = 1000, /* after a long poll that failed, or told nothing */
    REQUEST_MAX = 512,    /* characters of a request but for a block */
};

/* ---- requests -------------------------------------------------------------------------------- */

enum base_status pool_gbt_call(struct pool_gbt *gbt, unsigned place, const void *bytes, size_t size,
                               uint32_t time_ms, size_t answer_max, uint64_t now_ms,
                               struct base_error *error)
{
    struct pool_output output = {.kind = POOL_OUTPUT_CALL,
                                 .text = "",
                                 .call = place,
                                 .bytes = bytes,
                                 .size = size,
                                 .time_ms = time_ms,
                                 .answer_max = answer_max,
                                 .error = error};
    gbt->asked_ms[place] = now_ms;
    enum base_status status = gbt->outlet.setup.output(gbt->outlet.setup.user, &output);
    if (status != BASE_OK) {
        gbt->asked_ms[place] = 0;
    }
    return status;
}

/* getblocktemplate; longpollid "" for an answer at once. */
static enum base_status ask(struct pool_gbt *gbt, unsigned place, const char *longpollid,
                            uint32_t time_ms, uint64_t now_ms, struct base_error *error)
{
    const char *algo = gbt->outlet.setup.lane->rpc_name;
    char request[REQUEST_MAX];
    char poll[POOL_GBT_LONGPOLL_MAX * 2 + 32] = "";
    char quoted[POOL_GBT_LONGPOLL_MAX * 2 + 3] = "";
    char second[64] = "";
    if (longpollid[0] != '\0') {
        if (!pool_json_quote(quoted, sizeof(quoted), longpollid)) {
            return BASE_OK; /* an id full of control characters: no long poll */
        }
        (void)snprintf(poll, sizeof(poll), ",\"longpollid\":%s", quoted);
    }
    if (algo != NULL && !gbt->one_parameter) {
        (void)snprintf(second, sizeof(second), ",\"%.40s\"", algo);
    }
    int size = snprintf(request, sizeof(request),
                        "{\"jsonrpc\":\"1.0\",\"id\":%llu,\"method\":\"getblocktemplate\","
                        "\"params\":[{\"rules\":[\"segwit\"]%s}%s]}",
                        (unsigned long long)++gbt->next_id, poll, second);
    BASE_ASSERT(size > 0 && (size_t)size < sizeof(request));
    return pool_gbt_call(gbt, place, request, (size_t)size, time_ms, POOL_GBT_ANSWER_MAX, now_ms,
                         error);
}

enum base_status pool_gbt_ask_template(struct pool_gbt *gbt, uint64_t now_ms,
                                       struct base_error *error)
{
    if (gbt->asked_ms[POOL_GBT_CALL_TEMPLATE] != 0) {
        gbt->again = true;
        return BASE_OK;
    }
    gbt->again = false;
    gbt->refresh_ms = UINT64_MAX;
    return ask(gbt, POOL_GBT_CALL_TEMPLATE, "", gbt->outlet.setup.answer_timeout_ms, now_ms, error);
}

static enum base_status ask_poll(struct pool_gbt *gbt, uint64_t now_ms, struct base_error *error)
{
    gbt->poll_ms = UINT64_MAX;
    (void)snprintf(gbt->polled, sizeof(gbt->polled), "%s", gbt->current->longpoll);
    return ask(gbt, POOL_GBT_CALL_POLL, gbt->polled, POLL_TIME_MS, now_ms, error);
}

/* ---- templates ------------------------------------------------------------------------------- */

/* The algorithm that the version names must be ours: a node that does not know the name that it was
 * asked for answers with another one's template (digibyte.md 3). */
static enum base_status check_lane(const struct pool_gbt *gbt, const struct pool_gbt_template *made,
                                   struct base_error *error)
{
    const struct pool_lane *lane = gbt->outlet.setup.lane;
    if ((made->version & lane->version_mask) == lane->version_bits) {
        return BASE_OK;
    }
    return base_error_set(
        error, BASE_E_UNSUPPORTED,
        "the node gives work for another algorithm than %s (version %08x)%s%s", lane->algo,
        made->version,
        gbt->one_parameter ? ": this version of the node has to be told which; start it with algo="
                           : "",
        gbt->one_parameter ? lane->rpc_name : "");
}

/* Epoch of the header's time: what the node says it checks with, else what the main network's
 * length makes of it. A node's own regtest has lengths of its own. */
static uint64_t epoch_of(const struct pool_gbt *gbt, const struct pool_gbt_template *made)
{
    uint32_t length = gbt->outlet.setup.lane->epoch_s[0];
    if (length == 0) {
        return 0;
    }
    return made->has_key ? made->key : made->time - made->time % length;
}

/* A template has come: keep it for settle unless it was asked for before the one that is known came
 * and tells of another tip, which may be the older one. */
static enum base_status take(struct pool_gbt *gbt, struct pool_gbt_template *made, unsigned place,
                             uint64_t asked_ms, uint64_t now_ms, struct base_error *error)
{
    const struct pool_gbt_template *known = gbt->fresh != NULL ? gbt->fresh : gbt->current;
    bool moved = known != NULL && memcmp(known->prevhash, made->prevhash, 32) != 0;
    bool waited = gbt->asked_ms[POOL_GBT_CALL_POLL] != 0;
    made->received_ms = now_ms;
    pool_outlet_alive(&gbt->outlet);
    if (moved && asked_ms < known->received_ms && place == POOL_GBT_CALL_TEMPLATE) {
        pool_gbt_template_free(made);
        return pool_gbt_ask_template(gbt, now_ms, error);
    }
    if (place == POOL_GBT_CALL_POLL) {
        gbt->deaf = gbt->deaf && !moved;
        bool idle = !moved && strcmp(made->longpoll, gbt->polled) == 0;
        gbt->poll_ms = idle ? now_ms + POLL_PAUSE_MS : now_ms;
    } else {
        gbt->deaf = gbt->deaf || (moved && waited);
        if (strcmp(made->longpoll, gbt->polled) != 0 || !waited) {
            gbt->poll_ms = now_ms;
        }
    }
    if (made->longpoll[0] == '\0') {
        gbt->poll_ms = UINT64_MAX;
    }
    if (gbt->asked_ms[POOL_GBT_CALL_TEMPLATE] == 0) {
        bool polls = made->longpoll[0] != '\0' && !gbt->deaf;
        gbt->refresh_ms = now_ms + (polls ? REFRESH_MS : NO_POLL_MS);
    }
    pool_gbt_template_free(gbt->fresh);
    gbt->fresh = made;
    return BASE_OK;
}

/* Publish the next job of the current template. */
static enum base_status publish(struct pool_gbt *gbt, bool clean, bool refill,
                                struct base_error *error)
{
    struct pool_protocol_setup *setup = &gbt->outlet.setup;
    struct pool_job_full *full = NULL;
    enum base_status status = pool_gbt_job(&full, gbt->current, &gbt->payee, setup->coinbase_text,
                                           setup->memory->extranonce, error);
    if (status != BASE_OK) {
        return status;
    }
    setup->memory->extranonce++;
    full->server = setup->server_index;
    full->v1.series = gbt->series;
    full->job.id = ++*setup->next_job_id;
    full->job.connection = setup->connection;
    full->job.counters = setup->counters_per_job;
    full->job.epoch = epoch_of(gbt, gbt->current);
    full->job.clean = clean;
    full->job.refill = refill;
    pool_job_unref(gbt->job);
    gbt->job = &full->job;
    pool_outlet_job(&gbt->outlet, gbt->job);
    return BASE_OK;
}

static enum base_status gbt_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                   struct base_error *error)
{
    struct pool_gbt *gbt = pool_gbt_of(protocol);
    const struct pool_lane *lane = gbt->outlet.setup.lane;
    if (gbt->fresh == NULL) {
        return BASE_OK;
    }
    (void)now_ms;
    bool clean =
        gbt->current == NULL || memcmp(gbt->current->prevhash, gbt->fresh->prevhash, 32) != 0;
    pool_gbt_template_free(gbt->current);
    gbt->current = gbt->fresh;
    gbt->fresh = NULL;
    gbt->won = false;
    gbt->series += clean;
    if (!gbt->ready) {
        struct pool_output output = {.kind = POOL_OUTPUT_DIFFICULTY, .text = ""};
        gbt->ready = true;
        pool_outlet_text(&gbt->outlet, POOL_OUTPUT_READY, "getblocktemplate, %s%s", lane->algo,
                         gbt->current->longpoll[0] != '\0' ? ", long polling" : "");
        output.difficulty = pool_v1_difficulty_of(gbt->current->target_be, 1);
        (void)gbt->outlet.setup.output(gbt->outlet.setup.user, &output);
    }
    return publish(gbt, clean, !clean, error);
}

static enum base_status on_template(struct pool_gbt *gbt, const struct pool_answer *answer,
                                    uint64_t asked_ms, uint64_t now_ms, struct base_error *error)
{
    struct pool_protocol_setup *setup = &gbt->outlet.setup;
    struct pool_rpc_answer rpc;
    struct pool_gbt_template *made = NULL;
    enum base_status status =
        pool_rpc_read(&rpc, answer, setup->server, POOL_GBT_VALUES_MAX, error);
    if (status == BASE_OK && pool_rpc_one_parameter(&rpc) && !gbt->one_parameter) {
        gbt->one_parameter = true;
        json_decref(rpc.root);
        return pool_gbt_ask_template(gbt, now_ms, error);
    }
    if (status == BASE_OK && rpc.failed) {
        status = pool_rpc_explain(&rpc, setup->lane, error);
    }
    if (status == BASE_OK) {
        status = pool_gbt_template_read(&made, rpc.result, error);
    }
    json_decref(rpc.root);
    if (status == BASE_OK) {
        status = check_lane(gbt, made, error);
    }
    if (status != BASE_OK) {
        pool_gbt_template_free(made);
        return status;
    }
    return take(gbt, made, answer->call, asked_ms, now_ms, error);
}

/* A long poll that fails is no failure of the node yet: whether it still serves, a plain request
 * tells. */
static enum base_status on_poll(struct pool_gbt *gbt, const struct pool_answer *answer,
                                uint64_t asked_ms, uint64_t now_ms, struct base_error *error)
{
    struct base_error ignored = {BASE_OK, ""};
    if (on_template(gbt, answer, asked_ms, now_ms, &ignored) == BASE_OK) {
        return BASE_OK;
    }
    gbt->poll_ms = now_ms + POLL_PAUSE_MS;
    return pool_gbt_ask_template(gbt, now_ms, error);
}

/* ---- the protocol ---------------------------------------------------------------------------- */

static enum base_status gbt_answer(struct pool_protocol *protocol, const struct pool_answer *answer,
                                   uint64_t now_ms, struct base_error *error)
{
    struct pool_gbt *gbt = pool_gbt_of(protocol);
    BASE_ASSERT(answer->call < POOL_GBT_CALLS);
    uint64_t asked_ms = gbt->asked_ms[answer->call];
    enum base_status status = BASE_OK;
    gbt->asked_ms[answer->call] = 0;
    switch (answer->call) {
    case POOL_GBT_CALL_TEMPLATE:
        status = on_template(gbt, answer, asked_ms, now_ms, error);
        if (status == BASE_OK && gbt->again && gbt->asked_ms[POOL_GBT_CALL_TEMPLATE] == 0) {
            status = pool_gbt_ask_template(gbt, now_ms, error);
        }
        return status;
    case POOL_GBT_CALL_POLL:
        return on_poll(gbt, answer, asked_ms, now_ms, error);
    case POOL_GBT_CALL_SUBMIT:
        return pool_gbt_submitted(gbt, answer, now_ms, error);
    default:
        return pool_gbt_explained(gbt, answer, now_ms, error);
    }
}

static struct pool_protocol *gbt_open(const struct pool_protocol_setup *setup)
{
    struct pool_gbt *gbt = base_alloc(1, sizeof(*gbt));
    if (gbt == NULL) {
        return NULL;
    }
    gbt->protocol.ops = &pool_gbt_node;
    gbt->outlet.setup = *setup;
    gbt->refresh_ms = UINT64_MAX;
    gbt->poll_ms = UINT64_MAX;
    pool_pending_init(&gbt->pending);
    return &gbt->protocol;
}

static enum base_status gbt_start(struct pool_protocol *protocol, uint64_t now_ms,
                                  struct base_error *error)
{
    struct pool_gbt *gbt = pool_gbt_of(protocol);
    const struct pool_protocol_setup *setup = &gbt->outlet.setup;
    enum base_status status =
        pool_coin_entry(setup->coin)->payout(&gbt->payee, setup->server->user, error);
    return status == BASE_OK ? pool_gbt_ask_template(gbt, now_ms, error) : status;
}

/* Never called: there is no stream. */
static enum base_status gbt_receive(struct pool_protocol *protocol, const uint8_t *bytes,
                                    size_t size, uint64_t now_ms, struct base_error *error)
{
    (void)protocol;
    (void)bytes;
    (void)size;
    (void)now_ms;
    return base_error_set(error, BASE_E_STATE, "bytes without a request");
}

static enum base_status gbt_refill(struct pool_protocol *protocol, const struct pool_job *job,
                                   uint64_t now_ms, struct base_error *error)
{
    struct pool_gbt *gbt = pool_gbt_of(protocol);
    (void)now_ms;
    return gbt->job == job ? publish(gbt, false, true, error) : BASE_OK;
}

static enum base_status gbt_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                 struct base_error *error)
{
    struct pool_gbt *gbt = pool_gbt_of(protocol);
    enum base_status status = BASE_OK;
    if (now_ms >= gbt->refresh_ms) {
        status = pool_gbt_ask_template(gbt, now_ms, error);
    }
    if (status == BASE_OK && now_ms >= gbt->poll_ms && gbt->current != NULL) {
        status = ask_poll(gbt, now_ms, error);
    }
    return status;
}

static uint64_t gbt_due_ms(const struct pool_protocol *protocol)
{
    const struct pool_gbt *gbt = (const struct pool_gbt *)(const void *)protocol;
    return gbt->refresh_ms < gbt->poll_ms ? gbt->refresh_ms : gbt->poll_ms;
}

static size_t gbt_pending(const struct pool_protocol *protocol)
{
    return ((const struct pool_gbt *)(const void *)protocol)->pending.count;
}

static void gbt_close(struct pool_protocol *protocol)
{
    struct pool_gbt *gbt = pool_gbt_of(protocol);
    struct pool_submission *submission = NULL;
    while ((submission = pool_pending_pop(&gbt->pending)) != NULL) {
        pool_outlet_verdict(&gbt->outlet, submission, POOL_UNANSWERED, false,
                            "the connection to the node ended before it answered");
    }
    pool_job_unref(gbt->job);
    pool_gbt_template_free(gbt->fresh);
    pool_gbt_template_free(gbt->current);
    base_free(gbt);
}

const struct pool_protocol_ops pool_gbt_node = {
    .name = "getblocktemplate",
    .open = gbt_open,
    .start = gbt_start,
    .receive = gbt_receive,
    .answer = gbt_answer,
    .settle = gbt_settle,
    .submit = pool_gbt_submit,
    .refill = gbt_refill,
    .tick = gbt_tick,
    .due_ms = gbt_due_ms,
    .pending = gbt_pending,
    .close = gbt_close,
};
