/* loop.c: the thread of the development network: one poll() over all sockets, pushes in their
 * rhythm, faults, and what the protocols have in common. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "devnet/server.h"

enum { ACCEPTS_A_TURN = 64 };
enum { POLL_WAKE, POLL_NODE, POLL_POOL, POLL_REST, POLL_PEERS };

/* ---- helpers of the protocols -------------------------------------------------------------- */

bool pool_devnet_pushes(const struct pool_devnet *devnet, const struct peer *peer)
{
    const struct pool_devnet_faults *faults = &devnet->config.faults;
    return faults->not_synced == 0 &&
           (faults->silent_after == 0 || peer->pushes < faults->silent_after);
}

void pool_devnet_answer(struct pool_devnet *devnet, struct peer *peer, const void *bytes,
                        size_t size)
{
    const struct pool_devnet_faults *faults = &devnet->config.faults;
    devnet->answers++;
    if (faults->drop_answers > 0 && devnet->answers % faults->drop_answers == 0) {
        return;
    }
    if (faults->hold_answers_ms == 0 || devnet->held_count == POOL_DEVNET_HELD_MAX ||
        size > POOL_DEVNET_ANSWER_MAX) {
        pool_devnet_peer_send(peer, bytes, size);
        return;
    }
    size_t slot = (devnet->held_first + devnet->held_count) % POOL_DEVNET_HELD_MAX;
    struct held *held = &devnet->held[slot];
    held->peer_id = peer->id;
    held->due_ms = devnet->now_ms + faults->hold_answers_ms;
    held->size = size;
    memcpy(held->bytes, bytes, size);
    devnet->held_count++;
}

void pool_devnet_judge(struct pool_devnet_outcome *outcome, struct pool_devnet *devnet,
                       const uint8_t message[POOL_DEVNET_MESSAGE_SIZE])
{
    struct pool_devnet_stats *stats = &devnet->stats;
    pool_devnet_chains_submit(outcome, devnet->chains, message, devnet->time_ms);
    switch (outcome->verdict) {
    case POOL_DEVNET_ACCEPTED:
        stats->accepted[outcome->template_chain]++;
        devnet->push_waits = true;
        break;
    case POOL_DEVNET_UNCLE:
        stats->uncles[outcome->template_chain]++;
        break;
    case POOL_DEVNET_USED:
    case POOL_DEVNET_STALE:
        stats->refused[outcome->template_chain]++;
        break;
    case POOL_DEVNET_WRONG_CHAIN:
        stats->wrong_chain++;
        break;
    case POOL_DEVNET_ABOVE_TARGET:
        stats->above_target++;
        break;
    case POOL_DEVNET_TIMESTAMP:
        stats->wrong_timestamp++;
        break;
    case POOL_DEVNET_DUPLICATE:
        stats->duplicates++;
        break;
    case POOL_DEVNET_UNKNOWN:
    case POOL_DEVNET_VERDICT_COUNT:
        stats->unknown_template++;
        break;
    }
}

/* ---- connections --------------------------------------------------------------------------- */

static void accept_peers(struct pool_devnet *devnet, int listen_fd, enum peer_kind kind)
{
    for (unsigned i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        if (devnet->peer_count == POOL_DEVNET_PEERS_MAX) {
            (void)close(fd);
            continue;
        }
        int on = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct peer *peer = pool_devnet_peer_new(fd, kind);
        if (peer == NULL) {
            continue;
        }
        peer->id = ++devnet->next_peer_id;
        peer->since_ms = devnet->now_ms;
        devnet->peers[devnet->peer_count++] = peer;
        devnet->stats.connections++;
        (void)pool_devnet_chains_refresh(devnet->chains, devnet->time_ms,
                                         devnet->config.refresh_ms);
        if (kind == PEER_NODE) {
            pool_devnet_node_open(devnet, peer);
        } else {
            pool_devnet_poolport_open(devnet, peer);
        }
    }
}

