/* poolport.c: the pool port: lines in, lines out, in the dialect that was asked for. Written from
 * the description of the protocols alone, sharing no code with the client in pool/: each is the
 * check of the other. Shares are judged in poolshare.c. Facts: docs/devnet.md (from alephium.md 6,
 * the dialects from 6.8). */
#include "poolport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"

enum { HEX_HEADER = 2 * POOL_DEVNET_HEADER_SIZE + 1, HEX_TARGET = 65, HEX_EXTRANONCE = 33 };

static enum pool_devnet_dialect dialect_of(const struct pool_devnet *devnet)
{
    return devnet->config.pool_dialect;
}

/* ---- sending ------------------------------------------------------------------------------- */

/* One object as one line; json is taken over. */
static void send_json(struct pool_devnet *devnet, struct peer *peer, json_t *json, bool is_answer)
{
    char *text = json_dumps(json, JSON_COMPACT);
    if (text == NULL) {
        peer->aborting = true;
    } else {
        size_t size = strlen(text);
        text[size] = '\n'; /* in place of the NUL: size + 1 bytes are sent, none is read as text */
        if (is_answer) {
            pool_devnet_answer(devnet, peer, text, size + 1);
        } else {
            pool_devnet_peer_send(peer, text, size + 1);
        }
    }
    free(text); /* jansson took it from malloc: free(3) */
    json_decref(json);
}

/* params is taken over. Key order as in captures of each server. */
static void send_method(struct pool_devnet *devnet, struct peer *peer, const char *method,
                        json_t *params)
{
    json_t *json = json_object();
    switch (dialect_of(devnet)) {
    case POOL_DEVNET_MININGCORE:
    case POOL_DEVNET_WOOLYPOOLY:
        (void)json_object_set_new(json, "jsonrpc", json_string("2.0"));
        (void)json_object_set_new(json, "method", json_string(method));
        (void)json_object_set_new(json, "params", params);
        (void)json_object_set_new(json, "id", json_null());
        break;
    case POOL_DEVNET_PROPOSAL:
        (void)json_object_set_new(json, "method", json_string(method));
        (void)json_object_set_new(json, "params", params);
        break;
    case POOL_DEVNET_OFFICIAL:
    case POOL_DEVNET_OLD:
    case POOL_DEVNET_DIALECT_COUNT:
        (void)json_object_set_new(json, "id", json_null());
        (void)json_object_set_new(json, "method", json_string(method));
        (void)json_object_set_new(json, "params", params);
        break;
    }
    send_json(devnet, peer, json, false);
}

/* Answer to a request; id may be NULL (the request had none). result is taken over. */
static void send_result(struct pool_devnet *devnet, struct peer *peer, json_t *id, json_t *result,
                        enum poolport_code code, bool is_share)
{
    enum pool_devnet_dialect dialect = dialect_of(devnet);
    json_t *json = json_object();
    bool modern = dialect == POOL_DEVNET_MININGCORE || dialect == POOL_DEVNET_WOOLYPOOLY;
    if (modern) {
        (void)json_object_set_new(json, "jsonrpc", json_string("2.0"));
    }
    if (id != NULL) {
        (void)json_object_set(json, "id", id);
    }
    if (dialect == POOL_DEVNET_OLD && is_share) {
        (void)json_object_set_new(json, "method", json_string("mining.submit_result"));
    }
    (void)json_object_set_new(json, "result", result);
    if (code == POOLPORT_ACCEPTED) {
        if (dialect == POOL_DEVNET_OLD) {
            (void)json_object_set_new(json, "error", json_null());
        }
    } else if (dialect == POOL_DEVNET_OLD) {
        (void)json_object_set_new(json, "error",
                                  json_pack("[i,s]", (int)code, poolport_code_text(code)));
    } else if (dialect != POOL_DEVNET_OFFICIAL) {
        (void)json_object_set_new(
            json, "error",
            json_pack("{s:i, s:s}", "code", (int)code, "message", poolport_code_text(code)));
    }
    send_json(devnet, peer, json, true);
}

