/* template_submit.c: blocks on their way to a node that is asked for templates, and what it says of
 * them; see template_node.h. One block at a time. */
#include <stdio.h>
#include <string.h>

#include "protocol/rpc.h"
#include "protocol/template_private.h"

enum {
    AGAIN_PAUSE_MS = 1000, /* before a block is sent again */
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_REQUEST_TIMEOUT = 408,
    HTTP_TOO_MANY = 429,
    HTTP_BAD_GATEWAY = 502,
    HTTP_UNAVAILABLE = 503,
    HTTP_GATEWAY_TIMEOUT = 504,
};

/* True where the block builds on another one than the newest template. */
static bool is_late(const struct pool_template_node *node, const struct pool_submission *submission)
{
    const struct pool_job_full *full = pool_job_full(submission->job);
    return node->current == NULL ||
           memcmp(full->parent, node->current->parent, sizeof(full->parent)) != 0;
}

static const char built_upon[] = "block accepted: the node's next template builds on it";

/* True where the newest template builds on this block: the node has accepted it. */
static bool is_tip(const struct pool_template_node *node, const struct pool_submission *submission)
{
    uint8_t name[32];
    return node->ops->name_block != NULL && node->ops->name_block(name, submission) == BASE_OK &&
           memcmp(name, node->current->parent, sizeof(name)) == 0;
}

/* A request about the block of a submission. */
static enum base_status call_with_block(
    struct pool_template_node *node, unsigned place,
    enum base_status (*write)(void *context, struct pool_request *request, struct pool_buffer *body,
                              const struct pool_submission *submission),
    const struct pool_submission *submission, uint64_t now_ms, struct base_error *error)
{
    struct pool_request request = {.method = "POST",
                                   .path = "/",
                                   .once = place == POOL_TEMPLATE_CALL_BLOCK,
                                   .time_ms = node->outlet.setup.answer_timeout_ms,
                                   .answer_max = POOL_RPC_ANSWER_MAX};
    struct pool_buffer body;
    pool_buffer_init(&body);
    enum base_status status = write(node->context, &request, &body, submission);
    return pool_template_call(node, place, &request, &body, status, now_ms, error);
}

enum base_status pool_template_node_submit(struct pool_protocol *protocol,
                                           struct pool_submission *submission, uint64_t now_ms,
                                           struct base_error *error)
{
    struct pool_template_node *node = pool_template_node_of(protocol);
    if (node->current == NULL || node->pending.count > 0) {
        return BASE_E_AGAIN;
    }
    bool again = submission->returns > 0;
    bool late = is_late(node, submission);
    if (again && late && is_tip(node, submission)) {
        pool_outlet_verdict(&node->outlet, submission, POOL_ACCEPTED, true, built_upon);
        return BASE_OK;
    }
    const uint8_t *parent = pool_job_full(submission->job)->parent;
    if (now_ms < node->again_ms && memcmp(parent, node->again_parent, 32) == 0) {
        return BASE_E_AGAIN; /* of two on the same tip one can win; others need not wait */
    }
    if (late ? memcmp(parent, node->won_parent, sizeof(node->won_parent)) == 0 : node->won) {
        pool_outlet_verdict(&node->outlet, submission, POOL_STALE, false,
                            "not sent: a block of ours is there already");
        return BASE_OK;
    }
    if (again && node->unclear[0] != '\0') {
        pool_outlet_text(&node->outlet, POOL_OUTPUT_WARNING, "a block is sent again: %s",
                         node->unclear);
        node->unclear[0] = '\0';
    }
    enum base_status status = call_with_block(node, POOL_TEMPLATE_CALL_BLOCK,
                                              node->ops->write_block, submission, now_ms, error);
    if (status != BASE_OK) {
        return status;
    }
    pool_pending_sent(&node->pending, &node->outlet, submission, now_ms);
    return BASE_OK;
}

/* Give the one submission its verdict. Lanes stop at a solo find, so they need a new job now; those
 * of a late one have it already. */
