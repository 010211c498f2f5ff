/* stats.h: median and spread of a few windows, and the confidence interval of the median. Pure
 * arithmetic; knows nothing of kernels or clocks. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    BENCH_WINDOWS_MAX = 512,  /* values one summary takes */
    BENCH_INTERVAL_COUNT = 6, /* fewest values whose order statistics give a 95 % interval */
};

/* Summary of repeated measurements of one quantity, in the unit of the values. All zero when there
 * were none. */
struct bench_summary {
    size_t count;
    double median;
    double min;
    double max;
    bool has_interval; /* false below BENCH_INTERVAL_COUNT values: low and high are min and max */
    double low;        /* interval that holds the true median with at least 95 % */
    double high;
};

/** Summarise count values (0..BENCH_WINDOWS_MAX), which stay as they are. */
void bench_summarise(struct bench_summary *summary, const double *values, size_t count);

/** Rank j (1 = smallest) such that the j-th smallest and the j-th largest of count values enclose
 * the median of their distribution with at least 95 %, whatever that distribution is; 0 when even
 * the extremes do not.
 * Source:  the number of values below the median is binomial (count, 1/2): the largest j with
 *          P(fewer than j) <= 2.5 %. */
size_t bench_interval_rank(size_t count);

/* Ratio of two medians measured apart, and the verdict. */
struct bench_ratio {
    double ratio; /* new median / old median; 0 when the old one is 0 */
    double low;   /* interval of the ratio: at least 95 %; equal to ratio when there is none */
    double high;
    enum bench_verdict {
        BENCH_UNSURE, /* too few windows on a side to say anything */
        BENCH_SAME,   /* the interval holds 1, or the change is below BENCH_FLOOR */
        BENCH_FASTER,
        BENCH_SLOWER,
    } verdict;
};

/* A change below this is not called one, however narrow the intervals: two runs of the same
 * program on an idle machine differ by this much (code placement, temperature). */
#define BENCH_FLOOR 0.005

/** Compare two summaries of the same quantity, higher being better. */
struct bench_ratio bench_compare_summaries(const struct bench_summary *now,
                                           const struct bench_summary *before);

#endif
