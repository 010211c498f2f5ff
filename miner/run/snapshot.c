/* snapshot.c: from the engines of a rig to one value. First the room is measured, then each group
 * is filled from its engine and added to the total. */
#include "run/snapshot.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "machine/select.h"
#include "run/rig_groups.h"

/* Room for chains and devices, given out group by group. */
struct room {
    struct miner_snapshot_chain *chains;
    struct miner_snapshot_device *devices;
    struct miner_snapshot_device *gone;
};

/* ---- devices ------------------------------------------------------------------------------ */

static const char *state_text(enum miner_lane_state state)
{
    static const char *const texts[] = {
        [MINER_LANE_STARTING] = "starting", [MINER_LANE_READY] = "ready",
        [MINER_LANE_PAUSED] = "paused",     [MINER_LANE_OFF] = "off",
        [MINER_LANE_FAILED] = "failed",     [MINER_LANE_ENDED] = "ended",
    };
    return texts[state];
}

static double mean(uint64_t hashes, double seconds)
{
    return seconds > 0 ? (double)hashes / seconds : 0;
}

/* How far the table is that a device, or the CPU lanes together, build just now. */
static void fill_table(struct miner_snapshot_device *device, const struct miner_engine *engine,
                       const struct miner_lane *lane)
{
    struct miner_table_look look = {.building = false};
    if (!device->cpu) {
        device->table_height = atomic_load(&lane->table_height);
        device->table_permille = atomic_load(&lane->table_permille) % 1000;
    } else if (engine->tables != NULL) {
        miner_tables_look(engine->tables, &look);
    }
    if (look.building) {
        uint64_t permille = look.steps_done * 1000 / look.steps;
        device->table_height = look.height;
        device->table_permille = permille > 0 ? (unsigned)permille : 1;
    }
}

static void fill_device(struct miner_snapshot_device *device, const struct miner_engine *engine,
                        size_t index, double mined_s)
{
    size_t first = 0;
    size_t end = 0;
    miner_gauges_lanes(engine->gauges, index, &first, &end);
    const struct miner_lane *lane = &engine->lanes[first];
    device->cpu = lane->devices == NULL;
    device->unit = engine->algo->unit;
    device->kernel = device->cpu ? engine->variant->name : "opencl";
    device->limit = device->cpu ? engine->cpu_limit : 0;
    (void)snprintf(device->name, sizeof device->name, "%s", device->cpu ? "cpu" : lane->name);
    if (!device->cpu) {
        const struct kern_cl_info *info = kern_cl_list_at(lane->devices, lane->device);
        (void)snprintf(device->pci, sizeof device->pci, "%s", info->pci);
        (void)miner_select_name(device->select, sizeof device->select, info);
    }
    for (size_t i = first; i < end; i++) {
        miner_lane_sum_take(&device->sum, &engine->lanes[i]);
        if (!device->up) { /* of several lanes the state of one that hashes */
            enum miner_lane_state state = miner_lane_state(&engine->lanes[i]);
            device->up = state == MINER_LANE_READY;
            device->state = state_text(state);
        }
    }
    miner_past_take(&device->sum, &engine->past, device->name);
    miner_gauges_rate(engine->gauges, index, device->rate);
    device->mean_rate = mean(device->sum.hashes, mined_s);
    size_t watched = device->cpu ? SIZE_MAX : first - engine->cpu_lane_count;
    struct miner_sensor_look look =
        miner_sensor_watch_look(atomic_load(&engine->sensor_watch), watched);
    device->reading = look.reading;
    fill_table(device, engine, lane);
    device->cooling = look.resting;
    device->cooling_rests = look.rests;
}

/* Devices of the past that have no lane now. */
static size_t fill_gone(struct miner_snapshot_device *gone, const struct miner_engine *engine,
                        const struct miner_snapshot_group *group)
{
    size_t count = 0;
    for (size_t i = 0; i < engine->past.count; i++) {
        const struct miner_past_device *past = &engine->past.devices[i];
        bool here = false;
        for (size_t d = 0; d < group->device_count; d++) {
            here = here || strcmp(group->devices[d].name, past->name) == 0;
        }
        if (!here) {
            (void)snprintf(gone[count].name, sizeof gone[count].name, "%s", past->name);
            gone[count].kernel = past->kernel;
            gone[count].unit = engine->algo->unit;
            gone[count].cpu = strcmp(past->name, "cpu") == 0;
            gone[count].state = "ended";
            gone[count].sum = past->sum;
            gone[count].mean_rate = mean(past->sum.hashes, group->mined_s);
            count += 1;
        }
    }
    return count;
}

/* ---- the rest of a group ------------------------------------------------------------------ */

