/* test_alephium_cross.c: every variant that runs on this processor, of an algorithm whose counter
 * has 64 bits, gives exactly what a plain loop over the reference gives: the same finds in the same
 * order, the same count of tried nonces, the same status. Headers, targets and ranges are random
 * with a fixed seed, or chosen at the edges. What the reference itself is worth is the business of
 * the vector tests. Argument: the algorithm's name, alephium where there is none. */
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

enum {
    CAP_MAX = 512,
    SEED = 20210,
    TOP_BITS_MAX = 7, /* targets of random tests: finds stay frequent */
};

struct range_result {
    enum base_status status;
    size_t find_count;
    uint64_t tried;
    uint64_t counters[CAP_MAX];
};

static const struct kern_algo *algo;
static struct kern_find entries[CAP_MAX + 1];

/* What the contract in kern.h says, with nothing but the reference hash. */
static void search_plainly(struct range_result *result, const struct kern_work *work, size_t cap,
                           uint64_t first, uint64_t count)
{
    memset(result, 0, sizeof *result);
    for (; result->tried < count; result->tried++) {
        uint8_t hash_be[32];
        if (result->find_count == cap) {
            result->status = BASE_E_FULL;
            return;
        }
        assert_int_equal(kern_hash(hash_be, algo, work, first + result->tried, NULL, 0), BASE_OK);
        if (base_target_meets(hash_be, work->target_be) &&
            kern_chain_of(algo, hash_be) == work->chain) {
            result->counters[result->find_count++] = first + result->tried;
        }
    }
}

/* One range on every variant. Every variant but the widest ones is cheap; all are tried. */
static void compare(const struct kern_work *work, size_t cap, uint64_t first, uint64_t count)
{
    static struct range_result want;
    uint32_t features = base_cpu_detect();
    search_plainly(&want, work, cap, first, count);
    for (size_t i = 0; i < algo->variant_count; i++) {
        const struct kern_variant *variant = algo->variants[i];
        if (!kern_variant_runs(variant, features)) {
            continue;
        }
        struct kern_scratch *scratch = kern_scratch_new(algo, variant);
        struct kern_finds finds = {.entries = entries, .cap = cap};
        struct kern_progress progress = {99, 99};
        assert_non_null(scratch);
        memset(entries, 0xa5, sizeof entries);
        enum base_status status = kern_search(scratch, &finds, &progress, work, first, count, NULL);
        bool same = status == want.status && finds.count == want.find_count &&
                    progress.tried == want.tried && progress.units == want.tried;
        for (size_t j = 0; same && j < finds.count; j++) {
            same = entries[j].counter == want.counters[j] && entries[j].solution_size == 0;
        }
        if (!same) {
            fail_msg("%s differs: first %#llx count %llu cap %zu chain %u: status %d want %d, "
                     "%zu finds want %zu, tried %llu want %llu",
                     variant->name, (unsigned long long)first, (unsigned long long)count, cap,
                     work->chain, (int)status, (int)want.status, finds.count, want.find_count,
                     (unsigned long long)progress.tried, (unsigned long long)want.tried);
        }
        /* beyond the finds nothing may have been written */
        assert_int_equal(entries[finds.count].counter, 0xa5a5a5a5a5a5a5a5U);
        kern_scratch_free(scratch);
    }
}

static void random_work(struct kern_work *work, struct base_random *random, unsigned top_bits)
{
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    base_random_bytes(random, work->header, work->header_size);
    base_random_bytes(random, work->target_be, 32);
    /* a random number below 2^(256 - top_bits) */
    work->target_be[0] = (uint8_t)(work->target_be[0] >> top_bits);
    work->chain = (uint32_t)base_random_below(random, algo->chains);
}

static unsigned widest(void)
{
    return algo->variants[0]->ways;
}

