/* test_mine_ckbnet.c: `mine --coin nervos` on the development network of CKB, which judges each
 * block whole and each share: every kernel at its node and at its pool, blocks of others, dialects.
 * Argument: "opencl" to mine on a device, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ckbnet_run.h"
#include "kern.h"

/* ---- every kernel ------------------------------------------------------------------------------
 */

typedef void (*kernel_test)(const char *kernel);

static void every_kernel(kernel_test test)
{
    const struct kern_algo *algo = kern_algo_find("eaglesong");
    if (ckbnet_run_device.list != NULL) {
        test("");
        return;
    }
    for (size_t i = 0; i < algo->variant_count; i++) {
        if (kern_variant_runs(algo->variants[i], base_cpu_detect())) {
            test(algo->variants[i]->name);
        }
    }
}

static void choose(struct mine_run *run, const char *kernel)
{
    (void)snprintf(run->config.cpu_kernel, sizeof run->config.cpu_kernel, "%s", kernel);
}

/* Own lock: paid from the twelfth block on. */
static void mine_blocks(const char *kernel)
{
    struct pool_net_config config = ckbnet_run_easy();
    struct pool_net *net = ckbnet_run_start(&config);
    struct mine_run run;
    ckbnet_run_ready(&run, net, CKBNET_RUN_NODE, ckbnet_run_test_address);
    choose(&run, kernel);
    run.config.until_blocks = 14;
    struct pool_net_stats stats = ckbnet_run_finish(&run, net);
    assert_true(stats.accepted >= 14);
    assert_int_equal(stats.own_payee, stats.accepted);
    assert_true(stats.paid >= 2);
    assert_true(mine_run_number(&run, "blocks") >= 14);
    mine_run_deinit(&run);
}

static void test_node(void **state)
{
    (void)state;
    every_kernel(mine_blocks);
}

static void mine_shares(const char *kernel)
{
    struct pool_net_config config = ckbnet_run_easy();
    struct mine_run run;
    config.faults.new_extranonce = 7;
    config.start_hashes = 0x1p13; /* every second share is a block until the first one is found: */
    config.share_hashes = 0x1p12; /* chance leaves none among 40 in one run of 1e12 */
    struct pool_net *net = ckbnet_run_start(&config);
    ckbnet_run_ready(&run, net, CKBNET_RUN_POOL, ckbnet_run_main_address);
    choose(&run, kernel);
    run.config.until_shares = 40;
    struct pool_net_stats stats = ckbnet_run_finish(&run, net);
    assert_true(stats.shares_accepted >= 40);
    assert_true(stats.accepted > 0); /* blocks among them */
    mine_run_deinit(&run);
}

static void test_pool(void **state)
{
    (void)state;
    every_kernel(mine_shares);
}

/* ---- what a network does -----------------------------------------------------------------------
 */

/* Without -o the network is in the process; both sides count the same. */
static void test_own_network(void **state)
{
    struct mine_run run;
    (void)state;
    mine_run_init(&run);
    run.config.coin = pool_coin_find("nervos");
    (void)snprintf(run.config.algo, sizeof run.config.algo, "eaglesong");
    run.config.until_blocks = 10;
    run.config.devnet.start_hashes = 20000;
    mine_run_go(&run);
    assert_int_equal(run.exit_code, MINER_EXIT_DONE);
    assert_true(mine_run_number(&run, "accepted") >= 10);
    assert_true(mine_run_number(&run, "devnet.accepted") >= 10);
    assert_true(json_is_true(json_object_get(json_object_get(run.summary, "devnet"), "agrees")));
    mine_run_deinit(&run);
}

/* Another miner's blocks come, and one just before every third of ours: it is late, and none is
 * wrong. Returns what the network counted. */
