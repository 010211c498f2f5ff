/* poolport.c: what the pool port's jobs and shares are: jobs of the candidate in hand, shares
 * judged with the hash, and blocks among them handed to the chain. Source: ergo.md 7. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/endian.h"
#include "base/hex.h"
#include "base/target.h"
#include "ergonet/net.h"

static const struct pool_net_words refusals[POOL_NET_REFUSALS] = {
    [POOL_NET_STALE] = {21, "job not found"},
    [POOL_NET_DUPLICATE] = {22, "duplicate share"},
    [POOL_NET_LOW] = {23, "Low Difficulty share"},
    [POOL_NET_UNAUTHORIZED] = {24, "unauthorized worker"},
    [POOL_NET_NOT_SUBSCRIBED] = {25, "not subscribed"},
    [POOL_NET_BAD_USER] = {24, "unauthorized worker"},
    [POOL_NET_BAD_SHARE] = {20, "incorrect size of extra nonce2"},
    [POOL_NET_BAD_NONCE] = {20, "incorrect size of nonce"},
};

const struct pool_net_dialect ergonet_dialects[POOL_ERGONET_DIALECT_COUNT] = {
    [POOL_ERGONET_SHARE] = {.name = "share", .refusals = refusals},
    [POOL_ERGONET_FACTOR] = {.name = "factor", .refusals = refusals},
    [POOL_ERGONET_MULTIPLIED] = {.name = "multiplied", .refusals = refusals},
    [POOL_ERGONET_BARE] = {.name = "bare", .refusals = refusals},
    [POOL_ERGONET_UUPOOL] = {.name = "uupool",
                             .refusals = refusals,
                             .subscribe_id = "mining.subscribe"},
};

/* ---- jobs --------------------------------------------------------------------------------------
 */

bool ergonet_job(struct pool_net *net, size_t slot, uint8_t target_be[32])
{
    struct ergonet *own = ergonet_of(net);
    own->jobs[slot] = *ergonet_chain_candidate(own->chain, net->time_ms);
    memcpy(target_be, own->jobs[slot].b_be, 32);
    return true;
}

bool ergonet_job_current(const struct pool_net *net, size_t slot)
{
    const struct ergonet *own = ergonet_of(net);
    return own->jobs[slot].serial == own->chain->now.serial;
}

/* How many times as easy as a block a share is: at least once. */
static uint64_t share_factor(const struct ergonet_candidate *job, double hashes)
{
    double factor = (double)job->difficulty / hashes;
    return factor < 1 ? 1 : (uint64_t)factor;
}

void ergonet_share_target(uint8_t target_be[32], const struct pool_net *net, size_t slot,
                          double hashes)
{
    const struct ergonet_candidate *job = &ergonet_of(net)->jobs[slot];
    base_target_multiply(target_be, job->b_be, share_factor(job, hashes));
}

/* As text: b is a bare number of up to 77 digits, and the JSON library's integers have 64 bits. */
static void send_bare(struct pool_net *net, struct pool_net_client *client, uint64_t id,
                      const struct ergonet_candidate *job, const uint8_t b_be[32])
{
    char text[512];
    char msg[65];
    char b[ERGONET_DECIMAL];
    base_hex_encode(msg, job->msg, 32);
    (void)snprintf(text, sizeof text,
                   "{\"id\":null,\"method\":\"mining.notify\",\"params\":[\"%016" PRIx64
                   "\",%" PRIu32 ",\"%s\",\"\",\"\",2,%s,\"\",true]}",
                   id, job->height, msg, ergonet_decimal(b, b_be));
    pool_net_push_job_text(net, client, text);
}

