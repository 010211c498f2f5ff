/* net.c: the development network as its users see it: configuration, ports, start, stop, counters;
 * and what each turn of the loop does: blocks that are applied, the other miner, jobs that are due,
 * answers held back. */
#include "ergonet/net.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"

enum { PORT_OFF = UINT16_MAX };

/* ---- what the ports share ---------------------------------------------------------------------
 */

void ergonet_answer(struct pool_ergonet *net, struct ergonet_client *client, const void *bytes,
                    size_t size, uint32_t wait_ms)
{
    const struct pool_ergonet_faults *faults = &net->config.faults;
    net->answers++;
    if (faults->drop_answers > 0 && net->answers % faults->drop_answers == 0) {
        pool_serve_reset(client->peer);
        return;
    }
    wait_ms = faults->hold_answers_ms > wait_ms ? faults->hold_answers_ms : wait_ms;
    for (size_t i = 0; wait_ms > 0 && i < ERGONET_HELD_MAX; i++) {
        struct ergonet_held *held = &net->held[i];
        char *copy = held->client_id == 0 ? base_alloc(size, 1) : NULL;
        if (copy != NULL) {
            memcpy(copy, bytes, size);
            *held = (struct ergonet_held){pool_serve_peer_id(client->peer), net->now_ms + wait_ms,
                                          copy, size};
            return;
        }
    }
    pool_serve_send(client->peer, bytes, size);
}

struct ergonet_client *ergonet_client_next(const struct pool_ergonet *net, enum ergonet_kind kind,
                                           size_t *index)
{
    while (*index < pool_serve_peer_count(net->serve)) {
        struct ergonet_client *client =
            pool_serve_peer_user(pool_serve_peer_at(net->serve, (*index)++));
        if (client != NULL && client->kind == kind) {
            return client;
        }
    }
    return NULL;
}

static void foreign_block(struct pool_ergonet *net)
{
    (void)ergonet_chain_apply(net->chain, UINT64_MAX); /* it builds on a block of ours */
    ergonet_chain_foreign(net->chain, net->now_ms, net->time_ms);
    net->stats.foreign++;
    ergonet_pool_notify(net);
}

enum ergonet_verdict ergonet_submit(struct pool_ergonet *net, const uint8_t nonce[ERGONET_NONCE])
{
    const struct pool_ergonet_faults *faults = &net->config.faults;
    struct pool_ergonet_stats *stats = &net->stats;
    const struct ergonet_candidate *now = &net->chain->now;
    bool good = now->serial != 0 && ergonet_solves(net->chain, now, nonce, now->b_be);
    net->good += good;
    if (good && faults->refuse > 0 && net->good % faults->refuse == 0) {
        ergonet_chain_drop(net->chain);
        stats->refused++;
        return ERGONET_INVALID;
    }
    if (good && faults->overtake > 0 && net->good % faults->overtake == 0) {
        foreign_block(net);
    }
    enum ergonet_verdict verdict = ergonet_chain_solve(net->chain, nonce, net->now_ms);
    bool was_good = (verdict == ERGONET_INVALID || verdict == ERGONET_NO_ANSWER) &&
                    ergonet_chain_was_good(net->chain, nonce);
    stats->accepted += verdict == ERGONET_SOLVED;
    stats->stale += verdict == ERGONET_STALE || verdict == ERGONET_ALREADY || was_good;
    stats->wrong += (verdict == ERGONET_INVALID || verdict == ERGONET_NO_ANSWER) && !was_good;
    if (verdict != ERGONET_SOLVED) {
        (void)snprintf(stats->why, sizeof stats->why, "%s",
                       verdict == ERGONET_STALE || was_good ? "a solution of an older candidate"
                       : verdict == ERGONET_ALREADY         ? "a solution of a solved candidate"
                                                            : "a nonce that solves no candidate");
    }
    return verdict;
}

/* ---- connections ------------------------------------------------------------------------------
 */

static bool open_client(struct pool_ergonet *net, struct pool_serve_peer *peer,
                        enum ergonet_kind kind)
{
    struct ergonet_client *client = base_alloc(1, sizeof *client);
    if (client == NULL) {
        return false;
    }
    client->peer = peer;
    client->kind = kind;
    pool_serve_peer_set_user(peer, client);
    net->stats.connections++;
    if (kind == ERGONET_POOL) {
        ergonet_pool_open(net, client);
    }
    return true;
}

static bool open_rest(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, ERGONET_REST);
}

static bool open_pool(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, ERGONET_POOL);
}

static void rest_input(void *user, struct pool_serve_peer *peer)
{
    ergonet_rest_input(user, pool_serve_peer_user(peer));
}

static void pool_input(void *user, struct pool_serve_peer *peer)
{
    ergonet_pool_input(user, pool_serve_peer_user(peer));
}

static void close_client(void *user, struct pool_serve_peer *peer)
{
    (void)user;
    base_free(pool_serve_peer_user(peer));
    pool_serve_peer_set_user(peer, NULL);
}

