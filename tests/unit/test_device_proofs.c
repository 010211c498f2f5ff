/* test_device_proofs.c: proofs of devices (kern_cl_proof): their size by algorithm, what they cost
 * the host, and what they say of a device's finds. A device that finds nothing in truth is
 * test_opencl_fake's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/target.h"
#include "kern.h"
#include "kern_opencl.h"
#include "opencl/cl_row.h"

enum { SIMULATED = 10000, REAL = 20, TABLE_BYTES = 1 << 20 };

static struct kern_cl_result result;
static struct base_error error;

/* ---- sizes ------------------------------------------------------------------------------- */

/* True for algorithms whose proofs are ranges that the host searches: hashes. A solver's are known
 * answers. */
static bool has_ranges(const struct kern_algo *algo)
{
    return algo->opencl != NULL && algo->opencl->proof.nonces > 0;
}

/* Chance that one nonce of a proof is a find. */
static double find_chance(const struct kern_algo *algo)
{
    return ldexp(1.0, (int)algo->opencl->proof.target_bits - 256) / algo->chains;
}

/* Chance of exactly k finds among n nonces, from logarithms of factorials. */
static double exactly(unsigned n, double p, unsigned k)
{
    return exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) +
               (n - k) * log1p(-p));
}

/* By chance a proof neither overflows the result buffer nor has no finds. */
static void test_chances(void **state)
{
    (void)state;
    for (size_t i = 0; i < kern_algo_count(); i++) {
        const struct kern_algo *algo = kern_algo_at(i);
        if (!has_ranges(algo)) {
            continue;
        }
        const struct kern_cl_proof_size *size = &algo->opencl->proof;
        double p = find_chance(algo);
        double overflow = 0;
        assert_in_range(size->nonces, 1, 65536);
        assert_in_range(size->target_bits, 1, 255);
        for (unsigned k = KERN_CL_FINDS_MAX + 1; k <= size->nonces; k++) {
            overflow += exactly(size->nonces, p, k);
        }
        assert_true(overflow < 1e-9);
        assert_true(exactly(size->nonces, p, 0) < 1e-9);
    }
}

static void test_simulated(void **state)
{
    (void)state;
    struct base_random random = {2026};
    for (size_t i = 0; i < kern_algo_count(); i++) {
        const struct kern_algo *algo = kern_algo_at(i);
        if (!has_ranges(algo)) {
            continue;
        }
        uint64_t limit = (uint64_t)ldexp(find_chance(algo), 64);
        for (unsigned proof = 0; proof < SIMULATED; proof++) {
            unsigned finds = 0;
            for (uint32_t nonce = 0; nonce < algo->opencl->proof.nonces; nonce++) {
                finds += base_random_next(&random) < limit;
            }
            assert_in_range(finds, 1, KERN_CL_FINDS_MAX);
        }
    }
}

/* ---- judging ----------------------------------------------------------------------------- */

/* Work of the algorithm with a random header; the table is the caller's. */
static struct kern_table *random_work(struct kern_work *work, const struct kern_algo *algo,
                                      struct base_random *random)
{
    struct kern_table *table = NULL;
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    base_random_bytes(random, work->header, algo->header_size);
    work->chain = (uint32_t)base_random_below(random, algo->chains);
    if (algo->table != NULL && algo->table->reduced_to != NULL) {
        work->reduced = algo->table->reduced_to(work, TABLE_BYTES); /* not gigabytes */
    }
    assert_int_equal(kern_table_build(&table, algo, work), BASE_OK);
    work->table = table;
    return table;
}

/* What a device that works answers: the reference hashes each nonce of the range. */
static void answer_truly(const struct kern_algo *algo, const struct kern_cl_proof_range *range)
{
    uint8_t hash_be[32];
    result.find_count = 0;
    result.overflow = false;
    for (uint64_t i = 0; i < range->count; i++) {
        assert_int_equal(kern_hash(hash_be, algo, range->work, range->first + i, NULL, 0), BASE_OK);
        if (base_target_meets(hash_be, range->work->target_be) &&
            kern_chain_of(algo, hash_be) == range->work->chain) {
            result.finds[result.find_count++].counter = range->first + i;
        }
    }
}

