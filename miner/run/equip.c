/* equip.c: what a mining run hashes with: algorithm, CPU kernel and places, OpenCL devices.
 * Chooses; starts nothing. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "machine/bench_machine.h"
#include "machine/choose.h"
#include "machine/cl_devices.h"
#include "machine/memory.h"
#include "machine/select.h"
#include "run/engine.h"
#include "run/search.h"

static enum base_status choose_algo(struct miner_engine *engine, int *exit_code,
                                    struct base_error *error)
{
    const struct miner_config *config = &engine->config;
    const char *name = config->algo[0] != '\0' ? config->algo : config->coin->algos[0];
    *exit_code = MINER_EXIT_USAGE;
    if (config->coin->why_not != NULL || name == NULL) {
        return base_error_set(
            error, BASE_E_UNSUPPORTED, "%s cannot be mined: %s", config->coin->title,
            config->coin->why_not != NULL ? config->coin->why_not : "no algorithm is known for it");
    }
    bool mined = false;
    for (const char *const *algo = config->coin->algos; *algo != NULL; algo++) {
        mined = mined || strcmp(*algo, name) == 0;
    }
    if (!mined) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "%s is not mined with %s; its first algorithm is %s",
                              config->coin->title, name, config->coin->algos[0]);
    }
    engine->algo = kern_algo_find(name);
    if (engine->algo == NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "%s needs the algorithm %s, which this version does not hash",
                              config->coin->title, name);
    }
    return BASE_OK;
}

/* Measure for a moment which kernel and how many lanes are fastest on this processor, where the
 * user named none: the widest vectors may lower the clock, and a second lane on a core may help or
 * not. The result is kept in the cache folder; without one nothing is measured. */
static enum base_status choose_by_measuring(struct miner_engine *engine, struct base_error *error)
{
    const struct miner_config *config = &engine->config;
    struct miner_choice_request request = {.algo = engine->algo,
                                           .lanes = (unsigned)engine->cpu_lane_count};
    struct miner_pinner pinner;
    struct bench_machine machine;
    struct miner_choice choice;
    (void)snprintf(engine->cpu_choice, sizeof engine->cpu_choice, "%s",
                   config->cpu_kernel[0] != '\0' ? "as asked for" : "the best for this processor");
    if (config->cpu_kernel[0] != '\0' || config->cache_dir[0] == '\0') {
        return BASE_OK;
    }
    miner_bench_machine(&machine, &pinner, engine->topology, config->cache_dir,
                        engine->host->features);
    if (config->threads_rule == MINER_THREADS_CORES && request.lanes == machine.lanes) {
        request.lanes = 0; /* free to choose */
    }
    enum base_status status = miner_choose(&choice, &request, &machine, error);
    if (status == BASE_OK) {
        engine->variant = choice.variant;
        engine->cpu_lane_count = choice.lanes;
        engine->cpu_limit = choice.limit;
        (void)snprintf(engine->cpu_choice, sizeof engine->cpu_choice, "%s",
                       choice.source == MINER_CHOICE_MEASURED ? "the fastest, measured just now"
                       : choice.source == MINER_CHOICE_CACHED ? "the fastest when it was measured"
                                                              : "the best for this processor");
    }
    return status;
}

/* A lane of a solver takes a hundred megabytes and more: no more lanes than the memory is enough
 * for, also where more were asked for. The system would end the process otherwise. */
static void limit_by_memory(struct miner_engine *engine)
{
    size_t bytes = kern_scratch_bytes(engine->algo, engine->variant);
    const char *root = engine->host->root;
    uint64_t available = miner_memory_available(root != NULL ? root : "");
    unsigned wanted = (unsigned)engine->cpu_lane_count;
    unsigned fit = miner_memory_lanes(wanted, bytes, available);
    if (fit < wanted) {
        miner_log(engine->host->log, MINER_LOG_WARNING, "cpu",
                  "%u of %u lanes: each needs %.0f MB, and %.0f MB of memory are free", fit, wanted,
                  (double)bytes / 1e6, (double)available / 1e6);
        engine->cpu_lane_count = fit;
    }
}

