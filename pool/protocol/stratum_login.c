/* stratum_login.c: see stratum_login.h. */
#include "protocol/stratum_login.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "protocol/reject.h"
#include "wire/json.h"

enum {
    ID_SUBSCRIBE = 1,
    ID_AUTHORIZE = 2,
    ID_EXTRANONCE = 3,   /* the first of shares where it is not asked for */
    NOT_SUBSCRIBED = 25, /* code of a refusal */
    NONCE_LEFT_FEW = 4,  /* bytes: a fast device is through 2^32 nonces before the next job */
};

/* ---- what we ask ----------------------------------------------------------------------------- */

enum base_status pool_login_start(struct pool_protocol *protocol, uint64_t now_ms,
                                  struct base_error *error)
{
    struct pool_peer *peer = pool_peer_of(protocol);
    peer->subscribe_id = ID_SUBSCRIBE;
    peer->next_id = peer->ops->resumes ? ID_EXTRANONCE + 1 : ID_EXTRANONCE;
    peer->asked_ms = now_ms;
    peer->resume_asked = peer->outlet.setup.memory->session[0] != '\0';
    return pool_stratum_request(&peer->outlet, ID_SUBSCRIBE, "mining.subscribe",
                                peer->ops->subscribe_params(&peer->outlet.setup), error);
}

const char *pool_login_session(const struct pool_protocol_setup *setup)
{
    return setup->memory->session[0] != '\0' ? setup->memory->session : NULL;
}

enum base_status pool_login_authorize(struct pool_peer *peer, uint64_t id, struct base_error *error)
{
    const struct pool_server *server = peer->outlet.setup.server;
    return pool_stratum_request(
        &peer->outlet, id, "mining.authorize",
        json_pack("[s,s]", server->user, server->pass[0] != '\0' ? server->pass : "x"), error);
}

/* ---- the answer to subscribe ----------------------------------------------------------------- */

static bool is_session_id(const json_t *json)
{
    return json_is_string(json) && json_string_length(json) <= POOL_SESSION_ID_MAX;
}

/* The id under which the session may be resumed: a text (ZIP 301), or that of the mining.notify
 * subscription, which is one of a list of pairs, or the only pair. */
static void keep_session(struct pool_peer *peer, const json_t *session)
{
    const json_t *id = session;
    for (size_t i = 0; i < json_array_size(session) && !is_session_id(id); i++) {
        const json_t *pair = json_array_get(session, i);
        if (i == 0 && json_is_string(pair)) {
            pair = session;
        }
        const char *name = json_string_value(json_array_get(pair, 0));
        id = name != NULL && strcmp(name, "mining.notify") == 0 ? json_array_get(pair, 1) : NULL;
    }
    if (is_session_id(id)) {
        memcpy(peer->outlet.setup.memory->session, json_string_value(id),
               json_string_length(id) + 1);
    }
}

/* extranonce1 is the front of the nonce, and the other size, which may be missing, is that of the
 * rest. */
static enum base_status check_front(const struct pool_peer *peer, size_t size, const json_t *second,
                                    struct base_error *error)
{
    size_t whole = peer->ops->nonce_size;
    uint64_t rest = 0;
    if (second != NULL && (!pool_json_u64(second, 10, &rest) || rest != whole - size)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "an extranonce1 of %zu bytes and an extranonce2 size that is not "
                              "%zu: a nonce has %zu here; is this the pool of another coin "
                              "(--coin)?",
                              size, whole - size, whole);
    }
    if (whole - size < peer->ops->nonce_own_min) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "an extranonce1 of %zu bytes: this miner needs at least %zu of the "
                              "nonce's %zu for itself",
                              size, peer->ops->nonce_own_min, whole);
    }
    return BASE_OK;
}

static enum base_status take_extranonce(struct pool_peer *peer, const json_t *first,
                                        const json_t *second, struct base_error *error)
{
    uint8_t bytes[POOL_EXTRANONCE1_MAX] = {0};
    size_t whole = peer->ops->nonce_size;
    size_t cap = whole != 0 ? whole : sizeof(bytes);
    size_t size = 0;
    const char *text = json_string_value(first);
    if (text == NULL ||
        base_hex_decode(bytes, cap, &size, text, json_string_length(first)) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT,
                              "an extranonce1 that is not hexadecimal, or above %zu bytes", cap);
    }
    enum base_status status = whole != 0 ? check_front(peer, size, second, error)
                                         : peer->ops->take_size(&peer->protocol, second, error);
    if (status != BASE_OK) {
        return status;
    }
    memcpy(peer->extranonce1, bytes, sizeof(bytes));
    peer->extranonce1_size = size;
    if (whole != 0 && whole - size < NONCE_LEFT_FEW) {
        pool_outlet_text(&peer->outlet, POOL_OUTPUT_WARNING,
                         "the pool leaves %zu of %zu bytes of the nonce to this miner: %" PRIu64
                         " nonces a job",
                         whole - size, whole, UINT64_C(1) << 8 * (whole - size));
    }
    return BASE_OK;
}