static void every_short_count(void **state)
{
    struct base_random random = {SEED};
    struct kern_work work;
    (void)state;
    for (uint64_t count = 1; count <= 4 * widest() + 1; count++) {
        random_work(&work, &random, (unsigned)base_random_below(&random, TOP_BITS_MAX));
        compare(&work, CAP_MAX, base_random_next(&random) >> 1, count);
    }
}

static void every_chain_and_alignment(void **state)
{
    struct base_random random = {SEED + 1};
    struct kern_work work;
    (void)state;
    for (uint32_t i = 0; i < 3 * algo->chains || i < 16; i++) {
        random_work(&work, &random, i % 4);
        work.chain = i % algo->chains;
        compare(&work, CAP_MAX, (base_random_next(&random) >> 1) + i, 200 + i);
    }
}

static void edge_headers(void **state)
{
    struct base_random random = {SEED + 2};
    struct kern_work work;
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        random_work(&work, &random, 1);
        memset(work.header, i % 2 == 0 ? 0 : 0xff, work.header_size);
        if (i >= 2) { /* one bit in the last byte */
            work.header[work.header_size - 1] ^= 1;
        }
        compare(&work, CAP_MAX, 0, 300);
    }
    /* each byte of the message matters to every variant */
    for (size_t i = 0; i < algo->header_size; i++) {
        random_work(&work, &random, 0);
        memset(work.header, 0, work.header_size);
        work.header[i] = 0x80;
        compare(&work, CAP_MAX, i, SHARDPICK_TEST_SLOWDOWN > 1 ? 16 : 48);
    }
}

/* The counter's low half wraps inside and between batches. */
static void over_the_word_border(void **state)
{
    static const uint64_t borders[] = {1ULL << 32, 2ULL << 32, 0x7fffffffULL << 32,
                                       0xffffffffULL << 32};
    struct base_random random = {SEED + 3};
    struct kern_work work;
    (void)state;
    for (size_t b = 0; b < BASE_COUNT_OF(borders); b++) {
        for (uint64_t before = 1; before <= 2 * widest() + 1; before += 2) {
            random_work(&work, &random, 1);
            compare(&work, CAP_MAX, borders[b] - before, before + widest() + before % 5);
        }
        random_work(&work, &random, 1);
        compare(&work, CAP_MAX, borders[b], 70);
        compare(&work, CAP_MAX, borders[b] - 70, 70);
    }
}

/* Carries of every length into the bits above a batch. */
static void over_every_power(void **state)
{
    struct base_random random = {SEED + 11};
    struct kern_work work;
    (void)state;
    for (unsigned bits = 1; bits < 64; bits++) {
        uint64_t border = 1ULL << bits;
        uint64_t before = border < 70 ? border : 70;
        random_work(&work, &random, 1);
        compare(&work, CAP_MAX, border - before, before + 70);
        random_work(&work, &random, 1);
        compare(&work, CAP_MAX, (base_random_next(&random) / 4 | (border - 1)) - 33, 100);
    }
}

static void at_the_counters_end(void **state)
{
    struct base_random random = {SEED + 4};
    struct kern_work work;
    uint64_t max = kern_counter_max(algo);
    (void)state;
    for (uint64_t count = 1; count <= 2 * widest() + 1; count += 3) {
        random_work(&work, &random, 1);
        compare(&work, CAP_MAX, max - count + 1, count);
    }
}

/* Targets equal to a hash of the range, one below it, and with one find only. */
static void boundary_targets(void **state)
{
    struct base_random random = {SEED + 5};
    struct kern_work work;
    uint8_t hash_be[32];
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        random_work(&work, &random, 0);
        uint64_t first = base_random_next(&random) >> 1;
        uint64_t count = 1 + base_random_below(&random, 6ULL * widest());
        uint64_t at = first + base_random_below(&random, count);
        assert_int_equal(kern_hash(hash_be, algo, &work, at, NULL, 0), BASE_OK);
        memcpy(work.target_be, hash_be, sizeof hash_be);
        work.chain = kern_chain_of(algo, hash_be);
        compare(&work, CAP_MAX, first, count);
        for (int byte = 31; byte >= 0 && work.target_be[byte]-- == 0; byte--) {
        }
        compare(&work, CAP_MAX, first, count);
        work.chain = (work.chain + 1) % algo->chains;
        compare(&work, CAP_MAX, first, count);
    }
}

