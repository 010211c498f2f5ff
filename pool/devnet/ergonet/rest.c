/* rest.c: the node's REST interface: paths, API key, answers to the letter of version 4.0.27.
 * Source: ergo.md 6, and the recorded answers of such a node. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "ergonet/net.h"

enum { ANSWER_MAX = 2048, BEHIND = 1000 /* blocks that a node which is not synced lacks */ };

/* One request and its answer. */
struct call {
    const struct pool_serve_request *request;
    int code;
    char body[ANSWER_MAX];
    bool is_verdict;  /* faults may keep it back */
    uint32_t wait_ms; /* the node's actors take so long */
};

BASE_PRINTF(3, 4) static void say(struct call *call, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started above */
    (void)vsnprintf(call->body, sizeof call->body, format, arguments);
    va_end(arguments);
    call->code = code;
}

static void fail(struct call *call, int code, const char *detail)
{
    const char *reason = code == 400   ? "bad.request"
                         : code == 403 ? "forbidden"
                         : code == 404 ? "not-found"
                                       : "internal.error";
    say(call, code, "{\n  \"error\" : %d,\n  \"reason\" : \"%s\",\n  \"detail\" : \"%s\"\n}", code,
        reason, detail);
}

/* ---- mining -----------------------------------------------------------------------------------
 */

static void candidate(struct pool_net *net, struct call *call)
{
    const struct pool_net_faults *faults = &net->config.faults;
    char msg[65];
    char b[ERGONET_DECIMAL];
    char key[2 * ERGONET_POINT + 1];
    ergonet_of(net)->asked++;
    if (faults->not_synced != 0 || ergonet_of(net)->asked <= faults->not_started) {
        fail(call, 500, "Miner has not started yet");
        return;
    }
    if (faults->no_wallet != 0) {
        fail(call, 500, "Miner PK not initialized");
        return;
    }
    if (faults->remake > 0 && ergonet_of(net)->asked % faults->remake == 0 &&
        ergonet_of(net)->chain->solved.from.serial == 0) {
        ergonet_chain_remake(ergonet_of(net)->chain, net->time_ms);
    }
    const struct ergonet_candidate *now =
        ergonet_chain_candidate(ergonet_of(net)->chain, net->time_ms);
    net->stats.templates++;
    base_hex_encode(msg, now->msg, sizeof now->msg);
    base_hex_encode(key, ergonet_key, sizeof ergonet_key);
    say(call, 200,
        "{\n  \"msg\" : \"%s\",\n  \"b\" : %s,\n  \"h\" : %" PRIu32 ",\n  \"pk\" : \"%s\"\n}", msg,
        ergonet_decimal(b, now->b_be), now->height, key);
    if (faults->garbage > 0 && ergonet_of(net)->asked % faults->garbage == 0) {
        call->body[strlen(call->body) / 2] = '\0';
    }
}

static void judge(struct pool_net *net, struct call *call, const uint8_t nonce[ERGONET_NONCE])
{
    char detail[128];
    char id[65];
    switch (ergonet_submit(net, nonce)) {
    case ERGONET_SOLVED:
        say(call, 200, "{\n  \n}");
        return;
    case ERGONET_ALREADY:
        base_hex_encode(id, ergonet_of(net)->chain->solved.id,
                        sizeof ergonet_of(net)->chain->solved.id);
        (void)snprintf(detail, sizeof detail, "Block already solved : %s%s%s",
                       ergonet_of(net)->chain->solved.from.serial != 0 ? "Some(" : "None",
                       ergonet_of(net)->chain->solved.from.serial != 0 ? id : "",
                       ergonet_of(net)->chain->solved.from.serial != 0 ? ")" : "");
        fail(call, 500, detail);
        return;
    case ERGONET_STALE:
    case ERGONET_INVALID:
        fail(call, 500, "Invalid block mined: requirement failed: h(f) < b condition not met");
        return;
    case ERGONET_NO_ANSWER:
        break;
    }
    fail(call, 500, "Ask timed out on [Actor[akka://ergoref/user/$d]] after [5000 ms].");
    call->wait_ms = net->config.ask_ms;
}

