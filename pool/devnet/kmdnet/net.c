/* net.c: the development network as its users see it: configuration, ports, start, stop, counters;
 * and what each turn of the loop does: the other miner, jobs that are due, answers held back. */
#include "kmdnet/net.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/target.h"

enum { PORT_OFF = UINT16_MAX };

/* ---- what the ports share ----------------------------------------------------------------------
 */

void kmdnet_answer(struct pool_kmdnet *net, struct kmdnet_client *client, const void *bytes,
                   size_t size)
{
    const struct pool_kmdnet_faults *faults = &net->config.faults;
    net->answers++;
    if (faults->drop_answers > 0 && net->answers % faults->drop_answers == 0) {
        pool_serve_reset(client->peer);
        return;
    }
    char *copy = faults->hold_answers_ms > 0 && net->held_count < KMDNET_HELD_MAX
                     ? base_alloc(size, 1)
                     : NULL;
    if (copy == NULL) {
        pool_serve_send(client->peer, bytes, size);
        return;
    }
    memcpy(copy, bytes, size);
    net->held[(net->held_first + net->held_count++) % KMDNET_HELD_MAX] = (struct kmdnet_held){
        pool_serve_peer_id(client->peer), net->now_ms + faults->hold_answers_ms, copy, size};
}

struct kmdnet_client *kmdnet_client_next(const struct pool_kmdnet *net, enum kmdnet_kind kind,
                                         size_t *index)
{
    while (*index < pool_serve_peer_count(net->serve)) {
        struct kmdnet_client *client =
            pool_serve_peer_user(pool_serve_peer_at(net->serve, (*index)++));
        if (client != NULL && client->kind == kind) {
            return client;
        }
    }
    return NULL;
}

/* ---- the chain ---------------------------------------------------------------------------------
 */

static void follow_tip(struct pool_kmdnet *net)
{
    (void)kmdnet_rpc_polls(net, true);
    kmdnet_pool_notify(net, true);
}

static void foreign_block(struct pool_kmdnet *net)
{
    kmdnet_chain_foreign(net->chain, net->now_ms, net->time);
    net->stats.foreign++;
    follow_tip(net);
}

static void count_block(struct pool_kmdnet *net, const struct kmdnet_outcome *outcome)
{
    struct pool_kmdnet_stats *stats = &net->stats;
    switch (outcome->verdict) {
    case KMDNET_TIP:
        stats->accepted++;
        stats->own_payee += outcome->own_payee;
        stats->txs += outcome->txs;
        return;
    case KMDNET_SIDE:
        stats->stale++;
        return;
    case KMDNET_DUPLICATE:
        stats->duplicates++;
        break;
    case KMDNET_BAD_SOLUTION:
        stats->bad_solution++;
        break;
    case KMDNET_ABOVE_TARGET:
        stats->above_target++;
        break;
    case KMDNET_UNDECODED:
        stats->malformed++;
        break;
    case KMDNET_FUTURE:
    case KMDNET_INVALID:
        stats->invalid++;
        break;
    }
    (void)snprintf(stats->why, sizeof stats->why, "%s", outcome->word);
}

void kmdnet_submit(struct kmdnet_outcome *outcome, struct pool_kmdnet *net, const uint8_t *block,
                   size_t size)
{
    const struct pool_kmdnet_faults *faults = &net->config.faults;
    net->good_blocks++;
    if (faults->overtake > 0 && net->good_blocks % faults->overtake == 0) {
        foreign_block(net);
    }
    if (faults->throw_away > 0 && net->good_blocks % faults->throw_away == 0) {
        memset(outcome, 0, sizeof *outcome);
        outcome->verdict = KMDNET_FUTURE; /* answered with null */
        net->stats.thrown_away++;
        return;
    }
    kmdnet_judge(outcome, net->chain, block, size, net->now_ms, net->time);
    count_block(net, outcome);
    if (outcome->verdict == KMDNET_TIP) {
        follow_tip(net);
    }
}

/* ---- connections -------------------------------------------------------------------------------
 */

static bool open_client(struct pool_kmdnet *net, struct pool_serve_peer *peer,
                        enum kmdnet_kind kind)
{
    struct kmdnet_client *client = base_alloc(1, sizeof *client);
    if (client == NULL) {
        return false;
    }
    client->peer = peer;
    client->kind = kind;
    pool_serve_peer_set_user(peer, client);
    net->stats.connections++;
    if (kind == KMDNET_POOL) {
        kmdnet_pool_open(net, client);
    }
    return true;
}

static bool open_http(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, KMDNET_HTTP);
}

static bool open_pool(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, KMDNET_POOL);
}

static void rpc_input(void *user, struct pool_serve_peer *peer)
{
    kmdnet_rpc_input(user, pool_serve_peer_user(peer));
}