static void read_peer(struct pool_devnet *devnet, struct peer *peer, short events)
{
    if ((events & (POLLIN | POLLHUP | POLLERR)) == 0 || peer->closing || peer->aborting) {
        return;
    }
    if (!pool_devnet_peer_read(peer)) {
        peer->aborting = (events & POLLERR) != 0 || peer->discarded > POOL_DEVNET_DISCARD_MAX;
        peer->closing = true;
        peer->out_begin = peer->out_end;
        return;
    }
    if (peer->kind == PEER_POOL) {
        pool_devnet_poolport_input(devnet, peer);
    } else if (!peer->deaf) {
        pool_devnet_node_input(devnet, peer);
    }
}

static void reap(struct pool_devnet *devnet)
{
    for (size_t i = 0; i < devnet->peer_count;) {
        struct peer *peer = devnet->peers[i];
        pool_devnet_peer_flush(peer);
        if (peer->aborting || (peer->closing && peer->out_begin == peer->out_end)) {
            pool_devnet_peer_free(peer);
            devnet->peers[i] = devnet->peers[--devnet->peer_count];
        } else {
            i++;
        }
    }
    devnet->stats.connected = devnet->peer_count;
}

/* ---- what time brings ---------------------------------------------------------------------- */

static void send_held(struct pool_devnet *devnet)
{
    while (devnet->held_count > 0) {
        struct held *held = &devnet->held[devnet->held_first];
        if (held->due_ms > devnet->now_ms) {
            return;
        }
        for (size_t i = 0; i < devnet->peer_count; i++) {
            if (devnet->peers[i]->id == held->peer_id) {
                pool_devnet_peer_send(devnet->peers[i], held->bytes, held->size);
            }
        }
        devnet->held_first = (devnet->held_first + 1) % POOL_DEVNET_HELD_MAX;
        devnet->held_count--;
    }
}

/* When the pool port notifies again although no block came; UINT64_MAX: never. */
static uint64_t notify_due_ms(const struct pool_devnet *devnet)
{
    for (size_t i = 0; i < devnet->peer_count; i++) {
        if (devnet->peers[i]->kind == PEER_POOL) {
            return devnet->notified_ms + devnet->config.pool_notify_ms;
        }
    }
    return UINT64_MAX;
}

/* Templates are refreshed by age only when somebody is about to see them: a refresh is never a
 * reason to push (4.5). The pool port is: it hands out one job of sixteen, and the blocks of other
 * miners that would bring the next one do not come here. */
static void push_when_due(struct pool_devnet *devnet)
{
    bool push =
        devnet->push_waits && devnet->now_ms - devnet->pushed_ms >= devnet->config.push_interval_ms;
    if (!push && devnet->now_ms < notify_due_ms(devnet)) {
        return;
    }
    (void)pool_devnet_chains_refresh(devnet->chains, devnet->time_ms, devnet->config.refresh_ms);
    pool_devnet_poolport_push(devnet);
    if (push) {
        devnet->push_waits = false;
        devnet->pushed_ms = devnet->now_ms;
        for (size_t i = 0; i < devnet->peer_count; i++) {
            if (devnet->peers[i]->kind == PEER_NODE) {
                pool_devnet_node_push(devnet, devnet->peers[i]);
            }
        }
    }
}

static void reset_when_due(struct pool_devnet *devnet)
{
    uint32_t after_ms = devnet->config.faults.reset_after_ms;
    for (size_t i = 0; after_ms > 0 && i < devnet->peer_count; i++) {
        if (devnet->now_ms - devnet->peers[i]->since_ms >= after_ms) {
            devnet->peers[i]->aborting = true;
        }
    }
}

/* The sooner of wait_ms (-1: never) and due_ms. */
static int sooner(int wait_ms, uint64_t now_ms, uint64_t due_ms)
{
    uint64_t until_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    until_ms = until_ms > INT32_MAX ? INT32_MAX : until_ms;
    return wait_ms < 0 || (int)until_ms < wait_ms ? (int)until_ms : wait_ms;
}

