/* serve.c: the event loop: one epoll set for ports, connections and watched descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "serve/serve_private.h"

enum {
    EVENTS_A_TURN = 256,
    ACCEPTS_A_TURN = 64, /* of one port, so that a flood of connections does not stop the others */
    SWEEP_MS = 1000,     /* between two looks for stalled connections */
};

static const enum pool_serve_source wake_source = SOURCE_WAKE;
static const enum pool_serve_source watch_source = SOURCE_WATCH;

/* source: what handle_event gets back. Nothing constant is written through it. */
static bool epoll_add(struct pool_serve *serve, int fd, const void *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uintptr_t)source};
    return epoll_ctl(serve->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* ---- connections ----------------------------------------------------------------------------- */

static bool room_for_peer(struct pool_serve *serve)
{
    if (serve->peer_count < serve->peer_cap) {
        return true;
    }
    size_t cap = serve->peer_cap > 0 ? 2 * serve->peer_cap : 64;
    struct pool_serve_peer **grown =
        base_realloc(serve->peers, cap, sizeof(struct pool_serve_peer *));
    if (grown == NULL) {
        return false;
    }
    serve->peers = grown;
    serve->peer_cap = cap;
    return true;
}

/* True when one more connection from this address is allowed. */
static bool address_allowed(const struct pool_serve *serve, const char *host)
{
    size_t most = serve->config.limits.peers_per_address;
    size_t count = 0;
    for (size_t i = 0; most > 0 && i < serve->peer_count; i++) {
        count += strcmp(serve->peers[i]->host, host) == 0;
    }
    return most == 0 || count < most;
}

static void open_peer(struct pool_serve *serve, const struct pool_serve_port *port, int fd,
                      const struct sockaddr *address, socklen_t address_size)
{
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct pool_serve_peer *peer = pool_serve_peer_new(serve, port, fd);
    if (peer == NULL) {
        return;
    }
    if (getnameinfo(address, address_size, peer->host, sizeof peer->host, NULL, 0,
                    NI_NUMERICHOST) != 0) {
        peer->host[0] = '\0';
    }
    if (serve->peer_count >= serve->config.limits.peers || !address_allowed(serve, peer->host) ||
        !room_for_peer(serve) || !epoll_add(serve, fd, peer)) {
        pool_serve_peer_free(peer);
        return;
    }
    peer->events = EPOLLIN;
    peer->index = serve->peer_count;
    serve->peers[serve->peer_count++] = peer;
    if (!port->service->open(port->user, peer)) {
        peer->port = NULL; /* the service has nothing to close */
        pool_serve_reset(peer);
    }
}

/* No descriptor is left: without this, the waiting connection would turn the loop for ever. */
static void refuse_one(struct pool_serve *serve, int listen_fd)
{
    if (serve->spare_fd >= 0) {
        (void)close(serve->spare_fd);
        int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    serve->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_peers(struct pool_serve *serve, const struct pool_serve_port *port)
{
    for (unsigned i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage address;
        socklen_t size = sizeof address;
        int fd =
            accept4(port->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
            refuse_one(serve, port->fd);
            return;
        }
        if (fd < 0) {
            return;
        }
        open_peer(serve, port, fd, (const struct sockaddr *)&address, size);
    }
}

static void on_peer_event(struct pool_serve_peer *peer, uint32_t events)
{
    if ((events & EPOLLOUT) != 0) {
        pool_serve_peer_mark(peer);
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) {
        return;
    }
    if (pool_serve_ends(peer)) {
        if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
            pool_serve_reset(peer);
        }
        return;
    }
    if (!pool_serve_peer_read(peer)) {
        peer->resetting |= (events & EPOLLERR) != 0;
        peer->out_begin = peer->out_end; /* the other side reads nothing more */
        pool_serve_close(peer);
        return;
    }
    peer->port->service->input(peer->port->user, peer);
    if (peer->in_begin == peer->in_end) {
        peer->in_begin = 0;
        peer->in_end = 0;
    }
}

/* ---- the end of a turn ------------------------------------------------------------------------
 */

static void remove_peer(struct pool_serve *serve, struct pool_serve_peer *peer)
{
    struct pool_serve_peer *last = serve->peers[--serve->peer_count];
    serve->peers[peer->index] = last;
    last->index = peer->index;
    if (peer->port != NULL) {
        peer->port->service->close(peer->port->user, peer);
    }
    pool_serve_peer_free(peer);
}

/* Ask epoll for what this connection waits for. */
static void set_events(struct pool_serve *serve, struct pool_serve_peer *peer)
{
    uint32_t events = peer->closing ? 0 : EPOLLIN;
    if (peer->out_begin < peer->out_end) {
        events |= EPOLLOUT;
    }
    if (events != peer->events) {
        struct epoll_event event = {.events = events, .data.ptr = peer};
        (void)epoll_ctl(serve->epoll_fd, EPOLL_CTL_MOD, peer->fd, &event);
        peer->events = events;
    }
}

static void flush_dirty(struct pool_serve *serve)
{
    while (serve->dirty != NULL) {
        struct pool_serve_peer *peer = serve->dirty;
        serve->dirty = peer->next_dirty;
        peer->dirty = false;
        pool_serve_peer_flush(peer);
        if (peer->resetting || (peer->closing && peer->out_begin == peer->out_end)) {
            remove_peer(serve, peer);
        } else {
            set_events(serve, peer);
        }
    }
}

/* Reset the connections whose output has not moved for too long. */
static void sweep(struct pool_serve *serve)
{
    uint32_t stall_ms = serve->config.limits.stall_ms;
    if (stall_ms == 0 || serve->now_ms - serve->swept_ms < SWEEP_MS) {
        return;
    }
    serve->swept_ms = serve->now_ms;
    for (size_t i = 0; i < serve->peer_count; i++) {
        struct pool_serve_peer *peer = serve->peers[i];
        if (peer->out_begin < peer->out_end && serve->now_ms - peer->moved_ms >= stall_ms) {
            pool_serve_reset(peer);
        }
    }
}

static int wait_ms(const struct pool_serve *serve, uint32_t asked_ms)
{
    if (serve->config.limits.stall_ms > 0 && serve->peer_count > 0 && asked_ms > SWEEP_MS) {
        asked_ms = SWEEP_MS;
    }
    return asked_ms > INT32_MAX ? -1 : (int)asked_ms;
}

/* ---- the loop ---------------------------------------------------------------------------------
 */

static void handle_event(struct pool_serve *serve, const struct epoll_event *event)
{
    uint64_t count = 0;
    void *source = event->data.ptr;
    switch (*(const enum pool_serve_source *)source) {
    case SOURCE_WAKE:
        (void)!read(serve->wake_fd, &count, sizeof count);
        break;
    case SOURCE_PORT:
        accept_peers(serve, source);
        break;
    case SOURCE_WATCH:
        break; /* begin and end look after it */
    case SOURCE_PEER:
        on_peer_event(source, event->events);
        break;
    }
}

static void *run(void *user)
{
    struct pool_serve *serve = user;
    struct epoll_event events[EVENTS_A_TURN];
    int wait = 0;
    pool_serve_lock(serve);
    while (!serve->stopping) {
        pool_serve_unlock(serve);
        int count = epoll_wait(serve->epoll_fd, events, EVENTS_A_TURN, wait);
        pool_serve_lock(serve);
        serve->now_ms = base_clock_ms();
        serve->config.begin(serve->config.user, serve->now_ms);
        for (int i = 0; i < count; i++) {
            handle_event(serve, &events[i]);
        }
        uint32_t asked_ms = serve->config.end(serve->config.user, serve->now_ms);
        sweep(serve);
        flush_dirty(serve);
        wait = wait_ms(serve, asked_ms);
    }
    pool_serve_unlock(serve);
    return NULL;
}

/* ---- start and stop ----------------------------------------------------------------------------
 */

enum base_status pool_serve_new(struct pool_serve **out, const struct pool_serve_config *config,
                                struct base_error *error)
{
    *out = NULL;
    struct pool_serve *serve = base_alloc(1, sizeof *serve);
    if (serve == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "No memory for a server");
    }
    serve->config = *config;
    (void)pthread_mutex_init(&serve->lock, NULL);
    serve->now_ms = base_clock_ms();
    serve->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    serve->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    serve->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (serve->epoll_fd < 0 || serve->wake_fd < 0 ||
        !epoll_add(serve, serve->wake_fd, &wake_source)) {
        pool_serve_stop(serve);
        return base_error_set(error, BASE_E_IO,
                              "The system gives no descriptors for a server; raise the limit of "
                              "open files (ulimit -n)");
    }
    *out = serve;
    return BASE_OK;
}

enum base_status pool_serve_listen(struct pool_serve *serve, uint16_t *bound_port, const char *host,
                                   uint16_t port, const char *what,
                                   const struct pool_serve_service *service, void *user,
                                   struct base_error *error)
{
    BASE_ASSERT(serve->port_count < POOL_SERVE_PORTS_MAX);
    struct pool_serve_port *entry = &serve->ports[serve->port_count];
    enum base_status status = pool_serve_socket(&entry->fd, bound_port, host, port, what, error);
    if (status != BASE_OK) {
        return status;
    }
    entry->source = SOURCE_PORT;
    entry->service = service;
    entry->user = user;
    if (!epoll_add(serve, entry->fd, entry)) {
        (void)close(entry->fd);
        return base_error_set(error, BASE_E_IO, "The system cannot watch the %s", what);
    }
    serve->port_count++;
    return BASE_OK;
}

enum base_status pool_serve_watch(struct pool_serve *serve, int fd, struct base_error *error)
{
    return epoll_add(serve, fd, &watch_source)
               ? BASE_OK
               : base_error_set(error, BASE_E_IO, "The system cannot watch a descriptor");
}

enum base_status pool_serve_start(struct pool_serve *serve, struct base_error *error)
{
    if (pthread_create(&serve->thread, NULL, run, serve) != 0) {
        return base_error_set(error, BASE_E_IO, "The system gives no thread for a server");
    }
    serve->started = true;
    return BASE_OK;
}

void pool_serve_quit(struct pool_serve *serve)
{
    if (serve->started) {
        pool_serve_lock(serve);
        serve->stopping = true;
        pool_serve_unlock(serve);
        pool_serve_wake(serve);
        (void)pthread_join(serve->thread, NULL);
        serve->started = false;
    }
    while (serve->peer_count > 0) {
        remove_peer(serve, serve->peers[serve->peer_count - 1]);
    }
    while (serve->port_count > 0) {
        (void)close(serve->ports[--serve->port_count].fd);
    }
}

void pool_serve_stop(struct pool_serve *serve)
{
    if (serve == NULL) {
        return;
    }
    pool_serve_quit(serve);
    int fds[] = {serve->epoll_fd, serve->wake_fd, serve->spare_fd};
    for (size_t i = 0; i < BASE_COUNT_OF(fds); i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    base_free(serve->peers);
    (void)pthread_mutex_destroy(&serve->lock);
    base_free(serve);
}

void pool_serve_lock(struct pool_serve *serve)
{
    (void)pthread_mutex_lock(&serve->lock);
}

void pool_serve_unlock(struct pool_serve *serve)
{
    (void)pthread_mutex_unlock(&serve->lock);
}

void pool_serve_wake(struct pool_serve *serve)
{
    uint64_t one = 1;
    (void)!write(serve->wake_fd, &one, sizeof one);
}

size_t pool_serve_peer_count(const struct pool_serve *serve)
{
    return serve->peer_count;
}

struct pool_serve_peer *pool_serve_peer_at(const struct pool_serve *serve, size_t index)
{
    return serve->peers[index];
}
