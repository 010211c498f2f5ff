/* cl_memory.c: the buffers of a runner: jobs, results, and what the row's passes work on. */
#include "base/alloc.h"
#include "opencl/cl_runner.h"

enum { GPU_ITEMS_A_UNIT = 2048 }; /* work items a multiprocessor holds at most */

static unsigned long long mib(uint64_t bytes)
{
    return (unsigned long long)((bytes + (1U << 20) - 1) >> 20);
}

/* Items that a launch may have: what half the device's memory holds in one piece, and not more than
 * keep its units busy. */
static size_t fitting_items(const struct kern_cl_runner *runner, uint64_t item_bytes)
{
    const struct kern_cl_info *info = runner->info;
    size_t local = runner->params.local_size;
    uint64_t bytes = info->memory_bytes / 2 < info->max_allocation_bytes
                         ? info->memory_bytes / 2
                         : info->max_allocation_bytes;
    uint64_t fit = bytes / item_bytes;
    uint64_t unit = info->kind == KERN_CL_CPU ? local : GPU_ITEMS_A_UNIT;
    uint64_t busy = unit * (info->compute_units > 0 ? info->compute_units : 1);
    uint64_t items = fit < busy ? fit : busy;
    return (size_t)(items / local * local);
}

/* How large one of the row's buffers is; limits the items of a launch where it is by item. */
static enum base_status buffer_size(struct kern_cl_runner *runner, uint64_t *bytes,
                                    const struct kern_cl_buffer *buffer, struct base_error *error)
{
    const struct kern_cl_info *info = runner->info;
    if (buffer->item_bytes != NULL) {
        uint64_t item_bytes = buffer->item_bytes(&runner->shape);
        size_t items = fitting_items(runner, item_bytes);
        if (items == 0) {
            return base_error_set(
                error, BASE_E_DEVICE,
                "%s: too little memory for %s: a group of %u work items needs %llu KiB "
                "for each; choose a smaller local size",
                info->name, runner->algo->name, runner->params.local_size,
                (unsigned long long)item_bytes >> 10);
        }
        runner->items_max =
            runner->items_max == 0 || items < runner->items_max ? items : runner->items_max;
        *bytes = items * item_bytes;
        return BASE_OK;
    }
    *bytes = buffer->bytes(&runner->shape);
    if (*bytes > info->max_allocation_bytes || *bytes > info->memory_bytes ||
        runner->buffer_bytes > info->memory_bytes - *bytes) {
        return base_error_set(error, BASE_E_MEMORY,
                              "%s has too little memory for %s: the buffer \"%s\" needs %llu MiB; "
                              "the device has %llu MiB, %llu MiB of them are taken, and gives at "
                              "most %llu MiB in one piece",
                              info->name, runner->algo->name, buffer->name, mib(*bytes),
                              mib(info->memory_bytes), mib(runner->buffer_bytes),
                              mib(info->max_allocation_bytes));
    }
    return BASE_OK;
}

static enum base_status open_row_buffers(struct kern_cl_runner *runner, struct base_error *error)
{
    const struct kern_cl_row *row = runner->algo->opencl;
    size_t count = kern_cl_row_buffers(row);
    for (size_t i = 0; i < count; i++) {
        uint64_t bytes = 0;
        cl_int code = CL_SUCCESS;
        enum base_status status = buffer_size(runner, &bytes, &row->buffers[i], error);
        if (status != BASE_OK) {
            return status;
        }
        runner->buffers[i] = runner->api->clCreateBuffer(runner->context, CL_MEM_READ_WRITE,
                                                         (size_t)bytes, NULL, &code);
        if (runner->buffers[i] == NULL || code != CL_SUCCESS) {
            return kern_cl_error_set(error, runner->info->name, "clCreateBuffer", code);
        }
        runner->buffer_bytes += bytes;
        runner->buffer_count = i + 1;
    }
    return BASE_OK;
}

/* Results come back into memory that the driver allocated and pinned: reads into other memory make
 * some drivers wait inside the call. */
static enum base_status open_results(struct kern_cl_runner *runner, struct base_error *error)
{
    const struct kern_cl_api *api = runner->api;
    const struct kern_cl_row *row = runner->algo->opencl;
    const size_t result_bytes = runner->result_words * sizeof(uint32_t);
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
        slot->result_host = runner->pinned_map + (size_t)i * runner->result_words;
        slot->job = api->clCreateBuffer(runner->context, CL_MEM_READ_ONLY,
                                        row->job_words * sizeof(uint32_t), NULL, &code);
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

/* The word that stops launches; no launch has number 0. */
static enum base_status open_stop(struct kern_cl_runner *runner, struct base_error *error)
{
    cl_int code = CL_SUCCESS;
    runner->stop = runner->api->clCreateBuffer(runner->context, CL_MEM_READ_WRITE,
                                               sizeof runner->stop_host, NULL, &code);
    if (runner->stop == NULL || code != CL_SUCCESS) {
        return kern_cl_error_set(error, runner->info->name, "clCreateBuffer", code);
    }
    code = runner->api->clEnqueueWriteBuffer(runner->queue, runner->stop, CL_FALSE, 0,
                                             sizeof runner->stop_host, &runner->stop_host, 0, NULL,
                                             NULL);
    return code == CL_SUCCESS
               ? BASE_OK
               : kern_cl_error_set(error, runner->info->name, "clEnqueueWriteBuffer", code);
}

enum base_status kern_cl_memory_open(struct kern_cl_runner *runner, struct base_error *error)
{
    const struct kern_cl_row *row = runner->algo->opencl;
    runner->result_words = kern_cl_row_result_words(row);
    if (row->layout.solution_words > 0) {
        BASE_ASSERT(kern_cl_row_slots(row) >= runner->algo->finds_per_nonce);
        runner->solutions = base_alloc(kern_cl_row_slots(row), runner->algo->solution_size);
        if (runner->solutions == NULL) {
            return base_error_set(error, BASE_E_MEMORY, "%s: no memory for a runner",
                                  runner->info->name);
        }
    }
    enum base_status status = open_results(runner, error);
    if (status == BASE_OK && row->stoppable) {
        status = open_stop(runner, error);
    }
    return status == BASE_OK ? open_row_buffers(runner, error) : status;
}

static void release_slot(const struct kern_cl_api *api, struct kern_cl_slot *slot)
{
    const cl_event events[] = {slot->result_here, slot->kernel_done, slot->begun};
    for (size_t i = 0; i < BASE_COUNT_OF(events); i++) {
        if (events[i] != NULL) {
            (void)api->clReleaseEvent(events[i]);
        }
    }
    if (slot->result != NULL) {
        (void)api->clReleaseMemObject(slot->result);
    }
    if (slot->job != NULL) {
        (void)api->clReleaseMemObject(slot->job);
    }
}

void kern_cl_memory_close(struct kern_cl_runner *runner)
{
    const struct kern_cl_api *api = runner->api;
    for (unsigned i = 0; i < KERN_CL_IN_FLIGHT; i++) {
        release_slot(api, &runner->slots[i]);
    }
    for (size_t i = 0; i < KERN_CL_BUFFERS_MAX; i++) {
        if (runner->buffers[i] != NULL) {
            (void)api->clReleaseMemObject(runner->buffers[i]);
        }
    }
    if (runner->stop != NULL) {
        (void)api->clReleaseMemObject(runner->stop);
    }
    if (runner->pinned != NULL) {
        (void)api->clReleaseMemObject(runner->pinned);
    }
    base_free(runner->solutions);
}
