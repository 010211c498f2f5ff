/* nervos_words.c: what the errors of a CKB node mean. Part of solo mining, see nervos_node.h. The
 * texts are those of ckb 0.210.0. Source: ckb.md 4 and 10. */
#include <stdio.h>
#include <string.h>

#include "nervos/nervos_node.h"

enum {
    RPC_INTERNAL = -1,
    RPC_DISABLED = -4,
    RPC_NO_METHOD = -32601,
    RPC_BAD_PARAMS = -32602,
};

static const char assembler[] =
    "the node gives no work: it needs [block_assembler] (code_hash, args, hash_type, message) in "
    "its ckb.toml, and \"Miner\" among the modules of [rpc]";

enum base_status pool_ckb_explain(const struct pool_rpc_answer *rpc, struct base_error *error)
{
    if (rpc->code == RPC_DISABLED) {
        return base_error_set(error, BASE_E_STATE, "%s; then start it again", assembler);
    }
    if (rpc->code == RPC_NO_METHOD) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the server does not know get_block_template (\"%.120s\"): it is no "
                              "CKB node, or %s",
                              rpc->message, assembler);
    }
    return base_error_set(error, BASE_E_STATE, "the node gives no work: error %lld, \"%.300s\"",
                          (long long)rpc->code, rpc->message);
}

/* Parts of the texts behind "Invalid: ", and what they mean. The first that is found holds. */
static const struct {
    const char *part;
    enum pool_verdict verdict;
    const char *meaning;
} words[] = {
    {"InvalidNonce", POOL_LOW_DIFFICULTY,
     "the proof of work is wrong: the hash is above the target, the chain hashes in another way "
     "(EaglesongBlake2b, the public testnet), or what was hashed is not the block sent"},
    {"UnknownParent", POOL_STALE, "the node does not know the block before it"},
    {"InvalidParent", POOL_STALE, "the block before it was found invalid"},
    {"BlockTimeTooOld", POOL_MALFORMED, "its time is not above the median of the last 37 blocks"},
    {"BlockTimeTooNew", POOL_MALFORMED,
     "its time is over 15 s ahead of the node's clock: set the clocks"},
    {"NumberError", POOL_MALFORMED, "its number is not the one after its parent's"},
    {"TargetMismatch", POOL_MALFORMED, "its target is not the one of its epoch"},
    {"Epoch(", POOL_MALFORMED, "its epoch does not follow its parent's"},
    {"InvalidDAO", POOL_MALFORMED, "its dao field is not that of its transactions"},
    {"NoBlockExtension", POOL_MALFORMED, "the extension of the template is missing"},
    {"InvalidChainRoot", POOL_MALFORMED, "its extension does not name the chain before it"},
    {"BlockExtension", POOL_MALFORMED, "its extension has a wrong size"},
    {"InvalidExtraHash", POOL_MALFORMED, "its extra hash is not that of uncles and extension"},
    {"Cellbase(InvalidRewardAmount", POOL_MALFORMED, "its cellbase pays another amount"},
    {"Cellbase(InvalidRewardTarget", POOL_MALFORMED,
     "its cellbase pays another lock than the one of 11 blocks ago"},
    {"Cellbase(InvalidWitness", POOL_MALFORMED,
     "the lock in its cellbase's witness is none that the chain takes"},
    {"Cellbase(", POOL_MALFORMED, "its cellbase breaks a rule"},
    {"Uncles(", POOL_MALFORMED, "its uncles break a rule"},
    {"Commit", POOL_MALFORMED, "it has transactions that were not proposed in time"},
    {"Transactions(", POOL_MALFORMED, "one of its transactions is not valid"},
};

enum pool_verdict pool_ckb_refusal(char text[POOL_TEXT_MAX], const struct pool_rpc_answer *rpc)
{
    const char *said = rpc->message;
    if (rpc->code == RPC_BAD_PARAMS) {
        (void)snprintf(text, POOL_TEXT_MAX, "the node cannot read the block: %.350s", said);
        return POOL_MALFORMED;
    }
    if (rpc->code == RPC_DISABLED || rpc->code == RPC_NO_METHOD) {
        (void)snprintf(text, POOL_TEXT_MAX, "the node takes no blocks any more: %.350s", said);
        return POOL_REFUSED;
    }
    for (size_t i = 0; i < BASE_COUNT_OF(words); i++) {
        if (strstr(said, words[i].part) != NULL) {
            (void)snprintf(text, POOL_TEXT_MAX, "%s (%.160s)", words[i].meaning, said);
            return words[i].verdict;
        }
    }
    (void)snprintf(text, POOL_TEXT_MAX, "the node refuses the block: error %lld, %.350s",
                   (long long)rpc->code, said);
    return POOL_REFUSED;
}
