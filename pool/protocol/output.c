/* output.c: see output.h. */
#include "protocol/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum base_status emit(struct pool_outlet *outlet, struct pool_output *output)
{
    if (output->text == NULL) {
        output->text = "";
    }
    return outlet->setup.output(outlet->setup.user, output);
}

BASE_PRINTF(3, 0)
static void format_text(char *text, size_t cap, const char *format, va_list arguments)
{
    char raw[POOL_TEXT_MAX];
    int size = vsnprintf(raw, sizeof(raw), format, arguments);
    (void)pool_printable(text, cap, raw, size < 0 ? 0 : strlen(raw));
}

void pool_outlet_text(struct pool_outlet *outlet, enum pool_output_kind kind, const char *format,
                      ...)
{
    char text[POOL_TEXT_MAX];
    struct pool_output output = {.kind = kind, .text = text};
    va_list arguments;
    if (kind == POOL_OUTPUT_WARNING) {
        outlet->warnings++;
        if (outlet->warnings > POOL_WARNINGS_MAX) {
            return;
        }
    }
    va_start(arguments, format);
    format_text(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)emit(outlet, &output);
    if (kind == POOL_OUTPUT_WARNING && outlet->warnings == POOL_WARNINGS_MAX) {
        output.text = "further warnings of this kind are not shown until the next connection";
        (void)emit(outlet, &output);
    }
}

enum base_status pool_outlet_send(struct pool_outlet *outlet, const void *bytes, size_t size,
                                  struct base_error *error)
{
    struct pool_output output = {.kind = POOL_OUTPUT_SEND, .bytes = bytes, .size = size};
    enum base_status status = emit(outlet, &output);
    if (status != BASE_OK) {
        return base_error_set(error, status, "what is to be sent does not fit: %s",
                              base_status_text(status));
    }
    return BASE_OK;
}

void pool_outlet_job(struct pool_outlet *outlet, const struct pool_job *job)
{
    struct pool_output output = {.kind = POOL_OUTPUT_JOB, .job = job};
    (void)emit(outlet, &output);
}

void pool_outlet_alive(struct pool_outlet *outlet)
{
    struct pool_output output = {.kind = POOL_OUTPUT_ALIVE};
    (void)emit(outlet, &output);
}

void pool_outlet_verdict(struct pool_outlet *outlet, struct pool_submission *submission,
                         enum pool_verdict verdict, bool block, const char *format, ...)
{
    char text[POOL_TEXT_MAX];
    struct pool_output output = {.kind = POOL_OUTPUT_VERDICT,
                                 .text = text,
                                 .submission = submission,
                                 .verdict = verdict,
                                 .block = block};
    va_list arguments;
    va_start(arguments, format);
    format_text(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)emit(outlet, &output);
}

void pool_outlet_unjudged(struct pool_outlet *outlet, struct pool_submission *submission,
                          const char *text)
{
    struct pool_output output = {
        .kind = POOL_OUTPUT_UNJUDGED, .text = text, .submission = submission};
    submission->returns++;
    (void)emit(outlet, &output);
}

void pool_pending_init(struct pool_pending *pending)
{
    pending->first = NULL;
    pending->end = &pending->first;
    pending->count = 0;
}

void pool_pending_add(struct pool_pending *pending, struct pool_submission *submission)
{
    submission->next = NULL;
    *pending->end = submission;
    pending->end = &submission->next;
    pending->count++;
}

struct pool_submission *pool_pending_take(struct pool_pending *pending,
                                          bool (*match)(const struct pool_submission *submission,
                                                        const void *key),
                                          const void *key)
{
    struct pool_submission **link = &pending->first;
    while (*link != NULL) {
        struct pool_submission *submission = *link;
        if (match == NULL || match(submission, key)) {
            *link = submission->next;
            if (submission->next == NULL) {
                pending->end = link;
            }
            submission->next = NULL;
            pending->count--;
            return submission;
        }
        link = &submission->next;
    }
    return NULL;
}

struct pool_submission *pool_pending_pop(struct pool_pending *pending)
{
    return pool_pending_take(pending, NULL, NULL);
}

void pool_outlet_difficulty(struct pool_outlet *outlet, double difficulty)
{
    struct pool_output output = {.kind = POOL_OUTPUT_DIFFICULTY, .difficulty = difficulty};
    (void)emit(outlet, &output);
}

void pool_pending_sent(struct pool_pending *pending, struct pool_outlet *outlet,
                       struct pool_submission *submission, uint64_t now_ms)
{
    submission->sent_ms = now_ms;
    pool_pending_add(pending, submission);
    struct pool_output output = {.kind = POOL_OUTPUT_SENT, .submission = submission};
    (void)emit(outlet, &output);
}

unsigned pool_pending_expire(struct pool_pending *pending, struct pool_outlet *outlet,
                             uint64_t now_ms, const char *behind)
{
    unsigned count = 0;
    for (; pending->first != NULL && now_ms >= pool_pending_due_ms(pending, outlet); count++) {
        pool_outlet_verdict(outlet, pool_pending_pop(pending), POOL_UNANSWERED, false,
                            "no answer within %u ms%s", outlet->setup.answer_timeout_ms, behind);
    }
    return count;
}

uint64_t pool_pending_due_ms(const struct pool_pending *pending, const struct pool_outlet *outlet)
{
    return pending->first == NULL ? UINT64_MAX
                                  : pending->first->sent_ms + outlet->setup.answer_timeout_ms;
}

void pool_pending_end(struct pool_pending *pending, struct pool_outlet *outlet, const char *text)
{
    while (pending->first != NULL) {
        pool_outlet_verdict(outlet, pool_pending_pop(pending), POOL_UNANSWERED, false, "%s", text);
    }
}
