/* gbt_rpc.c: JSON-RPC answers of a node taken apart, and what the node's codes and words mean. Part
 * of solo mining, see gbt.h. Source: digibyte.md 7.1, 7.2 and 9. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bitcoin/gbt.h"
#include "protocol/output.h"
#include "wire/json.h"

enum {
    HTTP_OK = 200,
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_FAILED = 500,
    RPC_MISC = -1,
    RPC_PARAMETER = -8,
    RPC_NOT_CONNECTED = -9,
    RPC_DOWNLOADING = -10,
    RPC_DECODE = -22,
    RPC_WARM_UP = -28,
    RPC_NO_METHOD = -32601,
};

static enum base_status refused(const struct pool_server *server, long code,
                                struct base_error *error)
{
    if (code == HTTP_FORBIDDEN) {
        return base_error_set(
            error, BASE_E_REFUSED,
            "the node does not let this machine in (HTTP 403): add its address to "
            "rpcallowip in the node's configuration");
    }
    if (server->rpc_cookie[0] != '\0') {
        return base_error_set(error, BASE_E_REFUSED,
                              "the node refuses the login (HTTP 401) of the cookie file %.200s: is "
                              "it this node's? It is read again with each try",
                              server->rpc_cookie);
    }
    if (server->rpc_user[0] == '\0') {
        return base_error_set(error, BASE_E_REFUSED,
                              "the node wants a login (HTTP 401): give --rpc-cookie with its "
                              ".cookie file, or its rpcuser and rpcpassword in the URL: "
                              "daemon+http://USER:PASSWORD@%.100s:%u",
                              server->host, server->port);
    }
    return base_error_set(
        error, BASE_E_REFUSED,
        "the node refuses the login (HTTP 401): user and password in the URL must "
        "be rpcuser and rpcpassword of its configuration");
}

enum base_status pool_rpc_read(struct pool_rpc_answer *rpc, const struct pool_answer *answer,
                               const struct pool_server *server, size_t values_max,
                               struct base_error *error)
{
    struct base_error why = {BASE_OK, ""};
    memset(rpc, 0, sizeof(*rpc));
    if (answer->code == 0) {
        *error = *answer->why;
        return error->status;
    }
    if (answer->code == HTTP_UNAUTHORIZED || answer->code == HTTP_FORBIDDEN) {
        return refused(server, answer->code, error);
    }
    enum base_status status =
        pool_json_load_large(&rpc->root, answer->body, answer->size, values_max, &why);
    if (status == BASE_E_LIMIT || status == BASE_E_MEMORY) {
        *error = why;
        return status;
    }
    const json_t *problem = json_object_get(rpc->root, "error");
    rpc->result = json_object_get(rpc->root, "result");
    rpc->failed = pool_json_truthy(problem);
    if (!json_is_object(rpc->root) || (rpc->result == NULL && !rpc->failed)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s port %u answers with HTTP %ld and no JSON-RPC: is it the node's "
                              "RPC port (rpcport)?",
                              server->host, server->port, answer->code);
    }
    if (rpc->failed) {
        const json_t *message = json_object_get(problem, "message");
        const json_t *code = json_object_get(problem, "code");
        rpc->code = json_is_integer(code) ? json_integer_value(code) : 0;
        (void)pool_printable(rpc->message, sizeof(rpc->message),
                             json_is_string(message) ? json_string_value(message) : "no reason",
                             json_is_string(message) ? json_string_length(message) : 9);
    } else if (answer->code != HTTP_OK) {
        return base_error_set(error, BASE_E_FORMAT, "%s port %u answers with HTTP %ld",
                              server->host, server->port, answer->code);
    }
    return BASE_OK;
}

bool pool_rpc_one_parameter(const struct pool_rpc_answer *rpc)
{
    static const char help[] = "getblocktemplate";
    return rpc->failed && rpc->code == RPC_MISC &&
           strncmp(rpc->message, help, sizeof(help) - 1) == 0;
}

enum base_status pool_rpc_explain(const struct pool_rpc_answer *rpc, const struct pool_lane *lane,
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
            error, BASE_E_UNSUPPORTED,
            "the server does not know getblocktemplate (\"%.200s\"): it is no node "
            "that can be mined at",
            rpc->message);
    case RPC_MISC:
        if (strstr(rpc->message, "not currently active") != NULL) {
            return base_error_set(
                error, BASE_E_STATE,
                "the node's chain has no blocks of %s at its height (\"%.200s\"): "
                "choose another -a",
                lane->algo, rpc->message);
        }
        break;
    case RPC_PARAMETER:
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
