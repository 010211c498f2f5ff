/* cl_launch.c: starting launches. Their results: cl_collect.c. */
#include <string.h>

#include "base/clock.h"
#include "opencl/cl_runner.h"

static const uint32_t zero_head[4];

static enum base_status check_launch(const struct kern_cl_runner *runner,
                                     const struct kern_work *work, uint64_t first, uint64_t count,
                                     struct base_error *error)
{
    const struct kern_algo *algo = runner->algo;
    const struct kern_cl_row *row = algo->opencl;
    uint64_t max = algo->counter_size >= 8 ? UINT64_MAX : (1ULL << (8 * algo->counter_size)) - 1;
    uint64_t most = kern_cl_runner_most(runner);
    if (runner->broken) {
        return base_error_set(error, BASE_E_DEVICE,
                              "%s: an earlier command failed; open the device anew",
                              runner->info->name);
    }
    bool table_fits = algo->table == NULL || row->table.kernel != NULL ||
                      (work->table != NULL && work->table->algo == algo &&
                       work->table->key == algo->table->key(work));
    bool size_fits = !row->reduced_in_source || work->reduced == runner->params.reduced;
    if (work->header_size != algo->header_size || work->chain >= algo->chains || !table_fits ||
        !size_fits) {
        return base_error_set(error, BASE_E_ARG, "%s: the work is not %s's%s", runner->info->name,
                              algo->name, size_fits ? "" : " of the size that the kernel is for");
    }
    if (count == 0 || count > most || first > max || count - 1 > max - first) {
        return base_error_set(error, BASE_E_RANGE, "%s: a launch of %llu nonces from %llu",
                              runner->info->name, (unsigned long long)count,
                              (unsigned long long)first);
    }
    if (runner->in_flight == KERN_CL_IN_FLIGHT) {
        return base_error_set(error, BASE_E_FULL, "%s: %d launches are in flight",
                              runner->info->name, (int)KERN_CL_IN_FLIGHT);
    }
    if (!kern_cl_table_is_ready(runner, work)) {
        return base_error_set(error, BASE_E_STATE, "%s: the table of %s for this work is not built",
                              runner->info->name, algo->name);
    }
    return BASE_OK;
}

/* The job goes to the device only when it differs from what this slot's buffer holds. */
static cl_int send_job(struct kern_cl_runner *runner, struct kern_cl_slot *slot,
                       const struct kern_work *work)
{
    uint32_t job[KERN_CL_JOB_WORDS_MAX] = {0};
    size_t bytes = runner->algo->opencl->job_words * sizeof job[0];
    runner->algo->opencl->fill_job(job, work);
    if (slot->job_known && memcmp(job, slot->job_host, bytes) == 0) {
        return CL_SUCCESS;
    }
    memcpy(slot->job_host, job, bytes);
    cl_int code = runner->api->clEnqueueWriteBuffer(runner->queue, slot->job, CL_FALSE, 0, bytes,
                                                    slot->job_host, 0, NULL, NULL);
    slot->job_known = code == CL_SUCCESS;
    return code;
}

/* One round: which nonces of the launch. */
struct round {
    uint64_t first;
    uint32_t last;
    uint32_t offset;
};

static cl_int set_args(struct kern_cl_runner *runner, const struct kern_cl_slot *slot, size_t pass,
                       const struct round *round, const struct kern_cl_device_table *table)
{
    const struct kern_cl_row *row = runner->algo->opencl;
    const struct kern_cl_pass *about = &row->passes[pass];
    const uint32_t numbers[] = {(uint32_t)round->first, (uint32_t)(round->first >> 32), round->last,
                                round->offset};
    const size_t number_count = row->round_nonces != NULL ? 4 : 3;
    const struct kern_cl_api *api = runner->api;
    cl_kernel kernel = runner->kernels[pass];
    cl_uint index = 0;
    cl_int code = api->clSetKernelArg(kernel, index++, sizeof(cl_mem), &slot->job);
    if (code == CL_SUCCESS) {
        code = api->clSetKernelArg(kernel, index++, sizeof(cl_mem), &slot->result);
    }
    for (size_t i = 0; i < number_count && code == CL_SUCCESS; i++) {
        code = api->clSetKernelArg(kernel, index++, sizeof numbers[i], &numbers[i]);
    }
    if (row->stoppable && code == CL_SUCCESS) {
        code = api->clSetKernelArg(kernel, index++, sizeof(cl_mem), &runner->stop);
        if (code == CL_SUCCESS) {
            code = api->clSetKernelArg(kernel, index++, sizeof slot->number, &slot->number);
        }
    }
    for (size_t i = 0; i < runner->buffer_count && code == CL_SUCCESS; i++) {
        code = api->clSetKernelArg(kernel, index++, sizeof(cl_mem), &runner->buffers[i]);
    }
    if (table != NULL && code == CL_SUCCESS) {
        code = kern_cl_table_set_args(runner, kernel, &index, table);
    }
    if (about->numbered && code == CL_SUCCESS) {
        code = api->clSetKernelArg(kernel, index, sizeof about->number, &about->number);
    }
    return code;
}

