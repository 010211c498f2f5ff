/* lane_opencl.c: a lane that hashes on an OpenCL device: one host thread that keeps a launch
 * running and the next one queued, and sleeps otherwise. The next one is queued shortly before the
 * running one ends, so that a new job waits for one launch and not for two.
 *
 * Where an algorithm has a table in the device's memory, the lane builds the one that its next work
 * needs, one step a turn, with nothing in flight; it looks at the board between two steps, and
 * other lanes go on meanwhile.
 *
 * Now and then the device searches a range whose finds the host has computed (kern_cl_proof), so
 * that a device which silently finds nothing is noticed too. A device that fails or is distrusted
 * rests, is built anew and tested once more; the second time it stays off. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "base/target.h"
#include "base/thread.h"
#include "run/lane.h"

enum {
    FLIGHTS = 2,
    LEAD_NS = 5000000,     /* the next launch is queued so long before the running one ends */
    SHORT_NS = 1000000,    /* least time of a launch on a template that gives one block */
    COLLECT_MS = 100,      /* longest sleep for a result before looking at the stop flag */
    PROOF_FIRST_MS = 5000, /* after the start */
    RESCANS_MAX = 64,      /* each overflow is cut in four: three waiting for each of 16 levels */
    CUT = 4,
    FORGIVEN_MS = 3600000, /* of right work: the next fault is a first one again */
};

static const uint64_t TABLE_TOLD_NS = 5000000000U; /* between two lines of the log about a table */

/* A range that is or was in flight. */
struct flight {
    struct miner_task *task; /* owned reference */
    uint64_t first;
    uint64_t count;
    bool proof;           /* its finds are known: they are compared, not verified and sent */
    bool switched;        /* first range of its task: the time until it runs is noted */
    uint64_t begun_ns;    /* when it came to the head of the queue; 0: waits behind another */
    uint64_t expected_ns; /* how long it should run */
    uint64_t enqueued_ns; /* how long queueing it took: all, with drivers that run at once */
};

struct device {
    struct miner_lane *lane;
    struct kern_cl_runner *runner;
    struct flight flights[FLIGHTS]; /* oldest first */
    size_t flying;
    struct flight rescans[RESCANS_MAX];
    size_t rescan_count;
    struct flight held;      /* range whose table is not ready; task NULL: none */
    uint64_t table_began_ns; /* of the table that is being built; 0: none */
    uint64_t table_told_ns;  /* when the log was told last how far it is */
    double per_ns;           /* nonces a nanosecond, as last measured; 0: not yet */
    uint64_t step;
    uint64_t most;               /* nonces of the largest launch */
    uint64_t seen;               /* generation of the board at the last take */
    uint64_t proof_ms;           /* when the next proof is due */
    struct kern_cl_proof *proof; /* NULL: proofs cannot be computed; each is counted as skipped */
    bool skip_told;              /* the log has said why proofs are skipped */
    struct kern_cl_result *result;
};

/* ---- ranges ------------------------------------------------------------------------------ */

/* Nonces for a time: whole steps, at least one. */
static uint64_t count_for(const struct device *device, uint64_t ns)
{
    double count = device->per_ns * (double)ns;
    uint64_t limit = device->most - device->most % device->step;
    if (count < (double)device->step) {
        return device->step;
    }
    if (count > (double)limit) {
        return limit;
    }
    return (uint64_t)count - (uint64_t)count % device->step;
}

/* On a template that gives one block a launch much longer than the block takes is wasted. Targets
 * of all chains are alike, so the task that was served last tells for the next one. */
static uint64_t count_wanted(const struct device *device, const struct miner_task *last)
{
    uint64_t count = count_for(device, device->lane->launch_ns);
    if (last != NULL && last->job->solo) {
        double tries = base_target_expected_tries(last->work.target_be) * last->job->chains;
        uint64_t least = count_for(device, SHORT_NS);
        if (tries < (double)count) {
            uint64_t fewer = (uint64_t)tries - (uint64_t)tries % device->step;
            return fewer > least ? fewer : least;
        }
    }
    return count;
}

