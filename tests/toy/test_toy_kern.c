/* test_toy_kern.c: what the interface of kernels/ promises of solvers and tables, on the two toys:
 * solutions by reference, several finds of one nonce, a stop inside a nonce, tables in steps,
 * verification without table and scratch, reduced sizes. Known answers: toy_reference.py. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "kern.h"
#include "toy.h"

enum { BITS = 6, NONCES = 64 };

/* The header that toy_reference.py makes, so that its solution counts are known: nonce 1 of six
 * bits has four, nonce 77 has one. */
static struct kern_work solver_work(void)
{
    struct kern_work work = {.header_size = PRIM_HEADER80_SIZE, .reduced = BITS};
    assert_int_equal(base_hex_decode_exact(work.header, PRIM_HEADER80_SIZE,
                                           kern_toysolver_row.answers[0].header_hex),
                     BASE_OK);
    memset(work.target_be, 0xff, sizeof work.target_be);
    return work;
}

static void test_known_answers(void **state)
{
    struct base_error error;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct kern_algo *algo = kern_algo_find(i == 0 ? "toysolver" : "toytable");
        assert_non_null(algo);
        for (size_t v = 0; v < algo->variant_count; v++) {
            if (kern_self_test(algo, algo->variants[v], &error) != BASE_OK) {
                fail_msg("%s", error.text);
            }
        }
    }
}

/* A variant that gives only the first solution of a nonce is found out by an answer that is not the
 * first one. */
static enum base_status search_first_only(void *scratch, struct kern_finds *finds,
                                          struct kern_progress *progress,
                                          const struct kern_work *work, uint64_t first,
                                          uint64_t count, const struct kern_stop *stop)
{
    size_t before = finds->count;
    struct kern_work open = *work;
    memset(open.target_be, 0xff, sizeof open.target_be);
    enum base_status status =
        kern_toysolver_row.variants[0]->search(scratch, finds, progress, &open, first, count, stop);
    finds->count = finds->count > before ? before + 1 : before;
    return status;
}

static void test_missed_solution_is_seen(void **state)
{
    struct kern_variant variant = *kern_toysolver_row.variants[0];
    struct base_error error;
    (void)state;
    variant.search = search_first_only;
    assert_int_equal(kern_self_test(&kern_toysolver_row, &variant, &error), BASE_E_MISMATCH);
    assert_non_null(strstr(error.text, "misses the known answer"));
}

static void test_several_finds_of_a_nonce(void **state)
{
    const struct kern_algo *algo = &kern_toysolver_row;
    struct kern_work work = solver_work();
    struct kern_finds finds;
    struct kern_progress progress;
    struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[0]);
    uint8_t hash_be[32];
    (void)state;
    assert_int_equal(kern_finds_new(&finds, algo, 1), BASE_OK);
    assert_int_equal(finds.cap, algo->finds_per_nonce); /* there is always room for one nonce */
    assert_int_equal(kern_search(scratch, &finds, &progress, &work, 1, 1, NULL), BASE_OK);
    assert_int_equal(progress.tried, 1);
    assert_int_equal(progress.units, 4);
    assert_int_equal(finds.count, 4);
    for (size_t i = 0; i < finds.count; i++) {
        assert_int_equal(finds.entries[i].counter, 1);
        assert_int_equal(finds.entries[i].solution_size, TOYSOLVER_SOLUTION);
        assert_int_equal(kern_verify(hash_be, algo, &work, &finds.entries[i]), BASE_OK);
        assert_false(i > 0 && kern_find_same(&finds.entries[i - 1], &finds.entries[i]));
    }
    /* No room for another nonce: nothing is tried, and what is there stays. */
    assert_int_equal(kern_search(scratch, &finds, &progress, &work, 77, 1, NULL), BASE_E_FULL);
    assert_int_equal(progress.tried, 0);
    assert_int_equal(finds.count, 4);
    /* A target that no hash meets: the solutions count all the same. */
    finds.count = 0;
    memset(work.target_be, 0, sizeof work.target_be);
    assert_int_equal(kern_search(scratch, &finds, &progress, &work, 1, 1, NULL), BASE_OK);
    assert_int_equal(progress.units, 4);
    assert_int_equal(finds.count, 0);
    kern_finds_free(&finds);
    kern_scratch_free(scratch);
}

