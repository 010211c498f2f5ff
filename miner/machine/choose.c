/* choose.c: candidates, a short measurement, the decision. */
#include "machine/choose.h"

#include <stdio.h>
#include <string.h>

#include "base/rate.h"
#include "machine/choice_cache.h"
#include "measure/measure_cpu.h"

enum {
    KERNELS_MAX = 3, /* of a row, best first: further ones were never the fastest */
    ROUNDS = 12,     /* of windows; their order statistics decide */
    LIMIT_ROUNDS = 5,
};

#define LIMIT_SECONDS 0.3 /* for the chosen kernel and its probe */
#define CASE_SECONDS 0.15 /* for each candidate */
#define WIN_FACTOR 1.01   /* the default stays unless beaten by this much, beyond the noise */
#define SEED UINT64_C(0xc401ce)

/* Fill plan with the candidates; the first one is the default. */
static void list_candidates(struct bench_cpu_plan *plan, const struct miner_choice_request *request,
                            const struct bench_machine *machine)
{
    const struct kern_algo *algo = request->algo;
    bool solver = algo->solution_size > 0 && !request->fresh;
    size_t kernels_max = solver ? 1 : KERNELS_MAX;
    unsigned counts[2] = {request->lanes > 0 ? request->lanes : machine->lanes, 0};
    if (request->lanes == 0 && machine->lanes_most > machine->lanes && !solver) {
        counts[1] = machine->lanes_most;
    }
    plan->count = 0;
    for (size_t c = 0; c < BASE_COUNT_OF(counts) && counts[c] > 0; c++) {
        unsigned lanes = counts[c] < BENCH_LANES_MAX ? counts[c] : BENCH_LANES_MAX;
        size_t kernels = 0;
        for (size_t i = 0; i < algo->variant_count && kernels < kernels_max; i++) {
            const struct kern_variant *variant = algo->variants[i];
            bool asked = request->variant == NULL || request->variant == variant;
            if (!asked || !kern_variant_runs(variant, machine->features) ||
                kern_self_test(algo, variant, NULL) != BASE_OK) {
                continue;
            }
            plan->variants[plan->count] = variant;
            plan->lanes[plan->count] = lanes;
            plan->count += 1;
            kernels += 1;
        }
    }
}

/* Median and interval of a candidate's rate over that of another, round by round. Rates on a core:
 * a choice is kept for good, so it must not depend on what else ran at that moment. */
static void compare_rounds(struct bench_summary *ratio, const struct bench_result *challenger,
                           const struct bench_result *holder)
{
    double ratios[BENCH_WINDOWS_MAX];
    size_t count =
        challenger->rate.count < holder->rate.count ? challenger->rate.count : holder->rate.count;
    for (size_t i = 0; i < count; i++) {
        ratios[i] = challenger->core_windows[i] / holder->core_windows[i];
    }
    bench_summarise(ratio, ratios, count);
}

static size_t decide(const struct bench_result *results, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++) {
        struct bench_summary ratio;
        if (results[i].wrong > 0 || results[i].rate.count == 0) {
            continue;
        }
        compare_rounds(&ratio, &results[i], &results[best]);
        bool holder_broken = results[best].wrong > 0 || results[best].rate.count == 0;
        if (holder_broken || (ratio.has_interval && ratio.median >= WIN_FACTOR && ratio.low > 1)) {
            best = i;
        }
    }
    return best;
}

/* The limit of the chosen lanes, by the probe of the kernel; 0 without a probe. After the choice,
 * so that candidates with a probe and without one are compared alike. */
static double measure_limit(const struct miner_choice *choice, const struct bench_cpu_plan *plan,
                            miner_measure_fn measuring, struct bench_crew *crew)
{
    struct bench_result result = {.limit = 0};
    struct bench_cpu_plan own = {.algo = plan->algo,
                                 .variants = {choice->variant},
                                 .lanes = {choice->lanes},
                                 .count = 1,
                                 .seconds = LIMIT_SECONDS,
                                 .rounds = LIMIT_ROUNDS,
                                 .limit = true,
                                 .seed = plan->seed};
    if (choice->variant->probe == NULL || measuring(&result, &own, crew, NULL) != BASE_OK ||
        result.wrong > 0) {
        return 0;
    }
    return result.limit;
}

static enum base_status measure(struct miner_choice *choice, const struct bench_cpu_plan *plan,
                                miner_measure_fn measuring, const struct bench_machine *machine,
                                struct base_error *error)
{
    struct bench_result results[BENCH_CASES_MAX];
    struct bench_crew *crew = NULL;
    unsigned lanes = plan->lanes[0];
    char rate[32];
    for (size_t i = 1; i < plan->count; i++) {
        lanes = plan->lanes[i] > lanes ? plan->lanes[i] : lanes;
    }
    enum base_status status = bench_crew_new(&crew, lanes, machine, error);
    if (status != BASE_OK) {
        return status;
    }
    status = measuring(results, plan, crew, error);
    if (status != BASE_OK) {
        bench_crew_free(crew);
        return status;
    }
    size_t best = decide(results, plan->count);
    choice->variant = plan->variants[best];
    choice->lanes = plan->lanes[best];
    choice->hashrate = results[best].rate.median;
    choice->source = MINER_CHOICE_MEASURED;
    choice->limit = measure_limit(choice, plan, measuring, crew);
    bench_crew_free(crew);
    (void)snprintf(choice->text, sizeof choice->text,
                   "kernel %s with %u lane%s: %s, the best of %zu choices measured",
                   choice->variant->name, choice->lanes, choice->lanes == 1 ? "" : "s",
                   base_rate_text(rate, sizeof rate, choice->hashrate, plan->algo->unit),
                   plan->count);
    return BASE_OK;
}

enum base_status miner_choose(struct miner_choice *choice,
                              const struct miner_choice_request *request,
                              const struct bench_machine *machine, struct base_error *error)
{
    const struct kern_algo *algo = request->algo;
    struct bench_cpu_plan plan = {
        .algo = algo, .seconds = CASE_SECONDS, .rounds = ROUNDS, .seed = SEED};
    char rate[32];
    memset(choice, 0, sizeof *choice);
    choice->variant =
        request->variant != NULL ? request->variant : kern_variant_best(algo, machine->features);
    choice->lanes = request->lanes > 0 ? request->lanes : machine->lanes > 0 ? machine->lanes : 1;
    choice->source = MINER_CHOICE_ONLY;
    if (!request->fresh && miner_choice_load(choice, request, machine)) {
        choice->source = MINER_CHOICE_CACHED;
        (void)snprintf(choice->text, sizeof choice->text,
                       "kernel %s with %u lane%s: chosen at %s by an earlier measurement",
                       choice->variant->name, choice->lanes, choice->lanes == 1 ? "" : "s",
                       base_rate_text(rate, sizeof rate, choice->hashrate, algo->unit));
        return BASE_OK;
    }
    list_candidates(&plan, request, machine);
    if (plan.count < 2) {
        if (plan.count == 1) { /* a better one may have failed its self-test */
            choice->variant = plan.variants[0];
            choice->lanes = plan.lanes[0];
        }
        (void)snprintf(choice->text, sizeof choice->text,
                       "kernel %s with %u lane%s: nothing else to choose", choice->variant->name,
                       choice->lanes, choice->lanes == 1 ? "" : "s");
        return BASE_OK;
    }
    enum base_status status =
        measure(choice, &plan, request->measure != NULL ? request->measure : bench_measure_cpu,
                machine, error);
    if (status == BASE_OK) {
        (void)miner_choice_save(choice, request,
                                machine); /* if it is not saved, it is measured again next time */
    }
    return status;
}
