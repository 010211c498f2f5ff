/* output.h: what protocols share for talking to their source: texts bounded in number, and the list
 * of submissions that wait for an answer. */
#ifndef POOL_OUTPUT_H
#define POOL_OUTPUT_H

#include "protocol/protocol.h"
#include "wire/bounds.h"
#include "wire/printable.h"

/* The setup of a protocol, and how many warnings it may still show. */
struct pool_outlet {
    struct pool_protocol_setup setup;
    unsigned warnings; /* shown so far on this connection */
};

/** Emit a text of one kind (INFO, WARNING, READY). WARNINGs above POOL_WARNINGS_MAX are dropped,
 * the last shown one says so. */
BASE_PRINTF(3, 4)
void pool_outlet_text(struct pool_outlet *outlet, enum pool_output_kind kind, const char *format,
                      ...);

/** Emit bytes for the peer. */
BASE_MUST_CHECK enum base_status pool_outlet_send(struct pool_outlet *outlet, const void *bytes,
                                                  size_t size, struct base_error *error);

/** Emit what has neither text nor bytes. */
void pool_outlet_job(struct pool_outlet *outlet, const struct pool_job *job);
void pool_outlet_alive(struct pool_outlet *outlet);

/** Hand a submission back with its verdict and a text that explains it. */
BASE_PRINTF(5, 6)
void pool_outlet_verdict(struct pool_outlet *outlet, struct pool_submission *submission,
                         enum pool_verdict verdict, bool block, const char *format, ...);

/** Hand a submission back that was sent and not judged, with the reason. */
void pool_outlet_unjudged(struct pool_outlet *outlet, struct pool_submission *submission,
                          const char *text);

/** Emit a difficulty, for display. */
void pool_outlet_difficulty(struct pool_outlet *outlet, double difficulty);

/* Submissions that wait for an answer, in the order they were sent. */
struct pool_pending {
    struct pool_submission *first;
    struct pool_submission **end;
    size_t count;
};

void pool_pending_init(struct pool_pending *pending);
void pool_pending_add(struct pool_pending *pending, struct pool_submission *submission);

/** Take out the first one that match accepts, or NULL. */
struct pool_submission *pool_pending_take(struct pool_pending *pending,
                                          bool (*match)(const struct pool_submission *submission,
                                                        const void *key),
                                          const void *key);

/** A submission was sent at now_ms and waits for its answer: add it and emit SENT. */
void pool_pending_sent(struct pool_pending *pending, struct pool_outlet *outlet,
                       struct pool_submission *submission, uint64_t now_ms);

/** Those without an answer within the outlet's time limit get the verdict UNANSWERED; behind is
 * added to its text. Returns how many. And when the next one is due; UINT64_MAX: never. */
unsigned pool_pending_expire(struct pool_pending *pending, struct pool_outlet *outlet,
                             uint64_t now_ms, const char *behind);
uint64_t pool_pending_due_ms(const struct pool_pending *pending, const struct pool_outlet *outlet);

/** All get the verdict UNANSWERED with this text. */
void pool_pending_end(struct pool_pending *pending, struct pool_outlet *outlet, const char *text);

/** Take out the first one, or NULL. */
struct pool_submission *pool_pending_pop(struct pool_pending *pending);

#endif
