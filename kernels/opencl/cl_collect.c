/* cl_collect.c: waiting for launches, and their results.
 *
 * Waiting. NVIDIA's waiting calls (clFinish, clWaitForEvents, blocking reads) spin on a core, and
 * event callbacks arrive on a thread of the driver, late, never, or after the runner was freed. So
 * nothing here waits inside the driver: kern_cl_collect predicts the end of the oldest launch from
 * the time that the one before it took, sleeps until shortly before it, and then looks at the
 * event's state at intervals of a small part of a launch. The device never waits for that look: the
 * next launch is in its queue. One look costs some microseconds. */
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

enum base_status kern_cl_runner_fail(struct kern_cl_runner *runner, const char *call, cl_int code,
                                     struct base_error *error)
{
    runner->broken = true;
    (void)kern_cl_error_set(error, runner->info->name, call, code);
    if (error != NULL) {
        error->status = BASE_E_DEVICE;
    }
    return BASE_E_DEVICE;
}

/* CL_COMPLETE, another state that is not the end, or the error that ended it. */
static cl_int event_state(const struct kern_cl_runner *runner, cl_event event)
{
    cl_int state = CL_COMPLETE;
    cl_int code = runner->api->clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS,
                                              sizeof state, &state, NULL);
    return code != CL_SUCCESS ? code : state;
}

bool kern_cl_event_ended(const struct kern_cl_runner *runner, cl_event event)
{
    return event_state(runner, event) <= CL_COMPLETE;
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

cl_int kern_cl_wait(const struct kern_cl_runner *runner, cl_event event, uint64_t begun_ns,
                    uint64_t length_ns, uint64_t deadline_ns)
{
    uint64_t look_ns = clamp_ns(length_ns / 64, LOOK_MIN_NS, LOOK_MAX_NS);
    /* An eighth early: launches differ, and a device may speed up. */
    uint64_t expected_ns = begun_ns + length_ns - length_ns / 8;
    for (;;) {
        cl_int state = event_state(runner, event);
        uint64_t now_ns = base_clock_ns();
        if (state <= CL_COMPLETE || now_ns >= deadline_ns) {
            return state;
        }
        uint64_t pause_ns = expected_ns > now_ns ? expected_ns - now_ns : 0;
        pause_ns = clamp_ns(pause_ns, look_ns, SLEEP_MAX_NS);
        sleep_ns(clamp_ns(pause_ns, 0, deadline_ns - now_ns));
    }
}

/* ---- finds ------------------------------------------------------------------------------- */

/* Offset, then the words of the solution: an order that does not depend on the device's timing. */
static int by_words(const void *a, const void *b, void *words)
{
    const uint32_t *left = a;
    const uint32_t *right = b;
    for (size_t i = 0; i < *(const size_t *)words; i++) {
        if (left[i] != right[i]) {
            return left[i] > right[i] ? 1 : -1;
        }
    }
    return 0;
}

/* Append a find; its solution goes into the runner's memory. */
static void add_find(struct kern_cl_runner *runner, struct kern_cl_result *result, uint64_t counter,
                     const uint32_t *solution_words)
{
    const struct kern_cl_layout *layout = &runner->algo->opencl->layout;
    struct kern_find *find = &result->finds[result->find_count];
    *find = (struct kern_find){.counter = counter};
    if (layout->solution_words > 0) {
        uint8_t *solution = runner->solutions + result->find_count * runner->algo->solution_size;
        find->solution_size = layout->read_solution(solution, solution_words);
        find->solution = solution;
    }
    result->find_count += 1;
}

/* From the device's words to finds. Only a broken device or driver names a nonce that was not in
 * the launch, or one find twice: what it says is worth nothing then (false). A nonce gives at most
 * the algorithm's finds_per_nonce; a solver's further ones are dropped. */
static bool read_finds(struct kern_cl_runner *runner, struct kern_cl_result *result,
                       const struct kern_cl_slot *slot)
{
    const struct kern_cl_row *row = runner->algo->opencl;
    size_t words = kern_cl_row_slot_words(row);
    uint32_t *slots = slot->result_host + kern_cl_row_head_words(row);
    uint32_t found = slot->result_host[0];
    uint32_t room = kern_cl_row_slots(row);
    size_t of_nonce = 0;
    result->units = row->layout.units ? slot->result_host[1] : slot->count;
    result->lost = row->layout.losses ? slot->result_host[2] : 0;
    result->stopped = row->stoppable && slot->result_host[3] != 0;
    result->find_count = 0;
    if (result->stopped) {
        result->units = 0;
        result->lost = 0;
        return true;
    }
    result->overflow = found > room && (slot->count > 1 || words == 1);
    if (words == 1 && found > slot->count) {
        return false;
    }
    if (result->overflow) {
        return true;
    }
    found = found < room ? found : room;
    qsort_r(slots, found, words * sizeof slots[0], by_words, &words);
    for (uint32_t i = 0; i < found; i++) {
        const uint32_t *at = slots + i * words;
        bool same_nonce = i > 0 && at[0] == at[0 - (ptrdiff_t)words];
        if (at[0] >= slot->count || (i > 0 && by_words(at, at - words, &words) == 0)) {
            return false;
        }
        of_nonce = same_nonce ? of_nonce + 1 : 1;
        if (of_nonce <= runner->algo->finds_per_nonce) {
            add_find(runner, result, slot->first + at[0], at + 1);
        }
    }
    return true;
}

uint64_t kern_cl_event_ns(const struct kern_cl_runner *runner, cl_event first, cl_event last)
{
    cl_ulong start = 0;
    cl_ulong end = 0;
    if (!runner->profiling ||
        runner->api->clGetEventProfilingInfo(first, CL_PROFILING_COMMAND_START, sizeof start,
                                             &start, NULL) != CL_SUCCESS ||
        runner->api->clGetEventProfilingInfo(last, CL_PROFILING_COMMAND_END, sizeof end, &end,
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
    if (slot->begun != NULL) {
        (void)runner->api->clReleaseEvent(slot->begun);
    }
    slot->begun = NULL;
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
    uint64_t begun_ns =
        slot->launched_ns > runner->last_ended_ns ? slot->launched_ns : runner->last_ended_ns;
    cl_int state = kern_cl_wait(runner, slot->result_here, begun_ns,
                                predict_ns(runner, slot->count), deadline_ns);
    if (state > CL_COMPLETE) {
        return base_error_set(error, BASE_E_AGAIN, "%s: the launch is not finished",
                              runner->info->name);
    }
    uint64_t now_ns = base_clock_ns();
    result->tag = slot->tag;
    result->first = slot->first;
    result->count = slot->count;
    result->kernel_ns = kern_cl_event_ns(
        runner, slot->begun != NULL ? slot->begun : slot->kernel_done, slot->kernel_done);
    result->wall_ns = now_ns - begun_ns;
    result->units = 0;
    result->lost = 0;
    result->stopped = false;
    result->overflow = false;
    result->find_count = 0;
    if (state < CL_COMPLETE) {
        enum base_status status = kern_cl_runner_fail(runner, "the launch", state, error);
        retire(runner, slot);
        return status;
    }
    bool sound = read_finds(runner, result, slot);
    if (!result->stopped) {
        runner->seen_ns = result->kernel_ns != 0 ? result->kernel_ns : result->wall_ns;
        runner->seen_count = slot->count;
    }
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