static const struct pool_serve_service services[] = {
    [ERGONET_REST] = {open_rest, rest_input, close_client},
    [ERGONET_POOL] = {open_pool, pool_input, close_client},
};

/* ---- turns of the loop ------------------------------------------------------------------------
 */

static void begin_turn(void *user, uint64_t now_ms)
{
    struct pool_ergonet *net = user;
    struct timespec unix_time;
    (void)clock_gettime(CLOCK_REALTIME, &unix_time);
    net->now_ms = now_ms;
    net->time_ms = (uint64_t)unix_time.tv_sec * 1000 + (uint64_t)unix_time.tv_nsec / 1000000;
}

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* Send what is due. Returns when the next answer is; UINT64_MAX: none waits. */
static uint64_t send_held(struct pool_ergonet *net)
{
    uint64_t due_ms = UINT64_MAX;
    for (size_t i = 0; i < ERGONET_HELD_MAX; i++) {
        struct ergonet_held *held = &net->held[i];
        if (held->client_id == 0) {
            continue;
        }
        if (held->due_ms > net->now_ms) {
            due_ms = earlier(due_ms, held->due_ms);
            continue;
        }
        for (size_t at = 0; at < pool_serve_peer_count(net->serve); at++) {
            struct pool_serve_peer *peer = pool_serve_peer_at(net->serve, at);
            if (pool_serve_peer_id(peer) == held->client_id) {
                pool_serve_send(peer, held->bytes, held->size);
            }
        }
        base_free(held->bytes);
        held->client_id = 0;
    }
    return due_ms;
}

/* Reset the connections whose time is up. Returns when the next is; UINT64_MAX: none. */
static uint64_t reset_when_due(struct pool_ergonet *net)
{
    uint32_t after_ms = net->config.faults.reset_after_ms;
    uint64_t due_ms = UINT64_MAX;
    for (size_t i = 0; after_ms > 0 && i < pool_serve_peer_count(net->serve); i++) {
        struct pool_serve_peer *peer = pool_serve_peer_at(net->serve, i);
        uint64_t end_ms = pool_serve_peer_since_ms(peer) + after_ms;
        if (end_ms <= net->now_ms) {
            pool_serve_reset(peer);
        } else {
            due_ms = earlier(due_ms, end_ms);
        }
    }
    return due_ms;
}

static uint32_t end_turn(void *user, uint64_t now_ms)
{
    struct pool_ergonet *net = user;
    uint32_t foreign_ms = net->config.faults.foreign_ms;
    uint64_t due_ms = UINT64_MAX;
    size_t at = 0;
    if (foreign_ms > 0 && now_ms >= net->foreign_due_ms) {
        net->foreign_due_ms = now_ms + foreign_ms;
        foreign_block(net);
    }
    if (ergonet_chain_apply(net->chain, now_ms)) {
        ergonet_pool_notify(net);
    }
    bool miners = ergonet_client_next(net, ERGONET_POOL, &at) != NULL;
    if (miners && now_ms >= net->notified_ms + net->config.pool_notify_ms) {
        ergonet_pool_notify(net);
    }
    due_ms = earlier(send_held(net), reset_when_due(net));
    due_ms = foreign_ms > 0 ? earlier(due_ms, net->foreign_due_ms) : due_ms;
    due_ms = miners ? earlier(due_ms, net->notified_ms + net->config.pool_notify_ms) : due_ms;
    due_ms = net->chain->solved.from.serial != 0 ? earlier(due_ms, net->chain->apply_ms) : due_ms;
    if (due_ms == UINT64_MAX) {
        return UINT32_MAX;
    }
    return due_ms <= now_ms ? 0 : (uint32_t)earlier(due_ms - now_ms, INT32_MAX);
}

/* ---- start and stop ---------------------------------------------------------------------------
 */

void pool_ergonet_defaults(struct pool_ergonet_config *config)
{
    memset(config, 0, sizeof *config);
    (void)snprintf(config->bind, sizeof config->bind, "127.0.0.1");
    (void)snprintf(config->api_key, sizeof config->api_key, "hello");
    config->start_height = 17;
    config->block_time_ms = 8000;
    config->apply_ms = 300;
    config->ask_ms = 5000;
    config->start_hashes = 0x1p14;
    config->vardiff_share_ms = 500;
    config->vardiff_look_ms = 5000;
    config->extranonce_bytes = 2;
    config->pool_notify_ms = 5000;
}

static void replace_zero(uint32_t *value, uint32_t standard)
{
    *value = *value != 0 ? *value : standard;
}

