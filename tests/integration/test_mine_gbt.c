/* test_mine_gbt.c: `mine --coin digibyte` at a node: every block that is sent is judged whole by
 * the node's rules and the references, with all five algorithms; new blocks of others, nonce spaces
 * that run out, epochs, logins that change, and everything that can go wrong between two answers.
 * Argument: the built program; or "opencl" to mine on a device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "gbt_run.h"
#include "mine_device.h"

static struct opencl_device device; /* list NULL: the processor mines */
static const char *program;         /* the built program */

static void ready(struct mine_run *run, struct gbt_node *node, uint64_t blocks)
{
    gbt_run_ready(run, node, blocks);
    if (device.list != NULL) {
        mine_device_only(run, &device);
    }
}

static void mine(struct gbt_node *node, uint64_t blocks, uint64_t counters)
{
    struct mine_run run;
    ready(&run, node, blocks);
    run.config.counters_per_job = counters;
    gbt_run_go(&run, node);
}

static void test_every_algorithm(void **state)
{
    (void)state;
    for (size_t i = 0; i < GBT_RUN_LANES; i++) {
        struct gbt_node *node = gbt_run_node((enum gbt_run_lane)i);
        mine(node, 6, 0);
        assert_true(node->polls > 0);
        free(node);
    }
}

/* Everything in one chain of blocks: the 8.22 node, that takes no algorithm and checks heights. */
static void test_newer_node(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    (void)state;
    node->newer = true;
    node->height = 24155880; /* four bytes of height, as today's main network */
    mine(node, 6, 0);
    assert_true(node->rpc.requests > node->templates);
    free(node);
}

/* What becomes of blocks is asked, by ids that are not the proof of work's hash. */
static void test_fates(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    struct mine_run run;
    (void)state;
    ready(&run, node, 3);
    run.config.until_blocks = 0;
    run.config.look_ms = 1;
    node->done_fd = run.stop_fd;
    node->enough = 0;
    node->looks_enough = 4; /* the answers to the looks before are in the summary */
    mine_run_go(&run);
    gbt_node_stop(node);
    assert_int_equal(run.exit_code, MINER_EXIT_DONE);
    mine_run_check_blocks(&run, 64);
    mine_run_deinit(&run);
    free(node);
}

/* Others find blocks while we search; what was on its way then is late, nothing else is. */
static void test_blocks_of_others(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    (void)state;
    node->foreign_follows = true;
    mine(node, 12, 0);
    assert_true(node->old_tip_count > node->accepted);
    free(node);
}

/* A header has a few nonces only: each block takes many coinbases, none twice. */
static void test_refill(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SHA256D);
    (void)state;
    mine(node, 8, 5000);
    assert_true(node->highest_nonce < 5000);
    free(node);
}

/* Time passes the ends of epochs: with the main network's length, and with one that no network of
 * ours has, as the node's own odokey is what counts. */
static void test_epoch_change(void **state)
{
    static const uint32_t lengths[] = {GBT_RUN_EPOCH_S, 7};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct gbt_node *node = gbt_run_node(GBT_RUN_ODOCRYPT);
        node->epoch_s = lengths[i];
        node->time = 1951 * GBT_RUN_EPOCH_S - 40;
        mine(node, 8, 0);
        assert_true(node->epochs >= (i == 0 ? 2 : 8));
        free(node);
    }
}

static void test_coinbase_text(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SCRYPT);
    struct mine_run run;
    (void)state;
    ready(&run, node, 2);
    (void)snprintf(run.config.coinbase_text, sizeof run.config.coinbase_text, "for all to read");
    gbt_run_go(&run, node);
    assert_string_equal(node->text, "for all to read");
    free(node);
}

/* A node with a cookie restarts and writes another one: mining goes on, and nothing is asked twice
 * with the old one. */
static void test_cookie(void **state)
{
    char path[] = "/tmp/shardpick-cookie-XXXXXX";
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    struct mine_run run;
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    node->cookie = path;
    node->restart_after = 3;
    node->login = "__cookie__:0123456789abcdef";
    ready(&run, node, 7);
    struct pool_server *server = &run.config.servers[0];
    server->rpc_user[0] = '\0'; /* nothing in the URL */
    server->rpc_pass[0] = '\0';
    (void)snprintf(server->rpc_cookie, sizeof server->rpc_cookie, "%s", path);
    gbt_run_go(&run, node);
    assert_true(node->rpc.refused_logins <= 1); /* one may be on its way at that moment */
    assert_string_equal(node->login_now, "__cookie__:another");
    (void)close(fd);
    (void)unlink(path);
    free(node);
}

