/* source_finds.c: the way of a find through a source: queue, held until its server is there, sent,
 * judged once. Part of the source, see source_private.h. */
#include "base/alloc.h"
#include "base/clock.h"
#include "protocol/job.h"
#include "source/source_private.h"

static void free_submission(struct pool_source *source, struct pool_submission *submission)
{
    pool_job_unref(submission->job);
    base_free(submission->solution);
    base_free(submission);
    (void)pthread_mutex_lock(&source->lock);
    source->taken--;
    (void)pthread_mutex_unlock(&source->lock);
}

void pool_source_judge(struct pool_source *source, struct pool_submission *submission,
                       enum pool_verdict verdict, bool block, const char *text)
{
    if (!pool_source_hold_unsure(source, submission, verdict, text)) {
        pool_source_end_find(source, submission, verdict, block, text);
    }
}

void pool_source_end_find(struct pool_source *source, struct pool_submission *submission,
                          enum pool_verdict verdict, bool block, const char *text)
{
    struct pool_event event = {
        .kind = POOL_EVENT_VERDICT,
        .text = text,
        .job = submission->job,
        .verdict = verdict,
        .hash_be = submission->hash_be,
        .tag = submission->tag,
        .delay_ns = submission->sent_ns == 0 ? 0 : base_clock_ns() - submission->sent_ns,
        .server = pool_job_full(submission->job)->server,
    };
    struct pool_block taken;
    if (verdict == POOL_ACCEPTED && block) {
        pool_source_block_taken(source, &taken, submission);
        event.found = &taken;
    }
    source->config.on_event(source->config.user, &event);
    free_submission(source, submission);
}

void pool_source_give_up(struct pool_source *source, struct pool_submission *submission,
                         const char *text)
{
    pool_source_judge(source, submission, submission->maybe_seen ? POOL_UNANSWERED : POOL_NOT_SENT,
                      false, text);
}

void pool_source_take_queue(struct pool_source *source)
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

uint64_t pool_source_hold_until_ms(const struct pool_source *source,
                                   const struct pool_submission *submission)
{
    unsigned server = pool_job_full(submission->job)->server;
    return submission->found_ns / 1000000U + pool_source_service(source, server)->limits.hold;
}

/* Send every held find whose server is there; give up those that waited too long, or came back too
 * often. */
void pool_source_deliver(struct pool_source *source)
{
    uint64_t now_ms = base_clock_ms();
    struct pool_pending again;
    struct pool_submission *submission = NULL;
    pool_pending_init(&again);
    while ((submission = pool_pending_pop(&source->held)) != NULL) {
        unsigned server = pool_job_full(submission->job)->server;
        struct pool_session *session =
            pool_source_find_session(source, (int)server, POOL_SESSION_SERVING);
        struct base_error error = {BASE_OK, ""};
        enum base_status status = BASE_E_AGAIN;
        bool over = now_ms >= pool_source_hold_until_ms(source, submission);
        if (session != NULL && !(over && submission->returns > 0)) {
            status = pool_session_submit(session, submission, now_ms, &error);
        }
        if (status == BASE_OK) {
            continue;
        }
        if (status != BASE_E_AGAIN) {
            pool_source_fail_session(source, session, &error, now_ms);
        }
        if (over) {
            pool_source_give_up(source, submission,
                                submission->returns > 0 ? "its server did not judge it in time"
                                                        : "its server did not come back in time");
        } else {
            pool_pending_add(&again, submission);
        }
    }
    while ((submission = pool_pending_pop(&again)) != NULL) {
        pool_pending_add(&source->held, submission);
    }
}

/* True once nothing is left that could still be sent or answered. */
bool pool_source_drained(const struct pool_source *source)
{
    if (pool_source_is_unsure(source)) {
        return false;
    }
    for (const struct pool_submission *held = source->held.first; held != NULL; held = held->next) {
        if (pool_source_find_session(source, (int)pool_job_full(held->job)->server,
                                     POOL_SESSION_SERVING) != NULL) {
            return false;
        }
    }
    for (size_t i = 0; i < POOL_SESSIONS_MAX; i++) {
        const struct pool_session *session = source->sessions[i];
        if (session != NULL && session->protocol != NULL &&
            (session->ops->pending(session->protocol) > 0 || pool_buffer_size(&session->out) > 0)) {
            return false;
        }
    }
    return true;
}
