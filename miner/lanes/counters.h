/* counters.h: what is counted while mining: hashes of each lane, results of finds, times. For run/
 * only: snapshot.c copies it. All counters are relaxed atomics: readers want numbers, not order. */
#ifndef MINER_COUNTERS_H
#define MINER_COUNTERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "lanes/values.h"
#include "pool.h"

typedef atomic_uint_fast64_t miner_counter;

static inline void miner_count(miner_counter *counter, uint64_t more)
{
    (void)atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

/** For counters with a single writer, which need no locked addition. */
static inline void miner_count_own(miner_counter *counter, uint64_t more)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + more, memory_order_relaxed);
}

static inline uint64_t miner_counted(const miner_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* Counters of one lane. Aligned, so that no two lanes write to one cache line. */
struct miner_lane_counters {
    _Alignas(64) miner_counter hashes;
    miner_counter chain_hashes[KERN_CHAINS_MAX];
    miner_counter batches;        /* searches or launches */
    miner_counter finds_lost;     /* ring to the verifier was full */
    miner_counter busy_ns;        /* inside searches; for a device, time with launches in flight */
    miner_counter kernel_ns;      /* device lanes: by profiling events */
    miner_counter proofs;         /* device lanes: ranges that gave exactly the expected finds */
    miner_counter proofs_skipped; /* ranges whose finds the host could not compute in time */
    miner_counter rows_lost;      /* solvers' rows that found no room in a device's memory */
    _Alignas(64) miner_counter found; /* written by the verifier: right finds of this lane */
    miner_counter faults;             /* wrong ones */
};

/* Results of finds. A find that the verifier passed is exactly one of: extra, duplicate,
 * unsent, or submitted; a submitted one ends as exactly one of the verdicts. */
struct miner_tally {
    miner_counter found[KERN_CHAINS_MAX]; /* submitted */
    miner_counter accepted[KERN_CHAINS_MAX];
    miner_counter rejected[KERN_CHAINS_MAX];
    miner_counter stale[KERN_CHAINS_MAX];
    miner_counter blocks;                 /* accepted finds that met the block target */
    miner_counter fates[POOL_FATE_COUNT]; /* of blocks whose node has said the last word */
    miner_counter verdicts[POOL_VERDICT_COUNT];
    miner_counter extra;      /* no share, and its template or job gave its one block before */
    miner_counter duplicates; /* held back by the duplicate guard */
    miner_counter unsent;     /* the source had no room */
    miner_counter faults;     /* wrong: never sent */
    miner_counter jobs;
    miner_counter best[MINER_BEST]; /* difficulties, largest first; written by the verifier */
};

/** Count a verdict under its chain. */
void miner_tally_verdict(struct miner_tally *tally, uint32_t chain, enum pool_verdict verdict,
                         bool block);

/** Keep the difficulty of a right find (expected hashes for it) if it is among the best. One
 * writer; a reader may see a value twice while it moves. */
void miner_tally_best(struct miner_tally *tally, uint64_t difficulty);

/** Add the counts of another tally, which has no writers any more. */
void miner_tally_add(struct miner_tally *tally, const struct miner_tally *more);

/** Sum over chains. */
uint64_t miner_tally_sum(const miner_counter per_chain[KERN_CHAINS_MAX]);

/** Submitted finds whose verdict is still to come. */
uint64_t miner_tally_open(const struct miner_tally *tally);

/* struct miner_times while it is counted. Zeroed memory is an empty one. Any number of writers. */
struct miner_histogram {
    miner_counter count;
    miner_counter max_ns;
    miner_counter sum_ns;
    miner_counter buckets[MINER_TIMES_BUCKETS];
};

void miner_histogram_add(struct miner_histogram *histogram, uint64_t ns);

/** Add the entries of another, which has no writers any more. */
void miner_histogram_merge(struct miner_histogram *histogram, const struct miner_histogram *more);

/** Add what was counted so far to times. */
void miner_histogram_take(struct miner_times *times, const struct miner_histogram *histogram);

/** Bucket of a time. */
size_t miner_times_bucket(uint64_t ns);

enum { MINER_METER_SAMPLES = 1024 };

/* Hashrate over windows: a ring of samples of a running total. One thread. */
struct miner_meter {
    struct {
        uint64_t ns;
        uint64_t total;
    } samples[MINER_METER_SAMPLES];
    size_t count; /* ever added */
};

/** Add a sample; meant for about one a second, in order of time. */
void miner_meter_add(struct miner_meter *meter, uint64_t now_ns, uint64_t total);

/** Units a second over the last window_ms (or since the first sample if that is later), up to the
 * newest sample; 0 with fewer than two samples. */
double miner_meter_rate(const struct miner_meter *meter, uint64_t window_ms);

#endif
