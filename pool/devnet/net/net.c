/* net.c: a network as its users see it: configuration, ports, start, stop, counters; and what each
 * turn of the loop does: the other miner, jobs that are due, answers held back. */
#include "net/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "net/frame.h"

enum { PORT_OFF = UINT16_MAX, NAMES_MAX = 48 };

/* ---- answers -----------------------------------------------------------------------------------
 */

void pool_net_verdict(struct pool_net *net, struct pool_net_client *client, const void *bytes,
                      size_t size, uint32_t wait_ms)
{
    const struct pool_net_faults *faults = &net->config.faults;
    if (pool_net_every(++net->answers, faults->drop_answers)) {
        pool_serve_reset(client->peer);
        return;
    }
    wait_ms = faults->hold_answers_ms > wait_ms ? faults->hold_answers_ms : wait_ms;
    char *copy = wait_ms > 0 && net->held_count < POOL_NET_HELD_MAX ? base_alloc(size, 1) : NULL;
    if (copy == NULL) {
        pool_serve_send(client->peer, bytes, size);
        return;
    }
    memcpy(copy, bytes, size);
    net->held[net->held_count++] =
        (struct pool_net_held){pool_serve_peer_id(client->peer), net->now_ms + wait_ms, copy, size};
}

void pool_net_line(struct pool_net *net, struct pool_net_client *client, json_t *json,
                   bool is_verdict)
{
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL) {
        pool_serve_reset(client->peer);
        return;
    }
    size_t size = strlen(text) + 1;
    text[size - 1] = '\n'; /* in place of the NUL: none of it is read as text */
    if (is_verdict) {
        pool_net_verdict(net, client, text, size, 0);
    } else {
        pool_serve_send(client->peer, text, size);
    }
    free(text); /* jansson took it from malloc: free(3) */
}

void pool_net_http(struct pool_net *net, struct pool_net_client *client,
                   const struct pool_net_reply *reply)
{
    char head[128];
    size_t sent = reply->cut == POOL_NET_WHOLE ? reply->size : reply->size / 2;
    size_t head_size = (size_t)snprintf(
        head, sizeof head,
        "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
        reply->code, reply->code == 200 ? "OK" : "Error",
        reply->cut == POOL_NET_GARBAGE ? sent : reply->size);
    char *whole = base_alloc(head_size + sent, 1);
    if (whole == NULL) {
        pool_serve_reset(client->peer);
        return;
    }
    memcpy(whole, head, head_size);
    memcpy(whole + head_size, reply->body, sent);
    if (reply->is_verdict) {
        pool_net_verdict(net, client, whole, head_size + sent, reply->wait_ms);
    } else {
        pool_serve_send(client->peer, whole, head_size + sent);
    }
    base_free(whole);
    if (reply->cut == POOL_NET_HALF) {
        pool_serve_close(client->peer);
    }
}

void pool_net_why(struct pool_net *net, const char *text)
{
    (void)snprintf(net->stats.why, sizeof net->stats.why, "%.255s", text);
}

/* ---- connections -------------------------------------------------------------------------------
 */

struct pool_net_client *pool_net_client_next(const struct pool_net *net, enum pool_net_port port,
                                             size_t *index)
{
    while (*index < pool_serve_peer_count(net->serve)) {
        struct pool_net_client *client =
            pool_serve_peer_user(pool_serve_peer_at(net->serve, (*index)++));
        if (client != NULL && client->port == port) {
            return client;
        }
    }
    return NULL;
}

static void close_client(void *user, struct pool_serve_peer *peer)
{
    struct pool_net_client *client = pool_serve_peer_user(peer);
    (void)user;
    pool_serve_peer_set_user(peer, NULL);
    json_decref(client->kept);
    base_free(client->miner);
    base_free(client);
}

