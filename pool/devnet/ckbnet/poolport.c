/* poolport.c: what the pool port's jobs and shares are: jobs of the current template, shares judged
 * with the hash, and blocks among them handed to the chain. Dialects of ckb.md 6.1 and 6.2. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/target.h"
#include "ckbnet/net.h"

static const struct pool_net_words btccom_refusals[POOL_NET_REFUSALS] = {
    [POOL_NET_STALE] = {21, "job not found"},
    [POOL_NET_DUPLICATE] = {22, "duplicate share"},
    [POOL_NET_LOW] = {23, "low difficulty"},
    [POOL_NET_UNAUTHORIZED] = {24, "unauthorized worker"},
    [POOL_NET_NOT_SUBSCRIBED] = {25, "not subscribed"},
    [POOL_NET_BAD_SHARE] = {27, "illegal parameters"},
    [POOL_NET_BAD_USER] = {29, "wrong address"},
};

static const struct pool_net_words refusals[POOL_NET_REFUSALS] = {
    [POOL_NET_STALE] = {20, "job not found"},
    [POOL_NET_DUPLICATE] = {22, "duplicate share"},
    [POOL_NET_LOW] = {21, "low difficulty"},
    [POOL_NET_UNAUTHORIZED] = {24, "unauthorized worker"},
    [POOL_NET_NOT_SUBSCRIBED] = {25, "not subscribed"},
    [POOL_NET_BAD_SHARE] = {27, "illegal parameters"},
    [POOL_NET_BAD_USER] = {29, "wrong address"},
};

#define DIALECT(text, words)                                                                       \
    {                                                                                              \
        .name = (text), .refusals = (words), .three = true, .says_false = true                     \
    }

const struct pool_net_dialect ckbnet_dialects[POOL_CKBNET_DIALECT_COUNT] = {
    [POOL_CKBNET_UUPOOL] = DIALECT("uupool", refusals),
    [POOL_CKBNET_BTCCOM] = DIALECT("btccom", btccom_refusals),
    [POOL_CKBNET_K7] = DIALECT("k7", refusals),
};

/* ---- jobs --------------------------------------------------------------------------------------
 */

bool ckbnet_job(struct pool_net *net, size_t slot, uint8_t target_be[32])
{
    struct ckbnet *own = ckbnet_of(net);
    const struct ckbnet_block *tip = own->chain->tip;
    struct ckbnet_job made = {.height = tip->number + 1, .tip = tip->serial};
    made.block = ckbnet_template_block(made.pow_hash, made.target_be, own->current);
    if (made.block == NULL) {
        return false;
    }
    memcpy(made.parent, tip->hash, sizeof made.parent);
    memcpy(target_be, made.target_be, 32);
    json_decref(own->jobs[slot].block);
    own->jobs[slot] = made;
    return true;
}

bool ckbnet_job_current(const struct pool_net *net, size_t slot)
{
    const struct ckbnet *own = ckbnet_of(net);
    return own->jobs[slot].tip == own->chain->tip->serial;
}

void ckbnet_job_send(struct pool_net *net, struct pool_net_client *client,
                     const struct pool_net_told *told, bool clean)
{
    const struct ckbnet_job *job = &ckbnet_of(net)->jobs[told->job % POOL_NET_JOBS];
    struct pool_net_miner *miner = client->miner;
    bool in_job = net->config.dialect == POOL_CKBNET_K7;
    char id[24];
    char pow_hash[65];
    if (!in_job && memcmp(told->target_be, miner->target_be, 32) != 0) {
        memcpy(miner->target_be, told->target_be, 32);
        pool_net_push(net, client, "mining.set_target",
                      json_pack("[o]", pool_net_hex(told->target_be, 32)));
    }
    (void)snprintf(id, sizeof id, "%" PRIx64, told->job);
    base_hex_encode(pow_hash, job->pow_hash, 32);
    if (miner->jobs == net->config.faults.bad_hash) {
        pow_hash[7] = 'x';
    }
    pool_net_push_job(net, client,
                      json_pack("[s,s,I,o,b]", id, pow_hash, (json_int_t)job->height,
                                pool_net_hex(in_job ? told->target_be : job->parent, 32),
                                (int)clean));
}

/* ---- the login ---------------------------------------------------------------------------------
 */

json_t *ckbnet_subscribe(struct pool_net *net, struct pool_net_client *client, const json_t *params)
{
    size_t size = net->config.extranonce_bytes;
    bool btccom = net->config.dialect == POOL_CKBNET_BTCCOM;
    (void)params;
    return json_pack("[o,o,i]", btccom ? json_string("null") : json_null(),
                     pool_net_hex(client->miner->extranonce, size),
                     (int)(CKBNET_NONCE_SIZE - size));
}

bool ckbnet_user(const struct pool_net *net, const char *user)
{
    bool address = strncmp(user, "ckb1", 4) == 0 || strncmp(user, "ckt1", 4) == 0;
    return net->config.faults.wrong_user == 0 && (!address || strcspn(user, ".") >= 46);
}

/* ---- shares ------------------------------------------------------------------------------------
 */

/* A share that is a block: the job's block with this nonce. */
static void hand_in(struct pool_net *net, const struct ckbnet_job *job, const uint8_t nonce[16])
{
    uint8_t header[CKBNET_HEADER] = {0};
    struct ckbnet_outcome outcome;
    json_t *block = json_deep_copy(job->block);
    memcpy(header + CKBNET_RAW_HEADER, nonce, CKBNET_NONCE_SIZE);
    json_t *text = ckbnet_header_json(header, NULL);
    (void)json_object_set(json_object_get(block, "header"), "nonce",
                          json_object_get(text, "nonce"));
    ckbnet_submit(&outcome, net, block);
    json_decref(text);
    json_decref(block);
}

/* [worker, job, rest of the nonce] */
enum pool_net_refusal ckbnet_share(struct pool_net *net, struct pool_net_client *client,
                                   const struct pool_net_told *told, const json_t *params)
{
    size_t slot = told->job % POOL_NET_JOBS;
    const struct ckbnet_job *job = &ckbnet_of(net)->jobs[slot];
    const char *nonce2 = json_string_value(json_array_get(params, 2));
    size_t fixed = net->config.extranonce_bytes;
    uint8_t message[32 + CKBNET_NONCE_SIZE];
    uint8_t *nonce = message + 32;
    uint8_t hash_be[32];
    (void)client;
    if (!ckbnet_job_current(net, slot)) {
        return POOL_NET_STALE;
    }
    memcpy(message, job->pow_hash, 32);
    memcpy(nonce, told->extranonce, fixed);
    if (json_array_size(params) != 3 || nonce2 == NULL ||
        base_hex_decode_exact(nonce + fixed, CKBNET_NONCE_SIZE - fixed, nonce2) != BASE_OK) {
        return POOL_NET_BAD_SHARE;
    }
    ckbnet_hash_pow(hash_be, ckbnet_of(net)->chain, message);
    if (!base_target_meets(hash_be, told->target_be)) {
        return POOL_NET_LOW;
    }
    if (!pool_net_share_new(net, hash_be)) {
        return POOL_NET_DUPLICATE;
    }
    if (base_target_meets(hash_be, job->target_be)) {
        hand_in(net, job, nonce);
    }
    return POOL_NET_GOOD;
}
