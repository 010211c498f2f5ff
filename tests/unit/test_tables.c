/* test_tables.c: epoch tables: built once an epoch and off the publisher's thread, shared by the
 * epoch's jobs, never in the way of a newer job, freed with the last task that uses them. */
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_jobs.h"
#include "lanes/tables.h"

enum { NOW = 1000000 };

static struct miner_nonce_session session;

/* The hooks have no user pointer. A gate holds the builder up, so that the test knows where it is.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned allowed = UINT_MAX; /* steps that may be finished */
static uint64_t steps = 1;          /* of every table */
static unsigned begun;              /* steps */
static unsigned built;              /* steps */

static uint64_t table_key(const struct kern_work *work)
{
    return work->epoch;
}

static size_t table_size(uint64_t key)
{
    (void)key;
    return 8;
}

static uint64_t table_steps(uint64_t key)
{
    (void)key;
    return steps;
}

static void table_build(void *data, uint64_t key, uint64_t step)
{
    if (step != *(uint64_t *)data >> 32) {
        abort(); /* steps come one after the other, from zero on */
    }
    *(uint64_t *)data = key | (step + 1) << 32;
    (void)pthread_mutex_lock(&lock);
    begun++;
    (void)pthread_cond_broadcast(&changed);
    while (built >= allowed) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    built++;
    (void)pthread_mutex_unlock(&lock);
}

