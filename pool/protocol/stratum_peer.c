/* stratum_peer.c: see stratum_peer.h. */
#include "protocol/stratum_peer.h"

#include <stdio.h>
#include <string.h>

#include "wire/json.h"
#include "wire/redirect.h"

/* ---- lines ----------------------------------------------------------------------------------- */

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
        lines->greeted = true;
        status = pool_first_byte_check(lines->service->first_bytes, pool_buffer_data(&lines->in)[0],
                                       server, error);
    }
    while (status == BASE_OK) {
        const char *text = NULL;
        size_t line_size = 0;
        size_t taken = 0;
        status = pool_line_next(&lines->in, &text, &line_size, &taken, &lines->seen,
                                lines->service->line_max);
        if (status == BASE_E_AGAIN) {
            return BASE_OK;
        }
        if (status != BASE_OK) {
            return base_error_set(error, BASE_E_LIMIT, "a line is longer than %zu bytes",
                                  lines->service->line_max);
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

enum base_status pool_stratum_send(struct pool_outlet *outlet, json_t *message,
                                   struct base_error *error)
{
    struct pool_buffer line;
    pool_buffer_init(&line);
    enum base_status status = pool_json_append(&line, message);
    if (status == BASE_OK) {
        status = pool_buffer_append(&line, "\n", 1);
    }
    if (status == BASE_OK) {
        status = pool_outlet_send(outlet, pool_buffer_data(&line), pool_buffer_size(&line), error);
    } else {
        (void)base_error_set(error, status, "no memory for a line");
    }
    pool_buffer_deinit(&line);
    return status;
}

enum base_status pool_stratum_request(struct pool_outlet *outlet, uint64_t id, const char *method,
                                      json_t *params, struct base_error *error)
{
    return pool_stratum_send(
        outlet,
        json_pack("{s:I,s:s,s:o}", "id", (json_int_t)id, "method", method, "params", params),
        error);
}

enum base_status pool_stratum_answer(struct pool_outlet *outlet, const json_t *id, json_t *result,
                                     json_t *problem, struct base_error *error)
{
    if (!json_is_integer(id) && (!json_is_string(id) || json_string_length(id) > 64)) {
        json_decref(result);
        json_decref(problem);
        return BASE_OK;
    }
    json_t *name = json_copy((json_t *)(uintptr_t)id);
    return pool_stratum_send(
        outlet, json_pack("{s:o,s:o,s:o}", "id", name, "result", result, "error", problem), error);
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
        return pool_stratum_answer(outlet, id, json_true(), json_null(), error);
    }
    if (strcmp(method, "client.get_version") == 0) {
        return pool_stratum_answer(outlet, id, json_string(outlet->setup.agent), json_null(),
                                   error);
    }
    if (strcmp(method, "mining.ping") == 0) {
        return pool_stratum_answer(outlet, id, json_string("pong"), json_null(), error);
    }
    return pool_stratum_answer(outlet, id, json_null(), json_pack("[i,s,n]", 20, "unknown method"),
                               error);
}
