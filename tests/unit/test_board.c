/* test_board.c: the job board: ranges disjoint for any number of lanes, chains hashed evenly,
 * solved templates rest, replaced jobs are freed when nobody can look at them any more. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "fake_jobs.h"
#include "lanes/board.h"
#include "lanes/values.h"

enum { LANES = 4, RANGES_MAX = 60000, NOW = 1000000 };

static struct miner_nonce_session session;

static void publish(struct miner_board *board, const struct kern_algo *algo, uint32_t chain,
                    uint8_t fill, uint64_t received_ms, bool solo)
{
    struct base_error error;
    struct pool_job *job = fake_job_new(algo, chain, fill, received_ms);
    job->solo = solo;
    assert_int_equal(miner_board_publish(board, job, &error), BASE_OK);
    pool_job_unref(job);
}

static struct miner_assignment take(struct miner_board *board, size_t lane, uint64_t count)
{
    struct miner_assignment assignment;
    assert_int_equal(miner_board_take(board, &assignment, lane, count, 0), BASE_OK);
    return assignment;
}

static void test_empty_then_one_then_cleared(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(3, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_assignment assignment;
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_E_AGAIN);
    publish(board, &algo, 2, 7, NOW, false);
    assert_int_equal(miner_board_coverage(board), 1);
    assignment = take(board, 0, 10);
    assert_int_equal(assignment.task->work.chain, 2);
    assert_int_equal(assignment.first, session.counter_start);
    assert_int_equal(assignment.count, 10);
    assert_true(assignment.switched);
    assignment = take(board, 0, 5);
    assert_int_equal(assignment.first, session.counter_start + 10);
    assert_false(assignment.switched);
    uint64_t before = miner_board_generation(board);
    miner_board_clear(board);
    assert_true(miner_board_generation(board) > before);
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_E_AGAIN);
    miner_board_stop(board);
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_E_CLOSED);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

static void on_refill(void *user, const struct pool_job *job)
{
    const struct pool_job **asked = user;
    assert_null(*asked); /* once a job */
    *asked = job;
}

/* A job's limit of counters ends it like the algorithm's own, and the next nonce space is asked for
 * once, when three quarters are given out; the refill begins at its own first counter. */
