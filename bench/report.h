/* report.h: results in words: a table for people, JSON, CSV, Markdown. Prints and nothing else. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <jansson.h>

#include "bench.h"
#include "compare.h"
#include "measure/result.h"

/* Everything a report shows. All borrowed. */
struct bench_report {
    const struct bench_machine *machine;
    const struct bench_results *results;
    const struct bench_comparison *comparison; /* NULL: none */
};

/** The JSON object of the command's contract. Returns NULL when there is no memory. Free:
 * json_decref. */
json_t *bench_report_json(const struct bench_report *report);

/** Print in a format, newline at the end.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO out took no more. */
BASE_MUST_CHECK enum base_status bench_report_print(FILE *out, const struct bench_report *report,
                                                    enum bench_format format,
                                                    struct base_error *error);

/* The formats but JSON; bench_report_print checks out afterwards. */
void bench_report_text(FILE *out, const struct bench_report *report);
void bench_report_csv(FILE *out, const struct bench_report *report);
void bench_report_markdown(FILE *out, const struct bench_report *report);

#endif
