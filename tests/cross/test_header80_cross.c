/* test_header80_cross.c: every variant that runs on this processor, of every algorithm that hashes
 * an 80-byte header, gives exactly what a plain loop over the reference gives: the same finds in
 * the same order, the same count of tried nonces, the same status. Random headers with a fixed
 * seed, edge headers, short counts, full lists, the last nonce. What the references are worth is
 * the business of the vector tests. Argument: the algorithm's name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "base/random.h"
#include "base/target.h"
#include "kern.h"

enum { CAP_MAX = 512, SEED = 1389, NONCES_MAX = 1024, WAYS_MAX = 64 };

static const struct kern_algo *algo;
static struct kern_table *table;
static struct kern_find entries[CAP_MAX + 1];

/* Reference hashes of one work, from `first` on: computed once, compared with by all variants and
 * with all counts and capacities. */
struct truth {
    struct kern_work work;
    uint64_t first;
    size_t count;
    uint8_t hash_be[NONCES_MAX][32];
};

static struct truth truth;

static void learn(uint64_t first, size_t count)
{
    truth.first = first;
    truth.count = count;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(kern_hash(truth.hash_be[i], algo, &truth.work, first + i, NULL, 0),
                         BASE_OK);
    }
}

/* A target that about one nonce in 2^bits meets. */
static void set_target(struct base_random *random, unsigned bits)
{
    base_random_bytes(random, truth.work.target_be, 32);
    truth.work.target_be[0] = (uint8_t)(0xffU >> bits);
}

static void random_work(struct base_random *random)
{
    memset(&truth.work, 0, sizeof truth.work);
    truth.work.header_size = algo->header_size;
    truth.work.table = table;
    truth.work.epoch = table != NULL ? table->key : 0;
    base_random_bytes(random, truth.work.header, truth.work.header_size);
}

/* One range inside what was learnt, on one variant. */
static void compare(const struct kern_variant *variant, struct kern_scratch *scratch, size_t cap,
                    size_t skip, size_t count)
{
    size_t want_finds = 0;
    size_t want_tried = 0;
    struct kern_finds finds = {.entries = entries, .cap = cap};
    struct kern_progress progress = {99, 99};
    uint64_t first = truth.first + skip;
    bool same = true;
    assert_true(skip + count <= truth.count);
    memset(entries, 0xa5, (cap + 1) * sizeof entries[0]);
    enum base_status status =
        kern_search(scratch, &finds, &progress, &truth.work, first, count, NULL);
    for (; want_tried < count && want_finds < cap; want_tried++) {
        if (base_target_meets(truth.hash_be[skip + want_tried], truth.work.target_be)) {
            same = same && want_finds < finds.count &&
                   entries[want_finds].counter == first + want_tried &&
                   entries[want_finds].solution_size == 0;
            want_finds++;
        }
    }
    enum base_status want = want_tried < count ? BASE_E_FULL : BASE_OK;
    if (!same || status != want || finds.count != want_finds || progress.tried != want_tried ||
        progress.units != want_tried) {
        fail_msg("%s differs: first %#llx count %zu cap %zu: status %d want %d, %zu finds want "
                 "%zu, tried %llu want %zu",
                 variant->name, (unsigned long long)first, count, cap, (int)status, (int)want,
                 finds.count, want_finds, (unsigned long long)progress.tried, want_tried);
    }
    /* beyond the finds nothing may have been written */
    assert_true(entries[finds.count].counter == 0xa5a5a5a5a5a5a5a5U);
}

/* Calls body for every variant that runs here. */
typedef void (*variant_body)(const struct kern_variant *variant, struct kern_scratch *scratch);

static void each_variant(variant_body body)
{
    uint32_t features = base_cpu_detect();
    for (size_t i = 0; i < algo->variant_count; i++) {
        const struct kern_variant *variant = algo->variants[i];
        if (kern_variant_runs(variant, features)) {
            struct kern_scratch *scratch = kern_scratch_new(algo, variant);
            assert_non_null(scratch);
            body(variant, scratch);
            kern_scratch_free(scratch);
        }
    }
}

/* Algorithms whose hash takes a millisecond get fewer ranges: still all counts around one batch.
 * Scrypt's takes that anywhere, qubit's under a sanitizer; both have much scratch. */
static bool dear(void)
{
    return algo->scratch_size >= (SHARDPICK_TEST_SLOWDOWN > 1 ? 1 << 16 : 1 << 18);
}

static void short_counts_body(const struct kern_variant *variant, struct kern_scratch *scratch)
{
    assert_in_range(variant->ways, 1, WAYS_MAX);
    size_t step = dear() ? variant->ways : 1;
    for (size_t count = 1; count <= 4 * variant->ways + 1; count += step) {
        compare(variant, scratch, CAP_MAX, count % 7, count);
    }
}