static bool open_client(struct pool_net *net, struct pool_serve_peer *peer, enum pool_net_port port)
{
    struct pool_net_client *client = base_alloc(1, sizeof *client);
    if (client == NULL) {
        return false;
    }
    client->peer = peer;
    client->port = port;
    pool_serve_peer_set_user(peer, client);
    net->stats.connections++;
    if (port == POOL_NET_POOL && !pool_net_miner_open(net, client)) {
        close_client(net, peer);
        return false;
    }
    return true;
}

static bool open_node(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, POOL_NET_NODE);
}

static bool open_pool(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, POOL_NET_POOL);
}

static bool open_events(void *user, struct pool_serve_peer *peer)
{
    return open_client(user, peer, POOL_NET_EVENTS);
}

static void on_request(struct pool_net *net, struct pool_net_client *client,
                       const struct pool_serve_request *request)
{
    const char *busy = net->config.row->busy;
    if (pool_net_every(++net->requests, net->config.faults.busy)) {
        pool_serve_http_answer(client->peer, 503, "text/plain", busy, strlen(busy));
    } else {
        net->config.row->http(net, client, request);
    }
}

/* Take the next request or line. Returns as pool_serve_http and pool_serve_line do. */
static enum base_status take_one(struct pool_net *net, struct pool_net_client *client)
{
    const struct pool_net_row *row = net->config.row;
    const char *line = NULL;
    size_t size = 0;
    if (client->port == POOL_NET_NODE) {
        struct pool_serve_request request;
        enum base_status status = pool_serve_http(client->peer, &request, row->body_max);
        if (status == BASE_OK) {
            on_request(net, client, &request);
        }
        return status;
    }
    bool miner = client->port == POOL_NET_POOL;
    enum base_status status =
        pool_serve_line(client->peer, &line, &size, miner ? POOL_NET_LINE_MAX : row->body_max);
    if (status == BASE_OK && size > 0) {
        (miner ? pool_net_miner_line : row->line)(net, client, line, size);
    }
    return status;
}

static void input(void *user, struct pool_serve_peer *peer)
{
    struct pool_net *net = user;
    struct pool_net_client *client = pool_serve_peer_user(peer);
    enum base_status status = BASE_OK;
    while (status == BASE_OK && !pool_serve_ends(peer) &&
           (client->kept == NULL || client->port != POOL_NET_NODE)) {
        status = take_one(net, client);
    }
    if (status != BASE_OK && status != BASE_E_AGAIN) {
        net->stats.malformed++;
        pool_serve_reset(peer);
    }
}

/* ---- turns of the loop -------------------------------------------------------------------------
 */

