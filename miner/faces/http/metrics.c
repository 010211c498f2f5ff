/* metrics.c: see metrics.h. Counters count from the start of the process, as Prometheus expects;
 * base units (seconds, celsius, watts, ratios) throughout. What is unknown is left out. */
#include "http/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

struct page {
    FILE *out;
    const struct miner_snapshot *snapshot;
};

/* What a metric is read from, and the label of its samples. */
enum per { PER_GROUP, PER_CHAIN, PER_DEVICE };
enum field {
    F_BOOL,
    F_UNSIGNED,
    F_U64,
    F_DOUBLE,
    F_POSITIVE, /* a double; 0 is unknown */
    F_AGE,      /* a chain's age_ms */
    F_SENSOR,   /* an int32_t; one base unit is `scale` of it */
};

struct metric {
    const char *name;
    const char *help;
    const char *type;
    enum per per;
    enum field field;
    size_t offset;
    double scale;
};

#define ROW(name, type, per, field, owner, member, scale, help)                                    \
    {                                                                                              \
        "shardpick_" name, help, type, per, field,                                                 \
            offsetof(struct miner_snapshot_##owner, member), scale                                 \
    }
#define OF_GROUP(name, type, field, member, help)                                                  \
    ROW(name, type, PER_GROUP, field, group, member, 0, help)
#define OF_CHAIN(name, type, field, member, help)                                                  \
    ROW(name, type, PER_CHAIN, field, chain, member, 0, help)
#define OF_DEVICE(name, type, field, member, help)                                                 \
    ROW(name, type, PER_DEVICE, field, device, member, 0, help)
#define SENSOR(name, member, scale, help)                                                          \
    ROW("device_" name, "gauge", PER_DEVICE, F_SENSOR, device, reading.member, scale, help)

static const struct metric metrics[] = {
    OF_GROUP("start_time_seconds", "gauge", F_DOUBLE, start_time_s, "Start of the run since 1970."),
    OF_GROUP("paused", "gauge", F_BOOL, paused, "1 while lanes rest on request."),
    OF_GROUP("jobs_total", "counter", F_U64, jobs, "Jobs taken from servers."),
    OF_GROUP("hashes_per_share", "gauge", F_POSITIVE, expected,
             "Hashes (solutions) expected for a share, or for a block of a node."),
    OF_GROUP("network_difficulty", "gauge", F_POSITIVE, network_difficulty,
             "Difficulty of a block, in the server's unit; in hashes where it has none."),
    OF_GROUP("network_hashrate", "gauge", F_POSITIVE, network_rate,
             "Hashes (solutions) a second of the network, as the difficulty tells."),
    OF_GROUP("server_connects_total", "counter", F_U64, server.connects, "Connections made."),
    OF_GROUP("server_failures_total", "counter", F_U64, server.failures,
             "Connections lost, and tries that failed."),
    OF_GROUP("blocks_total", "counter", F_U64, shares.blocks,
             "Accepted finds that met the block target."),
    OF_GROUP("blocks_in_chain_total", "counter", F_U64, shares.in_chain,
             "Blocks that are in the chain, as their node said in the end."),
    OF_GROUP("blocks_uncle_total", "counter", F_U64, shares.uncles, "Blocks that became uncles."),
    OF_GROUP("blocks_orphaned_total", "counter", F_U64, shares.orphaned,
             "Blocks that another one has taken the place of."),
    OF_GROUP("verify_failures_total", "counter", F_U64, shares.faults,
             "Finds that the reference did not confirm; never sent."),
    OF_GROUP("finds_held_back_total", "counter", F_U64, shares.held_back,
             "Right finds not sent: repeated, second of a template, or no room."),
    OF_GROUP("chains", "gauge", F_U64, chain_count, "Shard chains of the coin."),
    OF_GROUP("chains_covered", "gauge", F_UNSIGNED, covered, "Chains that have a job."),
    OF_CHAIN("job_age_seconds", "gauge", F_AGE, age_ms, "Age of each chain's job."),
    OF_CHAIN("chain_accepted_total", "counter", F_U64, accepted, "Accepted finds of each chain."),
    OF_DEVICE("device_up", "gauge", F_BOOL, up,
              "1 while the device hashes whenever there is work."),
    OF_DEVICE("device_table_permille", "gauge", F_UNSIGNED, table_permille,
              "Thousandths of the table that the device builds now; 0: it builds none."),
    OF_DEVICE("device_lanes", "gauge", F_UNSIGNED, sum.lanes, "Lanes of the device."),
    OF_DEVICE("device_finds_total", "counter", F_U64, sum.found, "Right finds of the device."),
    OF_DEVICE("device_cooling_rests_total", "counter", F_U64, cooling_rests,
              "How often the device rested because it was too hot."),
    OF_DEVICE("device_faults_total", "counter", F_U64, sum.faults,
              "Wrong finds of the device; never sent."),
    OF_DEVICE("device_proofs_total", "counter", F_U64, sum.proofs,
              "Ranges in which the device found exactly what it had to."),
    OF_DEVICE("device_proofs_skipped_total", "counter", F_U64, sum.proofs_skipped,
              "Ranges whose finds this processor could not compute in time."),
    OF_DEVICE("device_rows_lost_total", "counter", F_U64, sum.rows_lost,
              "Rows of a solver that found no room in the device's memory."),
    SENSOR("temperature_celsius", temperature_mc, 1e3, "Temperature of the chip."),
    SENSOR("hottest_celsius", hottest_mc, 1e3,
           "Temperature of the hottest place that is measured."),
    SENSOR("power_watts", power_mw, 1e3, "Power drawn."),
    SENSOR("fan_ratio", fan_percent, 1e2, "Fan speed as a part of its most."),
    SENSOR("fan_rpm", fan_rpm, 1, "Fan speed in turns a minute."),
    SENSOR("core_clock_hertz", core_mhz, 1e-6, "Clock of the cores."),
    SENSOR("memory_clock_hertz", memory_mhz, 1e-6, "Clock of the memory."),
};

/* NAN: unknown. */
static double read_field(const void *from, const struct metric *metric)
{
    const void *at = (const char *)from + metric->offset;
    switch (metric->field) {
    case F_BOOL:
        return *(const bool *)at;
    case F_UNSIGNED:
        return *(const unsigned *)at;
    case F_U64:
        return (double)*(const uint64_t *)at;
    case F_DOUBLE:
        return *(const double *)at;
    case F_POSITIVE:
        return *(const double *)at > 0 ? *(const double *)at : NAN;
    case F_AGE:
        return ((const struct miner_snapshot_chain *)from)->has_job
                   ? (double)*(const uint64_t *)at / 1e3
                   : NAN;
    case F_SENSOR:
        break;
    }
    int32_t value = *(const int32_t *)at;
    return value != MINER_SENSOR_UNKNOWN ? value / metric->scale : NAN;
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

/* ---- families ------------------------------------------------------------------------------ */

/* The head goes before the first sample; where everything is unknown there is no family. */
static void write_metric(const struct page *page, const struct metric *metric)
{
    bool begun = false;
    for (size_t g = 0; g < page->snapshot->group_count; g++) {
        const struct miner_snapshot_group *group = &page->snapshot->groups[g];
        size_t count = metric->per == PER_GROUP   ? 1
                       : metric->per == PER_CHAIN ? group->chain_count
                                                  : group->device_count;
        for (size_t i = 0; i < count; i++) {
            char number[24];
            const void *from = metric->per == PER_GROUP   ? (const void *)group
                               : metric->per == PER_CHAIN ? (const void *)&group->chains[i]
                                                          : (const void *)&group->devices[i];
            double value = read_field(from, metric);
            if (isnan(value)) {
                continue;
            }
            if (!begun) {
                head(page, metric->name, metric->type, metric->help);
                begun = true;
            }
            (void)snprintf(number, sizeof number, "%zu", i);
            if (metric->per == PER_DEVICE) {
                sample(page, group, metric->name, "device", group->devices[i].name, value);
            } else {
                sample(page, group, metric->name, metric->per == PER_CHAIN ? "chain" : NULL, number,
                       value);
            }
        }
    }
}

static void write_build_and_server(const struct page *page)
{
    const struct miner_snapshot_group *groups = page->snapshot->groups;
    head(page, "shardpick_build_info", "gauge", "Version and what is mined; always 1.");
    for (size_t i = 0; i < page->snapshot->group_count; i++) {
        const struct pair pairs[] = {{"version", SHARDPICK_VERSION},
                                     {"coin", groups[i].coin},
                                     {"algorithm", groups[i].algorithm},
                                     {NULL, NULL}};
        series(page, &groups[i], "shardpick_build_info", pairs);
        (void)fputs("1\n", page->out);
    }
    head(page, "shardpick_server_up", "gauge", "1 while the connection to the server stands.");
    for (size_t i = 0; i < page->snapshot->group_count; i++) {
        sample(page, &groups[i], "shardpick_server_up", "server", groups[i].server.name,
               groups[i].server.up);
    }
}

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
}

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
#define AT(member) offsetof(struct miner_snapshot_group, member)
    static const struct {
        const char *name; /* NULL: as in the row before */
        const char *help;
        const char *kind;
        size_t offset;
    } rows[] = {
        {"shardpick_job_switch_seconds", "From a job's arrival to the first hash of it.", "cpu",
         AT(switches)},
        {NULL, NULL, "opencl", AT(device_switches)},
        {"shardpick_submit_seconds", "From a find to its way into the socket.", NULL, AT(submits)},
        {"shardpick_share_latency_seconds", "From a share's sending to the server's answer.", NULL,
         AT(answers)},
    };
#undef AT
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if (rows[i].name != NULL) {
            head(page, rows[i].name, "histogram", rows[i].help);
        }
        for (size_t g = 0; g < page->snapshot->group_count; g++) {
            const struct miner_snapshot_group *group = &page->snapshot->groups[g];
            write_histogram(page, group, rows[i].name != NULL ? rows[i].name : rows[i - 1].name,
                            rows[i].kind, (const void *)((const char *)group + rows[i].offset));
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

/* Series of workers: of those with the most work, so that names which clients make up do not make
 * series without end. */
enum { WORKERS_MAX = 100 };

static void write_workers(const struct page *page)
{
#define AT(member) offsetof(struct pool_bridge_worker, member)
    static const struct {
        const char *name;
        const char *type;
        const char *help;
        size_t offset;
        bool is_double;
    } rows[] = {
        {"shardpick_worker_hashrate", "gauge", "Hashes (solutions) a second of a worker.", AT(rate),
         true},
        {"shardpick_worker_hashes_total", "counter",
         "Hashes (solutions) that a worker's shares stand for.", AT(work), true},
        {"shardpick_worker_difficulty", "gauge", "Share difficulty of a worker's last client.",
         AT(difficulty), true},
        {"shardpick_worker_shares_total", "counter", "Accepted shares of a worker.", AT(accepted),
         false},
        {"shardpick_worker_stale_total", "counter", "Shares of a worker that came too late.",
         AT(stale), false},
        {"shardpick_worker_blocks_total", "counter", "Blocks of a worker that were accepted.",
         AT(blocks), false},
    };
#undef AT
    size_t count = page->snapshot->worker_count;
    count = count < WORKERS_MAX ? count : WORKERS_MAX;
    for (size_t row = 0; row < BASE_COUNT_OF(rows) && count > 0; row++) {
        head(page, rows[row].name, rows[row].type, rows[row].help);
        for (size_t i = 0; i < count; i++) {
            const struct pool_bridge_worker *worker = &page->snapshot->workers[i];
            const void *at = (const char *)worker + rows[row].offset;
            sample(page, page->snapshot->groups, rows[row].name, "worker", worker->name,
                   rows[row].is_double ? *(const double *)at : (double)*(const uint64_t *)at);
        }
    }
}

static void write_clients(const struct page *page)
{
    const struct pool_bridge_stats *clients = &page->snapshot->clients;
    const struct {
        const char *result;
        uint64_t count;
    } results[] = {
        {"accepted", clients->accepted},    {"stale", clients->stale},
        {"duplicate", clients->duplicates}, {"low_difficulty", clients->low},
        {"invalid", clients->invalid},
    };
    const struct pair none[] = {{NULL, NULL}};
    head(page, "shardpick_clients", "gauge", "Connections of other miners.");
    series(page, page->snapshot->groups, "shardpick_clients", none);
    (void)fprintf(page->out, "%zu\n", clients->clients);
    head(page, "shardpick_workers", "gauge", "Workers that are known.");
    series(page, page->snapshot->groups, "shardpick_workers", none);
    (void)fprintf(page->out, "%zu\n", clients->workers);
    head(page, "shardpick_client_connections_total", "counter",
         "Connections of other miners so far.");
    series(page, page->snapshot->groups, "shardpick_client_connections_total", none);
    (void)fprintf(page->out, "%" PRIu64 "\n", clients->connections);
    head(page, "shardpick_client_shares_total", "counter",
         "Shares of other miners, by their result.");
    for (size_t i = 0; i < BASE_COUNT_OF(results); i++) {
        sample(page, page->snapshot->groups, "shardpick_client_shares_total", "result",
               results[i].result, (double)results[i].count);
    }
    write_workers(page);
}

enum base_status miner_metrics_write(FILE *out, const struct miner_snapshot *snapshot)
{
    const struct page page = {out, snapshot};
    write_build_and_server(&page);
    write_shares(&page);
    write_times(&page);
    write_hashes(&page);
    for (size_t i = 0; i < BASE_COUNT_OF(metrics); i++) {
        write_metric(&page, &metrics[i]);
    }
    if (snapshot->serves) {
        write_clients(&page);
    }
    return ferror(out) == 0 && fflush(out) == 0 ? BASE_OK : BASE_E_IO;
}
