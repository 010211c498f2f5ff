/* test_equihash_row.c: the row of Equihash through kern.h. Every variant that runs here finds, at
 * 48,5 and 96,5, what the reference solver finds, in one order, filtered by the target; at 200,9
 * what data/komodo.json lists. A stop leaves a nonce untried; wrong solutions are refused. */
#include "equihash_data.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/endian.h"
#include "base/target.h"
#include "kern.h"

enum {
    SETS_CAP = 64,    /* solutions of one nonce */
    COUNTER_AT = 132, /* in the header: README.md, "Row" */
    NONCES_MAX = 64,
    FINDS_CAP = 512,
};

static const struct kern_algo *algo;
static uint32_t features;

static struct kern_work work_of(uint32_t reduced)
{
    struct kern_work work = {.header_size = KERN_EQUIHASH_HEADER_SIZE, .reduced = reduced};
    for (size_t i = 0; i < KERN_EQUIHASH_HEADER_SIZE; i++) {
        work.header[i] = (uint8_t)(17 * i + reduced);
    }
    memset(work.target_be, 0xff, sizeof work.target_be);
    return work;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, KERN_EQUIHASH_SOLUTION_MAX);
}

/* What the reference solver finds for a nonce of work, encoded, ascending. */
static size_t reference(uint8_t solutions[SETS_CAP][KERN_EQUIHASH_SOLUTION_MAX],
                        const struct kern_work *work, uint32_t n, uint32_t k, uint64_t counter)
{
    static uint32_t indices[SETS_CAP * KERN_EQUIHASH_INDICES_MAX];
    struct kern_equihash equihash;
    uint8_t input[KERN_EQUIHASH_HEADER_SIZE];
    size_t count = 0;
    memcpy(input, work->header, sizeof input);
    base_store_le64(input + COUNTER_AT, counter);
    assert_int_equal(kern_equihash_init(&equihash, n, k, NULL), BASE_OK);
    assert_int_equal(kern_equihash_solve(&equihash, indices, SETS_CAP, &count, input, sizeof input),
                     BASE_OK);
    assert_true(count <= SETS_CAP);
    memset(solutions, 0, SETS_CAP * sizeof solutions[0]);
    for (size_t i = 0; i < count; i++) {
        kern_equihash_pack(solutions[i], indices + i * equihash.indices, equihash.indices,
                           equihash.index_bits);
    }
    qsort(solutions, count, sizeof solutions[0], compare);
    return count;
}

/* Finds of one nonce, encoded, ascending. */
static size_t finds_of(uint8_t solutions[SETS_CAP][KERN_EQUIHASH_SOLUTION_MAX],
                       const struct kern_finds *finds, uint64_t counter)
{
    size_t count = 0;
    memset(solutions, 0, SETS_CAP * sizeof solutions[0]);
    for (size_t i = 0; i < finds->count; i++) {
        if (finds->entries[i].counter == counter) {
            memcpy(solutions[count++], finds->entries[i].solution, finds->entries[i].solution_size);
        }
    }
    qsort(solutions, count, sizeof solutions[0], compare);
    return count;
}

static void hash_of(uint8_t hash_be[32], const struct kern_work *work, const struct kern_find *find)
{
    assert_int_equal(
        kern_hash(hash_be, algo, work, find->counter, find->solution, find->solution_size),
        BASE_OK);
}

/* The finds with a target are those of all solutions that meet it, by the reference hash. The
 * target is one of their hashes, and not the largest. */
static void check_filter(struct kern_scratch *scratch, const struct kern_finds *all,
                         struct kern_work work, uint64_t nonces, uint64_t solutions)
{
    struct kern_finds some;
    struct kern_progress progress;
    size_t next = 0;
    uint8_t other_be[32];
    assert_true(all->count > 1);
    hash_of(work.target_be, &work, &all->entries[0]);
    hash_of(other_be, &work, &all->entries[all->count - 1]);
    if (memcmp(other_be, work.target_be, sizeof other_be) < 0) {
        memcpy(work.target_be, other_be, sizeof other_be);
    }
    assert_int_equal(kern_finds_new(&some, algo, FINDS_CAP), BASE_OK);
    assert_int_equal(kern_search(scratch, &some, &progress, &work, 0, nonces, NULL), BASE_OK);
    assert_int_equal(progress.tried, nonces);
    assert_int_equal(progress.units, solutions);
    for (size_t i = 0; i < all->count; i++) {
        const struct kern_find *find = &all->entries[i];
        uint8_t hash_be[32];
        hash_of(hash_be, &work, find);
        if (base_target_meets(hash_be, work.target_be)) {
            assert_true(next < some.count);
            assert_true(kern_find_same(&some.entries[next], find));
            next++;
        }
    }
    assert_int_equal(next, some.count);
    assert_true(next > 0 && next < all->count);
    kern_finds_free(&some);
}

