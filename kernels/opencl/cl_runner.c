/* cl_runner.c: building and releasing a runner. Launches are cl_launch.c's. */
#include "opencl/cl_runner.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "opencl/cl_list.h"
#include "opencl/cl_program.h"
#include "opencl/cl_tuned.h"

enum { GPU_ITEMS_A_UNIT = 2048 }; /* work items a multiprocessor holds at most */

/* Fields that are 0 take the device's default; what results must be of the row's space. */
static enum base_status settle_params(struct kern_cl_runner *runner,
                                      const struct kern_cl_params *wanted, const char *cache_dir,
                                      struct base_error *error)
{
    struct kern_cl_params *params = &runner->params;
    *params = kern_cl_tuned_choose(runner->algo, runner->info, runner->source_hash, cache_dir);
    if (wanted == NULL) {
        return BASE_OK;
    }
    params->local_size = wanted->local_size != 0 ? wanted->local_size : params->local_size;
    params->per_item = wanted->per_item != 0 ? wanted->per_item : params->per_item;
    params->vector = wanted->vector != 0 ? wanted->vector : params->vector;
    params->unroll = wanted->unroll != 0 ? wanted->unroll : params->unroll;
    params->multiply_add = wanted->multiply_add != 0 ? wanted->multiply_add : params->multiply_add;
    params->flags = wanted->flags != 0 ? wanted->flags : params->flags;
    if (wanted->per_item == 0 && params->per_item < params->vector) {
        params->per_item = params->vector;
    }
    if (!kern_cl_params_valid(params, runner->algo->opencl, runner->info)) {
        return base_error_set(error, BASE_E_ARG,
                              "%s: the %s kernel cannot be built with local size %u, %u nonces an "
                              "item, vectors of %u, flags %u; the device allows a local size of "
                              "%llu",
                              runner->info->name, runner->algo->name, params->local_size,
                              params->per_item, params->vector, params->flags,
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
    return BASE_OK;
}

static enum base_status open_kernel(struct kern_cl_runner *runner, cl_device_id device,
                                    struct base_error *error)
{
    const struct kern_cl_api *api = runner->api;
    cl_int code = CL_SUCCESS;
    size_t most = 0;
    runner->kernel = api->clCreateKernel(runner->program, runner->algo->opencl->kernel, &code);
    if (runner->kernel == NULL || code != CL_SUCCESS) {
        return kern_cl_error_set(error, runner->info->name, "clCreateKernel", code);
    }
    code = api->clGetKernelWorkGroupInfo(runner->kernel, device, CL_KERNEL_WORK_GROUP_SIZE,
                                         sizeof most, &most, NULL);
    if (code == CL_SUCCESS && most < runner->params.local_size) {
        return base_error_set(error, BASE_E_DEVICE,
                              "%s: the %s kernel runs with a local size of at most %zu here, not "
                              "%u; run `shardpick tune`",
                              runner->info->name, runner->algo->name, most,
                              runner->params.local_size);
    }
    return BASE_OK;
}

/* Items that a launch may have: what half the device's memory holds in one piece, and not more than
 * keep its units busy. */
static size_t scratch_items(const struct kern_cl_runner *runner)
{
    const struct kern_cl_info *info = runner->info;
    size_t local = runner->params.local_size;
    uint64_t bytes = info->memory_bytes / 2 < info->max_allocation_bytes
                         ? info->memory_bytes / 2
                         : info->max_allocation_bytes;
    uint64_t fit = bytes / runner->algo->opencl->scratch_item_bytes;
    uint64_t unit = info->kind == KERN_CL_CPU ? local : GPU_ITEMS_A_UNIT;
    uint64_t busy = unit * (info->compute_units > 0 ? info->compute_units : 1);
    uint64_t items = fit < busy ? fit : busy;
    return (size_t)(items / local * local);
}

static enum base_status open_scratch(struct kern_cl_runner *runner, struct base_error *error)
{
    cl_int code = CL_SUCCESS;
    size_t item_bytes = runner->algo->opencl->scratch_item_bytes;
    if (item_bytes == 0) {
        return BASE_OK;
    }
    runner->scratch_items = scratch_items(runner);
    if (runner->scratch_items == 0) {
        return base_error_set(
            error, BASE_E_DEVICE,
            "%s: too little memory for %s: a group of %u work items needs %zu KiB "
            "for each; choose a smaller local size",
            runner->info->name, runner->algo->name, runner->params.local_size, item_bytes >> 10);
    }
    runner->scratch = runner->api->clCreateBuffer(runner->context, CL_MEM_READ_WRITE,
                                                  runner->scratch_items * item_bytes, NULL, &code);
    if (runner->scratch == NULL || code != CL_SUCCESS) {
        return kern_cl_error_set(error, runner->info->name, "clCreateBuffer", code);
    }
    return BASE_OK;
}

/* Results come back into memory that the driver allocated and pinned: reads into other memory make
 * some drivers wait inside the call. */
static enum base_status open_buffers(struct kern_cl_runner *runner, struct base_error *error)
{
    const struct kern_cl_api *api = runner->api;
    const size_t result_bytes = KERN_CL_RESULT_WORDS * sizeof(uint32_t);
    const size_t all_bytes = KERN_CL_IN_FLIGHT * result_bytes;
    cl_int code = CL_SUCCESS;
    runner->pinned = api->clCreateBuffer(runner->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR,
                                         all_bytes, NULL, &code);
    if (runner->pinned == NULL || code != CL_SUCCESS) {
        return kern_cl_error_set(error, runner->info->name, "clCreateBuffer", code);
    }
    runner->pinned_map =
        api->clEnqueueMapBuffer(runner->queue, runner->pinned, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE,
                                0, all_bytes, 0, NULL, NULL, &code);
    if (runner->pinned_map == NULL || code != CL_SUCCESS) {
        return kern_cl_error_set(error, runner->info->name, "clEnqueueMapBuffer", code);
    }
    for (unsigned i = 0; i < KERN_CL_IN_FLIGHT; i++) {
        struct kern_cl_slot *slot = &runner->slots[i];
        slot->result_host = runner->pinned_map + (size_t)i * KERN_CL_RESULT_WORDS;
        slot->job =
            api->clCreateBuffer(runner->context, CL_MEM_READ_ONLY,
                                runner->algo->opencl->job_words * sizeof(uint32_t), NULL, &code);
        if (slot->job != NULL && code == CL_SUCCESS) {
            slot->result =
                api->clCreateBuffer(runner->context, CL_MEM_READ_WRITE, result_bytes, NULL, &code);
        }
        if (slot->result == NULL || code != CL_SUCCESS) {
            return kern_cl_error_set(error, runner->info->name, "clCreateBuffer", code);
        }
    }
    return BASE_OK;
}

enum base_status kern_cl_runner_new(struct kern_cl_runner **runner, const struct kern_cl_list *list,
                                    size_t index, const struct kern_algo *algo,
                                    const struct kern_cl_params *params, const char *cache_dir,
                                    char **log, struct base_error *error)
{
    enum base_status status = BASE_OK;
    struct kern_cl_runner *made = NULL;
    struct kern_cl_text text = {.count = 0};
    char options[KERN_CL_OPTIONS_MAX];
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
        status = open_queue(made, entry->device, error);
    }
    if (status == BASE_OK) {
        kern_cl_options(options, &made->params);
        status = kern_cl_program_new(&made->program, made->api, made->context, entry->device,
                                     made->info, &text, options, cache_dir, log, error);
    }
    if (status == BASE_OK) {
        status = open_kernel(made, entry->device, error);
    }
    if (status == BASE_OK) {
        status = open_buffers(made, error);
    }
    if (status == BASE_OK) {
        status = open_scratch(made, error);
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

static void release_slot(const struct kern_cl_api *api, struct kern_cl_slot *slot)
{
    if (slot->result_here != NULL) {
        (void)api->clReleaseEvent(slot->result_here);
    }
    if (slot->kernel_done != NULL) {
        (void)api->clReleaseEvent(slot->kernel_done);
    }
    if (slot->result != NULL) {
        (void)api->clReleaseMemObject(slot->result);
    }
    if (slot->job != NULL) {
        (void)api->clReleaseMemObject(slot->job);
    }
}

void kern_cl_runner_free(struct kern_cl_runner *runner)
{
    if (runner == NULL) {
        return;
    }
    const struct kern_cl_api *api = runner->api;
    if (runner->queue != NULL) {
        if (runner->pinned_map != NULL) {
            (void)api->clEnqueueUnmapMemObject(runner->queue, runner->pinned, runner->pinned_map, 0,
                                               NULL, NULL);
        }
        (void)api->clFinish(runner->queue);
    }
    for (unsigned i = 0; i < KERN_CL_IN_FLIGHT; i++) {
        release_slot(api, &runner->slots[i]);
    }
    if (runner->scratch != NULL) {
        (void)api->clReleaseMemObject(runner->scratch);
    }
    if (runner->pinned != NULL) {
        (void)api->clReleaseMemObject(runner->pinned);
    }
    if (runner->kernel != NULL) {
        (void)api->clReleaseKernel(runner->kernel);
    }
    if (runner->program != NULL) {
        (void)api->clReleaseProgram(runner->program);
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
    return (uint64_t)runner->params.local_size * runner->params.per_item;
}

unsigned kern_cl_in_flight(const struct kern_cl_runner *runner)
{
    return runner->in_flight;
}