static int wait_ms(struct pool_devnet *devnet)
{
    uint64_t now_ms = devnet->now_ms;
    uint32_t reset_ms = devnet->config.faults.reset_after_ms;
    int wait = pool_devnet_rest_wait_ms(devnet);
    if (devnet->push_waits) {
        wait = sooner(wait, now_ms, devnet->pushed_ms + devnet->config.push_interval_ms);
    }
    if (notify_due_ms(devnet) != UINT64_MAX) {
        wait = sooner(wait, now_ms, notify_due_ms(devnet));
    }
    if (devnet->held_count > 0) {
        wait = sooner(wait, now_ms, devnet->held[devnet->held_first].due_ms);
    }
    for (size_t i = 0; reset_ms > 0 && i < devnet->peer_count; i++) {
        wait = sooner(wait, now_ms, devnet->peers[i]->since_ms + reset_ms);
    }
    return wait;
}

/* ---- the loop ------------------------------------------------------------------------------ */

void pool_devnet_set_clocks(struct pool_devnet *devnet)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    devnet->now_ms = base_clock_ms();
    devnet->time_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static size_t fill_polls(struct pollfd *polls, const struct pool_devnet *devnet)
{
    polls[POLL_WAKE] = (struct pollfd){devnet->wake_fd, POLLIN, 0};
    polls[POLL_NODE] = (struct pollfd){devnet->node_fd, POLLIN, 0};
    polls[POLL_POOL] = (struct pollfd){devnet->pool_fd, POLLIN, 0};
    polls[POLL_REST] = (struct pollfd){devnet->rest_fd, POLLIN, 0};
    for (size_t i = 0; i < devnet->peer_count; i++) {
        const struct peer *peer = devnet->peers[i];
        short events = peer->out_begin < peer->out_end ? POLLIN | POLLOUT : POLLIN;
        polls[POLL_PEERS + i] = (struct pollfd){peer->fd, events, 0};
    }
    return POLL_PEERS + devnet->peer_count;
}

static void turn(struct pool_devnet *devnet, const struct pollfd *polls, size_t peer_count)
{
    pool_devnet_set_clocks(devnet);
    if (polls[POLL_WAKE].revents != 0) {
        uint64_t count = 0;
        (void)!read(devnet->wake_fd, &count, sizeof count);
    }
    for (size_t i = 0; i < peer_count; i++) {
        read_peer(devnet, devnet->peers[i], polls[POLL_PEERS + i].revents);
    }
    if (polls[POLL_NODE].revents != 0) {
        accept_peers(devnet, devnet->node_fd, PEER_NODE);
    }
    if (polls[POLL_POOL].revents != 0) {
        accept_peers(devnet, devnet->pool_fd, PEER_POOL);
    }
    pool_devnet_rest_turn(devnet);
    send_held(devnet);
    push_when_due(devnet);
    reset_when_due(devnet);
    reap(devnet);
}

void *pool_devnet_run(void *user)
{
    struct pool_devnet *devnet = user;
    struct pollfd polls[POLL_PEERS + POOL_DEVNET_PEERS_MAX];
    (void)pthread_mutex_lock(&devnet->lock);
    while (!devnet->stopping) {
        size_t count = fill_polls(polls, devnet);
        int wait = wait_ms(devnet);
        (void)pthread_mutex_unlock(&devnet->lock);
        if (poll(polls, (nfds_t)count, wait) <= 0) {
            for (size_t i = 0; i < count; i++) {
                polls[i].revents = 0;
            }
        }
        (void)pthread_mutex_lock(&devnet->lock);
        turn(devnet, polls, count - POLL_PEERS);
    }
    (void)pthread_mutex_unlock(&devnet->lock);
    return NULL;
}
