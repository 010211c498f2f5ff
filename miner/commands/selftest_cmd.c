/* selftest_cmd.c: `shardpick selftest`: the known answers of every algorithm on every CPU kernel
 * this processor runs and on every OpenCL device, CPU-type ones included. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "commands/commands.h"
#include "machine/cl_devices.h"

enum outcome { PASSED, FAILED, SKIPPED };

static const char *const outcome_names[] = {
    [PASSED] = "passed",
    [FAILED] = "FAILED",
    [SKIPPED] = "skipped",
};

/* The run so far. */
struct run {
    const struct miner_host *host;
    json_t *results; /* owned; NULL without --json */
    unsigned count[SKIPPED + 1];
};

/* device and kernel name what was tested; text says why it did not pass, "" if it did. */
static void report(struct run *run, const struct kern_algo *algo, const char *device,
                   const char *kernel, enum outcome outcome, uint64_t took_ns, const char *text)
{
    run->count[outcome]++;
    if (run->results != NULL) {
        static const char *const json_names[] = {
            [PASSED] = "passed", [FAILED] = "failed", [SKIPPED] = "skipped"};
        json_t *entry = json_pack("{s:s, s:s, s:s, s:s, s:I, s:f, s:s}", "algorithm", algo->name,
                                  "device", device, "kernel", kernel, "result", json_names[outcome],
                                  "answers", (json_int_t)algo->answer_count, "seconds",
                                  (double)took_ns / 1e9, "why", text);
        (void)json_array_append_new(run->results, entry);
        return;
    }
    (void)fprintf(run->host->out, "%-18s %-14s %-10s %-8s", algo->name, device, kernel,
                  outcome_names[outcome]);
    if (outcome == PASSED) {
        (void)fprintf(run->host->out, " %zu known answers, %.1f ms", algo->answer_count,
                      (double)took_ns / 1e6);
    } else {
        (void)fprintf(run->host->out, " %s", text);
    }
    (void)fputc('\n', run->host->out);
    (void)fflush(run->host->out);
}

static void test_kernels(struct run *run, const struct kern_algo *algo)
{
    const char *only = run->host->config->cpu_kernel;
    for (size_t i = 0; i < algo->variant_count; i++) {
        const struct kern_variant *variant = algo->variants[i];
        struct base_error error = {BASE_OK, ""};
        if (only[0] != '\0' && strcmp(variant->name, only) != 0) {
            continue;
        }
        if (!kern_variant_runs(variant, run->host->features)) {
            char lacks[200];
            char why[256];
            (void)base_cpu_names(lacks, sizeof lacks, variant->features & ~run->host->features);
            (void)snprintf(why, sizeof why, "this processor or system lacks %s", lacks);
            report(run, algo, "cpu", variant->name, SKIPPED, 0, why);
            continue;
        }
        uint64_t start_ns = base_clock_ns();
        enum base_status status = kern_self_test(algo, variant, &error);
        report(run, algo, "cpu", variant->name, status == BASE_OK ? PASSED : FAILED,
               base_clock_ns() - start_ns, error.text);
    }
}

static void test_device(struct run *run, const struct miner_cl_devices *devices, size_t index,
                        const struct kern_algo *algo)
{
    struct base_error error = {BASE_OK, ""};
    struct kern_cl_runner *runner = NULL;
    char *build_log = NULL;
    char name[32];
    const char *cache_dir = run->host->config->cache_dir;
    uint64_t start_ns = base_clock_ns();

    (void)miner_select_name(name, sizeof name, devices->infos[index]);
    enum base_status status =
        kern_cl_runner_new(&runner, devices->list, index, algo, NULL,
                           cache_dir[0] != '\0' ? cache_dir : NULL, &build_log, &error);
    if (status == BASE_E_UNSUPPORTED) {
        report(run, algo, name, "opencl", SKIPPED, 0, error.text);
        goto out;
    }
    if (status == BASE_OK) {
        status = kern_cl_self_test(runner, &error);
    }
    if (status != BASE_OK && build_log != NULL) { /* unshortened, as the driver wrote it */
        (void)fprintf(stderr, "%s: build log of %s:\n%s\n", name, algo->name, build_log);
    }
    report(run, algo, name, "opencl", status == BASE_OK ? PASSED : FAILED,
           base_clock_ns() - start_ns, error.text);
out:
    kern_cl_runner_free(runner);
    base_free(build_log);
}

static void test_algorithm(struct run *run, const struct miner_cl_devices *devices,
                           const struct kern_algo *algo)
{
    const struct miner_config *config = run->host->config;
    test_kernels(run, algo);
    /* --cpu-kernel alone leaves out the devices; --opencl beside it asks for them. */
    if (algo->opencl == NULL || (config->cpu_kernel[0] != '\0' && !config->opencl_given)) {
        return;
    }
    for (size_t i = 0; i < devices->count; i++) {
        if (devices->chosen[i]) {
            test_device(run, devices, i, algo);
        } else if (!devices->infos[i]->usable && config->opencl.mode == MINER_CL_ALL) {
            char name[32];
            (void)miner_select_name(name, sizeof name, devices->infos[i]);
            report(run, algo, name, "opencl", SKIPPED, 0, devices->infos[i]->why_not);
        }
    }
}

/* Print the sums. Returns code, or MINER_EXIT_FAILED where they could not be written. */
static int print_end(struct run *run, const struct miner_cl_devices *devices, bool passed, int code)
{
    if (run->host->config->json) {
        json_t *absent = devices->absent[0] != '\0' ? json_string(devices->absent) : json_null();
        json_t *object =
            json_pack("{s:s, s:b, s:I, s:I, s:I, s:o, s:o}", "shardpick", SHARDPICK_VERSION, "ok",
                      passed, "passed", (json_int_t)run->count[PASSED], "failed",
                      (json_int_t)run->count[FAILED], "skipped", (json_int_t)run->count[SKIPPED],
                      "opencl_absent", absent, "results", run->results);
        return miner_command_json(run->host, object, code);
    }
    if (devices->absent[0] != '\0') {
        (void)fprintf(run->host->out, "OpenCL: %s\n", devices->absent);
    }
    if (fprintf(run->host->out, "%u passed, %u failed, %u skipped\n", run->count[PASSED],
                run->count[FAILED], run->count[SKIPPED]) > 0 &&
        fflush(run->host->out) == 0) {
        return code;
    }
    miner_log(run->host->log, MINER_LOG_ERROR, "miner", "standard output cannot be written");
    return MINER_EXIT_FAILED;
}

int miner_selftest_command(const struct miner_host *host)
{
    const struct miner_config *config = host->config;
    struct miner_cl_devices devices;
    struct run run = {.host = host};
    int code = miner_command_devices(host, &devices, true);
    if (code != MINER_EXIT_DONE) {
        goto out;
    }
    run.results = config->json ? json_array() : NULL;
    for (size_t i = 0; i < kern_algo_count(); i++) {
        const struct kern_algo *algo = kern_algo_at(i);
        if (config->algo[0] == '\0' || strcmp(config->algo, algo->name) == 0) {
            test_algorithm(&run, &devices, algo);
        }
    }
    bool passed = run.count[FAILED] == 0 && run.count[PASSED] > 0;
    code = print_end(&run, &devices, passed, passed ? MINER_EXIT_DONE : MINER_EXIT_NO_DEVICE);
out:
    miner_cl_devices_deinit(&devices);
    return code;
}
