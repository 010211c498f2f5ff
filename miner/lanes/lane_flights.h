/* lane_flights.h: the launches of a device lane: which ranges are in flight, proofs, tables,
 * results. For lane_opencl.c, which opens and closes the device; on the lane's thread only. */
#ifndef MINER_LANE_FLIGHTS_H
#define MINER_LANE_FLIGHTS_H

#include "lanes/lane.h"

enum {
    MINER_FLIGHTS = 2,
    MINER_RESCANS_MAX = 64, /* each overflow is cut in four: three waiting for each of 16 levels */
};

/* A range that is or was in flight. */
struct miner_flight {
    struct miner_task *task; /* owned reference */
    uint64_t first;
    uint64_t count;
    struct kern_stop stop; /* says so when the task is worth nothing any more; word NULL: never */
    bool proof;            /* its finds are known: they are compared, not verified and sent */
    bool behind_step;      /* a step of a table was queued before it */
    bool switched;         /* first range of its task: the time until it runs is noted */
    uint64_t begun_ns;     /* when it came to the head of the queue; 0: waits behind another */
    uint64_t expected_ns;  /* how long it should run */
    uint64_t enqueued_ns;  /* how long queueing it took: all, with drivers that run at once */
};

struct miner_device {
    struct miner_lane *lane;
    struct kern_cl_runner *runner;
    struct miner_flight flights[MINER_FLIGHTS]; /* oldest first */
    size_t flying;
    struct miner_flight rescans[MINER_RESCANS_MAX];
    size_t rescan_count;
    struct miner_flight held; /* range whose table is not ready; task NULL: none */
    uint64_t table_began_ns;  /* of the table that is being built; 0: none */
    uint64_t table_told_ns;   /* when the log was told last how far it is */
    double per_ns;            /* nonces a nanosecond, as last measured; 0: not yet */
    uint64_t step;
    uint64_t most;               /* nonces of the largest launch */
    uint64_t seen;               /* generation of the board at the last take */
    uint64_t proof_ms;           /* when the next proof is due */
    struct kern_cl_proof *proof; /* NULL: proofs cannot be computed; each is counted as skipped */
    bool skip_told;              /* the log has said why proofs are skipped */
    struct kern_cl_result *result;
};

/** Hash until told to stop (BASE_OK), distrusted (BASE_E_MISMATCH) or failed, with the reason in
 * the lane's error. distrusted: the lane's count of lost trust when it began. */
enum base_status miner_flights_hash(struct miner_device *device, unsigned distrusted);

/** Let go of all tasks; launches in flight are of no use any more. */
void miner_flights_drop(struct miner_device *device);

/** Tell the watchdog that the driver is being called, and that it came back. */
void miner_flights_enter_driver(const struct miner_device *device);
void miner_flights_leave_driver(const struct miner_device *device);

#endif
