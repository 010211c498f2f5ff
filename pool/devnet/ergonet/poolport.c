/* poolport.c: the pool port: sessions, jobs of the candidate in hand, shares judged with the hash,
 * and blocks among them handed to the chain. Source: ergo.md 7. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "ergonet/net.h"

enum refusal {
    GOOD,
    STALE,
    DUPLICATE,
    LOW,
    UNAUTHORIZED,
    NOT_SUBSCRIBED,
    BAD_EXTRANONCE,
    BAD_NONCE
};

static const struct {
    int code;
    const char *text;
} refusals[] = {
    [STALE] = {21, "job not found"},
    [DUPLICATE] = {22, "duplicate share"},
    [LOW] = {23, "Low Difficulty share"},
    [UNAUTHORIZED] = {24, "unauthorized worker"},
    [NOT_SUBSCRIBED] = {25, "not subscribed"},
    [BAD_EXTRANONCE] = {20, "incorrect size of extra nonce2"},
    [BAD_NONCE] = {20, "incorrect size of nonce"},
};

/* ---- lines ------------------------------------------------------------------------------------
 */

/* Send json as a line; taken. held: an answer that faults may keep back. */
static void send_line(struct pool_ergonet *net, struct ergonet_client *client, json_t *json,
                      bool held)
{
    char *text = json_dumps(json, JSON_COMPACT);
    if (text != NULL) {
        size_t size = strlen(text);
        text[size] = '\n'; /* in place of the NUL: size + 1 bytes are sent, none is read as text */
        if (held) {
            ergonet_answer(net, client, text, size + 1, 0);
        } else {
            pool_serve_send(client->peer, text, size + 1);
        }
    }
    free(text); /* jansson took it from malloc: free(3) */
    json_decref(json);
}

/* id is borrowed, result is taken. */
static void answer(struct pool_ergonet *net, struct ergonet_client *client, const json_t *id,
                   json_t *result, enum refusal refusal, bool held)
{
    json_t *error = refusal == GOOD
                        ? json_null()
                        : json_pack("[i,s]", refusals[refusal].code, refusals[refusal].text);
    send_line(net, client,
              json_pack("{s:O,s:o,s:o}", "id", id != NULL ? id : json_null(), "result", result,
                        "error", error),
              held);
}

static void push(struct pool_ergonet *net, struct ergonet_client *client, const char *method,
                 json_t *params)
{
    send_line(net, client, json_pack("{s:n,s:s,s:o}", "id", "method", method, "params", params),
              false);
}

static json_t *hex_json(const uint8_t *bytes, size_t size)
{
    char text[65];
    base_hex_encode(text, bytes, size);
    return json_string(text);
}

/* ---- jobs -------------------------------------------------------------------------------------
 */

static struct ergonet_job *find_job(struct pool_ergonet *net, uint64_t id)
{
    struct ergonet_job *job = &net->jobs[id % ERGONET_JOBS];
    return id != 0 && job->id == id ? job : NULL;
}

/* The newest job, made anew. NULL: no memory. */
static struct ergonet_job *new_job(struct pool_ergonet *net)
{
    struct ergonet_job *job = &net->jobs[(net->last_job + 1) % ERGONET_JOBS];
    if (job->nonces == NULL) {
        job->nonces = base_alloc(ERGONET_SHARES, sizeof job->nonces[0]);
        if (job->nonces == NULL) {
            return NULL;
        }
    }
    job->id = ++net->last_job;
    job->nonce_count = 0;
    job->candidate = *ergonet_chain_candidate(net->chain, net->time_ms);
    return job;
}

/* How many times as easy as a block a share is: at least once. */
static uint64_t share_factor(const struct ergonet_miner *miner, const struct ergonet_job *job)
{
    double factor = (double)job->candidate.difficulty / miner->hashes;
    return factor < 1 ? 1 : (uint64_t)factor;
}

static void send_bare(struct pool_ergonet *net, struct ergonet_client *client,
                      const struct ergonet_job *job, const uint8_t b_be[32])
{
    char text[512];
    char msg[65];
    char b[ERGONET_DECIMAL];
    (void)net;
    base_hex_encode(msg, job->candidate.msg, 32);
    int size = snprintf(text, sizeof text,
                        "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"%016" PRIx64
                        "\",%" PRIu32 ",\"%s\",\"\",\"\",2,%s,\"\",true]}\n",
                        job->id, job->candidate.height, msg, ergonet_decimal(b, b_be));
    pool_serve_send(client->peer, text, (size_t)size);
}

