/* metrics.c: see metrics.h. Counters count from the start of the process, as Prometheus expects;
 * base units (seconds, celsius, watts, ratios) throughout. What is unknown is left out. */
#include "faces/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

struct page {
    FILE *out;
    const struct miner_snapshot *snapshot;
};

/* What a metric is read from: a field of a group, of a device, or of a device's reading. */
enum field { F_BOOL, F_UNSIGNED, F_U64, F_SENSOR };

struct metric {
    const char *name;
    const char *help;
    const char *type;
    enum field field;
    size_t offset;
    double scale; /* F_SENSOR: the field's value of one base unit */
};

/* NAN: unknown. */
static double read_field(const void *from, const struct metric *metric)
{
    const char *at = (const char *)from + metric->offset;
    bool truth = false;
    unsigned small = 0;
    uint64_t count = 0;
    int32_t sensor = 0;
    switch (metric->field) {
    case F_BOOL:
        memcpy(&truth, at, sizeof truth);
        return truth;
    case F_UNSIGNED:
        memcpy(&small, at, sizeof small);
        return small;
    case F_U64:
        memcpy(&count, at, sizeof count);
        return (double)count;
    case F_SENSOR:
        break;
    }
    memcpy(&sensor, at, sizeof sensor);
    return sensor != MINER_SENSOR_UNKNOWN ? sensor / metric->scale : NAN;
}

static void head(const struct page *page, const char *name, const char *type, const char *help)
{
    (void)fprintf(page->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* key="text", escaped. */
static void label(FILE *out, const char *key, const char *text)
{
    (void)fprintf(out, "%s=\"", key);
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"') {
            (void)fputc('\\', out);
        }
        (void)fputc(*text == '\n' ? ' ' : *text, out);
    }
    (void)fputc('"', out);
}

struct pair {
    const char *key;
    const char *text;
};

/* name{group="...",key="text"}; pairs end with a NULL key, and are NULL for none. */
static void series(const struct page *page, const struct miner_snapshot_group *group,
                   const char *name, const struct pair pairs[])
{
    static const struct pair none[] = {{NULL, NULL}};
    char separator = '{';
    (void)fputs(name, page->out);
    if (page->snapshot->group_count > 1) {
        (void)fputc(separator, page->out);
        label(page->out, "group", group->name);
        separator = ',';
    }
    for (const struct pair *pair = pairs != NULL ? pairs : none; pair->key != NULL; pair++) {
        (void)fputc(separator, page->out);
        label(page->out, pair->key, pair->text);
        separator = ',';
    }
    (void)fputs(separator == ',' ? "} " : " ", page->out);
}

/* A sample with one label, or with none where key is NULL. */
static void sample(const struct page *page, const struct miner_snapshot_group *group,
                   const char *name, const char *key, const char *text, double value)
{
    const struct pair pairs[] = {{key, text}, {NULL, NULL}};
    series(page, group, name, pairs);
    (void)fprintf(page->out, "%.17g\n", value);
}

/* ---- the run ------------------------------------------------------------------------------- */

#define AT(member) offsetof(struct miner_snapshot_group, member)
static const struct metric run_metrics[] = {
    {"shardpick_paused", "1 while lanes rest on request.", "gauge", F_BOOL, AT(paused), 0},
    {"shardpick_jobs_total", "Jobs taken from servers.", "counter", F_U64, AT(jobs), 0},
    {"shardpick_server_connects_total", "Connections made.", "counter", F_U64, AT(server.connects),
     0},
    {"shardpick_server_failures_total", "Connections lost, and tries that failed.", "counter",
     F_U64, AT(server.failures), 0},
    {"shardpick_blocks_total", "Accepted finds that met the block target.", "counter", F_U64,
     AT(shares.blocks), 0},
    {"shardpick_verify_failures_total", "Finds that the reference did not confirm; never sent.",
     "counter", F_U64, AT(shares.faults), 0},
    {"shardpick_chains", "Shard chains of the coin.", "gauge", F_U64, AT(chain_count), 0},
    {"shardpick_chains_covered", "Chains that have a job.", "gauge", F_UNSIGNED, AT(covered), 0},
};
#undef AT

