/* source.c: a source of jobs: the event thread that keeps one server serving, tries better ones
 * beside it, and brings finds to where they belong. See pool.h for the contract. Which server is
 * tried when is failover.c; one connection is session.c. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/target.h"
#include "failover.h"
#include "job.h"
#include "output.h"
#include "session.h"
#include "source_config.h"

enum {
    SESSIONS_MAX = 6,     /* one serves, others are tried or leave */
    HEDGE_MS = 2000,      /* a candidate that gave no job for so long is not waited for alone */
    LEAVE_MS = 5000,      /* a replaced session may wait so long for answers */
    HOLD_NODE_MS = 30000, /* a find waits so long for its node: templates outlive connections */
    HOLD_POOL_MS = 10000, /* and so long for its pool, whose jobs expire (alephium.md 6.5) */
    NODE_SILENCE_MS = 60000,
    POOL_SILENCE_MS = 150000,
    QUICK_CLOSE_MS = 3000, /* a pool that closes within this, without a byte, has banned us */
};

struct pool_source {
    struct pool_config config; /* constant once the thread runs */
    struct pool_transport_options options;
    pthread_t thread;
    int wake_fd; /* eventfd */

    pthread_mutex_t lock; /* guards the next four */
    struct pool_pending queue;
    size_t taken; /* finds taken and without verdict: queue, held and sent ones */
    bool stopping;
    uint32_t drain_ms;

    /* The rest belongs to the event thread. */
    struct pool_failover failover;
    struct pool_session *sessions[SESSIONS_MAX]; /* owned; NULL: free place */
    struct pool_session *serving;                /* one of them or NULL */
    struct pool_pending held;                    /* finds that wait for their server */
    uint64_t next_job_id;
    uint64_t next_connection;
    uint64_t drop_jobs_ms;   /* without a server, NO_JOBS is due then; UINT64_MAX: no */
    uint64_t stop_ms;        /* draining ends then; UINT64_MAX: not stopping */
    unsigned refused_in_row; /* verdicts of the serving server */
    struct {
        bool shy;            /* it hung up on our optional requests */
        uint16_t moved_port; /* for the next attempt only; 0: the configured one */
    } servers[POOL_SERVERS_MAX];
};

/* ---- events ---------------------------------------------------------------------------------- */

BASE_PRINTF(4, 5)
static void tell(struct pool_source *source, enum pool_event_kind kind, unsigned server,
                 const char *format, ...)
{
    char text[POOL_TEXT_MAX + 128];
    struct pool_event event = {.kind = kind, .text = text, .server = server};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    source->config.on_event(source->config.user, &event);
}

static const char *name_of(const struct pool_source *source, unsigned server, char text[320])
{
    return pool_server_name(text, 320, &source->config.servers[server]);
}

static void free_submission(struct pool_source *source, struct pool_submission *submission)
{
    pool_job_unref(submission->job);
    base_free(submission->solution);
    base_free(submission);
    (void)pthread_mutex_lock(&source->lock);
    source->taken--;
    (void)pthread_mutex_unlock(&source->lock);
}

/* The one VERDICT of a find; frees it. */
static void judge(struct pool_source *source, struct pool_submission *submission,
                  enum pool_verdict verdict, bool block, const char *text)
{
    struct pool_event event = {
        .kind = POOL_EVENT_VERDICT,
        .text = text,
        .job = submission->job,
        .verdict = verdict,
        .block = block,
        .hash_be = submission->hash_be,
        .tag = submission->tag,
        .delay_ns = submission->sent_ns == 0 ? 0 : base_clock_ns() - submission->sent_ns,
        .server = pool_job_full(submission->job)->server,
    };
    source->config.on_event(source->config.user, &event);
    free_submission(source, submission);
}

static bool is_node(const struct pool_source *source, unsigned server)
{
    return source->config.servers[server].scheme == POOL_DAEMON_TCP;
}

