/* poolport.c: the pool port: sessions, jobs of the current template, shares judged with the
 * verifier and the hash, and blocks among them handed to the chain. Source: komodo.md 6,
 * zip-0301.rst. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "kmdnet/net.h"

enum refusal { GOOD, STALE, DUPLICATE, LOW, UNAUTHORIZED, NOT_SUBSCRIBED, BAD_SHARE, BAD_SOLUTION };

static const struct {
    int code;
    const char *text;
} refusals[] = {
    [STALE] = {21, "job not found"},
    [DUPLICATE] = {22, "duplicate share"},
    [LOW] = {23, "low difficulty share"},
    [UNAUTHORIZED] = {24, "unauthorized worker"},
    [NOT_SUBSCRIBED] = {25, "not subscribed"},
    [BAD_SHARE] = {20, "incorrect size or form of a parameter"},
    [BAD_SOLUTION] = {20, "invalid solution"},
};

/* ---- lines -------------------------------------------------------------------------------------
 */

/* Send json as a line; taken. held: an answer that faults may keep back. */
static void send_line(struct pool_kmdnet *net, struct kmdnet_client *client, json_t *json,
                      bool held)
{
    char *text = json_dumps(json, JSON_COMPACT);
    if (text != NULL) {
        size_t size = strlen(text);
        text[size] = '\n'; /* in place of the NUL: size + 1 bytes are sent, none is read as text */
        if (held) {
            kmdnet_answer(net, client, text, size + 1);
        } else {
            pool_serve_send(client->peer, text, size + 1);
        }
    }
    free(text); /* jansson took it from malloc: free(3) */
    json_decref(json);
}

/* error: of a refusal; GOOD: none. result is taken. */
static void answer(struct pool_kmdnet *net, struct kmdnet_client *client, const json_t *root,
                   json_t *result, enum refusal refusal, bool held)
{
    const json_t *id = json_object_get(root, "id");
    json_t *error = refusal == GOOD
                        ? json_null()
                        : json_pack("[i,s]", refusals[refusal].code, refusals[refusal].text);
    if (refusal != GOOD && net->config.pool_dialect != POOL_KMDNET_ZNOMP) {
        (void)json_array_append_new(error, json_null());
    }
    send_line(net, client,
              json_pack("{s:O,s:o,s:o}", "id", id != NULL ? id : json_null(), "result", result,
                        "error", error),
              held);
}

static void push(struct pool_kmdnet *net, struct kmdnet_client *client, const char *method,
                 json_t *params)
{
    send_line(net, client, json_pack("{s:n,s:s,s:o}", "id", "method", method, "params", params),
              false);
}

static json_t *hex_json(const uint8_t *bytes, size_t size)
{
    char text[2 * KMDNET_HEADER + 1];
    base_hex_encode(text, bytes, size);
    return json_string(text);
}

/* ---- targets -----------------------------------------------------------------------------------
 */

static void share_target(uint8_t target_be[32], double solutions)
{
    base_target_ones(target_be, 256);
    base_target_divide(target_be, target_be, (uint64_t)solutions);
}

static void tell_target(struct pool_kmdnet *net, struct kmdnet_client *client)
{
    uint8_t target_be[32];
    if (net->config.pool_dialect == POOL_KMDNET_DIFFICULTY) { /* 1 is 2^13 solutions */
        push(net, client, "mining.set_difficulty",
             json_pack("[f]", client->miner.terms[0].solutions / 8192));
        return;
    }
    share_target(target_be, client->miner.terms[0].solutions);
    push(net, client, "mining.set_target", json_pack("[o]", hex_json(target_be, 32)));
}

/* ---- jobs --------------------------------------------------------------------------------------
 */

static struct kmdnet_job *find_job(struct pool_kmdnet *net, uint64_t id)
{
    struct kmdnet_job *job = &net->jobs[id % KMDNET_JOBS];
    return id != 0 && job->id == id ? job : NULL;
}

