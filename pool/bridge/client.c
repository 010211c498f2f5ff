/* client.c: one connection: its prefix, its difficulty, the work it gets, and its end. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/target.h"
#include "bridge/bridge_private.h"
#include "wire/printable.h"

enum {
    GREET_MS = 5000,    /* a client that says nothing for so long gets work all the same */
    BAD_LINES_MAX = 10, /* lines that cannot be read */
    WRONG_MIN = 500,    /* from so many wrong shares on, more wrong than good ones end it */
    NUMBER_BYTES = 2,   /* of a prefix: what tells clients apart */
};

/* ---- nonce space ----------------------------------------------------------------------------- */

void bridge_client_prefix(struct pool_bridge *bridge, struct bridge_client *client)
{
    struct pool_host_client *host = &client->host;
    size_t own = bridge->host->prefix_bytes;
    size_t front = own - NUMBER_BYTES;
    memcpy(host->prefix, bridge->above, bridge->above_size);
    memcpy(host->prefix + bridge->above_size, bridge->run_bytes, front);
    host->prefix[bridge->above_size + front] = (uint8_t)(client->number >> 8);
    host->prefix[bridge->above_size + front + 1] = (uint8_t)client->number;
    host->prefix_size = bridge->above_size + own;
    client->prefix_told = false;
}

/* ---- who it is ------------------------------------------------------------------------------- */

static struct pool_bridge_worker *worker_of(struct pool_bridge *bridge,
                                            const struct bridge_client *client)
{
    return client->worker != SIZE_MAX ? &bridge->books.list[client->worker].view : NULL;
}

bool bridge_client_enter(struct pool_bridge *bridge, struct bridge_client *client, const char *name)
{
    char shown[POOL_BRIDGE_NAME_MAX];
    (void)pool_printable(shown, sizeof shown, name, strlen(name));
    size_t worker = bridge_books_find(&bridge->books, shown, bridge->now_ms);
    if (worker == SIZE_MAX) {
        return client->worker != SIZE_MAX;
    }
    struct pool_bridge_worker *before = worker_of(bridge, client);
    if (before != NULL) {
        before->connections -= 1;
    }
    client->worker = worker;
    struct pool_bridge_worker *view = worker_of(bridge, client);
    view->connections += 1;
    view->seen_ms = bridge->now_ms;
    memcpy(view->agent, client->agent, sizeof view->agent);
    return true;
}

/* ---- work ------------------------------------------------------------------------------------ */

/* The line of a job for a share target: made once for all clients that have it. NULL: no memory. */
static const struct pool_buffer *line_of(struct pool_bridge *bridge, struct bridge_job *entry,
                                         const struct bridge_client *client,
                                         const uint8_t target_be[32], bool clean)
{
    bool shared = client->host.payee_size == 0;
    char id[16];
    struct pool_buffer *text = &bridge->out;
    for (size_t i = 0; i < entry->line_count && shared; i++) {
        bool same =
            !bridge->host->target_in_job || memcmp(entry->lines[i].target_be, target_be, 32) == 0;
        if (same && entry->lines[i].clean == clean) {
            return &entry->lines[i].text;
        }
    }
    if (shared && entry->line_count < BRIDGE_LINES) {
        memcpy(entry->lines[entry->line_count].target_be, target_be, 32);
        entry->lines[entry->line_count].clean = clean;
        text = &entry->lines[entry->line_count].text;
        pool_buffer_init(text);
        entry->line_count += 1;
    } else {
        pool_buffer_consume(text, pool_buffer_size(text));
    }
    (void)snprintf(id, sizeof id, "%x", entry->number);
    return bridge->host->put_job(text, entry->job, id, &client->host, target_be, clean) == BASE_OK
               ? text
               : NULL;
}

static void send_buffer(struct bridge_client *client, const struct pool_buffer *buffer)
{
    pool_serve_send(client->peer, pool_buffer_data(buffer), pool_buffer_size(buffer));
}

/* Difficulty that is told: never above that of the source's own target. */
static double difficulty_for(const struct pool_bridge *bridge, const struct bridge_client *client,
                             const struct pool_job *job)
{
    double wanted = client->pace.difficulty;
    const uint8_t *easy = base_target_compare(job->target_be, job->block_target_be) > 0
                              ? job->target_be
                              : job->block_target_be;
    double most = bridge_work(job, easy) / bridge->unit;
    return wanted < most ? wanted : most;
}

/* Tell prefix and difficulty where they have changed. Returns: true when either did. */
static bool tell_terms(struct pool_bridge *bridge, struct bridge_client *client,
                       const struct pool_job *job)
{
    struct pool_buffer *out = &bridge->out;
    double difficulty = difficulty_for(bridge, client, job);
    uint8_t target_be[32];
    enum base_status status = BASE_OK;
    bool changed = difficulty != client->told;
    pool_buffer_consume(out, pool_buffer_size(out));
    if (!client->prefix_told && bridge->host->put_prefix != NULL) {
        status = bridge->host->put_prefix(out, &client->host);
        client->prefix_told = true;
        changed = true;
    }
    if (status == BASE_OK && difficulty != client->told) {
        bridge_job_target(target_be, bridge, job, difficulty);
        status = bridge->host->put_difficulty(out, difficulty, target_be);
        client->former = client->told;
        client->told = difficulty;
        client->told_ms = bridge->now_ms;
        if (client->worker != SIZE_MAX) {
            worker_of(bridge, client)->difficulty = difficulty;
        }
    }
    if (status != BASE_OK) {
        pool_serve_reset(client->peer);
        return false;
    }
    send_buffer(client, out);
    return changed;
}

