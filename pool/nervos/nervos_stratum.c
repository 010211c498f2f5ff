/* nervos_stratum.c: CKB pools as a state machine: subscribe, authorize, set_target, notify with pow
 * hash, height and parent, submit with the rest of the nonce. A job is a pow hash: nothing is put
 * together here, and a job runs out only where the pool leaves a few bytes of the nonce.
 * Lenient in what it reads, strict in what it sends. Source: ckb.md 6.1 and 6.2. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/target.h"
#include "nervos/nervos_bounds.h"
#include "nervos/nervos_family.h"
#include "nervos/nervos_node.h"
#include "protocol/reject.h"
#include "protocol/stratum_peer.h"
#include "wire/json.h"

enum {
    ID_SUBSCRIBE = 1,
    ID_AUTHORIZE = 2,
    ID_FIRST_FREE = 3,
    HELLO_MS = 30000,      /* an answer to subscribe or authorize */
    TARGET_WAIT_MS = 3000, /* from the first job: jobs wait so long for a mining.set_target */
};

/* What a notify said. Value. */
struct notice {
    char id[POOL_JOB_ID_MAX + 1];
    bool id_is_number;
    uint8_t pow_hash[32];
    uint8_t third[32]; /* parent hash; with some pools a target */
    bool has_third;
    uint64_t height;
    bool clean;
    uint64_t received_ms;
};

struct stratum {
    struct pool_peer peer; /* first */
    uint64_t asked_ms;     /* when the request that is waited for went out; 0: none */
    bool subscribed;
    bool login_answered; /* or shown by an accepted share */
    bool has_target;
    bool ready;
    bool target_in_job; /* no set_target came, and a job had one in place of its parent hash */
    bool told_short;    /* that jobs have fewer nonces than we try */
    uint8_t target_be[32];
    uint8_t extranonce1[POOL_CKB_NONCE];
    size_t extranonce1_size;
    uint64_t series;     /* jobs that are good together */
    struct notice fresh; /* to be published */
    bool has_fresh;
    uint64_t first_ms;          /* when the first job came; 0: none has */
    const struct pool_job *job; /* owned or NULL: the newest */
};

static struct stratum *stratum_of(struct pool_protocol *protocol)
{
    return (struct stratum *)(void *)protocol;
}

static struct pool_protocol *stratum_open(const struct pool_protocol_setup *setup)
{
    struct stratum *stratum = base_alloc(1, sizeof(*stratum));
    if (stratum == NULL) {
        return NULL;
    }
    pool_peer_init(&stratum->peer, &pool_nervos_stratum,
                   &pool_nervos_family.services[POOL_ACCESS_POOL], setup, ID_FIRST_FREE);
    return &stratum->peer.protocol;
}

static void stratum_close(struct pool_protocol *protocol)
{
    struct stratum *stratum = stratum_of(protocol);
    pool_peer_deinit(&stratum->peer);
    pool_job_unref(stratum->job);
    base_free(stratum);
}

/* mining.extranonce.subscribe is not sent: some pools never answer it (ckb.md 6.1). */
static enum base_status stratum_start(struct pool_protocol *protocol, uint64_t now_ms,
                                      struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    stratum->asked_ms = now_ms;
    return pool_stratum_request(&stratum->peer.outlet, ID_SUBSCRIBE, "mining.subscribe",
                                json_pack("[s,n]", stratum->peer.outlet.setup.agent), error);
}

/* ---- the login ------------------------------------------------------------------------------- */

/* Extranonce1 and the number of bytes that are left, together a nonce. */
static enum base_status take_extranonce(struct stratum *stratum, const json_t *first,
                                        const json_t *second, struct base_error *error)
{
    uint8_t bytes[POOL_CKB_NONCE];
    size_t size = 0;
    uint64_t rest = 0;
    const char *text = json_string_value(first);
    if (text == NULL ||
        base_hex_decode(bytes, sizeof(bytes), &size, text, json_string_length(first)) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT,
                              "an extranonce1 that is not hexadecimal, or above %d bytes",
                              POOL_CKB_NONCE);
    }
    if (!pool_json_u64(second, 10, &rest) || rest != POOL_CKB_NONCE - size) {
        return base_error_set(error, BASE_E_FORMAT,
                              "an extranonce1 of %zu bytes and an extranonce2 size that is not "
                              "%zu: a CKB nonce has %d",
                              size, POOL_CKB_NONCE - size, POOL_CKB_NONCE);
    }
    if (size == POOL_CKB_NONCE) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "an extranonce1 of %zu bytes: it leaves nothing of the nonce to us",
                              size);
    }
    memcpy(stratum->extranonce1, bytes, size);
    stratum->extranonce1_size = size;
    return BASE_OK;
}

