/* rpc_server.c: see rpc_server.h. */
#include "rpc_server.h"

#include <openssl/evp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen.h"

enum { REQUEST_MAX = 1 << 20 };

static void send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return; /* the client is gone; its connection is dropped when it is read */
        }
        bytes += sent;
        size -= (size_t)sent;
    }
}

static void answer_text(int fd, int code, const char *body)
{
    char head[256];
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s"
                   "\r\n",
                   code, code == 200 ? "OK" : "Error", strlen(body),
                   code == 401 ? "WWW-Authenticate: Basic realm=\"jsonrpc\"\r\n" : "");
    send_all(fd, head, strlen(head));
    send_all(fd, body, strlen(body));
}

void rpc_answer(struct rpc_connection *connection, json_t *result, int code, const char *message)
{
    json_t *error =
        code == 0 ? json_null() : json_pack("{s:i,s:s}", "code", code, "message", message);
    json_t *root =
        json_pack("{s:o,s:o,s:I}", "result", result, "error", error, "id", connection->id);
    char *text = json_dumps(root, JSON_COMPACT);
    connection->waiting = false;
    answer_text(connection->fd, code == 0 ? 200 : code == -32601 ? 404 : 500, text);
    free(text);
    json_decref(root);
}

/* True when no login is wanted or the request has it. */
static bool logged_in(const struct rpc_server *server, const char *head)
{
    char want[256] = "Basic ";
    if (server->login == NULL) {
        return true;
    }
    (void)EVP_EncodeBlock((unsigned char *)want + 6, (const unsigned char *)server->login,
                          (int)strlen(server->login));
    const char *given = strcasestr(head, "\r\nAuthorization: ");
    return given != NULL && strncmp(given + 17, want, strlen(want)) == 0 &&
           given[17 + strlen(want)] == '\r';
}

/* One whole request, head and body NUL-ended. */
static void on_request(struct rpc_server *server, struct rpc_connection *connection,
                       const char *head, const char *body)
{
    if (!logged_in(server, head)) {
        server->refused_logins++;
        answer_text(connection->fd, 401, "");
        return;
    }
    json_t *root = json_loads(body, 0, NULL);
    const char *method = json_string_value(json_object_get(root, "method"));
    connection->id = json_integer_value(json_object_get(root, "id"));
    if (method == NULL) {
        rpc_answer(connection, json_null(), -32700, "Parse error");
    } else {
        server->on_call(server->user, connection, method, json_object_get(root, "params"));
    }
    json_decref(root);
}

/* Take what has come; false: close. */
static bool receive(struct rpc_server *server, struct rpc_connection *connection)
{
    ssize_t got =
        recv(connection->fd, connection->in + connection->used, REQUEST_MAX - connection->used, 0);
    if (got <= 0) {
        return false;
    }
    connection->used += (size_t)got;
    connection->in[connection->used] = '\0';
    char *end = strstr(connection->in, "\r\n\r\n");
    const char *length = strcasestr(connection->in, "\r\nContent-Length: ");
    if (end == NULL) {
        return true;
    }
    size_t body = length == NULL ? 0 : strtoul(length + 18, NULL, 10);
    size_t head = (size_t)(end - connection->in) + 4;
    if (connection->used < head + body) {
        return true;
    }
    end[2] = '\0';
    on_request(server, connection, connection->in, connection->in + head);
    connection->used = 0; /* nobody asks twice without waiting */
    return true;
}

static void drop(struct rpc_server *server, size_t index)
{
    (void)close(server->connections[index]->fd);
    free(server->connections[index]->in);
    free(server->connections[index]);
    server->connections[index] = server->connections[--server->connection_count];
}

static void accept_one(struct rpc_server *server)
{
    int fd = accept(server->listen_fd, NULL, NULL);
    if (fd < 0) {
        return;
    }
    if (server->connection_count == RPC_SERVER_CONNECTIONS) {
        (void)close(fd);
        return;
    }
    struct rpc_connection *connection = calloc(1, sizeof *connection);
    connection->fd = fd;
    connection->in = malloc(REQUEST_MAX + 1);
    server->connections[server->connection_count++] = connection;
}

static void *run(void *user)
{
    struct rpc_server *server = user;
    for (;;) {
        struct pollfd polled[RPC_SERVER_CONNECTIONS + 2] = {{server->wake_fd, POLLIN, 0},
                                                            {server->listen_fd, POLLIN, 0}};
        size_t count = server->connection_count;
        for (size_t i = 0; i < count; i++) {
            polled[i + 2] = (struct pollfd){server->connections[i]->fd, POLLIN, 0};
        }
        (void)poll(polled, count + 2, -1);
        if (polled[0].revents != 0) {
            return NULL;
        }
        for (size_t i = count; i-- > 0;) { /* backwards: dropping moves the last one down */
            if (polled[i + 2].revents != 0 && !receive(server, server->connections[i])) {
                drop(server, i);
            }
        }
        if (polled[1].revents != 0) {
            accept_one(server);
        }
    }
}

void rpc_server_start(struct rpc_server *server)
{
    server->listen_fd = listen_socket(&server->port);
    server->wake_fd = eventfd(0, EFD_CLOEXEC);
    assert_true(server->wake_fd >= 0);
    assert_int_equal(pthread_create(&server->thread, NULL, run, server), 0);
}

void rpc_server_stop(struct rpc_server *server)
{
    uint64_t one = 1;
    (void)!write(server->wake_fd, &one, sizeof one);
    (void)pthread_join(server->thread, NULL);
    while (server->connection_count > 0) {
        drop(server, 0);
    }
    (void)close(server->listen_fd);
    (void)close(server->wake_fd);
}