void bridge_client_work(struct pool_bridge *bridge, struct bridge_client *client)
{
    struct bridge_job *entry = client->ready ? bridge_jobs_pick(bridge, client) : NULL;
    uint8_t target_be[32];
    if (entry == NULL || pool_serve_ends(client->peer)) {
        return;
    }
    bool terms = tell_terms(bridge, client, entry->job);
    if (entry->number == client->job && !(terms && bridge->host->target_in_job)) {
        return;
    }
    bridge_job_target(target_be, bridge, entry->job, client->told);
    bool clean = bridge_jobs_find(bridge, client->job) == NULL;
    const struct pool_buffer *line = line_of(bridge, entry, client, target_be, clean);
    if (line == NULL) {
        pool_serve_reset(client->peer);
        return;
    }
    send_buffer(client, line);
    client->job = entry->number;
}

void bridge_clients_work(struct pool_bridge *bridge)
{
    for (size_t i = 0; i < pool_serve_peer_count(bridge->serve); i++) {
        struct bridge_client *client = pool_serve_peer_user(pool_serve_peer_at(bridge->serve, i));
        if (client != NULL) {
            bridge_client_work(bridge, client);
        }
    }
}

/* ---- the connection -------------------------------------------------------------------------- */

static bool open_client(void *user, struct pool_serve_peer *peer)
{
    struct pool_bridge *bridge = user;
    uint8_t session[8];
    struct bridge_client *client = base_alloc(1, sizeof *client);
    if (client == NULL || base_random_os(session, sizeof session) != BASE_OK ||
        bridge_prefixes_take(&bridge->prefixes, &client->number) != BASE_OK) {
        base_free(client);
        return false;
    }
    client->peer = peer;
    client->worker = SIZE_MAX;
    client->line_ms = bridge->now_ms;
    base_hex_encode(client->host.session, session, sizeof session);
    bridge_client_prefix(bridge, client);
    double first = bridge->config.difficulty;
    if (first == 0) {
        first =
            bridge->host->small_rate(bridge->algo) * bridge->rule.share_ms / 1000 / bridge->unit;
    }
    bridge_pace_begin(&client->pace, first, bridge->config.difficulty > 0, &bridge->rule,
                      bridge->now_ms);
    pool_serve_peer_set_user(peer, client);
    bridge->stats.connections += 1;
    return true;
}

static void on_input(void *user, struct pool_serve_peer *peer)
{
    struct pool_bridge *bridge = user;
    struct bridge_client *client = pool_serve_peer_user(peer);
    const char *line = NULL;
    size_t size = 0;
    enum base_status status = BASE_OK;
    while (!pool_serve_ends(peer) &&
           (status = pool_serve_line(peer, &line, &size, BRIDGE_LINE_MAX)) == BASE_OK) {
        client->line_ms = bridge->now_ms;
        if (!bridge_line(bridge, client, line, size) && ++client->bad_lines >= BAD_LINES_MAX) {
            bridge->stats.bad += 1;
            pool_serve_close(peer);
        }
        if (client->wrong >= WRONG_MIN && client->wrong > client->good) {
            bridge->stats.bad += 1;
            pool_serve_close(peer);
        }
    }
    if (status == BASE_E_LIMIT) {
        bridge->stats.bad += 1;
        pool_serve_reset(peer);
    }
}

static void close_client(void *user, struct pool_serve_peer *peer)
{
    struct pool_bridge *bridge = user;
    struct bridge_client *client = pool_serve_peer_user(peer);
    if (client->worker != SIZE_MAX) {
        worker_of(bridge, client)->connections -= 1;
    }
    bridge_prefixes_give(&bridge->prefixes, client->number);
    pool_serve_peer_set_user(peer, NULL);
    base_free(client);
}

const struct pool_serve_service bridge_service = {open_client, on_input, close_client};

/* ---- time ------------------------------------------------------------------------------------ */

static void tick(struct pool_bridge *bridge, struct bridge_client *client)
{
    uint64_t age_ms = bridge->now_ms - pool_serve_peer_since_ms(client->peer);
    if (!client->logged_in && client->good == 0 && age_ms >= bridge->config.silent_ms) {
        bridge->stats.silent += 1;
        pool_serve_close(client->peer);
        return;
    }
    bool open = bridge->config.pass[0] == '\0' && !bridge->config.pay_workers;
    if (!client->ready && age_ms >= GREET_MS && open) {
        client->ready = true;
        bridge_client_work(bridge, client);
    }
    if (client->ready && client->job != 0 &&
        bridge_pace_tick(&client->pace, &bridge->rule, bridge->now_ms)) {
        bridge_client_work(bridge, client);
    }
}

void bridge_clients_tick(struct pool_bridge *bridge)
{
    for (size_t i = 0; i < pool_serve_peer_count(bridge->serve); i++) {
        struct bridge_client *client = pool_serve_peer_user(pool_serve_peer_at(bridge->serve, i));
        if (client != NULL) {
            tick(bridge, client);
        }
    }
}
