/* kern_opencl.c: the part of kern_opencl.h that stands above kern.h: a device is judged by the
 * known answers and by the plainest variant on the processor. All else is in opencl/. */
#include "kern_opencl.h"

#include <string.h>

#include "answer.h"
#include "base/alloc.h"
#include "base/target.h"
#include "kern.h"

enum {
    ANSWER_BEFORE = 67, /* neighbours searched round a known answer */
    ANSWER_AFTER = 133,
    WINDOW_NONCES = 4096,  /* the window in which no find may be missed */
    WINDOW_FINDS = 64,     /* about so many are in it */
    LAUNCH_WAIT_MS = 60000 /* a device that needs longer for some thousand nonces hangs */
};

static enum base_status run(struct kern_cl_runner *runner, struct kern_cl_result *result,
                            const struct kern_work *work, uint64_t first, uint64_t count,
                            struct base_error *error)
{
    enum base_status status = kern_cl_launch(runner, work, first, count, 0, error);
    if (status == BASE_OK) {
        status = kern_cl_collect(runner, result, LAUNCH_WAIT_MS, error);
    }
    if (status == BASE_E_AGAIN) {
        status = base_error_set(error, BASE_E_DEVICE,
                                "%s: a launch of %llu nonces did not end within %d s; the driver "
                                "or the device hangs",
                                kern_cl_runner_info(runner)->name, (unsigned long long)count,
                                LAUNCH_WAIT_MS / 1000);
    }
    return status;
}

static enum base_status test_case(struct kern_cl_runner *runner, struct kern_cl_result *result,
                                  const struct kern_answer *answer, struct base_error *error)
{
    const struct kern_algo *algo = kern_cl_runner_algo(runner);
    struct kern_case known;
    enum base_status status = kern_case_init(&known, algo, answer, error);
    if (status != BASE_OK) {
        goto out;
    }
    uint64_t room = kern_counter_max(algo) - known.find.counter;
    uint64_t before = known.find.counter < ANSWER_BEFORE ? known.find.counter : ANSWER_BEFORE;
    uint64_t after = room < ANSWER_AFTER ? room : ANSWER_AFTER;
    status =
        run(runner, result, &known.work, known.find.counter - before, before + 1 + after, error);
    if (status == BASE_OK && (result->find_count != 1 || result->overflow ||
                              result->finds[0].counter != known.find.counter)) {
        status = base_error_set(error, BASE_E_MISMATCH,
                                "%s hashes wrongly: it misses the known answer \"%s\" of %s; lower "
                                "its clocks, or update the driver",
                                kern_cl_runner_info(runner)->name, answer->label, algo->name);
    }
out:
    kern_case_deinit(&known);
    return status;
}

/* The first known answer's work, at a target that about WINDOW_FINDS nonces of the window meet, on
 * one chain. */
static enum base_status window_case(struct kern_case *known, const struct kern_algo *algo,
                                    struct base_error *error)
{
    enum base_status status = kern_case_init(known, algo, &algo->answers[0], error);
    base_target_ones(known->work.target_be, 256);
    base_target_divide(known->work.target_be, known->work.target_be,
                       WINDOW_NONCES / WINDOW_FINDS / algo->chains);
    return status;
}

static enum base_status test_window(struct kern_cl_runner *runner, struct kern_cl_result *result,
                                    struct base_error *error)
{
    const struct kern_algo *algo = kern_cl_runner_algo(runner);
    const struct kern_variant *plain = algo->variants[algo->variant_count - 1];
    struct kern_case known;
    struct kern_finds want;
    struct kern_progress progress;
    enum base_status status = window_case(&known, algo, error);
    struct kern_scratch *scratch = kern_scratch_new(algo, plain);
    enum base_status room = kern_finds_new(&want, algo, KERN_CL_FINDS_MAX);
    if (status == BASE_OK && (scratch == NULL || room != BASE_OK)) {
        (void)base_error_set(error, BASE_E_MEMORY, "no memory for a device's self-test");
        status = BASE_E_MEMORY;
    }
    if (status == BASE_OK) {
        status = kern_search(scratch, &want, &progress, &known.work, 0, WINDOW_NONCES, NULL);
    }
    if (status == BASE_OK) {
        status = run(runner, result, &known.work, 0, WINDOW_NONCES, error);
    }
    if (status != BASE_OK) {
        goto out;
    }
    bool same = result->find_count == want.count && !result->overflow;
    for (size_t i = 0; same && i < want.count; i++) {
        same = kern_find_same(&result->finds[i], &want.entries[i]);
    }
    if (!same) {
        status = base_error_set(error, BASE_E_MISMATCH,
                                "%s hashes wrongly: %zu finds in a window of %d nonces that has "
                                "%zu, or other ones; lower its clocks, or update the driver",
                                kern_cl_runner_info(runner)->name, result->find_count,
                                (int)WINDOW_NONCES, want.count);
    }
out:
    kern_case_deinit(&known);
    kern_finds_free(&want);
    kern_scratch_free(scratch);
    return status;
}

enum base_status kern_cl_self_test(struct kern_cl_runner *runner, struct base_error *error)
{
    const struct kern_algo *algo = kern_cl_runner_algo(runner);
    enum base_status status = BASE_OK;
    if (kern_cl_in_flight(runner) != 0) {
        return base_error_set(error, BASE_E_STATE, "%s: launches are in flight",
                              kern_cl_runner_info(runner)->name);
    }
    struct kern_cl_result *result = base_alloc(1, sizeof *result);
    if (result == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a device's self-test");
    }
    for (size_t i = 0; i < algo->answer_count && status == BASE_OK; i++) {
        status = test_case(runner, result, &algo->answers[i], error);
    }
    if (status == BASE_OK) {
        status = test_window(runner, result, error);
    }
    base_free(result);
    return status;
}