/* A candidate has given its first job: its work replaces that of the session before. */
static void promote(struct pool_source *source, struct pool_session *session, uint64_t now_ms)
{
    char name[320];
    if (source->serving != NULL) {
        source->serving->role = POOL_SESSION_LEAVING;
        source->serving->leave_ms = now_ms + LEAVE_MS;
    }
    session->role = POOL_SESSION_SERVING;
    source->serving = session;
    for (size_t i = 0; i < SESSIONS_MAX; i++) { /* candidates that are no better are let go */
        struct pool_session *other = source->sessions[i];
        if (other != NULL && other->role == POOL_SESSION_CANDIDATE &&
            other->server > session->server) {
            other->role = POOL_SESSION_LEAVING;
            other->leave_ms = now_ms;
        }
    }
    source->drop_jobs_ms = UINT64_MAX;
    source->refused_in_row = 0;
    tell(source, POOL_EVENT_CONNECTED, session->server, "%s, %s",
         name_of(source, session->server, name), session->dialect);
}

static void count_refusals(struct pool_source *source, const struct pool_session *session,
                           enum pool_verdict verdict)
{
    if (session != source->serving) {
        return;
    }
    if (verdict == POOL_ACCEPTED) {
        source->refused_in_row = 0;
    } else if (verdict != POOL_UNANSWERED && verdict != POOL_NOT_SENT) {
        source->refused_in_row++;
    }
}

static enum base_status on_output(void *user, struct pool_session *session,
                                  const struct pool_output *output)
{
    struct pool_source *source = user;
    struct pool_event event = {.text = output->text, .server = session->server};
    uint64_t now_ms = base_clock_ms();
    switch (output->kind) {
    case POOL_OUTPUT_JOB:
        if (session->role == POOL_SESSION_CANDIDATE) {
            promote(source, session, now_ms);
        }
        if (session->role == POOL_SESSION_SERVING) {
            event.kind = POOL_EVENT_JOB;
            event.job = output->job;
            source->config.on_event(source->config.user, &event);
        }
        break;
    case POOL_OUTPUT_ALIVE:
        session->job_ms = now_ms;
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
        count_refusals(source, session, output->verdict);
        judge(source, output->submission, output->verdict, output->block, output->text);
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
    case POOL_OUTPUT_PORT:
        session->moved_port = output->port;
        break;
    case POOL_OUTPUT_SEND:
    case POOL_OUTPUT_READY:
        break;
    }
    return BASE_OK;
}

/* ---- sessions -------------------------------------------------------------------------------- */

static struct pool_session *find_session(const struct pool_source *source, int server,
                                         enum pool_session_role role)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct pool_session *session = source->sessions[i];
        if (session != NULL &&
            (server < 0 ? session->role == role : session->server == (unsigned)server)) {
            return session;
        }
    }
    return NULL;
}

static void drop_session(struct pool_source *source, struct pool_session *session)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (source->sessions[i] == session) {
            source->sessions[i] = NULL;
        }
    }
    if (source->serving == session) {
        source->serving = NULL;
    }
    pool_session_close(session);
}

static enum pool_failure failure_kind(const struct pool_source *source,
                                      const struct pool_session *session,
                                      const struct base_error *error, uint64_t now_ms)
{
    if (is_node(source, session->server)) {
        return POOL_FAILURE_ORDINARY;
    }
    if (error->status == BASE_E_REFUSED && session->heard) {
        return POOL_FAILURE_LOGIN;
    }
    /* Not yet when the pool may have disliked our optional requests: the next try goes without. */
    bool quick = session->connected_ms != 0 && !session->heard && session->setup.shy &&
                 now_ms - session->connected_ms < QUICK_CLOSE_MS;
    return quick ? POOL_FAILURE_BAN : POOL_FAILURE_ORDINARY;
}

