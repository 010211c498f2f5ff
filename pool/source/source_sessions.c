/* source_sessions.c: a source's servers and connections: which is tried when, which serves, what
 * happens when one fails. Part of the source, see source_private.h. */
#include <stdio.h>

#include "base/clock.h"
#include "protocol/coin.h"
#include "protocol/job.h"
#include "source/source_config.h"
#include "source/source_private.h"

enum {
    HEDGE_MS = 700,  /* after this without a job from a candidate, the next server is tried as well;
                        two  that hang in a row must fit into the 2 s after a reset */
    LEAVE_MS = 5000, /* a replaced session may wait so long for answers */
    QUICK_CLOSE_MS = 3000, /* a pool that closes within this, without a byte, has banned us */
};

/* A candidate has given its first job: its work replaces that of the session before. */
static void promote(struct pool_source *source, struct pool_session *session, uint64_t now_ms)
{
    char place[400];
    if (source->serving != NULL) {
        source->serving->role = POOL_SESSION_LEAVING;
        source->serving->leave_ms = now_ms + LEAVE_MS;
    }
    session->role = POOL_SESSION_SERVING;
    source->serving = session;
    for (size_t i = 0; i < POOL_SESSIONS_MAX; i++) { /* candidates that are no better are closed */
        struct pool_session *other = source->sessions[i];
        if (other != NULL && other->role == POOL_SESSION_CANDIDATE &&
            other->server > session->server) {
            other->role = POOL_SESSION_LEAVING;
            other->leave_ms = now_ms;
        }
    }
    source->drop_jobs_ms = UINT64_MAX;
    source->refusals.count = 0;
    source->refusals.fresh_by_ms = UINT64_MAX;
    source->refusals.since_job_id = 0;
    pool_source_trust_address(source, session);
    pool_source_tell(source, POOL_EVENT_CONNECTED, session->server, "%s, %s",
                     pool_source_place(source, session, place), session->dialect);
}

static enum base_status on_output(void *user, struct pool_session *session,
                                  const struct pool_output *output)
{
    struct pool_source *source = user;
    struct pool_event event = {.text = output->text, .server = session->server};
    uint64_t now_ms = base_clock_ms();
    switch (output->kind) {
    case POOL_OUTPUT_JOB:
        if (session->role == POOL_SESSION_CANDIDATE &&
            !pool_source_is_behind(source, session, output->job)) {
            promote(source, session, now_ms);
        }
        if (session->role == POOL_SESSION_SERVING) {
            pool_source_note_height(source, output->job);
            pool_source_note_fresh(source);
            event.kind = POOL_EVENT_JOB;
            event.job = output->job;
            source->config.on_event(source->config.user, &event);
        }
        break;
    case POOL_OUTPUT_ALIVE:
        pool_source_end_quiet(source, session, now_ms);
        pool_source_note_job(session, now_ms);
        session->first_job_ms = session->first_job_ms == 0 ? now_ms : session->first_job_ms;
        break;
    case POOL_OUTPUT_SENT:
        output->submission->sent_ns = base_clock_ns();
        event.kind = POOL_EVENT_SENT;
        event.job = output->submission->job;
        event.hash_be = output->submission->hash_be;
        event.tag = output->submission->tag;
        event.delay_ns = output->submission->sent_ns - output->submission->found_ns;
        source->config.on_event(source->config.user, &event);
        break;
    case POOL_OUTPUT_VERDICT:
        pool_source_count_verdict(source, session, output);
        pool_source_judge(source, output->submission, output->verdict, output->block, output->text);
        break;
    case POOL_OUTPUT_UNJUDGED:
        pool_pending_add(&source->held, output->submission);
        break;
    case POOL_OUTPUT_DIFFICULTY:
        event.kind = POOL_EVENT_DIFFICULTY;
        event.difficulty = output->difficulty;
        source->config.on_event(source->config.user, &event);
        break;
    case POOL_OUTPUT_INFO:
    case POOL_OUTPUT_WARNING:
        event.kind = output->kind == POOL_OUTPUT_INFO ? POOL_EVENT_INFO : POOL_EVENT_WARNING;
        source->config.on_event(source->config.user, &event);
        break;
    case POOL_OUTPUT_MOVE:
        session->moved_port = output->port;
        session->moved_wait_ms = output->wait_ms;
        (void)snprintf(session->moved_host, sizeof(session->moved_host), "%s", output->text);
        break;
    case POOL_OUTPUT_SEND:
    case POOL_OUTPUT_CALL:
    case POOL_OUTPUT_READY:
        break;
    }
    return BASE_OK;
}

