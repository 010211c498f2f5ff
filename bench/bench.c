/* bench.c: the benchmark: options in, report out, exit code. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/file.h"
#include "compare.h"
#include "report.h"
#include "run.h"

enum { EXIT_DONE = 0, EXIT_RUN_TIME = 1, EXIT_USAGE = 2, EXIT_NO_DEVICE = 3 };

static int exit_code_of(enum base_status status)
{
    switch (status) {
    case BASE_OK:
        return EXIT_DONE;
    case BASE_E_ARG:
        return EXIT_USAGE;
    case BASE_E_UNSUPPORTED:
        return EXIT_NO_DEVICE;
    default:
        return EXIT_RUN_TIME;
    }
}

/* Write the report to a file as JSON. */
static enum base_status save(const char *path, const struct bench_report *report,
                             struct base_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "--save: no memory for the report");
    }
    enum base_status status = bench_report_print(out, report, BENCH_JSON, error);
    if (fclose(out) != 0 && status == BASE_OK) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for the report");
    }
    if (status == BASE_OK) {
        status = base_file_write(path, text, size, error);
    }
    free(text); /* of open_memstream: free(3) */
    return status == BASE_OK ? BASE_OK : base_error_prefix(error, "--save");
}

/* Report, file and comparison of what was measured. */
static enum base_status publish(const struct bench_options *options,
                                const struct bench_machine *machine,
                                const struct bench_results *results,
                                const struct bench_saved *saved, FILE *out,
                                struct base_error *error)
{
    enum base_status status = BASE_OK;
    struct bench_report report = {.machine = machine, .results = results};
    struct bench_comparison *comparison = NULL;
    if (saved != NULL) {
        comparison = base_alloc(1, sizeof *comparison);
        if (comparison == NULL) {
            return base_error_set(error, BASE_E_MEMORY, "no memory to compare");
        }
        bench_compare(comparison, results, saved, options->compare, machine->processor);
        report.comparison = comparison;
    }
    status = bench_report_print(out, &report, options->format, error);
    if (status == BASE_OK && options->save != NULL) {
        status = save(options->save, &report, error);
    }
    base_free(comparison);
    return status;
}

int bench_main_with(const struct bench_options *options, const struct bench_machine *machine,
                    const struct kern_algo *const *algos, size_t algo_count, FILE *out, FILE *log)
{
    struct bench_results results = {NULL, 0, 0, 0};
    struct bench_saved *saved = NULL;
    struct base_error error = {BASE_OK, ""};
    struct bench_context context = {machine, algos, algo_count, log};
    enum base_status status = BASE_OK;
    int code = EXIT_USAGE;
    if (options->compare != NULL) { /* first: without it the measurement would be useless */
        status = bench_saved_load(&saved, options->compare, &error);
        if (status != BASE_OK) {
            goto out;
        }
    }
    status = bench_run(&results, options, &context, &error);
    if (status == BASE_OK) {
        status = publish(options, machine, &results, saved, out, &error);
    }
    code = exit_code_of(status);
    if (code == EXIT_DONE && results.failures > 0) {
        code = EXIT_RUN_TIME;
    }
    for (size_t i = 0; i < results.count; i++) {
        if (results.items[i].wrong > 0) {
            (void)fprintf(log, "bench: wrong answers: %s\n", results.items[i].fault);
            code = EXIT_RUN_TIME;
        }
    }
out:
    if (status != BASE_OK) {
        (void)fprintf(log, "bench: %s\n", error.text);
    }
    base_free(saved);
    bench_results_free(&results);
    return code;
}

int bench_main(const struct bench_options *options, const struct bench_machine *machine, FILE *out,
               FILE *log)
{
    const struct kern_algo *algos[64];
    size_t count = kern_algo_count();
    BASE_ASSERT(count <= BASE_COUNT_OF(algos));
    for (size_t i = 0; i < count; i++) {
        algos[i] = kern_algo_at(i);
    }
    return bench_main_with(options, machine, algos, count, out, log);
}