static enum base_status choose_cpu(struct miner_engine *engine, int *exit_code,
                                   struct base_error *error)
{
    const struct miner_config *config = &engine->config;
    if (config->threads_rule == MINER_THREADS_COUNT && config->threads == 0) {
        return BASE_OK;
    }
    *exit_code = MINER_EXIT_USAGE;
    engine->cpu_lane_count =
        miner_topology_lanes(engine->topology, config->threads_rule, config->threads);
    enum base_status status = miner_select_kernel(
        &engine->variant, engine->algo, config->cpu_kernel, engine->host->features, error);
    if (status == BASE_OK) {
        *exit_code = MINER_EXIT_FAILED;
        limit_by_memory(engine); /* measuring takes the memory, too */
        status = choose_by_measuring(engine, error);
    }
    return status;
}

/* The list of devices, or none yet (awaits). */
static enum base_status find_devices(struct miner_engine *engine, struct base_error *error)
{
    struct miner_search *search = engine->host->search;
    struct kern_cl_list *found = NULL;
    engine->awaits = !miner_search_wait(search, 0);
    enum base_status status = engine->awaits   ? BASE_OK
                              : search != NULL ? miner_search_result(search, &found, error)
                                               : kern_cl_list_new(&found, error);
    engine->devices = found;
    engine->own_devices = search == NULL ? found : NULL;
    return status;
}

/* Fill picked with the indices of the chosen devices. No OpenCL at all is a normal answer, unless
 * devices were named. */
static enum base_status choose_devices(struct miner_engine *engine, int *exit_code,
                                       struct base_error *error)
{
    const struct miner_cl_selection *selection = &engine->config.opencl;
    struct miner_cl_devices found = {.list = NULL};
    enum base_status status = BASE_OK;
    if (selection->mode == MINER_CL_NONE || engine->algo->opencl == NULL) {
        return BASE_OK;
    }
    *exit_code = MINER_EXIT_NO_DEVICE;
    status = find_devices(engine, error);
    if (status == BASE_E_NOT_FOUND && selection->mode == MINER_CL_ALL) {
        miner_log(engine->host->log, MINER_LOG_INFO, "opencl", "not used: %s", error->text);
        *error = (struct base_error){BASE_OK, ""};
        return BASE_OK;
    }
    if (status != BASE_OK || engine->awaits) {
        return status;
    }
    status = miner_cl_devices_fill(&found, engine->devices, selection, false, error);
    for (size_t i = 0; status == BASE_OK && i < engine->config.device_count; i++) {
        status =
            miner_select_known(&engine->config.devices[i].pick, found.infos, found.count, error);
    }
    engine->picked = base_alloc(found.count + 1, sizeof *engine->picked);
    if (status == BASE_OK && engine->picked == NULL) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for the list of devices");
    }
    for (size_t i = 0; status == BASE_OK && i < found.count; i++) {
        const struct kern_cl_info *info = found.infos[i];
        if (found.chosen[i]) {
            engine->picked[engine->device_count++] = i;
        } else if (!info->usable && selection->mode == MINER_CL_ALL) {
            miner_log(engine->host->log, MINER_LOG_WARNING, "opencl", "%u:%u %s is not usable: %s",
                      info->platform, info->device,
                      info->name[0] != '\0' ? info->name : info->platform_name, info->why_not);
        }
    }
    miner_cl_devices_deinit(&found);
    return status;
}

