/* neon_equihash_main.c: the NEON solvers of kernels/equihash, and the plain ones, against the
 * reference solver, as a program of its own for a 64-bit ARM machine or an emulator of one: no test
 * framework. neon.sh compiles and runs it. Prints one line a solver; the exit status is 0 when all
 * agree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "equihash/equihash_state.h"
#include "opencl/cl_row.h"

/* The row names the device row, which an emulated program has no use for. */
const struct kern_cl_row kern_equihash_cl_row = {.job_words = 1};

enum { INPUT_MAX = 140, CAP = 64 };

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, KERN_EQUIHASH_SOLUTION_MAX);
}

/* Solutions of one input by both. Returns their number, or -1 where they differ. */
static int solve(const struct kern_equihash_solver *solver, void *scratch, const uint8_t *input,
                 size_t size)
{
    static uint32_t indices[CAP * KERN_EQUIHASH_INDICES_MAX];
    static uint8_t expected[CAP][KERN_EQUIHASH_SOLUTION_MAX];
    static uint8_t found[CAP][KERN_EQUIHASH_SOLUTION_MAX];
    struct kern_equihash equihash;
    size_t expected_count = 0;
    size_t count = 0;
    if (kern_equihash_init(&equihash, solver->n, solver->k, NULL) != BASE_OK ||
        kern_equihash_solve(&equihash, indices, CAP, &expected_count, input, size) != BASE_OK ||
        expected_count > CAP || solver->start(scratch, input, size) != BASE_OK) {
        return -1;
    }
    while (solver->step(scratch)) {
    }
    const uint8_t *solutions = kern_equihash_solutions(scratch, &count);
    if (count != expected_count) {
        return -1;
    }
    memset(expected, 0, sizeof expected);
    memset(found, 0, sizeof found);
    for (size_t i = 0; i < count; i++) {
        kern_equihash_pack(expected[i], indices + i * equihash.indices, equihash.indices,
                           equihash.index_bits);
        memcpy(found[i], solutions + i * KERN_EQUIHASH_SOLUTION_MAX, equihash.solution_size);
    }
    qsort(expected, count, sizeof expected[0], compare);
    qsort(found, count, sizeof found[0], compare);
    return memcmp(expected, found, sizeof found) == 0 ? (int)count : -1;
}

int main(void)
{
    static const struct kern_equihash_solver *const solvers[] = {
        &kern_equihash_48_5_neon, &kern_equihash_96_5_neon, &kern_equihash_48_5_portable};
    static const size_t sizes[] = {140, 128, 83};
    for (size_t i = 0; i < BASE_COUNT_OF(solvers); i++) {
        uint32_t nonces = solvers[i]->n == 48 ? 30 : 1;
        int total = 0;
        void *scratch =
            base_alloc_aligned(KERN_EQUIHASH_SCRATCH_ALIGN, 1, solvers[i]->scratch_size);
        if (scratch == NULL) {
            return 1;
        }
        for (uint32_t nonce = 0; nonce < nonces; nonce++) {
            for (size_t j = 0; j < BASE_COUNT_OF(sizes); j++) {
                uint8_t input[INPUT_MAX] = {0};
                base_store_le32(input + sizes[j] - 8, nonce);
                int count = solve(solvers[i], scratch, input, sizes[j]);
                if (count < 0) {
                    printf("%u,%u %s differs from the reference: nonce %u, input of %zu bytes\n",
                           solvers[i]->n, solvers[i]->k, solvers[i]->name, nonce, sizes[j]);
                    return 1;
                }
                total += count;
            }
        }
        printf("%u,%u %s: %d solutions, the reference's\n", solvers[i]->n, solvers[i]->k,
               solvers[i]->name, total);
        base_free(scratch);
        if (total == 0) {
            return 1;
        }
    }
    return 0;
}
