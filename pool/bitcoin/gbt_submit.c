/* gbt_submit.c: blocks on their way to a node, and what it says of them. Part of solo mining, see
 * gbt.h. Source: digibyte.md 7.5 and 9. */
#include <stdio.h>
#include <string.h>

#include "bitcoin/gbt.h"
#include "wire/json.h"

/* A request with the block of a submission in it. */
static enum base_status call_with_block(struct pool_gbt *gbt, unsigned place, const char *before,
                                        const char *after, const struct pool_submission *find,
                                        uint64_t now_ms, struct base_error *error)
{
    struct pool_buffer body;
    pool_buffer_init(&body);
    enum base_status status = pool_buffer_append(&body, before, strlen(before));
    if (status == BASE_OK) {
        status = pool_gbt_block_hex(&body, find->job, find->nonce);
    }
    if (status == BASE_OK) {
        status = pool_buffer_append(&body, after, strlen(after));
    }
    if (status != BASE_OK) {
        (void)base_error_set(error, status, "no memory for a block");
    } else {
        status =
            pool_gbt_call(gbt, place, pool_buffer_data(&body), pool_buffer_size(&body),
                          gbt->outlet.setup.answer_timeout_ms, POOL_RPC_ANSWER_MAX, now_ms, error);
    }
    pool_buffer_deinit(&body);
    return status;
}

enum base_status pool_gbt_submit(struct pool_protocol *protocol, struct pool_submission *submission,
                                 uint64_t now_ms, struct base_error *error)
{
    struct pool_gbt *gbt = pool_gbt_of(protocol);
    const struct pool_job *job = submission->job;
    if (gbt->current == NULL || gbt->pending.count > 0) {
        return BASE_E_AGAIN;
    }
    bool ours = job->connection == gbt->outlet.setup.connection;
    if (memcmp(job->header + 4, gbt->current->prevhash, 32) != 0 ||
        (ours && pool_job_full(job)->v1.series != gbt->series) || gbt->won) {
        pool_outlet_verdict(&gbt->outlet, submission, POOL_STALE, false,
                            "not sent: the chain has a newer block");
        return BASE_OK;
    }
    enum base_status status =
        call_with_block(gbt, POOL_GBT_CALL_SUBMIT,
                        "{\"jsonrpc\":\"1.0\",\"id\":0,\"method\":\"submitblock\",\"params\":[\"",
                        "\"]}", submission, now_ms, error);
    if (status != BASE_OK) {
        return status;
    }
    submission->sent_ms = now_ms;
    pool_pending_add(&gbt->pending, submission);
    pool_outlet_sent(&gbt->outlet, submission);
    return BASE_OK;
}

/* Give the one submission its verdict; the lanes rest, so they need a new job in any case. */
static enum base_status judge(struct pool_gbt *gbt, enum pool_verdict verdict, const char *text,
                              uint64_t now_ms, struct base_error *error)
{
    struct pool_submission *submission = pool_pending_pop(&gbt->pending);
    BASE_ASSERT(submission != NULL);
    gbt->won = verdict == POOL_ACCEPTED;
    pool_outlet_verdict(&gbt->outlet, submission, verdict, verdict == POOL_ACCEPTED, "%s", text);
    return pool_gbt_ask_template(gbt, now_ms, error);
}

enum base_status pool_gbt_submitted(struct pool_gbt *gbt, const struct pool_answer *answer,
                                    uint64_t now_ms, struct base_error *error)
{
    struct base_error why = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    struct pool_submission *submission = gbt->pending.first;
    char text[POOL_TEXT_MAX];
    char word[POOL_TEXT_MAX] = "";
    char id[65];
    enum pool_verdict verdict = POOL_ACCEPTED;
    enum base_status status =
        pool_rpc_read(&rpc, answer, gbt->outlet.setup.server, POOL_JSON_VALUES_MAX, &why);
    bool explain = false;
    if (status != BASE_OK) {
        verdict = POOL_UNANSWERED;
        (void)snprintf(text, sizeof(text), "%.400s", why.text);
    } else if (rpc.failed) {
        verdict = POOL_MALFORMED;
        (void)snprintf(text, sizeof(text), "error %lld of the node: %.300s", (long long)rpc.code,
                       rpc.message);
    } else if (json_is_null(rpc.result)) {
        status = pool_gbt_block_id(id, submission->job, submission->nonce);
        (void)snprintf(text, sizeof(text), "block accepted%s%s", status == BASE_OK ? ": " : "", id);
    } else {
        const char *said = json_string_value(rpc.result);
        (void)pool_printable(word, sizeof(word), said != NULL ? said : "?",
                             said != NULL ? strlen(said) : 1);
        verdict = pool_gbt_refusal(text, word);
        explain = strcmp(word, "invalid") == 0;
    }
    json_decref(rpc.root);
    if (explain) {
        return call_with_block(gbt, POOL_GBT_CALL_EXPLAIN,
                               "{\"jsonrpc\":\"1.0\",\"id\":0,\"method\":\"getblocktemplate\","
                               "\"params\":[{\"mode\":\"proposal\",\"rules\":[\"segwit\"],"
                               "\"data\":\"",
                               "\"}]}", submission, now_ms, error);
    }
    return judge(gbt, verdict, text, now_ms, error);
}

/* What a proposal says of a block that submitblock called invalid. No reason there means that what
 * proposals do not check is wrong: the proof of work. */
enum base_status pool_gbt_explained(struct pool_gbt *gbt, const struct pool_answer *answer,
                                    uint64_t now_ms, struct base_error *error)
{
    struct base_error ignored = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    char text[POOL_TEXT_MAX];
    char word[POOL_TEXT_MAX] = "invalid";
    enum base_status status =
        pool_rpc_read(&rpc, answer, gbt->outlet.setup.server, POOL_JSON_VALUES_MAX, &ignored);
    if (status == BASE_OK && !rpc.failed && json_is_null(rpc.result)) {
        (void)snprintf(word, sizeof(word), "high-hash");
    } else if (status == BASE_OK && json_is_string(rpc.result)) {
        (void)pool_printable(word, sizeof(word), json_string_value(rpc.result),
                             json_string_length(rpc.result));
    }
    json_decref(rpc.root);
    enum pool_verdict verdict = pool_gbt_refusal(text, word);
    return judge(gbt, verdict, text, now_ms, error);
}
