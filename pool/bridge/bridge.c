/* bridge.c: see bridge.h. The mailbox between the source's thread and the bridge's, the turns of
 * the bridge's loop, start and end. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/random.h"
#include "bridge/bridge_private.h"

enum {
    CLIENTS = 20000,
    SHARE_MS = 5000,
    CLIENT_SILENT_MS = 60000,
    TICK_MS = 1000,
    TURN_MS = 8000, /* a client stays at a chain for so long, where there are as many as chains */
    IN_BYTES = 2 * BRIDGE_LINE_MAX,
    OUT_BYTES = 1 << 20, /* a client that reads nothing is left then, or after: */
    STALL_MS = 10000,
    PREFIXES = 1 << 16,
};

#define LEAST_WORK 65536.0 /* hashes (solutions) of a share, at least: what 50 a second mean */

/* ---- mail ------------------------------------------------------------------------------------ */

static void mail_job(struct bridge_mail *mail, const struct pool_job *job)
{
    if (job->clean) {
        for (size_t i = 0; i < POOL_CHAINS_MAX; i++) {
            pool_job_unref(mail->jobs[i]);
            mail->jobs[i] = NULL;
        }
        mail->clean = true;
        mail->no_jobs = false;
    }
    pool_job_unref(mail->jobs[job->chain]);
    mail->jobs[job->chain] = pool_job_ref(job);
}

void pool_bridge_event(struct pool_bridge *bridge, const struct pool_event *event)
{
    struct bridge_mail *mail = &bridge->mail;
    bool ours = event->kind == POOL_EVENT_VERDICT && event->tag >= POOL_BRIDGE_TAG;
    (void)pthread_mutex_lock(&mail->lock);
    if (event->kind == POOL_EVENT_JOB && event->job->chain < POOL_CHAINS_MAX) {
        mail_job(mail, event->job);
    } else if (event->kind == POOL_EVENT_NO_JOBS) {
        mail->no_jobs = true;
    } else if (ours && mail->verdict_count < BRIDGE_MAIL) {
        mail->verdicts[mail->verdict_count].tag = event->tag;
        mail->verdicts[mail->verdict_count].accepted = event->verdict == POOL_ACCEPTED;
        mail->verdicts[mail->verdict_count].block = event->found != NULL;
        mail->verdict_count += 1;
    }
    (void)pthread_mutex_unlock(&mail->lock);
    pool_serve_wake(bridge->serve);
}

/* The nonce bytes that a pool above keeps for itself. */
static void note_above(struct pool_bridge *bridge, const struct pool_job *job)
{
    const uint8_t *bytes = job->header + job->nonce_offset;
    size_t own = bridge->host->prefix_bytes;
    size_t size = job->nonce_fixed + own <= sizeof bridge->above ? job->nonce_fixed : 0;
    bridge->connection = job->connection;
    if (size == bridge->above_size && memcmp(bytes, bridge->above, size) == 0) {
        return;
    }
    memcpy(bridge->above, bytes, size);
    bridge->above_size = size;
    for (size_t i = 0; i < pool_serve_peer_count(bridge->serve); i++) {
        struct bridge_client *client = pool_serve_peer_user(pool_serve_peer_at(bridge->serve, i));
        if (client != NULL) {
            bridge_client_prefix(bridge, client);
        }
    }
}

static void tell_block(const struct pool_bridge *bridge, const struct pool_bridge_worker *view)
{
    char text[POOL_TEXT_MAX];
    (void)snprintf(text, sizeof text, "worker \"%s\" has found block %" PRIu64, view->name,
                   view->blocks);
    bridge->config.tell(bridge->config.user, false, text);
}

/* Under the lock of the mailbox, too. */
static void take_verdicts(struct pool_bridge *bridge, struct bridge_mail *mail)
{
    for (size_t i = 0; i < mail->verdict_count; i++) {
        uint64_t index = mail->verdicts[i].tag - POOL_BRIDGE_TAG;
        if (index < bridge->books.count) {
            struct pool_bridge_worker *view = &bridge->books.list[index].view;
            bool block = mail->verdicts[i].accepted && mail->verdicts[i].block;
            view->blocks += block;
            view->refused += !mail->verdicts[i].accepted;
            if (block) {
                tell_block(bridge, view);
            }
        }
    }
    mail->verdict_count = 0;
}

