/* stratum_v1.c: pools of the Bitcoin family as a state machine: subscribe, authorize, lines and
 * answers. Lenient in what it reads, strict in what it sends. Source: stratum.md 1 to 3, 9. What a
 * notify says is stratum_v1_notice.c, jobs are stratum_v1_work.c, shares stratum_v1_share.c. */
#include "bitcoin/stratum_v1.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "protocol/reject.h"
#include "wire/json.h"

enum {
    ID_SUBSCRIBE = 1,
    ID_AUTHORIZE = 2,
    ID_EXTRANONCE = 3,
    ID_FIRST_FREE = 4,
    HELLO_MS = 30000, /* an answer to subscribe or authorize */
};

static struct pool_protocol *v1_open(const struct pool_protocol_setup *setup)
{
    struct pool_v1 *v1 = base_alloc(1, sizeof(*v1));
    if (v1 == NULL) {
        return NULL;
    }
    BASE_ASSERT(setup->algo != NULL && setup->memory != NULL);
    pool_peer_init(&v1->peer, &pool_stratum_v1, &pool_bitcoin_family.services[POOL_ACCESS_POOL],
                   setup, ID_FIRST_FREE);
    v1->subscribe_id = ID_SUBSCRIBE;
    return &v1->peer.protocol;
}

static void v1_close(struct pool_protocol *protocol)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    if (v1->resume_asked) { /* the next try asks for a new session, and for all else as before */
        v1->peer.outlet.setup.memory->session[0] = '\0';
    } else if (v1->optional_asked) { /* perhaps the pool closed because of it */
        v1->peer.outlet.setup.memory->required_only = true;
    }
    pool_peer_deinit(&v1->peer);
    pool_job_unref(v1->job);
    pool_v1_notice_free(v1->current);
    pool_v1_notice_free(v1->fresh);
    base_free(v1);
}

/* ---- what we ask ----------------------------------------------------------------------------- */

static enum base_status v1_start(struct pool_protocol *protocol, uint64_t now_ms,
                                 struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    struct pool_outlet *outlet = &v1->peer.outlet;
    const char *session = outlet->setup.memory->session;
    v1->asked_ms = now_ms;
    v1->resume_asked = session[0] != '\0';
    return pool_stratum_request(outlet, ID_SUBSCRIBE, "mining.subscribe",
                                session[0] != '\0'
                                    ? json_pack("[s,s]", outlet->setup.agent, session)
                                    : json_pack("[s]", outlet->setup.agent),
                                error);
}

static enum base_status ask_login(struct pool_v1 *v1, uint64_t now_ms, struct base_error *error)
{
    const struct pool_server *server = v1->peer.outlet.setup.server;
    v1->asked_ms = now_ms;
    return pool_stratum_request(
        &v1->peer.outlet, ID_AUTHORIZE, "mining.authorize",
        json_pack("[s,s]", server->user, server->pass[0] != '\0' ? server->pass : "x"), error);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* The id under which the session may be resumed: that of the mining.notify subscription, which is
 * one of a list of pairs, or the only pair. */
static void keep_session(struct pool_v1 *v1, const json_t *subscriptions)
{
    char *kept = v1->peer.outlet.setup.memory->session;
    size_t count = json_array_size(subscriptions);
    kept[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(subscriptions, i);
        if (i == 0 && json_is_string(pair)) {
            pair = subscriptions;
        }
        const char *name = json_string_value(json_array_get(pair, 0));
        const json_t *id = json_array_get(pair, 1);
        if (name != NULL && strcmp(name, "mining.notify") == 0 && json_is_string(id) &&
            json_string_length(id) <= POOL_SESSION_ID_MAX) {
            memcpy(kept, json_string_value(id), json_string_length(id) + 1);
            return;
        }
    }
}

static enum base_status on_subscribe(struct pool_v1 *v1, const json_t *result,
                                     const json_t *problem, uint64_t now_ms,
                                     struct base_error *error)
{
    char text[POOL_TEXT_MAX];
    if (v1->subscribed) {
        return BASE_OK;
    }
    if (pool_json_truthy(problem)) {
        (void)pool_reject_class(problem, &pool_bitcoin_family, text);
        v1->peer.outlet.setup.memory->session[0] = '\0';
        if (v1->subscribe_id != ID_SUBSCRIBE) {
            return base_error_set(error, BASE_E_FORMAT, "the pool refuses to subscribe us: %s",
                                  text);
        }
        v1->subscribe_id = v1->peer.next_id++; /* once more without optional params */
        v1->asked_ms = now_ms;
        return pool_stratum_request(&v1->peer.outlet, v1->subscribe_id, "mining.subscribe",
                                    json_array(), error);
    }
    if (json_array_size(result) < 3) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the answer to subscribe is none of this protocol, three members are "
                              "right: is this the pool of another coin (--coin)?");
    }
    enum base_status status = pool_v1_take_extranonce(v1, result, 1, error);
    if (status != BASE_OK) {
        (void)base_error_prefix(error, "the answer to subscribe has");
        return status;
    }
    keep_session(v1, json_array_get(result, 0));
    v1->subscribed = true;
    return ask_login(v1, now_ms, error);
}

