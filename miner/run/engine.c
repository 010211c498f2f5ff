/* engine.c: see engine.h. Starting: source, verifier, lanes. Stopping goes the other way round, so
 * that finds in hand are still submitted: lanes, verifier, source. */
#include "run/engine.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "run/pool_fill.h"

enum {
    PROOF_MS = 60000,
    SENSORS_MS = 2000,
    TUNE_MS = 15000,      /* for a device that was never tuned; a tenth of a bounded run at most */
    TUNE_LEAST_MS = 2000, /* in less time no two variants can be compared */
    RETRY_MS = 60000,     /* a distrusted device rests so long before its second try */
    CORES_MS = 1000,      /* for the last batches: 1 ms each, but lanes may have a low priority */
    DRAIN_MS = 1000,      /* for the last answers; they come within milliseconds */
};

#define RATE_AFTER_NS 10000000000U /* from the first job on: what the rate is measured over */

uint64_t miner_engine_hashes(const struct miner_engine *engine)
{
    uint64_t sum = engine->past.sum.hashes;
    if (engine->bridge != NULL) { /* what the shares of other miners stand for */
        sum += pool_bridge_work(engine->bridge);
    }
    for (size_t i = 0; i < engine->lane_count; i++) {
        sum += miner_counted(&engine->lanes[i].counters.hashes);
    }
    return sum;
}

void miner_engine_wake(struct miner_engine *engine)
{
    base_event_raise(engine->wake_fd);
}

static void on_lane_changed(void *user, struct miner_lane *lane)
{
    (void)lane;
    miner_engine_wake(user);
}

static enum base_status on_submit(void *user, const struct pool_find *find)
{
    struct miner_engine *engine = user;
    return pool_source_submit(engine->source, find);
}

static uint32_t tune_ms(const struct miner_config *config)
{
    uint64_t ms = config->duration_ms > 0 && config->duration_ms / 10 < TUNE_MS
                      ? config->duration_ms / 10
                      : TUNE_MS;
    return config->auto_tune && ms >= TUNE_LEAST_MS ? (uint32_t)ms : 0;
}

static void on_refill(void *user, const struct pool_job *job)
{
    struct miner_engine *engine = user;
    pool_source_refill(engine->source, job);
}

/* ---- making ------------------------------------------------------------------------------ */

static enum base_status allocate(struct miner_engine *engine, struct base_error *error)
{
    engine->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (engine->wake_fd < 0) {
        return base_error_set(error, BASE_E_IO, "no descriptor for the lanes: %s", strerror(errno));
    }
    engine->board = miner_board_new(engine->algo, &engine->session, engine->lane_count);
    if (engine->board == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for %zu lanes", engine->lane_count);
    }
    engine->gauges =
        miner_gauges_new(engine->board, engine->lanes, engine->lane_count, engine->cpu_lane_count);
    if (engine->gauges == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the gauges");
    }
    miner_board_on_refill(engine->board, on_refill, engine);
    bool tables = false;
    for (size_t i = 0; i < engine->lane_count; i++) {
        tables = tables || engine->lanes[i].needs_table || engine->lanes[i].uses_table;
        if (!engine->lanes[i].needs_table) {
            miner_board_goes_without(engine->board, i);
        }
    }
    if (engine->algo->table != NULL && tables) {
        const struct miner_tables_events events = {.failed = miner_events_on_bad_job,
                                                   .progress = miner_events_on_table,
                                                   .fits = miner_events_on_table_fits,
                                                   .skipped = miner_events_on_table_skipped,
                                                   .user = engine};
        enum base_status status = miner_tables_new(&engine->tables, engine->algo, &engine->session,
                                                   engine->board, &events, error);
        if (status != BASE_OK) {
            return status;
        }
    }
    engine->shared.algo = engine->algo;
    engine->shared.board = engine->board;
    engine->shared.tables = engine->tables;
    engine->shared.log = engine->host->log;
    engine->shared.retry_ms = RETRY_MS;
    engine->shared.proof_ms = PROOF_MS;
    engine->shared.watchdog_ms = engine->config.watchdog_ms;
    engine->shared.niceness = (int)engine->config.niceness;
    engine->shared.tune_ms = tune_ms(&engine->config);
    engine->sensors.period_ms = SENSORS_MS;
    engine->sensors.sysfs = getenv("SHARDPICK_SYSFS"); /* of tests */
    engine->shared.changed = on_lane_changed;
    engine->shared.user = engine;
    return BASE_OK;
}

