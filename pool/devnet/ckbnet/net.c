/* net.c: the network's row: its names, its chain, its templates, and what follows from a block. */
#include "ckbnet/net.h"

#include <stdio.h>
#include <string.h>

#include "base/target.h"

/* ---- templates and blocks ----------------------------------------------------------------------
 */

/* Replace the template; false without memory: the one before stays. */
static bool renew_template(struct pool_net *net, bool bare)
{
    struct ckbnet *own = ckbnet_of(net);
    json_t *made = ckbnet_template(own->chain, own->work_id, bare, net->time_ms);
    if (made == NULL) {
        return false;
    }
    own->work_id++;
    json_decref(own->current);
    own->current = made;
    return true;
}

/* The tip has changed: an empty template now, a full one soon. */
static void follow_tip(struct pool_net *net)
{
    struct ckbnet *own = ckbnet_of(net);
    json_decref(own->before);
    own->before = json_incref(own->current);
    own->old_left = net->config.faults.old_template;
    ckbnet_chain_new_txs(own->chain);
    (void)renew_template(net, true);
    own->full_ms = net->now_ms + CKBNET_FULL_MS;
    ckbnet_rpc_tell(net);
    pool_net_notify(net, true);
}

static bool foreign_block(struct pool_net *net)
{
    if (ckbnet_chain_foreign(ckbnet_of(net)->chain, net->time_ms) == NULL) {
        return false;
    }
    follow_tip(net);
    return true;
}

/* True when a block pays this lock with its cellbase, and the lock is not the node's. */
static bool pays_other(const struct ckbnet_chain *chain, const struct ckbnet_block *block)
{
    struct ckbnet_next next;
    const struct ckbnet_block *parent = ckbnet_chain_parent(chain, block);
    if (parent == NULL) {
        return false;
    }
    ckbnet_chain_next(&next, chain, parent, 0);
    return next.paid != NULL &&
           (next.paid->lock_size != chain->own_lock_size ||
            memcmp(next.paid->lock, chain->own_lock, chain->own_lock_size) != 0);
}

static void count_block(struct pool_net *net, const struct ckbnet_outcome *outcome)
{
    struct pool_net_stats *stats = &net->stats;
    const struct ckbnet_chain *chain = ckbnet_of(net)->chain;
    switch (outcome->verdict) {
    case CKBNET_TIP:
        stats->accepted++;
        stats->own_payee += outcome->own_lock;
        stats->txs += outcome->txs;
        stats->uncles += chain->tip->uncle_count;
        stats->paid += pays_other(chain, chain->tip);
        break;
    case CKBNET_BRANCH:
        stats->stale++;
        break;
    case CKBNET_DUPLICATE:
        stats->duplicates++;
        break;
    case CKBNET_BAD_NONCE:
        stats->above_target++;
        break;
    case CKBNET_MALFORMED:
        stats->malformed++;
        break;
    default:
        stats->invalid++;
        break;
    }
    if (outcome->verdict > CKBNET_DUPLICATE) {
        pool_net_why(net, outcome->text);
    }
}

void ckbnet_submit(struct ckbnet_outcome *outcome, struct pool_net *net, const json_t *block)
{
    struct ckbnet *own = ckbnet_of(net);
    own->good_blocks++;
    if (pool_net_every(own->good_blocks, net->config.faults.refuse)) {
        memset(outcome, 0, sizeof *outcome);
        outcome->verdict = CKBNET_INVALID;
        (void)snprintf(outcome->text, sizeof outcome->text, "Header(Pow(InvalidNonce: asked for))");
        net->stats.refused++;
        return;
    }
    if (pool_net_every(own->good_blocks, net->config.faults.overtake)) {
        net->stats.foreign += foreign_block(net);
    }
    ckbnet_judge(outcome, own->chain, block, net->time_ms);
    count_block(net, outcome);
    if (outcome->verdict == CKBNET_TIP) {
        follow_tip(net);
    } else if (outcome->verdict == CKBNET_BRANCH && own->full_ms == UINT64_MAX) {
        own->full_ms = net->now_ms + CKBNET_UNCLE_MS;
    }
}

/* ---- the row -----------------------------------------------------------------------------------
 */

