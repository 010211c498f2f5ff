/* source_health.c: when a connected server is given up: silence, refusals in a row, work
 * that is older than another server's. Part of the source, see source_private.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/target.h"
#include "protocol/job.h"
#include "source/source_private.h"

enum {
    NEXT_SILENCE_MS = 8000, /* at least, where there is another server */
    /* A server's own pace says how long its silence may be: so many times the longest of its last
     * gaps, once so many are known. Where jobs come at random with mean m, the longest of 32 gaps
     * is about 4 m, and a gap of 6 times that has a chance of 10^-10. */
    GAP_TIMES = 6,
    GAPS_KNOWN = 8,
    FRESH_MS = 3000, /* after refusals in a row: wait for fresh work, then reconnect */
};

/* ---- silence --------------------------------------------------------------------------------- */

/* When a server that has no session may be tried. */
static uint64_t other_server_ms(const struct pool_source *source)
{
    uint32_t busy = 0;
    for (size_t i = 0; i < POOL_SESSIONS_MAX; i++) {
        const struct pool_session *session = source->sessions[i];
        busy |= session == NULL ? 0 : 1U << session->server;
    }
    return pool_failover_due_ms(&source->failover, source->failover.count, busy);
}

void pool_source_note_job(struct pool_session *session, uint64_t now_ms)
{
    if (session->job_ms != 0 && now_ms > session->job_ms) {
        uint64_t gap_ms = now_ms - session->job_ms;
        session->gaps_ms[session->gap_count++ % POOL_SESSION_GAPS] =
            gap_ms < UINT32_MAX ? (uint32_t)gap_ms : UINT32_MAX;
    }
    session->job_ms = now_ms;
}

/* How long a session may be silent when there is another server to go to. */
static uint64_t early_silence_ms(const struct pool_session *session)
{
    uint64_t longest_ms = 0;
    if (session->service->limits.silence_early != 0) {
        return session->service->limits.silence_early;
    }
    if (session->gap_count < GAPS_KNOWN) {
        return session->service->limits.silence;
    }
    for (size_t i = 0; i < POOL_SESSION_GAPS && i < session->gap_count; i++) {
        longest_ms = session->gaps_ms[i] > longest_ms ? session->gaps_ms[i] : longest_ms;
    }
    longest_ms *= GAP_TIMES;
    return longest_ms > NEXT_SILENCE_MS ? longest_ms : NEXT_SILENCE_MS;
}

/* Longest time a session may go without a usable job, and since when that counts. A quiet server is
 * left early only when there is another one: it may be quiet because its network is. */
uint64_t pool_source_silence_due_ms(const struct pool_source *source,
                                    const struct pool_session *session)
{
    const struct pool_limits *limits = &session->service->limits;
    bool several = source->config.server_count > 1;
    uint32_t silence_ms = source->config.silence_timeout_ms;
    uint32_t first_ms = source->config.first_job_timeout_ms;
    bool early = silence_ms == 0;
    if (silence_ms == 0) {
        silence_ms = limits->silence;
    }
    if (first_ms == 0) {
        first_ms = several ? limits->first_job_early : limits->first_job;
    }
    if (session->connected_ms == 0 || session->role == POOL_SESSION_LEAVING) {
        return UINT64_MAX; /* connecting has its own time limit */
    }
    if (session->job_ms == 0) {
        return session->connected_ms + first_ms;
    }
    uint64_t other_ms = early ? other_server_ms(source) : UINT64_MAX;
    uint64_t early_ms = session->job_ms + early_silence_ms(session);
    early_ms = early_ms > other_ms ? early_ms : other_ms;
    return early_ms < session->job_ms + silence_ms ? early_ms : session->job_ms + silence_ms;
}

/* Asked again after twice the time. */
uint64_t pool_source_ask_due_ms(const struct pool_source *source,
                                const struct pool_session *session)
{
    uint64_t ask_ms = source->config.ask_after_ms;
    if (ask_ms == 0) {
        ask_ms = session->service->limits.ask;
    }
    if (session != source->serving || session->service->inquiry == NULL || ask_ms == 0 ||
        session->job_ms == 0 || source->stop_ms != UINT64_MAX) {
        return UINT64_MAX;
    }
    return session->asked_ms == 0 ? session->job_ms + ask_ms : session->asked_ms + 2 * ask_ms;
}

/* A node that serves has given no job for long. */
static void ask_why(struct pool_source *source, struct pool_session *session, uint64_t now_ms)
{
    char name[320];
    if (session->asked_ms == 0) {
        pool_source_tell(source, POOL_EVENT_INFO, session->server,
                         "%s gives no templates since %.0f s, asking it why",
                         pool_source_name(source, session->server, name),
                         (double)(now_ms - session->job_ms) / 1000.0);
    }
    session->asked_ms = now_ms;
    pool_diagnosis_begin(&source->diagnosis, session->service->inquiry, &source->config,
                         &source->options[session->server], session->server, POOL_SYMPTOM_QUIET,
                         now_ms);
}

void pool_source_end_quiet(struct pool_source *source, struct pool_session *session,
                           uint64_t now_ms)
{
    char name[320];
    if (session->asked_ms == 0) {
        return;
    }
    session->asked_ms = 0;
    pool_source_tell(source, POOL_EVENT_INFO, session->server,
                     "%s gives templates again, after %.0f s",
                     pool_source_name(source, session->server, name),
                     (double)(now_ms - session->job_ms) / 1000.0);
}

