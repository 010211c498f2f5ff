/* tell.c: log lines about what a run hashes with: at the start, and when lanes change their state.
 */
#include <inttypes.h>

#include "log/units.h"
#include "machine/huge_pages.h"
#include "run/engine.h"

static void tell_cpu(const struct miner_engine *engine)
{
    struct miner_log *log = engine->host->log;
    const struct miner_machine *machine = miner_topology_machine(engine->topology);
    char lanes[32];
    char ways[32];
    char advice[256];
    miner_log(log, MINER_LOG_INFO, "cpu", "%s, %u of %u cores, %u of %u threads",
              machine->processor, machine->cores_allowed, machine->cores, machine->threads_allowed,
              machine->threads);
    if (engine->cpu_lane_count == 0) {
        miner_log(log, MINER_LOG_INFO, "cpu", "not used (-t 0)");
        return;
    }
    miner_log(log, MINER_LOG_INFO, "cpu", "%s, kernel %s (%s), %s",
              miner_unit_plural(lanes, sizeof lanes, engine->cpu_lane_count, "lane"),
              engine->variant->name,
              miner_unit_plural(ways, sizeof ways, engine->variant->ways, "way"),
              engine->cpu_choice);
    if (miner_huge_pages_advice(advice, sizeof advice, engine->algo, NULL)) {
        miner_log(log, MINER_LOG_INFO, "cpu", "%s", advice);
    }
}

void miner_tell_devices(const struct miner_engine *engine)
{
    for (size_t i = engine->cpu_lane_count; i < engine->lane_count; i++) {
        const struct kern_cl_info *info = kern_cl_list_at(engine->devices, engine->lanes[i].device);
        miner_log(engine->host->log, MINER_LOG_INFO, "opencl",
                  "%s: %" PRIu32 " compute units, %" PRIu64 " MiB, %s, driver %s",
                  engine->lanes[i].name, info->compute_units, info->memory_bytes >> 20,
                  info->platform_name, info->driver_version);
    }
}

void miner_tell_start(const struct miner_engine *engine)
{
    struct miner_log *log = engine->host->log;
    miner_log(log, MINER_LOG_INFO, "miner", "shardpick %s, %s", SHARDPICK_VERSION,
              engine->algo->title);
    if (engine->lane_count == 0 && engine->bridge != NULL) {
        return;
    }
    tell_cpu(engine);
    miner_tell_devices(engine);
    miner_log(log, MINER_LOG_INFO, "miner", "nonce session %016" PRIx64 "%s", engine->session.seed,
              engine->config.nonce_seed_given ? " (given)" : "; --nonce-seed replays it");
}

/* All CPU lanes prove the same kernel: one line for them together. */
static void tell_cpu_lanes(struct miner_engine *engine)
{
    size_t passed = 0;
    for (size_t i = 0; i < engine->cpu_lane_count; i++) {
        enum miner_lane_state state = miner_lane_state(&engine->lanes[i]);
        if (state == MINER_LANE_STARTING) {
            return;
        }
        passed += state != MINER_LANE_FAILED;
    }
    engine->cpu_told = true;
    if (passed > 0) {
        miner_log(engine->host->log, MINER_LOG_INFO, "cpu",
                  "self-test passed on %zu of %zu lanes (%s)", passed, engine->cpu_lane_count,
                  engine->variant->name);
    }
}

void miner_tell_lanes(struct miner_engine *engine)
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
