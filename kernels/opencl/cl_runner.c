/* cl_runner.c: building and releasing a runner. Its memory: cl_memory.c; launches: cl_launch.c. */
#include "opencl/cl_runner.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "driver/cl_list.h"
#include "opencl/cl_params.h"
#include "opencl/cl_program.h"
#include "opencl/cl_tuned.h"

enum { ROUNDS_MAX = 1024 }; /* of a launch: some thousand commands in the queue */

/* Fields that are 0 take the device's default; what results must be of the row's space. */
static enum base_status settle_params(struct kern_cl_runner *runner,
                                      const struct kern_cl_params *wanted, const char *cache_dir,
                                      struct base_error *error)
{
    struct kern_cl_params *params = &runner->params;
    char text[KERN_CL_PARAMS_TEXT_MAX];
    *params = kern_cl_tuned_choose(runner->algo, runner->info, runner->source_hash, cache_dir);
    if (wanted == NULL) {
        return BASE_OK;
    }
    struct kern_cl_params given = *wanted;
    for (unsigned i = 0; i < kern_cl_param_count(runner->algo->opencl); i++) {
        uint32_t value = *kern_cl_param(&given, i);
        *kern_cl_param(params, i) = value != 0 ? value : *kern_cl_param(params, i);
    }
    params->reduced = wanted->reduced;
    if (wanted->per_item == 0 && params->per_item < params->vector) {
        params->per_item = params->vector;
    }
    if (!kern_cl_params_valid(params, runner->algo->opencl, runner->info)) {
        return base_error_set(error, BASE_E_ARG,
                              "%s: the %s kernel cannot be built with %s, flags %u; the device "
                              "allows a local size of %llu",
                              runner->info->name, runner->algo->name,
                              kern_cl_params_text(text, runner->algo, params), params->flags,
                              (unsigned long long)runner->info->max_local_size);
    }
    return BASE_OK;
}

static enum base_status open_queue(struct kern_cl_runner *runner, cl_device_id device,
                                   struct base_error *error)
{
    const struct kern_cl_api *api = runner->api;
    cl_int code = CL_SUCCESS;
    runner->context = api->clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    if (runner->context == NULL || code != CL_SUCCESS) {
        return kern_cl_error_set(error, runner->info->name, "clCreateContext", code);
    }
    runner->queue =
        api->clCreateCommandQueue(runner->context, device, CL_QUEUE_PROFILING_ENABLE, &code);
    runner->profiling = runner->queue != NULL && code == CL_SUCCESS;
    if (!runner->profiling) {
        runner->queue = api->clCreateCommandQueue(runner->context, device, 0, &code);
    }
    if (runner->queue == NULL || code != CL_SUCCESS) {
        return kern_cl_error_set(error, runner->info->name, "clCreateCommandQueue", code);
    }
    if (runner->algo->opencl->stoppable) {
        runner->stop_queue = api->clCreateCommandQueue(runner->context, device, 0, &code);
    }
    return BASE_OK;
}

static enum base_status open_pass(struct kern_cl_runner *runner, size_t pass, cl_device_id device,
                                  struct base_error *error)
{
    const struct kern_cl_api *api = runner->api;
    const struct kern_cl_pass *about = &runner->algo->opencl->passes[pass];
    uint32_t local = about->local_size != 0 ? about->local_size : runner->params.local_size;
    cl_int code = CL_SUCCESS;
    size_t most = 0;
    runner->kernels[pass] = api->clCreateKernel(runner->program, about->kernel, &code);
    if (runner->kernels[pass] == NULL || code != CL_SUCCESS) {
        return kern_cl_error_set(error, runner->info->name, "clCreateKernel", code);
    }
    runner->pass_count = pass + 1;
    code = api->clGetKernelWorkGroupInfo(runner->kernels[pass], device, CL_KERNEL_WORK_GROUP_SIZE,
                                         sizeof most, &most, NULL);
    if (code == CL_SUCCESS && most < local) {
        return base_error_set(error, BASE_E_DEVICE,
                              "%s: the %s kernel runs with a local size of at most %zu here, not "
                              "%u; run `shardpick tune`",
                              runner->info->name, runner->algo->name, most, local);
    }
    return BASE_OK;
}

static enum base_status open_kernels(struct kern_cl_runner *runner, cl_device_id device,
                                     struct base_error *error)
{
    size_t passes = kern_cl_row_passes(runner->algo->opencl);
    enum base_status status = BASE_OK;
    for (size_t i = 0; i < passes && status == BASE_OK; i++) {
        status = open_pass(runner, i, device, error);
    }
    return status == BASE_OK ? kern_cl_table_open(runner, error) : status;
}

