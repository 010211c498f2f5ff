/* komodo_zip301.c: pools of the Zcash family (ZIP 301) as a state machine: subscribe with a session
 * to resume, authorize, set_target or set_difficulty, notify with the header's own bytes, submit
 * with time, the rest of the nonce and the solution behind its length. A job is a header: nothing
 * is put together here, and the miner's part of the nonce has at least 8 bytes, so no job runs out.
 * Lenient in what it reads, strict in what it sends. Source: komodo.md 6, zcash/zips zip-0301.rst.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "bitcoin/v1_target.h"
#include "komodo/komodo.h"
#include "komodo/komodo_family.h"
#include "komodo/komodo_notice.h"
#include "protocol/reject.h"
#include "protocol/stratum_peer.h"
#include "wire/json.h"

enum {
    ID_SUBSCRIBE = 1,
    ID_AUTHORIZE = 2,
    ID_EXTRANONCE = 3,
    ID_FIRST_FREE = 4,
    NOT_SUBSCRIBED = 25, /* code of a refusal */
    HELLO_MS = 30000,    /* an answer to subscribe or authorize */
    WAIT_MS = 3000,      /* a job waits so long for a target, or for the answer to authorize */
    NONCE1_MAX = POOL_KOMODO_NONCE_SIZE - 8, /* the counter has 8 bytes */

    /* Difficulty 1 is the target 0x0007ffff...: 2^19 times 0xffff * 2^208 is 15 millionths less. */
    DIFFICULTY_FACTOR = 1 << 19,
};

static const uint8_t zero[32] = {0};

struct zip301 {
    struct pool_peer peer; /* first */
    uint64_t asked_ms;     /* when the request that is waited for went out; 0: none */
    bool subscribed;
    bool authorized;
    bool resume_asked;   /* a former session was asked for, and nothing came since */
    bool optional_asked; /* a request that not every pool knows is out, and nothing came since */
    bool ready;
    bool has_set_target;   /* a set_target came: set_difficulty says nothing any more */
    uint8_t target_be[32]; /* of shares; zero: none was told yet */
    uint8_t nonce1[NONCE1_MAX];
    size_t nonce1_size;
    uint64_t series;                 /* jobs that are good together */
    struct pool_komodo_notice fresh; /* to be published */
    bool has_fresh;
    const struct pool_job *job; /* owned or NULL: the newest */
};

static struct zip301 *zip301_of(struct pool_protocol *protocol)
{
    return (struct zip301 *)(void *)protocol;
}

static struct pool_protocol *zip301_open(const struct pool_protocol_setup *setup)
{
    struct zip301 *zip301 = base_alloc(1, sizeof(*zip301));
    if (zip301 == NULL) {
        return NULL;
    }
    BASE_ASSERT(setup->memory != NULL);
    pool_peer_init(&zip301->peer, &pool_komodo_zip301,
                   &pool_komodo_family.services[POOL_ACCESS_POOL], setup, ID_FIRST_FREE);
    return &zip301->peer.protocol;
}

static void zip301_close(struct pool_protocol *protocol)
{
    struct zip301 *zip301 = zip301_of(protocol);
    struct pool_memory *memory = zip301->peer.outlet.setup.memory;
    if (zip301
            ->resume_asked) { /* the next try asks for a new session, and for all else as before */
        memory->session[0] = '\0';
    } else if (zip301->optional_asked) { /* perhaps the pool closed because of it */
        memory->required_only = true;
    }
    pool_peer_deinit(&zip301->peer);
    pool_job_unref(zip301->job);
    base_free(zip301);
}

/* ---- the login ------------------------------------------------------------------------------- */

static enum base_status zip301_start(struct pool_protocol *protocol, uint64_t now_ms,
                                     struct base_error *error)
{
    struct zip301 *zip301 = zip301_of(protocol);
    const struct pool_protocol_setup *setup = &zip301->peer.outlet.setup;
    const char *session = setup->memory->session;
    zip301->asked_ms = now_ms;
    zip301->resume_asked = session[0] != '\0';
    return pool_stratum_request(&zip301->peer.outlet, ID_SUBSCRIBE, "mining.subscribe",
                                json_pack("[s,s?,s,i]", setup->agent,
                                          session[0] != '\0' ? session : NULL, setup->server->host,
                                          (int)setup->server->port),
                                error);
}