static void set_gate(bool open)
{
    (void)pthread_mutex_lock(&lock);
    allowed = open ? UINT_MAX : built;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void wait_begun(unsigned count)
{
    (void)pthread_mutex_lock(&lock);
    while (begun < count) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    (void)pthread_mutex_unlock(&lock);
}

static struct kern_algo table_algo(bool one_at_a_time)
{
    static struct kern_table_row row = {
        .key = table_key, .size_bytes = table_size, .steps = table_steps, .build = table_build};
    row.one_at_a_time = one_at_a_time;
    begun = 0;
    built = 0;
    struct kern_algo algo = fake_algo(1, 4);
    algo.table = &row;
    return algo;
}

static void on_failed(void *user, const struct base_error *error)
{
    (void)user;
    (void)error;
    abort();
}

static void publish_at(struct miner_tables *tables, const struct kern_algo *algo, uint8_t fill,
                       uint64_t epoch, uint64_t height)
{
    struct base_error error;
    struct pool_job *job = fake_job_new(algo, 0, fill, NOW);
    job->epoch = epoch;
    job->height = height;
    assert_int_equal(miner_tables_publish(tables, job, &error), BASE_OK);
    pool_job_unref(job);
}

static void publish(struct miner_tables *tables, const struct kern_algo *algo, uint8_t fill,
                    uint64_t epoch)
{
    publish_at(tables, algo, fill, epoch, 0);
}

/* The next task whose header is all `fill`; waits until the board has it. */
static struct miner_assignment take(struct miner_board *board, uint8_t fill)
{
    struct miner_assignment assignment;
    for (;;) {
        enum base_status status = miner_board_take(board, &assignment, 0, 1, 0);
        if (status == BASE_OK && assignment.task->work.header[0] == fill) {
            return assignment;
        }
        miner_board_wait(board, 0, assignment.generation, 1000);
    }
}

static void test_epochs(void **state)
{
    (void)state;
    struct kern_algo algo = table_algo(false);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_tables *tables = NULL;
    struct base_error error;
    const struct miner_tables_events events = {.failed = on_failed};
    assert_int_equal(miner_tables_new(&tables, &algo, &session, board, &events, &error), BASE_OK);
    publish(tables, &algo, 1, 10);
    struct miner_assignment one = take(board, 1);
    assert_non_null(one.task->work.table);
    assert_int_equal(one.task->work.table->key, 10);
    const struct kern_table *table = one.task->work.table;
    publish(tables, &algo, 2, 10); /* the same epoch: the same table, at once */
    assert_ptr_equal(take(board, 2).task->work.table, table);
    assert_int_equal(built, 1);

    /* the next epoch: the lane goes on meanwhile, also with further jobs of the old one */
    set_gate(false);
    publish(tables, &algo, 3, 20);
    wait_begun(2);
    assert_int_equal(take(board, 2).task->work.table->key, 10);
    publish(tables, &algo, 4, 10);
    assert_int_equal(take(board, 4).task->work.table->key, 10);
    set_gate(true);
    publish(tables, &algo, 5, 20); /* superseding 3, which must never come now */
    one = take(board, 5);
    assert_int_equal(one.task->work.table->key, 20);
    assert_int_equal(one.task->job->epoch, 20);
    publish(tables, &algo, 6, 10); /* back, as pools do around a change: still kept */
    (void)take(board, 6);
    assert_int_equal(built, 2);

    /* a job that waits is dropped by a clear */
    set_gate(false);
    publish(tables, &algo, 7, 30);
    wait_begun(3);
    miner_tables_clear(tables);
    set_gate(true);
    publish(tables, &algo, 8, 40);
    assert_int_equal(take(board, 8).task->work.table->key, 40);
    miner_tables_free(tables);
    miner_board_leave(board, 0);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

static void test_board_wants_the_table(void **state)
{
    (void)state;
    struct kern_algo algo = table_algo(false);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct base_error error;
    struct pool_job *job = fake_job_new(&algo, 0, 1, NOW);
    assert_int_equal(miner_board_publish(board, job, &error), BASE_E_UNSUPPORTED);
    pool_job_unref(job);
    miner_board_free(board);
}

/* Wait until the builder has done so many steps and waits at the gate in the next one. */
static void expect_progress(struct miner_tables *tables, uint64_t key, uint64_t done)
{
    struct miner_table_look look;
    wait_begun((unsigned)done + 1);
    miner_tables_look(tables, &look);
    assert_true(look.building);
    assert_int_equal(look.key, key);
    assert_int_equal(look.size_bytes, 8);
    assert_int_equal(look.steps_done, done);
    assert_int_equal(look.steps, steps);
}

/* The builder waits at the gate: let it do one step. */
static void let_one_step(void)
{
    (void)pthread_mutex_lock(&lock);
    allowed++;
    (void)pthread_cond_broadcast(&changed);
    while (built < allowed) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    (void)pthread_mutex_unlock(&lock);
}

/* A lane that needs no table has the job at once; the other one gets it with the table, and both
 * work on the same range of nonces. */
static void test_lanes_without_table_go_on(void **state)
{
    (void)state;
    struct kern_algo algo = table_algo(false);
    struct miner_board *board = miner_board_new(&algo, &session, 2);
    struct miner_tables *tables = NULL;
    struct base_error error;
    struct miner_assignment without;
    struct miner_assignment with;
    const struct miner_tables_events events = {.failed = on_failed};
    miner_board_goes_without(board, 1);
    assert_true(miner_board_needs_table(board));
    assert_int_equal(miner_tables_new(&tables, &algo, &session, board, &events, &error), BASE_OK);
    set_gate(false);
    publish(tables, &algo, 1, 10);
    wait_begun(1);
    assert_int_equal(miner_board_take(board, &without, 1, 5, 0), BASE_OK);
    assert_null(without.task->work.table);
    assert_int_equal(miner_board_take(board, &with, 0, 5, 0), BASE_E_AGAIN);
    set_gate(true);
    with = take(board, 1);
    assert_int_equal(with.task->work.table->key, 10);
    assert_int_equal(with.first, without.first + 5);
    assert_false(kern_stopped(&without.stop)); /* the same job: its nonce is finished */
    miner_tables_free(tables);
    miner_board_leave(board, 0);
    miner_board_leave(board, 1);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

/* Where every block has its table, lanes leave the old job at once and its table goes before the
 * new one is built; a table that a newer job makes useless is given up between two steps. */
static void test_one_at_a_time(void **state)
{
    (void)state;
    steps = 3;
    struct kern_algo algo = table_algo(true);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_tables *tables = NULL;
    struct base_error error;
    struct miner_assignment next;
    const struct miner_tables_events events = {.failed = on_failed};
    assert_int_equal(miner_tables_new(&tables, &algo, &session, board, &events, &error), BASE_OK);
    publish(tables, &algo, 1, 10);
    struct miner_assignment old = take(board, 1);
    assert_int_equal(old.task->work.table->steps_done, 3);
    assert_int_equal(built, 3);
    set_gate(false);
    begun = 0;
    publish_at(tables, &algo, 2, 20, 1001);
    expect_progress(tables, 20, 0);
    assert_true(kern_stopped(&old.stop));
    assert_int_equal(miner_board_retired(board), 1); /* the lane still holds it */
    assert_int_equal(miner_board_take(board, &next, 0, 1, 0), BASE_E_AGAIN);
    let_one_step();
    expect_progress(tables, 20, 1);
    assert_int_equal(miner_board_retired(board), 0); /* the old task is gone, and so its table */
    publish_at(tables, &algo, 3, 30, 1002);          /* superseding 2, whose table was not ready */
    set_gate(true);
    next = take(board, 3);
    assert_int_equal(next.task->work.table->key, 30);
    assert_int_equal(built, 3 + 2 + 3); /* the table of 20 was given up after the step in hand */
    publish(tables, &algo, 4, 20);      /* and not kept */
    assert_int_equal(take(board, 4).task->work.table->key, 20);
    miner_tables_free(tables);
    miner_board_leave(board, 0);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
    steps = 1;
}

/* Answers whether a table fits; user: the answer, and what was asked. */
struct memory {
    bool fits;
    uint64_t size_bytes;
    uint64_t kept_bytes;
    unsigned asked;
};

static bool on_fits(void *user, uint64_t size_bytes, uint64_t kept_bytes)
{
    struct memory *memory = user;
    (void)pthread_mutex_lock(&lock);
    memory->size_bytes = size_bytes;
    memory->kept_bytes = kept_bytes;
    memory->asked++;
    bool fits = memory->fits;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
    return fits;
}

static void wait_asked(const struct memory *memory, unsigned count)
{
    (void)pthread_mutex_lock(&lock);
    while (memory->asked < count) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    (void)pthread_mutex_unlock(&lock);
}

/* A lane that is only faster with a table goes on without one where there is no memory for it, and
 * gets its job once more with the table where there is. */
static void test_memory_decides(void **state)
{
    (void)state;
    struct kern_algo algo = table_algo(true);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_tables *tables = NULL;
    struct base_error error;
    struct memory memory = {.fits = false};
    struct miner_assignment next;
    const struct miner_tables_events events = {
        .failed = on_failed, .fits = on_fits, .user = &memory};
    miner_board_goes_without(board, 0);
    assert_int_equal(miner_tables_new(&tables, &algo, &session, board, &events, &error), BASE_OK);
    publish_at(tables, &algo, 1, 10, 1000);
    assert_int_equal(miner_board_take(board, &next, 0, 5, 0), BASE_OK);
    assert_null(next.task->work.table);
    wait_asked(&memory, 1);
    assert_int_equal(memory.size_bytes, 8);
    assert_int_equal(memory.kept_bytes, 0);
    (void)pthread_mutex_lock(&lock);
    memory.fits = true;
    (void)pthread_mutex_unlock(&lock);
    publish_at(tables, &algo, 2, 20, 1001);
    for (next = take(board, 2); next.task->work.table == NULL; next = take(board, 2)) {
        miner_board_wait(board, 0, next.generation, 1000);
    }
    assert_int_equal(next.task->work.table->key, 20);
    assert_int_equal(built, 1); /* that of 10 never was */
    (void)pthread_mutex_lock(&lock);
    memory.fits = false;
    (void)pthread_mutex_unlock(&lock);
    publish_at(tables, &algo, 3, 30, 1002);
    wait_asked(&memory, 3);
    assert_int_equal(memory.kept_bytes, 8); /* would be freed first */
    assert_null(take(board, 3).task->work.table);
    miner_tables_free(tables);
    miner_board_leave(board, 0);
    miner_board_free(board);
    assert_int_equal(built, 1);
    assert_int_equal(fake_jobs_live(), 0);
}

/* A table that some lane needs is built without a question. */
static void test_needed_whatever_it_takes(void **state)
{
    (void)state;
    struct kern_algo algo = table_algo(false);
    struct miner_board *board = miner_board_new(&algo, &session, 2);
    struct miner_tables *tables = NULL;
    struct base_error error;
    struct memory memory = {.fits = false};
    const struct miner_tables_events events = {
        .failed = on_failed, .fits = on_fits, .user = &memory};
    miner_board_goes_without(board, 1);
    assert_int_equal(miner_tables_new(&tables, &algo, &session, board, &events, &error), BASE_OK);
    publish(tables, &algo, 1, 10);
    assert_int_equal(take(board, 1).task->work.table->key, 10);
    assert_int_equal(memory.asked, 0);
    miner_tables_free(tables);
    miner_board_leave(board, 0);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
}

/* A step that ends only when another one runs beside it. */
static void build_together(void *data, uint64_t key, uint64_t step)
{
    uint8_t *bytes = data;
    (void)key;
    (void)pthread_mutex_lock(&lock);
    begun++;
    (void)pthread_cond_broadcast(&changed);
    while (begun % 2 == 1) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    bytes[step]++;
    built++;
    (void)pthread_mutex_unlock(&lock);
}

/* Lanes do steps beside the builder's thread: each step once, and the job comes with the table when
 * all are done. Without a table that is open there is nothing to do. */
static void test_help(void **state)
{
    (void)state;
    static struct kern_table_row row = {.key = table_key,
                                        .size_bytes = table_size,
                                        .steps = table_steps,
                                        .build = build_together,
                                        .parallel = true};
    struct kern_algo algo = table_algo(false);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_tables *tables = NULL;
    struct base_error error;
    struct miner_table_look look = {.building = true};
    const struct miner_tables_events events = {.failed = on_failed};
    algo.table = &row;
    steps = 8;
    assert_int_equal(miner_tables_new(&tables, &algo, &session, board, &events, &error), BASE_OK);
    assert_false(miner_tables_help(tables));
    publish(tables, &algo, 1, 10);
    for (unsigned pair = 0; pair < 4; pair++) {
        wait_begun(2 * pair + 1); /* the builder is in a step */
        assert_true(miner_tables_help(tables));
    }
    assert_false(miner_tables_help(tables));
    const struct kern_table *table = take(board, 1).task->work.table;
    assert_non_null(table);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(((const uint8_t *)table->data)[i], 1);
    }
    miner_tables_look(tables, &look);
    assert_int_equal(look.steps_done, 8);
    miner_tables_free(tables);
    miner_board_leave(board, 0);
    miner_board_free(board);
    assert_int_equal(built, 8);
    assert_int_equal(fake_jobs_live(), 0);
    steps = 1;
}

static struct skip {
    unsigned count; /* under the lock */
    enum miner_table_why why;
    double number;
} skip;

static void on_skipped(void *user, const struct miner_table_look *look, enum miner_table_why why,
                       double number)
{
    (void)user;
    (void)look;
    (void)pthread_mutex_lock(&lock);
    skip = (struct skip){skip.count + 1, why, number};
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void wait_skipped(unsigned count)
{
    (void)pthread_mutex_lock(&lock);
    while (skip.count < count) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    (void)pthread_mutex_unlock(&lock);
}

static uint64_t two_hashes(uint64_t key)
{
    (void)key;
    return 2;
}

static void build_nothing(void *data, uint64_t key, uint64_t step)
{
    (void)data;
    (void)key;
    (void)step;
}

/* A table that lanes can do without is not built on a network where a block is found sooner, and
 * given up when it will not be ready in time; then for a while none is begun. */
static void test_not_worth_it(void **state)
{
    (void)state;
    static struct kern_table_row row = {.key = table_key,
                                        .size_bytes = table_size,
                                        .steps = table_steps,
                                        .build = build_nothing,
                                        .worth_s = 1,
                                        .worth_hashes = two_hashes};
    struct kern_algo algo = table_algo(false);
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_tables *tables = NULL;
    struct base_error error;
    struct memory memory = {.fits = true};
    const struct miner_tables_events events = {
        .failed = on_failed, .fits = on_fits, .skipped = on_skipped, .user = &memory};
    algo.table = &row;
    steps = UINT64_MAX / 2;
    miner_board_goes_without(board, 0);
    assert_int_equal(miner_tables_new(&tables, &algo, &session, board, &events, &error), BASE_OK);
    struct pool_job *job = fake_job_new(&algo, 0, 1, NOW); /* every hash is a block */
    job->solo = true;
    job->epoch = 10;
    assert_int_equal(miner_tables_publish(tables, job, &error), BASE_OK);
    pool_job_unref(job);
    wait_skipped(1);
    assert_int_equal(skip.why, MINER_TABLE_EASY);
    assert_true(skip.number >= 1 && skip.number < 2);
    assert_int_equal(memory.asked, 0);
    publish(tables, &algo, 2, 20); /* a pool's share: the block is another matter */
    wait_skipped(2);
    assert_int_equal(skip.why, MINER_TABLE_SLOW);
    assert_true(skip.number > 1);
    assert_null(take(board, 2).task->work.table);
    assert_int_equal(memory.asked, 1);
    publish(tables, &algo, 3, 30);
    assert_null(take(board, 3).task->work.table);
    miner_tables_free(tables);
    assert_int_equal(memory.asked, 1);
    miner_board_leave(board, 0);
    miner_board_free(board);
    assert_int_equal(fake_jobs_live(), 0);
    steps = 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_board_wants_the_table),
        cmocka_unit_test(test_lanes_without_table_go_on),
        cmocka_unit_test(test_one_at_a_time),
        cmocka_unit_test(test_memory_decides),
        cmocka_unit_test(test_needed_whatever_it_takes),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_not_worth_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