/* ---- sessions -------------------------------------------------------------------------------- */

struct pool_session *pool_source_find_session(const struct pool_source *source, int server,
                                              enum pool_session_role role)
{
    for (size_t i = 0; i < POOL_SESSIONS_MAX; i++) {
        struct pool_session *session = source->sessions[i];
        if (session != NULL &&
            (server < 0 ? session->role == role : session->server == (unsigned)server)) {
            return session;
        }
    }
    return NULL;
}

void pool_source_drop_session(struct pool_source *source, struct pool_session *session)
{
    for (size_t i = 0; i < POOL_SESSIONS_MAX; i++) {
        if (source->sessions[i] == session) {
            source->sessions[i] = NULL;
        }
    }
    if (source->serving == session) {
        source->serving = NULL;
    }
    pool_session_close(session);
}

static enum pool_failure failure_kind(const struct pool_session *session,
                                      const struct base_error *error, uint64_t now_ms)
{
    if (session->refusing) {
        return POOL_FAILURE_REFUSING;
    }
    if (!pool_server_is_pool(session->setup.server)) {
        return POOL_FAILURE_ORDINARY;
    }
    if (error->status == BASE_E_REFUSED && session->heard) {
        return POOL_FAILURE_LOGIN;
    }
    /* No ban yet where optional requests were sent: the next try goes without them. */
    bool quick = session->connected_ms != 0 && !session->heard &&
                 session->setup.memory->required_only &&
                 now_ms - session->connected_ms < QUICK_CLOSE_MS;
    return quick ? POOL_FAILURE_BAN : POOL_FAILURE_ORDINARY;
}

/* The peer wants us to connect elsewhere: no failure, unless it does so POOL_MOVES_MAX times in a
 * row. Returns false when it is not followed. */
static bool move(struct pool_source *source, const struct pool_session *session, uint64_t served_ms,
                 uint64_t now_ms)
{
    char name[320];
    char to[320];
    unsigned server = session->server;
    struct pool_server *place = &source->servers[server].place;
    if (served_ms >= POOL_GOOD_SERVICE_MS) {
        source->servers[server].moves = 0;
    }
    if (++source->servers[server].moves > POOL_MOVES_MAX) {
        pool_source_tell(source, POOL_EVENT_WARNING, server,
                         "%s has sent this miner elsewhere %u times in a row, without %d s of work "
                         "in between: not followed any more",
                         pool_source_name(source, server, name), source->servers[server].moves,
                         POOL_GOOD_SERVICE_MS / 1000);
        source->servers[server].moves = 0;
        return false;
    }
    *place = source->config.servers[server]; /* the scheme stays: TLS is never given up */
    (void)snprintf(place->host, sizeof(place->host), "%s", session->moved_host);
    place->port = session->moved_port;
    source->servers[server].moved = true;
    pool_failover_pause(&source->failover, server, session->moved_wait_ms, now_ms);
    pool_source_tell(source, POOL_EVENT_INFO, server, "%s sends this miner to %s in %.0f s",
                     pool_source_name(source, server, name), pool_server_name(to, 320, place),
                     (double)session->moved_wait_ms / 1000.0);
    return true;
}

/* A session has failed: record and report it; other servers are tried next. */
/* The event, whose facts are set. guess: behind the reason; "" none. */
static void tell_failure(struct pool_source *source, const struct pool_event *facts,
                         const char *place, const struct base_error *error, const char *guess)
{
    char text[POOL_TEXT_MAX + 512];
    struct pool_event event = *facts;
    (void)snprintf(text, sizeof(text), "%s: %s%s", place, error->text, guess);
    event.kind = POOL_EVENT_DISCONNECTED;
    event.text = text;
    source->config.on_event(source->config.user, &event);
}

