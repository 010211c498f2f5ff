/* poolport.c: what the pool port's jobs and shares are: jobs of the current template, shares judged
 * with the verifier and the hash, and blocks among them handed to the chain; sessions. Source:
 * komodo.md 6, zip-0301.rst. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "kmdnet/net.h"

static const struct pool_net_words refusals[POOL_NET_REFUSALS] = {
    [POOL_NET_STALE] = {21, "job not found"},
    [POOL_NET_DUPLICATE] = {22, "duplicate share"},
    [POOL_NET_LOW] = {23, "low difficulty share"},
    [POOL_NET_UNAUTHORIZED] = {24, "unauthorized worker"},
    [POOL_NET_NOT_SUBSCRIBED] = {25, "not subscribed"},
    [POOL_NET_BAD_USER] = {24, "unauthorized worker"},
    [POOL_NET_BAD_SHARE] = {20, "incorrect size or form of a parameter"},
    [POOL_NET_BAD_SOLUTION] = {20, "invalid solution"},
};

const struct pool_net_dialect kmdnet_dialects[POOL_KMDNET_DIALECT_COUNT] = {
    [POOL_KMDNET_ZIP301] = {.name = "zip301", .refusals = refusals, .three = true},
    [POOL_KMDNET_ZNOMP] = {.name = "znomp", .refusals = refusals, .says_false = true},
    [POOL_KMDNET_DIFFICULTY] = {.name = "difficulty", .refusals = refusals, .three = true},
};

/* ---- jobs --------------------------------------------------------------------------------------
 */

bool kmdnet_job(struct pool_net *net, size_t slot, uint8_t target_be[32])
{
    struct kmdnet *own = kmdnet_of(net);
    struct kmdnet_template *job = &own->jobs[slot];
    kmdnet_template_make(job, own->chain, kmdnet_time(net));
    memcpy(target_be, job->target_be, 32);
    return true;
}

bool kmdnet_job_current(const struct pool_net *net, size_t slot)
{
    const struct kmdnet *own = kmdnet_of(net);
    return own->jobs[slot].parent == own->chain->tip->serial;
}

static void tell_target(struct pool_net *net, struct pool_net_client *client,
                        const struct pool_net_told *told)
{
    if (memcmp(client->miner->target_be, told->target_be, 32) == 0) {
        return;
    }
    memcpy(client->miner->target_be, told->target_be, 32);
    if (net->config.dialect == POOL_KMDNET_DIFFICULTY) { /* 1 is 2^13 solutions */
        pool_net_push(net, client, "mining.set_difficulty",
                      json_pack("[f]", client->miner->hashes / 8192));
    } else {
        pool_net_push(net, client, "mining.set_target",
                      json_pack("[o]", pool_net_hex(told->target_be, 32)));
    }
}

void kmdnet_job_send(struct pool_net *net, struct pool_net_client *client,
                     const struct pool_net_told *told, bool clean)
{
    static const size_t sizes[] = {4, 32, 32, 32, 4, 4};
    const uint8_t *at = kmdnet_of(net)->jobs[told->job % POOL_NET_JOBS].header;
    char id[24];
    tell_target(net, client, told);
    (void)snprintf(id, sizeof id, "%" PRIx64, told->job);
    json_t *params = json_pack("[s]", id);
    for (size_t i = 0; i < BASE_COUNT_OF(sizes); at += sizes[i++]) {
        (void)json_array_append_new(params, pool_net_hex(at, sizes[i]));
    }
    (void)json_array_append_new(params, json_boolean(clean));
    if (net->config.dialect == POOL_KMDNET_DIFFICULTY && net->config.reduced == 0) {
        (void)json_array_append_new(params, json_string("200_9"));
        (void)json_array_append_new(params, json_string("ZcashPoW"));
    }
    pool_net_push_job(net, client, params);
}

/* ---- sessions ----------------------------------------------------------------------------------
 */

static const struct kmdnet_session *find_session(const struct kmdnet *own, const char *id)
{
    for (size_t i = 0; id != NULL && i < KMDNET_SESSIONS; i++) {
        if (own->sessions[i].id[0] != '\0' && strcmp(own->sessions[i].id, id) == 0) {
            return &own->sessions[i];
        }
    }
    return NULL;
}

/* A session of the extranonce that the miner has. */
static const struct kmdnet_session *new_session(struct pool_net *net,
                                                const struct pool_net_miner *miner)
{
    struct kmdnet *own = kmdnet_of(net);
    struct kmdnet_session *made = &own->sessions[own->session_count++ % KMDNET_SESSIONS];
    uint8_t random[16];
    base_random_bytes(&net->random, random, sizeof random);
    base_hex_encode(made->id, random, sizeof random);
    memcpy(made->nonce1, miner->extranonce, sizeof made->nonce1);
    return made;
}