static void begin_turn(void *user, uint64_t now_ms)
{
    struct pool_net *net = user;
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
static uint64_t send_held(struct pool_net *net)
{
    uint64_t due_ms = UINT64_MAX;
    size_t left = 0;
    for (size_t i = 0; i < net->held_count; i++) {
        struct pool_net_held *held = &net->held[i];
        if (held->due_ms > net->now_ms) {
            due_ms = earlier(due_ms, held->due_ms);
            net->held[left++] = *held;
            continue;
        }
        for (size_t at = 0; at < pool_serve_peer_count(net->serve); at++) {
            struct pool_serve_peer *peer = pool_serve_peer_at(net->serve, at);
            if (pool_serve_peer_id(peer) == held->client_id) {
                pool_serve_send(peer, held->bytes, held->size);
            }
        }
        base_free(held->bytes);
    }
    net->held_count = left;
    return due_ms;
}

/* Reset the connections whose time is up. Returns when the next is; UINT64_MAX: none. */
static uint64_t reset_when_due(struct pool_net *net)
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

/* When the pool port notifies although no block came; UINT64_MAX: nobody is there. */
static uint64_t notify_due_ms(const struct pool_net *net)
{
    size_t at = 0;
    return pool_net_client_next(net, POOL_NET_POOL, &at) != NULL
               ? net->notified_ms + net->config.pool_notify_ms
               : UINT64_MAX;
}

static uint32_t end_turn(void *user, uint64_t now_ms)
{
    struct pool_net *net = user;
    const struct pool_net_row *row = net->config.row;
    uint32_t foreign_ms = net->config.faults.foreign_ms;
    if (foreign_ms > 0 && now_ms >= net->foreign_due_ms) {
        net->foreign_due_ms = now_ms + foreign_ms;
        net->stats.foreign += row->foreign(net);
    }
    uint64_t due_ms = row->turn(net, now_ms >= notify_due_ms(net));
    if (now_ms >= notify_due_ms(net)) {
        pool_net_notify(net, false);
    }
    due_ms = earlier(due_ms, earlier(send_held(net), reset_when_due(net)));
    due_ms = earlier(due_ms, notify_due_ms(net));
    due_ms = foreign_ms > 0 ? earlier(due_ms, net->foreign_due_ms) : due_ms;
    if (due_ms == UINT64_MAX) {
        return UINT32_MAX;
    }
    return due_ms <= now_ms ? 0 : (uint32_t)earlier(due_ms - now_ms, INT32_MAX);
}

/* ---- start and stop ----------------------------------------------------------------------------
 */

void pool_net_defaults(struct pool_net_config *config, const struct pool_net_row *row)
{
    *config = (struct pool_net_config){
        .row = row,
        .bind = "127.0.0.1",
        .block_time_ms = 8000,
        .start_hashes = row->start_hashes,
        .vardiff_share_ms = row->vardiff_share_ms,
        .vardiff_look_ms = 5000,
        .extranonce_bytes = row->extranonce_bytes,
        .pool_notify_ms = 5000,
        .start_height = 17,
        .apply_ms = 300,
        .ask_ms = 5000,
    };
}

static double within(double value, double least, double most)
{
    return !(value >= least) ? least : value > most ? most : value;
}

static enum base_status open_ports(struct pool_net *net, struct base_error *error)
{
    static const struct {
        const char *name;
        struct pool_serve_service service;
    } ports[POOL_NET_PORTS] = {
        [POOL_NET_NODE] = {"node port", {open_node, input, close_client}},
        [POOL_NET_POOL] = {"pool port", {open_pool, input, close_client}},
        [POOL_NET_EVENTS] = {"port for events", {open_events, input, close_client}},
    };
    const struct pool_net_config *config = &net->config;
    const struct pool_serve_config serve = {
        .limits = {.peers = POOL_NET_PEERS_MAX,
                   .in_bytes = 2 * config->row->body_max,
                   .out_bytes = POOL_NET_OUT_MAX},
        .begin = begin_turn,
        .end = end_turn,
        .user = net,
    };
    enum base_status status = pool_serve_new(&net->serve, &serve, error);
    for (size_t i = 0; status == BASE_OK && i < POOL_NET_PORTS; i++) {
        if (config->ports[i] != PORT_OFF && (i != POOL_NET_EVENTS || config->row->has_events)) {
            status = pool_serve_listen(net->serve, &net->bound[i], config->bind, config->ports[i],
                                       ports[i].name, &ports[i].service, net, error);
        }
    }
    return status == BASE_OK ? pool_serve_start(net->serve, error) : status;
}

void pool_net_stop(struct pool_net *net)
{
    if (net == NULL) {
        return;
    }
    pool_serve_stop(net->serve);
    for (size_t i = 0; i < net->held_count; i++) {
        base_free(net->held[i].bytes);
    }
    net->config.row->close(net);
    base_free(net);
}

enum base_status pool_net_start(struct pool_net **out, const struct pool_net_config *config,
                                struct base_error *error)
{
    const struct pool_net_row *row = config->row;
    uint64_t seed = config->seed;
    BASE_ASSERT(config->block_time_ms > 0 && config->start_height > 0);
    *out = NULL;
    if (config->hash == NULL || config->extranonce_bytes >= row->nonce_size ||
        config->dialect >= row->dialect_count || (row->fits != NULL && !row->fits(config))) {
        return base_error_set(error, BASE_E_ARG, "%s", row->needs);
    }
    if (seed == 0 && base_random_os(&seed, sizeof seed) != BASE_OK) {
        return base_error_set(error, BASE_E_IO, "The operating system gives no random bytes");
    }
    struct pool_net *net = base_alloc(1, row->size);
    if (net == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "No memory for the development network");
    }
    net->config = *config;
    net->config.start_hashes = within(config->start_hashes, 1, 0x1p60);
    net->config.share_hashes =
        config->share_hashes >= 1 ? config->share_hashes : net->config.start_hashes / 8;
    net->config.share_hashes = within(net->config.share_hashes, 2, 0x1p60);
    net->random.state = seed;
    begin_turn(net, base_clock_ms());
    net->foreign_due_ms = net->now_ms + net->config.faults.foreign_ms;
    enum base_status status =
        row->open(net, seed + 1)
            ? open_ports(net, error)
            : base_error_set(error, BASE_E_MEMORY, "No memory for the development network");
    if (status != BASE_OK) {
        pool_net_stop(net);
        return status;
    }
    *out = net;
    return BASE_OK;
}