static void write_run(const struct page *page)
{
    static const char hashes_per_share[] = "shardpick_hashes_per_share";
    const struct miner_snapshot *snapshot = page->snapshot;
    const struct miner_snapshot_group *groups = snapshot->groups;
    bool any_expected = false;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    double now_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    head(page, "shardpick_build_info", "gauge", "Version and what is mined; always 1.");
    for (size_t i = 0; i < snapshot->group_count; i++) {
        const struct pair pairs[] = {{"version", SHARDPICK_VERSION},
                                     {"coin", groups[i].coin},
                                     {"algorithm", groups[i].algorithm},
                                     {NULL, NULL}};
        series(page, &groups[i], "shardpick_build_info", pairs);
        (void)fputs("1\n", page->out);
    }
    head(page, "shardpick_start_time_seconds", "gauge", "Start of the run since 1970.");
    for (size_t i = 0; i < snapshot->group_count; i++) {
        sample(page, &groups[i], "shardpick_start_time_seconds", NULL, NULL,
               now_s - groups[i].uptime_s);
    }
    for (size_t m = 0; m < BASE_COUNT_OF(run_metrics); m++) {
        head(page, run_metrics[m].name, run_metrics[m].type, run_metrics[m].help);
        for (size_t i = 0; i < snapshot->group_count; i++) {
            sample(page, &groups[i], run_metrics[m].name, NULL, NULL,
                   read_field(&groups[i], &run_metrics[m]));
        }
    }
    head(page, "shardpick_server_up", "gauge", "1 while the connection to the server stands.");
    for (size_t i = 0; i < snapshot->group_count; i++) {
        sample(page, &groups[i], "shardpick_server_up", "server", groups[i].server.name,
               groups[i].server.up);
        any_expected = any_expected || groups[i].expected > 0;
    }
    if (any_expected) {
        head(page, hashes_per_share, "gauge",
             "Hashes (solutions) expected for a share, or for a block of a node.");
    }
    for (size_t i = 0; i < snapshot->group_count; i++) {
        if (groups[i].expected > 0) {
            sample(page, &groups[i], hashes_per_share, NULL, NULL, groups[i].expected);
        }
    }
}

/* ---- shares -------------------------------------------------------------------------------- */

/* "low_difficulty" of LOW_DIFFICULTY. */
static void result_text(char *text, size_t cap, size_t verdict)
{
#define X(name, words) #name,
    static const char *const names[POOL_VERDICT_COUNT] = {POOL_VERDICT_MAP(X)};
#undef X
    (void)snprintf(text, cap, "%s", names[verdict]);
    for (char *at = text; *at != '\0'; at++) {
        *at = *at >= 'A' && *at <= 'Z' ? (char)(*at + 'a' - 'A') : *at;
    }
}

static void write_shares(const struct page *page)
{
    head(page, "shardpick_shares_total", "counter", "Finds submitted, by their result.");
    for (size_t i = 0; i < page->snapshot->group_count; i++) {
        const struct miner_snapshot_group *group = &page->snapshot->groups[i];
        for (size_t v = 0; v < POOL_VERDICT_COUNT; v++) {
            char result[32];
            result_text(result, sizeof result, v);
            sample(page, group, "shardpick_shares_total", "result", result,
                   (double)group->shares.verdicts[v]);
        }
    }
    head(page, "shardpick_finds_held_back_total", "counter",
         "Right finds not sent: repeated, second of a template, or no room.");
    for (size_t i = 0; i < page->snapshot->group_count; i++) {
        const struct miner_snapshot_shares *shares = &page->snapshot->groups[i].shares;
        sample(page, &page->snapshot->groups[i], "shardpick_finds_held_back_total", NULL, NULL,
               (double)(shares->duplicates + shares->extra + shares->unsent));
    }
}

/* ---- times --------------------------------------------------------------------------------- */

/* Bounds in ns: 1, 2.5, 5 of each decade from 10 us to 10 s. */
static const uint64_t bounds_ns[] = {
    10000,     25000,      50000,      100000,     250000,      500000,    1000000,
    2500000,   5000000,    10000000,   25000000,   50000000,    100000000, 250000000,
    500000000, 1000000000, 2500000000, 5000000000, 10000000000,
};

