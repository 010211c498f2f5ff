/* stages.c: see stages.h. */
#include "measure/stages.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "measure/frequency.h"
#include "measure/work.h"

enum {
    SEED = 1,
    NONCES_MIN = 2,
    COPY_BYTES = 64 << 20, /* of each of two regions: no cache holds them */
    COPY_ROUNDS = 5,       /* the fastest counts */
    TRAFFIC = 3,           /* a line is read, another read before it is written, and written */
};

struct run {
    struct bench_stages *stages;
    const struct kern_algo *algo;
    const struct kern_variant *variant;
    double seconds;
    enum base_status status;
};

/* Not a plain copy, which the library would do with stores past the caches. */
static void copy(uint64_t *to, const uint64_t *from, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        to[i] = from[i] + 1;
    }
}

static double copied_per_second(void)
{
    size_t words = COPY_BYTES / sizeof(uint64_t);
    uint64_t *memory = base_alloc_pages(2 * (size_t)COPY_BYTES);
    uint64_t least_ns = UINT64_MAX;
    for (size_t i = 0; memory != NULL && i <= COPY_ROUNDS; i++) { /* the first touches it */
        uint64_t begin_ns = base_clock_thread_ns();
        copy(memory + words * (i % 2), memory + words * (1 - i % 2), words);
        uint64_t ns = base_clock_thread_ns() - begin_ns;
        least_ns = i > 0 && ns < least_ns ? ns : least_ns;
    }
    base_free_pages(memory, 2 * (size_t)COPY_BYTES);
    return memory == NULL || least_ns == 0 ? 0
                                           : TRAFFIC * (double)COPY_BYTES * 1e9 / (double)least_ns;
}

static enum base_status solve(struct run *run, struct kern_scratch *scratch,
                              const struct kern_work *work)
{
    struct bench_stages *stages = run->stages;
    enum base_status status = kern_stage_start(scratch, work, stages->nonces);
    for (size_t stage = 0; status == BASE_OK && stage < stages->count;) {
        uint64_t begin_ns = base_clock_thread_ns();
        stage = kern_stage_step(scratch, work);
        if (stage < stages->count) {
            stages->stage[stage].ns += (double)(base_clock_thread_ns() - begin_ns);
        }
    }
    stages->nonces++;
    return status;
}

static void measure(void *user, unsigned lane)
{
    struct run *run = user;
    struct bench_stages *stages = run->stages;
    struct base_random random = {SEED};
    struct kern_work work;
    uint64_t end_ns = base_clock_ns() + (uint64_t)(run->seconds * 1e9);
    (void)lane;
    struct kern_scratch *scratch = kern_scratch_new(run->algo, run->variant);
    if (scratch == NULL) {
        run->status = BASE_E_MEMORY;
        return;
    }
    bench_work_init(&work, run->algo, &random);
    run->status = solve(run, scratch, &work); /* touches its memory: not counted */
    for (size_t i = 0; i < stages->count; i++) {
        stages->stage[i].ns = 0;
    }
    stages->nonces = 0;
    while (run->status == BASE_OK && (stages->nonces < NONCES_MIN || base_clock_ns() < end_ns)) {
        run->status = solve(run, scratch, &work);
    }
    for (size_t i = 0; i < stages->count && run->status == BASE_OK; i++) {
        stages->stage[i].ns /= stages->nonces;
        kern_stage_load(&stages->stage[i].bytes, &stages->stage[i].operations, scratch, &work, i);
    }
    stages->frequency_hz = bench_frequency_hz();
    kern_scratch_free(scratch);
    stages->copied_per_second = copied_per_second();
}

enum base_status bench_stages(struct bench_stages *stages, const struct kern_algo *algo,
                              const struct kern_variant *variant, double seconds,
                              struct bench_crew *crew)
{
    struct run run = {stages, algo, variant, seconds, BASE_OK};
    BASE_ASSERT(algo->stages != NULL && algo->stages->count <= BENCH_STAGES_MAX);
    memset(stages, 0, sizeof *stages);
    stages->count = algo->stages->count;
    for (size_t i = 0; i < stages->count; i++) {
        stages->stage[i].name = algo->stages->names[i];
    }
    bench_crew_run(crew, 1, measure, &run);
    return run.status;
}
