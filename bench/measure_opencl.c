/* measure_opencl.c: windows on one OpenCL queue. A window is a contiguous range of one header, cut
 * into launches. Its clock starts when its first launch is seen finished, with the second one
 * already running, and stops when its last counted launch is: no pipeline is filled or drained on
 * the clock. Then the queue is drained and the answers are checked. */
#include "measure_opencl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "fixed.h"
#include "measure/check.h"
#include "measure/work.h"

enum {
    LAUNCH_NS = 20000000,    /* as long as the miner's */
    IN_FLIGHT = 2,           /* as in the miner */
    WINDOW_FINDS = 64,       /* aimed at in a window */
    WINDOW_FINDS_CAP = 1024, /* room */
    PIECE = 1024,            /* nonces compared at a time: one short launch */
    ROUNDS_MIN = 8,
    CALIBRATE_MAX = 64,         /* launches that find the size */
    COLLECT_TIMEOUT_MS = 60000, /* a device that takes longer is hung */
};

#define SLOT_S 0.25
#define COUNT_MAX 0x1p30 /* nonces of a launch; kern_cl_launch takes 2^32 */

struct session {
    const struct bench_opencl_plan *plan;
    struct kern_cl_runner *runner; /* owned */
    struct kern_cl_result *landed; /* owned: of the last launch collected */
    struct kern_finds finds;       /* WINDOW_FINDS_CAP: of one window */
    struct kern_table *table;      /* owned */
    struct bench_check check;
    struct base_random random;
    struct kern_work work;
    uint64_t launch_nonces;
    double nonces_per_s;
    /* Of the current window. */
    uint64_t first;
    struct kern_progress all; /* of all its launches, those that are not timed included */
    uint64_t nonces;          /* of the timed launches, as are units (hashes or solutions) */
    uint64_t units;
    uint64_t wall_ns;
    uint64_t kernel_ns;
};

char *bench_opencl_name(char *text, size_t cap, const struct kern_cl_info *info)
{
    if (info->pci[0] != '\0') {
        (void)snprintf(text, cap, "%s", info->pci);
    } else {
        (void)snprintf(text, cap, "%u:%u", info->platform, info->device);
    }
    return text;
}

/* Wait for the oldest launch. */
static enum base_status collect(struct session *session, struct base_error *error)
{
    enum base_status status =
        kern_cl_collect(session->runner, session->landed, COLLECT_TIMEOUT_MS, error);
    if (status == BASE_E_AGAIN) {
        status =
            base_error_set(error, BASE_E_DEVICE,
                           "the device did not finish a launch of %" PRIu64 " nonces within %d s",
                           session->launch_nonces, COLLECT_TIMEOUT_MS / 1000);
    }
    return status;
}

/* Append the finds of the launch that landed last; there is room. */
static void append_landed(const struct session *session, struct kern_finds *finds)
{
    for (size_t i = 0; i < session->landed->find_count; i++) {
        const struct kern_find *find = &session->landed->finds[i];
        kern_finds_add(finds, find->counter, find->solution, find->solution_size);
    }
}

/* One launch by itself. */
static enum base_status run_launch(struct session *session, const struct kern_work *work,
                                   uint64_t first, uint64_t count, struct base_error *error)
{
    enum base_status status = kern_cl_launch(session->runner, work, first, count, 0, error);
    return status == BASE_OK ? collect(session, error) : status;
}

static enum base_status search_again(void *user, struct kern_finds *finds,
                                     const struct kern_work *work, uint64_t first, uint64_t count)
{
    struct session *session = user;
    enum base_status status = run_launch(session, work, first, count, NULL);
    if (status != BASE_OK) {
        return status;
    }
    if (session->landed->overflow || session->landed->find_count > kern_finds_room(finds)) {
        return BASE_E_FULL;
    }
    append_landed(session, finds);
    return BASE_OK;
}