/* Searched in pieces as room allows, the finds are those of one call with room for all. */
static void test_continued_after_full(void **state)
{
    const struct kern_algo *algo = &kern_toysolver_row;
    struct kern_work work = solver_work();
    struct kern_finds all;
    struct kern_finds some;
    struct kern_progress progress;
    struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[0]);
    size_t seen = 0;
    uint64_t done = 0;
    uint64_t units = 0;
    (void)state;
    assert_int_equal(kern_finds_new(&all, algo, (size_t)NONCES * TOYSOLVER_FINDS), BASE_OK);
    assert_int_equal(kern_finds_new(&some, algo, TOYSOLVER_FINDS + 3), BASE_OK);
    assert_int_equal(kern_search(scratch, &all, &progress, &work, 0, NONCES, NULL), BASE_OK);
    assert_int_equal(progress.tried, NONCES);
    uint64_t all_units = progress.units;
    assert_true(all.count > NONCES); /* two a nonce on average */
    while (done < NONCES) {
        some.count = 0;
        enum base_status status =
            kern_search(scratch, &some, &progress, &work, done, NONCES - done, NULL);
        assert_true(status == BASE_OK || status == BASE_E_FULL);
        assert_true(progress.tried > 0);
        for (size_t i = 0; i < some.count; i++) {
            assert_true(seen < all.count);
            assert_true(kern_find_same(&some.entries[i], &all.entries[seen]));
            seen++;
        }
        done += progress.tried;
        units += progress.units;
    }
    assert_int_equal(seen, all.count);
    assert_int_equal(units, all_units);
    kern_finds_free(&all);
    kern_finds_free(&some);
    kern_scratch_free(scratch);
}

static void test_wrong_solutions(void **state)
{
    const struct kern_algo *algo = &kern_toysolver_row;
    struct kern_work work = solver_work();
    struct kern_finds finds;
    struct kern_progress progress;
    struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[0]);
    uint8_t hash_be[32];
    uint8_t solution[TOYSOLVER_SOLUTION];
    (void)state;
    assert_int_equal(kern_finds_new(&finds, algo, 8), BASE_OK);
    assert_int_equal(kern_search(scratch, &finds, &progress, &work, 1, 1, NULL), BASE_OK);
    struct kern_find find = finds.entries[0];
    memcpy(solution, find.solution, sizeof solution);
    find.solution = solution;
    assert_int_equal(kern_verify(hash_be, algo, &work, &find), BASE_OK);
    for (size_t i = 0; i < sizeof solution; i += 31) {
        solution[i] ^= 1;
        assert_int_equal(kern_verify(hash_be, algo, &work, &find), BASE_E_MISMATCH);
        solution[i] ^= 1;
    }
    find.solution_size -= 1;
    assert_int_equal(kern_verify(hash_be, algo, &work, &find), BASE_E_MISMATCH);
    find.solution_size += 2;
    assert_int_equal(kern_verify(hash_be, algo, &work, &find), BASE_E_MISMATCH);
    find.solution_size -= 1;
    find.counter += 1; /* another nonce's */
    assert_int_equal(kern_verify(hash_be, algo, &work, &find), BASE_E_MISMATCH);
    find.counter -= 1;
    memset(work.target_be, 0, sizeof work.target_be);
    assert_int_equal(kern_verify(hash_be, algo, &work, &find), BASE_E_MISMATCH);
    kern_finds_free(&finds);
    kern_scratch_free(scratch);
}

/* One search on a thread of its own, over more nonces than anybody waits for. */
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

