/* test_mine_komodo.c: `mine --coin komodo` at a node: Equihash 200,9 solutions, blocks judged whole
 * by the node's rules and the reference (komodo_node.h); with and without a payee of the user's;
 * blocks of others in between; and blocks that the node answers with null and throws away, which
 * must not be counted. Argument: the built program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "komodo_node.h"
#include "mine_run.h"

static const char address[] = "RKxTdfmtxtfLDKZBgx6SvNkBtNu9jRYnLh";
static const char script[] = "76a914751e76e8199196d454941c45d1b3a323f1433bd688ac";
static const char *program;

static void mine(struct komodo_node *node, const char *user, uint64_t blocks)
{
    struct mine_run run;
    char url[96];
    mine_run_init(&run);
    node->rpc.login = "alice:secret";
    komodo_node_start(node);
    run.config.coin = pool_coin_find("komodo");
    (void)snprintf(run.config.algo, sizeof run.config.algo, "equihash");
    run.config.threads_rule = MINER_THREADS_COUNT;
    run.config.threads = 1;
    run.config.duration_ms = 120000;
    run.config.until_blocks = blocks;
    (void)snprintf(url, sizeof url, "daemon+http://alice:secret@127.0.0.1:%u", node->rpc.port);
    mine_run_server(&run, url, user);
    mine_run_go(&run);
    komodo_node_stop(node);
    assert_int_equal(run.exit_code, MINER_EXIT_DONE);
    if (node->refused > 0) {
        fail_msg("%zu refused: %s", node->refused, node->why);
    }
    assert_true(node->accepted >= blocks);
    assert_true(node->polls > 0);
    assert_int_equal(node->rpc.refused_logins, 0);
    assert_true(mine_run_number(&run, "blocks") >= (double)blocks);
    assert_true(mine_run_number(&run, "blocks") <= (double)node->accepted);
    assert_true(mine_run_number(&run, "rejected") == (double)node->thrown_away);
    assert_true(mine_run_number(&run, "invalid_on_device") == 0);
    /* Each block was asked for but one, perhaps, whose answer the end of the run came before. */
    assert_true(node->questions + 1 >= node->accepted + node->thrown_away);
    mine_run_deinit(&run);
}

static void test_payee_of_the_node(void **state)
{
    struct komodo_node *node = calloc(1, sizeof *node);
    (void)state;
    mine(node, "", 3);
    free(node);
}

static void test_payee_of_the_user(void **state)
{
    struct komodo_node *node = calloc(1, sizeof *node);
    (void)state;
    node->payee_hex = script;
    mine(node, address, 3);
    free(node);
}

static void test_blocks_of_others(void **state)
{
    struct komodo_node *node = calloc(1, sizeof *node);
    (void)state;
    node->foreign_follows = true;
    mine(node, "", 3);
    free(node);
}

/* null to a block that the node does not take: refused, and mining goes on. */
static void test_null_is_no_acceptance(void **state)
{
    struct komodo_node *node = calloc(1, sizeof *node);
    (void)state;
    node->throw_away = 2;
    mine(node, "", 2);
    assert_int_equal(node->thrown_away, 2);
    free(node);
}

/* Exit code of `shardpick mine --coin komodo WORDS`; what it wrote, both streams. */
static int run_program(char *text, size_t cap, const char *words)
{
    char line[1024];
    (void)snprintf(line, sizeof line,
                   "'%s' mine --coin komodo --opencl none -t 1 --cpu-kernel portable %s 2>&1",
                   program, words);
    FILE *out = popen(line, "r");
    assert_non_null(out);
    size_t size = fread(text, 1, cap - 1, out);
    text[size] = '\0';
    int status = pclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_program(void **state)
{
    static char text[65536];
    char words[256];
    struct komodo_node *node = calloc(1, sizeof *node);
    (void)state;
    komodo_node_start(node);
    (void)snprintf(words, sizeof words, "-o daemon+http://127.0.0.1:%u --until-blocks 1 -v",
                   node->rpc.port);
    int code = run_program(text, sizeof text, words);
    char id[80] = "";
    const char *line = strstr(text, "accepted: block");
    if (line != NULL) {
        (void)sscanf(line, "accepted: block, height %*u, %79[0-9a-f]", id);
    }
    if (code != 0 || strlen(id) != 64 || strstr(text, "Sol/s") == NULL) {
        fail_msg("exit code %d: %s", code, text);
    }
    /* A private key in place of an address: refused, and not repeated. */
    (void)snprintf(words, sizeof words, "-o daemon+http://127.0.0.1:%u -u %s", node->rpc.port,
                   "Ut6CRD5Z5cRHc3dBAuQwzqnQdgPSgJQWhFqgCQw51CmnTbpBQDt5");
    code = run_program(text, sizeof text, words);
    if (code != 2 || strstr(text, "private key") == NULL || strstr(text, "Ut6CRD5Z5c") != NULL) {
        fail_msg("exit code %d: %s", code, text);
    }
    komodo_node_stop(node);
    assert_int_equal(node->refused, 0);
    free(node);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payee_of_the_node), cmocka_unit_test(test_payee_of_the_user),
        cmocka_unit_test(test_blocks_of_others),  cmocka_unit_test(test_null_is_no_acceptance),
        cmocka_unit_test(test_program),
    };
    program = argc > 1 ? argv[1] : "shardpick";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
