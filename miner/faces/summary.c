/* summary.c: see summary.h. */
#include "faces/summary.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faces/totals.h"
#include "machine/machine_json.h"

/* True when a device of the past has no lane today. */
static bool is_gone(const struct miner_engine *engine, const char *name)
{
    if (engine->cpu_lane_count > 0 && strcmp(name, "cpu") == 0) {
        return false;
    }
    for (size_t i = engine->cpu_lane_count; i < engine->lane_count; i++) {
        if (strcmp(name, engine->lanes[i].name) == 0) {
            return false;
        }
    }
    return true;
}

/* Seconds in which there was something to hash, at least in principle: first job to last batch. */
static double mining_seconds(const struct miner_engine *engine)
{
    uint64_t first_ns = atomic_load(&engine->first_job_ns);
    return first_ns != 0 && engine->stop_ns > first_ns ? (double)(engine->stop_ns - first_ns) / 1e9
                                                       : 0;
}

/* Job switch times: those of CPU lanes, where there are any. */
static const struct miner_histogram *switches_of(const struct miner_engine *engine)
{
    return engine->cpu_lane_count > 0 ? &engine->switches : &engine->device_switches;
}

static double rate_of(uint64_t hashes, double seconds)
{
    return seconds > 0 ? (double)hashes / seconds : 0;
}

/* The most memory this program had resident. Not getrusage's: that one remembers the process that
 * started us, from before our own program was loaded. 0 where /proc is missing. */
static uint64_t peak_resident_bytes(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    unsigned long long kib = 0;
    char line[256];
    if (file == NULL) {
        return 0;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kib = strtoull(line + 6, NULL, 10);
            break;
        }
    }
    (void)fclose(file);
    return (uint64_t)kib * 1024U;
}

/* Processor time of the run outside its lanes, in seconds. */
static double host_cpu_seconds(const struct miner_engine *engine)
{
    uint64_t lanes_ns = engine->past.lanes_cpu_ns;
    for (size_t i = 0; i < engine->lane_count; i++) {
        lanes_ns += atomic_load(&engine->lanes[i].cpu_ns);
    }
    uint64_t all_ns = engine->stop_cpu_ns - engine->start_cpu_ns;
    return all_ns > lanes_ns ? (double)(all_ns - lanes_ns) / 1e9 : 0;
}

static uint64_t sum16(const uint64_t values[16])
{
    uint64_t sum = 0;
    for (size_t i = 0; i < 16; i++) {
        sum += values[i];
    }
    return sum;
}

bool miner_summary_agrees(char *text, size_t cap, const struct miner_engine *engine,
                          const struct pool_devnet_stats *devnet)
{
    const struct miner_tally *tally = &engine->tally;
    uint64_t ours = miner_tally_sum(tally->accepted);
    uint64_t theirs = sum16(devnet->accepted) + sum16(devnet->uncles);
    uint64_t unanswered = miner_counted(&tally->verdicts[POOL_UNANSWERED]) +
                          miner_counted(&tally->verdicts[POOL_NOT_SENT]);
    uint64_t wrong =
        devnet->wrong_chain + devnet->above_target + devnet->duplicates + devnet->malformed;
    bool agrees = theirs >= ours && theirs - ours <= unanswered && wrong == 0;
    (void)snprintf(text, cap,
                   "the development network counted %" PRIu64 " blocks (%" PRIu64
                   " of them uncles), %" PRIu64 " stale, %" PRIu64 " wrong; this miner %" PRIu64
                   " accepted, %" PRIu64 " unanswered: %s",
                   theirs, sum16(devnet->uncles), sum16(devnet->refused), wrong, ours, unanswered,
                   agrees ? "both agree" : "they DIFFER");
    return agrees;
}

/* ---- for people -------------------------------------------------------------------------- */

static void log_device(const struct miner_engine *engine, const char *name,
                       const struct miner_lane_sum *sum, double seconds)
{
    char rate[32];
    char proofs[96] = "";
    if (sum->proofs + sum->proofs_skipped > 0) {
        (void)snprintf(proofs, sizeof proofs,
                       ", %" PRIu64 " proofs passed, %" PRIu64 " proofs skipped", sum->proofs,
                       sum->proofs_skipped);
    }
    miner_log(
        engine->host->log, MINER_LOG_INFO, "miner",
        "  %s: %s, %" PRIu64 " right finds, %" PRIu64 " wrong%s%s", name,
        miner_status_rate(rate, sizeof rate, rate_of(sum->hashes, seconds), engine->algo->unit),
        sum->found, sum->faults, proofs, sum->lanes_off > 0 ? ", switched off" : "");
}

