/* tune_cmd.c: `shardpick tune`: finds the fastest launch parameters of each OpenCL device and
 * keeps them on disk for mine and bench. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/rate.h"
#include "commands/commands.h"
#include "machine/cl_devices.h"

/* One device and algorithm at a time. */
struct tuning {
    const struct miner_host *host;
    const struct kern_algo *algo;
    char name[32]; /* of the device */
    unsigned tried;
    json_t *results; /* owned; NULL without --json */
    unsigned done;
    unsigned failed;
};

static bool stop_asked(const struct miner_host *host)
{
    struct pollfd stop = {.fd = host->stop_fd, .events = POLLIN};
    return poll(&stop, 1, 0) > 0;
}

static bool progress(void *user, const struct kern_cl_tune_step *step)
{
    struct tuning *tuning = user;
    char params[KERN_CL_PARAMS_TEXT_MAX];
    char rate[32];
    char best[32];
    tuning->tried = step->tried;
    (void)kern_cl_params_text(params, tuning->algo, &step->params);
    if (step->trouble != NULL) {
        miner_log(tuning->host->log, MINER_LOG_DEBUG, "tune", "%s %s: %s: %s", tuning->name,
                  tuning->algo->name, params, step->trouble);
    } else {
        miner_log(tuning->host->log, MINER_LOG_INFO, "tune", "%s %s: %s%s with %s (best %s)",
                  tuning->name, tuning->algo->name, step->again ? "again: " : "",
                  base_rate_text(rate, sizeof rate, step->hashrate, tuning->algo->unit), params,
                  base_rate_text(best, sizeof best, step->best_hashrate, tuning->algo->unit));
    }
    return !stop_asked(tuning->host);
}

/* why: the reason that the result is not kept; "" when it is. */
static void report(struct tuning *tuning, const struct kern_cl_params *best, double hashrate,
                   bool kept, const char *why)
{
    char params[KERN_CL_PARAMS_TEXT_MAX];
    char rate[32];
    (void)kern_cl_params_text(params, tuning->algo, best);
    if (tuning->results != NULL) {
        json_t *entry = json_pack(
            "{s:s, s:s, s:f, s:I, s:b, s:s, s:{s:I, s:I, s:I, s:b, s:I, s:s}}", "algorithm",
            tuning->algo->name, "device", tuning->name, "hashrate", hashrate, "tried",
            (json_int_t)tuning->tried, "kept", kept, "why", why, "params", "local_size",
            (json_int_t)best->local_size, "per_item", (json_int_t)best->per_item, "vector",
            (json_int_t)best->vector, "unroll", best->unroll == 2, "multiply_add",
            (json_int_t)best->multiply_add - 1, "flags", kern_cl_flags_text(best->flags));
        json_t *values = json_object_get(entry, "params");
        for (size_t i = 0; kern_cl_own_name(tuning->algo, i) != NULL; i++) {
            (void)json_object_set_new(values, kern_cl_own_name(tuning->algo, i),
                                      json_integer(best->own[i]));
        }
        (void)json_array_append_new(tuning->results, entry);
        return;
    }
    if (hashrate > 0.0) {
        (void)fprintf(tuning->host->out, "%-18s %-14s %14s  %s (%u tried)\n", tuning->algo->name,
                      tuning->name, base_rate_text(rate, sizeof rate, hashrate, tuning->algo->unit),
                      params, tuning->tried);
    }
    if (why[0] != '\0') {
        (void)fprintf(tuning->host->out, "%-18s %-14s %s: %s\n", tuning->algo->name, tuning->name,
                      hashrate > 0.0 ? "not kept" : "FAILED", why);
    }
    (void)fflush(tuning->host->out);
}

static void tune_device(struct tuning *tuning, const struct miner_cl_devices *devices, size_t index)
{
    const struct miner_config *config = tuning->host->config;
    struct base_error error = {BASE_OK, ""};
    struct kern_cl_params best;
    double hashrate = 0.0;

    memset(&best, 0, sizeof best);
    tuning->tried = 0;
    (void)miner_select_name(tuning->name, sizeof tuning->name, devices->infos[index]);
    enum base_status status = kern_cl_tune(&best, &hashrate, devices->list, index, tuning->algo,
                                           config->cache_dir[0] != '\0' ? config->cache_dir : NULL,
                                           config->tune_budget_ms, progress, tuning, &error);
    bool kept = status == BASE_OK && config->cache_dir[0] != '\0';
    tuning->done++;
    tuning->failed += hashrate <= 0.0 ? 1 : 0;
    report(tuning, &best, hashrate, kept,
           status != BASE_OK ? error.text
           : kept            ? ""
                             : "there is no cache folder (--cache-dir)");
}

static void tune_all(struct tuning *tuning, const struct miner_cl_devices *devices)
{
    const struct miner_config *config = tuning->host->config;
    for (size_t a = 0; a < kern_algo_count(); a++) {
        tuning->algo = kern_algo_at(a);
        bool wanted = config->algo[0] == '\0' || strcmp(config->algo, tuning->algo->name) == 0;
        for (size_t i = 0; wanted && tuning->algo->opencl != NULL && i < devices->count; i++) {
            if (devices->chosen[i] && !stop_asked(tuning->host)) {
                tune_device(tuning, devices, i);
            }
        }
    }
}

int miner_tune_command(const struct miner_host *host)
{
    struct miner_cl_devices devices;
    struct tuning tuning = {.host = host};
    int code = miner_command_devices(host, &devices, false);
    if (code != MINER_EXIT_DONE) {
        goto out;
    }
    code = MINER_EXIT_NO_DEVICE;
    if (devices.chosen_count == 0) {
        miner_log(host->log, MINER_LOG_ERROR, "opencl", "nothing to tune: %s",
                  host->config->opencl.mode == MINER_CL_NONE ? "--opencl none"
                  : devices.absent[0] != '\0'
                      ? devices.absent
                      : "no OpenCL device but CPU-type ones, which are used "
                        "only when --opencl names them; see `shardpick "
                        "devices`");
        goto out;
    }
    tuning.results = host->config->json ? json_array() : NULL;
    tune_all(&tuning, &devices);
    if (tuning.done == 0 && !stop_asked(host)) {
        miner_log(host->log, MINER_LOG_ERROR, "opencl", "nothing to tune: %s has no OpenCL kernel",
                  host->config->algo[0] != '\0' ? host->config->algo : "no algorithm");
    } else {
        code = tuning.failed > 0 ? MINER_EXIT_NO_DEVICE : MINER_EXIT_DONE;
    }
    if (host->config->json) {
        json_t *object =
            json_pack("{s:s, s:o}", "shardpick", SHARDPICK_VERSION, "results", tuning.results);
        code = miner_command_json(host, object, code);
    }
out:
    miner_cl_devices_deinit(&devices);
    return code;
}
