/* report_json.c: the JSON object of `shardpick bench --json` and --save. Members of the contract
 * are always there; null where a value is not known. */
#include "report.h"

#include "base/cpu.h"

/* null for an unknown (zero) value. */
static json_t *real_or_null(double value)
{
    return value > 0 ? json_real(value) : json_null();
}

static json_t *interval(const struct bench_summary *summary)
{
    if (!summary->has_interval) {
        return json_null();
    }
    return json_pack("[f, f]", summary->low, summary->high);
}

static json_t *machine_json(const struct bench_machine *machine)
{
    char features[256];
    (void)base_cpu_names(features, sizeof features, machine->features);
    return json_pack("{s:s, s:s, s:i, s:i, s:s, s:s}", "processor", machine->processor, "system",
                     machine->system, "cores", (int)machine->cores, "threads",
                     (int)machine->threads, "features", features, "compiler", bench_compiler());
}

static json_t *windows_json(const struct bench_result *result)
{
    json_t *windows = json_array();
    for (size_t i = 0; i < result->rate.count; i++) {
        if (json_array_append_new(windows, json_real(result->windows[i])) != 0) {
            json_decref(windows);
            return NULL;
        }
    }
    return windows;
}

static json_t *scaling_json(const struct bench_result *result)
{
    if (result->scaling.count == 0) {
        return json_null();
    }
    return json_pack("{s:f, s:f, s:o, s:f}", "single", result->single.median, "ratio",
                     result->scaling.median, "ci95", interval(&result->scaling), "ratio_on_core",
                     result->scaling_on_core);
}

static json_t *fixed_json(const struct bench_result *result)
{
    if (result->fixed_hashes == 0) {
        return json_null();
    }
    return json_pack("{s:I, s:I, s:I, s:s}", "hashes", (json_int_t)result->fixed_hashes, "seed",
                     (json_int_t)result->fixed_seed, "finds", (json_int_t)result->fixed_finds,
                     "digest", result->digest);
}

static json_t *result_json(const struct bench_result *result)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:s, s:I, s:f, s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:I, s:I, s:o, s:o}",
        "algorithm", result->algorithm, "device", result->device, "detail", result->detail,
        "kernel", result->kernel, "lanes", (int)result->lanes, "unit", result->unit, "hashes",
        (json_int_t)result->hashes, "seconds", result->seconds, "hashrate", result->rate.median,
        "hashrate_min", result->rate.min, "hashrate_max", result->rate.max, "ci95",
        interval(&result->rate), "windows", windows_json(result), "limit",
        real_or_null(result->limit), "of_limit", real_or_null(result->of_limit), "scaling",
        scaling_json(result), "on_core", real_or_null(result->on_core), "frequency_mhz",
        real_or_null(result->frequency_hz * 1e-6), "kernel_share",
        real_or_null(result->kernel_share), "verified", (json_int_t)result->verified, "wrong",
        (json_int_t)result->wrong, "fault",
        result->fault[0] != '\0' ? json_string(result->fault) : json_null(), "fixed",
        fixed_json(result));
}

static json_t *pair_json(const struct bench_pair *pair)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:f, s:f, s:o, s:s}", "algorithm", pair->now->algorithm,
                     "device", pair->now->device, "kernel", pair->now->kernel, "lanes",
                     (int)pair->now->lanes, "before", pair->before->rate.median, "ratio",
                     pair->ratio.ratio, "ci95",
                     pair->ratio.verdict == BENCH_UNSURE
                         ? json_null()
                         : json_pack("[f, f]", pair->ratio.low, pair->ratio.high),
                     "verdict", bench_verdict_text(pair->ratio.verdict));
}

static json_t *comparison_json(const struct bench_comparison *comparison)
{
    json_t *pairs = json_array();
    for (size_t i = 0; i < comparison->count; i++) {
        if (json_array_append_new(pairs, pair_json(&comparison->pairs[i])) != 0) {
            json_decref(pairs);
            return NULL;
        }
    }
    return json_pack("{s:s, s:b, s:i, s:o}", "file", comparison->file, "other_processor",
                     comparison->other_processor ? 1 : 0, "unmatched", (int)comparison->unmatched,
                     "pairs", pairs);
}

json_t *bench_report_json(const struct bench_report *report)
{
    json_t *results = json_array();
    for (size_t i = 0; i < report->results->count; i++) {
        if (json_array_append_new(results, result_json(&report->results->items[i])) != 0) {
            json_decref(results);
            return NULL;
        }
    }
    json_t *root = json_pack("{s:s, s:o, s:o}", "shardpick", report->machine->version, "machine",
                             machine_json(report->machine), "results", results);
    if (root != NULL && report->comparison != NULL &&
        json_object_set_new(root, "compare", comparison_json(report->comparison)) != 0) {
        json_decref(root);
        return NULL;
    }
    return root;
}
