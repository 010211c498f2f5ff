/* measure_cpu.c: rounds of windows. One round measures, for each case in turn: all lanes hashing,
 * one lane hashing (where scaling is asked for), all lanes running the limit probe; then the lanes
 * check what they found. A slot is the time one case gets in one round. */
#include "measure/measure_cpu.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "measure/lane.h"
#include "measure/work.h"

#define SLOT_S 0.25       /* seconds a case has in one round, where there is time enough */
#define ROUNDS_MIN 8      /* fewer give no useful interval */
#define NONCES_MIN 16     /* in a window: chance would say more than speed of a solver with fewer */
#define SLOW_ROUNDS_MIN 3 /* where so many need long windows */
#define PROBE_WEIGHT 0.3  /* length of a probe window, in hashing windows */
#define SETTLE_SHARE 0.05 /* of a slot, uncounted before each window */
#define SETTLE_MAX_S 0.005     /* clock and caches have settled after this */
#define STEP_PROBE_BYTES 65536 /* of the table that tells how fast one lane fills */
#define FILL_BYTES_MAX 4e9     /* of a table that is filled to be measured with */
#define WARM_UP_S 0.15         /* calibration of a case; a fifth of its time at most */

enum window_kind { WINDOW_CALIBRATE, WINDOW_HASH, WINDOW_PROBE, WINDOW_CHECK, WINDOW_FILL };

/* What the crew runs. Lanes only touch their own lane and lane case. */
struct window {
    enum window_kind kind;
    struct bench_lane *lanes;
    struct bench_lane_case *lane_cases; /* of the current case, one a lane */
    uint64_t start_ns;
    uint64_t end_ns;
    const struct kern_table *table;  /* WINDOW_FILL: all its steps ... */
    atomic_uint_fast64_t *next_step; /* ... taken from here */
};

/* Rates of one window, all lanes together, per second. */
struct rates {
    double wall;    /* of wall time */
    double cpu;     /* of time on a core; of lanes that share places, as many as there are places */
    double on_core; /* share of wall time */
    double hashes;  /* wall times seconds */
    double seconds;
    bool ran; /* a nonce was tried */
};

/* Collected per case, in rounds. */
struct record {
    double single[BENCH_WINDOWS_MAX];
    double scaling[BENCH_WINDOWS_MAX];
    double scaling_on_core[BENCH_WINDOWS_MAX];
    double limit[BENCH_WINDOWS_MAX];
    double of_limit[BENCH_WINDOWS_MAX];
    double on_core[BENCH_WINDOWS_MAX];
    double frequency[BENCH_WINDOWS_MAX];
    double hashes; /* of all windows */
    size_t count;
    bool broken; /* a lane found a fault: no more windows */
};

struct session {
    const struct bench_cpu_plan *plan;
    struct bench_crew *crew;
    unsigned lane_count;
    struct bench_lane *lanes;           /* owned, lane_count */
    struct bench_lane_case *lane_cases; /* owned, plan->count times lane_count, by case */
    struct record *records;             /* owned, plan->count */
    struct kern_table *table;           /* owned */
    double fill_s;                      /* how long all lanes filled it; 0: they did not */
};

static void fill(const struct kern_table *table, atomic_uint_fast64_t *next_step)
{
    for (uint64_t step = 0; (step = atomic_fetch_add(next_step, 1)) < table->steps;) {
        kern_table_do_step(table, step);
    }
}

static void window_main(void *user, unsigned lane)
{
    struct window *window = user;
    struct bench_lane *state = &window->lanes[lane];
    struct bench_lane_case *lane_case = &window->lane_cases[lane];
    switch (window->kind) {
    case WINDOW_CALIBRATE:
        bench_lane_calibrate(state, lane_case, window->end_ns);
        break;
    case WINDOW_HASH:
        bench_lane_hash(state, lane_case, window->start_ns, window->end_ns);
        break;
    case WINDOW_PROBE:
        bench_lane_probe(state, lane_case, window->start_ns, window->end_ns);
        break;
    case WINDOW_CHECK:
        bench_lane_check(state, lane_case);
        break;
    case WINDOW_FILL:
        fill(window->table, window->next_step);
        break;
    }
}