static enum base_status on_subscribe(struct stratum *stratum, const json_t *result,
                                     const json_t *problem, uint64_t now_ms,
                                     struct base_error *error)
{
    char text[POOL_TEXT_MAX];
    const struct pool_server *server = stratum->peer.outlet.setup.server;
    if (stratum->subscribed) {
        return BASE_OK;
    }
    if (pool_json_truthy(problem)) {
        (void)pool_reject_class(problem, &pool_nervos_family, text);
        return base_error_set(error, BASE_E_FORMAT, "the pool refuses to subscribe us: %s", text);
    }
    if (json_array_size(result) < 3) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the answer to subscribe is none of this protocol: three members are "
                              "right");
    }
    enum base_status status =
        take_extranonce(stratum, json_array_get(result, 1), json_array_get(result, 2), error);
    if (status != BASE_OK) {
        (void)base_error_prefix(error, "the answer to subscribe has");
        return status;
    }
    stratum->subscribed = true;
    stratum->asked_ms = now_ms;
    return pool_stratum_request(
        &stratum->peer.outlet, ID_AUTHORIZE, "mining.authorize",
        json_pack("[s,s]", server->user, server->pass[0] != '\0' ? server->pass : "x"), error);
}

static enum base_status on_authorize(struct stratum *stratum, const json_t *result,
                                     const json_t *problem, struct base_error *error)
{
    if (pool_json_truthy(problem) || json_is_false(result)) { /* some say 1, "OK" or null for yes */
        return pool_peer_refuse_login(problem, &pool_nervos_family, error);
    }
    stratum->login_answered = true;
    stratum->asked_ms = 0;
    return BASE_OK;
}

/* ---- work ------------------------------------------------------------------------------------ */

static bool read_hash(uint8_t hash[32], const json_t *json)
{
    const char *text = json_string_value(json);
    if (text != NULL && strncmp(text, "0x", 2) == 0) {
        text += 2;
    }
    return text != NULL && base_hex_decode_exact(hash, 32, text) == BASE_OK;
}

static void set_target(struct stratum *stratum, const uint8_t target_be[32])
{
    static const uint8_t zero[32] = {0};
    if (memcmp(target_be, zero, sizeof(zero)) == 0) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING, "a target of zero, ignored");
        return;
    }
    if (stratum->has_target && memcmp(stratum->target_be, target_be, 32) == 0) {
        return; /* repeated before every job by some pools */
    }
    if (target_be[0] != 0 && memcmp(target_be + 24, zero, 8) == 0 && target_be[23] == 0) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_INFO,
                         "the pool's target is very easy when it is read most significant byte "
                         "first, as CKB pools write it");
    }
    memcpy(stratum->target_be, target_be, 32);
    stratum->has_target = true;
    pool_outlet_difficulty(&stratum->peer.outlet, base_target_expected_tries(target_be));
}

/* True when the pool writes a target where others name the parent block: hashes of blocks do not
 * begin with zeros. */
static bool third_is_target(const struct notice *notice)
{
    return notice->has_third && notice->third[0] == 0 && notice->third[1] == 0;
}

/* [job, pow hash, height, parent hash or target, clean] */
static void on_notify(struct stratum *stratum, const json_t *params, uint64_t now_ms)
{
    struct notice notice = {.received_ms = now_ms};
    const json_t *height = json_array_get(params, 2);
    if (!pool_stratum_read_id(notice.id, &notice.id_is_number, json_array_get(params, 0)) ||
        !read_hash(notice.pow_hash, json_array_get(params, 1))) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "a job without a usable id or pow hash, ignored");
        return;
    }
    if (!pool_json_u64(height, json_is_string(height) ? 16 : 10, &notice.height)) {
        notice.height = 0; /* for display only */
    }
    notice.has_third = read_hash(notice.third, json_array_get(params, 3));
    notice.clean = json_array_size(params) < 5 || pool_json_truthy(json_array_get(params, 4));
    notice.clean = notice.clean || (stratum->has_fresh && stratum->fresh.clean);
    stratum->fresh = notice;
    stratum->has_fresh = true;
    stratum->first_ms = stratum->first_ms != 0 ? stratum->first_ms : now_ms;
    if (stratum->target_in_job && third_is_target(&notice)) {
        set_target(stratum, notice.third);
    }
    pool_outlet_alive(&stratum->peer.outlet);
}