/* From now on the watchdog expects the driver to come back. */
static void enter_driver(const struct device *device)
{
    atomic_store(&device->lane->beat, base_clock_ms());
}

static void leave_driver(const struct device *device)
{
    atomic_store(&device->lane->beat, 0);
}

/* What a launch that has come to the head of the queue tells us. */
static void begin(struct device *device, struct flight *flight, uint64_t now_ns)
{
    flight->begun_ns = now_ns;
    atomic_store(&device->lane->beat, now_ns / 1000000U);
    if (flight->switched) {
        miner_histogram_add(device->lane->switches, now_ns - flight->task->published_ns);
    }
}

static enum base_status launch(struct device *device, struct flight flight,
                               const struct kern_work *work)
{
    uint64_t before_ns = base_clock_ns();
    if (device->flying == 0) {
        enter_driver(device);
    }
    enum base_status status =
        kern_cl_launch(device->runner, work, flight.first, flight.count, 0, &device->lane->error);
    flight.enqueued_ns = base_clock_ns() - before_ns;
    if (status != BASE_OK) {
        leave_driver(device);
        miner_task_unref(flight.task);
        return status;
    }
    flight.begun_ns = 0;
    flight.expected_ns = device->per_ns > 0 ? (uint64_t)((double)flight.count / device->per_ns) : 0;
    device->flights[device->flying] = flight;
    if (device->flying == 0) {
        begin(device, &device->flights[0], base_clock_ns());
    }
    device->flying += 1;
    return BASE_OK;
}

/* ---- proofs ------------------------------------------------------------------------------ */

static void skip_proof(struct device *device, const char *why)
{
    struct miner_lane *lane = device->lane;
    miner_count_own(&lane->counters.proofs_skipped, 1);
    if (!device->skip_told) {
        device->skip_told = true;
        miner_log(lane->shared->log, MINER_LOG_WARNING, "opencl",
                  "%s: a proof was skipped: %s. Further ones are counted in the summary",
                  lane->name, why);
    }
}

/* Queue a proof behind the launch that is running. A proof that cannot be computed is counted, and
 * is no fault of the device. */
static enum base_status launch_proof(struct device *device, struct miner_task *task)
{
    struct kern_cl_proof_range range;
    struct base_error why = {BASE_OK, "there is no kernel on this processor that it could trust"};
    device->proof_ms = base_clock_ms() + device->lane->shared->proof_ms;
    uint64_t first = task->start ^ (base_clock_ns() << 8 & 0xffffff00U);
    first &= kern_counter_max(device->lane->shared->algo);
    if (device->proof == NULL ||
        kern_cl_proof_prepare(device->proof, &range, &task->work, first, &why) != BASE_OK) {
        skip_proof(device, why.text);
        return BASE_OK;
    }
    if (!kern_cl_table_is_ready(device->runner, range.work)) { /* of a known answer */
        skip_proof(device, "it needs another table than the one that is mined with");
        return BASE_OK;
    }
    struct flight flight = {
        .task = miner_task_ref(task), .first = range.first, .count = range.count, .proof = true};
    return launch(device, flight, range.work);
}

static void judge_proof(struct device *device)
{
    struct miner_lane *lane = device->lane;
    struct base_error why;
    enum base_status status = kern_cl_proof_judge(device->proof, device->result, &why);
    if (status == BASE_OK) {
        miner_count_own(&lane->counters.proofs, 1);
    } else if (status == BASE_E_MISMATCH) {
        miner_log(lane->shared->log, MINER_LOG_ERROR, "opencl", "%s: %s", lane->name, why.text);
        (void)atomic_fetch_add(&lane->distrusted, 1);
    } else {
        skip_proof(device, why.text);
    }
}

/* ---- tables ------------------------------------------------------------------------------ */

static void drop_held(struct device *device)
{
    miner_task_unref(device->held.task);
    device->held = (struct flight){.task = NULL};
}