/* Everything that can go wrong with an answer; each costs the wait of one reconnect. */
static void test_faults(void **state)
{
    static const struct gbt_faults faults[] = {{.warm_up = 1}, {.garbage = 3},
                                               {.hang_up = 3}, {.half = 3},
                                               {.huge = 3},    {.silent_polls = true}};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct gbt_node *node = gbt_run_node(GBT_RUN_QUBIT);
        node->login = "user:p@ss/word";
        node->faults = faults[i];
        mine(node, 3, 0);
        assert_true(node->rpc.requests > 3);
        assert_int_equal(node->rpc.refused_logins, 0);
        free(node);
    }
}

/* Blocks whose answer never comes are no fault of the miner's: they may come again, as duplicates.
 */
static void test_lost_answers(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    struct mine_run run;
    (void)state;
    node->faults.lost_blocks = true;
    ready(&run, node, 2);
    node->done_fd = run.stop_fd;
    gbt_run_go(&run, node);
    assert_true(node->submits >= 2);
    free(node);
}

/* The node throws blocks away and answers null: they do not count, and mining goes on. */
static void test_null_is_no_acceptance(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    struct mine_run run;
    (void)state;
    node->faults.null_wrong = 2;
    ready(&run, node, 3);
    mine_run_go(&run);
    gbt_node_stop(node);
    assert_int_equal(run.exit_code, MINER_EXIT_DONE);
    assert_int_equal(node->thrown_away, 2);
    assert_true(node->accepted >= 3);
    assert_true(mine_run_number(&run, "rejected") == 2);
    assert_true(node->questions >= 5);
    mine_run_deinit(&run);
    free(node);
}

/* Requests use each other's connections: one for the long poll, one or two for what else is asked
 * at once. */
static void test_connections_are_kept(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    (void)state;
    mine(node, 12, 0);
    assert_true(node->rpc.requests >= 36);
    assert_in_range(node->rpc.connects, 1, 4);
    free(node);
}

/* A kept connection may be dead: the request goes over another one. */
static void test_kept_connections_die(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    (void)state;
    node->faults.short_lived = true;
    mine(node, 12, 0);
    assert_true(node->rpc.connects > 12);
    free(node);
}

/* A node without long polls. */
static void test_plain_polling(void **state)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    (void)state;
    node->faults.no_poll = true;
    mine(node, 6, 0);
    assert_int_equal(node->polls, 0);
    free(node);
}

/* ---- the program ----------------------------------------------------------------------------- */