static void fill_shares(struct miner_snapshot_shares *shares, const struct miner_tally *tally)
{
    for (size_t i = 0; i < POOL_VERDICT_COUNT; i++) {
        shares->verdicts[i] = miner_counted(&tally->verdicts[i]);
    }
    shares->accepted = miner_tally_sum(tally->accepted);
    shares->rejected = miner_tally_sum(tally->rejected);
    shares->stale = miner_tally_sum(tally->stale);
    shares->blocks = miner_counted(&tally->blocks);
    shares->in_chain = miner_counted(&tally->fates[POOL_FATE_IN_CHAIN]);
    shares->uncles = miner_counted(&tally->fates[POOL_FATE_UNCLE]);
    shares->orphaned = miner_counted(&tally->fates[POOL_FATE_ORPHANED]);
    shares->open = miner_tally_open(tally);
    shares->found = miner_tally_sum(tally->found);
    shares->extra = miner_counted(&tally->extra);
    shares->duplicates = miner_counted(&tally->duplicates);
    shares->unsent = miner_counted(&tally->unsent);
    shares->held_back = shares->extra + shares->duplicates + shares->unsent;
    shares->faults = miner_counted(&tally->faults);
}

static void fill_chains(struct miner_snapshot_group *group, struct miner_snapshot_chain *chains,
                        struct miner_engine *engine, uint64_t now_ms)
{
    const struct miner_tally *tally = &engine->tally;
    struct miner_chain_look looks[KERN_CHAINS_MAX];
    miner_board_look(engine->board, looks);
    for (uint32_t i = 0; i < engine->algo->chains; i++) {
        uint64_t hashes = engine->past.sum.chain_hashes[i];
        for (size_t lane = 0; lane < engine->lane_count; lane++) {
            hashes += miner_counted(&engine->lanes[lane].counters.chain_hashes[i]);
        }
        const struct miner_chain_look *look = &looks[i];
        chains[i] = (struct miner_snapshot_chain){
            .number = i,
            .has_job = look->has_job,
            .resting = look->resting,
            .height = look->height,
            .age_ms = look->has_job && now_ms > look->received_ms ? now_ms - look->received_ms : 0,
            .hashes = hashes,
            .found = miner_counted(&tally->found[i]),
            .accepted = miner_counted(&tally->accepted[i]),
            .rejected = miner_counted(&tally->rejected[i]),
            .stale = miner_counted(&tally->stale[i]),
        };
        group->covered += look->has_job;
        group->solo = group->solo || look->solo;
        group->expected = look->expected > group->expected ? look->expected : group->expected;
    }
}

static void fill_server(struct miner_snapshot_server *server, struct miner_blocks *blocks,
                        struct miner_engine *engine, uint64_t now_ms)
{
    (void)pthread_mutex_lock(&engine->events.lock);
    struct miner_link link = engine->events.link;
    *blocks = engine->events.blocks;
    (void)pthread_mutex_unlock(&engine->events.lock);
    server->failed = link.failed;
    server->up = link.up;
    server->since_ms = link.since_ms != 0 && now_ms > link.since_ms ? now_ms - link.since_ms : 0;
    server->connects = link.connects;
    server->failures = link.failures;
    server->difficulty = link.difficulty;
    if (link.server < engine->server_count) {
        (void)pool_server_name(server->name, sizeof server->name, &engine->servers[link.server]);
    }
}

/* What the newest job tells of the network. */
static void fill_network(struct miner_snapshot_group *group, struct miner_engine *engine)
{
    double block_s = engine->config.coin->block_s;
    double chains = engine->algo->chains;
    (void)pthread_mutex_lock(&engine->events.lock);
    group->block_expected = engine->events.block_work;
    (void)pthread_mutex_unlock(&engine->events.lock);
    group->network_difficulty = miner_events_network_difficulty(engine);
    if (block_s > 0) { /* each of the chains gets its part of the hashes */
        group->network_rate = group->block_expected * chains / block_s;
    }
}

/* The lane of all groups that has stood still longest is the one that is told. */
static void fill_gauges(struct miner_snapshot *snapshot, struct miner_snapshot_group *group,
                        const struct miner_engine *engine)
{
    struct miner_gauges_look look = miner_gauges_look(engine->gauges);
    memcpy(group->rate, look.rate, sizeof group->rate);
    group->highest = look.highest;
    if (look.stuck_ms > snapshot->stuck_ms) {
        snapshot->stuck_ms = look.stuck_ms;
        (void)snprintf(snapshot->stuck_lane, sizeof snapshot->stuck_lane, "%s", look.stuck_lane);
    }
}

/* Seconds from one time until another, or until the lanes were stopped. */
static double seconds_since(const struct miner_engine *engine, uint64_t from_ns, uint64_t now_ns)
{
    uint64_t stop_ns = atomic_load(&engine->stop_ns);
    uint64_t end_ns = stop_ns != 0 ? stop_ns : now_ns;
    return from_ns != 0 && end_ns > from_ns ? (double)(end_ns - from_ns) / 1e9 : 0;
}

