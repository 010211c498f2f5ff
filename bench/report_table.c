/* report_table.c: results as CSV (RFC 4180) and as a Markdown table: one row a result, the same
 * columns, empty where a value is not known. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rate.h"
#include "report.h"

enum { CELL_MAX = 768 };

static void text_cell(char *cell, const char *text)
{
    (void)snprintf(cell, CELL_MAX, "%s", text);
}

static void real_cell(char *cell, double value)
{
    cell[0] = '\0';
    if (value > 0) {
        (void)snprintf(cell, CELL_MAX, "%.8g", value);
    }
}

static void count_cell(char *cell, uint64_t value)
{
    (void)snprintf(cell, CELL_MAX, "%" PRIu64, value);
}

#define COLUMN_MAP(X)                                                                              \
    X(algorithm, text_cell(cell, r->algorithm))                                                    \
    X(device, text_cell(cell, r->device))                                                          \
    X(detail, text_cell(cell, r->detail))                                                          \
    X(kernel, text_cell(cell, r->kernel))                                                          \
    X(lanes, count_cell(cell, r->lanes))                                                           \
    X(unit, text_cell(cell, r->unit))                                                              \
    X(hashes, count_cell(cell, r->hashes))                                                         \
    X(seconds, real_cell(cell, r->seconds))                                                        \
    X(hashrate, real_cell(cell, r->rate.median))                                                   \
    X(hashrate_min, real_cell(cell, r->rate.min))                                                  \
    X(hashrate_max, real_cell(cell, r->rate.max))                                                  \
    X(ci95_low, real_cell(cell, r->rate.has_interval ? r->rate.low : 0))                           \
    X(ci95_high, real_cell(cell, r->rate.has_interval ? r->rate.high : 0))                         \
    X(limit, real_cell(cell, r->limit))                                                            \
    X(of_limit, real_cell(cell, r->of_limit))                                                      \
    X(single, real_cell(cell, r->single.median))                                                   \
    X(scaling, real_cell(cell, r->scaling.median))                                                 \
    X(on_core, real_cell(cell, r->on_core))                                                        \
    X(frequency_mhz, real_cell(cell, r->frequency_hz * 1e-6))                                      \
    X(kernel_share, real_cell(cell, r->kernel_share))                                              \
    X(verified, count_cell(cell, r->verified))                                                     \
    X(wrong, count_cell(cell, r->wrong))                                                           \
    X(fault, text_cell(cell, r->fault))                                                            \
    X(digest, text_cell(cell, r->digest))

static const char *const column_names[] = {
#define X(name, fill) #name,
    COLUMN_MAP(X)
#undef X
};

static void fill_cell(char *cell, const struct bench_result *r, size_t column)
{
    size_t i = 0;
#define X(name, fill)                                                                              \
    if (i++ == column) {                                                                           \
        fill;                                                                                      \
        return;                                                                                    \
    }
    COLUMN_MAP(X)
#undef X
    cell[0] = '\0';
}

/* RFC 4180: quotes around what holds a comma, a quote or a line end; quotes doubled. A text that a
 * spreadsheet would take for a formula (device names come from drivers) is led by an apostrophe. */
static void print_csv_cell(FILE *out, const char *cell)
{
    bool formula = cell[0] != '\0' && strchr("=+-@", cell[0]) != NULL;
    bool quoted = formula || strpbrk(cell, ",\"\r\n") != NULL;
    if (!quoted) {
        (void)fputs(cell, out);
        return;
    }
    (void)fputs(formula ? "\"'" : "\"", out);
    for (const char *c = cell; *c != '\0'; c++) {
        if (*c == '"') {
            (void)fputc('"', out);
        }
        (void)fputc(*c, out);
    }
    (void)fputc('"', out);
}

void bench_report_csv(FILE *out, const struct bench_report *report)
{
    char cell[CELL_MAX];
    for (size_t column = 0; column < BASE_COUNT_OF(column_names); column++) {
        (void)fprintf(out, "%s%s", column > 0 ? "," : "", column_names[column]);
    }
    (void)fputs("\r\n", out);
    for (size_t i = 0; i < report->results->count; i++) {
        for (size_t column = 0; column < BASE_COUNT_OF(column_names); column++) {
            fill_cell(cell, &report->results->items[i], column);
            (void)fputs(column > 0 ? "," : "", out);
            print_csv_cell(out, cell);
        }
        (void)fputs("\r\n", out);
    }
}

static void print_markdown_text(FILE *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '|' || *c == '\\') {
            (void)fputc('\\', out);
        }
        (void)fputc(*c == '\n' || *c == '\r' ? ' ' : *c, out);
    }
}

static void print_markdown_row(FILE *out, const struct bench_result *result)
{
    char text[32];
    const char *texts[] = {result->algorithm, result->device, result->kernel};
    (void)fputc('|', out);
    for (size_t i = 0; i < BASE_COUNT_OF(texts); i++) {
        (void)fputc(' ', out);
        print_markdown_text(out, texts[i]);
        (void)fputs(" |", out);
    }
    (void)fprintf(out, " %u | %s |", result->lanes,
                  base_rate_text(text, sizeof text, result->rate.median, result->unit));
    if (result->rate.has_interval) {
        (void)fprintf(out, " %+.2f .. %+.2f %% |",
                      100 * (result->rate.low / result->rate.median - 1),
                      100 * (result->rate.high / result->rate.median - 1));
    } else {
        (void)fputs("  |", out);
    }
    if (result->limit > 0) {
        (void)fprintf(out, " %s | %.1f %% |",
                      base_rate_text(text, sizeof text, result->limit, result->unit),
                      100 * result->of_limit);
    } else {
        (void)fputs("  |  |", out);
    }
    if (result->scaling.count > 0) {
        (void)fprintf(out, " %.3f |", result->scaling.median);
    } else {
        (void)fputs("  |", out);
    }
    (void)fprintf(out, " %" PRIu64 " |\n", result->verified);
}

void bench_report_markdown(FILE *out, const struct bench_report *report)
{
    const struct bench_machine *machine = report->machine;
    (void)fputs("shardpick ", out);
    print_markdown_text(out, machine->version);
    (void)fputs(", ", out);
    print_markdown_text(out, bench_compiler());
    (void)fputs("; ", out);
    print_markdown_text(out, machine->processor);
    (void)fprintf(out, ", %u cores, %u hardware threads\n\n", machine->cores, machine->threads);
    (void)fputs("| algorithm | device | kernel | lanes | hashrate | 95 % interval | limit | "
                "of limit | scaling | verified |\n"
                "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
                out);
    for (size_t i = 0; i < report->results->count; i++) {
        print_markdown_row(out, &report->results->items[i]);
    }
    if (report->comparison == NULL) {
        return;
    }
    (void)fputs("\nCompared with ", out);
    print_markdown_text(out, report->comparison->file);
    (void)fputs("\n\n| algorithm | device | kernel | lanes | ratio | 95 % interval | verdict |\n"
                "| --- | --- | --- | ---: | ---: | ---: | --- |\n",
                out);
    for (size_t i = 0; i < report->comparison->count; i++) {
        const struct bench_pair *pair = &report->comparison->pairs[i];
        (void)fprintf(out, "| %s | %s | %s | %u | %.4f | %.4f .. %.4f | %s |\n",
                      pair->now->algorithm, pair->now->device, pair->now->kernel, pair->now->lanes,
                      pair->ratio.ratio, pair->ratio.low, pair->ratio.high,
                      bench_verdict_text(pair->ratio.verdict));
    }
}