/* Queue one kernel. Its event is the caller's. */
static enum base_status enqueue_pass(struct kern_cl_runner *runner, const struct kern_cl_slot *slot,
                                     size_t pass, const struct round *round,
                                     const struct kern_cl_device_table *table, cl_event *event,
                                     struct base_error *error)
{
    const struct kern_cl_pass *about = &runner->algo->opencl->passes[pass];
    cl_int code = set_args(runner, slot, pass, round, table);
    if (code != CL_SUCCESS) {
        return kern_cl_runner_fail(runner, "clSetKernelArg", code, error);
    }
    /* Rounded up to whole groups; at most 2^32 items, and items past the end do nothing. */
    uint64_t items = about->items != NULL ? about->items(&runner->shape, (uint64_t)round->last + 1)
                                          : round->last / runner->params.per_item + 1ULL;
    size_t local = about->local_size != 0 ? about->local_size : runner->params.local_size;
    size_t global = ((size_t)items + local - 1) / local * local;
    if (runner->items_max != 0 && global > runner->items_max) {
        global = runner->items_max; /* items go on to further counters */
    }
    code = runner->api->clEnqueueNDRangeKernel(runner->queue, runner->kernels[pass], 1, NULL,
                                               &global, &local, 0, NULL, event);
    return code == CL_SUCCESS ? BASE_OK
                              : kern_cl_runner_fail(runner, "clEnqueueNDRangeKernel", code, error);
}

/* All passes of all rounds. The events of the first and the last kernel are kept, for the time from
 * the one's beginning to the other's end. */
static enum base_status enqueue_rounds(struct kern_cl_runner *runner, struct kern_cl_slot *slot,
                                       const struct kern_cl_device_table *table,
                                       struct base_error *error)
{
    uint64_t each = runner->shape.round_nonces != 0 ? runner->shape.round_nonces : slot->count;
    for (uint64_t done = 0; done < slot->count; done += each) {
        uint64_t nonces = slot->count - done < each ? slot->count - done : each;
        const struct round round = {slot->first + done, (uint32_t)(nonces - 1), (uint32_t)done};
        bool last_round = nonces == slot->count - done;
        for (size_t pass = 0; pass < runner->pass_count; pass++) {
            bool is_last = last_round && pass + 1 == runner->pass_count;
            bool is_first = done == 0 && pass == 0;
            cl_event *event = is_last ? &slot->kernel_done : is_first ? &slot->begun : NULL;
            enum base_status status = enqueue_pass(runner, slot, pass, &round, table, event, error);
            if (status != BASE_OK) {
                return status;
            }
        }
    }
    return BASE_OK;
}

/* The work's table in the device's memory; NULL for rows without. */
static const struct kern_cl_device_table *use_table(struct kern_cl_runner *runner,
                                                    const struct kern_work *work)
{
    if (runner->table_kernel == NULL) {
        return NULL;
    }
    struct kern_cl_device_table *table = kern_cl_table_find(runner, runner->algo->table->key(work));
    table->last_used = ++runner->table_uses;
    return table;
}

enum base_status kern_cl_launch(struct kern_cl_runner *runner, const struct kern_work *work,
                                uint64_t first, uint64_t count, uint64_t tag,
                                struct base_error *error)
{
    const struct kern_cl_api *api = runner->api;
    enum base_status status = check_launch(runner, work, first, count, error);
    if (status != BASE_OK) {
        return status;
    }
    const struct kern_cl_device_table *table = use_table(runner, work);
    struct kern_cl_slot *slot =
        &runner->slots[(runner->oldest + runner->in_flight) % KERN_CL_IN_FLIGHT];
    slot->tag = tag;
    slot->first = first;
    slot->count = count;
    slot->number = ++runner->launches;

    cl_int code = send_job(runner, slot, work);
    if (code == CL_SUCCESS) {
        size_t bytes = kern_cl_row_head_words(runner->algo->opencl) * sizeof zero_head[0];
        code = api->clEnqueueWriteBuffer(runner->queue, slot->result, CL_FALSE, 0, bytes, zero_head,
                                         0, NULL, NULL);
    }
    if (code != CL_SUCCESS) {
        return kern_cl_runner_fail(runner, "clEnqueueWriteBuffer", code, error);
    }
    status = enqueue_rounds(runner, slot, table, error);
    if (status != BASE_OK) {
        return status;
    }
    code = api->clEnqueueReadBuffer(runner->queue, slot->result, CL_FALSE, 0,
                                    runner->result_words * sizeof(uint32_t), slot->result_host, 0,
                                    NULL, &slot->result_here);
    if (code == CL_SUCCESS) {
        code = api->clFlush(runner->queue);
    }
    if (code != CL_SUCCESS) {
        return kern_cl_runner_fail(runner, "clEnqueueReadBuffer", code, error);
    }
    slot->launched_ns = base_clock_ns();
    runner->in_flight++;
    return BASE_OK;
}

bool kern_cl_can_stop(const struct kern_cl_runner *runner)
{
    return runner->stop_queue != NULL;
}

/* The word is written by a queue of its own: the launch's is busy. What a kernel sees of it while
 * it runs the standard leaves open; the next pass sees it. */
enum base_status kern_cl_stop_up_to(struct kern_cl_runner *runner, uint32_t number,
                                    struct base_error *error)
{
    const struct kern_cl_api *api = runner->api;
    if (runner->in_flight == 0 || !kern_cl_can_stop(runner)) {
        return base_error_set(error, BASE_E_STATE, "%s: no launch that can be stopped is in flight",
                              runner->info->name);
    }
    runner->stop_host = number;
    cl_int code =
        api->clEnqueueWriteBuffer(runner->stop_queue, runner->stop, CL_FALSE, 0,
                                  sizeof runner->stop_host, &runner->stop_host, 0, NULL, NULL);
    if (code == CL_SUCCESS) {
        code = api->clFlush(runner->stop_queue);
    }
    return code == CL_SUCCESS ? BASE_OK
                              : kern_cl_runner_fail(runner, "clEnqueueWriteBuffer", code, error);
}

enum base_status kern_cl_stop(struct kern_cl_runner *runner, struct base_error *error)
{
    return kern_cl_stop_up_to(runner, runner->slots[runner->oldest].number, error);
}