static void log_chains(const struct miner_engine *engine)
{
    char text[512];
    size_t used = 0;
    unsigned with_blocks = 0;
    for (uint32_t i = 0; i < engine->algo->chains; i++) {
        uint64_t accepted = miner_counted(&engine->tally.accepted[i]);
        int more = snprintf(text + used, sizeof text - used, " %" PRIu64, accepted);
        with_blocks += accepted > 0;
        if (more > 0 && (size_t)more < sizeof text - used) {
            used += (size_t)more;
        }
    }
    miner_log(engine->host->log, MINER_LOG_INFO, "miner", "accepted by chain:%s (%u of %u chains)",
              text, with_blocks, engine->algo->chains);
}

/* What a pool credited; nothing for solo mining. */
static void log_credit(struct miner_engine *engine)
{
    struct miner_credit credit = miner_events_credit(engine);
    bool odd = credit.state == MINER_CREDIT_LOW || credit.state == MINER_CREDIT_HIGH;
    if (credit.expected > 0) {
        miner_log(
            engine->host->log, odd ? MINER_LOG_WARNING : MINER_LOG_INFO, "miner",
            "credited %.1f %% of what was hashed: %.0f shares, chance allows %.0f to %.0f%s%s",
            100 * credit.ratio, credit.seen, credit.low, credit.high, odd ? "; " : "",
            credit.cause);
    }
}

/* Only what was measured: a run without a job, or without a find, has no such times. */
static void log_times(struct miner_engine *engine)
{
    struct miner_log *log = engine->host->log;
    const struct miner_histogram *switches = switches_of(engine);
    if (miner_counted(&switches->count) > 0) {
        miner_log(log, MINER_LOG_INFO, "miner", "job to first hash: p50 %.2f ms, p99 %.2f ms",
                  miner_histogram_ms(switches, 0.5), miner_histogram_ms(switches, 0.99));
    }
    if (miner_counted(&engine->submits.count) > 0) {
        miner_log(log, MINER_LOG_INFO, "miner", "find to socket: p50 %.2f ms, p99 %.2f ms",
                  miner_histogram_ms(&engine->submits, 0.5),
                  miner_histogram_ms(&engine->submits, 0.99));
    }
    if (miner_counted(&engine->answers.count) > 0) {
        miner_log(log, MINER_LOG_INFO, "miner", "answer to a submission: p50 %.2f ms",
                  miner_histogram_ms(&engine->answers, 0.5));
    }
}

void miner_summary_log(struct miner_engine *engine, const struct pool_devnet_stats *devnet)
{
    struct miner_log *log = engine->host->log;
    const struct miner_tally *tally = &engine->tally;
    double seconds = mining_seconds(engine);
    uint64_t hashes = miner_engine_hashes(engine);
    struct miner_lane_sum cpu = {0};
    char rate[32];
    const char *group = engine->host->config->group;
    miner_log(log, MINER_LOG_INFO, "miner", "%s%smined %.1f s: %.4g hashes, %s", group,
              group[0] != '\0' ? ": " : "", seconds, (double)hashes,
              miner_status_rate(rate, sizeof rate, rate_of(hashes, seconds), engine->algo->unit));
    for (size_t i = 0; i < engine->lane_count; i++) {
        if (i < engine->cpu_lane_count) {
            miner_lane_sum_take(&cpu, &engine->lanes[i]);
        } else {
            struct miner_lane_sum one = {0};
            miner_lane_sum_take(&one, &engine->lanes[i]);
            miner_past_take(&one, &engine->past, engine->lanes[i].name);
            log_device(engine, engine->lanes[i].name, &one, seconds);
        }
    }
    if (cpu.lanes > 0) {
        miner_past_take(&cpu, &engine->past, "cpu");
        log_device(engine, "cpu", &cpu, seconds);
    }
    for (size_t i = 0; i < engine->past.count; i++) {
        if (is_gone(engine, engine->past.devices[i].name)) {
            log_device(engine, engine->past.devices[i].name, &engine->past.devices[i].sum, seconds);
        }
    }
    miner_log(log, MINER_LOG_INFO, "miner",
              "found %" PRIu64 ": accepted %" PRIu64 ", stale %" PRIu64 ", rejected %" PRIu64
              ", no answer %" PRIu64 ", not sent %" PRIu64 "; held back: wrong %" PRIu64
              ", second of a template %" PRIu64 ", repeated %" PRIu64,
              miner_tally_sum(tally->found), miner_tally_sum(tally->accepted),
              miner_tally_sum(tally->stale), miner_tally_sum(tally->rejected),
              miner_counted(&tally->verdicts[POOL_UNANSWERED]),
              miner_counted(&tally->verdicts[POOL_NOT_SENT]), miner_counted(&tally->faults),
              miner_counted(&tally->extra), miner_counted(&tally->duplicates));
    if (miner_tally_sum(tally->accepted) > 0) {
        log_chains(engine);
    }
    log_credit(engine);
    log_times(engine);
    if (devnet != NULL) {
        char text[512];
        bool agrees = miner_summary_agrees(text, sizeof text, engine, devnet);
        miner_log(log, agrees ? MINER_LOG_INFO : MINER_LOG_WARNING, "devnet", "%s", text);
    }
}

