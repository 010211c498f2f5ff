/* rpc.c: the node's JSON-RPC over HTTP, as far as miners use it: getblocktemplate with long polls,
 * submitblock, and questions about the chain. Answers are those of a running node (komodo.md 5). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "kmdnet/net.h"

enum { NO_METHOD = -32601, BAD_PARAMS = -8, NO_BLOCK = -5, NO_PEERS = -9, NOT_DECODED = -22 };

/* ---- answers -----------------------------------------------------------------------------------
 */

/* A result, or an error where code is not 0. result is taken. */
struct reply {
    json_t *result;
    int code;
    const char *message;
};

static void send_reply(struct pool_net *net, struct pool_net_client *client, const json_t *id,
                       const struct reply *reply, bool is_block)
{
    json_t *error = reply->code == 0
                        ? json_null()
                        : json_pack("{s:i,s:s}", "code", reply->code, "message", reply->message);
    bool is_template = json_object_get(reply->result, "longpollid") != NULL;
    json_t *root = json_pack("{s:o,s:o,s:O}", "result", reply->result, "error", error, "id",
                             id != NULL ? id : json_null());
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    if (text == NULL) {
        pool_serve_reset(client->peer);
        return;
    }
    size_t size = strlen(text) + 1;
    text[size - 1] = '\n'; /* in place of the NUL: none of it is read as text */
    const struct pool_net_reply http = {
        .code = reply->code == 0           ? 200
                : reply->code == NO_METHOD ? 404
                                           : 500,
        .body = text,
        .size = size,
        .cut = is_template && net->stats.templates == net->config.faults.garbage ? POOL_NET_GARBAGE
                                                                                 : POOL_NET_WHOLE,
        .is_verdict = is_block,
    };
    pool_net_http(net, client, &http);
    free(text); /* jansson took it from malloc: free(3) */
}

static json_t *hash_json(const uint8_t hash[32])
{
    uint8_t shown[32];
    char text[65];
    kmdnet_reverse(shown, hash);
    base_hex_encode(text, shown, 32);
    return json_string(text);
}

/* ---- templates ---------------------------------------------------------------------------------
 */

/* The tip's hash as shown and a number, as the node makes them. */
static void poll_id_of(char text[80], const struct pool_net *net)
{
    json_t *hash = hash_json(kmdnet_of(net)->chain->tip->hash);
    (void)snprintf(text, 80, "%s%u", json_string_value(hash), kmdnet_of(net)->chain->tip->height);
    json_decref(hash);
}

static struct reply template_reply(struct pool_net *net)
{
    struct kmdnet_template made;
    char poll_id[80];
    net->stats.templates++;
    poll_id_of(poll_id, net);
    kmdnet_template_make(&made, kmdnet_of(net)->chain, kmdnet_time(net));
    return (struct reply){kmdnet_template_json(&made, poll_id), 0, NULL};
}

uint64_t kmdnet_rpc_polls(struct pool_net *net, bool all)
{
    struct pool_net_client *client = NULL;
    uint64_t due_ms = UINT64_MAX;
    for (size_t at = 0; (client = pool_net_client_next(net, POOL_NET_NODE, &at)) != NULL;) {
        if (client->kept == NULL) {
            continue;
        }
        if (all || client->kept_due_ms <= net->now_ms) {
            const struct reply reply = template_reply(net);
            send_reply(net, client, client->kept, &reply, false);
            json_decref(client->kept);
            client->kept = NULL;
        } else if (client->kept_due_ms < due_ms) {
            due_ms = client->kept_due_ms;
        }
    }
    return due_ms;
}

/* False: the answer comes later. */
static bool get_block_template(struct reply *reply, struct pool_net *net,
                               struct pool_net_client *client, const json_t *id,
                               const json_t *params)
{
    const char *asked = json_string_value(json_object_get(json_array_get(params, 0), "longpollid"));
    char poll_id[80];
    if (net->config.faults.no_peers != 0) {
        *reply = (struct reply){json_null(), NO_PEERS,
                                "Cannot get a block template while no "
                                "peers are connected or chain not in sync!"};
        return true;
    }
    poll_id_of(poll_id, net);
    net->stats.polls += asked != NULL;
    if (asked != NULL && strcmp(asked, poll_id) == 0 && net->config.faults.no_long_poll == 0) {
        client->kept = json_deep_copy(id);
        client->kept_due_ms = net->now_ms + KMDNET_POLL_MS;
        return client->kept == NULL;
    }
    *reply = template_reply(net);
    return true;
}

/* ---- other methods -----------------------------------------------------------------------------
 */

static struct reply submit_block(struct pool_net *net, const json_t *params)
{
    uint8_t block[KMDNET_BLOCK_MAX];
    struct kmdnet_outcome outcome = {.verdict = KMDNET_UNDECODED};
    const char *hex = json_string_value(json_array_get(params, 0));
    size_t size = 0;
    if (hex != NULL && base_hex_decode(block, sizeof block, &size, hex, strlen(hex)) == BASE_OK) {
        kmdnet_submit(&outcome, net, block, size);
    } else {
        net->stats.malformed++;
    }
    switch (outcome.verdict) {
    case KMDNET_UNDECODED:
        return (struct reply){json_null(), NOT_DECODED, "Block decode failed"};
    case KMDNET_SIDE:
    case KMDNET_DUPLICATE:
    case KMDNET_INVALID:
        return (struct reply){json_string(outcome.word), 0, NULL};
    default: /* null also for what is thrown away (komodo.md 5.4) */
        return (struct reply){json_null(), 0, NULL};
    }
}

