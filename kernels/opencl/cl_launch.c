/* cl_launch.c: launches and their results.
 *
 * Waiting. NVIDIA's waiting calls (clFinish, clWaitForEvents, blocking reads) spin on a core, and
 * event callbacks arrive on a thread of the driver, which may come late, never, or after we are
 * gone. So nothing here waits inside the driver: kern_cl_collect predicts the end of the oldest
 * launch from the time that the one before it took, sleeps until shortly before it, and then
 * looks at the event's state at intervals of a small part of a launch. The device never waits for
 * that look: the next launch is in its queue. The look costs some microseconds each. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "opencl/cl_runner.h"

enum {
    LOOK_MIN_NS = 100000,    /* shortest interval between two looks at an event */
    LOOK_MAX_NS = 2000000,   /* longest: what a find may wait */
    SLEEP_MAX_NS = 50000000, /* whatever was predicted: a launch that was late once is no rule */
};
static const uint32_t zero_count = 0;

static enum base_status fail(struct kern_cl_runner *runner, const char *call, cl_int code,
                             struct base_error *error)
{
    runner->broken = true;
    (void)kern_cl_error_set(error, runner->info->name, call, code);
    if (error != NULL) {
        error->status = BASE_E_DEVICE;
    }
    return BASE_E_DEVICE;
}