/* The newest job, made anew. NULL: no memory. */
static struct kmdnet_job *new_job(struct pool_kmdnet *net)
{
    struct kmdnet_job *job = &net->jobs[(net->last_job + 1) % KMDNET_JOBS];
    if (job->shares == NULL) {
        job->shares = base_alloc(KMDNET_SHARES, sizeof job->shares[0]);
        if (job->shares == NULL) {
            return NULL;
        }
    }
    job->id = ++net->last_job;
    job->share_count = 0;
    kmdnet_template_make(&job->template, net->chain, net->time);
    return job;
}

static void send_job(struct pool_kmdnet *net, struct kmdnet_client *client,
                     const struct kmdnet_job *job, bool clean)
{
    static const size_t sizes[] = {4, 32, 32, 32, 4, 4};
    char id[24];
    size_t at = 0;
    (void)snprintf(id, sizeof id, "%" PRIx64, job->id);
    json_t *params = json_pack("[s]", id);
    for (size_t i = 0; i < BASE_COUNT_OF(sizes); i++) {
        (void)json_array_append_new(params, hex_json(job->template.header + at, sizes[i]));
        at += sizes[i];
    }
    (void)json_array_append_new(params, json_boolean(clean));
    if (net->config.pool_dialect == POOL_KMDNET_DIFFICULTY && net->config.reduced == 0) {
        (void)json_array_append_new(params, json_string("200_9"));
        (void)json_array_append_new(params, json_string("ZcashPoW"));
    }
    if (++client->miner.jobs == net->config.faults.garbage) {
        json_decref(params);
        pool_serve_send(client->peer, "{\"id\":null,\"method\":\n", 21);
        return;
    }
    push(net, client, "mining.notify", params);
}

void kmdnet_pool_notify(struct pool_kmdnet *net, bool clean)
{
    struct kmdnet_client *client = NULL;
    size_t at = 0;
    net->notified_ms = net->now_ms;
    if (kmdnet_client_next(net, KMDNET_POOL, &at) == NULL) {
        return;
    }
    const struct kmdnet_job *job = new_job(net);
    for (at = 0; job != NULL && (client = kmdnet_client_next(net, KMDNET_POOL, &at)) != NULL;) {
        if (client->miner.authorized) {
            send_job(net, client, job, clean);
        }
    }
}

/* ---- the login ---------------------------------------------------------------------------------
 */

void kmdnet_pool_open(struct pool_kmdnet *net, struct kmdnet_client *client)
{
    struct kmdnet_miner *miner = &client->miner;
    pool_serve_vardiff_init(&miner->vardiff, net->now_ms);
    miner->terms[0].solutions = net->config.share_solutions;
}

/* The terms of the jobs to come, to be changed; those of the jobs so far stay known. */
static struct kmdnet_terms *new_terms(struct pool_kmdnet *net, struct kmdnet_miner *miner)
{
    if (miner->terms[0].first_job != net->last_job + 1) {
        memmove(miner->terms + 1, miner->terms, sizeof miner->terms - sizeof miner->terms[0]);
        miner->terms[0].first_job = net->last_job + 1;
    }
    return &miner->terms[0];
}

static const struct kmdnet_terms *terms_of(const struct kmdnet_miner *miner, uint64_t job)
{
    size_t i = 0;
    while (i + 1 < KMDNET_TERMS && miner->terms[i].first_job > job) {
        i++;
    }
    return &miner->terms[i];
}

/* A NONCE_1 that no other connection has, as far as its size allows that. */
static void give_nonce1(struct pool_kmdnet *net, uint8_t nonce1[KMDNET_NONCE_SIZE])
{
    uint8_t number[8];
    base_store_be64(number, ++net->nonces1);
    memset(nonce1, 0, KMDNET_NONCE_SIZE);
    for (size_t i = 0; i < net->config.nonce1_bytes; i++) {
        nonce1[i] = (uint8_t)(0x80 + i);
    }
    for (size_t i = 0; i < net->config.nonce1_bytes && i < 4; i++) { /* its last bytes */
        nonce1[net->config.nonce1_bytes - 1 - i] = number[7 - i];
    }
}