/* Topology, nonces, and what to hash with. */
static enum base_status prepare(struct miner_engine *engine, int *exit_code, bool own_places,
                                struct base_error *error)
{
    const struct miner_config *config = &engine->config;
    uint64_t seed = config->nonce_seed;
    enum base_status status = BASE_OK;
    engine->topology = engine->host->topology;
    if (own_places) {
        *exit_code = MINER_EXIT_USAGE;
        status = miner_topology_new(&engine->own_topology, &config->affinity, NULL, error);
        engine->topology = engine->own_topology;
    }
    if (status == BASE_OK && !config->nonce_seed_given) {
        *exit_code = MINER_EXIT_FAILED;
        status = miner_nonce_draw(&seed, error);
    }
    if (status == BASE_OK) {
        miner_nonce_session(&engine->session, seed);
        status = miner_equip(engine, exit_code, error);
    }
    if (status == BASE_OK) {
        *exit_code = MINER_EXIT_FAILED;
        status = allocate(engine, error);
    }
    if (status == BASE_OK && config->command == MINER_COMMAND_BRIDGE) {
        status = miner_bridge_new(engine, error);
        *exit_code = status == BASE_E_UNSUPPORTED ? MINER_EXIT_USAGE : MINER_EXIT_FAILED;
    }
    return status;
}

enum base_status miner_engine_new(struct miner_engine **engine, int *exit_code,
                                  const struct miner_host *host, const struct miner_config *config,
                                  bool own_places, struct base_error *error)
{
    struct miner_engine *made = base_alloc_aligned(64, 1, sizeof *made);
    *engine = NULL;
    *exit_code = MINER_EXIT_FAILED;
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to start");
    }
    made->host = host;
    made->config = *config;
    (void)snprintf(made->cache_dir, sizeof made->cache_dir, "%s", config->cache_dir);
    made->wake_fd = -1;
    miner_events_init(&made->events);
    miner_pauses_init(&made->pauses);
    enum base_status status = prepare(made, exit_code, own_places, error);
    if (status != BASE_OK) {
        miner_engine_free(made);
        return status;
    }
    *exit_code = MINER_EXIT_DONE;
    *engine = made;
    return BASE_OK;
}

void miner_engine_free(struct miner_engine *engine)
{
    if (engine == NULL || engine->hung) {
        return;
    }
    miner_sensor_watch_free(atomic_load(&engine->sensor_watch));
    miner_gauges_free(engine->gauges);
    miner_verifier_free(engine->verifier);
    pool_bridge_free(engine->bridge);
    miner_tables_free(engine->tables);
    miner_board_free(engine->board);
    if (engine->wake_fd >= 0) {
        (void)close(engine->wake_fd);
    }
    (void)pthread_mutex_destroy(&engine->events.lock);
    miner_pauses_deinit(&engine->pauses);
    base_free(engine->lane_counters);
    base_free(engine->lanes);
    base_free(engine->picked);
    kern_cl_list_free(engine->own_devices);
    miner_topology_free(engine->own_topology);
    base_free(engine);
}

/* ---- running ----------------------------------------------------------------------------- */

/* Limits that may change while lanes run. */
static void set_limits(struct miner_engine *engine)
{
    const struct miner_config *config = &engine->config;
    for (size_t i = engine->cpu_lane_count; i < engine->lane_count; i++) {
        const struct miner_device_settings *own =
            miner_config_device(config, kern_cl_list_at(engine->devices, engine->lanes[i].device));
        atomic_store(&engine->lanes[i].temp_limit_c, own != NULL && own->temp_limit_c > 0
                                                         ? own->temp_limit_c
                                                         : config->temp_limit_c);
    }
    atomic_store(&engine->wake_on_accepted, config->until_blocks > 0 || config->until_shares > 0);
}

/* Watch the sensors of the device lanes, and behind them that of the processor where it has a
 * limit. */
static enum base_status start_sensors(struct miner_engine *engine, struct base_error *error)
{
    struct miner_sensor_watch *watch = NULL;
    struct miner_watched *devices = base_alloc(engine->device_count + 1, sizeof *devices);
    if (devices == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to watch sensors");
    }
    for (size_t i = 0; i < engine->device_count; i++) {
        struct miner_lane *lane = &engine->lanes[engine->cpu_lane_count + i];
        devices[i] = (struct miner_watched){
            .name = lane->name,
            .pci = kern_cl_list_at(lane->devices, lane->device)->pci,
            .limit_c = &lane->temp_limit_c,
            .hot = &lane->hot,
        };
    }
    bool cpu = engine->config.max_temp_c > 0 && engine->cpu_lane_count > 0;
    atomic_store(&engine->shared.cpu_limit_c, engine->config.max_temp_c);
    devices[engine->device_count] = (struct miner_watched){
        .name = "the processor",
        .pci = MINER_SENSOR_CPU,
        .limit_c = &engine->shared.cpu_limit_c,
        .hot = &engine->shared.cpu_hot,
    };
    enum base_status status = miner_sensor_watch_start(
        &watch, &engine->sensors, devices, engine->device_count + cpu, engine->host->log, error);
    atomic_store(&engine->sensor_watch, watch);
    base_free(devices);
    return status;
}

