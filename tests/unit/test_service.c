/* test_service.c: the messages to a service manager, read from a socket as the manager opens it:
 * the words of its protocol (man sd_notify, sd_watchdog_enabled), and that the watchdog is not fed
 * when a lane with work is stuck. Also the reasons for lanes to rest, and their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "faces/notify.h"
#include "faces/service.h"
#include "fake_engine.h"
#include "run/rig_groups.h"

enum { LANES = 2, TEXT_MAX = 1024 };

struct manager {
    int fd;
    char path[64];
    char text[TEXT_MAX];
};

static void listen_at(struct manager *manager, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(path);
    memcpy(address.sun_path, path, size);
    if (path[0] == '@') {
        address.sun_path[0] = '\0';
    }
    (void)snprintf(manager->path, sizeof manager->path, "%s", path);
    manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(manager->fd >= 0);
    assert_int_equal(bind(manager->fd, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)),
                     0);
}

static void listen_in(struct manager *manager, char *folder)
{
    char path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/notify", folder);
    listen_at(manager, path);
}

/* Everything told since the last time, messages joined by '|'. */
static const char *told(struct manager *manager)
{
    size_t used = 0;
    ssize_t size = 0;
    while ((size = recv(manager->fd, manager->text + used, TEXT_MAX - 2 - used, 0)) >= 0) {
        used += (size_t)size;
        manager->text[used++] = '|';
    }
    manager->text[used] = '\0';
    return manager->text;
}

static bool was_told(const char *all, const char *word)
{
    return strstr(all, word) != NULL;
}