static bool open(struct pool_net *net, uint64_t seed)
{
    struct ckbnet *own = ckbnet_of(net);
    own->full_ms = UINT64_MAX;
    own->chain = ckbnet_chain_new(seed, &net->config, net->time_ms);
    return own->chain != NULL && renew_template(net, true);
}

static void close(struct pool_net *net)
{
    struct ckbnet *own = ckbnet_of(net);
    for (size_t i = 0; i < POOL_NET_JOBS; i++) {
        json_decref(own->jobs[i].block);
    }
    json_decref(own->current);
    json_decref(own->before);
    ckbnet_chain_free(own->chain);
}

static void stats(struct pool_net *net)
{
    const struct ckbnet_chain *chain = ckbnet_of(net)->chain;
    struct ckbnet_next next;
    uint8_t target_be[32];
    ckbnet_chain_next(&next, chain, chain->tip, 0);
    net->stats.height = chain->tip->number;
    if (base_target_from_compact(target_be, next.compact) == BASE_OK) {
        net->stats.hashes = base_target_expected_tries(target_be);
    }
}

static uint64_t turn(struct pool_net *net, bool notify_due)
{
    struct ckbnet *own = ckbnet_of(net);
    if (net->now_ms >= own->full_ms) {
        own->full_ms = UINT64_MAX;
        (void)renew_template(net, false);
        pool_net_notify(net, false);
    } else if (notify_due) {
        (void)renew_template(net, false);
    }
    return own->full_ms;
}

static const struct pool_net_name faults[] = {
    {"syncing", offsetof(struct pool_net_faults, not_synced)},
    POOL_NET_FAULT(mainnet),
    POOL_NET_FAULT(no_assembler),
    POOL_NET_FAULT(old_template),
    POOL_NET_FAULT(no_events),
    POOL_NET_FAULT(refuse),
    POOL_NET_FAULT(new_extranonce),
    POOL_NET_FAULT(wrong_user),
    POOL_NET_FAULT(half),
    POOL_NET_FAULT(bad_hash),
};

static const struct pool_net_name counters[] = {
    POOL_NET_COUNTER(height),
    POOL_NET_COUNTER(accepted),
    POOL_NET_COUNTER(stale),
    POOL_NET_COUNTER(uncles),
    POOL_NET_COUNTER(foreign),
    {"own_lock", offsetof(struct pool_net_stats, own_payee)},
    POOL_NET_COUNTER(paid),
    {"transactions", offsetof(struct pool_net_stats, txs)},
    POOL_NET_COUNTER(duplicates),
    POOL_NET_COUNTER(above_target),
    POOL_NET_COUNTER(invalid),
    POOL_NET_COUNTER(malformed),
    POOL_NET_COUNTER(shares_accepted),
    POOL_NET_COUNTER(shares_refused),
    POOL_NET_COUNTER(shares_stale),
    POOL_NET_COUNTER(connections),
    POOL_NET_COUNTER(templates),
    POOL_NET_COUNTER(events),
};

const struct pool_net_row pool_ckbnet = {
    .size = sizeof(struct ckbnet),
    .needs = "The development network of CKB needs a hash function, an extranonce of 0 to 15 "
             "bytes, and a known pool dialect",
    .busy = "busy",
    .body_max = CKBNET_BODY_MAX,
    .nonce_size = CKBNET_NONCE_SIZE,
    .start_hashes = 0x1p20,
    .vardiff_share_ms = 250,
    .extranonce_bytes = 4,
    .has_events = true,
    .resets_nonsense = true,
    .extranonce_size = true,
    .dialects = ckbnet_dialects,
    .dialect_count = POOL_CKBNET_DIALECT_COUNT,
    .faults = faults,
    .fault_count = BASE_COUNT_OF(faults),
    .counters = counters,
    .counter_count = BASE_COUNT_OF(counters),
    .open = open,
    .close = close,
    .stats = stats,
    .foreign = foreign_block,
    .turn = turn,
    .http = ckbnet_http,
    .line = ckbnet_line,
    .job = ckbnet_job,
    .job_current = ckbnet_job_current,
    .job_send = ckbnet_job_send,
    .subscribe = ckbnet_subscribe,
    .user = ckbnet_user,
    .share = ckbnet_share,
};
