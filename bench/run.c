/* run.c: what to measure, in which order. */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "devices.h"
#include "fixed.h"
#include "measure/measure_cpu.h"
#include "measure/stages.h"
#include "measure_opencl.h"

/* Seed of headers and samples of timed runs: any will do; the same for all makes runs alike. */
#define TIMED_SEED UINT64_C(0x5eed)

enum { STAGES_SHARE = 2 }; /* stages are measured for so manyth of the seconds of a result */

/* Put the names of all algorithms, or of the variants of one, into a sentence. */
static const char *list_names(char *text, size_t cap, const struct kern_algo *const *algos,
                              size_t count, const struct kern_algo *algo)
{
    size_t used = 0;
    size_t names = algo != NULL ? algo->variant_count : count;
    text[0] = '\0';
    for (size_t i = 0; i < names && used < cap; i++) {
        int wrote = snprintf(text + used, cap - used, "%s%s", i > 0 ? ", " : "",
                             algo != NULL ? algo->variants[i]->name : algos[i]->name);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return text;
}

/* Set plan's cases to the variants asked for. An algorithm without the named one gets none. */
static enum base_status plan_variants(struct bench_cpu_plan *plan,
                                      const struct bench_options *options,
                                      const struct bench_machine *machine, struct base_error *error)
{
    const struct kern_algo *algo = plan->algo;
    plan->count = 0;
    if (options->cpu_kernel != NULL) {
        const struct kern_variant *variant = kern_variant_find(algo, options->cpu_kernel);
        if (variant == NULL) {
            return BASE_OK;
        }
        if (!kern_variant_runs(variant, machine->features)) {
            char needs[256];
            return base_error_set(
                error, BASE_E_UNSUPPORTED, "this processor cannot run kernel %s, which needs %s",
                variant->name,
                base_cpu_names(needs, sizeof needs, variant->features & ~machine->features));
        }
        plan->variants[0] = variant;
        plan->count = 1;
        return BASE_OK;
    }
    if (!options->kernels) {
        plan->variants[0] = kern_variant_best(algo, machine->features);
        plan->count = 1;
        return BASE_OK;
    }
    for (size_t i = 0; i < algo->variant_count && plan->count < BENCH_CASES_MAX; i++) {
        if (kern_variant_runs(algo->variants[i], machine->features)) {
            plan->variants[plan->count] = algo->variants[i];
            plan->count += 1;
        }
    }
    return BASE_OK;
}

static enum base_status self_test(const struct bench_cpu_plan *plan, struct base_error *error)
{
    for (size_t i = 0; i < plan->count; i++) {
        enum base_status status = kern_self_test(plan->algo, plan->variants[i], error);
        if (status == BASE_E_MISMATCH) {
            error->status = BASE_E_UNSUPPORTED;
            return BASE_E_UNSUPPORTED;
        }
        if (status != BASE_OK) {
            return status;
        }
    }
    return BASE_OK;
}

static void say_plan(const struct bench_context *context, const struct bench_options *options,
                     const struct bench_cpu_plan *plan)
{
    if (options->quiet) {
        return;
    }
    for (size_t i = 0; i < plan->count; i++) {
        (void)fprintf(context->log, "bench: %s, cpu, kernel %s, %u lane%s\n", plan->algo->name,
                      plan->variants[i]->name, plan->lanes[i], plan->lanes[i] == 1 ? "" : "s");
    }
    (void)fflush(context->log);
}

/* `-t auto`: measure lanes, and the kernel where none is named; --kernels keeps them all. */
static enum base_status choose_lanes(struct bench_cpu_plan *plan, unsigned *lanes,
                                     const struct bench_options *options,
                                     const struct bench_context *context, struct base_error *error)
{
    struct bench_pick pick;
    const struct kern_variant *only = options->cpu_kernel != NULL ? plan->variants[0] : NULL;
    enum base_status status = options->choose(&pick, plan->algo, only, context->machine, error);
    if (status != BASE_OK) {
        return status;
    }
    *lanes = pick.lanes;
    if (!options->kernels) {
        plan->variants[0] = pick.variant;
        plan->count = 1;
    }
    if (!options->quiet) {
        (void)fprintf(context->log, "bench: %s: %s\n", plan->algo->name, pick.text);
    }
    return BASE_OK;
}

static enum base_status check_hashes(const struct kern_algo *algo,
                                     const struct bench_options *options, struct base_error *error)
{
    uint64_t max = kern_counter_max(algo);
    if (options->hashes > 0 && options->hashes - 1 > max) {
        return base_error_set(error, BASE_E_ARG,
                              "--hashes: %s counts nonces up to %" PRIu64 "; give fewer",
                              algo->name, max);
    }
    return BASE_OK;
}

/* Fixed work with each kernel of a plan, one after the other. */
static enum base_status fixed_cases(struct bench_result *measured,
                                    const struct bench_cpu_plan *plan,
                                    const struct bench_options *options, struct bench_crew *crew,
                                    struct base_error *error)
{
    enum base_status status = check_hashes(plan->algo, options, error);
    for (size_t i = 0; i < plan->count && status == BASE_OK; i++) {
        status = bench_fixed_cpu(&measured[i], plan->algo, plan->variants[i], options->hashes,
                                 options->seed, crew, error);
    }
    return status;
}

/* Where the time of each kernel's nonces goes, and what moving bytes alone would take. */
static enum base_status say_stages(const struct bench_options *options,
                                   const struct bench_context *context,
                                   const struct bench_cpu_plan *plan, struct bench_crew *crew,
                                   struct base_error *error)
{
    for (size_t c = 0; c < plan->count; c++) {
        struct bench_stages stages;
        double ns = 0;
        uint64_t bytes = 0;
        enum base_status status = bench_stages(&stages, plan->algo, plan->variants[c],
                                               options->seconds / STAGES_SHARE, crew);
        if (status != BASE_OK) {
            return base_error_set(error, status, "%s: its stages: %s", plan->algo->name,
                                  base_status_text(status));
        }
        for (size_t i = 0; i < stages.count; i++) {
            ns += stages.stage[i].ns;
            bytes += stages.stage[i].bytes;
        }
        (void)fprintf(context->log, "bench: %s %s: a nonce takes %.1f ms of one core, mean of %u\n",
                      plan->algo->name, plan->variants[c]->name, ns / 1e6, stages.nonces);
        for (size_t i = 0; i < stages.count; i++) {
            (void)fprintf(context->log, "bench:   %-12s %8.2f ms %5.1f %% %8.1f MB",
                          stages.stage[i].name, stages.stage[i].ns / 1e6,
                          100 * stages.stage[i].ns / ns, (double)stages.stage[i].bytes / 1e6);
            if (stages.stage[i].operations > 0 && stages.frequency_hz > 0) {
                (void)fprintf(context->log, " %.1f M operations, %.2f a cycle",
                              (double)stages.stage[i].operations / 1e6,
                              (double)stages.stage[i].operations * 1e9 /
                                  (stages.stage[i].ns * stages.frequency_hz));
            }
            (void)fputc('\n', context->log);
        }
        if (stages.copied_per_second > 0) {
            double limit_ns = (double)bytes * 1e9 / stages.copied_per_second;
            (void)fprintf(context->log,
                          "bench:   %.2f GB moved; this core moves %.1f GB/s when it copies: "
                          "%.1f ms, %.0f %% of the time\n",
                          (double)bytes / 1e9, stages.copied_per_second / 1e9, limit_ns / 1e6,
                          100 * limit_ns / ns);
        }
    }
    return BASE_OK;
}

/* One algorithm on the CPU. */
static enum base_status run_cpu(struct bench_results *results, const struct bench_options *options,
                                const struct bench_context *context, const struct kern_algo *algo,
                                unsigned lanes, struct base_error *error)
{
    struct bench_cpu_plan plan = {.algo = algo,
                                  .seconds = options->seconds,
                                  .limit = true,
                                  .seed = TIMED_SEED,
                                  .table = options->table,
                                  .height = options->height};
    struct bench_result measured[BENCH_CASES_MAX];
    struct bench_crew *crew = NULL;
    enum base_status status = plan_variants(&plan, options, context->machine, error);
    if (status == BASE_OK && plan.count > 0 && options->choose != NULL) {
        status = choose_lanes(&plan, &lanes, options, context, error);
    }
    if (status != BASE_OK || plan.count == 0) {
        return status;
    }
    plan.scaling = lanes > 1;
    for (size_t i = 0; i < plan.count; i++) {
        plan.lanes[i] = lanes;
    }
    status = self_test(&plan, error);
    if (status != BASE_OK) {
        return status;
    }
    say_plan(context, options, &plan);
    status = bench_crew_new(&crew, lanes, context->machine, error);
    if (status == BASE_OK && options->hashes > 0) {
        status = fixed_cases(measured, &plan, options, crew, error);
    } else if (status == BASE_OK) {
        status = bench_measure_cpu(measured, &plan, crew, error);
    }
    if (status == BASE_OK && options->verbose && algo->stages != NULL) {
        status = say_stages(options, context, &plan, crew, error);
    }
    for (size_t i = 0; i < plan.count && status == BASE_OK; i++) {
        struct bench_result *added = bench_results_add(results);
        if (added == NULL) {
            status = base_error_set(error, BASE_E_MEMORY, "no memory for results");
        } else {
            *added = measured[i];
        }
    }
    bench_crew_free(crew);
    return status;
}

/* One algorithm on one OpenCL device. A device that was not named and fails is reported and
 * counted, and the others go on. */
static enum base_status run_opencl(struct bench_results *results,
                                   const struct bench_options *options,
                                   const struct bench_context *context,
                                   const struct kern_algo *algo,
                                   const struct bench_devices *devices, size_t chosen,
                                   struct base_error *error)
{
    char name[BENCH_DEVICE_MAX];
    char *words = NULL;
    struct bench_result measured;
    struct bench_opencl_plan plan = {
        .algo = algo,
        .list = devices->list,
        .index = devices->chosen[chosen],
        .cache_dir = context->machine->cache_dir,
        .seconds = options->seconds,
        .height = options->height,
        .hashes = options->hashes,
        .seed = options->hashes > 0 ? options->seed : TIMED_SEED,
    };
    (void)bench_opencl_name(name, sizeof name, kern_cl_list_at(plan.list, plan.index));
    enum base_status status = check_hashes(algo, options, error);
    if (status != BASE_OK) {
        return status;
    }
    if (!options->quiet) {
        (void)fprintf(context->log, "bench: %s, device %s\n", algo->name, name);
        (void)fflush(context->log);
    }
    status = bench_measure_opencl(&measured, &words, &plan, error);
    if (words != NULL) {
        (void)fprintf(context->log, "bench: device %s: the compiler says:\n%s\n", name, words);
        base_free(words);
    }
    if (status == BASE_OK) {
        struct bench_result *added = bench_results_add(results);
        if (added == NULL) {
            return base_error_set(error, BASE_E_MEMORY, "no memory for results");
        }
        *added = measured;
        return BASE_OK;
    }
    if (options->device != NULL || status == BASE_E_MEMORY) {
        (void)base_error_prefix(error, name);
        return status;
    }
    (void)fprintf(context->log, "bench: device %s: %s\n", name, error->text);
    results->failures += 1;
    return BASE_OK;
}

static enum base_status check_names(const struct bench_options *options,
                                    const struct bench_context *context, struct base_error *error)
{
    bool algo_known = options->algo == NULL;
    bool kernel_known = options->cpu_kernel == NULL;
    const struct kern_algo *named = NULL;
    char names[256];
    for (size_t i = 0; i < context->algo_count; i++) {
        const struct kern_algo *algo = context->algos[i];
        if (options->algo != NULL && strcmp(algo->name, options->algo) != 0) {
            continue;
        }
        algo_known = true;
        named = algo;
        if (options->cpu_kernel != NULL) {
            kernel_known = kernel_known || kern_variant_find(algo, options->cpu_kernel) != NULL;
        }
    }
    if (!algo_known) {
        return base_error_set(
            error, BASE_E_ARG, "--algo: there is no algorithm \"%.60s\"; known: %s", options->algo,
            list_names(names, sizeof names, context->algos, context->algo_count, NULL));
    }
    if (!kernel_known && named != NULL) {
        return base_error_set(
            error, BASE_E_ARG, "--cpu-kernel: there is no kernel \"%.60s\"; %s has: %s",
            options->cpu_kernel, named->name, list_names(names, sizeof names, NULL, 0, named));
    }
    return BASE_OK;
}

enum base_status bench_run(struct bench_results *results, const struct bench_options *options,
                           const struct bench_context *context, struct base_error *error)
{
    struct bench_devices devices = {false, NULL, {0}, 0};
    enum base_status status = check_names(options, context, error);
    if (status == BASE_OK) {
        status = bench_devices_init(&devices, options->device, error);
    }
    for (size_t i = 0; i < context->algo_count && status == BASE_OK; i++) {
        const struct kern_algo *algo = context->algos[i];
        if (options->algo != NULL && strcmp(algo->name, options->algo) != 0) {
            continue;
        }
        if (devices.cpu && options->lanes > 0) {
            status = run_cpu(results, options, context, algo, options->lanes, error);
        }
        for (size_t d = 0; d < devices.count && algo->opencl != NULL && status == BASE_OK; d++) {
            status = run_opencl(results, options, context, algo, &devices, d, error);
        }
    }
    bench_fixed_compare(results);
    if (status == BASE_OK && results->count == 0 && results->failures == 0) {
        status = base_error_set(error, BASE_E_UNSUPPORTED,
                                "nothing to measure: no CPU lane was asked for, and no chosen "
                                "device has a kernel for the algorithm");
    }
    bench_devices_deinit(&devices);
    return status;
}
