/* test_mine_gbt.c: `mine --coin digibyte` at a node: every block that is sent is judged whole by
 * the node's rules and the references, with all five algorithms; new blocks of others, nonce spaces
 * that run out, epochs, logins that change, and everything that can go wrong between two answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "gbt_node.h"
#include "mine_run.h"

/* Hashes that a block takes here: a few hundredths of a second of one core. */
static const struct {
    const char *algo;
    const char *rpc_name;
    uint32_t bits;
} lanes[] = {
    {"skein", "skein", 0x1f00ffff},   {"qubit", "qubit", 0x1f0fffff},
    {"odocrypt", "odo", 0x1f0fffff},  {"sha256d", "sha256d", 0x1f00ffff},
    {"scrypt", "scrypt", 0x2000ffff},
};

enum { SKEIN, QUBIT, ODOCRYPT, SHA256D, SCRYPT, EPOCH_S = 864000 };

/* Addresses and what pays them, from an implementation of BIP 173 and base58 that is not ours. */
static const char address[] = "DFpN6QqFfUm3gKNaxN6tNcab1FArL9cZLE";
static const char script[] = "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac";

static struct gbt_node *node_new(size_t lane)
{
    struct gbt_node *node = calloc(1, sizeof *node);
    assert_non_null(node);
    node->algo = kern_algo_find(lanes[lane].algo);
    node->rpc_name = lanes[lane].rpc_name;
    node->bits = lanes[lane].bits;
    node->block_time_s = 15;
    if (lane == ODOCRYPT) {
        node->epoch_s = EPOCH_S;
        node->time = 1950 * EPOCH_S + 1000;
    }
    assert_int_equal(
        base_hex_decode(node->payee, sizeof node->payee, &node->payee_size, script, strlen(script)),
        BASE_OK);
    return node;
}

static void ready(struct mine_run *run, struct gbt_node *node, uint64_t blocks)
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
                   node->port);
    mine_run_server(run, url, address);
}

/* Mine until so many blocks are accepted; nothing may be refused but what a race explains. */
static void go(struct mine_run *run, struct gbt_node *node)
{
    mine_run_go(run);
    gbt_node_stop(node);
    assert_int_equal(run->exit_code, MINER_EXIT_DONE);
    if (node->refused > 0 || node->repeated > 0) {
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

static void mine(struct gbt_node *node, uint64_t blocks, uint64_t counters)
{
    struct mine_run run;
    ready(&run, node, blocks);
    run.config.counters_per_job = counters;
    go(&run, node);
}

static void test_every_algorithm(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
        struct gbt_node *node = node_new(i);
        mine(node, 6, 0);
        assert_true(node->polls > 0);
        free(node);
    }
}

/* Everything in one chain of blocks: the 8.22 node, that takes no algorithm and checks heights. */
static void test_newer_node(void **state)
{
    struct gbt_node *node = node_new(SKEIN);
    (void)state;
    node->newer = true;
    node->height = 24155880; /* four bytes of height, as today's main network */
    mine(node, 6, 0);
    assert_true(node->requests > node->templates);
    free(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm),
        cmocka_unit_test(test_newer_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