static enum base_status on_authorize(struct pool_v1 *v1, const json_t *result,
                                     const json_t *problem, struct base_error *error)
{
    if (pool_json_truthy(problem) || json_is_false(result)) { /* some say 1, "OK" or null for yes */
        return pool_peer_refuse_login(problem, &pool_bitcoin_family, error);
    }
    v1->asked_ms = 0;
    if (v1->authorized) {
        return BASE_OK;
    }
    v1->authorized = true;
    if (v1->peer.outlet.setup.memory->required_only) {
        return BASE_OK;
    }
    v1->optional_asked = true;
    return pool_stratum_request(&v1->peer.outlet, ID_EXTRANONCE, "mining.extranonce.subscribe",
                                json_array(), error);
}

static enum base_status on_answer(struct pool_v1 *v1, const json_t *root, uint64_t now_ms,
                                  struct base_error *error)
{
    const json_t *result = json_object_get(root, "result");
    const json_t *problem = json_object_get(root, "error");
    const json_t *reason = json_object_get(root, "reject-reason"); /* ckpool's, beside null */
    uint64_t id = 0;
    if (!pool_json_truthy(problem) && json_is_string(reason)) {
        problem = reason;
    }
    if (!pool_json_u64(json_object_get(root, "id"), 10, &id)) {
        if (pool_json_truthy(problem) && !v1->subscribed) {
            return on_subscribe(v1, result, problem, now_ms, error);
        }
        if (pool_json_truthy(problem) && !v1->authorized) {
            return on_authorize(v1, result, problem, error);
        }
        pool_outlet_text(&v1->peer.outlet, POOL_OUTPUT_WARNING,
                         "an answer without a number that says to what, ignored");
        return BASE_OK;
    }
    if (id == v1->subscribe_id) {
        return on_subscribe(v1, result, problem, now_ms, error);
    }
    if (id == ID_AUTHORIZE) {
        return on_authorize(v1, result, problem, error);
    }
    return pool_v1_share_answer(v1, id, result, problem, error);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static enum base_status on_request(struct pool_v1 *v1, const char *method, const json_t *root,
                                   uint64_t now_ms, struct base_error *error)
{
    const json_t *params = json_object_get(root, "params");
    const json_t *id = json_object_get(root, "id");
    if (strcmp(method, "mining.notify") == 0) {
        return pool_v1_notify(v1, root, now_ms, error);
    }
    if (strcmp(method, "mining.set_difficulty") == 0) {
        pool_v1_difficulty(v1, params);
        return BASE_OK;
    }
    if (strcmp(method, "mining.set_target") == 0) {
        pool_v1_set_target(v1, params);
        return BASE_OK;
    }
    if (strcmp(method, "mining.set_extranonce") == 0) {
        pool_v1_extranonce(v1, params);
        return BASE_OK;
    }
    if (strcmp(method, "client.get_algo") == 0) {
        return pool_stratum_answer(&v1->peer.outlet, id,
                                   json_string(v1->peer.outlet.setup.algo->name), json_null(),
                                   error);
    }
    return pool_stratum_everyday(&v1->peer.outlet, method, id, params, error);
}

static enum base_status on_message(struct pool_protocol *protocol, const json_t *root,
                                   uint64_t now_ms, struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    const char *method = json_string_value(json_object_get(root, "method"));
    v1->optional_asked = false; /* the pool goes on, so the request did not make it close */
    v1->resume_asked = false;
    if (method != NULL) {
        return on_request(v1, method, root, now_ms, error);
    }
    return json_object_get(root, "id") != NULL ? on_answer(v1, root, now_ms, error) : BASE_OK;
}

static enum base_status v1_receive(struct pool_protocol *protocol, const uint8_t *bytes,
                                   size_t size, uint64_t now_ms, struct base_error *error)
{
    return pool_peer_receive_messages(&pool_v1_of(protocol)->peer, bytes, size, on_message, now_ms,
                                      error);
}

/* ---- time ------------------------------------------------------------------------------------ */

static enum base_status v1_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                struct base_error *error)
{
    struct pool_v1 *v1 = pool_v1_of(protocol);
    enum base_status status = pool_peer_tick(&v1->peer, now_ms, error);
    if (status != BASE_OK) {
        return status;
    }
    if (v1->asked_ms != 0 && now_ms >= v1->asked_ms + HELLO_MS) {
        return base_error_set(error, BASE_E_TIMEOUT, "no answer to mining.%s within %d s",
                              v1->subscribed ? "authorize" : "subscribe", HELLO_MS / 1000);
    }
    return pool_v1_work_tick(v1, now_ms, error);
}

static uint64_t v1_due_ms(const struct pool_protocol *protocol)
{
    const struct pool_v1 *v1 = (const struct pool_v1 *)(const void *)protocol;
    uint64_t due = pool_v1_work_due_ms(v1);
    uint64_t answer_ms = pool_peer_due_ms(&v1->peer);
    due = answer_ms < due ? answer_ms : due;
    if (v1->asked_ms != 0 && v1->asked_ms + HELLO_MS < due) {
        due = v1->asked_ms + HELLO_MS;
    }
    return due;
}

const struct pool_protocol_ops pool_stratum_v1 = {
    .name = "stratum v1",
    .open = v1_open,
    .start = v1_start,
    .receive = v1_receive,
    .settle = pool_v1_settle,
    .submit = pool_v1_submit,
    .refill = pool_v1_refill,
    .rate = pool_v1_rate,
    .tick = v1_tick,
    .due_ms = v1_due_ms,
    .pending = pool_peer_pending,
    .close = v1_close,
};
