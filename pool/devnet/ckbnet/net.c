/* net.c: the development network as its users see it: configuration, ports, start, stop, counters;
 * and what each turn of the loop does: templates that are due, the other miner, answers held back.
 */
#include "ckbnet/net.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/target.h"

enum { PORT_OFF = UINT16_MAX };

/* ---- what the ports share ----------------------------------------------------------------------
 */

void ckbnet_send(struct ckbnet_client *client, const void *bytes, size_t size)
{
    if (!client->silent) {
        pool_serve_send(client->peer, bytes, size);
    }
}

void ckbnet_answer(struct pool_ckbnet *net, struct ckbnet_client *client, const void *bytes,
                   size_t size)
{
    const struct pool_ckbnet_faults *faults = &net->config.faults;
    net->answers++;
    if (faults->drop_answers > 0 && net->answers % faults->drop_answers == 0) {
        pool_serve_reset(client->peer);
        return;
    }
    char *copy = faults->hold_answers_ms > 0 && net->held_count < CKBNET_HELD_MAX
                     ? base_alloc(size, 1)
                     : NULL;
    if (copy == NULL) {
        ckbnet_send(client, bytes, size);
        return;
    }
    memcpy(copy, bytes, size);
    net->held[(net->held_first + net->held_count++) % CKBNET_HELD_MAX] = (struct ckbnet_held){
        pool_serve_peer_id(client->peer), net->now_ms + faults->hold_answers_ms, copy, size};
}

struct ckbnet_client *ckbnet_client_next(const struct pool_ckbnet *net, enum ckbnet_kind kind,
                                         size_t *index)
{
    while (*index < pool_serve_peer_count(net->serve)) {
        struct ckbnet_client *client =
            pool_serve_peer_user(pool_serve_peer_at(net->serve, (*index)++));
        if (client != NULL && client->kind == kind) {
            return client;
        }
    }
    return NULL;
}

/* ---- the chain ---------------------------------------------------------------------------------
 */

/* Replace the template; false without memory: the one before stays. */
static void renew_template(struct pool_ckbnet *net, bool bare)
{
    json_t *made = ckbnet_template(net->chain, net->work_id, bare, net->time_ms);
    if (made != NULL) {
        net->work_id++;
        json_decref(net->current);
        net->current = made;
    }
}

/* The tip has changed: an empty template now, a full one soon. */
static void follow_tip(struct pool_ckbnet *net)
{
    json_decref(net->before);
    net->before = json_incref(net->current);
    net->old_left = net->config.faults.old_template;
    ckbnet_chain_new_txs(net->chain);
    renew_template(net, true);
    net->full_ms = net->now_ms + CKBNET_FULL_MS;
    ckbnet_rpc_tell(net);
    ckbnet_pool_notify(net, true);
}

static void foreign_block(struct pool_ckbnet *net)
{
    if (ckbnet_chain_foreign(net->chain, net->time_ms) != NULL) {
        net->stats.foreign++;
        follow_tip(net);
    }
}

/* True when a block pays this lock with its cellbase, and the lock is not the node's. */
static bool pays_other(const struct pool_ckbnet *net, const struct ckbnet_block *block)
{
    struct ckbnet_next next;
    const struct ckbnet_block *parent = ckbnet_chain_parent(net->chain, block);
    if (parent == NULL) {
        return false;
    }
    ckbnet_chain_next(&next, net->chain, parent, 0);
    return next.paid != NULL &&
           (next.paid->lock_size != net->chain->own_lock_size ||
            memcmp(next.paid->lock, net->chain->own_lock, net->chain->own_lock_size) != 0);
}

static void count_block(struct pool_ckbnet *net, const struct ckbnet_outcome *outcome)
{
    struct pool_ckbnet_stats *stats = &net->stats;
    switch (outcome->verdict) {
    case CKBNET_TIP:
        stats->accepted++;
        stats->own_lock += outcome->own_lock;
        stats->txs += outcome->txs;
        stats->uncles += net->chain->tip->uncle_count;
        stats->paid += pays_other(net, net->chain->tip);
        break;
    case CKBNET_BRANCH:
        stats->stale++;
        break;
    case CKBNET_DUPLICATE:
        stats->duplicates++;
        break;
    case CKBNET_BAD_NONCE:
        stats->above_target++;
        break;
    case CKBNET_MALFORMED:
        stats->malformed++;
        break;
    default:
        stats->invalid++;
        break;
    }
    if (outcome->verdict > CKBNET_DUPLICATE) {
        (void)snprintf(stats->why, sizeof stats->why, "%.255s", outcome->text);
    }
}