static void send_nine(struct pool_ergonet *net, struct ergonet_client *client,
                      const struct ergonet_job *job, const uint8_t b_be[32])
{
    char id[24];
    char b[ERGONET_DECIMAL];
    (void)snprintf(id, sizeof id, "%" PRIx64, job->id);
    push(net, client, "mining.notify",
         json_pack("[s,I,o,s,s,s,s,s,b]", id, (json_int_t)job->candidate.height,
                   hex_json(job->candidate.msg, 32), "", "", "00000002", ergonet_decimal(b, b_be),
                   "", 1));
}

static void send_four(struct pool_ergonet *net, struct ergonet_client *client,
                      const struct ergonet_job *job, const uint8_t b_be[32])
{
    char id[24];
    (void)snprintf(id, sizeof id, "%" PRIx64, job->id);
    push(net, client, "mining.set_target", json_pack("[o]", hex_json(b_be, 32)));
    push(net, client, "mining.notify",
         json_pack("[s,o,I,b]", id, hex_json(job->candidate.msg, 32),
                   (json_int_t)job->candidate.height, 1));
}

/* A job with its share target, by each pool's rule. */
static void send_job(struct pool_ergonet *net, struct ergonet_client *client,
                     const struct ergonet_job *job)
{
    struct ergonet_miner *miner = &client->miner;
    struct ergonet_told *told = &miner->told[job->id % ERGONET_JOBS];
    enum pool_ergonet_dialect dialect = net->config.pool_dialect;
    uint64_t factor = share_factor(miner, job);
    told->job = job->id;
    memcpy(told->extranonce, miner->extranonce, sizeof told->extranonce);
    base_target_multiply(told->b_be, job->candidate.b_be, factor);
    if (++miner->jobs == net->config.faults.garbage) {
        pool_serve_send(client->peer, "{\"id\":null,\"method\":\n", 21);
        return;
    }
    if (dialect == POOL_ERGONET_BARE) {
        send_bare(net, client, job, told->b_be);
    } else if (dialect == POOL_ERGONET_UUPOOL) {
        send_four(net, client, job, told->b_be);
    } else {
        bool share = dialect == POOL_ERGONET_SHARE;
        push(net, client, "mining.set_difficulty",
             json_pack("[I]", (json_int_t)(share ? 1 : factor)));
        send_nine(net, client, job,
                  dialect == POOL_ERGONET_FACTOR ? job->candidate.b_be : told->b_be);
    }
}

void ergonet_pool_notify(struct pool_ergonet *net)
{
    struct ergonet_client *client = NULL;
    size_t at = 0;
    net->notified_ms = net->now_ms;
    if (ergonet_client_next(net, ERGONET_POOL, &at) == NULL) {
        return;
    }
    const struct ergonet_job *job = new_job(net);
    for (at = 0; job != NULL && (client = ergonet_client_next(net, ERGONET_POOL, &at)) != NULL;) {
        if (client->miner.subscribed) {
            send_job(net, client, job);
        }
    }
}

/* ---- the login --------------------------------------------------------------------------------
 */

/* An extranonce that no other connection has, as far as its size allows that. */
static void give_extranonce(struct pool_ergonet *net, struct ergonet_miner *miner)
{
    uint8_t number[8];
    size_t size = net->config.extranonce_bytes;
    base_store_be64(number, ++net->extranonces);
    memset(miner->extranonce, 0, sizeof miner->extranonce);
    for (size_t i = 0; i < size; i++) { /* the number's last bytes */
        miner->extranonce[i] = number[8 - size + i];
    }
    miner->extranonce[0] ^= size > 0 ? 0xe0 : 0;
}

void ergonet_pool_open(struct pool_ergonet *net, struct ergonet_client *client)
{
    pool_serve_vardiff_init(&client->miner.vardiff, net->now_ms);
    client->miner.hashes = net->config.share_hashes;
}

static void on_subscribe(struct pool_ergonet *net, struct ergonet_client *client, const json_t *id)
{
    struct ergonet_miner *miner = &client->miner;
    size_t size = net->config.extranonce_bytes;
    json_t *name = net->config.pool_dialect == POOL_ERGONET_UUPOOL
                       ? json_string("mining.subscribe")
                       : json_incref((json_t *)(uintptr_t)id);
    give_extranonce(net, miner);
    miner->subscribed = true;
    answer(net, client, name,
           json_pack("[[[s,s],[s,s]],o,I]", "mining.set_difficulty", "deadbeefcafebabe",
                     "mining.notify", "deadbeefcafebabe", hex_json(miner->extranonce, size),
                     (json_int_t)(ERGONET_NONCE - size)),
           GOOD, false);
    json_decref(name);
    const struct ergonet_job *job = find_job(net, net->last_job);
    if (job == NULL || job->candidate.serial != net->chain->now.serial) {
        job = new_job(net);
    }
    if (job != NULL) { /* before the answer to authorize, as some pools do */
        send_job(net, client, job);
    }
}

