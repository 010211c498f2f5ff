/* attempt.c: see attempt.h. */
#include "tools/attempt.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "protocol/coin.h"

static int64_t wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum base_status on_output(void *user, struct pool_session *session,
                                  const struct pool_output *output)
{
    struct pool_attempt *attempt = user;
    (void)session;
    if (output->kind == POOL_OUTPUT_JOB) {
        if (attempt->jobs == 0) {
            attempt->job_ms = (double)(base_clock_ns() - attempt->opened_ns) / 1e6;
            attempt->seen_ms = wall_ms();
            attempt->end_ms = base_clock_ms() + attempt->linger_ms;
            attempt->job_chains = output->job->chains;
            attempt->header_ms = attempt->family->header_ms(output->job);
        }
        attempt->jobs++;
        attempt->chains |= UINT32_C(1) << output->job->chain;
    } else if (output->kind == POOL_OUTPUT_READY) {
        attempt->ready = true;
        attempt->known = true;
        (void)snprintf(attempt->dialect, sizeof(attempt->dialect), "%s", output->text);
    } else if (output->kind == POOL_OUTPUT_DIFFICULTY) {
        attempt->known = true;
    } else if (output->kind == POOL_OUTPUT_WARNING) {
        (void)snprintf(attempt->warning, sizeof(attempt->warning), "%s", output->text);
    }
    return BASE_OK;
}

/* Of the last request over HTTP also where it was not answered. */
static void look_at_facts(struct pool_attempt *attempt)
{
    struct pool_session *session = attempt->session;
    pool_session_facts(session, &attempt->facts);
    for (size_t i = 0; i < POOL_CALLS_MAX && attempt->facts.connect_ms == 0; i++) {
        if (session->calls[i] != NULL) {
            pool_link_facts(session->calls[i], &attempt->facts);
        }
    }
}

/* A node over HTTP that says why it gives no work is one all the same. */
static bool is_node_that_refuses(const struct pool_attempt *attempt)
{
    enum base_status status = attempt->error.status;
    return attempt->failed && attempt->heard && attempt->session->link == NULL &&
           (status == BASE_E_STATE || status == BASE_E_REFUSED || status == BASE_E_UNSUPPORTED);
}

static void finish(struct pool_attempt *attempt, const struct base_error *error)
{
    if (error != NULL) {
        attempt->failed = true;
        attempt->error = *error;
    }
    if (attempt->session != NULL) {
        attempt->heard = attempt->session->heard;
        look_at_facts(attempt);
        attempt->connected = attempt->session->connected_ms != 0 || attempt->facts.connect_ms > 0;
    }
    bool foreign = attempt->failed && attempt->jobs == 0 && attempt->error.status == BASE_E_FORMAT;
    attempt->known = !foreign && attempt->known; /* what it said last is none of this protocol */
    attempt->known = attempt->known || (attempt->session != NULL && is_node_that_refuses(attempt));
    pool_session_close(attempt->session);
    attempt->session = NULL;
}

void pool_attempt_open(struct pool_attempt *attempt, const struct pool_config *config,
                       const struct pool_transport_options *options,
                       const struct pool_server *server)
{
    struct base_error error = {BASE_OK, ""};
    const struct pool_service *service = pool_coin_service(config->coin, server);
    const struct pool_algo *algo = NULL;
    attempt->family = pool_coin_entry(config->coin)->family;
    attempt->server = *server;
    attempt->opened_ns = base_clock_ns();
    if (pool_server_fits(config->coin, server, &error) != BASE_OK) {
        finish(attempt, &error);
        return;
    }
    if (pool_coin_algo(&algo, config->coin, config->algo, &error) != BASE_OK) {
        finish(attempt, &error);
        return;
    }
    struct pool_protocol_setup setup = {
        .server = &attempt->server,
        .algo = algo,
        .coin = config->coin,
        .coinbase_text = config->coinbase_text,
        .api_key = config->api_key,
        .memory = &attempt->memory,
        .agent = config->agent,
        .connection = 1,
        .next_job_id = &attempt->next_job_id,
        .answer_timeout_ms = config->answer_timeout_ms,
    };
    if (pool_session_open(&attempt->session, options, service, &setup, server->port,
                          base_clock_ms(), &error) != BASE_OK) {
        finish(attempt, &error);
        return;
    }
    attempt->session->on_output = on_output;
    attempt->session->user = attempt;
}

static void serve(struct pool_attempt *attempt, bool readable)
{
    struct base_error error = {BASE_OK, ""};
    uint64_t now_ms = base_clock_ms();
    struct pool_session *session = attempt->session;
    enum base_status status = pool_session_run(session, readable, now_ms, &error);
    if (status == BASE_OK) {
        status = pool_session_tick(session, now_ms, &error);
    }
    if (status != BASE_OK) {
        finish(attempt, attempt->jobs > 0 && error.status != BASE_E_REFUSED ? NULL : &error);
    } else if (attempt->jobs > 0 && !session->more && now_ms >= attempt->end_ms) {
        finish(attempt, NULL);
    }
}

static void give_up(struct pool_attempt *attempt)
{
    struct base_error error = {BASE_OK, ""};
    if (attempt->jobs > 0) {
        finish(attempt, NULL);
        return;
    }
    double seconds = (double)(base_clock_ns() - attempt->opened_ns) / 1e9;
    look_at_facts(attempt);
    bool linked = attempt->session->link != NULL ? attempt->session->connected_ms != 0
                                                 : attempt->facts.connect_ms > 0;
    (void)base_error_set(&error, BASE_E_TIMEOUT,
                         !linked ? "no connection within %.1f s"
                         : attempt->session->connected_ms == 0
                             ? "connected, but no answer within %.1f s"
                             : "connected, but no job within %.1f s",
                         seconds);
    finish(attempt, &error);
}

void pool_attempts_run(struct pool_attempt *attempts, size_t count, uint64_t until_ms)
{
    for (;;) {
        struct pool_wait waits[POOL_LINKS_MAX];
        size_t used = 0;
        bool waiting = false;
        uint64_t due_ms = until_ms;
        uint64_t now_ms = base_clock_ms();
        BASE_ASSERT(count <= POOL_LINKS_MAX / POOL_CALLS_MAX);
        for (size_t i = 0; i < count; i++) {
            struct pool_session *session = attempts[i].session;
            if (session == NULL) {
                continue;
            }
            waiting = true;
            if (attempts[i].jobs > 0 && attempts[i].end_ms < due_ms) {
                due_ms = attempts[i].end_ms;
            }
            used += pool_session_waits(session, waits + used);
            due_ms = pool_session_hurries(session) ? 0 : due_ms;
        }
        if (!waiting) {
            return;
        }
        pool_transport_wait(waits, used, -1, due_ms > now_ms ? due_ms - now_ms : 0);
        for (size_t i = 0; i < count; i++) {
            bool readable = false;
            for (size_t j = 0; j < used && attempts[i].session != NULL; j++) {
                readable =
                    readable || (waits[j].link == attempts[i].session->link && waits[j].readable);
            }
            if (attempts[i].session != NULL) {
                serve(&attempts[i], readable);
            }
        }
        if (base_clock_ms() >= until_ms) {
            break;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (attempts[i].session != NULL) {
            give_up(&attempts[i]);
        }
    }
}

bool pool_attempt_refused(const struct pool_attempt *attempt)
{
    return attempt->connected && attempt->failed && attempt->error.status == BASE_E_REFUSED;
}

bool pool_attempt_works(const struct pool_attempt *attempt)
{
    return attempt->jobs > 0;
}
