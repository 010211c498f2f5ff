/* test_mine.c: `mine` end to end against the development network. The server's own counters are the
 * truth that the miner's summary is compared with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "devnet/devnet.h"
#include "mine_run.h"

static void test_without_server(void **state)
{
    struct mine_run run;
    (void)state;
    mine_run_init(&run);
    run.config.duration_ms = 3000;
    mine_run_go(&run);
    assert_int_equal(run.exit_code, MINER_EXIT_DONE);
    char *text = json_dumps(run.summary, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    puts(text);
    assert_true(mine_run_number(&run, "accepted") > 0);
    mine_run_deinit(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
