/* kern_opencl_tune.c: the search for launch parameters. One parameter after the other is varied:
 * they depend on each other little enough, and trying all combinations would build hundreds of
 * programs. The fastest few are then measured again in turns: on a busy machine one of them may
 * have been lucky.
 *
 * Compiler flags: those of OpenCL C 1.2 that make code faster (-cl-mad-enable,
 * -cl-fast-relaxed-math and the like) concern floating point, of which no kernel has any. What is
 * tried are options of some drivers only (opencl/cl_flags.c), where an extension says that they
 * exist. */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/target.h"
#include "driver/cl_list.h"
#include "kern.h"
#include "kern_opencl.h"
#include "opencl/cl_flags.h"
#include "opencl/cl_params.h"
#include "opencl/cl_program.h"
#include "opencl/cl_row.h"
#include "opencl/cl_tuned.h"

enum {
    LAUNCH_NS = 40000000,  /* length of a measured launch: long enough for clocks to settle */
    MEASURED_LAUNCHES = 3, /* the fastest counts: the others were disturbed */
    LONG_NS = 200000000,   /* a launch (one nonce of a solver) that takes so long is not repeated */
    FINDS_A_LAUNCH = 16,   /* about so many, all of them verified */
    LAUNCH_WAIT_MS = 20000, /* longer: the variant is given up */
    ROUNDS_MAX = 3,
    FIRST_COUNT_STEPS = 64, /* steps of the first, unmeasured launch; solvers: 1 */
    BETTER_PERMILLE = 1010, /* less than 1 % faster is noise: the older choice stays */
    FINALISTS = 3,
    FINAL_ROUNDS = 2,
    GPU_VECTOR_MAX = 4, /* longer vectors are slower there, and take compilers up to a minute */
    SEEN_MAX = 256, /* variants that are not tried twice; rows with many parameters stop there */
};

struct candidate {
    struct kern_cl_params params;
    double hashrate; /* as first measured */
};

/* Everything one search holds. Rates are nonces a second: how many solutions a solver finds in a
 * few nonces is chance, and variants differ by less. */
struct tuning {
    const struct kern_cl_list *list;
    size_t index;
    const struct kern_algo *algo;
    struct kern_cl_result *result;
    struct kern_table *table; /* of the measured work; NULL where the algorithm has none */
    kern_cl_tune_fn progress;
    void *user;
    uint64_t end_ms;
    bool stopped;   /* by the caller */
    bool over;      /* stopped, or no time left */
    unsigned tried; /* also the length of seen */
    struct kern_cl_params seen[SEEN_MAX];
    struct candidate finalists[FINALISTS]; /* fastest first; hashrate 0: none */
    struct kern_cl_params best;
    double best_hashrate;
    uint64_t nonces;           /* of all right launches, and what they counted in the unit: told */
    uint64_t units;            /* rates are in the unit */
    struct base_error trouble; /* of the last try that failed */
};

/* Work for measuring: a header of zeros, and a target that some nonces meet. */
static void measuring_work(struct kern_work *work, const struct kern_algo *algo, uint64_t count)
{
    uint64_t tries = count / FINDS_A_LAUNCH / algo->chains;
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    base_target_ones(work->target_be, 256);
    base_target_divide(work->target_be, work->target_be, tries > 0 ? tries : 1);
}

static enum base_status launch_verified(struct tuning *t, struct kern_cl_runner *runner,
                                        uint64_t first, uint64_t count, double *ns)
{
    struct kern_work work;
    uint8_t hash_be[32];
    measuring_work(&work, t->algo, count);
    kern_cl_measured_work(&work, t->algo, kern_cl_list_at(t->list, t->index));
    work.table = t->table;
    enum base_status status = kern_cl_table_build(runner, &work, &t->trouble);
    if (status == BASE_OK) {
        status = kern_cl_launch(runner, &work, first, count, 0, &t->trouble);
    }
    if (status == BASE_OK) {
        status = kern_cl_collect(runner, t->result, LAUNCH_WAIT_MS, &t->trouble);
    }
    if (status != BASE_OK) {
        return status;
    }
    for (size_t i = 0; i < t->result->find_count; i++) {
        if (kern_verify(hash_be, t->algo, &work, &t->result->finds[i]) != BASE_OK) {
            return base_error_set(&t->trouble, BASE_E_MISMATCH,
                                  "a find of this variant is wrong: the compiler or the device "
                                  "makes mistakes with it");
        }
    }
    /* Of more than FINDS_A_LAUNCH expected ones, none: a chance of one in ten million. */
    if (t->result->find_count == 0 && !t->result->overflow &&
        count >= (uint64_t)FINDS_A_LAUNCH * t->algo->chains) {
        return base_error_set(&t->trouble, BASE_E_MISMATCH, "this variant finds nothing");
    }
    t->nonces += count;
    t->units += t->result->units;
    *ns = (double)(t->result->kernel_ns != 0 ? t->result->kernel_ns : t->result->wall_ns);
    return BASE_OK;
}

