/* loop.c: what the development network does in the turns of its event loop: connections, pushes in
 * their rhythm, faults, and what the protocols have in common. */
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "devnet/server.h"

/* ---- helpers of the protocols -------------------------------------------------------------- */

bool pool_devnet_pushes(const struct pool_devnet *devnet, const struct client *client)
{
    const struct pool_devnet_faults *faults = &devnet->config.faults;
    return faults->not_synced == 0 && faults->sync_lost == 0 &&
           (faults->silent_after == 0 || client->pushes < faults->silent_after);
}

void pool_devnet_answer(struct pool_devnet *devnet, struct client *client, const void *bytes,
                        size_t size)
{
    const struct pool_devnet_faults *faults = &devnet->config.faults;
    devnet->answers++;
    if (faults->drop_answers > 0 && devnet->answers % faults->drop_answers == 0) {
        return;
    }
    if (faults->hold_answers_ms == 0 || devnet->held_count == POOL_DEVNET_HELD_MAX ||
        size > POOL_DEVNET_ANSWER_MAX) {
        pool_devnet_send(client, bytes, size);
        return;
    }
    size_t slot = (devnet->held_first + devnet->held_count) % POOL_DEVNET_HELD_MAX;
    struct held *held = &devnet->held[slot];
    held->client_id = pool_serve_peer_id(client->peer);
    held->due_ms = devnet->now_ms + faults->hold_answers_ms;
    held->size = size;
    memcpy(held->bytes, bytes, size);
    devnet->held_count++;
}

struct client *pool_devnet_client_next(const struct pool_devnet *devnet, enum client_kind kind,
                                       size_t *index)
{
    while (*index < pool_serve_peer_count(devnet->serve)) {
        struct client *client = pool_serve_peer_user(pool_serve_peer_at(devnet->serve, (*index)++));
        if (client != NULL && client->kind == kind) {
            return client;
        }
    }
    return NULL;
}

void pool_devnet_send(struct client *client, const void *bytes, size_t size)
{
    if (!client->silent) {
        pool_serve_send(client->peer, bytes, size);
    }
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
        stats->unknown_template++;
        break;
    }
}

/* ---- connections --------------------------------------------------------------------------- */

static void close_client(void *user, struct pool_serve_peer *peer)
{
    struct client *client = pool_serve_peer_user(peer);
    (void)user;
    pool_devnet_poolport_close(client);
    pool_devnet_node_close(client);
    pool_serve_peer_set_user(peer, NULL);
    base_free(client);
}

static bool open_client(struct pool_devnet *devnet, struct pool_serve_peer *peer,
                        enum client_kind kind)
{
    struct client *client = base_alloc(1, sizeof *client);
    if (client == NULL) {
        return false;
    }
    client->peer = peer;
    client->kind = kind;
    pool_serve_peer_set_user(peer, client);
    devnet->stats.connections++;
    (void)pool_devnet_chains_refresh(devnet->chains, devnet->time_ms, devnet->config.refresh_ms);
    bool served = kind == CLIENT_NODE ? pool_devnet_node_open(devnet, client)
                                      : pool_devnet_poolport_open(devnet, client);
    if (!served) {
        close_client(devnet, peer);
    }
    return served;
}

static bool open_node(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, CLIENT_NODE);
}

static bool open_pool(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, CLIENT_POOL);
}

static void node_input(void *user, struct pool_serve_peer *peer)
{
    pool_devnet_node_input(user, pool_serve_peer_user(peer));
}

static void pool_input(void *user, struct pool_serve_peer *peer)
{
    pool_devnet_poolport_input(user, pool_serve_peer_user(peer));
}

const struct pool_serve_service pool_devnet_node_service = {open_node, node_input, close_client};
const struct pool_serve_service pool_devnet_pool_service = {open_pool, pool_input, close_client};

/* ---- what time brings ---------------------------------------------------------------------- */

static void send_held(struct pool_devnet *devnet)
{
    while (devnet->held_count > 0) {
        struct held *held = &devnet->held[devnet->held_first];
        if (held->due_ms > devnet->now_ms) {
            return;
        }
        for (size_t i = 0; i < pool_serve_peer_count(devnet->serve); i++) {
            struct pool_serve_peer *peer = pool_serve_peer_at(devnet->serve, i);
            if (pool_serve_peer_id(peer) == held->client_id && pool_serve_peer_user(peer) != NULL) {
                pool_devnet_send(pool_serve_peer_user(peer), held->bytes, held->size);
            }
        }
        devnet->held_first = (devnet->held_first + 1) % POOL_DEVNET_HELD_MAX;
        devnet->held_count--;
    }
}