/* The pool's part of the nonce: NONCE_1. */
static enum base_status take_nonce1(struct zip301 *zip301, const json_t *json,
                                    struct base_error *error)
{
    uint8_t bytes[POOL_KOMODO_NONCE_SIZE];
    size_t size = 0;
    const char *text = json_string_value(json);
    if (text == NULL ||
        base_hex_decode(bytes, sizeof(bytes), &size, text, json_string_length(json)) != BASE_OK) {
        return base_error_set(error, BASE_E_FORMAT,
                              "a NONCE_1 that is not hexadecimal, or above %d bytes",
                              POOL_KOMODO_NONCE_SIZE);
    }
    if (size > NONCE1_MAX) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "a NONCE_1 of %zu bytes: this miner needs at least 8 of the %d for "
                              "itself",
                              size, POOL_KOMODO_NONCE_SIZE);
    }
    memcpy(zip301->nonce1, bytes, size);
    zip301->nonce1_size = size;
    return BASE_OK;
}

/* [session or null, NONCE_1]. Pools set up for Bitcoin answer [[...], extranonce1, size]. */
static enum base_status on_subscribe(struct zip301 *zip301, const json_t *result,
                                     const json_t *problem, uint64_t now_ms,
                                     struct base_error *error)
{
    char text[POOL_TEXT_MAX];
    const struct pool_protocol_setup *setup = &zip301->peer.outlet.setup;
    const json_t *session = json_array_get(result, 0);
    const json_t *size = json_array_get(result, 2);
    if (zip301->subscribed) {
        return BASE_OK;
    }
    setup->memory->session[0] = '\0';
    if (pool_json_truthy(problem)) {
        (void)pool_reject_class(problem, &pool_komodo_family, text);
        return base_error_set(error, BASE_E_FORMAT, "the pool refuses to subscribe us: %s", text);
    }
    enum base_status status = take_nonce1(zip301, json_array_get(result, 1), error);
    if (status != BASE_OK) {
        (void)base_error_prefix(error, "the answer to subscribe has");
        return status;
    }
    if (size != NULL &&
        json_integer_value(size) != (json_int_t)(POOL_KOMODO_NONCE_SIZE - zip301->nonce1_size)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "the answer to subscribe is that of a pool for another coin: "
                              "extranonces of %zu and %lld bytes, and a Komodo nonce has %d",
                              zip301->nonce1_size, (long long)json_integer_value(size),
                              POOL_KOMODO_NONCE_SIZE);
    }
    if (json_is_string(session) && json_string_length(session) <= POOL_SESSION_ID_MAX) {
        memcpy(setup->memory->session, json_string_value(session), json_string_length(session) + 1);
    }
    zip301->subscribed = true;
    zip301->asked_ms = now_ms;
    return pool_stratum_request(
        &zip301->peer.outlet, ID_AUTHORIZE, "mining.authorize",
        json_pack("[s,s]", setup->server->user,
                  setup->server->pass[0] != '\0' ? setup->server->pass : "x"),
        error);
}

static enum base_status on_authorize(struct zip301 *zip301, const json_t *result,
                                     const json_t *problem, struct base_error *error)
{
    if (pool_json_truthy(problem) || !json_is_true(result)) {
        return pool_peer_refuse_login(problem, &pool_komodo_family, error);
    }
    zip301->asked_ms = 0;
    if (zip301->authorized) {
        return BASE_OK;
    }
    zip301->authorized = true;
    if (zip301->peer.outlet.setup.memory->required_only) {
        return BASE_OK;
    }
    zip301->optional_asked = true;
    return pool_stratum_request(&zip301->peer.outlet, ID_EXTRANONCE, "mining.extranonce.subscribe",
                                json_array(), error);
}

/* ---- targets --------------------------------------------------------------------------------- */

/* For the jobs to come, and for the one that still waits for its target. */
static void take_target(struct zip301 *zip301, const uint8_t target_be[32])
{
    memcpy(zip301->target_be, target_be, 32);
    if (zip301->has_fresh && memcmp(zip301->fresh.target_be, zero, 32) == 0) {
        memcpy(zip301->fresh.target_be, target_be, 32);
    }
    pool_outlet_difficulty(&zip301->peer.outlet,
                           pool_v1_difficulty_of(target_be, DIFFICULTY_FACTOR));
}

/* 64 digits, the most significant first, unlike all else in this protocol. */
static void on_set_target(struct zip301 *zip301, const json_t *params)
{
    uint8_t target_be[32];
    const char *text = json_string_value(json_array_get(params, 0));
    if (text == NULL || base_hex_decode_exact(target_be, 32, text) != BASE_OK ||
        memcmp(target_be, zero, 32) == 0) {
        pool_outlet_text(&zip301->peer.outlet, POOL_OUTPUT_WARNING,
                         "a target that is none, ignored");
        return;
    }
    zip301->has_set_target = true;
    take_target(zip301, target_be);
}

