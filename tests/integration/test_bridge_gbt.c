/* test_bridge_gbt.c: `bridge` at a DigiByte node that judges each block whole, and our miner behind
 * it over stratum: all five algorithms, blocks that pay the address of -u, or each worker's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "bridge_run.h"
#include "gbt_run.h"

/* The bridge at a node, as gbt_run_ready has it. */
static void at_node(struct bridge_run *bridge, struct gbt_node *node)
{
    struct mine_run miner;
    gbt_run_ready(&miner, node, SIZE_MAX);
    bridge->run.config.coin = miner.config.coin;
    memcpy(bridge->run.config.algo, miner.config.algo, sizeof miner.config.algo);
    memcpy(bridge->run.config.servers, miner.config.servers, sizeof miner.config.servers);
    bridge->run.config.server_count = 1;
    mine_run_deinit(&miner);
}

static void start(struct bridge_run *bridge, struct gbt_node *node)
{
    bridge_run_init(bridge);
    at_node(bridge, node);
    bridge_run_start(bridge);
}

static void mine(const struct bridge_run *bridge, const char *login, uint64_t shares)
{
    struct mine_run miner;
    char url[64];
    (void)snprintf(url, sizeof url, "stratum+tcp://127.0.0.1:%u", bridge->port);
    mine_run_init(&miner);
    miner.config.coin = bridge->run.config.coin;
    memcpy(miner.config.algo, bridge->run.config.algo, sizeof miner.config.algo);
    mine_run_server(&miner, url, login);
    miner.config.until_shares = shares;
    mine_run_go(&miner);
    assert_int_equal(miner.exit_code, MINER_EXIT_DONE);
    assert_true(mine_run_number(&miner, "accepted") >= (double)shares);
    mine_run_deinit(&miner);
}

static void finish(struct bridge_run *bridge, struct gbt_node *node)
{
    bridge_run_stop(bridge);
    gbt_node_stop(node);
    if (node->refused > 0 || node->repeated > 0) {
        fail_msg("%zu refused, %zu repeated: %s", node->refused, node->repeated, node->why);
    }
    assert_true(node->accepted > 0);
    assert_int_equal(node->wrong_pay, 0);
    assert_int_equal(node->wrong_txs, 0);
    assert_true(mine_run_number(&bridge->run, "accepted") == (double)node->accepted);
    assert_true(mine_run_number(&bridge->run, "workers.0.blocks") == (double)node->accepted);
    bridge_run_deinit(bridge);
    free(node);
}

static void test_every_algorithm(void **state)
{
    (void)state;
    for (size_t i = 0; i < GBT_RUN_LANES; i++) {
        struct gbt_node *node = gbt_run_node((enum gbt_run_lane)i);
        struct bridge_run bridge;
        start(&bridge, node);
        mine(&bridge, "rig1", 5);
        finish(&bridge, node);
    }
}

/* Each block pays the address that the worker's login begins with, not that of -u. */
static void test_workers_are_paid(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    struct bridge_run bridge;
    char login[128];
    (void)state;
    bridge_run_init(&bridge);
    at_node(&bridge, node);
    (void)snprintf(bridge.run.config.servers[0].user, sizeof bridge.run.config.servers[0].user,
                   "D596YFweJQuHY1BbjazZYmAbt8jJPbKehC"); /* nobody's */
    bridge.run.config.bridge.pay_workers = true;
    bridge_run_start(&bridge);
    (void)snprintf(login, sizeof login, "%s.rig1", gbt_run_address);
    mine(&bridge, login, 6);
    finish(&bridge, node); /* which counts blocks that do not pay that address */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm),
        cmocka_unit_test(test_workers_are_paid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