void pool_source_fail_session(struct pool_source *source, struct pool_session *session,
                              const struct base_error *error, uint64_t now_ms)
{
    char place[400];
    unsigned server = session->server;
    bool served = session->first_job_ms != 0;
    uint64_t served_ms = served ? now_ms - session->first_job_ms : 0;
    enum pool_failure failure = failure_kind(session, error, now_ms);
    if (session->role == POOL_SESSION_LEAVING) {
        pool_source_drop_session(source, session);
        return;
    }
    bool silent = error->status == BASE_E_TIMEOUT;
    const struct pool_inquiry_ops *inquiry = session->service->inquiry;
    if (inquiry != NULL && session->connected_ms != 0 && source->stop_ms == UINT64_MAX &&
        (silent || !session->heard)) {
        /* It has accepted the connection and gives no work: ask why. */
        pool_diagnosis_begin(
            &source->diagnosis, inquiry, &source->config, &source->options[server], server,
            silent && !session->heard ? POOL_SYMPTOM_SILENT : POOL_SYMPTOM_REFUSES, now_ms);
    }
    bool moved = session->moved_port != 0 && move(source, session, served_ms, now_ms);
    if (session->again) { /* the same server once more, at once */
        moved = true;
        pool_failover_pause(&source->failover, server, 0, now_ms);
    }
    uint32_t wait_ms =
        moved ? session->moved_wait_ms
              : pool_failover_failed(&source->failover, server, failure, served_ms, now_ms);
    if (!served && session->connected_ms != 0 &&
        pool_server_is_pool(&source->config.servers[server])) {
        source->servers[server].memory.required_only = true;
    }
    if (session->role == POOL_SESSION_SERVING) {
        source->drop_jobs_ms = now_ms + source->config.keep_jobs_ms;
    }
    bool quiet = session->quiet && session->role == POOL_SESSION_CANDIDATE;
    (void)pool_source_place(source, session, place);
    pool_source_blame_address(source, session, error, served_ms);
    const struct pool_event event = {
        .server = server, .answered = session->heard, .served = served, .wait_ms = wait_ms};
    pool_source_drop_session(source, session);
    if (!quiet) {
        bool ban = failure == POOL_FAILURE_BAN;
        tell_failure(source, &event, place, error,
                     ban ? " (closed at once: banned, or too many connections?)" : "");
    }
}

static void open_session(struct pool_source *source, unsigned server, uint64_t now_ms)
{
    char name[320];
    struct base_error error = {BASE_OK, ""};
    struct pool_session *session =
        pool_source_find_session(source, (int)server, POOL_SESSION_LEAVING);
    const struct pool_server *target = &source->config.servers[server];
    size_t place = 0;
    if (session != NULL) { /* being replaced; one connection a server is enough */
        pool_source_drop_session(source, session);
    }
    while (place < POOL_SESSIONS_MAX && source->sessions[place] != NULL) {
        place++;
    }
    if (place == POOL_SESSIONS_MAX) {
        session = pool_source_find_session(source, -1, POOL_SESSION_LEAVING);
        BASE_ASSERT(session != NULL); /* look_round has checked that */
        pool_source_drop_session(source, session);
        open_session(source, server, now_ms);
        return;
    }
    if (source->servers[server]
            .moved) { /* for this attempt only; the next goes to the configured host */
        target = &source->servers[server].place;
        source->servers[server].moved = false;
    }
    struct pool_protocol_setup setup = {
        .server = target,
        .home = source->config.servers[server].host,
        .redirects = &source->config.redirects,
        .server_index = server,
        .agent = source->config.agent,
        .connection = ++source->next_connection,
        .next_job_id = &source->next_job_id,
        .answer_timeout_ms = source->config.answer_timeout_ms,
        .template_wait_ms = source->config.template_wait_ms,
        .algo = source->algo,
        .coin = source->config.coin,
        .coinbase_text = source->config.coinbase_text,
        .api_key = source->config.api_key,
        .memory = &source->servers[server].memory,
        .multiply_difficulty = source->config.multiply_difficulty,
        .counters_per_job = source->config.counters_per_job,
        .reduced = source->config.reduced,
    };
    bool quiet = source->serving != NULL;
    if (!quiet) {
        pool_source_tell(source, POOL_EVENT_CONNECTING, server, "%s",
                         pool_source_name(source, server, name));
    }
    if (pool_session_open(&session, &source->options[server],
                          pool_coin_service(source->config.coin, target), &setup, target->port,
                          now_ms, &error) != BASE_OK) {
        uint32_t wait_ms =
            pool_failover_failed(&source->failover, server, POOL_FAILURE_ORDINARY, 0, now_ms);
        const struct pool_event event = {.server = server, .wait_ms = wait_ms};
        tell_failure(source, &event, pool_source_name(source, server, name), &error, "");
        return;
    }
    session->quiet = quiet;
    session->recorder = source->recorder;
    session->wake_fd = source->wake_fd;
    session->on_output = on_output;
    session->user = source;
    source->sessions[place] = session;
}

/* Which servers may be tried besides the present sessions: those better than the serving one and
 * than every candidate; those worse than a candidate only once that has given no job for HEDGE_MS.
 */
