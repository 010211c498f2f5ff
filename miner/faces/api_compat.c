/* api_compat.c: numbers of a run in the shapes of other miners, for managers that know those. Field
 * names and units are theirs; what has no meaning here is zero, empty or null, never missing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cpu.h"
#include "faces/api_json.h"

/* Host name: what other miners call a worker by default. Never the login of a pool. */
static void worker_name(char name[65])
{
    if (gethostname(name, 65) != 0) {
        name[0] = '\0';
    }
    name[64] = '\0';
    for (char *at = name; *at != '\0'; at++) {
        if (*at < 0x20 || *at > 0x7e) {
            *at = '?';
        }
    }
}

/* Sixteen hex digits that stay the same on a machine. FNV-1a: no more than a name. */
static void worker_id(char id[17], const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    }
    (void)snprintf(id, 17, "%016" PRIx64, hash);
}

static json_t *count(uint64_t value)
{
    return json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX);
}

/* The three windows; null for a device that does not hash, as xmrig does while it does not know. */
static json_t *three(const double rate[MINER_VIEW_WINDOWS])
{
    json_t *list = json_array();
    for (size_t i = 0; i < MINER_VIEW_WINDOWS && list != NULL; i++) {
        (void)json_array_append_new(list, json_real(rate[i]));
    }
    return list;
}

static json_t *hashrate(const struct miner_view *view)
{
    json_t *threads = json_array();
    for (size_t i = 0; i < view->device_count && threads != NULL; i++) {
        (void)json_array_append_new(threads, three(view->devices[i].rate));
    }
    return json_pack("{s:o,s:f,s:o}", "total", three(view->rate), "highest", view->highest,
                     "threads", threads);
}

static json_t *results(const struct miner_engine *engine, const struct miner_view *view)
{
    const struct miner_tally *tally = &engine->tally;
    uint64_t good = miner_tally_sum(tally->accepted);
    uint64_t total = good + miner_tally_sum(tally->rejected) + miner_tally_sum(tally->stale);
    return json_pack("{s:o,s:o,s:o,s:o,s:f,s:o,s:[]}", "diff_current",
                     count((uint64_t)(view->expected < 9e18 ? view->expected : 9e18)),
                     "shares_good", count(good), "shares_total", count(total), "avg_time",
                     count(good > 0 ? (uint64_t)(view->uptime_s / (double)good) : 0), "avg_time_ms",
                     good > 0 ? view->uptime_s * 1e3 / (double)good : 0.0, "hashes_total",
                     count(view->hashes), "best");
}

static json_t *connection(const struct miner_engine *engine, const struct miner_view *view)
{
    const struct miner_tally *tally = &engine->tally;
    uint64_t ms = view->server.up && view->now_ms > view->server.since_ms
                      ? view->now_ms - view->server.since_ms
                      : 0;
    uint64_t refused = miner_tally_sum(tally->rejected) + miner_tally_sum(tally->stale);
    return json_pack("{s:s,s:n,s:o,s:o,s:o,s:o,s:n,s:n,s:s,s:o,s:o,s:o}", "pool", view->server.name,
                     "ip", "uptime", count(ms / 1000), "uptime_ms", count(ms), "ping",
                     count((uint64_t)miner_histogram_ms(&engine->answers, 0.5)), "failures",
                     count(view->server.failures), "tls", "tls-fingerprint", "algo",
                     engine->algo->name, "diff",
                     count((uint64_t)(view->expected < 9e18 ? view->expected : 9e18)), "accepted",
                     count(miner_tally_sum(tally->accepted)), "rejected", count(refused));
}

static json_t *cpu(const struct miner_engine *engine)
{
    const struct miner_topology *topology = engine->host->topology;
    if (topology == NULL) {
        return json_object();
    }
    const struct miner_machine *machine = miner_topology_machine(topology);
    return json_pack("{s:s,s:b,s:b,s:b,s:o,s:o,s:i,s:i,s:i,s:i}", "brand", machine->processor,
                     "aes", (engine->host->features & BASE_CPU_AES) != 0, "avx2",
                     (engine->host->features & BASE_CPU_AVX2) != 0, "x64",
                     (engine->host->features & BASE_CPU_SSE2) != 0, "l2",
                     count(machine->cache[1].count * machine->cache[1].size_bytes), "l3",
                     count(machine->cache[2].count * machine->cache[2].size_bytes), "cores",
                     (int)machine->cores, "threads", (int)machine->threads, "packages",
                     (int)machine->packages, "nodes", (int)machine->numa_nodes);
}

json_t *miner_api_xmrig_json(const struct miner_engine *engine, const struct miner_view *view)
{
    char name[65];
    char id[17];
    worker_name(name);
    worker_id(id, name);
    json_t *root = json_pack("{s:s,s:s,s:o,s:b,s:n,s:[s],s:o,s:o,s:s,s:s,s:s}", "id", id,
                             "worker_id", name, "uptime", count((uint64_t)view->uptime_s),
                             "restricted", (int)(engine->host->config->api_token[0] == '\0'),
                             "resources", "features", "api", "results", results(engine, view),
                             "connection", connection(engine, view), "version", SHARDPICK_VERSION,
                             "kind", "miner", "ua", "shardpick/" SHARDPICK_VERSION);
    json_t *more = json_pack("{s:o,s:i,s:s,s:o,s:b,s:b}", "cpu", cpu(engine), "donate_level", 0,
                             "algo", engine->algo->name, "hashrate", hashrate(view), "paused",
                             (int)view->paused, "hugepages", 0);
    if (root == NULL || json_object_update_new(root, more) != 0) {
        json_decref(root);
        return NULL;
    }
    return root;
}

/* Bus number of a PCI address, as managers count cards; "cpu" for the processor, null without. */
static json_t *bus(const struct miner_view_device *device)
{
    const char *colon = strchr(device->pci, ':');
    char *end = NULL;
    if (device->cpu) {
        return json_string("cpu");
    }
    long number = colon != NULL ? strtol(colon + 1, &end, 16) : 0;
    return end != NULL && end > colon + 1 ? json_integer(number) : json_null();
}

json_t *miner_api_mmpos_json(const struct miner_engine *engine, const struct miner_view *view)
{
    const struct miner_tally *tally = &engine->tally;
    json_t *busid = json_array();
    json_t *hash = json_array();
    for (size_t i = 0; i < view->device_count; i++) {
        (void)json_array_append_new(busid, bus(&view->devices[i]));
        (void)json_array_append_new(hash, json_real(view->devices[i].rate[0]));
    }
    return json_pack("{s:o,s:o,s:s,s:[o,o,o],s:s,s:s}", "busid", busid, "hash", hash, "units", "hs",
                     "air", count(miner_tally_sum(tally->accepted)),
                     count(miner_counted(&tally->faults)),
                     count(miner_tally_sum(tally->rejected) + miner_tally_sum(tally->stale)),
                     "miner_name", "shardpick", "miner_version", SHARDPICK_VERSION);
}