static void take_mail(struct pool_bridge *bridge)
{
    struct bridge_mail *mail = &bridge->mail;
    const struct pool_job *jobs[POOL_CHAINS_MAX];
    (void)pthread_mutex_lock(&mail->lock);
    memcpy(jobs, mail->jobs, sizeof jobs);
    memset(mail->jobs, 0, sizeof mail->jobs);
    bool clean = mail->clean;
    bool no_jobs = mail->no_jobs;
    mail->clean = false;
    mail->no_jobs = false;
    take_verdicts(bridge, mail);
    (void)pthread_mutex_unlock(&mail->lock);
    if (clean || no_jobs) {
        bridge_jobs_void(bridge);
    }
    bool any = false;
    for (size_t i = 0; i < POOL_CHAINS_MAX; i++) {
        if (jobs[i] != NULL) {
            note_above(bridge, jobs[i]);
            bridge_jobs_take(bridge, jobs[i]);
            any = true;
        }
    }
    bool few = pool_serve_peer_count(bridge->serve) < bridge->chains;
    if (any && bridge->host->rotates && (few || bridge->now_ms - bridge->turn_ms >= TURN_MS)) {
        bridge->turn += 1;
        bridge->turn_ms = bridge->now_ms;
    }
    if (any) {
        bridge_clients_work(bridge);
    }
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void begin_turn(void *user, uint64_t now_ms)
{
    struct pool_bridge *bridge = user;
    bridge->now_ms = now_ms;
    take_mail(bridge);
}

static uint32_t end_turn(void *user, uint64_t now_ms)
{
    struct pool_bridge *bridge = user;
    if (now_ms - bridge->swept_ms >= TICK_MS) {
        bridge->swept_ms = now_ms;
        bridge_clients_tick(bridge);
    }
    return (uint32_t)(bridge->swept_ms + TICK_MS - now_ms);
}

/* ---- life ------------------------------------------------------------------------------------ */

static void set_defaults(struct pool_bridge *bridge)
{
    struct pool_bridge_config *config = &bridge->config;
    config->clients = config->clients == 0 ? CLIENTS : config->clients;
    config->share_ms = config->share_ms == 0 ? SHARE_MS : config->share_ms;
    config->silent_ms = config->silent_ms == 0 ? CLIENT_SILENT_MS : config->silent_ms;
    bridge->unit = bridge->host->unit(bridge->algo);
    bridge->rule.share_ms = config->share_ms;
    double second = bridge->host->small_rate(bridge->algo) / 1e4; /* solvers give few a second */
    bridge->rule.least = (second < LEAST_WORK ? second : LEAST_WORK) / bridge->unit;
    bridge->rule.least = exp2(floor(log2(bridge->rule.least)));
}

static enum base_status find_host(struct pool_bridge *bridge, struct base_error *error)
{
    const struct pool_coin *coin = bridge->config.coin;
    const struct pool_family *family = pool_coin_entry(coin)->family;
    bridge->host = family != NULL ? family->host : NULL;
    const char *why = bridge->host == NULL            ? "this version does not do it yet"
                      : bridge->host->refuses != NULL ? bridge->host->refuses(bridge->config.pool)
                                                      : NULL;
    if (why == NULL && bridge->config.pay_workers && !bridge->host->pays) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "--pay workers: whom a block of %s pays is set in the node",
                              coin->title);
    }
    if (why != NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the work of %s cannot be served to other miners: %s", coin->title,
                              why);
    }
    return pool_coin_algo(&bridge->algo, coin, bridge->config.algo, error);
}

static enum base_status allocate(struct pool_bridge *bridge, struct base_error *error)
{
    struct pool_serve_config serve = {
        .limits = {.peers = bridge->config.clients,
                   .peers_per_address = bridge->config.clients_per_address,
                   .in_bytes = IN_BYTES,
                   .out_bytes = OUT_BYTES,
                   .stall_ms = STALL_MS},
        .begin = begin_turn,
        .end = end_turn,
        .user = bridge,
    };
    uint32_t first = 0;
    bridge->jobs = base_alloc(BRIDGE_JOBS, sizeof *bridge->jobs);
    if (bridge->jobs == NULL || bridge_books_init(&bridge->books) != BASE_OK ||
        bridge_prefixes_init(&bridge->prefixes, PREFIXES) != BASE_OK) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the bridge");
    }
    if (base_random_os(bridge->run_bytes, sizeof bridge->run_bytes) != BASE_OK ||
        base_random_os(&first, sizeof first) != BASE_OK) {
        return base_error_set(error, BASE_E_IO,
                              "the operating system gives no random bytes for the nonces");
    }
    bridge->prefixes.next = first % PREFIXES; /* two bridges at one node begin at other places */
    return pool_serve_new(&bridge->serve, &serve, error);
}

