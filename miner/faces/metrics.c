/* metrics.c: see metrics.h. Counters count from the start of the process, as Prometheus expects;
 * base units (seconds, celsius, watts, ratios) throughout. What is unknown is left out. */
#include "faces/metrics.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    (void)fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value, escaped. */
static void label(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"') {
            (void)fputc('\\', out);
        }
        (void)fputc(*text == '\n' ? ' ' : *text, out);
    }
}

/* name{key="value"} number */
static void labelled(FILE *out, const char *name, const char *key, const char *value, double number)
{
    (void)fprintf(out, "%s{%s=\"", name, key);
    label(out, value);
    (void)fprintf(out, "\"} %.17g\n", number);
}

static void counter(FILE *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "counter", help);
    (void)fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void gauge(FILE *out, const char *name, const char *help, double value)
{
    head(out, name, "gauge", help);
    (void)fprintf(out, "%s %.17g\n", name, value);
}

/* ---- the run ------------------------------------------------------------------------------- */

static void write_run(FILE *out, const struct miner_engine *engine, const struct miner_view *view)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    double now_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    head(out, "shardpick_build_info", "gauge", "Version and what is mined; always 1.");
    (void)fprintf(out, "shardpick_build_info{version=\"%s\",coin=\"%s\",algorithm=\"%s\"} 1\n",
                  SHARDPICK_VERSION, engine->host->config->coin->name, engine->algo->name);
    gauge(out, "shardpick_start_time_seconds", "Start of the run since 1970.",
          now_s - view->uptime_s);
    gauge(out, "shardpick_paused", "1 while lanes rest on request.", view->paused);
    counter(out, "shardpick_jobs_total", "Jobs taken from servers.",
            miner_counted(&engine->tally.jobs));
    if (view->expected > 0) {
        gauge(out, "shardpick_hashes_per_share",
              "Hashes expected for a share, or for a block of a node.", view->expected);
    }
}

static void write_server(FILE *out, const struct miner_view *view)
{
    head(out, "shardpick_server_up", "gauge", "1 while the connection to the server stands.");
    labelled(out, "shardpick_server_up", "server", view->server.name, view->server.up);
    counter(out, "shardpick_server_connects_total", "Connections made.", view->server.connects);
    counter(out, "shardpick_server_failures_total", "Connections lost, and tries that failed.",
            view->server.failures);
}

/* ---- shares -------------------------------------------------------------------------------- */

#define X(name, text) #name,
static const char *const verdict_names[POOL_VERDICT_COUNT] = {POOL_VERDICT_MAP(X)};
#undef X

static void write_shares(FILE *out, const struct miner_tally *tally)
{
    static const char shares[] = "shardpick_shares_total";
    head(out, shares, "counter", "Finds handed in, by what became of them.");
    for (size_t i = 0; i < POOL_VERDICT_COUNT; i++) {
        char name[32];
        size_t size = strlen(verdict_names[i]);
        for (size_t c = 0; c <= size && c < sizeof name; c++) {
            char letter = verdict_names[i][c];
            name[c] = letter >= 'A' && letter <= 'Z' ? (char)(letter + 'a' - 'A') : letter;
        }
        labelled(out, shares, "result", name, (double)miner_counted(&tally->verdicts[i]));
    }
    counter(out, "shardpick_blocks_total", "Accepted finds that met the block target.",
            miner_counted(&tally->blocks));
    counter(out, "shardpick_verify_failures_total",
            "Finds that the reference did not confirm; never sent.", miner_counted(&tally->faults));
    counter(out, "shardpick_finds_held_back_total",
            "Right finds not sent: repeated, second of a template, or no room.",
            miner_counted(&tally->duplicates) + miner_counted(&tally->extra) +
                miner_counted(&tally->unsent));
}

/* ---- times --------------------------------------------------------------------------------- */

/* Bounds in ns: 1, 2.5, 5 of each decade from 10 us to 10 s. */
static const uint64_t bounds_ns[] = {
    10000,     25000,      50000,      100000,     250000,      500000,    1000000,
    2500000,   5000000,    10000000,   25000000,   50000000,    100000000, 250000000,
    500000000, 1000000000, 2500000000, 5000000000, 10000000000,
};