/* ---- for machines ------------------------------------------------------------------------ */

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *times(const struct miner_histogram *histogram)
{
    return json_pack("{s:f,s:f,s:f,s:o}", "p50", miner_histogram_ms(histogram, 0.5), "p99",
                     miner_histogram_ms(histogram, 0.99), "max",
                     (double)miner_counted(&histogram->max_ns) / 1e6, "count",
                     number(miner_counted(&histogram->count)));
}

static json_t *chains_json(const struct miner_engine *engine)
{
    json_t *list = json_array();
    for (uint32_t i = 0; list != NULL && i < engine->algo->chains; i++) {
        uint64_t hashes = engine->past.sum.chain_hashes[i];
        for (size_t lane = 0; lane < engine->lane_count; lane++) {
            hashes += miner_counted(&engine->lanes[lane].counters.chain_hashes[i]);
        }
        const struct miner_tally *tally = &engine->tally;
        (void)json_array_append_new(
            list, json_pack("{s:i,s:o,s:o,s:o,s:o,s:o}", "chain", (int)i, "hashes", number(hashes),
                            "found", number(miner_counted(&tally->found[i])), "accepted",
                            number(miner_counted(&tally->accepted[i])), "rejected",
                            number(miner_counted(&tally->rejected[i])), "stale",
                            number(miner_counted(&tally->stale[i]))));
    }
    return list;
}

static json_t *device_json(const char *name, const char *kernel, const struct miner_lane_sum *sum,
                           double seconds)
{
    return json_pack("{s:s,s:s,s:i,s:i,s:o,s:f,s:o,s:o,s:o,s:f,s:f,s:o,s:o}", "device", name,
                     "kernel", kernel, "lanes", (int)sum->lanes, "lanes_off", (int)sum->lanes_off,
                     "hashes", number(sum->hashes), "hashrate", rate_of(sum->hashes, seconds),
                     "found", number(sum->found), "invalid_on_device", number(sum->faults),
                     "finds_lost", number(sum->lost), "busy_seconds", (double)sum->busy_ns / 1e9,
                     "kernel_seconds", (double)sum->kernel_ns / 1e9, "expected_finds_seen",
                     number(sum->proofs), "proofs_skipped", number(sum->proofs_skipped));
}

/* What only devices have: where they are, what their sensors said last. */
static json_t *opencl_json(const struct miner_engine *engine, size_t lane, double seconds)
{
    struct miner_lane_sum sum = {0};
    const struct miner_lane *one = &engine->lanes[lane];
    struct miner_sensor_look look = miner_sensor_watch_look(engine->sensor_watch, lane);
    miner_lane_sum_take(&sum, one);
    miner_past_take(&sum, &engine->past, one->name);
    json_t *device = device_json(one->name, "opencl", &sum, seconds);
    json_t *more =
        json_pack("{s:s,s:o,s:o}", "pci", kern_cl_list_at(engine->devices, one->device)->pci,
                  "sensors", miner_reading_json(&look.reading), "heat_rests", number(look.rests));
    (void)json_object_update(device, more); /* without memory the object lacks them */
    json_decref(more);
    return device;
}

static json_t *devices_json(const struct miner_engine *engine, double seconds)
{
    json_t *list = json_array();
    struct miner_lane_sum cpu = {0};
    for (size_t i = 0; i < engine->cpu_lane_count; i++) {
        miner_lane_sum_take(&cpu, &engine->lanes[i]);
    }
    if (list != NULL && cpu.lanes > 0) {
        miner_past_take(&cpu, &engine->past, "cpu");
        (void)json_array_append_new(list, device_json("cpu", engine->variant->name, &cpu, seconds));
    }
    for (size_t i = engine->cpu_lane_count; list != NULL && i < engine->lane_count; i++) {
        (void)json_array_append_new(list, opencl_json(engine, i, seconds));
    }
    for (size_t i = 0; list != NULL && i < engine->past.count; i++) {
        const struct miner_past_device *past = &engine->past.devices[i];
        if (is_gone(engine, past->name)) {
            (void)json_array_append_new(list,
                                        device_json(past->name, past->kernel, &past->sum, seconds));
        }
    }
    return list;
}