void ckbnet_submit(struct ckbnet_outcome *outcome, struct pool_ckbnet *net, const json_t *block)
{
    const struct pool_ckbnet_faults *faults = &net->config.faults;
    net->good_blocks++;
    if (faults->refuse > 0 && net->good_blocks % faults->refuse == 0) {
        memset(outcome, 0, sizeof *outcome);
        outcome->verdict = CKBNET_INVALID;
        (void)snprintf(outcome->text, sizeof outcome->text, "Header(Pow(InvalidNonce: asked for))");
        return;
    }
    if (faults->overtake > 0 && net->good_blocks % faults->overtake == 0) {
        foreign_block(net);
    }
    ckbnet_judge(outcome, net->chain, block, net->time_ms);
    count_block(net, outcome);
    if (outcome->verdict == CKBNET_TIP) {
        follow_tip(net);
    } else if (outcome->verdict == CKBNET_BRANCH && net->full_ms == UINT64_MAX) {
        net->full_ms = net->now_ms + CKBNET_UNCLE_MS;
    }
}

/* ---- connections -------------------------------------------------------------------------------
 */

static bool open_client(struct pool_ckbnet *net, struct pool_serve_peer *peer,
                        enum ckbnet_kind kind)
{
    struct ckbnet_client *client = base_alloc(1, sizeof *client);
    if (client == NULL) {
        return false;
    }
    client->peer = peer;
    client->kind = kind;
    pool_serve_peer_set_user(peer, client);
    net->stats.connections++;
    if (kind == CKBNET_POOL) {
        ckbnet_pool_open(net, client);
    }
    return true;
}

static bool open_http(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, CKBNET_HTTP);
}

static bool open_lines(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, CKBNET_LINES);
}

static bool open_pool(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, CKBNET_POOL);
}

static void rpc_input(void *user, struct pool_serve_peer *peer)
{
    ckbnet_rpc_input(user, pool_serve_peer_user(peer));
}

static void pool_input(void *user, struct pool_serve_peer *peer)
{
    ckbnet_pool_input(user, pool_serve_peer_user(peer));
}

static void close_client(void *user, struct pool_serve_peer *peer)
{
    (void)user;
    base_free(pool_serve_peer_user(peer));
    pool_serve_peer_set_user(peer, NULL);
}

static const struct pool_serve_service services[] = {
    [CKBNET_HTTP] = {open_http, rpc_input, close_client},
    [CKBNET_LINES] = {open_lines, rpc_input, close_client},
    [CKBNET_POOL] = {open_pool, pool_input, close_client},
};

/* ---- turns of the loop -------------------------------------------------------------------------
 */

static void begin_turn(void *user, uint64_t now_ms)
{
    struct pool_ckbnet *net = user;
    struct timespec unix_time;
    (void)clock_gettime(CLOCK_REALTIME, &unix_time);
    net->now_ms = now_ms;
    net->time_ms = (uint64_t)unix_time.tv_sec * 1000 + (uint64_t)unix_time.tv_nsec / 1000000;
}

static void send_held(struct pool_ckbnet *net)
{
    while (net->held_count > 0 && net->held[net->held_first].due_ms <= net->now_ms) {
        struct ckbnet_held *held = &net->held[net->held_first];
        for (size_t i = 0; i < pool_serve_peer_count(net->serve); i++) {
            struct pool_serve_peer *peer = pool_serve_peer_at(net->serve, i);
            if (pool_serve_peer_id(peer) == held->client_id && pool_serve_peer_user(peer) != NULL) {
                ckbnet_send(pool_serve_peer_user(peer), held->bytes, held->size);
            }
        }
        base_free(held->bytes);
        net->held_first = (net->held_first + 1) % CKBNET_HELD_MAX;
        net->held_count--;
    }
}