static struct reply get_block_header(struct pool_net *net, const json_t *params)
{
    uint8_t shown[32];
    uint8_t hash[32];
    const char *text = json_string_value(json_array_get(params, 0));
    if (text == NULL || base_hex_decode_exact(shown, 32, text) != BASE_OK) {
        return (struct reply){json_null(), BAD_PARAMS, "blockhash must be of length 64"};
    }
    kmdnet_reverse(hash, shown);
    const struct kmdnet_block *block = kmdnet_chain_find(kmdnet_of(net)->chain, hash);
    if (block == NULL) {
        return (struct reply){json_null(), NO_BLOCK, "Block not found"};
    }
    bool on_chain = kmdnet_chain_height(kmdnet_of(net)->chain, block->height) == block;
    return (struct reply){
        json_pack("{s:o,s:I,s:I,s:I}", "hash", hash_json(block->hash), "confirmations",
                  on_chain ? (json_int_t)(kmdnet_of(net)->chain->tip->height - block->height + 1)
                           : -1,
                  "height", (json_int_t)block->height, "time", (json_int_t)block->time),
        0, NULL};
}

static struct reply get_block_hash(struct pool_net *net, const json_t *params)
{
    json_int_t height = json_integer_value(json_array_get(params, 0));
    const struct kmdnet_block *block =
        height >= 0 && height <= UINT32_MAX
            ? kmdnet_chain_height(kmdnet_of(net)->chain, (uint32_t)height)
            : NULL;
    return block != NULL ? (struct reply){hash_json(block->hash), 0, NULL}
                         : (struct reply){json_null(), BAD_PARAMS, "Block height out of range"};
}

static struct reply get_info(struct pool_net *net)
{
    return (struct reply){json_pack("{s:i,s:i,s:i,s:s,s:b}", "version", 2001526, "blocks",
                                    (int)kmdnet_of(net)->chain->tip->height, "connections",
                                    net->config.faults.no_peers != 0 ? 0 : 8, "name", "KMDNET",
                                    "synced", 1),
                          0, NULL};
}

/* False: the answer comes later. */
static bool on_call(struct reply *reply, struct pool_net *net, struct pool_net_client *client,
                    const json_t *root, const char *method)
{
    const json_t *params = json_object_get(root, "params");
    if (strcmp(method, "getblocktemplate") == 0) {
        return get_block_template(reply, net, client, json_object_get(root, "id"), params);
    }
    if (strcmp(method, "submitblock") == 0) {
        *reply = submit_block(net, params);
    } else if (strcmp(method, "getblockheader") == 0) {
        *reply = get_block_header(net, params);
    } else if (strcmp(method, "getblockhash") == 0) {
        *reply = get_block_hash(net, params);
    } else if (strcmp(method, "getbestblockhash") == 0) {
        *reply = (struct reply){hash_json(kmdnet_of(net)->chain->tip->hash), 0, NULL};
    } else if (strcmp(method, "getblockcount") == 0) {
        *reply =
            (struct reply){json_integer((json_int_t)kmdnet_of(net)->chain->tip->height), 0, NULL};
    } else if (strcmp(method, "getinfo") == 0) {
        *reply = get_info(net);
    } else {
        *reply = (struct reply){json_null(), NO_METHOD, "Method not found"};
    }
    return true;
}

/* ---- HTTP --------------------------------------------------------------------------------------
 */

static bool may_ask(const struct pool_net *net, const struct pool_serve_request *request)
{
    const char *wanted = kmdnet_of(net)->authorization;
    size_t size = 0;
    const char *value = pool_serve_http_header(request, "Authorization", &size);
    return wanted[0] == '\0' ||
           (value != NULL && size == strlen(wanted) && memcmp(value, wanted, size) == 0);
}

void kmdnet_http(struct pool_net *net, struct pool_net_client *client,
                 const struct pool_serve_request *request)
{
    static const char not_post[] = "JSONRPC server handles only POST requests";
    if (request->method_size != 4 || memcmp(request->head, "POST", 4) != 0) {
        pool_serve_http_answer(client->peer, 405, "text/plain", not_post, sizeof not_post - 1);
        return;
    }
    if (!may_ask(net, request)) {
        pool_serve_http_answer(client->peer, 401, "text/plain", "", 0);
        return;
    }
    json_t *root = json_loadb(request->body, request->body_size, 0, NULL);
    const char *method = json_string_value(json_object_get(root, "method"));
    struct reply reply = {json_null(), -32700, "Parse error"};
    bool now = true;
    if (method != NULL) {
        now = on_call(&reply, net, client, root, method);
    } else {
        net->stats.malformed++;
    }
    if (now) {
        send_reply(net, client, json_object_get(root, "id"), &reply,
                   method != NULL && strcmp(method, "submitblock") == 0);
    }
    json_decref(root);
}