static const struct kmdnet_session *find_session(const struct pool_kmdnet *net, const char *id)
{
    for (size_t i = 0; id != NULL && i < KMDNET_SESSIONS; i++) {
        if (net->sessions[i].id[0] != '\0' && strcmp(net->sessions[i].id, id) == 0) {
            return &net->sessions[i];
        }
    }
    return NULL;
}

static void on_subscribe(struct pool_kmdnet *net, struct kmdnet_client *client, const json_t *root)
{
    struct kmdnet_miner *miner = &client->miner;
    const char *asked = json_string_value(json_array_get(json_object_get(root, "params"), 1));
    const struct kmdnet_session *session =
        net->config.faults.forget_sessions == 0 ? find_session(net, asked) : NULL;
    struct kmdnet_terms *terms = &miner->terms[0]; /* jobs of a resumed session, too */
    json_t *name = json_null();
    if (session != NULL) {
        memcpy(terms->nonce1, session->nonce1, sizeof terms->nonce1);
        net->stats.resumed++;
        name = json_string(session->id);
    } else {
        give_nonce1(net, terms->nonce1);
        if (net->config.pool_dialect == POOL_KMDNET_ZIP301) {
            struct kmdnet_session *made = &net->sessions[net->session_count++ % KMDNET_SESSIONS];
            uint8_t random[16];
            base_random_bytes(&net->random, random, sizeof random);
            base_hex_encode(made->id, random, sizeof random);
            memcpy(made->nonce1, terms->nonce1, sizeof made->nonce1);
            name = json_string(made->id);
        }
    }
    miner->subscribed = true;
    answer(net, client, root,
           json_pack("[o,o]", name, hex_json(terms->nonce1, net->config.nonce1_bytes)), GOOD,
           false);
}

static void on_authorize(struct pool_kmdnet *net, struct kmdnet_client *client, const json_t *root)
{
    struct kmdnet_miner *miner = &client->miner;
    const char *worker = json_string_value(json_array_get(json_object_get(root, "params"), 0));
    if (!miner->subscribed || worker == NULL || worker[0] == '\0' ||
        strlen(worker) >= sizeof miner->worker) {
        answer(net, client, root, json_null(), miner->subscribed ? UNAUTHORIZED : NOT_SUBSCRIBED,
               false);
        return;
    }
    (void)snprintf(miner->worker, sizeof miner->worker, "%s", worker);
    miner->authorized = true;
    answer(net, client, root, json_true(), GOOD, false);
    tell_target(net, client);
    const struct kmdnet_job *job = find_job(net, net->last_job);
    if (job == NULL || job->template.parent != net->chain->tip->serial) {
        job = new_job(net);
    }
    if (job != NULL) {
        send_job(net, client, job, true);
    }
}

/* ---- shares ------------------------------------------------------------------------------------
 */

/* What a submission says. */
struct share {
    struct kmdnet_job *job;
    uint8_t block[KMDNET_BLOCK_MAX];
    size_t head; /* bytes of header, length and solution */
    const uint8_t *solution;
    size_t solution_size;
    bool other_nonce1;
};

/* The solution with its length in front, behind the header. False: not of this form. */
static bool read_solution(struct share *share, const struct pool_kmdnet *net, const char *hex)
{
    uint8_t *at = share->block + KMDNET_HEADER;
    size_t size = 0;
    share->solution_size = kmdnet_solution_size(net->config.reduced);
    size_t length = share->solution_size < 0xfd ? 1 : 3;
    if (hex == NULL ||
        base_hex_decode(at, KMDNET_LENGTH_MAX + KMDNET_SOLUTION_MAX, &size, hex, strlen(hex)) !=
            BASE_OK ||
        size != length + share->solution_size) {
        return false;
    }
    share->solution = at + length;
    share->head = KMDNET_HEADER + size;
    return length == 1 ? at[0] == share->solution_size
                       : at[0] == 0xfd && (at[1] | (size_t)at[2] << 8) == share->solution_size;
}

