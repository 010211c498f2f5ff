/* fuzz_bridge_lines.c: what strangers send to the bridge. The first byte chooses a coin, the rest
 * are lines of two clients in turn. Properties: what is sent back is JSON, a line each; each share
 * is counted once; what is handed to the source meets its target; names stay printable. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/target.h"
#include "bitcoin/gbt.h"
#include "bridge/bridge_private.h"
#include "fuzz.h"
#include "serve/serve_private.h"

enum { CLIENTS = 2 };

/* A hash that the sender chooses: the front of its nonce, or of the nonce space in front of it. */
static enum base_status hash(void *user, uint8_t hash_be[32], uint32_t *chain,
                             const struct pool_job *job, const uint8_t *header,
                             const uint8_t *solution, size_t solution_size)
{
    (void)user;
    (void)solution;
    memset(hash_be, 0, 32);
    memcpy(hash_be, header + job->nonce_offset, job->nonce_size < 32 ? job->nonce_size : 32);
    hash_be[31] ^= header[job->header_size - 1];
    *chain = hash_be[31] % job->chains;
    return solution_size > 0 ? BASE_E_MISMATCH : BASE_OK;
}

static enum base_status submit(void *user, const struct pool_find *find)
{
    size_t *count = user;
    BASE_ASSERT(base_target_meets(find->hash_be, find->job->target_be) ||
                base_target_meets(find->hash_be, find->job->block_target_be));
    *count += 1;
    return *count % 8 == 0 ? BASE_E_FULL : BASE_OK;
}

static void tell(void *user, bool warning, const char *text)
{
    (void)user;
    (void)warning;
    BASE_ASSERT(text[0] != '\0');
}

static struct pool_serve_peer *connect_client(struct pool_bridge *bridge)
{
    static const struct pool_serve_port port = {.source = SOURCE_PORT};
    struct pool_serve_peer *peer = pool_serve_peer_new(bridge->serve, &port, -1);
    BASE_ASSERT(peer != NULL);
    bool open = bridge_service.open(bridge, peer);
    BASE_ASSERT(open);
    return peer;
}

static void leave(struct pool_bridge *bridge, struct pool_serve_peer *peer)
{
    bridge_service.close(bridge, peer);
    pool_serve_peer_free(peer);
}

/* All that was sent is lines of JSON. */
static void check_output(struct pool_serve_peer *peer)
{
    while (peer->out_begin < peer->out_end) {
        const char *from = (const char *)peer->out + peer->out_begin;
        const char *end = memchr(from, '\n', peer->out_end - peer->out_begin);
        BASE_ASSERT(end != NULL);
        json_t *root = json_loadb(from, (size_t)(end - from), 0, NULL);
        BASE_ASSERT(json_is_object(root));
        BASE_ASSERT(json_object_get(root, "method") != NULL ||
                    json_object_get(root, "error") != NULL);
        json_decref(root);
        peer->out_begin += (size_t)(end - from) + 1;
    }
}

static struct pool_job_full *alephium_job(uint32_t chain)
{
    struct pool_job_full *full = pool_job_new(NULL, 0);
    BASE_ASSERT(full != NULL);
    full->job.chain = chain;
    full->job.chains = 16;
    full->job.header_size = 326;
    full->job.nonce_size = 24;
    full->job.solo = true;
    return full;
}

static struct pool_job_full *digibyte_job(void)
{
    struct pool_job_full *full = NULL;
    struct base_error error;
    struct pool_script payee = {.size = 25};
    struct pool_gbt_template gbt = {.height = 4711, .time = 1700000000, .branch_count = 2};
    enum base_status status = pool_gbt_job(&full, &gbt, &payee, "", 1, &error);
    BASE_ASSERT(status == BASE_OK);
    return full;
}

static void bring_jobs(struct pool_bridge *bridge, bool alephium)
{
    for (uint32_t chain = 0; chain < (alephium ? 2 : 1); chain++) {
        struct pool_job_full *full = alephium ? alephium_job(chain) : digibyte_job();
        struct pool_event event = {.kind = POOL_EVENT_JOB, .job = &full->job, .text = ""};
        full->job.connection = 1;
        full->job.clean = chain == 0;
        memset(full->job.target_be + 1, 0xff, 31);
        memcpy(full->job.block_target_be, full->job.target_be, 32);
        pool_bridge_event(bridge, &event);
        pool_job_unref(&full->job);
    }
}

static void turn(struct pool_bridge *bridge, uint64_t ms)
{
    struct pool_serve *serve = bridge->serve;
    serve->now_ms += ms;
    serve->config.begin(serve->config.user, serve->now_ms);
    (void)serve->config.end(serve->config.user, serve->now_ms);
}

static void feed(struct pool_bridge *bridge, struct pool_serve_peer *const peers[CLIENTS],
                 const char *text, size_t size)
{
    for (size_t i = 0; size > 0; i++) {
        const char *end = memchr(text, '\n', size);
        size_t line = end != NULL ? (size_t)(end - text) : size;
        struct pool_serve_peer *peer = peers[i % CLIENTS];
        if (line <= BRIDGE_LINE_MAX) {
            (void)bridge_line(bridge, pool_serve_peer_user(peer), text, line);
        }
        check_output(peers[0]);
        check_output(peers[1]);
        turn(bridge, 700);
        text += line + (end != NULL);
        size -= line + (end != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const coins[] = {"alephium", "digibyte"};
    struct base_error error = {BASE_OK, ""};
    size_t finds = 0;
    if (size == 0) {
        return 0;
    }
    struct pool_bridge_config config = {
        .coin = pool_coin_find(coins[data[0] % BASE_COUNT_OF(coins)]),
        .difficulty = 0x1p-28,
        .hash = hash,
        .submit = submit,
        .tell = tell,
        .user = &finds,
    };
    struct pool_bridge *bridge = NULL;
    enum base_status status = pool_bridge_new(&bridge, &config, &error);
    BASE_ASSERT(status == BASE_OK);
    bridge->prefixes.next = 7; /* inputs name nonces: the same prefix every time */
    struct pool_serve_peer *const peers[CLIENTS] = {connect_client(bridge), connect_client(bridge)};
    bring_jobs(bridge, data[0] % BASE_COUNT_OF(coins) == 0);
    turn(bridge, 1);
    feed(bridge, peers, (const char *)data + 1, size - 1);
    struct pool_bridge_stats stats;
    struct pool_bridge_worker workers[64];
    size_t count = pool_bridge_look(bridge, &stats, workers, 64);
    uint64_t accepted = 0;
    for (size_t i = 0; i < count; i++) {
        accepted += workers[i].accepted;
        for (const char *at = workers[i].name; *at != '\0'; at++) {
            BASE_ASSERT((unsigned char)*at >= 0x20 && *at != 0x7f);
        }
    }
    BASE_ASSERT(stats.workers > 64 || accepted == stats.accepted);
    BASE_ASSERT(stats.sent <= finds && stats.sent <= stats.accepted);
    leave(bridge, peers[0]);
    leave(bridge, peers[1]);
    pool_bridge_free(bridge);
    return 0;
}
