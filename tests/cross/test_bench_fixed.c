/* test_bench_fixed.c: the digest of fixed work equals that of an independent program, on every
 * variant this processor runs and with any number of lanes. Expected values:
 * bench/fixed_reference.py (Python, official BLAKE3 library). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "fixed.h"

static const struct {
    uint64_t hashes;
    uint64_t seed;
    uint64_t finds;
    const char *digest;
} known[] = {
    {100, 0, 4, "ecc3182dc4f727a3ae5e17b777ed529961c6c3193e4165fd2b99a40454c5fc40"},
    {1000, 1, 65, "caff640ff2351d41026da81387326e337340fa7b8d1017d655fd1835ac433c60"},
    {300007, 42, 1049, "6da0eaf2795de5a365428dfbec202627282c7009388caca5a03ba94aeb164732"},
};

static struct bench_result run(const struct kern_algo *algo, const struct kern_variant *variant,
                               uint64_t hashes, uint64_t seed, unsigned lanes)
{
    struct bench_machine machine = {.threads = 2};
    struct bench_crew *crew = NULL;
    struct bench_result result;
    struct base_error error = {BASE_OK, ""};
    assert_int_equal(bench_crew_new(&crew, lanes, &machine, &error), BASE_OK);
    assert_int_equal(bench_fixed_cpu(&result, algo, variant, hashes, seed, crew, &error), BASE_OK);
    bench_crew_free(crew);
    return result;
}

static void test_digests(void **state)
{
    const struct kern_algo *algo = kern_algo_find("alephium");
    uint32_t features = base_cpu_detect();
    (void)state;
    for (size_t v = 0; v < algo->variant_count; v++) {
        const struct kern_variant *variant = algo->variants[v];
        if (!kern_variant_runs(variant, features)) {
            print_message("skipped: this processor does not run %s\n", variant->name);
            continue;
        }
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            /* The long one once: with several lanes, the harder case. */
            unsigned first = known[i].hashes > 100000 ? 3 : 1;
            for (unsigned lanes = first; lanes <= 3; lanes++) {
                struct bench_result result =
                    run(algo, variant, known[i].hashes, known[i].seed, lanes);
                assert_string_equal(result.fault, "");
                assert_string_equal(result.digest, known[i].digest);
                assert_int_equal(result.fixed_finds, known[i].finds);
                assert_true(result.verified >= known[i].finds);
            }
        }
    }
}

/* A kernel that misses a find gives another digest, and the sample sees it where it looks. */
static enum base_status search_short(void *scratch, struct kern_finds *finds,
                                     struct kern_progress *progress, const struct kern_work *work,
                                     uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    const struct kern_algo *algo = kern_algo_find("alephium");
    enum base_status status = algo->variants[algo->variant_count - 1]->search(
        scratch, finds, progress, work, first, count, stop);
    if (finds->count > 0 && finds->entries[finds->count - 1].counter > 700) {
        finds->count -= 1;
    }
    return status;
}

static void test_missed_find_is_seen(void **state)
{
    const struct kern_algo *algo = kern_algo_find("alephium");
    struct kern_variant variant = *algo->variants[algo->variant_count - 1];
    (void)state;
    variant.name = "liar";
    variant.search = search_short;
    struct bench_result result = run(algo, &variant, 1000, 1, 1);
    assert_string_not_equal(result.digest, known[1].digest);
    assert_int_equal(result.wrong, 1); /* 1000 nonces are all in the sample */
    assert_non_null(strstr(result.fault, "missed"));
}

/* Results of one list that differ accuse each other, whatever the samples saw. */
static void test_differing_digests_are_faults(void **state)
{
    struct bench_results results = {NULL, 0, 0, 0};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct bench_result *result = bench_results_add(&results);
        result->algorithm = "alephium";
        (void)snprintf(result->kernel, sizeof result->kernel, "k%u", i);
        (void)snprintf(result->digest, sizeof result->digest, "%s", i == 2 ? "bb" : "aa");
    }
    bench_fixed_compare(&results);
    assert_int_equal(results.items[0].wrong, 0);
    assert_int_equal(results.items[1].wrong, 0);
    assert_int_equal(results.items[2].wrong, 1);
    assert_non_null(strstr(results.items[2].fault, "k2"));
    bench_results_free(&results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_missed_find_is_seen),
        cmocka_unit_test(test_differing_digests_are_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
