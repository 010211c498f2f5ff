/* stats.c: medians, order statistics, ratios. */
#include "measure/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

static int compare_doubles(const void *left, const void *right)
{
    const double *a = left;
    const double *b = right;
    return (*a > *b) - (*a < *b);
}

size_t bench_interval_rank(size_t count)
{
    /* term = C(count, below) / 2^count, in logarithms: 2^-512 is representable, C(512, 256) too,
     * but their running product must not pass through a denormal. */
    double log_term = -(double)count * log(2.0);
    double sum = 0;
    size_t rank = 0;
    for (size_t below = 0; 2 * (below + 1) <= count; below++) {
        sum += exp(log_term);
        if (sum > 0.025) {
            break;
        }
        rank = below + 1;
        log_term += log((double)(count - below)) - log((double)(below + 1));
    }
    return rank;
}

void bench_summarise(struct bench_summary *summary, const double *values, size_t count)
{
    double sorted[BENCH_WINDOWS_MAX];
    memset(summary, 0, sizeof *summary);
    BASE_ASSERT(count <= BENCH_WINDOWS_MAX);
    if (count == 0) {
        return;
    }
    memcpy(sorted, values, count * sizeof sorted[0]);
    qsort(sorted, count, sizeof sorted[0], compare_doubles);
    summary->count = count;
    summary->min = sorted[0];
    summary->max = sorted[count - 1];
    summary->median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    size_t rank = bench_interval_rank(count);
    summary->has_interval = rank > 0;
    summary->low = sorted[rank > 0 ? rank - 1 : 0];
    summary->high = sorted[count - (rank > 0 ? rank : 1)];
}

struct bench_ratio bench_compare_summaries(const struct bench_summary *now,
                                           const struct bench_summary *before)
{
    struct bench_ratio ratio = {0, 0, 0, BENCH_UNSURE};
    if (!(before->median > 0) || !(now->median > 0)) {
        return ratio;
    }
    ratio.ratio = now->median / before->median;
    ratio.low = ratio.ratio;
    ratio.high = ratio.ratio;
    if (!now->has_interval || !before->has_interval || !(before->low > 0)) {
        return ratio;
    }
    /* Both medians lie in their intervals with 95 % each; the widest quotient is on the safe side:
     * a chance change is reported in well under 5 % of comparisons. */
    ratio.low = now->low / before->high;
    ratio.high = now->high / before->low;
    if (ratio.low > 1 && ratio.ratio >= 1 + BENCH_FLOOR) {
        ratio.verdict = BENCH_FASTER;
    } else if (ratio.high < 1 && ratio.ratio <= 1 - BENCH_FLOOR) {
        ratio.verdict = BENCH_SLOWER;
    } else {
        ratio.verdict = BENCH_SAME;
    }
    return ratio;
}
