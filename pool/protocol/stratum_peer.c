/* stratum_peer.c: see stratum_peer.h. */
#include "protocol/stratum_peer.h"

#include <stdio.h>
#include <string.h>

#include "wire/json.h"
#include "wire/redirect.h"

/* ---- lines ----------------------------------------------------------------------------------- */

/* The first byte of a pool's stream is '{' or a blank. Others tell which port this really is. */
static enum base_status check_first_byte(struct pool_lines *lines, const struct pool_server *server,
                                         struct base_error *error)
{
    uint8_t first = pool_buffer_data(&lines->in)[0];
    lines->greeted = true;
    if (first == 0x00) {
        return base_error_set(error, BASE_E_FORMAT,
                              "it sends binary frames: this is a node's miner port; try -o "
                              "daemon+tcp://%s:%u",
                              server->host, server->port);
    }
    if (first == 0x15 || first == 0x16) {
        return base_error_set(error, BASE_E_FORMAT, "it speaks TLS; try -o stratum+ssl://%s:%u",
                              server->host, server->port);
    }
    if (first == 'H') {
        return base_error_set(error, BASE_E_FORMAT,
                              "it speaks HTTP: this is a web server or a node's REST port, not a "
                              "pool port");
    }
    return BASE_OK;
}

enum base_status pool_lines_receive(struct pool_lines *lines, const struct pool_server *server,
                                    const uint8_t *bytes, size_t size, pool_line_fn on_line,
                                    struct pool_protocol *protocol, uint64_t now_ms,
                                    struct base_error *error)
{
    if (pool_buffer_append(&lines->in, bytes, size) != BASE_OK) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for what the pool sent");
    }
    enum base_status status = BASE_OK;
    if (!lines->greeted && pool_buffer_size(&lines->in) > 0) {
        status = check_first_byte(lines, server, error);
    }
    while (status == BASE_OK) {
        const char *text = NULL;
        size_t line_size = 0;
        size_t taken = 0;
        status = pool_line_next(&lines->in, &text, &line_size, &taken, &lines->seen, POOL_LINE_MAX);
        if (status == BASE_E_AGAIN) {
            return BASE_OK;
        }
        if (status != BASE_OK) {
            return base_error_set(error, BASE_E_LIMIT, "a line is longer than %d bytes",
                                  POOL_LINE_MAX);
        }
        if (line_size > 0) {
            status = on_line(protocol, text, line_size, now_ms, error);
        }
        pool_buffer_consume(&lines->in, taken);
        lines->seen = 0;
    }
    return status;
}

/* ---- requests of the server ------------------------------------------------------------------ */

enum base_status pool_stratum_answer(struct pool_outlet *outlet, const json_t *id,
                                     const char *result, struct base_error *error)
{
    char name[96] = "";
    char line[512];
    if (json_is_integer(id)) {
        (void)snprintf(name, sizeof(name), "%lld", (long long)json_integer_value(id));
    } else if (!json_is_string(id) || json_string_length(id) > 64 ||
               !pool_json_quote(name, sizeof(name), json_string_value(id))) {
        return BASE_OK;
    }
    (void)snprintf(line, sizeof(line), "{\"id\":%s,%s}\n", name, result);
    return pool_outlet_send(outlet, line, strlen(line), error);
}

/* client.reconnect [host, port, wait in seconds]: each may be missing or null. */
static enum base_status on_reconnect(struct pool_outlet *outlet, const json_t *params,
                                     struct base_error *error)
{
    const struct pool_protocol_setup *setup = &outlet->setup;
    const json_t *place = json_array_get(params, 1);
    const char *host = json_string_value(json_array_get(params, 0));
    struct base_error why = {BASE_OK, ""};
    uint64_t port = setup->server->port;
    uint64_t wait_s = 0;
    char shown[64];
    host = host == NULL || host[0] == '\0' ? setup->server->host : host;
    (void)pool_printable(shown, sizeof(shown), host, strlen(host));
    if (place != NULL && !json_is_null(place) &&
        (!pool_json_u64(place, 10, &port) || port < 1 || port > UINT16_MAX)) {
        pool_outlet_text(outlet, POOL_OUTPUT_WARNING,
                         "the pool wants this miner to move to a port of \"%s\" that does not "
                         "exist: not done",
                         shown);
        return BASE_OK;
    }
    if (pool_redirect_check(setup->home != NULL ? setup->home : setup->server->host, host,
                            setup->redirects, &why) != BASE_OK) {
        pool_outlet_text(outlet, POOL_OUTPUT_WARNING,
                         "the pool wants this miner to move to another host, \"%s\": not done, %s",
                         shown, why.text);
        return BASE_OK;
    }
    if (!pool_json_u64(json_array_get(params, 2), 10, &wait_s)) {
        wait_s = 0;
    }
    struct pool_output output = {
        .kind = POOL_OUTPUT_MOVE,
        .text = host,
        .port = (uint16_t)port,
        .wait_ms = wait_s < POOL_MOVE_WAIT_MS / 1000 ? (uint32_t)wait_s * 1000 : POOL_MOVE_WAIT_MS,
    };
    (void)setup->output(setup->user, &output);
    return base_error_set(error, BASE_E_CLOSED, "the pool asked to reconnect");
}

enum base_status pool_stratum_everyday(struct pool_outlet *outlet, const char *method,
                                       const json_t *id, const json_t *params,
                                       struct base_error *error)
{
    if (strcmp(method, "client.reconnect") == 0) {
        return on_reconnect(outlet, params, error);
    }
    if (strcmp(method, "client.show_message") == 0) {
        const json_t *text = json_is_array(params) ? json_array_get(params, 0) : params;
        char shown[400];
        const char *message = json_is_string(text) ? json_string_value(text) : "";
        pool_outlet_text(outlet, POOL_OUTPUT_INFO, "the pool says: %s",
                         pool_printable(shown, sizeof(shown), message, strlen(message)));
        return pool_stratum_answer(outlet, id, "\"result\":true,\"error\":null", error);
    }
    if (strcmp(method, "client.get_version") == 0) {
        char result[256] = "\"error\":null,\"result\":";
        (void)pool_json_quote(result, sizeof(result), outlet->setup.agent);
        return pool_stratum_answer(outlet, id, result, error);
    }
    if (strcmp(method, "mining.ping") == 0) {
        return pool_stratum_answer(outlet, id, "\"result\":\"pong\",\"error\":null", error);
    }
    return pool_stratum_answer(outlet, id, "\"result\":null,\"error\":[20,\"unknown method\",null]",
                               error);
}