/* Queue, program, kernels, memory, once it is known how they are to be. */
static enum base_status open_device(struct kern_cl_runner *runner, cl_device_id device,
                                    const struct kern_cl_text *text, const char *cache_dir,
                                    char **log, struct base_error *error)
{
    char options[KERN_CL_OPTIONS_MAX];
    const struct kern_cl_row *row = runner->algo->opencl;
    runner->shape.info = runner->info;
    runner->shape.params = &runner->params;
    if (row->round_nonces != NULL) {
        runner->shape.round_nonces = row->round_nonces(&runner->shape);
        BASE_ASSERT(runner->shape.round_nonces > 0);
    }
    kern_cl_options(options, row, &runner->params, runner->info);
    enum base_status status = open_queue(runner, device, error);
    if (status == BASE_OK) {
        status = kern_cl_program_new(&runner->program, runner->api, runner->context, device,
                                     runner->info, text, options, cache_dir, log, error);
    }
    if (status == BASE_OK) {
        status = open_kernels(runner, device, error);
    }
    return status == BASE_OK ? kern_cl_memory_open(runner, error) : status;
}

enum base_status kern_cl_runner_new(struct kern_cl_runner **runner, const struct kern_cl_list *list,
                                    size_t index, const struct kern_algo *algo,
                                    const struct kern_cl_params *params, const char *cache_dir,
                                    char **log, struct base_error *error)
{
    enum base_status status = BASE_OK;
    struct kern_cl_runner *made = NULL;
    struct kern_cl_text text = {.count = 0};
    BASE_ASSERT(index < list->count);
    const struct kern_cl_entry *entry = &list->entries[index];
    *runner = NULL;
    if (log != NULL) {
        *log = NULL;
    }
    if (algo->opencl == NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED, "%s has no OpenCL kernel yet", algo->name);
    }
    if (!entry->info.usable) {
        return base_error_set(error, BASE_E_STATE, "OpenCL device %u:%u is not usable: %s",
                              entry->info.platform, entry->info.device, entry->info.why_not);
    }
    made = base_alloc(1, sizeof *made);
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "%s: no memory for a runner", entry->info.name);
    }
    made->api = &list->api;
    made->info = &entry->info;
    made->algo = algo;
    status = kern_cl_text_init(&text, algo->opencl, error);
    if (status != BASE_OK) {
        goto out;
    }
    made->source_hash = text.hash;
    status = settle_params(made, params, cache_dir, error);
    if (status == BASE_OK) {
        status = open_device(made, entry->device, &text, cache_dir, log, error);
    }
    if (status == BASE_OK) {
        *runner = made;
        made = NULL;
    }
out:
    kern_cl_text_deinit(&text);
    kern_cl_runner_free(made);
    return status;
}

void kern_cl_runner_free(struct kern_cl_runner *runner)
{
    if (runner == NULL || runner->hung) {
        return;
    }
    const struct kern_cl_api *api = runner->api;
    if (runner->queue != NULL) {
        if (runner->pinned_map != NULL) {
            (void)api->clEnqueueUnmapMemObject(runner->queue, runner->pinned, runner->pinned_map, 0,
                                               NULL, NULL);
        }
        if (!runner->broken) { /* launches that cannot be stopped are waited for */
            enum base_status ignored = kern_cl_stop_up_to(runner, runner->launches, NULL);
            (void)ignored;
        }
        (void)api->clFinish(runner->queue);
    }
    if (runner->stop_queue != NULL) {
        (void)api->clFinish(runner->stop_queue);
    }
    kern_cl_table_close(runner);
    kern_cl_memory_close(runner);
    for (size_t i = 0; i < KERN_CL_PASSES_MAX; i++) {
        if (runner->kernels[i] != NULL) {
            (void)api->clReleaseKernel(runner->kernels[i]);
        }
    }
    if (runner->program != NULL) {
        (void)api->clReleaseProgram(runner->program);
    }
    if (runner->stop_queue != NULL) {
        (void)api->clReleaseCommandQueue(runner->stop_queue);
    }
    if (runner->queue != NULL) {
        (void)api->clReleaseCommandQueue(runner->queue);
    }
    if (runner->context != NULL) {
        (void)api->clReleaseContext(runner->context);
    }
    base_free(runner);
}

const struct kern_algo *kern_cl_runner_algo(const struct kern_cl_runner *runner)
{
    return runner->algo;
}

const struct kern_cl_info *kern_cl_runner_info(const struct kern_cl_runner *runner)
{
    return runner->info;
}

struct kern_cl_params kern_cl_runner_params(const struct kern_cl_runner *runner)
{
    return runner->params;
}

uint64_t kern_cl_runner_step(const struct kern_cl_runner *runner)
{
    return runner->shape.round_nonces != 0
               ? runner->shape.round_nonces
               : (uint64_t)runner->params.local_size * runner->params.per_item;
}

uint64_t kern_cl_runner_most(const struct kern_cl_runner *runner)
{
    return runner->shape.round_nonces != 0 ? (uint64_t)runner->shape.round_nonces * ROUNDS_MAX
                                           : 1ULL << 32;
}

unsigned kern_cl_in_flight(const struct kern_cl_runner *runner)
{
    return runner->in_flight;
}