json_t *kmdnet_subscribe(struct pool_net *net, struct pool_net_client *client, const json_t *params)
{
    struct pool_net_miner *miner = client->miner;
    const struct kmdnet_session *session =
        net->config.faults.forget_sessions == 0
            ? find_session(kmdnet_of(net), json_string_value(json_array_get(params, 1)))
            : NULL;
    if (session != NULL) {
        memcpy(miner->extranonce, session->nonce1, sizeof session->nonce1);
        miner->resumed = true;
        net->stats.resumed++;
    } else if (net->config.dialect == POOL_KMDNET_ZIP301) {
        session = new_session(net, miner);
    }
    return json_pack("[o,o]", session != NULL ? json_string(session->id) : json_null(),
                     pool_net_hex(miner->extranonce, net->config.extranonce_bytes));
}

/* ---- shares ------------------------------------------------------------------------------------
 */

/* What a submission says. */
struct share {
    const struct kmdnet_template *job;
    uint8_t block[KMDNET_BLOCK_MAX];
    size_t head; /* bytes of header, length and solution */
    const uint8_t *solution;
    size_t solution_size;
};

/* The solution with its length in front, behind the header. False: not of this form. */
static bool read_solution(struct share *share, const struct pool_net *net, const char *hex)
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
static bool read_share(struct share *share, const struct pool_net *net,
                       const struct pool_net_told *told, const json_t *params)
{
    const char *time = json_string_value(json_array_get(params, 2));
    const char *nonce2 = json_string_value(json_array_get(params, 3));
    size_t fixed = net->config.extranonce_bytes;
    uint8_t *nonce = share->block + KMDNET_NONCE;
    memcpy(share->block, share->job->header, KMDNET_HEADER);
    memcpy(nonce, told->extranonce, fixed);
    if (time == NULL || base_hex_decode_exact(share->block + KMDNET_TIME, 4, time) != BASE_OK ||
        nonce2 == NULL ||
        base_hex_decode_exact(nonce + fixed, KMDNET_NONCE_SIZE - fixed, nonce2) != BASE_OK ||
        !read_solution(share, net, json_string_value(json_array_get(params, 4)))) {
        return false;
    }
    uint32_t seconds = base_load_le32(share->block + KMDNET_TIME);
    return seconds >= base_load_le32(share->job->header + KMDNET_TIME) &&
           seconds <= kmdnet_time(net) + KMDNET_TIME_AHEAD;
}

/* Form, solution, hash, duplicates; a block is handed in. */
enum pool_net_refusal kmdnet_share(struct pool_net *net, struct pool_net_client *client,
                                   const struct pool_net_told *told, const json_t *params)
{
    size_t slot = told->job % POOL_NET_JOBS;
    struct share share = {.job = &kmdnet_of(net)->jobs[slot]};
    struct kmdnet_outcome outcome;
    uint8_t hash[32];
    uint8_t hash_be[32];
    (void)client;
    if (!kmdnet_job_current(net, slot)) {
        return POOL_NET_STALE;
    }
    if (!read_share(&share, net, told, params)) {
        return POOL_NET_BAD_SHARE;
    }
    if (!net->config.hash(net->config.algo, hash_be, share.block, share.solution,
                          share.solution_size, 0, net->config.reduced)) {
        return POOL_NET_BAD_SOLUTION;
    }
    kmdnet_sha256d(hash, share.block, share.head);
    kmdnet_reverse(hash_be, hash);
    if (!base_target_meets(hash_be, told->target_be)) {
        return POOL_NET_LOW;
    }
    if (!pool_net_share_new(net, hash)) {
        return POOL_NET_DUPLICATE;
    }
    if (base_target_meets(hash_be, share.job->target_be)) {
        size_t tail = kmdnet_template_tail(share.block + share.head, share.job);
        kmdnet_submit(&outcome, net, share.block, share.head + tail);
    }
    return POOL_NET_GOOD;
}

void kmdnet_other(struct pool_net *net, struct pool_net_client *client, const json_t *root,
                  const char *method)
{
    json_t *id = json_object_get(root, "id");
    if (strcmp(method, "mining.extranonce.subscribe") == 0 &&
        net->config.dialect == POOL_KMDNET_ZIP301) {
        pool_net_answer(net, client, id, json_true(), POOL_NET_GOOD, false);
        return;
    }
    pool_net_line(net, client,
                  json_pack("{s:O,s:b,s:[i,s,n]}", "id", id != NULL ? id : json_null(), "result", 0,
                            "error", 20, "Not supported."),
                  false);
}
