/* rest.c: the few REST calls of a full node that a miner asks for, answered from the running
 * development network. libmicrohttpd runs inside the server's own loop: no thread, no lock.
 * Facts: docs/devnet.md (from alephium.md 5). */
#include <inttypes.h>
#include <jansson.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "devnet/address.h"
#include "devnet/server.h"

enum {
    BODY_MAX = 4096,       /* bytes of a request body */
    MEMORY_MAX = 16384,    /* bytes of a connection, headers included */
    CONNECTIONS_MAX = 64,  /* at once */
    TIMEOUT_S = 15,        /* of an idle connection */
    TIMESPAN_MS = 600000,  /* default window of the hashrate */
    NETWORK_ID_DEVNET = 2, /* "id mod 3 = 2 means devnet type" */
};

/* One request while its body comes in. */
struct request {
    size_t body_size;
    bool too_long;
    char body[BODY_MAX];
};

/* A request as the calls see it. Borrowed. */
struct call {
    struct MHD_Connection *http;
    const char *path;
    const struct request *request;
};

/* What a call answers. json is taken over by the sender. */
struct answer {
    unsigned code;
    json_t *json;
};

static struct answer answer_error(unsigned code, const char *detail)
{
    return (struct answer){code, json_pack("{s:s}", "detail", detail)};
}

static struct answer answer_invalid(const char *what)
{
    char detail[64];
    (void)snprintf(detail, sizeof detail, "Invalid value for: %s", what);
    return answer_error(MHD_HTTP_BAD_REQUEST, detail);
}

static struct answer answer_json(json_t *json)
{
    return (struct answer){MHD_HTTP_OK, json};
}

/* A decimal query argument of at most `most`. */
static bool query_number(uint64_t *value, struct MHD_Connection *http, const char *name,
                         uint64_t most)
{
    const char *text = MHD_lookup_connection_value(http, MHD_GET_ARGUMENT_KIND, name);
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;
    *value = 0;
    if (digits == 0 || digits > 18 || text[digits] != '\0') {
        return false;
    }
    *value = strtoull(text, NULL, 10);
    return *value <= most;
}

static bool query_chain(unsigned *chain, struct MHD_Connection *http)
{
    uint64_t from = 0;
    uint64_t to = 0;
    bool good = query_number(&from, http, "fromGroup", POOL_DEVNET_GROUPS - 1) &&
                query_number(&to, http, "toGroup", POOL_DEVNET_GROUPS - 1);
    *chain = (unsigned)(from * POOL_DEVNET_GROUPS + to);
    return good;
}

/* ---- the calls ----------------------------------------------------------------------------- */

static struct answer self_clique(struct pool_devnet *devnet, struct call *call)
{
    (void)call;
    char id[67];
    uint8_t bytes[33] = {2}; /* looks like a compressed public key, as the node's does */
    memcpy(bytes + 1, devnet->chains->chain[0].history[0].hash, 32);
    base_hex_encode(id, bytes, sizeof bytes);
    json_t *node = json_pack("{s:s, s:i, s:i, s:i}", "address", devnet->config.bind, "restPort",
                             (int)devnet->rest_port, "wsPort", (int)devnet->rest_port,
                             "minerApiPort", (int)devnet->node_port);
    bool synced = devnet->config.faults.not_synced == 0 && devnet->config.faults.sync_lost == 0;
    return answer_json(json_pack("{s:s, s:[o], s:b, s:b}", "cliqueId", id, "nodes", node,
                                 "selfReady", 1, "synced", (int)synced));
}

/* The network has one clique. */
static struct answer peers(struct pool_devnet *devnet, struct call *call)
{
    (void)devnet;
    (void)call;
    return answer_json(json_array());
}

static struct answer node_version(struct pool_devnet *devnet, struct call *call)
{
    (void)call;
    return answer_json(
        json_pack("{s:s}", "version", devnet->config.node_version == 1 ? "v4.6.0" : "v3.5.4"));
}

