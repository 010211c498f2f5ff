/* session.c: see session.h. */
#include "source/session.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "protocol/rpc_login.h"
#include "source/poll_lease.h"

static enum base_status flush(struct pool_session *session, struct base_error *error)
{
    while (pool_buffer_size(&session->out) > 0) {
        size_t sent = 0;
        enum base_status status = pool_link_send(session->link, pool_buffer_data(&session->out),
                                                 pool_buffer_size(&session->out), &sent);
        if (status == BASE_E_AGAIN) {
            return BASE_OK;
        }
        if (status != BASE_OK) {
            *error = *pool_link_error(session->link);
            return status;
        }
        pool_buffer_consume(&session->out, sent);
    }
    return BASE_OK;
}

static enum base_status begin_call(struct pool_session *session, const struct pool_output *output)
{
    const struct pool_server *server = session->setup.server;
    struct pool_rpc_login login;
    struct pool_link **link = &session->calls[output->call];
    BASE_ASSERT(output->call < POOL_CALLS_MAX);
    pool_link_close(*link);
    *link = NULL;
    enum base_status status = pool_rpc_login(&login, server, output->error);
    if (session->recorder != NULL) {
        session->login =
            login; /* empty where it could not be read: the request does not begin then */
        pool_recorder_call(session->recorder, &session->setup, &login, output->call,
                           output->request, base_clock_ms());
    }
    if (status != BASE_OK) {
        return status;
    }
    struct pool_request request = *output->request;
    char path[sizeof(server->path) + 128];
    bool root = strcmp(request.path, "/") == 0 && server->path[0] != '\0';
    if (snprintf(path, sizeof(path), "%s%s", server->path, root ? "" : request.path) >=
        (int)sizeof(path)) {
        return base_error_set(output->error, BASE_E_LIMIT, "the path of the URL is too long");
    }
    request.path = path;
    request.user = login.user;
    request.pass = login.pass;
    struct pool_idle *idle = session->setup.memory->keeps_none ? NULL : &session->idle;
    return pool_link_request(link, session->options, idle, server->host, server->port,
                             server->scheme == POOL_DAEMON_HTTPS, &request, output->error);
}

static enum base_status on_output(void *user, const struct pool_output *output)
{
    struct pool_session *session = user;
    if (session->submitting != NULL &&
        (output->kind == POOL_OUTPUT_SEND || output->kind == POOL_OUTPUT_CALL ||
         output->kind == POOL_OUTPUT_VERDICT)) {
        /* Only now is it certain that the protocol takes the find and does not return BASE_E_AGAIN.
         */
        pool_recorder_find(session->recorder, &session->setup, session->submitting,
                           base_clock_ms());
        session->submitting = NULL;
    }
    if (output->kind == POOL_OUTPUT_CALL) {
        return begin_call(session, output);
    }
    if (output->kind == POOL_OUTPUT_SEND) {
        if (pool_buffer_size(&session->out) + output->size > POOL_OUT_MAX) {
            return BASE_E_LIMIT;
        }
        pool_recorder_sent(session->recorder, &session->setup, output->bytes, output->size,
                           base_clock_ms());
        return pool_buffer_append(&session->out, output->bytes, output->size);
    }
    if (output->kind == POOL_OUTPUT_READY) {
        session->ready = true;
        (void)snprintf(session->dialect, sizeof(session->dialect), "%s", output->text);
    }
    if (output->kind == POOL_OUTPUT_SENT) {
        /* Write at once: a find loses value with time. The next run reports a broken link. */
        struct base_error ignored = {BASE_OK, ""};
        (void)!flush(session, &ignored);
    }
    if (output->kind == POOL_OUTPUT_JOB && output->job->clean) {
        pool_poll_lease_announce(session->lease);
    }
    return session->on_output(session->user, session, output);
}

static enum pool_poll_turn poll_turn(void *user)
{
    struct pool_session *session = user;
    if (session->wake_fd == 0) {
        return POOL_POLL_OURS;
    }
    if (session->lease == NULL) {
        session->lease = pool_poll_lease_open(session->setup.server, session->wake_fd);
    }
    return pool_poll_lease_turn(session->lease, base_clock_ms());
}