/* Size of a launch of LAUNCH_NS, in whole steps of the runner. */
static enum base_status calibrate(struct session *session, struct base_error *error)
{
    uint64_t step = kern_cl_runner_step(session->runner);
    uint64_t count = step;
    double most = (double)kern_cl_runner_most(session->runner);
    uint64_t steady = 0; /* launches of about the right size seen; a solver's nonce may be longer */
    most = most < COUNT_MAX ? most : COUNT_MAX;
    for (unsigned i = 0; i < CALIBRATE_MAX && steady < 4; i++) {
        uint64_t start_ns = base_clock_ns();
        enum base_status status = run_launch(session, &session->work, 0, count, error);
        if (status != BASE_OK) {
            return status;
        }
        uint64_t ns = session->landed->kernel_ns > 0 ? session->landed->kernel_ns
                                                     : base_clock_ns() - start_ns;
        ns = ns > 0 ? ns : 1;
        session->nonces_per_s = (double)count * 1e9 / (double)ns;
        double wanted = (double)count * LAUNCH_NS / (double)ns;
        wanted = wanted > 8.0 * (double)count ? 8.0 * (double)count : wanted;
        wanted = wanted > most ? most : wanted;
        bool long_enough = ns > LAUNCH_NS / 2;
        steady += long_enough && (ns < 2 * (uint64_t)LAUNCH_NS || count == step) ? 1 : 0;
        uint64_t steps = (uint64_t)(wanted / (double)step);
        count = step * (steps > 0 ? steps : 1);
    }
    session->launch_nonces = count;
    return BASE_OK;
}

/* Take a landed launch's finds into the window. */
static void keep_finds(struct session *session)
{
    const struct kern_cl_result *landed = session->landed;
    if (landed->overflow || landed->find_count > kern_finds_room(&session->finds)) {
        bench_check_fault(&session->check,
                          "reported more than %zu finds where %d were to be expected",
                          session->finds.count + landed->find_count, WINDOW_FINDS);
        return;
    }
    append_landed(session, &session->finds);
}

/* Hash for about window_s; leaves nothing in flight. */
static enum base_status run_window(struct session *session, double window_s,
                                   struct base_error *error)
{
    const struct kern_algo *algo = session->plan->algo;
    double nonces = session->nonces_per_s * window_s;
    uint64_t launches = (uint64_t)(nonces / (double)session->launch_nonces) + 1;
    uint64_t room = kern_counter_max(algo) / session->launch_nonces;
    launches = launches + IN_FLIGHT > room ? room - IN_FLIGHT : launches;
    uint64_t total = (launches + 1) * session->launch_nonces;
    bench_work_new_nonce(&session->work, algo, &session->random);
    bench_work_target(session->work.target_be, algo, total / WINDOW_FINDS);
    session->first = bench_work_start(algo, &session->random, total);
    session->finds.count = 0;
    session->all = (struct kern_progress){0};
    session->nonces = 0;
    session->units = 0;
    session->kernel_ns = 0;
    uint64_t sent = 0;
    uint64_t begin_ns = 0;
    enum base_status status = BASE_OK;
    /* The first launch fills the pipeline and is not counted: launches + 1 in all. */
    for (uint64_t done = 0; done <= launches && status == BASE_OK; done++) {
        while (sent <= launches && sent < done + IN_FLIGHT && status == BASE_OK) {
            status = kern_cl_launch(session->runner, &session->work,
                                    session->first + sent * session->launch_nonces,
                                    session->launch_nonces, sent, error);
            sent += 1;
        }
        if (status == BASE_OK) {
            status = collect(session, error);
        }
        if (status != BASE_OK) {
            return status;
        }
        uint64_t now_ns = base_clock_ns();
        if (done == 0) {
            begin_ns = now_ns;
        } else {
            session->nonces += session->landed->count;
            session->units += session->landed->units;
            session->kernel_ns += session->landed->kernel_ns;
            session->wall_ns = now_ns - begin_ns;
        }
        session->all.tried += session->landed->count;
        session->all.units += session->landed->units;
        keep_finds(session);
    }
    return status;
}

static void check_window(struct session *session)
{
    struct bench_claim claim = {
        .work = &session->work,
        .first = session->first,
        .progress = session->all,
        .finds = &session->finds,
    };
    bench_check_window(&session->check, &claim, &session->random, search_again, session);
}

