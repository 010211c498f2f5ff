/* template_node.h: a node that is asked for block templates over HTTP, as a source of jobs: the
 * part that is the same whatever the templates look like. A state machine of four requests, each at
 * most once at a time: template, long poll (where a node offers one), block, and a question about a
 * block. What is written into the requests, read from the answers and made of a
 * template is the family's (struct pool_template_ops). No socket, no clock.
 *
 * Work. Each template becomes a job at once; one that builds on another block voids what went
 * before. A template is asked for again after a time, when a long poll ends, and after each
 * submission.
 *
 * Blocks. A block that the node has not judged (no answer, a busy or starting node, an error of a
 * proxy) goes back to the source as UNJUDGED and is sent again, a second later at the earliest. A
 * node takes the same block twice without harm, and the family's judge knows what it says then. A
 * template that builds on the block shows that it was accepted. A block that came too late for its
 * tip is sent, too: the node keeps it as a branch. Its refusal is shown as late. */
#ifndef POOL_TEMPLATE_NODE_H
#define POOL_TEMPLATE_NODE_H

#include "protocol/job.h"
#include "protocol/protocol.h"
#include "wire/frame.h"

/* A template, as far as the machine looks into it: the first member of the family's own struct. */
struct pool_template {
    uint8_t parent[32];                 /* names the block that it builds on; only compared */
    char poll_id[POOL_POLL_ID_MAX + 1]; /* that a long poll repeats; "" the node offers none */
    uint32_t refresh_ms;                /* the next one is asked for so long after it; 0: as ops
                                           say */
    uint64_t received_ms;               /* set by the machine */
};

/* What a family does for the machine. context is what open has returned. A writer gets a request
 * that is a POST to "/" with body as its body; it may change method, path and headers, appends to
 * body, and returns BASE_OK or BASE_E_MEMORY. */
struct pool_template_ops {
    const char *title;            /* of the protocol, for the log */
    uint32_t refresh_ms;          /* a template is asked for so long after the last one, */
    uint32_t refresh_unpolled_ms; /* or so long where no long poll tells of new blocks */
    size_t answer_max;            /* bytes of an answer with a template */

    /** New context; NULL without memory. setup outlives it. */
    void *(*open)(const struct pool_protocol_setup *setup);
    void (*close)(void *context);

    /** Look at what the user wrote, before anything is sent. NULL: nothing. */
    enum base_status (*start)(void *context, struct base_error *error);

    /** Write the request for a template. poll_id "": to be answered at once. */
    enum base_status (*write_ask)(void *context, struct pool_request *request,
                                  struct pool_buffer *body, const char *poll_id);

    /** Read its answer. *made is the machine's, NULL on error.
     * Returns: BASE_OK; BASE_E_AGAIN: ask again at once, in another way; else why not, with a
     * sentence. */
    enum base_status (*read)(void *context, struct pool_template **made,
                             const struct pool_answer *answer, struct base_error *error);
    void (*drop)(struct pool_template *template); /* NULL is fine */

    /** True when the second asks for nothing but the first: it is not published again. NULL: never.
     */
    bool (*same)(const struct pool_template *a, const struct pool_template *b);

    /** Difficulty of a template, for display. */
    double (*difficulty)(const struct pool_template *template);

    /** A solo job of this template with a nonce space of its own. Ids, times, counters and the
     * other flags are the machine's. Returns: BASE_OK; BASE_E_MEMORY with a sentence. */
    enum base_status (*make_job)(void *context, struct pool_job_full **job,
                                 const struct pool_template *template, struct base_error *error);

    /** Write the request that hands a block in. */
    enum base_status (*write_block)(void *context, struct pool_request *request,
                                    struct pool_buffer *body,
                                    const struct pool_submission *submission);

    /** Judge its answer.
     * Out: text     the verdict in words
     *      explain  true: write_question may find out more; the verdict does not hold then */
    enum pool_verdict (*judge)(void *context, char text[POOL_TEXT_MAX], bool *explain,
                               const struct pool_submission *submission,
                               const struct pool_answer *answer);

    /** Ask why a block was refused, or whether the chain has it, and judge by the answer. A block
     * that is UNANSWERED even then goes back to the source. NULL where judge never asks. */
    enum base_status (*write_question)(void *context, struct pool_request *request,
                                       struct pool_buffer *body,
                                       const struct pool_submission *submission);
    enum pool_verdict (*judge_reason)(void *context, char text[POOL_TEXT_MAX],
                                      const struct pool_answer *answer);

    /** True when the answer to write_block shows that the node has not looked at the block (it is
     * still starting). No answer at all and the HTTP codes of a busy server are known without it.
     * NULL: never. */
    bool (*unjudged)(void *context, const struct pool_answer *answer);

    /** Name of this block in the form of pool_template.parent. NULL: not known.
     * Returns: BASE_OK; BASE_E_MEMORY. */
    enum base_status (*name_block)(uint8_t name[32], const struct pool_submission *submission);
};

/** pool_protocol_ops.open of a family's protocol whose work is done by these ops. */
struct pool_protocol *pool_template_node_open(const struct pool_protocol_setup *setup,
                                              const struct pool_protocol_ops *protocol,
                                              const struct pool_template_ops *ops);

/* The other functions of such a protocol; refill only where nonces can run out. */
#define POOL_TEMPLATE_NODE_FUNCTIONS                                                               \
    .start = pool_template_node_start, .answer = pool_template_node_answer,                        \
    .settle = pool_template_node_settle, .submit = pool_template_node_submit,                      \
    .tick = pool_template_node_tick, .due_ms = pool_template_node_due_ms,                          \
    .pending = pool_template_node_pending, .close = pool_template_node_close

enum base_status pool_template_node_start(struct pool_protocol *protocol, uint64_t now_ms,
                                          struct base_error *error);
enum base_status pool_template_node_answer(struct pool_protocol *protocol,
                                           const struct pool_answer *answer, uint64_t now_ms,
                                           struct base_error *error);
enum base_status pool_template_node_settle(struct pool_protocol *protocol, uint64_t now_ms,
                                           struct base_error *error);
enum base_status pool_template_node_submit(struct pool_protocol *protocol,
                                           struct pool_submission *submission, uint64_t now_ms,
                                           struct base_error *error);
enum base_status pool_template_node_refill(struct pool_protocol *protocol,
                                           const struct pool_job *job, uint64_t now_ms,
                                           struct base_error *error);
enum base_status pool_template_node_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                         struct base_error *error);
/** The node has told that its work has changed: ask for a template at once. */
BASE_MUST_CHECK enum base_status pool_template_node_changed(struct pool_protocol *protocol,
                                                            uint64_t now_ms,
                                                            struct base_error *error);
uint64_t pool_template_node_due_ms(const struct pool_protocol *protocol);
size_t pool_template_node_pending(const struct pool_protocol *protocol);
void pool_template_node_close(struct pool_protocol *protocol);

#endif