static struct pool_net_stats mine_among_others(enum ckbnet_run_port port)
{
    struct pool_net_config config = ckbnet_run_easy();
    struct mine_run run;
    config.faults.overtake = 3;
    config.faults.foreign_ms =
        port == CKBNET_RUN_EVENTS ? 400 : 0; /* a poll would miss most of these */
    config.faults.old_template = 2;
    config.start_hashes = 0x1p19;
    config.block_time_ms = 150;
    struct pool_net *net = ckbnet_run_start(&config);
    ckbnet_run_ready(&run, net, port, "");
    run.config.threads_rule = MINER_THREADS_COUNT; /* blocks must last until the full template is */
    run.config.threads = 1;                        /* there, on any machine */
    run.config.until_blocks = 16;
    struct pool_net_stats stats = ckbnet_run_finish(&run, net);
    assert_true(stats.stale >= 5);
    assert_true(stats.foreign >= 5);
    assert_int_equal(stats.own_payee, 0);
    assert_true(mine_run_number(&run, "blocks") <= (double)stats.accepted);
    mine_run_deinit(&run);
    return stats;
}

/* Late blocks become uncles of later ones. Which do depends on when blocks are found: those of an
 * epoch that ends become none, nor do those before a block without a full template. */
static void expect_uncles(enum ckbnet_run_port port)
{
    uint64_t uncles = 0;
    uint64_t txs = 0;
    for (unsigned run = 0; run < 20 && (uncles == 0 || txs == 0); run++) {
        struct pool_net_stats stats = mine_among_others(port);
        uncles += stats.uncles;
        txs += stats.txs;
    }
    assert_true(uncles > 0 && txs > 0);
}

static void test_others(void **state)
{
    (void)state;
    expect_uncles(CKBNET_RUN_NODE);
}

/* Over the node's TCP port the miner is told: it hears of the other one's blocks. */
static void test_events(void **state)
{
    (void)state;
    expect_uncles(CKBNET_RUN_EVENTS);
}

static void test_dialects(void **state)
{
    static const struct {
        enum pool_ckbnet_dialect dialect;
        uint32_t extranonce_bytes;
        uint64_t shares;
        struct pool_net_faults faults;
    } rows[] = {
        {POOL_CKBNET_UUPOOL, 0, 30, {.garbage = 1}}, {POOL_CKBNET_BTCCOM, 4, 30, {.skim = 5}},
        {POOL_CKBNET_K7, 8, 30, {.bad_hash = 2}},    {POOL_CKBNET_BTCCOM, 7, 2, {.half = 2}},
        {POOL_CKBNET_UUPOOL, 12, 60, {.skim = 7}}, /* 2^32 nonces a job */
        {POOL_CKBNET_K7, 13, 60, {.skim = 9}},     /* 2^24: lanes wait for the next job */
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct pool_net_config config = ckbnet_run_easy();
        struct mine_run run;
        config.dialect = rows[i].dialect;
        config.extranonce_bytes = rows[i].extranonce_bytes;
        config.faults = rows[i].faults;
        config.start_hashes = 0x1p19; /* a target in a job is known by its two zero bytes */
        config.share_hashes = 0x1p17;
        config.pool_notify_ms = 1000;
        struct pool_net *net = ckbnet_run_start(&config);
        ckbnet_run_ready(&run, net, CKBNET_RUN_POOL, "an.account");
        run.config.until_shares = rows[i].shares;
        struct pool_net_stats stats = ckbnet_run_finish(&run, net);
        assert_true(stats.shares_accepted >= rows[i].shares);
        mine_run_deinit(&run);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node),        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_own_network), cmocka_unit_test(test_others),
        cmocka_unit_test(test_events),      cmocka_unit_test(test_dialects),
    };
    const struct CMUnitTest on_device[] = {
        cmocka_unit_test(test_node),
        cmocka_unit_test(test_pool),
    };
    if (argc < 2 || strcmp(argv[1], "opencl") != 0) {
        return cmocka_run_group_tests(tests, NULL, NULL);
    }
    opencl_device_open(&ckbnet_run_device);
    int failed = cmocka_run_group_tests(on_device, NULL, NULL);
    opencl_device_close(&ckbnet_run_device);
    return failed;
}