static void test_counters_run_out(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(1, 4);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    const struct pool_job *asked = NULL;
    struct miner_assignment assignment;
    struct base_error error;
    miner_board_on_refill(board, on_refill, &asked);
    for (uint8_t fill = 1; fill < 4; fill++) {
        struct pool_job *job = fake_job_new(&algo, 0, fill, NOW);
        job->counters = 1000;
        assert_int_equal(miner_board_publish(board, job, &error), BASE_OK);
        for (uint64_t i = 0; i < 10; i++) {
            assignment = take(board, 0, 100);
            assert_int_equal(assignment.first, i * 100);
            assert_int_equal(assignment.count, 100);
            assert_true((asked != NULL) == (i >= 8)); /* 800 were given out before the ninth */
        }
        assert_ptr_equal(asked, job);
        assert_int_equal(miner_board_take(board, &assignment, 0, 100, 0), BASE_E_AGAIN);
        asked = NULL;
        pool_job_unref(job);
    }
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

static void test_job_of_another_shape_is_refused(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(3, 4);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct base_error error;
    struct pool_job *job = fake_job_new(&algo, 0, 7, NOW);
    job->header_size -= 1;
    assert_int_equal(miner_board_publish(board, job, &error), BASE_E_UNSUPPORTED);
    job->header_size += 1;
    job->chain = 3;
    assert_int_equal(miner_board_publish(board, job, &error), BASE_E_UNSUPPORTED);
    job->chain = 0;
    job->nonce_fixed = 5;
    assert_int_equal(miner_board_publish(board, job, &error), BASE_E_UNSUPPORTED);
    assert_int_equal(miner_board_coverage(board), 0);
    pool_job_unref(job);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

/* A narrow counter is given out whole, once, and then there is no more. */
static void test_narrow_counter_is_used_up(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(1, 2);
    struct miner_board *board = miner_board_new(&algo, &session, 2);
    static uint8_t used[65536];
    struct miner_assignment assignment;
    for (uint8_t round = 0; round < 3; round++) {
        size_t lane = 0;
        memset(used, 0, sizeof used);
        publish(board, &algo, 0, round, NOW, false);
        while (miner_board_take(board, &assignment, lane, 997, 0) == BASE_OK) {
            for (uint64_t i = 0; i < assignment.count; i++) {
                assert_true(assignment.first + i < 65536);
                used[assignment.first + i] += 1;
            }
            lane = 1 - lane;
        }
        for (size_t i = 0; i < sizeof used; i++) {
            assert_int_equal(used[i], 1);
        }
        /* The same header again brings no second round. */
        publish(board, &algo, 0, round, NOW, false);
        assert_int_equal(miner_board_take(board, &assignment, 0, 1, 0), BASE_E_AGAIN);
    }
    miner_board_free(board);
}

/* An extranonce of seven bytes leaves 256 counters to each message, and all of them are given out.
 */
static void test_extranonce_is_used_up(void **state)
{
    (void)state;
    const struct kern_algo *algo = kern_algo_find("autolykos2");
    struct miner_board *board = miner_board_new(algo, &session, 1);
    miner_board_goes_without(board, 0);
    for (uint8_t round = 1; round < 4; round++) {
        struct pool_job *job = fake_job_new(algo, 0, round, NOW);
        struct miner_assignment assignment;
        struct base_error error;
        uint64_t next = 0x0101010101010100ULL * round;
        uint64_t end = next + 256;
        job->nonce_fixed = 7;
        assert_int_equal(miner_board_publish(board, job, &error), BASE_OK);
        while (miner_board_take(board, &assignment, 0, 100, 0) == BASE_OK) {
            assert_int_equal(assignment.first, next);
            next += assignment.count;
        }
        assert_int_equal(next, end);
        pool_job_unref(job);
    }
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

/* A server that sends old headers again, also after a clear, gets no nonce twice. */
static void test_wide_counter_never_repeats(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(1, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    uint64_t next = session.counter_start;
    for (uint8_t i = 0; i < 20; i++) {
        publish(board, &algo, 0, i % 3, NOW, false);
        struct miner_assignment assignment = take(board, 0, 100);
        assert_int_equal(assignment.first, next);
        next += 100;
        if (i % 5 == 4) {
            miner_board_clear(board);
        }
    }
    miner_board_free(board);
}

static void test_untouched_jobs_come_first_in_small_bites(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(16, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_assignment assignment;
    for (uint32_t i = 0; i < 8; i++) {
        publish(board, &algo, i, 1, NOW, false);
    }
    for (int i = 0; i < 30; i++) {
        (void)take(board, 0, 1000);
    }
    unsigned seen = 0;
    for (uint32_t i = 0; i < 16; i++) {
        publish(board, &algo, i, 2, NOW + 1, false);
    }
    for (int i = 0; i < 16; i++) {
        assert_int_equal(miner_board_take(board, &assignment, 0, 1000, 50), BASE_OK);
        assert_true(assignment.switched);
        assert_int_equal(assignment.count, 50);
        seen |= 1U << assignment.task->work.chain;
    }
    assert_int_equal(seen, 0xffff);
    assert_int_equal(miner_board_take(board, &assignment, 0, 1000, 50), BASE_OK);
    assert_false(assignment.switched);
    assert_int_equal(assignment.count, 1000);
    miner_board_free(board);
}

static void test_chains_are_hashed_evenly(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(16, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 3);
    uint64_t hashed[16] = {0};
    const uint64_t sizes[3] = {1000, 1700, 64000}; /* two cores and a device */
    for (uint32_t i = 0; i < 16; i++) {
        publish(board, &algo, i, 1, NOW, false);
    }
    for (int i = 0; i < 3000; i++) {
        struct miner_assignment assignment = take(board, (size_t)i % 3, sizes[i % 3]);
        hashed[assignment.task->work.chain] += assignment.count;
    }
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    for (size_t i = 0; i < 16; i++) {
        least = hashed[i] < least ? hashed[i] : least;
        most = hashed[i] > most ? hashed[i] : most;
    }
    assert_true(most - least <= sizes[2]);
    miner_board_free(board);
}

/* A chain that gets its first job late shares with the others instead of taking all. */
static void test_late_chain_does_not_starve_the_others(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(2, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    int late = 0;
    publish(board, &algo, 0, 1, NOW, false);
    for (int i = 0; i < 1000; i++) {
        (void)take(board, 0, 1000);
    }
    publish(board, &algo, 1, 1, NOW, false);
    for (int i = 0; i < 100; i++) {
        late += take(board, 0, 1000).task->work.chain == 1;
    }
    assert_in_range(late, 49, 51);
    miner_board_free(board);
}

/* One that rested for a moment catches up on what it missed. */
static void test_rested_chain_catches_up(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(2, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    uint64_t hashed[2] = {0, 0};
    publish(board, &algo, 0, 1, NOW, true);
    publish(board, &algo, 1, 1, NOW, true);
    for (int i = 0; i < 300; i++) {
        struct miner_assignment assignment = take(board, 0, 10);
        hashed[assignment.task->work.chain] += assignment.count;
        if (i == 100) {
            while (assignment.task->work.chain != 1) {
                assignment = take(board, 0, 10);
                hashed[assignment.task->work.chain] += assignment.count;
            }
            assert_true(miner_board_rest(board, assignment.task));
        }
        if (i == 150) {
            assert_true(hashed[0] > hashed[1] + 400);
            publish(board, &algo, 1, 2, NOW, true);
        }
    }
    assert_in_range(hashed[0], hashed[1] - 10, hashed[1] + 10);
    miner_board_free(board);
}

static void test_solved_template_rests_until_another_header(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(2, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_assignment assignment;
    publish(board, &algo, 0, 1, NOW, true);
    assignment = take(board, 0, 10);
    struct miner_task *task = miner_task_ref(assignment.task);
    assert_true(miner_board_rest(board, task));
    assert_false(miner_board_rest(board, task));
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_E_AGAIN);
    publish(board, &algo, 0, 1, NOW + 1, true); /* the same template, sent again */
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_E_AGAIN);
    miner_board_clear(board); /* reconnected ... */
    publish(board, &algo, 0, 1, NOW + 2, true);
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_E_AGAIN);
    publish(board, &algo, 0, 2, NOW + 3, true);
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_OK);
    /* A late find of the old template does not touch the new one. */
    assert_false(miner_board_rest(board, task));
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_OK);
    miner_task_unref(task);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

/* Found in one copy of a template, and again in the copy that was published meanwhile. */
static void test_rest_covers_the_copy(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(1, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    publish(board, &algo, 0, 1, NOW, true);
    struct miner_task *original = miner_task_ref(take(board, 0, 10).task);
    publish(board, &algo, 0, 1, NOW + 1, true);
    struct miner_task *copy = miner_task_ref(take(board, 0, 10).task);
    assert_ptr_not_equal(original, copy);
    assert_true(miner_board_rest(board, original));
    assert_false(miner_board_rest(board, copy));
    miner_task_unref(original);
    miner_task_unref(copy);
    miner_board_free(board);
}

static struct pool_job *easy_job(const struct kern_algo *algo, uint8_t fill, const char *label)
{
    struct pool_job *job = fake_job_new(algo, 0, fill, NOW);
    memset(job->target_be, 0, sizeof job->target_be);
    memset(job->block_target_be, 0x7f, sizeof job->block_target_be);
    (void)snprintf(job->label, sizeof job->label, "%s", label);
    return job;
}

/* The easy block target is hashed against until the job's block is out, whatever its nonces. */
static void test_an_easy_block_is_won_once_a_job(void **state)
{
    static const struct {
        uint8_t fill;
        const char *label;
        bool easy;
    } cases[] = {{1, "a", false}, {2, "a", false}, {3, "b", true}};
    (void)state;
    struct kern_algo algo = fake_algo(1, 8);
    struct base_error error;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct miner_board *board = miner_board_new(&algo, &session, 1);
        struct pool_job *first = easy_job(&algo, 1, "a");
        struct pool_job *second = easy_job(&algo, cases[i].fill, cases[i].label);
        assert_int_equal(miner_board_publish(board, first, &error), BASE_OK);
        struct miner_task *task = miner_task_ref(take(board, 0, 10).task);
        assert_true(task->easy && miner_board_win(board, task));
        assert_false(miner_board_win(board, task));
        struct miner_assignment assignment = take(board, 0, 10);
        assert_false(assignment.task->easy);
        assert_int_equal(assignment.first, session.counter_start + 10); /* and no nonce twice */
        assert_int_equal(miner_board_publish(board, second, &error), BASE_OK);
        assignment = take(board, 0, 10);
        assert_int_equal(assignment.task->easy, cases[i].easy);
        assert_int_equal(miner_board_win(board, miner_task_ref(assignment.task)), cases[i].easy);
        miner_task_unref(assignment.task);
        miner_task_unref(task);
        pool_job_unref(first);
        pool_job_unref(second);
        miner_board_free(board);
    }
}

static void test_old_jobs_only_without_fresh_ones(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(2, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    publish(board, &algo, 0, 1, NOW, false);
    assert_int_equal(take(board, 0, 10).task->work.chain, 0);
    publish(board, &algo, 1, 1, NOW + MINER_JOB_FRESH_MS + 1, false);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(take(board, 0, 10).task->work.chain, 1);
    }
    miner_board_free(board);
}

/* A node whose chains give no block sends the same templates for minutes, and a new one now and
 * then for a chain where somebody else found a block: all chains are hashed alike. */
static void test_old_templates_of_a_node_are_hashed_like_new_ones(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(16, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 2);
    uint64_t hashed[16] = {0};
    for (uint32_t chain = 0; chain < 16; chain++) {
        publish(board, &algo, chain, 1, NOW, true);
    }
    for (uint64_t ms = 0; ms < 240000; ms += 20) { /* 240 s of two lanes with ranges of 20 ms */
        if (ms % 4000 == 0) {
            publish(board, &algo, 3, (uint8_t)(2 + ms / 4000), NOW + ms, true);
        }
        for (size_t lane = 0; lane < 2; lane++) {
            struct miner_assignment assignment = take(board, lane, 100000);
            hashed[assignment.task->work.chain] += assignment.count;
        }
    }
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    for (size_t i = 0; i < 16; i++) {
        least = hashed[i] < least ? hashed[i] : least;
        most = hashed[i] > most ? hashed[i] : most;
    }
    assert_true(least * 100 >= most * 95);
    miner_board_free(board);
}

/* An older set may follow a newer one: a header that gave its block comes back after others. */
static void test_solved_headers_are_remembered(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(2, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_assignment assignment;
    for (uint8_t fill = 1; fill <= 4; fill++) {
        publish(board, &algo, 0, fill, NOW + fill, true);
        assignment = take(board, 0, 10);
        assert_true(miner_board_rest(board, assignment.task));
    }
    publish(board, &algo, 0, 5, NOW + 5, true);
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_OK);
    for (uint8_t fill = 1; fill <= 4; fill++) {
        publish(board, &algo, 0, fill, NOW + 6, true);
        assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_E_AGAIN);
    }
    publish(board, &algo, 0, 5, NOW + 7, true); /* and the newest one is good again */
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_OK);
    for (unsigned fill = 6; fill < 60; fill++) { /* the memory is bounded: the first is forgotten */
        publish(board, &algo, 0, (uint8_t)fill, NOW + fill, true);
        assert_true(miner_board_rest(board, take(board, 0, 10).task));
    }
    publish(board, &algo, 0, 1, NOW + 60, true);
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_OK);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

/* A replaced task lives as long as a lane may look at it, and not longer. */
static void test_replaced_tasks_are_freed(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(1, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 2);
    publish(board, &algo, 0, 1, NOW, false);
    struct miner_assignment held = take(board, 0, 10);
    for (uint8_t i = 2; i < 10; i++) {
        publish(board, &algo, 0, i, NOW, false);
    }
    assert_int_equal(held.task->work.header[0], 1); /* still readable */
    assert_true(miner_board_retired(board) >= 1);
    (void)take(board, 0, 10);
    publish(board, &algo, 0, 10, NOW, false);
    assert_int_equal(miner_board_retired(board), 1); /* what the lane has now */
    miner_board_leave(board, 0);
    publish(board, &algo, 0, 11, NOW, false);
    assert_int_equal(miner_board_retired(board), 0);
    assert_int_equal(fake_jobs_live(), 1);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

/* ---- many threads ------------------------------------------------------------------------ */

struct range {
    uint32_t chain;
    uint64_t first;
    uint64_t count;
};

struct worker {
    struct miner_board *board;
    size_t lane;
    atomic_size_t range_count; /* written by the worker only */
    struct range *ranges;
    bool torn; /* a task changed while it was held */
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct base_random random = {.state = worker->lane};
    size_t taken = 0;
    while (taken < RANGES_MAX) {
        struct miner_assignment assignment;
        enum base_status status =
            miner_board_take(worker->board, &assignment, worker->lane,
                             1 + base_random_below(&random, 1000), base_random_below(&random, 10));
        if (status == BASE_E_CLOSED) {
            break;
        }
        if (status == BASE_E_AGAIN) {
            miner_board_wait(worker->board, worker->lane, assignment.generation, 1000);
            continue;
        }
        const struct miner_task *task = assignment.task;
        uint8_t fill = task->work.header[0];
        for (size_t i = 0; i < 4; i++) {
            worker->torn |= task->work.header[12 + i] != fill || task->job->header[i] != fill;
        }
        worker->ranges[taken++] =
            (struct range){task->work.chain, assignment.first, assignment.count};
        atomic_store(&worker->range_count, taken);
        if (base_random_below(&random, 64) == 0) {
            (void)miner_board_rest(worker->board, assignment.task);
        }
    }
    miner_board_leave(worker->board, worker->lane);
    return NULL;
}

static int by_place(const void *a, const void *b)
{
    const struct range *x = a;
    const struct range *y = b;
    if (x->chain != y->chain) {
        return x->chain < y->chain ? -1 : 1;
    }
    return x->first < y->first ? -1 : x->first > y->first;
}

static size_t ranges_taken(struct worker workers[LANES])
{
    size_t taken = 0;
    for (size_t i = 0; i < LANES; i++) {
        taken += atomic_load(&workers[i].range_count);
    }
    return taken;
}

static void test_threads(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(5, 8);
    struct miner_board *board = miner_board_new(&algo, &session, LANES);
    struct range *ranges = calloc((size_t)LANES * RANGES_MAX, sizeof *ranges);
    struct worker workers[LANES];
    pthread_t threads[LANES];
    size_t count = 0;
    struct base_random random = {.state = 99};
    for (size_t i = 0; i < LANES; i++) {
        workers[i] = (struct worker){board, i, 0, ranges + i * RANGES_MAX, false};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    /* On and on until the workers had their share of a busy machine. */
    for (int i = 0; i < 20000 || ranges_taken(workers) <= 1000; i++) {
        publish(board, &algo, (uint32_t)base_random_below(&random, 5),
                (uint8_t)base_random_below(&random, 250), NOW, true);
        if (i % 500 == 0) {
            miner_board_clear(board);
        }
    }
    miner_board_stop(board);
    for (size_t i = 0; i < LANES; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_false(workers[i].torn);
        memmove(ranges + count, workers[i].ranges, workers[i].range_count * sizeof *ranges);
        count += workers[i].range_count;
    }
    assert_true(count > 1000);
    qsort(ranges, count, sizeof *ranges, by_place);
    for (size_t i = 1; i < count; i++) {
        if (ranges[i].chain == ranges[i - 1].chain) {
            assert_true(ranges[i].first >= ranges[i - 1].first + ranges[i - 1].count);
        }
    }
    free(ranges);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

static void *wait_for_change(void *argument)
{
    struct miner_board *board = argument;
    struct miner_assignment assignment;
    while (miner_board_take(board, &assignment, 0, 10, 0) == BASE_E_AGAIN) {
        miner_board_wait(board, 0, assignment.generation, 60000);
    }
    return NULL;
}

/* Nobody sleeps through a job or a stop, however they meet (the wait is a minute long). */
static void test_waiting_lanes_wake(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(1, 8);
    for (int i = 0; i < 200; i++) {
        struct miner_board *board = miner_board_new(&algo, &session, 1);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, wait_for_change, board), 0);
        if (i % 2 == 0) {
            publish(board, &algo, 0, 1, NOW, false);
        } else {
            miner_board_stop(board);
        }
        assert_int_equal(pthread_join(thread, NULL), 0);
        miner_board_free(board);
    }
}

/* A pause gives nobody work, whatever is published; afterwards the newest job is hashed, on from
 * the counter where it was left. */
static void test_pause_rests_every_lane(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(3, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 2);
    struct miner_assignment assignment;
    publish(board, &algo, 1, 7, NOW, false);
    (void)take(board, 0, 10);
    assert_false(miner_board_paused(board));
    assert_true(miner_board_pause(board, true));
    assert_false(miner_board_pause(board, true));
    assert_true(miner_board_paused(board));
    for (size_t lane = 0; lane < 2; lane++) {
        assert_int_equal(miner_board_take(board, &assignment, lane, 10, 0), BASE_E_AGAIN);
    }
    publish(board, &algo, 1, 8, NOW + 1, false);
    assert_int_equal(miner_board_take(board, &assignment, 0, 10, 0), BASE_E_AGAIN);
    assert_true(miner_board_pause(board, false));
    /* The lane's last look is older than the change: its wait ends at once. */
    miner_board_wait(board, 0, assignment.generation, 60000);
    assignment = take(board, 0, 10);
    assert_int_equal(assignment.task->work.header[0], 8);
    assert_int_equal(assignment.first, session.counter_start + 10);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

static void test_look_tells_what_is_hashed(void **state)
{
    (void)state;
    struct kern_algo algo = fake_algo(3, 8);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_chain_look looks[KERN_CHAINS_MAX];
    publish(board, &algo, 2, 7, NOW, true);
    miner_board_look(board, looks);
    assert_false(looks[0].has_job);
    assert_true(looks[2].has_job && looks[2].solo);
    assert_false(looks[2].resting);
    assert_int_equal(looks[2].received_ms, NOW);
    assert_true(looks[2].expected == 3); /* every hash of the right chain, one in three */
    struct miner_assignment assignment = take(board, 0, 10);
    assert_true(miner_board_rest(board, assignment.task));
    miner_board_look(board, looks);
    assert_true(looks[2].resting);
    miner_board_clear(board);
    miner_board_look(board, looks);
    assert_false(looks[2].has_job);
    miner_board_free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_then_one_then_cleared),
        cmocka_unit_test(test_counters_run_out),
        cmocka_unit_test(test_job_of_another_shape_is_refused),
        cmocka_unit_test(test_narrow_counter_is_used_up),
        cmocka_unit_test(test_extranonce_is_used_up),
        cmocka_unit_test(test_wide_counter_never_repeats),
        cmocka_unit_test(test_untouched_jobs_come_first_in_small_bites),
        cmocka_unit_test(test_chains_are_hashed_evenly),
        cmocka_unit_test(test_late_chain_does_not_starve_the_others),
        cmocka_unit_test(test_rested_chain_catches_up),
        cmocka_unit_test(test_solved_template_rests_until_another_header),
        cmocka_unit_test(test_rest_covers_the_copy),
        cmocka_unit_test(test_an_easy_block_is_won_once_a_job),
        cmocka_unit_test(test_old_jobs_only_without_fresh_ones),
        cmocka_unit_test(test_old_templates_of_a_node_are_hashed_like_new_ones),
        cmocka_unit_test(test_solved_headers_are_remembered),
        cmocka_unit_test(test_replaced_tasks_are_freed),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_waiting_lanes_wake),
        cmocka_unit_test(test_pause_rests_every_lane),
        cmocka_unit_test(test_look_tells_what_is_hashed),
    };
    miner_nonce_session(&session, 42);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
