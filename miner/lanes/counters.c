/* counters.c: see counters.h. */
#include "lanes/counters.h"

void miner_tally_verdict(struct miner_tally *tally, uint32_t chain, enum pool_verdict verdict,
                         bool block)
{
    BASE_ASSERT(chain < KERN_CHAINS_MAX && verdict < POOL_VERDICT_COUNT);
    miner_count(&tally->verdicts[verdict], 1);
    switch (verdict) {
    case POOL_ACCEPTED:
        miner_count(&tally->accepted[chain], 1);
        miner_count(&tally->blocks, block ? 1 : 0);
        break;
    case POOL_STALE:
        miner_count(&tally->stale[chain], 1);
        break;
    case POOL_UNANSWERED:
    case POOL_NOT_SENT:
        break; /* the server did not judge them */
    case POOL_DUPLICATE:
    case POOL_LOW_DIFFICULTY:
    case POOL_WRONG_CHAIN:
    case POOL_UNAUTHORIZED:
    case POOL_MALFORMED:
    case POOL_REFUSED:
    case POOL_VERDICT_COUNT:
        miner_count(&tally->rejected[chain], 1);
        break;
    }
}

static void add_counters(miner_counter *to, const miner_counter *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        miner_count(&to[i], miner_counted(&from[i]));
    }
}

void miner_tally_best(struct miner_tally *tally, uint64_t difficulty)
{
    for (size_t i = 0; i < MINER_BEST && difficulty > 0; i++) {
        uint64_t here = miner_counted(&tally->best[i]);
        if (difficulty > here) {
            atomic_store_explicit(&tally->best[i], difficulty, memory_order_relaxed);
            difficulty = here;
        }
    }
}

void miner_tally_add(struct miner_tally *tally, const struct miner_tally *more)
{
    add_counters(tally->found, more->found, KERN_CHAINS_MAX);
    add_counters(tally->accepted, more->accepted, KERN_CHAINS_MAX);
    add_counters(tally->rejected, more->rejected, KERN_CHAINS_MAX);
    add_counters(tally->stale, more->stale, KERN_CHAINS_MAX);
    add_counters(tally->verdicts, more->verdicts, POOL_VERDICT_COUNT);
    add_counters(&tally->blocks, &more->blocks, 1);
    add_counters(tally->fates, more->fates, POOL_FATE_COUNT);
    add_counters(&tally->extra, &more->extra, 1);
    add_counters(&tally->duplicates, &more->duplicates, 1);
    add_counters(&tally->unsent, &more->unsent, 1);
    add_counters(&tally->faults, &more->faults, 1);
    add_counters(&tally->jobs, &more->jobs, 1);
    for (size_t i = 0; i < MINER_BEST; i++) {
        miner_tally_best(tally, miner_counted(&more->best[i]));
    }
}

uint64_t miner_tally_sum(const miner_counter per_chain[KERN_CHAINS_MAX])
{
    uint64_t sum = 0;
    for (size_t i = 0; i < KERN_CHAINS_MAX; i++) {
        sum += miner_counted(&per_chain[i]);
    }
    return sum;
}

uint64_t miner_tally_open(const struct miner_tally *tally)
{
    uint64_t ended = 0;
    for (size_t i = 0; i < POOL_VERDICT_COUNT; i++) {
        ended += miner_counted(&tally->verdicts[i]);
    }
    uint64_t sent = miner_tally_sum(tally->found);
    return sent > ended ? sent - ended : 0;
}

static void raise_max(struct miner_histogram *histogram, uint64_t ns)
{
    uint64_t max = miner_counted(&histogram->max_ns);
    while (ns > max &&
           !atomic_compare_exchange_weak_explicit(&histogram->max_ns, &max, ns,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

void miner_histogram_add(struct miner_histogram *histogram, uint64_t ns)
{
    miner_count(&histogram->buckets[miner_times_bucket(ns)], 1);
    miner_count(&histogram->count, 1);
    miner_count(&histogram->sum_ns, ns);
    raise_max(histogram, ns);
}

void miner_histogram_merge(struct miner_histogram *histogram, const struct miner_histogram *more)
{
    add_counters(histogram->buckets, more->buckets, MINER_TIMES_BUCKETS);
    add_counters(&histogram->count, &more->count, 1);
    add_counters(&histogram->sum_ns, &more->sum_ns, 1);
    raise_max(histogram, miner_counted(&more->max_ns));
}

void miner_histogram_take(struct miner_times *times, const struct miner_histogram *histogram)
{
    uint64_t max_ns = miner_counted(&histogram->max_ns);
    times->count += miner_counted(&histogram->count);
    times->sum_ns += miner_counted(&histogram->sum_ns);
    times->max_ns = max_ns > times->max_ns ? max_ns : times->max_ns;
    for (size_t i = 0; i < MINER_TIMES_BUCKETS; i++) {
        times->buckets[i] += miner_counted(&histogram->buckets[i]);
    }
}

void miner_meter_add(struct miner_meter *meter, uint64_t now_ns, uint64_t total)
{
    size_t at = meter->count % MINER_METER_SAMPLES;
    meter->samples[at].ns = now_ns;
    meter->samples[at].total = total;
    meter->count += 1;
}

double miner_meter_rate(const struct miner_meter *meter, uint64_t window_ms)
{
    if (meter->count < 2) {
        return 0;
    }
    size_t newest = (meter->count - 1) % MINER_METER_SAMPLES;
    size_t kept = meter->count < MINER_METER_SAMPLES ? meter->count : MINER_METER_SAMPLES;
    size_t oldest = newest;
    /* The sample just inside the window, but at least one before the newest. A tenth of a second
     * of grace: samples are late by a little, never early. */
    for (size_t back = 1; back < kept; back++) {
        size_t at = (meter->count - 1 - back) % MINER_METER_SAMPLES;
        if (back > 1 &&
            meter->samples[newest].ns - meter->samples[at].ns > window_ms * 1000000U + 100000000U) {
            break;
        }
        oldest = at;
    }
    uint64_t ns = meter->samples[newest].ns - meter->samples[oldest].ns;
    uint64_t units = meter->samples[newest].total - meter->samples[oldest].total;
    return ns > 0 ? (double)units * 1e9 / (double)ns : 0;
}