uint16_t pool_net_port(const struct pool_net *net, enum pool_net_port port)
{
    return net->bound[port];
}

void pool_net_stats(struct pool_net *net, struct pool_net_stats *stats)
{
    pool_serve_lock(net->serve);
    net->config.row->stats(net);
    *stats = net->stats;
    pool_serve_unlock(net->serve);
}

json_t *pool_net_json(struct pool_net *net)
{
    const struct pool_net_row *row = net->config.row;
    struct pool_net_stats stats;
    json_t *made = json_object();
    pool_net_stats(net, &stats);
    for (size_t i = 0; i < row->counter_count; i++) {
        uint64_t value = 0;
        memcpy(&value, (const char *)&stats + row->counters[i].at, sizeof value);
        (void)json_object_set_new(made, row->counters[i].name, json_integer((json_int_t)value));
    }
    return made;
}

void pool_net_set_faults(struct pool_net *net, const struct pool_net_faults *faults)
{
    pool_serve_lock(net->serve);
    net->config.faults = *faults;
    net->foreign_due_ms = net->now_ms + faults->foreign_ms;
    pool_serve_unlock(net->serve);
    pool_serve_wake(net->serve);
}

/* ---- names -------------------------------------------------------------------------------------
 */

enum base_status pool_net_fault_set(struct pool_net_config *config, const char *text,
                                    struct base_error *error)
{
    static const struct pool_net_name every[] = {
        POOL_NET_FAULT(foreign_ms),     POOL_NET_FAULT(overtake), POOL_NET_FAULT(hold_answers_ms),
        POOL_NET_FAULT(drop_answers),   POOL_NET_FAULT(busy),     POOL_NET_FAULT(skim),
        POOL_NET_FAULT(reset_after_ms), POOL_NET_FAULT(garbage),
    };
    const struct pool_net_row *row = config->row;
    const char *names[NAMES_MAX];
    uint32_t *values[NAMES_MAX];
    size_t count = 0;
    BASE_ASSERT(row->fault_count + BASE_COUNT_OF(every) <= NAMES_MAX);
    for (; count < row->fault_count + BASE_COUNT_OF(every); count++) {
        const struct pool_net_name *name =
            count < row->fault_count ? &row->faults[count] : &every[count - row->fault_count];
        names[count] = name->name;
        values[count] = (uint32_t *)(void *)((char *)&config->faults + name->at);
    }
    return pool_serve_number(values, names, count, "fault", text, error);
}

enum base_status pool_net_dialect_set(struct pool_net_config *config, const char *name,
                                      struct base_error *error)
{
    const char *names[NAMES_MAX];
    size_t index = config->dialect;
    for (size_t i = 0; i < config->row->dialect_count; i++) {
        names[i] = config->row->dialects[i].name;
    }
    enum base_status status =
        pool_serve_choice(&index, names, config->row->dialect_count, "pool dialect", name, error);
    config->dialect = (unsigned)index;
    return status;
}
