/* alephium_rest.c: see alephium_rest.h. */
#include "alephium/alephium_rest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "alephium/address.h"
#include "protocol/output.h"
#include "wire/json.h"

enum { REST_OFFSET = 2000 }; /* 12973 for 10973, on every network (alephium.md 4.1, 5) */

void pool_rest_init(struct pool_rest *rest, const struct pool_server *server, bool silent)
{
    memset(rest, 0, sizeof(*rest));
    rest->server = server;
    rest->silent = silent;
    rest->rest_port = server->rest_port;
    if (rest->rest_port == 0) {
        /* Above 63535 there is no port + 2000; the default then. */
        rest->rest_port = server->port <= UINT16_MAX - REST_OFFSET
                              ? (uint16_t)(server->port + REST_OFFSET)
                              : 12973;
    }
}

const char *pool_rest_question(const struct pool_rest *rest, uint16_t *port)
{
    *port = rest->rest_port;
    switch (rest->step) {
    case POOL_REST_CLIQUE:
        return "/infos/self-clique";
    case POOL_REST_MINER_PORT:
        *port = rest->server->port;
        return "/infos/self-clique";
    case POOL_REST_ADDRESSES:
        return "/miners/addresses";
    case POOL_REST_VERSION:
        return "/infos/version";
    case POOL_REST_DONE:
        break;
    }
    return NULL;
}

BASE_PRINTF(2, 3)
static void finish(struct pool_rest *rest, const char *format, ...)
{
    char text[POOL_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): lost when the checker inlines this */
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)pool_printable(rest->text, sizeof(rest->text), text, strlen(text));
    rest->step = POOL_REST_DONE;
}

/* Miner port of the clique's node that we may have meant: the first one; 0 if it says none. */
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

static void on_clique(struct pool_rest *rest, const json_t *clique)
{
    const char *host = rest->server->host;
    uint16_t port = miner_port(clique, rest->server->port);
    rest->reached = true;
    rest->miner_port = port;
    rest->ready = pool_json_truthy(json_object_get(clique, "selfReady"));
    rest->synced = pool_json_truthy(json_object_get(clique, "synced"));
    if (rest->step == POOL_REST_MINER_PORT) {
        finish(rest,
               "port %u is the node's REST port, not its miner port; try -o "
               "daemon+tcp://%s:%u",
               rest->server->port, host, port != 0 ? port : 10973);
    } else if (!rest->ready) {
        finish(rest, "the node is still starting (selfReady is false): it takes miners once its "
                     "clique is complete");
    } else if (!rest->synced) {
        finish(rest, "the node is not synced: it takes no miners until it is; wait, or look at its "
                     "log");
    } else if (port != 0 && port != rest->server->port) {
        finish(rest, "the node's miner port is %u, not %u; try -o daemon+tcp://%s:%u", port,
               rest->server->port, host, port);
    } else {
        rest->step = POOL_REST_ADDRESSES;
    }
}

static void on_addresses(struct pool_rest *rest, const json_t *answer)
{
    const json_t *addresses = json_object_get(answer, "addresses");
    size_t count = json_array_size(addresses);
    if (count != 4) {
        finish(rest,
               "the node has %zu miner addresses, it needs 4, one of each group: set "
               "alephium.mining.miner-addresses in its user.conf",
               count);
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        const json_t *address = json_array_get(addresses, i);
        unsigned group = 0;
        if (json_is_string(address) &&
            pool_alephium_address(json_string_value(address), json_string_length(address), NULL,
                                  &group, NULL) == BASE_OK &&
            group != i) {
            finish(rest,
                   "miner address %u of the node is of group %u, it must be of group %u: put "
                   "them in order in its user.conf",
                   i, group, i);
            return;
        }
    }
    rest->addresses_good = true;
    rest->step = POOL_REST_VERSION;
}

static void on_version(struct pool_rest *rest, const json_t *answer)
{
    const json_t *version = json_object_get(answer, "version");
    char *shown = rest->version;
    rest->fine = true;
    (void)pool_printable(shown, sizeof(rest->version),
                         json_is_string(version) ? json_string_value(version) : "?",
                         json_is_string(version) ? json_string_length(version) : 1);
    finish(rest,
           "the node (%s) says that it is synced and has its miner addresses: it should take "
           "miners; its log may say why it does not",
           shown);
}

/* The node says no: 401 for keys, 500 with a detail for the rest. */
static void on_refusal(struct pool_rest *rest, long code, const json_t *answer)
{
    const json_t *detail = json_object_get(answer, "detail");
    char shown[160];
    (void)pool_printable(shown, sizeof(shown),
                         json_is_string(detail) ? json_string_value(detail) : "",
                         json_is_string(detail) ? json_string_length(detail) : 0);
    if (code == 401) {
        finish(rest,
               "the node's REST port wants %s API key (\"%s\"): it cannot be asked why it "
               "refuses miners",
               strstr(shown, "issing") != NULL ? "an" : "another", shown);
    } else if (rest->step == POOL_REST_ADDRESSES) {
        finish(rest,
               "the node has no miner addresses (\"%s\"): set "
               "alephium.mining.miner-addresses, four, one of each group, in its user.conf "
               "and restart it",
               shown);
    } else {
        finish(rest,
               "the node's REST port answers with HTTP %ld \"%s\": it cannot be asked why it "
               "refuses miners",
               code, shown);
    }
}

void pool_rest_answer(struct pool_rest *rest, long code, const char *body, size_t size)
{
    json_t *answer = NULL;
    struct base_error error = {BASE_OK, ""};
    bool parsed = code != 0 && pool_json_load(&answer, body, size, &error) == BASE_OK;
    if (rest->step == POOL_REST_DONE) {
        json_decref(answer);
        return;
    }
    bool unreached = rest->step == POOL_REST_CLIQUE && code == 0;
    rest->addresses_asked = rest->addresses_asked || rest->step == POOL_REST_ADDRESSES;
    if ((rest->step == POOL_REST_MINER_PORT && !parsed) || (unreached && !rest->silent)) {
        finish(rest,
               "its REST port %u does not answer either (--rest-port names another), so the node "
               "cannot be asked why; is it running, and is %u its miner port?",
               rest->rest_port, rest->server->port);
    } else if (unreached) {
        rest->step = POOL_REST_MINER_PORT;
    } else if (parsed && code == 200 && json_is_object(answer)) {
        if (rest->step == POOL_REST_ADDRESSES) {
            on_addresses(rest, answer);
        } else if (rest->step == POOL_REST_VERSION) {
            on_version(rest, answer);
        } else {
            on_clique(rest, answer);
        }
    } else {
        on_refusal(rest, code, answer);
    }
    json_decref(answer);
}
