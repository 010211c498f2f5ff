/* peer.c: one non-blocking connection: bounded input, bounded output, nothing about messages.
 * Buffers grow with use and are given back when they are large and empty, so that ten thousand idle
 * connections cost little. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "serve/serve_private.h"

enum {
    FIRST_BYTES = 1024, /* of a buffer */
    KEPT_BYTES = 4096,  /* an empty buffer of more is freed */
    READ_BYTES = 16384, /* room that a read finds at least, where the limit allows it */
};

struct pool_serve_peer *pool_serve_peer_new(struct pool_serve *serve,
                                            const struct pool_serve_port *port, int fd)
{
    struct pool_serve_peer *peer = base_alloc(1, sizeof *peer);
    if (peer == NULL) {
        (void)close(fd);
        return NULL;
    }
    peer->source = SOURCE_PEER;
    peer->serve = serve;
    peer->port = port;
    peer->fd = fd;
    peer->id = ++serve->next_id;
    peer->since_ms = serve->now_ms;
    return peer;
}

void pool_serve_peer_free(struct pool_serve_peer *peer)
{
    if (peer == NULL) {
        return;
    }
    if (peer->resetting) { /* linger 0: the other side sees a reset */
        struct linger none = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    }
    (void)close(peer->fd);
    base_free(peer->in);
    base_free(peer->out);
    base_free(peer);
}

/* Room for size more bytes behind *end, moving what is left to the front. False: over max bytes, or
 * no memory. */
static bool make_room(uint8_t **buffer, size_t *begin, size_t *end, size_t *cap, size_t size,
                      size_t max)
{
    if (size <= *cap - *end) {
        return true;
    }
    if (*begin > 0) {
        memmove(*buffer, *buffer + *begin, *end - *begin);
        *end -= *begin;
        *begin = 0;
    }
    if (size > max || *end > max - size) {
        return false;
    }
    size_t wanted = *end + size;
    if (wanted <= *cap) {
        return true;
    }
    size_t grown_cap = *cap > 0 ? *cap : FIRST_BYTES;
    while (grown_cap < wanted) {
        grown_cap *= 2;
    }
    grown_cap = grown_cap > max ? max : grown_cap;
    uint8_t *grown = base_realloc(*buffer, grown_cap, 1);
    if (grown == NULL) {
        return false;
    }
    *buffer = grown;
    *cap = grown_cap;
    return true;
}

static void forget_empty(uint8_t **buffer, size_t *begin, size_t *end, size_t *cap)
{
    if (*begin < *end) {
        return;
    }
    *begin = 0;
    *end = 0;
    if (*cap > KEPT_BYTES) {
        base_free(*buffer);
        *buffer = NULL;
        *cap = 0;
    }
}

void pool_serve_peer_mark(struct pool_serve_peer *peer)
{
    if (!peer->dirty) {
        peer->dirty = true;
        peer->next_dirty = peer->serve->dirty;
        peer->serve->dirty = peer;
    }
}

void pool_serve_send(struct pool_serve_peer *peer, const void *bytes, size_t size)
{
    if (pool_serve_ends(peer) || size == 0) {
        return;
    }
    size_t max = peer->serve->config.limits.out_bytes + peer->out_more;
    if (!make_room(&peer->out, &peer->out_begin, &peer->out_end, &peer->out_cap, size, max)) {
        pool_serve_reset(peer);
        return;
    }
    if (peer->out_begin == peer->out_end) {
        peer->moved_ms = peer->serve->now_ms;
    }
    memcpy(peer->out + peer->out_end, bytes, size);
    peer->out_end += size;
    pool_serve_peer_mark(peer);
}

void pool_serve_peer_flush(struct pool_serve_peer *peer)
{
    while (peer->out_begin < peer->out_end && !peer->resetting) {
        ssize_t sent = send(peer->fd, peer->out + peer->out_begin, peer->out_end - peer->out_begin,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno == EINTR) {
                continue;
            }
            peer->resetting = errno != EAGAIN && errno != EWOULDBLOCK;
            return;
        }
        peer->out_begin += (size_t)sent;
        peer->moved_ms = peer->serve->now_ms;
    }
    forget_empty(&peer->out, &peer->out_begin, &peer->out_end, &peer->out_cap);
}

bool pool_serve_peer_read(struct pool_serve_peer *peer)
{
    size_t max = peer->serve->config.limits.in_bytes;
    size_t used = peer->in_end - peer->in_begin;
    size_t room = max - used < READ_BYTES ? max - used : READ_BYTES;
    if (room == 0 ||
        !make_room(&peer->in, &peer->in_begin, &peer->in_end, &peer->in_cap, room, max)) {
        peer->resetting = true;
        return false;
    }
    ssize_t got =
        recv(peer->fd, peer->in + peer->in_end, peer->in_cap - peer->in_end, MSG_DONTWAIT);
    if (got < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    }
    peer->in_end += (size_t)got;
    return got > 0; /* 0: the other side sends nothing more, which ends the connection */
}

const uint8_t *pool_serve_input(const struct pool_serve_peer *peer, size_t *size)
{
    *size = peer->in_end - peer->in_begin;
    return peer->in + peer->in_begin;
}

void pool_serve_consume(struct pool_serve_peer *peer, size_t size)
{
    BASE_ASSERT(size <= peer->in_end - peer->in_begin);
    peer->in_begin += size;
}

void pool_serve_allow_more(struct pool_serve_peer *peer, size_t bytes)
{
    peer->out_more += bytes;
}

void pool_serve_close(struct pool_serve_peer *peer)
{
    peer->closing = true;
    pool_serve_peer_mark(peer);
}

void pool_serve_reset(struct pool_serve_peer *peer)
{
    peer->resetting = true;
    pool_serve_peer_mark(peer);
}

bool pool_serve_ends(const struct pool_serve_peer *peer)
{
    return peer->closing || peer->resetting;
}

void *pool_serve_peer_user(const struct pool_serve_peer *peer)
{
    return peer->user;
}

void pool_serve_peer_set_user(struct pool_serve_peer *peer, void *user)
{
    peer->user = user;
}

uint64_t pool_serve_peer_id(const struct pool_serve_peer *peer)
{
    return peer->id;
}

uint64_t pool_serve_peer_since_ms(const struct pool_serve_peer *peer)
{
    return peer->since_ms;
}

const char *pool_serve_peer_host(const struct pool_serve_peer *peer)
{
    return peer->host;
}
