/* test_record_gbt.c: what `mine --record` keeps of a node that is asked over HTTP: every request
 * and answer, without cookie, password or payout address; and the same client makes the same of it
 * again, offline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gbt_run.h"
#include "recording.h"

enum { BLOCKS = 4 };

/* What pays the address, as it stands in coinbases. */
static const char payee_hash[] = "751e76e8199196d454941c45d1b3a323f1433bd6";

/* Mine some blocks at a node, recorded. Returns the recording; released with free. */
static char *record(struct gbt_node *node, const char *name)
{
    char path[128];
    struct mine_run run;
    gbt_run_ready(&run, node, BLOCKS);
    recording_path(path, name);
    (void)snprintf(run.config.record_file, sizeof run.config.record_file, "%s", path);
    (void)snprintf(run.config.coinbase_text, sizeof run.config.coinbase_text, "text of mine");
    if (node->cookie != NULL) {
        struct pool_server *server = &run.config.servers[0];
        server->rpc_user[0] = '\0'; /* nothing in the URL */
        server->rpc_pass[0] = '\0';
        (void)snprintf(server->rpc_cookie, sizeof server->rpc_cookie, "%s", node->cookie);
    }
    gbt_run_go(&run, node);
    return recording_take(path);
}

static size_t count(const char *text, const char *word)
{
    size_t found = 0;
    while ((text = strstr(text, word)) != NULL) {
        found++;
        text += strlen(word);
    }
    return found;
}

static void expect_agreement(const struct recording_replay *replay)
{
    if (replay->status != BASE_OK || replay->counts.differs + replay->counts.broken > 0) {
        fail_msg("%s%s%s", replay->error.text, replay->differs, replay->broken);
    }
}

/* Every algorithm, each block sent by the replay, too; login in the URL. */
static void test_what_was_mined(void **state)
{
    (void)state;
    for (unsigned lane = 0; lane < GBT_RUN_LANES; lane++) {
        struct recording_replay replay;
        struct gbt_node *node = gbt_run_node((enum gbt_run_lane)lane);
        node->login = "alice77:hunter2secret";
        char *text = record(node, node->algo->name);
        recording_replay(&replay, text);
        expect_agreement(&replay);
        assert_true(replay.counts.complete);
        assert_int_equal(replay.counts.lost, 0);
        assert_true(replay.counts.jobs >= BLOCKS);
        assert_true(replay.counts.finds >= BLOCKS);
        assert_true(replay.counts.verdicts[POOL_ACCEPTED] >= BLOCKS);
        assert_int_equal(count(text, "\"kind\":\"call\""), replay.counts.sent);
        assert_true(count(text, "submitblock") >= BLOCKS);
        assert_true(count(text, "longpollid") > 0);
        free(text);
        free(node);
    }
}

static void test_secrets_stay_out(void **state)
{
    static const char *const secrets[] = {
        gbt_run_address,
        payee_hash,
        "alice77",
        "hunter2secret",
        "YWxpY2U3NzpodW50ZXIyc2VjcmV0", /* alice77:hunter2secret in base64 */
        "Authorization",
        "text of mine",
        "74657874206f66206d696e65",
    };
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    (void)state;
    node->login = "alice77:hunter2secret";
    char *text = record(node, "secrets");
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        if (strstr(text, secrets[i]) != NULL) {
            fail_msg("the recording holds \"%s\"", secrets[i]);
        }
    }
    free(text);
    free(node);
}

/* A node that restarts with another cookie in the middle: neither one is kept, the connections that
 * failed meanwhile are no difference. */
static void test_cookie(void **state)
{
    char path[] = "/tmp/shardpick-cookie-XXXXXX";
    struct recording_replay replay;
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    node->cookie = path;
    node->restart_after = 2;
    node->login = "__cookie__:0123456789abcdef";
    char *text = record(node, "cookie");
    assert_null(strstr(text, "__cookie__"));
    assert_null(strstr(text, "0123456789abcdef"));
    assert_null(strstr(text, path));
    recording_replay(&replay, text);
    assert_int_equal(replay.status, BASE_OK);
    assert_int_equal(replay.counts.differs, 0);
    assert_true(replay.counts.broken <= 1); /* a request with the old one may be refused */
    free(text);
    (void)close(fd);
    (void)unlink(path);
    free(node);
}

/* One digit of what was answered, or asked, is another one: the replay says so. */
static void test_changes_are_seen(void **state)
{
    struct recording_replay replay;
    struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
    (void)state;
    char *text = record(node, "changed");
    recording_replay(&replay, text);
    expect_agreement(&replay);
    char *id = strstr(text, "\\\"longpollid\\\":\\\"");
    assert_non_null(id);
    id += strlen("\\\"longpollid\\\":\\\"");
    char kept = *id;
    *id = 'x'; /* the long poll that follows asks with another one */
    recording_replay(&replay, text);
    assert_int_equal(replay.status, BASE_OK);
    assert_true(replay.counts.differs > 0);
    *id = kept;
    char *block = strstr(text, "submitblock");
    assert_non_null(block);
    block = strstr(block, "[\\\"");
    assert_non_null(block);
    block[3] = block[3] == 'f' ? '0' : 'f'; /* first digit of the version */
    recording_replay(&replay, text);
    assert_int_equal(replay.counts.differs, 1);
    assert_non_null(strstr(replay.differs, "submitblock"));
    free(text);
    free(node);
}

/* Requests that fail, and answers that make no sense. */
static void test_faults(void **state)
{
    static const struct gbt_faults faults[] = {
        {.warm_up = 1}, {.garbage = 3}, {.hang_up = 3}, {.half = 3}, {.huge = 3}};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct recording_replay replay;
        struct gbt_node *node = gbt_run_node(GBT_RUN_SKEIN);
        node->faults = faults[i];
        char *text = record(node, "faults");
        recording_replay(&replay, text);
        if (replay.status != BASE_OK || replay.counts.differs > 0) {
            fail_msg("case %zu: %s%s", i, replay.error.text, replay.differs);
        }
        assert_true(replay.counts.complete);
        free(text);
        free(node);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_mined), cmocka_unit_test(test_secrets_stay_out),
        cmocka_unit_test(test_cookie),         cmocka_unit_test(test_changes_are_seen),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, recording_make_folder, recording_remove_folder);
}