/* ---- old work -------------------------------------------------------------------------------- */

void pool_source_note_height(struct pool_source *source, const struct pool_job *job)
{
    if (job->chain < POOL_CHAINS_MAX) {
        source->heights[job->chain] = job->height;
    }
}

bool pool_source_is_behind(struct pool_source *source, struct pool_session *session,
                           const struct pool_job *job)
{
    uint64_t theirs = job->chain < POOL_CHAINS_MAX ? source->heights[job->chain] : 0;
    bool known = session->behind > 0;
    session->behind = 0;
    if (source->serving != NULL && job->height != 0 &&
        theirs > job->height + source->config.behind_max) {
        session->behind = theirs - job->height;
    }
    if (session->behind > 0 && !known) {
        char name[320];
        pool_source_tell(source, POOL_EVENT_INFO, session->server,
                         "%s gives work again, but %" PRIu64 " blocks behind that in hand: not yet "
                         "taken",
                         pool_source_name(source, session->server, name), session->behind);
    }
    return session->behind > 0;
}

/* ---- refusals -------------------------------------------------------------------------------- */

/* Counts only what the server itself has refused, and what was hashed after its work was renewed.
 * Not counted: finds of an outage that are too old when the server is back, stale ones, and those
 * that were sent although they are no share, because they meet the block target. */
void pool_source_count_verdict(struct pool_source *source, const struct pool_session *session,
                               const struct pool_output *output)
{
    struct pool_refusals *refusals = &source->refusals;
    enum pool_verdict verdict = output->verdict;
    const struct pool_submission *submission = output->submission;
    bool no_share =
        submission->block && !base_target_meets(submission->hash_be, submission->job->target_be);
    if (session != source->serving || submission->sent_ns == 0 || no_share ||
        submission->job->id <= refusals->since_job_id) {
        return;
    }
    if (verdict == POOL_ACCEPTED) {
        refusals->count = 0;
        source->servers[session->server].refusal_step = 0;
    } else if (verdict != POOL_UNANSWERED && verdict != POOL_NOT_SENT && verdict != POOL_STALE) {
        refusals->count++;
        (void)snprintf(refusals->text, sizeof(refusals->text), "%s",
                       output->text != NULL && output->text[0] != '\0'
                           ? output->text
                           : pool_verdict_text(verdict));
    }
}

void pool_source_note_fresh(struct pool_source *source)
{
    source->refusals.fresh_by_ms = UINT64_MAX;
}

/* The next step about refusals: fresh work, a fresh connection, another server. */
static enum base_status take_step(struct pool_source *source, struct pool_session *session,
                                  uint64_t now_ms, struct base_error *error)
{
    struct pool_refusals *refusals = &source->refusals;
    unsigned *step = &source->servers[session->server].refusal_step;
    char name[320];
    unsigned refused = refusals->count;
    refusals->count = 0;
    *step += 1;
    if (*step == 1) {
        pool_source_tell(
            source, POOL_EVENT_WARNING, session->server,
            "%s has refused %u finds in a row (%s): work in hand is dropped, fresh work "
            "awaited",
            pool_source_name(source, session->server, name), refused, refusals->text);
        refusals->since_job_id = source->next_job_id;
        refusals->fresh_by_ms = now_ms + FRESH_MS;
        pool_source_tell(source, POOL_EVENT_NO_JOBS, session->server,
                         "the work in hand is refused");
        return BASE_OK;
    }
    session->again = *step == 2;
    session->refusing = *step > 2;
    return base_error_set(error, BASE_E_IO, "the last %u submissions were all refused (%.200s)%s",
                          refused, refusals->text, session->again ? "; connecting anew" : "");
}

/* ---- all together ---------------------------------------------------------------------------- */

enum base_status pool_source_check_session(struct pool_source *source, struct pool_session *session,
                                           uint64_t now_ms, struct base_error *error)
{
    uint64_t due_ms = pool_source_silence_due_ms(source, session);
    if (now_ms >= due_ms) {
        uint64_t since_ms = session->job_ms == 0 ? session->connected_ms : session->job_ms;
        if (session->role == POOL_SESSION_CANDIDATE && session->behind > 0) {
            return base_error_set(error, BASE_E_TIMEOUT, "its work is %" PRIu64 " blocks behind",
                                  session->behind);
        }
        return base_error_set(error, BASE_E_TIMEOUT, "connected, but no job for %.1f s",
                              (double)(due_ms - since_ms) / 1000.0);
    }
    if (now_ms >= pool_source_ask_due_ms(source, session)) {
        ask_why(source, session, now_ms);
    }
    if (session == source->serving && source->refusals.count >= source->config.reject_limit) {
        return take_step(source, session, now_ms, error);
    }
    if (session == source->serving && now_ms >= source->refusals.fresh_by_ms) {
        source->refusals.fresh_by_ms = UINT64_MAX;
        source->servers[session->server].refusal_step = 2;
        session->again = true;
        return base_error_set(error, BASE_E_TIMEOUT,
                              "its work was refused, and no fresh work has come; connecting anew");
    }
    return pool_session_tick(session, now_ms, error);
}