static enum base_status publish(struct stratum *stratum, struct base_error *error)
{
    const struct notice *notice = &stratum->fresh;
    struct pool_protocol_setup *setup = &stratum->peer.outlet.setup;
    struct pool_job_full *full = pool_job_new(NULL, 0);
    if (full == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    struct pool_job *job = &full->job;
    bool first = !stratum->ready;
    stratum->series += first || notice->clean;
    memcpy(job->header, notice->pow_hash, 32);
    memcpy(job->header + POOL_CKB_NONCE_OFFSET, stratum->extranonce1, stratum->extranonce1_size);
    job->header_size = POOL_CKB_MESSAGE;
    job->nonce_offset = POOL_CKB_NONCE_OFFSET;
    job->nonce_size = POOL_CKB_NONCE;
    job->nonce_fixed = stratum->extranonce1_size;
    job->id = ++*setup->next_job_id;
    job->connection = setup->connection;
    job->chains = 1;
    job->height = notice->height;
    job->counters = setup->counters_per_job;
    job->received_ms = notice->received_ms;
    job->clean = first || notice->clean;
    memcpy(job->target_be, stratum->target_be, 32);
    (void)snprintf(job->label, sizeof(job->label), "%.63s", notice->id);
    full->server = setup->server_index;
    full->series = stratum->series;
    (void)snprintf(full->ticket.id, sizeof(full->ticket.id), "%s", notice->id);
    full->ticket.id_is_number = notice->id_is_number;
    memcpy(full->ticket.extranonce1, stratum->extranonce1, stratum->extranonce1_size);
    full->ticket.extranonce1_size = stratum->extranonce1_size;
    pool_job_unref(stratum->job);
    stratum->job = job;
    stratum->has_fresh = false;
    if (first) {
        stratum->ready = true;
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_READY, "stratum of CKB, %s",
                         setup->algo != NULL ? setup->algo->name : "eaglesong");
    }
    pool_outlet_job(&stratum->peer.outlet, stratum->job);
    return BASE_OK;
}

static enum base_status stratum_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                       struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    (void)now_ms;
    if (!stratum->has_fresh || !stratum->subscribed || !stratum->has_target) {
        return BASE_OK;
    }
    return publish(stratum, error);
}

/* ---- shares ---------------------------------------------------------------------------------- */

static enum base_status stratum_submit(struct pool_protocol *protocol,
                                       struct pool_submission *submission, uint64_t now_ms,
                                       struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    struct pool_peer *peer = &stratum->peer;
    const struct pool_job_full *full = pool_job_full(submission->job);
    const struct pool_ticket *ticket = &full->ticket;
    char nonce2[2 * POOL_CKB_NONCE + 1];
    if (peer->pending.count >= POOL_PENDING_MAX || !stratum->ready) {
        return BASE_E_AGAIN;
    }
    if (full->job.connection != peer->outlet.setup.connection) {
        pool_outlet_verdict(&peer->outlet, submission, POOL_NOT_SENT, false,
                            "the connection that it was found for has ended");
        return BASE_OK;
    }
    if (full->series != stratum->series) {
        pool_outlet_verdict(&peer->outlet, submission, POOL_STALE, false,
                            "not sent: the pool has voided its job");
        return BASE_OK;
    }
    base_hex_encode(nonce2, submission->nonce + ticket->extranonce1_size,
                    POOL_CKB_NONCE - ticket->extranonce1_size);
    return pool_peer_submit(
        peer, submission,
        json_pack("[s,o,s]", peer->outlet.setup.server->user, pool_stratum_id(ticket), nonce2),
        now_ms, error);
}

static void on_share_answer(struct stratum *stratum, uint64_t id, const json_t *result,
                            const json_t *problem)
{
    struct pool_submission *submission = pool_peer_take(&stratum->peer, id);
    char text[POOL_TEXT_MAX];
    if (submission == NULL) {
        return;
    }
    if (json_is_true(result) && !pool_json_truthy(problem)) {
        pool_peer_accept(&stratum->peer, submission);
        stratum->login_answered = true; /* which shows that the login is good, too */
        stratum->asked_ms = 0;
        return;
    }
    enum pool_verdict verdict = pool_reject_class(problem, &pool_nervos_family, text);
    pool_peer_refuse(&stratum->peer, submission, verdict, text);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static enum base_status on_answer(struct stratum *stratum, const json_t *root, uint64_t now_ms,
                                  struct base_error *error)
{
    const json_t *result = json_object_get(root, "result");
    const json_t *problem = json_object_get(root, "error");
    uint64_t id = 0;
    if (!pool_json_u64(json_object_get(root, "id"), 10, &id)) {
        if (pool_json_truthy(problem) && !stratum->subscribed) {
            return on_subscribe(stratum, result, problem, now_ms, error);
        }
        if (pool_json_truthy(problem) && !stratum->login_answered) {
            return on_authorize(stratum, result, problem, error);
        }
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "an answer without a number that says to what, ignored");
        return BASE_OK;
    }
    if (id == ID_SUBSCRIBE) {
        return on_subscribe(stratum, result, problem, now_ms, error);
    }
    if (id == ID_AUTHORIZE) {
        return on_authorize(stratum, result, problem, error);
    }
    on_share_answer(stratum, id, result, problem);
    return BASE_OK;
}

