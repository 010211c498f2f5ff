/* rpc.c: see rpc.h. Source: digibyte.md 7.1. */
#include "protocol/rpc.h"

#include <stdio.h>
#include <string.h>

#include "wire/printable.h"

enum {
    HTTP_OK = 200,
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_TOO_LARGE = 413,
    HTTP_TOO_MANY = 429,
    HTTP_FAILURES = 500,
    WORDS_MAX = 200, /* characters of a body that are shown */
};

enum base_status pool_rpc_write(struct pool_buffer *body, const char *version, uint64_t id,
                                const char *method, json_t *params)
{
    if (params == NULL) {
        return BASE_E_MEMORY;
    }
    return pool_json_append(body, json_pack("{s:s,s:I,s:s,s:o}", "jsonrpc", version, "id",
                                            (json_int_t)id, "method", method, "params", params));
}

enum base_status pool_rpc_write_block(
    struct pool_buffer *body, const char *version, uint64_t id, const char *method, json_t *params,
    enum base_status (*write)(struct pool_buffer *body, const struct pool_submission *submission),
    const struct pool_submission *submission)
{
    static const char place[] = POOL_RPC_PLACE;
    struct pool_buffer around;
    pool_buffer_init(&around);
    enum base_status status = pool_rpc_write(&around, version, id, method, params);
    if (status == BASE_OK) {
        const char *text = (const char *)pool_buffer_data(&around);
        size_t size = pool_buffer_size(&around);
        const char *at = memmem(text, size, place, sizeof(place) - 1);
        BASE_ASSERT(at != NULL);
        const char *behind = at + sizeof(place) - 1;
        status = pool_buffer_append(body, text, (size_t)(at - text));
        status = status == BASE_OK ? write(body, submission) : status;
        status = status == BASE_OK
                     ? pool_buffer_append(body, behind, (size_t)(text + size - behind))
                     : status;
    }
    pool_buffer_deinit(&around);
    return status;
}

static enum base_status refused(const struct pool_server *server, long code,
                                struct base_error *error)
{
    if (code == HTTP_FORBIDDEN) {
        return base_error_set(
            error, BASE_E_REFUSED,
            "the node does not let this machine in (HTTP 403): add its address to "
            "rpcallowip in the node's configuration");
    }
    if (server->rpc_cookie[0] != '\0') {
        return base_error_set(error, BASE_E_REFUSED,
                              "the node refuses the login (HTTP 401) of the cookie file %.200s: is "
                              "it this node's? It is read again with each try",
                              server->rpc_cookie);
    }
    if (server->rpc_user[0] == '\0') {
        return base_error_set(error, BASE_E_REFUSED,
                              "the node wants a login (HTTP 401): give --rpc-cookie with its "
                              ".cookie file, or its rpcuser and rpcpassword in the URL: "
                              "daemon+http://USER:PASSWORD@%.100s:%u",
                              server->host, server->port);
    }
    return base_error_set(
        error, BASE_E_REFUSED,
        "the node refuses the login (HTTP 401): user and password in the URL must "
        "be rpcuser and rpcpassword of its configuration");
}

char *pool_http_words(char *text, size_t cap, const struct pool_answer *answer)
{
    char said[WORDS_MAX + 1] = "";
    size_t size = answer->size < WORDS_MAX ? answer->size : WORDS_MAX;
    if (answer->code == 0) {
        (void)snprintf(text, cap, "%s", answer->why->text);
        return text;
    }
    while (size > 0 && (answer->body[size - 1] == '\n' || answer->body[size - 1] == '\r')) {
        size--;
    }
    if (size > 0 && answer->body[0] != '<') {
        (void)pool_printable(said, sizeof(said), answer->body, size);
    }
    (void)snprintf(text, cap, "HTTP %ld%s%s", answer->code, said[0] != '\0' ? ": " : "", said);
    return text;
}

bool pool_http_busy(const struct pool_answer *answer)
{
    bool json = answer->size > 0 && answer->body[0] == '{'; /* the node's own error */
    return answer->code == HTTP_TOO_MANY || (answer->code >= HTTP_FAILURES && !json);
}

enum base_status pool_rpc_read(struct pool_rpc_answer *rpc, const struct pool_answer *answer,
                               const struct pool_server *server, size_t values_max,
                               struct base_error *error)
{
    struct base_error why = {BASE_OK, ""};
    memset(rpc, 0, sizeof(*rpc));
    if (answer->code == 0) {
        *error = *answer->why;
        return error->status;
    }
    if (answer->code == HTTP_UNAUTHORIZED || answer->code == HTTP_FORBIDDEN) {
        return refused(server, answer->code, error);
    }
    if (answer->code == HTTP_TOO_LARGE) {
        return base_error_set(error, BASE_E_LIMIT,
                              "%s port %u takes no request as large as a block (HTTP 413): a proxy "
                              "in between has a limit (nginx: client_max_body_size 16m)",
                              server->host, server->port);
    }
    if (pool_http_busy(answer)) {
        char said[POOL_TEXT_MAX];
        return base_error_set(error, BASE_E_STATE,
                              "%s port %u is busy and gives no answer now (%.250s): other programs "
                              "may ask it too much (rpcthreads, rpcworkqueue)",
                              server->host, server->port,
                              pool_http_words(said, sizeof(said), answer));
    }
    enum base_status status =
        pool_json_load_large(&rpc->root, answer->body, answer->size, values_max, &why);
    if (status == BASE_E_LIMIT || status == BASE_E_MEMORY) {
        *error = why;
        return status;
    }
    const json_t *problem = json_object_get(rpc->root, "error");
    rpc->result = json_object_get(rpc->root, "result");
    rpc->failed = pool_json_truthy(problem);
    if (!json_is_object(rpc->root) || (rpc->result == NULL && !rpc->failed)) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%s port %u answers with HTTP %ld and no JSON-RPC: is it the node's "
                              "RPC port (rpcport)?",
                              server->host, server->port, answer->code);
    }
    if (rpc->failed) {
        const json_t *message = json_object_get(problem, "message");
        const json_t *code = json_object_get(problem, "code");
        rpc->code = json_is_integer(code) ? json_integer_value(code) : 0;
        (void)pool_printable(rpc->message, sizeof(rpc->message),
                             json_is_string(message) ? json_string_value(message) : "no reason",
                             json_is_string(message) ? json_string_length(message) : 9);
    } else if (answer->code != HTTP_OK) {
        return base_error_set(error, BASE_E_FORMAT, "%s port %u answers with HTTP %ld",
                              server->host, server->port, answer->code);
    }
    return BASE_OK;
}