enum base_status miner_engine_start_lanes(struct miner_engine *engine, struct base_error *error)
{
    struct miner_verify_config config = {
        .algo = engine->algo,
        .board = engine->board,
        .tally = &engine->tally,
        .lanes = engine->lane_counters,
        .lane_count = engine->lane_count,
        .submit = on_submit,
        .fault = miner_events_on_fault,
        .warn = miner_events_on_warning,
        .user = engine,
    };
    enum base_status status = miner_verifier_start(&engine->verifier, &config, error);
    if (status != BASE_OK) {
        return status;
    }
    engine->shared.verifier = engine->verifier;
    set_limits(engine);
    for (size_t i = 0; i < engine->lane_count && status == BASE_OK; i++) {
        status = i < engine->cpu_lane_count ? miner_lane_cpu_start(&engine->lanes[i], error)
                                            : miner_lane_opencl_start(&engine->lanes[i], error);
    }
    if (status == BASE_OK && engine->bridge != NULL) {
        status = miner_bridge_start(engine, error);
    }
    return status == BASE_OK ? start_sensors(engine, error) : status;
}

void miner_engine_set_servers(struct miner_engine *engine, const struct pool_server *servers,
                              size_t server_count)
{
    memcpy(engine->servers, servers, server_count * sizeof *servers);
    engine->server_count = server_count;
}

enum base_status miner_engine_connect(struct miner_engine *engine, struct base_error *error)
{
    const struct miner_config *config = &engine->config;
    struct pool_config *pool = base_alloc(1, sizeof *pool);
    enum base_status status = BASE_OK;
    if (pool == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the connection");
    }
    miner_pool_fill(pool, config);
    pool->algo = engine->algo->name;
    memcpy(pool->servers, engine->servers, engine->server_count * sizeof *engine->servers);
    pool->server_count = engine->server_count;
    (void)snprintf(pool->record_file, sizeof pool->record_file, "%s", config->record_file);
    pool->on_event = miner_events_on_pool;
    pool->user = engine;
    miner_pool_warn(engine->host->log, pool);
    status = pool_source_start(&engine->source, pool, error);
    base_free(pool);
    return status;
}

static uint64_t process_cpu_ns(void)
{
    struct timespec used = {0, 0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000U + (uint64_t)used.tv_nsec;
}

void miner_engine_begin(struct miner_engine *engine)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    engine->start_time_s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    engine->start_ns = base_clock_ns();
    engine->start_cpu_ns = process_cpu_ns();
    miner_gauges_tick(engine->gauges, engine->start_ns, miner_engine_hashes(engine));
}

static unsigned count_lanes(const struct miner_engine *engine, enum miner_lane_state state)
{
    unsigned count = 0;
    for (size_t i = 0; i < engine->lane_count; i++) {
        count += miner_lane_state(&engine->lanes[i]) == state;
    }
    return count;
}

bool miner_engine_cannot_hash(const struct miner_engine *engine)
{
    return !engine->awaits && engine->lane_count > 0 &&
           count_lanes(engine, MINER_LANE_OFF) + count_lanes(engine, MINER_LANE_FAILED) ==
               engine->lane_count;
}

/* True when a launch has not come back within the watchdog's time. */
static bool is_hung(const struct miner_lane *lane, uint64_t now_ms)
{
    uint64_t beat_ms = atomic_load(&lane->beat);
    return beat_ms != 0 && now_ms > beat_ms && now_ms - beat_ms >= lane->shared->watchdog_ms;
}

bool miner_engine_hangs(const struct miner_engine *engine, uint64_t now_ms)
{
    for (size_t i = engine->cpu_lane_count; i < engine->lane_count; i++) {
        if (is_hung(&engine->lanes[i], now_ms)) {
            miner_log(engine->host->log, MINER_LOG_ERROR, "opencl",
                      "%s: a launch has not come back for %.0f s: its driver hangs. Leaving with "
                      "exit code %d, so that a supervisor can start the miner again; a hung driver "
                      "may need a reboot",
                      engine->lanes[i].name, engine->shared.watchdog_ms / 1000.0, MINER_EXIT_HUNG);
            return true;
        }
    }
    return false;
}

