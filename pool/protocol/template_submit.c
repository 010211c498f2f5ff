/* template_submit.c: blocks on their way to a node that is asked for templates, and what it says of
 * them; see template_node.h. One block at a time, each sent once. */
#include <stdio.h>
#include <string.h>

#include "protocol/template_private.h"

/* A request about the block of a submission. */
static enum base_status call_with_block(
    struct pool_template_node *node, unsigned place,
    enum base_status (*write)(void *context, struct pool_request *request, struct pool_buffer *body,
                              const struct pool_submission *submission),
    const struct pool_submission *submission, uint64_t now_ms, struct base_error *error)
{
    struct pool_request request = {.method = "POST",
                                   .path = "/",
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
    const struct pool_job_full *full = pool_job_full(submission->job);
    if (node->current == NULL || node->pending.count > 0) {
        return BASE_E_AGAIN;
    }
    bool ours = full->job.connection == node->outlet.setup.connection;
    if (memcmp(full->parent, node->current->parent, sizeof(full->parent)) != 0 ||
        (ours && full->series != node->series) || node->won) {
        pool_outlet_verdict(&node->outlet, submission, POOL_STALE, false,
                            "not sent: the chain has a newer block");
        return BASE_OK;
    }
    enum base_status status = call_with_block(node, POOL_TEMPLATE_CALL_BLOCK,
                                              node->ops->write_block, submission, now_ms, error);
    if (status != BASE_OK) {
        return status;
    }
    pool_pending_sent(&node->pending, &node->outlet, submission, now_ms);
    return BASE_OK;
}

/* Give the one submission its verdict. Lanes stop at a solo find, so they need a new job now. */
static enum base_status end_submission(struct pool_template_node *node, enum pool_verdict verdict,
                                       const char *text, uint64_t now_ms, struct base_error *error)
{
    struct pool_submission *submission = pool_pending_pop(&node->pending);
    BASE_ASSERT(submission != NULL);
    node->won = verdict == POOL_ACCEPTED;
    node->renew = true;
    pool_outlet_verdict(&node->outlet, submission, verdict, verdict == POOL_ACCEPTED, "%s", text);
    return pool_template_ask(node, now_ms, error);
}

enum base_status pool_template_judged(struct pool_template_node *node,
                                      const struct pool_answer *answer, uint64_t now_ms,
                                      struct base_error *error)
{
    char text[POOL_TEXT_MAX] = "";
    bool explain = false;
    const struct pool_submission *submission = node->pending.first;
    enum pool_verdict verdict = node->ops->judge(node->context, text, &explain, submission, answer);
    if (explain) {
        return call_with_block(node, POOL_TEMPLATE_CALL_REASON, node->ops->write_question,
                               submission, now_ms, error);
    }
    return end_submission(node, verdict, text, now_ms, error);
}

enum base_status pool_template_explained(struct pool_template_node *node,
                                         const struct pool_answer *answer, uint64_t now_ms,
                                         struct base_error *error)
{
    char text[POOL_TEXT_MAX] = "";
    enum pool_verdict verdict = node->ops->judge_reason(node->context, text, answer);
    return end_submission(node, verdict, text, now_ms, error);
}