static enum base_status on_request(struct stratum *stratum, const char *method, const json_t *root,
                                   uint64_t now_ms, struct base_error *error)
{
    const json_t *params = json_object_get(root, "params");
    struct pool_outlet *outlet = &stratum->peer.outlet;
    struct base_error why = {BASE_OK, ""};
    uint8_t target_be[32];
    if (strcmp(method, "mining.notify") == 0) {
        on_notify(stratum, params, now_ms);
        return BASE_OK;
    }
    if (strcmp(method, "mining.set_target") == 0) {
        if (read_hash(target_be, json_array_get(params, 0))) {
            stratum->target_in_job = false;
            set_target(stratum, target_be);
        } else {
            pool_outlet_text(outlet, POOL_OUTPUT_WARNING, "a target that is none, ignored");
        }
        return BASE_OK;
    }
    if (strcmp(method, "mining.set_extranonce") == 0) {
        if (take_extranonce(stratum, json_array_get(params, 0), json_array_get(params, 1), &why) !=
            BASE_OK) {
            pool_outlet_text(outlet, POOL_OUTPUT_WARNING, "%s, ignored", why.text);
        }
        return BASE_OK;
    }
    if (strcmp(method, "mining.set_difficulty") == 0) {
        return BASE_OK; /* CKB pools differ in what 1 is: the target is what counts */
    }
    return pool_stratum_everyday(outlet, method, json_object_get(root, "id"), params, error);
}

static enum base_status on_message(struct pool_protocol *protocol, const json_t *root,
                                   uint64_t now_ms, struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    const char *method = json_string_value(json_object_get(root, "method"));
    if (method != NULL) {
        return on_request(stratum, method, root, now_ms, error);
    }
    return json_object_get(root, "id") != NULL ? on_answer(stratum, root, now_ms, error) : BASE_OK;
}

static enum base_status stratum_receive(struct pool_protocol *protocol, const uint8_t *bytes,
                                        size_t size, uint64_t now_ms, struct base_error *error)
{
    return pool_peer_receive_messages(&stratum_of(protocol)->peer, bytes, size, on_message, now_ms,
                                      error);
}

/* All that the extranonce leaves of a job is tried. No pool is known that could be asked for more,
 * so lanes wait for its next job. */
static enum base_status stratum_refill(struct pool_protocol *protocol, const struct pool_job *job,
                                       uint64_t now_ms, struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    (void)now_ms;
    (void)error;
    if (!stratum->told_short && job == stratum->job && job->counters == 0) {
        stratum->told_short = true;
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "the pool's extranonce leaves %zu bytes of the nonce: all of them are "
                         "tried before its next job comes, and lanes wait for that",
                         POOL_CKB_NONCE - job->nonce_fixed);
    }
    return BASE_OK;
}

/* ---- time ------------------------------------------------------------------------------------ */

/* When jobs have waited long enough for a target; UINT64_MAX: none waits. */
static uint64_t target_due_ms(const struct stratum *stratum)
{
    return stratum->has_fresh && !stratum->has_target && third_is_target(&stratum->fresh)
               ? stratum->first_ms + TARGET_WAIT_MS
               : UINT64_MAX;
}

static enum base_status stratum_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                     struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    enum base_status status = pool_peer_tick(&stratum->peer, now_ms, error);
    if (status != BASE_OK) {
        return status;
    }
    if (stratum->asked_ms != 0 && now_ms >= stratum->asked_ms + HELLO_MS) {
        return base_error_set(error, BASE_E_TIMEOUT, "no answer to mining.%s within %d s",
                              stratum->subscribed ? "authorize" : "subscribe", HELLO_MS / 1000);
    }
    if (now_ms >= target_due_ms(stratum)) {
        stratum->target_in_job = true;
        set_target(stratum, stratum->fresh.third);
        return stratum_settle(protocol, now_ms, error);
    }
    return BASE_OK;
}

static uint64_t stratum_due_ms(const struct pool_protocol *protocol)
{
    const struct stratum *stratum = (const struct stratum *)(const void *)protocol;
    uint64_t due = pool_peer_due_ms(&stratum->peer);
    uint64_t target = target_due_ms(stratum);
    due = target < due ? target : due;
    if (stratum->asked_ms != 0 && stratum->asked_ms + HELLO_MS < due) {
        due = stratum->asked_ms + HELLO_MS;
    }
    return due;
}

const struct pool_protocol_ops pool_nervos_stratum = {
    .name = "stratum of CKB",
    .open = stratum_open,
    .start = stratum_start,
    .receive = stratum_receive,
    .settle = stratum_settle,
    .submit = stratum_submit,
    .refill = stratum_refill,
    .tick = stratum_tick,
    .due_ms = stratum_due_ms,
    .pending = pool_peer_pending,
    .close = stratum_close,
};
