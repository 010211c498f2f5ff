/* poolport.c: the pool port: its jobs, its miners, and the lines they send. Written from the
 * description of the protocols alone, sharing no code with the client in pool/: each is the check
 * of the other. Shares are judged in poolshare.c, lines written in poolout.c. Facts:
 * docs/devnet.md (from alephium.md 6, the dialects from 6.8). */
#include "devnet/poolport.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "devnet/address.h"

enum { HEX_EXTRANONCE = 33 };

static void make_job(struct pool_devnet *devnet, unsigned chain)
{
    struct poolport *port = devnet->poolport;
    struct poolport_job *job = &port->jobs[port->job_next];
    const struct pool_devnet_template *template =
        pool_devnet_chains_template(devnet->chains, chain);
    base_free(job->nonces);
    memset(job, 0, sizeof *job);
    port->last_id = port->last_id < POOLPORT_JOB_ID_MAX ? port->last_id + 1 : 1;
    job->id = port->last_id;
    job->serial = ++port->made;
    job->chain = chain;
    job->made_ms = devnet->now_ms;
    job->height = template->height;
    memcpy(job->header, template->header, sizeof job->header);
    memcpy(job->block_target_be, template->target_be, sizeof job->block_target_be);
    port->job_next = (port->job_next + 1) % POOLPORT_JOBS;
    port->fresh++;
}

static void expire_jobs(struct pool_devnet *devnet)
{
    for (size_t i = 0; i < POOLPORT_JOBS; i++) {
        struct poolport_job *job = &devnet->poolport->jobs[i];
        if (job->id != 0 && devnet->now_ms - job->made_ms > POOLPORT_JOB_LIFE_MS) {
            base_free(job->nonces);
            memset(job, 0, sizeof *job);
        }
    }
}

void pool_devnet_poolport_push(struct pool_devnet *devnet)
{
    struct poolport *port = devnet->poolport;
    if (port == NULL) {
        return;
    }
    expire_jobs(devnet);
    port->fresh = 0;
    devnet->notified_ms = devnet->now_ms;
    if (devnet->config.pool_all_jobs || poolport_dialect(devnet)->old) {
        for (unsigned chain = 0; chain < POOL_DEVNET_CHAINS; chain++) {
            make_job(devnet, chain);
        }
    } else {
        make_job(devnet, (unsigned)base_random_below(&devnet->random, POOL_DEVNET_CHAINS));
    }
    struct client *client = NULL;
    for (size_t at = 0; (client = pool_devnet_client_next(devnet, CLIENT_POOL, &at)) != NULL;) {
        poolport_notify(devnet, client);
    }
}

/* ---- receiving ----------------------------------------------------------------------------- */

static bool extranonce_taken(const struct pool_devnet *devnet, const struct poolport_miner *self)
{
    const struct client *client = NULL;
    for (size_t at = 0; (client = pool_devnet_client_next(devnet, CLIENT_POOL, &at)) != NULL;) {
        const struct poolport_miner *other = client->miner;
        if (other != NULL && other != self && other->extranonce_size == self->extranonce_size &&
            memcmp(other->extranonce, self->extranonce, self->extranonce_size) == 0) {
            return true;
        }
    }
    return false;
}

/* One that no other connection has. A counter in the last four bytes goes through all values
 * before one comes again; the bytes before them stay random. */