/* Exit code of `shardpick COMMAND --coin digibyte -a skein WORDS`; what it wrote, both streams. */
__attribute__((format(printf, 4, 5))) static int run_program(char *text, size_t cap,
                                                             const char *command,
                                                             const char *format, ...)
{
    char words[512];
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    (void)snprintf(line, sizeof line, "'%s' %s --coin digibyte -a skein %s 2>&1", program, command,
                   words);
    FILE *out = popen(line, "r");
    assert_non_null(out);
    size_t size = fread(text, 1, cap - 1, out);
    text[size] = '\0';
    int status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect(int code, const char *part, int got, const char *text)
{
    if (got != code || strstr(text, part) == NULL) {
        fail_msg("exit code %d instead of %d, or no \"%s\" in: %s", got, code, part, text);
    }
}

static const char mine_cpu[] = "mine --opencl none";

/* A run that no work comes of says why. A busy machine may need longer for that than the first run
 * waits. */
static void expect_no_work(const char *part, const char *words)
{
    static const char *const limits[] = {"0.5", "5", "50"}; /* seconds */
    static char text[65536];
    int code = 0;
    for (size_t i = 0; i < 3 && (code != 4 || strstr(text, part) == NULL); i++) {
        code = run_program(text, sizeof text, mine_cpu,
                           "%s -u %s --until-blocks 3 --connect-timeout %s", words, gbt_run_address,
                           limits[i]);
    }
    expect(4, part, code, text);
}

static void test_program(void **state)
{
    static char text[65536];
    char words[128];
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    (void)state;
    node->login = "alice:secret";
    node->done_fd = -1;
    gbt_node_start(node);
    int code = run_program(text, sizeof text, mine_cpu,
                           "-o daemon+http://alice:secret@127.0.0.1:%u -u %s --until-blocks 3 -v",
                           node->rpc.port, gbt_run_address);
    expect(0, ": accepted ", code, text);
    /* On a busy machine a fourth block may be found before the third one stops the run. */
    size_t accepted = strtoul(strstr(text, ": accepted ") + 11, NULL, 10);
    assert_true(accepted >= 3);
    assert_null(strstr(text, "secret"));
    (void)snprintf(words, sizeof words, "-o daemon+http://alice:wrong@127.0.0.1:%u",
                   node->rpc.port);
    expect_no_work("rpcuser and rpcpassword", words);
    (void)snprintf(words, sizeof words,
                   "-o daemon+http://127.0.0.1:%u --rpc-cookie /nowhere/.cookie", node->rpc.port);
    expect_no_work("/nowhere/.cookie cannot be read", words);
    size_t requests = node->rpc.requests;
    code = run_program(text, sizeof text, mine_cpu, "-o daemon+http://127.0.0.1:%u -u %.33s",
                       node->rpc.port, gbt_run_address);
    expect(2, "too short or too long", code, text);
    code =
        run_program(text, sizeof text, mine_cpu, "-o daemon+http://127.0.0.1:%u", node->rpc.port);
    expect(2, "write -u ADDRESS", code, text);
    gbt_node_stop(node);
    assert_int_equal(node->rpc.requests, requests); /* wrong usage connects nowhere */
    assert_int_equal(node->accepted, accepted);
    assert_int_equal(node->refused, 0);
    (void)snprintf(words, sizeof words, "-o daemon+http://127.0.0.1:%u", node->rpc.port);
    expect_no_work("no server was reached", words);
    free(node);
}

/* The doctor: a node that works; one that is taken for a pool; one that refuses the login. */
static void test_doctor(void **state)
{
    static char text[65536];
    char url[64];
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    (void)state;
    node->done_fd = -1;
    gbt_node_start(node);
    (void)snprintf(url, sizeof url, "daemon+http://127.0.0.1:%u", node->rpc.port);
    int code = run_program(text, sizeof text, "doctor", "-o %s -u %s", url, gbt_run_address);
    expect(0, "first job after", code, text);
    code = run_program(text, sizeof text, "doctor", "-o stratum+tcp://127.0.0.1:%u -u %s",
                       node->rpc.port, gbt_run_address);
    assert_int_not_equal(code, 0);
    expect(code, url, code, text);
    gbt_node_stop(node);
    assert_int_equal(node->submits, 0);
    free(node);
    node = gbt_run_node(GBT_RUN_SKEIN);
    node->done_fd = -1;
    node->login = "alice:secret";
    gbt_node_start(node);
    code = run_program(text, sizeof text, "doctor", "-o daemon+http://127.0.0.1:%u -u %s",
                       node->rpc.port, gbt_run_address);
    assert_int_not_equal(code, 0);
    expect(code, "give --rpc-cookie", code, text);
    gbt_node_stop(node);
    free(node);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest on_device[] = {
        cmocka_unit_test(test_every_algorithm),
        cmocka_unit_test(test_epoch_change),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm),
        cmocka_unit_test(test_newer_node),
        cmocka_unit_test(test_blocks_of_others),
        cmocka_unit_test(test_refill),
        cmocka_unit_test(test_fates),
        cmocka_unit_test(test_epoch_change),
        cmocka_unit_test(test_coinbase_text),
        cmocka_unit_test(test_cookie),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_lost_answers),
        cmocka_unit_test(test_plain_polling),
        cmocka_unit_test(test_null_is_no_acceptance),
        cmocka_unit_test(test_connections_are_kept),
        cmocka_unit_test(test_kept_connections_die),
        cmocka_unit_test(test_program),
        cmocka_unit_test(test_doctor),
    };
    program = argc > 1 ? argv[1] : "shardpick";
    if (strcmp(program, "opencl") != 0) {
        return cmocka_run_group_tests(tests, NULL, NULL);
    }
    opencl_device_open(&device);
    int failed = cmocka_run_group_tests(on_device, NULL, NULL);
    opencl_device_close(&device);
    return failed;
}
