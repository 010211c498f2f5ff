/* poolport.c: the pool port: jobs of the current template, shares judged with the coin's hash, and
 * blocks among them handed to the chain. Dialects of ckb.md 6.1 and 6.2. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "ckbnet/net.h"

/* Refusals: code and text of each dialect. */
enum refusal { GOOD, STALE, DUPLICATE, LOW, UNAUTHORIZED, NOT_SUBSCRIBED, BAD_PARAMS, BAD_USER };

static const struct {
    int code;       /* BTC.com's */
    int other_code; /* uupool and what follows it */
    const char *text;
} refusals[] = {
    [STALE] = {21, 20, "job not found"},
    [DUPLICATE] = {22, 22, "duplicate share"},
    [LOW] = {23, 21, "low difficulty"},
    [UNAUTHORIZED] = {24, 24, "unauthorized worker"},
    [NOT_SUBSCRIBED] = {25, 25, "not subscribed"},
    [BAD_PARAMS] = {27, 27, "illegal parameters"},
    [BAD_USER] = {29, 29, "wrong address"},
};

/* ---- lines -------------------------------------------------------------------------------------
 */

/* json is taken. */
static void say(struct pool_ckbnet *net, struct ckbnet_client *client, json_t *json, bool is_share)
{
    char *text = json_dumps(json, JSON_COMPACT);
    if (text == NULL) {
        pool_serve_reset(client->peer);
    } else {
        size_t size = strlen(text);
        text[size] = '\n'; /* in place of the NUL: size + 1 bytes are sent, none is read as text */
        if (is_share) {
            ckbnet_answer(net, client, text, size + 1);
        } else {
            ckbnet_send(client, text, size + 1);
        }
    }
    free(text); /* jansson took it from malloc: free(3) */
    json_decref(json);
}

static void say_method(struct pool_ckbnet *net, struct ckbnet_client *client, const char *method,
                       json_t *params)
{
    say(net, client, json_pack("{s:n,s:s,s:o}", "id", "method", method, "params", params), false);
}

static void say_result(struct pool_ckbnet *net, struct ckbnet_client *client, json_t *id,
                       json_t *result, enum refusal refusal, bool is_share)
{
    bool btccom = net->config.pool_dialect == POOL_CKBNET_BTCCOM;
    json_t *error =
        refusal == GOOD
            ? json_null()
            : json_pack("[i,s,n]", btccom ? refusals[refusal].code : refusals[refusal].other_code,
                        refusals[refusal].text);
    say(net, client,
        json_pack("{s:O,s:o,s:o}", "id", id != NULL ? id : json_null(), "result", result, "error",
                  error),
        is_share);
}

/* ---- jobs --------------------------------------------------------------------------------------
 */

static void drop_job(struct ckbnet_job *job)
{
    json_decref(job->block);
    base_free(job->nonces);
    memset(job, 0, sizeof *job);
}

/* Target of a share of so many expected hashes; never harder than the block's. */
static void share_target(uint8_t target_be[32], double hashes, const uint8_t block_target_be[32])
{
    base_target_ones(target_be, 256);
    base_target_divide(target_be, target_be,
                       hashes < 1        ? 1
                       : hashes < 0x1p62 ? (uint64_t)hashes
                                         : UINT64_C(1) << 62);
    if (base_target_compare(target_be, block_target_be) < 0) {
        memcpy(target_be, block_target_be, 32);
    }
}

static void tell_target(struct pool_ckbnet *net, struct ckbnet_client *client)
{
    uint8_t target_be[32];
    char hex[65];
    const struct ckbnet_job *job = &net->jobs[net->last_job % CKBNET_JOBS];
    if (net->config.pool_dialect == POOL_CKBNET_K7) {
        return;
    }
    share_target(target_be, client->miner.hashes, job->target_be);
    if (memcmp(target_be, client->miner.target_be, 32) != 0) {
        memcpy(client->miner.target_be, target_be, 32);
        base_hex_encode(hex, target_be, 32);
        say_method(net, client, "mining.set_target", json_pack("[s]", hex));
    }
}

