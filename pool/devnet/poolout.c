/* poolout.c: the lines that the pool port sends, in the dialect that was asked for. Facts:
 * docs/devnet.md (from alephium.md 6, the dialects from 6.8). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "devnet/poolport.h"

enum { BIG_SIZE = 20000000, DEEP_SIZE = 200000 }; /* bytes: faults `big`, `deep` */
enum { HEX_HEADER = 2 * POOL_DEVNET_HEADER_SIZE + 1, HEX_TARGET = 65, HEX_EXTRANONCE = 33 };

const struct poolport_dialect *poolport_dialect(const struct pool_devnet *devnet)
{
    static const struct poolport_dialect rows[POOL_DEVNET_DIALECT_COUNT] = {
        [POOL_DEVNET_OLD] = {.old = true, .no_height = true},
        [POOL_DEVNET_MININGCORE] = {.no_height = true,
                                    .jsonrpc = true,
                                    .reasons = true,
                                    .login = true,
                                    .miningcore = true},
        [POOL_DEVNET_WOOLYPOOLY] = {.no_height = true,
                                    .jsonrpc = true,
                                    .reasons = true,
                                    .targets = true},
        [POOL_DEVNET_PROPOSAL] = {.reasons = true,
                                  .login = true,
                                  .targets = true,
                                  .by_place = true},
    };
    return &rows[devnet->config.pool_dialect];
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
    const struct poolport_dialect *dialect = poolport_dialect(devnet);
    json_t *json = dialect->jsonrpc ? json_pack("{s:s, s:s, s:o, s:n}", "jsonrpc", "2.0", "method",
                                                method, "params", params, "id")
                   : dialect->by_place
                       ? json_pack("{s:s, s:o}", "method", method, "params", params)
                       : json_pack("{s:n, s:s, s:o}", "id", "method", method, "params", params);
    send_json(devnet, client, json, false);
}

/* Answer to a request; id may be NULL (the request had none). result is taken over. */
void poolport_send_result(struct pool_devnet *devnet, struct client *client, json_t *id,
                          json_t *result, enum poolport_code code, bool is_share)
{
    const struct poolport_dialect *dialect = poolport_dialect(devnet);
    json_t *json = json_object();
    if (dialect->jsonrpc) {
        (void)json_object_set_new(json, "jsonrpc", json_string("2.0"));
    }
    if (id != NULL) {
        (void)json_object_set(json, "id", id);
    }
    if (dialect->old && is_share) {
        (void)json_object_set_new(json, "method", json_string("mining.submit_result"));
    }
    (void)json_object_set_new(json, "result", result);
    if (dialect->old) {
        (void)json_object_set_new(json, "error",
                                  code != POOLPORT_ACCEPTED
                                      ? json_pack("[i,s]", (int)code, poolport_code_text(code))
                                      : json_null());
    } else if (dialect->reasons && code != POOLPORT_ACCEPTED) {
        (void)json_object_set_new(
            json, "error",
            json_pack("{s:i, s:s}", "code", (int)code, "message", poolport_code_text(code)));
    }
    send_json(devnet, client, json, true);
}

static json_t *difficulty_json(const struct pool_devnet *devnet, uint64_t units)
{
    if (units % POOLPORT_UNITS == 0 && !poolport_dialect(devnet)->miningcore) {
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
    while (!poolport_dialect(devnet)->login && skip < 31 && target[skip] == 0) {
        skip++;
    }
    base_hex_encode(text, target + skip, 32 - skip);
}

void poolport_send_difficulty(struct pool_devnet *devnet, struct client *client,
                              const struct poolport_job *job)
{
    char text[HEX_TARGET];
    if (!poolport_dialect(devnet)->targets) {
        poolport_send_method(devnet, client, "mining.set_difficulty",
                             json_pack("[o]", difficulty_json(devnet, client->miner->units)));
    } else if (poolport_dialect(devnet)->by_place && job != NULL) {
        target_text(text, devnet, client->miner, job);
        poolport_send_method(devnet, client, "mining.set_target", json_string(text));
    }
}

static json_t *job_json(const struct pool_devnet *devnet, const struct poolport_miner *miner,
                        const struct poolport_job *job, enum spoil spoil)
{
    const struct poolport_dialect *dialect = poolport_dialect(devnet);
    char id[16];
    char chain[8];
    char header[HEX_HEADER];
    char target[HEX_TARGET + 2];
    (void)snprintf(id, sizeof id, dialect->miningcore ? "%X" : "%x", job->id);
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
    if (dialect->by_place) {
        return json_pack("[s,s,s]", id, chain, header);
    }
    int from = spoil == SPOIL_bad_group ? 9 : (int)(job->chain / POOL_DEVNET_GROUPS);
    json_t *json =
        json_pack("{s:s, s:i, s:i, s:s, s:s}", "jobId", id, "fromGroup", from, "toGroup",
                  (int)(job->chain % POOL_DEVNET_GROUPS), "headerBlob", header, "txsBlob", "");
    if (!dialect->no_height) {
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
    if (poolport_dialect(devnet)->by_place) { /* one job a line, its target before it */
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
    static const struct {
        uint8_t fill; /* so many bytes of this value go first */
        size_t fill_size;
        const char *text;
    } lines[] = {
        [SPOIL_garbage] = {0, 0, "this is not JSON\n"},
        [SPOIL_huge] = {'a', BIG_SIZE, "\n"},
        [SPOIL_big] = {'a', BIG_SIZE, "\n"},
        [SPOIL_half] = {0, 0, "{\"id\":null,\"method\":\"mining.not"},
        [SPOIL_version_2] = {0, 0, "{\"id\":null,\"method\":\"mining.notify\"}\n"},
        [SPOIL_deep] = {'[', DEEP_SIZE, "\n"},
    };
    if ((size_t)spoil >= BASE_COUNT_OF(lines) || lines[spoil].text == NULL) {
        return false;
    }
    pool_devnet_send_fill(client, lines[spoil].fill, lines[spoil].fill_size);
    pool_devnet_send(client, lines[spoil].text, strlen(lines[spoil].text));
    client->silent = spoil == SPOIL_half;
    return true;
}

void poolport_notify(struct pool_devnet *devnet, struct client *client)
{
    const struct poolport *port = devnet->poolport;
    struct poolport_miner *miner = client->miner;
    bool login = poolport_dialect(devnet)->login;
    enum spoil spoil = pool_devnet_spoil(devnet, client);
    if ((login && !miner->authorized) || port->fresh == 0 || !pool_devnet_pushes(devnet, client)) {
        return;
    }
    if (poolport_share_step(miner) || login) {
        poolport_send_difficulty(devnet, client, fresh_job(port, 0));
    }
    if (!send_spoiled(client, spoil)) {
        send_jobs(devnet, client, spoil);
    }
    client->pushes++;
    devnet->stats.pushes++;
}