static void on_authorize(struct pool_ergonet *net, struct ergonet_client *client,
                         const json_t *root)
{
    struct ergonet_miner *miner = &client->miner;
    const json_t *id = json_object_get(root, "id");
    const char *worker = json_string_value(json_array_get(json_object_get(root, "params"), 0));
    if (!miner->subscribed || worker == NULL || worker[0] == '\0' ||
        strlen(worker) >= sizeof miner->worker) {
        answer(net, client, id, json_null(), miner->subscribed ? UNAUTHORIZED : NOT_SUBSCRIBED,
               false);
        return;
    }
    (void)snprintf(miner->worker, sizeof miner->worker, "%s", worker);
    miner->authorized = true;
    answer(net, client, id, json_true(), GOOD, false);
}

/* ---- shares -----------------------------------------------------------------------------------
 */

/* What a submission says. */
struct share {
    struct ergonet_job *job;
    const struct ergonet_told *told;
    uint8_t nonce[ERGONET_NONCE];
};

/* [worker, job, rest of the nonce], and in most pools [.., time, whole nonce] */
static enum refusal read_share(struct share *share, struct pool_ergonet *net,
                               const struct ergonet_miner *miner, const json_t *params)
{
    const char *worker = json_string_value(json_array_get(params, 0));
    const char *id = json_string_value(json_array_get(params, 1));
    const char *rest = json_string_value(json_array_get(params, 2));
    const char *time = json_string_value(json_array_get(params, 3));
    const char *whole = json_string_value(json_array_get(params, 4));
    uint8_t nonce[ERGONET_NONCE];
    size_t fixed = net->config.extranonce_bytes;
    if (!miner->subscribed) {
        return NOT_SUBSCRIBED;
    }
    if (!miner->authorized || worker == NULL || strcmp(worker, miner->worker) != 0) {
        return UNAUTHORIZED;
    }
    share->job = id != NULL ? find_job(net, strtoull(id, NULL, 16)) : NULL;
    /* Shares of the height before count, though their blocks are lost. */
    if (share->job == NULL || share->job->candidate.height < net->chain->tip->from.height) {
        return STALE;
    }
    share->told = &miner->told[share->job->id % ERGONET_JOBS];
    if (share->told->job != share->job->id) {
        return STALE;
    }
    memcpy(share->nonce, share->told->extranonce, sizeof share->nonce);
    if (rest == NULL ||
        base_hex_decode_exact(share->nonce + fixed, ERGONET_NONCE - fixed, rest) != BASE_OK) {
        return BAD_EXTRANONCE;
    }
    if (net->config.pool_dialect == POOL_ERGONET_UUPOOL) {
        return GOOD;
    }
    if (time == NULL || time[0] == '\0' || whole == NULL ||
        base_hex_decode_exact(nonce, sizeof nonce, whole) != BASE_OK) {
        return BAD_NONCE;
    }
    if (memcmp(nonce, share->nonce, sizeof nonce) != 0) {
        net->stats.foreign_extranonce++;
        return BAD_NONCE;
    }
    return GOOD;
}

/* The same candidate may be in several jobs. */
static bool is_known(const struct pool_ergonet *net, const struct share *share)
{
    uint64_t nonce = base_load_be64(share->nonce);
    for (size_t at = 0; at < ERGONET_JOBS; at++) {
        const struct ergonet_job *job = &net->jobs[at];
        if (job->id == 0 || job->candidate.serial != share->job->candidate.serial) {
            continue;
        }
        for (size_t i = 0; i < job->nonce_count; i++) {
            if (job->nonces[i] == nonce) {
                return true;
            }
        }
    }
    return false;
}

/* Duplicates, then the hit; a block is handed in. */
static enum refusal judge_share(struct share *share, struct pool_ergonet *net)
{
    struct ergonet_job *job = share->job;
    const struct ergonet_candidate *candidate = &job->candidate;
    if (is_known(net, share)) {
        return DUPLICATE;
    }
    if (!ergonet_solves(net->chain, candidate, share->nonce, share->told->b_be)) {
        return LOW;
    }
    if (job->nonce_count < ERGONET_SHARES) {
        job->nonces[job->nonce_count++] = base_load_be64(share->nonce);
    }
    if (ergonet_solves(net->chain, candidate, share->nonce, candidate->b_be)) {
        (void)ergonet_submit(net, share->nonce);
    }
    return GOOD;
}

