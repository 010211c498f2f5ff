/* net.c: the network's row: its names, its chain, blocks that are applied, and what follows from a
 * solution. */
#include "ergonet/net.h"

#include <stdio.h>

/* ---- solutions ---------------------------------------------------------------------------------
 */

static bool foreign_block(struct pool_net *net)
{
    struct ergonet_chain *chain = ergonet_of(net)->chain;
    (void)ergonet_chain_apply(chain, UINT64_MAX); /* it builds on a block of ours */
    ergonet_chain_foreign(chain, net->now_ms, net->time_ms);
    pool_net_notify(net, true);
    return true;
}

enum ergonet_verdict ergonet_submit(struct pool_net *net, const uint8_t nonce[ERGONET_NONCE])
{
    const struct pool_net_faults *faults = &net->config.faults;
    struct pool_net_stats *stats = &net->stats;
    struct ergonet *own = ergonet_of(net);
    const struct ergonet_candidate *now = &own->chain->now;
    bool good = now->serial != 0 && ergonet_solves(own->chain, now, nonce, now->b_be);
    own->good += good;
    if (good && pool_net_every(own->good, faults->refuse)) {
        ergonet_chain_drop(own->chain);
        stats->refused++;
        return ERGONET_INVALID;
    }
    if (good && pool_net_every(own->good, faults->overtake)) {
        stats->foreign += foreign_block(net);
    }
    enum ergonet_verdict verdict = ergonet_chain_solve(own->chain, nonce, net->now_ms);
    bool was_good = (verdict == ERGONET_INVALID || verdict == ERGONET_NO_ANSWER) &&
                    ergonet_chain_was_good(own->chain, nonce);
    stats->accepted += verdict == ERGONET_SOLVED;
    stats->stale += verdict == ERGONET_STALE || verdict == ERGONET_ALREADY || was_good;
    stats->bad_solution +=
        (verdict == ERGONET_INVALID || verdict == ERGONET_NO_ANSWER) && !was_good;
    if (verdict != ERGONET_SOLVED) {
        pool_net_why(net, verdict == ERGONET_STALE || was_good ? "a solution of an older candidate"
                          : verdict == ERGONET_ALREADY         ? "a solution of a solved candidate"
                                                       : "a nonce that solves no candidate");
    }
    return verdict;
}

/* ---- the row -----------------------------------------------------------------------------------
 */

static bool fits(const struct pool_net_config *config)
{
    return config->reduced <= INT32_MAX;
}

static bool open(struct pool_net *net, uint64_t seed)
{
    if (net->config.key[0] == '\0') {
        (void)snprintf(net->config.key, sizeof net->config.key, "hello");
    }
    ergonet_of(net)->chain = ergonet_chain_new(&net->config, seed, net->now_ms, net->time_ms);
    return ergonet_of(net)->chain != NULL;
}

static void close(struct pool_net *net)
{
    ergonet_chain_free(ergonet_of(net)->chain);
}

static void stats(struct pool_net *net)
{
    struct ergonet_chain *chain = ergonet_of(net)->chain;
    net->stats.height = chain->tip->from.height;
    net->stats.hashes = (double)ergonet_chain_candidate(chain, net->time_ms)->difficulty;
}

static uint64_t turn(struct pool_net *net, bool notify_due)
{
    struct ergonet_chain *chain = ergonet_of(net)->chain;
    (void)notify_due;
    if (ergonet_chain_apply(chain, net->now_ms)) {
        pool_net_notify(net, true);
    }
    return chain->solved.from.serial != 0 ? chain->apply_ms : UINT64_MAX;
}

static const struct pool_net_name faults[] = {
    POOL_NET_FAULT(not_started), POOL_NET_FAULT(not_synced),     POOL_NET_FAULT(no_wallet),
    POOL_NET_FAULT(no_external), POOL_NET_FAULT(key_everywhere), POOL_NET_FAULT(remake),
    POOL_NET_FAULT(refuse),      POOL_NET_FAULT(new_extranonce),
};

static const struct pool_net_name counters[] = {
    POOL_NET_COUNTER(height),
    POOL_NET_COUNTER(accepted),
    POOL_NET_COUNTER(stale),
    POOL_NET_COUNTER(refused),
    POOL_NET_COUNTER(foreign),
    {"wrong",
     offsetof(struct pool_net_stats, bad_solution)},        /* solves nothing that was handed out */
    {"low", offsetof(struct pool_net_stats, above_target)}, /* shares */
    POOL_NET_COUNTER(duplicates),
    POOL_NET_COUNTER(malformed),
    POOL_NET_COUNTER(shares_accepted),
    POOL_NET_COUNTER(shares_refused),
    POOL_NET_COUNTER(shares_stale),
    POOL_NET_COUNTER(foreign_extranonce),
    POOL_NET_COUNTER(keyless),
    POOL_NET_COUNTER(connections),
    {"candidates", offsetof(struct pool_net_stats, templates)},
};

const struct pool_net_row pool_ergonet = {
    .size = sizeof(struct ergonet),
    .needs = "The development network of Ergo needs a hash function, an extranonce of 0 to 7 "
             "bytes, and a known pool dialect",
    .busy = "",
    .body_max = ERGONET_BODY_MAX,
    .nonce_size = ERGONET_NONCE,
    .start_hashes = 0x1p14,
    .vardiff_share_ms = 500,
    .extranonce_bytes = 2,
    .jobs_before_login = true,
    .extranonce_size = true,
    .dialects = ergonet_dialects,
    .dialect_count = POOL_ERGONET_DIALECT_COUNT,
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
    .http = ergonet_http,
    .job = ergonet_job,
    .job_current = ergonet_job_current,
    .job_send = ergonet_job_send,
    .target = ergonet_share_target,
    .subscribe = ergonet_subscribe,
    .share = ergonet_share,
};