static struct bench_lane_case *lane_cases_of(struct session *session, size_t index)
{
    return session->lane_cases + index * session->lane_count;
}

/* Run one window of a case on its first `active` lanes. */
static struct rates run_window(struct session *session, size_t index, enum window_kind kind,
                               unsigned active, double settle_s, double window_s)
{
    struct rates rates = {0, 0, 0, 0, 0, false};
    double places = bench_crew_places(session->crew, active);
    uint64_t now_ns = base_clock_ns();
    struct window window = {
        .kind = kind,
        .lanes = session->lanes,
        .lane_cases = lane_cases_of(session, index),
        .start_ns = now_ns + (uint64_t)(settle_s * 1e9),
        .end_ns = now_ns + (uint64_t)((settle_s + window_s) * 1e9),
    };
    bench_crew_run(session->crew, active, window_main, &window);
    double longest_s = 0;
    double on_core_s = 0;
    bool own_time = false;
    uint64_t hashes = 0;
    double within = 0;
    for (unsigned i = 0; i < active; i++) {
        const struct bench_sample *sample = &session->lanes[i].sample;
        if (sample->wall_ns == 0) {
            continue;
        }
        double wall_s = (double)sample->wall_ns * 1e-9;
        double cpu_s = sample->cpu_ns > 0 ? (double)sample->cpu_ns * 1e-9 : wall_s;
        rates.cpu += (double)sample->hashes / cpu_s * places / active;
        rates.on_core += cpu_s / wall_s / active;
        on_core_s += cpu_s;
        rates.wall += (double)sample->hashes / wall_s;
        longest_s = wall_s > longest_s ? wall_s : longest_s;
        own_time = own_time || sample->own_time;
        hashes += sample->hashes;
        within += sample->within;
        rates.ran = rates.ran || sample->nonces > 0;
    }
    if (own_time) { /* of about the same length, and all at the same time unless they share places
                     */
        rates.wall = places < active && longest_s > 0 ? (double)hashes / longest_s : rates.wall;
        rates.hashes = (double)hashes;
        rates.seconds = rates.wall > 0 ? (double)hashes / rates.wall : 0;
    } else { /* what all lanes together did in the window's time, however late some of them began */
        rates.wall = within / window_s;
        rates.on_core = fmin(on_core_s / (places * window_s), 1);
        rates.hashes = within;
        rates.seconds = window_s;
    }
    return rates;
}

static void check(struct session *session, size_t index, unsigned active)
{
    struct window window = {
        .kind = WINDOW_CHECK,
        .lanes = session->lanes,
        .lane_cases = lane_cases_of(session, index),
    };
    bench_crew_run(session->crew, active, window_main, &window);
    for (unsigned i = 0; i < active; i++) {
        if (lane_cases_of(session, index)[i].check.wrong > 0) {
            session->records[index].broken = true;
        }
    }
}

static double mean_frequency(const struct session *session, unsigned active)
{
    double sum = 0;
    for (unsigned i = 0; i < active; i++) {
        sum += session->lanes[i].frequency_hz;
    }
    return sum / active;
}

/* One slot of one case. One lane is measured before and after all lanes in turns of rounds, so
 * that a drift does not favour either. */