static void set_environment(const char *socket_path, const char *watchdog_us)
{
    char pid[32];
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    assert_int_equal(setenv("NOTIFY_SOCKET", socket_path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", watchdog_us, 1), 0);
    assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
}

static struct miner_face *open_service(void)
{
    struct miner_face *face = miner_service_new(NULL);
    assert_non_null(face);
    return face;
}

/* What the run's main thread does at this time. */
static void tick(struct miner_face *face, struct miner_engine *engine, uint64_t now_ms)
{
    miner_gauges_tick(engine->gauges, now_ms * 1000000U, miner_engine_hashes(engine));
    struct miner_snapshot *snapshot = miner_snapshot_of(&engine, 1);
    assert_non_null(snapshot);
    snapshot->now_ms = now_ms;
    face->tick(face, snapshot);
    base_free(snapshot);
}

static void test_ready_status_stopping(void **state)
{
    char folder[] = "/tmp/shardpick-service-XXXXXX";
    struct manager manager;
    struct miner_engine *engine = fake_engine_new("alephium", "alephium", LANES);
    (void)state;
    listen_in(&manager, folder);
    set_environment(manager.path, "");
    struct miner_face *face = open_service();
    tick(face, engine, 1000);
    const char *all = told(&manager);
    assert_false(was_told(all, "READY=1")); /* lanes prove their kernels */
    assert_true(was_told(all, "STATUS="));
    assert_true(was_told(all, "not connected"));
    atomic_store(&engine->lanes[1].state, MINER_LANE_READY);
    engine->events.link.up = true;
    engine->tally.accepted[0] = 42;
    tick(face, engine, 2000);
    all = told(&manager);
    assert_true(was_told(all, "READY=1|"));
    assert_true(was_told(all, "accepted 42,"));
    assert_true(was_told(all, "node.example:10973"));
    assert_false(was_told(all, "not connected"));
    assert_false(was_told(all, "secret"));
    assert_false(was_told(all, "WATCHDOG")); /* nobody wants it */
    tick(face, engine, 3000);
    assert_string_equal(told(&manager), ""); /* once is enough */
    (void)miner_board_pause(engine->board, true);
    tick(face, engine, 4000);
    assert_true(was_told(told(&manager), "STATUS=paused"));
    tick(face, engine, 14000);
    assert_true(was_told(told(&manager), "STATUS=paused")); /* from time to time */
    atomic_store(&engine->shared.stopping, true);
    tick(face, engine, 15000);
    assert_true(was_told(told(&manager), "STOPPING=1\n"));
    assert_true(face->stop(face));
    (void)close(manager.fd);
    (void)unlink(manager.path);
    (void)rmdir(folder);
    fake_engine_free(engine);
}

/* Ticks once a second for so long; how often the watchdog was fed. */
static unsigned feed(struct manager *manager, struct miner_face *face, struct miner_engine *engine,
                     uint64_t *now_ms, unsigned seconds, bool lane0, bool lane1)
{
    unsigned fed = 0;
    for (unsigned i = 0; i < seconds; i++) {
        *now_ms += 1000;
        engine->lanes[0].counters.batches += lane0;
        engine->lanes[1].counters.batches += lane1;
        tick(face, engine, *now_ms);
        fed += was_told(told(manager), "WATCHDOG=1|");
    }
    return fed;
}

static void test_watchdog(void **state)
{
    struct manager manager;
    struct miner_engine *engine = fake_engine_new("alephium", "alephium", LANES);
    uint64_t now_ms = 5000;
    char name[64];
    (void)state;
    (void)snprintf(name, sizeof name, "@shardpick-test-%ld", (long)getpid());
    listen_at(&manager, name);
    set_environment(name, "20000000");
    struct miner_face *face = open_service();
    /* Starting may take long. */
    assert_int_equal(feed(&manager, face, engine, &now_ms, 60, false, false), 60);
    atomic_store(&engine->lanes[0].state, MINER_LANE_READY);
    atomic_store(&engine->lanes[1].state, MINER_LANE_READY);
    /* No work: both are away. */
    assert_int_equal(feed(&manager, face, engine, &now_ms, 60, false, false), 60);
    fake_engine_begin_work(engine, 0);
    fake_engine_begin_work(engine, 1);
    assert_int_equal(feed(&manager, face, engine, &now_ms, 60, true, true), 60);
    /* One of two stands still: fed for less than half the watchdog's time, then no more. */
    assert_int_equal(feed(&manager, face, engine, &now_ms, 60, true, false), 9);
    /* It goes on: all is well again. */
    assert_int_equal(feed(&manager, face, engine, &now_ms, 5, true, true), 5);
    /* Reasons to rest: too hot, asked to, switched off. */
    atomic_store(&engine->lanes[1].hot, true);
    assert_int_equal(feed(&manager, face, engine, &now_ms, 60, true, false), 60);
    atomic_store(&engine->lanes[1].hot, false);
    (void)miner_board_pause(engine->board, true);
    assert_int_equal(feed(&manager, face, engine, &now_ms, 60, false, false), 60);
    (void)miner_board_pause(engine->board, false);
    atomic_store(&engine->lanes[1].state, MINER_LANE_OFF);
    assert_int_equal(feed(&manager, face, engine, &now_ms, 60, true, false), 60);
    (void)close(manager.fd);
    assert_true(face->stop(face));
    fake_engine_free(engine);
}

static void test_nobody_listens(void **state)
{
    static const char *const sockets[] = {"", "relative/path", "/nonexistent/notify", "@",
                                          "vsock:2:1234"};
    struct miner_notify notify;
    (void)state;
    assert_false(miner_notify_open(&notify, NULL, "1000000", NULL));
    assert_false(miner_notify_send(&notify, "READY=1"));
    for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++) {
        (void)miner_notify_open(&notify, sockets[i], "1000000", NULL);
        assert_false(miner_notify_send(&notify, "READY=1"));
        miner_notify_close(&notify);
    }
    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    assert_false(miner_notify_open(&notify, longest, NULL, NULL));
    /* A watchdog that is not for this process, or no number. */
    assert_true(miner_notify_open(&notify, "/nonexistent/notify", "1000000", "1"));
    assert_int_equal(notify.watchdog_ms, 0);
    miner_notify_close(&notify);
    assert_true(miner_notify_open(&notify, "/nonexistent/notify", "10x", NULL));
    assert_int_equal(notify.watchdog_ms, 0);
    miner_notify_close(&notify);
}

static void set_power(const char *folder, const char *status)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/BAT0", folder);
    (void)mkdir(path, 0700);
    const char *const values[2][2] = {{"type", "Battery"}, {"status", status}};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s/BAT0/%s", folder, values[i][0]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fputs(values[i][1], file) >= 0);
        assert_int_equal(fclose(file), 0);
    }
}

