/* test_equihash_cross.c: every CPU solver of kernels/equihash that runs here finds the sets that
 * the reference solver finds (48,5 and 96,5), or that data/komodo.json lists (200,9).
 *
 * test_equihash_cross        the default run
 * test_equihash_cross long   more nonces, all inputs with every solver */
#include "equihash_data.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/endian.h"
#include "equihash/equihash_state.h"
#include "prim/sha256.h"

enum { HEADER_SIZE = 140, NONCE_AT = 108, SETS_CAP = 64 };

static bool run_long;

/* A set of solutions, encoded, ascending. */
struct set {
    uint8_t solutions[SETS_CAP][KERN_EQUIHASH_SOLUTION_MAX];
    size_t count;
};

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, KERN_EQUIHASH_SOLUTION_MAX);
}

static void sort(struct set *set)
{
    qsort(set->solutions, set->count, sizeof set->solutions[0], compare);
}

static void *scratch_new(const struct kern_equihash_solver *solver)
{
    void *scratch = base_alloc_aligned(KERN_EQUIHASH_SCRATCH_ALIGN, 1, solver->scratch_size);
    assert_non_null(scratch);
    return scratch;
}

static void run_solver(struct set *set, const struct kern_equihash_solver *solver, void *scratch,
                       const uint8_t *input, size_t size)
{
    struct kern_equihash equihash;
    struct kern_equihash_stats stats;
    const uint8_t *solutions;
    memset(set, 0, sizeof *set);
    assert_int_equal(kern_equihash_init(&equihash, solver->n, solver->k, NULL), BASE_OK);
    assert_int_equal(solver->start(scratch, input, size), BASE_OK);
    assert_int_equal(kern_equihash_stage(scratch), 0);
    while (solver->step(scratch)) {
    }
    assert_int_equal(kern_equihash_stage(scratch), solver->k + 2);
    kern_equihash_stats(scratch, &stats);
    assert_int_equal(stats.full_rows + stats.full_pairs + stats.lost, 0);
    assert_int_equal(stats.rows[0], 2U << equihash.digit_bits);
    solutions = kern_equihash_solutions(scratch, &set->count);
    assert_int_equal(stats.candidates, stats.repeated + set->count);
    for (size_t i = 0; i < set->count; i++) {
        const uint8_t *solution = solutions + i * KERN_EQUIHASH_SOLUTION_MAX;
        assert_int_equal(
            kern_equihash_verify(&equihash, NULL, input, size, solution, equihash.solution_size),
            BASE_OK);
        memcpy(set->solutions[i], solution, equihash.solution_size);
    }
    sort(set);
}

/* A node below the root whose xor is zero in all digits: the fast solvers drop such rows, see chain
 * in equihash_body.h. Its sibling is zero as well, or the root would not be. */
