/* poolout.c: the lines that the pool port sends, in the dialect that was asked for. Facts:
 * docs/devnet.md (from alephium.md 6, the dialects from 6.8). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "devnet/poolport.h"

enum { BIG_SIZE = 20000000, DEEP_SIZE = 200000 }; /* bytes: faults `big`, `deep` */
enum { HEX_HEADER = 2 * POOL_DEVNET_HEADER_SIZE + 1, HEX_TARGET = 65, HEX_EXTRANONCE = 33 };

enum pool_devnet_dialect poolport_dialect(const struct pool_devnet *devnet)
{
    return devnet->config.pool_dialect;
}

/* One object as one line; json is taken over. */
static void send_json(struct pool_devnet *devnet, struct client *client, json_t *json,
                      bool is_answer)
{
    char *text = json_dumps(json, JSON_COMPACT);
    if (text == NULL) {
        pool_serve_reset(client->peer);
    } else {
        size_t size = strlen(text);
        text[size] = '\n'; /* in place of the NUL: size + 1 bytes are sent, none is read as text */
        if (is_answer) {
            pool_devnet_answer(devnet, client, text, size + 1);
        } else {
            pool_devnet_send(client, text, size + 1);
        }
    }
    free(text); /* jansson took it from malloc: free(3) */
    json_decref(json);
}