enum base_status pool_bridge_new(struct pool_bridge **out, const struct pool_bridge_config *config,
                                 struct base_error *error)
{
    struct pool_bridge *bridge = base_alloc(1, sizeof *bridge);
    *out = NULL;
    if (bridge == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the bridge");
    }
    (void)pthread_mutex_init(&bridge->mail.lock, NULL);
    pool_buffer_init(&bridge->out);
    bridge->config = *config;
    bridge->now_ms = base_clock_ms();
    enum base_status status = find_host(bridge, error);
    if (status == BASE_OK) {
        set_defaults(bridge);
        status = allocate(bridge, error);
    }
    if (status != BASE_OK) {
        pool_bridge_free(bridge);
        return status;
    }
    *out = bridge;
    return BASE_OK;
}

enum base_status pool_bridge_start(struct pool_bridge *bridge, struct base_error *error)
{
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < bridge->config.port_count && status == BASE_OK; i++) {
        const struct pool_bridge_port *port = &bridge->config.ports[i];
        status = pool_serve_listen(bridge->serve, &bridge->bound[i], port->host, port->port,
                                   "port for miners", &bridge_service, bridge, error);
    }
    return status == BASE_OK ? pool_serve_start(bridge->serve, error) : status;
}

uint16_t pool_bridge_port(const struct pool_bridge *bridge, size_t index)
{
    return bridge->bound[index];
}

void pool_bridge_stop(struct pool_bridge *bridge)
{
    if (bridge != NULL && !bridge->stopped) {
        bridge->stopped = true;
        pool_serve_quit(bridge->serve);
    }
}

void pool_bridge_free(struct pool_bridge *bridge)
{
    if (bridge == NULL) {
        return;
    }
    pool_serve_stop(bridge->serve);
    bridge_jobs_clear(bridge);
    for (size_t i = 0; i < POOL_CHAINS_MAX; i++) {
        pool_job_unref(bridge->mail.jobs[i]);
    }
    base_free(bridge->jobs);
    bridge_books_deinit(&bridge->books);
    bridge_prefixes_deinit(&bridge->prefixes);
    pool_buffer_deinit(&bridge->out);
    (void)pthread_mutex_destroy(&bridge->mail.lock);
    base_free(bridge);
}

uint64_t pool_bridge_work(const struct pool_bridge *bridge)
{
    return atomic_load_explicit(&bridge->work, memory_order_relaxed);
}

/* ---- looking --------------------------------------------------------------------------------- */

static int by_work(const void *a, const void *b)
{
    double left = ((const struct pool_bridge_worker *)a)->work;
    double right = ((const struct pool_bridge_worker *)b)->work;
    return (left < right) - (left > right);
}

size_t pool_bridge_look(struct pool_bridge *bridge, struct pool_bridge_stats *stats,
                        struct pool_bridge_worker *workers, size_t cap)
{
    uint64_t now_ms = base_clock_ms();
    pool_serve_lock(bridge->serve);
    (void)pthread_mutex_lock(&bridge->mail.lock);
    take_verdicts(bridge, &bridge->mail); /* also those that come after the end */
    (void)pthread_mutex_unlock(&bridge->mail.lock);
    *stats = bridge->stats;
    stats->clients = pool_serve_peer_count(bridge->serve);
    stats->workers = bridge->books.count;
    size_t count = bridge->books.count < cap ? bridge->books.count : cap;
    for (size_t i = 0; i < count; i++) {
        workers[i] = bridge->books.list[i].view;
        workers[i].rate = bridge_books_rate(&bridge->books.list[i], now_ms);
    }
    pool_serve_unlock(bridge->serve);
    if (count > 0) {
        qsort(workers, count, sizeof *workers, by_work);
    }
    return count;
}
