/* lane.c: see lane.h. */
#include "lane.h"

#include <time.h>

void miner_lane_set(struct miner_lane *lane, enum miner_lane_state state)
{
    atomic_store_explicit(&lane->state, (int)state, memory_order_release);
    lane->shared->changed(lane->shared->user, lane);
}

void miner_lane_join(struct miner_lane *lane)
{
    if (lane->joinable) {
        (void)pthread_join(lane->thread, NULL);
        lane->joinable = false;
    }
}

void miner_lane_note_cpu(struct miner_lane *lane)
{
    struct timespec used = {0, 0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    atomic_store(&lane->cpu_ns, (uint64_t)used.tv_sec * 1000000000U + (uint64_t)used.tv_nsec);
}