static json_t *difficulty_json(const struct pool_devnet *devnet, uint64_t units)
{
    if (units % POOLPORT_UNITS == 0 && dialect_of(devnet) != POOL_DEVNET_MININGCORE) {
        return json_integer((json_int_t)(units / POOLPORT_UNITS));
    }
    return json_real((double)units / POOLPORT_UNITS);
}

/* Share target of a job for a miner: never harder than the block's. */
static void target_text(char text[HEX_TARGET], const struct pool_devnet *devnet,
                        const struct poolport_miner *miner, const struct poolport_job *job)
{
    uint8_t target[32];
    size_t skip = 0;
    poolport_share_target(target, &devnet->config, miner->units);
    if (base_target_compare(target, job->block_target_be) < 0) {
        memcpy(target, job->block_target_be, sizeof target);
    }
    bool padded =
        dialect_of(devnet) == POOL_DEVNET_MININGCORE || dialect_of(devnet) == POOL_DEVNET_PROPOSAL;
    while (!padded && skip < 31 && target[skip] == 0) {
        skip++;
    }
    base_hex_encode(text, target + skip, 32 - skip);
}

static void send_difficulty(struct pool_devnet *devnet, struct peer *peer,
                            const struct poolport_job *job)
{
    if (dialect_of(devnet) == POOL_DEVNET_WOOLYPOOLY) {
        return;
    }
    if (dialect_of(devnet) == POOL_DEVNET_PROPOSAL) {
        char text[HEX_TARGET];
        if (job != NULL) {
            target_text(text, devnet, peer->miner, job);
            send_method(devnet, peer, "mining.set_target", json_string(text));
        }
        return;
    }
    send_method(devnet, peer, "mining.set_difficulty",
                json_pack("[o]", difficulty_json(devnet, peer->miner->units)));
}

static json_t *job_json(const struct pool_devnet *devnet, const struct poolport_miner *miner,
                        const struct poolport_job *job)
{
    enum pool_devnet_dialect dialect = dialect_of(devnet);
    char id[16];
    char chain[8];
    char header[HEX_HEADER];
    char target[HEX_TARGET];
    (void)snprintf(id, sizeof id, dialect == POOL_DEVNET_MININGCORE ? "%X" : "%x", job->id);
    (void)snprintf(chain, sizeof chain, "%02x", job->chain);
    base_hex_encode(header, job->header, sizeof job->header);
    target_text(target, devnet, miner, job);
    if (dialect == POOL_DEVNET_PROPOSAL) {
        return json_pack("[s,s,s]", id, chain, header);
    }
    json_t *json =
        json_pack("{s:s, s:i, s:i, s:s, s:s}", "jobId", id, "fromGroup",
                  (int)(job->chain / POOL_DEVNET_GROUPS), "toGroup",
                  (int)(job->chain % POOL_DEVNET_GROUPS), "headerBlob", header, "txsBlob", "");
    if (dialect == POOL_DEVNET_OFFICIAL) {
        (void)json_object_set_new(json, "height", json_integer((json_int_t)job->height));
    }
    (void)json_object_set_new(json, "targetBlob", json_string(target));
    return json;
}

/* The i-th newest-made job of the last push, 0 <= i < fresh. */
static const struct poolport_job *fresh_job(const struct poolport *port, size_t i)
{
    return &port->jobs[(port->job_next + POOLPORT_JOBS - port->fresh + i) % POOLPORT_JOBS];
}

