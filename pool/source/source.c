/* source.c: a source of jobs: the event thread that keeps one server serving, tries better ones
 * beside it, and hands finds to their servers. See pool.h for the contract and source_private.h for
 * the parts. */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/thread.h"
#include "protocol/job.h"
#include "source/source_config.h"
#include "source/source_private.h"

BASE_PRINTF(4, 5)
void pool_source_tell(struct pool_source *source, enum pool_event_kind kind, unsigned server,
                      const char *format, ...)
{
    char text[POOL_TEXT_MAX + 128];
    struct pool_event event = {.kind = kind, .text = text, .server = server};
    va_list arguments;
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): lost when the checker inlines this */
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    source->config.on_event(source->config.user, &event);
}

const char *pool_source_name(const struct pool_source *source, unsigned server, char text[320])
{
    return pool_server_name(text, 320, &source->config.servers[server]);
}

const struct pool_service *pool_source_service(const struct pool_source *source, unsigned server)
{
    return pool_coin_service(source->config.coin, &source->config.servers[server]);
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
    for (size_t i = 0; i < POOL_SESSIONS_MAX; i++) {
        const struct pool_session *session = source->sessions[i];
        if (session == NULL) {
            continue;
        }
        due = min_u64(due, pool_source_silence_due_ms(source, session));
        due = min_u64(due, pool_source_ask_due_ms(source, session));
        due = session == source->serving ? min_u64(due, source->refusals.fresh_by_ms) : due;
        if (session->role == POOL_SESSION_LEAVING) {
            due = min_u64(due, session->leave_ms);
        }
        if (session->protocol != NULL) {
            due = min_u64(due, session->ops->due_ms(session->protocol));
        }
        /* Links that were just opened or have more bytes to read are served at once. */
        if (pool_session_hurries(session)) {
            due = 0;
        }
    }
    due = min_u64(due, pool_source_candidate_due_ms(source));
    due = min_u64(due, pool_source_look_due_ms(source));
    for (const struct pool_submission *held = source->held.first; held != NULL; held = held->next) {
        due = min_u64(due, pool_source_hold_until_ms(source, held));
    }
    return due;
}

static void wait_for_something(struct pool_source *source)
{
    struct pool_wait waits[POOL_SESSIONS_MAX * POOL_CALLS_MAX + 2];
    size_t count = 0;
    uint64_t now_ms = base_clock_ms();
    uint64_t due = due_ms(source);
    uint64_t woken = 0;
    for (size_t i = 0; i < POOL_SESSIONS_MAX; i++) {
        struct pool_session *session = source->sessions[i];
        if (session != NULL) {
            count += pool_session_waits(session, waits + count);
        }
    }
    size_t sessions = count;
    if (source->diagnosis.link != NULL) {
        waits[count++] = (struct pool_wait){.link = source->diagnosis.link};
    }
    if (source->watch.link != NULL) {
        waits[count++] = (struct pool_wait){.link = source->watch.link};
    }
    pool_transport_wait(waits, count, source->wake_fd, due > now_ms ? due - now_ms : 0);
    (void)!read(source->wake_fd, &woken, sizeof(woken)); /* non-blocking: resets the counter */
    pool_source_run_sessions(source, waits, sessions);
    pool_source_look(source, base_clock_ms());
    const char *trouble = pool_recorder_trouble(source->recorder);
    if (trouble != NULL) {
        pool_source_tell(source, POOL_EVENT_WARNING, 0, "%s", trouble);
    }
    const char *why = pool_diagnosis_run(&source->diagnosis, &source->config,
                                         &source->options[source->diagnosis.server]);
    if (why != NULL) {
        char name[320];
        unsigned server = source->diagnosis.server;
        pool_source_tell(source,
                         source->diagnosis.inquiry.quiet && source->diagnosis.inquiry.fine
                             ? POOL_EVENT_INFO
                             : POOL_EVENT_WARNING,
                         server, "%s: %s", pool_source_name(source, server, name), why);
    }
}