static void fill_defaults(struct pool_ergonet_config *config)
{
    struct pool_ergonet_config standard;
    pool_ergonet_defaults(&standard);
    if (config->bind[0] == '\0') {
        memcpy(config->bind, standard.bind, sizeof config->bind);
    }
    if (config->api_key[0] == '\0') {
        memcpy(config->api_key, standard.api_key, sizeof config->api_key);
    }
    if (!(config->start_hashes >= 1) || config->start_hashes > 0x1p60) {
        config->start_hashes = standard.start_hashes;
    }
    if (!(config->share_hashes >= 1) || config->share_hashes > 0x1p60) {
        config->share_hashes = config->start_hashes / 8;
    }
    config->share_hashes = config->share_hashes >= 2 ? config->share_hashes : 2;
    replace_zero(&config->start_height, standard.start_height);
    replace_zero(&config->block_time_ms, standard.block_time_ms);
    replace_zero(&config->apply_ms, standard.apply_ms);
    replace_zero(&config->ask_ms, standard.ask_ms);
    replace_zero(&config->vardiff_share_ms, standard.vardiff_share_ms);
    replace_zero(&config->vardiff_look_ms, standard.vardiff_look_ms);
    replace_zero(&config->pool_notify_ms, standard.pool_notify_ms);
}

static enum base_status open_ports(struct pool_ergonet *net, struct base_error *error)
{
    const struct pool_serve_config serve = {
        .limits = {.peers = ERGONET_PEERS_MAX,
                   .in_bytes = ERGONET_IN_MAX,
                   .out_bytes = ERGONET_OUT_MAX},
        .begin = begin_turn,
        .end = end_turn,
        .user = net,
    };
    const struct pool_ergonet_config *config = &net->config;
    enum base_status status = pool_serve_new(&net->serve, &serve, error);
    if (status == BASE_OK && config->rest_port != PORT_OFF) {
        status = pool_serve_listen(net->serve, &net->rest_port, config->bind, config->rest_port,
                                   "REST port", &services[ERGONET_REST], net, error);
    }
    if (status == BASE_OK && config->pool_port != PORT_OFF) {
        status = pool_serve_listen(net->serve, &net->pool_port, config->bind, config->pool_port,
                                   "pool port", &services[ERGONET_POOL], net, error);
    }
    return status == BASE_OK ? pool_serve_start(net->serve, error) : status;
}

void pool_ergonet_stop(struct pool_ergonet *net)
{
    if (net == NULL) {
        return;
    }
    pool_serve_stop(net->serve);
    for (size_t i = 0; i < ERGONET_HELD_MAX; i++) {
        if (net->held[i].client_id != 0) {
            base_free(net->held[i].bytes);
        }
    }
    ergonet_pool_free(net);
    ergonet_chain_free(net->chain);
    base_free(net);
}

enum base_status pool_ergonet_start(struct pool_ergonet **out,
                                    const struct pool_ergonet_config *config,
                                    struct base_error *error)
{
    uint64_t seed = config->seed;
    *out = NULL;
    if (config->hash == NULL || config->extranonce_bytes >= ERGONET_NONCE ||
        config->reduced > INT32_MAX || config->pool_dialect >= POOL_ERGONET_DIALECT_COUNT) {
        return base_error_set(error, BASE_E_ARG,
                              "The development network of Ergo needs a hash function, an "
                              "extranonce of 0 to 7 bytes, and a known pool dialect");
    }
    if (seed == 0 && base_random_os(&seed, sizeof seed) != BASE_OK) {
        return base_error_set(error, BASE_E_IO, "The operating system gives no random bytes");
    }
    struct pool_ergonet *net = base_alloc(1, sizeof *net);
    if (net == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "No memory for the development network");
    }
    net->config = *config;
    fill_defaults(&net->config);
    begin_turn(net, base_clock_ms());
    net->foreign_due_ms = net->now_ms + net->config.faults.foreign_ms;
    net->chain = ergonet_chain_new(&net->config, seed, net->now_ms, net->time_ms);
    enum base_status status =
        net->chain == NULL
            ? base_error_set(error, BASE_E_MEMORY, "No memory for the development network")
            : open_ports(net, error);
    if (status != BASE_OK) {
        pool_ergonet_stop(net);
        return status;
    }
    *out = net;
    return BASE_OK;
}

uint16_t pool_ergonet_rest_port(const struct pool_ergonet *net)
{
    return net->rest_port;
}

uint16_t pool_ergonet_pool_port(const struct pool_ergonet *net)
{
    return net->pool_port;
}

void pool_ergonet_stats(struct pool_ergonet *net, struct pool_ergonet_stats *stats)
{
    pool_serve_lock(net->serve);
    net->stats.height = net->chain->tip->from.height;
    net->stats.hashes = (double)ergonet_chain_candidate(net->chain, net->time_ms)->difficulty;
    *stats = net->stats;
    pool_serve_unlock(net->serve);
}

void pool_ergonet_set_faults(struct pool_ergonet *net, const struct pool_ergonet_faults *faults)
{
    pool_serve_lock(net->serve);
    net->config.faults = *faults;
    net->foreign_due_ms = net->now_ms + faults->foreign_ms;
    pool_serve_unlock(net->serve);
    pool_serve_wake(net->serve);
}