static void every_short_count(void **state)
{
    struct base_random random = {SEED};
    (void)state;
    for (unsigned bits = 0; bits < (dear() ? 1 : 4); bits++) {
        random_work(&random);
        set_target(&random, bits);
        learn(base_random_below(&random, 1U << 31), 4 * (dear() ? 16 : WAYS_MAX) + 8);
        each_variant(short_counts_body);
    }
}

static void whole_body(const struct kern_variant *variant, struct kern_scratch *scratch)
{
    compare(variant, scratch, CAP_MAX, 0, truth.count);
}

/* Each byte of the header reaches every variant's hash. Under a sanitizer, of a dear algorithm,
 * every ninth and the last: what it looks for is the same at each. */
static void every_header_byte(void **state)
{
    struct base_random random = {SEED + 1};
    size_t step = dear() && SHARDPICK_TEST_SLOWDOWN > 1 ? 9 : 1;
    (void)state;
    for (size_t at = 0; at < algo->header_size + step - 1; at += step) {
        size_t i = at < algo->header_size ? at : algo->header_size - 1;
        random_work(&random);
        memset(truth.work.header, i % 2 == 0 ? 0 : 0xff, truth.work.header_size);
        truth.work.header[i] ^= 0x80;
        set_target(&random, 0);
        truth.work.target_be[0] = 0x7f;
        learn(i, dear() ? 2 : 16);
        each_variant(whole_body);
    }
}

/* Targets that only the top word's low bits, or the words below it, decide. */
static void exact_targets(void **state)
{
    struct base_random random = {SEED + 2};
    (void)state;
    random_work(&random);
    learn(77, dear() ? 20 : 100);
    for (size_t i = 0; i < truth.count; i += 7) {
        memcpy(truth.work.target_be, truth.hash_be[i], 32);
        each_variant(whole_body);
        for (unsigned k = 31; truth.work.target_be[k]-- == 0; k--) { /* one below: not found */
        }
        each_variant(whole_body);
    }
    memset(truth.work.target_be, 0, 32);
    each_variant(whole_body);
    memset(truth.work.target_be, 0xff, 32);
    each_variant(whole_body);
}

/* A list that fills up stops the search right after its last find, wherever that lies. */
static void small_lists_body(const struct kern_variant *variant, struct kern_scratch *scratch)
{
    for (size_t cap = 1; cap < 12; cap += dear() ? 5 : 1) {
        for (size_t skip = 0; skip < truth.count; skip += 29) {
            compare(variant, scratch, cap, skip, truth.count - skip);
        }
    }
}

static void small_lists(void **state)
{
    struct base_random random = {SEED + 3};
    (void)state;
    random_work(&random);
    set_target(&random, 3);
    learn(1000, dear() ? 35 : 150);
    each_variant(small_lists_body);
    memset(truth.work.target_be, 0xff, 32);
    each_variant(small_lists_body);
}

/* Batches may look past the last nonce; nothing found there may be reported. */
static void last_nonces_body(const struct kern_variant *variant, struct kern_scratch *scratch)
{
    for (size_t skip = 0; skip < truth.count; skip += 11) {
        compare(variant, scratch, CAP_MAX, skip, truth.count - skip);
    }
}

static void last_nonces(void **state)
{
    struct base_random random = {SEED + 4};
    (void)state;
    random_work(&random);
    set_target(&random, 0);
    size_t count = dear() ? 20 : 100;
    learn(kern_counter_max(algo) - count + 1, count);
    each_variant(last_nonces_body);
}

/* One scratch serves changing works: nothing of the one before may stay. */
static void work_after_work(void **state)
{
    uint32_t features = base_cpu_detect();
    (void)state;
    for (size_t i = 0; i < algo->variant_count; i++) {
        const struct kern_variant *variant = algo->variants[i];
        if (!kern_variant_runs(variant, features)) {
            continue;
        }
        struct base_random random = {SEED + 5};
        struct kern_scratch *scratch = kern_scratch_new(algo, variant);
        assert_non_null(scratch);
        for (unsigned k = 0; k < (dear() ? 2 : 6); k++) {
            size_t count = dear() ? 17 : 70;
            random_work(&random);
            set_target(&random, 2);
            learn(base_random_below(&random, 1U << 31), count);
            compare(variant, scratch, CAP_MAX, 0, count);
        }
        kern_scratch_free(scratch);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_short_count), cmocka_unit_test(every_header_byte),
        cmocka_unit_test(exact_targets),     cmocka_unit_test(small_lists),
        cmocka_unit_test(last_nonces),       cmocka_unit_test(work_after_work),
    };
    struct kern_work work = {.epoch = 1788480000};
    algo = argc == 2 ? kern_algo_find(argv[1]) : NULL;
    if (algo == NULL || algo->header_size != 80 || algo->counter_size != 4 ||
        kern_table_build(&table, algo, &work) != BASE_OK) {
        (void)fprintf(stderr, "usage: test_header80_cross ALGORITHM (one with 80-byte headers)\n");
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    kern_table_free(table);
    return failed;
}