/* Not part of ZIP 301. */
static void on_set_difficulty(struct zip301 *zip301, const json_t *params)
{
    uint8_t target_be[32];
    double shown = 0;
    if (zip301->has_set_target) {
        return;
    }
    if (pool_v1_target(target_be, &shown, json_array_get(params, 0), DIFFICULTY_FACTOR) !=
        BASE_OK) {
        pool_outlet_text(&zip301->peer.outlet, POOL_OUTPUT_WARNING,
                         "a difficulty that is none, ignored: the one before holds");
        return;
    }
    if (memcmp(zip301->target_be, zero, 32) == 0) {
        pool_outlet_text(&zip301->peer.outlet, POOL_OUTPUT_INFO,
                         "the pool sends a difficulty and no target: difficulty 1 is taken for the "
                         "target 0007ffff...");
    }
    take_target(zip301, target_be);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

/* The connection's part of the nonce, for a notice that has none. */
static void give_nonce1(struct zip301 *zip301, struct pool_komodo_notice *notice)
{
    if (zip301->subscribed && !notice->has_nonce1) {
        memcpy(notice->nonce1, zip301->nonce1, zip301->nonce1_size);
        notice->nonce1_size = zip301->nonce1_size;
        notice->has_nonce1 = true;
    }
}

static enum base_status on_notify(struct zip301 *zip301, const json_t *params, uint64_t now_ms,
                                  struct base_error *error)
{
    struct pool_komodo_notice notice;
    struct base_error why = {BASE_OK, ""};
    enum base_status status = pool_komodo_notice_read(&notice, params, &why);
    if (status == BASE_E_REFUSED) {
        *error = why;
        return status;
    }
    if (status != BASE_OK) {
        pool_outlet_text(&zip301->peer.outlet, POOL_OUTPUT_WARNING, "job skipped: %s", why.text);
        return BASE_OK;
    }
    const uint8_t *before = zip301->has_fresh     ? zip301->fresh.header
                            : zip301->job != NULL ? zip301->job->header
                                                  : NULL;
    notice.clean = notice.clean || before == NULL || (zip301->has_fresh && zip301->fresh.clean) ||
                   memcmp(before + POOL_KOMODO_PARENT, notice.header + POOL_KOMODO_PARENT, 32) != 0;
    notice.received_ms = now_ms;
    memcpy(notice.target_be, zip301->target_be, 32);
    give_nonce1(zip301, &notice);
    zip301->fresh = notice;
    zip301->has_fresh = true;
    pool_outlet_alive(&zip301->peer.outlet);
    return BASE_OK;
}

/* True where both jobs would be answered alike: nothing new for the lanes. */
static bool same_job(const struct pool_job *a, const struct pool_job *b)
{
    return strcmp(pool_job_full(a)->ticket.id, pool_job_full(b)->ticket.id) == 0 &&
           memcmp(a->header, b->header, POOL_KOMODO_HEADER) == 0 &&
           memcmp(a->target_be, b->target_be, 32) == 0 && a->nonce_fixed == b->nonce_fixed;
}

static enum base_status publish(struct zip301 *zip301, struct base_error *error)
{
    struct pool_outlet *outlet = &zip301->peer.outlet;
    give_nonce1(zip301, &zip301->fresh);
    struct pool_job_full *full = pool_komodo_notice_job(&zip301->fresh);
    if (full == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a job");
    }
    zip301->has_fresh = false;
    if (zip301->job != NULL && same_job(zip301->job, &full->job)) {
        pool_job_unref(&full->job);
        return BASE_OK;
    }
    zip301->series += full->job.clean;
    full->series = zip301->series;
    full->server = outlet->setup.server_index;
    full->job.connection = outlet->setup.connection;
    full->job.counters = outlet->setup.counters_per_job;
    full->job.reduced = outlet->setup.reduced;
    full->job.id = ++*outlet->setup.next_job_id;
    pool_job_unref(zip301->job);
    zip301->job = &full->job;
    if (!zip301->ready) {
        zip301->ready = true;
        pool_outlet_text(outlet, POOL_OUTPUT_READY, "stratum of ZIP 301, equihash");
    }
    pool_outlet_job(outlet, zip301->job);
    return BASE_OK;
}

static enum base_status zip301_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                      struct base_error *error)
{
    struct zip301 *zip301 = zip301_of(protocol);
    if (!zip301->has_fresh || !zip301->subscribed) {
        return BASE_OK;
    }
    bool has_target = memcmp(zip301->fresh.target_be, zero, 32) != 0;
    if ((!has_target || !zip301->authorized) && now_ms < zip301->fresh.received_ms + WAIT_MS) {
        return BASE_OK;
    }
    if (!has_target) {
        pool_outlet_text(&zip301->peer.outlet, POOL_OUTPUT_WARNING,
                         "the pool has told no target: difficulty 1 is assumed");
        uint8_t target_be[32];
        base_target_ones(target_be, 243); /* 0007ffff... */
        take_target(zip301, target_be);
    }
    return publish(zip301, error);
}