enum base_status pool_session_open(struct pool_session **out,
                                   const struct pool_transport_options *options,
                                   const struct pool_service *service,
                                   const struct pool_protocol_setup *setup, uint16_t port,
                                   uint64_t now_ms, struct base_error *error)
{
    struct pool_session *session = base_alloc(1, sizeof(*session));
    *out = NULL;
    if (session == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a connection");
    }
    session->service = service;
    session->ops = service->ops;
    session->setup = *setup;
    if (setup->answer_timeout_ms == 0) {
        session->setup.answer_timeout_ms = service->limits.answer;
    }
    session->setup.output = on_output;
    session->setup.user = session;
    session->setup.poll_turn = poll_turn;
    session->server = setup->server_index;
    session->port = port;
    session->opened_ms = now_ms;
    session->options = options;
    pool_buffer_init(&session->out);
    pool_buffer_init(&session->unrecorded);
    enum base_status status = BASE_OK;
    if (session->ops->answer == NULL) {
        status = pool_link_open(&session->link, options, setup->server->host, port,
                                pool_server_is_encrypted(setup->server), error);
    }
    if (status != BASE_OK) {
        base_free(session);
        return status;
    }
    *out = session;
    return BASE_OK;
}

void pool_session_close(struct pool_session *session)
{
    if (session == NULL) {
        return;
    }
    if (session->protocol != NULL) {
        uint64_t now_ms = base_clock_ms();
        pool_recorder_received(session->recorder, &session->unrecorded, &session->setup, NULL, 0,
                               now_ms);
        pool_recorder_close_connection(session->recorder, &session->setup, now_ms);
        session->ops->close(session->protocol);
    }
    pool_poll_lease_close(session->lease);
    pool_buffer_deinit(&session->unrecorded);
    pool_link_close(session->link);
    for (size_t i = 0; i < POOL_CALLS_MAX; i++) {
        pool_link_close(session->calls[i]);
    }
    pool_idle_close(&session->idle);
    pool_buffer_deinit(&session->out);
    base_free(session);
}

size_t pool_session_waits(struct pool_session *session, struct pool_wait *waits)
{
    size_t count = 0;
    if (session->link != NULL) {
        waits[count++] = (struct pool_wait){.link = session->link,
                                            .want_send = pool_buffer_size(&session->out) > 0};
    }
    for (size_t i = 0; i < POOL_CALLS_MAX; i++) {
        if (session->calls[i] != NULL) {
            waits[count++] = (struct pool_wait){.link = session->calls[i]};
        }
    }
    return count;
}

bool pool_session_hurries(const struct pool_session *session)
{
    if (session->link == NULL) {
        return session->protocol == NULL;
    }
    return session->more ||
           (session->protocol == NULL && pool_link_state(session->link) != POOL_LINK_CONNECTING);
}

void pool_session_facts(const struct pool_session *session, struct pool_link_facts *facts)
{
    if (session->link != NULL) {
        pool_link_facts(session->link, facts);
    } else {
        *facts = session->facts;
    }
}

static enum base_status begin(struct pool_session *session, uint64_t now_ms,
                              struct base_error *error)
{
    session->connected_ms = session->link != NULL ? now_ms : 0;
    pool_recorder_open_connection(session->recorder, &session->setup, session->port, now_ms);
    session->protocol = session->ops->open(&session->setup);
    if (session->protocol == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a protocol");
    }
    return session->ops->start(session->protocol, now_ms, error);
}

/* Receive until the link is empty or POOL_READ_ROUND bytes are read; then let the protocol publish.
 * Bytes that came before the end of the stream still count. */
static enum base_status receive(struct pool_session *session, uint64_t now_ms,
                                struct base_error *error)
{
    uint8_t bytes[32768];
    size_t total = 0;
    enum base_status status = BASE_OK;
    session->more = false;
    while (status == BASE_OK && total < POOL_READ_ROUND) {
        size_t got = 0;
        status = pool_link_recv(session->link, bytes, sizeof(bytes), &got);
        if (status == BASE_OK) {
            session->heard = true;
            total += got;
            pool_recorder_received(session->recorder, &session->unrecorded, &session->setup, bytes,
                                   got, now_ms);
            status = session->ops->receive(session->protocol, bytes, got, now_ms, error);
        } else if (status != BASE_E_AGAIN) {
            *error = *pool_link_error(session->link);
        }
    }
    session->more = status == BASE_OK;
    if (status == BASE_E_AGAIN) {
        status = BASE_OK;
    }
    if (total > 0) {
        pool_recorder_settle(session->recorder, &session->setup, now_ms);
    }
    struct base_error settle_error = {BASE_OK, ""};
    enum base_status settled = session->ops->settle(session->protocol, now_ms, &settle_error);
    if (status == BASE_OK && settled != BASE_OK) {
        *error = settle_error;
        status = settled;
    }
    return status;
}

/* Hand the answer of one request to the protocol; its place is free by then, and its connection is
 * left to the requests that the answer brings about. A server that serves one connection at a time
 * never answers over a second one: from then on, none is kept. */