/* When the pool port notifies again although no block came; UINT64_MAX: never. */
static uint64_t notify_due_ms(const struct pool_devnet *devnet)
{
    size_t at = 0;
    return pool_devnet_client_next(devnet, CLIENT_POOL, &at) != NULL
               ? devnet->notified_ms + devnet->config.pool_notify_ms
               : UINT64_MAX;
}

/* Templates are refreshed by age only when they are about to be sent: a refresh is never a reason
 * to push (4.5). The pool port pushes without a block, too: it hands out one job of sixteen, and
 * the blocks of other miners that would bring the next one do not come here. */
static void push_when_due(struct pool_devnet *devnet)
{
    bool push =
        devnet->push_waits && devnet->now_ms - devnet->pushed_ms >= devnet->config.push_interval_ms;
    if (!push && devnet->now_ms < notify_due_ms(devnet)) {
        return;
    }
    (void)pool_devnet_chains_refresh(devnet->chains, devnet->time_ms, devnet->config.refresh_ms);
    pool_devnet_poolport_push(devnet);
    if (!push) {
        return;
    }
    devnet->push_waits = false;
    devnet->pushed_ms = devnet->now_ms;
    struct client *client = NULL;
    for (size_t at = 0; (client = pool_devnet_client_next(devnet, CLIENT_NODE, &at)) != NULL;) {
        pool_devnet_node_push(devnet, client);
    }
}

/* Returns: milliseconds until the next older set is due; UINT32_MAX: none waits. */
static uint32_t send_older_sets(struct pool_devnet *devnet)
{
    uint32_t wait = UINT32_MAX;
    struct client *client = NULL;
    for (size_t at = 0; (client = pool_devnet_client_next(devnet, CLIENT_NODE, &at)) != NULL;) {
        uint32_t due = pool_devnet_node_turn(devnet, client);
        wait = due < wait ? due : wait;
    }
    return wait;
}

static void reset_when_due(struct pool_devnet *devnet)
{
    uint32_t after_ms = devnet->config.faults.reset_after_ms;
    for (size_t i = 0; after_ms > 0 && i < pool_serve_peer_count(devnet->serve); i++) {
        struct pool_serve_peer *peer = pool_serve_peer_at(devnet->serve, i);
        if (devnet->now_ms - pool_serve_peer_since_ms(peer) >= after_ms) {
            pool_serve_reset(peer);
        }
    }
}

/* The sooner of wait_ms (UINT32_MAX: never) and due_ms. */
static uint32_t sooner(uint32_t wait_ms, uint64_t now_ms, uint64_t due_ms)
{
    uint64_t until_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    return until_ms < wait_ms ? (uint32_t)until_ms : wait_ms;
}

static uint32_t wait_ms(struct pool_devnet *devnet)
{
    uint64_t now_ms = devnet->now_ms;
    uint32_t reset_ms = devnet->config.faults.reset_after_ms;
    uint32_t wait = pool_devnet_rest_wait_ms(devnet);
    if (devnet->push_waits) {
        wait = sooner(wait, now_ms, devnet->pushed_ms + devnet->config.push_interval_ms);
    }
    if (notify_due_ms(devnet) != UINT64_MAX) {
        wait = sooner(wait, now_ms, notify_due_ms(devnet));
    }
    if (devnet->held_count > 0) {
        wait = sooner(wait, now_ms, devnet->held[devnet->held_first].due_ms);
    }
    for (size_t i = 0; reset_ms > 0 && i < pool_serve_peer_count(devnet->serve); i++) {
        struct pool_serve_peer *peer = pool_serve_peer_at(devnet->serve, i);
        wait = sooner(wait, now_ms, pool_serve_peer_since_ms(peer) + reset_ms);
    }
    return wait;
}

/* ---- the loop ------------------------------------------------------------------------------ */

void pool_devnet_begin(void *user, uint64_t now_ms)
{
    struct pool_devnet *devnet = user;
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    devnet->now_ms = now_ms;
    devnet->time_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint32_t pool_devnet_end(void *user, uint64_t now_ms)
{
    struct pool_devnet *devnet = user;
    (void)now_ms; /* begin kept it */
    pool_devnet_rest_turn(devnet);
    send_held(devnet);
    push_when_due(devnet);
    reset_when_due(devnet);
    uint32_t older_ms = send_older_sets(devnet);
    uint32_t other_ms = wait_ms(devnet);
    return older_ms < other_ms ? older_ms : other_ms;
}