/* A session has failed: note it, say so, and let the others take over. */
static void fail_session(struct pool_source *source, struct pool_session *session,
                         const struct base_error *error, uint64_t now_ms)
{
    char name[320];
    unsigned server = session->server;
    bool served = session->first_job_ms != 0;
    uint64_t served_ms = served ? now_ms - session->first_job_ms : 0;
    enum pool_failure failure = failure_kind(source, session, error, now_ms);
    if (session->role == POOL_SESSION_LEAVING) {
        drop_session(source, session);
        return;
    }
    uint32_t wait_ms = pool_failover_failed(&source->failover, server, failure, served_ms, now_ms);
    source->servers[server].moved_port = session->moved_port;
    if (!served && session->connected_ms != 0 && !is_node(source, server)) {
        source->servers[server].shy = true;
    }
    if (session->role == POOL_SESSION_SERVING) {
        source->drop_jobs_ms = now_ms + source->config.keep_jobs_ms;
    }
    bool quiet = session->probe && session->role == POOL_SESSION_CANDIDATE;
    drop_session(source, session);
    if (!quiet) {
        tell(source, POOL_EVENT_DISCONNECTED, server, "%s: %s; next try in %.1f s%s",
             name_of(source, server, name), error->text, (double)wait_ms / 1000.0,
             failure == POOL_FAILURE_BAN ? " (closed at once: banned, or too many connections?)"
                                         : "");
    }
}

static void open_session(struct pool_source *source, unsigned server, uint64_t now_ms)
{
    char name[320];
    struct base_error error = {BASE_OK, ""};
    struct pool_session *session = find_session(source, (int)server, POOL_SESSION_LEAVING);
    const struct pool_server *target = &source->config.servers[server];
    uint16_t port = target->port;
    size_t place = 0;
    if (session != NULL) { /* it is on its way out; one connection a server is enough */
        drop_session(source, session);
    }
    while (place < SESSIONS_MAX && source->sessions[place] != NULL) {
        place++;
    }
    if (place == SESSIONS_MAX) {
        session = find_session(source, -1, POOL_SESSION_LEAVING);
        BASE_ASSERT(session != NULL); /* look_round saw to it */
        drop_session(source, session);
        open_session(source, server, now_ms);
        return;
    }
    if (source->servers[server].moved_port != 0) {
        port = source->servers[server].moved_port;
        source->servers[server].moved_port = 0;
    }
    struct pool_protocol_setup setup = {
        .server = target,
        .server_index = server,
        .agent = source->config.agent,
        .connection = ++source->next_connection,
        .next_job_id = &source->next_job_id,
        .answer_timeout_ms = source->config.answer_timeout_ms,
        .shy = source->servers[server].shy,
    };
    bool probe = source->serving != NULL;
    if (!probe) {
        tell(source, POOL_EVENT_CONNECTING, server, "%s", name_of(source, server, name));
    }
    if (pool_session_open(&session, &source->options, pool_source_protocol(target), &setup, port,
                          now_ms, &error) != BASE_OK) {
        uint32_t wait_ms =
            pool_failover_failed(&source->failover, server, POOL_FAILURE_ORDINARY, 0, now_ms);
        tell(source, POOL_EVENT_DISCONNECTED, server, "%s: %s; next try in %.1f s",
             name_of(source, server, name), error.text, (double)wait_ms / 1000.0);
        return;
    }
    session->probe = probe;
    session->on_output = on_output;
    session->user = source;
    source->sessions[place] = session;
}

/* What may be tried beside what is there: servers better than the serving one and better than any
 * candidate; worse than a candidate only once that has kept us waiting for HEDGE_MS. */
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
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
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
    if (used == SESSIONS_MAX) { /* enough is being tried */
        search.below = 0;
        search.hedge_below = 0;
    }
    return search;
}

/* Try the best server that is worth trying now. */
static void open_candidate(struct pool_source *source, uint64_t now_ms)
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
static uint64_t candidate_due_ms(const struct pool_source *source)
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