static void tell_job(struct pool_ckbnet *net, struct ckbnet_client *client, bool clean)
{
    const struct ckbnet_job *job = &net->jobs[net->last_job % CKBNET_JOBS];
    struct ckbnet_miner *miner = &client->miner;
    char id[24];
    char pow_hash[65];
    char third[65];
    uint8_t target_be[32];
    if (!miner->authorized || job->id == 0) {
        return;
    }
    if (miner->hashes_wanted != miner->hashes || miner->jobs == 0) {
        miner->hashes_before = miner->jobs == 0 ? 0 : miner->hashes;
        miner->hashes = miner->hashes_wanted;
    }
    tell_target(net, client); /* it is bound by the block's, which changes, too */
    miner->jobs++;
    memcpy(miner->job_extranonces[job->id % CKBNET_JOBS], miner->extranonce, 16);
    (void)snprintf(id, sizeof id, "%" PRIx64, job->id);
    base_hex_encode(pow_hash, job->pow_hash, 32);
    share_target(target_be, miner->hashes, job->target_be);
    base_hex_encode(third, net->config.pool_dialect == POOL_CKBNET_K7 ? target_be : job->parent,
                    32);
    if (miner->jobs == net->config.faults.garbage) {
        ckbnet_send(client, "this is not JSON\n", 17);
    }
    if (miner->jobs == net->config.faults.bad_hash) {
        pow_hash[7] = 'x';
    }
    if (miner->jobs == net->config.faults.half) {
        ckbnet_send(client, "{\"id\":null,\"method\":\"mining.not", 31);
        pool_serve_close(client->peer);
        return;
    }
    say_method(net, client, "mining.notify",
               json_pack("[s,s,I,s,b]", id, pow_hash, (json_int_t)job->height, third, (int)clean));
}

void ckbnet_pool_notify(struct pool_ckbnet *net, bool clean)
{
    struct ckbnet_client *client = NULL;
    struct ckbnet_job *job = &net->jobs[(net->last_job + 1) % CKBNET_JOBS];
    net->notified_ms = net->now_ms;
    drop_job(job);
    job->block = ckbnet_template_block(job->pow_hash, job->target_be, net->current);
    if (job->block == NULL) {
        return;
    }
    job->id = ++net->last_job;
    job->tip = net->chain->tip->serial;
    job->height = net->chain->tip->number + 1;
    memcpy(job->parent, net->chain->tip->hash, 32);
    for (size_t at = 0; (client = ckbnet_client_next(net, CKBNET_POOL, &at)) != NULL;) {
        tell_job(net, client, clean);
    }
}

void ckbnet_pool_free(struct pool_ckbnet *net)
{
    for (size_t i = 0; i < CKBNET_JOBS; i++) {
        drop_job(&net->jobs[i]);
    }
}

/* ---- the login ---------------------------------------------------------------------------------
 */

/* Another one for each connection: random bytes, the last of them counted. */
static void give_extranonce(struct pool_ckbnet *net, struct ckbnet_miner *miner)
{
    uint8_t bytes[24];
    base_random_bytes(&net->random, bytes, 16);
    base_store_be32(bytes + 20, (uint32_t)++net->extranonces);
    base_random_bytes(&net->random, bytes + 16, 4);
    memcpy(miner->extranonce, bytes + 24 - net->config.extranonce_bytes,
           net->config.extranonce_bytes);
}

static json_t *extranonce_json(const struct pool_ckbnet *net, const struct ckbnet_miner *miner)
{
    char hex[33];
    base_hex_encode(hex, miner->extranonce, net->config.extranonce_bytes);
    return json_string(hex);
}

void ckbnet_pool_open(struct pool_ckbnet *net, struct ckbnet_client *client)
{
    struct ckbnet_miner *miner = &client->miner;
    miner->hashes = net->config.share_hashes;
    miner->hashes_wanted = miner->hashes;
    pool_serve_vardiff_init(&miner->vardiff, net->now_ms);
    give_extranonce(net, miner);
    if (net->last_job == 0) {
        ckbnet_pool_notify(net, true);
    }
}