/* The lowest counter of the range that is not a find. */
static uint64_t first_miss(const struct kern_cl_proof_range *range)
{
    uint64_t counter = range->first;
    for (size_t i = 0; i < result.find_count && result.finds[i].counter == counter; i++) {
        counter += 1;
    }
    return counter;
}

/* Every algorithm: a device that works passes each proof; one that finds nothing, misses one,
 * invents one or overflows fails it. */
static void test_every_algorithm(void **state)
{
    (void)state;
    struct base_random random = {7};
    for (size_t i = 0; i < kern_algo_count(); i++) {
        const struct kern_algo *algo = kern_algo_at(i);
        struct kern_cl_proof *proof = NULL;
        struct kern_cl_proof_range range;
        struct kern_work work;
        if (!has_ranges(algo)) {
            continue;
        }
        assert_int_equal(kern_cl_proof_new(&proof, algo, base_cpu_detect(), &error), BASE_OK);
        struct kern_table *table = random_work(&work, algo, &random);
        for (unsigned n = 0; n < REAL; n++) {
            uint64_t first = n == 0 ? UINT64_MAX : base_random_next(&random);
            assert_int_equal(kern_cl_proof_prepare(proof, &range, &work, first, &error), BASE_OK);
            assert_true(range.first + (range.count - 1) <= kern_counter_max(algo));
            assert_in_range(range.count, 1, algo->opencl->proof.nonces);
            answer_truly(algo, &range);
            assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_OK);
            assert_true(result.find_count > 0);
            if (n > 0) {
                continue;
            }
            result.find_count -= 1;
            assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_E_MISMATCH);
            result.find_count = 0;
            assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_E_MISMATCH);
            assert_non_null(strstr(error.text, "misses or invents finds"));
            answer_truly(algo, &range);
            result.finds[0].counter = first_miss(&range);
            assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_E_MISMATCH);
            result.overflow = true;
            assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_E_MISMATCH);
            assert_non_null(strstr(error.text, "invents finds"));
        }
        kern_cl_proof_free(proof);
        kern_table_free(table);
    }
}

/* ---- the host's side --------------------------------------------------------------------- */

static const struct kern_algo *real; /* whose portable search the variants below call */
static uint64_t nonce_ns;            /* processor time that each nonce of slow_search takes */

static enum base_status slow_search(void *scratch, struct kern_finds *finds,
                                    struct kern_progress *progress, const struct kern_work *work,
                                    uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    uint64_t end_ns = base_clock_thread_ns() + count * nonce_ns;
    while (base_clock_thread_ns() < end_ns) {
    }
    return real->variants[real->variant_count - 1]->search(scratch, finds, progress, work, first,
                                                           count, stop);
}

/* Passes its self-test, whose ranges have one find. */
static enum base_status losing_search(void *scratch, struct kern_finds *finds,
                                      struct kern_progress *progress, const struct kern_work *work,
                                      uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    size_t before = finds->count;
    enum base_status status = real->variants[real->variant_count - 1]->search(
        scratch, finds, progress, work, first, count, stop);
    finds->count -= finds->count > before + 1;
    return status;
}

static const struct kern_variant slow = {.name = "slow", .ways = 1, .search = slow_search};
static const struct kern_variant losing = {.name = "losing", .ways = 64, .search = losing_search};

/* A copy of Alephium's row whose best variant is this one. */
static void row_with(struct kern_algo *algo, const struct kern_variant *variants[2],
                     const struct kern_variant *best)
{
    real = kern_algo_find("alephium");
    *algo = *real;
    variants[0] = best;
    variants[1] = real->variants[real->variant_count - 1];
    algo->variants = variants;
    algo->variant_count = 2;
}

