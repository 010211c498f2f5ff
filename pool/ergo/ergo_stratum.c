/* ergo_stratum.c: Ergo pools as a state machine: subscribe, authorize, notify with height, msg and
 * b, submit with the rest of the nonce. Lenient in what it reads, strict in what it sends. Source:
 * ergo.md 7.
 *
 * b of a job is the share target. Old installations of ErgoStratumServer take hits up to b times
 * mining.set_difficulty; others multiply b themselves and send the same difficulty. No message
 * tells them apart, so the user does (pool_config.multiply_difficulty). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/target.h"
#include "ergo/ergo_address.h"
#include "ergo/ergo_family.h"
#include "ergo/ergo_notify.h"
#include "protocol/reject.h"
#include "protocol/stratum_peer.h"
#include "wire/json.h"

enum {
    ID_SUBSCRIBE = 1,
    ID_AUTHORIZE = 2,
    ID_FIRST_FREE = 3,
    HELLO_MS = 30000,       /* an answer to subscribe or authorize */
    NONCE_LEFT_FEW = 4,     /* bytes: a fast device is through 2^32 nonces before the next job */
    FACTOR_WHOLE_BITS = 40, /* of a difficulty, at most */
    FACTOR_BITS = 16,       /* of its fraction that count */
};

struct stratum {
    struct pool_peer peer; /* first */
    uint64_t asked_ms;     /* when the request that is waited for went out; 0: none */
    bool subscribed;
    bool ready;
    bool told_factor; /* that the pool sends a difficulty above 1 */
    bool told_spent;  /* that a job has too few nonces */
    bool has_target;
    uint8_t target_be[32]; /* mining.set_target: for jobs without b, a hit is below it */
    double factor;         /* last mining.set_difficulty; 0: none */
    uint8_t extranonce1[POOL_ERGO_NONCE_SIZE];
    size_t extranonce1_size;
    uint64_t series; /* jobs that are good together */
    struct pool_ergo_notice fresh;
    uint64_t fresh_ms;
    bool has_fresh;             /* to be published */
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
    pool_peer_init(&stratum->peer, &pool_ergo_stratum, &pool_ergo_family.services[POOL_ACCESS_POOL],
                   setup, ID_FIRST_FREE);
    stratum->peer.long_numbers = true;
    return &stratum->peer.protocol;
}

static void stratum_close(struct pool_protocol *protocol)
{
    struct stratum *stratum = stratum_of(protocol);
    pool_peer_deinit(&stratum->peer);
    pool_job_unref(stratum->job);
    base_free(stratum);
}

static enum base_status stratum_start(struct pool_protocol *protocol, uint64_t now_ms,
                                      struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    struct pool_outlet *outlet = &stratum->peer.outlet;
    stratum->asked_ms = now_ms;
    return pool_stratum_request(outlet, ID_SUBSCRIBE, "mining.subscribe",
                                json_pack("[s]", outlet->setup.agent), error);
}

/* ---- the login ------------------------------------------------------------------------------- */

/* Extranonce1 and the number of bytes that are left, which may be missing; together a nonce. */
static enum base_status take_extranonce(struct stratum *stratum, const json_t *first,
                                        const json_t *second, struct base_error *error)
{
    uint8_t bytes[POOL_ERGO_NONCE_SIZE];
    size_t size = 0;
    uint64_t left = 0;
    const char *text = json_string_value(first);
    if (text == NULL ||
        base_hex_decode(bytes, sizeof(bytes), &size, text, json_string_length(first)) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT,
                              "an extranonce1 that is not hexadecimal, or above %d bytes",
                              POOL_ERGO_NONCE_SIZE);
    }
    if (second != NULL &&
        (!pool_json_u64(second, 10, &left) || left != POOL_ERGO_NONCE_SIZE - size)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "an extranonce1 of %zu bytes and an extranonce2 size that is not "
                              "%zu: a nonce of Ergo has %d",
                              size, POOL_ERGO_NONCE_SIZE - size, POOL_ERGO_NONCE_SIZE);
    }
    if (size == POOL_ERGO_NONCE_SIZE) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "an extranonce1 of %zu bytes, which leaves no nonces to the miner",
                              size);
    }
    memset(stratum->extranonce1, 0, sizeof(stratum->extranonce1));
    memcpy(stratum->extranonce1, bytes, size);
    stratum->extranonce1_size = size;
    left = POOL_ERGO_NONCE_SIZE - size;
    if (left < NONCE_LEFT_FEW) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "the pool leaves %u of %d bytes of the nonce to this miner: %" PRIu64
                         " nonces a job",
                         (unsigned)left, POOL_ERGO_NONCE_SIZE, UINT64_C(1) << 8 * left);
    }
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
        (void)pool_reject_class(problem, &pool_ergo_family, text);
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
    if (pool_json_truthy(problem) || !json_is_true(result)) {
        return pool_peer_refuse_login(problem, &pool_ergo_family, error);
    }
    stratum->asked_ms = 0;
    return BASE_OK;
}

