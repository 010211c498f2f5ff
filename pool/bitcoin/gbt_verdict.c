/* gbt_verdict.c: whether a node's chain has a block of ours: submitblock's answer, and the question
 * that follows where it does not tell; see gbt_parts.h. Source: digibyte.md 9, komodo.md 5.4. */
#include <stdio.h>
#include <string.h>

#include "bitcoin/gbt_parts.h"
#include "wire/printable.h"

enum pool_verdict pool_gbt_judge(struct pool_gbt_doubt *doubt, char text[POOL_TEXT_MAX],
                                 bool *unclear, char word[POOL_TEXT_MAX],
                                 const struct pool_submission *submission,
                                 const struct pool_answer *answer, const struct pool_server *server,
                                 pool_gbt_refusal_fn refusal)
{
    struct base_error why = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    enum pool_verdict verdict = POOL_UNANSWERED;
    enum base_status status = pool_rpc_read(&rpc, answer, server, POOL_JSON_VALUES_MAX, &why);
    word[0] = '\0';
    *unclear = false;
    doubt->duplicate = false;
    doubt->lookup.server = server;
    doubt->lookup.reached = false;
    if (status != BASE_OK) {
        (void)snprintf(text, POOL_TEXT_MAX, "%.400s", why.text);
    } else if (rpc.failed) {
        verdict = POOL_MALFORMED;
        (void)snprintf(text, POOL_TEXT_MAX, "error %lld of the node: %.300s", (long long)rpc.code,
                       rpc.message);
    } else if (json_is_null(rpc.result)) {
        *unclear = true;
    } else {
        const char *said = json_string_value(rpc.result);
        (void)pool_printable(word, POOL_TEXT_MAX, said != NULL ? said : "?",
                             said != NULL ? strlen(said) : 1);
        verdict = refusal(text, word);
        doubt->duplicate = submission->returns > 0 && strcmp(word, "duplicate") == 0;
        *unclear = doubt->duplicate;
    }
    json_decref(rpc.root);
    return *unclear ? POOL_UNANSWERED : verdict;
}

enum base_status pool_gbt_ask_chain(struct pool_gbt_doubt *doubt, struct pool_request *request,
                                    struct pool_buffer *body)
{
    return pool_gbt_lookup.ask(&doubt->lookup, request, body);
}

enum pool_verdict pool_gbt_judge_chain(struct pool_gbt_doubt *doubt, char text[POOL_TEXT_MAX],
                                       const struct pool_answer *answer)
{
    struct pool_lookup *lookup = &doubt->lookup;
    struct base_error why = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    pool_gbt_lookup.answer(lookup, answer);
    if (lookup->reached && lookup->known && lookup->fate == POOL_FATE_IN_CHAIN) {
        (void)snprintf(text, POOL_TEXT_MAX, "block accepted: %s", lookup->id);
        return POOL_ACCEPTED;
    }
    if (lookup->reached) {
        (void)snprintf(text, POOL_TEXT_MAX, "%s",
                       lookup->known
                           ? "the node has the block, but not in its chain: another one was there "
                             "first, or it is not valid"
                           : "the node did not take the block and gives no reason: it finds the "
                             "solution, the hash or the time wrong");
        return POOL_REFUSED;
    }
    if (doubt->duplicate) {
        (void)snprintf(text, POOL_TEXT_MAX, "block accepted: the node has it from an earlier try");
        return POOL_ACCEPTED;
    }
    enum base_status status =
        pool_rpc_read(&rpc, answer, lookup->server, POOL_JSON_VALUES_MAX, &why);
    (void)snprintf(text, POOL_TEXT_MAX,
                   "the node does not say whether its chain has block %s: %.300s", lookup->id,
                   status != BASE_OK ? why.text
                   : rpc.failed      ? rpc.message
                                     : "its answer is no block header");
    json_decref(rpc.root);
    return POOL_UNANSWERED;
}
