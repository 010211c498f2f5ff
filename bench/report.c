/* report.c: choice of format, and what the formats share. */
#include "report.h"

#include <stdio.h>

/* Enough digits for comparing a saved run, and no meaningless ones. */
#define JSON_FLAGS (JSON_INDENT(2) | JSON_REAL_PRECISION(10))

enum base_status bench_report_print(FILE *out, const struct bench_report *report,
                                    enum bench_format format, struct base_error *error)
{
    json_t *root = NULL;
    switch (format) {
    case BENCH_TEXT:
        bench_report_text(out, report);
        break;
    case BENCH_CSV:
        bench_report_csv(out, report);
        break;
    case BENCH_MARKDOWN:
        bench_report_markdown(out, report);
        break;
    case BENCH_JSON:
        root = bench_report_json(report);
        if (root == NULL) {
            return base_error_set(error, BASE_E_MEMORY, "no memory for the JSON report");
        }
        (void)json_dumpf(root, out, JSON_FLAGS);
        (void)fputc('\n', out);
        json_decref(root);
        break;
    }
    if (fflush(out) != 0 || ferror(out)) {
        return base_error_set(error, BASE_E_IO,
                              "the report could not be written whole; is the disk full or the "
                              "reader gone?");
    }
    return BASE_OK;
}