static struct answer chain_params(struct pool_devnet *devnet, struct call *call)
{
    (void)devnet;
    (void)call;
    return answer_json(json_pack("{s:i, s:i, s:i, s:i}", "networkId", NETWORK_ID_DEVNET,
                                 "numZerosAtLeastInHash", 0, "groupNumPerBroker",
                                 POOL_DEVNET_GROUPS, "groups", POOL_DEVNET_GROUPS));
}

static struct answer hashrate(struct pool_devnet *devnet, struct call *call)
{
    uint64_t timespan_ms = TIMESPAN_MS;
    char text[48];
    if (MHD_lookup_connection_value(call->http, MHD_GET_ARGUMENT_KIND, "timespan") != NULL &&
        (!query_number(&timespan_ms, call->http, "timespan", UINT64_C(86400000)) ||
         timespan_ms == 0)) {
        return answer_invalid("query parameter timespan");
    }
    double rate = pool_devnet_chains_hashrate(devnet->chains, devnet->time_ms, timespan_ms);
    (void)snprintf(text, sizeof text, "%" PRIu64 " MH/s", (uint64_t)(rate / 1e6));
    return answer_json(json_pack("{s:s}", "hashrate", text));
}

static struct answer difficulty(struct pool_devnet *devnet, struct call *call)
{
    (void)call;
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, pool_devnet_chains_difficulty(devnet->chains));
    return answer_json(json_pack("{s:s}", "difficulty", text));
}

static struct answer get_addresses(struct pool_devnet *devnet, struct call *call)
{
    (void)call;
    if (devnet->config.faults.no_addresses != 0) {
        return answer_error(MHD_HTTP_INTERNAL_SERVER_ERROR, "Miner addresses are not set up");
    }
    return answer_json(json_pack("{s:[s,s,s,s]}", "addresses", devnet->addresses[0],
                                 devnet->addresses[1], devnet->addresses[2], devnet->addresses[3]));
}

static struct answer put_addresses(struct pool_devnet *devnet, struct call *call)
{
    char addresses[POOL_DEVNET_GROUPS][sizeof devnet->addresses[0]];
    if (call->request->too_long) {
        return answer_error(MHD_HTTP_CONTENT_TOO_LARGE, "Body too long");
    }
    json_t *root = json_loadb(call->request->body, call->request->body_size, 0, NULL);
    const json_t *list = json_object_get(root, "addresses");
    bool good = json_array_size(list) == POOL_DEVNET_GROUPS;
    for (size_t i = 0; good && i < POOL_DEVNET_GROUPS; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        good = text != NULL && pool_devnet_address_group(text, strlen(text)) == (int)i;
        (void)snprintf(addresses[i], sizeof addresses[i], "%s", good ? text : "");
    }
    json_decref(root);
    if (!good) {
        return answer_invalid("body");
    }
    memcpy(devnet->addresses, addresses, sizeof addresses);
    devnet->config.faults.no_addresses = 0;
    return answer_json(NULL);
}

static struct answer chain_info(struct pool_devnet *devnet, struct call *call)
{
    unsigned chain = 0;
    if (!query_chain(&chain, call->http)) {
        return answer_invalid("query parameter fromGroup");
    }
    return answer_json(
        json_pack("{s:I}", "currentHeight", (json_int_t)devnet->chains->chain[chain].height));
}

static struct answer hashes(struct pool_devnet *devnet, struct call *call)
{
    unsigned chain = 0;
    uint64_t height = 0;
    if (!query_chain(&chain, call->http) ||
        !query_number(&height, call->http, "height", INT32_MAX)) {
        return answer_invalid("query parameter height");
    }
    json_t *list = json_array();
    const struct pool_devnet_block *block = pool_devnet_chains_block(devnet->chains, chain, height);
    if (block != NULL) {
        char text[65];
        base_hex_encode(text, block->hash, 32);
        (void)json_array_append_new(list, json_string(text));
    }
    return answer_json(json_pack("{s:o}", "headers", list));
}

static struct answer in_main_chain(struct pool_devnet *devnet, struct call *call)
{
    uint8_t hash[32];
    const char *text = MHD_lookup_connection_value(call->http, MHD_GET_ARGUMENT_KIND, "blockHash");
    if (text == NULL || base_hex_decode_exact(hash, sizeof hash, text) != BASE_OK) {
        return answer_invalid("query parameter blockHash");
    }
    return answer_json(json_boolean(pool_devnet_chains_is_main(devnet->chains, hash)));
}