static void solution(struct pool_net *net, struct call *call)
{
    static const char malformed[] = "The request content was malformed:\\n";
    const struct pool_serve_request *request = call->request;
    json_t *root = json_loadb(request->body, request->body_size, 0, NULL);
    const json_t *n = json_object_get(root, "n");
    uint8_t nonce[ERGONET_NONCE];
    uint8_t any[256];
    char detail[160];
    size_t size = 0;
    const char *why = NULL;
    call->is_verdict = true;
    if (root == NULL) {
        why = "exhausted input";
    } else if (n == NULL) {
        why = "Attempt to decode value on failed cursor: DownField(n)";
    } else if (!json_is_string(n) || base_hex_decode(any, sizeof any, &size, json_string_value(n),
                                                     json_string_length(n)) != BASE_OK) {
        why = "java.io.IOException: invalid characters encountered in Hex data: DownField(n)";
    }
    memcpy(nonce, any, size == sizeof nonce ? size : 0);
    json_decref(root);
    if (why != NULL) {
        net->stats.malformed++;
        (void)snprintf(detail, sizeof detail, "%s%s", malformed, why);
        fail(call, 400, detail);
    } else if (net->config.faults.no_external != 0) {
        fail(call, 500, "External miner support is inactive");
    } else if (size == sizeof nonce) {
        judge(net, call, nonce);
    } else {
        net->stats.malformed++;
        fail(call, 500, "Ask timed out on [Actor[akka://ergoref/user/$d]] after [5000 ms].");
        call->wait_ms = net->config.ask_ms;
    }
}

static void reward_key(struct pool_net *net, struct call *call)
{
    char key[2 * ERGONET_POINT + 1];
    base_hex_encode(key, ergonet_key, sizeof ergonet_key);
    if (net->config.faults.no_wallet != 0) {
        fail(call, 500, "Miner PK not initialized");
    } else {
        say(call, 200, "{\n  \"rewardPubkey\" : \"%s\"\n}", key);
    }
}

/* The address of ergonet_key with the delay of 720 blocks, as a node on such a network has it. */
static void reward_address(struct pool_net *net, struct call *call)
{
    if (net->config.faults.no_wallet != 0) {
        fail(call, 500, "Miner PK not initialized");
    } else {
        say(call, 200, "{\n  \"rewardAddress\" : \"%s\"\n}",
            "2QedXr2fy8et3659x4877ZFbqqrRvkGSfXztkkUhTVvtuNJduXmkJAgkr44j3teoAKYtGft8iWGWmh7nZ");
    }
}

/* ---- the chain --------------------------------------------------------------------------------
 */

static void info(struct pool_net *net, struct call *call)
{
    const struct ergonet_block *tip = ergonet_of(net)->chain->tip;
    bool synced = net->config.faults.not_synced == 0;
    char id[65];
    base_hex_encode(id, tip->id, sizeof tip->id);
    say(call, 200,
        "{\n  \"currentTime\" : %" PRIu64
        ",\n  \"network\" : \"devnet\",\n  \"name\" : \"ergonet\",\n"
        "  \"stateType\" : \"utxo\",\n  \"difficulty\" : %" PRIu64 ",\n"
        "  \"bestFullHeaderId\" : \"%s\",\n  \"peersCount\" : 0,\n"
        "  \"appVersion\" : \"4.0.27\",\n  \"isMining\" : true,\n"
        "  \"fullHeight\" : %" PRIu32 ",\n  \"headersHeight\" : %" PRIu32 "\n}",
        net->time_ms, tip->from.difficulty, id, tip->from.height,
        tip->from.height + (synced ? 0U : BEHIND));
}

static void block_at(struct pool_net *net, struct call *call, const char *text)
{
    const struct ergonet_block *block =
        ergonet_chain_height(ergonet_of(net)->chain, (uint32_t)strtoul(text, NULL, 10));
    char id[65];
    if (block == NULL) {
        say(call, 200, "[\n]");
        return;
    }
    base_hex_encode(id, block->id, sizeof block->id);
    say(call, 200, "[\n  \"%s\"\n]", id);
}

