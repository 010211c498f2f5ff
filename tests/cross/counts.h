/* counts.h: the operation counts in an algorithm's row are those of its kernel. A test compiles the
 * body that all variants of the algorithm share once more over a wrapper that counts (vec_count.h),
 * and runs it: what one more batch adds to the counters must be what the row says. A kernel changed
 * without its counts fails there; so the limit that bench prints cannot rot. Included after
 * vec_count.h and the body. */
#ifndef TESTS_COUNTS_H
#define TESTS_COUNTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kern.h"

static const struct kern_variant counts_variant = {.name = "counting", KERN_VARIANT_OF_BODY};

/* Counters of `batches` batches without a find. */
static void counts_run(const struct kern_algo *algo, uint64_t batches)
{
    struct kern_work work;
    struct kern_find find;
    struct kern_table *table = NULL;
    struct kern_finds finds = {.entries = &find, .cap = 1};
    struct kern_progress progress;
    memset(&work, 0, sizeof work);
    work.header_size = algo->header_size;
    if (algo->variants[0]->needs_table) {
        assert_int_equal(kern_table_build(&table, algo, &work), BASE_OK);
    }
    work.table = table;
    void *scratch = aligned_alloc(KERN_SCRATCH_ALIGN, algo->scratch_size);
    assert_non_null(scratch);
    memset(scratch, 0, algo->scratch_size);
    memset(vec_counted, 0, sizeof vec_counted);
    vec_counted_quads = 0;
    assert_int_equal(
        counts_variant.search(scratch, &finds, &progress, &work, 0, batches * VEC_WAYS, NULL),
        BASE_OK);
    assert_int_equal(progress.tried, batches * VEC_WAYS);
    assert_int_equal(finds.count, 0);
    free(scratch);
    kern_table_free(table);
}

/* Transposing the quads of n vectors, a power of two, takes n * log2(n) instructions. */
static uint64_t counts_transposed(const struct kern_variant *variant, uint64_t vectors)
{
    uint64_t log2 = 0;
    while (4U << log2 < variant->ways) {
        log2++;
    }
    return vectors * log2;
}

/* One batch of the counting variant, and the counts of every variant made of the same body: all but
 * those named. */
static void counts_check(const char *algorithm, const char *const *others)
{
    static const char *const names[VEC_OP_KINDS] = {
        "add",          "load",        "logic",        "xor3",        "choose",    "majority",
        "logic twice",  "and xnor",    "rotate bytes", "rotate bits", "rotate 64", "shift",
        "shuffle",      "multiply 16", "above 16",     "aes",         "twice",     "vector load",
        "vector store", "own 0",       "own 1",        "own 2",       "compare"};
    const struct kern_algo *algo = kern_algo_find(algorithm);
    uint64_t before[VEC_OP_KINDS];
    assert_non_null(algo);
    counts_run(algo, 3);
    memcpy(before, vec_counted, sizeof before);
    uint64_t quads = vec_counted_quads;
    counts_run(algo, 4);
    quads = vec_counted_quads - quads;
    size_t checked = 0;
    for (size_t i = 0; i < algo->variant_count; i++) {
        const struct kern_variant *variant = algo->variants[i];
        bool other = false;
        for (size_t k = 0; others[k] != NULL; k++) {
            other = other || strcmp(others[k], variant->name) == 0;
        }
        for (size_t kind = 0; kind < VEC_OP_KINDS && !other; kind++) {
            uint64_t counted = vec_counted[kind] - before[kind];
            counted += kind == VEC_OP_SHUFFLE ? counts_transposed(variant, quads) : 0;
            if (variant->counts.of[kind] != counted) {
                print_message("%s, %s: %s counted %llu, in the row %u\n", algorithm, variant->name,
                              names[kind], (unsigned long long)counted, variant->counts.of[kind]);
            }
        }
        for (size_t kind = 0; kind < VEC_OP_KINDS && !other; kind++) {
            uint64_t counted = vec_counted[kind] - before[kind];
            counted += kind == VEC_OP_SHUFFLE ? counts_transposed(variant, quads) : 0;
            assert_int_equal(variant->counts.of[kind], counted);
        }
        if (!other) {
            assert_non_null(variant->probe);
            checked++;
        }
    }
    assert_true(checked > 0);
}

#endif
