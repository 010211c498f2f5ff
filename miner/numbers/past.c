/* past.c: see past.h. */
#include "numbers/past.h"

#include <stdio.h>
#include <string.h>

#include "lanes/lane.h"

static void add_sum(struct miner_lane_sum *sum, const struct miner_lane_sum *more)
{
    for (size_t i = 0; i < KERN_CHAINS_MAX; i++) {
        sum->chain_hashes[i] += more->chain_hashes[i];
    }
    sum->hashes += more->hashes;
    sum->found += more->found;
    sum->faults += more->faults;
    sum->lost += more->lost;
    sum->busy_ns += more->busy_ns;
    sum->kernel_ns += more->kernel_ns;
    sum->proofs += more->proofs;
    sum->proofs_skipped += more->proofs_skipped;
    sum->rows_lost += more->rows_lost;
    sum->lanes += more->lanes;
    sum->lanes_off += more->lanes_off;
}

void miner_lane_sum_take(struct miner_lane_sum *sum, const struct miner_lane *lane)
{
    const struct miner_lane_counters *counters = &lane->counters;
    enum miner_lane_state state = miner_lane_state(lane);
    for (size_t i = 0; i < KERN_CHAINS_MAX; i++) {
        sum->chain_hashes[i] += miner_counted(&counters->chain_hashes[i]);
    }
    sum->hashes += miner_counted(&counters->hashes);
    sum->found += miner_counted(&counters->found);
    sum->faults += miner_counted(&counters->faults);
    sum->lost += miner_counted(&counters->finds_lost);
    sum->busy_ns += miner_counted(&counters->busy_ns);
    sum->kernel_ns += miner_counted(&counters->kernel_ns);
    sum->proofs += miner_counted(&counters->proofs);
    sum->proofs_skipped += miner_counted(&counters->proofs_skipped);
    sum->rows_lost += miner_counted(&counters->rows_lost);
    sum->lanes += 1;
    sum->lanes_off += state == MINER_LANE_OFF || state == MINER_LANE_FAILED;
}

void miner_past_take(struct miner_lane_sum *sum, const struct miner_past *past, const char *name)
{
    for (size_t i = 0; i < past->count; i++) {
        if (strcmp(past->devices[i].name, name) == 0) {
            add_sum(sum, &past->devices[i].sum);
        }
    }
}

/* The entry for a name, made if it is new. */
static struct miner_past_device *entry_of(struct miner_past *past, const char *name)
{
    for (size_t i = 0; i < past->count; i++) {
        if (strcmp(past->devices[i].name, name) == 0) {
            return &past->devices[i];
        }
    }
    if (past->count == MINER_PAST_DEVICES_MAX) {
        return &past->devices[MINER_PAST_DEVICES_MAX - 1];
    }
    bool last = past->count == MINER_PAST_DEVICES_MAX - 1;
    struct miner_past_device *made = &past->devices[past->count++];
    (void)snprintf(made->name, sizeof made->name, "%s", last ? "others" : name);
    return made;
}

static void add_device(struct miner_past *past, const char *name, const char *kernel,
                       const struct miner_lane_sum *more)
{
    struct miner_past_device *device = entry_of(past, name);
    device->kernel = kernel;
    add_sum(&device->sum, more);
    add_sum(&past->sum, more);
}

void miner_past_add(struct miner_past *past, const struct miner_past *older,
                    const struct miner_lane *lanes, size_t lane_count)
{
    past->lanes_cpu_ns += older->lanes_cpu_ns;
    for (size_t i = 0; i < older->count; i++) {
        const struct miner_past_device *device = &older->devices[i];
        add_device(past, device->name, device->kernel, &device->sum);
    }
    for (size_t i = 0; i < lane_count; i++) {
        const struct miner_lane *lane = &lanes[i];
        bool cpu = lane->devices == NULL;
        struct miner_lane_sum sum = {0};
        miner_lane_sum_take(&sum, lane);
        sum.lanes = sum.lanes_off = 0; /* it has ended */
        past->lanes_cpu_ns += atomic_load(&lane->cpu_ns);
        add_device(past, cpu ? "cpu" : lane->name, cpu ? lane->variant->name : "opencl", &sum);
    }
}