/* text: "ID/header" */
static void block_header(struct pool_net *net, struct call *call, const char *text)
{
    static const size_t parent_at = 1; /* in the header, behind the version */
    uint8_t id[32];
    char hex[65] = "";
    char parent[65];
    char nonce[2 * ERGONET_NONCE + 1];
    char key[2 * ERGONET_POINT + 1];
    const struct ergonet_block *block = NULL;
    (void)snprintf(hex, sizeof hex, "%.64s", text);
    if (base_hex_decode_exact(id, sizeof id, hex) == BASE_OK && strcmp(text + 64, "/header") == 0) {
        block = ergonet_chain_find(ergonet_of(net)->chain, id);
    }
    if (block == NULL) {
        fail(call, 404, "The requested resource could not be found.");
        return;
    }
    base_hex_encode(parent, block->from.header + parent_at, 32);
    base_hex_encode(nonce, block->nonce, sizeof block->nonce);
    base_hex_encode(key, ergonet_key, sizeof ergonet_key);
    say(call, 200,
        "{\n  \"difficulty\" : \"%" PRIu64 "\",\n  \"timestamp\" : %" PRIu64
        ",\n  \"height\" : %" PRIu32 ",\n  \"nBits\" : %" PRIu32 ",\n  \"version\" : 2,\n"
        "  \"id\" : \"%s\",\n  \"powSolutions\" : {\n    \"pk\" : \"%s\",\n    \"w\" : \"%s\",\n"
        "    \"n\" : \"%s\",\n    \"d\" : 0\n  },\n  \"parentId\" : \"%s\"\n}",
        block->from.difficulty, block->from.time_ms, block->from.height,
        ergonet_nbits(block->from.difficulty), hex, key, key, nonce, parent);
}

/* ---- requests ---------------------------------------------------------------------------------
 */

static bool has_key(const struct pool_net *net, const struct pool_serve_request *request)
{
    const char *key = net->config.key;
    size_t size = 0;
    const char *value = pool_serve_http_header(request, "api_key", &size);
    return value != NULL && size == strlen(key) && memcmp(value, key, size) == 0;
}

static void dispatch(struct pool_net *net, struct call *call, const char *path)
{
    static const struct {
        const char *method;
        const char *path;
        bool key;
        void (*answer)(struct pool_net *net, struct call *call);
    } rows[] = {
        {"GET", "/mining/candidate", false, candidate},
        {"POST", "/mining/candidateWithTxs", true, candidate},
        {"POST", "/mining/solution", false, solution},
        {"GET", "/mining/rewardPublicKey", false, reward_key},
        {"GET", "/mining/rewardAddress", false, reward_address},
        {"GET", "/info", false, info},
    };
    const struct pool_serve_request *request = call->request;
    bool get = request->method_size == 3 && memcmp(request->head, "GET", 3) == 0;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (strcmp(rows[i].path, path) != 0 || strlen(rows[i].method) != request->method_size ||
            memcmp(rows[i].method, request->head, request->method_size) != 0) {
            continue;
        }
        bool key = rows[i].key || net->config.faults.key_everywhere != 0;
        if (key && !has_key(net, request)) {
            net->stats.keyless++;
            fail(call, 403,
                 "The supplied authentication is not authorized to access this resource");
        } else {
            rows[i].answer(net, call);
        }
        return;
    }
    if (get && strncmp(path, "/blocks/at/", 11) == 0) {
        block_at(net, call, path + 11);
    } else if (get && strncmp(path, "/blocks/", 8) == 0 && strlen(path) > 8 + 64) {
        block_header(net, call, path + 8);
    } else {
        fail(call, 404, "The requested resource could not be found.");
    }
}

void ergonet_http(struct pool_net *net, struct pool_net_client *client,
                  const struct pool_serve_request *request)
{
    char path[128];
    struct call call = {.request = request, .code = 500};
    (void)snprintf(path, sizeof path, "%.*s",
                   request->path_size < sizeof path ? (int)request->path_size : 0, request->path);
    dispatch(net, &call, path);
    pool_net_http(net, client,
                  &(struct pool_net_reply){.code = call.code,
                                           .body = call.body,
                                           .size = strlen(call.body),
                                           .is_verdict = call.is_verdict,
                                           .wait_ms = call.wait_ms});
}
