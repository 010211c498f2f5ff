/* kern_opencl.c: the self-test of kern_opencl.h: it needs kern.h, since a device is judged by the
 * known answers and by the plainest variant on the processor. */
#include "kern_opencl.h"

#include <string.h>

#include "answer.h"
#include "base/alloc.h"
#include "base/target.h"
#include "kern.h"
#include "opencl/cl_row.h"

enum {
    ANSWER_BEFORE = 67, /* neighbours searched round a known answer */
    ANSWER_AFTER = 133,
    WINDOW_NONCES = 4096,  /* the window in which no find may be missed, at most */
    WINDOW_PROOFS = 16,    /* it is as long as so many proofs: the plainest variant searches it */
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

/* The device's table for the work, where the algorithm has one there, then a launch. */
static enum base_status run_with_table(struct kern_cl_runner *runner, struct kern_cl_result *result,
                                       const struct kern_work *work, uint64_t first, uint64_t count,
                                       struct base_error *error)
{
    enum base_status status = kern_cl_table_build(runner, work, error);
    return status == BASE_OK ? run(runner, result, work, first, count, error) : status;
}

/* True when the result holds the known answer; a plain hash has no other find in the range. */
static bool answers(const struct kern_cl_result *result, const struct kern_case *known,
                    const struct kern_algo *algo)
{
    bool seen = false;
    for (size_t i = 0; i < result->find_count; i++) {
        seen = seen || kern_find_same(&result->finds[i], &known->find);
    }
    return seen && !result->overflow && (algo->solution_size > 0 || result->find_count == 1);
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
    if (algo->solution_size > 0) { /* a solver's nonce takes long: only the answer's own */
        before = 0;
        after = 0;
    }
    status = run_with_table(runner, result, &known.work, known.find.counter - before,
                            before + 1 + after, error);
    if (status == BASE_OK && !answers(result, &known, algo)) {
        status = base_error_set(error, BASE_E_MISMATCH,
                                "%s hashes wrongly: it misses the known answer \"%s\" of %s; lower "
                                "its clocks, or update the driver",
                                kern_cl_runner_info(runner)->name, answer->label, algo->name);
    }
out:
    kern_case_deinit(&known);
    return status;
}

/* A known answer's work, at a target that about WINDOW_FINDS nonces of the window meet, on one
 * chain. */
static enum base_status window_case(struct kern_case *known, uint32_t *nonces,
                                    const struct kern_algo *algo, const struct kern_answer *answer,
                                    struct base_error *error)
{
    uint32_t proof = algo->opencl->proof.nonces;
    *nonces = proof < WINDOW_NONCES / WINDOW_PROOFS ? proof * WINDOW_PROOFS : WINDOW_NONCES;
    enum base_status status = kern_case_init(known, algo, answer, error);
    uint32_t tries = *nonces / WINDOW_FINDS / algo->chains;
    base_target_ones(known->work.target_be, 256);
    base_target_divide(known->work.target_be, known->work.target_be, tries > 2 ? tries : 2);
    return status;
}

static enum base_status test_window(struct kern_cl_runner *runner, struct kern_cl_result *result,
                                    const struct kern_answer *answer, struct base_error *error)
{
    const struct kern_algo *algo = kern_cl_runner_algo(runner);
    const struct kern_variant *plain = algo->variants[algo->variant_count - 1];
    struct kern_case known;
    struct kern_finds want;
    struct kern_progress progress;
    uint32_t nonces = 0;
    enum base_status status = window_case(&known, &nonces, algo, answer, error);
    struct kern_scratch *scratch = kern_scratch_new(algo, plain);
    enum base_status room = kern_finds_new(&want, algo, KERN_CL_FINDS_MAX);
    if (status == BASE_OK && (scratch == NULL || room != BASE_OK)) {
        (void)base_error_set(error, BASE_E_MEMORY, "no memory for a device's self-test");
        status = BASE_E_MEMORY;
    }
    if (status == BASE_OK) {
        status = kern_search(scratch, &want, &progress, &known.work, 0, nonces, NULL);
    }
    if (status == BASE_OK) {
        status = run_with_table(runner, result, &known.work, 0, nonces, error);
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
                                "%s hashes wrongly: %zu finds in a window of %u nonces that has "
                                "%zu, or other ones; lower its clocks, or update the driver",
                                kern_cl_runner_info(runner)->name, result->find_count, nonces,
                                want.count);
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
    const uint32_t reduced = kern_cl_runner_params(runner).reduced;
    const struct kern_answer *fitting = NULL;
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
        if (kern_answer_fits_device(algo, &algo->answers[i], reduced)) {
            fitting = fitting != NULL ? fitting : &algo->answers[i];
            status = test_case(runner, result, &algo->answers[i], error);
        }
    }
    if (fitting == NULL) {
        status =
            base_error_set(error, BASE_E_UNSUPPORTED,
                           "%s has no known answer of the size that the kernel is for", algo->name);
    }
    /* A solver's nonce takes the plainest variant too long: its known answers must do. */
    if (status == BASE_OK && algo->opencl->proof.nonces > 0) {
        status = test_window(runner, result, fitting, error);
    }
    base_free(result);
    return status;
}