/* One variant that is built and being measured. */
struct measured {
    struct kern_cl_runner *runner;
    uint64_t count; /* nonces of a launch of about LAUNCH_NS */
    uint64_t first; /* the next one's */
};

/* Prove a variant and find out how many nonces last LAUNCH_NS. */
static enum base_status settle(struct tuning *t, struct measured *m)
{
    double ns = 0;
    uint64_t step = kern_cl_runner_step(m->runner);
    uint64_t most = kern_counter_max(t->algo) / (MEASURED_LAUNCHES + 8);
    most = most < (1ULL << 31) ? most : 1ULL << 31;
    most = most < kern_cl_runner_most(m->runner) ? most : kern_cl_runner_most(m->runner);
    uint64_t count = t->algo->solution_size > 0 ? step : step * FIRST_COUNT_STEPS;
    uint64_t first = 0;
    enum base_status status = kern_cl_self_test(m->runner, &t->trouble);
    /* Longer launches until one lasts long enough to predict from. */
    while (status == BASE_OK && ns < LAUNCH_NS / 8.0 && count <= most) {
        status = launch_verified(t, m->runner, first, count, &ns);
        first += count;
        if (status == BASE_OK && ns < LAUNCH_NS / 8.0) {
            count *= 4;
        }
    }
    count = count < most ? count : most;
    if (status == BASE_OK && ns > 0) {
        double wanted = (double)count * LAUNCH_NS / ns;
        count = wanted < (double)most ? (uint64_t)wanted / step * step : most;
        count = count > step ? count : step;
    }
    m->count = count;
    m->first = first;
    return status;
}

/* Raise *hashrate to the fastest of a few launches; 0 on error. */
static enum base_status measure(struct tuning *t, struct measured *m, double *hashrate)
{
    double ns = 0;
    enum base_status status = BASE_OK;
    for (unsigned i = 0; i < MEASURED_LAUNCHES && ns < LONG_NS && status == BASE_OK; i++) {
        status = launch_verified(t, m->runner, m->first, m->count, &ns);
        m->first += m->count;
        double rate = status == BASE_OK && ns > 0 ? (double)m->count * 1e9 / ns : 0;
        *hashrate = rate > *hashrate ? rate : *hashrate;
    }
    *hashrate = status == BASE_OK ? *hashrate : 0;
    return status;
}

static enum base_status open_variant(struct tuning *t, struct measured *m,
                                     const struct kern_cl_params *params)
{
    t->trouble = (struct base_error){.status = BASE_OK};
    enum base_status status =
        kern_cl_runner_new(&m->runner, t->list, t->index, t->algo, params, NULL, NULL, &t->trouble);
    return status == BASE_OK ? settle(t, m) : status;
}

/* A rate of nonces in the algorithm's unit: by all that was seen. */
static double in_unit(const struct tuning *t, double nonces_per_s)
{
    double units = t->units > 0 ? (double)t->units : 1;
    return t->nonces > 0 ? nonces_per_s * units / (double)t->nonces : 0;
}

static void tell(struct tuning *t, const struct kern_cl_params *params, double hashrate, bool again)
{
    if (t->progress != NULL) {
        struct kern_cl_tune_step step = {.params = *params,
                                         .hashrate = in_unit(t, hashrate),
                                         .trouble = hashrate > 0 ? NULL : t->trouble.text,
                                         .best = t->best,
                                         .best_hashrate = in_unit(t, t->best_hashrate),
                                         .tried = t->tried,
                                         .again = again};
        t->stopped = !t->progress(t->user, &step);
    }
    t->over = t->stopped || t->over || base_clock_ms() >= t->end_ms;
}

/* Keep the fastest few. */
static void enlist(struct tuning *t, const struct kern_cl_params *params, double hashrate)
{
    struct candidate newcomer = {*params, hashrate};
    for (unsigned i = 0; i < FINALISTS; i++) {
        if (newcomer.hashrate > t->finalists[i].hashrate) {
            struct candidate slower = t->finalists[i];
            t->finalists[i] = newcomer;
            newcomer = slower;
        }
    }
}