/* Longest time a session may go without a usable job, and since when that counts. */
static uint64_t silence_due_ms(const struct pool_source *source, const struct pool_session *session)
{
    uint32_t silence_ms = source->config.silence_timeout_ms;
    uint32_t first_ms = source->config.first_job_timeout_ms;
    if (silence_ms == 0) {
        silence_ms = is_node(source, session->server) ? NODE_SILENCE_MS : POOL_SILENCE_MS;
    }
    if (first_ms == 0) {
        first_ms = source->config.server_count > 1 ? 10000 : silence_ms;
    }
    if (session->connected_ms == 0 || session->role == POOL_SESSION_LEAVING) {
        return UINT64_MAX; /* connecting has its own time limit */
    }
    return session->job_ms == 0 ? session->connected_ms + first_ms : session->job_ms + silence_ms;
}

/* Time limits and verdict counts of one session. Anything but BASE_OK: it has failed. */
static enum base_status check_session(struct pool_source *source, struct pool_session *session,
                                      uint64_t now_ms, struct base_error *error)
{
    if (now_ms >= silence_due_ms(source, session)) {
        uint64_t since_ms = session->job_ms == 0 ? session->connected_ms : session->job_ms;
        return base_error_set(error, BASE_E_TIMEOUT, "connected, but no job for %.1f s",
                              (double)(now_ms - since_ms) / 1000.0);
    }
    if (session == source->serving && source->refused_in_row >= source->config.reject_limit) {
        return base_error_set(error, BASE_E_IO, "the last %u submissions were all refused",
                              source->refused_in_row);
    }
    return session->protocol == NULL ? BASE_OK
                                     : session->ops->tick(session->protocol, now_ms, error);
}

static void run_sessions(struct pool_source *source, const struct pool_wait *waits, size_t count)
{
    uint64_t now_ms = base_clock_ms();
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
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
        if (status == BASE_OK) {
            status = check_session(source, session, now_ms, &error);
        }
        if (status != BASE_OK) {
            fail_session(source, session, &error, now_ms);
            continue;
        }
        bool idle = session->protocol == NULL || session->ops->pending(session->protocol) == 0;
        if (session->role == POOL_SESSION_LEAVING && (idle || now_ms >= session->leave_ms)) {
            drop_session(source, session);
        }
    }
}

/* ---- finds ----------------------------------------------------------------------------------- */

static void take_queue(struct pool_source *source)
{
    struct pool_pending queue;
    (void)pthread_mutex_lock(&source->lock);
    queue = source->queue;
    pool_pending_init(&source->queue);
    if (source->stopping && source->stop_ms == UINT64_MAX) {
        source->stop_ms = base_clock_ms() + source->drain_ms;
    }
    (void)pthread_mutex_unlock(&source->lock);
    if (queue.count == 0) {
        return;
    }
    struct pool_submission *submission = queue.first;
    while (submission != NULL) {
        struct pool_submission *next = submission->next;
        pool_pending_add(&source->held, submission);
        submission = next;
    }
}

static uint64_t hold_until_ms(const struct pool_source *source,
                              const struct pool_submission *submission)
{
    unsigned server = pool_job_full(submission->job)->server;
    return submission->found_ns / 1000000U +
           (is_node(source, server) ? HOLD_NODE_MS : HOLD_POOL_MS);
}

/* Send every held find whose server is there; give up those that waited too long. */
static void deliver(struct pool_source *source)
{
    uint64_t now_ms = base_clock_ms();
    struct pool_pending again;
    struct pool_submission *submission = NULL;
    pool_pending_init(&again);
    while ((submission = pool_pending_pop(&source->held)) != NULL) {
        unsigned server = pool_job_full(submission->job)->server;
        struct pool_session *session = find_session(source, (int)server, POOL_SESSION_SERVING);
        struct base_error error = {BASE_OK, ""};
        enum base_status status = BASE_E_AGAIN;
        if (session != NULL) {
            status = pool_session_submit(session, submission, now_ms, &error);
        }
        if (status == BASE_OK) {
            continue;
        }
        if (status != BASE_E_AGAIN) {
            fail_session(source, session, &error, now_ms);
        }
        if (now_ms >= hold_until_ms(source, submission)) {
            judge(source, submission, POOL_NOT_SENT, false, "its server did not come back in time");
        } else {
            pool_pending_add(&again, submission);
        }
    }
    while ((submission = pool_pending_pop(&again)) != NULL) {
        pool_pending_add(&source->held, submission);
    }
}

