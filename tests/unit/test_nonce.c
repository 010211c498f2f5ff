/* test_nonce.c: the pool's part of a nonce is kept, the session's part differs from run to run, the
 * counter has its own bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fake_jobs.h"
#include "lanes/nonce.h"

enum { FILL = 0x5a };

/* Extranonce of every size the pool rules allow, on the real layout. */
static void test_every_extranonce_size(void **state)
{
    (void)state;
    const struct kern_algo *algo = kern_algo_find("alephium");
    struct miner_nonce_session session;
    struct kern_work work;
    uint64_t start = 0;
    struct base_error error;
    miner_nonce_session(&session, 1);
    for (size_t fixed = 0; fixed <= 16; fixed++) {
        struct pool_job *job = fake_job_new(algo, 3, FILL, 0);
        job->nonce_fixed = fixed;
        job->height = 77;
        job->target_be[0] = 0x12;
        assert_int_equal(miner_nonce_place(&work, &start, job, algo, &session, &error), BASE_OK);
        for (size_t i = 0; i < algo->header_size; i++) {
            bool ours = i >= fixed && i < 16;
            assert_int_equal(work.header[i], ours ? session.bytes[i] : FILL);
        }
        assert_int_equal(work.header_size, 326);
        assert_int_equal(work.chain, 3);
        assert_int_equal(work.height, 77);
        assert_memory_equal(work.target_be, job->target_be, 32);
        assert_int_equal(start, session.counter_start);
        pool_job_unref(job);
    }
    struct pool_job *job = fake_job_new(algo, 3, FILL, 0);
    job->nonce_fixed = 17;
    assert_int_equal(miner_nonce_place(&work, &start, job, algo, &session, &error),
                     BASE_E_UNSUPPORTED);
    assert_non_null(strstr(error.text, "17 bytes"));
    pool_job_unref(job);
}

/* Autolykos counts in the whole nonce, most significant byte first: an extranonce selects a range
 * of counters. */
static void test_extranonce_in_the_counter(void **state)
{
    (void)state;
    const struct kern_algo *algo = kern_algo_find("autolykos2");
    struct miner_nonce_session session;
    struct kern_work work;
    uint64_t start = 0;
    struct base_error error;
    static const uint8_t extranonce[8] = {0xf1, 2, 3, 4, 5, 6, 7, 8};
    miner_nonce_session(&session, 1);
    for (size_t fixed = 0; fixed <= 8; fixed++) {
        struct pool_job *job = fake_job_new(algo, 0, FILL, 0);
        job->nonce_fixed = fixed;
        memcpy(job->header + 32, extranonce, fixed);
        enum base_status status = miner_nonce_place(&work, &start, job, algo, &session, &error);
        if (fixed == 8) {
            assert_int_equal(status, BASE_E_UNSUPPORTED); /* no nonce is left */
            pool_job_unref(job);
            continue;
        }
        assert_int_equal(status, BASE_OK);
        uint64_t span = miner_nonce_span(job, algo, start);
        if (fixed == 0) {
            assert_int_equal(start, session.counter_start);
            assert_int_equal(span, 0 - session.counter_start);
        } else {
            assert_int_equal(span, 1ULL << (64 - 8 * fixed));
            algo->put_counter(work.header, start);
            assert_memory_equal(work.header + 32, extranonce, fixed);
            algo->put_counter(work.header, start + span - 1);
            assert_memory_equal(work.header + 32, extranonce, fixed);
            algo->put_counter(work.header, start - 1);
            assert_memory_not_equal(work.header + 32, extranonce, fixed);
        }
        pool_job_unref(job);
    }
}

static void test_narrow_counters_begin_at_zero(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(1, 4);
    struct miner_nonce_session session;
    struct kern_work work;
    uint64_t start = 1;
    struct base_error error;
    struct pool_job *job = fake_job_new(&algo, 0, FILL, 0);
    miner_nonce_session(&session, 1);
    assert_int_equal(miner_nonce_place(&work, &start, job, &algo, &session, &error), BASE_OK);
    assert_int_equal(start, 0);
    pool_job_unref(job);
}

static void test_sessions(void **state)
{
    (void)state;
    struct miner_nonce_session a;
    struct miner_nonce_session b;
    size_t same = 0;
    miner_nonce_session(&a, 7);
    miner_nonce_session(&b, 7);
    assert_memory_equal(&a, &b, sizeof a);
    miner_nonce_session(&b, 8);
    for (size_t i = 0; i < sizeof a.bytes; i++) {
        same += a.bytes[i] == b.bytes[i];
    }
    assert_true(same < 8);
    assert_int_equal(a.counter_start % (1ULL << 32), 0);
    assert_true(a.counter_start < 1ULL << 62);
    assert_true(a.counter_start != b.counter_start);
}

static void test_seeds_are_drawn(void **state)
{
    (void)state;
    uint64_t a = 0;
    uint64_t b = 0;
    struct base_error error;
    assert_int_equal(miner_nonce_draw(&a, &error), BASE_OK);
    assert_int_equal(miner_nonce_draw(&b, &error), BASE_OK);
    assert_true(a != b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_extranonce_size),
        cmocka_unit_test(test_extranonce_in_the_counter),
        cmocka_unit_test(test_narrow_counters_begin_at_zero),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_seeds_are_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
