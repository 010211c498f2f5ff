/* rpc_server.h: JSON-RPC over HTTP for nodes of tests: a login, and one call at a time for the node
 * to answer. */
#ifndef RPC_SERVER_H
#define RPC_SERVER_H

#include <jansson.h>
#include <stdatomic.h>

#include "serve_run.h"

/* One call that waits for its answer. */
struct rpc_call {
    struct pool_serve_peer *peer;
    json_int_t id;
};

struct rpc_server {
    /* set before start */
    const char *login; /* "user:password", which callbacks may change; NULL or "": none wanted */
    /** What happens to a request before it is read. True: that was all. NULL: nothing. */
    bool (*on_request)(void *user, struct pool_serve_peer *peer);
    /** Answer with rpc_answer, or later: rpc_wait. */
    void (*on_call)(void *user, const struct rpc_call *call, const char *method,
                    const json_t *params);
    void *user;

    uint16_t port;
    struct pool_serve *serve;
    atomic_size_t requests;

    /* the server's thread; read after stop */
    size_t refused_logins;
    size_t malformed; /* requests that are no calls */
    size_t connects;
};

void rpc_server_start(struct rpc_server *server);

/** End the thread, close everything. What the node counts may be read afterwards. */
void rpc_server_stop(struct rpc_server *server);

/** {"result":...,"error":...,"id":...}; takes result. code 0: no error. */
void rpc_answer(const struct rpc_call *call, json_t *result, int code, const char *message);

/** The call is answered by rpc_answer_waiting. One a connection. */
void rpc_wait(const struct rpc_call *call);

/** Answer all calls that wait with what `make` returns, which is taken. */
void rpc_answer_waiting(struct rpc_server *server, json_t *(*make)(void *user));

#endif
