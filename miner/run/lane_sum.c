/* lane_sum.c: see lane_sum.h. */
#include "run/lane_sum.h"

void miner_lane_sum_take(struct miner_lane_sum *sum, const struct miner_lane *lane)
{
    const struct miner_lane_counters *counters = &lane->counters;
    enum miner_lane_state state = miner_lane_state(lane);
    struct miner_lane_sum now = {
        .hashes = miner_counted(&counters->hashes),
        .found = miner_counted(&counters->found),
        .faults = miner_counted(&counters->faults),
        .lost = miner_counted(&counters->finds_lost),
        .busy_ns = miner_counted(&counters->busy_ns),
        .kernel_ns = miner_counted(&counters->kernel_ns),
        .proofs = miner_counted(&counters->proofs),
        .proofs_skipped = miner_counted(&counters->proofs_skipped),
        .lanes = 1,
        .lanes_off = state == MINER_LANE_OFF || state == MINER_LANE_FAILED,
    };
    for (size_t i = 0; i < KERN_CHAINS_MAX; i++) {
        now.chain_hashes[i] = miner_counted(&counters->chain_hashes[i]);
    }
    miner_lane_sum_add(sum, &now);
}

void miner_lane_sum_add(struct miner_lane_sum *sum, const struct miner_lane_sum *more)
{
    sum->hashes += more->hashes;
    for (size_t i = 0; i < KERN_CHAINS_MAX; i++) {
        sum->chain_hashes[i] += more->chain_hashes[i];
    }
    sum->found += more->found;
    sum->faults += more->faults;
    sum->lost += more->lost;
    sum->busy_ns += more->busy_ns;
    sum->kernel_ns += more->kernel_ns;
    sum->proofs += more->proofs;
    sum->proofs_skipped += more->proofs_skipped;
    sum->lanes += more->lanes;
    sum->lanes_off += more->lanes_off;
}
