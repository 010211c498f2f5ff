/* lane.h: what one CPU lane does in a benchmark: hash for a window, run the limit probe for a
 * window, and have its answers checked. Each lane has its own state; nothing is shared.
 *
 * Every window hashes a fresh header (random nonce bytes, random start counter) against a target
 * that gives some finds, BENCH_LANE_FINDS where that is cheap, so that finding and reporting is
 * part of what is measured. Checking (check.h) is off the clock. */
#ifndef BENCH_LANE_H
#define BENCH_LANE_H

#include "measure/check.h"

enum {
    BENCH_LANE_FINDS = 64,      /* finds aimed at in a window, at most */
    BENCH_LANE_FINDS_CAP = 512, /* room; a window that fills it ends early */
    BENCH_PIECE = 64,           /* nonces compared at a time */
};

/* One variant as one lane runs it. Initialised by bench_lane_case_init, calibrated once. */
struct bench_lane_case {
    const struct kern_algo *algo;
    const struct kern_variant *variant;
    struct kern_scratch *scratch; /* owned */
    uint64_t call_nonces;         /* one search call, about 1 ms */
    uint64_t call_batches;        /* one probe call, about 1 ms */
    double nonces_per_s;          /* rough, of the last window */
    struct bench_check check;     /* of all windows */
};

/* One window on one lane. */
struct bench_sample {
    uint64_t hashes;  /* work in the algorithm's unit; of a probe: batches times ways */
    uint64_t nonces;  /* tried; of a probe: as hashes */
    uint64_t wall_ns; /* from the first counted call to the last one's end */
    uint64_t cpu_ns;  /* of these, on a core */
    double within; /* work between the window's start and end; of a call across either, the share of
                      its time that lies within; unknown where own_time */
    bool own_time; /* the lane's window was its own wall time: one call is longer than a window, or
                      the room for finds was full */
};

/* One lane. */
struct bench_lane {
    struct base_random random;
    struct kern_work work;      /* header and target of the current window */
    struct kern_finds finds;    /* owned, BENCH_LANE_FINDS_CAP: of the current window */
    uint64_t first;             /* first counter of the current window */
    struct bench_sample sample; /* of the last window */
    double frequency_hz;        /* seen at the end of the last hashing window */
};

/** Prepare a lane's buffers for an algorithm.
 * In:      algo  borrowed while the lane lives.
 *          work  template: size, chain, height, epoch, table (borrowed while the lane lives).
 *          seed  of this lane's headers and samples.
 * Returns: BASE_OK; BASE_E_MEMORY (lane may be deinitialised all the same). */
BASE_MUST_CHECK enum base_status bench_lane_init(struct bench_lane *lane,
                                                 const struct kern_algo *algo,
                                                 const struct kern_work *work, uint64_t seed);
void bench_lane_deinit(struct bench_lane *lane);

/** Prepare a variant for one lane. Returns BASE_OK; BASE_E_MEMORY. Deinit in every case. */
BASE_MUST_CHECK enum base_status bench_lane_case_init(struct bench_lane_case *lane_case,
                                                      const struct kern_algo *algo,
                                                      const struct kern_variant *variant);
void bench_lane_case_deinit(struct bench_lane_case *lane_case);

/* The functions below run on the lane's thread. A fault ends what they do and is in
 * lane_case->check. */

/** Find call sizes and speed; warms up for about duration_ns on a core, so that an interruption
 * does not leave call sizes unfound. */
void bench_lane_calibrate(struct bench_lane *lane, struct bench_lane_case *lane_case,
                          uint64_t duration_ns);

/** Hash until end_ns, count from start_ns on (base_clock_ns), with a target that suits
 * window_ns. Sets lane->sample and lane->frequency_hz. */
void bench_lane_hash(struct bench_lane *lane, struct bench_lane_case *lane_case, uint64_t start_ns,
                     uint64_t end_ns);

/** Run the variant's probe until end_ns, count from start_ns on. Sets lane->sample. */
void bench_lane_probe(struct bench_lane *lane, const struct bench_lane_case *lane_case,
                      uint64_t start_ns, uint64_t end_ns);

/** Check the answers of the last hashing window. */
void bench_lane_check(struct bench_lane *lane, struct bench_lane_case *lane_case);

#endif