/* [worker, job, time, NONCE_2, solution] */
static enum refusal read_share(struct share *share, struct pool_kmdnet *net,
                               const struct kmdnet_miner *miner, const json_t *params)
{
    const char *worker = json_string_value(json_array_get(params, 0));
    const char *id = json_string_value(json_array_get(params, 1));
    const char *time = json_string_value(json_array_get(params, 2));
    const char *nonce2 = json_string_value(json_array_get(params, 3));
    size_t fixed = net->config.nonce1_bytes;
    uint8_t *nonce = share->block + KMDNET_NONCE;
    if (!miner->subscribed) {
        return NOT_SUBSCRIBED;
    }
    if (!miner->authorized || worker == NULL || strcmp(worker, miner->worker) != 0) {
        return UNAUTHORIZED;
    }
    share->job = id != NULL ? find_job(net, strtoull(id, NULL, 16)) : NULL;
    if (share->job == NULL || share->job->template.parent != net->chain->tip->serial) {
        return STALE;
    }
    memcpy(share->block, share->job->template.header, KMDNET_HEADER);
    memcpy(nonce, terms_of(miner, share->job->id)->nonce1, fixed);
    if (time == NULL || base_hex_decode_exact(share->block + KMDNET_TIME, 4, time) != BASE_OK ||
        nonce2 == NULL ||
        base_hex_decode_exact(nonce + fixed, KMDNET_NONCE_SIZE - fixed, nonce2) != BASE_OK ||
        !read_solution(share, net, json_string_value(json_array_get(params, 4)))) {
        return BAD_SHARE;
    }
    uint32_t seconds = base_load_le32(share->block + KMDNET_TIME);
    return seconds < base_load_le32(share->job->template.header + KMDNET_TIME) ||
                   seconds > net->time + KMDNET_TIME_AHEAD
               ? BAD_SHARE
               : GOOD;
}

static bool is_known(const struct kmdnet_job *job, const uint8_t hash[32])
{
    for (size_t i = 0; i < job->share_count; i++) {
        if (memcmp(job->shares[i], hash, 32) == 0) {
            return true;
        }
    }
    return false;
}

/* Duplicates, solution, hash; a block is handed in. */
static enum refusal judge_share(struct share *share, struct pool_kmdnet *net,
                                const struct kmdnet_miner *miner)
{
    struct kmdnet_job *job = share->job;
    uint8_t hash[32];
    uint8_t hash_be[32];
    uint8_t target_be[32];
    kmdnet_sha256d(hash, share->block, share->head);
    kmdnet_reverse(hash_be, hash);
    if (is_known(job, hash)) {
        return DUPLICATE;
    }
    if (!net->config.verify(share->block, share->solution, share->solution_size,
                            net->config.reduced)) {
        return BAD_SOLUTION;
    }
    bool block = base_target_meets(hash_be, job->template.target_be);
    share_target(target_be, terms_of(miner, job->id)->solutions);
    if (!block && !base_target_meets(hash_be, target_be)) {
        return LOW;
    }
    if (job->share_count < KMDNET_SHARES) {
        memcpy(job->shares[job->share_count++], hash, 32);
    }
    if (block) {
        struct kmdnet_outcome outcome;
        uint8_t whole[KMDNET_BLOCK_MAX];
        memcpy(whole, share->block, share->head);
        size_t size = share->head + kmdnet_template_tail(whole + share->head, &job->template);
        kmdnet_submit(&outcome, net, whole, size);
    }
    return GOOD;
}

static void count_share(struct pool_kmdnet *net, enum refusal refusal)
{
    struct pool_kmdnet_stats *stats = &net->stats;
    stats->shares_accepted += refusal == GOOD;
    stats->shares_stale += refusal == STALE;
    stats->shares_refused += refusal != GOOD && refusal != STALE;
    stats->duplicates += refusal == DUPLICATE;
    stats->bad_solution += refusal == BAD_SOLUTION;
    stats->above_target += refusal == LOW;
    stats->malformed += refusal == BAD_SHARE;
    if (refusal != GOOD) {
        (void)snprintf(stats->why, sizeof stats->why, "%s", refusals[refusal].text);
    }
}

