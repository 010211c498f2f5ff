/* auto_tune.c: a device that was never tuned for the algorithm is tuned for some seconds before it
 * mines. `shardpick tune` does the same for longer and replaces the result. */
#include "base/rate.h"
#include "lanes/lane.h"

static bool progress(void *user, const struct kern_cl_tune_step *step)
{
    const struct miner_lane *lane = user;
    char params[KERN_CL_PARAMS_TEXT_MAX];
    if (step->trouble != NULL) {
        miner_log(lane->shared->log, MINER_LOG_DEBUG, "tune", "%s: %s: %s", lane->name,
                  kern_cl_params_text(params, lane->shared->algo, &step->params), step->trouble);
    }
    return !atomic_load(&lane->shared->stopping) && !atomic_load(&lane->hot);
}

void miner_lane_tune(struct miner_lane *lane)
{
    const struct miner_lane_shared *shared = lane->shared;
    const struct kern_cl_info *info = kern_cl_list_at(lane->devices, lane->device);
    struct base_error error = {BASE_OK, ""};
    struct kern_cl_params best;
    double hashrate = 0;
    char rate[32];
    char params[KERN_CL_PARAMS_TEXT_MAX];
    if (shared->tune_ms == 0 || !lane->tunable || lane->cache_dir == NULL ||
        info->kind == KERN_CL_CPU || shared->algo->opencl == NULL ||
        kern_cl_is_tuned(lane->devices, lane->device, shared->algo, lane->cache_dir)) {
        return;
    }
    miner_log(
        shared->log, MINER_LOG_INFO, "tune",
        "%s is seen first: trying for %.0f s how it is best driven (--no-tune leaves that out)",
        lane->name, shared->tune_ms / 1000.0);
    enum base_status status =
        kern_cl_tune(&best, &hashrate, lane->devices, lane->device, shared->algo, lane->cache_dir,
                     shared->tune_ms, progress, lane, &error);
    if (status == BASE_OK) {
        miner_log(shared->log, MINER_LOG_INFO, "tune",
                  "%s: %s with %s; kept. `shardpick tune` looks longer", lane->name,
                  base_rate_text(rate, sizeof rate, hashrate, shared->algo->unit),
                  kern_cl_params_text(params, shared->algo, &best));
    } else {
        miner_log(shared->log, MINER_LOG_WARNING, "tune", "%s: not tuned: %s", lane->name,
                  error.text);
    }
}
