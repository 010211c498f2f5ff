/* test_mine_ergo.c: `mine --coin ergo` at a node of the test's own (ergo_node.h): every solution is
 * judged by the reference with the whole table of its height. Argument: the built program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ergo_node.h"
#include "mine_run.h"

static const char *program; /* the built program */

static struct ergo_node *new_node(void)
{
    struct ergo_node *node = calloc(1, sizeof *node);
    assert_non_null(node);
    node->applied_after = 1;
    node->done_fd = -1;
    return node;
}

/* Mine until the node has so many blocks; nothing may be refused but what the node lies about. */
static void mine(struct ergo_node *node, size_t blocks)
{
    struct mine_run run;
    char url[96];
    mine_run_init(&run);
    node->enough = blocks;
    node->done_fd = run.stop_fd;
    ergo_node_start(node);
    run.config.coin = pool_coin_find("ergo");
    run.config.duration_ms = 120000;
    (void)snprintf(run.config.algo, sizeof run.config.algo, "autolykos2");
    (void)snprintf(run.config.api_key, sizeof run.config.api_key, "%s",
                   node->api_key != NULL ? node->api_key : "");
    (void)snprintf(url, sizeof url, "daemon+http://127.0.0.1:%u", node->port);
    mine_run_server(&run, url, "");
    run.config.look_ms = node->questions_enough > 0 ? 1 : 0;
    mine_run_go(&run);
    ergo_node_stop(node);
    if (node->wrong > 0 || node->malformed > 0 || node->keyless > 0) {
        fail_msg("%zu wrong, %zu malformed, %zu without the key: %s", node->wrong, node->malformed,
                 node->keyless, node->why);
    }
    assert_int_equal(run.exit_code, MINER_EXIT_DONE);
    assert_true(node->accepted >= blocks);
    assert_true(mine_run_number(&run, "invalid_on_device") == 0);
    if (node->questions_enough > 0) {
        mine_run_check_blocks(&run, 64);
    }
    mine_run_deinit(&run);
}

static void test_blocks(void **state)
{
    struct ergo_node *node = new_node();
    (void)state;
    node->api_key = "hello";
    mine(node, 5);
    assert_true(node->now.height >= 52);
    free(node);
}

/* Candidates change beside the search, at the same height and by blocks of others. */
static void test_moving_node(void **state)
{
    struct ergo_node *node = new_node();
    (void)state;
    node->remake_every = 2;
    node->foreign_follows = true;
    mine(node, 4);
    assert_true(node->now.height >= 54);
    free(node);
}

/* A solution that the node refuses, and one whose answer never comes: mining goes on at the same
 * height. */
static void test_refused_and_lost(void **state)
{
    struct ergo_node *node = new_node();
    (void)state;
    node->refuse = 1;
    mine(node, 2);
    assert_int_equal(node->refuse, 0);
    free(node);
    node = new_node();
    node->lose = 3; /* more than lanes have found before they see a new job */
    mine(node, 2);
    assert_int_equal(node->lose, 0);
    free(node);
}

/* What becomes of blocks: the answers to the first two looks are there at the third. */
static void test_fates(void **state)
{
    struct ergo_node *node = new_node();
    (void)state;
    node->questions_enough = 3;
    mine(node, 0);
    free(node);
}

/* A node that is still starting is asked again. */
static void test_starting_node(void **state)
{
    struct ergo_node *node = new_node();
    (void)state;
    node->not_started = 1;
    mine(node, 1);
    free(node);
}

/* ---- the program ----------------------------------------------------------------------------- */

/* Exit code of `shardpick WORDS`; what it wrote, both streams. */
__attribute__((format(printf, 3, 4))) static int run_program(char *text, size_t cap,
                                                             const char *format, ...)
{
    char words[512];
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    (void)snprintf(line, sizeof line, "'%s' %s 2>&1", program, words);
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

static unsigned asked_so_far(struct ergo_node *node)
{
    pool_serve_lock(node->serve);
    unsigned asked = node->asked;
    pool_serve_unlock(node->serve);
    return asked;
}

#define MINE "mine --opencl none --coin ergo "

static void test_program(void **state)
{
    static char text[65536];
    char path[] = "/tmp/shardpick-ergo-XXXXXX";
    struct ergo_node *node = new_node();
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    (void)unlink(path); /* only the name is wanted */
    node->api_key = "hello";
    ergo_node_start(node);
    int code = run_program(text, sizeof text,
                           MINE "-o daemon+http://127.0.0.1:%u --api-key hello --until-blocks 2 "
                                "--record %s",
                           node->port, path);
    expect(0, "accepted", code, text);
    assert_null(strstr(text, "hello"));
    unsigned asked = asked_so_far(node);
    code = run_program(text, sizeof text, "replay %s", path);
    expect(0, "", code, text);
    assert_int_equal(asked_so_far(node), asked); /* offline */
    (void)unlink(path);
    code =
        run_program(text, sizeof text,
                    "doctor --coin ergo -o daemon+http://127.0.0.1:%u --api-key hello", node->port);
    expect(0, "asked over its REST port", code, text);
    assert_non_null(strstr(text, "4.0.27, devnet"));
    static const char *const limits[] = {"0.5", "5", "50"}; /* seconds */
    static const char key[] = "give its own with --api-key";
    text[0] = '\0';
    for (size_t i = 0; i < 3 && strstr(text, key) == NULL; i++) { /* a busy machine needs longer */
        code = run_program(text, sizeof text,
                           MINE "-o daemon+http://127.0.0.1:%u --api-key wrong --until-blocks 2 "
                                "--connect-timeout %s",
                           node->port, limits[i]);
    }
    expect(4, key, code, text);
    code = run_program(text, sizeof text, MINE "-o daemon+tcp://127.0.0.1:%u", node->port);
    expect(2, "daemon+http://127.0.0.1:9053", code, text);
    ergo_node_stop(node);
    assert_true(node->accepted >= 2);
    assert_int_equal(node->wrong, 0);
    free(node);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_moving_node),
        cmocka_unit_test(test_refused_and_lost),
        cmocka_unit_test(test_starting_node),
        cmocka_unit_test(test_fates),
        cmocka_unit_test(test_program),
    };
    if (argc != 2) {
        (void)fprintf(stderr, "usage: integration_mine_ergo PROGRAM\n");
        return 1;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
