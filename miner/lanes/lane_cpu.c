/* lane_cpu.c: a lane that hashes on a processor core. Its loop touches the board's atomics, its own
 * counters and its ring; it waits only when there is no work at all. */
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "lanes/lane.h"
#include "lanes/tables.h"

enum {
    FINDS_CAP = 64,     /* of one search; more are searched for anew from where it stopped */
    RATE_SHIFT = 3,     /* the measured speed moves an eighth of the way with each batch */
    FIRST_NS = 50000,   /* a batch that lasts so long tells the speed */
    HELP_NS = 20000000, /* in filling a table, between two batches without it */
    FIRST_GROWTH = 4,   /* until then, each batch is so many times as large as the one before */
};

/* How fast this lane is. From one nonce in a second to a billion. */
struct pace {
    uint64_t per_s_scaled; /* nonces a second, times 2^RATE_SHIFT; 0: less than one, or not known */
    bool known;
    uint64_t first_count; /* nonces of a batch until it is known */
    uint32_t ways;
};

/* Nonces for a time, at most 1 s: a multiple of the ways, one batch of the kernel at least. */
static uint64_t pace_count(const struct pace *pace, uint64_t ns)
{
    if (!pace->known) {
        return pace->first_count;
    }
    /* Below 2^63: 2^30 nonces a second, times 2^3, times 2^30 ns. */
    uint64_t count = pace->per_s_scaled * ns / 1000000000U >> RATE_SHIFT;
    count -= count % pace->ways;
    return count > 0 ? count : pace->ways;
}

static void pace_learn(struct pace *pace, uint64_t tried, uint64_t ns)
{
    if (tried == 0 || ns == 0) {
        return;
    }
    uint64_t per_s = tried * 1000000000U / ns;
    /* A lane that was put aside by the system measures too slow: follow slowly, yet at the start
     * at once. */
    if (pace->known) {
        pace->per_s_scaled += per_s - (pace->per_s_scaled >> RATE_SHIFT);
    } else if (ns >= FIRST_NS) {
        pace->known = true;
        pace->per_s_scaled = per_s << RATE_SHIFT;
    } else {
        pace->first_count *= FIRST_GROWTH;
    }
}

/* Search one range until it is done, or until its task is worth nothing any more, which inside a
 * nonce is only seen by kernels whose nonces take long. A template that gives one block is left
 * after the first finds: further ones would be thrown away.
 * Out: progress  of all of it. */
static enum base_status search(struct miner_lane *lane, struct kern_scratch *scratch,
                               struct kern_finds *finds, const struct miner_assignment *assignment,
                               struct kern_progress *progress)
{
    struct miner_task *task = assignment->task;
    enum base_status status = BASE_E_FULL;
    *progress = (struct kern_progress){0, 0};
    while (status == BASE_E_FULL && progress->tried < assignment->count) {
        struct kern_progress step;
        finds->count = 0;
        status =
            kern_search(scratch, finds, &step, &task->work, assignment->first + progress->tried,
                        assignment->count - progress->tried, &assignment->stop);
        uint64_t now_ns = finds->count > 0 ? base_clock_ns() : 0;
        for (size_t i = 0; i < finds->count; i++) {
            miner_lane_hand_over(lane, task, &finds->entries[i], now_ns);
        }
        progress->tried += step.tried;
        progress->units += step.units;
        if (status == BASE_E_FULL && miner_task_gives_one(task)) {
            return BASE_OK;
        }
    }
    return status == BASE_E_FULL || status == BASE_E_STOPPED ? BASE_OK : status;
}

/* Fill pieces of the table that is being built, until a job comes or the time is over: then it is
 * the direct search's turn. Returns whether there was anything to do. */
static bool help_with_table(struct miner_lane *lane)
{
    struct miner_lane_shared *shared = lane->shared;
    if (shared->tables == NULL) {
        return false;
    }
    uint64_t generation = miner_board_generation(shared->board);
    uint64_t begun_ns = base_clock_ns();
    uint64_t now_ns = begun_ns;
    bool helped = false;
    while (now_ns - begun_ns < HELP_NS && miner_board_generation(shared->board) == generation &&
           miner_lane_goes_on(lane, 0) &&
           !atomic_load_explicit(&shared->cpu_hot, memory_order_relaxed) &&
           miner_tables_help(shared->tables)) {
        helped = true;
        now_ns = base_clock_ns();
    }
    if (helped) {
        miner_count_own(&lane->counters.busy_ns, now_ns - begun_ns);
    }
    return helped;
}