static enum base_status on_subscribe(struct pool_peer *peer, const json_t *result,
                                     const json_t *problem, uint64_t now_ms,
                                     struct base_error *error)
{
    char text[POOL_TEXT_MAX];
    if (peer->subscribed) {
        return BASE_OK;
    }
    peer->outlet.setup.memory->session[0] = '\0';
    if (pool_json_truthy(problem)) {
        (void)pool_reject_class(problem, peer->ops->family, text);
        if (!peer->ops->plain_subscribe || peer->subscribe_id != ID_SUBSCRIBE) {
            return base_error_set(error, BASE_E_FORMAT, "the pool refuses to subscribe us: %s",
                                  text);
        }
        peer->subscribe_id = peer->next_id++;
        peer->asked_ms = now_ms;
        return pool_stratum_request(&peer->outlet, peer->subscribe_id, "mining.subscribe",
                                    json_array(), error);
    }
    if (json_array_size(result) < peer->ops->subscribe_members) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the answer to subscribe is none of this protocol, %zu members are "
                              "right: is this the pool of another coin (--coin)?",
                              peer->ops->subscribe_members);
    }
    enum base_status status =
        take_extranonce(peer, json_array_get(result, 1), json_array_get(result, 2), error);
    if (status != BASE_OK) {
        (void)base_error_prefix(error, "the answer to subscribe has");
        return status;
    }
    if (peer->ops->resumes) {
        keep_session(peer, json_array_get(result, 0));
    }
    peer->subscribed = true;
    peer->asked_ms = now_ms;
    return pool_login_authorize(peer, ID_AUTHORIZE, error);
}

/* ---- other answers --------------------------------------------------------------------------- */

enum base_status pool_login_refused(const struct pool_peer *peer, const json_t *problem,
                                    struct base_error *error)
{
    char text[POOL_TEXT_MAX];
    (void)pool_reject_class(problem, peer->ops->family, text);
    return base_error_set(error, BASE_E_REFUSED,
                          "the pool refuses the login%s%s; check address and worker name",
                          text[0] == '\0' ? "" : ": ", text);
}

static enum base_status on_authorize(struct pool_peer *peer, const json_t *result,
                                     const json_t *problem, struct base_error *error)
{
    bool again = peer->authorized;
    bool yes = peer->ops->true_is_yes ? json_is_true(result) : !json_is_false(result);
    if (pool_json_truthy(problem) || !yes) {
        return pool_login_refused(peer, problem, error);
    }
    peer->authorized = true;
    peer->asked_ms = 0;
    if (again || !peer->ops->resumes || peer->outlet.setup.memory->required_only) {
        return BASE_OK;
    }
    peer->optional_asked = true;
    return pool_stratum_request(&peer->outlet, ID_EXTRANONCE, "mining.extranonce.subscribe",
                                json_array(), error);
}

static enum base_status on_share_answer(struct pool_peer *peer, uint64_t id, const json_t *result,
                                        const json_t *problem, struct base_error *error)
{
    struct pool_submission *submission = pool_peer_take(peer, id);
    char text[POOL_TEXT_MAX];
    uint64_t code = 0;
    if (submission == NULL) {
        return BASE_OK;
    }
    if (json_is_true(result) && !pool_json_truthy(problem)) {
        pool_peer_accept(peer, submission);
        peer->authorized = true; /* which shows that the login is good, too */
        peer->asked_ms = 0;
        return BASE_OK;
    }
    enum pool_verdict verdict = pool_reject_class(problem, peer->ops->family, text);
    pool_peer_refuse(peer, submission, verdict, text);
    if (pool_json_u64(json_array_get(problem, 0), 10, &code) && code == NOT_SUBSCRIBED) {
        return base_error_set(error, BASE_E_CLOSED,
                              "the pool says that this connection is not subscribed");
    }
    return BASE_OK;
}

static enum base_status on_answer(struct pool_peer *peer, const json_t *root, uint64_t now_ms,
                                  struct base_error *error)
{
    const json_t *result = json_object_get(root, "result");
    const json_t *problem = json_object_get(root, "error");
    const json_t *reason = json_object_get(root, "reject-reason"); /* ckpool's, beside null */
    uint64_t number = 0;
    bool named = pool_json_u64(json_object_get(root, "id"), 10, &number);
    uint64_t id = named ? number : 0; /* 0: of no request */
    if (!pool_json_truthy(problem) && json_is_string(reason)) {
        problem = reason;
    }
    bool refusal = !named && pool_json_truthy(problem); /* of what is waited for */
    /* One pool answers subscribe with the method's name as id: its shape shows it. */
    if (id == peer->subscribe_id || (!peer->subscribed && (refusal || json_is_array(result)))) {
        return on_subscribe(peer, result, problem, now_ms, error);
    }
    if (id == ID_AUTHORIZE || (refusal && !peer->authorized)) {
        return on_authorize(peer, result, problem, error);
    }
    if (named) {
        return on_share_answer(peer, id, result, problem, error);
    }
    pool_outlet_text(&peer->outlet, POOL_OUTPUT_WARNING,
                     "an answer without a number that says to what, ignored");
    return BASE_OK;
}

/* ---- messages -------------------------------------------------------------------------------- */

