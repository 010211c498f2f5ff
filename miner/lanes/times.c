/* times.c: the histogram of snapshot.h. */
#include <math.h>

#include "lanes/counters.h"

/* Buckets: values below FINE have one each; above, the top bit and the four bits after it. */
size_t miner_times_bucket(uint64_t ns)
{
    if (ns < MINER_TIMES_FINE) {
        return (size_t)ns;
    }
    unsigned top = 63U - (unsigned)__builtin_clzll(ns);
    size_t bucket =
        (size_t)(top - 3) * MINER_TIMES_FINE + (size_t)((ns >> (top - 4)) & (MINER_TIMES_FINE - 1));
    return bucket < MINER_TIMES_BUCKETS ? bucket : MINER_TIMES_BUCKETS - 1;
}

/* Largest time that falls into a bucket. */
static uint64_t bucket_end(size_t bucket)
{
    if (bucket < MINER_TIMES_FINE) {
        return bucket;
    }
    unsigned shift = (unsigned)(bucket / MINER_TIMES_FINE) - 1;
    uint64_t lead = MINER_TIMES_FINE + bucket % MINER_TIMES_FINE;
    return ((lead + 1) << shift) - 1;
}

double miner_times_ms(const struct miner_times *times, double part)
{
    uint64_t total = 0;
    uint64_t passed = 0;
    for (size_t i = 0; i < MINER_TIMES_BUCKETS; i++) {
        total += times->buckets[i];
    }
    if (total == 0) {
        return 0;
    }
    uint64_t rank = (uint64_t)ceil(part * (double)total);
    for (size_t i = 0; i < MINER_TIMES_BUCKETS; i++) {
        passed += times->buckets[i];
        if (passed >= rank && passed > 0) {
            uint64_t max = times->max_ns;
            uint64_t end = bucket_end(i);
            return (double)(end < max ? end : max) / 1e6;
        }
    }
    return (double)times->max_ns / 1e6;
}

uint64_t miner_times_within(const struct miner_times *times, uint64_t ns)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < MINER_TIMES_BUCKETS && bucket_end(i) <= ns; i++) {
        sum += times->buckets[i];
    }
    return sum;
}