static void run_slot(struct session *session, struct bench_result *result, size_t index,
                     size_t round, double slot_s)
{
    const struct bench_cpu_plan *plan = session->plan;
    const struct kern_variant *variant = plan->variants[index];
    struct record *record = &session->records[index];
    unsigned lanes = plan->lanes[index];
    bool scaling = plan->scaling && lanes > 1;
    bool probing = plan->limit && variant->probe != NULL;
    double weight = 1 + (scaling ? 1 : 0) + (probing ? PROBE_WEIGHT : 0);
    double settle_s = slot_s * SETTLE_SHARE < SETTLE_MAX_S ? slot_s * SETTLE_SHARE : SETTLE_MAX_S;
    double window_s = (slot_s - settle_s * (1 + (scaling ? 1 : 0) + (probing ? 1 : 0))) / weight;
    size_t n = record->count;
    struct rates single = {0, 0, 0, 0, 0, false};
    if (scaling && round % 2 == 0) {
        single = run_window(session, index, WINDOW_HASH, 1, settle_s, window_s);
        check(session, index, 1);
    }
    struct rates all = run_window(session, index, WINDOW_HASH, lanes, settle_s, window_s);
    record->frequency[n] = mean_frequency(session, lanes);
    check(session, index, lanes);
    if (scaling && round % 2 == 1) {
        single = run_window(session, index, WINDOW_HASH, 1, settle_s, window_s);
        check(session, index, 1);
    }
    if (probing) {
        struct rates probe =
            run_window(session, index, WINDOW_PROBE, lanes, settle_s, window_s * PROBE_WEIGHT);
        record->limit[n] = probe.cpu;
        record->of_limit[n] = probe.cpu > 0 ? all.cpu / probe.cpu : 0;
    }
    if (record->broken || !all.ran) {
        record->broken = true;
        return;
    }
    result->windows[n] = all.wall;
    result->core_windows[n] = all.cpu;
    record->hashes += all.hashes;
    result->seconds += all.seconds;
    record->on_core[n] = all.on_core;
    record->single[n] = single.wall;
    record->scaling[n] = single.wall > 0 ? all.wall / single.wall : 0;
    record->scaling_on_core[n] = single.cpu > 0 ? all.cpu / single.cpu : 0;
    record->count += 1;
}

static void conclude(struct session *session, struct bench_result *result, size_t index)
{
    const struct bench_cpu_plan *plan = session->plan;
    const struct kern_variant *variant = plan->variants[index];
    const struct record *record = &session->records[index];
    struct bench_lane_case *lane_cases = lane_cases_of(session, index);
    struct bench_summary spread;
    for (unsigned i = 0; i < plan->lanes[index]; i++) {
        struct bench_check *answers = &lane_cases[i].check;
        bench_check_rate(answers);
        result->verified += answers->verified;
        result->wrong += answers->wrong;
        if (answers->wrong > 0 && result->fault[0] == '\0') {
            (void)snprintf(result->fault, sizeof result->fault, "%s", answers->fault.text);
        }
    }
    result->hashes = (uint64_t)llround(record->hashes);
    bench_summarise(&result->rate, result->windows, record->count);
    bench_summarise(&spread, record->on_core, record->count);
    result->on_core = spread.median;
    bench_summarise(&spread, record->frequency, record->count);
    result->frequency_hz = spread.median;
    if (plan->limit && variant->probe != NULL) {
        bench_summarise(&spread, record->limit, record->count);
        result->limit = spread.median;
        bench_summarise(&result->of_limit_spread, record->of_limit, record->count);
        result->of_limit = result->of_limit_spread.median;
    }
    if (plan->scaling && plan->lanes[index] > 1) {
        bench_summarise(&result->single, record->single, record->count);
        bench_summarise(&result->scaling, record->scaling, record->count);
        bench_summarise(&spread, record->scaling_on_core, record->count);
        result->scaling_on_core = spread.median;
    }
}

/* True when every variant of the plan can use a table, and all lanes can fill it. */
static bool may_fill(const struct bench_cpu_plan *plan)
{
    const struct kern_table_row *row = plan->algo->table;
    bool all = plan->table && row != NULL && row->parallel && row->reduced_to != NULL;
    for (size_t c = 0; c < plan->count; c++) {
        all = all && plan->variants[c]->uses_table;
    }
    return all;
}

