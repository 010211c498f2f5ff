/* api_json.c: see api_json.h. */
#include "http/api_json.h"

static json_t *rates(const double rate[MINER_WINDOWS])
{
    return json_pack("{s:f,s:f,s:f}", "10s", rate[0], "60s", rate[1], "15m", rate[2]);
}

static json_t *shares(const struct miner_snapshot_shares *shown)
{
    json_t *first = json_pack(
        "{s:o,s:o,s:o,s:o,s:o}", "found", miner_json_count(shown->found), "accepted",
        miner_json_count(shown->accepted), "rejected", miner_json_count(shown->rejected), "stale",
        miner_json_count(shown->stale), "blocks", miner_json_count(shown->blocks));
    json_t *more = json_pack(
        "{s:o,s:o,s:o,s:o,s:o,s:o}", "unanswered",
        miner_json_count(shown->verdicts[POOL_UNANSWERED]), "not_sent",
        miner_json_count(shown->verdicts[POOL_NOT_SENT]), "open", miner_json_count(shown->open),
        "duplicates", miner_json_count(shown->duplicates), "extra", miner_json_count(shown->extra),
        "invalid_on_device", miner_json_count(shown->faults));
    return miner_json_join(first, more);
}

static json_t *server(const struct miner_snapshot_group *group)
{
    const struct miner_snapshot_server *shown = &group->server;
    return json_pack("{s:s,s:b,s:f,s:o,s:o,s:f,s:f,s:b}", "url", shown->name, "up", (int)shown->up,
                     "since_seconds", (double)shown->since_ms / 1e3, "connects",
                     miner_json_count(shown->connects), "failures",
                     miner_json_count(shown->failures), "difficulty", shown->difficulty,
                     "latency_ms", miner_times_ms(&group->answers, 0.5), "solo", (int)group->solo);
}

static json_t *summary(const struct miner_snapshot *snapshot,
                       const struct miner_snapshot_group *group, const void *unused)
{
    (void)unused;
    json_t *hashrate =
        miner_json_join(rates(group->rate), json_pack("{s:f}", "highest", group->highest));
    json_t *chains =
        json_pack("{s:i,s:i}", "count", (int)group->chain_count, "covered", (int)group->covered);
    json_t *root =
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:f,s:b,s:b,s:b,s:o,s:o,s:f}", "name", "shardpick",
                  "version", SHARDPICK_VERSION, "coin", group->coin, "algorithm", group->algorithm,
                  "title", group->title, "unit", group->unit, "uptime_seconds", group->uptime_s,
                  "paused", (int)group->paused, "restricted", (int)snapshot->restricted, "serves",
                  (int)snapshot->serves, "hashrate", hashrate, "hashes",
                  miner_json_count(group->hashes), "hashes_per_share", group->expected);
    json_t *more =
        json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "block_fates",
                  miner_json_fates(&group->shares), "recent_blocks",
                  miner_json_blocks(&group->blocks), "jobs", miner_json_count(group->jobs),
                  "server", server(group), "shares", shares(&group->shares), "chains", chains,
                  "job_switch_ms", miner_json_times(miner_snapshot_switches(group)), "submit_ms",
                  miner_json_times(&group->submits), "answer_ms", miner_json_times(&group->answers),
                  "network", miner_json_network(group));
    return miner_json_join(root, more);
}

json_t *miner_api_summary_json(const struct miner_snapshot *snapshot)
{
    return miner_json_groups(snapshot, summary, NULL);
}

/* A sensor's value, in base units; null where it is unknown. */
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

/* The table that a device builds before it can hash, or beside hashing; null: none. */
static json_t *table(const struct miner_snapshot_device *device)
{
    return device->table_permille == 0
               ? json_null()
               : json_pack("{s:o,s:f}", "height", miner_json_count(device->table_height), "percent",
                           device->table_permille / 10.0);
}

static json_t *device_json(const struct miner_snapshot_device *device)
{
    return json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:f,s:o,s:b,s:o,s:o,s:o,s:o,s:o}",
        "device", device->name, "kind", device->cpu ? "cpu" : "opencl", "kernel", device->kernel,
        "state", device->state, "pci", device->pci, "unit", device->unit, "lanes",
        (int)device->sum.lanes, "lanes_off", (int)device->sum.lanes_off, "hashrate",
        rates(device->rate), "limit", device->limit > 0 ? json_real(device->limit) : json_null(),
        "hashes", miner_json_count(device->sum.hashes), "found",
        miner_json_count(device->sum.found), "invalid_on_device",
        miner_json_count(device->sum.faults), "finds_lost", miner_json_count(device->sum.lost),
        "busy_seconds", (double)device->sum.busy_ns / 1e9, "sensors", sensors(&device->reading),
        "cooling", (int)device->cooling, "cooling_rests", miner_json_count(device->cooling_rests),
        "proofs", miner_json_count(device->sum.proofs), "proofs_skipped",
        miner_json_count(device->sum.proofs_skipped), "rows_lost",
        miner_json_count(device->sum.rows_lost), "table", table(device));
}

static json_t *devices(const struct miner_snapshot *snapshot,
                       const struct miner_snapshot_group *group, const void *unused)
{
    json_t *list = json_array();
    (void)snapshot;
    (void)unused;
    for (size_t i = 0; i < group->device_count; i++) {
        list = miner_json_append(list, device_json(&group->devices[i]));
    }
    return json_pack("{s:o}", "devices", list);
}

json_t *miner_api_devices_json(const struct miner_snapshot *snapshot)
{
    return miner_json_groups(snapshot, devices, NULL);
}

static json_t *chains(const struct miner_snapshot *snapshot,
                      const struct miner_snapshot_group *group, const void *unused)
{
    json_t *list = json_array();
    (void)snapshot;
    (void)unused;
    for (size_t i = 0; i < group->chain_count; i++) {
        const struct miner_snapshot_chain *chain = &group->chains[i];
        json_t *job =
            json_pack("{s:b,s:b,s:o,s:o}", "has_job", (int)chain->has_job, "resting",
                      (int)chain->resting, "height", miner_json_count(chain->height), "age_seconds",
                      chain->has_job ? json_real((double)chain->age_ms / 1e3) : json_null());
        list = miner_json_append(list, miner_json_join(miner_json_chain(chain), job));
    }
    return json_pack("{s:o}", "chains", list);
}

json_t *miner_api_chains_json(const struct miner_snapshot *snapshot)
{
    return miner_json_groups(snapshot, chains, NULL);
}