/* ---- work ------------------------------------------------------------------------------------ */

static void on_notify(struct stratum *stratum, const json_t *params, uint64_t now_ms)
{
    struct pool_ergo_notice notice;
    struct base_error why = {BASE_OK, ""};
    if (pool_ergo_notice_read(&notice, params, &why) != BASE_OK) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING, "a job that is ignored: %s",
                         why.text);
        return;
    }
    notice.clean = notice.clean || (stratum->has_fresh && stratum->fresh.clean);
    stratum->fresh = notice;
    stratum->fresh_ms = now_ms;
    stratum->has_fresh = true;
    pool_outlet_alive(&stratum->peer.outlet);
}

static void on_difficulty(struct stratum *stratum, const json_t *params)
{
    double factor = 0;
    struct pool_outlet *outlet = &stratum->peer.outlet;
    if (!pool_json_double(json_array_get(params, 0), &factor) ||
        !(factor < (double)(1ULL << FACTOR_WHOLE_BITS)) ||
        !(factor >= 1.0 / (1 << FACTOR_BITS) || factor == 0)) {
        pool_outlet_text(outlet, POOL_OUTPUT_WARNING, "a difficulty that is none, ignored");
        return;
    }
    stratum->factor = factor;
    if (factor > 1 && !outlet->setup.multiply_difficulty && !stratum->told_factor) {
        stratum->told_factor = true;
        pool_outlet_text(outlet, POOL_OUTPUT_INFO,
                         "the pool sends difficulty %g, and targets with its jobs, which are used "
                         "as they are; if the pool takes hits up to %g times the target (old "
                         "ErgoStratumServer), use --multiply-difficulty",
                         factor, factor);
    }
}

static void on_target(struct stratum *stratum, const json_t *params)
{
    static const uint8_t one[32] = {[31] = 1};
    uint8_t target_be[32];
    const char *text = json_string_value(json_array_get(params, 0));
    if (text == NULL || base_hex_decode_exact(target_be, sizeof(target_be), text) != BASE_OK ||
        memcmp(target_be, one, sizeof(one)) <= 0) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "a target that is none, ignored");
        return;
    }
    memcpy(stratum->target_be, target_be, sizeof(target_be));
    stratum->has_target = true;
}

/* target times factor, rounded down, at most 2^256 - 1. */
static void scale(uint8_t target_be[32], double factor)
{
    uint64_t scaled = (uint64_t)(factor * (1 << FACTOR_BITS));
    bool fits = base_target_bits(target_be) + FACTOR_WHOLE_BITS + FACTOR_BITS <= 256;
    if (!fits) { /* its low bits do not count */
        base_target_divide(target_be, target_be, 1 << FACTOR_BITS);
    }
    base_target_multiply(target_be, target_be, scaled);
    if (fits) {
        base_target_divide(target_be, target_be, 1 << FACTOR_BITS);
    }
}

/* Targets of a job, inclusive; block_be is zero where the pool does not say what a block is. */
static void set_targets(struct pool_job *job, const struct stratum *stratum)
{
    const struct pool_ergo_notice *notice = &stratum->fresh;
    memcpy(job->target_be, notice->has_b ? notice->b_be : stratum->target_be, 32);
    pool_ergo_below(job->target_be);
    if (!notice->has_b || !stratum->peer.outlet.setup.multiply_difficulty) {
        return;
    }
    memcpy(job->block_target_be, job->target_be, 32);
    if (stratum->factor > 0) { /* 0: b as it is */
        scale(job->target_be, stratum->factor);
    }
}

/* True when a notice brings the work of the job in hand again, with another id or extranonce: what
 * was handed out is still good. */
