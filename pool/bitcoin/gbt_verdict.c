/* gbt_verdict.c: whether a node's chain has a block of ours: submitblock's answer, and the question
 * that follows where it does not tell; see gbt_parts.h. Source: digibyte.md 9, komodo.md 5.4. */
#include <stdio.h>
#include <string.h>

#include "bitcoin/gbt_parts.h"
#include "wire/printable.h"

enum { RPC_NO_BLOCK = -5, HASH_DIGITS = 64 };

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

enum base_status pool_gbt_ask_chain(struct pool_buffer *body, const struct pool_gbt_doubt *doubt)
{
    return pool_rpc_write(body, "1.0", 0, "getblockheader", json_pack("[s]", doubt->block_id));
}

/* confirmations is above zero for blocks of the node's chain, and -1 for others that it knows. The
 * hash is not compared: a replay pays somebody else, so its blocks have other ones. */
enum pool_verdict pool_gbt_judge_chain(char text[POOL_TEXT_MAX], const struct pool_gbt_doubt *doubt,
                                       const struct pool_answer *answer,
                                       const struct pool_server *server)
{
    struct base_error why = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    enum pool_verdict verdict = POOL_REFUSED;
    enum base_status status = pool_rpc_read(&rpc, answer, server, POOL_JSON_VALUES_MAX, &why);
    bool found = json_string_length(json_object_get(rpc.result, "hash")) == HASH_DIGITS &&
                 json_is_integer(json_object_get(rpc.result, "confirmations"));
    bool absent = rpc.failed && rpc.code == RPC_NO_BLOCK;
    if (found && json_integer_value(json_object_get(rpc.result, "confirmations")) > 0) {
        verdict = POOL_ACCEPTED;
        (void)snprintf(text, POOL_TEXT_MAX, "block accepted: %s", doubt->block_id);
    } else if (found) {
        (void)snprintf(text, POOL_TEXT_MAX,
                       "the node has the block, but not in its chain: another one was there first, "
                       "or it is not valid");
    } else if (absent) {
        (void)snprintf(text, POOL_TEXT_MAX,
                       "the node did not take the block and gives no reason: it finds the "
                       "solution, the hash or the time wrong");
    } else if (doubt->duplicate) {
        verdict = POOL_ACCEPTED;
        (void)snprintf(text, POOL_TEXT_MAX, "block accepted: the node has it from an earlier try");
    } else {
        verdict = POOL_UNANSWERED;
        (void)snprintf(text, POOL_TEXT_MAX,
                       "the node does not say whether its chain has block %s: %.300s",
                       doubt->block_id,
                       status != BASE_OK ? why.text
                       : rpc.failed      ? rpc.message
                                         : "its answer is no block header");
    }
    json_decref(rpc.root);
    return verdict;
}
