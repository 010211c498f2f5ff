/* test_log_words.c: what the plain log says of work, shares and the network at a pool of one chain,
 * and of pools that a user cannot mine at. Argument: the built program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "program.h"
#include "v1_pool.h"

static const char *program;

static struct v1_pool *pool_new(double hashes)
{
    struct v1_pool *pool = calloc(1, sizeof *pool);
    assert_non_null(pool);
    pool->algo = kern_algo_find("skein");
    pool->factor = 1;
    pool->difficulty = hashes / 4294967296.0;
    pool->version = 0x20000602;
    pool->ntime = 1700000000;
    pool->extranonce2_size = 4;
    pool->extranonce1_size = 4;
    pool->enough = SIZE_MAX;
    pool->done_fd = -1;
    v1_pool_start(pool);
    return pool;
}

static void start(struct program_run *run, const struct v1_pool *pool, const char *coin,
                  const char *user, const char *duration)
{
    char url[64];
    (void)snprintf(url, sizeof url, "stratum+tcp://127.0.0.1:%u", pool->port);
    const char *const words[] = {"mine",
                                 "--no-color",
                                 "--screen",
                                 "log",
                                 "-t",
                                 "1",
                                 "--opencl",
                                 "none",
                                 "-o",
                                 url,
                                 "-u",
                                 user,
                                 "--summary-interval",
                                 "0.3",
                                 "--coin",
                                 coin,
                                 "--duration",
                                 duration,
                                 NULL};
    program_start(run, program, words);
}

static void test_pool_of_one_chain(void **state)
{
    struct v1_pool *pool = pool_new(100000.0 / SHARDPICK_TEST_SLOWDOWN);
    struct program_run run;
    (void)state;
    start(&run, pool, "digibyte", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE.rig", "600");
    program_wait(&run, "hashes expected for a share");
    program_wait(&run, "network: difficulty");
    program_wait(&run, ", difficulty ");
    program_wait(&run, "| share in ");
    (void)program_stop(&run);
    assert_null(strstr(run.log, "of 1 chains"));
    assert_null(strstr(run.log, "chains 1/1"));
    assert_null(strstr(run.log, "chain 0"));
    assert_null(strstr(run.log, "a share takes about"));
    v1_pool_stop(pool);
    free(pool);
}

static void test_slow_shares(void **state)
{
    struct v1_pool *pool = pool_new(1e18);
    struct program_run run;
    (void)state;
    start(&run, pool, "digibyte", "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE.rig", "600");
    program_wait(&run, "a share takes about");
    (void)program_stop(&run);
    v1_pool_stop(pool);
    free(pool);
}

/* Mined at without --coin: the pool is another coin's, and it was reached. */
static void test_foreign_pool(void **state)
{
    static const char *const durations[] = {"1", "10", "100"}; /* a busy machine needs longer */
    struct v1_pool *pool = pool_new(1000);
    bool said = false;
    (void)state;
    for (size_t i = 0; i < 3 && !said; i++) {
        struct program_run run;
        start(&run, pool, "alephium", "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.rig",
              durations[i]);
        program_wait(&run, " within "); /* no server gave work, or was reached */
        (void)program_stop(&run);
        said = strstr(run.log, "this pool is for another coin") != NULL &&
               strstr(run.log, "no server gave work within") != NULL;
        assert_true(said || i < 2);
    }
    v1_pool_stop(pool);
    free(pool);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool_of_one_chain),
        cmocka_unit_test(test_slow_shares),
        cmocka_unit_test(test_foreign_pool),
    };
    program = argc > 1 ? argv[1] : "";
    return cmocka_run_group_tests_name("log_words", tests, NULL, NULL);
}
