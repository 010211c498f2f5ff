/* devnet.c: the development network as a running thing: listening sockets, one thread with one
 * poll() loop, pushes in their rhythm, faults, counters, start and stop. */
#include "devnet/devnet.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "server.h"

enum { PORT_OFF = UINT16_MAX, BACKLOG = 256, ACCEPTS_A_TURN = 64 };
enum { POLL_WAKE, POLL_NODE, POLL_POOL, POLL_REST, POLL_PEERS };

/* One P2PKH address of each group, from the node's published documentation (solo mining guide):
 * what a freshly configured node would show. Nothing can be spent on this network. */
static const char *const first_addresses[POOL_DEVNET_GROUPS] = {
    "1HiYeRbypJQK4nc6EFYWiRVdsdYukQKq8SvKQsfJ3wiR8",
    "1HD3q1G7qVoeyNA4U6HbBhFvv1FLUWNGwNavPamScpVLa",
    "1CQiD2RQ58ymszcgPEszRomyMZxEjH1Rtp4tB84JY2qgL",
    "19vvD3QbfEYbJexk6yCtnDNpRrfr3xQv2Pzc6x265MRhD",
};

void pool_devnet_defaults(struct pool_devnet_config *config)
{
    memset(config, 0, sizeof *config);
    (void)snprintf(config->bind, sizeof config->bind, "127.0.0.1");
    config->node_version = 1;
    config->block_time_ms = 8000;
    config->push_interval_ms = 250;
    config->refresh_ms = 4000;
    config->start_hashes = 0x1p20;
    config->extranonce_bytes = 2;
}

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
    if (faults->hold_answers_ms == 0 || devnet->held_count == POOL_DEVNET_HELD_MAX) {
        pool_devnet_peer_send(peer, bytes, size);
        return;
    }
    size_t slot = (devnet->held_first + devnet->held_count) % POOL_DEVNET_HELD_MAX;
    struct held *held = &devnet->held[slot];
    BASE_ASSERT(size <= sizeof held->bytes);
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
    pool_devnet_chains_submit(outcome, devnet->chains, message);
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
        pool_devnet_node_open(devnet, peer);
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
    if (!peer->deaf) {
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

/* Templates are refreshed by age only when somebody is about to see them: a refresh is never a
 * reason to push (4.5). */
static void push_when_due(struct pool_devnet *devnet)
{
    if (!devnet->push_waits ||
        devnet->now_ms - devnet->pushed_ms < devnet->config.push_interval_ms) {
        return;
    }
    devnet->push_waits = false;
    devnet->pushed_ms = devnet->now_ms;
    (void)pool_devnet_chains_refresh(devnet->chains, devnet->time_ms, devnet->config.refresh_ms);
    for (size_t i = 0; i < devnet->peer_count; i++) {
        pool_devnet_node_push(devnet, devnet->peers[i]);
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
    if (devnet->held_count > 0) {
        wait = sooner(wait, now_ms, devnet->held[devnet->held_first].due_ms);
    }
    for (size_t i = 0; reset_ms > 0 && i < devnet->peer_count; i++) {
        wait = sooner(wait, now_ms, devnet->peers[i]->since_ms + reset_ms);
    }
    return wait;
}

/* ---- the loop ------------------------------------------------------------------------------ */

static void set_clocks(struct pool_devnet *devnet)
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
    set_clocks(devnet);
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
    pool_devnet_rest_turn(devnet);
    send_held(devnet);
    push_when_due(devnet);
    reset_when_due(devnet);
    reap(devnet);
}

static void *run(void *user)
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

/* ---- start and stop ------------------------------------------------------------------------ */

static enum base_status listen_on(int *fd_out, uint16_t *port_out, const char *host, uint16_t port,
                                  const char *what, struct base_error *error)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    struct sockaddr_storage bound;
    socklen_t bound_size = sizeof bound;
    char service[8];
    int on = 1;
    (void)snprintf(service, sizeof service, "%u", port);
    *fd_out = -1;
    if (getaddrinfo(host, service, &hints, &found) != 0) {
        return base_error_set(error, BASE_E_ARG,
                              "Cannot listen on '%s': give an IP address such as 127.0.0.1", host);
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0 &&
                getsockname(fd, (struct sockaddr *)&bound, &bound_size) == 0;
    int reason = errno;
    freeaddrinfo(found);
    if (!good) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return base_error_set(error, BASE_E_IO,
                              "Cannot listen on %s port %u for the %s: %s; choose another port, or "
                              "0 for any free one",
                              host, port, what, strerror(reason));
    }
    uint16_t network_order = bound.ss_family == AF_INET6
                                 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                 : ((struct sockaddr_in *)&bound)->sin_port;
    *port_out = ntohs(network_order);
    *fd_out = fd;
    return BASE_OK;
}

static void fill_defaults(struct pool_devnet_config *config)
{
    struct pool_devnet_config standard;
    pool_devnet_defaults(&standard);
    if (config->bind[0] == '\0') {
        memcpy(config->bind, standard.bind, sizeof config->bind);
    }
    if (config->block_time_ms == 0) {
        config->block_time_ms = standard.block_time_ms;
    }
    if (config->push_interval_ms == 0) {
        config->push_interval_ms = standard.push_interval_ms;
    }
    if (config->refresh_ms == 0) {
        config->refresh_ms = standard.refresh_ms;
    }
    if (!(config->start_hashes > 0)) {
        config->start_hashes = standard.start_hashes;
    }
}

