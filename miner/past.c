/* past.c: see past.h. */
#include "past.h"

#include <stdio.h>
#include <string.h>

#include "engine.h"

const struct miner_past_device *miner_past_find(const struct miner_past *past, const char *name)
{
    for (size_t i = 0; i < past->count; i++) {
        if (strcmp(past->devices[i].name, name) == 0) {
            return &past->devices[i];
        }
    }
    return NULL;
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

static void add_device(struct miner_past *past, const char *name,
                       const struct miner_past_device *more)
{
    struct miner_past_device *device = entry_of(past, name);
    device->kernel = more->kernel;
    device->hashes += more->hashes;
    device->found += more->found;
    device->faults += more->faults;
    device->lost += more->lost;
    device->busy_ns += more->busy_ns;
    device->kernel_ns += more->kernel_ns;
    device->probes += more->probes;
    past->hashes += more->hashes;
    for (size_t i = 0; i < KERN_CHAINS_MAX; i++) {
        device->chain_hashes[i] += more->chain_hashes[i];
        past->chain_hashes[i] += more->chain_hashes[i];
    }
}

void miner_past_add(struct miner_past *past, const struct miner_engine *old)
{
    past->lanes_cpu_ns += old->past.lanes_cpu_ns;
    for (size_t i = 0; i < old->past.count; i++) {
        add_device(past, old->past.devices[i].name, &old->past.devices[i]);
    }
    for (size_t i = 0; i < old->lane_count; i++) {
        const struct miner_lane *lane = &old->lanes[i];
        const struct miner_lane_counters *counters = &lane->counters;
        bool cpu = i < old->cpu_lane_count;
        struct miner_past_device now = {
            .kernel = cpu ? old->variant->name : "opencl",
            .hashes = miner_counted(&counters->hashes),
            .found = miner_counted(&counters->found),
            .faults = miner_counted(&counters->faults),
            .lost = miner_counted(&counters->finds_lost),
            .busy_ns = miner_counted(&counters->busy_ns),
            .kernel_ns = miner_counted(&counters->kernel_ns),
            .probes = miner_counted(&counters->probes),
        };
        for (size_t c = 0; c < KERN_CHAINS_MAX; c++) {
            now.chain_hashes[c] = miner_counted(&counters->chain_hashes[c]);
        }
        past->lanes_cpu_ns += atomic_load(&lane->cpu_ns);
        add_device(past, cpu ? "cpu" : lane->name, &now);
    }
}
