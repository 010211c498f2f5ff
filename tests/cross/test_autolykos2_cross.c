/* test_autolykos2_cross.c: every variant of Autolykos 2 that runs on this processor gives exactly
 * what a plain loop over the reference gives: the same finds in the same order, the same count of
 * tried nonces, the same status. Random messages with a fixed seed, edges of heights, sizes and
 * nonces, short counts, full lists; with and without a table. Every way to fill a table gives the
 * reference's elements. What the reference is worth is the business of the vector tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "autolykos2/autolykos2_table.h"
#include "base/cpu.h"
#include "base/endian.h"
#include "base/random.h"
#include "base/target.h"
#include "kern.h"

enum { CAP_MAX = 128, SEED = 2026, NONCES_MAX = 128, WAYS_MAX = 16 };

static const struct kern_algo *algo;
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
    assert_in_range(count, 1, NONCES_MAX);
    truth.first = first;
    truth.count = count;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(kern_hash(truth.hash_be[i], algo, &truth.work, first + i, NULL, 0),
                         BASE_OK);
    }
}

/* A random target that about one nonce in 2^bits meets. */
static void set_target(struct base_random *random, unsigned bits)
{
    base_random_bytes(random, truth.work.target_be, 32);
    truth.work.target_be[0] = (uint8_t)(0xffU >> bits);
}

/* A random message at a random height of today. */
static void random_work(struct base_random *random)
{
    memset(&truth.work, 0, sizeof truth.work);
    truth.work.header_size = algo->header_size;
    truth.work.height = 417792 + base_random_below(random, 2000000);
    base_random_bytes(random, truth.work.header, truth.work.header_size);
    set_target(random, 1);
}

/* One range inside what was learnt, on one variant. */
static void compare(const struct kern_variant *variant, struct kern_scratch *scratch, size_t cap,
                    size_t skip, size_t count)
{
    size_t want_finds = 0;
    size_t want_tried = 0;
    struct kern_progress progress = {99, 99};
    struct kern_finds finds = {.entries = entries, .cap = cap};
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
        fail_msg("%s differs: height %llu size %u first %#llx count %zu cap %zu: status %d want "
                 "%d, %zu finds want %zu, tried %llu want %zu",
                 variant->name, (unsigned long long)truth.work.height, truth.work.reduced,
                 (unsigned long long)first, count, cap, (int)status, (int)want, finds.count,
                 want_finds, (unsigned long long)progress.tried, want_tried);
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
            assert_in_range(variant->ways, 1, WAYS_MAX);
            body(variant, scratch);
            kern_scratch_free(scratch);
        }
    }
}

static void whole_body(const struct kern_variant *variant, struct kern_scratch *scratch)
{
    compare(variant, scratch, CAP_MAX, 0, truth.count);
}

static void short_counts_body(const struct kern_variant *variant, struct kern_scratch *scratch)
{
    for (size_t count = 1; count <= 3 * variant->ways + 1; count++) {
        compare(variant, scratch, CAP_MAX, count % 7, count);
    }
}

static void every_short_count(void **state)
{
    struct base_random random = {SEED};
    (void)state;
    random_work(&random);
    learn(base_random_next(&random) >> 1, 3 * WAYS_MAX + 8);
    each_variant(short_counts_body);
}

/* Each byte of the message reaches every variant's hash. */
static void every_message_byte(void **state)
{
    struct base_random random = {SEED + 1};
    (void)state;
    for (size_t i = 0; i < 32; i++) {
        random_work(&random);
        memset(truth.work.header, i % 2 == 0 ? 0 : 0xff, truth.work.header_size);
        truth.work.header[i] ^= 0x80;
        learn(i, 4);
        each_variant(whole_body);
    }
}

/* Heights around every change of the size, and reduced sizes down to one element. */
static void every_size(void **state)
{
    static const struct {
        uint64_t height;
        uint32_t reduced;
    } cases[] = {
        {0, 0},
        {1, 0},
        {614399, 0},
        {614400, 0},
        {665600, 0},
        {1331200, 0},
        {4198399, 0},
        {4198400, 0},
        {4198401, 0},
        {UINT32_MAX, 0},
        {0, 1},
        {1000, 2},
        {1000, 3},
        {1000, 97},
        {1000, 1024},
        {1000000, 65536},
        {1928000, 65537},
        {1928000, 1 << 20},
        {1928000, 2143944600},
        {1928000, 2143944601},
        {1928000, UINT32_MAX},
    };
    struct base_random random = {SEED + 2};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(cases); i++) {
        random_work(&random);
        truth.work.height = cases[i].height;
        truth.work.reduced = cases[i].reduced;
        learn(base_random_next(&random) >> 1, 19);
        each_variant(whole_body);
    }
}

/* Every byte of the nonce is carried into. */
static void nonce_borders(void **state)
{
    struct base_random random = {SEED + 3};
    (void)state;
    for (unsigned bits = 8; bits < 64; bits += 8) {
        random_work(&random);
        learn((base_random_next(&random) >> bits << bits) - 7, 15);
        each_variant(whole_body);
    }
}

