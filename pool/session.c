/* session.c: see session.h. */
#include "session.h"

#include <stdio.h>

#include "base/alloc.h"

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

static enum base_status on_output(void *user, const struct pool_output *output)
{
    struct pool_session *session = user;
    if (output->kind == POOL_OUTPUT_SEND) {
        if (pool_buffer_size(&session->out) + output->size > POOL_OUT_MAX) {
            return BASE_E_LIMIT;
        }
        return pool_buffer_append(&session->out, output->bytes, output->size);
    }
    if (output->kind == POOL_OUTPUT_READY) {
        session->ready = true;
        (void)snprintf(session->dialect, sizeof(session->dialect), "%s", output->text);
    }
    if (output->kind == POOL_OUTPUT_SENT) {
        /* Now, not at the next round: a find is worth most while it is fresh. A broken link shows
         * again at the next run, which reports it. */
        struct base_error ignored = {BASE_OK, ""};
        (void)!flush(session, &ignored);
    }
    return session->on_output(session->user, session, output);
}

enum base_status pool_session_open(struct pool_session **out,
                                   const struct pool_transport_options *options,
                                   const struct pool_protocol_ops *ops,
                                   const struct pool_protocol_setup *setup, uint16_t port,
                                   uint64_t now_ms, struct base_error *error)
{
    struct pool_session *session = base_alloc(1, sizeof(*session));
    *out = NULL;
    if (session == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a connection");
    }
    session->ops = ops;
    session->setup = *setup;
    session->setup.output = on_output;
    session->setup.user = session;
    session->server = setup->server_index;
    session->opened_ms = now_ms;
    pool_buffer_init(&session->out);
    enum base_status status = pool_link_open(&session->link, options, setup->server->host, port,
                                             setup->server->scheme == POOL_STRATUM_TLS, error);
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
        session->ops->close(session->protocol);
    }
    pool_link_close(session->link);
    pool_buffer_deinit(&session->out);
    base_free(session);
}

static enum base_status begin(struct pool_session *session, uint64_t now_ms,
                              struct base_error *error)
{
    session->connected_ms = now_ms;
    session->protocol = session->ops->open(&session->setup);
    if (session->protocol == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a protocol");
    }
    return session->ops->start(session->protocol, now_ms, error);
}

/* Receive until the link is empty or its turn is over; then let the protocol publish. What came
 * before the end of the stream still counts. */
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
            status = session->ops->receive(session->protocol, bytes, got, now_ms, error);
        } else if (status != BASE_E_AGAIN) {
            *error = *pool_link_error(session->link);
        }
    }
    session->more = status == BASE_OK;
    if (status == BASE_E_AGAIN) {
        status = BASE_OK;
    }
    struct base_error settle_error = {BASE_OK, ""};
    enum base_status settled = session->ops->settle(session->protocol, now_ms, &settle_error);
    if (status == BASE_OK && settled != BASE_OK) {
        *error = settle_error;
        status = settled;
    }
    return status;
}

enum base_status pool_session_run(struct pool_session *session, bool readable, uint64_t now_ms,
                                  struct base_error *error)
{
    enum base_status status = BASE_OK;
    if (pool_link_state(session->link) == POOL_LINK_FAILED) {
        *error = *pool_link_error(session->link);
        return error->status;
    }
    if (pool_link_state(session->link) != POOL_LINK_OPEN) {
        return BASE_OK;
    }
    if (session->protocol == NULL) {
        status = begin(session, now_ms, error);
        readable = true; /* what came with the handshake may wait inside TLS */
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
    return session->ops->submit(session->protocol, submission, now_ms, error);
}