/* True once nothing is left that could still be sent or answered. */
static bool drained(const struct pool_source *source)
{
    for (const struct pool_submission *held = source->held.first; held != NULL; held = held->next) {
        if (find_session(source, (int)pool_job_full(held->job)->server, POOL_SESSION_SERVING) !=
            NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        const struct pool_session *session = source->sessions[i];
        if (session != NULL && session->protocol != NULL &&
            (session->ops->pending(session->protocol) > 0 || pool_buffer_size(&session->out) > 0)) {
            return false;
        }
    }
    return true;
}

/* ---- the event thread ------------------------------------------------------------------------ */

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When something is due even if no byte comes. */
static uint64_t due_ms(const struct pool_source *source)
{
    uint64_t due = min_u64(source->drop_jobs_ms, source->stop_ms);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        const struct pool_session *session = source->sessions[i];
        if (session == NULL) {
            continue;
        }
        due = min_u64(due, silence_due_ms(source, session));
        if (session->role == POOL_SESSION_LEAVING) {
            due = min_u64(due, session->leave_ms);
        }
        if (session->protocol != NULL) {
            due = min_u64(due, session->ops->due_ms(session->protocol));
        }
        /* Freshly opened links want to be begun, and half-read ones to be read on. */
        if (session->more ||
            (session->protocol == NULL && pool_link_state(session->link) != POOL_LINK_CONNECTING)) {
            due = 0;
        }
    }
    due = min_u64(due, candidate_due_ms(source));
    for (const struct pool_submission *held = source->held.first; held != NULL; held = held->next) {
        due = min_u64(due, hold_until_ms(source, held));
    }
    return due;
}

static void wait_for_something(struct pool_source *source)
{
    struct pool_wait waits[SESSIONS_MAX];
    size_t count = 0;
    uint64_t now_ms = base_clock_ms();
    uint64_t due = due_ms(source);
    uint64_t woken = 0;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct pool_session *session = source->sessions[i];
        if (session != NULL) {
            waits[count++] = (struct pool_wait){.link = session->link,
                                                .want_send = pool_buffer_size(&session->out) > 0};
        }
    }
    pool_transport_wait(waits, count, source->wake_fd, due > now_ms ? due - now_ms : 0);
    (void)!read(source->wake_fd, &woken, sizeof(woken)); /* non-blocking: resets the counter */
    run_sessions(source, waits, count);
}

static void *event_thread(void *user)
{
    struct pool_source *source = user;
    struct pool_submission *submission = NULL;
    for (;;) {
        take_queue(source);
        deliver(source);
        if (source->stop_ms != UINT64_MAX &&
            (base_clock_ms() >= source->stop_ms || drained(source))) {
            break;
        }
        open_candidate(source, base_clock_ms());
        if (base_clock_ms() >= source->drop_jobs_ms) {
            source->drop_jobs_ms = UINT64_MAX;
            tell(source, POOL_EVENT_NO_JOBS, 0, "no server for %.0f s: work in hand is too old",
                 (double)source->config.keep_jobs_ms / 1000.0);
        }
        wait_for_something(source);
    }
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (source->sessions[i] != NULL) {
            drop_session(source, source->sessions[i]);
        }
    }
    take_queue(source);
    while ((submission = pool_pending_pop(&source->held)) != NULL) {
        judge(source, submission, POOL_NOT_SENT, false, "stopped before it could be sent");
    }
    return NULL;
}

/* ---- interface ------------------------------------------------------------------------------- */