static void note_table(struct device *device, enum base_status status,
                       const struct kern_cl_table_progress *progress, uint64_t before_ns)
{
    struct miner_lane *lane = device->lane;
    uint64_t now_ns = base_clock_ns();
    double mb = (double)progress->bytes / 1e6;
    uint64_t elements = progress->elements > 0 ? progress->elements : 1;
    miner_count_own(&lane->counters.busy_ns, now_ns - before_ns);
    atomic_store(&lane->table_permille, (unsigned)(progress->done * 1000 / elements));
    if (device->table_began_ns == 0) {
        device->table_began_ns = before_ns;
        device->table_told_ns = before_ns;
    }
    if (status == BASE_OK) {
        miner_log(lane->shared->log, MINER_LOG_DEBUG, "table",
                  "%s: the table of this block or epoch is ready: %.0f MB in %.1f s", lane->name,
                  mb, (double)(now_ns - device->table_began_ns) / 1e9);
        device->table_began_ns = 0;
    } else if (status == BASE_E_AGAIN && now_ns - device->table_told_ns >= TABLE_TOLD_NS) {
        device->table_told_ns = now_ns;
        miner_log(lane->shared->log, MINER_LOG_INFO, "table",
                  "%s: building the table of this block or epoch, %.0f MB: %" PRIu64 " %% done",
                  lane->name, mb, progress->done * 100 / elements);
    }
}

/* Launch the held range, or do one step of its table. Returns BASE_OK, also when more steps are to
 * be done; BASE_E_AGAIN while launches before it must be collected. */
static enum base_status work_on_held(struct device *device)
{
    struct miner_lane *lane = device->lane;
    struct kern_cl_table_progress progress;
    if (kern_cl_table_is_ready(device->runner, &device->held.task->work)) {
        struct flight flight = device->held;
        device->held = (struct flight){.task = NULL};
        return launch(device, flight, &flight.task->work);
    }
    if (device->flying > 0) {
        return BASE_E_AGAIN;
    }
    if (miner_board_generation(lane->shared->board) != device->seen) {
        drop_held(device); /* the next take says whether its table is still wanted */
        return BASE_OK;
    }
    uint64_t before_ns = base_clock_ns();
    enter_driver(device);
    enum base_status status =
        kern_cl_table_step(device->runner, &progress, &device->held.task->work, &lane->error);
    leave_driver(device);
    note_table(device, status, &progress, before_ns);
    return status == BASE_E_AGAIN ? BASE_OK : status;
}

/* ---- one turn ---------------------------------------------------------------------------- */

static void drop_flights(struct device *device)
{
    for (size_t i = 0; i < device->flying; i++) {
        miner_task_unref(device->flights[i].task);
    }
    for (size_t i = 0; i < device->rescan_count; i++) {
        miner_task_unref(device->rescans[i].task);
    }
    drop_held(device);
    device->flying = 0;
    device->rescan_count = 0;
}

/* Queue one more launch if there is work. Returns BASE_E_AGAIN when there is none. */
static enum base_status queue_next(struct device *device)
{
    struct miner_lane *lane = device->lane;
    struct miner_lane_shared *shared = lane->shared;
    struct miner_assignment assignment;
    if (device->rescan_count > 0) {
        struct flight again = device->rescans[--device->rescan_count];
        return launch(device, again, &again.task->work);
    }
    if (device->held.task != NULL) {
        return work_on_held(device);
    }
    const struct miner_task *last = device->flying > 0 ? device->flights[0].task : NULL;
    enum base_status status =
        miner_board_take(shared->board, &assignment, lane->index, count_wanted(device, last), 0);
    device->seen = assignment.generation;
    if (status != BASE_OK) {
        return status;
    }
    bool proof_due = base_clock_ms() >= device->proof_ms;
    struct flight flight = {.task = miner_task_ref(assignment.task),
                            .first = assignment.first,
                            .count = assignment.count,
                            .switched = assignment.switched};
    if (!kern_cl_table_is_ready(device->runner, &flight.task->work)) {
        device->held = flight;
        return work_on_held(device);
    }
    status = launch(device, flight, &assignment.task->work);
    if (status == BASE_OK && proof_due && device->flying < FLIGHTS) {
        status = launch_proof(device, device->flights[device->flying - 1].task);
    }
    return status;
}