/* Targets equal to a hit, and one below it. */
static void exact_targets(void **state)
{
    struct base_random random = {SEED + 4};
    (void)state;
    random_work(&random);
    learn(77, 40);
    for (size_t i = 0; i < truth.count; i += 3) {
        memcpy(truth.work.target_be, truth.hash_be[i], 32);
        each_variant(whole_body);
        for (unsigned k = 31; truth.work.target_be[k]-- == 0; k--) {
        }
        each_variant(whole_body);
    }
    /* targets that agree with a hit up to some word */
    for (size_t at = 0; at < 32; at += 8) {
        memcpy(truth.work.target_be, truth.hash_be[5], 32);
        memset(truth.work.target_be + at, 0xff, 32 - at);
        each_variant(whole_body);
        memset(truth.work.target_be + at, 0, 32 - at);
        each_variant(whole_body);
    }
}

/* A list that fills up stops the search right after its last find, wherever that lies. */
static void small_lists_body(const struct kern_variant *variant, struct kern_scratch *scratch)
{
    for (size_t cap = 1; cap < 20; cap += 3) {
        for (size_t skip = 0; skip < truth.count; skip += 13) {
            compare(variant, scratch, cap, skip, truth.count - skip);
        }
    }
}

static void small_lists(void **state)
{
    struct base_random random = {SEED + 5};
    (void)state;
    random_work(&random);
    learn(1000, 38);
    each_variant(small_lists_body);
    memset(truth.work.target_be, 0xff, 32);
    each_variant(small_lists_body);
}

/* Batches may look past the last nonce; nothing found there may be reported. */
static void last_nonces_body(const struct kern_variant *variant, struct kern_scratch *scratch)
{
    for (size_t skip = 0; skip < truth.count; skip += 5) {
        compare(variant, scratch, CAP_MAX, skip, truth.count - skip);
    }
}

static void last_nonces(void **state)
{
    struct base_random random = {SEED + 6};
    (void)state;
    random_work(&random);
    set_target(&random, 0);
    learn(UINT64_MAX - 36, 37);
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
        struct base_random random = {SEED + 7};
        struct kern_scratch *scratch = kern_scratch_new(algo, variant);
        assert_non_null(scratch);
        for (unsigned k = 0; k < 6; k++) {
            random_work(&random);
            truth.work.reduced = k % 2 == 0 ? 0 : 1000 + k;
            learn(base_random_next(&random) >> 1, 17);
            compare(variant, scratch, CAP_MAX, 0, 17);
            if (variant->probe != NULL) { /* a probe leaves the scratch fit for searches */
                (void)kern_probe(scratch, 1);
            }
        }
        kern_scratch_free(scratch);
    }
}

/* The counter lies in the last eight bytes, most significant first: what a pool fixes is the top.
 */
static void counter_place(void **state)
{
    struct kern_work work = {.header_size = algo->header_size, .height = 1000, .reduced = 97};
    struct base_random random = {SEED + 8};
    uint8_t want[32];
    uint8_t got[32];
    (void)state;
    base_random_bytes(&random, work.header, 40);
    memcpy(work.header + 32, "\x0a\x3f\x01\x02\x03\x04\x05\x06", 8);
    assert_int_equal(algo->hash(want, &work, NULL, 0), BASE_OK);
    assert_int_equal(kern_hash(got, algo, &work, 0x0a3f010203040506, NULL, 0), BASE_OK);
    assert_memory_equal(got, want, 32);
    assert_int_equal(algo->counter_offset, 32);
    assert_true(kern_counter_max(algo) == UINT64_MAX);
}

/* A table for truth.work, put into it. */
static struct kern_table *open_table(void)
{
    struct kern_table *table = NULL;
    assert_int_equal(kern_table_build(&table, algo, &truth.work), BASE_OK);
    assert_non_null(table);
    assert_int_equal(table->size_bytes, 32 * truth.work.reduced);
    assert_int_equal(table->steps, (truth.work.reduced + 1023) / 1024);
    truth.work.table = table;
    return table;
}

static void table_counts_body(const struct kern_variant *variant, struct kern_scratch *scratch)
{
    static const size_t counts[] = {1, 2, 3, 15, 16, 17, 63, 64, 65, 80, 127, 128};
    for (size_t i = 0; i < BASE_COUNT_OF(counts); i++) {
        compare(variant, scratch, CAP_MAX, truth.count - counts[i], counts[i]);
        compare(variant, scratch, 5, 0, counts[i]);
    }
}