static bool was_tried(const struct tuning *t, const struct kern_cl_params *params)
{
    for (unsigned i = 0; i < t->tried; i++) {
        if (memcmp(&t->seen[i], params, sizeof *params) == 0) {
            return true;
        }
    }
    return false;
}

/* Build one variant, prove it, measure it, and remember it if it is the best. */
static enum base_status try_params(struct tuning *t, const struct kern_cl_params *params)
{
    struct measured m = {.runner = NULL};
    double hashrate = 0;
    enum base_status status = open_variant(t, &m, params);
    if (status == BASE_OK) {
        status = measure(t, &m, &hashrate);
    }
    kern_cl_runner_free(m.runner);
    t->seen[t->tried++] = *params;
    enlist(t, params, hashrate);
    if (hashrate > t->best_hashrate * BETTER_PERMILLE / 1000) {
        t->best = *params;
        t->best_hashrate = hashrate;
    }
    tell(t, params, hashrate, false);
    return status;
}

/* The fastest few once more, in turns, so that what disturbs the machine disturbs all of them; what
 * was measured before does not count. One that fails now is out. */
static void measure_finalists(struct tuning *t)
{
    struct measured m[FINALISTS] = {{.runner = NULL}};
    double hashrate[FINALISTS] = {0};
    bool fit[FINALISTS] = {false};
    for (unsigned i = 0; i < FINALISTS && t->finalists[i].hashrate > 0; i++) {
        fit[i] = open_variant(t, &m[i], &t->finalists[i].params) == BASE_OK;
    }
    for (unsigned round = 0; round < FINAL_ROUNDS; round++) {
        for (unsigned i = 0; i < FINALISTS; i++) {
            fit[i] = fit[i] && measure(t, &m[i], &hashrate[i]) == BASE_OK;
        }
    }
    t->best_hashrate = 0;
    for (unsigned i = 0; i < FINALISTS && t->finalists[i].hashrate > 0; i++) {
        kern_cl_runner_free(m[i].runner);
        if (hashrate[i] > t->best_hashrate * BETTER_PERMILLE / 1000) {
            t->best = t->finalists[i].params;
            t->best_hashrate = hashrate[i];
        }
        tell(t, &t->finalists[i].params, hashrate[i], true);
    }
}

/* The order in which a round varies parameters: what changes the rate most comes first, so that a
 * short search has tried it. On a CPU this is the vector. On a GPU vectors change little. Flags
 * come last, because a limit of registers is a trade with all the others. */
static const enum kern_cl_param cpu_order[] = {
    KERN_CL_VECTOR,   KERN_CL_OWN,        KERN_CL_UNROLL, KERN_CL_MULTIPLY_ADD,
    KERN_CL_PER_ITEM, KERN_CL_LOCAL_SIZE, KERN_CL_FLAGS};
static const enum kern_cl_param gpu_order[] = {
    KERN_CL_MULTIPLY_ADD, KERN_CL_OWN,    KERN_CL_UNROLL, KERN_CL_LOCAL_SIZE,
    KERN_CL_PER_ITEM,     KERN_CL_VECTOR, KERN_CL_FLAGS};

static void vary(struct tuning *t, unsigned param)
{
    const struct kern_cl_row *row = t->algo->opencl;
    const struct kern_cl_info *info = kern_cl_list_at(t->list, t->index);
    struct kern_cl_params base = t->best;
    const uint32_t *values = kern_cl_param_values(row, param);
    /* Flags that a device does not have are not valid below. */
    unsigned count = values != NULL ? KERN_CL_SPACE_MAX : KERN_CL_FLAGS_COUNT;
    for (unsigned i = 0; i < count && (values == NULL || values[i] != 0) && !t->over; i++) {
        struct kern_cl_params params = base;
        *kern_cl_param(&params, param) = values == NULL ? i + 1 : values[i];
        if (param == KERN_CL_VECTOR && info->kind == KERN_CL_GPU &&
            params.vector > GPU_VECTOR_MAX) {
            continue;
        }
        if (param == KERN_CL_VECTOR && params.per_item < params.vector) {
            params.per_item = params.vector;
        }
        if (t->tried < SEEN_MAX && !was_tried(t, &params) &&
            kern_cl_params_valid(&params, row, info)) {
            (void)try_params(t, &params); /* one that fails is out; progress was told */
        }
    }
}

