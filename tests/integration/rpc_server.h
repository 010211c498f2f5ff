/* rpc_server.h: JSON-RPC over HTTP for nodes of tests: one thread, one poll(2) over all
 * connections, a login, and one call at a time for the node to answer. */
#ifndef RPC_SERVER_H
#define RPC_SERVER_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RPC_SERVER_CONNECTIONS = 24 };

struct rpc_connection {
    int fd;
    char *in; /* NUL-ended */
    size_t used;
    bool waiting; /* its call is answered later */
    json_int_t id;
};

struct rpc_server {
    /* set before start */
    const char *login; /* "user:password"; NULL: none wanted */
    /** Answer with rpc_answer, now or later (then set connection->waiting). The server's thread. */
    void (*on_call)(void *user, struct rpc_connection *connection, const char *method,
                    const json_t *params);
    void *user;

    uint16_t port;
    int listen_fd;
    int wake_fd;
    pthread_t thread;
    size_t connection_count;
    struct rpc_connection *connections[RPC_SERVER_CONNECTIONS];
    size_t refused_logins;
};

void rpc_server_start(struct rpc_server *server);

/** End the thread, close everything. What the node counts may be read afterwards. */
void rpc_server_stop(struct rpc_server *server);

/** {"result":...,"error":...,"id":...}; takes result. code 0: no error. */
void rpc_answer(struct rpc_connection *connection, json_t *result, int code, const char *message);

#endif
