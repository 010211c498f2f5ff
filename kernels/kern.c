/* kern.c: the checks around an algorithm's hooks, the same for all algorithms and variants. */
#include "kern.h"

#include <string.h>

#include "answer.h"
#include "base/alloc.h"
#include "base/target.h"

enum {
    /* Finds a self-test has room for besides those of one nonce; its targets give one find in its
     * few hundred nonces, other than by a chance of 2^-200. */
    SELF_TEST_CAP = 4,
    SELF_TEST_BEFORE = 67,
    SELF_TEST_AFTER = 133,
    PAGES_FROM = 8 << 20, /* bytes: scratch and tables from here on are pages of their own */
};

struct kern_scratch {
    const struct kern_algo *algo;
    const struct kern_variant *variant;
    size_t size_bytes;
    void *memory;
};

/* Small memory comes from the heap, where sanitizers see each byte; large memory by pages. */
static void *memory_new(size_t size_bytes)
{
    return size_bytes >= PAGES_FROM ? base_alloc_pages(size_bytes)
                                    : base_alloc_aligned(KERN_SCRATCH_ALIGN, size_bytes, 1);
}

static void memory_free(void *memory, size_t size_bytes)
{
    if (size_bytes >= PAGES_FROM) {
        base_free_pages(memory, size_bytes);
    } else {
        base_free(memory);
    }
}

bool kern_variant_runs(const struct kern_variant *variant, uint32_t features)
{
    return (variant->features & ~features) == 0;
}

const struct kern_variant *kern_variant_find(const struct kern_algo *algo, const char *name)
{
    for (size_t i = 0; i < algo->variant_count; i++) {
        if (strcmp(algo->variants[i]->name, name) == 0) {
            return algo->variants[i];
        }
    }
    return NULL;
}

const struct kern_variant *kern_variant_best(const struct kern_algo *algo, uint32_t features)
{
    size_t last = algo->variant_count - 1;
    for (size_t i = 0; i < last; i++) {
        if (kern_variant_runs(algo->variants[i], features)) {
            return algo->variants[i];
        }
    }
    return algo->variants[last];
}

uint64_t kern_counter_max(const struct kern_algo *algo)
{
    return algo->counter_size >= 8 ? UINT64_MAX : (1ULL << (8 * algo->counter_size)) - 1;
}

size_t kern_scratch_bytes(const struct kern_algo *algo, const struct kern_variant *variant)
{
    return variant->scratch_size > 0 ? variant->scratch_size : algo->scratch_size;
}

struct kern_scratch *kern_scratch_new(const struct kern_algo *algo,
                                      const struct kern_variant *variant)
{
    struct kern_scratch *scratch = base_alloc(1, sizeof *scratch);
    size_t size = kern_scratch_bytes(algo, variant);
    if (scratch == NULL) {
        return NULL;
    }
    scratch->size_bytes = size > 0 ? size : 1;
    scratch->memory = memory_new(scratch->size_bytes);
    if (scratch->memory == NULL) {
        base_free(scratch);
        return NULL;
    }
    scratch->algo = algo;
    scratch->variant = variant;
    return scratch;
}

void kern_scratch_free(struct kern_scratch *scratch)
{
    if (scratch != NULL) {
        memory_free(scratch->memory, scratch->size_bytes);
        base_free(scratch);
    }
}

enum base_status kern_finds_new(struct kern_finds *finds, const struct kern_algo *algo, size_t cap)
{
    size_t bytes = 0;
    memset(finds, 0, sizeof *finds);
    cap = cap > algo->finds_per_nonce ? cap : algo->finds_per_nonce;
    if (__builtin_mul_overflow(cap, algo->solution_size, &bytes)) {
        return BASE_E_MEMORY;
    }
    finds->entries = base_alloc(cap, sizeof finds->entries[0]);
    finds->solutions = bytes > 0 ? base_alloc(bytes, 1) : NULL;
    if (finds->entries == NULL || (bytes > 0 && finds->solutions == NULL)) {
        kern_finds_free(finds);
        return BASE_E_MEMORY;
    }
    finds->cap = cap;
    finds->slot_bytes = algo->solution_size;
    return BASE_OK;
}