static enum base_status open_ports(struct pool_devnet *devnet, struct base_error *error)
{
    const struct pool_devnet_config *config = &devnet->config;
    enum base_status status = BASE_OK;
    if (config->node_port != PORT_OFF) {
        status = listen_on(&devnet->node_fd, &devnet->node_port, config->bind, config->node_port,
                           "node port", error);
    }
    if (status == BASE_OK && config->rest_port != PORT_OFF) {
        int fd = -1;
        status =
            listen_on(&fd, &devnet->rest_port, config->bind, config->rest_port, "REST port", error);
        if (status == BASE_OK) {
            status = pool_devnet_rest_start(devnet, fd, error);
        }
    }
    return status;
}

/* Everything but the thread. Fine on a half-built object. */
static void destroy(struct pool_devnet *devnet)
{
    for (size_t i = 0; i < devnet->peer_count; i++) {
        pool_devnet_peer_free(devnet->peers[i]);
    }
    pool_devnet_rest_stop(devnet);
    int fds[] = {devnet->node_fd, devnet->pool_fd, devnet->wake_fd};
    for (size_t i = 0; i < BASE_COUNT_OF(fds); i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    pool_devnet_chains_free(devnet->chains);
    base_free(devnet->held);
    (void)pthread_mutex_destroy(&devnet->lock);
    base_free(devnet);
}

enum base_status pool_devnet_start(struct pool_devnet **out,
                                   const struct pool_devnet_config *config,
                                   struct base_error *error)
{
    enum base_status status = BASE_OK;
    *out = NULL;
    if (config->hash == NULL || config->node_version > 1 || config->extranonce_bytes > 16) {
        return base_error_set(error, BASE_E_ARG,
                              "The development network needs a hash function, node version 0 or "
                              "1, and an extranonce of 0 to 16 bytes");
    }
    struct pool_devnet *devnet = base_alloc(1, sizeof *devnet);
    if (devnet == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "No memory for the development network");
    }
    devnet->config = *config;
    fill_defaults(&devnet->config);
    devnet->node_fd = -1;
    devnet->pool_fd = -1;
    devnet->rest_fd = -1;
    devnet->wake_fd = -1;
    (void)pthread_mutex_init(&devnet->lock, NULL);
    uint64_t seed = config->seed;
    if (seed == 0 && base_random_os(&seed, sizeof seed) != BASE_OK) {
        status = base_error_set(error, BASE_E_IO, "The operating system gives no random bytes");
        goto out;
    }
    devnet->random.state = seed;
    set_clocks(devnet);
    devnet->chains =
        pool_devnet_chains_new(seed, devnet->config.block_time_ms, devnet->config.start_hashes,
                               devnet->time_ms, config->hash);
    devnet->held = base_alloc(POOL_DEVNET_HELD_MAX, sizeof *devnet->held);
    if (devnet->chains == NULL || devnet->held == NULL) {
        status = base_error_set(error, BASE_E_MEMORY, "No memory for the development network");
        goto out;
    }
    for (unsigned i = 0; i < POOL_DEVNET_GROUPS; i++) {
        (void)snprintf(devnet->addresses[i], sizeof devnet->addresses[i], "%s", first_addresses[i]);
    }
    devnet->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    status = open_ports(devnet, error);
    if (status != BASE_OK) {
        goto out;
    }
    if (devnet->wake_fd < 0 || pthread_create(&devnet->thread, NULL, run, devnet) != 0) {
        status =
            base_error_set(error, BASE_E_IO, "Cannot start the thread of the development network");
        goto out;
    }
    *out = devnet;
    return BASE_OK;
out:
    destroy(devnet);
    return status;
}

static void wake(struct pool_devnet *devnet)
{
    uint64_t one = 1;
    (void)!write(devnet->wake_fd, &one, sizeof one);
}

void pool_devnet_stop(struct pool_devnet *devnet)
{
    if (devnet == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&devnet->lock);
    devnet->stopping = true;
    (void)pthread_mutex_unlock(&devnet->lock);
    wake(devnet);
    (void)pthread_join(devnet->thread, NULL);
    destroy(devnet);
}

uint16_t pool_devnet_node_port(const struct pool_devnet *devnet)
{
    return devnet->node_port;
}

uint16_t pool_devnet_rest_port(const struct pool_devnet *devnet)
{
    return devnet->rest_port;
}

uint16_t pool_devnet_pool_port(const struct pool_devnet *devnet)
{
    return devnet->pool_port;
}

void pool_devnet_stats(struct pool_devnet *devnet, struct pool_devnet_stats *stats)
{
    (void)pthread_mutex_lock(&devnet->lock);
    *stats = devnet->stats;
    stats->difficulty = pool_devnet_chains_difficulty(devnet->chains);
    for (unsigned i = 0; i < POOL_DEVNET_CHAINS; i++) {
        stats->heights[i] = devnet->chains->chain[i].height;
    }
    (void)pthread_mutex_unlock(&devnet->lock);
}

void pool_devnet_set_faults(struct pool_devnet *devnet, const struct pool_devnet_faults *faults)
{
    (void)pthread_mutex_lock(&devnet->lock);
    devnet->config.faults = *faults;
    (void)pthread_mutex_unlock(&devnet->lock);
    wake(devnet);
}