/* Fill a table with all lanes: as large as they do in the time of a result, judged by one step. */
static enum base_status fill_table(struct session *session, struct kern_work *work)
{
    const struct bench_cpu_plan *plan = session->plan;
    const struct kern_table_row *row = plan->algo->table;
    struct kern_table *small = NULL;
    atomic_uint_fast64_t next_step;
    work->reduced = row->reduced_to(work, STEP_PROBE_BYTES);
    uint64_t begun_ns = base_clock_ns();
    enum base_status status = kern_table_build(&small, plan->algo, work);
    kern_table_free(small);
    if (status != BASE_OK) {
        return status;
    }
    double bytes_a_s = STEP_PROBE_BYTES * 1e9 / (double)(base_clock_ns() - begun_ns + 1);
    double wanted = bytes_a_s * plan->seconds * session->lane_count;
    work->reduced = 0;
    work->reduced = row->reduced_to(work, wanted < FILL_BYTES_MAX ? (uint64_t)wanted
                                                                  : (uint64_t)FILL_BYTES_MAX);
    status = kern_table_new(&session->table, plan->algo, work);
    if (status != BASE_OK) {
        return status;
    }
    atomic_init(&next_step, 0);
    struct window window = {.kind = WINDOW_FILL,
                            .lanes = session->lanes,
                            .lane_cases = session->lane_cases,
                            .table = session->table,
                            .next_step = &next_step};
    begun_ns = base_clock_ns();
    bench_crew_run(session->crew, session->lane_count, window_main, &window);
    session->fill_s = (double)(base_clock_ns() - begun_ns + 1) * 1e-9;
    kern_table_finish(session->table);
    return BASE_OK;
}

static void describe_table(struct bench_result *result, const struct session *session)
{
    if (session->table != NULL && session->fill_s > 0) {
        double mb = (double)session->table->size_bytes / 1e6;
        (void)snprintf(result->detail, sizeof result->detail,
                       "with a table of %.0f MB, filled by %u %s at %.4g MB/s; limit: its reads",
                       mb, session->lane_count, session->lane_count == 1 ? "lane" : "lanes",
                       mb / session->fill_s);
    }
}

static enum base_status open_session(struct session *session)
{
    const struct bench_cpu_plan *plan = session->plan;
    struct base_random random = {plan->seed};
    struct kern_work work;
    session->lanes = base_alloc(session->lane_count, sizeof session->lanes[0]);
    session->lane_cases =
        base_alloc(plan->count * session->lane_count, sizeof session->lane_cases[0]);
    session->records = base_alloc(plan->count, sizeof session->records[0]);
    if (session->lanes == NULL || session->lane_cases == NULL || session->records == NULL) {
        return BASE_E_MEMORY;
    }
    bench_work_init(&work, plan->algo, &random);
    work.height = plan->height != 0 ? plan->height : work.height;
    bool needs_table = false;
    for (size_t c = 0; c < plan->count; c++) {
        needs_table = needs_table || plan->variants[c]->needs_table;
    }
    enum base_status status = needs_table ? kern_table_build(&session->table, plan->algo, &work)
                              : may_fill(plan) ? fill_table(session, &work)
                                               : BASE_OK;
    work.table = session->table;
    for (unsigned i = 0; i < session->lane_count && status == BASE_OK; i++) {
        status = bench_lane_init(&session->lanes[i], plan->algo, &work, base_random_next(&random));
        for (size_t c = 0; c < plan->count && status == BASE_OK; c++) {
            status =
                bench_lane_case_init(&lane_cases_of(session, c)[i], plan->algo, plan->variants[c]);
        }
    }
    return status;
}

static void close_session(struct session *session)
{
    for (size_t i = 0;
         session->lane_cases != NULL && i < session->plan->count * session->lane_count; i++) {
        bench_lane_case_deinit(&session->lane_cases[i]);
    }
    for (unsigned i = 0; session->lanes != NULL && i < session->lane_count; i++) {
        bench_lane_deinit(&session->lanes[i]);
    }
    kern_table_free(session->table);
    base_free(session->records);
    base_free(session->lane_cases);
    base_free(session->lanes);
}