/* After a good share: another share target, another NONCE_1. Both hold for the jobs to come. */
static void follow_miner(struct pool_kmdnet *net, struct kmdnet_client *client)
{
    struct kmdnet_miner *miner = &client->miner;
    const struct pool_serve_vardiff_config vardiff = {.share_ms = net->config.vardiff_share_ms,
                                                      .look_ms = net->config.vardiff_look_ms,
                                                      .tolerance_percent = 40};
    double factor = pool_serve_vardiff_share(&miner->vardiff, &vardiff, net->now_ms);
    double wanted = miner->terms[0].solutions * factor;
    wanted = wanted < 2 ? 2 : wanted > 0x1p60 ? 0x1p60 : wanted;
    if (wanted != miner->terms[0].solutions) {
        new_terms(net, miner)->solutions = wanted;
        tell_target(net, client);
    }
    if (net->config.faults.new_nonce1 > 0 && miner->good % net->config.faults.new_nonce1 == 0) {
        give_nonce1(net, new_terms(net, miner)->nonce1);
        push(net, client, "mining.set_extranonce",
             json_pack("[o]", hex_json(miner->terms[0].nonce1, net->config.nonce1_bytes)));
    }
}

static void on_submit(struct pool_kmdnet *net, struct kmdnet_client *client, const json_t *root)
{
    struct kmdnet_miner *miner = &client->miner;
    struct share share = {0};
    enum refusal refusal = read_share(&share, net, miner, json_object_get(root, "params"));
    if (refusal == GOOD) {
        refusal = judge_share(&share, net, miner);
    }
    miner->good += refusal == GOOD;
    if (refusal == GOOD && net->config.faults.skim > 0 &&
        miner->good % net->config.faults.skim == 0) {
        refusal = STALE;
    }
    count_share(net, refusal);
    answer(net, client, root,
           refusal == GOOD                                 ? json_true()
           : net->config.pool_dialect == POOL_KMDNET_ZNOMP ? json_false()
                                                           : json_null(),
           refusal, true);
    if (refusal == GOOD) {
        follow_miner(net, client);
    }
}

/* ---- requests ----------------------------------------------------------------------------------
 */

static void on_line(struct pool_kmdnet *net, struct kmdnet_client *client, const char *line,
                    size_t size)
{
    json_t *root = json_loadb(line, size, 0, NULL);
    const char *method = json_string_value(json_object_get(root, "method"));
    if (method == NULL) {
        net->stats.malformed += root == NULL;
    } else if (strcmp(method, "mining.subscribe") == 0) {
        on_subscribe(net, client, root);
    } else if (strcmp(method, "mining.authorize") == 0) {
        on_authorize(net, client, root);
    } else if (strcmp(method, "mining.submit") == 0) {
        on_submit(net, client, root);
    } else if (strcmp(method, "mining.extranonce.subscribe") == 0 &&
               net->config.pool_dialect == POOL_KMDNET_ZIP301) {
        answer(net, client, root, json_true(), GOOD, false);
    } else {
        send_line(net, client,
                  json_pack("{s:O,s:b,s:[i,s,n]}", "id",
                            json_object_get(root, "id") != NULL ? json_object_get(root, "id")
                                                                : json_null(),
                            "result", 0, "error", 20, "Not supported."),
                  false);
    }
    json_decref(root);
}

void kmdnet_pool_input(struct pool_kmdnet *net, struct kmdnet_client *client)
{
    enum base_status status = BASE_OK;
    while (status == BASE_OK && !pool_serve_ends(client->peer)) {
        const char *line = NULL;
        size_t size = 0;
        status = pool_serve_line(client->peer, &line, &size, KMDNET_LINE_MAX);
        if (status == BASE_OK && size > 0) {
            on_line(net, client, line, size);
        }
    }
    if (status == BASE_E_LIMIT) { /* as z-nomp: it is taken for a flood */
        net->stats.malformed++;
        pool_serve_reset(client->peer);
    }
}

void kmdnet_pool_free(struct pool_kmdnet *net)
{
    for (size_t i = 0; i < KMDNET_JOBS; i++) {
        base_free(net->jobs[i].shares);
    }
}