enum base_status pool_login_message(struct pool_protocol *protocol, const json_t *root,
                                    uint64_t now_ms, struct base_error *error)
{
    struct pool_peer *peer = pool_peer_of(protocol);
    const char *method = json_string_value(json_object_get(root, "method"));
    const json_t *params = json_object_get(root, "params");
    const json_t *id = json_object_get(root, "id");
    struct base_error why = {BASE_OK, ""};
    peer->optional_asked = false; /* the pool goes on, so the request did not make it close */
    peer->resume_asked = false;
    if (method == NULL) {
        return id != NULL ? on_answer(peer, root, now_ms, error) : BASE_OK;
    }
    if (strcmp(method, "mining.set_extranonce") == 0) {
        const json_t *second = peer->ops->subscribe_members > 2 ? json_array_get(params, 1) : NULL;
        bool taken = take_extranonce(peer, json_array_get(params, 0), second, &why) == BASE_OK;
        pool_outlet_text(&peer->outlet, taken ? POOL_OUTPUT_INFO : POOL_OUTPUT_WARNING, "%s%s",
                         taken ? "the pool has given another extranonce, for the jobs to come"
                               : why.text,
                         taken ? "" : ", ignored");
        return BASE_OK;
    }
    enum base_status status = peer->ops->on_request(protocol, method, root, now_ms, error);
    return status != BASE_E_NOT_FOUND
               ? status
               : pool_stratum_everyday(&peer->outlet, method, id, params, error);
}

/* ---- jobs and shares ------------------------------------------------------------------------- */

void pool_login_publish(struct pool_peer *peer, struct pool_job_full *full)
{
    const struct pool_protocol_setup *setup = &peer->outlet.setup;
    struct pool_job *job = &full->job;
    if (peer->job == NULL) {
        pool_outlet_text(&peer->outlet, POOL_OUTPUT_READY, "%s, %s", peer->protocol.ops->name,
                         setup->algo != NULL ? setup->algo->name : peer->ops->algo);
    }
    peer->series += job->clean;
    full->series = peer->series;
    full->server = setup->server_index;
    job->id = ++*setup->next_job_id;
    job->connection = setup->connection;
    job->counters = setup->counters_per_job;
    job->chains = 1;
    (void)snprintf(job->label, sizeof(job->label), "%.63s", full->ticket.id);
    pool_job_unref(peer->job);
    peer->job = job;
    pool_outlet_job(&peer->outlet, job);
}

enum base_status pool_login_refill(struct pool_protocol *protocol, const struct pool_job *job,
                                   uint64_t now_ms, struct base_error *error)
{
    struct pool_peer *peer = pool_peer_of(protocol);
    (void)now_ms;
    (void)error;
    if (job == peer->job && !peer->told_spent) {
        peer->told_spent = true;
        pool_outlet_text(&peer->outlet, POOL_OUTPUT_WARNING,
                         "job %s has few nonces left, because the pool leaves %zu bytes of the "
                         "nonce to this miner: its lanes wait for the next job",
                         job->label, job->nonce_size - job->nonce_fixed);
    }
    return BASE_OK;
}

/* True when the pool would still find this job among those of this connection: a resumed session
 * has the same extranonce1; one of size 0 shows nothing. */
static bool is_known(const struct pool_peer *peer, const struct pool_job *job)
{
    const struct pool_ticket *ticket = &pool_job_full(job)->ticket;
    return job->connection == peer->outlet.setup.connection ||
           (ticket->extranonce1_size > 0 && ticket->extranonce1_size == peer->extranonce1_size &&
            memcmp(ticket->extranonce1, peer->extranonce1, peer->extranonce1_size) == 0);
}

/* True when the pool has voided this job: by a clean one, or, of an earlier connection, by one that
 * builds on another block. */
static bool is_void(const struct pool_peer *peer, const struct pool_job *job)
{
    const struct pool_job_full *full = pool_job_full(job);
    return job->connection == peer->outlet.setup.connection
               ? full->series != peer->series
               : memcmp(full->parent, pool_job_full(peer->job)->parent, sizeof(full->parent)) != 0;
}

enum base_status pool_login_submit(struct pool_protocol *protocol,
                                   struct pool_submission *submission, uint64_t now_ms,
                                   struct base_error *error)
{
    struct pool_peer *peer = pool_peer_of(protocol);
    if (peer->pending.count >= POOL_PENDING_MAX || peer->job == NULL) {
        return BASE_E_AGAIN;
    }
    if (!is_known(peer, submission->job)) {
        pool_outlet_verdict(&peer->outlet, submission, POOL_NOT_SENT, false,
                            peer->ops->resumes
                                ? "the pool did not resume the session it was found in"
                                : "the connection that it was found for has ended");
        return BASE_OK;
    }
    submission->late = is_void(peer, submission->job);
    if (submission->late && !pool_peer_is_block(peer, submission)) {
        pool_outlet_verdict(&peer->outlet, submission, POOL_STALE, false,
                            "not sent: the pool has voided its job");
        return BASE_OK;
    }
    return pool_peer_submit(peer, submission, peer->ops->share_params(protocol, submission), now_ms,
                            error);
}