/* `nonces` nonces from 0 with every variant. */
static void compare_with_reference(uint32_t n, uint32_t k, uint64_t nonces)
{
    static uint8_t expected[NONCES_MAX][SETS_CAP][KERN_EQUIHASH_SOLUTION_MAX];
    static uint8_t found[SETS_CAP][KERN_EQUIHASH_SOLUTION_MAX];
    size_t counts[NONCES_MAX];
    struct kern_work work = work_of(n);
    struct kern_finds first = {NULL, 0, 0, NULL, 0};
    uint64_t total = 0;
    for (uint64_t i = 0; i < nonces; i++) {
        counts[i] = reference(expected[i], &work, n, k, i);
        total += counts[i];
    }
    assert_true(total > nonces / 2);
    for (size_t v = 0; v < algo->variant_count; v++) {
        if (!kern_variant_runs(algo->variants[v], features)) {
            continue;
        }
        struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[v]);
        struct kern_finds finds;
        struct kern_progress progress;
        assert_non_null(scratch);
        assert_int_equal(kern_finds_new(&finds, algo, FINDS_CAP), BASE_OK);
        assert_int_equal(kern_search(scratch, &finds, &progress, &work, 0, nonces, NULL), BASE_OK);
        assert_int_equal(progress.tried, nonces);
        assert_int_equal(progress.units, total);
        assert_int_equal(finds.count, total);
        for (uint64_t i = 0; i < nonces; i++) {
            assert_int_equal(finds_of(found, &finds, i), counts[i]);
            assert_memory_equal(found, expected[i], sizeof found);
        }
        for (size_t i = 0; i < finds.count; i++) {
            uint8_t hash_be[32];
            assert_int_equal(kern_verify(hash_be, algo, &work, &finds.entries[i]), BASE_OK);
            assert_true(first.cap == 0 || kern_find_same(&first.entries[i], &finds.entries[i]));
        }
        check_filter(scratch, &finds, work, nonces, total);
        if (first.cap == 0) {
            first = finds;
        } else {
            kern_finds_free(&finds);
        }
        kern_scratch_free(scratch);
    }
    kern_finds_free(&first);
}

static void finds_of_48_5_are_the_references(void **state)
{
    (void)state;
    compare_with_reference(48, 5, NONCES_MAX);
}

static void finds_of_96_5_are_the_references(void **state)
{
    (void)state;
    compare_with_reference(96, 5, 4);
}

/* One nonce: Komodo's genesis block has three solutions. */
static void finds_of_200_9_are_those_of_the_data(void **state)
{
    static uint8_t expected[SETS_CAP][KERN_EQUIHASH_SOLUTION_MAX];
    static uint8_t found[SETS_CAP][KERN_EQUIHASH_SOLUTION_MAX];
    const json_t *one = json_array_get(equihash_section("solver_sets_200_9", 27), 0);
    const json_t *solutions = json_object_get(one, "solutions_minimal_hex");
    struct kern_work work = work_of(0);
    (void)state;
    assert_int_equal(
        equihash_bytes(work.header, sizeof work.header, equihash_text(one, "input_hex")),
        KERN_EQUIHASH_HEADER_SIZE);
    uint64_t counter = base_load_le64(work.header + COUNTER_AT);
    size_t count = json_array_size(solutions);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        equihash_bytes(expected[i], sizeof expected[i],
                       json_string_value(json_array_get(solutions, i)));
    }
    qsort(expected, count, sizeof expected[0], compare);
    for (size_t v = 0; v < algo->variant_count; v++) {
        if (!kern_variant_runs(algo->variants[v], features)) {
            continue;
        }
        struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[v]);
        struct kern_finds finds;
        struct kern_progress progress;
        assert_non_null(scratch);
        assert_int_equal(kern_finds_new(&finds, algo, 0), BASE_OK);
        assert_int_equal(kern_search(scratch, &finds, &progress, &work, counter, 1, NULL), BASE_OK);
        assert_int_equal(progress.units, count);
        assert_int_equal(finds_of(found, &finds, counter), count);
        assert_memory_equal(found, expected, sizeof found);
        kern_finds_free(&finds);
        kern_scratch_free(scratch);
    }
}

/* Where there is room for the finds of one nonce only, the caller goes on after each. */
static void continued_after_full(void **state)
{
    const struct kern_variant *variant = kern_variant_best(algo, features);
    struct kern_scratch *scratch = kern_scratch_new(algo, variant);
    struct kern_work work = work_of(48);
    struct kern_finds all;
    struct kern_finds some;
    struct kern_progress progress;
    uint64_t done = 0;
    size_t seen = 0;
    (void)state;
    assert_int_equal(kern_finds_new(&all, algo, FINDS_CAP), BASE_OK);
    assert_int_equal(kern_finds_new(&some, algo, algo->finds_per_nonce), BASE_OK);
    assert_int_equal(kern_search(scratch, &all, &progress, &work, 0, 16, NULL), BASE_OK);
    while (done < 16) {
        some.count = 0;
        enum base_status status =
            kern_search(scratch, &some, &progress, &work, done, 16 - done, NULL);
        assert_true(status == BASE_OK || (status == BASE_E_FULL && some.count > 0));
        assert_true(progress.tried > 0);
        for (size_t i = 0; i < some.count; i++, seen++) {
            assert_true(seen < all.count);
            assert_true(kern_find_same(&some.entries[i], &all.entries[seen]));
        }
        done += progress.tried;
    }
    assert_int_equal(seen, all.count);
    kern_finds_free(&all);
    kern_finds_free(&some);
    kern_scratch_free(scratch);
}

