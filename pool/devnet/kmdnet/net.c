/* net.c: the network's row: its names, its chain, and what follows from a block. */
#include "kmdnet/net.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/target.h"

/* ---- blocks ------------------------------------------------------------------------------------
 */

static void follow_tip(struct pool_net *net)
{
    (void)kmdnet_rpc_polls(net, true);
    pool_net_notify(net, true);
}

static bool foreign_block(struct pool_net *net)
{
    kmdnet_chain_foreign(kmdnet_of(net)->chain, net->now_ms, kmdnet_time(net));
    follow_tip(net);
    return true;
}

static void count_block(struct pool_net *net, const struct kmdnet_outcome *outcome)
{
    struct pool_net_stats *stats = &net->stats;
    switch (outcome->verdict) {
    case KMDNET_TIP:
        stats->accepted++;
        stats->own_payee += outcome->own_payee;
        stats->txs += outcome->txs;
        return;
    case KMDNET_SIDE:
        stats->stale++;
        return;
    case KMDNET_DUPLICATE:
        stats->duplicates++;
        break;
    case KMDNET_BAD_SOLUTION:
        stats->bad_solution++;
        break;
    case KMDNET_ABOVE_TARGET:
        stats->above_target++;
        break;
    case KMDNET_UNDECODED:
        stats->malformed++;
        break;
    case KMDNET_FUTURE:
    case KMDNET_INVALID:
        stats->invalid++;
        break;
    }
    pool_net_why(net, outcome->word);
}

void kmdnet_submit(struct kmdnet_outcome *outcome, struct pool_net *net, const uint8_t *block,
                   size_t size)
{
    struct kmdnet *own = kmdnet_of(net);
    own->good_blocks++;
    if (pool_net_every(own->good_blocks, net->config.faults.overtake)) {
        net->stats.foreign += foreign_block(net);
    }
    if (pool_net_every(own->good_blocks, net->config.faults.throw_away)) {
        memset(outcome, 0, sizeof *outcome);
        outcome->verdict = KMDNET_FUTURE; /* answered with null */
        net->stats.thrown_away++;
        return;
    }
    kmdnet_judge(outcome, own->chain, block, size, net->now_ms, kmdnet_time(net));
    count_block(net, outcome);
    if (outcome->verdict == KMDNET_TIP) {
        follow_tip(net);
    }
}

/* ---- the row -----------------------------------------------------------------------------------
 */

static bool fits(const struct pool_net_config *config)
{
    return config->reduced == 0 || config->reduced == 96 || config->reduced == 48;
}

static bool open(struct pool_net *net, uint64_t seed)
{
    struct kmdnet *own = kmdnet_of(net);
    const char *key = net->config.key;
    if (key[0] != '\0') {
        memcpy(own->authorization, "Basic ", 6);
        (void)EVP_EncodeBlock((unsigned char *)own->authorization + 6, (const unsigned char *)key,
                              (int)strlen(key));
    }
    own->chain = kmdnet_chain_new(seed, &net->config, net->now_ms, kmdnet_time(net));
    return own->chain != NULL;
}

static void close(struct pool_net *net)
{
    kmdnet_chain_free(kmdnet_of(net)->chain);
}

static void stats(struct pool_net *net)
{
    const struct kmdnet_chain *chain = kmdnet_of(net)->chain;
    uint8_t target_be[32];
    (void)kmdnet_chain_target(target_be, chain, chain->tip);
    net->stats.height = chain->tip->height;
    net->stats.hashes = base_target_expected_tries(target_be);
}

static uint64_t turn(struct pool_net *net, bool notify_due)
{
    (void)notify_due;
    return kmdnet_rpc_polls(net, false);
}

static const struct pool_net_name faults[] = {
    POOL_NET_FAULT(no_peers),
    POOL_NET_FAULT(throw_away),
    POOL_NET_FAULT(no_long_poll),
    {"new_nonce1", offsetof(struct pool_net_faults, new_extranonce)},
    POOL_NET_FAULT(forget_sessions),
};

static const struct pool_net_name counters[] = {
    POOL_NET_COUNTER(height),
    POOL_NET_COUNTER(accepted),
    POOL_NET_COUNTER(stale),
    POOL_NET_COUNTER(thrown_away),
    POOL_NET_COUNTER(foreign),
    POOL_NET_COUNTER(own_payee),
    {"transactions", offsetof(struct pool_net_stats, txs)},
    POOL_NET_COUNTER(duplicates),
    POOL_NET_COUNTER(bad_solution),
    POOL_NET_COUNTER(above_target),
    POOL_NET_COUNTER(invalid),
    POOL_NET_COUNTER(malformed),
    POOL_NET_COUNTER(shares_accepted),
    POOL_NET_COUNTER(shares_refused),
    POOL_NET_COUNTER(shares_stale),
    POOL_NET_COUNTER(resumed),
    POOL_NET_COUNTER(connections),
    POOL_NET_COUNTER(templates),
    POOL_NET_COUNTER(polls),
};

const struct pool_net_row pool_kmdnet = {
    .size = sizeof(struct kmdnet),
    .needs = "The development network of Komodo needs a verifier, parameters 0, 96 or 48, a "
             "NONCE_1 of 0 to 31 bytes, and a known pool dialect",
    .busy = "Work queue depth exceeded",
    .body_max = KMDNET_BODY_MAX,
    .nonce_size = KMDNET_NONCE_SIZE,
    .start_hashes = 17, /* the coin's easiest target */
    .vardiff_share_ms = 1000,
    .extranonce_bytes = 4,
    .dialects = kmdnet_dialects,
    .dialect_count = POOL_KMDNET_DIALECT_COUNT,
    .faults = faults,
    .fault_count = BASE_COUNT_OF(faults),
    .counters = counters,
    .counter_count = BASE_COUNT_OF(counters),
    .fits = fits,
    .open = open,
    .close = close,
    .stats = stats,
    .foreign = foreign_block,
    .turn = turn,
    .http = kmdnet_http,
    .job = kmdnet_job,
    .job_current = kmdnet_job_current,
    .job_send = kmdnet_job_send,
    .subscribe = kmdnet_subscribe,
    .share = kmdnet_share,
    .other = kmdnet_other,
};