struct search {
    unsigned below;    /* only servers with a lower index */
    uint32_t busy;     /* bit i: server i has a session */
    uint64_t hedge_ms; /* when below grows to hedge_below; UINT64_MAX: it does not */
    unsigned hedge_below;
};

static struct search look_round(const struct pool_source *source)
{
    struct search search = {source->failover.count, 0, 0, source->failover.count};
    if (source->serving != NULL) {
        search.below = source->serving->server;
        search.hedge_below = search.below;
    }
    size_t used = 0;
    for (size_t i = 0; i < POOL_SESSIONS_MAX; i++) {
        const struct pool_session *session = source->sessions[i];
        if (session == NULL || session->role == POOL_SESSION_LEAVING) {
            continue;
        }
        search.busy |= 1U << session->server;
        used++;
        if (session->role == POOL_SESSION_CANDIDATE) {
            search.below = session->server < search.below ? session->server : search.below;
            search.hedge_ms = session->opened_ms + HEDGE_MS > search.hedge_ms
                                  ? session->opened_ms + HEDGE_MS
                                  : search.hedge_ms;
        }
    }
    if (used == POOL_SESSIONS_MAX) { /* every place is in use */
        search.below = 0;
        search.hedge_below = 0;
    }
    return search;
}

/* Connect to the best server that may be tried now. */
void pool_source_open_candidate(struct pool_source *source, uint64_t now_ms)
{
    struct search search = look_round(source);
    if (source->stop_ms != UINT64_MAX) {
        return;
    }
    int server = pool_failover_pick(&source->failover,
                                    now_ms >= search.hedge_ms ? search.hedge_below : search.below,
                                    search.busy, now_ms);
    if (server >= 0) {
        open_session(source, (unsigned)server, now_ms);
    }
}

/* When open_candidate has something to do. */
uint64_t pool_source_candidate_due_ms(const struct pool_source *source)
{
    struct search search = look_round(source);
    uint64_t due = pool_failover_due_ms(&source->failover, search.below, search.busy);
    uint64_t hedged = pool_failover_due_ms(&source->failover, search.hedge_below, search.busy);
    if (source->stop_ms != UINT64_MAX) {
        return UINT64_MAX;
    }
    hedged = hedged > search.hedge_ms ? hedged : search.hedge_ms;
    return due < hedged ? due : hedged;
}

void pool_source_do_refill(struct pool_source *source)
{
    struct pool_session *session = source->serving;
    struct base_error error = {BASE_OK, ""};
    uint64_t now_ms = base_clock_ms();
    (void)pthread_mutex_lock(&source->lock);
    const struct pool_job *job = source->refill;
    source->refill = NULL;
    (void)pthread_mutex_unlock(&source->lock);
    /* A job of another session than the serving one was superseded already. */
    if (job != NULL && session != NULL && session->setup.connection == job->connection &&
        pool_session_refill(session, job, now_ms, &error) != BASE_OK) {
        pool_source_fail_session(source, session, &error, now_ms);
    }
    pool_job_unref(job);
}

void pool_source_run_sessions(struct pool_source *source, const struct pool_wait *waits,
                              size_t count)
{
    uint64_t now_ms = base_clock_ms();
    (void)pthread_mutex_lock(&source->lock);
    double rate = source->rate;
    (void)pthread_mutex_unlock(&source->lock);
    for (size_t i = 0; i < POOL_SESSIONS_MAX; i++) {
        struct pool_session *session = source->sessions[i];
        struct base_error error = {BASE_OK, ""};
        bool readable = false;
        if (session == NULL) {
            continue;
        }
        for (size_t j = 0; j < count; j++) {
            readable = readable || (waits[j].link == session->link && waits[j].readable);
        }
        enum base_status status = pool_session_run(session, readable, now_ms, &error);
        if (status == BASE_OK && session->role == POOL_SESSION_SERVING) {
            status = pool_session_rate(session, rate, now_ms, &error);
        }
        if (status == BASE_OK) {
            status = pool_source_check_session(source, session, now_ms, &error);
        }
        if (status != BASE_OK) {
            pool_source_fail_session(source, session, &error, now_ms);
            continue;
        }
        bool idle = session->protocol == NULL || session->ops->pending(session->protocol) == 0;
        if (session->role == POOL_SESSION_LEAVING && (idle || now_ms >= session->leave_ms)) {
            pool_source_drop_session(source, session);
        }
    }
}