/* More finds than slots: search the range again in four parts. */
static void cut(struct device *device, const struct flight *flight)
{
    uint64_t part = flight->count / CUT + (flight->count % CUT != 0);
    /* One block is all a template gives: its first part will do. */
    uint64_t end = flight->task->job->solo ? flight->first + part : flight->first + flight->count;
    size_t parts = (size_t)((end - flight->first + part - 1) / part);
    if (device->rescan_count + parts > RESCANS_MAX) {
        miner_count_own(&device->lane->counters.finds_lost, 1);
        return;
    }
    for (uint64_t first = flight->first; first < end; first += part) {
        uint64_t count = end - first < part ? end - first : part;
        device->rescans[device->rescan_count++] =
            (struct flight){.task = miner_task_ref(flight->task), .first = first, .count = count};
    }
}

/* By the wall clock, not by the driver's: launches shall be short for us. Short ones measure their
 * own overhead, so the speed moves towards what was seen, at most doubling. */
static void learn_pace(struct device *device, uint64_t count, uint64_t ns)
{
    if (ns == 0) {
        return;
    }
    double per_ns = (double)count / (double)ns;
    double old = device->per_ns;
    if (old > 0) {
        per_ns = per_ns < 2 * old ? (old + per_ns) / 2 : 2 * old;
    }
    device->per_ns = per_ns;
}

static void take_result(struct device *device, const struct flight *flight, uint64_t ran_ns)
{
    const struct kern_cl_result *result = device->result;
    struct miner_lane *lane = device->lane;
    struct miner_lane_counters *counters = &lane->counters;
    uint64_t now_ns = base_clock_ns();
    miner_count_own(&counters->batches, 1);
    miner_count_own(&counters->busy_ns, ran_ns);
    miner_count_own(&counters->kernel_ns, result->kernel_ns);
    if (flight->proof) {
        judge_proof(device);
        return;
    }
    if (result->overflow) {
        cut(device, flight);
        return; /* its nonces count when they are searched in parts */
    }
    miner_count_own(&counters->hashes, result->units);
    miner_count_own(&counters->chain_hashes[flight->task->work.chain], result->units);
    for (size_t i = 0; i < result->find_count; i++) {
        if (!miner_verifier_push(lane->shared->verifier, lane->index, flight->task,
                                 &result->finds[i], now_ns)) {
            miner_count_own(&counters->finds_lost, 1);
        }
    }
    learn_pace(device, flight->count, ran_ns > flight->enqueued_ns ? ran_ns : flight->enqueued_ns);
}

/* How long to sleep for the running launch: until it is time to queue the next one, or until it
 * ends if that is queued already. */
static uint32_t sleep_ms(const struct device *device, uint64_t now_ns)
{
    const struct flight *head = &device->flights[0];
    if (device->flying == FLIGHTS || head->expected_ns == 0) {
        return COLLECT_MS;
    }
    uint64_t end_ns = head->begun_ns + head->expected_ns;
    if (end_ns <= now_ns + LEAD_NS) {
        return 0;
    }
    return (uint32_t)((end_ns - now_ns - LEAD_NS) / 1000000U);
}

/* Collect the oldest launch if it is done within timeout_ms. */
static enum base_status collect(struct device *device, uint32_t timeout_ms)
{
    struct flight flight = device->flights[0];
    enum base_status status =
        kern_cl_collect(device->runner, device->result, timeout_ms, &device->lane->error);
    if (status != BASE_OK) {
        return status;
    }
    uint64_t now_ns = base_clock_ns();
    device->flying -= 1;
    memmove(device->flights, device->flights + 1, device->flying * sizeof device->flights[0]);
    leave_driver(device);
    if (device->flying > 0) {
        begin(device, &device->flights[0], now_ns);
    }
    take_result(device, &flight, now_ns - flight.begun_ns);
    miner_task_unref(flight.task);
    return BASE_OK;
}

