/* rpc.c: the node's JSON-RPC, over HTTP and over TCP lines; subscriptions over the latter. Answers
 * and texts are those of a running node (ckb.md 10). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "ckbnet/net.h"

enum { INVALID_REQUEST = -32600, NO_METHOD = -32601, BAD_PARAMS = -32602, PARSE = -32700 };
enum { DISABLED = -4, INVALID = -3 };

static const char mainnet_hash[] =
    "0x92b197aa1fba0f63633922c61c92375c9c074a93e85963554f5499fe1450d0e5";

/* ---- answers -----------------------------------------------------------------------------------
 */

/* {"jsonrpc", "result" or "error", "id"}; part is taken. */
static json_t *answer(const json_t *root, const char *key, json_t *part)
{
    json_t *id = json_object_get(root, "id");
    return json_pack("{s:s,s:o,s:O}", "jsonrpc", "2.0", key, part, "id",
                     id != NULL ? id : json_null());
}

__attribute__((format(printf, 3, 4))) static json_t *fail(const json_t *root, int code,
                                                          const char *format, ...)
{
    char text[3 * CKBNET_TEXT_MAX];
    va_list args;
    va_start(args, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it was started above */
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_t *error = json_pack("{s:i,s:s}", "code", code, "message", text);
    if (code == INVALID) {
        (void)json_object_set_new(error, "data", json_string("Error { }"));
    }
    return answer(root, "error", error);
}

static json_t *disabled(const json_t *root)
{
    return fail(
        root, DISABLED,
        "RPCModuleIsDisabled: This RPC method is in the module `Miner`. Please modify "
        "`rpc.modules` and `block_assembler` in ckb.toml and restart the ckb node to enable "
        "it.");
}

static bool read_number(uint64_t *number, const json_t *json)
{
    const char *text = json_string_value(json);
    char *end = NULL;
    if (text == NULL || strncmp(text, "0x", 2) != 0 || text[2] == '\0' ||
        (text[2] == '0' && text[3] != '\0') || strlen(text) > 18) {
        return false;
    }
    *number = strtoull(text + 2, &end, 16);
    return *end == '\0' && text[2] != '-' && text[2] != '+' && text[2] != ' ';
}

/* ---- methods -----------------------------------------------------------------------------------
 */

static json_t *get_block_template(struct pool_net *net, const json_t *root)
{
    if (net->config.faults.no_assembler != 0) {
        return disabled(root);
    }
    net->stats.templates++;
    if (ckbnet_of(net)->old_left > 0 && ckbnet_of(net)->before != NULL) {
        ckbnet_of(net)->old_left--;
        return answer(root, "result", json_incref(ckbnet_of(net)->before));
    }
    if (net->stats.templates == net->config.faults.bad_hash) {
        json_t *copy = json_deep_copy(ckbnet_of(net)->current);
        (void)json_object_set_new(
            json_object_get(copy, "cellbase"), "hash",
            json_string("0x1111111111111111111111111111111111111111111111111111111111111111"));
        return answer(root, "result", copy);
    }
    return answer(root, "result", json_incref(ckbnet_of(net)->current));
}

static json_t *submit_block(struct pool_net *net, const json_t *root)
{
    const json_t *params = json_object_get(root, "params");
    struct ckbnet_outcome outcome;
    char text[CKBNET_TEXT_MAX];
    if (net->config.faults.no_assembler != 0) {
        return disabled(root);
    }
    if (json_array_size(params) > 0 && !json_is_string(json_array_get(params, 0))) {
        net->stats.malformed++;
        (void)ckbnet_wrong_type(text, json_array_get(params, 0), "a string");
        return fail(root, BAD_PARAMS, "Invalid params: %s", text);
    }
    if (json_array_size(params) < 2) {
        net->stats.malformed++;
        return fail(root, BAD_PARAMS,
                    "Invalid params: invalid length %zu, expected a tuple of size 2.",
                    json_array_size(params));
    }
    ckbnet_submit(&outcome, net, json_array_get(params, 1));
    switch (outcome.verdict) {
    case CKBNET_TIP:
    case CKBNET_BRANCH:
    case CKBNET_DUPLICATE:
        return answer(root, "result", ckbnet_hex_json(outcome.hash, 32));
    case CKBNET_MALFORMED:
        return fail(root, BAD_PARAMS, "Invalid params: %s", outcome.text);
    case CKBNET_NO_MEMORY:
        return fail(root, -1, "Internal: no memory");
    default:
        return fail(root, INVALID, "Invalid: %s", outcome.text);
    }
}

static json_t *get_block_hash(struct pool_net *net, const json_t *root)
{
    uint64_t number = 0;
    if (!read_number(&number, json_array_get(json_object_get(root, "params"), 0))) {
        return fail(root, BAD_PARAMS, "Invalid params: invalid block number.");
    }
    if (number == 0) {
        return answer(root, "result",
                      net->config.faults.mainnet != 0
                          ? json_string(mainnet_hash)
                          : ckbnet_hex_json(ckbnet_of(net)->chain->genesis_hash, 32));
    }
    const struct ckbnet_block *block =
        ckbnet_chain_ancestor(ckbnet_of(net)->chain, ckbnet_of(net)->chain->tip, number);
    return answer(root, "result", block != NULL ? ckbnet_hex_json(block->hash, 32) : json_null());
}

static json_t *header_of(const struct ckbnet_block *block)
{
    return block != NULL ? ckbnet_header_json(block->header, block->hash) : json_null();
}

/* A block as the RPC shows it, without its transactions; null for NULL. */
static json_t *block_of(const struct pool_net *net, const struct ckbnet_block *block)
{
    if (block == NULL) {
        return json_null();
    }
    json_t *uncles = json_array();
    for (size_t i = 0; i < block->uncle_count; i++) {
        (void)json_array_append_new(
            uncles, json_pack("{s:o,s:[]}", "header",
                              header_of(ckbnet_chain_find(ckbnet_of(net)->chain, block->uncles[i])),
                              "proposals"));
    }
    return json_pack("{s:o,s:o,s:[],s:[]}", "header", header_of(block), "uncles", uncles,
                     "transactions", "proposals");
}

static bool on_chain(const struct pool_net *net, const struct ckbnet_block *block)
{
    return block != NULL && ckbnet_chain_ancestor(ckbnet_of(net)->chain, ckbnet_of(net)->chain->tip,
                                                  block->number) == block;
}

/* The block that a request names by its hash. Returns false when that is no hash. */
static bool read_block(const struct ckbnet_block **block, const struct pool_net *net,
                       const json_t *root)
{
    uint8_t hash[32];
    const char *text = json_string_value(json_array_get(json_object_get(root, "params"), 0));
    bool good = text != NULL && strncmp(text, "0x", 2) == 0 &&
                base_hex_decode_exact(hash, 32, text + 2) == BASE_OK;
    *block = good ? ckbnet_chain_find(ckbnet_of(net)->chain, hash) : NULL;
    return good;
}

static json_t *no_hash(const json_t *root)
{
    return fail(root, BAD_PARAMS,
                "Invalid params: invalid length, expected a 0x-prefixed hex string with 64 "
                "digits.");
}

static json_t *get_fork_block(struct pool_net *net, const json_t *root)
{
    const struct ckbnet_block *block = NULL;
    if (!read_block(&block, net, root)) {
        return no_hash(root);
    }
    return answer(root, "result", block_of(net, on_chain(net, block) ? NULL : block));
}

static json_t *get_block_by_number(struct pool_net *net, const json_t *root)
{
    uint64_t number = 0;
    if (!read_number(&number, json_array_get(json_object_get(root, "params"), 0))) {
        return fail(root, BAD_PARAMS, "Invalid params: invalid block number.");
    }
    return answer(root, "result",
                  block_of(net, ckbnet_chain_ancestor(ckbnet_of(net)->chain,
                                                      ckbnet_of(net)->chain->tip, number)));
}

static json_t *get_header(struct pool_net *net, const json_t *root)
{
    const struct ckbnet_block *block = NULL;
    if (!read_block(&block, net, root)) {
        return no_hash(root);
    }
    return answer(root, "result", header_of(on_chain(net, block) ? block : NULL));
}

static json_t *get_tip_header(struct pool_net *net, const json_t *root)
{
    return answer(root, "result", header_of(ckbnet_of(net)->chain->tip));
}

static json_t *get_tip_block_number(struct pool_net *net, const json_t *root)
{
    char text[24];
    return answer(root, "result",
                  json_string(ckbnet_number_text(text, ckbnet_of(net)->chain->tip->number)));
}

static json_t *get_blockchain_info(struct pool_net *net, const json_t *root)
{
    char epoch[24];
    char median[24];
    return answer(
        root, "result",
        json_pack(
            "{s:s,s:s,s:s,s:s,s:b,s:[]}", "chain", "ckb_dev", "median_time",
            ckbnet_number_text(
                median, ckbnet_chain_median_ms(ckbnet_of(net)->chain, ckbnet_of(net)->chain->tip)),
            "epoch",
            ckbnet_number_text(epoch, base_load_le64(ckbnet_of(net)->chain->tip->header + 24)),
            "difficulty", "0x100", "is_initial_block_download",
            (int)(net->config.faults.not_synced != 0), "alerts"));
}

static json_t *local_node_info(struct pool_net *net, const json_t *root)
{
    (void)net;
    return answer(
        root, "result",
        json_pack("{s:s,s:s,s:b}", "version", "0.210.0", "node_id", "ckbnet", "active", 1));
}

static json_t *on_call(struct pool_net *net, const json_t *root, bool *is_block)
{
    static const struct {
        const char *method;
        json_t *(*call)(struct pool_net *net, const json_t *root);
    } rows[] = {
        {"get_block_template", get_block_template},
        {"submit_block", submit_block},
        {"get_block_hash", get_block_hash},
        {"get_header", get_header},
        {"get_fork_block", get_fork_block},
        {"get_block_by_number", get_block_by_number},
        {"get_tip_header", get_tip_header},
        {"get_tip_block_number", get_tip_block_number},
        {"get_blockchain_info", get_blockchain_info},
        {"local_node_info", local_node_info},
    };
    const char *method = json_string_value(json_object_get(root, "method"));
    const char *version = json_string_value(json_object_get(root, "jsonrpc"));
    *is_block = method != NULL && strcmp(method, "submit_block") == 0;
    if (root == NULL) {
        net->stats.malformed++;
        return fail(root, PARSE, "Parse error");
    }
    if (version == NULL || strcmp(version, "2.0") != 0) {
        net->stats.malformed++;
        return fail(root, INVALID_REQUEST, "Unsupported JSON-RPC protocol version");
    }
    for (size_t i = 0; method != NULL && i < BASE_COUNT_OF(rows); i++) {
        if (strcmp(rows[i].method, method) == 0) {
            return rows[i].call(net, root);
        }
    }
    return fail(root, NO_METHOD, "Method not found");
}

/* ---- HTTP --------------------------------------------------------------------------------------
 */

void ckbnet_http(struct pool_net *net, struct pool_net_client *client,
                 const struct pool_serve_request *request)
{
    static const char not_post[] = "Used HTTP Method is not allowed. POST or OPTIONS is required";
    const struct pool_net_faults *faults = &net->config.faults;
    struct pool_net_reply reply = {.code = 200};
    if (request->method_size != 4 || memcmp(request->head, "POST", 4) != 0) {
        pool_serve_http_answer(client->peer, 405, "text/plain", not_post, sizeof not_post - 1);
        return;
    }
    json_t *root = json_loadb(request->body, request->body_size, 0, NULL);
    json_t *made = on_call(net, root, &reply.is_verdict);
    char *text = json_dumps(made, JSON_COMPACT);
    if (text == NULL) {
        pool_serve_reset(client->peer);
    } else {
        if (json_object_get(json_object_get(made, "result"), "work_id") != NULL) {
            reply.cut = net->stats.templates == faults->half      ? POOL_NET_HALF
                        : net->stats.templates == faults->garbage ? POOL_NET_GARBAGE
                                                                  : POOL_NET_WHOLE;
        }
        reply.body = text;
        reply.size = strlen(text);
        pool_net_http(net, client, &reply);
    }
    free(text); /* jansson took it from malloc: free(3) */
    json_decref(made);
    json_decref(root);
}

/* ---- lines -------------------------------------------------------------------------------------
 */

void ckbnet_line(struct pool_net *net, struct pool_net_client *client, const char *line,
                 size_t size)
{
    json_t *root = json_loadb(line, size, 0, NULL);
    const char *method = json_string_value(json_object_get(root, "method"));
    const char *topic = json_string_value(json_array_get(json_object_get(root, "params"), 0));
    json_t *made = NULL;
    bool is_block = false;
    if (method == NULL || strcmp(method, "subscribe") != 0) {
        made = on_call(net, root, &is_block);
    } else if (topic == NULL || strcmp(topic, "new_tip_header") != 0) {
        made = fail(root, BAD_PARAMS, "Invalid params: unknown topic.");
    } else {
        uint8_t id[16];
        base_random_bytes(&net->random, id, sizeof id);
        json_decref(client->kept);
        client->kept = ckbnet_hex_json(id, sizeof id);
        made = answer(root, "result", json_incref(client->kept));
    }
    pool_net_line(net, client, made, is_block);
    json_decref(root);
}

void ckbnet_rpc_tell(struct pool_net *net)
{
    struct pool_net_client *client = NULL;
    json_t *header = header_of(ckbnet_of(net)->chain->tip);
    char *text = json_dumps(header, JSON_COMPACT);
    for (size_t at = 0;
         text != NULL && (client = pool_net_client_next(net, POOL_NET_EVENTS, &at)) != NULL;) {
        if (client->kept != NULL && net->config.faults.no_events == 0) {
            pool_net_line(net, client,
                          json_pack("{s:s,s:s,s:{s:O,s:s}}", "jsonrpc", "2.0", "method",
                                    "subscribe", "params", "subscription", client->kept, "result",
                                    text),
                          false);
            net->stats.events++;
        }
    }
    free(text); /* jansson took it from malloc: free(3) */
    json_decref(header);
}