static bool has_zero_node(const struct kern_equihash *equihash, const uint32_t *indices,
                          const uint8_t *input, size_t size)
{
    static uint32_t digits[KERN_EQUIHASH_INDICES_MAX][KERN_EQUIHASH_DIGITS_MAX];
    for (size_t i = 0; i < equihash->indices; i++) {
        uint8_t row[KERN_EQUIHASH_ROW_MAX];
        kern_equihash_hash_row(row, equihash, input, size, indices[i]);
        kern_equihash_digits(digits[i], equihash, row);
    }
    for (size_t half = 1; 2 * half < equihash->indices; half *= 2) {
        for (size_t node = 0; node < equihash->indices; node += 2 * half) {
            uint32_t any = 0;
            for (size_t i = 0; i <= equihash->k; i++) {
                digits[node][i] ^= digits[node + half][i];
                any |= digits[node][i];
            }
            if (any == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Solutions that have a zero node are left out; *left_out counts them. */
static void run_reference(struct set *set, size_t *left_out, uint32_t n, uint32_t k,
                          const uint8_t *input, size_t size)
{
    size_t count = 0;
    static uint32_t indices[SETS_CAP * KERN_EQUIHASH_INDICES_MAX];
    struct kern_equihash equihash;
    memset(set, 0, sizeof *set);
    assert_int_equal(kern_equihash_init(&equihash, n, k, NULL), BASE_OK);
    assert_int_equal(kern_equihash_solve(&equihash, indices, SETS_CAP, &count, input, size),
                     BASE_OK);
    assert_true(count <= SETS_CAP);
    for (size_t i = 0; i < count; i++) {
        const uint32_t *solution = indices + i * equihash.indices;
        if (has_zero_node(&equihash, solution, input, size)) {
            ++*left_out;
        } else {
            kern_equihash_pack(set->solutions[set->count++], solution, equihash.indices,
                               equihash.index_bits);
        }
    }
    sort(set);
}

/* The sets must be equal. */
static void check(const struct kern_equihash_solver *solver, const struct set *found,
                  const struct set *expected, const char *label, uint32_t nonce)
{
    if (found->count != expected->count || memcmp(found->solutions, expected->solutions,
                                                  found->count * sizeof found->solutions[0]) != 0) {
        fail_msg("%u,%u %s, %s, nonce %u: %zu solutions, %zu expected, or others", solver->n,
                 solver->k, solver->name, label, nonce, found->count, expected->count);
    }
}

/* Run `nonces` nonces with every solver. Inputs of 140 bytes are in the form of Komodo's, other
 * sizes have another place for the counter and other words in the last block. */
static void compare_with_reference(uint32_t n, uint32_t k, uint32_t nonces, size_t size)
{
    static struct set expected;
    static struct set found;
    size_t count = 0;
    size_t total = 0;
    size_t left_out = 0;
    const struct kern_equihash_solver *const *solvers = kern_equihash_solvers(n, k, &count);
    uint32_t features = base_cpu_detect();
    void *scratch = scratch_new(solvers[0]);
    assert_true(count > 0);
    for (uint32_t nonce = 0; nonce < nonces; nonce++) {
        uint8_t input[EQUIHASH_INPUT_MAX];
        for (size_t i = 0; i < size; i++) {
            input[i] = (uint8_t)(31 * i + size);
        }
        base_store_le32(input + size - 8, nonce);
        run_reference(&expected, &left_out, n, k, input, size);
        total += expected.count;
        for (size_t i = 0; i < count; i++) {
            if ((solvers[i]->features & ~features) == 0) {
                run_solver(&found, solvers[i], scratch, input, size);
                check(solvers[i], &found, &expected, "reference", nonce);
            }
        }
    }
    print_message("%u,%u, input of %zu bytes: %u nonces, %zu solutions, %zu with a zero node\n", n,
                  k, size, nonces, total, left_out);
    assert_true(total > nonces / 4);
    assert_true(left_out <= total / 1000);
    base_free(scratch);
}

static void sets_48_5_are_the_references(void **state)
{
    (void)state;
    compare_with_reference(48, 5, run_long ? 20000 : 500, HEADER_SIZE);
    compare_with_reference(48, 5, 50, 128);
    compare_with_reference(48, 5, 50, 128 + 124);
    compare_with_reference(48, 5, 50, 83);
}

static void sets_96_5_are_the_references(void **state)
{
    (void)state;
    compare_with_reference(96, 5, run_long ? 1000 : 8, HEADER_SIZE);
    compare_with_reference(96, 5, 2, 76);
}

static void small_sets_are_those_of_the_data(void **state)
{
    static struct set expected;
    static struct set found;
    json_t *list = equihash_section("solver_sets_small", 20);
    uint32_t features = base_cpu_detect();
    (void)state;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const json_t *solutions = json_object_get(one, "minimal_hex");
        struct kern_equihash equihash = equihash_of(one);
        uint8_t input[EQUIHASH_INPUT_MAX];
        size_t size = equihash_bytes(input, sizeof input, equihash_text(one, "input_hex"));
        size_t count = 0;
        const struct kern_equihash_solver *const *solvers =
            kern_equihash_solvers(equihash.n, equihash.k, &count);
        assert_true(count > 0);
        memset(&expected, 0, sizeof expected);
        expected.count = json_array_size(solutions);
        for (size_t j = 0; j < expected.count; j++) {
            equihash_bytes(expected.solutions[j], sizeof expected.solutions[j],
                           json_string_value(json_array_get(solutions, j)));
        }
        sort(&expected);
        for (size_t j = 0; j < count; j++) {
            if ((solvers[j]->features & ~features) == 0) {
                void *scratch = scratch_new(solvers[j]);
                run_solver(&found, solvers[j], scratch, input, size);
                check(solvers[j], &found, &expected, "data", (uint32_t)i);
                base_free(scratch);
            }
        }
    }
}

static void sets_200_9_are_those_of_the_data(void **state)
{
    static struct set expected;
    static struct set found;
    json_t *list = equihash_section("solver_sets_200_9", 27);
    size_t count = 0;
    size_t total = 0;
    const struct kern_equihash_solver *const *solvers = kern_equihash_solvers(200, 9, &count);
    uint32_t features = base_cpu_detect();
    void *scratch = scratch_new(solvers[0]);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        /* In the default run every solver gets some inputs, not the same ones. */
        size_t step = run_long ? 1 : 9;
        for (size_t j = run_long ? 0 : i;
             (solvers[i]->features & ~features) == 0 && j < json_array_size(list); j += step) {
            const json_t *one = json_array_get(list, j);
            const json_t *solutions = json_object_get(one, "solutions_minimal_hex");
            uint8_t input[EQUIHASH_INPUT_MAX];
            size_t size = equihash_bytes(input, sizeof input, equihash_text(one, "input_hex"));
            memset(&expected, 0, sizeof expected);
            expected.count = json_array_size(solutions);
            for (size_t k = 0; k < expected.count; k++) {
                equihash_bytes(expected.solutions[k], sizeof expected.solutions[k],
                               json_string_value(json_array_get(solutions, k)));
            }
            sort(&expected);
            run_solver(&found, solvers[i], scratch, input, size);
            check(solvers[i], &found, &expected, equihash_text(one, "name"), (uint32_t)j);
            total += found.count;
        }
    }
    assert_true(total > 0);
    base_free(scratch);
}

/* The zero header: counts and digests of the sets of 100 nonces. */
static void zero_header_200_9(void **state)
{
    static struct set found;
    json_t *list = equihash_section("zero_header_nonces_0_99", 100);
    size_t count = 0;
    size_t total = 0;
    const struct kern_equihash_solver *const *solvers = kern_equihash_solvers(200, 9, &count);
    uint32_t features = base_cpu_detect();
    void *scratch = scratch_new(solvers[0]);
    (void)state;
    for (size_t i = 0; i < (run_long ? json_array_size(list) : 2); i++) {
        const json_t *one = json_array_get(list, i);
        uint8_t input[HEADER_SIZE] = {0};
        base_store_le32(input + NONCE_AT, equihash_number(one, "nonce"));
        for (size_t j = 0; j < count; j++) {
            uint8_t expected[PRIM_SHA256_SIZE];
            uint8_t hash[PRIM_SHA256_SIZE];
            if ((solvers[j]->features & ~features) != 0) {
                continue;
            }
            run_solver(&found, solvers[j], scratch, input, sizeof input);
            equihash_bytes(expected, sizeof expected,
                           equihash_text(one, "sha256_of_sorted_solutions"));
            prim_sha256(hash, found.solutions[0], found.count * sizeof found.solutions[0]);
            assert_int_equal(found.count, equihash_number(one, "count"));
            assert_memory_equal(hash, expected, sizeof hash);
            total += j == count - 1 ? found.count : 0;
        }
    }
    assert_true(total > 0);
    base_free(scratch);
}

/* A run that is stopped anywhere leaves nothing behind that the next one notices. */
static void a_stopped_run_is_forgotten(void **state)
{
    static struct set expected;
    static struct set found;
    uint8_t input[HEADER_SIZE] = {0};
    uint8_t other[HEADER_SIZE] = {1};
    size_t count = 0;
    const struct kern_equihash_solver *solver = kern_equihash_solvers(96, 5, &count)[count - 1];
    void *scratch = scratch_new(solver);
    bool more = true;
    size_t left_out = 0;
    (void)state;
    run_reference(&expected, &left_out, 96, 5, input, sizeof input);
    assert_true(expected.count > 0 && left_out == 0);
    for (unsigned steps = 0; more; steps += 5) {
        assert_int_equal(solver->start(scratch, other, sizeof other), BASE_OK);
        for (unsigned i = 0; i < steps && more; i++) {
            more = solver->step(scratch);
        }
        run_solver(&found, solver, scratch, input, sizeof input);
        check(solver, &found, &expected, "after a stopped run", steps);
    }
    base_free(scratch);
}

static void sizes(void **state)
{
    static const uint32_t shapes[][2] = {{200, 9}, {96, 5}, {48, 5}};
    size_t count = 1;
    uint8_t input[EQUIHASH_INPUT_MAX] = {0};
    (void)state;
    assert_true(equihash_plan_size(&equihash_shape_200_9) <= EQUIHASH_ARENA_200_9);
    assert_true(equihash_plan_size(&equihash_shape_96_5) <= EQUIHASH_ARENA_96_5);
    assert_true(equihash_plan_size(&equihash_shape_48_5) <= EQUIHASH_ARENA_48_5);
    for (size_t i = 0; i < 3; i++) {
        const struct kern_equihash_solver *const *solvers =
            kern_equihash_solvers(shapes[i][0], shapes[i][1], &count);
        assert_true(count >= 2);
        assert_string_equal(solvers[count - 1]->name, "portable");
        assert_int_equal(solvers[count - 1]->features, 0);
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(solvers[j]->n, shapes[i][0]);
            assert_int_equal(solvers[j]->k, shapes[i][1]);
            assert_true(solvers[j]->scratch_size <= 150000000);
            assert_int_equal(solvers[j]->scratch_size, solvers[0]->scratch_size);
        }
        void *scratch = scratch_new(solvers[0]);
        assert_int_equal(solvers[0]->start(scratch, input, 133), BASE_E_RANGE);
        assert_int_equal(solvers[0]->start(scratch, input, 5000), BASE_E_RANGE);
        base_free(scratch);
    }
    assert_null(kern_equihash_solvers(144, 5, &count));
    assert_int_equal(count, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(sets_48_5_are_the_references),
        cmocka_unit_test(sets_96_5_are_the_references),
        cmocka_unit_test(small_sets_are_those_of_the_data),
        cmocka_unit_test(sets_200_9_are_those_of_the_data),
        cmocka_unit_test(zero_header_200_9),
        cmocka_unit_test(a_stopped_run_is_forgotten),
    };
    run_long = argc > 1 && strcmp(argv[1], "long") == 0;
    return cmocka_run_group_tests(tests, equihash_load, equihash_unload);
}