/* Searches with tables of many sizes find what the reference, which has none, finds. */
static void searches_with_a_table(void **state)
{
    static const uint32_t sizes[] = {1, 2, 3, 97, 1024, 4099};
    struct base_random random = {SEED + 9};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(sizes); i++) {
        random_work(&random);
        truth.work.reduced = sizes[i];
        learn(base_random_next(&random) >> 1, NONCES_MAX);
        struct kern_table *table = open_table();
        each_variant(table_counts_body);
        kern_table_free(table);
    }
    random_work(&random);
    truth.work.reduced = 777;
    learn(UINT64_MAX - 36, 37);
    struct kern_table *table = open_table();
    each_variant(last_nonces_body);
    kern_table_free(table);
}

static void refused_body(const struct kern_variant *variant, struct kern_scratch *scratch)
{
    struct kern_finds finds = {.entries = entries, .cap = CAP_MAX};
    struct kern_progress progress;
    (void)variant;
    assert_int_equal(kern_search(scratch, &finds, &progress, &truth.work, 1000, 20, NULL),
                     BASE_E_ARG);
}

/* The table of another height or size is refused. */
static void wrong_tables(void **state)
{
    struct base_random random = {SEED + 10};
    (void)state;
    random_work(&random);
    truth.work.reduced = 50;
    struct kern_table *table = open_table();
    truth.work.height++;
    each_variant(refused_body);
    truth.work.height--;
    truth.work.reduced = 49;
    each_variant(refused_body);
    truth.work.reduced = 50;
    learn(1000, 20);
    each_variant(whole_body);
    kern_table_free(table);
}

/* Elements are really read: a table full of something else gives other hits, the same ones on every
 * variant. */
static void tables_are_read(void **state)
{
    struct base_random random = {SEED + 11};
    size_t same = 0;
    (void)state;
    random_work(&random);
    truth.work.reduced = 100;
    struct kern_table *table = open_table();
    struct kern_autolykos2_entry *elements = table->data;
    for (size_t i = 0; i < 100; i++) {
        base_random_bytes(&random, (uint8_t *)elements[i].word, sizeof elements[i].word);
        elements[i].word[3] &= UINT64_MAX >> 8;
    }
    learn(2000, 40);
    for (size_t i = 0; i < truth.count; i++) {
        uint8_t hash_be[32];
        struct kern_work work = truth.work;
        base_store_be64(work.header + 32, truth.first + i);
        kern_autolykos2_table_hash(hash_be, &work, elements);
        same += memcmp(hash_be, truth.hash_be[i], 32) == 0 ? 1 : 0;
        memcpy(truth.hash_be[i], hash_be, 32);
    }
    assert_int_equal(same, 0);
    each_variant(whole_body);
    kern_table_free(table);
}

/* Every fill, at every count around its width and at the last indexes of all. */
static void fills(void **state)
{
    enum { MORE = 2 * WAYS_MAX + 2 };
    static const uint32_t firsts[] = {0, 1, 65530, 2143944600 - MORE};
    struct kern_autolykos2_entry want[MORE];
    struct kern_autolykos2_entry got[MORE + 1];
    uint32_t features = base_cpu_detect();
    (void)state;
    for (size_t k = 0; k < BASE_COUNT_OF(firsts); k++) {
        uint32_t height = 417792 + 500000 * (uint32_t)k;
        for (uint32_t i = 0; i < MORE; i++) {
            uint8_t number[32] = {0};
            kern_autolykos2_element(number + 1, firsts[k] + i, height);
            for (size_t w = 0; w < 4; w++) {
                want[i].word[3 - w] = base_load_be64(number + 8 * w);
            }
        }
        for (size_t f = 0; f < kern_autolykos2_filler_count(); f++) {
            const struct kern_autolykos2_filler *filler = kern_autolykos2_filler_at(f);
            if ((filler->features & ~features) != 0) {
                continue;
            }
            for (uint32_t count = 1; count <= MORE; count += k == 0 ? 1 : 11) {
                memset(got, 0xa5, sizeof got);
                filler->fill(got, height, firsts[k], count);
                if (memcmp(got, want, count * sizeof want[0]) != 0) {
                    fail_msg("%s fills %u from %u wrongly", filler->name, count, firsts[k]);
                }
                assert_true(got[count].word[0] == 0xa5a5a5a5a5a5a5a5U);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_short_count),
        cmocka_unit_test(every_message_byte),
        cmocka_unit_test(every_size),
        cmocka_unit_test(nonce_borders),
        cmocka_unit_test(exact_targets),
        cmocka_unit_test(small_lists),
        cmocka_unit_test(last_nonces),
        cmocka_unit_test(work_after_work),
        cmocka_unit_test(counter_place),
        cmocka_unit_test(searches_with_a_table),
        cmocka_unit_test(wrong_tables),
        cmocka_unit_test(tables_are_read),
        cmocka_unit_test(fills),
    };
    char names[256];
    algo = kern_algo_find("autolykos2");
    if (algo == NULL) {
        (void)fprintf(stderr, "no algorithm autolykos2\n");
        return 1;
    }
    printf("seed %d, features: %s\n", SEED, base_cpu_names(names, sizeof names, base_cpu_detect()));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