static void on_subscribe(struct pool_ckbnet *net, struct ckbnet_client *client, json_t *id)
{
    bool btccom = net->config.pool_dialect == POOL_CKBNET_BTCCOM;
    client->miner.subscribed = true;
    say_result(net, client, id,
               json_pack("[o,o,i]", btccom ? json_string("null") : json_null(),
                         extranonce_json(net, &client->miner),
                         (int)(16 - net->config.extranonce_bytes)),
               GOOD, false);
}

static void on_authorize(struct pool_ckbnet *net, struct ckbnet_client *client, json_t *id,
                         const json_t *params)
{
    struct ckbnet_miner *miner = &client->miner;
    const char *worker = json_string_value(json_array_get(params, 0));
    bool address =
        worker != NULL && (strncmp(worker, "ckb1", 4) == 0 || strncmp(worker, "ckt1", 4) == 0);
    if (!miner->subscribed) {
        say_result(net, client, id, json_false(), NOT_SUBSCRIBED, false);
        return;
    }
    if (worker == NULL || worker[0] == '\0' || strlen(worker) >= sizeof miner->worker ||
        (address && strcspn(worker, ".") < 46) || net->config.faults.wrong_user != 0) {
        say_result(net, client, id, json_false(), BAD_USER, false);
        return;
    }
    miner->authorized = true;
    (void)snprintf(miner->worker, sizeof miner->worker, "%s", worker);
    say_result(net, client, id, json_true(), GOOD, false);
    tell_job(net, client, true);
}

/* ---- shares ------------------------------------------------------------------------------------
 */

static struct ckbnet_job *find_job(struct pool_ckbnet *net, const char *text)
{
    char *end = NULL;
    uint64_t id = text != NULL ? strtoull(text, &end, 16) : 0;
    struct ckbnet_job *job = &net->jobs[id % CKBNET_JOBS];
    bool known = text != NULL && *end == '\0' && id != 0 && job->id == id &&
                 job->tip == net->chain->tip->serial;
    return known ? job : NULL;
}

/* Remember a nonce of a job; false when it was there. */
static bool new_nonce(struct ckbnet_job *job, const uint8_t nonce[16])
{
    size_t kept = job->nonce_count < CKBNET_NONCES ? job->nonce_count : CKBNET_NONCES;
    if (job->nonces == NULL) {
        job->nonces = base_alloc(CKBNET_NONCES, sizeof *job->nonces);
    }
    for (size_t i = 0; job->nonces != NULL && i < kept; i++) {
        if (memcmp(job->nonces[i], nonce, 16) == 0) {
            return false;
        }
    }
    if (job->nonces != NULL) {
        memcpy(job->nonces[job->nonce_count++ % CKBNET_NONCES], nonce, 16);
    }
    return true;
}

/* A share that is a block: the job's block with this nonce. */
static void hand_in(struct pool_ckbnet *net, const struct ckbnet_job *job, const uint8_t nonce[16])
{
    uint8_t header[CKBNET_HEADER] = {0};
    struct ckbnet_outcome outcome;
    json_t *block = json_deep_copy(job->block);
    memcpy(header + CKBNET_RAW_HEADER, nonce, 16);
    json_t *text = ckbnet_header_json(header, NULL);
    (void)json_object_set(json_object_get(block, "header"), "nonce",
                          json_object_get(text, "nonce"));
    ckbnet_submit(&outcome, net, block);
    json_decref(text);
    json_decref(block);
}

static enum refusal judge(struct pool_ckbnet *net, struct ckbnet_client *client,
                          const json_t *params)
{
    struct ckbnet_miner *miner = &client->miner;
    const char *worker = json_string_value(json_array_get(params, 0));
    const char *nonce2 = json_string_value(json_array_get(params, 2));
    size_t fixed = net->config.extranonce_bytes;
    uint8_t message[48];
    uint8_t hash_be[32];
    uint8_t target_be[32];
    if (!miner->authorized || worker == NULL || strcmp(worker, miner->worker) != 0) {
        return UNAUTHORIZED;
    }
    struct ckbnet_job *job = find_job(net, json_string_value(json_array_get(params, 1)));
    if (json_array_size(params) != 3 || nonce2 == NULL) {
        return BAD_PARAMS;
    }
    if (job == NULL) {
        return STALE;
    }
    memcpy(message, job->pow_hash, 32);
    memcpy(message + 32, miner->job_extranonces[job->id % CKBNET_JOBS], fixed);
    if (base_hex_decode_exact(message + 32 + fixed, 16 - fixed, nonce2) != BASE_OK) {
        return BAD_PARAMS;
    }
    if (!new_nonce(job, message + 32)) {
        return DUPLICATE;
    }
    net->chain->hash(hash_be, message);
    bool block = base_target_meets(hash_be, job->target_be);
    share_target(target_be, miner->hashes, job->target_be);
    bool good = block || base_target_meets(hash_be, target_be);
    if (!good && miner->hashes_before > 0) {
        share_target(target_be, miner->hashes_before, job->target_be);
        good = base_target_meets(hash_be, target_be);
    }
    if (good && block) {
        hand_in(net, job, message + 32);
    }
    return good ? GOOD : LOW;
}

