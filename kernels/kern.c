/* kern.c: the checks around an algorithm's hooks, the same for all algorithms and variants. */
#include "kern.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
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
        if (strcmp(algo->variants[i].name, name) == 0) {
            return &algo->variants[i];
        }
    }
    return NULL;
}

const struct kern_variant *kern_variant_best(const struct kern_algo *algo, uint32_t features)
{
    size_t last = algo->variant_count - 1;
    for (size_t i = 0; i < last; i++) {
        if (kern_variant_runs(&algo->variants[i], features)) {
            return &algo->variants[i];
        }
    }
    return &algo->variants[last];
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

/* Counter value in a header: the inverse of put_counter without a hook of its own. Bytes are
 * tried one after the other, since a row's byte order may be any permutation. */
static uint64_t counter_of(const struct kern_algo *algo, const uint8_t *header)
{
    uint8_t probe[KERN_HEADER_MAX];
    uint64_t counter = 0;
    for (unsigned shift = 0; shift < 8 * algo->counter_size; shift += 8) {
        memset(probe, 0, sizeof probe);
        algo->put_counter(probe, 0xffULL << shift);
        for (size_t i = algo->counter_offset; i < algo->counter_offset + algo->counter_size; i++) {
            if (probe[i] == 0xff) {
                counter |= (uint64_t)header[i] << shift;
            }
        }
    }
    return counter;
}

static enum base_status test_answer(const struct kern_algo *algo,
                                    const struct kern_variant *variant,
                                    const struct kern_answer *answer, struct kern_scratch *scratch,
                                    struct kern_find *finds, struct base_error *error)
{
    struct kern_work work;
    uint8_t solution[KERN_SOLUTION_MAX];
    uint8_t want[32];
    uint8_t got[32];
    size_t solution_size = 0;
    const char *solution_hex = answer->solution_hex != NULL ? answer->solution_hex : "";
    struct kern_table *table = NULL;
    enum base_status status = BASE_OK;

    memset(&work, 0, sizeof work);
    work.header_size = algo->header_size;
    work.height = answer->height;
    work.epoch = answer->epoch;
    status = base_hex_decode_exact(work.header, algo->header_size, answer->header_hex);
    if (status == BASE_OK) {
        status = base_hex_decode_exact(want, sizeof want, answer->hash_hex);
    }
    if (status == BASE_OK) {
        status = base_hex_decode(solution, sizeof solution, &solution_size, solution_hex,
                                 strlen(solution_hex));
    }
    if (status == BASE_OK) {
        status = kern_table_new(&table, algo, &work);
    }
    if (status != BASE_OK) {
        return base_error_set(error, status, "%s: known answer \"%s\" cannot be prepared: %s",
                              algo->name, answer->label, base_status_text(status));
    }
    work.table = table;
    memcpy(work.target_be, want, sizeof want);
    work.chain = kern_chain_of(algo, want);

    uint64_t counter = counter_of(algo, work.header);
    status =
        kern_hash(got, algo, &work, counter, solution_size > 0 ? solution : NULL, solution_size);
    if (status != BASE_OK || memcmp(got, want, sizeof want) != 0) {
        status = base_error_set(error, BASE_E_MISMATCH,
                                "%s: the reference does not reproduce the known answer \"%s\"; "
                                "this build hashes wrongly, do not mine with it",
                                algo->name, answer->label);
        goto out;
    }

    size_t find_count = 0;
    uint64_t tried = 0;
    uint64_t max = kern_counter_max(algo);
    uint64_t before = counter < SELF_TEST_BEFORE ? counter : SELF_TEST_BEFORE;
    uint64_t after = max - counter < SELF_TEST_AFTER ? max - counter : SELF_TEST_AFTER;
    if (algo->solution_size > 0) { /* a solver's nonce is dear: only the one that counts */
        before = 0;
        after = 0;
    }
    status = kern_search(scratch, finds, SELF_TEST_CAP, &find_count, &tried, &work,
                         counter - before, before + 1 + after);
    bool seen = false;
    for (size_t i = 0; i < find_count; i++) {
        seen = seen || finds[i].counter == counter;
    }
    if (status != BASE_OK || !seen || tried != before + 1 + after) {
        status = base_error_set(error, BASE_E_MISMATCH,
                                "%s: kernel %s misses the known answer \"%s\"; choose another "
                                "with --cpu-kernel and report this",
                                algo->name, variant->name, answer->label);
    }
out:
    kern_table_free(table);
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
