/* peer.c: one non-blocking connection: bounded input, bounded output, nothing about protocols. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "devnet/server.h"

enum { OUT_FIRST = 8192 }; /* bytes: one push of 16 jobs */

struct peer *pool_devnet_peer_new(int fd, enum peer_kind kind)
{
    struct peer *peer = base_alloc(1, sizeof *peer);
    if (peer == NULL) {
        (void)close(fd);
        return NULL;
    }
    peer->fd = fd;
    peer->kind = kind;
    peer->out_limit = POOL_DEVNET_OUT_MAX;
    peer->in = base_alloc(1, POOL_DEVNET_IN_MAX);
    if (peer->in == NULL) {
        pool_devnet_peer_free(peer);
        return NULL;
    }
    return peer;
}

void pool_devnet_peer_free(struct peer *peer)
{
    if (peer == NULL) {
        return;
    }
    if (peer->aborting) { /* linger 0: the peer sees a reset, as from a node that is not ready */
        struct linger none = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    }
    pool_devnet_poolport_close(peer);
    (void)close(peer->fd);
    base_free(peer->in);
    base_free(peer->out);
    base_free(peer);
}

/* Room for size more bytes behind out_end. */
static bool make_room(struct peer *peer, size_t size)
{
    if (peer->out_begin > 0) {
        memmove(peer->out, peer->out + peer->out_begin, peer->out_end - peer->out_begin);
        peer->out_end -= peer->out_begin;
        peer->out_begin = 0;
    }
    size_t wanted = peer->out_end + size;
    if (wanted <= peer->out_cap) {
        return true;
    }
    if (wanted > peer->out_limit) {
        return false;
    }
    size_t cap = peer->out_cap > 0 ? peer->out_cap : OUT_FIRST;
    while (cap < wanted) {
        cap *= 2;
    }
    uint8_t *grown = base_realloc(peer->out, cap, 1);
    if (grown == NULL) {
        return false;
    }
    peer->out = grown;
    peer->out_cap = cap;
    return true;
}

void pool_devnet_peer_send(struct peer *peer, const void *bytes, size_t size)
{
    if (peer->closing || peer->aborting || peer->mute || size == 0) {
        return;
    }
    if (size > peer->out_cap - peer->out_end && !make_room(peer, size)) {
        peer->aborting = true;
        return;
    }
    memcpy(peer->out + peer->out_end, bytes, size);
    peer->out_end += size;
}

void pool_devnet_peer_flush(struct peer *peer)
{
    while (peer->out_begin < peer->out_end && !peer->aborting) {
        ssize_t sent = send(peer->fd, peer->out + peer->out_begin, peer->out_end - peer->out_begin,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                peer->aborting = true;
            }
            return;
        }
        peer->out_begin += (size_t)sent;
    }
    if (peer->out_begin == peer->out_end) {
        peer->out_begin = 0;
        peer->out_end = 0;
    }
}

bool pool_devnet_peer_read(struct peer *peer)
{
    if (peer->deaf) {
        peer->in_size = 0;
    }
    if (peer->in_size == POOL_DEVNET_IN_MAX) {
        return true; /* a protocol never leaves it full; see the callers */
    }
    ssize_t got =
        recv(peer->fd, peer->in + peer->in_size, POOL_DEVNET_IN_MAX - peer->in_size, MSG_DONTWAIT);
    if (got < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    }
    if (got == 0) {
        return false; /* a half-close counts as a close (4.1) */
    }
    if (peer->deaf) {
        peer->discarded += (uint64_t)got;
        return peer->discarded <= POOL_DEVNET_DISCARD_MAX;
    }
    peer->in_size += (size_t)got;
    return true;
}

void pool_devnet_peer_consume(struct peer *peer, size_t size)
{
    BASE_ASSERT(size <= peer->in_size);
    memmove(peer->in, peer->in + size, peer->in_size - size);
    peer->in_size -= size;
}