static void calibrate(struct session *session, size_t index)
{
    const struct bench_cpu_plan *plan = session->plan;
    double warm_up_s = plan->seconds / 5 < WARM_UP_S ? plan->seconds / 5 : WARM_UP_S;
    struct window window = {
        .kind = WINDOW_CALIBRATE,
        .lanes = session->lanes,
        .lane_cases = lane_cases_of(session, index),
        .end_ns = (uint64_t)(warm_up_s * 1e9),
    };
    bench_crew_run(session->crew, plan->lanes[index], window_main, &window);
}

size_t bench_rounds(double *slot_s, const struct bench_cpu_plan *plan, double nonces_per_s)
{
    double fit = plan->seconds / SLOT_S;
    double needed_s = nonces_per_s > 0 ? NONCES_MIN / nonces_per_s : 0;
    size_t rounds = plan->rounds > 0          ? plan->rounds
                    : fit < ROUNDS_MIN        ? ROUNDS_MIN
                    : fit < BENCH_WINDOWS_MAX ? (size_t)fit
                                              : BENCH_WINDOWS_MAX;
    needed_s *= plan->scaling ? 2 : 1; /* a window of one lane, too */
    *slot_s = plan->seconds / (double)rounds;
    if (plan->rounds > 0 || *slot_s >= needed_s) {
        return rounds;
    }
    fit = plan->seconds / needed_s;
    rounds = fit > SLOW_ROUNDS_MIN ? (size_t)fit : SLOW_ROUNDS_MIN;
    *slot_s = needed_s > plan->seconds / (double)rounds ? needed_s : plan->seconds / (double)rounds;
    return rounds;
}

/* Nonces a second of the slowest lane and kernel, as calibration said; 0: none was tried. */
static double slowest(struct session *session)
{
    double least = 0;
    for (size_t c = 0; c < session->plan->count; c++) {
        for (unsigned i = 0; i < session->plan->lanes[c]; i++) {
            double rate = lane_cases_of(session, c)[i].nonces_per_s;
            least = rate > 0 && (least == 0 || rate < least) ? rate : least;
        }
    }
    return least;
}

enum base_status bench_measure_cpu(struct bench_result *results, const struct bench_cpu_plan *plan,
                                   struct bench_crew *crew, struct base_error *error)
{
    struct session session = {.plan = plan, .crew = crew, .lane_count = bench_crew_lanes(crew)};
    BASE_ASSERT(plan->count >= 1 && plan->count <= BENCH_CASES_MAX);
    enum base_status status = open_session(&session);
    if (status != BASE_OK) {
        status = base_error_set(error, status, "%s: no memory for %u lanes", plan->algo->name,
                                session.lane_count);
        goto out;
    }
    for (size_t c = 0; c < plan->count; c++) {
        memset(&results[c], 0, sizeof results[c]);
        results[c].algorithm = plan->algo->name;
        results[c].unit = plan->algo->unit;
        results[c].lanes = plan->lanes[c];
        (void)snprintf(results[c].device, sizeof results[c].device, "cpu");
        (void)snprintf(results[c].kernel, sizeof results[c].kernel, "%s", plan->variants[c]->name);
        describe_table(&results[c], &session);
        calibrate(&session, c);
    }
    double slot_s = 0;
    size_t rounds = bench_rounds(&slot_s, plan, slowest(&session));
    for (size_t round = 0; round < rounds; round++) {
        for (size_t c = 0; c < plan->count; c++) {
            if (!session.records[c].broken) {
                run_slot(&session, &results[c], c, round, slot_s);
            }
        }
    }
    for (size_t c = 0; c < plan->count; c++) {
        conclude(&session, &results[c], c);
    }
out:
    close_session(&session);
    return status;
}