static void pool_input(void *user, struct pool_serve_peer *peer)
{
    kmdnet_pool_input(user, pool_serve_peer_user(peer));
}

static void close_client(void *user, struct pool_serve_peer *peer)
{
    struct kmdnet_client *client = pool_serve_peer_user(peer);
    (void)user;
    if (client != NULL) {
        json_decref(client->poll_id);
    }
    base_free(client);
    pool_serve_peer_set_user(peer, NULL);
}

static const struct pool_serve_service services[] = {
    [KMDNET_HTTP] = {open_http, rpc_input, close_client},
    [KMDNET_POOL] = {open_pool, pool_input, close_client},
};

/* ---- turns of the loop -------------------------------------------------------------------------
 */

static void begin_turn(void *user, uint64_t now_ms)
{
    struct pool_kmdnet *net = user;
    struct timespec unix_time;
    (void)clock_gettime(CLOCK_REALTIME, &unix_time);
    net->now_ms = now_ms;
    net->time = (uint32_t)unix_time.tv_sec;
}

static void send_held(struct pool_kmdnet *net)
{
    while (net->held_count > 0 && net->held[net->held_first].due_ms <= net->now_ms) {
        struct kmdnet_held *held = &net->held[net->held_first];
        for (size_t i = 0; i < pool_serve_peer_count(net->serve); i++) {
            struct pool_serve_peer *peer = pool_serve_peer_at(net->serve, i);
            if (pool_serve_peer_id(peer) == held->client_id) {
                pool_serve_send(peer, held->bytes, held->size);
            }
        }
        base_free(held->bytes);
        net->held_first = (net->held_first + 1) % KMDNET_HELD_MAX;
        net->held_count--;
    }
}

/* Reset the connections whose time is up. Returns when the next is; UINT64_MAX: none. */
static uint64_t reset_when_due(struct pool_kmdnet *net)
{
    uint32_t after_ms = net->config.faults.reset_after_ms;
    uint64_t due_ms = UINT64_MAX;
    for (size_t i = 0; after_ms > 0 && i < pool_serve_peer_count(net->serve); i++) {
        struct pool_serve_peer *peer = pool_serve_peer_at(net->serve, i);
        uint64_t end_ms = pool_serve_peer_since_ms(peer) + after_ms;
        if (end_ms <= net->now_ms) {
            pool_serve_reset(peer);
        } else {
            due_ms = end_ms < due_ms ? end_ms : due_ms;
        }
    }
    return due_ms;
}

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

static uint32_t end_turn(void *user, uint64_t now_ms)
{
    struct pool_kmdnet *net = user;
    uint32_t foreign_ms = net->config.faults.foreign_ms;
    size_t at = 0;
    if (foreign_ms > 0 && now_ms >= net->foreign_due_ms) {
        net->foreign_due_ms = now_ms + foreign_ms;
        foreign_block(net);
    }
    bool miners = kmdnet_client_next(net, KMDNET_POOL, &at) != NULL;
    if (miners && now_ms >= net->notified_ms + net->config.pool_notify_ms) {
        kmdnet_pool_notify(net, false);
    }
    send_held(net);
    uint64_t due_ms = earlier(reset_when_due(net), kmdnet_rpc_polls(net, false));
    due_ms = foreign_ms > 0 ? earlier(due_ms, net->foreign_due_ms) : due_ms;
    due_ms = miners ? earlier(due_ms, net->notified_ms + net->config.pool_notify_ms) : due_ms;
    due_ms = net->held_count > 0 ? earlier(due_ms, net->held[net->held_first].due_ms) : due_ms;
    if (due_ms == UINT64_MAX) {
        return UINT32_MAX;
    }
    return due_ms <= now_ms ? 0 : (uint32_t)earlier(due_ms - now_ms, INT32_MAX);
}

/* ---- start and stop ----------------------------------------------------------------------------
 */

void pool_kmdnet_defaults(struct pool_kmdnet_config *config)
{
    memset(config, 0, sizeof *config);
    (void)snprintf(config->bind, sizeof config->bind, "127.0.0.1");
    config->block_time_ms = 8000;
    config->start_solutions = 17;
    config->vardiff_share_ms = 1000;
    config->vardiff_look_ms = 5000;
    config->nonce1_bytes = 4;
    config->pool_notify_ms = 5000;
}

static void replace_zero(uint32_t *value, uint32_t standard)
{
    *value = *value != 0 ? *value : standard;
}

static void fill_defaults(struct pool_kmdnet_config *config)
{
    struct pool_kmdnet_config standard;
    pool_kmdnet_defaults(&standard);
    if (config->bind[0] == '\0') {
        memcpy(config->bind, standard.bind, sizeof config->bind);
    }
    if (!(config->start_solutions >= 1) || config->start_solutions > 0x1p60) {
        config->start_solutions = standard.start_solutions;
    }
    if (!(config->share_solutions >= 1)) {
        config->share_solutions = config->start_solutions / 8;
    }
    config->share_solutions = config->share_solutions >= 2 ? config->share_solutions : 2;
    replace_zero(&config->block_time_ms, standard.block_time_ms);
    replace_zero(&config->vardiff_share_ms, standard.vardiff_share_ms);
    replace_zero(&config->vardiff_look_ms, standard.vardiff_look_ms);
    replace_zero(&config->pool_notify_ms, standard.pool_notify_ms);
}