static void end_submission(struct pool_template_node *node, enum pool_verdict verdict,
                           const char *text)
{
    struct pool_submission *submission = pool_pending_pop(&node->pending);
    BASE_ASSERT(submission != NULL);
    bool late = is_late(node, submission);
    if (verdict == POOL_ACCEPTED) {
        memcpy(node->won_parent, pool_job_full(submission->job)->parent, sizeof(node->won_parent));
    }
    if (!late) {
        node->won = verdict == POOL_ACCEPTED;
        node->renew = true;
    }
    if (late && verdict != POOL_ACCEPTED) {
        pool_outlet_verdict(&node->outlet, submission, POOL_STALE, false, "late: %s", text);
    } else {
        pool_outlet_verdict(&node->outlet, submission, verdict, verdict == POOL_ACCEPTED, "%s",
                            text);
    }
}

/* True where the node has not judged the block. Out: seen  it may have taken it all the same. */
static bool is_unjudged(const struct pool_template_node *node, bool *seen,
                        const struct pool_answer *answer)
{
    *seen = false;
    switch (answer->code) {
    case 0: /* the connection may have broken behind the request */
    case HTTP_REQUEST_TIMEOUT:
    case HTTP_BAD_GATEWAY: /* a proxy may have passed it on */
    case HTTP_GATEWAY_TIMEOUT:
        *seen = true;
        return true;
    case HTTP_UNAUTHORIZED:
    case HTTP_FORBIDDEN:
    case HTTP_TOO_MANY:
    case HTTP_UNAVAILABLE:
        return true;
    default:
        *seen = pool_http_busy(answer); /* a proxy's answer */
        return *seen || (node->ops->unjudged != NULL && node->ops->unjudged(node->context, answer));
    }
}

/* Hand the one submission back. The template that is asked for shows whether its tip still stands,
 * or builds on the block; lanes go on at it meanwhile. */
static void return_submission(struct pool_template_node *node, bool seen, const char *why,
                              uint64_t now_ms)
{
    struct pool_submission *submission = pool_pending_pop(&node->pending);
    submission->maybe_seen = submission->maybe_seen || seen;
    node->renew = node->renew || !is_late(node, submission);
    node->again_ms = now_ms + AGAIN_PAUSE_MS;
    memcpy(node->again_parent, pool_job_full(submission->job)->parent, sizeof(node->again_parent));
    pool_outlet_unjudged(&node->outlet, submission, why);
}

/* The template is asked for beside a question: lanes need not wait for its answer. */
enum base_status pool_template_judged(struct pool_template_node *node,
                                      const struct pool_answer *answer, uint64_t now_ms,
                                      struct base_error *error)
{
    char text[POOL_TEXT_MAX] = "";
    bool explain = false;
    bool seen = false;
    enum base_status status = BASE_OK;
    const struct pool_submission *submission = node->pending.first;
    BASE_ASSERT(submission != NULL);
    if (is_unjudged(node, &seen, answer)) {
        (void)pool_http_words(text, sizeof(text), answer);
        if (submission->returns == 0) {
            pool_outlet_text(&node->outlet, POOL_OUTPUT_WARNING,
                             "a block is kept and sent again: the node has not judged it (%s)",
                             text);
        }
        return_submission(node, seen, text, now_ms);
    } else {
        enum pool_verdict verdict =
            node->ops->judge(node->context, text, &explain, submission, answer);
        if (!explain) {
            end_submission(node, verdict, text);
        }
    }
    if (explain) {
        status = call_with_block(node, POOL_TEMPLATE_CALL_REASON, node->ops->write_question,
                                 submission, now_ms, error);
    }
    return status == BASE_OK ? pool_template_ask(node, now_ms, error) : status;
}

enum base_status pool_template_explained(struct pool_template_node *node,
                                         const struct pool_answer *answer, uint64_t now_ms,
                                         struct base_error *error)
{
    char text[POOL_TEXT_MAX] = "";
    BASE_ASSERT(node->pending.first != NULL);
    enum pool_verdict verdict = node->ops->judge_reason(node->context, text, answer);
    if (is_tip(node, node->pending.first)) {
        end_submission(node, POOL_ACCEPTED, built_upon);
    } else if (verdict == POOL_UNANSWERED) {
        if (node->pending.first->returns == 0) { /* told if the next template does not show it */
            (void)snprintf(node->unclear, sizeof(node->unclear), "%s", text);
        }
        return_submission(node, true, text, now_ms);
    } else {
        end_submission(node, verdict, text);
    }
    if (node->asked_ms[POOL_TEMPLATE_CALL_ASK] != 0) {
        return BASE_OK; /* asked for after the node had the block */
    }
    return pool_template_ask(node, now_ms, error);
}