/* A job with its share target, by each pool's rule. */
void ergonet_job_send(struct pool_net *net, struct pool_net_client *client,
                      const struct pool_net_told *told, bool clean)
{
    const struct ergonet_candidate *job = &ergonet_of(net)->jobs[told->job % POOL_NET_JOBS];
    unsigned dialect = net->config.dialect;
    uint64_t factor = share_factor(job, client->miner->hashes);
    char id[24];
    char b[ERGONET_DECIMAL];
    (void)clean; /* these pools say so of every job */
    (void)snprintf(id, sizeof id, "%" PRIx64, told->job);
    if (dialect == POOL_ERGONET_BARE) {
        send_bare(net, client, told->job, job, told->target_be);
    } else if (dialect == POOL_ERGONET_UUPOOL) {
        pool_net_push(net, client, "mining.set_target",
                      json_pack("[o]", pool_net_hex(told->target_be, 32)));
        pool_net_push_job(
            net, client,
            json_pack("[s,o,I,b]", id, pool_net_hex(job->msg, 32), (json_int_t)job->height, 1));
    } else {
        bool one = dialect == POOL_ERGONET_SHARE;
        bool of_block = dialect == POOL_ERGONET_FACTOR;
        pool_net_push(net, client, "mining.set_difficulty",
                      json_pack("[I]", (json_int_t)(one ? 1 : factor)));
        pool_net_push_job(net, client,
                          json_pack("[s,I,o,s,s,s,s,s,b]", id, (json_int_t)job->height,
                                    pool_net_hex(job->msg, 32), "", "", "00000002",
                                    ergonet_decimal(b, of_block ? job->b_be : told->target_be), "",
                                    1));
    }
}

json_t *ergonet_subscribe(struct pool_net *net, struct pool_net_client *client,
                          const json_t *params)
{
    size_t size = net->config.extranonce_bytes;
    (void)params;
    return json_pack("[[[s,s],[s,s]],o,I]", "mining.set_difficulty", "deadbeefcafebabe",
                     "mining.notify", "deadbeefcafebabe",
                     pool_net_hex(client->miner->extranonce, size),
                     (json_int_t)(ERGONET_NONCE - size));
}

/* ---- shares ------------------------------------------------------------------------------------
 */

/* [worker, job, rest of the nonce], and in most pools [.., time, whole nonce] */
static enum pool_net_refusal read_nonce(uint8_t nonce[ERGONET_NONCE], struct pool_net *net,
                                        const struct pool_net_told *told, const json_t *params)
{
    const char *rest = json_string_value(json_array_get(params, 2));
    const char *time = json_string_value(json_array_get(params, 3));
    const char *whole = json_string_value(json_array_get(params, 4));
    uint8_t named[ERGONET_NONCE];
    size_t fixed = net->config.extranonce_bytes;
    memcpy(nonce, told->extranonce, ERGONET_NONCE);
    if (rest == NULL ||
        base_hex_decode_exact(nonce + fixed, ERGONET_NONCE - fixed, rest) != BASE_OK) {
        return POOL_NET_BAD_SHARE;
    }
    if (net->config.dialect == POOL_ERGONET_UUPOOL) {
        return POOL_NET_GOOD;
    }
    if (time == NULL || time[0] == '\0' || whole == NULL ||
        base_hex_decode_exact(named, sizeof named, whole) != BASE_OK) {
        return POOL_NET_BAD_NONCE;
    }
    if (memcmp(named, nonce, sizeof named) != 0) {
        net->stats.foreign_extranonce++;
        return POOL_NET_BAD_NONCE;
    }
    return POOL_NET_GOOD;
}

/* Height, form, hit, duplicates; a block is handed in. */
enum pool_net_refusal ergonet_share(struct pool_net *net, struct pool_net_client *client,
                                    const struct pool_net_told *told, const json_t *params)
{
    const struct ergonet_chain *chain = ergonet_of(net)->chain;
    const struct ergonet_candidate *job = &ergonet_of(net)->jobs[told->job % POOL_NET_JOBS];
    uint8_t nonce[ERGONET_NONCE];
    uint8_t key[32] = {0}; /* candidate and nonce: the same candidate may be in several jobs */
    (void)client;
    if (job->height <
        chain->tip->from.height) { /* of the height before they count, as blocks not */
        return POOL_NET_STALE;
    }
    enum pool_net_refusal refusal = read_nonce(nonce, net, told, params);
    if (refusal != POOL_NET_GOOD) {
        return refusal;
    }
    if (!ergonet_solves(chain, job, nonce, told->target_be)) {
        return POOL_NET_LOW;
    }
    base_store_be64(key, job->serial);
    memcpy(key + 8, nonce, sizeof nonce);
    if (!pool_net_share_new(net, key)) {
        return POOL_NET_DUPLICATE;
    }
    if (ergonet_solves(chain, job, nonce, job->b_be)) {
        (void)ergonet_submit(net, nonce);
    }
    return POOL_NET_GOOD;
}
