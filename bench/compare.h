/* compare.h: a run against a saved one. Results are paired by algorithm, device, kernel and lanes;
 * a ratio is called a change only where the intervals of both medians exclude chance. */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include <jansson.h>

#include "base/status.h"
#include "measure/result.h"

enum { BENCH_SAVED_MAX = 256, BENCH_SAVED_NAME_MAX = 160 };

/* The part of a saved result that is compared. */
struct bench_saved_result {
    char algorithm[BENCH_SAVED_NAME_MAX];
    char device[BENCH_SAVED_NAME_MAX];
    char kernel[BENCH_SAVED_NAME_MAX];
    unsigned lanes;
    struct bench_summary rate;
};

/* A saved run. Heap, see bench_saved_load. */
struct bench_saved {
    char version[BENCH_SAVED_NAME_MAX];
    char processor[BENCH_SAVED_NAME_MAX];
    char compiler[BENCH_SAVED_NAME_MAX];
    struct bench_saved_result results[BENCH_SAVED_MAX];
    size_t count;
};

/* One compared pair. */
struct bench_pair {
    const struct bench_result *now;          /* borrowed */
    const struct bench_saved_result *before; /* borrowed */
    struct bench_ratio ratio;
};

/* All pairs. */
struct bench_comparison {
    const struct bench_saved *saved; /* borrowed */
    const char *file;                /* borrowed */
    bool other_processor;            /* saved on another processor: ratios compare machines */
    struct bench_pair pairs[BENCH_SAVED_MAX];
    size_t count;
    size_t unmatched; /* results of this run that the saved one lacks */
};

/** Load what --save wrote.
 * Out:     saved  on BASE_OK; free: base_free.
 * Returns: BASE_OK; BASE_E_IO, BASE_E_FORMAT, BASE_E_LIMIT (over 16 MiB, or too many results) with
 *          a sentence that names the file, the place and what to do; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status bench_saved_load(struct bench_saved **saved, const char *file,
                                                  struct base_error *error);

/** As bench_saved_load, from a parsed document; name is what error sentences call it. */
BASE_MUST_CHECK enum base_status bench_saved_read(struct bench_saved **saved, const json_t *root,
                                                  const char *name, struct base_error *error);

/** Pair and compare. comparison borrows all three. */
void bench_compare(struct bench_comparison *comparison, const struct bench_results *results,
                   const struct bench_saved *saved, const char *file, const char *processor);

/** "faster", "slower", "no significant difference", "too few windows to tell". */
const char *bench_verdict_text(enum bench_verdict verdict);

#endif
