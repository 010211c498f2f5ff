/* test_mine_nervos.c: `mine --coin nervos` at a node and at a pool of the test's own: every block
 * is compared with the one that an independent program made of the same template, every nonce is
 * judged by the reference. Argument: "opencl" to mine on a device, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mine_device.h"
#include "mine_run.h"
#include "nervos_server.h"

static struct opencl_device device; /* list NULL: the processor mines */

static struct nervos_server *server_new(void)
{
    struct nervos_server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    return server;
}

static void ready(struct mine_run *run, struct nervos_server *server, bool pool, const char *user)
{
    char url[64];
    mine_run_init(run);
    server->done_fd = run->stop_fd;
    nervos_server_start(server);
    run->config.coin = pool_coin_find("nervos");
    assert_non_null(run->config.coin);
    run->config.duration_ms = 120000;
    (void)snprintf(run->config.algo, sizeof run->config.algo, "eaglesong");
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u", pool ? "stratum+tcp" : "daemon+http",
                   pool ? server->pool_port : server->node_port);
    mine_run_server(run, url, user != NULL ? user : nervos_server_text(server, "lock_address"));
    if (device.list != NULL) {
        mine_device_only(run, &device);
    }
}

static void finish(struct mine_run *run, struct nervos_server *server)
{
    mine_run_go(run);
    nervos_server_stop(server);
    assert_int_equal(run->exit_code, MINER_EXIT_DONE);
    if (server->refused > 0 || server->repeated > 0) {
        fail_msg("%zu refused, %zu repeated: %s", server->refused, server->repeated, server->why);
    }
    assert_true(mine_run_number(run, "invalid_on_device") == 0);
}

/* Blocks that pay whom the node says, with proposals, transactions and an uncle; and blocks that
 * pay -u. */
static void test_solo(void **state)
{
    (void)state;
    for (unsigned own = 0; own < 2; own++) {
        struct nervos_server *server = server_new();
        struct mine_run run;
        server->own_lock = own != 0;
        ready(&run, server, false, own != 0 ? NULL : "");
        /* Each vector once: to the client, a second time is a chain that goes back. */
        size_t blocks = json_array_size(server->blocks);
        run.config.until_blocks = blocks;
        finish(&run, server);
        assert_true(server->accepted >= blocks);
        assert_true(server->questions >= blocks);
        assert_true(mine_run_number(&run, "blocks") >= (double)blocks);
        assert_true(mine_run_number(&run, "rejected") == 0);
        mine_run_deinit(&run);
        free(server);
    }
}

/* What becomes of blocks, by ids that the node gave them. */
static void test_fates(void **state)
{
    struct nervos_server *server = server_new();
    struct mine_run run;
    (void)state;
    ready(&run, server, false, "");
    run.config.look_ms = 1;
    server->headers_enough = 3; /* the answers to the first two are in the summary */
    finish(&run, server);
    mine_run_check_blocks(&run, 66);
    mine_run_deinit(&run);
    free(server);
}

/* The node answers with a hash and its chain has another block: no block of ours. */
static void test_overtaken(void **state)
{
    struct nervos_server *server = server_new();
    struct mine_run run;
    (void)state;
    server->overtaken = 2;
    ready(&run, server, false, "");
    run.config.until_blocks = 3;
    finish(&run, server);
    assert_true(server->lost >= 2);
    assert_true(mine_run_number(&run, "blocks") <= (double)server->accepted);
    mine_run_deinit(&run);
    free(server);
}

/* Another target, extranonce, block and connection in the middle of a run. */
static void test_pool(void **state)
{
    struct nervos_server *server = server_new();
    struct mine_run run;
    (void)state;
    server->enough = 18;
    ready(&run, server, true, NULL);
    finish(&run, server);
    assert_true(server->shares >= 18);
    assert_int_equal(server->logins, 2);
    assert_true(mine_run_number(&run, "accepted") <= (double)server->shares);
    mine_run_deinit(&run);
    free(server);
}

/* A pool that sends no set_target and writes the target into the job. */
static void test_pool_target_in_notify(void **state)
{
    struct nervos_server *server = server_new();
    struct mine_run run;
    (void)state;
    server->enough = 3;
    server->target_in_notify = true;
    ready(&run, server, true, NULL);
    server->share_target_be[1] = 0;
    server->share_target_be[2] = 0xff;
    finish(&run, server);
    assert_true(server->shares >= 3);
    mine_run_deinit(&run);
    free(server);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solo),
        cmocka_unit_test(test_overtaken),
        cmocka_unit_test(test_fates),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_pool_target_in_notify),
    };
    const struct CMUnitTest on_device[] = {
        cmocka_unit_test(test_solo),
        cmocka_unit_test(test_pool),
    };
    if (argc < 2 || strcmp(argv[1], "opencl") != 0) {
        return cmocka_run_group_tests(tests, NULL, NULL);
    }
    opencl_device_open(&device);
    int failed = cmocka_run_group_tests(on_device, NULL, NULL);
    opencl_device_close(&device);
    return failed;
}