static void test_stop_inside_a_nonce(void **state)
{
    const struct kern_algo *algo = &kern_toysolver_row;
    atomic_uint_fast64_t word = 7;
    struct long_search s = {.work = solver_work(), .stop = {&word, 7}};
    pthread_t thread;
    uint8_t hash_be[32];
    (void)state;
    s.work.reduced = 0; /* a third of a second a nonce */
    s.scratch = kern_scratch_new(algo, algo->variants[0]);
    assert_int_equal(kern_finds_new(&s.finds, algo, 4096), BASE_OK);
    /* Before it begins: nothing is tried. */
    s.stop.go = 6;
    (void)search_long(&s);
    assert_int_equal(s.status, BASE_E_STOPPED);
    assert_int_equal(s.progress.tried, 0);
    assert_int_equal(s.progress.units, 0);
    assert_int_equal(s.finds.count, 0);
    /* While it runs: it ends, and what it returns is of whole nonces. */
    s.stop.go = 7;
    assert_int_equal(pthread_create(&thread, NULL, search_long, &s), 0);
    atomic_fetch_add(&word, 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(s.status, BASE_E_STOPPED);
    for (size_t i = 0; i < s.finds.count; i++) {
        assert_true(s.finds.entries[i].counter < s.progress.tried);
        assert_int_equal(kern_verify(hash_be, algo, &s.work, &s.finds.entries[i]), BASE_OK);
    }
    kern_finds_free(&s.finds);
    kern_scratch_free(s.scratch);
}

static struct kern_work table_work(uint64_t height)
{
    struct kern_work work = {.header_size = PRIM_HEADER80_SIZE, .height = height, .reduced = 8};
    memset(work.header, 0x5a, PRIM_HEADER80_SIZE);
    memset(work.target_be, 0xff, sizeof work.target_be);
    work.target_be[0] = 0x3f;
    return work;
}

static void test_table_in_steps(void **state)
{
    const struct kern_algo *algo = &kern_toytable_row;
    struct kern_work work = table_work(1000);
    struct kern_finds finds;
    struct kern_finds direct;
    struct kern_progress progress;
    struct kern_table *table = NULL;
    struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[0]);
    struct kern_scratch *other = kern_scratch_new(algo, algo->variants[1]);
    uint8_t hash_be[32];
    (void)state;
    assert_int_equal(kern_finds_new(&finds, algo, 256), BASE_OK);
    assert_int_equal(kern_finds_new(&direct, algo, 256), BASE_OK);
    /* No table: only what needs none. */
    assert_int_equal(kern_search(scratch, &finds, &progress, &work, 0, 256, NULL), BASE_E_ARG);
    assert_int_equal(kern_search(other, &direct, &progress, &work, 0, 256, NULL), BASE_OK);
    assert_true(direct.count > 0 && direct.count < 256);
    assert_int_equal(kern_verify(hash_be, algo, &work, &direct.entries[0]), BASE_OK);
    /* One that is not ready yet. */
    assert_int_equal(kern_table_new(&table, algo, &work), BASE_OK);
    assert_int_equal(table->size_bytes, 32 * 256);
    assert_int_equal(table->steps, TOYTABLE_STEPS_REDUCED);
    work.table = table;
    for (uint64_t done = 0; done < TOYTABLE_STEPS_REDUCED; done++) {
        assert_int_equal(table->steps_done, done);
        assert_int_equal(kern_search(scratch, &finds, &progress, &work, 0, 256, NULL), BASE_E_ARG);
        assert_int_equal(kern_table_step(table), done + 1 == TOYTABLE_STEPS_REDUCED);
    }
    assert_true(kern_table_step(table)); /* ready: does nothing */
    assert_int_equal(kern_search(scratch, &finds, &progress, &work, 0, 256, NULL), BASE_OK);
    assert_int_equal(finds.count, direct.count);
    for (size_t i = 0; i < finds.count; i++) {
        assert_true(kern_find_same(&finds.entries[i], &direct.entries[i]));
    }
    /* Another block's, another size's. */
    work.height += 1;
    assert_int_equal(kern_search(scratch, &finds, &progress, &work, 0, 256, NULL), BASE_E_ARG);
    assert_int_equal(kern_hash(hash_be, algo, &work, 0, NULL, 0), BASE_E_ARG);
    work.height -= 1;
    work.reduced = 0;
    assert_int_equal(kern_hash(hash_be, algo, &work, 0, NULL, 0), BASE_E_ARG);
    kern_table_free(table);
    kern_finds_free(&finds);
    kern_finds_free(&direct);
    kern_scratch_free(scratch);
    kern_scratch_free(other);
}

static void test_memory_is_told(void **state)
{
    struct kern_variant variant = *kern_toysolver_row.variants[0];
    (void)state;
    assert_int_equal(kern_scratch_bytes(&kern_toysolver_row, &variant), 16 << TOYSOLVER_BITS);
    variant.scratch_size = 100;
    assert_int_equal(kern_scratch_bytes(&kern_toysolver_row, &variant), 100);
    assert_int_equal(kern_scratch_bytes(&kern_toytable_row, kern_toytable_row.variants[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_missed_solution_is_seen),
        cmocka_unit_test(test_several_finds_of_a_nonce),
        cmocka_unit_test(test_continued_after_full),
        cmocka_unit_test(test_wrong_solutions),
        cmocka_unit_test(test_stop_inside_a_nonce),
        cmocka_unit_test(test_table_in_steps),
        cmocka_unit_test(test_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