static uint64_t reset_when_due(struct pool_ckbnet *net)
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
    struct pool_ckbnet *net = user;
    uint32_t foreign_ms = net->config.faults.foreign_ms;
    size_t at = 0;
    if (foreign_ms > 0 && now_ms >= net->foreign_due_ms) {
        net->foreign_due_ms = now_ms + foreign_ms;
        foreign_block(net);
    }
    if (now_ms >= net->full_ms) {
        net->full_ms = UINT64_MAX;
        renew_template(net, false);
        ckbnet_pool_notify(net, false);
    }
    bool miners = ckbnet_client_next(net, CKBNET_POOL, &at) != NULL;
    if (miners && now_ms >= net->notified_ms + net->config.pool_notify_ms) {
        renew_template(net, false);
        ckbnet_pool_notify(net, false);
    }
    send_held(net);
    uint64_t due_ms = earlier(reset_when_due(net), net->full_ms);
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

void pool_ckbnet_defaults(struct pool_ckbnet_config *config)
{
    memset(config, 0, sizeof *config);
    (void)snprintf(config->bind, sizeof config->bind, "127.0.0.1");
    config->block_time_ms = 8000;
    config->start_hashes = 0x1p20;
    config->vardiff_share_ms = 250;
    config->vardiff_look_ms = 5000;
    config->extranonce_bytes = 4;
    config->pool_notify_ms = 5000;
}

static void replace_zero(uint32_t *value, uint32_t standard)
{
    *value = *value != 0 ? *value : standard;
}

static void fill_defaults(struct pool_ckbnet_config *config)
{
    struct pool_ckbnet_config standard;
    pool_ckbnet_defaults(&standard);
    if (config->bind[0] == '\0') {
        memcpy(config->bind, standard.bind, sizeof config->bind);
    }
    config->start_hashes = config->start_hashes >= 1 ? config->start_hashes : standard.start_hashes;
    config->share_hashes =
        config->share_hashes >= 1 ? config->share_hashes : config->start_hashes / 8;
    replace_zero(&config->block_time_ms, standard.block_time_ms);
    replace_zero(&config->vardiff_share_ms, standard.vardiff_share_ms);
    replace_zero(&config->vardiff_look_ms, standard.vardiff_look_ms);
    replace_zero(&config->pool_notify_ms, standard.pool_notify_ms);
}

static enum base_status open_port(struct pool_ckbnet *net, uint16_t *bound, uint16_t wanted,
                                  const char *what, enum ckbnet_kind kind, struct base_error *error)
{
    if (wanted == PORT_OFF) {
        return BASE_OK;
    }
    return pool_serve_listen(net->serve, bound, net->config.bind, wanted, what, &services[kind],
                             net, error);
}

static enum base_status open_ports(struct pool_ckbnet *net, struct base_error *error)
{
    const struct pool_serve_config serve = {
        .limits = {.peers = CKBNET_PEERS_MAX,
                   .in_bytes = CKBNET_IN_MAX,
                   .out_bytes = CKBNET_OUT_MAX},
        .begin = begin_turn,
        .end = end_turn,
        .user = net,
    };
    const struct pool_ckbnet_config *config = &net->config;
    enum base_status status = pool_serve_new(&net->serve, &serve, error);
    if (status == BASE_OK) {
        status = open_port(net, &net->rpc_port, config->rpc_port, "RPC port", CKBNET_HTTP, error);
    }
    if (status == BASE_OK) {
        status =
            open_port(net, &net->tcp_port, config->tcp_port, "TCP RPC port", CKBNET_LINES, error);
    }
    if (status == BASE_OK) {
        status =
            open_port(net, &net->pool_port, config->pool_port, "pool port", CKBNET_POOL, error);
    }
    return status == BASE_OK ? pool_serve_start(net->serve, error) : status;
}

void pool_ckbnet_stop(struct pool_ckbnet *net)
{
    if (net == NULL) {
        return;
    }
    pool_serve_stop(net->serve);
    while (net->held_count > 0) {
        base_free(net->held[net->held_first].bytes);
        net->held_first = (net->held_first + 1) % CKBNET_HELD_MAX;
        net->held_count--;
    }
    ckbnet_pool_free(net);
    json_decref(net->current);
    json_decref(net->before);
    ckbnet_chain_free(net->chain);
    base_free(net);
}

