/* poolport.c: the pool port: sessions, jobs, share targets that follow a miner, and what becomes of
 * a share. What a job and a share are is the network's. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "net/frame.h"

static const struct pool_net_dialect *dialect_of(const struct pool_net *net)
{
    return &net->config.row->dialects[net->config.dialect];
}

/* ---- lines -------------------------------------------------------------------------------------
 */

void pool_net_answer(struct pool_net *net, struct pool_net_client *client, const json_t *id,
                     json_t *result, enum pool_net_refusal refusal, bool is_verdict)
{
    const struct pool_net_dialect *dialect = dialect_of(net);
    const struct pool_net_words *words = &dialect->refusals[refusal];
    json_t *error = json_null();
    if (refusal != POOL_NET_GOOD) {
        json_decref(result);
        result = dialect->says_false ? json_false() : json_null();
        error = json_pack("[i,s]", words->code, words->text);
        if (dialect->three) {
            (void)json_array_append_new(error, json_null());
        }
    }
    pool_net_line(net, client,
                  json_pack("{s:O,s:o,s:o}", "id", id != NULL ? id : json_null(), "result", result,
                            "error", error),
                  is_verdict);
}

void pool_net_push(struct pool_net *net, struct pool_net_client *client, const char *method,
                   json_t *params)
{
    json_t *json = json_pack("{s:n,s:s,s:o}", "id", "method", method, "params", params);
    pool_net_line(net, client, json, false);
}

void pool_net_push_job_text(struct pool_net *net, struct pool_net_client *client, const char *text)
{
    const struct pool_net_faults *faults = &net->config.faults;
    bool garbage = client->miner->jobs == faults->garbage;
    bool half = client->miner->jobs == faults->half;
    size_t size = strlen(text);
    pool_serve_send(client->peer, text, garbage || half ? size / 2 : size);
    if (half) {
        pool_serve_close(client->peer);
    } else {
        pool_serve_send(client->peer, "\n", 1);
    }
}

void pool_net_push_job(struct pool_net *net, struct pool_net_client *client, json_t *params)
{
    json_t *json = json_pack("{s:n,s:s,s:o}", "id", "method", "mining.notify", "params", params);
    char *text = json_dumps(json, JSON_COMPACT);
    if (text == NULL) {
        pool_serve_reset(client->peer);
    } else {
        pool_net_push_job_text(net, client, text);
    }
    free(text); /* jansson took it from malloc: free(3) */
    json_decref(json);
}

json_t *pool_net_hex(const uint8_t *bytes, size_t size)
{
    char text[513];
    BASE_ASSERT(size < sizeof text / 2);
    base_hex_encode(text, bytes, size);
    return json_string(text);
}

/* ---- jobs --------------------------------------------------------------------------------------
 */

/* Make the newest job; false: no memory. */
static bool new_job(struct pool_net *net)
{
    size_t slot = (net->last_job + 1) % POOL_NET_JOBS;
    if (!net->config.row->job(net, slot, net->job_targets_be[slot])) {
        return false;
    }
    net->last_job++;
    return true;
}

static bool remembered(const struct pool_net *net, uint64_t job)
{
    return job > 0 && job <= net->last_job && net->last_job - job < POOL_NET_JOBS;
}

/* What a miner would be told with a job that it gets now. */
static struct pool_net_told tell(const struct pool_net *net, const struct pool_net_miner *miner,
                                 uint64_t job)
{
    struct pool_net_told told = {.job = job};
    size_t slot = job % POOL_NET_JOBS;
    const uint8_t *block_be = net->job_targets_be[slot];
    memcpy(told.extranonce, miner->extranonce, sizeof told.extranonce);
    if (net->config.row->target != NULL) {
        net->config.row->target(told.target_be, net, slot, miner->hashes);
        return told;
    }
    base_target_ones(told.target_be, 256);
    base_target_divide(told.target_be, told.target_be, (uint64_t)miner->hashes);
    if (base_target_compare(told.target_be, block_be) < 0) {
        memcpy(told.target_be, block_be, sizeof told.target_be);
    }
    return told;
}

static void send_job(struct pool_net *net, struct pool_net_client *client, bool clean)
{
    struct pool_net_miner *miner = client->miner;
    struct pool_net_told *told = &miner->told[net->last_job % POOL_NET_JOBS];
    bool before_login = net->config.row->jobs_before_login;
    if (miner->authorized || (before_login && miner->subscribed)) {
        miner->jobs++;
        *told = tell(net, miner, net->last_job);
        net->config.row->job_send(net, client, told, clean);
    }
}