static void notify(struct pool_devnet *devnet, struct peer *peer)
{
    const struct poolport *port = devnet->poolport;
    struct poolport_miner *miner = peer->miner;
    enum pool_devnet_dialect dialect = dialect_of(devnet);
    if ((dialect == POOL_DEVNET_MININGCORE && !miner->authorized) || port->fresh == 0 ||
        !pool_devnet_pushes(devnet, peer)) {
        return;
    }
    if (poolport_share_step(miner) || dialect == POOL_DEVNET_MININGCORE ||
        dialect == POOL_DEVNET_PROPOSAL) {
        send_difficulty(devnet, peer, fresh_job(port, 0));
    }
    if (dialect == POOL_DEVNET_PROPOSAL) { /* one job a line, each with its own target before it */
        for (size_t i = 0; i < port->fresh; i++) {
            if (i > 0) {
                send_difficulty(devnet, peer, fresh_job(port, i));
            }
            send_method(devnet, peer, "mining.notify", job_json(devnet, miner, fresh_job(port, i)));
        }
    } else {
        json_t *list = json_array();
        for (size_t i = 0; i < port->fresh; i++) {
            (void)json_array_append_new(list, job_json(devnet, miner, fresh_job(port, i)));
        }
        send_method(devnet, peer, "mining.notify", list);
    }
    peer->pushes++;
    devnet->stats.pushes++;
}

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
    if (devnet->config.pool_all_jobs || dialect_of(devnet) == POOL_DEVNET_OLD) {
        for (unsigned chain = 0; chain < POOL_DEVNET_CHAINS; chain++) {
            make_job(devnet, chain);
        }
    } else {
        make_job(devnet, (unsigned)base_random_below(&devnet->random, POOL_DEVNET_CHAINS));
    }
    for (size_t i = 0; i < devnet->peer_count; i++) {
        if (devnet->peers[i]->kind == PEER_POOL) {
            notify(devnet, devnet->peers[i]);
        }
    }
}

/* ---- receiving ----------------------------------------------------------------------------- */

static bool extranonce_taken(const struct pool_devnet *devnet, const struct poolport_miner *self)
{
    for (size_t i = 0; i < devnet->peer_count; i++) {
        const struct poolport_miner *other = devnet->peers[i]->miner;
        if (other != NULL && other != self && other->extranonce_size == self->extranonce_size &&
            memcmp(other->extranonce, self->extranonce, self->extranonce_size) == 0) {
            return true;
        }
    }
    return false;
}

/* One that no other connection has. A counter in the last four bytes goes through all values
 * before one comes again; the bytes before them stay random. */
static void give_extranonce(struct pool_devnet *devnet, struct peer *peer)
{
    struct poolport_miner *miner = peer->miner;
    uint8_t bytes[POOLPORT_EXTRANONCE_MAX];
    char text[HEX_EXTRANONCE];
    size_t size = devnet->config.extranonce_bytes;
    miner->extranonce_size = size;
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
    send_method(devnet, peer, "mining.set_extranonce",
                dialect_of(devnet) == POOL_DEVNET_PROPOSAL ? json_string(text)
                                                           : json_pack("[s]", text));
}

static void on_authorize(struct pool_devnet *devnet, struct peer *peer, json_t *id,
                         const json_t *params)
{
    struct poolport_miner *miner = peer->miner;
    const char *worker = json_string_value(json_array_get(params, 0));
    bool checked =
        dialect_of(devnet) == POOL_DEVNET_MININGCORE || dialect_of(devnet) == POOL_DEVNET_PROPOSAL;
    if (checked && (worker == NULL || !pool_devnet_address_worker(worker))) {
        send_result(devnet, peer, id, json_false(), POOLPORT_INVALID_WORKER, false);
        return;
    }
    miner->authorized = true;
    (void)snprintf(miner->worker, sizeof miner->worker, "%s", worker != NULL ? worker : "");
    send_result(devnet, peer, id,
                dialect_of(devnet) == POOL_DEVNET_PROPOSAL ? json_string("worker") : json_true(),
                POOLPORT_ACCEPTED, false);
    give_extranonce(devnet, peer);
    if (dialect_of(devnet) != POOL_DEVNET_OFFICIAL && dialect_of(devnet) != POOL_DEVNET_OLD) {
        notify(devnet, peer);
    }
}

