/* gbt_words.c: what the codes and words of a node mean that was asked for a template or given a
 * block. Part of solo mining, see gbt.h. Source: digibyte.md 7.2 and 9. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bitcoin/gbt.h"

enum {
    RPC_MISC = -1,
    RPC_NOT_CONNECTED = -9,
    RPC_DOWNLOADING = -10,
    RPC_WARM_UP = -28,
    RPC_NO_METHOD = -32601,
};

bool pool_gbt_is_starting(const struct pool_answer *answer, const struct pool_server *server)
{
    struct base_error ignored = {BASE_OK, ""};
    struct pool_rpc_answer rpc;
    bool starting =
        pool_rpc_read(&rpc, answer, server, POOL_JSON_VALUES_MAX, &ignored) == BASE_OK &&
        rpc.failed && rpc.code == RPC_WARM_UP;
    json_decref(rpc.root);
    return starting;
}

bool pool_gbt_one_parameter(const struct pool_rpc_answer *rpc)
{
    static const char help[] = "getblocktemplate";
    return rpc->failed && rpc->code == RPC_MISC &&
           strncmp(rpc->message, help, sizeof(help) - 1) == 0;
}

enum base_status pool_gbt_explain(const struct pool_rpc_answer *rpc, const struct pool_algo *algo,
                                  struct base_error *error)
{
    switch (rpc->code) {
    case RPC_WARM_UP:
        return base_error_set(error, BASE_E_STATE, "the node is still starting: %.200s",
                              rpc->message);
    case RPC_NOT_CONNECTED:
        return base_error_set(
            error, BASE_E_STATE,
            "the node has no peers, so it gives no work (\"%.200s\"): give it time "
            "or connections",
            rpc->message);
    case RPC_DOWNLOADING:
        return base_error_set(error, BASE_E_STATE,
                              "the node is still downloading the chain (\"%.200s\"): it gives work "
                              "once it is synced",
                              rpc->message);
    case RPC_NO_METHOD:
        return base_error_set(
            error, BASE_E_FORMAT,
            "the server does not know getblocktemplate (\"%.200s\"): it is no node "
            "that can be mined at",
            rpc->message);
    case RPC_MISC:
        if (strstr(rpc->message, "not currently active") != NULL) {
            return base_error_set(
                error, BASE_E_STATE,
                "the node's chain has no blocks of %s at its height (\"%.200s\"): "
                "choose another -a",
                algo->name, rpc->message);
        }
        break;
    default:
        break;
    }
    return base_error_set(error, BASE_E_STATE, "the node gives no work: error %lld, \"%.300s\"",
                          (long long)rpc->code, rpc->message);
}

/* ---- refused blocks -------------------------------------------------------------------------- */

/* What the node's words begin with, and what they mean (digibyte.md 9). */
static const struct {
    const char *word;
    enum pool_verdict verdict;
    const char *meaning;
} words[] = {
    {"duplicate-invalid", POOL_DUPLICATE, "the node has seen this block and found it invalid"},
    {"duplicate-inconclusive", POOL_DUPLICATE, "the node has this block but not its whole past"},
    {"duplicate", POOL_DUPLICATE, "the node has this block already"},
    {"inconclusive", POOL_STALE, "a good block, but another one was there first"},
    {"prev-blk-not-found", POOL_STALE, "the node does not know the block before it"},
    {"bad-prevblk", POOL_STALE, "the block before it was found invalid"},
    {"high-hash", POOL_LOW_DIFFICULTY, "its hash is above the target, or its algorithm is unknown"},
    {"bad-txnmrklroot", POOL_MALFORMED, "the merkle root is not that of its transactions"},
    {"bad-diffbits", POOL_MALFORMED,
     "its bits are not what the node asks for at its time (on test networks they change with it)"},
    {"time-too-old", POOL_MALFORMED, "its time is not above the median of the last blocks"},
    {"time-too-new", POOL_MALFORMED, "its time is over two hours ahead of the node's clock"},
    {"algo-inactive", POOL_WRONG_CHAIN, "its algorithm is not active on this chain"},
    {"bad-algo", POOL_WRONG_CHAIN, "its algorithm is not active on this chain"},
    {"bad-version", POOL_MALFORMED, "its version is not allowed"},
    {"bad-cb-height", POOL_MALFORMED, "the height in its coinbase is wrong"},
    {"bad-cb-length", POOL_MALFORMED, "the script of its coinbase has a wrong length"},
    {"bad-cb-amount", POOL_MALFORMED, "its coinbase pays more than subsidy and fees"},
    {"bad-witness-merkle-match", POOL_MALFORMED, "its witness commitment is wrong"},
    {"bad-witness-nonce-size", POOL_MALFORMED, "its coinbase lacks the witness of 32 bytes"},
    {"unexpected-witness", POOL_MALFORMED, "it has witnesses and commits to none"},
    {"bad-txns", POOL_MALFORMED, "one of its transactions is not valid"},
    {"bad-blk", POOL_MALFORMED, "it is larger than blocks may be"},
    {"rejected", POOL_REFUSED, "the node gives no reason"},
    {"invalid", POOL_REFUSED,
     "the node found it invalid and does not say why (this version of the node never does)"},
};

enum pool_verdict pool_gbt_refusal(char text[POOL_TEXT_MAX], const char *word)
{
    for (size_t i = 0; i < BASE_COUNT_OF(words); i++) {
        if (strncasecmp(word, words[i].word, strlen(words[i].word)) == 0) {
            (void)snprintf(text, POOL_TEXT_MAX, "%.100s: %s", word, words[i].meaning);
            return words[i].verdict;
        }
    }
    (void)snprintf(text, POOL_TEXT_MAX, "the node refuses the block: %.300s", word);
    return POOL_REFUSED;
}