/* ---- shares ---------------------------------------------------------------------------------- */

/* True when the pool would still find this job among those of this connection: a resumed session
 * has the same NONCE_1; one of size 0 shows nothing. */
static bool is_known(const struct zip301 *zip301, const struct pool_job *job)
{
    const struct pool_ticket *ticket = &pool_job_full(job)->ticket;
    return job->connection == zip301->peer.outlet.setup.connection ||
           (zip301->nonce1_size > 0 && ticket->extranonce1_size == zip301->nonce1_size &&
            memcmp(ticket->extranonce1, zip301->nonce1, zip301->nonce1_size) == 0);
}

/* Params of a submission: worker, job, time, the rest of the nonce, the solution behind its length.
 * NULL without memory. */
static json_t *params_of(const struct zip301 *zip301, const struct pool_submission *submission)
{
    const struct pool_job *job = submission->job;
    const struct pool_ticket *ticket = &pool_job_full(job)->ticket;
    uint8_t solution[POOL_KOMODO_LENGTH_MAX + POOL_SOLUTION_MAX];
    char time[2 * 4 + 1];
    char nonce2[2 * POOL_KOMODO_NONCE_SIZE + 1];
    char hex[2 * sizeof(solution) + 1];
    size_t size = pool_komodo_put_solution(solution, submission);
    base_hex_encode(time, job->header + POOL_KOMODO_TIME, 4);
    base_hex_encode(nonce2, submission->nonce + ticket->extranonce1_size,
                    POOL_KOMODO_NONCE_SIZE - ticket->extranonce1_size);
    base_hex_encode(hex, solution, size);
    return json_pack("[s,o,s,s,s]", zip301->peer.outlet.setup.server->user, pool_stratum_id(ticket),
                     time, nonce2, hex);
}

static enum base_status zip301_submit(struct pool_protocol *protocol,
                                      struct pool_submission *submission, uint64_t now_ms,
                                      struct base_error *error)
{
    struct zip301 *zip301 = zip301_of(protocol);
    struct pool_peer *peer = &zip301->peer;
    const struct pool_job *job = submission->job;
    if (peer->pending.count >= POOL_PENDING_MAX || !zip301->ready) {
        return BASE_E_AGAIN;
    }
    if (!is_known(zip301, job)) {
        pool_outlet_verdict(&peer->outlet, submission, POOL_NOT_SENT, false,
                            "the pool did not resume the session it was found in");
        return BASE_OK;
    }
    submission->late = job->connection == peer->outlet.setup.connection
                           ? pool_job_full(job)->series != zip301->series
                           : memcmp(job->header + POOL_KOMODO_PARENT,
                                    zip301->job->header + POOL_KOMODO_PARENT, 32) != 0;
    if (submission->late && !pool_peer_is_block(peer, submission)) {
        pool_outlet_verdict(&peer->outlet, submission, POOL_STALE, false,
                            "not sent: the pool has voided its job");
        return BASE_OK;
    }
    return pool_peer_submit(peer, submission, params_of(zip301, submission), now_ms, error);
}