static void wrong_solutions_are_refused(void **state)
{
    const struct kern_answer *answer = &algo->answers[0];
    struct kern_work work = work_of(answer->reduced);
    uint8_t solution[KERN_EQUIHASH_SOLUTION_MAX];
    uint8_t hash_be[32];
    (void)state;
    equihash_bytes(work.header, sizeof work.header, answer->header_hex);
    uint64_t counter = base_load_le64(work.header + COUNTER_AT);
    size_t size = equihash_bytes(solution, sizeof solution, answer->solution_hex);
    assert_int_equal(kern_hash(hash_be, algo, &work, counter, solution, size), BASE_OK);
    for (size_t i = 0; i < size; i += 191) {
        solution[i] ^= 1;
        assert_int_equal(kern_hash(hash_be, algo, &work, counter, solution, size), BASE_E_MISMATCH);
        solution[i] ^= 1;
    }
    assert_int_equal(kern_hash(hash_be, algo, &work, counter, solution, size - 1), BASE_E_MISMATCH);
    assert_int_equal(kern_hash(hash_be, algo, &work, counter + 1, solution, size), BASE_E_MISMATCH);
    assert_int_equal(kern_hash(hash_be, algo, &work, counter, NULL, 0), BASE_E_MISMATCH);
    work.reduced = 96;
    assert_int_equal(kern_hash(hash_be, algo, &work, counter, solution, size), BASE_E_MISMATCH);
    work.reduced = 1;
    assert_int_equal(kern_hash(hash_be, algo, &work, counter, solution, size), BASE_E_MISMATCH);
    struct kern_scratch *scratch = kern_scratch_new(algo, kern_variant_best(algo, features));
    struct kern_finds finds;
    struct kern_progress progress;
    assert_int_equal(kern_finds_new(&finds, algo, 0), BASE_OK);
    assert_int_equal(kern_search(scratch, &finds, &progress, &work, 0, 1, NULL), BASE_E_ARG);
    kern_finds_free(&finds);
    kern_scratch_free(scratch);
}

/* One search on a thread of its own, over more nonces than can be done. */
struct long_search {
    struct kern_scratch *scratch;
    struct kern_finds finds;
    struct kern_progress progress;
    struct kern_work work;
    struct kern_stop stop;
    enum base_status status;
};

static void *search_long(void *user)
{
    struct long_search *s = user;
    s->status = kern_search(s->scratch, &s->finds, &s->progress, &s->work, 0, 1U << 31, &s->stop);
    return NULL;
}

static void stopped_inside_a_nonce(void **state)
{
    atomic_uint_fast64_t word = 7;
    struct long_search s = {.work = work_of(0), .stop = {&word, 6}};
    pthread_t thread;
    uint8_t hash_be[32];
    (void)state;
    s.scratch = kern_scratch_new(algo, kern_variant_best(algo, features));
    assert_int_equal(kern_finds_new(&s.finds, algo, FINDS_CAP), BASE_OK);
    (void)search_long(&s); /* stopped before it begins */
    assert_int_equal(s.status, BASE_E_STOPPED);
    assert_int_equal(s.progress.tried, 0);
    assert_int_equal(s.progress.units, 0);
    assert_int_equal(s.finds.count, 0);
    s.stop.go = 7;
    assert_int_equal(pthread_create(&thread, NULL, search_long, &s), 0);
    atomic_fetch_add(&word, 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(s.status, BASE_E_STOPPED);
    assert_int_equal(s.finds.count, s.progress.units);
    for (size_t i = 0; i < s.finds.count; i++) {
        assert_true(s.finds.entries[i].counter < s.progress.tried);
        assert_int_equal(kern_verify(hash_be, algo, &s.work, &s.finds.entries[i]), BASE_OK);
    }
    kern_finds_free(&s.finds);
    kern_scratch_free(s.scratch);
}

static int setup(void **state)
{
    features = base_cpu_detect();
    algo = kern_algo_find("equihash");
    return algo == NULL ? 1 : equihash_load(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_of_48_5_are_the_references),
        cmocka_unit_test(finds_of_96_5_are_the_references),
        cmocka_unit_test(finds_of_200_9_are_those_of_the_data),
        cmocka_unit_test(continued_after_full),
        cmocka_unit_test(wrong_solutions_are_refused),
        cmocka_unit_test(stopped_inside_a_nonce),
    };
    return cmocka_run_group_tests(tests, setup, equihash_unload);
}
