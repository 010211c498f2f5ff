/* api_compat.c: numbers of a run in the shapes of other miners, for managers that parse those.
 * Field names and units are theirs; what has no meaning here is zero, empty or null, never missing.
 * They have no place for groups: all are shown as one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cpu.h"
#include "base/fnv.h"
#include "http/api_json.h"
#include "machine/memory.h"

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

/* Sixteen hex digits that stay the same on a machine: FNV-1a of its name. */
static void worker_id(char id[17], const char *name)
{
    (void)snprintf(id, 17, "%016" PRIx64, base_fnv(BASE_FNV_START, name, strlen(name)));
}

static json_t *three(const double rate[MINER_WINDOWS])
{
    json_t *list = json_array();
    for (size_t i = 0; i < MINER_WINDOWS; i++) {
        list = miner_json_append(list, json_real(rate[i]));
    }
    return list;
}

static json_t *hashrate(const struct miner_snapshot_group *run)
{
    json_t *threads = json_array();
    for (size_t i = 0; i < run->device_count; i++) {
        threads = miner_json_append(threads, three(run->devices[i].rate));
    }
    return json_pack("{s:o,s:f,s:o}", "total", three(run->rate), "highest", run->highest, "threads",
                     threads);
}

static json_t *difficulty(const struct miner_snapshot_group *run)
{
    return miner_json_count((uint64_t)(run->expected < 9e18 ? run->expected : 9e18));
}

static json_t *results(const struct miner_snapshot_group *run)
{
    json_t *best = json_array();
    for (size_t i = 0; i < MINER_BEST; i++) {
        best = miner_json_append(best, miner_json_count(run->best[i]));
    }
    uint64_t good = run->shares.accepted;
    uint64_t total = good + run->shares.rejected + run->shares.stale;
    double each_s = good > 0 ? run->uptime_s / (double)good : 0;
    return json_pack("{s:o,s:o,s:o,s:o,s:f,s:o,s:o,s:[]}", "diff_current", difficulty(run),
                     "shares_good", miner_json_count(good), "shares_total", miner_json_count(total),
                     "avg_time", miner_json_count((uint64_t)each_s), "avg_time_ms", each_s * 1e3,
                     "hashes_total", miner_json_count(run->hashes), "best", best, "error_log");
}

static json_t *connection(const struct miner_snapshot_group *run)
{
    uint64_t ms = run->server.up ? run->server.since_ms : 0;
    return json_pack(
        "{s:s,s:n,s:o,s:o,s:o,s:o,s:n,s:n,s:s,s:o,s:o,s:o,s:[]}", "pool", run->server.name, "ip",
        "uptime", miner_json_count(ms / 1000), "uptime_ms", miner_json_count(ms), "ping",
        miner_json_count((uint64_t)miner_times_ms(&run->answers, 0.5)), "failures",
        miner_json_count(run->server.failures), "tls", "tls-fingerprint", "algo", run->algorithm,
        "diff", difficulty(run), "accepted", miner_json_count(run->shares.accepted), "rejected",
        miner_json_count(run->shares.rejected + run->shares.stale), "error_log");
}

static json_t *resources(const struct miner_snapshot *snapshot)
{
    double load[3] = {0, 0, 0};
    uint64_t total = snapshot->machine.memory_bytes;
    uint64_t available = miner_memory_available("");
    (void)getloadavg(load, 3);
    return json_pack("{s:{s:o,s:o,s:o},s:[f,f,f],s:i}", "memory", "free",
                     miner_json_count(available < total ? available : total), "total",
                     miner_json_count(total), "resident_set_memory",
                     miner_json_count(miner_memory_resident()), "load_average", load[0], load[1],
                     load[2], "hardware_concurrency", (int)snapshot->machine.threads);
}

static json_t *cpu(const struct miner_snapshot *snapshot)
{
    const struct miner_machine *machine = &snapshot->machine;
    return json_pack("{s:s,s:b,s:b,s:b,s:o,s:o,s:i,s:i,s:i,s:i}", "brand", machine->processor,
                     "aes", (snapshot->features & BASE_CPU_AES) != 0, "avx2",
                     (snapshot->features & BASE_CPU_AVX2) != 0, "x64",
                     (snapshot->features & BASE_CPU_SSE2) != 0, "l2",
                     miner_json_count(machine->cache[1].count * machine->cache[1].size_bytes), "l3",
                     miner_json_count(machine->cache[2].count * machine->cache[2].size_bytes),
                     "cores", (int)machine->cores, "threads", (int)machine->threads, "packages",
                     (int)machine->packages, "nodes", (int)machine->numa_nodes);
}

json_t *miner_api_xmrig_json(const struct miner_snapshot *snapshot, unsigned version)
{
    const struct miner_snapshot_group *run = &snapshot->total;
    char name[65];
    char id[17];
    worker_name(name);
    worker_id(id, name);
    json_t *root =
        json_pack("{s:s,s:s,s:o,s:b,s:o,s:[s],s:o,s:o,s:s,s:s,s:s}", "id", id, "worker_id", name,
                  "uptime", miner_json_count((uint64_t)run->uptime_s), "restricted",
                  (int)snapshot->restricted, "resources", resources(snapshot), "features", "api",
                  "results", results(run), "connection", connection(run), "version",
                  SHARDPICK_VERSION, "kind", "miner", "ua", "shardpick/" SHARDPICK_VERSION);
    json_t *more =
        json_pack("{s:o,s:i,s:s,s:o,s:b,s:o}", "cpu", cpu(snapshot), "donate_level", 0, "algo",
                  run->algorithm, "hashrate", hashrate(run), "paused", (int)run->paused,
                  "hugepages", version == 1 ? json_false() : json_pack("[i,i]", 0, 0));
    return miner_json_join(root, more);
}

/* Bus number of a PCI address, as managers count cards; "cpu" for the processor, null without. */
static json_t *bus(const struct miner_snapshot_device *device)
{
    const char *colon = strchr(device->pci, ':');
    char *end = NULL;
    if (device->cpu) {
        return json_string("cpu");
    }
    long number = colon != NULL ? strtol(colon + 1, &end, 16) : 0;
    return end != NULL && end > colon + 1 ? json_integer(number) : json_null();
}

json_t *miner_api_mmpos_json(const struct miner_snapshot *snapshot)
{
    const struct miner_snapshot_group *run = &snapshot->total;
    json_t *busid = json_array();
    json_t *hash = json_array();
    for (size_t i = 0; i < run->device_count; i++) {
        busid = miner_json_append(busid, bus(&run->devices[i]));
        hash = miner_json_append(hash, json_real(run->devices[i].rate[0]));
    }
    return json_pack("{s:o,s:o,s:s,s:[o,o,o],s:s,s:s}", "busid", busid, "hash", hash, "units", "hs",
                     "air", miner_json_count(run->shares.accepted),
                     miner_json_count(run->shares.faults),
                     miner_json_count(run->shares.rejected + run->shares.stale), "miner_name",
                     "shardpick", "miner_version", SHARDPICK_VERSION);
}
