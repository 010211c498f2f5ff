/* serve_private.h: a server and a connection from inside. Everything is guarded by the lock of the
 * server. */
#ifndef POOL_SERVE_PRIVATE_H
#define POOL_SERVE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "serve/serve.h"

enum { POOL_SERVE_PORTS_MAX = 8, POOL_SERVE_WATCHES_MAX = 4, POOL_SERVE_HOST_MAX = 64 };

/* What an epoll event points to: the first member of each. */
enum pool_serve_source { SOURCE_WAKE, SOURCE_PORT, SOURCE_WATCH, SOURCE_PEER };

struct pool_serve_port {
    enum pool_serve_source source;
    int fd;
    const struct pool_serve_service *service;
    void *user;
};

/* Freed only at the end of a turn, so that a pointer to it is good for a whole turn. */
struct pool_serve_peer {
    enum pool_serve_source source;
    struct pool_serve *serve;
    const struct pool_serve_port *port;
    int fd;
    uint64_t id;
    uint64_t since_ms;
    void *user;
    size_t index;                       /* in serve->peers */
    struct pool_serve_peer *next_dirty; /* list of the turn */
    bool dirty;                         /* in that list: has output, or ends */
    bool closing;                       /* ends when the output is gone */
    bool resetting;                     /* ends at once, with a reset */
    uint32_t events;                    /* what epoll was last asked for */
    uint8_t *in;                        /* in[in_begin..in_end) is not consumed */
    size_t in_begin;
    size_t in_end;
    size_t in_cap;
    uint8_t *out; /* out[out_begin..out_end) is not sent */
    size_t out_begin;
    size_t out_end;
    size_t out_cap;
    size_t out_more;   /* allowed besides the limit */
    uint64_t moved_ms; /* when output last left, or was first queued */
    char host[POOL_SERVE_HOST_MAX];
};

struct pool_serve {
    struct pool_serve_config config;
    pthread_mutex_t lock;
    pthread_t thread;
    bool started;
    bool stopping;
    int epoll_fd;
    int wake_fd;
    int spare_fd; /* closed to accept, and refuse, a connection when no descriptor is left */
    struct pool_serve_port ports[POOL_SERVE_PORTS_MAX];
    size_t port_count;
    struct pool_serve_peer **peers;
    size_t peer_count;
    size_t peer_cap;
    struct pool_serve_peer *dirty;
    uint64_t next_id;
    uint64_t now_ms;
    uint64_t swept_ms; /* when stalled peers were last looked for */
};

/* ---- peer.c ---------------------------------------------------------------------------------- */

/** Take a connected, non-blocking socket. Returns NULL when there is no memory (fd is closed). */
struct pool_serve_peer *pool_serve_peer_new(struct pool_serve *serve,
                                            const struct pool_serve_port *port, int fd);

/** Close the socket and free; no callback. NULL is fine. */
void pool_serve_peer_free(struct pool_serve_peer *peer);

/** Read once. Returns false when the connection is over, or has no more room for input. */
BASE_MUST_CHECK bool pool_serve_peer_read(struct pool_serve_peer *peer);

/** Write what the socket takes. */
void pool_serve_peer_flush(struct pool_serve_peer *peer);

/** Put the peer into the list that the end of the turn looks at. */
void pool_serve_peer_mark(struct pool_serve_peer *peer);

#endif
