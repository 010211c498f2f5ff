/* gbt_run.c: see gbt_run.h. */
#include "gbt_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

/* Hashes that a block takes here: a few hundredths of a second of one core. */
static const struct {
    const char *algo;
    const char *rpc_name;
    uint32_t bits;
} lanes[GBT_RUN_LANES] = {
    {"skein", "skein", 0x1f00ffff},   {"qubit", "qubit", 0x1f0fffff},
    {"odocrypt", "odo", 0x1f0fffff},  {"sha256d", "sha256d", 0x1f00ffff},
    {"scrypt", "scrypt", 0x2000ffff},
};

/* Address and what pays it, from an implementation of base58 that is not ours. */
const char gbt_run_address[] = "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE";
static const char script[] = "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac";

struct gbt_node *gbt_run_node(enum gbt_run_lane lane)
{
    struct gbt_node *node = calloc(1, sizeof *node);
    assert_non_null(node);
    node->algo = kern_algo_find(lanes[lane].algo);
    node->rpc_name = lanes[lane].rpc_name;
    node->bits = lanes[lane].bits;
    node->block_time_s = 15;
    if (lane == GBT_RUN_ODOCRYPT) {
        node->epoch_s = GBT_RUN_EPOCH_S;
        node->time = 1950 * GBT_RUN_EPOCH_S + 1000;
    }
    assert_int_equal(
        base_hex_decode(node->payee, sizeof node->payee, &node->payee_size, script, strlen(script)),
        BASE_OK);
    return node;
}

void gbt_run_ready(struct mine_run *run, struct gbt_node *node, uint64_t blocks)
{
    char url[96];
    mine_run_init(run);
    node->enough = blocks;
    node->done_fd = -1;
    gbt_node_start(node);
    run->config.coin = pool_coin_find("digibyte");
    run->config.duration_ms = 120000;
    run->config.until_blocks = blocks;
    (void)snprintf(run->config.algo, sizeof run->config.algo, "%s", node->algo->name);
    (void)snprintf(url, sizeof url, "daemon+http://%s%s127.0.0.1:%u",
                   node->login != NULL ? node->login : "", node->login != NULL ? "@" : "",
                   node->rpc.port);
    mine_run_server(run, url, gbt_run_address);
}

void gbt_run_go(struct mine_run *run, struct gbt_node *node)
{
    mine_run_go(run);
    gbt_node_stop(node);
    assert_int_equal(run->exit_code, MINER_EXIT_DONE);
    /* A block whose answer was lost comes again, and the node calls it a duplicate. */
    size_t duplicates = node->faults.lost_blocks ? node->repeated : 0;
    if (node->refused > duplicates || node->repeated > duplicates) {
        fail_msg("%zu refused, %zu repeated: %s", node->refused, node->repeated, node->why);
    }
    assert_true(node->accepted >= node->enough);
    assert_int_equal(node->wrong_pay, 0);
    assert_int_equal(node->wrong_txs, 0);
    assert_true(mine_run_number(run, "blocks") <= (double)node->accepted);
    assert_true(mine_run_number(run, "rejected") == 0);
    assert_true(mine_run_number(run, "invalid_on_device") == 0);
    mine_run_deinit(run);
}