static enum base_status hash_until_stopped(struct miner_lane *lane, struct kern_scratch *scratch,
                                           struct kern_finds *finds)
{
    struct miner_lane_shared *shared = lane->shared;
    struct miner_lane_counters *counters = &lane->counters;
    struct pace pace = {.ways = lane->variant->ways, .first_count = lane->variant->ways};
    bool fresh = false; /* a find is on its way to its server */
    while (miner_lane_goes_on(lane, 0)) {
        if (atomic_load_explicit(&shared->cpu_hot, memory_order_relaxed)) {
            miner_lane_cool_down(lane, &shared->cpu_hot, 0);
            continue;
        }
        struct miner_assignment assignment;
        struct kern_progress progress;
        enum base_status status =
            miner_board_take(shared->board, &assignment, lane->index,
                             pace_count(&pace, fresh ? MINER_BITE_NS : MINER_BATCH_NS),
                             pace_count(&pace, MINER_BITE_NS));
        if (status == BASE_E_AGAIN && help_with_table(lane)) {
            continue;
        }
        if (status == BASE_E_AGAIN) {
            miner_board_wait(shared->board, lane->index, assignment.generation, MINER_LANE_NAP_MS);
            continue;
        }
        if (status != BASE_OK) {
            break; /* the board was stopped */
        }
        uint64_t before_ns = base_clock_ns();
        if (assignment.switched) {
            miner_histogram_add(lane->switches, before_ns - assignment.task->published_ns);
        }
        status = search(lane, scratch, finds, &assignment, &progress);
        uint64_t ns = base_clock_ns() - before_ns;
        miner_count_own(&counters->hashes, progress.units);
        miner_count_own(&counters->chain_hashes[assignment.task->work.chain], progress.units);
        miner_count_own(&counters->batches, 1);
        miner_count_own(&counters->busy_ns, ns);
        if (status != BASE_OK) {
            return base_error_set(&lane->error, status, "%s: the kernel %s refused work: %s",
                                  lane->name, lane->variant->name, base_status_text(status));
        }
        pace_learn(&pace, progress.tried, ns);
        /* The scheduler may let a lane run on to the next tick, 4 ms at most, before the threads
         * that carry a find to its server. Lanes give way to them, often and only then. */
        fresh = miner_verifier_has_fresh(shared->verifier, before_ns + ns);
        if (fresh) {
            (void)sched_yield();
        } else {
            (void)help_with_table(lane);
        }
    }
    return BASE_OK;
}

static void *run(void *argument)
{
    struct miner_lane *lane = argument;
    const struct kern_algo *algo = lane->shared->algo;
    struct kern_scratch *scratch = NULL;
    struct kern_finds finds;
    enum base_status status = BASE_OK;
    if (lane->shared->niceness > 0) {
        /* On Linux this is the thread's own. It fails where the process is nicer already. */
        if (setpriority(PRIO_PROCESS, 0, lane->shared->niceness) == 0) {
            atomic_store(&lane->task, (int)syscall(SYS_gettid));
        }
    }
    if (lane->topology != NULL) {
        (void)miner_topology_pin(lane->topology, lane->place); /* unpinned lanes work as well */
    }
    /* After pinning: memory lies next to the core that uses it. */
    scratch = kern_scratch_new(algo, lane->variant);
    status = kern_finds_new(&finds, algo, FINDS_CAP);
    if (scratch == NULL || status != BASE_OK) {
        status = base_error_set(&lane->error, BASE_E_MEMORY,
                                "no memory for a lane: %s needs %zu MB for each; use fewer (-t)",
                                algo->name, kern_scratch_bytes(algo, lane->variant) / 1000000 + 1);
    } else {
        status = kern_scratch_self_test(scratch, &lane->error);
    }
    if (status == BASE_OK) {
        miner_lane_set(lane, MINER_LANE_READY);
        status = hash_until_stopped(lane, scratch, &finds);
    }
    miner_board_leave(lane->shared->board, lane->index);
    kern_finds_free(&finds);
    kern_scratch_free(scratch);
    atomic_store(&lane->cpu_ns, base_clock_thread_ns());
    atomic_store(&lane->task, 0); /* the number may be another's from now on */
    if (status != BASE_OK) {
        miner_lane_set(lane, MINER_LANE_FAILED);
    } else if (atomic_load(&lane->distrusted) > 0) {
        miner_lane_set(lane, MINER_LANE_OFF);
    } else {
        miner_lane_set(lane, MINER_LANE_ENDED);
    }
    return NULL;
}

enum base_status miner_lane_cpu_start(struct miner_lane *lane, struct base_error *error)
{
    if (pthread_create(&lane->thread, NULL, run, lane) != 0) {
        return base_error_set(error, BASE_E_IO, "%s: the system gives no more threads", lane->name);
    }
    lane->joinable = true;
    return BASE_OK;
}