void miner_engine_tick(struct miner_engine *engine, uint64_t now_ms)
{
    uint64_t now_ns = base_clock_ns();
    double rate = miner_gauges_tick(engine->gauges, now_ns, miner_engine_hashes(engine));
    uint64_t first_ns = atomic_load(&engine->first_job_ns);
    if (engine->source != NULL && first_ns != 0 && now_ns > first_ns + RATE_AFTER_NS) {
        pool_source_set_rate(engine->source, rate);
    }
    miner_events_tick(engine, now_ms);
    miner_events_check_credit(engine, now_ms);
    miner_pauses_tick(engine, getenv("SHARDPICK_POWER_SUPPLY"), now_ms);
}

void miner_engine_settings(struct miner_engine *engine)
{
    engine->shared.watchdog_ms = engine->config.watchdog_ms;
    set_limits(engine);
    if (!engine->config.pause_on_battery) {
        miner_pauses_forget_battery(engine);
    }
}

/* ---- stopping ---------------------------------------------------------------------------- */

/* Join every lane. Each ends within a batch or a launch; but a device lane may be inside its
 * driver, building a kernel or waiting for a launch that never ends, and a CPU lane of low priority
 * may get no processor time where other programs use all of it. A lane that has not ended in time
 * is left alone, and nothing is freed. */
static void join_lanes(struct miner_engine *engine, uint32_t devices_ms)
{
    uint64_t start_ms = base_clock_ms();
    for (size_t i = 0; i < engine->cpu_lane_count; i++) {
        miner_lane_hurry(&engine->lanes[i]);
    }
    for (size_t i = 0; i < engine->lane_count; i++) {
        struct miner_lane *lane = &engine->lanes[i];
        bool core = i < engine->cpu_lane_count;
        uint64_t end_ms = start_ms + (core ? CORES_MS : devices_ms);
        uint64_t now_ms = base_clock_ms();
        if (!miner_lane_join(lane, now_ms < end_ms ? (uint32_t)(end_ms - now_ms) : 0)) {
            engine->hung = true;
            miner_log(engine->host->log, MINER_LOG_WARNING, core ? "cpu" : "opencl",
                      "%s has not ended: %s; leaving without it", lane->name,
                      core ? "other programs use all processor time"
                           : "the OpenCL driver does not answer");
        }
    }
}

void miner_engine_end_lanes(struct miner_engine *engine)
{
    atomic_store(&engine->shared.stopping, true);
    pool_bridge_stop(engine->bridge);
    miner_board_stop(engine->board);
}

void miner_engine_stop_lanes(struct miner_engine *engine, uint32_t devices_ms)
{
    miner_engine_end_lanes(engine);
    join_lanes(engine, devices_ms);
    engine->hung = !miner_sensor_watch_stop(atomic_load(&engine->sensor_watch)) || engine->hung;
    atomic_store(&engine->stop_ns, base_clock_ns());
}

void miner_engine_drain(struct miner_engine *engine)
{
    miner_verifier_stop(engine->verifier);
    pool_source_stop(engine->source, DRAIN_MS);
    engine->source = NULL;
    atomic_store(&engine->stop_cpu_ns, process_cpu_ns());
    miner_events_tick(engine, base_clock_ms());
}

/* ---- taking over ------------------------------------------------------------------------- */

void miner_engine_inherit(struct miner_engine *engine, struct miner_engine *old)
{
    struct miner_link *link = &engine->events.link;
    miner_tally_add(&engine->tally, &old->tally);
    miner_histogram_merge(&engine->switches, &old->switches);
    miner_histogram_merge(&engine->device_switches, &old->device_switches);
    miner_histogram_merge(&engine->submits, &old->submits);
    miner_histogram_merge(&engine->answers, &old->answers);
    miner_past_add(&engine->past, &old->past, old->lanes, old->lane_count);
    miner_gauges_inherit(engine->gauges, old->gauges);
    engine->start_cpu_ns = old->start_cpu_ns;
    if (atomic_load(&old->first_job_ns) != 0) {
        atomic_store(&engine->first_job_ns, atomic_load(&old->first_job_ns));
    }
    if (atomic_load(&old->reached)) {
        atomic_store(&engine->reached, true);
    }
    miner_pauses_inherit(engine, old);
    (void)pthread_mutex_lock(&engine->events.lock);
    engine->start_ns = old->start_ns; /* the source's thread reads both */
    engine->start_time_s = old->start_time_s;
    link->connects += old->events.link.connects;
    link->failures += old->events.link.failures;
    miner_credit_merge(&engine->events.credit, &old->events.credit);
    miner_blocks_inherit(&engine->events.blocks, &old->events.blocks);
    engine->events.credit_look = old->events.credit_look;
    engine->events.credit_hour = old->events.credit_hour;
    (void)pthread_mutex_unlock(&engine->events.lock);
}