static void fill_group(struct miner_snapshot *snapshot, struct miner_snapshot_group *group,
                       struct room *room, struct miner_engine *engine)
{
    uint64_t now_ns = base_clock_ns();
    (void)snprintf(group->name, sizeof group->name, "%s", engine->config.group);
    group->coin = engine->config.coin->name;
    group->algorithm = engine->algo->name;
    group->title = engine->algo->title;
    group->unit = engine->algo->unit;
    group->nonce_session = engine->session.seed;
    group->paused = miner_board_paused(engine->board);
    group->cpu = engine->cpu_lane_count > 0;
    group->start_time_s = engine->start_time_s;
    group->uptime_s = now_ns > engine->start_ns ? (double)(now_ns - engine->start_ns) / 1e9 : 0;
    group->mined_s = seconds_since(engine, atomic_load(&engine->first_job_ns), now_ns);
    group->wall_s = seconds_since(engine, engine->start_ns, now_ns);
    group->hashes = miner_engine_hashes(engine);
    group->mean_rate = mean(group->hashes, group->mined_s);
    group->jobs = miner_counted(&engine->tally.jobs);
    fill_server(&group->server, &group->blocks, engine, snapshot->now_ms);
    fill_shares(&group->shares, &engine->tally);
    for (size_t i = 0; i < MINER_BEST; i++) {
        group->best[i] = miner_counted(&engine->tally.best[i]);
    }
    group->credit = miner_events_credit(engine);
    miner_histogram_take(&group->switches, &engine->switches);
    miner_histogram_take(&group->device_switches, &engine->device_switches);
    miner_histogram_take(&group->submits, &engine->submits);
    miner_histogram_take(&group->answers, &engine->answers);
    fill_chains(group, room->chains, engine, snapshot->now_ms);
    fill_network(group, engine);
    group->chains = room->chains;
    group->chain_count = engine->algo->chains;
    group->devices = room->devices;
    group->device_count = miner_gauges_devices(engine->gauges);
    for (size_t i = 0; i < group->device_count; i++) {
        fill_device(&room->devices[i], engine, i, group->mined_s);
    }
    fill_gauges(snapshot, group, engine);
    group->gone = room->gone;
    group->gone_count = fill_gone(room->gone, engine, group);
    *room = (struct room){room->chains + group->chain_count, room->devices + group->device_count,
                          room->gone + group->gone_count};
}

/* ---- the total ---------------------------------------------------------------------------- */

static void add_counts(uint64_t *sum, const uint64_t *more, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sum[i] += more[i];
    }
}

