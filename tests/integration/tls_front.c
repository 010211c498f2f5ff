/* tls_front.c: see tls_front.h. */
#include "tls_front.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen.h"

struct tls_front {
    SSL_CTX *context;
    int listen_fd;
    int stop_fd; /* readable once everything is to end; never read */
    uint16_t port;
    uint16_t server_port;
    atomic_size_t taken;
    pthread_t thread;
    pthread_mutex_t lock; /* guards running */
    pthread_cond_t ended;
    size_t running; /* connections */
};

struct connection {
    struct tls_front *front;
    int fd;
};

static bool write_plain(int fd, const char *bytes, int size)
{
    while (size > 0) {
        ssize_t sent = send(fd, bytes, (size_t)size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        size -= (int)sent;
    }
    return true;
}

/* Bytes both ways until one side ends, or all is to end. */
static void relay(const struct tls_front *front, SSL *ssl, int fd, int server)
{
    char bytes[16384];
    for (;;) {
        struct pollfd polled[] = {{.fd = fd, .events = POLLIN},
                                  {.fd = server, .events = POLLIN},
                                  {.fd = front->stop_fd, .events = POLLIN}};
        if (SSL_pending(ssl) == 0) {
            (void)poll(polled, 3, -1);
        } else {
            polled[0].revents = POLLIN;
        }
        if (polled[2].revents != 0) {
            return;
        }
        if (polled[0].revents != 0) {
            int got = SSL_read(ssl, bytes, sizeof(bytes));
            if (got <= 0 || !write_plain(server, bytes, got)) {
                return;
            }
        }
        if (polled[1].revents != 0) {
            ssize_t got = recv(server, bytes, sizeof(bytes), 0);
            if (got <= 0 || SSL_write(ssl, bytes, (int)got) != (int)got) {
                return;
            }
        }
    }
}

static void *serve(void *user)
{
    struct connection *connection = user;
    struct tls_front *front = connection->front;
    SSL *ssl = SSL_new(front->context);
    (void)SSL_set_fd(ssl, connection->fd);
    if (SSL_accept(ssl) == 1) {
        int server = loop_connect(front->server_port);
        front->taken++;
        relay(front, ssl, connection->fd, server);
        (void)SSL_shutdown(ssl);
        (void)close(server);
    }
    SSL_free(ssl);
    (void)close(connection->fd);
    free(connection);
    (void)pthread_mutex_lock(&front->lock);
    front->running--;
    (void)pthread_cond_signal(&front->ended);
    (void)pthread_mutex_unlock(&front->lock);
    return NULL;
}

static void *accept_all(void *user)
{
    struct tls_front *front = user;
    for (;;) {
        struct pollfd polled[] = {{.fd = front->listen_fd, .events = POLLIN},
                                  {.fd = front->stop_fd, .events = POLLIN}};
        (void)poll(polled, 2, -1);
        if (polled[1].revents != 0) {
            return NULL;
        }
        pthread_t thread;
        struct connection *connection = calloc(1, sizeof(*connection));
        assert_non_null(connection);
        connection->front = front;
        connection->fd = accept(front->listen_fd, NULL, NULL);
        (void)pthread_mutex_lock(&front->lock);
        front->running++;
        (void)pthread_mutex_unlock(&front->lock);
        assert_int_equal(pthread_create(&thread, NULL, serve, connection), 0);
        (void)pthread_detach(thread);
    }
}

struct tls_front *tls_front_start(const struct identity *identity, uint16_t server_port)
{
    struct tls_front *front = calloc(1, sizeof(*front));
    assert_non_null(front);
    front->server_port = server_port;
    front->context = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(front->context, identity->certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(front->context, identity->key), 1);
    front->listen_fd = listen_socket(&front->port);
    front->stop_fd = eventfd(0, EFD_CLOEXEC);
    (void)pthread_mutex_init(&front->lock, NULL);
    (void)pthread_cond_init(&front->ended, NULL);
    assert_int_equal(pthread_create(&front->thread, NULL, accept_all, front), 0);
    return front;
}

void tls_front_stop(struct tls_front *front)
{
    uint64_t one = 1;
    (void)!write(front->stop_fd, &one, sizeof(one));
    (void)pthread_join(front->thread, NULL);
    (void)pthread_mutex_lock(&front->lock);
    while (front->running > 0) {
        (void)pthread_cond_wait(&front->ended, &front->lock);
    }
    (void)pthread_mutex_unlock(&front->lock);
    (void)pthread_cond_destroy(&front->ended);
    (void)pthread_mutex_destroy(&front->lock);
    (void)close(front->listen_fd);
    (void)close(front->stop_fd);
    SSL_CTX_free(front->context);
    free(front);
}

uint16_t tls_front_port(const struct tls_front *front)
{
    return front->port;
}

size_t tls_front_taken(const struct tls_front *front)
{
    return front->taken;
}
