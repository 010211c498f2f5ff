/* values.h: what lanes have counted, as values that can be copied and added: all that rooms above
 * run/ see of lanes. */
#ifndef MINER_VALUES_OF_LANES_H
#define MINER_VALUES_OF_LANES_H

#include "kern.h"

enum {
    MINER_LANE_NAME_MAX = 160, /* bytes with NUL */
    MINER_BEST = 10,           /* finds of the highest difficulty that are kept */

    /* A chain whose pool job is this much older than the newest one gets work only when no
     * fresher one has any. One block time; official pools forget jobs after 10 s (alephium.md 6.5).
     * Jobs of a node stay good until the node replaces them, whatever their age (4.5). */
    MINER_JOB_FRESH_MS = 8000,

    MINER_TIMES_FINE = 16, /* buckets for each power of two: within 6.25 % */
    MINER_TIMES_BUCKETS = 48 * MINER_TIMES_FINE,
};

/* Times of one kind as a histogram. Zeroed memory is an empty one. */
struct miner_times {
    uint64_t count;
    uint64_t max_ns;
    uint64_t sum_ns;
    uint64_t buckets[MINER_TIMES_BUCKETS];
};

/** Time in ms that this part (0..1) of the entries does not exceed, rounded up to the end of its
 * bucket (at most the largest time seen); 0 while empty. */
double miner_times_ms(const struct miner_times *times, double part);

/** Entries whose bucket ends at or below ns: what is within 6.25 % above them may be missing. */
uint64_t miner_times_within(const struct miner_times *times, uint64_t ns);

/* What lanes have counted. Zeroed memory is an empty sum. */
struct miner_lane_sum {
    uint64_t hashes;
    uint64_t chain_hashes[KERN_CHAINS_MAX];
    uint64_t found;  /* right finds */
    uint64_t faults; /* wrong finds */
    uint64_t lost;   /* finds for which the verifier's ring had no room */
    uint64_t busy_ns;
    uint64_t kernel_ns;
    uint64_t proofs;         /* of devices: ranges that gave exactly the expected finds */
    uint64_t proofs_skipped; /* ranges whose finds the host could not compute in time */
    uint64_t rows_lost;      /* of devices: rows of a solver for which their memory had no room */
    unsigned lanes;          /* that exist now */
    unsigned lanes_off;      /* of these: distrusted or failed */
};

#endif
