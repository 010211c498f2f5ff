/* lane.c: see lane.h. */
#include "lanes/lane.h"

#include <sys/resource.h>

#include "base/thread.h"

enum { COOL_LOOK_MS = 100 }; /* no signal says that it has cooled down, or is distrusted */

void miner_lane_set(struct miner_lane *lane, enum miner_lane_state state)
{
    atomic_store_explicit(&lane->state, (int)state, memory_order_release);
    lane->shared->changed(lane->shared->user, lane);
}

void miner_lane_cool_down(struct miner_lane *lane, const atomic_bool *hot, unsigned distrusted)
{
    struct miner_board *board = lane->shared->board;
    miner_lane_set(lane, MINER_LANE_PAUSED);
    while (miner_lane_goes_on(lane, distrusted) && atomic_load(hot)) {
        miner_board_wait(board, lane->index, miner_board_generation(board), COOL_LOOK_MS);
    }
    miner_lane_set(lane, MINER_LANE_READY);
}

void miner_lane_hand_over(struct miner_lane *lane, struct miner_task *task,
                          const struct kern_find *find, uint64_t found_ns)
{
    if (!miner_verifier_push(lane->shared->verifier, lane->index, task, find, found_ns) &&
        !task->easy) {
        miner_count_own(&lane->counters.finds_lost, 1);
    }
}

void miner_lane_hurry(const struct miner_lane *lane)
{
    int task = atomic_load(&lane->task);
    if (task != 0 && lane->joinable) {
        (void)setpriority(PRIO_PROCESS, (id_t)task, 0);
    }
}

bool miner_lane_join(struct miner_lane *lane, uint32_t wait_ms)
{
    lane->joinable = lane->joinable && !base_thread_join(lane->thread, wait_ms);
    return !lane->joinable;
}
