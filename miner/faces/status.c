/* status.c: what a person sees while mining: lines at the start, and one every ten seconds. */
#include <inttypes.h>
#include <stdio.h>

#include "machine/huge_pages.h"
#include "machine/select.h"
#include "run/engine.h"

char *miner_status_rate(char *text, size_t cap, double rate, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    size_t prefix = 0;
    while (rate >= 1000 && prefix + 1 < BASE_COUNT_OF(prefixes)) {
        rate /= 1000;
        prefix += 1;
    }
    (void)snprintf(text, cap, "%.*f %s%s/s", rate < 100 ? 2 : 1, rate, prefixes[prefix], unit);
    return text;
}

void miner_status_start(struct miner_engine *engine)
{
    struct miner_log *log = engine->host->log;
    const struct miner_config *config = engine->host->config;
    miner_log(log, MINER_LOG_INFO, "miner", "shardpick %s, %s", SHARDPICK_VERSION,
              engine->algo->title);
    if (engine->host->topology != NULL) {
        const struct miner_machine *machine = miner_topology_machine(engine->host->topology);
        miner_log(log, MINER_LOG_INFO, "cpu", "%s, %u of %u cores, %u of %u threads",
                  machine->processor, machine->cores_allowed, machine->cores,
                  machine->threads_allowed, machine->threads);
    }
    if (engine->cpu_lane_count > 0) {
        miner_log(log, MINER_LOG_INFO, "cpu", "%zu %s, kernel %s (%u %s), %s",
                  engine->cpu_lane_count, engine->cpu_lane_count == 1 ? "lane" : "lanes",
                  engine->variant->name, engine->variant->ways,
                  engine->variant->ways == 1 ? "way" : "ways", engine->cpu_choice);
        char advice[256];
        if (miner_huge_pages_advice(advice, sizeof advice, engine->algo, NULL)) {
            miner_log(log, MINER_LOG_INFO, "cpu", "%s", advice);
        }
    } else {
        miner_log(log, MINER_LOG_INFO, "cpu", "not used (-t 0)");
    }
    for (size_t i = engine->cpu_lane_count; i < engine->lane_count; i++) {
        const struct kern_cl_info *info = kern_cl_list_at(engine->devices, engine->lanes[i].device);
        miner_log(log, MINER_LOG_INFO, "opencl",
                  "%s: %" PRIu32 " compute units, %" PRIu64 " MiB, %s, driver %s",
                  engine->lanes[i].name, info->compute_units, info->memory_bytes >> 20,
                  info->platform_name, info->driver_version);
    }
    miner_log(log, MINER_LOG_INFO, "miner", "nonce session %016" PRIx64 "%s", engine->session.seed,
              config->nonce_seed_given ? " (given)" : "; --nonce-seed replays it");
}

/* All CPU lanes prove the same kernel: one line for them together. */
static void tell_cpu_lanes(struct miner_engine *engine)
{
    struct miner_log *log = engine->host->log;
    size_t passed = 0;
    for (size_t i = 0; i < engine->cpu_lane_count; i++) {
        if (miner_lane_state(&engine->lanes[i]) == MINER_LANE_STARTING) {
            return;
        }
    }
    engine->cpu_told = true;
    for (size_t i = 0; i < engine->cpu_lane_count; i++) {
        passed += miner_lane_state(&engine->lanes[i]) != MINER_LANE_FAILED;
    }
    if (passed > 0) {
        miner_log(log, MINER_LOG_INFO, "cpu", "self-test passed on %zu of %zu lanes (%s)", passed,
                  engine->cpu_lane_count, engine->variant->name);
    }
}

void miner_status_lanes(struct miner_engine *engine)
{
    if (!engine->cpu_told && engine->cpu_lane_count > 0) {
        tell_cpu_lanes(engine);
    }
    for (size_t i = 0; i < engine->lane_count; i++) {
        struct miner_lane *lane = &engine->lanes[i];
        enum miner_lane_state state = miner_lane_state(lane);
        if (state == lane->told) {
            continue;
        }
        lane->told = state;
        if (state == MINER_LANE_FAILED) {
            miner_log(engine->host->log, MINER_LOG_ERROR, "miner", "%s is not used: %s", lane->name,
                      lane->error.text);
        } else if (state == MINER_LANE_OFF) {
            miner_log(engine->host->log, MINER_LOG_ERROR, "miner",
                      "%s is switched off; the others go on", lane->name);
        }
    }
}

/* " | 65:00.0 61 C, 512 W" for every device of which something is known. */
static void sensors_text(char *text, size_t cap, const struct miner_engine *engine)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = engine->cpu_lane_count; i < engine->lane_count && used + 1 < cap; i++) {
        char name[64];
        char known[128];
        const struct kern_cl_info *info = kern_cl_list_at(engine->devices, engine->lanes[i].device);
        struct miner_sensor_look look = miner_sensor_watch_look(engine->sensor_watch, i);
        if (miner_reading_text(known, sizeof known, &look.reading)[0] == '\0') {
            continue;
        }
        int more = snprintf(text + used, cap - used, " | %s %s%s",
                            miner_select_name(name, sizeof name, info), known,
                            look.resting ? ", paused" : "");
        used += more > 0 ? (size_t)more : 0;
    }
}

void miner_status_line(struct miner_engine *engine)
{
    char sensors[512];
    const char *group = engine->host->config->group;
    const struct miner_tally *tally = &engine->tally;
    const char *unit = engine->algo->unit;
    char r10[32];
    char r60[32];
    char r900[32];
    sensors_text(sensors, sizeof sensors, engine);
    miner_log(engine->host->log, MINER_LOG_INFO, "miner",
              "%s%s10s/60s/15m %s %s %s | accepted %" PRIu64 " stale %" PRIu64 " rejected %" PRIu64
              " wrong %" PRIu64 " | chains %u/%u%s",
              group, group[0] != '\0' ? ": " : "",
              miner_status_rate(r10, sizeof r10, miner_meter_rate(&engine->meter, 10000), unit),
              miner_status_rate(r60, sizeof r60, miner_meter_rate(&engine->meter, 60000), unit),
              miner_status_rate(r900, sizeof r900, miner_meter_rate(&engine->meter, 900000), unit),
              miner_tally_sum(tally->accepted), miner_tally_sum(tally->stale),
              miner_tally_sum(tally->rejected), miner_counted(&tally->faults),
              miner_board_coverage(engine->board), engine->algo->chains, sensors);
}