static void give_extranonce(struct pool_devnet *devnet, struct client *client)
{
    struct poolport_miner *miner = client->miner;
    uint8_t bytes[POOLPORT_EXTRANONCE_MAX];
    char text[HEX_EXTRANONCE];
    size_t size = devnet->config.extranonce_bytes;
    miner->extranonce_size = size;
    miner->extranonce_serial = devnet->poolport->made;
    for (unsigned tries = 0; size > 0 && tries <= POOL_DEVNET_PEERS_MAX; tries++) {
        uint64_t count = devnet->poolport->extranonce_count++;
        base_random_bytes(&devnet->random, bytes, sizeof bytes);
        base_store_be32(bytes + sizeof bytes - 4, (uint32_t)(count * 0x9e3779b1U));
        if (size < 4) { /* an odd factor keeps the low bytes a permutation, too */
            base_store_be32(bytes + sizeof bytes - 4, (uint32_t)(count * 0xb1U + 0x2fU));
        }
        memcpy(miner->extranonce, bytes + sizeof bytes - size, size);
        if (!extranonce_taken(devnet, miner)) {
            break;
        }
    }
    base_hex_encode(text, miner->extranonce, size);
    if (size == 0) {
        return;
    }
    poolport_send_method(devnet, client, "mining.set_extranonce",
                         poolport_dialect(devnet)->by_place ? json_string(text)
                                                            : json_pack("[s]", text));
}

static void on_authorize(struct pool_devnet *devnet, struct client *client, json_t *id,
                         const json_t *params)
{
    struct poolport_miner *miner = client->miner;
    const char *worker = json_string_value(json_array_get(params, 0));
    const struct poolport_dialect *dialect = poolport_dialect(devnet);
    if (dialect->login && (worker == NULL || !pool_devnet_address_worker(worker))) {
        poolport_send_result(devnet, client, id, json_false(), POOLPORT_INVALID_WORKER, false);
        return;
    }
    miner->authorized = true;
    (void)snprintf(miner->worker, sizeof miner->worker, "%s", worker != NULL ? worker : "");
    poolport_send_result(devnet, client, id,
                         dialect->by_place ? json_string("worker") : json_true(), POOLPORT_ACCEPTED,
                         false);
    give_extranonce(devnet, client);
    if (dialect->reasons) {
        poolport_notify(devnet, client);
    }
}

static void on_submit(struct pool_devnet *devnet, struct client *client, json_t *id,
                      const json_t *params)
{
    struct poolport_share share = {.from = -1, .to = -1, .chain_given = true};
    const struct poolport_miner *miner = client->miner;
    const struct poolport_dialect *dialect = poolport_dialect(devnet);
    if (dialect->by_place && json_is_array(params)) {
        share.job_id = json_string_value(json_array_get(params, 0));
        share.nonce = json_string_value(json_array_get(params, 1));
        share.worker = miner->worker;
        share.nonce_tail_only = true;
        share.chain_given = false;
    } else if (json_is_object(params)) {
        const json_t *from = json_object_get(params, "fromGroup");
        const json_t *to = json_object_get(params, "toGroup");
        share.job_id = json_string_value(json_object_get(params, "jobId"));
        share.nonce = json_string_value(json_object_get(params, "nonce"));
        share.worker = json_string_value(json_object_get(params, "worker"));
        share.from = json_is_integer(from) ? json_integer_value(from) : -1;
        share.to = json_is_integer(to) ? json_integer_value(to) : -1;
    } else {
        devnet->stats.malformed++; /* throws inside the official server: no answer (6.5) */
        return;
    }
    if (dialect->miningcore && !miner->authorized) {
        poolport_send_result(devnet, client, id, json_false(), POOLPORT_INVALID_WORKER, true);
        return;
    }
    enum poolport_code code = poolport_share_take(devnet, client, &share);
    json_t *refused = dialect->reasons ? json_false() : json_null();
    poolport_send_result(devnet, client, id, code == POOLPORT_ACCEPTED ? json_true() : refused,
                         code, true);
}