/* The hash at the end of a path; false: there is none. */
static bool path_hash(uint8_t hash[32], const struct call *call)
{
    return base_hex_decode_exact(hash, 32, strrchr(call->path, '/') + 1) == BASE_OK;
}

static struct answer header(struct pool_devnet *devnet, struct call *call)
{
    uint8_t hash[32];
    char text[65];
    if (!path_hash(hash, call)) {
        return answer_invalid("path parameter block_hash");
    }
    if (!pool_devnet_chains_is_main(devnet->chains, hash) &&
        !pool_devnet_chains_is_uncle(devnet->chains, hash)) {
        return answer_error(MHD_HTTP_NOT_FOUND, "Header not found");
    }
    int chain = (int)pool_devnet_chain_of(hash);
    base_hex_encode(text, hash, sizeof hash);
    return answer_json(json_pack("{s:s, s:i, s:i}", "hash", text, "chainFrom",
                                 chain / POOL_DEVNET_GROUPS, "chainTo",
                                 chain % POOL_DEVNET_GROUPS));
}

/* No block names its uncles here: the chain's tip stands for the one that pays an uncle. */
static struct answer block_by_uncle(struct pool_devnet *devnet, struct call *call)
{
    uint8_t hash[32];
    char text[65];
    if (!path_hash(hash, call)) {
        return answer_invalid("path parameter ghost_uncle_hash");
    }
    if (!pool_devnet_chains_is_uncle(devnet->chains, hash)) {
        return answer_error(MHD_HTTP_NOT_FOUND, "The mainchain block that references the ghost "
                                                "uncle block not found");
    }
    unsigned chain = pool_devnet_chain_of(hash);
    const struct pool_devnet_block *tip =
        pool_devnet_chains_block(devnet->chains, chain, devnet->chains->chain[chain].height);
    base_hex_encode(text, tip->hash, sizeof tip->hash);
    return answer_json(json_pack("{s:s}", "hash", text));
}

static struct answer address_group(struct pool_devnet *devnet, struct call *call)
{
    (void)devnet;
    const char *text = call->path + strlen("/addresses/");
    const char *end = strchr(text, '/');
    int group = end != NULL && strcmp(end, "/group") == 0
                    ? pool_devnet_address_group(text, (size_t)(end - text))
                    : -1;
    if (group < 0) {
        return answer_invalid("path parameter address");
    }
    return answer_json(json_pack("{s:i}", "group", group));
}

static struct answer route(struct pool_devnet *devnet, struct call *call, const char *method)
{
    static const struct {
        const char *method;
        const char *path; /* whole, or up to its last "/" */
        struct answer (*answer)(struct pool_devnet *devnet, struct call *call);
    } routes[] = {
        {MHD_HTTP_METHOD_PUT, "/miners/addresses", put_addresses},
        {MHD_HTTP_METHOD_GET, "/infos/self-clique", self_clique},
        {MHD_HTTP_METHOD_GET, "/infos/inter-clique-peer-info", peers},
        {MHD_HTTP_METHOD_GET, "/infos/version", node_version},
        {MHD_HTTP_METHOD_GET, "/infos/chain-params", chain_params},
        {MHD_HTTP_METHOD_GET, "/infos/current-hashrate", hashrate},
        {MHD_HTTP_METHOD_GET, "/infos/current-difficulty", difficulty},
        {MHD_HTTP_METHOD_GET, "/miners/addresses", get_addresses},
        {MHD_HTTP_METHOD_GET, "/blockflow/chain-info", chain_info},
        {MHD_HTTP_METHOD_GET, "/blockflow/hashes", hashes},
        {MHD_HTTP_METHOD_GET, "/blockflow/is-block-in-main-chain", in_main_chain},
        {MHD_HTTP_METHOD_GET, "/blockflow/headers/", header},
        {MHD_HTTP_METHOD_GET, "/blockflow/main-chain-block-by-ghost-uncle/", block_by_uncle},
        {MHD_HTTP_METHOD_GET, "/addresses/", address_group},
    };
    for (size_t i = 0; i < BASE_COUNT_OF(routes); i++) {
        size_t size = strlen(routes[i].path);
        bool begins = strncmp(call->path, routes[i].path, size) == 0;
        if (strcmp(method, routes[i].method) == 0 && begins &&
            (call->path[size] == '\0' || routes[i].path[size - 1] == '/')) {
            return routes[i].answer(devnet, call);
        }
    }
    return answer_error(MHD_HTTP_NOT_FOUND, "No such call on the development network");
}