static void wake(struct pool_source *source)
{
    uint64_t one = 1;
    (void)!write(source->wake_fd, &one, sizeof(one)); /* full means: awake already */
}

/* The thread handles no signal of the program, and SIGPIPE of a broken TLS stream is an error
 * code, not a death. */
static int start_thread(struct pool_source *source)
{
    sigset_t all;
    sigset_t old;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    int result = pthread_create(&source->thread, NULL, event_thread, source);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return result;
}

enum base_status pool_source_start(struct pool_source **out, const struct pool_config *config,
                                   struct base_error *error)
{
    *out = NULL;
    struct pool_source *source = base_alloc(1, sizeof(*source));
    uint64_t seed = config->jitter_seed;
    if (source == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a connection");
    }
    source->wake_fd = -1;
    enum base_status status = pool_source_config(&source->config, &source->options, config, error);
    if (status != BASE_OK) {
        goto out;
    }
    if (seed == 0 && base_random_os(&seed, sizeof(seed)) != BASE_OK) {
        seed = base_clock_ns(); /* jitter only: any spread will do */
    }
    pool_failover_init(&source->failover, &source->config, seed);
    pool_pending_init(&source->queue);
    pool_pending_init(&source->held);
    source->drop_jobs_ms = UINT64_MAX;
    source->stop_ms = UINT64_MAX;
    source->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (source->wake_fd < 0) {
        status = base_error_set(error, BASE_E_IO, "no event descriptor: %s", strerror(errno));
        goto out;
    }
    status = pool_transport_start(error);
    if (status != BASE_OK) {
        goto out;
    }
    (void)pthread_mutex_init(&source->lock, NULL);
    if (start_thread(source) != 0) {
        (void)pthread_mutex_destroy(&source->lock);
        pool_transport_stop();
        status = base_error_set(error, BASE_E_IO, "the network thread cannot be started");
        goto out;
    }
    *out = source;
out:
    if (status != BASE_OK) {
        if (source->wake_fd >= 0) {
            (void)close(source->wake_fd);
        }
        base_free(source);
    }
    return status;
}

enum base_status pool_source_submit(struct pool_source *source, const struct pool_find *find)
{
    struct pool_submission *submission = base_alloc(1, sizeof(*submission));
    enum base_status status = BASE_OK;
    if (submission == NULL) {
        return BASE_E_MEMORY;
    }
    memcpy(submission->nonce, find->nonce, sizeof(submission->nonce));
    memcpy(submission->hash_be, find->hash_be, sizeof(submission->hash_be));
    submission->found_ns = find->found_ns;
    submission->tag = find->tag;
    if (find->solution_size > 0) {
        submission->solution = base_alloc(find->solution_size, 1);
        if (submission->solution == NULL) {
            base_free(submission);
            return BASE_E_MEMORY;
        }
        memcpy(submission->solution, find->solution, find->solution_size);
        submission->solution_size = find->solution_size;
    }
    submission->job = pool_job_ref(find->job);
    (void)pthread_mutex_lock(&source->lock);
    if (source->taken >= POOL_FINDS_MAX || source->stopping) {
        status = BASE_E_FULL;
    } else {
        pool_pending_add(&source->queue, submission);
        source->taken++;
    }
    (void)pthread_mutex_unlock(&source->lock);
    if (status != BASE_OK) {
        pool_job_unref(submission->job);
        base_free(submission->solution);
        base_free(submission);
        return status;
    }
    wake(source);
    return BASE_OK;
}

void pool_source_stop(struct pool_source *source, uint32_t drain_ms)
{
    if (source == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&source->lock);
    source->stopping = true;
    source->drain_ms = drain_ms;
    (void)pthread_mutex_unlock(&source->lock);
    wake(source);
    (void)pthread_join(source->thread, NULL);
    (void)pthread_mutex_destroy(&source->lock);
    (void)close(source->wake_fd);
    pool_transport_stop();
    base_free(source);
}