static void count_share(struct pool_ergonet *net, enum refusal refusal)
{
    struct pool_ergonet_stats *stats = &net->stats;
    stats->shares_accepted += refusal == GOOD;
    stats->shares_stale += refusal == STALE;
    stats->shares_refused += refusal != GOOD && refusal != STALE;
    stats->duplicates += refusal == DUPLICATE;
    stats->low += refusal == LOW;
    stats->malformed += refusal == BAD_EXTRANONCE || refusal == BAD_NONCE;
    if (refusal != GOOD) {
        (void)snprintf(stats->why, sizeof stats->why, "%s", refusals[refusal].text);
    }
}

/* After a good share: another share target, another extranonce. Both hold for the jobs to come, and
 * the next one comes at once. */
static void follow_miner(struct pool_ergonet *net, struct ergonet_client *client)
{
    struct ergonet_miner *miner = &client->miner;
    const struct pool_serve_vardiff_config vardiff = {.share_ms = net->config.vardiff_share_ms,
                                                      .look_ms = net->config.vardiff_look_ms,
                                                      .tolerance_percent = 30};
    uint32_t every = net->config.faults.new_extranonce;
    double change = pool_serve_vardiff_share(&miner->vardiff, &vardiff, net->now_ms);
    double hashes = miner->hashes * change;
    hashes = hashes >= 2 ? hashes : 2;
    bool moved = every > 0 && ++miner->good % every == 0;
    bool changed = hashes < miner->hashes || hashes > miner->hashes;
    miner->hashes = hashes;
    if (moved) {
        size_t size = net->config.extranonce_bytes;
        give_extranonce(net, miner);
        push(net, client, "mining.set_extranonce",
             json_pack("[o,I]", hex_json(miner->extranonce, size),
                       (json_int_t)(ERGONET_NONCE - size)));
    }
    const struct ergonet_job *job = moved || changed ? new_job(net) : NULL;
    if (job != NULL) {
        send_job(net, client, job);
    }
}

static void on_submit(struct pool_ergonet *net, struct ergonet_client *client, const json_t *root)
{
    struct share share;
    enum refusal refusal = read_share(&share, net, &client->miner, json_object_get(root, "params"));
    if (refusal == GOOD) {
        refusal = judge_share(&share, net);
    }
    uint32_t skim = net->config.faults.skim;
    if (refusal == GOOD && skim > 0 && (net->stats.shares_accepted + 1) % skim == 0) {
        refusal = STALE;
    }
    count_share(net, refusal);
    answer(net, client, json_object_get(root, "id"), refusal == GOOD ? json_true() : json_null(),
           refusal, true);
    if (refusal == GOOD) {
        follow_miner(net, client);
    }
}

/* ---- input ------------------------------------------------------------------------------------
 */

/* Unknown methods get no answer, as at ErgoStratumServer. */
static void on_line(struct pool_ergonet *net, struct ergonet_client *client, const char *line,
                    size_t size)
{
    json_t *root = json_loadb(line, size, 0, NULL);
    const char *method = json_string_value(json_object_get(root, "method"));
    if (method == NULL) {
        net->stats.malformed++;
    } else if (strcmp(method, "mining.subscribe") == 0) {
        on_subscribe(net, client, json_object_get(root, "id"));
    } else if (strcmp(method, "mining.authorize") == 0) {
        on_authorize(net, client, root);
    } else if (strcmp(method, "mining.submit") == 0) {
        on_submit(net, client, root);
    }
    json_decref(root);
}

void ergonet_pool_input(struct pool_ergonet *net, struct ergonet_client *client)
{
    enum base_status status = BASE_OK;
    while (status == BASE_OK && !pool_serve_ends(client->peer)) {
        const char *line = NULL;
        size_t size = 0;
        status = pool_serve_line(client->peer, &line, &size, ERGONET_LINE_MAX);
        if (status == BASE_OK && size > 0) {
            on_line(net, client, line, size);
        }
    }
    if (status != BASE_OK && status != BASE_E_AGAIN) {
        net->stats.malformed++;
        pool_serve_reset(client->peer);
    }
}

void ergonet_pool_free(struct pool_ergonet *net)
{
    for (size_t i = 0; i < ERGONET_JOBS; i++) {
        base_free(net->jobs[i].nonces);
    }
}
