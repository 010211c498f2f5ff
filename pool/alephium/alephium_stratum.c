/* alephium_stratum.c: Alephium mining pools as a state machine: the official pool's lines, every
 * deviation that was seen elsewhere, and AlephiumStratum/1.0.0 where a server speaks it. Lenient in
 * what it reads, strict in what it sends. Source: alephium.md 6, stratum.md 1. What parameters look
 * like is alephium_notify.c, why a share was refused is reject.c. */
#include <stdio.h>
#include <string.h>

#include "alephium/alephium_stratum.h"
#include "base/alloc.h"
#include "protocol/stratum_login.h"
#include "wire/json.h"

enum {
    TARGET_WAIT_MS = 5000, /* a job without target waits so long for a difficulty */
    ID_HELLO = 1,
    ID_SUBSCRIBE = 2,
    ID_AUTHORIZE = 3,
    ID_FIRST_SHARE = POOL_STRATUM_ID_SUGGEST + 1,
};

static void stratum_close(struct pool_protocol *protocol)
{
    struct pool_stratum *stratum = pool_stratum_of(protocol);
    pool_stratum_drop(stratum->current);
    pool_stratum_drop(stratum->fresh);
    base_free(stratum->waiting);
    pool_peer_close(protocol);
}

/* hello, subscribe and authorize go out together, and no answer is waited for: the official pool
 * ignores the first and gives jobs without the others. */
static enum base_status stratum_start(struct pool_protocol *protocol, uint64_t now_ms,
                                      struct base_error *error)
{
    struct pool_stratum *stratum = pool_stratum_of(protocol);
    struct pool_outlet *outlet = &stratum->peer.outlet;
    const char *agent = outlet->setup.agent;
    enum base_status status = BASE_OK;
    (void)now_ms;
    if (!outlet->setup.memory->required_only) {
        status = pool_stratum_request(outlet, ID_HELLO, "mining.hello",
                                      json_pack("[s,s]", agent, "AlephiumStratum/1.0.0"), error);
    }
    if (status == BASE_OK) {
        status = pool_stratum_request(outlet, ID_SUBSCRIBE, "mining.subscribe",
                                      json_pack("[s]", agent), error);
    }
    if (status == BASE_OK) {
        status = pool_login_authorize(&stratum->peer, ID_AUTHORIZE, error);
    }
    return status;
}

/* ---- requests of the server ------------------------------------------------------------------ */

static enum base_status on_request(struct pool_stratum *stratum, const char *method,
                                   const json_t *id, const json_t *params, uint64_t now_ms,
                                   struct base_error *error)
{
    if (strcmp(method, "mining.notify") == 0) {
        return pool_stratum_notify(stratum, params, now_ms, error);
    }
    if (strcmp(method, "mining.set_difficulty") == 0) {
        return pool_stratum_difficulty(stratum, params, now_ms, error);
    }
    if (strcmp(method, "mining.set_target") == 0) {
        return pool_stratum_target(stratum, params, now_ms, error);
    }
    if (strcmp(method, "mining.set_extranonce") == 0) {
        return pool_stratum_extranonce(stratum, params, error);
    }
    if (strcmp(method, "mining.set_cleanjobs") == 0) {
        stratum->next_clean = true;
        return BASE_OK;
    }
    return pool_stratum_everyday(&stratum->peer.outlet, method, id, params, error);
}

/* ---- answers --------------------------------------------------------------------------------- */

static enum base_status on_authorize(struct pool_stratum *stratum, const json_t *result,
                                     const json_t *problem, struct base_error *error)
{
    stratum->login_answered = true;
    if (pool_json_truthy(problem) || json_is_false(result)) {
        return pool_login_refused(&stratum->peer, problem, error);
    }
    if (json_is_string(result) && json_string_length(result) > 0 &&
        json_string_length(result) <= POOL_ALEPHIUM_WORKER_MAX) {
        /* AlephiumStratum names the worker for submits here */
        (void)pool_printable(stratum->worker, sizeof(stratum->worker), json_string_value(result),
                             json_string_length(result));
    }
    return BASE_OK;
}

