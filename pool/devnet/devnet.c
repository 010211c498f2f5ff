/* devnet.c: the development network as its users see it: configuration, listening sockets, start,
 * stop, counters. What its thread does is in loop.c. */
#include "devnet/devnet.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "devnet/server.h"

enum { PORT_OFF = UINT16_MAX, BACKLOG = 256 };

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
    config->pool_zeros = 20;
    config->pool_notify_ms = 1000;
    config->vardiff_share_ms = 250;
    config->vardiff_look_ms = 5000;
}

/* ---- start and stop ------------------------------------------------------------------------ */

static enum base_status listen_on(int *fd_out, uint16_t *port_out, const char *host, uint16_t port,
                                  const char *what, struct base_error *error)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    union {
        struct sockaddr any;
        struct sockaddr_in in4;
        struct sockaddr_in6 in6;
    } bound;
    socklen_t bound_size = sizeof bound;
    char service[8];
    int on = 1;
    (void)snprintf(service, sizeof service, "%u", port);
    *fd_out = -1;
    memset(&bound, 0, sizeof bound);
    if (getaddrinfo(host, service, &hints, &found) != 0) {
        return base_error_set(error, BASE_E_ARG,
                              "Cannot listen on '%s': give an IP address such as 127.0.0.1", host);
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0 &&
                getsockname(fd, &bound.any, &bound_size) == 0;
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
    *port_out = ntohs(bound.any.sa_family == AF_INET6 ? bound.in6.sin6_port : bound.in4.sin_port);
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
    if (config->pool_zeros == 0) {
        config->pool_zeros = standard.pool_zeros;
    }
    if (config->pool_notify_ms == 0) {
        config->pool_notify_ms = standard.pool_notify_ms;
    }
    if (config->vardiff_share_ms == 0) {
        config->vardiff_share_ms = standard.vardiff_share_ms;
    }
    if (config->vardiff_look_ms == 0) {
        config->vardiff_look_ms = standard.vardiff_look_ms;
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
    if (status == BASE_OK && config->pool_port != PORT_OFF) {
        status = listen_on(&devnet->pool_fd, &devnet->pool_port, config->bind, config->pool_port,
                           "pool port", error);
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
    pool_devnet_poolport_stop(devnet);
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
    if (config->hash == NULL || config->node_version > 1 || config->extranonce_bytes > 16 ||
        config->pool_zeros > 60 || config->pool_dialect >= POOL_DEVNET_DIALECT_COUNT) {
        return base_error_set(error, BASE_E_ARG,
                              "The development network needs a hash function, node version 0 or "
                              "1, an extranonce of 0 to 16 bytes, at most 60 zero bits for "
                              "difficulty 1, and a known pool dialect");
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
    pool_devnet_set_clocks(devnet);
    devnet->chains =
        pool_devnet_chains_new(seed, devnet->config.block_time_ms, devnet->config.start_hashes,
                               devnet->time_ms, config->hash);
    devnet->held = base_alloc(POOL_DEVNET_HELD_MAX, sizeof *devnet->held);
    if (devnet->chains == NULL || devnet->held == NULL ||
        pool_devnet_poolport_start(devnet) != BASE_OK) {
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
    if (devnet->wake_fd < 0 ||
        pthread_create(&devnet->thread, NULL, pool_devnet_run, devnet) != 0) {
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