enum base_status pool_ckbnet_start(struct pool_ckbnet **out,
                                   const struct pool_ckbnet_config *config,
                                   struct base_error *error)
{
    uint64_t seed = config->seed;
    *out = NULL;
    if (config->hash == NULL || config->extranonce_bytes > 15 ||
        config->pool_dialect >= POOL_CKBNET_DIALECT_COUNT) {
        return base_error_set(error, BASE_E_ARG,
                              "The development network of CKB needs a hash function, an extranonce "
                              "of 0 to 15 bytes, and a known pool dialect");
    }
    if (seed == 0 && base_random_os(&seed, sizeof seed) != BASE_OK) {
        return base_error_set(error, BASE_E_IO, "The operating system gives no random bytes");
    }
    struct pool_ckbnet *net = base_alloc(1, sizeof *net);
    if (net == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "No memory for the development network");
    }
    net->config = *config;
    fill_defaults(&net->config);
    net->random.state = seed;
    net->full_ms = UINT64_MAX;
    begin_turn(net, base_clock_ms());
    net->chain = ckbnet_chain_new(seed + 1, net->config.block_time_ms, net->config.start_hashes,
                                  net->time_ms, config->hash);
    if (net->chain != NULL) {
        renew_template(net, true);
    }
    enum base_status status =
        net->current == NULL
            ? base_error_set(error, BASE_E_MEMORY, "No memory for the development network")
            : open_ports(net, error);
    if (status != BASE_OK) {
        pool_ckbnet_stop(net);
        return status;
    }
    *out = net;
    return BASE_OK;
}

uint16_t pool_ckbnet_rpc_port(const struct pool_ckbnet *net)
{
    return net->rpc_port;
}

uint16_t pool_ckbnet_tcp_port(const struct pool_ckbnet *net)
{
    return net->tcp_port;
}

uint16_t pool_ckbnet_pool_port(const struct pool_ckbnet *net)
{
    return net->pool_port;
}

void pool_ckbnet_stats(struct pool_ckbnet *net, struct pool_ckbnet_stats *stats)
{
    struct ckbnet_next next;
    uint8_t target_be[32];
    pool_serve_lock(net->serve);
    ckbnet_chain_next(&next, net->chain, net->chain->tip, 0);
    net->stats.height = net->chain->tip->number;
    if (base_target_from_compact(target_be, next.compact) == BASE_OK) {
        net->stats.hashes = base_target_expected_tries(target_be);
    }
    *stats = net->stats;
    pool_serve_unlock(net->serve);
}

void pool_ckbnet_set_faults(struct pool_ckbnet *net, const struct pool_ckbnet_faults *faults)
{
    pool_serve_lock(net->serve);
    net->config.faults = *faults;
    pool_serve_unlock(net->serve);
    pool_serve_wake(net->serve);
}

/* ---- names -------------------------------------------------------------------------------------
 */

enum base_status pool_ckbnet_fault_set(struct pool_ckbnet_faults *faults, const char *text,
                                       struct base_error *error)
{
    static const char *const names[] = {
#define X(name, text) #name,
        POOL_CKBNET_FAULT_MAP(X)
#undef X
    };
    uint32_t *const values[] = {
#define X(name, text) &faults->name,
        POOL_CKBNET_FAULT_MAP(X)
#undef X
    };
    return pool_serve_number(values, names, BASE_COUNT_OF(names), "fault", text, error);
}

enum base_status pool_ckbnet_dialect_find(enum pool_ckbnet_dialect *dialect, const char *name,
                                          struct base_error *error)
{
    static const char *const names[] = {
#define X(code, text, meaning) text,
        POOL_CKBNET_DIALECT_MAP(X)
#undef X
    };
    size_t index = 0;
    enum base_status status =
        pool_serve_choice(&index, names, BASE_COUNT_OF(names), "pool dialect", name, error);
    *dialect = status == BASE_OK ? (enum pool_ckbnet_dialect)index : *dialect;
    return status;
}