static void any_number_of_zero_bits(void **state)
{
    struct base_random random = {SEED + 6};
    struct kern_work work;
    (void)state;
    for (unsigned bits = 0; bits <= 256; bits += bits < 40 ? 1 : 24) {
        random_work(&work, &random, 0);
        base_target_ones(work.target_be, 256 - bits);
        compare(&work, CAP_MAX, base_random_next(&random) >> 1, bits < 12 ? 600 : 150);
    }
}

/* The buffer for finds is full somewhere: exactly at the end, at a batch's border, in its middle.
 */
static void full_buffers(void **state)
{
    struct base_random random = {SEED + 7};
    struct kern_work work;
    (void)state;
    for (size_t cap = 1; cap <= 24; cap++) {
        random_work(&work, &random, 0);
        memset(work.target_be, 0xff, sizeof work.target_be);
        compare(&work, cap, base_random_next(&random) >> 1, 16 * cap);
        compare(&work, cap, (1ULL << 32) - 1 - 8 * cap, 20 * cap);
    }
    /* ranges that end right after, at, and before the find that fills the buffer */
    for (unsigned i = 0; i < 24; i++) {
        static struct range_result whole;
        random_work(&work, &random, 0);
        memset(work.target_be, 0xff, sizeof work.target_be);
        uint64_t first = i % 2 == 0 ? base_random_next(&random) >> 1 : (1ULL << 32) - 3ULL * i;
        search_plainly(&whole, &work, 3, first, 2000);
        assert_int_equal(whole.status, BASE_E_FULL);
        compare(&work, 3, first, whole.tried - 1);
        compare(&work, 3, first, whole.tried);
        compare(&work, 3, first, whole.tried + 1);
    }
}

/* Going on at first + tried after BASE_E_FULL finds everything once. */
static void continued_after_full(void **state)
{
    static struct range_result want;
    struct base_random random = {SEED + 8};
    struct kern_work work;
    uint32_t features = base_cpu_detect();
    const uint64_t count = 3000;
    (void)state;
    random_work(&work, &random, 0);
    memset(work.target_be, 0xff, sizeof work.target_be);
    if (algo->chains == 1) { /* one nonce in 16, as with 16 chains */
        work.target_be[0] = 0x0f;
    }
    uint64_t first = (1ULL << 32) - 1500;
    search_plainly(&want, &work, CAP_MAX, first, count);
    assert_true(want.find_count > 100);
    for (size_t i = 0; i < algo->variant_count; i++) {
        uint64_t done = 0;
        size_t seen = 0;
        if (!kern_variant_runs(algo->variants[i], features)) {
            continue;
        }
        struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[i]);
        assert_non_null(scratch);
        while (done < count) {
            struct kern_finds finds = {.entries = entries, .cap = 1};
            struct kern_progress progress;
            enum base_status status =
                kern_search(scratch, &finds, &progress, &work, first + done, count - done, NULL);
            assert_true(status == BASE_OK || (status == BASE_E_FULL && finds.count == 1));
            assert_true(progress.tried > 0);
            if (finds.count == 1) {
                assert_true(seen < want.find_count);
                assert_int_equal(entries[0].counter, want.counters[seen]);
                seen++;
            }
            done += progress.tried;
        }
        assert_int_equal(done, count);
        assert_int_equal(seen, want.find_count);
        kern_scratch_free(scratch);
    }
}