void pool_net_notify(struct pool_net *net, bool clean)
{
    struct pool_net_client *client = NULL;
    size_t at = 0;
    net->notified_ms = net->now_ms;
    if (pool_net_client_next(net, POOL_NET_POOL, &at) == NULL || !new_job(net)) {
        return;
    }
    for (at = 0; (client = pool_net_client_next(net, POOL_NET_POOL, &at)) != NULL;) {
        send_job(net, client, clean);
    }
}

/* The first job of a connection. */
static void welcome(struct pool_net *net, struct pool_net_client *client)
{
    bool current = remembered(net, net->last_job) &&
                   net->config.row->job_current(net, net->last_job % POOL_NET_JOBS);
    if (current || new_job(net)) {
        send_job(net, client, true);
    }
}

/* ---- the login ---------------------------------------------------------------------------------
 */

bool pool_net_miner_open(struct pool_net *net, struct pool_net_client *client)
{
    client->miner = base_alloc(1, sizeof *client->miner);
    if (client->miner == NULL) {
        return false;
    }
    pool_serve_vardiff_init(&client->miner->vardiff, net->now_ms);
    client->miner->hashes = net->config.share_hashes;
    return true;
}

/* One that no other connection has, as far as its size allows that: a number in the last bytes,
 * behind bytes that are all different. */
static void give_extranonce(struct pool_net *net, struct pool_net_miner *miner)
{
    uint8_t bytes[POOL_NET_NONCE_MAX];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(0x80 + i);
    }
    base_store_be32(bytes + sizeof bytes - 4, (uint32_t)++net->extranonces);
    memcpy(miner->extranonce, bytes + sizeof bytes - net->config.extranonce_bytes,
           net->config.extranonce_bytes);
}

static void on_subscribe(struct pool_net *net, struct pool_net_client *client, const json_t *id,
                         const json_t *params)
{
    const char *name = dialect_of(net)->subscribe_id;
    json_t *own_id = name != NULL ? json_string(name) : NULL;
    give_extranonce(net, client->miner);
    client->miner->subscribed = true;
    json_t *result = net->config.row->subscribe(net, client, params);
    pool_net_answer(net, client, own_id != NULL ? own_id : id, result, POOL_NET_GOOD, false);
    json_decref(own_id);
    if (net->config.row->jobs_before_login) {
        welcome(net, client);
    }
}

static void on_authorize(struct pool_net *net, struct pool_net_client *client, const json_t *id,
                         const json_t *params)
{
    struct pool_net_miner *miner = client->miner;
    const struct pool_net_row *row = net->config.row;
    const char *worker = json_string_value(json_array_get(params, 0));
    enum pool_net_refusal refusal = POOL_NET_GOOD;
    if (!miner->subscribed) {
        refusal = POOL_NET_NOT_SUBSCRIBED;
    } else if (worker == NULL || worker[0] == '\0' || strlen(worker) >= sizeof miner->worker ||
               (row->user != NULL && !row->user(net, worker))) {
        refusal = POOL_NET_BAD_USER;
    }
    pool_net_answer(net, client, id, json_true(), refusal, false);
    if (refusal == POOL_NET_GOOD) {
        (void)snprintf(miner->worker, sizeof miner->worker, "%s", worker);
        miner->authorized = true;
        if (!row->jobs_before_login) {
            welcome(net, client);
        }
    }
}

/* ---- shares ------------------------------------------------------------------------------------
 */

bool pool_net_share_new(struct pool_net *net, const uint8_t key[32])
{
    size_t kept = net->share_count < POOL_NET_SHARES ? net->share_count : POOL_NET_SHARES;
    for (size_t i = 0; i < kept; i++) {
        if (memcmp(net->shares[i], key, 32) == 0) {
            return false;
        }
    }
    memcpy(net->shares[net->share_count++ % POOL_NET_SHARES], key, 32);
    return true;
}

