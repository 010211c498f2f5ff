/* api_json.c: see api_json.h. */
#include "faces/api_json.h"

#include "base/clock.h"

/* A count. jansson's integers are signed: what would not fit ends at the largest. */
static json_t *count(uint64_t value)
{
    return json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX);
}

static json_t *counted(const miner_counter *counter)
{
    return count(miner_counted(counter));
}

static json_t *sum(const miner_counter per_chain[KERN_CHAINS_MAX])
{
    return count(miner_tally_sum(per_chain));
}

static json_t *rates(const double rate[MINER_VIEW_WINDOWS])
{
    return json_pack("{s:f,s:f,s:f}", "10s", rate[0], "60s", rate[1], "15m", rate[2]);
}

static json_t *times(const struct miner_histogram *histogram)
{
    return json_pack("{s:f,s:f,s:f,s:o}", "p50", miner_histogram_ms(histogram, 0.5), "p99",
                     miner_histogram_ms(histogram, 0.99), "max",
                     (double)miner_counted(&histogram->max_ns) / 1e6, "count",
                     counted(&histogram->count));
}

static json_t *shares(const struct miner_engine *engine)
{
    const struct miner_tally *tally = &engine->tally;
    json_t *shown = json_pack("{s:o,s:o,s:o,s:o,s:o}", "found", sum(tally->found), "accepted",
                              sum(tally->accepted), "rejected", sum(tally->rejected), "stale",
                              sum(tally->stale), "blocks", counted(&tally->blocks));
    json_t *more = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o}", "unanswered", counted(&tally->verdicts[POOL_UNANSWERED]),
        "not_sent", counted(&tally->verdicts[POOL_NOT_SENT]), "open",
        count(miner_tally_open(tally)), "duplicates", counted(&tally->duplicates), "extra",
        counted(&tally->extra), "invalid_on_device", counted(&tally->faults));
    if (shown == NULL || json_object_update_new(shown, more) != 0) {
        json_decref(shown);
        return NULL;
    }
    return shown;
}

static json_t *server(const struct miner_engine *engine, const struct miner_view *view)
{
    const struct miner_view_server *shown = &view->server;
    double since_s = shown->since_ms != 0 && view->now_ms > shown->since_ms
                         ? (double)(view->now_ms - shown->since_ms) / 1e3
                         : 0;
    return json_pack("{s:s,s:b,s:f,s:o,s:o,s:f,s:f,s:b}", "url", shown->name, "up", (int)shown->up,
                     "since_seconds", since_s, "connects", count(shown->connects), "failures",
                     count(shown->failures), "difficulty", shown->difficulty, "latency_ms",
                     miner_histogram_ms(&engine->answers, 0.5), "solo", (int)view->solo);
}

json_t *miner_api_summary_json(const struct miner_engine *engine, const struct miner_view *view)
{
    json_t *hashrate = rates(view->rate);
    if (hashrate != NULL) {
        (void)json_object_set_new(hashrate, "highest", json_real(view->highest));
    }
    json_t *chains =
        json_pack("{s:i,s:i}", "count", (int)view->chains, "covered", (int)view->covered);
    json_t *root =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:f,s:b,s:b,s:o,s:o,s:f}", "name", "shardpick",
                  "version", SHARDPICK_VERSION, "coin", engine->host->config->coin->name,
                  "algorithm", engine->algo->name, "title", engine->algo->title, "unit",
                  engine->algo->unit, "uptime_seconds", view->uptime_s, "paused", (int)view->paused,
                  "restricted", (int)(engine->host->config->api_token[0] == '\0'), "hashrate",
                  hashrate, "hashes", count(view->hashes), "hashes_per_share", view->expected);
    json_t *more =
        json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "jobs", counted(&engine->tally.jobs), "server",
                  server(engine, view), "shares", shares(engine), "chains", chains, "job_switch_ms",
                  times(engine->cpu_lane_count > 0 ? &engine->switches : &engine->device_switches),
                  "submit_ms", times(&engine->submits), "answer_ms", times(&engine->answers));
    if (root == NULL || json_object_update_new(root, more) != 0) {
        json_decref(root);
        return NULL;
    }
    return root;
}

/* What a sensor tells, in base units; null where none does. */
static json_t *reading(int32_t value, double scale)
{
    return value == MINER_SENSOR_UNKNOWN ? json_null() : json_real((double)value / scale);
}

static json_t *sensors(const struct miner_reading *shown)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "temperature_celsius",
                     reading(shown->temperature_mc, 1e3), "hottest_celsius",
                     reading(shown->hottest_mc, 1e3), "power_watts", reading(shown->power_mw, 1e3),
                     "fan_rpm", reading(shown->fan_rpm, 1), "fan_percent",
                     reading(shown->fan_percent, 1), "core_mhz", reading(shown->core_mhz, 1),
                     "memory_mhz", reading(shown->memory_mhz, 1));
}

json_t *miner_api_devices_json(const struct miner_engine *engine, const struct miner_view *view)
{
    json_t *list = json_array();
    (void)engine;
    for (size_t i = 0; i < view->device_count && list != NULL; i++) {
        const struct miner_view_device *device = &view->devices[i];
        json_t *entry = json_pack(
            "{s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:f,s:o,s:b,s:o}", "device",
            device->name, "kind", device->cpu ? "cpu" : "opencl", "kernel", device->kernel, "state",
            device->state, "pci", device->pci, "lanes", (int)device->sum.lanes, "lanes_off",
            (int)device->sum.lanes_off, "hashrate", rates(device->rate), "limit",
            device->limit > 0 ? json_real(device->limit) : json_null(), "hashes",
            count(device->sum.hashes), "found", count(device->sum.found), "invalid_on_device",
            count(device->sum.faults), "finds_lost", count(device->sum.lost), "busy_seconds",
            (double)device->sum.busy_ns / 1e9, "sensors", sensors(&device->reading), "cooling",
            (int)device->cooling, "cooling_rests", count(device->cooling_rests));
        if (json_array_append_new(list, entry) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return json_pack("{s:o}", "devices", list);
}

/* Seconds since a chain's job came; null without one. */
static json_t *age(const struct miner_view *view, const struct miner_chain_look *chain)
{
    if (!chain->has_job) {
        return json_null();
    }
    uint64_t ms = view->now_ms > chain->received_ms ? view->now_ms - chain->received_ms : 0;
    return json_real((double)ms / 1e3);
}

json_t *miner_api_chains_json(const struct miner_engine *engine, const struct miner_view *view)
{
    const struct miner_tally *tally = &engine->tally;
    json_t *list = json_array();
    for (uint32_t i = 0; i < view->chains && list != NULL; i++) {
        const struct miner_chain_look *chain = &view->chain[i];
        uint64_t hashes = 0;
        for (size_t d = 0; d < view->device_count; d++) {
            hashes += view->devices[d].sum.chain_hashes[i];
        }
        json_t *entry = json_pack("{s:i,s:b,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "chain", (int)i,
                                  "has_job", (int)chain->has_job, "resting", (int)chain->resting,
                                  "height", count(chain->height), "age_seconds", age(view, chain),
                                  "hashes", count(hashes), "found", counted(&tally->found[i]),
                                  "accepted", counted(&tally->accepted[i]), "rejected",
                                  counted(&tally->rejected[i]), "stale", counted(&tally->stale[i]));
        if (json_array_append_new(list, entry) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return json_pack("{s:o}", "chains", list);
}
