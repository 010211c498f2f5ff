/* alephium_rest.c: see alephium_rest.h. */
#include "alephium/alephium_rest.h"

#include <string.h>

#include "alephium/address.h"
#include "alephium/alephium_codec.h"
#include "wire/json.h"
#include "wire/printable.h"

uint16_t pool_alephium_rest_port(const struct pool_server *server)
{
    if (server->rest_port != 0) {
        return server->rest_port;
    }
    /* Above 63535 there is no port + 2000; the default then. */
    return server->port <= UINT16_MAX - POOL_ALEPHIUM_REST_OFFSET
               ? (uint16_t)(server->port + POOL_ALEPHIUM_REST_OFFSET)
               : POOL_ALEPHIUM_NODE_PORT + POOL_ALEPHIUM_REST_OFFSET;
}

static void begin(struct pool_inquiry *rest, bool itself)
{
    rest->step = itself ? POOL_ALEPHIUM_REST_MINER_PORT : POOL_ALEPHIUM_REST_CLIQUE;
    rest->http_port = pool_alephium_rest_port(rest->server);
}

static const char *question(const struct pool_inquiry *rest, uint16_t *port)
{
    static const char *const paths[] = {
        [POOL_ALEPHIUM_REST_CLIQUE] = "/infos/self-clique",
        [POOL_ALEPHIUM_REST_MINER_PORT] = "/infos/self-clique",
        [POOL_ALEPHIUM_REST_ADDRESSES] = "/miners/addresses",
        [POOL_ALEPHIUM_REST_VERSION] = "/infos/version",
        [POOL_ALEPHIUM_REST_PEERS] = "/infos/inter-clique-peer-info",
    };
    *port = rest->step == POOL_ALEPHIUM_REST_MINER_PORT ? rest->server->port : rest->http_port;
    return rest->text[0] != '\0' ? NULL : paths[rest->step];
}

/* Miner port of the clique's node at the wanted port, else of the first node; 0 if none is named.
 */
static uint16_t miner_port(const json_t *clique, uint16_t wanted)
{
    uint16_t first = 0;
    size_t index = 0;
    const json_t *node = NULL;
    json_array_foreach(json_object_get(clique, "nodes"), index, node)
    {
        uint64_t port = 0;
        if (pool_json_u64(json_object_get(node, "minerApiPort"), 10, &port) && port >= 1 &&
            port <= UINT16_MAX) {
            if (port == wanted) {
                return wanted;
            }
            first = first == 0 ? (uint16_t)port : first;
        }
    }
    return first;
}

static void on_clique(struct pool_inquiry *rest, const json_t *clique)
{
    const char *host = rest->server->host;
    uint16_t port = miner_port(clique, rest->server->port);
    bool ready = pool_json_truthy(json_object_get(clique, "selfReady"));
    bool synced = pool_json_truthy(json_object_get(clique, "synced"));
    static const char skipped[] = "not asked: something else is wrong";
    rest->reached = true;
    rest->work_port = port;
    pool_inquiry_note(rest, "synced", ready && synced ? POOL_FINDING_GOOD : POOL_FINDING_BAD,
                      "selfReady %s, synced %s", ready ? "true" : "false",
                      synced ? "true" : "false");
    pool_inquiry_note(rest, "addresses", POOL_FINDING_NOT_ASKED, skipped);
    pool_inquiry_note(rest, "version", POOL_FINDING_NOT_ASKED, skipped);
    if (rest->step == POOL_ALEPHIUM_REST_MINER_PORT) {
        pool_inquiry_finish(rest,
                            "port %u is the node's REST port, not its miner port; try -o "
                            "daemon+tcp://%s:%u",
                            rest->server->port, host, port != 0 ? port : POOL_ALEPHIUM_NODE_PORT);
    } else if (!ready) {
        pool_inquiry_finish(rest, "the node is still starting (selfReady is false): it takes "
                                  "miners once its clique is complete");
    } else if (!synced) {
        rest->step = POOL_ALEPHIUM_REST_PEERS;
    } else if (port != 0 && port != rest->server->port) {
        pool_inquiry_finish(rest, "the node's miner port is %u, not %u; try -o daemon+tcp://%s:%u",
                            port, rest->server->port, host, port);
    } else {
        rest->step = POOL_ALEPHIUM_REST_ADDRESSES;
    }
}

/* Who it could sync with. peers: NULL where it does not say. */
static void on_peers(struct pool_inquiry *rest, const json_t *peers)
{
    const char *gives = rest->quiet ? "gives no templates" : "takes no miners";
    size_t count = json_array_size(peers);
    size_t good = 0;
    size_t index = 0;
    const json_t *peer = NULL;
    json_array_foreach(peers, index, peer)
    {
        good += pool_json_truthy(json_object_get(peer, "isSynced"));
    }
    if (!json_is_array(peers)) {
        pool_inquiry_finish(
            rest, "the node is not synced: it %s until it is; wait, or look at its log", gives);
    } else if (count == 0) {
        pool_inquiry_finish(rest,
                            "the node is not synced and has no peers: it %s until it is; look at "
                            "its network connection and its log",
                            gives);
    } else {
        pool_inquiry_finish(rest,
                            "the node is not synced (%zu of its %zu peers are synced with it): it "
                            "%s until it is; wait, or look at its log",
                            good, count, gives);
    }
}