/* One histogram; extra is `key="value",` or "". Entries are counted as if they took as long as the
 * end of their fine bucket, which is 6.25 % too long at most. */
static void write_histogram(FILE *out, const char *name, const char *extra,
                            const struct miner_histogram *histogram)
{
    uint64_t total = miner_histogram_within(histogram, UINT64_MAX);
    for (size_t i = 0; i < BASE_COUNT_OF(bounds_ns); i++) {
        uint64_t within = miner_histogram_within(histogram, bounds_ns[i]);
        /* Writers go on while we read: a later bound must not count more than all. */
        (void)fprintf(out, "%s_bucket{%sle=\"%g\"} %" PRIu64 "\n", name, extra,
                      (double)bounds_ns[i] / 1e9, within < total ? within : total);
    }
    size_t size = strlen(extra);
    (void)fprintf(out, "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, extra, total);
    (void)fprintf(out, "%s_sum%s%.*s%s %.17g\n", name, size > 0 ? "{" : "",
                  size > 0 ? (int)size - 1 : 0, extra, size > 0 ? "}" : "",
                  (double)miner_counted(&histogram->sum_ns) / 1e9);
    (void)fprintf(out, "%s_count%s%.*s%s %" PRIu64 "\n", name, size > 0 ? "{" : "",
                  size > 0 ? (int)size - 1 : 0, extra, size > 0 ? "}" : "", total);
}

static void write_times(FILE *out, const struct miner_engine *engine)
{
    head(out, "shardpick_job_switch_seconds", "histogram",
         "From a job's arrival to the first hash of it.");
    write_histogram(out, "shardpick_job_switch_seconds", "kind=\"cpu\",", &engine->switches);
    write_histogram(out, "shardpick_job_switch_seconds", "kind=\"opencl\",",
                    &engine->device_switches);
    head(out, "shardpick_submit_seconds", "histogram", "From a find to its way into the socket.");
    write_histogram(out, "shardpick_submit_seconds", "", &engine->submits);
    head(out, "shardpick_share_latency_seconds", "histogram",
         "From a share's sending to the server's answer.");
    write_histogram(out, "shardpick_share_latency_seconds", "", &engine->answers);
}

/* ---- chains -------------------------------------------------------------------------------- */

static void write_chains(FILE *out, const struct miner_engine *engine,
                         const struct miner_view *view)
{
    char number[16];
    gauge(out, "shardpick_chains", "Shard chains of the coin.", view->chains);
    gauge(out, "shardpick_chains_covered", "Chains that have a job.", view->covered);
    head(out, "shardpick_job_age_seconds", "gauge", "Age of each chain's job.");
    for (uint32_t i = 0; i < view->chains; i++) {
        const struct miner_chain_look *chain = &view->chain[i];
        if (chain->has_job) {
            uint64_t ms = view->now_ms > chain->received_ms ? view->now_ms - chain->received_ms : 0;
            (void)snprintf(number, sizeof number, "%" PRIu32, i);
            labelled(out, "shardpick_job_age_seconds", "chain", number, (double)ms / 1e3);
        }
    }
    head(out, "shardpick_chain_accepted_total", "counter", "Accepted finds of each chain.");
    for (uint32_t i = 0; i < view->chains; i++) {
        (void)snprintf(number, sizeof number, "%" PRIu32, i);
        labelled(out, "shardpick_chain_accepted_total", "chain", number,
                 (double)miner_counted(&engine->tally.accepted[i]));
    }
}

/* ---- devices ------------------------------------------------------------------------------- */

static void write_hashes(FILE *out, const struct miner_view *view)
{
    head(out, "shardpick_hashes_total", "counter", "Hashes tried by each device on each chain.");
    for (size_t d = 0; d < view->device_count; d++) {
        for (uint32_t c = 0; c < view->chains; c++) {
            (void)fputs("shardpick_hashes_total{device=\"", out);
            label(out, view->devices[d].name);
            (void)fprintf(out, "\",chain=\"%" PRIu32 "\"} %" PRIu64 "\n", c,
                          view->devices[d].sum.chain_hashes[c]);
        }
    }
}

static void write_counts(FILE *out, const struct miner_view *view)
{
    head(out, "shardpick_device_up", "gauge", "1 while the device hashes whenever there is work.");
    for (size_t i = 0; i < view->device_count; i++) {
        labelled(out, "shardpick_device_up", "device", view->devices[i].name, view->devices[i].up);
    }
    head(out, "shardpick_device_lanes", "gauge", "Lanes of the device.");
    for (size_t i = 0; i < view->device_count; i++) {
        labelled(out, "shardpick_device_lanes", "device", view->devices[i].name,
                 view->devices[i].sum.lanes);
    }
    head(out, "shardpick_device_finds_total", "counter", "Right finds of the device.");
    for (size_t i = 0; i < view->device_count; i++) {
        labelled(out, "shardpick_device_finds_total", "device", view->devices[i].name,
                 (double)view->devices[i].sum.found);
    }
    head(out, "shardpick_device_cooling_rests_total", "counter",
         "How often the device rested because it was too hot.");
    for (size_t i = 0; i < view->device_count; i++) {
        labelled(out, "shardpick_device_cooling_rests_total", "device", view->devices[i].name,
                 (double)view->devices[i].cooling_rests);
    }
    head(out, "shardpick_device_faults_total", "counter", "Wrong finds of the device; never sent.");
    for (size_t i = 0; i < view->device_count; i++) {
        labelled(out, "shardpick_device_faults_total", "device", view->devices[i].name,
                 (double)view->devices[i].sum.faults);
    }
}

/* One sensor of all devices; nothing at all where no device has it. */
static void write_sensor(FILE *out, const struct miner_view *view, const char *name,
                         const char *help, size_t offset, double scale)
{
    bool begun = false;
    for (size_t i = 0; i < view->device_count; i++) {
        int32_t value = 0;
        memcpy(&value, (const char *)&view->devices[i].reading + offset, sizeof value);
        if (value == MINER_SENSOR_UNKNOWN) {
            continue;
        }
        if (!begun) {
            head(out, name, "gauge", help);
            begun = true;
        }
        labelled(out, name, "device", view->devices[i].name, (double)value / scale);
    }
}

static void write_sensors(FILE *out, const struct miner_view *view)
{
#define AT(member) offsetof(struct miner_reading, member)
    write_sensor(out, view, "shardpick_device_temperature_celsius", "Temperature of the chip.",
                 AT(temperature_mc), 1e3);
    write_sensor(out, view, "shardpick_device_hottest_celsius",
                 "Temperature of the hottest place that is measured.", AT(hottest_mc), 1e3);
    write_sensor(out, view, "shardpick_device_power_watts", "Power drawn.", AT(power_mw), 1e3);
    write_sensor(out, view, "shardpick_device_fan_ratio", "Fan speed as a part of its most.",
                 AT(fan_percent), 1e2);
    write_sensor(out, view, "shardpick_device_fan_rpm", "Fan speed in turns a minute.", AT(fan_rpm),
                 1);
    write_sensor(out, view, "shardpick_device_core_clock_hertz", "Clock of the cores.",
                 AT(core_mhz), 1e-6);
    write_sensor(out, view, "shardpick_device_memory_clock_hertz", "Clock of the memory.",
                 AT(memory_mhz), 1e-6);
#undef AT
}

enum base_status miner_metrics_write(FILE *out, const struct miner_engine *engine,
                                     const struct miner_view *view)
{
    write_run(out, engine, view);
    write_server(out, view);
    write_shares(out, &engine->tally);
    write_times(out, engine);
    write_chains(out, engine, view);
    write_hashes(out, view);
    write_counts(out, view);
    write_sensors(out, view);
    return ferror(out) == 0 && fflush(out) == 0 ? BASE_OK : BASE_E_IO;
}