static void on_submit(struct pool_devnet *devnet, struct peer *peer, json_t *id,
                      const json_t *params)
{
    struct poolport_share share = {.from = -1, .to = -1, .chain_given = true};
    const struct poolport_miner *miner = peer->miner;
    enum pool_devnet_dialect dialect = dialect_of(devnet);
    if (dialect == POOL_DEVNET_PROPOSAL && json_is_array(params)) {
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
    if (dialect == POOL_DEVNET_MININGCORE && !miner->authorized) {
        send_result(devnet, peer, id, json_false(), POOLPORT_INVALID_WORKER, true);
        return;
    }
    enum poolport_code code = poolport_share_take(devnet, peer, &share);
    json_t *refused =
        dialect == POOL_DEVNET_OFFICIAL || dialect == POOL_DEVNET_OLD ? json_null() : json_false();
    send_result(devnet, peer, id, code == POOLPORT_ACCEPTED ? json_true() : refused, code, true);
}

/* Requests that only some servers know. Returns the result, or NULL: no answer. */
static json_t *other_request(const struct pool_devnet *devnet, const char *method)
{
    bool miningcore = dialect_of(devnet) == POOL_DEVNET_MININGCORE;
    bool proposal = dialect_of(devnet) == POOL_DEVNET_PROPOSAL;
    if (miningcore && strcmp(method, "mining.hello") == 0) {
        return json_pack("[s,b,s,s,s]", "AlephiumStratum/1.0.0", 0, "258", "0x5", "v4.6.0");
    }
    if (proposal && strcmp(method, "mining.hello") == 0) {
        return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s}", "proto", "AlephiumStratum/1.0.0",
                         "encoding", "plain", "resume", 0, "timeout", "258", "maxerrors", "5",
                         "node", "v4.6.0");
    }
    if ((miningcore || proposal) && strcmp(method, "mining.noop") == 0) {
        return json_string("1");
    }
    if (miningcore && strcmp(method, "connection.set_gzip") == 0) {
        return json_false();
    }
    return NULL;
}

/* Returns false when the line breaks the protocol. */
static bool handle_line(struct pool_devnet *devnet, struct peer *peer, const char *line,
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
        on_submit(devnet, peer, id, params);
    } else if (strcmp(method, "mining.authorize") == 0) {
        on_authorize(devnet, peer, id, params);
    } else if (strcmp(method, "mining.subscribe") == 0) {
        send_result(devnet, peer, id, json_string("result"), POOLPORT_ACCEPTED, false);
    } else if ((result = other_request(devnet, method)) != NULL) {
        send_result(devnet, peer, id, result, POOLPORT_ACCEPTED, false);
    }
    json_decref(root);
    return true;
}

void pool_devnet_poolport_input(struct pool_devnet *devnet, struct peer *peer)
{
    size_t at = 0;
    bool good = true;
    while (good && !peer->aborting) {
        const uint8_t *line = peer->in + at;
        const uint8_t *end = memchr(line, '\n', peer->in_size - at);
        if (end == NULL) {
            good = peer->in_size - at <= POOL_DEVNET_LINE_MAX;
            break;
        }
        size_t size = (size_t)(end - line);
        good = size <= POOL_DEVNET_LINE_MAX;
        if (good && size > 0) {
            good = handle_line(devnet, peer, (const char *)line, size);
        }
        at += size + 1;
    }
    pool_devnet_peer_consume(peer, at);
    if (!good) { /* the socket is destroyed (6.1) */
        devnet->stats.malformed++;
        peer->aborting = true;
    }
}

/* ---- connections --------------------------------------------------------------------------- */

void pool_devnet_poolport_open(struct pool_devnet *devnet, struct peer *peer)
{
    const struct pool_devnet_config *config = &devnet->config;
    double difficulty = config->pool_difficulty;
    peer->miner = base_alloc(1, sizeof *peer->miner);
    if (peer->miner == NULL) {
        peer->aborting = true;
        return;
    }
    if (!(difficulty > 0)) {
        difficulty =
            config->start_hashes / 8 / POOL_DEVNET_CHAINS / (double)(1ULL << config->pool_zeros);
    }
    peer->miner->units = poolport_share_units(difficulty);
    peer->miner->wanted_units = peer->miner->units;
    peer->miner->looked_ms = devnet->now_ms;
    if (dialect_of(devnet) != POOL_DEVNET_MININGCORE) {
        send_difficulty(devnet, peer, NULL);
    }
}

void pool_devnet_poolport_close(struct peer *peer)
{
    base_free(peer->miner);
    peer->miner = NULL;
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