static void on_addresses(struct pool_inquiry *rest, const json_t *answer)
{
    const json_t *addresses = json_object_get(answer, "addresses");
    size_t count = json_array_size(addresses);
    pool_inquiry_note(rest, "addresses", POOL_FINDING_BAD, "not set, or not one of each group");
    if (count != POOL_ALEPHIUM_GROUPS) {
        pool_inquiry_finish(rest,
                            "the node has %zu miner addresses, it needs 4, one of each group: set "
                            "alephium.mining.miner-addresses in its user.conf",
                            count);
        return;
    }
    for (unsigned i = 0; i < POOL_ALEPHIUM_GROUPS; i++) {
        const json_t *address = json_array_get(addresses, i);
        unsigned group = 0;
        if (json_is_string(address) &&
            pool_alephium_address(json_string_value(address), json_string_length(address), NULL,
                                  &group, NULL) == BASE_OK &&
            group != i) {
            pool_inquiry_finish(
                rest,
                "miner address %u of the node is of group %u, it must be of group %u: put "
                "them in order in its user.conf",
                i, group, i);
            return;
        }
    }
    pool_inquiry_note(rest, "addresses", POOL_FINDING_GOOD,
                      "four miner addresses, one of each group");
    rest->step = POOL_ALEPHIUM_REST_VERSION;
}

static void on_version(struct pool_inquiry *rest, const json_t *answer)
{
    const json_t *version = json_object_get(answer, "version");
    char shown[32];
    rest->fine = true;
    (void)pool_printable(shown, sizeof(shown),
                         json_is_string(version) ? json_string_value(version) : "?",
                         json_is_string(version) ? json_string_length(version) : 1);
    pool_inquiry_note(rest, "version", POOL_FINDING_GOOD, "%s", shown);
    if (rest->quiet) {
        pool_inquiry_finish(rest,
                            "the node (%s) says that it is synced: maybe nobody finds a block; its "
                            "templates stay good until somebody does",
                            shown);
        return;
    }
    pool_inquiry_finish(
        rest,
        "the node (%s) says that it is synced and has its miner addresses: it should take "
        "miners; its log may say why it does not",
        shown);
}

/* The node says no: 401 for keys, 500 with a detail for the rest. */
static void on_refusal(struct pool_inquiry *rest, long code, const json_t *answer)
{
    const json_t *detail = json_object_get(answer, "detail");
    char shown[160];
    (void)pool_printable(shown, sizeof(shown),
                         json_is_string(detail) ? json_string_value(detail) : "",
                         json_is_string(detail) ? json_string_length(detail) : 0);
    if (code == 401) {
        rest->reached = true;
        rest->locked = true;
        if (rest->step == POOL_ALEPHIUM_REST_MINER_PORT) {
            pool_inquiry_finish(rest,
                                "port %u is the REST port of an Alephium node, which wants an API "
                                "key (\"%s\"); its miner port is %d unless changed",
                                rest->server->port, shown, POOL_ALEPHIUM_NODE_PORT);
            return;
        }
        pool_inquiry_finish(
            rest,
            "the node's REST port wants %s API key (\"%s\"): it cannot be asked why it "
            "refuses miners",
            strstr(shown, "issing") != NULL ? "an" : "another", shown);
    } else if (rest->step == POOL_ALEPHIUM_REST_ADDRESSES) {
        pool_inquiry_note(rest, "addresses", POOL_FINDING_BAD, "not set, or not one of each group");
        pool_inquiry_finish(
            rest,
            "the node has no miner addresses (\"%s\"): set "
            "alephium.mining.miner-addresses, four, one of each group, in its user.conf "
            "and restart it",
            shown);
    } else {
        pool_inquiry_finish(
            rest,
            "the node's REST port answers with HTTP %ld \"%s\": it cannot be asked why it "
            "refuses miners",
            code, shown);
    }
}

static void answer(struct pool_inquiry *rest, long code, const char *body, size_t size)
{
    json_t *root = NULL;
    struct base_error error = {BASE_OK, ""};
    bool parsed = code != 0 && pool_json_load(&root, body, size, &error) == BASE_OK;
    bool unreached = rest->step == POOL_ALEPHIUM_REST_CLIQUE && code == 0;
    if ((rest->step == POOL_ALEPHIUM_REST_MINER_PORT && !parsed) || (unreached && !rest->silent)) {
        pool_inquiry_finish(
            rest,
            "its REST port %u does not answer%s (--rest-port names another), so the node cannot be "
            "asked why; is it running, and is %u its miner port?",
            rest->http_port, rest->quiet ? "" : " either", rest->server->port);
    } else if (unreached) {
        rest->step = POOL_ALEPHIUM_REST_MINER_PORT;
    } else if (rest->step == POOL_ALEPHIUM_REST_PEERS) {
        on_peers(rest, code == 200 ? root : NULL);
    } else if (parsed && code == 200 && json_is_object(root)) {
        if (rest->step == POOL_ALEPHIUM_REST_ADDRESSES) {
            on_addresses(rest, root);
        } else if (rest->step == POOL_ALEPHIUM_REST_VERSION) {
            on_version(rest, root);
        } else {
            on_clique(rest, root);
        }
    } else {
        on_refusal(rest, code, root);
    }
    json_decref(root);
}

const struct pool_inquiry_ops pool_alephium_rest = {
    .key_header = "X-API-KEY",
    .begin = begin,
    .question = question,
    .answer = answer,
};