static void *event_thread(void *user)
{
    struct pool_source *source = user;
    struct pool_submission *submission = NULL;
    (void)base_thread_prompt(); /* the cores are busy hashing, and a find must go out at once */
    for (;;) {
        pool_source_take_queue(source);
        pool_source_deliver(source);
        pool_source_do_refill(source);
        if (source->stop_ms != UINT64_MAX &&
            (base_clock_ms() >= source->stop_ms || pool_source_drained(source))) {
            break;
        }
        pool_source_open_candidate(source, base_clock_ms());
        if (base_clock_ms() >= source->drop_jobs_ms) {
            source->drop_jobs_ms = UINT64_MAX;
            pool_source_tell(source, POOL_EVENT_NO_JOBS, 0,
                             "no server for %.0f s: work in hand is too old",
                             (double)source->config.keep_jobs_ms / 1000.0);
        }
        wait_for_something(source);
    }
    pool_source_close_watch(source);
    for (size_t i = 0; i < POOL_SESSIONS_MAX; i++) {
        if (source->sessions[i] != NULL) {
            pool_source_drop_session(source, source->sessions[i]);
        }
    }
    pool_diagnosis_deinit(&source->diagnosis);
    pool_source_take_queue(source);
    while ((submission = pool_pending_pop(&source->held)) != NULL) {
        pool_source_give_up(source, submission,
                            submission->returns > 0 ? "stopped before the server judged it"
                                                    : "stopped before it could be sent");
    }
    return NULL;
}

/* ---- interface ------------------------------------------------------------------------------- */

static void wake(struct pool_source *source)
{
    uint64_t one = 1;
    (void)!write(source->wake_fd, &one, sizeof(one)); /* full: it will wake up anyway */
}

/* The thread handles no signal of the program, and SIGPIPE of a broken TLS stream is an error
 * code and does not end the program. */
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
    enum base_status status = pool_source_config(&source->config, source->options, config, error);
    for (size_t i = 0; i < POOL_SERVERS_MAX; i++) {
        source->options[i].last = &source->servers[i].last;
    }
    if (status == BASE_OK) {
        status = pool_coin_algo(&source->algo, source->config.coin, source->config.algo, error);
    }
    if (status != BASE_OK) {
        goto out;
    }
    if (seed == 0 && base_random_os(&seed, sizeof(seed)) != BASE_OK) {
        seed = base_clock_ns(); /* jitter only: any spread will do */
    }
    for (size_t i = 0; i < source->config.server_count; i++) {
        uint64_t *extranonce = &source->servers[i].memory.extranonce;
        if (base_random_os(extranonce, sizeof(*extranonce)) != BASE_OK) {
            *extranonce = base_clock_ns()
                          << 20; /* differs from other runs, though it can be guessed */
        }
    }
    pool_failover_init(&source->failover, &source->config, seed);
    pool_pending_init(&source->queue);
    pool_pending_init(&source->held);
    source->drop_jobs_ms = UINT64_MAX;
    source->stop_ms = UINT64_MAX;
    source->refusals.fresh_by_ms = UINT64_MAX;
    source->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (source->wake_fd < 0) {
        status = base_error_set(error, BASE_E_IO, "no event descriptor: %s", strerror(errno));
        goto out;
    }
    if (source->config.record_file[0] != '\0') {
        status = pool_recorder_open(&source->recorder, source->config.record_file,
                                    source->config.coin, source->config.algo, error);
        if (status != BASE_OK) {
            goto out;
        }
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
        pool_recorder_close(source->recorder);
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

void pool_source_refill(struct pool_source *source, const struct pool_job *job)
{
    if (pool_source_service(source, pool_job_full(job)->server)->ops->refill == NULL) {
        return; /* its nonces do not run out */
    }
    (void)pthread_mutex_lock(&source->lock);
    if (source->refill == NULL || source->refill->id < job->id) {
        pool_job_unref(source->refill);
        source->refill = pool_job_ref(job);
    }
    (void)pthread_mutex_unlock(&source->lock);
    wake(source);
}

void pool_source_set_rate(struct pool_source *source, double hashes_per_s)
{
    (void)pthread_mutex_lock(&source->lock);
    bool first = source->rate <= 0 && hashes_per_s > 0;
    source->rate = hashes_per_s;
    (void)pthread_mutex_unlock(&source->lock);
    if (first) {
        wake(source); /* later ones wait for the next turn */
    }
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
    pool_job_unref(source->refill);
    (void)pthread_mutex_destroy(&source->lock);
    (void)close(source->wake_fd);
    pool_transport_stop();
    pool_recorder_close(source->recorder);
    base_free(source);
}
