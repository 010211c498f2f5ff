/* lane_opencl.c: a lane that hashes on an OpenCL device: one host thread that keeps a launch
 * running and the next one queued (lane_flights.c), and sleeps otherwise.
 *
 * Now and then the device searches a range whose finds the host has computed (kern_cl_proof), so
 * that a device which silently finds nothing is noticed too. A device that fails or is distrusted
 * rests, is built anew and tested once more; the second time it stays off. */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "base/thread.h"
#include "lanes/lane_flights.h"

enum {
    PROOF_FIRST_MS = 5000, /* after the start */
    FORGIVEN_MS = 3600000, /* of right work: the next fault is a first one again */
};

/* The compiler's words, line by line: they are what a bug report needs. */
static void log_build(struct miner_lane *lane, const char *text)
{
    while (text != NULL && *text != '\0') {
        size_t size = strcspn(text, "\n");
        miner_log(lane->shared->log, MINER_LOG_ERROR, "opencl", "%s: %.*s", lane->name, (int)size,
                  text);
        text += size + (text[size] == '\n');
    }
}

/* Build the kernel and test it. */
static enum base_status open_runner(struct miner_device *device)
{
    struct miner_lane *lane = device->lane;
    char *build_log = NULL;
    enum base_status status = kern_cl_runner_new(
        &device->runner, lane->devices, lane->device, lane->shared->algo,
        lane->forced ? &lane->params : NULL, lane->cache_dir, &build_log, &lane->error);
    if (status != BASE_OK) {
        log_build(lane, build_log);
        base_free(build_log);
        device->runner = NULL;
        return status;
    }
    base_free(build_log);
    if (lane->shared->watchdog_ms > 0) { /* a table's step that hangs costs this lane only */
        kern_cl_runner_set_patience(device->runner, lane->shared->watchdog_ms / 3 * 2);
    }
    status = kern_cl_self_test(device->runner, &lane->error);
    if (status != BASE_OK) {
        return status;
    }
    struct kern_cl_params params = kern_cl_runner_params(device->runner);
    char text[KERN_CL_PARAMS_TEXT_MAX];
    device->step = kern_cl_runner_step(device->runner);
    device->most = kern_cl_runner_most(device->runner);
    device->per_ns = 0;
    uint32_t every_ms = lane->shared->proof_ms;
    device->proof_ms = base_clock_ms() + (every_ms < PROOF_FIRST_MS ? every_ms : PROOF_FIRST_MS);
    miner_log(lane->shared->log, MINER_LOG_INFO, "opencl", "%s: self-test passed; %s", lane->name,
              kern_cl_params_text(text, lane->shared->algo, &params));
    return BASE_OK;
}

static void close_runner(struct miner_device *device)
{
    /* Waits for launches in flight: their finds are of no use any more. */
    miner_flights_enter_driver(device);
    kern_cl_runner_free(device->runner);
    miner_flights_leave_driver(device);
    device->runner = NULL;
    miner_flights_drop(device);
    miner_board_leave(device->lane->shared->board, device->lane->index);
}

/* Rest before the second try; false when told to stop meanwhile. */
static bool rest(struct miner_lane *lane)
{
    struct miner_lane_shared *shared = lane->shared;
    uint64_t end_ms = base_clock_ms() + shared->retry_ms;
    miner_log(shared->log, MINER_LOG_WARNING, "opencl",
              "%s rests and is tried once more in %.0f s; the others go on", lane->name,
              shared->retry_ms / 1000.0);
    miner_lane_set(lane, MINER_LANE_PAUSED);
    for (uint64_t now_ms = base_clock_ms(); now_ms < end_ms; now_ms = base_clock_ms()) {
        if (atomic_load(&shared->stopping)) {
            return false;
        }
        uint64_t left_ms = end_ms - now_ms;
        miner_board_wait(shared->board, lane->index, miner_board_generation(shared->board),
                         left_ms < MINER_LANE_NAP_MS ? (uint32_t)left_ms : MINER_LANE_NAP_MS);
    }
    return true;
}

/* Build the device, test it and hash until something goes wrong, twice. Returns the last status.
 * The second try of a device that worked long enough counts as a first one. */
static enum base_status live(struct miner_device *device)
{
    struct miner_lane *lane = device->lane;
    enum base_status status = BASE_OK;
    for (int life = 0; life < 2; life++) {
        status = open_runner(device);
        bool tested = status == BASE_OK;
        if (tested) {
            miner_lane_set(lane, MINER_LANE_READY);
            /* Launches are queued in time though CPU lanes hash. Not earlier: threads that the
             * driver starts inherit it, and PoCL's threads hash. */
            (void)base_thread_prompt();
            uint64_t begun_ms = base_clock_ms();
            status = miner_flights_hash(device, atomic_load(&lane->distrusted));
            life = base_clock_ms() - begun_ms >= FORGIVEN_MS ? 0 : life;
        }
        close_runner(device);
        /* What cannot be built or tested has failed and is not tried again. */
        if (!tested) {
            return BASE_E_DEVICE;
        }
        /* A second try would find as little memory, and a driver that hangs is not called again. */
        if (status == BASE_OK || status == BASE_E_MEMORY || status == BASE_E_TIMEOUT || life == 1) {
            break;
        }
        miner_log(lane->shared->log, MINER_LOG_ERROR, "opencl", "%s: %s", lane->name,
                  status == BASE_E_MISMATCH ? "distrusted" : lane->error.text);
        if (!rest(lane)) {
            return BASE_OK;
        }
    }
    return status;
}

/* Without proofs the device mines all the same: the log says so, and each is counted. */
static void open_proof(struct miner_device *device)
{
    struct miner_lane *lane = device->lane;
    struct base_error error;
    if (lane->shared->algo->opencl != NULL &&
        kern_cl_proof_new(&device->proof, lane->shared->algo, base_cpu_detect(), &error) !=
            BASE_OK) {
        miner_log(lane->shared->log, MINER_LOG_WARNING, "opencl",
                  "%s: no proofs can be computed for it: %s", lane->name, error.text);
    }
}

static void *run(void *argument)
{
    struct miner_lane *lane = argument;
    struct miner_device *device = base_alloc(1, sizeof *device);
    enum base_status status = BASE_E_MEMORY;
    if (device != NULL) {
        device->lane = lane;
        device->result = base_alloc(1, sizeof *device->result);
    }
    if (device == NULL || device->result == NULL) {
        (void)base_error_set(&lane->error, BASE_E_MEMORY, "no memory for a lane");
    } else {
        open_proof(device);
        miner_lane_tune(lane);
        status = live(device);
    }
    if (device != NULL) {
        base_free(device->result);
        kern_cl_proof_free(device->proof);
        base_free(device);
    }
    atomic_store(&lane->cpu_ns, base_clock_thread_ns());
    miner_lane_set(lane, status == BASE_OK           ? MINER_LANE_ENDED
                         : status == BASE_E_MISMATCH ? MINER_LANE_OFF
                                                     : MINER_LANE_FAILED);
    return NULL;
}

enum base_status miner_lane_opencl_start(struct miner_lane *lane, struct base_error *error)
{
    if (pthread_create(&lane->thread, NULL, run, lane) != 0) {
        return base_error_set(error, BASE_E_IO, "%s: the system gives no more threads", lane->name);
    }
    lane->joinable = true;
    return BASE_OK;
}