void kern_finds_free(struct kern_finds *finds)
{
    base_free(finds->entries);
    base_free(finds->solutions);
    memset(finds, 0, sizeof *finds);
}

bool kern_find_same(const struct kern_find *a, const struct kern_find *b)
{
    return a->counter == b->counter && a->solution_size == b->solution_size &&
           (a->solution_size == 0 || memcmp(a->solution, b->solution, a->solution_size) == 0);
}

/* True when the work has the shape that the algorithm's hooks rely on; a table may be missing. */
static bool work_fits(const struct kern_algo *algo, const struct kern_work *work)
{
    if (work->header_size != algo->header_size || work->chain >= algo->chains) {
        return false;
    }
    return work->table == NULL ||
           (algo->table != NULL && work->table->algo == algo && kern_table_is_ready(work->table) &&
            work->table->key == algo->table->key(work));
}

enum base_status kern_search(struct kern_scratch *scratch, struct kern_finds *finds,
                             struct kern_progress *progress, const struct kern_work *work,
                             uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    const struct kern_algo *algo = scratch->algo;
    const struct kern_variant *variant = scratch->variant;
    uint64_t max = kern_counter_max(algo);
    *progress = (struct kern_progress){0, 0};
    if (!work_fits(algo, work) || (variant->needs_table && work->table == NULL)) {
        return BASE_E_ARG;
    }
    if (count == 0 || count > (1ULL << 32) || finds->cap < algo->finds_per_nonce || first > max ||
        count - 1 > max - first) {
        return BASE_E_RANGE;
    }
    if (kern_finds_room(finds) < algo->finds_per_nonce) {
        return BASE_E_FULL;
    }
    return variant->search(scratch->memory, finds, progress, work, first, count, stop);
}

uint32_t kern_probe(struct kern_scratch *scratch, uint64_t batches)
{
    return scratch->variant->probe(scratch->memory, batches);
}

enum base_status kern_stage_start(struct kern_scratch *scratch, const struct kern_work *work,
                                  uint64_t counter)
{
    if (!work_fits(scratch->algo, work)) {
        return BASE_E_ARG;
    }
    return scratch->algo->stages->start(scratch->memory, scratch->variant, work, counter);
}

size_t kern_stage_step(struct kern_scratch *scratch, const struct kern_work *work)
{
    return scratch->algo->stages->step(scratch->memory, scratch->variant, work);
}

void kern_stage_load(uint64_t *bytes, uint64_t *operations, const struct kern_scratch *scratch,
                     const struct kern_work *work, size_t stage)
{
    scratch->algo->stages->load(bytes, operations, scratch->memory, scratch->variant, work, stage);
}

enum base_status kern_hash(uint8_t hash_be[32], const struct kern_algo *algo,
                           const struct kern_work *work, uint64_t counter, const uint8_t *solution,
                           size_t solution_size)
{
    struct kern_work placed;
    memset(hash_be, 0, 32);
    if (!work_fits(algo, work) || counter > kern_counter_max(algo)) {
        return BASE_E_ARG;
    }
    placed = *work;
    algo->put_counter(placed.header, counter);
    return algo->hash(hash_be, &placed, solution, solution_size);
}

uint32_t kern_chain_of(const struct kern_algo *algo, const uint8_t hash_be[32])
{
    return algo->chain_of != NULL ? algo->chain_of(hash_be) : 0;
}

enum base_status kern_verify(uint8_t hash_be[32], const struct kern_algo *algo,
                             const struct kern_work *work, const struct kern_find *find)
{
    enum base_status status = BASE_OK;
    memset(hash_be, 0, 32);
    if (find->solution_size > algo->solution_size) {
        return BASE_E_MISMATCH;
    }
    status = kern_hash(hash_be, algo, work, find->counter, find->solution, find->solution_size);
    if (status != BASE_OK) {
        return status;
    }
    if (!base_target_meets(hash_be, work->target_be) ||
        kern_chain_of(algo, hash_be) != work->chain) {
        return BASE_E_MISMATCH;
    }
    return BASE_OK;
}