static void fill_cpu_lane(struct miner_engine *engine, size_t index)
{
    struct miner_lane *lane = &engine->lanes[index];
    lane->variant = engine->variant;
    lane->needs_table = engine->variant->needs_table;
    lane->uses_table = engine->variant->uses_table;
    lane->topology = engine->topology;
    lane->place = (unsigned)index;
    lane->switches = &engine->switches;
    (void)snprintf(lane->name, sizeof lane->name, "cpu %u",
                   miner_topology_place(lane->topology, lane->place)->cpu);
}

/* What the file says of this device. */
static void apply_settings(struct miner_lane *lane, const struct miner_device_settings *settings)
{
    const struct kern_cl_params none = {0};
    lane->launch_ns = MINER_LAUNCH_NS;
    lane->tunable = settings == NULL || !settings->no_tune;
    if (settings == NULL) {
        return;
    }
    if (settings->launch_ms > 0) {
        lane->launch_ns = settings->launch_ms * UINT64_C(1000000);
    }
    lane->params = settings->params;
    lane->forced = memcmp(&lane->params, &none, sizeof none) != 0;
    lane->tunable = lane->tunable && !lane->forced;
}

static void fill_device_lane(struct miner_engine *engine, size_t index)
{
    struct miner_lane *lane = &engine->lanes[engine->cpu_lane_count + index];
    const struct kern_cl_info *info = kern_cl_list_at(engine->devices, engine->picked[index]);
    char key[64];
    lane->needs_table = kern_cl_needs_host_table(engine->algo);
    lane->devices = engine->devices;
    lane->device = engine->picked[index];
    lane->cache_dir = engine->cache_dir[0] != '\0' ? engine->cache_dir : NULL;
    lane->switches = &engine->device_switches;
    apply_settings(lane, miner_config_device(&engine->config, info));
    if (engine->config.reduced != 0) { /* its kernels are built for one size of a solver */
        lane->params.reduced = engine->config.reduced;
        lane->forced = true;
        lane->tunable = false;
    }
    (void)snprintf(lane->name, sizeof lane->name, "opencl %s %.100s",
                   miner_select_name(key, sizeof key, info), info->name);
}

static enum base_status make_lanes(struct miner_engine *engine, int *exit_code,
                                   struct base_error *error)
{
    engine->lane_count = engine->cpu_lane_count + engine->device_count;
    bool serves = engine->config.command == MINER_COMMAND_BRIDGE;
    if (engine->lane_count == 0 && !engine->awaits && !serves) {
        *exit_code = MINER_EXIT_NO_DEVICE;
        return base_error_set(error, BASE_E_NOT_FOUND,
                              "there is nothing to hash on: no CPU lanes (-t) and no OpenCL device "
                              "(--opencl); `shardpick devices` shows what this machine has");
    }
    *exit_code = MINER_EXIT_FAILED;
    engine->lanes = base_alloc_aligned(64, engine->lane_count + 1, sizeof *engine->lanes);
    engine->lane_counters =
        base_alloc(engine->lane_count + 1, sizeof(struct miner_lane_counters *));
    if (engine->lanes == NULL || engine->lane_counters == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for %zu lanes", engine->lane_count);
    }
    for (size_t i = 0; i < engine->lane_count; i++) {
        engine->lanes[i].shared = &engine->shared;
        engine->lanes[i].index = i;
        engine->lane_counters[i] = &engine->lanes[i].counters;
    }
    for (size_t i = 0; i < engine->cpu_lane_count; i++) {
        fill_cpu_lane(engine, i);
    }
    for (size_t i = 0; i < engine->device_count; i++) {
        fill_device_lane(engine, i);
    }
    return BASE_OK;
}

enum base_status miner_equip(struct miner_engine *engine, int *exit_code, struct base_error *error)
{
    enum base_status status = choose_algo(engine, exit_code, error);
    if (status == BASE_OK) {
        status = choose_cpu(engine, exit_code, error);
    }
    if (status == BASE_OK) {
        status = choose_devices(engine, exit_code, error);
    }
    return status == BASE_OK ? make_lanes(engine, exit_code, error) : status;
}