static json_t *devnet_json(const struct miner_engine *engine,
                           const struct pool_devnet_stats *devnet)
{
    char text[512];
    bool agrees = miner_summary_agrees(text, sizeof text, engine, devnet);
    return json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b}", "accepted", number(sum16(devnet->accepted)), "uncles",
        number(sum16(devnet->uncles)), "refused", number(sum16(devnet->refused)), "wrong_chain",
        number(devnet->wrong_chain), "above_target", number(devnet->above_target), "duplicates",
        number(devnet->duplicates), "malformed", number(devnet->malformed), "agrees", (int)agrees);
}

static json_t *credit_json(struct miner_engine *engine)
{
    static const char *const states[] = {"early", "fair", "low", "high"};
    struct miner_credit credit = miner_events_credit(engine);
    if (!(credit.expected > 0)) {
        return json_null();
    }
    return json_pack("{s:s,s:f,s:f,s:f,s:f,s:f,s:s}", "state", states[credit.state], "ratio",
                     credit.ratio, "expected", credit.expected, "seen", credit.seen, "low",
                     credit.low, "high", credit.high, "cause", credit.cause);
}

static json_t *engine_json(struct miner_engine *engine, const struct pool_devnet_stats *devnet)
{
    const struct miner_tally *tally = &engine->tally;
    double seconds = mining_seconds(engine);
    uint64_t hashes = miner_engine_hashes(engine);
    char session[17];
    (void)snprintf(session, sizeof session, "%016" PRIx64, engine->session.seed);
    json_t *root = json_pack(
        "{s:f,s:o,s:f,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "seconds", seconds, "hashes",
        number(hashes), "hashrate", rate_of(hashes, seconds), "found",
        number(miner_tally_sum(tally->found)), "accepted", number(miner_tally_sum(tally->accepted)),
        "rejected", number(miner_tally_sum(tally->rejected)), "stale",
        number(miner_tally_sum(tally->stale)), "invalid_on_device",
        number(miner_counted(&tally->faults)), "per_chain", chains_json(engine), "per_device",
        devices_json(engine, seconds), "job_switch_ms", times(switches_of(engine)), "submit_ms",
        times(&engine->submits));
    json_t *more = json_pack(
        "{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:f,s:o,s:s}", "algorithm", engine->algo->name,
        "blocks", number(miner_counted(&tally->blocks)), "jobs",
        number(miner_counted(&tally->jobs)), "unanswered",
        number(miner_counted(&tally->verdicts[POOL_UNANSWERED])), "not_sent",
        number(miner_counted(&tally->verdicts[POOL_NOT_SENT]) + miner_counted(&tally->unsent)),
        "duplicates", number(miner_counted(&tally->duplicates)), "extra",
        number(miner_counted(&tally->extra)), "device_switch_ms", times(&engine->device_switches),
        "answer_ms", times(&engine->answers), "peak_resident_bytes", number(peak_resident_bytes()),
        "host_cpu_seconds", host_cpu_seconds(engine), "wall_seconds",
        json_real((double)(engine->stop_ns - engine->start_ns) / 1e9), "nonce_session", session);
    if (root != NULL &&
        (json_object_update_new(root, more) != 0 ||
         json_object_set_new(root, "credit", credit_json(engine)) != 0 ||
         json_object_set_new(root, "devnet",
                             devnet != NULL ? devnet_json(engine, devnet) : json_null()) != 0)) {
        json_decref(root);
        return NULL;
    }
    return root;
}

enum base_status miner_summary_json(struct miner_engine *const engines[], size_t count,
                                    const struct pool_devnet_stats *devnet, FILE *out)
{
    json_t *parts[MINER_GROUPS_MAX] = {NULL};
    const char *names[MINER_GROUPS_MAX] = {NULL};
    for (size_t i = 0; i < count; i++) {
        parts[i] = engine_json(engines[i], devnet);
        names[i] = engines[i]->host->config->group;
    }
    json_t *root = miner_totals(parts, names, count);
    if (root == NULL) {
        return BASE_E_MEMORY;
    }
    bool written = json_dumpf(root, out, JSON_REAL_PRECISION(9)) == 0 && fputc('\n', out) != EOF &&
                   fflush(out) == 0;
    json_decref(root);
    return written ? BASE_OK : BASE_E_IO;
}
