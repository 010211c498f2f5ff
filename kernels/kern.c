/* kern.c: the checks around an algorithm's hooks, the same for all algorithms and variants. */
#include "kern.h"

#include <string.h>

#include "answer.h"
#include "base/alloc.h"
#include "base/target.h"

/* Finds a self-test has room for; its targets give one find in its few hundred nonces, other
 * than by a chance of 2^-200. */
enum { SELF_TEST_CAP = 4, SELF_TEST_BEFORE = 67, SELF_TEST_AFTER = 133 };

struct kern_scratch {
    const struct kern_algo *algo;
    const struct kern_variant *variant;
    void *memory;
};

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

struct kern_scratch *kern_scratch_new(const struct kern_algo *algo,
                                      const struct kern_variant *variant)
{
    struct kern_scratch *scratch = base_alloc(1, sizeof *scratch);
    if (scratch == NULL) {
        return NULL;
    }
    size_t size = algo->scratch_size > 0 ? algo->scratch_size : 1;
    scratch->memory = base_alloc_aligned(KERN_SCRATCH_ALIGN, size, 1);
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
        base_free(scratch->memory);
        base_free(scratch);
    }
}

/* True when the work has the shape that the algorithm's hooks rely on. */
static bool work_fits(const struct kern_algo *algo, const struct kern_work *work)
{
    if (work->header_size != algo->header_size || work->chain >= algo->chains) {
        return false;
    }
    return algo->table_key == NULL || (work->table != NULL && work->table->algo == algo &&
                                       work->table->key == algo->table_key(work));
}

enum base_status kern_search(struct kern_scratch *scratch, struct kern_find *finds, size_t cap,
                             size_t *find_count, uint64_t *tried, const struct kern_work *work,
                             uint64_t first, uint64_t count)
{
    const struct kern_algo *algo = scratch->algo;
    uint64_t max = kern_counter_max(algo);
    *find_count = 0;
    *tried = 0;
    if (!work_fits(algo, work)) {
        return BASE_E_ARG;
    }
    if (count == 0 || count > (1ULL << 32) || cap < algo->finds_per_nonce || first > max ||
        count - 1 > max - first) {
        return BASE_E_RANGE;
    }
    return scratch->variant->search(scratch->memory, finds, cap, find_count, tried, work, first,
                                    count);
}

uint32_t kern_probe(struct kern_scratch *scratch, uint64_t batches)
{
    return scratch->variant->probe(scratch->memory, batches);
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
    status = kern_hash(hash_be, algo, work, find->counter,
                       find->solution_size > 0 ? find->solution : NULL, find->solution_size);
    if (status != BASE_OK) {
        return status;
    }
    if (!base_target_meets(hash_be, work->target_be) ||
        kern_chain_of(algo, hash_be) != work->chain) {
        return BASE_E_MISMATCH;
    }
    return BASE_OK;
}

static enum base_status test_answer(const struct kern_algo *algo,
                                    const struct kern_variant *variant,
                                    const struct kern_answer *answer, struct kern_scratch *scratch,
                                    struct kern_find *finds, struct base_error *error)
{
    struct kern_case known;
    enum base_status status = kern_case_init(&known, algo, answer, error);
    if (status != BASE_OK) {
        goto out;
    }

    size_t find_count = 0;
    uint64_t tried = 0;
    uint64_t max = kern_counter_max(algo);
    uint64_t before = known.counter < SELF_TEST_BEFORE ? known.counter : SELF_TEST_BEFORE;
    uint64_t room = max - known.counter;
    uint64_t after = room < SELF_TEST_AFTER ? room : SELF_TEST_AFTER;
    if (algo->solution_size > 0) { /* a solver's nonce is dear: only the one that counts */
        before = 0;
        after = 0;
    }
    status = kern_search(scratch, finds, SELF_TEST_CAP, &find_count, &tried, &known.work,
                         known.counter - before, before + 1 + after);
    bool seen = false;
    for (size_t i = 0; i < find_count; i++) {
        seen = seen || finds[i].counter == known.counter;
    }
    if (status != BASE_OK || !seen || tried != before + 1 + after) {
        status = base_error_set(error, BASE_E_MISMATCH,
                                "%s: kernel %s misses the known answer \"%s\"; choose another "
                                "with --cpu-kernel and report this",
                                algo->name, variant->name, answer->label);
    }
out:
    kern_case_deinit(&known);
    return status;
}

enum base_status kern_self_test(const struct kern_algo *algo, const struct kern_variant *variant,
                                struct base_error *error)
{
    enum base_status status = BASE_OK;
    struct kern_find *finds = NULL;
    struct kern_scratch *scratch = kern_scratch_new(algo, variant);
    finds = base_alloc(SELF_TEST_CAP, sizeof *finds);
    if (scratch == NULL || finds == NULL) {
        status =
            base_error_set(error, BASE_E_MEMORY, "%s: no memory for the self-test", algo->name);
        goto out;
    }
    for (size_t i = 0; i < algo->answer_count && status == BASE_OK; i++) {
        status = test_answer(algo, variant, &algo->answers[i], scratch, finds, error);
    }
out:
    base_free(finds);
    kern_scratch_free(scratch);
    return status;
}

enum base_status kern_table_new(struct kern_table **table, const struct kern_algo *algo,
                                const struct kern_work *work)
{
    *table = NULL;
    if (algo->table_key == NULL) {
        return BASE_OK;
    }
    struct kern_table *made = base_alloc(1, sizeof *made);
    if (made == NULL) {
        return BASE_E_MEMORY;
    }
    made->algo = algo;
    made->key = algo->table_key(work);
    made->size_bytes = algo->table_size(made->key);
    made->data = base_alloc_aligned(KERN_SCRATCH_ALIGN, made->size_bytes, 1);
    if (made->data == NULL) {
        base_free(made);
        return BASE_E_MEMORY;
    }
    algo->table_build(made->data, made->key, 0, 1);
    *table = made;
    return BASE_OK;
}

void kern_table_free(struct kern_table *table)
{
    if (table != NULL) {
        base_free(table->data);
        base_free(table);
    }
}