static bool may_go_on(const struct device *device, unsigned distrusted)
{
    return !atomic_load_explicit(&device->lane->shared->stopping, memory_order_relaxed) &&
           atomic_load_explicit(&device->lane->distrusted, memory_order_relaxed) == distrusted;
}

/* At its temperature limit: rest, with nothing in flight, until the sensor watch says it has cooled
 * down. */
static void cool_down(struct device *device, unsigned distrusted)
{
    struct miner_lane *lane = device->lane;
    struct miner_board *board = lane->shared->board;
    miner_lane_set(lane, MINER_LANE_PAUSED);
    while (may_go_on(device, distrusted) && atomic_load(&lane->hot)) {
        miner_board_wait(board, lane->index, miner_board_generation(board), COLLECT_MS);
    }
    miner_lane_set(lane, MINER_LANE_READY);
}

/* Hash until told to stop (BASE_OK), distrusted (BASE_E_MISMATCH) or failed. */
static enum base_status hash_until_stopped(struct device *device, unsigned distrusted)
{
    struct miner_lane *lane = device->lane;
    enum base_status status = BASE_OK;
    while (may_go_on(device, distrusted)) {
        uint32_t timeout_ms = device->flying > 0 ? sleep_ms(device, base_clock_ns()) : 0;
        if (atomic_load_explicit(&lane->hot, memory_order_relaxed)) {
            if (device->flying == 0) {
                cool_down(device, distrusted);
                continue;
            }
            timeout_ms = COLLECT_MS;
        }
        if (device->flying < FLIGHTS && timeout_ms == 0) {
            status = queue_next(device);
            if (status == BASE_OK) {
                continue;
            }
            if (status == BASE_E_CLOSED) {
                break;
            }
            if (status == BASE_E_AGAIN && device->flying == 0) {
                miner_board_wait(lane->shared->board, lane->index, device->seen, COLLECT_MS);
                continue;
            }
            if (status != BASE_E_AGAIN) {
                return status;
            }
            timeout_ms = COLLECT_MS; /* nothing to queue: sleep until the running one ends */
        }
        status = collect(device, timeout_ms);
        if (status != BASE_OK && status != BASE_E_AGAIN) {
            return status;
        }
    }
    return atomic_load(&lane->distrusted) != distrusted ? BASE_E_MISMATCH : BASE_OK;
}

/* ---- life -------------------------------------------------------------------------------- */

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

/* Build the kernel and prove it. */
static enum base_status open_runner(struct device *device)
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

static void close_runner(struct device *device)
{
    /* Waits for launches in flight: their finds are of no use any more. */
    enter_driver(device);
    kern_cl_runner_free(device->runner);
    leave_driver(device);
    device->runner = NULL;
    drop_flights(device);
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

/* Two lives: built, proved, hashing until something goes wrong. Returns the last status. A device
 * that worked long enough in between is given a second one anew. */
static enum base_status live(struct device *device)
{
    struct miner_lane *lane = device->lane;
    enum base_status status = BASE_OK;
    for (int life = 0; life < 2; life++) {
        status = open_runner(device);
        bool proved = status == BASE_OK;
        if (proved) {
            miner_lane_set(lane, MINER_LANE_READY);
            /* Queues launches in time though cores hash. Not earlier: threads that the driver has
             * started would have it from us, and PoCL's hash. */
            (void)base_thread_prompt();
            uint64_t begun_ms = base_clock_ms();
            status = hash_until_stopped(device, atomic_load(&lane->distrusted));
            life = base_clock_ms() - begun_ms >= FORGIVEN_MS ? 0 : life;
        }
        close_runner(device);
        /* What cannot be built or proved now will not be later: failed, not distrusted. */
        if (!proved) {
            return BASE_E_DEVICE;
        }
        if (status == BASE_OK || status == BASE_E_MEMORY || life == 1) {
            break; /* what has too little memory now has it later, too */
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
static void open_proof(struct device *device)
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
    struct device *device = base_alloc(1, sizeof *device);
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
    miner_lane_note_cpu(lane);
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