/* Scratch is reused for other work, other halves and other targets without a trace. */
static void reused_scratch(void **state)
{
    struct base_random random = {SEED + 9};
    uint32_t features = base_cpu_detect();
    (void)state;
    for (size_t i = 0; i < algo->variant_count; i++) {
        if (!kern_variant_runs(algo->variants[i], features)) {
            continue;
        }
        struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[i]);
        assert_non_null(scratch);
        for (unsigned round = 0; round < 20; round++) {
            static struct range_result want;
            struct kern_work work;
            struct kern_finds finds = {.entries = entries, .cap = CAP_MAX};
            struct kern_progress progress;
            random_work(&work, &random, round % 3);
            uint64_t first = base_random_next(&random) >> 1;
            search_plainly(&want, &work, CAP_MAX, first, 100);
            assert_int_equal(kern_search(scratch, &finds, &progress, &work, first, 100, NULL),
                             BASE_OK);
            assert_int_equal(finds.count, want.find_count);
            for (size_t j = 0; j < finds.count; j++) {
                assert_int_equal(entries[j].counter, want.counters[j]);
            }
        }
        kern_scratch_free(scratch);
    }
}

static void wrong_arguments(void **state)
{
    struct base_random random = {SEED + 10};
    uint64_t max = kern_counter_max(algo);
    uint32_t features = base_cpu_detect();
    (void)state;
    for (size_t i = 0; i < algo->variant_count; i++) {
        struct kern_work work;
        if (!kern_variant_runs(algo->variants[i], features)) {
            continue;
        }
        struct kern_scratch *scratch = kern_scratch_new(algo, algo->variants[i]);
        assert_non_null(scratch);
        random_work(&work, &random, 0);
#define EXPECT(want, room, from, nonces)                                                           \
    do {                                                                                           \
        struct kern_finds finds = {.entries = entries, .cap = (room)};                             \
        struct kern_progress progress = {9, 9};                                                    \
        assert_int_equal(kern_search(scratch, &finds, &progress, &work, from, nonces, NULL),       \
                         want);                                                                    \
        assert_int_equal(finds.count, 0);                                                          \
        assert_int_equal(progress.tried, 0);                                                       \
        assert_int_equal(progress.units, 0);                                                       \
    } while (0)
        EXPECT(BASE_E_RANGE, CAP_MAX, 0, 0);
        EXPECT(BASE_E_RANGE, CAP_MAX, 0, (1ULL << 32) + 1);
        EXPECT(BASE_E_RANGE, 0, 0, 1);
        EXPECT(BASE_E_RANGE, CAP_MAX, max, 2);
        EXPECT(BASE_E_RANGE, CAP_MAX, max - 10, 12);
        work.chain = algo->chains;
        EXPECT(BASE_E_ARG, CAP_MAX, 0, 1);
        work.chain = 0;
        work.header_size--;
        EXPECT(BASE_E_ARG, CAP_MAX, 0, 1);
#undef EXPECT
        kern_scratch_free(scratch);
    }
}

int main(int argc, char **argv)
{
    char names[256];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_short_count), cmocka_unit_test(every_chain_and_alignment),
        cmocka_unit_test(edge_headers),      cmocka_unit_test(over_the_word_border),
        cmocka_unit_test(over_every_power),  cmocka_unit_test(at_the_counters_end),
        cmocka_unit_test(boundary_targets),  cmocka_unit_test(any_number_of_zero_bits),
        cmocka_unit_test(full_buffers),      cmocka_unit_test(continued_after_full),
        cmocka_unit_test(reused_scratch),    cmocka_unit_test(wrong_arguments),
    };
    algo = kern_algo_find(argc > 1 ? argv[1] : "alephium");
    if (algo == NULL || algo->counter_size != 8) {
        (void)fprintf(stderr, "usage: test_alephium_cross ALGORITHM (one with a 64-bit counter)\n");
        return 1;
    }
    printf("seed %d, features: %s\n", SEED, base_cpu_names(names, sizeof names, base_cpu_detect()));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