static enum base_status end_call(struct pool_session *session, unsigned call, uint64_t now_ms,
                                 struct base_error *error)
{
    struct pool_link *link = session->calls[call];
    struct pool_answer answer = {.call = call, .body = "", .why = pool_link_error(link)};
    struct pool_link_facts facts;
    session->calls[call] = NULL;
    pool_link_facts(link, &facts);
    if (!facts.reused) {
        session->facts = facts;
    }
    if (pool_link_state(link) == POOL_LINK_DONE) {
        pool_link_answer(link, &answer.code, &answer.body, &answer.size);
        session->heard = true;
        session->connected_ms = session->connected_ms == 0 ? now_ms : session->connected_ms;
        pool_link_leave(link);
    } else if (answer.why->status == BASE_E_TIMEOUT && !facts.reused) {
        session->setup.memory->keeps_none = true;
    }
    if (session->setup.memory->keeps_none) {
        pool_idle_close(&session->idle);
    }
    pool_recorder_answer(session->recorder, &session->setup, &session->login, &answer, now_ms);
    enum base_status status = session->ops->answer(session->protocol, &answer, now_ms, error);
    pool_link_close(link);
    return status;
}

static enum base_status run_calls(struct pool_session *session, uint64_t now_ms,
                                  struct base_error *error)
{
    bool ended = false;
    enum base_status status = session->protocol == NULL ? begin(session, now_ms, error) : BASE_OK;
    for (unsigned i = 0; i < POOL_CALLS_MAX && status == BASE_OK; i++) {
        const struct pool_link *link = session->calls[i];
        if (link != NULL && pool_link_state(link) != POOL_LINK_CONNECTING) {
            ended = true;
            status = end_call(session, i, now_ms, error);
        }
    }
    if (ended && status == BASE_OK) {
        pool_recorder_settle(session->recorder, &session->setup, now_ms);
        status = session->ops->settle(session->protocol, now_ms, error);
    }
    return status;
}

enum base_status pool_session_run(struct pool_session *session, bool readable, uint64_t now_ms,
                                  struct base_error *error)
{
    enum base_status status = BASE_OK;
    if (session->ops->answer != NULL) {
        return run_calls(session, now_ms, error);
    }
    if (pool_link_state(session->link) == POOL_LINK_FAILED) {
        *error = *pool_link_error(session->link);
        return error->status;
    }
    if (pool_link_state(session->link) != POOL_LINK_OPEN) {
        return BASE_OK;
    }
    if (session->protocol == NULL) {
        status = begin(session, now_ms, error);
        readable = true; /* bytes that came with the handshake may be held by the TLS library */
    }
    if (status == BASE_OK && (readable || session->more)) {
        status = receive(session, now_ms, error);
    }
    if (status == BASE_OK) {
        status = flush(session, error);
    }
    return status;
}

enum base_status pool_session_submit(struct pool_session *session,
                                     struct pool_submission *submission, uint64_t now_ms,
                                     struct base_error *error)
{
    if (session->protocol == NULL || pool_buffer_size(&session->out) > 0) {
        return BASE_E_AGAIN;
    }
    session->submitting = submission;
    enum base_status status = session->ops->submit(session->protocol, submission, now_ms, error);
    session->submitting = NULL;
    return status;
}

enum base_status pool_session_tick(struct pool_session *session, uint64_t now_ms,
                                   struct base_error *error)
{
    if (session->protocol == NULL) {
        return BASE_OK;
    }
    if (session->ops->due_ms(session->protocol) <= now_ms) {
        pool_recorder_tick(session->recorder, &session->setup, now_ms);
    }
    return session->ops->tick(session->protocol, now_ms, error);
}

enum base_status pool_session_refill(struct pool_session *session, const struct pool_job *job,
                                     uint64_t now_ms, struct base_error *error)
{
    pool_recorder_refill(session->recorder, &session->setup, job, now_ms);
    return session->ops->refill(session->protocol, job, now_ms, error);
}

enum base_status pool_session_rate(struct pool_session *session, double hashes_per_s,
                                   uint64_t now_ms, struct base_error *error)
{
    double change = session->rate > 0 ? hashes_per_s / session->rate : 2;
    if (session->protocol == NULL || session->ops->rate == NULL || !(hashes_per_s > 0) ||
        (change > 0.8 && change < 1.25)) {
        return BASE_OK;
    }
    session->rate = hashes_per_s;
    pool_recorder_rate(session->recorder, &session->setup, hashes_per_s, now_ms);
    enum base_status status = session->ops->rate(session->protocol, hashes_per_s, now_ms, error);
    return status == BASE_OK && session->link != NULL ? flush(session, error) : status;
}