/* One histogram; kind NULL: without that label. Entries are counted as if they took as long as the
 * end of their fine bucket, which is 6.25 % too long at most. */
static void write_histogram(const struct page *page, const struct miner_snapshot_group *group,
                            const char *name, const char *kind, const struct miner_times *times)
{
    char full[64];
    char bound[32];
    const struct pair pairs[] = {{"kind", kind}, {"le", bound}, {NULL, NULL}};
    const struct pair kind_only[] = {{kind != NULL ? "kind" : NULL, kind}, {NULL, NULL}};
    for (size_t i = 0; i <= BASE_COUNT_OF(bounds_ns); i++) {
        bool last = i == BASE_COUNT_OF(bounds_ns);
        (void)snprintf(bound, sizeof bound, "+Inf");
        if (!last) {
            (void)snprintf(bound, sizeof bound, "%g", (double)bounds_ns[i] / 1e9);
        }
        (void)snprintf(full, sizeof full, "%s_bucket", name);
        series(page, group, full, kind != NULL ? pairs : pairs + 1);
        (void)fprintf(page->out, "%" PRIu64 "\n",
                      miner_times_within(times, last ? UINT64_MAX : bounds_ns[i]));
    }
    (void)snprintf(full, sizeof full, "%s_sum", name);
    series(page, group, full, kind_only);
    (void)fprintf(page->out, "%.17g\n", (double)times->sum_ns / 1e9);
    (void)snprintf(full, sizeof full, "%s_count", name);
    series(page, group, full, kind_only);
    (void)fprintf(page->out, "%" PRIu64 "\n", miner_times_within(times, UINT64_MAX));
}

static void write_times(const struct page *page)
{
    static const char switches[] = "shardpick_job_switch_seconds";
    static const char submits[] = "shardpick_submit_seconds";
    static const char answers[] = "shardpick_share_latency_seconds";
    const struct miner_snapshot_group *groups = page->snapshot->groups;
    size_t count = page->snapshot->group_count;
    head(page, switches, "histogram", "From a job's arrival to the first hash of it.");
    for (size_t i = 0; i < count; i++) {
        write_histogram(page, &groups[i], switches, "cpu", &groups[i].switches);
        write_histogram(page, &groups[i], switches, "opencl", &groups[i].device_switches);
    }
    head(page, submits, "histogram", "From a find to its way into the socket.");
    for (size_t i = 0; i < count; i++) {
        write_histogram(page, &groups[i], submits, NULL, &groups[i].submits);
    }
    head(page, answers, "histogram", "From a share's sending to the server's answer.");
    for (size_t i = 0; i < count; i++) {
        write_histogram(page, &groups[i], answers, NULL, &groups[i].answers);
    }
}

/* ---- chains -------------------------------------------------------------------------------- */

static void write_chains(const struct page *page, const char *name, const char *type,
                         const char *help, bool ages)
{
    head(page, name, type, help);
    for (size_t g = 0; g < page->snapshot->group_count; g++) {
        const struct miner_snapshot_group *group = &page->snapshot->groups[g];
        for (size_t i = 0; i < group->chain_count; i++) {
            const struct miner_snapshot_chain *chain = &group->chains[i];
            char number[16];
            (void)snprintf(number, sizeof number, "%" PRIu32, chain->number);
            if (!ages || chain->has_job) {
                sample(page, group, name, "chain", number,
                       ages ? (double)chain->age_ms / 1e3 : (double)chain->accepted);
            }
        }
    }
}

/* ---- devices ------------------------------------------------------------------------------- */