static enum base_status measure(struct session *session, struct bench_result *result,
                                struct base_error *error)
{
    double shares[BENCH_WINDOWS_MAX];
    struct bench_summary spread;
    /* A launch may take longer than a slot: one nonce of a solver on a slow device. */
    double launch_s = (double)session->launch_nonces / session->nonces_per_s;
    double fit = session->plan->seconds / (launch_s > SLOT_S ? launch_s : SLOT_S);
    size_t rounds = fit < ROUNDS_MIN          ? ROUNDS_MIN
                    : fit < BENCH_WINDOWS_MAX ? (size_t)fit
                                              : BENCH_WINDOWS_MAX;
    size_t n = 0;
    bench_check_calibrate(&session->check, &session->work);
    while (n < rounds && session->check.wrong == 0) {
        enum base_status status =
            run_window(session, session->plan->seconds / (double)rounds, error);
        if (status != BASE_OK) {
            return status;
        }
        check_window(session);
        if (session->check.wrong > 0 || session->wall_ns == 0) {
            break;
        }
        result->windows[n] = (double)session->units * 1e9 / (double)session->wall_ns;
        result->hashes += session->units;
        result->seconds += (double)session->wall_ns * 1e-9;
        /* Device and host read different clocks: a share just above 1 is their difference. */
        double share = (double)session->kernel_ns / (double)session->wall_ns;
        shares[n] = share < 1 ? share : 1;
        session->nonces_per_s = (double)session->nonces * 1e9 / (double)session->wall_ns;
        n += 1;
    }
    bench_check_rate(&session->check);
    bench_summarise(&result->rate, result->windows, n);
    bench_summarise(&spread, shares, n);
    result->kernel_share = spread.median;
    result->verified = session->check.verified;
    result->wrong = session->check.wrong;
    (void)snprintf(result->fault, sizeof result->fault, "%s", session->check.fault.text);
    return BASE_OK;
}

/* ---- fixed work --------------------------------------------------------------------------- */

/* Append the finds of a range by itself: halves where there are more than slots. Depth: at most 32,
 * since a launch has at most 2^32 nonces; one nonce cannot overflow. */
static enum base_status append_range(struct session *session, struct bench_fixed_list *list,
                                     uint64_t first, uint64_t count, struct base_error *error)
{
    enum base_status status = run_launch(session, &session->work, first, count, error);
    if (status != BASE_OK) {
        return status;
    }
    if (!session->landed->overflow || count == 1) {
        session->units += session->landed->units;
        return bench_fixed_append(list, session->plan->algo, &session->work, session->landed->finds,
                                  session->landed->find_count, error);
    }
    uint64_t half = count / 2;
    status = append_range(session, list, first, half, error);
    return status == BASE_OK ? append_range(session, list, first + half, count - half, error)
                             : status;
}

static enum base_status run_fixed(struct session *session, struct bench_result *result,
                                  struct base_error *error)
{
    const struct bench_opencl_plan *plan = session->plan;
    struct bench_fixed_list list = {NULL, 0, 0};
    enum base_status status = BASE_OK;
    result->fixed_hashes = plan->hashes;
    result->fixed_seed = plan->seed;
    bench_fixed_work(&session->work, plan->algo, plan->hashes, plan->seed);
    session->work.table = session->table;
    status = kern_cl_table_build(session->runner, &session->work, error);
    uint64_t start_ns = base_clock_ns();
    uint64_t sent = 0;
    uint64_t done = 0;
    session->units = 0;
    while (done < plan->hashes && status == BASE_OK) {
        while (sent < plan->hashes && kern_cl_in_flight(session->runner) < IN_FLIGHT &&
               status == BASE_OK) {
            uint64_t left = plan->hashes - sent;
            uint64_t count = session->launch_nonces < left ? session->launch_nonces : left;
            status = kern_cl_launch(session->runner, &session->work, sent, count, 0, error);
            sent += count;
        }
        status = status == BASE_OK ? collect(session, error) : status;
        if (status == BASE_OK && session->landed->overflow) {
            /* Later launches are given up and started again behind the range. */
            uint64_t first = session->landed->first;
            uint64_t count = session->landed->count;
            while (kern_cl_in_flight(session->runner) > 0 && status == BASE_OK) {
                status = collect(session, error);
            }
            status = status == BASE_OK ? append_range(session, &list, first, count, error) : status;
            done = first + count;
            sent = done;
        } else if (status == BASE_OK) {
            done += session->landed->count;
            session->units += session->landed->units;
            status = bench_fixed_append(&list, plan->algo, &session->work, session->landed->finds,
                                        session->landed->find_count, error);
        }
    }
    uint64_t ns = base_clock_ns() - start_ns;
    if (status == BASE_E_MISMATCH) {
        result->wrong += 1;
        (void)snprintf(result->fault, sizeof result->fault, "device %s: %s", result->device,
                       error->text);
        status = BASE_OK;
    } else if (status == BASE_OK) {
        result->hashes = session->units;
        result->seconds = (double)(ns > 0 ? ns : 1) * 1e-9;
        result->windows[0] = (double)session->units / result->seconds;
        bench_summarise(&result->rate, result->windows, 1);
        status = bench_fixed_conclude(result, &list, plan->algo, &session->work, error);
    }
    bench_fixed_list_free(&list);
    return status;
}