/* ---- HTTP ---------------------------------------------------------------------------------- */

/* The node refuses a key it did not ask for just as it refuses a missing one. */
static const char *key_problem(const struct pool_devnet *devnet, struct MHD_Connection *http)
{
    const char *key = MHD_lookup_connection_value(http, MHD_HEADER_KIND, "X-API-KEY");
    if (devnet->config.api_key[0] == '\0') {
        return key != NULL ? "Api key not configured in server" : NULL;
    }
    if (key == NULL) {
        return "Missing api key";
    }
    return strcmp(key, devnet->config.api_key) == 0 ? NULL : "Wrong api key";
}

static enum MHD_Result send_answer(struct MHD_Connection *http, struct answer answer)
{
    char empty[] = "";
    char *text =
        answer.json != NULL ? json_dumps(answer.json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        text != NULL ? strlen(text) : 0, text != NULL ? text : empty, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_NO;
    if (response != NULL) {
        (void)MHD_add_response_header(response, "Content-Type", "application/json");
        result = MHD_queue_response(http, answer.code, response);
        MHD_destroy_response(response);
    }
    free(text); /* jansson took it from malloc: free(3) */
    json_decref(answer.json);
    return result;
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *http, const char *path,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_size, void **state)
{
    struct pool_devnet *devnet = user;
    struct request *request = *state;
    (void)version;
    if (request == NULL) { /* first call: headers only */
        request = base_alloc(1, sizeof *request);
        *state = request;
        return request != NULL ? MHD_YES : MHD_NO;
    }
    if (*body_size > 0) {
        if (*body_size > BODY_MAX - request->body_size) {
            request->too_long = true;
        } else {
            memcpy(request->body + request->body_size, body, *body_size);
            request->body_size += *body_size;
        }
        *body_size = 0;
        return MHD_YES;
    }
    const char *problem = key_problem(devnet, http);
    struct call call = {http, path, request};
    return send_answer(http, problem != NULL ? answer_error(MHD_HTTP_UNAUTHORIZED, problem)
                                             : route(devnet, &call, method));
}

static void on_completed(void *user, struct MHD_Connection *http, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)user;
    (void)http;
    (void)code;
    base_free(*state);
    *state = NULL;
}

enum base_status pool_devnet_rest_start(struct pool_devnet *devnet, int listen_fd,
                                        struct base_error *error)
{
    devnet->rest = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, devnet, MHD_OPTION_LISTEN_SOCKET, listen_fd,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        devnet->rest != NULL ? MHD_get_daemon_info(devnet->rest, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (info == NULL) {
        if (devnet->rest == NULL) {
            (void)close(listen_fd);
        }
        return base_error_set(error, BASE_E_IO, "Cannot start the REST port (libmicrohttpd)");
    }
    return pool_serve_watch(devnet->serve, info->epoll_fd, error);
}

void pool_devnet_rest_stop(struct pool_devnet *devnet)
{
    if (devnet->rest != NULL) {
        MHD_stop_daemon(devnet->rest); /* closes the listening socket, too */
        devnet->rest = NULL;
    }
}

void pool_devnet_rest_turn(struct pool_devnet *devnet)
{
    if (devnet->rest != NULL) {
        (void)MHD_run(devnet->rest);
    }
}

uint32_t pool_devnet_rest_wait_ms(struct pool_devnet *devnet)
{
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    if (devnet->rest == NULL || MHD_get_timeout(devnet->rest, &wait_ms) != MHD_YES) {
        return UINT32_MAX;
    }
    return wait_ms > INT32_MAX ? INT32_MAX : (uint32_t)wait_ms;
}
