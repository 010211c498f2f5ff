/* test_mine_v1.c: `mine --coin digibyte` against a stratum v1 pool that judges every submission by
 * the reference: all five algorithms, changes in the middle of a run, nonce spaces that run out, a
 * change of odocrypt's epoch. Argument: "opencl" to mine on a device, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mine_device.h"
#include "v1_pool.h"

enum { EPOCH_S = 864000 };

/* What a sanitizer slows down most is what has to be easiest. */
enum { EASIER = SHARDPICK_TEST_SLOWDOWN * SHARDPICK_TEST_SLOWDOWN };

/* Hashes that a share takes here: a few hundredths of a second of one core. */
static const struct {
    const char *algo;
    double hashes;
    double factor;
    uint32_t version;
} lanes[] = {
    {"skein", 200000.0 / EASIER, 1, 0x20000602},
    {"qubit", 20000.0 / EASIER, 1, 0x20000802},
    {"odocrypt", 20000.0 / EASIER, 1, 0x20000e02},
    {"sha256d", 400000, 1, 0x20000202},
    {"scrypt", 200, 65536, 0x20000002},
};

static struct opencl_device device; /* list NULL: the processor mines */

static struct v1_pool *pool_new(size_t lane)
{
    struct v1_pool *pool = calloc(1, sizeof *pool);
    assert_non_null(pool);
    pool->algo = kern_algo_find(lanes[lane].algo);
    assert_non_null(pool->algo);
    pool->factor = lanes[lane].factor;
    pool->difficulty = lanes[lane].hashes * pool->factor / 4294967296.0;
    pool->version = lanes[lane].version;
    pool->ntime = 1950 * EPOCH_S + 1000;
    pool->epoch_s = strcmp(lanes[lane].algo, "odocrypt") == 0 ? EPOCH_S : 0;
    pool->extranonce2_size = 4;
    memcpy(pool->extranonce1, "\xc9\x73\xd3\x2c", 4);
    pool->extranonce1_size = 4;
    return pool;
}

/* Mine until the pool has taken all its steps and so many shares of its last job; whatever the pool
 * refuses must be stale. */
static void mine(struct v1_pool *pool, uint64_t shares, uint64_t counters, bool may_be_stale)
{
    char url[64];
    struct mine_run run;
    mine_run_init(&run);
    pool->enough = shares;
    pool->done_fd = run.stop_fd;
    v1_pool_start(pool);
    run.config.coin = pool_coin_find("digibyte");
    run.config.duration_ms = 120000;
    run.config.counters_per_job = counters;
    (void)snprintf(run.config.algo, sizeof run.config.algo, "%s", pool->algo->name);
    (void)snprintf(url, sizeof url, "stratum+tcp://127.0.0.1:%u", pool->port);
    mine_run_server(&run, url, "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE.rig");
    if (device.list != NULL) {
        mine_device_only(&run, &device);
    }
    mine_run_go(&run);
    v1_pool_stop(pool);
    assert_int_equal(run.exit_code, MINER_EXIT_DONE);
    if (pool->refused > 0) {
        fail_msg("%zu refused: %s", pool->refused, pool->why);
    }
    assert_true(may_be_stale || pool->stale == 0);
    assert_true(pool->accepted >= shares);
    assert_true(mine_run_number(&run, "accepted") <= (double)pool->accepted); /* some answers may
                                                        come after the end */
    assert_true(mine_run_number(&run, "rejected") == 0);
    assert_true(mine_run_number(&run, "invalid_on_device") == 0);
    assert_true(mine_run_number(&run, "duplicates") == 0);
    mine_run_deinit(&run);
}

static void test_every_algorithm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
        struct v1_pool *pool = pool_new(i);
        mine(pool, 8, 0, false);
        free(pool);
    }
}

/* New extranonce, difficulty, block and connection while shares are in flight. */
static void test_changes(void **state)
{
    struct v1_pool *pool = pool_new(0);
    (void)state;
    pool->steps[0] = (struct v1_pool_step){.after = 3, .extranonce1 = "aabbccddee"};
    pool->steps[1] = (struct v1_pool_step){.after = 3, .difficulty = pool->difficulty * 1.7};
    pool->steps[2] = (struct v1_pool_step){.after = 3, .clean = true};
    pool->steps[3] = (struct v1_pool_step){.after = 3, .hang_up = true};
    pool->steps[4] = (struct v1_pool_step){.after = 3, .difficulty = pool->difficulty / 3};
    mine(pool, 5, 0, true);
    assert_int_equal(pool->step, 5);
    assert_int_equal(pool->connections, 2);
    free(pool);
}

/* A header has only 100 000 nonces here: every share of a run needs several. */
static void test_refill(void **state)
{
    struct v1_pool *pool = pool_new(3);
    (void)state;
    mine(pool, 12, 100000, false);
    assert_true(pool->extranonces >= 4);
    assert_int_equal(pool->job_count, 1);
    free(pool);
}

/* Blocks are easier than shares (a test network): each job's first find that meets the block target
 * is handed in, and none of the hundreds that follow, whatever nonce space they are of. */
static void test_easy_blocks(void **state)
{
    struct v1_pool *pool = pool_new(3);
    (void)state;
    pool->bits = 0x2000b745; /* 358 hashes: a first find is a share, too, once in 1118 */
    pool->steps[0] = (struct v1_pool_step){.after = 3};
    pool->steps[1] = (struct v1_pool_step){.after = 3, .clean = true};
    mine(pool, 3, 100000, true);
    assert_int_equal(pool->blocks + pool->won_by_shares, 3);
    assert_true(pool->blocks > 0); /* chance says no in one run of 1.4e9 */
    assert_int_equal(pool->job_count, 3);
    free(pool);
}

/* The time of a job passes the end of an epoch: no share is hashed with the wrong tables, those of
 * the job before are still good, and nothing restarts. */
static void test_epoch_change(void **state)
{
    for (size_t told = 0; told < 2; told++) {
        struct v1_pool *pool = pool_new(2);
        pool->ntime = 1951 * EPOCH_S - 2;
        pool->tell_key = told;
        pool->steps[0] = (struct v1_pool_step){.after = 4, .ntime_plus = 1};
        pool->steps[1] = (struct v1_pool_step){.after = 4, .ntime_plus = 1};
        pool->steps[2] = (struct v1_pool_step){.after = 4, .ntime_plus = EPOCH_S};
        mine(pool, 4, told ? 30000 : 0, false);
        assert_int_equal(pool->step, 3);
        assert_int_equal(pool->connections, 1);
        for (size_t i = 0; i < 4; i++) {
            assert_true(pool->accepted_by_job[i] > 0);
        }
        free(pool);
    }
    (void)state;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest on_device[] = {
        cmocka_unit_test(test_every_algorithm),
        cmocka_unit_test(test_epoch_change),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm), cmocka_unit_test(test_changes),
        cmocka_unit_test(test_refill),          cmocka_unit_test(test_easy_blocks),
        cmocka_unit_test(test_epoch_change),
    };
    if (argc < 2 || strcmp(argv[1], "opencl") != 0) {
        return cmocka_run_group_tests(tests, NULL, NULL);
    }
    opencl_device_open(&device);
    int failed = cmocka_run_group_tests(on_device, NULL, NULL);
    opencl_device_close(&device);
    return failed;
}
