/* test_tables.c: epoch tables: built once an epoch and off the publisher's thread, shared by the
 * epoch's jobs, never in the way of a newer job, freed with the last task that uses them. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_jobs.h"
#include "run/tables.h"

enum { NOW = 1000000 };

static struct miner_nonce_session session;

/* The hooks have no user pointer. A gate holds the builder up, so that the test knows where it is.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool gate_open = true;
static unsigned begun;
static unsigned built;

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
    return 1;
}

static void table_build(void *data, uint64_t key, uint64_t step)
{
    (void)step;
    memcpy(data, &key, 8);
    (void)pthread_mutex_lock(&lock);
    begun++;
    (void)pthread_cond_broadcast(&changed);
    while (!gate_open) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    built++;
    (void)pthread_mutex_unlock(&lock);
}

static void set_gate(bool open)
{
    (void)pthread_mutex_lock(&lock);
    gate_open = open;
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

static struct kern_algo table_algo(void)
{
    static const struct kern_table_row row = {
        .key = table_key, .size_bytes = table_size, .steps = table_steps, .build = table_build};
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

static void publish(struct miner_tables *tables, const struct kern_algo *algo, uint8_t fill,
                    uint64_t epoch)
{
    struct base_error error;
    struct pool_job *job = fake_job_new(algo, 0, fill, NOW);
    job->epoch = epoch;
    assert_int_equal(miner_tables_publish(tables, job, &error), BASE_OK);
    pool_job_unref(job);
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
    struct kern_algo algo = table_algo();
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct miner_tables *tables = NULL;
    struct base_error error;
    begun = 0;
    built = 0;
    assert_int_equal(miner_tables_new(&tables, &algo, &session, board, on_failed, NULL, &error),
                     BASE_OK);
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
    struct kern_algo algo = table_algo();
    struct miner_board *board = miner_board_new(&algo, &session, 1);
    struct base_error error;
    struct pool_job *job = fake_job_new(&algo, 0, 1, NOW);
    assert_int_equal(miner_board_publish(board, job, &error), BASE_E_UNSUPPORTED);
    pool_job_unref(job);
    miner_board_free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_board_wants_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
