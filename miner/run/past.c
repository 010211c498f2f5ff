/* past.c: see past.h. */
#include "run/past.h"

#include <stdio.h>
#include <string.h>

#include "run/engine.h"

void miner_past_take(struct miner_lane_sum *sum, const struct miner_past *past, const char *name)
{
    for (size_t i = 0; i < past->count; i++) {
        if (strcmp(past->devices[i].name, name) == 0) {
            miner_lane_sum_add(sum, &past->devices[i].sum);
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
    miner_lane_sum_add(&device->sum, more);
    miner_lane_sum_add(&past->sum, more);
}

void miner_past_add(struct miner_past *past, const struct miner_engine *old)
{
    past->lanes_cpu_ns += old->past.lanes_cpu_ns;
    for (size_t i = 0; i < old->past.count; i++) {
        const struct miner_past_device *device = &old->past.devices[i];
        add_device(past, device->name, device->kernel, &device->sum);
    }
    for (size_t i = 0; i < old->lane_count; i++) {
        const struct miner_lane *lane = &old->lanes[i];
        bool cpu = i < old->cpu_lane_count;
        struct miner_lane_sum sum = {0};
        miner_lane_sum_take(&sum, lane);
        sum.lanes = sum.lanes_off = 0; /* it has ended */
        past->lanes_cpu_ns += atomic_load(&lane->cpu_ns);
        add_device(past, cpu ? "cpu" : lane->name, cpu ? old->variant->name : "opencl", &sum);
    }
}