static enum base_status on_share_answer(struct zip301 *zip301, uint64_t id, const json_t *result,
                                        const json_t *problem, struct base_error *error)
{
    struct pool_submission *submission = pool_peer_take(&zip301->peer, id);
    char text[POOL_TEXT_MAX];
    uint64_t code = 0;
    if (submission == NULL) {
        return BASE_OK;
    }
    if (json_is_true(result) && !pool_json_truthy(problem)) {
        pool_peer_accept(&zip301->peer, submission);
        zip301->authorized = true; /* which shows that the login is good, too */
        zip301->asked_ms = 0;
        return BASE_OK;
    }
    enum pool_verdict verdict = pool_reject_class(problem, &pool_komodo_family, text);
    pool_peer_refuse(&zip301->peer, submission, verdict, text);
    if (pool_json_u64(json_array_get(problem, 0), 10, &code) && code == NOT_SUBSCRIBED) {
        return base_error_set(error, BASE_E_CLOSED,
                              "the pool says that this connection is not subscribed");
    }
    return BASE_OK;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static enum base_status on_answer(struct zip301 *zip301, const json_t *root, uint64_t now_ms,
                                  struct base_error *error)
{
    const json_t *result = json_object_get(root, "result");
    const json_t *problem = json_object_get(root, "error");
    uint64_t id = 0;
    if (!pool_json_u64(json_object_get(root, "id"), 10, &id)) {
        if (pool_json_truthy(problem) && !zip301->subscribed) {
            return on_subscribe(zip301, result, problem, now_ms, error);
        }
        if (pool_json_truthy(problem) && !zip301->authorized) {
            return on_authorize(zip301, result, problem, error);
        }
        pool_outlet_text(&zip301->peer.outlet, POOL_OUTPUT_WARNING,
                         "an answer without a number that says to what, ignored");
        return BASE_OK;
    }
    if (id == ID_SUBSCRIBE) {
        return on_subscribe(zip301, result, problem, now_ms, error);
    }
    if (id == ID_AUTHORIZE) {
        return on_authorize(zip301, result, problem, error);
    }
    return on_share_answer(zip301, id, result, problem, error);
}

static enum base_status on_message(struct pool_protocol *protocol, const json_t *root,
                                   uint64_t now_ms, struct base_error *error)
{
    struct zip301 *zip301 = zip301_of(protocol);
    struct pool_outlet *outlet = &zip301->peer.outlet;
    const char *method = json_string_value(json_object_get(root, "method"));
    const json_t *params = json_object_get(root, "params");
    const json_t *id = json_object_get(root, "id");
    struct base_error why = {BASE_OK, ""};
    zip301->optional_asked = false; /* the pool goes on, so the request did not make it close */
    zip301->resume_asked = false;
    if (method == NULL) {
        return id != NULL ? on_answer(zip301, root, now_ms, error) : BASE_OK;
    }
    if (strcmp(method, "mining.notify") == 0) {
        return on_notify(zip301, params, now_ms, error);
    }
    if (strcmp(method, "mining.set_target") == 0) {
        on_set_target(zip301, params);
        return BASE_OK;
    }
    if (strcmp(method, "mining.set_difficulty") == 0) {
        on_set_difficulty(zip301, params);
        return BASE_OK;
    }
    if (strcmp(method, "mining.set_extranonce") == 0) {
        bool taken = take_nonce1(zip301, json_array_get(params, 0), &why) == BASE_OK;
        pool_outlet_text(outlet, taken ? POOL_OUTPUT_INFO : POOL_OUTPUT_WARNING, "%s%s",
                         taken ? "the pool has given another NONCE_1, for the jobs to come"
                               : why.text,
                         taken ? "" : ", ignored");
        return BASE_OK;
    }
    return pool_stratum_everyday(outlet, method, id, params, error);
}

static enum base_status zip301_receive(struct pool_protocol *protocol, const uint8_t *bytes,
                                       size_t size, uint64_t now_ms, struct base_error *error)
{
    return pool_peer_receive_messages(&zip301_of(protocol)->peer, bytes, size, on_message, now_ms,
                                      error);
}

/* ---- time ------------------------------------------------------------------------------------ */

static enum base_status zip301_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                    struct base_error *error)
{
    struct zip301 *zip301 = zip301_of(protocol);
    enum base_status status = pool_peer_tick(&zip301->peer, now_ms, error);
    if (status != BASE_OK) {
        return status;
    }
    if (zip301->asked_ms != 0 && now_ms >= zip301->asked_ms + HELLO_MS) {
        return base_error_set(error, BASE_E_TIMEOUT, "no answer to mining.%s within %d s",
                              zip301->subscribed ? "authorize" : "subscribe", HELLO_MS / 1000);
    }
    return zip301_settle(protocol, now_ms, error);
}

static uint64_t zip301_due_ms(const struct pool_protocol *protocol)
{
    const struct zip301 *zip301 = (const struct zip301 *)(const void *)protocol;
    uint64_t due = pool_peer_due_ms(&zip301->peer);
    if (zip301->asked_ms != 0 && zip301->asked_ms + HELLO_MS < due) {
        due = zip301->asked_ms + HELLO_MS;
    }
    if (zip301->has_fresh && zip301->subscribed && zip301->fresh.received_ms + WAIT_MS < due) {
        due = zip301->fresh.received_ms + WAIT_MS;
    }
    return due;
}

const struct pool_protocol_ops pool_komodo_zip301 = {
    .name = "stratum of ZIP 301",
    .open = zip301_open,
    .start = zip301_start,
    .receive = zip301_receive,
    .settle = zip301_settle,
    .submit = zip301_submit,
    .tick = zip301_tick,
    .due_ms = zip301_due_ms,
    .pending = pool_peer_pending,
    .close = zip301_close,
};
