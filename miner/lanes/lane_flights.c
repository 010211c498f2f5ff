/* lane_flights.c: see lane_flights.h. A launch runs and the next one is queued shortly before it
 * ends, so that a new job waits for one launch and not for two.
 *
 * Where an algorithm has a table in the device's memory, the lane builds the one that its next work
 * needs, one step a turn, with nothing in flight; it looks at the board between two steps, and
 * other lanes go on meanwhile. Where the device holds two tables, the one that will be needed next
 * is built one step before each launch, so that the next height costs no pause. */
#include "lanes/lane_flights.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/target.h"

enum {
    LEAD_NS = 5000000,  /* the next launch is queued so long before the running one ends */
    SHORT_NS = 1000000, /* least time of a launch on a template that gives one block */
    STOP_LOOK_MS = 2,   /* the same, for launches that can be stopped: a new job waits for it */
    COLLECT_MS = 100,   /* longest sleep for a result before looking at the stop flag */
    CUT = 4,
};

static const uint64_t TABLE_TOLD_NS = 5000000000U; /* between two lines of the log about a table */

/* ---- ranges ------------------------------------------------------------------------------ */

/* Nonces for a time: whole steps, at least one. */
static uint64_t count_for(const struct miner_device *device, uint64_t ns)
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
static uint64_t count_wanted(const struct miner_device *device, const struct miner_task *last)
{
    uint64_t count = count_for(device, device->lane->launch_ns);
    if (last != NULL && miner_task_gives_one(last)) {
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
void miner_flights_enter_driver(const struct miner_device *device)
{
    atomic_store(&device->lane->beat, base_clock_ms());
}

void miner_flights_leave_driver(const struct miner_device *device)
{
    atomic_store(&device->lane->beat, 0);
}

/* What a launch that has come to the head of the queue tells us. */
static void begin(struct miner_device *device, struct miner_flight *flight, uint64_t now_ns)
{
    flight->begun_ns = now_ns;
    atomic_store(&device->lane->beat, now_ns / 1000000U);
    if (flight->switched) {
        miner_histogram_add(device->lane->switches, now_ns - flight->task->published_ns);
    }
}

static enum base_status launch(struct miner_device *device, struct miner_flight flight,
                               const struct kern_work *work)
{
    uint64_t before_ns = base_clock_ns();
    if (device->flying == 0) {
        miner_flights_enter_driver(device);
    }
    enum base_status status =
        kern_cl_launch(device->runner, work, flight.first, flight.count, 0, &device->lane->error);
    flight.enqueued_ns = base_clock_ns() - before_ns;
    if (status != BASE_OK) {
        miner_flights_leave_driver(device);
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

static void skip_proof(struct miner_device *device, const char *why)
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
static enum base_status launch_proof(struct miner_device *device, struct miner_task *task)
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
    struct miner_flight flight = {
        .task = miner_task_ref(task), .first = range.first, .count = range.count, .proof = true};
    return launch(device, flight, range.work);
}

static void judge_proof(struct miner_device *device)
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

static void drop_held(struct miner_device *device)
{
    atomic_store(&device->lane->table_permille, 1000);
    miner_task_unref(device->held.task);
    device->held = (struct miner_flight){.task = NULL};
}

static void note_table(struct miner_device *device, enum base_status status,
                       const struct kern_cl_table_progress *progress, uint64_t before_ns)
{
    struct miner_lane *lane = device->lane;
    uint64_t now_ns = base_clock_ns();
    double mb = (double)progress->bytes / 1e6;
    uint64_t elements = progress->elements > 0 ? progress->elements : 1;
    uint64_t height = device->held.task->work.height;
    miner_count_own(&lane->counters.busy_ns, now_ns - before_ns);
    unsigned permille = (unsigned)(progress->done * 1000 / elements);
    atomic_store(&lane->table_height, height);
    atomic_store(&lane->table_permille, status != BASE_E_AGAIN ? 1000
                                        : permille > 0         ? permille
                                                               : 1);
    if (device->table_began_ns == 0) {
        device->table_began_ns = before_ns;
        device->table_told_ns = before_ns;
    }
    if (status == BASE_OK) {
        miner_log(lane->shared->log, MINER_LOG_DEBUG, "table",
                  "%s: table of height %" PRIu64 " is ready: %.0f MB in %.1f s", lane->name, height,
                  mb, (double)(now_ns - device->table_began_ns) / 1e9);
        device->table_began_ns = 0;
    } else if (status == BASE_E_AGAIN && now_ns - device->table_told_ns >= TABLE_TOLD_NS) {
        device->table_told_ns = now_ns;
        miner_log(lane->shared->log, MINER_LOG_INFO, "table",
                  "%s: table of height %" PRIu64 ": %" PRIu64 " %% of %.0f MB", lane->name, height,
                  progress->done * 100 / elements, mb);
    }
}

static bool same_table(const struct miner_lane *lane, const struct miner_task *a,
                       const struct miner_task *b)
{
    const struct kern_table_row *row = lane->shared->algo->table;
    return row->key(&a->work) == row->key(&b->work);
}

/* One step of the table after this task's. Not while launches of another table are in flight or to
 * be repeated: its memory may be taken. */
static enum base_status step_ahead(struct miner_device *device, const struct miner_task *task,
                                   bool *queued)
{
    struct miner_lane *lane = device->lane;
    *queued = false;
    if (lane->shared->algo->table == NULL || device->rescan_count > 0) {
        return BASE_OK;
    }
    for (size_t i = 0; i < device->flying; i++) {
        if (!same_table(lane, device->flights[i].task, task)) {
            return BASE_OK;
        }
    }
    return kern_cl_table_ahead(device->runner, queued, &task->work, &lane->error);
}

/* The device cannot hold the table: the lane ends here, and its error says at which height. */
static void tell_height(struct miner_lane *lane, const struct kern_work *work)
{
    struct base_error why = lane->error;
    (void)base_error_set(&lane->error, why.status, "%s. It ended at height %" PRIu64, why.text,
                         work->height);
}

/* Launch the held range, or do one step of its table. Returns BASE_OK, also when more steps are to
 * be done; BASE_E_AGAIN while launches before it must be collected. */
static enum base_status work_on_held(struct miner_device *device)
{
    struct miner_lane *lane = device->lane;
    struct kern_cl_table_progress progress;
    if (kern_cl_table_is_ready(device->runner, &device->held.task->work)) {
        struct miner_flight flight = device->held;
        device->held = (struct miner_flight){.task = NULL};
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
    miner_flights_enter_driver(device);
    enum base_status status =
        kern_cl_table_step(device->runner, &progress, &device->held.task->work, &lane->error);
    miner_flights_leave_driver(device);
    note_table(device, status, &progress, before_ns);
    if (status == BASE_E_MEMORY) {
        tell_height(lane, &device->held.task->work);
    }
    return status == BASE_E_AGAIN ? BASE_OK : status;
}

/* ---- one turn ---------------------------------------------------------------------------- */

void miner_flights_drop(struct miner_device *device)
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
static enum base_status queue_next(struct miner_device *device)
{
    struct miner_lane *lane = device->lane;
    struct miner_lane_shared *shared = lane->shared;
    struct miner_assignment assignment;
    if (device->rescan_count > 0) {
        struct miner_flight again = device->rescans[--device->rescan_count];
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
    struct miner_flight flight = {.task = miner_task_ref(assignment.task),
                                  .first = assignment.first,
                                  .count = assignment.count,
                                  .stop = assignment.stop,
                                  .switched = assignment.switched};
    if (!kern_cl_table_is_ready(device->runner, &flight.task->work)) {
        device->held = flight;
        return work_on_held(device);
    }
    status = step_ahead(device, flight.task, &flight.behind_step);
    if (status != BASE_OK) {
        miner_task_unref(flight.task);
        return status;
    }
    status = launch(device, flight, &assignment.task->work);
    if (status == BASE_OK && proof_due && device->flying < MINER_FLIGHTS) {
        status = launch_proof(device, device->flights[device->flying - 1].task);
    }
    return status;
}

/* More finds than slots: search the range again in four parts. */
static void cut(struct miner_device *device, const struct miner_flight *flight)
{
    uint64_t part = flight->count / CUT + (flight->count % CUT != 0);
    /* One block is all a template gives: its first part will do. */
    uint64_t end =
        miner_task_gives_one(flight->task) ? flight->first + part : flight->first + flight->count;
    size_t parts = (size_t)((end - flight->first + part - 1) / part);
    if (device->rescan_count + parts > MINER_RESCANS_MAX) {
        miner_count_own(&device->lane->counters.finds_lost, 1);
        return;
    }
    for (uint64_t first = flight->first; first < end; first += part) {
        uint64_t count = end - first < part ? end - first : part;
        device->rescans[device->rescan_count++] =
            (struct miner_flight){.task = miner_task_ref(flight->task),
                                  .first = first,
                                  .count = count,
                                  .stop = flight->stop};
    }
}

/* By the wall clock, not by the driver's: launches shall be short for us. Short ones measure their
 * own overhead, so the speed moves towards what was seen, at most doubling. */
static void learn_pace(struct miner_device *device, uint64_t count, uint64_t ns)
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

static void take_result(struct miner_device *device, const struct miner_flight *flight,
                        uint64_t ran_ns)
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
    if (result->stopped) {
        return; /* its nonces are untried */
    }
    if (result->overflow) {
        cut(device, flight);
        return; /* its nonces count when they are searched in parts */
    }
    miner_count_own(&counters->rows_lost, result->lost);
    miner_count_own(&counters->hashes, result->units);
    miner_count_own(&counters->chain_hashes[flight->task->work.chain], result->units);
    for (size_t i = 0; i < result->find_count; i++) {
        miner_lane_hand_over(lane, flight->task, &result->finds[i], now_ns);
    }
    if (flight->behind_step && device->per_ns > 0) {
        return; /* its time is not its own */
    }
    learn_pace(device, flight->count, ran_ns > flight->enqueued_ns ? ran_ns : flight->enqueued_ns);
}

/* How long to sleep for the running launch: until it is time to queue the next one, or until it
 * ends if that is queued already. */
static uint32_t sleep_ms(const struct miner_device *device, uint64_t now_ns)
{
    const struct miner_flight *head = &device->flights[0];
    if (device->flying == MINER_FLIGHTS || head->expected_ns == 0) {
        return COLLECT_MS;
    }
    uint64_t end_ns = head->begun_ns + head->expected_ns;
    if (end_ns <= now_ns + LEAD_NS) {
        return 0;
    }
    return (uint32_t)((end_ns - now_ns - LEAD_NS) / 1000000U);
}

/* Where launches can be stopped, end the running one as soon as its task is worth nothing any more:
 * a solver's nonce may take seconds. Shortens the sleep that is planned so that this is seen in
 * time. */
static enum base_status stop_obsolete(struct miner_device *device, uint32_t *timeout_ms)
{
    struct miner_flight *head = &device->flights[0];
    if (device->flying == 0 || head->stop.word == NULL || !kern_cl_can_stop(device->runner)) {
        return BASE_OK;
    }
    *timeout_ms = *timeout_ms < STOP_LOOK_MS ? *timeout_ms : STOP_LOOK_MS;
    if (!kern_stopped(&head->stop)) {
        return BASE_OK;
    }
    head->stop.word = NULL; /* it is asked once */
    return kern_cl_stop(device->runner, &device->lane->error);
}

/* Collect the oldest launch if it is done within timeout_ms. */
static enum base_status collect(struct miner_device *device, uint32_t timeout_ms)
{
    struct miner_flight flight = device->flights[0];
    enum base_status status =
        kern_cl_collect(device->runner, device->result, timeout_ms, &device->lane->error);
    if (status != BASE_OK) {
        return status;
    }
    uint64_t now_ns = base_clock_ns();
    device->flying -= 1;
    memmove(device->flights, device->flights + 1, device->flying * sizeof device->flights[0]);
    miner_flights_leave_driver(device);
    if (device->flying > 0) {
        begin(device, &device->flights[0], now_ns);
    }
    take_result(device, &flight, now_ns - flight.begun_ns);
    miner_task_unref(flight.task);
    return BASE_OK;
}

enum base_status miner_flights_hash(struct miner_device *device, unsigned distrusted)
{
    struct miner_lane *lane = device->lane;
    enum base_status status = BASE_OK;
    while (miner_lane_goes_on(lane, distrusted)) {
        uint32_t timeout_ms = device->flying > 0 ? sleep_ms(device, base_clock_ns()) : 0;
        if (atomic_load_explicit(&lane->hot, memory_order_relaxed)) {
            if (device->flying == 0) {
                miner_lane_cool_down(lane, &lane->hot, distrusted);
                continue;
            }
            timeout_ms = COLLECT_MS;
        }
        if (device->flying < MINER_FLIGHTS && timeout_ms == 0) {
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
        status = stop_obsolete(device, &timeout_ms);
        if (status == BASE_OK) {
            status = collect(device, timeout_ms);
        }
        if (status != BASE_OK && status != BASE_E_AGAIN) {
            return status;
        }
    }
    return atomic_load(&lane->distrusted) != distrusted ? BASE_E_MISMATCH : BASE_OK;
}