static bool same_work(const struct stratum *stratum, const struct pool_ergo_notice *notice)
{
    const struct pool_job *job = stratum->job;
    return job != NULL && job->height == notice->height &&
           memcmp(job->header, notice->msg, sizeof(notice->msg)) == 0;
}

static enum base_status publish(struct stratum *stratum, struct base_error *error)
{
    const struct pool_ergo_notice *notice = &stratum->fresh;
    struct pool_protocol_setup *setup = &stratum->peer.outlet.setup;
    struct pool_job_full *full = pool_job_new(NULL, 0);
    if (full == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    struct pool_job *job = &full->job;
    bool first = !stratum->ready;
    bool clean = first || (notice->clean && !same_work(stratum, notice));
    stratum->series += clean;
    memcpy(job->header, notice->msg, sizeof(notice->msg));
    memcpy(job->header + POOL_ERGO_MESSAGE_SIZE, stratum->extranonce1, POOL_ERGO_NONCE_SIZE);
    job->header_size = POOL_ERGO_MESSAGE_SIZE + POOL_ERGO_NONCE_SIZE;
    job->nonce_offset = POOL_ERGO_MESSAGE_SIZE;
    job->nonce_size = POOL_ERGO_NONCE_SIZE;
    job->nonce_fixed = stratum->extranonce1_size;
    job->id = ++*setup->next_job_id;
    job->connection = setup->connection;
    job->chains = 1;
    job->height = notice->height;
    job->counters = setup->counters_per_job;
    job->reduced = setup->reduced;
    job->received_ms = stratum->fresh_ms;
    job->clean = clean;
    set_targets(job, stratum);
    (void)snprintf(job->label, sizeof(job->label), "%.63s", notice->id);
    full->server = setup->server_index;
    full->series = stratum->series;
    (void)snprintf(full->ticket.id, sizeof(full->ticket.id), "%s", notice->id);
    full->ticket.id_is_number = notice->id_is_number;
    full->ticket.positional = notice->has_b;
    full->ticket.extranonce1_size = stratum->extranonce1_size;
    pool_job_unref(stratum->job);
    stratum->job = job;
    stratum->has_fresh = false;
    if (first) {
        stratum->ready = true;
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_READY, "stratum of Ergo, autolykos2");
    }
    pool_outlet_difficulty(&stratum->peer.outlet, base_target_expected_tries(job->target_be));
    pool_outlet_job(&stratum->peer.outlet, stratum->job);
    return BASE_OK;
}

static enum base_status stratum_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                       struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    (void)now_ms;
    if (!stratum->has_fresh || !stratum->subscribed ||
        (!stratum->fresh.has_b && !stratum->has_target)) {
        return BASE_OK;
    }
    return publish(stratum, error);
}

/* The rest of the nonce is all that differs between jobs of one message: when it is used up, only
 * the pool can help. */
static enum base_status stratum_refill(struct pool_protocol *protocol, const struct pool_job *job,
                                       uint64_t now_ms, struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    (void)now_ms;
    (void)error;
    if (job == stratum->job && !stratum->told_spent) {
        stratum->told_spent = true;
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "job %s has few nonces left, because the pool leaves %zu bytes of the "
                         "nonce to this miner: its lanes wait for the next job",
                         job->label, POOL_ERGO_NONCE_SIZE - job->nonce_fixed);
    }
    return BASE_OK;
}

/* ---- shares ---------------------------------------------------------------------------------- */

/* Some pools read the rest of the nonce, others the whole one; time must not be empty. The form of
 * four members has neither. */
static json_t *share_params(const struct stratum *stratum, const struct pool_submission *submission)
{
    const struct pool_ticket *ticket = &pool_job_full(submission->job)->ticket;
    const char *user = stratum->peer.outlet.setup.server->user;
    char nonce[2 * POOL_ERGO_NONCE_SIZE + 1];
    base_hex_encode(nonce, submission->nonce, POOL_ERGO_NONCE_SIZE);
    const char *rest = nonce + 2 * ticket->extranonce1_size;
    json_t *id = pool_stratum_id(ticket);
    return ticket->positional ? json_pack("[s,o,s,s,s]", user, id, rest, "undefined", nonce)
                              : json_pack("[s,o,s]", user, id, rest);
}

