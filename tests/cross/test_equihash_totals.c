/* test_equihash_totals.c: as many solutions as other programs find over many nonces, and the same
 * ones (tests/data/equihash_totals.json says which programs), by the best CPU solver that runs
 * here.
 *
 * test_equihash_totals        50 nonces of 96,5
 * test_equihash_totals long   1,000 nonces of 96,5 and 100 of 200,9 */
#include <jansson.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/endian.h"
#include "base/hex.h"
#include "equihash/equihash.h"

enum { HEADER_SIZE = 140, NONCE_AT = 108, DEFAULT_NONCES = 100 };

static bool run_long;

static int compare(const void *a, const void *b)
{
    return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b,
                  KERN_EQUIHASH_SOLUTION_MAX);
}

/* The solutions of one nonce into the digest, ascending. Returns how many there are. */
static size_t add_nonce(EVP_MD_CTX *digest, const struct kern_equihash_solver *solver,
                        void *scratch, uint32_t nonce)
{
    static uint8_t copies[KERN_EQUIHASH_SOLUTIONS_MAX][KERN_EQUIHASH_SOLUTION_MAX];
    const uint8_t *order[KERN_EQUIHASH_SOLUTIONS_MAX];
    uint8_t input[HEADER_SIZE] = {0};
    size_t count = 0;
    base_store_le32(input + NONCE_AT, nonce);
    assert_int_equal(solver->start(scratch, input, sizeof input), BASE_OK);
    while (solver->step(scratch)) {
    }
    const uint8_t *found = kern_equihash_solutions(scratch, &count);
    size_t size = kern_equihash_solution_size(scratch);
    memset(copies, 0, sizeof copies);
    for (size_t i = 0; i < count; i++) {
        memcpy(copies[i], found + i * KERN_EQUIHASH_SOLUTION_MAX, size);
        order[i] = copies[i];
    }
    qsort(order, count, sizeof order[0], compare);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(EVP_DigestUpdate(digest, order[i], size), 1);
    }
    return count;
}

static void check(const json_t *row)
{
    uint32_t n = (uint32_t)json_integer_value(json_object_get(row, "n"));
    uint32_t k = (uint32_t)json_integer_value(json_object_get(row, "k"));
    json_int_t nonces = json_integer_value(json_object_get(row, "nonces"));
    size_t variants = 0;
    size_t total = 0;
    uint8_t hash[32];
    char hex[65];
    if ((nonces >= DEFAULT_NONCES) != run_long) {
        return;
    }
    const struct kern_equihash_solver *const *solvers = kern_equihash_solvers(n, k, &variants);
    while (variants > 1 && (solvers[0]->features & ~base_cpu_detect()) != 0) {
        solvers++;
        variants--;
    }
    void *scratch = base_alloc_aligned(KERN_EQUIHASH_SCRATCH_ALIGN, 1, solvers[0]->scratch_size);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    assert_true(scratch != NULL && digest != NULL);
    assert_int_equal(EVP_DigestInit_ex(digest, EVP_sha256(), NULL), 1);
    for (uint32_t nonce = 0; nonce < (uint32_t)nonces; nonce++) {
        total += add_nonce(digest, solvers[0], scratch, nonce);
    }
    assert_int_equal(EVP_DigestFinal_ex(digest, hash, NULL), 1);
    EVP_MD_CTX_free(digest);
    base_free(scratch);
    base_hex_encode(hex, hash, sizeof hash);
    print_message("%u,%u %s: %zu solutions\n", n, k, solvers[0]->name, total);
    assert_int_equal(total, json_integer_value(json_object_get(row, "solutions")));
    assert_string_equal(hex, json_string_value(json_object_get(row, "sha256")));
}

static void test_totals(void **state)
{
    json_t *root = json_load_file(SHARDPICK_TEST_DATA "/equihash_totals.json", 0, NULL);
    const json_t *rows = json_object_get(root, "totals");
    (void)state;
    assert_int_equal(json_array_size(rows), 3);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        check(json_array_get(rows, i));
    }
    json_decref(root);
}

/* A nonce in the row's stages, as bench times them: each stage has steps, in order, and the
 * solutions are those of the solver. */
static void test_stages(void **state)
{
    const struct kern_stages *stages = kern_equihash_row.stages;
    const struct kern_variant *portable =
        kern_equihash_row.variants[kern_equihash_row.variant_count - 1];
    struct kern_work work = {.header_size = HEADER_SIZE, .reduced = 96};
    size_t variants = 0;
    size_t counts[2] = {0, 0};
    size_t steps[32] = {0};
    uint64_t bytes = 0;
    uint64_t operations = 0;
    (void)state;
    const struct kern_equihash_solver *const *solvers = kern_equihash_solvers(96, 5, &variants);
    const struct kern_equihash_solver *solver = solvers[variants - 1];
    void *scratch =
        base_alloc_aligned(KERN_EQUIHASH_SCRATCH_ALIGN, 1, kern_equihash_row.scratch_size);
    assert_true(scratch != NULL && stages != NULL && stages->count == 11);
    assert_int_equal(stages->start(scratch, portable, &work, 3), BASE_OK);
    size_t before = 0;
    for (size_t stage = stages->step(scratch, portable, &work); stage < stages->count;
         stage = stages->step(scratch, portable, &work)) {
        assert_true(stage >= before);
        steps[stage]++;
        before = stage;
    }
    for (size_t i = 0; i < stages->count; i++) {
        assert_true((steps[i] > 0) == (i < 5 || i >= 9)); /* 96,5 has four lists to make */
        stages->load(&bytes, &operations, scratch, portable, &work, i);
        assert_true((bytes > 0) == (i < 5 || i == 9));
        assert_true((operations > 0) == (i == 0));
    }
    const uint8_t *found = kern_equihash_solutions(scratch, &counts[0]);
    uint8_t first[KERN_EQUIHASH_SOLUTION_MAX];
    assert_true(counts[0] > 0);
    memcpy(first, found, sizeof first);
    uint8_t input[HEADER_SIZE] = {0};
    base_store_le64(input + 132, 3);
    assert_int_equal(solver->start(scratch, input, sizeof input), BASE_OK);
    while (solver->step(scratch)) {
    }
    found = kern_equihash_solutions(scratch, &counts[1]);
    assert_int_equal(counts[0], counts[1]);
    assert_memory_equal(first, found, kern_equihash_solution_size(scratch));
    work.reduced = 7;
    assert_int_equal(stages->start(scratch, portable, &work, 0), BASE_E_ARG);
    base_free(scratch);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_totals),
                                       cmocka_unit_test(test_stages)};
    run_long = argc > 1 && strcmp(argv[1], "long") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