/* params is taken over. Key order as in captures of each server. */
void poolport_send_method(struct pool_devnet *devnet, struct client *client, const char *method,
                          json_t *params)
{
    json_t *json = json_object();
    switch (poolport_dialect(devnet)) {
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
    send_json(devnet, client, json, false);
}

/* Answer to a request; id may be NULL (the request had none). result is taken over. */
void poolport_send_result(struct pool_devnet *devnet, struct client *client, json_t *id,
                          json_t *result, enum poolport_code code, bool is_share)
{
    enum pool_devnet_dialect dialect = poolport_dialect(devnet);
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
    send_json(devnet, client, json, true);
}

static json_t *difficulty_json(const struct pool_devnet *devnet, uint64_t units)
{
    if (units % POOLPORT_UNITS == 0 && poolport_dialect(devnet) != POOL_DEVNET_MININGCORE) {
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
    bool padded = poolport_dialect(devnet) == POOL_DEVNET_MININGCORE ||
                  poolport_dialect(devnet) == POOL_DEVNET_PROPOSAL;
    while (!padded && skip < 31 && target[skip] == 0) {
        skip++;
    }
    base_hex_encode(text, target + skip, 32 - skip);
}

void poolport_send_difficulty(struct pool_devnet *devnet, struct client *client,
                              const struct poolport_job *job)
{
    if (poolport_dialect(devnet) == POOL_DEVNET_WOOLYPOOLY) {
        return;
    }
    if (poolport_dialect(devnet) == POOL_DEVNET_PROPOSAL) {
        char text[HEX_TARGET];
        if (job != NULL) {
            target_text(text, devnet, client->miner, job);
            poolport_send_method(devnet, client, "mining.set_target", json_string(text));
        }
        return;
    }
    poolport_send_method(devnet, client, "mining.set_difficulty",
                         json_pack("[o]", difficulty_json(devnet, client->miner->units)));
}

static json_t *job_json(const struct pool_devnet *devnet, const struct poolport_miner *miner,
                        const struct poolport_job *job, enum spoil spoil)
{
    enum pool_devnet_dialect dialect = poolport_dialect(devnet);
    char id[16];
    char chain[8];
    char header[HEX_HEADER];
    char target[HEX_TARGET + 2];
    (void)snprintf(id, sizeof id, dialect == POOL_DEVNET_MININGCORE ? "%X" : "%x", job->id);
    (void)snprintf(chain, sizeof chain, "%02x", job->chain);
    base_hex_encode(header, job->header, sizeof job->header);
    target_text(target, devnet, miner, job);
    if (spoil == SPOIL_short_header) {
        header[34] = '\0';
    } else if (spoil == SPOIL_bad_hex) {
        header[33] = 'x';
    } else if (spoil == SPOIL_wide_target) {
        memset(target, '1', sizeof target - 1);
        target[sizeof target - 1] = '\0';
    } else if (spoil == SPOIL_bad_group) {
        (void)snprintf(chain, sizeof chain, "99");
    }
    if (dialect == POOL_DEVNET_PROPOSAL) {
        return json_pack("[s,s,s]", id, chain, header);
    }
    int from = spoil == SPOIL_bad_group ? 9 : (int)(job->chain / POOL_DEVNET_GROUPS);
    json_t *json =
        json_pack("{s:s, s:i, s:i, s:s, s:s}", "jobId", id, "fromGroup", from, "toGroup",
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

static void send_jobs(struct pool_devnet *devnet, struct client *client, enum spoil spoil)
{
    const struct poolport *port = devnet->poolport;
    const char *method = spoil == SPOIL_unknown_type ? "mining.unknown" : "mining.notify";
    if (poolport_dialect(devnet) ==
        POOL_DEVNET_PROPOSAL) { /* one job a line, its target before it */
        for (size_t i = 0; i < port->fresh; i++) {
            if (i > 0) {
                poolport_send_difficulty(devnet, client, fresh_job(port, i));
            }
            poolport_send_method(devnet, client, method,
                                 job_json(devnet, client->miner, fresh_job(port, i), spoil));
        }
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < port->fresh; i++) {
        (void)json_array_append_new(list,
                                    job_json(devnet, client->miner, fresh_job(port, i), spoil));
    }
    poolport_send_method(devnet, client, method, list);
}

/* Lines that are wrong as a whole. Returns false when the jobs are to be sent. */
static bool send_spoiled(struct client *client, enum spoil spoil)
{
    static const char garbage[] = "this is not JSON\n";
    static const char half[] = "{\"id\":null,\"method\":\"mining.not";
    static const char bare[] = "{\"id\":null,\"method\":\"mining.notify\"}\n";
    switch (spoil) {
    case SPOIL_garbage:
        pool_devnet_send(client, garbage, sizeof garbage - 1);
        return true;
    case SPOIL_huge:
    case SPOIL_big:
        pool_devnet_send_fill(client, 'a', BIG_SIZE);
        pool_devnet_send(client, "\n", 1);
        return true;
    case SPOIL_half:
        pool_devnet_send(client, half, sizeof half - 1);
        client->silent = true;
        return true;
    case SPOIL_version_2:
        pool_devnet_send(client, bare, sizeof bare - 1);
        return true;
    case SPOIL_deep:
        pool_devnet_send_fill(client, '[', DEEP_SIZE);
        pool_devnet_send(client, "\n", 1);
        return true;
    default:
        return false;
    }
}

void poolport_notify(struct pool_devnet *devnet, struct client *client)
{
    const struct poolport *port = devnet->poolport;
    struct poolport_miner *miner = client->miner;
    enum pool_devnet_dialect dialect = poolport_dialect(devnet);
    enum spoil spoil = pool_devnet_spoil(devnet, client);
    bool after_authorize = dialect == POOL_DEVNET_MININGCORE || dialect == POOL_DEVNET_PROPOSAL;
    if ((after_authorize && !miner->authorized) || port->fresh == 0 ||
        !pool_devnet_pushes(devnet, client)) {
        return;
    }
    if (poolport_share_step(miner) || dialect == POOL_DEVNET_MININGCORE ||
        dialect == POOL_DEVNET_PROPOSAL) {
        poolport_send_difficulty(devnet, client, fresh_job(port, 0));
    }
    if (!send_spoiled(client, spoil)) {
        send_jobs(devnet, client, spoil);
    }
    client->pushes++;
    devnet->stats.pushes++;
}