/* One round. */
static void vary_all(struct tuning *t)
{
    bool cpu = kern_cl_list_at(t->list, t->index)->kind == KERN_CL_CPU;
    const enum kern_cl_param *order = cpu ? cpu_order : gpu_order;
    unsigned own = kern_cl_param_count(t->algo->opencl) - KERN_CL_OWN;
    for (size_t i = 0; i < BASE_COUNT_OF(cpu_order); i++) {
        unsigned params = order[i] == KERN_CL_OWN ? own : 1;
        for (unsigned j = 0; j < params; j++) {
            vary(t, order[i] + j);
        }
    }
}

static enum base_status keep(const struct tuning *t, const char *cache_dir,
                             struct base_error *error)
{
    struct kern_cl_text text;
    const struct kern_cl_info *info = kern_cl_list_at(t->list, t->index);
    enum base_status status = kern_cl_text_init(&text, t->algo->opencl, error);
    if (status == BASE_OK) {
        status = kern_cl_tuned_store(&t->best, in_unit(t, t->best_hashrate), t->algo, info,
                                     text.hash, cache_dir);
        if (status != BASE_OK) {
            status = base_error_set(error, status, "tuned values cannot be written to %s: %s",
                                    cache_dir, base_status_text(status));
        }
    }
    kern_cl_text_deinit(&text);
    return status;
}

bool kern_cl_is_tuned(const struct kern_cl_list *list, size_t index, const struct kern_algo *algo,
                      const char *cache_dir)
{
    struct kern_cl_params params;
    struct kern_cl_text text;
    bool tuned = false;
    if (algo->opencl == NULL || cache_dir == NULL) {
        return false;
    }
    if (kern_cl_text_init(&text, algo->opencl, NULL) == BASE_OK) {
        tuned =
            kern_cl_tuned_load(&params, algo, kern_cl_list_at(list, index), text.hash, cache_dir);
    }
    kern_cl_text_deinit(&text);
    return tuned;
}

/* The measured work's table in the host's memory, unless the device builds its own. */
static enum base_status host_table(struct tuning *t, const struct kern_work *work)
{
    return kern_cl_needs_host_table(t->algo) ? kern_table_build(&t->table, t->algo, work) : BASE_OK;
}

enum base_status kern_cl_tune(struct kern_cl_params *best, double *hashrate,
                              const struct kern_cl_list *list, size_t index,
                              const struct kern_algo *algo, const char *cache_dir,
                              uint32_t budget_ms, kern_cl_tune_fn progress, void *user,
                              struct base_error *error)
{
    struct tuning t = {.list = list,
                       .index = index,
                       .algo = algo,
                       .progress = progress,
                       .user = user,
                       .end_ms = base_clock_ms() + budget_ms};
    *best = (struct kern_cl_params){0};
    *hashrate = 0;
    if (algo->opencl == NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED, "%s has no OpenCL kernel", algo->name);
    }
    struct kern_work work;
    measuring_work(&work, algo, 1);
    kern_cl_measured_work(&work, algo, kern_cl_list_at(list, index));
    t.result = base_alloc(1, sizeof *t.result);
    if (t.result == NULL || host_table(&t, &work) != BASE_OK) {
        base_free(t.result);
        return base_error_set(error, BASE_E_MEMORY, "no memory to tune a device");
    }
    t.best = kern_cl_tuned_choose(algo, kern_cl_list_at(list, index), 0, NULL);
    *best = t.best;
    struct kern_cl_params start = t.best;
    (void)try_params(&t, &start);
    struct base_error first_trouble = t.trouble;
    for (unsigned round = 0; round < ROUNDS_MAX && !t.over; round++) {
        struct kern_cl_params before = t.best;
        vary_all(&t);
        if (memcmp(&before, &t.best, sizeof before) == 0) {
            break;
        }
    }
    if (t.finalists[1].hashrate > 0 && !t.stopped) {
        measure_finalists(&t);
    }
    base_free(t.result);
    kern_table_free(t.table);
    if (t.best_hashrate == 0) {
        if (first_trouble.status == BASE_OK) {
            return base_error_set(error, BASE_E_DEVICE, "%s: no variant of %s could be measured",
                                  kern_cl_list_at(list, index)->name, algo->name);
        }
        return base_error_set(error, first_trouble.status, "%s", first_trouble.text);
    }
    *best = t.best;
    *hashrate = in_unit(&t, t.best_hashrate);
    if (t.stopped) {
        return base_error_set(error, BASE_E_CLOSED, "stopped before the end");
    }
    return cache_dir != NULL ? keep(&t, cache_dir, error) : BASE_OK;
}