/* [worker, job, ...] */
static enum pool_net_refusal judge(struct pool_net *net, struct pool_net_client *client,
                                   const json_t *params)
{
    const struct pool_net_miner *miner = client->miner;
    const char *worker = json_string_value(json_array_get(params, 0));
    const char *text = json_string_value(json_array_get(params, 1));
    char *end = NULL;
    if (!miner->subscribed) {
        return POOL_NET_NOT_SUBSCRIBED;
    }
    if (!miner->authorized || worker == NULL || strcmp(worker, miner->worker) != 0) {
        return POOL_NET_UNAUTHORIZED;
    }
    uint64_t job = text != NULL ? strtoull(text, &end, 16) : 0;
    if (text == NULL || *end != '\0' || !remembered(net, job)) {
        return POOL_NET_STALE;
    }
    const struct pool_net_told *told = &miner->told[job % POOL_NET_JOBS];
    const struct pool_net_told now = tell(net, miner, job);
    if (told->job != job && !miner->resumed) {
        return POOL_NET_STALE;
    }
    return net->config.row->share(net, client, told->job == job ? told : &now, params);
}

static void count_share(struct pool_net *net, enum pool_net_refusal refusal)
{
    struct pool_net_stats *stats = &net->stats;
    stats->shares_accepted += refusal == POOL_NET_GOOD;
    stats->shares_stale += refusal == POOL_NET_STALE;
    stats->shares_refused += refusal != POOL_NET_GOOD && refusal != POOL_NET_STALE;
    stats->duplicates += refusal == POOL_NET_DUPLICATE;
    stats->above_target += refusal == POOL_NET_LOW;
    stats->bad_solution += refusal == POOL_NET_BAD_SOLUTION;
    stats->malformed += refusal == POOL_NET_BAD_SHARE || refusal == POOL_NET_BAD_NONCE;
    if (refusal != POOL_NET_GOOD) {
        pool_net_why(net, dialect_of(net)->refusals[refusal].text);
    }
}

/* After a good share: another share target, another extranonce. Both hold for the jobs to come, and
 * the next one comes at once. */
static void follow_miner(struct pool_net *net, struct pool_net_client *client)
{
    struct pool_net_miner *miner = client->miner;
    size_t size = net->config.extranonce_bytes;
    const struct pool_serve_vardiff_config vardiff = {.share_ms = net->config.vardiff_share_ms,
                                                      .look_ms = net->config.vardiff_look_ms,
                                                      .tolerance_percent = 30};
    double factor = pool_serve_vardiff_share(&miner->vardiff, &vardiff, net->now_ms);
    double hashes = miner->hashes * factor;
    bool moved = pool_net_every(miner->good, net->config.faults.new_extranonce);
    hashes = hashes < 2 ? 2 : hashes > 0x1p60 ? 0x1p60 : hashes;
    bool changed = hashes < miner->hashes || hashes > miner->hashes;
    miner->hashes = hashes;
    if (moved) {
        give_extranonce(net, miner);
        json_t *params = json_pack("[o]", pool_net_hex(miner->extranonce, size));
        if (net->config.row->extranonce_size) {
            json_t *rest = json_integer((json_int_t)(net->config.row->nonce_size - size));
            (void)json_array_append_new(params, rest);
        }
        pool_net_push(net, client, "mining.set_extranonce", params);
    }
    if ((moved || changed) && new_job(net)) {
        send_job(net, client, moved);
    }
}

static void on_submit(struct pool_net *net, struct pool_net_client *client, const json_t *id,
                      const json_t *params)
{
    enum pool_net_refusal refusal = judge(net, client, params);
    if (refusal == POOL_NET_GOOD &&
        pool_net_every(++client->miner->good, net->config.faults.skim)) {
        refusal = POOL_NET_STALE;
    }
    count_share(net, refusal);
    pool_net_answer(net, client, id, json_true(), refusal, true);
    if (refusal == POOL_NET_GOOD) {
        follow_miner(net, client);
    }
}

/* ---- requests ----------------------------------------------------------------------------------
 */

void pool_net_miner_line(struct pool_net *net, struct pool_net_client *client, const char *line,
                         size_t size)
{
    json_t *root = json_loadb(line, size, 0, NULL);
    const char *method = json_string_value(json_object_get(root, "method"));
    const json_t *id = json_object_get(root, "id");
    const json_t *params = json_object_get(root, "params");
    if (method == NULL) {
        net->stats.malformed++;
        if (!json_is_object(root) && net->config.row->resets_nonsense) {
            pool_serve_reset(client->peer);
        }
    } else if (strcmp(method, "mining.subscribe") == 0) {
        on_subscribe(net, client, id, params);
    } else if (strcmp(method, "mining.authorize") == 0) {
        on_authorize(net, client, id, params);
    } else if (strcmp(method, "mining.submit") == 0) {
        on_submit(net, client, id, params);
    } else if (net->config.row->other != NULL) {
        net->config.row->other(net, client, root, method);
    }
    json_decref(root);
}
