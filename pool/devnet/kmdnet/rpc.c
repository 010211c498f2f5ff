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

static void send_reply(struct pool_kmdnet *net, struct kmdnet_client *client, const json_t *id,
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
    size_t size = strlen(text);
    char whole[KMDNET_BODY_MAX];
    if (is_template && net->stats.templates == net->config.faults.garbage) {
        memset(text, '?', size);
    }
    int count = snprintf(whole, sizeof whole,
                         "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: "
                         "%zu\r\n\r\n%s\n",
                         reply->code == 0           ? 200
                         : reply->code == NO_METHOD ? 404
                                                    : 500,
                         reply->code == 0 ? "OK" : "Error", size + 1, text);
    free(text); /* jansson took it from malloc: free(3) */
    if (count < 0 || (size_t)count >= sizeof whole) {
        pool_serve_reset(client->peer);
    } else if (is_block) {
        kmdnet_answer(net, client, whole, (size_t)count);
    } else {
        pool_serve_send(client->peer, whole, (size_t)count);
    }
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
static void poll_id_of(char text[80], const struct pool_kmdnet *net)
{
    json_t *hash = hash_json(net->chain->tip->hash);
    (void)snprintf(text, 80, "%s%u", json_string_value(hash), net->chain->tip->height);
    json_decref(hash);
}

static struct reply template_reply(struct pool_kmdnet *net)
{
    struct kmdnet_template made;
    char poll_id[80];
    net->stats.templates++;
    poll_id_of(poll_id, net);
    kmdnet_template_make(&made, net->chain, net->time);
    return (struct reply){kmdnet_template_json(&made, poll_id), 0, NULL};
}

uint64_t kmdnet_rpc_polls(struct pool_kmdnet *net, bool all)
{
    struct kmdnet_client *client = NULL;
    uint64_t due_ms = UINT64_MAX;
    for (size_t at = 0; (client = kmdnet_client_next(net, KMDNET_HTTP, &at)) != NULL;) {
        if (client->poll_id == NULL) {
            continue;
        }
        if (all || client->poll_due_ms <= net->now_ms) {
            const struct reply reply = template_reply(net);
            send_reply(net, client, client->poll_id, &reply, false);
            json_decref(client->poll_id);
            client->poll_id = NULL;
        } else if (client->poll_due_ms < due_ms) {
            due_ms = client->poll_due_ms;
        }
    }
    return due_ms;
}

/* False: the answer comes later. */
static bool get_block_template(struct reply *reply, struct pool_kmdnet *net,
                               struct kmdnet_client *client, const json_t *id, const json_t *params)
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
        client->poll_id = json_deep_copy(id);
        client->poll_due_ms = net->now_ms + KMDNET_POLL_MS;
        return client->poll_id == NULL;
    }
    *reply = template_reply(net);
    return true;
}

/* ---- other methods -----------------------------------------------------------------------------
 */

static struct reply submit_block(struct pool_kmdnet *net, const json_t *params)
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

static struct reply get_block_header(struct pool_kmdnet *net, const json_t *params)
{
    uint8_t shown[32];
    uint8_t hash[32];
    const char *text = json_string_value(json_array_get(params, 0));
    if (text == NULL || base_hex_decode_exact(shown, 32, text) != BASE_OK) {
        return (struct reply){json_null(), BAD_PARAMS, "blockhash must be of length 64"};
    }
    kmdnet_reverse(hash, shown);
    const struct kmdnet_block *block = kmdnet_chain_find(net->chain, hash);
    if (block == NULL) {
        return (struct reply){json_null(), NO_BLOCK, "Block not found"};
    }
    bool on_chain = kmdnet_chain_height(net->chain, block->height) == block;
    return (struct reply){
        json_pack("{s:o,s:I,s:I,s:I}", "hash", hash_json(block->hash), "confirmations",
                  on_chain ? (json_int_t)(net->chain->tip->height - block->height + 1) : -1,
                  "height", (json_int_t)block->height, "time", (json_int_t)block->time),
        0, NULL};
}

static struct reply get_block_hash(struct pool_kmdnet *net, const json_t *params)
{
    json_int_t height = json_integer_value(json_array_get(params, 0));
    const struct kmdnet_block *block = height >= 0 && height <= UINT32_MAX
                                           ? kmdnet_chain_height(net->chain, (uint32_t)height)
                                           : NULL;
    return block != NULL ? (struct reply){hash_json(block->hash), 0, NULL}
                         : (struct reply){json_null(), BAD_PARAMS, "Block height out of range"};
}

static struct reply get_info(struct pool_kmdnet *net)
{
    return (struct reply){json_pack("{s:i,s:i,s:i,s:s,s:b}", "version", 2001526, "blocks",
                                    (int)net->chain->tip->height, "connections",
                                    net->config.faults.no_peers != 0 ? 0 : 8, "name", "KMDNET",
                                    "synced", 1),
                          0, NULL};
}

/* False: the answer comes later. */
static bool on_call(struct reply *reply, struct pool_kmdnet *net, struct kmdnet_client *client,
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
        *reply = (struct reply){hash_json(net->chain->tip->hash), 0, NULL};
    } else if (strcmp(method, "getblockcount") == 0) {
        *reply = (struct reply){json_integer((json_int_t)net->chain->tip->height), 0, NULL};
    } else if (strcmp(method, "getinfo") == 0) {
        *reply = get_info(net);
    } else {
        *reply = (struct reply){json_null(), NO_METHOD, "Method not found"};
    }
    return true;
}

/* ---- HTTP --------------------------------------------------------------------------------------
 */

static bool may_ask(const struct pool_kmdnet *net, const struct pool_serve_request *request)
{
    size_t size = 0;
    const char *value = pool_serve_http_header(request, "Authorization", &size);
    return net->authorization[0] == '\0' || (value != NULL && size == strlen(net->authorization) &&
                                             memcmp(value, net->authorization, size) == 0);
}

static void on_http(struct pool_kmdnet *net, struct kmdnet_client *client,
                    const struct pool_serve_request *request)
{
    static const char not_post[] = "JSONRPC server handles only POST requests";
    static const char busy[] = "Work queue depth exceeded";
    net->requests++;
    if (request->method_size != 4 || memcmp(request->head, "POST", 4) != 0) {
        pool_serve_http_answer(client->peer, 405, "text/plain", not_post, sizeof not_post - 1);
        return;
    }
    if (!may_ask(net, request)) {
        pool_serve_http_answer(client->peer, 401, "text/plain", "", 0);
        return;
    }
    if (net->config.faults.busy > 0 && net->requests % net->config.faults.busy == 0) {
        pool_serve_http_answer(client->peer, 503, "text/plain", busy, sizeof busy - 1);
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

void kmdnet_rpc_input(struct pool_kmdnet *net, struct kmdnet_client *client)
{
    enum base_status status = BASE_OK;
    while (status == BASE_OK && client->poll_id == NULL && !pool_serve_ends(client->peer)) {
        struct pool_serve_request request;
        status = pool_serve_http(client->peer, &request, KMDNET_BODY_MAX);
        if (status == BASE_OK) {
            on_http(net, client, &request);
        }
    }
    if (status != BASE_OK && status != BASE_E_AGAIN) {
        net->stats.malformed++;
        pool_serve_reset(client->peer);
    }
}