static void add_times(struct miner_times *sum, const struct miner_times *more)
{
    sum->count += more->count;
    sum->sum_ns += more->sum_ns;
    sum->max_ns = more->max_ns > sum->max_ns ? more->max_ns : sum->max_ns;
    add_counts(sum->buckets, more->buckets, MINER_TIMES_BUCKETS);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The largest of both lists, which are in order. */
static void merge_best(uint64_t sum[MINER_BEST], const uint64_t more[MINER_BEST])
{
    uint64_t merged[MINER_BEST];
    for (size_t i = 0, a = 0, b = 0; i < MINER_BEST; i++) {
        merged[i] = sum[a] >= more[b] ? sum[a++] : more[b++];
    }
    memcpy(sum, merged, sizeof merged);
}

/* The newest of both lists, which are in order of time. */
static void merge_blocks(struct miner_blocks *sum, const struct miner_blocks *more)
{
    struct miner_block merged[2 * MINER_BLOCKS_KEPT];
    size_t count = 0;
    for (size_t a = 0, b = 0; a < sum->count || b < more->count;) {
        bool first =
            b == more->count || (a < sum->count && sum->list[a].time_s <= more->list[b].time_s);
        merged[count++] = first ? sum->list[a++] : more->list[b++];
    }
    size_t drop = count > MINER_BLOCKS_KEPT ? count - MINER_BLOCKS_KEPT : 0;
    sum->count = count - drop;
    memcpy(sum->list, merged + drop, sum->count * sizeof merged[0]);
}

/* Add a group to the total, which begins as a copy of the first one. Lists of the groups lie one
 * behind the other, so that a longer count makes the list of all. */
static void add_group(struct miner_snapshot_group *total, const struct miner_snapshot_group *more)
{
    total->paused = total->paused && more->paused;
    total->cpu = total->cpu || more->cpu;
    total->mined_s = larger(total->mined_s, more->mined_s);
    total->wall_s = larger(total->wall_s, more->wall_s);
    bool addable = strcmp(total->unit, more->unit) == 0; /* not hashes and solutions */
    for (size_t w = 0; w < MINER_WINDOWS && addable; w++) {
        total->rate[w] += more->rate[w];
    }
    total->highest += addable ? more->highest : 0;
    total->mean_rate += addable ? more->mean_rate : 0;
    total->hashes += addable ? more->hashes : 0;
    total->jobs += more->jobs;
    total->covered += more->covered;
    total->chain_count += more->chain_count;
    total->device_count += more->device_count;
    total->gone_count += more->gone_count;
    merge_blocks(&total->blocks, &more->blocks);
    add_counts((uint64_t *)&total->shares, (const uint64_t *)&more->shares,
               sizeof total->shares / sizeof(uint64_t));
    merge_best(total->best, more->best);
    add_times(&total->switches, &more->switches);
    add_times(&total->device_switches, &more->device_switches);
    add_times(&total->submits, &more->submits);
    add_times(&total->answers, &more->answers);
}

/* ---- the whole ---------------------------------------------------------------------------- */

/* Processor time of lanes, in ns; exact once they have ended. */
static uint64_t lanes_cpu_ns(const struct miner_engine *engine)
{
    uint64_t sum = engine->past.lanes_cpu_ns;
    for (size_t i = 0; i < engine->lane_count; i++) {
        sum += atomic_load(&engine->lanes[i].cpu_ns);
    }
    return sum;
}

static void fill_process(struct miner_snapshot *snapshot, struct miner_engine *const engines[],
                         size_t count)
{
    const struct miner_engine *first = engines[0];
    BASE_ASSERT(count > 0 && first != NULL);
    uint64_t end_ns =
        atomic_load(&engines[count - 1]->stop_cpu_ns); /* the last one that is drained */
    uint64_t lanes_ns = first->start_cpu_ns;
    for (size_t i = 0; i < count; i++) {
        lanes_ns += lanes_cpu_ns(engines[i]);
        snapshot->stopping = snapshot->stopping || atomic_load(&engines[i]->shared.stopping);
    }
    snapshot->host_cpu_s = end_ns > lanes_ns ? (double)(end_ns - lanes_ns) / 1e9 : 0;
    snapshot->restricted = first->config.api_token[0] == '\0';
    snapshot->features = first->host->features;
    snapshot->machine = *miner_topology_machine(first->topology);
}

struct miner_snapshot *miner_snapshot_of(struct miner_engine *const engines[], size_t count)
{
    size_t chains = 0;
    size_t devices = 0;
    size_t gone = 0;
    BASE_ASSERT(count > 0 && engines[0] != NULL);
    struct pool_bridge *bridge = engines[0]->bridge;
    struct pool_bridge_stats clients = {0};
    if (bridge != NULL) { /* how many there are */
        (void)pool_bridge_look(bridge, &clients, NULL, 0);
    }
    for (size_t i = 0; i < count; i++) {
        chains += engines[i]->algo->chains;
        devices += miner_gauges_devices(engines[i]->gauges);
        gone += engines[i]->past.count;
    }
    struct miner_snapshot *snapshot = NULL;
    size_t head = sizeof *snapshot + count * sizeof snapshot->groups[0];
    snapshot = base_alloc(1, head + chains * sizeof(struct miner_snapshot_chain) +
                                 (devices + gone) * sizeof(struct miner_snapshot_device) +
                                 clients.workers * sizeof(struct pool_bridge_worker));
    if (snapshot == NULL) {
        return NULL;
    }
    struct room room = {.chains = (void *)((char *)snapshot + head)};
    room.devices = (void *)(room.chains + chains);
    room.gone = room.devices + devices;
    if (bridge != NULL) {
        struct pool_bridge_worker *workers = (void *)(room.gone + gone);
        snapshot->serves = true;
        snapshot->workers = workers;
        snapshot->worker_count =
            pool_bridge_look(bridge, &snapshot->clients, workers, clients.workers);
    }
    snapshot->now_ms = base_clock_ms();
    snapshot->group_count = count;
    fill_process(snapshot, engines, count);
    for (size_t i = 0; i < count; i++) {
        fill_group(snapshot, &snapshot->groups[i], &room, engines[i]);
        if (i == 0) {
            snapshot->total = snapshot->groups[0];
        } else {
            add_group(&snapshot->total, &snapshot->groups[i]);
        }
    }
    if (count > 1) { /* each group's credit is judged by its own shares */
        snapshot->total.credit = (struct miner_credit){.cause = ""};
    }
    return snapshot;
}

struct miner_snapshot *miner_snapshot_take(struct miner_rig *rig)
{
    struct miner_engine *engines[MINER_GROUPS_MAX] = {NULL};
    (void)pthread_mutex_lock(&rig->lock);
    for (size_t i = 0; i < rig->count; i++) {
        engines[i] = rig->groups[i].engine;
    }
    struct miner_snapshot *snapshot = miner_snapshot_of(engines, rig->count);
    (void)pthread_mutex_unlock(&rig->lock);
    return snapshot;
}