static enum base_status check_launch(const struct kern_cl_runner *runner,
                                     const struct kern_work *work, uint64_t first, uint64_t count,
                                     struct base_error *error)
{
    const struct kern_algo *algo = runner->algo;
    uint64_t max = algo->counter_size >= 8 ? UINT64_MAX : (1ULL << (8 * algo->counter_size)) - 1;
    if (runner->broken) {
        return base_error_set(error, BASE_E_DEVICE,
                              "%s: an earlier command failed; open the device anew",
                              runner->info->name);
    }
    bool table_fits = algo->table == NULL || (work->table != NULL && work->table->algo == algo &&
                                              work->table->key == algo->table->key(work));
    if (work->header_size != algo->header_size || work->chain >= algo->chains || !table_fits) {
        return base_error_set(error, BASE_E_ARG, "%s: the work is not %s's", runner->info->name,
                              algo->name);
    }
    if (count == 0 || count > (1ULL << 32) || first > max || count - 1 > max - first) {
        return base_error_set(error, BASE_E_RANGE, "%s: a launch of %llu nonces from %llu",
                              runner->info->name, (unsigned long long)count,
                              (unsigned long long)first);
    }
    if (runner->in_flight == KERN_CL_IN_FLIGHT) {
        return base_error_set(error, BASE_E_FULL, "%s: %d launches are in flight",
                              runner->info->name, (int)KERN_CL_IN_FLIGHT);
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

static cl_int set_args(struct kern_cl_runner *runner, const struct kern_cl_slot *slot)
{
    const struct kern_cl_api *api = runner->api;
    uint32_t first_low = (uint32_t)slot->first;
    uint32_t first_high = (uint32_t)(slot->first >> 32);
    uint32_t last = (uint32_t)(slot->count - 1);
    cl_int code = api->clSetKernelArg(runner->kernel, 0, sizeof(cl_mem), &slot->job);
    if (code == CL_SUCCESS) {
        code = api->clSetKernelArg(runner->kernel, 1, sizeof(cl_mem), &slot->result);
    }
    if (code == CL_SUCCESS) {
        code = api->clSetKernelArg(runner->kernel, 2, sizeof first_low, &first_low);
    }
    if (code == CL_SUCCESS) {
        code = api->clSetKernelArg(runner->kernel, 3, sizeof first_high, &first_high);
    }
    if (code == CL_SUCCESS) {
        code = api->clSetKernelArg(runner->kernel, 4, sizeof last, &last);
    }
    if (code == CL_SUCCESS && runner->scratch != NULL) {
        code = api->clSetKernelArg(runner->kernel, 5, sizeof(cl_mem), &runner->scratch);
    }
    return code;
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
    struct kern_cl_slot *slot =
        &runner->slots[(runner->oldest + runner->in_flight) % KERN_CL_IN_FLIGHT];
    slot->tag = tag;
    slot->first = first;
    slot->count = count;

    cl_int code = send_job(runner, slot, work);
    if (code == CL_SUCCESS) {
        code = api->clEnqueueWriteBuffer(runner->queue, slot->result, CL_FALSE, 0,
                                         sizeof zero_count, &zero_count, 0, NULL, NULL);
    }
    if (code != CL_SUCCESS) {
        return fail(runner, "clEnqueueWriteBuffer", code, error);
    }
    code = set_args(runner, slot);
    if (code != CL_SUCCESS) {
        return fail(runner, "clSetKernelArg", code, error);
    }
    /* Rounded up to whole groups; at most 2^32 items, and items past the end do nothing. */
    size_t local = runner->params.local_size;
    size_t items = (size_t)((count - 1) / runner->params.per_item) + 1;
    size_t global = (items + local - 1) / local * local;
    if (runner->scratch != NULL && global > runner->scratch_items) {
        global = runner->scratch_items; /* items go on to further counters */
    }
    code = api->clEnqueueNDRangeKernel(runner->queue, runner->kernel, 1, NULL, &global, &local, 0,
                                       NULL, &slot->kernel_done);
    if (code != CL_SUCCESS) {
        return fail(runner, "clEnqueueNDRangeKernel", code, error);
    }
    code = api->clEnqueueReadBuffer(runner->queue, slot->result, CL_FALSE, 0,
                                    KERN_CL_RESULT_WORDS * sizeof(uint32_t), slot->result_host, 0,
                                    NULL, &slot->result_here);
    if (code == CL_SUCCESS) {
        code = api->clFlush(runner->queue);
    }
    if (code != CL_SUCCESS) {
        return fail(runner, "clEnqueueReadBuffer", code, error);
    }
    slot->launched_ns = base_clock_ns();
    runner->in_flight++;
    return BASE_OK;
}

/* CL_COMPLETE, another state that is not the end, or the error that ended it. */
static cl_int event_state(const struct kern_cl_runner *runner, cl_event event)
{
    cl_int state = CL_COMPLETE;
    cl_int code = runner->api->clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS,
                                              sizeof state, &state, NULL);
    return code != CL_SUCCESS ? code : state;
}

static void sleep_ns(uint64_t ns)
{
    struct timespec pause = {.tv_sec = (time_t)(ns / 1000000000U),
                             .tv_nsec = (long)(ns % 1000000000U)};
    (void)nanosleep(&pause, NULL); /* woken early by a signal: the caller looks at the clock */
}

static uint64_t clamp_ns(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* How long a launch will take at least, judged by the last one. A smaller one is in proportion, if
 * not longer; of a larger one is only known that it will not be shorter: small launches take long
 * for what they do, and a prediction from a self-test would put us to sleep for seconds. */
static uint64_t predict_ns(const struct kern_cl_runner *runner, uint64_t count)
{
    if (count >= runner->seen_count) {
        return runner->seen_ns;
    }
    return (uint64_t)((double)runner->seen_ns * (double)count / (double)runner->seen_count);
}

/* Sleep until the slot's result is here or deadline_ns has come; returns the event's state. */
static cl_int wait_for(const struct kern_cl_runner *runner, const struct kern_cl_slot *slot,
                       uint64_t deadline_ns)
{
    uint64_t length_ns = predict_ns(runner, slot->count);
    uint64_t begun_ns =
        slot->launched_ns > runner->last_ended_ns ? slot->launched_ns : runner->last_ended_ns;
    uint64_t look_ns = clamp_ns(length_ns / 64, LOOK_MIN_NS, LOOK_MAX_NS);
    /* An eighth early: launches differ, and a device may speed up. */
    uint64_t expected_ns = begun_ns + length_ns - length_ns / 8;
    for (;;) {
        cl_int state = event_state(runner, slot->result_here);
        uint64_t now_ns = base_clock_ns();
        if (state <= CL_COMPLETE || now_ns >= deadline_ns) {
            return state;
        }
        uint64_t pause_ns = expected_ns > now_ns ? expected_ns - now_ns : 0;
        pause_ns = clamp_ns(pause_ns, look_ns, SLEEP_MAX_NS);
        sleep_ns(clamp_ns(pause_ns, 0, deadline_ns - now_ns));
    }
}

static int by_offset(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* From the device's words to finds. Only a broken device or driver names a nonce that was not in
 * the launch, or one twice: what it says is worth nothing then. */
static bool read_finds(struct kern_cl_result *result, const struct kern_cl_slot *slot)
{
    uint32_t offsets[KERN_CL_FINDS_MAX];
    uint32_t found = slot->result_host[0];
    result->overflow = found > KERN_CL_FINDS_MAX;
    result->find_count = 0;
    if (found > slot->count) {
        return false;
    }
    if (result->overflow) {
        return true;
    }
    memcpy(offsets, slot->result_host + 1, found * sizeof offsets[0]);
    qsort(offsets, found, sizeof offsets[0], by_offset);
    for (uint32_t i = 0; i < found; i++) {
        if (offsets[i] >= slot->count || (i > 0 && offsets[i] == offsets[i - 1])) {
            return false;
        }
        result->finds[i].counter = slot->first + offsets[i];
        result->finds[i].solution = NULL;
        result->finds[i].solution_size = 0;
    }
    result->find_count = found;
    return true;
}

static uint64_t kernel_time_ns(const struct kern_cl_runner *runner, cl_event event)
{
    cl_ulong start = 0;
    cl_ulong end = 0;
    if (!runner->profiling ||
        runner->api->clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start,
                                             &start, NULL) != CL_SUCCESS ||
        runner->api->clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end,
                                             NULL) != CL_SUCCESS) {
        return 0;
    }
    return end > start ? end - start : 0;
}

/* Let go of the oldest launch; its slot is free again. */
static void retire(struct kern_cl_runner *runner, struct kern_cl_slot *slot)
{
    (void)runner->api->clReleaseEvent(slot->result_here);
    (void)runner->api->clReleaseEvent(slot->kernel_done);
    slot->result_here = NULL;
    slot->kernel_done = NULL;
    runner->oldest = (runner->oldest + 1) % KERN_CL_IN_FLIGHT;
    runner->in_flight--;
}

enum base_status kern_cl_collect(struct kern_cl_runner *runner, struct kern_cl_result *result,
                                 uint32_t timeout_ms, struct base_error *error)
{
    if (runner->in_flight == 0) {
        return base_error_set(error, BASE_E_STATE, "%s: no launch is in flight",
                              runner->info->name);
    }
    struct kern_cl_slot *slot = &runner->slots[runner->oldest];
    uint64_t deadline_ns = base_clock_ns() + timeout_ms * 1000000ULL;
    cl_int state = wait_for(runner, slot, deadline_ns);
    if (state > CL_COMPLETE) {
        return base_error_set(error, BASE_E_AGAIN, "%s: the launch is not finished",
                              runner->info->name);
    }
    uint64_t now_ns = base_clock_ns();
    uint64_t begun_ns =
        slot->launched_ns > runner->last_ended_ns ? slot->launched_ns : runner->last_ended_ns;
    result->tag = slot->tag;
    result->first = slot->first;
    result->count = slot->count;
    result->kernel_ns = kernel_time_ns(runner, slot->kernel_done);
    result->wall_ns = now_ns - begun_ns;
    result->overflow = false;
    result->find_count = 0;
    if (state < CL_COMPLETE) {
        enum base_status status = fail(runner, "the launch", state, error);
        retire(runner, slot);
        return status;
    }
    bool sound = read_finds(result, slot);
    runner->seen_ns = result->kernel_ns != 0 ? result->kernel_ns : result->wall_ns;
    runner->seen_count = slot->count;
    runner->last_ended_ns = now_ns;
    retire(runner, slot);
    if (!sound) {
        runner->broken = true;
        return base_error_set(error, BASE_E_DEVICE,
                              "%s returned nonces that were not in the launch: its memory or "
                              "driver is at fault; lower the memory clock, or update the driver",
                              runner->info->name);
    }
    return BASE_OK;
}
