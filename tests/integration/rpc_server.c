/* rpc_server.c: see rpc_server.h. A connection's user pointer is the number of its waiting call,
 * and one more. */
#include "rpc_server.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rpc_answer(const struct rpc_call *call, json_t *result, int code, const char *message)
{
    json_t *error =
        code == 0 ? json_null() : json_pack("{s:i,s:s}", "code", code, "message", message);
    json_t *root = json_pack("{s:o,s:o,s:I}", "result", result, "error", error, "id", call->id);
    char *text = json_dumps(root, JSON_COMPACT);
    serve_run_answer(call->peer, code == 0 ? 200 : code == -32601 ? 404 : 500, text);
    free(text);
    json_decref(root);
}

void rpc_wait(const struct rpc_call *call)
{
    pool_serve_peer_set_user(call->peer, (void *)(uintptr_t)(call->id + 1));
}

void rpc_answer_waiting(struct rpc_server *server, json_t *(*make)(void *user))
{
    for (size_t i = 0; i < pool_serve_peer_count(server->serve); i++) {
        struct pool_serve_peer *peer = pool_serve_peer_at(server->serve, i);
        uintptr_t waiting = (uintptr_t)pool_serve_peer_user(peer);
        if (waiting != 0) {
            pool_serve_peer_set_user(peer, NULL);
            rpc_answer(&(struct rpc_call){peer, (json_int_t)(waiting - 1)}, make(server->user), 0,
                       NULL);
        }
    }
}

/* True when no login is wanted or the request has it. */
static bool logged_in(const struct rpc_server *server, const struct pool_serve_request *request)
{
    char want[256] = "Basic ";
    if (server->login == NULL || server->login[0] == '\0') {
        return true;
    }
    (void)EVP_EncodeBlock((unsigned char *)want + 6, (const unsigned char *)server->login,
                          (int)strlen(server->login));
    return serve_run_has_header(request, "Authorization", want);
}

static void on_request(struct rpc_server *server, struct pool_serve_peer *peer,
                       const struct pool_serve_request *request)
{
    static const char no_login[] = "HTTP/1.1 401 Error\r\nContent-Length: 0\r\n"
                                   "WWW-Authenticate: Basic realm=\"jsonrpc\"\r\n\r\n";
    server->requests++;
    if (!logged_in(server, request)) {
        server->refused_logins++;
        pool_serve_send(peer, no_login, sizeof no_login - 1);
        return;
    }
    if (server->on_request != NULL && server->on_request(server->user, peer)) {
        return;
    }
    json_t *root = json_loadb(request->body, request->body_size, 0, NULL);
    const char *method = json_string_value(json_object_get(root, "method"));
    struct rpc_call call = {peer, json_integer_value(json_object_get(root, "id"))};
    if (method == NULL) {
        server->malformed++;
        rpc_answer(&call, json_null(), -32700, "Parse error");
    } else {
        server->on_call(server->user, &call, method, json_object_get(root, "params"));
    }
    json_decref(root);
}

static bool on_open(void *user, struct pool_serve_peer *peer)
{
    struct rpc_server *server = user;
    (void)peer;
    server->connects++;
    return true;
}

static void on_input(void *user, struct pool_serve_peer *peer)
{
    struct rpc_server *server = user;
    struct pool_serve_request request;
    while (serve_run_http(peer, &request)) {
        on_request(server, peer, &request);
    }
}

void rpc_server_start(struct rpc_server *server)
{
    static const struct pool_serve_service service = {on_open, on_input, serve_run_close};
    server->serve = serve_run_new();
    server->port = serve_run_listen(server->serve, &service, server);
    serve_run_start(server->serve);
}

void rpc_server_stop(struct rpc_server *server)
{
    pool_serve_stop(server->serve);
    server->serve = NULL;
}