/* Requests that only some servers know. Returns the result, or NULL: no answer. */
static json_t *other_request(const struct pool_devnet *devnet, const char *method)
{
    const struct poolport_dialect *dialect = poolport_dialect(devnet);
    if (dialect->miningcore && strcmp(method, "mining.hello") == 0) {
        return json_pack("[s,b,s,s,s]", "AlephiumStratum/1.0.0", 0, "258", "0x5", "v4.6.0");
    }
    if (dialect->by_place && strcmp(method, "mining.hello") == 0) {
        return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "proto", "AlephiumStratum/1.0.0",
                         "encoding", "plain", "resume", 0, "timeout", "258", "maxerrors", "5",
                         "node", "v4.6.0");
    }
    if (dialect->login && strcmp(method, "mining.noop") == 0) {
        return json_string("1");
    }
    if (dialect->miningcore && strcmp(method, "connection.set_gzip") == 0) {
        return json_false();
    }
    return NULL;
}

/* Returns false when the line breaks the protocol. */
static bool handle_line(struct pool_devnet *devnet, struct client *client, const char *line,
                        size_t size)
{
    json_t *root = json_loadb(line, size, 0, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return false;
    }
    json_t *id = json_object_get(root, "id");
    const char *method = json_string_value(json_object_get(root, "method"));
    const json_t *params = json_object_get(root, "params");
    json_t *result = NULL;
    if (method == NULL) {
        devnet->stats.malformed++; /* logged by the official server, and nothing else */
    } else if (strcmp(method, "mining.submit") == 0) {
        on_submit(devnet, client, id, params);
    } else if (strcmp(method, "mining.authorize") == 0) {
        on_authorize(devnet, client, id, params);
    } else if (strcmp(method, "mining.subscribe") == 0) {
        poolport_send_result(devnet, client, id, json_string("result"), POOLPORT_ACCEPTED, false);
    } else if ((result = other_request(devnet, method)) != NULL) {
        poolport_send_result(devnet, client, id, result, POOLPORT_ACCEPTED, false);
    }
    json_decref(root);
    return true;
}

void pool_devnet_poolport_input(struct pool_devnet *devnet, struct client *client)
{
    enum base_status status = BASE_OK;
    bool good = true;
    while (good && status == BASE_OK && !pool_serve_ends(client->peer)) {
        const char *line = NULL;
        size_t size = 0;
        status = pool_serve_line(client->peer, &line, &size, POOL_DEVNET_LINE_MAX);
        good = status != BASE_E_LIMIT;
        if (status == BASE_OK && size > 0) {
            good = handle_line(devnet, client, line, size);
        }
    }
    if (!good) { /* the socket is destroyed (6.1) */
        devnet->stats.malformed++;
        pool_serve_reset(client->peer);
    }
}

/* ---- connections --------------------------------------------------------------------------- */

bool pool_devnet_poolport_open(struct pool_devnet *devnet, struct client *client)
{
    const struct pool_devnet_config *config = &devnet->config;
    double difficulty = config->pool_difficulty;
    client->miner = base_alloc(1, sizeof *client->miner);
    if (client->miner == NULL) {
        return false;
    }
    if (!(difficulty > 0)) {
        difficulty =
            config->start_hashes / 8 / POOL_DEVNET_CHAINS / (double)(1ULL << config->pool_zeros);
    }
    client->miner->units = poolport_share_units(difficulty);
    client->miner->wanted_units = client->miner->units;
    pool_serve_vardiff_init(&client->miner->vardiff, devnet->now_ms);
    if (!poolport_dialect(devnet)->miningcore) {
        poolport_send_difficulty(devnet, client, NULL);
    }
    return true;
}

void pool_devnet_poolport_close(struct client *client)
{
    base_free(client->miner);
    client->miner = NULL;
}

enum base_status pool_devnet_poolport_start(struct pool_devnet *devnet)
{
    devnet->poolport = base_alloc(1, sizeof *devnet->poolport);
    return devnet->poolport != NULL ? BASE_OK : BASE_E_MEMORY;
}

void pool_devnet_poolport_stop(struct pool_devnet *devnet)
{
    for (size_t i = 0; devnet->poolport != NULL && i < POOLPORT_JOBS; i++) {
        base_free(devnet->poolport->jobs[i].nonces);
    }
    base_free(devnet->poolport);
    devnet->poolport = NULL;
}
