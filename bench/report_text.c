/* report_text.c: results for people: one table, bars, what was checked, and a comparison. Plain
 * ASCII, so that it looks the same on every terminal and in every log. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/rate.h"

enum { BAR_WIDTH = 50, LABEL_MAX = 256 };

/* Lanes had a core less than this share of the time: other programs used the machine. */
#define SHARED_BELOW 0.97

static void print_row(FILE *out, const struct bench_result *result)
{
    char rate[32];
    char low[32];
    char high[32];
    char limit[32] = "-";
    char share[16] = "-";
    char clock[16] = "-";
    (void)base_rate_text(rate, sizeof rate, result->rate.median, result->unit);
    (void)base_rate_text(low, sizeof low, result->rate.min, result->unit);
    (void)base_rate_text(high, sizeof high, result->rate.max, result->unit);
    if (result->limit > 0) {
        (void)base_rate_text(limit, sizeof limit, result->limit, result->unit);
        (void)snprintf(share, sizeof share, "%.1f %%", 100 * result->of_limit);
    }
    if (result->frequency_hz > 0) {
        (void)snprintf(clock, sizeof clock, "%.0f", result->frequency_hz * 1e-6);
    }
    (void)fprintf(out, "%-10s %-12s %-10s %5u %13s %13s %13s %13s %8s %6s %10" PRIu64 "\n",
                  result->algorithm, result->device, result->kernel, result->lanes, rate, low, high,
                  limit, share, clock, result->verified);
}

static void print_notes(FILE *out, const struct bench_result *result,
                        const struct bench_machine *machine)
{
    char text[32];
    char label[LABEL_MAX];
    (void)snprintf(label, sizeof label, "%s %s %s", result->algorithm, result->device,
                   result->kernel);
    if (result->rate.has_interval) {
        (void)fprintf(out, "%s: median of %zu windows, 95 %% interval %+.2f .. %+.2f %%", label,
                      result->rate.count, 100 * (result->rate.low / result->rate.median - 1),
                      100 * (result->rate.high / result->rate.median - 1));
    } else {
        (void)fprintf(out, "%s: median of %zu windows, too few for an interval", label,
                      result->rate.count);
    }
    if (result->scaling.count > 0) {
        (void)fprintf(out, "; %u lanes are %.3f x one lane (%s; %.3f .. %.3f; on a core %.3f)",
                      result->lanes, result->scaling.median,
                      base_rate_text(text, sizeof text, result->single.median, result->unit),
                      result->scaling.low, result->scaling.high, result->scaling_on_core);
    }
    (void)fputc('\n', out);
    if (result->detail[0] != '\0') {
        (void)fprintf(out, "%s: %s\n", label, result->detail);
    }
    if (result->kernel_share > 0) {
        (void)fprintf(out, "%s: kernels ran %.1f %% of wall time\n", label,
                      100 * result->kernel_share);
    }
    if (strcmp(result->device, "cpu") == 0 && machine->threads > 0 &&
        result->lanes > machine->threads) {
        (void)fprintf(out, "%s: %u lanes shared %u hardware threads\n", label, result->lanes,
                      machine->threads);
    }
    if (result->on_core > 0 && result->on_core < SHARED_BELOW) {
        (void)fprintf(out,
                      "%s: lanes had their cores only %.1f %% of the time: other programs ran, "
                      "and the hashrate is that much lower\n",
                      label, 100 * result->on_core);
    }
    if (result->fixed_hashes > 0) {
        (void)fprintf(
            out, "%s: %" PRIu64 " nonces, seed %" PRIu64 ": %" PRIu64 " finds, digest %s\n", label,
            result->fixed_hashes, result->fixed_seed, result->fixed_finds, result->digest);
    }
    if (result->wrong > 0) {
        (void)fprintf(out, "%s: WRONG ANSWERS: %s\n", label, result->fault);
    }
}

/* Bars show the share of the limit where it is known, else the share of the fastest of the same
 * algorithm. */
static void print_bars(FILE *out, const struct bench_results *results)
{
    char bar[BAR_WIDTH + 1];
    (void)fputc('\n', out);
    for (size_t i = 0; i < results->count; i++) {
        const struct bench_result *result = &results->items[i];
        double share = result->of_limit;
        const char *of = "of its limit";
        if (!(share > 0)) {
            double fastest = 0;
            for (size_t j = 0; j < results->count; j++) {
                const struct bench_result *other = &results->items[j];
                if (strcmp(other->algorithm, result->algorithm) == 0 &&
                    other->rate.median > fastest) {
                    fastest = other->rate.median;
                }
            }
            share = fastest > 0 ? result->rate.median / fastest : 0;
            of = "of the fastest; no limit known";
        }
        size_t filled = share >= 1 ? BAR_WIDTH : (size_t)(share * BAR_WIDTH + 0.5);
        memset(bar, '.', BAR_WIDTH);
        memset(bar, '#', filled);
        bar[BAR_WIDTH] = '\0';
        (void)fprintf(out, "%-10s %-12s %-10s [%s] %5.1f %% %s\n", result->algorithm,
                      result->device, result->kernel, bar, 100 * share, of);
    }
}

static void print_comparison(FILE *out, const struct bench_comparison *comparison)
{
    char before[32];
    char now[32];
    (void)fprintf(out, "\ncompared with %s (shardpick %s, %s)\n", comparison->file,
                  comparison->saved->version, comparison->saved->compiler);
    if (comparison->other_processor) {
        (void)fprintf(out, "saved on another processor (%s): the ratios compare machines\n",
                      comparison->saved->processor);
    }
    for (size_t i = 0; i < comparison->count; i++) {
        const struct bench_pair *pair = &comparison->pairs[i];
        (void)fprintf(
            out, "%-10s %-12s %-10s %5u %13s -> %13s  %.4f", pair->now->algorithm,
            pair->now->device, pair->now->kernel, pair->now->lanes,
            base_rate_text(before, sizeof before, pair->before->rate.median, pair->now->unit),
            base_rate_text(now, sizeof now, pair->now->rate.median, pair->now->unit),
            pair->ratio.ratio);
        if (pair->ratio.verdict != BENCH_UNSURE) {
            (void)fprintf(out, " (%.4f .. %.4f)", pair->ratio.low, pair->ratio.high);
        }
        (void)fprintf(out, "  %s\n", bench_verdict_text(pair->ratio.verdict));
    }
    if (comparison->unmatched > 0) {
        (void)fprintf(out, "%zu results have no counterpart there\n", comparison->unmatched);
    }
}

void bench_report_text(FILE *out, const struct bench_report *report)
{
    const struct bench_machine *machine = report->machine;
    (void)fprintf(out, "shardpick %s, %s\n%s, %u cores, %u hardware threads; %s\n\n",
                  machine->version, bench_compiler(), machine->processor, machine->cores,
                  machine->threads, machine->system);
    (void)fprintf(out, "%-10s %-12s %-10s %5s %13s %13s %13s %13s %8s %6s %10s\n", "algorithm",
                  "device", "kernel", "lanes", "hashrate", "min", "max", "limit", "of limit", "MHz",
                  "verified");
    for (size_t i = 0; i < report->results->count; i++) {
        print_row(out, &report->results->items[i]);
    }
    print_bars(out, report->results);
    (void)fputc('\n', out);
    for (size_t i = 0; i < report->results->count; i++) {
        print_notes(out, &report->results->items[i], report->machine);
    }
    if (report->comparison != NULL) {
        print_comparison(out, report->comparison);
    }
}