/* ---- all together ------------------------------------------------------------------------- */

static enum base_status open_session(struct session *session, char **log, struct base_error *error)
{
    const struct bench_opencl_plan *plan = session->plan;
    char name[BENCH_DEVICE_MAX];
    char kernel[BENCH_DEVICE_MAX + 16];
    (void)bench_opencl_name(name, sizeof name, kern_cl_list_at(plan->list, plan->index));
    (void)snprintf(kernel, sizeof kernel, "device %s", name);
    session->random.state = plan->seed;
    bench_work_init(&session->work, plan->algo, &session->random);
    session->work.height = plan->height != 0 ? plan->height : session->work.height;
    kern_cl_measured_work(&session->work, plan->algo, kern_cl_list_at(plan->list, plan->index));
    session->landed = base_alloc(1, sizeof *session->landed);
    if (session->landed == NULL ||
        kern_finds_new(&session->finds, plan->algo, WINDOW_FINDS_CAP) != BASE_OK ||
        bench_check_init(&session->check, plan->algo, kernel, PIECE) != BASE_OK ||
        (kern_cl_needs_host_table(plan->algo) &&
         kern_table_build(&session->table, plan->algo, &session->work) != BASE_OK)) {
        return base_error_set(error, BASE_E_MEMORY, "%s: no memory for %s", plan->algo->name,
                              kernel);
    }
    session->work.table = session->table;
    enum base_status status =
        kern_cl_runner_new(&session->runner, plan->list, plan->index, plan->algo, NULL,
                           plan->cache_dir[0] != '\0' ? plan->cache_dir : NULL, log, error);
    if (status != BASE_OK) {
        return status;
    }
    status = kern_cl_self_test(session->runner, error);
    if (status == BASE_OK) {
        status = kern_cl_table_build(session->runner, &session->work, error);
    }
    return status == BASE_E_MISMATCH ? BASE_E_UNSUPPORTED : status;
}

static void describe(struct bench_result *result, const struct session *session)
{
    const struct bench_opencl_plan *plan = session->plan;
    const struct kern_cl_info *info = kern_cl_list_at(plan->list, plan->index);
    struct kern_cl_params params = kern_cl_runner_params(session->runner);
    char text[KERN_CL_PARAMS_TEXT_MAX];
    result->algorithm = plan->algo->name;
    result->unit = plan->algo->unit;
    result->lanes = 1;
    (void)snprintf(result->kernel, sizeof result->kernel, "opencl");
    (void)bench_opencl_name(result->device, sizeof result->device, info);
    (void)snprintf(result->detail, sizeof result->detail,
                   "%.60s, driver %.20s; %s; launches of %" PRIu64, info->name,
                   info->driver_version, kern_cl_params_text(text, plan->algo, &params),
                   session->launch_nonces);
}

enum base_status bench_measure_opencl(struct bench_result *result, char **log,
                                      const struct bench_opencl_plan *plan,
                                      struct base_error *error)
{
    struct session *session = base_alloc(1, sizeof *session);
    memset(result, 0, sizeof *result);
    *log = NULL;
    if (session == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "%s: no memory", plan->algo->name);
    }
    session->plan = plan;
    enum base_status status = open_session(session, log, error);
    if (status == BASE_OK) {
        status = calibrate(session, error);
    }
    if (status == BASE_OK) {
        describe(result, session);
        status =
            plan->hashes > 0 ? run_fixed(session, result, error) : measure(session, result, error);
    }
    kern_cl_runner_free(session->runner);
    bench_check_deinit(&session->check);
    kern_table_free(session->table);
    kern_finds_free(&session->finds);
    base_free(session->landed);
    base_free(session);
    return status;
}