static enum base_status on_answer(struct pool_stratum *stratum, const json_t *id,
                                  const json_t *result, const json_t *problem,
                                  struct base_error *error)
{
    uint64_t number = 0;
    if (!pool_json_u64(id, 10, &number)) {
        if (pool_json_truthy(problem) && !stratum->login_answered) {
            return on_authorize(stratum, result, problem, error);
        }
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "an answer without a number that says to what, ignored");
        return BASE_OK;
    }
    switch (number) {
    case ID_HELLO:
        if (json_is_string(json_array_get(result, 0))) {
            const char *name = json_string_value(json_array_get(result, 0));
            (void)pool_printable(stratum->hello, sizeof(stratum->hello), name, strlen(name));
        }
        return BASE_OK;
    case ID_SUBSCRIBE:
        /* The classic form [[...], extranonce1, size]; Alephium pools answer a plain text. */
        if (json_is_array(json_array_get(result, 0)) && json_is_string(json_array_get(result, 1))) {
            return pool_stratum_extranonce(stratum, json_array_get(result, 1), error);
        }
        return BASE_OK;
    case ID_AUTHORIZE:
        return on_authorize(stratum, result, problem, error);
    default:
        break;
    }
    pool_stratum_share_answer(stratum, number, result, problem);
    return BASE_OK;
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* A method that only clients have: with it, a line is an odd answer (alephium.md 6.8). */
static bool is_client_method(const char *method)
{
    static const char *const methods[] = {"mining.authorize", "mining.subscribe", "mining.hello",
                                          "mining.submit", "mining.submit_result"};
    for (size_t i = 0; i < BASE_COUNT_OF(methods); i++) {
        if (strcmp(method, methods[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum base_status on_message(struct pool_protocol *protocol, const json_t *root,
                                   uint64_t now_ms, struct base_error *error)
{
    struct pool_stratum *stratum = pool_stratum_of(protocol);
    const char *method = json_string_value(json_object_get(root, "method"));
    const json_t *id = json_object_get(root, "id");
    const json_t *params = json_object_get(root, "params");
    const json_t *result = json_object_get(root, "result");
    const json_t *problem = json_object_get(root, "error");
    if (method == NULL || result != NULL || problem != NULL) {
        return on_answer(stratum, id, result, problem, error);
    }
    if (is_client_method(method)) {
        return on_answer(stratum, id, params, NULL, error);
    }
    return on_request(stratum, method, id, params, now_ms, error);
}

/* ---- time ------------------------------------------------------------------------------------ */

static enum base_status stratum_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                     struct base_error *error)
{
    struct pool_stratum *stratum = pool_stratum_of(protocol);
    enum base_status status = pool_peer_tick(protocol, now_ms, error);
    if (status != BASE_OK) {
        return status;
    }
    if (stratum->waiting_count > 0 && now_ms >= stratum->waiting_since_ms + TARGET_WAIT_MS) {
        return pool_stratum_assume(stratum, now_ms, error);
    }
    return BASE_OK;
}

static uint64_t stratum_due_ms(const struct pool_protocol *protocol)
{
    const struct pool_stratum *stratum = (const struct pool_stratum *)(const void *)protocol;
    uint64_t due = pool_peer_due_ms(protocol);
    if (stratum->waiting_count > 0 && stratum->waiting_since_ms + TARGET_WAIT_MS < due) {
        due = stratum->waiting_since_ms + TARGET_WAIT_MS;
    }
    return due;
}

static const struct pool_peer_ops peer_ops = {
    .protocol = &pool_alephium_stratum,
    .family = &pool_alephium_family,
    .on_message = on_message,
};

static struct pool_protocol *stratum_open(const struct pool_protocol_setup *setup)
{
    struct pool_stratum *stratum = pool_peer_open(sizeof(*stratum), &peer_ops, setup);
    const char *worker = "";
    size_t size = 0;
    if (stratum == NULL) {
        return NULL;
    }
    stratum->peer.next_id = ID_FIRST_SHARE;
    if (pool_alephium_login(setup->server->user, NULL, &worker, &size, NULL) == BASE_OK) {
        memcpy(stratum->worker, worker, size); /* bounded by the check */
    }
    return &stratum->peer.protocol;
}

const struct pool_protocol_ops pool_alephium_stratum = {
    .name = "Alephium pool",
    .open = stratum_open,
    .start = stratum_start,
    .receive = pool_peer_receive,
    .settle = pool_stratum_settle,
    .submit = pool_stratum_submit,
    .rate = pool_stratum_rate,
    .tick = stratum_tick,
    .due_ms = stratum_due_ms,
    .pending = pool_peer_pending,
    .close = stratum_close,
};