static void steer(struct pool_ckbnet *net, struct ckbnet_miner *miner)
{
    const struct pool_serve_vardiff_config config = {.share_ms = net->config.vardiff_share_ms,
                                                     .look_ms = net->config.vardiff_look_ms,
                                                     .tolerance_percent = 30};
    double wanted = miner->hashes * pool_serve_vardiff_share(&miner->vardiff, &config, net->now_ms);
    if (wanted != miner->hashes) {
        miner->hashes_wanted = wanted < 1 ? 1 : wanted;
    }
}

static void on_submit(struct pool_ckbnet *net, struct ckbnet_client *client, json_t *id,
                      const json_t *params)
{
    const struct pool_ckbnet_faults *faults = &net->config.faults;
    struct ckbnet_miner *miner = &client->miner;
    enum refusal refusal = judge(net, client, params);
    if (refusal == GOOD) {
        miner->good++;
        if (faults->skim > 0 && miner->good % faults->skim == 0) {
            refusal = STALE;
        }
    }
    if (refusal == GOOD) {
        net->stats.shares_accepted++;
        steer(net, miner);
    } else if (refusal == STALE) {
        net->stats.shares_stale++;
    } else {
        net->stats.shares_refused++;
        (void)snprintf(net->stats.why, sizeof net->stats.why, "share: %s", refusals[refusal].text);
    }
    say_result(net, client, id, refusal == GOOD ? json_true() : json_false(), refusal, true);
    if (refusal == GOOD && faults->new_extranonce > 0 &&
        miner->good % faults->new_extranonce == 0) {
        give_extranonce(net, miner);
        say_method(net, client, "mining.set_extranonce",
                   json_pack("[o,i]", extranonce_json(net, miner),
                             (int)(16 - net->config.extranonce_bytes)));
        ckbnet_pool_notify(net, true);
    }
}

/* Returns false when the line breaks the protocol. A method that is not known is not answered, as
 * at BTC.com's pool. */
static bool on_line(struct pool_ckbnet *net, struct ckbnet_client *client, const char *line,
                    size_t size)
{
    json_t *root = json_loadb(line, size, 0, NULL);
    const char *method = json_string_value(json_object_get(root, "method"));
    json_t *id = json_object_get(root, "id");
    const json_t *params = json_object_get(root, "params");
    bool good = json_is_object(root);
    if (method != NULL && strcmp(method, "mining.subscribe") == 0) {
        on_subscribe(net, client, id);
    } else if (method != NULL && strcmp(method, "mining.authorize") == 0) {
        on_authorize(net, client, id, params);
    } else if (method != NULL && strcmp(method, "mining.submit") == 0) {
        on_submit(net, client, id, params);
    }
    json_decref(root);
    return good;
}

void ckbnet_pool_input(struct pool_ckbnet *net, struct ckbnet_client *client)
{
    enum base_status status = BASE_OK;
    bool good = true;
    while (good && status == BASE_OK && !pool_serve_ends(client->peer)) {
        const char *line = NULL;
        size_t size = 0;
        status = pool_serve_line(client->peer, &line, &size, CKBNET_LINE_MAX);
        good = status != BASE_E_LIMIT;
        if (status == BASE_OK && size > 0) {
            good = on_line(net, client, line, size);
        }
    }
    if (!good) {
        net->stats.malformed++;
        pool_serve_reset(client->peer);
    }
}
