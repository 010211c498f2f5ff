/* lane.h: a hashing thread for a CPU core or a device: what all kinds share, and the start of each
 * kind. A lane takes ranges from the board, searches them, gives finds to the verifier, and writes
 * nothing else but its own counters and state. */
#ifndef MINER_LANE_H
#define MINER_LANE_H

#include <pthread.h>

#include "kern.h"
#include "kern_opencl.h"
#include "lanes/board.h"
#include "lanes/counters.h"
#include "lanes/values.h"
#include "lanes/verify.h"
#include "log/log.h"
#include "machine/topology.h"

enum {
    MINER_BATCH_NS = 1000000, /* a CPU lane looks for a new job about once a millisecond */
    MINER_BITE_NS = 150000,   /* first range of a new job: sixteen of them within 2.5 ms */
    MINER_LAUNCH_NS = 20000000,
    MINER_LANE_NAP_MS = 1000, /* longest sleep while there is no work */
};

enum miner_lane_state {
    MINER_LANE_STARTING, /* building and proving its kernel */
    MINER_LANE_READY,    /* hashes whenever there is work */
    MINER_LANE_PAUSED,   /* distrusted, will be tried once more; or too hot (see hot) */
    MINER_LANE_OFF,      /* distrusted for good */
    MINER_LANE_FAILED,   /* could not start, or its device failed: see error */
    MINER_LANE_ENDED,    /* told to end */
};

struct miner_lane;

/* What all lanes of a run share. Constant once lanes start, but for the marked fields. */
struct miner_lane_shared {
    const struct kern_algo *algo;
    struct miner_board *board;
    struct miner_verifier *verifier;
    struct miner_tables *tables; /* in the host's memory; NULL: none */
    struct miner_log *log;
    uint32_t retry_ms;       /* a distrusted device rests so long before its second try */
    uint32_t proof_ms;       /* time between two proofs of a device; the first comes sooner */
    uint32_t tune_ms;        /* time for tuning a device that is seen first; 0: it is not */
    uint32_t watchdog_ms;    /* a launch that takes so long never comes back */
    int niceness;            /* of CPU lanes, 0..19 */
    atomic_uint cpu_limit_c; /* CPU lanes rest while the processor is so hot; 0: no limit */
    atomic_bool cpu_hot;     /* it is: written by the sensor watch */
    atomic_bool stopping;    /* lanes end at the next look */
    /** Called on the lane's thread after each change of state; must not wait. */
    void (*changed)(void *user, struct miner_lane *lane);
    void *user;
};

/* One lane. The maker fills the first part, then starts it. */
struct miner_lane {
    struct miner_lane_shared *shared;
    size_t index;                     /* of the board and verifier */
    char name[MINER_LANE_NAME_MAX];   /* "cpu 3", "opencl 0:0 Tesla ..." */
    struct miner_histogram *switches; /* borrowed; atomics: job to first hash of it */
    bool needs_table;                 /* in the host's memory: gets only tasks that have it */
    bool uses_table;                  /* gets every task, and hashes faster with it */
    /* CPU lanes: */
    const struct kern_variant *variant;
    const struct miner_topology *topology; /* NULL: not pinned */
    unsigned place;                        /* lane number in the topology */
    /* device lanes: */
    const struct kern_cl_list *devices; /* NULL for CPU lanes */
    size_t device;                      /* index in it */
    const char *cache_dir;              /* NULL: none */
    uint64_t launch_ns;                 /* time of one launch */
    bool tunable;                       /* may be tuned when it is seen first */
    bool forced;                        /* params are asked for, not tuned ones */
    struct kern_cl_params params;

    pthread_t thread;
    bool joinable;
    atomic_int task;            /* the system's number of a thread that made itself nice; 0: none */
    enum miner_lane_state told; /* state that was logged last; main thread */
    atomic_int state;           /* enum miner_lane_state; written by the lane */
    atomic_uint distrusted;     /* how often the verifier lost trust; written by the verifier */
    atomic_uint temp_limit_c; /* device lanes: one that is so hot rests; 0: no limit. Main thread */
    atomic_bool hot;          /* at its temperature limit: rest; written by the sensor watch */
    atomic_uint_fast64_t beat;   /* base_clock_ms of the last sign of life of a launch; 0: idle */
    atomic_uint_fast64_t cpu_ns; /* processor time of the thread, set when it ends */
    /* Device lanes, of the table in the device's memory that its work waits for: */
    atomic_uint table_permille;        /* 1 .. 999 while it is being built; 0, later 1000 */
    atomic_uint_fast64_t table_height; /* of the work */
    struct base_error error;           /* valid once state is FAILED */
    struct miner_lane_counters counters;
};

/** Set the state and tell. On the lane's thread. */
void miner_lane_set(struct miner_lane *lane, enum miner_lane_state state);

static inline enum miner_lane_state miner_lane_state(const struct miner_lane *lane)
{
    return (enum miner_lane_state)atomic_load_explicit(&lane->state, memory_order_acquire);
}

/** Start the thread: it proves its kernel with the known answers, then hashes.
 * Returns: BASE_OK; BASE_E_IO no thread. What goes wrong later shows in the lane's state. */
BASE_MUST_CHECK enum base_status miner_lane_cpu_start(struct miner_lane *lane,
                                                      struct base_error *error);
BASE_MUST_CHECK enum base_status miner_lane_opencl_start(struct miner_lane *lane,
                                                         struct base_error *error);

/** Tune the device of a lane that was never tuned for this algorithm, if the run wants that and
 * there is a folder to keep the result in. CPU-type devices are left alone: what suits them is
 * known. On the lane's thread, before its kernel is built; ends early when the run does or the
 * device is hot. */
void miner_lane_tune(struct miner_lane *lane);

/** True until the lane is told to end, or distrusted anew.
 * In: distrusted  its count of lost trust so far. */
static inline bool miner_lane_goes_on(const struct miner_lane *lane, unsigned distrusted)
{
    return !atomic_load_explicit(&lane->shared->stopping, memory_order_relaxed) &&
           atomic_load_explicit(&lane->distrusted, memory_order_relaxed) == distrusted;
}

/** At a temperature limit: rest until the sensor watch says that it has cooled down, or the lane
 * does not go on. On the lane's thread, with nothing in flight. */
void miner_lane_cool_down(struct miner_lane *lane, const atomic_bool *hot, unsigned distrusted);

/** Give a find to the verifier. One for which there is no room counts as lost, unless its target is
 * so easy that few of its finds are of use. */
void miner_lane_hand_over(struct miner_lane *lane, struct miner_task *task,
                          const struct kern_find *find, uint64_t found_ns);

/** Take back the niceness of a lane that is to end, where the system allows it (RLIMIT_NICE): else,
 * on a busy machine, its last millisecond may take seconds. */
void miner_lane_hurry(const struct miner_lane *lane);

/** Wait for the thread to end, or for so long; shared->stopping and miner_board_stop come first.
 * Returns: true when it has ended, or never ran. */
bool miner_lane_join(struct miner_lane *lane, uint32_t wait_ms);

#endif
