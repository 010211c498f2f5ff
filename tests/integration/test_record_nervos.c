/* test_record_nervos.c: what `mine --record` keeps of a CKB node and a CKB pool, without the
 * address; and the same client makes the same of it again, offline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ckbnet_run.h"
#include "mine_run.h"
#include "nervos_server.h"
#include "recording.h"

static char address[160]; /* whom the last run's blocks or shares pay */

/* Mine, recorded. Returns the recording; released with free. */
static char *record(struct nervos_server *server, bool pool, const char *user)
{
    char path[128];
    char url[64];
    struct mine_run run;
    mine_run_init(&run);
    server->done_fd = run.stop_fd;
    server->enough = 6;
    nervos_server_start(server);
    (void)snprintf(address, sizeof address, "%s", nervos_server_text(server, "lock_address"));
    recording_path(path, "nervos");
    run.config.coin = pool_coin_find("nervos");
    run.config.duration_ms = 120000;
    run.config.until_blocks = pool ? 0 : json_array_size(server->blocks); /* each once */
    (void)snprintf(run.config.algo, sizeof run.config.algo, "eaglesong");
    (void)snprintf(run.config.record_file, sizeof run.config.record_file, "%s", path);
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u", pool ? "stratum+tcp" : "daemon+http",
                   pool ? server->pool_port : server->node_port);
    mine_run_server(&run, url, user != NULL ? user : address);
    mine_run_go(&run);
    nervos_server_stop(server);
    assert_int_equal(run.exit_code, MINER_EXIT_DONE);
    assert_int_equal(server->refused, 0);
    mine_run_deinit(&run);
    return recording_take(path);
}

static void expect_agreement(const char *text, uint64_t accepted)
{
    struct recording_replay replay;
    recording_replay(&replay, text);
    if (replay.status != BASE_OK || replay.counts.differs + replay.counts.broken > 0) {
        fail_msg("%s%s%s", replay.error.text, replay.differs, replay.broken);
    }
    assert_true(replay.counts.complete);
    assert_true(replay.counts.verdicts[POOL_ACCEPTED] >= accepted);
}

static void test_node(void **state)
{
    (void)state;
    for (unsigned own = 0; own < 2; own++) {
        struct nervos_server *server = calloc(1, sizeof *server);
        assert_non_null(server);
        server->own_lock = own != 0;
        char *text = record(server, false, own != 0 ? NULL : "");
        assert_null(strstr(text, address));
        assert_non_null(strstr(text, "submit_block"));
        expect_agreement(text, own != 0 ? 3 : 5); /* as many as there are vectors */
        free(text);
        free(server);
    }
}

static void test_pool(void **state)
{
    struct nervos_server *server = calloc(1, sizeof *server);
    (void)state;
    assert_non_null(server);
    char *text = record(server, true, NULL);
    assert_null(strstr(text, address));
    assert_non_null(strstr(text, "mining.submit"));
    expect_agreement(text, 5);
    free(text);
    free(server);
}

/* Over the node's TCP port: lines, in which our lock stands as well. */
static void test_events(void **state)
{
    static const char args[] = "da648442dbb7347e467d1d09da13e5cd3a0ef0e1"; /* of the address */
    char path[128];
    struct mine_run run;
    struct pool_net_config config = ckbnet_run_easy();
    struct pool_net *net = ckbnet_run_start(&config);
    (void)state;
    ckbnet_run_ready(&run, net, CKBNET_RUN_EVENTS, ckbnet_run_test_address);
    run.config.until_blocks = 6;
    recording_path(path, "events");
    (void)snprintf(run.config.record_file, sizeof run.config.record_file, "%s", path);
    (void)snprintf(address, sizeof address, "%s", ckbnet_run_test_address);
    (void)ckbnet_run_finish(&run, net);
    mine_run_deinit(&run);
    char *text = recording_take(path);
    assert_null(strstr(text, address));
    assert_null(strstr(text, args));
    assert_non_null(strstr(text, "submit_block"));
    assert_non_null(strstr(text, "new_tip_header"));
    expect_agreement(text, 6);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, recording_make_folder, recording_remove_folder);
}