static enum base_status stratum_submit(struct pool_protocol *protocol,
                                       struct pool_submission *submission, uint64_t now_ms,
                                       struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    struct pool_peer *peer = &stratum->peer;
    const struct pool_job_full *full = pool_job_full(submission->job);
    if (peer->pending.count >= POOL_PENDING_MAX || !stratum->ready) {
        return BASE_E_AGAIN;
    }
    if (full->job.connection != peer->outlet.setup.connection) {
        pool_outlet_verdict(&peer->outlet, submission, POOL_NOT_SENT, false,
                            "the connection that it was found for has ended");
        return BASE_OK;
    }
    submission->late = full->series != stratum->series;
    if (submission->late && !pool_peer_is_block(peer, submission)) {
        pool_outlet_verdict(&peer->outlet, submission, POOL_STALE, false,
                            "not sent: the pool has voided its job");
        return BASE_OK;
    }
    return pool_peer_submit(peer, submission, share_params(stratum, submission), now_ms, error);
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
        return;
    }
    enum pool_verdict verdict = pool_reject_class(problem, &pool_ergo_family, text);
    pool_peer_refuse(&stratum->peer, submission, verdict, text);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static enum base_status on_answer(struct stratum *stratum, const json_t *root, uint64_t now_ms,
                                  struct base_error *error)
{
    const json_t *result = json_object_get(root, "result");
    const json_t *problem = json_object_get(root, "error");
    uint64_t id = 0;
    bool named = pool_json_u64(json_object_get(root, "id"), 10, &id);
    /* One pool answers subscribe with the method's name as id: its shape shows it. */
    if (!stratum->subscribed && (id == ID_SUBSCRIBE || json_is_array(result) || !named)) {
        return on_subscribe(stratum, result, problem, now_ms, error);
    }
    if (!named) {
        pool_outlet_text(&stratum->peer.outlet, POOL_OUTPUT_WARNING,
                         "an answer without a number that says to what, ignored");
    } else if (id == ID_AUTHORIZE) {
        return on_authorize(stratum, result, problem, error);
    } else {
        on_share_answer(stratum, id, result, problem);
    }
    return BASE_OK;
}

static enum base_status on_request(struct stratum *stratum, const char *method, const json_t *root,
                                   uint64_t now_ms, struct base_error *error)
{
    const json_t *params = json_object_get(root, "params");
    struct pool_outlet *outlet = &stratum->peer.outlet;
    struct base_error why = {BASE_OK, ""};
    if (strcmp(method, "mining.notify") == 0) {
        on_notify(stratum, params, now_ms);
        return BASE_OK;
    }
    if (strcmp(method, "mining.set_difficulty") == 0) {
        on_difficulty(stratum, params);
        return BASE_OK;
    }
    if (strcmp(method, "mining.set_target") == 0) {
        on_target(stratum, params);
        return BASE_OK;
    }
    if (strcmp(method, "mining.set_extranonce") == 0) {
        if (take_extranonce(stratum, json_array_get(params, 0), json_array_get(params, 1), &why) !=
            BASE_OK) {
            pool_outlet_text(outlet, POOL_OUTPUT_WARNING, "%s, ignored", why.text);
        }
        return BASE_OK;
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

/* ---- time ------------------------------------------------------------------------------------ */

static enum base_status stratum_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                     struct base_error *error)
{
    struct stratum *stratum = stratum_of(protocol);
    enum base_status status = pool_peer_tick(&stratum->peer, now_ms, error);
    if (status == BASE_OK && stratum->asked_ms != 0 && now_ms >= stratum->asked_ms + HELLO_MS) {
        status = base_error_set(error, BASE_E_TIMEOUT, "no answer to mining.%s within %d s",
                                stratum->subscribed ? "authorize" : "subscribe", HELLO_MS / 1000);
    }
    return status;
}

static uint64_t stratum_due_ms(const struct pool_protocol *protocol)
{
    const struct stratum *stratum = (const struct stratum *)(const void *)protocol;
    uint64_t due = pool_peer_due_ms(&stratum->peer);
    return stratum->asked_ms != 0 && stratum->asked_ms + HELLO_MS < due
               ? stratum->asked_ms + HELLO_MS
               : due;
}

const struct pool_protocol_ops pool_ergo_stratum = {
    .name = "stratum of Ergo",
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
