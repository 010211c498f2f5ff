/* test_mine_ckbnet_faults.c: `mine --coin nervos` on the development network of CKB when answers
 * fail: mining goes on and every block is judged; and the sentences for what a node or pool
 * refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ckbnet_run.h"

/* No event ever comes: slow polling finds what is new. */
static void test_no_events(void **state)
{
    struct pool_net_config config = ckbnet_run_easy();
    struct mine_run run;
    (void)state;
    config.faults.no_events = 1;
    config.faults.overtake = 4;
    struct pool_net *net = ckbnet_run_start(&config);
    ckbnet_run_ready(&run, net, CKBNET_RUN_EVENTS, ckbnet_run_test_address);
    run.config.until_blocks = 6;
    struct pool_net_stats stats = ckbnet_run_finish(&run, net);
    assert_int_equal(stats.events, 0);
    assert_int_equal(stats.own_payee, stats.accepted);
    mine_run_deinit(&run);
}

/* Answers that are late or never come, a busy node, templates that cannot be read: mining goes on,
 * and every block is judged in the end. */
static void test_failing_answers(void **state)
{
    static const struct pool_net_faults rows[] = {
        {.hold_answers_ms = 20, .drop_answers = 3},
        {.busy = 4},
        {.garbage = 3, .bad_hash = 6},
        {.half = 4, .drop_answers = 4},
        {.reset_after_ms = 400},
    };
    static const enum ckbnet_run_port ports[] = {CKBNET_RUN_NODE, CKBNET_RUN_EVENTS};
    (void)state;
    for (size_t i = 0; i < 2 * BASE_COUNT_OF(rows); i++) {
        struct pool_net_config config = ckbnet_run_easy();
        struct mine_run run;
        config.faults = rows[i / 2];
        if (i % 2 == 1 && config.faults.busy > 0) {
            continue; /* lines have no such answer */
        }
        struct pool_net *net = ckbnet_run_start(&config);
        ckbnet_run_ready(&run, net, ports[i % 2], ckbnet_run_test_address);
        run.config.until_blocks = config.faults.busy > 0 ? 2 : 4;
        struct pool_net_stats stats = ckbnet_run_finish(&run, net);
        assert_true(stats.accepted >= run.config.until_blocks);
        mine_run_deinit(&run);
    }
}

/* ---- sentences ---------------------------------------------------------------------------------
 */

static char text[1 << 18]; /* the log of the last run */

/* Mine until the run ends by itself. Returns whether it ended so, and the log has this part. */
static bool ends_with(struct mine_run *run, struct pool_net *net, int exit_code, const char *part)
{
    char path[] = "/tmp/shardpick_log_XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    mine_run_log_to(run, path);
    mine_run_go(run);
    mine_run_log_end(run);
    pool_net_stop(net);
    ssize_t size = read(file, text, sizeof text - 1);
    assert_true(size > 0);
    text[size] = '\0';
    (void)close(file);
    (void)unlink(path);
    bool good = run->exit_code == exit_code && strstr(text, part) != NULL;
    mine_run_deinit(run);
    return good;
}

/* A run that no work comes of says why. A busy machine may need longer for that than the first run
 * waits. */
static void expect_no_work(const struct pool_net_faults *faults, enum ckbnet_run_port port,
                           const char *user, int exit_code, const char *part)
{
    bool said = false;
    for (uint32_t wait_ms = 500; !said && wait_ms <= 50000; wait_ms *= 10) {
        struct pool_net_config config = ckbnet_run_easy();
        struct mine_run run;
        config.faults = *faults;
        struct pool_net *net = ckbnet_run_start(&config);
        ckbnet_run_ready(&run, net, port, user);
        run.config.connect_timeout_ms = wait_ms;
        said = ends_with(&run, net, exit_code, part);
    }
    if (!said) {
        fail_msg("not exit code %d, or no \"%s\" in: %s", exit_code, part, text);
    }
}

static void test_no_work(void **state)
{
    static const struct {
        struct pool_net_faults faults;
        const char *user;
        const char *part;
    } rows[] = {
        {{.no_assembler = 1}, "", "the node gives no work: it needs [block_assembler]"},
        {{.mainnet = 1, .not_synced = 1}, "", "the node is still downloading the chain"},
        {{.mainnet = 1},
         ckbnet_run_test_address,
         "the node is on the main network, and the address of -u is one of other networks"},
        {{.not_synced = 0}, ckbnet_run_main_address, "the node is on a test or private network"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        expect_no_work(&rows[i].faults, i % 2 == 0 ? CKBNET_RUN_NODE : CKBNET_RUN_EVENTS,
                       rows[i].user, MINER_EXIT_NO_SERVER, rows[i].part);
    }
}

/* The pool judges logins: its words are shown. A node's payee is ours to judge. */
static void test_wrong_login(void **state)
{
    static const struct {
        enum ckbnet_run_port port;
        const char *user;
        int exit_code;
        const char *part;
    } rows[] = {
        {CKBNET_RUN_NODE, "ckt1qyqd5eyygtdmwdr7ge736zw6z0ju6wsw7rssu8fcvq", MINER_EXIT_USAGE,
         "the address has a wrong checksum"},
        {CKBNET_RUN_POOL, "nobody", MINER_EXIT_NO_SERVER, "wrong address"},
    };
    const struct pool_net_faults faults = {.wrong_user = 1};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        expect_no_work(&faults, rows[i].port, rows[i].user, rows[i].exit_code, rows[i].part);
    }
}

static void test_refusals(void **state)
{
    static const struct {
        struct pool_net_faults faults;
        const char *part;
    } rows[] = {
        {{.not_synced = 1}, "the node says that it still downloads the chain"},
        {{.overtake = 2}, "a good block, but the node's chain has another one at its height"},
        {{.refuse = 2}, "the proof of work is wrong"},
    };
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        struct pool_net_config config = ckbnet_run_easy();
        struct mine_run run;
        config.faults = rows[i].faults;
        struct pool_net *net = ckbnet_run_start(&config);
        ckbnet_run_ready(&run, net, i % 2 == 0 ? CKBNET_RUN_EVENTS : CKBNET_RUN_NODE,
                         ckbnet_run_test_address);
        run.config.until_blocks = 4;
        if (!ends_with(&run, net, MINER_EXIT_DONE, rows[i].part)) {
            fail_msg("no \"%s\" in: %s", rows[i].part, text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_events), cmocka_unit_test(test_failing_answers),
        cmocka_unit_test(test_no_work),   cmocka_unit_test(test_wrong_login),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