/* However slow the processor is: the range becomes shorter, and there is none where even a few
 * nonces take too long. */
static void test_host_time(void **state)
{
    (void)state;
    struct kern_algo algo;
    const struct kern_variant *variants[2];
    struct kern_cl_proof *proof = NULL;
    struct kern_cl_proof_range range;
    struct kern_work work;
    struct base_random random = {11};
    row_with(&algo, variants, &slow);
    (void)random_work(&work, &algo, &random);
    nonce_ns = 0;
    assert_int_equal(kern_cl_proof_new(&proof, &algo, 0, &error), BASE_OK);
    nonce_ns = 100000;
    assert_int_equal(kern_cl_proof_prepare(proof, &range, &work, 0, &error), BASE_OK);
    assert_in_range(range.count, 8, KERN_CL_PROOF_HOST_MS * 1000000ULL / nonce_ns);
    nonce_ns = 4000000;
    assert_int_equal(kern_cl_proof_prepare(proof, &range, &work, 0, &error), BASE_E_TIMEOUT);
    assert_non_null(strstr(error.text, "slow"));
    kern_cl_proof_free(proof);
}

/* Where the host was wrong the device is not blamed, and the next proof is right. */
static void test_wrong_host(void **state)
{
    (void)state;
    struct kern_algo algo;
    const struct kern_variant *variants[2];
    struct kern_cl_proof *proof = NULL;
    struct kern_cl_proof_range range;
    struct kern_work work;
    struct base_random random = {13};
    row_with(&algo, variants, &losing);
    (void)random_work(&work, &algo, &random);
    assert_int_equal(kern_cl_proof_new(&proof, &algo, 0, &error), BASE_OK);
    assert_int_equal(kern_cl_proof_prepare(proof, &range, &work, 0, &error), BASE_OK);
    answer_truly(&algo, &range);
    assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_E_STATE);
    assert_non_null(strstr(error.text, "losing"));
    assert_int_equal(kern_cl_proof_prepare(proof, &range, &work, 0, &error), BASE_OK);
    answer_truly(&algo, &range);
    assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_OK);
    result.find_count -= 1;
    assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_E_MISMATCH);
    kern_cl_proof_free(proof);
}

static enum base_status blind_search(void *scratch, struct kern_finds *finds,
                                     struct kern_progress *progress, const struct kern_work *work,
                                     uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    size_t before = finds->count;
    enum base_status status = losing_search(scratch, finds, progress, work, first, count, stop);
    finds->count = before;
    return status;
}

static const struct kern_variant blind = {.name = "blind", .ways = 1, .search = blind_search};

/* A variant that fails its self-test computes no proofs; the plainest one does. */
static void test_untrusted_variant(void **state)
{
    (void)state;
    struct kern_algo algo;
    const struct kern_variant *variants[2];
    struct kern_cl_proof *proof = NULL;
    struct kern_cl_proof_range range;
    struct kern_work work;
    struct base_random random = {17};
    row_with(&algo, variants, &blind);
    (void)random_work(&work, &algo, &random);
    assert_int_equal(kern_cl_proof_new(&proof, &algo, 0, &error), BASE_OK);
    assert_int_equal(kern_cl_proof_prepare(proof, &range, &work, 0, &error), BASE_OK);
    answer_truly(&algo, &range);
    assert_true(result.find_count > 0);
    assert_int_equal(kern_cl_proof_judge(proof, &result, &error), BASE_OK);
    kern_cl_proof_free(proof);
    algo.variant_count = 1; /* none is left to trust */
    assert_int_equal(kern_cl_proof_new(&proof, &algo, 0, &error), BASE_E_MISMATCH);
    assert_null(proof);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chances),         cmocka_unit_test(test_simulated),
        cmocka_unit_test(test_every_algorithm), cmocka_unit_test(test_host_time),
        cmocka_unit_test(test_wrong_host),      cmocka_unit_test(test_untrusted_variant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