static enum base_status open_ports(struct pool_kmdnet *net, struct base_error *error)
{
    const struct pool_serve_config serve = {
        .limits = {.peers = KMDNET_PEERS_MAX,
                   .in_bytes = KMDNET_IN_MAX,
                   .out_bytes = KMDNET_OUT_MAX},
        .begin = begin_turn,
        .end = end_turn,
        .user = net,
    };
    const struct pool_kmdnet_config *config = &net->config;
    enum base_status status = pool_serve_new(&net->serve, &serve, error);
    if (status == BASE_OK && config->rpc_port != PORT_OFF) {
        status = pool_serve_listen(net->serve, &net->rpc_port, config->bind, config->rpc_port,
                                   "RPC port", &services[KMDNET_HTTP], net, error);
    }
    if (status == BASE_OK && config->pool_port != PORT_OFF) {
        status = pool_serve_listen(net->serve, &net->pool_port, config->bind, config->pool_port,
                                   "pool port", &services[KMDNET_POOL], net, error);
    }
    return status == BASE_OK ? pool_serve_start(net->serve, error) : status;
}

void pool_kmdnet_stop(struct pool_kmdnet *net)
{
    if (net == NULL) {
        return;
    }
    pool_serve_stop(net->serve);
    while (net->held_count > 0) {
        base_free(net->held[net->held_first].bytes);
        net->held_first = (net->held_first + 1) % KMDNET_HELD_MAX;
        net->held_count--;
    }
    kmdnet_pool_free(net);
    kmdnet_chain_free(net->chain);
    base_free(net);
}

enum base_status pool_kmdnet_start(struct pool_kmdnet **out,
                                   const struct pool_kmdnet_config *config,
                                   struct base_error *error)
{
    uint64_t seed = config->seed;
    *out = NULL;
    if (config->verify == NULL || config->nonce1_bytes >= KMDNET_NONCE_SIZE ||
        (config->reduced != 0 && config->reduced != 96 && config->reduced != 48) ||
        config->pool_dialect >= POOL_KMDNET_DIALECT_COUNT) {
        return base_error_set(error, BASE_E_ARG,
                              "The development network of Komodo needs a verifier, parameters 0, "
                              "96 or 48, a NONCE_1 of 0 to 31 bytes, and a known pool dialect");
    }
    if (seed == 0 && base_random_os(&seed, sizeof seed) != BASE_OK) {
        return base_error_set(error, BASE_E_IO, "The operating system gives no random bytes");
    }
    struct pool_kmdnet *net = base_alloc(1, sizeof *net);
    if (net == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "No memory for the development network");
    }
    net->config = *config;
    fill_defaults(&net->config);
    net->random.state = seed;
    if (config->login[0] != '\0') {
        memcpy(net->authorization, "Basic ", 6);
        (void)EVP_EncodeBlock((unsigned char *)net->authorization + 6,
                              (const unsigned char *)config->login, (int)strlen(config->login));
    }
    begin_turn(net, base_clock_ms());
    net->chain = kmdnet_chain_new(seed + 1, &net->config, net->now_ms, net->time);
    enum base_status status =
        net->chain == NULL
            ? base_error_set(error, BASE_E_MEMORY, "No memory for the development network")
            : open_ports(net, error);
    if (status != BASE_OK) {
        pool_kmdnet_stop(net);
        return status;
    }
    *out = net;
    return BASE_OK;
}

uint16_t pool_kmdnet_rpc_port(const struct pool_kmdnet *net)
{
    return net->rpc_port;
}

uint16_t pool_kmdnet_pool_port(const struct pool_kmdnet *net)
{
    return net->pool_port;
}

void pool_kmdnet_stats(struct pool_kmdnet *net, struct pool_kmdnet_stats *stats)
{
    uint8_t target_be[32];
    pool_serve_lock(net->serve);
    (void)kmdnet_chain_target(target_be, net->chain, net->chain->tip);
    net->stats.height = net->chain->tip->height;
    net->stats.solutions = base_target_expected_tries(target_be);
    *stats = net->stats;
    pool_serve_unlock(net->serve);
}

void pool_kmdnet_set_faults(struct pool_kmdnet *net, const struct pool_kmdnet_faults *faults)
{
    pool_serve_lock(net->serve);
    net->config.faults = *faults;
    pool_serve_unlock(net->serve);
    pool_serve_wake(net->serve);
}