static void test_battery_and_people(void **state)
{
    char folder[] = "/tmp/shardpick-battery-XXXXXX";
    struct miner_engine *engine = fake_engine_new("alephium", "alephium", LANES);
    uint64_t now_ms = 10000;
    (void)state;
    assert_non_null(mkdtemp(folder));
    set_power(folder, "Discharging\n");
    miner_pauses_tick(engine, folder, now_ms);
    assert_false(miner_board_paused(engine->board)); /* nobody asked for it */
    engine->config.pause_on_battery = true;
    miner_pauses_tick(engine, folder, now_ms += 10000);
    assert_true(miner_board_paused(engine->board));
    set_power(folder, "Charging\n");
    miner_pauses_tick(engine, folder, now_ms += 10000);
    assert_false(miner_board_paused(engine->board));
    /* A person overrules the battery, until it is the next time. */
    set_power(folder, "Discharging\n");
    miner_pauses_tick(engine, folder, now_ms += 10000);
    miner_engine_pause(engine, false, "by a test");
    miner_pauses_tick(engine, folder, now_ms += 10000);
    assert_false(miner_board_paused(engine->board));
    set_power(folder, "Charging\n");
    miner_pauses_tick(engine, folder, now_ms += 10000);
    set_power(folder, "Discharging\n");
    miner_pauses_tick(engine, folder, now_ms += 10000);
    assert_true(miner_board_paused(engine->board));
    /* The charger does not overrule a person. */
    miner_engine_pause(engine, true, "by a test");
    set_power(folder, "Charging\n");
    miner_pauses_tick(engine, folder, now_ms + 10000);
    assert_true(miner_board_paused(engine->board));
    miner_engine_pause(engine, false, "by a test");
    assert_false(miner_board_paused(engine->board));
    for (size_t i = 0; i < 3; i++) {
        static const char *const made[] = {"BAT0/type", "BAT0/status", "BAT0"};
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", folder, made[i]);
        assert_int_equal(remove(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
    fake_engine_free(engine);
}

/* Above --max-diff lanes rest; they go on below it, and when there is no limit any more. Without a
 * job nothing changes. */
static void test_difficulty(void **state)
{
    struct miner_engine *engine = fake_engine_new("alephium", "alephium", LANES);
    (void)state;
    engine->config.max_difficulty = 1000;
    miner_pauses_tick(engine, NULL, 1000);
    assert_false(miner_board_paused(engine->board));
    engine->events.block_work = 1001;
    miner_pauses_tick(engine, NULL, 1001);
    assert_true(miner_board_paused(engine->board));
    engine->events.block_work = 0;
    miner_pauses_tick(engine, NULL, 1002);
    assert_true(miner_board_paused(engine->board));
    engine->events.block_work = 999;
    miner_pauses_tick(engine, NULL, 1003);
    assert_false(miner_board_paused(engine->board));
    engine->events.block_work = 1001;
    miner_pauses_tick(engine, NULL, 1004);
    assert_true(miner_board_paused(engine->board));
    engine->config.max_difficulty = 0;
    miner_pauses_tick(engine, NULL, 1005);
    assert_false(miner_board_paused(engine->board));
    fake_engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready_status_stopping),
        cmocka_unit_test(test_watchdog),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_battery_and_people),
        cmocka_unit_test(test_difficulty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