#define AT(member) offsetof(struct miner_snapshot_device, member)
static const struct metric device_metrics[] = {
    {"shardpick_device_up", "1 while the device hashes whenever there is work.", "gauge", F_BOOL,
     AT(up), 0},
    {"shardpick_device_lanes", "Lanes of the device.", "gauge", F_UNSIGNED, AT(sum.lanes), 0},
    {"shardpick_device_finds_total", "Right finds of the device.", "counter", F_U64, AT(sum.found),
     0},
    {"shardpick_device_cooling_rests_total", "How often the device rested because it was too hot.",
     "counter", F_U64, AT(cooling_rests), 0},
    {"shardpick_device_faults_total", "Wrong finds of the device; never sent.", "counter", F_U64,
     AT(sum.faults), 0},
    {"shardpick_device_proofs_total", "Ranges in which the device found exactly what it had to.",
     "counter", F_U64, AT(sum.proofs), 0},
    {"shardpick_device_proofs_skipped_total",
     "Ranges whose finds this processor could not compute in time.", "counter", F_U64,
     AT(sum.proofs_skipped), 0},
    {"shardpick_device_temperature_celsius", "Temperature of the chip.", "gauge", F_SENSOR,
     AT(reading.temperature_mc), 1e3},
    {"shardpick_device_hottest_celsius", "Temperature of the hottest place that is measured.",
     "gauge", F_SENSOR, AT(reading.hottest_mc), 1e3},
    {"shardpick_device_power_watts", "Power drawn.", "gauge", F_SENSOR, AT(reading.power_mw), 1e3},
    {"shardpick_device_fan_ratio", "Fan speed as a part of its most.", "gauge", F_SENSOR,
     AT(reading.fan_percent), 1e2},
    {"shardpick_device_fan_rpm", "Fan speed in turns a minute.", "gauge", F_SENSOR,
     AT(reading.fan_rpm), 1},
    {"shardpick_device_core_clock_hertz", "Clock of the cores.", "gauge", F_SENSOR,
     AT(reading.core_mhz), 1e-6},
    {"shardpick_device_memory_clock_hertz", "Clock of the memory.", "gauge", F_SENSOR,
     AT(reading.memory_mhz), 1e-6},
};
#undef AT

/* One metric of all devices; nothing at all where no device has that sensor. */
static void write_devices(const struct page *page, const struct metric *metric)
{
    bool begun = false;
    for (size_t g = 0; g < page->snapshot->group_count; g++) {
        const struct miner_snapshot_group *group = &page->snapshot->groups[g];
        for (size_t i = 0; i < group->device_count; i++) {
            const struct miner_snapshot_device *device = &group->devices[i];
            double value = read_field(device, metric);
            if (isnan(value)) {
                continue;
            }
            if (!begun) {
                head(page, metric->name, metric->type, metric->help);
                begun = true;
            }
            sample(page, group, metric->name, "device", device->name, value);
        }
    }
}

static void write_hashes(const struct page *page)
{
    head(page, "shardpick_hashes_total", "counter",
         "Hashes (solutions) of each device on each chain.");
    for (size_t g = 0; g < page->snapshot->group_count; g++) {
        const struct miner_snapshot_group *group = &page->snapshot->groups[g];
        for (size_t d = 0; d < group->device_count; d++) {
            for (size_t c = 0; c < group->chain_count; c++) {
                char number[16];
                const struct pair pairs[] = {
                    {"device", group->devices[d].name}, {"chain", number}, {NULL, NULL}};
                (void)snprintf(number, sizeof number, "%zu", c);
                series(page, group, "shardpick_hashes_total", pairs);
                (void)fprintf(page->out, "%" PRIu64 "\n", group->devices[d].sum.chain_hashes[c]);
            }
        }
    }
}

enum base_status miner_metrics_write(FILE *out, const struct miner_snapshot *snapshot)
{
    const struct page page = {out, snapshot};
    write_run(&page);
    write_shares(&page);
    write_times(&page);
    write_chains(&page, "shardpick_job_age_seconds", "gauge", "Age of each chain's job.", true);
    write_chains(&page, "shardpick_chain_accepted_total", "counter",
                 "Accepted finds of each chain.", false);
    write_hashes(&page);
    for (size_t i = 0; i < BASE_COUNT_OF(device_metrics); i++) {
        write_devices(&page, &device_metrics[i]);
    }
    return ferror(out) == 0 && fflush(out) == 0 ? BASE_OK : BASE_E_IO;
}
