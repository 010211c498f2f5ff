/* ergo_info.c: see ergo_info.h. */
#include "ergo/ergo_info.h"

#include <inttypes.h>
#include <string.h>

#include "wire/json.h"
#include "wire/printable.h"

/* A node begins to mine when blocks and headers are so close (ergo.md 6). */
enum { NEAR = 6 };

static void begin(struct pool_inquiry *inquiry, bool itself)
{
    (void)itself; /* work and questions have one port */
    inquiry->http_port = inquiry->server->port;
}

static const char *question(const struct pool_inquiry *inquiry, uint16_t *port)
{
    *port = inquiry->http_port;
    return inquiry->text[0] != '\0' ? NULL : "/info";
}

static void show(char *shown, size_t cap, const json_t *text)
{
    (void)pool_printable(shown, cap, json_is_string(text) ? json_string_value(text) : "?",
                         json_is_string(text) ? json_string_length(text) : 1);
}

/* A height; 0 before the first block, when it is null. */
static uint64_t height_of(const json_t *root, const char *key)
{
    uint64_t height = 0;
    (void)pool_json_u64(json_object_get(root, key), 10, &height);
    return height;
}

bool pool_ergo_state_read(struct pool_ergo_state *state, const char *body, size_t size)
{
    json_t *root = NULL;
    struct base_error ignored = {BASE_OK, ""};
    memset(state, 0, sizeof(*state));
    bool good = pool_json_load(&root, body, size, &ignored) == BASE_OK &&
                json_object_get(root, "appVersion") != NULL;
    if (good) {
        state->blocks = height_of(root, "fullHeight");
        state->headers = height_of(root, "headersHeight");
        state->mines = pool_json_truthy(json_object_get(root, "isMining"));
        state->synced = state->headers <= state->blocks || state->headers - state->blocks <= NEAR;
        show(state->version, sizeof(state->version), json_object_get(root, "appVersion"));
        show(state->network, sizeof(state->network), json_object_get(root, "network"));
    }
    json_decref(root);
    return good;
}

static void on_info(struct pool_inquiry *inquiry, const struct pool_ergo_state *state)
{
    inquiry->reached = true;
    pool_inquiry_note(inquiry, "version", POOL_FINDING_GOOD, "%s, %s", state->version,
                      state->network);
    pool_inquiry_note(inquiry, "synced", state->synced ? POOL_FINDING_GOOD : POOL_FINDING_BAD,
                      "block %" PRIu64 " of %" PRIu64, state->blocks, state->headers);
    pool_inquiry_note(inquiry, "mining", state->mines ? POOL_FINDING_GOOD : POOL_FINDING_BAD,
                      "isMining %s", state->mines ? "true" : "false");
    if (!state->synced) {
        pool_inquiry_finish(inquiry,
                            "the node is not synced, it has block %" PRIu64 " of %" PRIu64
                            ": it gives work once it is",
                            state->blocks, state->headers);
    } else if (!state->mines) {
        pool_inquiry_finish(inquiry, "the node does not mine (isMining is false): set "
                                     "ergo.node.mining = true in its configuration");
    } else {
        inquiry->fine = true;
        pool_inquiry_finish(inquiry,
                            "the node (%s, %s) says that it mines and has block %" PRIu64
                            ": it should give work; its log may say why it does not",
                            state->version, state->network, state->blocks);
    }
}

static void answer(struct pool_inquiry *inquiry, long code, const char *body, size_t size)
{
    struct pool_ergo_state state;
    if (code == 200 && pool_ergo_state_read(&state, body, size)) {
        on_info(inquiry, &state);
    } else if (code == 0) {
        pool_inquiry_finish(inquiry,
                            "port %u does not answer GET /info: is it the node's REST port?",
                            inquiry->http_port);
    } else {
        pool_inquiry_finish(
            inquiry,
            "port %u answers GET /info with HTTP %ld and not as an Ergo node: is it "
            "the node's REST port (9053, on test networks 9052)?",
            inquiry->http_port, code);
    }
}

const struct pool_inquiry_ops pool_ergo_info = {
    .key_header = "api_key",
    .begin = begin,
    .question = question,
    .answer = answer,
};
