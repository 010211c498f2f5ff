/* devnet.c: the development network as its users see it: configuration, listening sockets, start,
 * stop, counters. What its thread does is in loop.c. */
#include "devnet/devnet.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "devnet/server.h"

enum { PORT_OFF = UINT16_MAX };

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

static void replace_zero(uint32_t *value, uint32_t standard)
{
    *value = *value != 0 ? *value : standard;
}

static void fill_defaults(struct pool_devnet_config *config)
{
    struct pool_devnet_config standard;
    pool_devnet_defaults(&standard);
    if (config->bind[0] == '\0') {
        memcpy(config->bind, standard.bind, sizeof config->bind);
    }
    if (!(config->start_hashes > 0)) {
        config->start_hashes = standard.start_hashes;
    }
    replace_zero(&config->block_time_ms, standard.block_time_ms);
    replace_zero(&config->push_interval_ms, standard.push_interval_ms);
    replace_zero(&config->refresh_ms, standard.refresh_ms);
    replace_zero(&config->pool_zeros, standard.pool_zeros);
    replace_zero(&config->pool_notify_ms, standard.pool_notify_ms);
    replace_zero(&config->vardiff_share_ms, standard.vardiff_share_ms);
    replace_zero(&config->vardiff_look_ms, standard.vardiff_look_ms);
}

static enum base_status open_ports(struct pool_devnet *devnet, struct base_error *error)
{
    const struct pool_devnet_config *config = &devnet->config;
    enum base_status status = BASE_OK;
    if (config->node_port != PORT_OFF) {
        status =
            pool_serve_listen(devnet->serve, &devnet->node_port, config->bind, config->node_port,
                              "node port", &pool_devnet_node_service, devnet, error);
    }
    if (status == BASE_OK && config->rest_port != PORT_OFF) {
        int fd = -1;
        status = pool_serve_socket(&fd, &devnet->rest_port, config->bind, config->rest_port,
                                   "REST port", error);
        if (status == BASE_OK) {
            status = pool_devnet_rest_start(devnet, fd, error);
        }
    }
    if (status == BASE_OK && config->pool_port != PORT_OFF) {
        status =
            pool_serve_listen(devnet->serve, &devnet->pool_port, config->bind, config->pool_port,
                              "pool port", &pool_devnet_pool_service, devnet, error);
    }
    return status;
}

void pool_devnet_stop(struct pool_devnet *devnet)
{
    if (devnet == NULL) {
        return;
    }
    pool_serve_stop(devnet->serve);
    pool_devnet_rest_stop(devnet);
    pool_devnet_poolport_stop(devnet);
    pool_devnet_chains_free(devnet->chains);
    base_free(devnet->held);
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
    uint64_t seed = config->seed;
    if (seed == 0 && base_random_os(&seed, sizeof seed) != BASE_OK) {
        status = base_error_set(error, BASE_E_IO, "The operating system gives no random bytes");
        goto out;
    }
    devnet->random.state = seed;
    pool_devnet_begin(devnet, base_clock_ms());
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
    const struct pool_serve_config serve = {
        .limits = {.peers = POOL_DEVNET_PEERS_MAX,
                   .in_bytes = POOL_DEVNET_IN_MAX,
                   .out_bytes = POOL_DEVNET_OUT_MAX},
        .begin = pool_devnet_begin,
        .end = pool_devnet_end,
        .user = devnet,
    };
    status = pool_serve_new(&devnet->serve, &serve, error);
    if (status == BASE_OK) {
        status = open_ports(devnet, error);
    }
    if (status == BASE_OK) {
        status = pool_serve_start(devnet->serve, error);
    }
    if (status != BASE_OK) {
        goto out;
    }
    *out = devnet;
    return BASE_OK;
out:
    pool_devnet_stop(devnet);
    return status;
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
    pool_serve_lock(devnet->serve);
    *stats = devnet->stats;
    stats->connected = pool_serve_peer_count(devnet->serve);
    stats->difficulty = pool_devnet_chains_difficulty(devnet->chains);
    for (unsigned i = 0; i < POOL_DEVNET_CHAINS; i++) {
        stats->heights[i] = devnet->chains->chain[i].height;
    }
    pool_serve_unlock(devnet->serve);
}

void pool_devnet_set_faults(struct pool_devnet *devnet, const struct pool_devnet_faults *faults)
{
    pool_serve_lock(devnet->serve);
    devnet->config.faults = *faults;
    pool_serve_unlock(devnet->serve);
    pool_serve_wake(devnet->serve);
}
