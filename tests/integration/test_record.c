/* test_record.c: what a source records at a development network's pool and node is what happened,
 * without the login; and the same client makes the same of it again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "listen.h"
#include "recording.h"

static const char address[] = "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr";
static const char login[] = "1AqVGKeHWoLJiVU7heL8EvwQN2hk5bMtvP3PsH57qWayr.secretrig";
static const char password[] = "open5esame";

static struct pool_devnet *start_devnet(void)
{
    struct pool_devnet_config config;
    struct pool_devnet *devnet = NULL;
    struct base_error error = {BASE_OK, ""};
    loop_devnet_config(&config);
    if (pool_devnet_start(&devnet, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return devnet;
}

/* Four finds at a server, recorded; then everything that the events said is asked of the file. */
static void record_and_replay(const char *scheme, bool pool)
{
    char path[128];
    struct pool_devnet *devnet = start_devnet();
    struct listen_source *listen = listen_new();
    recording_path(path, pool ? "pool" : "node");
    listen_add(listen, scheme, pool ? pool_devnet_pool_port(devnet) : pool_devnet_node_port(devnet),
               pool ? login : "");
    (void)snprintf(listen->config.servers[0].pass, sizeof(listen->config.servers[0].pass), "%s",
                   pool ? password : "");
    (void)snprintf(listen->config.record_file, sizeof(listen->config.record_file), "%s", path);
    listen_start(listen);
    (void)listen_wait(listen, POOL_EVENT_CONNECTED);
    size_t accepted = 0;
    for (uint64_t i = 0; i < 4; i++) {
        const struct listen_event *event = listen_wait(listen, POOL_EVENT_JOB);
        while (pool && event->job->nonce_fixed != 2) {
            event = listen_wait(listen, POOL_EVENT_JOB);
        }
        listen_submit(listen, event->job, (i + 1) * 256 + event->job->chain, i);
        accepted += listen_wait(listen, POOL_EVENT_VERDICT)->verdict == POOL_ACCEPTED;
    }
    pool_source_stop(listen->source, 0); /* so that no event comes after the count */
    listen->source = NULL;
    size_t jobs = listen_count(listen, POOL_EVENT_JOB);
    listen_free(listen);
    pool_devnet_stop(devnet);

    char *text = recording_take(path);
    assert_null(strstr(text, address));
    assert_null(strstr(text, "secretrig"));
    assert_null(strstr(text, password));
    struct recording_replay replay;
    recording_replay(&replay, text);
    if (replay.status != BASE_OK || replay.counts.differs + replay.counts.broken > 0) {
        fail_msg("%s%s%s", replay.error.text, replay.differs, replay.broken);
    }
    assert_true(accepted > 0);
    assert_int_equal(replay.counts.jobs, jobs);
    assert_int_equal(replay.counts.finds, 4);
    assert_int_equal(replay.counts.verdicts[POOL_ACCEPTED], accepted);
    assert_true(replay.counts.complete);
    free(text);
}

static void test_pool(void **state)
{
    (void)state;
    record_and_replay("stratum+tcp", true);
}

static void test_node(void **state)
{
    (void)state;
    record_and_replay("daemon+tcp", false);
}

/* A file that is there is never written over. */
static void test_existing_file_is_kept(void **state)
{
    char path[128];
    struct listen_source *listen = listen_new();
    (void)state;
    recording_path(path, "there");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fchmod(fileno(file), 0600), 0);
    assert_true(fputs("kept", file) >= 0);
    (void)fclose(file);
    listen_add(listen, "daemon+tcp", 1, "");
    (void)snprintf(listen->config.record_file, sizeof(listen->config.record_file), "%s", path);
    listen_start(listen);
    listen_free(listen);
    char *text = recording_take(path);
    assert_string_equal(text, "kept");
    free(text);
    recording_path(path, "there.2");
    text = recording_take(path);
    assert_non_null(strstr(text, "\"recording\":2"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_node),
        cmocka_unit_test(test_existing_file_is_kept),
    };
    return cmocka_run_group_tests(tests, recording_make_folder, recording_remove_folder);
}