static enum base_status test_answer(struct kern_scratch *scratch, struct kern_finds *finds,
                                    const struct kern_answer *answer, struct base_error *error)
{
    const struct kern_algo *algo = scratch->algo;
    struct kern_case known;
    enum base_status status = kern_case_init(&known, algo, answer, error);
    if (status != BASE_OK || (scratch->variant->needs_table && known.work.table == NULL)) {
        goto out;
    }
    struct kern_progress progress;
    uint64_t max = kern_counter_max(algo);
    uint64_t before = known.find.counter < SELF_TEST_BEFORE ? known.find.counter : SELF_TEST_BEFORE;
    uint64_t room = max - known.find.counter;
    uint64_t after = room < SELF_TEST_AFTER ? room : SELF_TEST_AFTER;
    if (algo->solution_size > 0) { /* a solver's nonce is dear: only the one that counts */
        before = 0;
        after = 0;
    }
    finds->count = 0;
    status = kern_search(scratch, finds, &progress, &known.work, known.find.counter - before,
                         before + 1 + after, NULL);
    bool seen = false;
    for (size_t i = 0; i < finds->count; i++) {
        seen = seen || kern_find_same(&finds->entries[i], &known.find);
    }
    if (status != BASE_OK || !seen || progress.tried != before + 1 + after) {
        status = base_error_set(error, BASE_E_MISMATCH,
                                "%s: kernel %s misses the known answer \"%s\"; choose another "
                                "with --cpu-kernel and report this",
                                algo->name, scratch->variant->name, answer->label);
    }
out:
    kern_case_deinit(&known);
    return status;
}

enum base_status kern_scratch_self_test(struct kern_scratch *scratch, struct base_error *error)
{
    const struct kern_algo *algo = scratch->algo;
    struct kern_finds finds;
    enum base_status status = kern_finds_new(&finds, algo, SELF_TEST_CAP + algo->finds_per_nonce);
    if (status != BASE_OK) {
        return base_error_set(error, status, "%s: no memory for the self-test", algo->name);
    }
    for (size_t i = 0; i < algo->answer_count && status == BASE_OK; i++) {
        status = test_answer(scratch, &finds, &algo->answers[i], error);
    }
    kern_finds_free(&finds);
    return status;
}

enum base_status kern_self_test(const struct kern_algo *algo, const struct kern_variant *variant,
                                struct base_error *error)
{
    struct kern_scratch *scratch = kern_scratch_new(algo, variant);
    if (scratch == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "%s: no memory for the self-test", algo->name);
    }
    enum base_status status = kern_scratch_self_test(scratch, error);
    kern_scratch_free(scratch);
    return status;
}

enum base_status kern_table_new(struct kern_table **table, const struct kern_algo *algo,
                                const struct kern_work *work)
{
    *table = NULL;
    if (algo->table == NULL) {
        return BASE_OK;
    }
    struct kern_table *made = base_alloc(1, sizeof *made);
    if (made == NULL) {
        return BASE_E_MEMORY;
    }
    made->algo = algo;
    made->key = algo->table->key(work);
    made->size_bytes = algo->table->size_bytes(made->key);
    made->steps = algo->table->steps(made->key);
    made->data = memory_new(made->size_bytes);
    if (made->data == NULL) {
        base_free(made);
        return BASE_E_MEMORY;
    }
    *table = made;
    return BASE_OK;
}

bool kern_table_step(struct kern_table *table)
{
    if (!kern_table_is_ready(table)) {
        table->algo->table->build(table->data, table->key, table->steps_done);
        table->steps_done += 1;
    }
    return kern_table_is_ready(table);
}

void kern_table_do_step(const struct kern_table *table, uint64_t step)
{
    BASE_ASSERT(step < table->steps && !kern_table_is_ready(table));
    table->algo->table->build(table->data, table->key, step);
}

void kern_table_finish(struct kern_table *table)
{
    table->steps_done = table->steps;
}

enum base_status kern_table_build(struct kern_table **table, const struct kern_algo *algo,
                                  const struct kern_work *work)
{
    enum base_status status = kern_table_new(table, algo, work);
    while (*table != NULL && !kern_table_step(*table)) {
    }
    return status;
}

void kern_table_free(struct kern_table *table)
{
    if (table != NULL) {
        memory_free(table->data, table->size_bytes);
        base_free(table);
    }
}
