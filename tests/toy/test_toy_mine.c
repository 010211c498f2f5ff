/* test_toy_mine.c: `mine` at a node with an algorithm that has a table for every height: each block
 * that is accepted makes a table worthless, and the next one is built. The node judges whole blocks
 * with the reference, without table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gbt_run.h"

enum { BLOCKS = 5, EASY = 0x2000ffff /* one hash in 256 */ };

static void mine_with(const char *kernel)
{
    struct gbt_node *node = gbt_run_node(GBT_RUN_SHA256D);
    struct mine_run run;
    assert_string_equal(node->algo->title, "toy table (tests)");
    node->bits = EASY;
    gbt_run_ready(&run, node, BLOCKS);
    (void)snprintf(run.config.cpu_kernel, sizeof run.config.cpu_kernel, "%s", kernel);
    gbt_run_go(&run, node);
    free(node);
}

static void test_lanes_with_tables(void **state)
{
    (void)state;
    mine_with("table");
}

static void test_lanes_without(void **state)
{
    (void)state;
    mine_with("direct");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes_with_tables),
        cmocka_unit_test(test_lanes_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
