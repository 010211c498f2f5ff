/* test_mine_devices.c: OpenCL lanes on a device that works and then does not (tests/fake_opencl):
 * what is wrong is caught and named, the device gets one more try, the others go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <dlfcn.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "devnet/devnet.h"
#include "faces/status.h"
#include "faces/summary.h"
#include "mine_run.h"
#include "run/rig_groups.h"

enum {
    SPARED = 60, /* launches that go right: a self-test takes fewer */
    LOG_CAP = 1 << 20,
};

static char folder[] = "/tmp/shardpick-devices-XXXXXX";
static unsigned copies;
static char log_text[LOG_CAP];
static void (*node_hash)(uint8_t hash[32], const uint8_t *message) = mine_run_hash;

/* A run on the fake device and, if wanted, one CPU lane, at a devnet of its own. */
struct scene {
    struct mine_run run;
    char log_path[96];
    struct pool_devnet *devnet;
    struct miner_rig *rig;
    struct miner_engine *engine; /* its own */
    int exit_code;
};

static void copy_file(const char *to, const char *from)
{
    char bytes[65536];
    size_t got = 0;
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((got = fread(bytes, 1, sizeof bytes, in)) > 0) {
        assert_int_equal(fwrite(bytes, 1, got, out), got);
    }
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

/* Each play is loaded from a copy of its own: a library that is loaded stays. */
static void open_scene(struct scene *scene, const char *play, unsigned cpu_lanes)
{
    struct base_error error = {BASE_OK, ""};
    struct pool_devnet_config config;
    char path[96];
    char spared[16];
    memset(scene, 0, sizeof *scene);
    (void)snprintf(path, sizeof path, "%s/fake-%u.so", folder, copies);
    (void)snprintf(scene->log_path, sizeof scene->log_path, "%s/log-%u", folder, copies++);
    (void)snprintf(spared, sizeof spared, "%d", SPARED);
    copy_file(path, FAKE_OPENCL_LIBRARY);
    assert_int_equal(setenv("SHARDPICK_OPENCL_LIBRARY", path, 1), 0);
    assert_int_equal(setenv("SHARDPICK_FAKE_OPENCL", play, 1), 0);
    assert_int_equal(setenv("FAKE_SPARED", spared, 1), 0);
    assert_int_equal(setenv("FAKE_LAUNCH_US", "500", 1), 0);
    pool_devnet_defaults(&config);
    config.hash = node_hash;
    config.start_hashes = 3000;
    assert_int_equal(pool_devnet_start(&scene->devnet, &config, &error), BASE_OK);
    mine_run_init(&scene->run);
    mine_run_log_to(&scene->run, scene->log_path);
    scene->run.config.opencl.mode = MINER_CL_ALL;
    scene->run.config.threads_rule = MINER_THREADS_COUNT;
    scene->run.config.threads = cpu_lanes;
    scene->run.config.duration_ms = 100000; /* never so long: a test ends it */
    if (miner_rig_new(&scene->rig, &scene->exit_code, &scene->run.host, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    scene->engine = scene->rig->groups[0].engine;
    scene->engine->shared.retry_ms = 50;
    scene->engine->shared.proof_ms = 100;
}

static void play(struct scene *scene)
{
    struct pool_server server = {.scheme = POOL_DAEMON_TCP, .host = "127.0.0.1"};
    server.port = pool_devnet_node_port(scene->devnet);
    server.rest_port = pool_devnet_rest_port(scene->devnet);
    scene->exit_code = miner_rig_run(scene->rig, &server, 1, NULL, 0);
}

/* End of the scene; the log's text is then in log_text. */
static void close_scene(struct scene *scene)
{
    struct pool_devnet_stats stats;
    pool_devnet_stats(scene->devnet, &stats);
    assert_int_equal(stats.wrong_chain + stats.above_target + stats.duplicates + stats.malformed,
                     0);
    pool_devnet_stop(scene->devnet);
    mine_run_deinit(&scene->run); /* ends the log's thread: all is written */
    FILE *file = fopen(scene->log_path, "r");
    assert_non_null(file);
    log_text[fread(log_text, 1, LOG_CAP - 1, file)] = '\0';
    (void)fclose(file);
}

static void expect_line(const char *part)
{
    if (strstr(log_text, part) == NULL) {
        fail_msg("the log does not say \"%s\":\n%s", part, log_text);
    }
}

/* The device alone: when it is given up for good, nothing is left to hash on. */
static void given_up(const char *what, const char *said, bool counted)
{
    struct scene scene;
    open_scene(&scene, what, 0);
    if (counted) {
        scene.engine->shared.proof_ms = UINT32_MAX; /* its finds alone shall give it away */
    }
    play(&scene);
    assert_int_equal(scene.exit_code, MINER_EXIT_NO_DEVICE);
    uint64_t faults = miner_counted(&scene.engine->lanes[0].counters.faults);
    assert_true(counted ? faults >= MINER_FAULTS_MIN : faults == 0);
    assert_true(miner_counted(&scene.engine->lanes[0].counters.hashes) > 0);
    miner_rig_free(scene.rig);
    close_scene(&scene);
    expect_line(said);
    expect_line("is tried once more");
    expect_line("no usable device is left");
}

static void test_good_device(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, "good", 0);
    scene.engine->config.until_blocks = 5;
    play(&scene);
    assert_int_equal(scene.exit_code, MINER_EXIT_DONE);
    assert_true(miner_counted(&scene.engine->tally.blocks) >= 5);
    miner_rig_free(scene.rig);
    close_scene(&scene);
    expect_line("self-test passed");
}

/* Time of the processor that one nonce costs the host, in proofs. */
static enum base_status slow_search(void *scratch, struct kern_finds *finds,
                                    struct kern_progress *progress, const struct kern_work *work,
                                    uint64_t first, uint64_t count, const struct kern_stop *stop)
{
    const struct kern_algo *algo = kern_algo_find("alephium");
    uint64_t end_ns = base_clock_thread_ns() + 4000000U;
    while (count < 64 && base_clock_thread_ns() < end_ns) { /* a self-test's ranges are longer */
    }
    return algo->variants[algo->variant_count - 1]->search(scratch, finds, progress, work, first,
                                                           count, stop);
}

/* A number of the first device in the summary. */
static unsigned long long device_number(struct scene *scene, const char *path)
{
    struct miner_snapshot *snapshot = miner_snapshot_take(scene->rig);
    assert_non_null(snapshot);
    assert_int_equal(miner_summary_json(snapshot, NULL, scene->run.out), BASE_OK);
    base_free(snapshot);
    rewind(scene->run.out);
    json_decref(scene->run.summary);
    scene->run.summary = json_loadf(scene->run.out, JSON_DISABLE_EOF_CHECK, NULL);
    return (unsigned long long)mine_run_number(&scene->run, path);
}

/* Proofs that the device passes are counted; so are those that the host is too slow to compute,
 * which are no fault of the device's. */
static void test_counted_proofs(void **state)
{
    (void)state;
    static const struct kern_variant slow = {.name = "slow", .ways = 1, .search = slow_search};
    static const struct kern_variant *const variants[] = {&slow};
    struct kern_algo algo = *kern_algo_find("alephium");
    algo.variants = variants;
    algo.variant_count = 1;
    for (unsigned too_slow = 0; too_slow < 2; too_slow++) {
        struct scene scene;
        open_scene(&scene, "good", 0);
        scene.engine->config.until_blocks = 20;
        scene.engine->shared.proof_ms = 0;
        scene.engine->shared.algo = too_slow ? &algo : scene.engine->shared.algo;
        play(&scene);
        assert_int_equal(scene.exit_code, MINER_EXIT_DONE);
        const struct miner_lane_counters *counters = &scene.engine->lanes[0].counters;
        uint64_t passed = miner_counted(&counters->proofs);
        uint64_t skipped = miner_counted(&counters->proofs_skipped);
        assert_true(too_slow ? passed == 0 && skipped > 0 : passed > 0 && skipped == 0);
        assert_int_equal(device_number(&scene, "per_device.0.expected_finds_seen"), passed);
        assert_int_equal(device_number(&scene, "per_device.0.proofs_skipped"), skipped);
        miner_rig_free(scene.rig);
        close_scene(&scene);
        if (too_slow) {
            expect_line("a proof was skipped: a proof of 4096 nonces of alephium could not be");
        } else {
            assert_null(strstr(log_text, "proof was skipped"));
        }
        assert_null(strstr(log_text, "distrusted"));
    }
}

/* What a file says of one device is how it is driven; a device that is not there is told. */
static void test_device_settings(void **state)
{
    (void)state;
    struct base_error error;
    struct scene scene;
    open_scene(&scene, "good", 0);
    miner_rig_free(scene.rig);
    scene.run.config.until_blocks = 2;
    scene.run.config.temp_limit_c = 90;
    scene.run.config.device_count = 1;
    scene.run.config.devices[0] = (struct miner_device_settings){
        .pick = {.platform = 5}, .temp_limit_c = 77, .launch_ms = 7, .params = {.local_size = 32}};
    assert_int_equal(miner_rig_new(&scene.rig, &scene.exit_code, &scene.run.host, &error),
                     BASE_E_NOT_FOUND);
    assert_int_equal(scene.exit_code, MINER_EXIT_NO_DEVICE);
    assert_non_null(strstr(error.text, "\"devices\" of the file: 5:0: no such OpenCL device"));
    scene.run.config.devices[0].pick.platform = 0;
    assert_int_equal(miner_rig_new(&scene.rig, &scene.exit_code, &scene.run.host, &error), BASE_OK);
    scene.engine = scene.rig->groups[0].engine;
    play(&scene);
    assert_int_equal(scene.exit_code, MINER_EXIT_DONE);
    assert_int_equal(scene.engine->lanes[0].temp_limit_c, 77);
    assert_int_equal(scene.engine->lanes[0].launch_ns, 7000000);
    assert_false(scene.engine->lanes[0].tunable);
    miner_rig_free(scene.rig);
    close_scene(&scene);
    expect_line("self-test passed; local 32,");
}

/* More finds than slots in every launch but small ones: ranges are searched again in parts, and
 * blocks come of it. */
static void test_crowded_slots(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, "crowded", 0);
    scene.engine->config.until_blocks =
        SPARED + 1; /* more than the launches that go right can give */
    play(&scene);
    assert_int_equal(scene.exit_code, MINER_EXIT_DONE);
    const struct miner_lane_counters *counters = &scene.engine->lanes[0].counters;
    assert_true(miner_counted(&scene.engine->tally.blocks) > SPARED);
    assert_int_equal(miner_counted(&counters->finds_lost), 0);
    assert_int_equal(miner_counted(&counters->faults), 0);
    miner_rig_free(scene.rig);
    close_scene(&scene);
}

static void test_wrong_finds(void **state)
{
    (void)state;
    given_up("wrong", "gave a wrong find", true);
}

static void test_missing_finds(void **state)
{
    (void)state;
    given_up("silent", "misses or invents finds", false);
}

static void test_lost_device(void **state)
{
    (void)state;
    given_up("lost", "CL_OUT_OF_RESOURCES", false);
}

/* The run that ends when three blocks have reached the node since the device was switched off. */
static struct {
    struct mine_run *run;
    void (*told)(void *user, struct miner_lane *lane);
    atomic_bool off;
    atomic_uint blocks;
} after;

static void on_others_changed(void *user, struct miner_lane *lane)
{
    if (miner_lane_state(lane) == MINER_LANE_FAILED) {
        atomic_store(&after.off, true);
    }
    after.told(user, lane);
}

/* The node hashes what is submitted to it. */
static void count_blocks(uint8_t hash[32], const uint8_t *message)
{
    mine_run_hash(hash, message);
    if (atomic_load(&after.off) && atomic_fetch_add(&after.blocks, 1) == 2) {
        mine_run_stop(after.run);
    }
}

/* A faulty device does not stop the others. */
static void test_others_go_on(void **state)
{
    (void)state;
    struct scene scene;
    node_hash = count_blocks;
    open_scene(&scene, "wrong", 1);
    node_hash = mine_run_hash;
    after.run = &scene.run;
    after.told = scene.engine->shared.changed;
    scene.engine->shared.changed = on_others_changed;
    play(&scene);
    assert_true(atomic_load(&after.off));
    assert_true(atomic_load(&after.blocks) >= 3);
    assert_int_equal(scene.exit_code, MINER_EXIT_DONE);
    assert_int_equal(miner_lane_state(&scene.engine->lanes[0]), MINER_LANE_ENDED);
    assert_int_equal(miner_lane_state(&scene.engine->lanes[1]), MINER_LANE_FAILED);
    assert_true(miner_counted(&scene.engine->lanes[0].counters.found) > 0);
    miner_rig_free(scene.rig);
    close_scene(&scene);
}

/* ---- tuning ------------------------------------------------------------------------------ */

static const char seen_first[] = "is seen first: trying for";

/* One run with a cache folder on the device 0:0. */
static void run_tuned(const char *what, uint32_t tune_ms, const char *cache)
{
    struct scene scene;
    struct base_error error = {BASE_OK, ""};
    assert_int_equal(setenv("FAKE_NONCE_NS", "5000", 1), 0);
    open_scene(&scene, what, 1);
    assert_int_equal(unsetenv("FAKE_NONCE_NS"), 0);
    miner_rig_free(scene.rig);
    (void)snprintf(scene.run.config.cache_dir, sizeof scene.run.config.cache_dir, "%s", cache);
    scene.run.config.opencl.mode = MINER_CL_LIST; /* else one of CPU type is not taken */
    scene.run.config.opencl.count = 1;
    scene.run.config.threads = 0;
    scene.run.config.until_blocks = 1;
    assert_int_equal(miner_rig_new(&scene.rig, &scene.exit_code, &scene.run.host, &error), BASE_OK);
    scene.engine = scene.rig->groups[0].engine;
    assert_int_equal(scene.engine->shared.tune_ms, 10000); /* a tenth of the bounded run */
    scene.engine->shared.tune_ms = tune_ms;
    play(&scene);
    assert_int_equal(scene.exit_code, MINER_EXIT_DONE);
    miner_rig_free(scene.rig);
    close_scene(&scene);
}

/* A device is tuned when it is seen first, once; one of CPU type never. */
static void test_first_sight(void **state)
{
    (void)state;
    char cache[64];
    char command[96];
    (void)snprintf(cache, sizeof cache, "%s/cache", folder);
    run_tuned("processor", 300, cache);
    assert_null(strstr(log_text, seen_first));
    run_tuned("good", 0, cache); /* --no-tune */
    assert_null(strstr(log_text, seen_first));
    run_tuned("good", 300, cache);
    expect_line(seen_first);
    expect_line("vector 1, unroll no, multiply-add");
    run_tuned("good", 300, cache);
    assert_null(strstr(log_text, seen_first));
    (void)snprintf(command, sizeof command, "rm -r %s", cache);
    assert_int_equal(system(command), 0);
}

/* ---- temperature ------------------------------------------------------------------------- */

/* What the fake card's sensor tells, look by look, and what the lane does meanwhile. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct mine_run *run;
    struct miner_lane *lane;
    void (*told)(void *user, struct miner_lane *lane);
    unsigned looks;
    unsigned pauses;
    unsigned readies_after_pause;
    uint64_t hashes_at_rest;
    bool rested; /* nothing was hashed between the first and the last look at rest */
} heat = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void on_heat_changed(void *user, struct miner_lane *lane)
{
    (void)pthread_mutex_lock(&heat.lock);
    heat.pauses += miner_lane_state(lane) == MINER_LANE_PAUSED;
    heat.readies_after_pause += heat.pauses > 0 && miner_lane_state(lane) == MINER_LANE_READY;
    (void)pthread_cond_broadcast(&heat.changed);
    (void)pthread_mutex_unlock(&heat.lock);
    heat.told(user, lane);
}

/* 60 and 90 degrees; once the lane rests 75, 71, 70; once it hashes again the run may end. */
static unsigned heat_celsius(void)
{
    static const unsigned celsius[] = {60, 90, 75, 71, 70};
    (void)pthread_mutex_lock(&heat.lock);
    unsigned look = heat.looks++;
    if (look == 2) {
        while (heat.pauses == 0) {
            (void)pthread_cond_wait(&heat.changed, &heat.lock);
        }
        heat.hashes_at_rest = miner_counted(&heat.lane->counters.hashes);
    } else if (look == 4) {
        heat.rested = heat.readies_after_pause == 0 &&
                      heat.hashes_at_rest == miner_counted(&heat.lane->counters.hashes);
    } else if (look == 5) {
        while (heat.readies_after_pause == 0) {
            (void)pthread_cond_wait(&heat.changed, &heat.lock);
        }
        mine_run_stop(heat.run);
    }
    (void)pthread_mutex_unlock(&heat.lock);
    return look < BASE_COUNT_OF(celsius) ? celsius[look] : 60;
}

static void ask_nvml(unsigned (*celsius)(void))
{
    void *nvml = dlopen(FAKE_NVML_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(nvml);
    void (*ask)(unsigned (*)(void)) = (void (*)(unsigned (*)(void)))dlsym(nvml, "fake_nvml_ask");
    assert_non_null(ask);
    ask(celsius); /* the library stays open: it keeps this */
}

static void open_heat(struct scene *scene, unsigned (*celsius)(void))
{
    open_scene(scene, "good", 0);
    ask_nvml(celsius);
    scene->engine->sensors =
        (struct miner_sensor_config){.sysfs = folder, .nvml = FAKE_NVML_LIBRARY, .period_ms = 5};
    scene->engine->config.temp_limit_c = 80;
}

/* At its limit a device rests, with nothing in flight, and goes on ten degrees below; faces show
 * what its sensors said. */
static void test_temperature_limit(void **state)
{
    (void)state;
    struct scene scene;
    open_heat(&scene, heat_celsius);
    heat.run = &scene.run;
    heat.lane = &scene.engine->lanes[0];
    heat.told = scene.engine->shared.changed;
    scene.engine->shared.changed = on_heat_changed;
    play(&scene);
    assert_int_equal(scene.exit_code, MINER_EXIT_DONE);
    assert_true(heat.rested);
    assert_true(heat.looks > 5);
    struct miner_snapshot *snapshot = miner_snapshot_take(scene.rig);
    assert_non_null(snapshot);
    assert_int_equal(miner_summary_json(snapshot, NULL, scene.run.out), BASE_OK);
    rewind(scene.run.out);
    scene.run.summary = json_loadf(scene.run.out, JSON_DISABLE_EOF_CHECK, NULL);
    assert_int_equal((int)mine_run_number(&scene.run, "per_device.0.sensors.temperature_c"), 60);
    assert_int_equal((int)mine_run_number(&scene.run, "per_device.0.sensors.power_w"), 512);
    assert_int_equal((int)mine_run_number(&scene.run, "per_device.0.heat_rests"), 1);
    miner_status_line(scene.run.log, &snapshot->groups[0]);
    base_free(snapshot);
    miner_rig_free(scene.rig);
    close_scene(&scene);
    expect_line("is paused at 90 C, the limit is 80 C; it goes on at 70 C");
    expect_line("goes on at 70 C\n");
    expect_line(" | 0000:10:02.1 60 C, 512 W, core 1980 MHz, memory 3201 MHz");
    assert_null(strstr(log_text, "misses or invents"));
}

/* Without a sensor the limit protects nothing, and says so. */
static void test_no_temperature(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, "good", 0);
    scene.engine->sensors = (struct miner_sensor_config){
        .sysfs = folder, .nvml = "/nonexistent/library", .period_ms = 5};
    scene.engine->config.temp_limit_c = 80;
    scene.engine->config.until_blocks = 20;
    play(&scene);
    assert_int_equal(scene.exit_code, MINER_EXIT_DONE);
    miner_rig_free(scene.rig);
    close_scene(&scene);
    expect_line("--temp-limit cannot protect it");
}

static unsigned never_tells(void)
{
    while (pause() < 0) {
    }
    return 0;
}

/* A sensor that never answers holds nobody up. */
static void test_hung_sensor(void **state)
{
    (void)state;
    static struct scene scene; /* the thread that is left behind goes on using it */
    open_heat(&scene, never_tells);
    scene.engine->config.until_blocks = 2;
    play(&scene);
    assert_int_equal(scene.exit_code, MINER_EXIT_DONE | MINER_EXIT_AT_ONCE);
    assert_true(miner_counted(&scene.engine->tally.blocks) >= 2);
    miner_rig_free(scene.rig);
}

/* ---- hangs ------------------------------------------------------------------------------- */

/* A launch that never ends, or cannot even be queued: the run ends, with its own exit code, and
 * leaves the thread behind. */
static void test_hung_driver(void **state)
{
    (void)state;
    static const char *const plays[] = {"never", "hang-enqueue"};
    static struct scene scenes[2]; /* the threads that are left behind go on using them */
    for (size_t i = 0; i < BASE_COUNT_OF(plays); i++) {
        open_scene(&scenes[i], plays[i], 0);
        scenes[i].engine->shared.watchdog_ms = 300;
        play(&scenes[i]);
        assert_int_equal(scenes[i].exit_code & ~MINER_EXIT_AT_ONCE, MINER_EXIT_HUNG);
        miner_rig_free(scenes[i].rig);
    }
}

/* A driver that hangs when all is over does not hold the end up. */
static void test_hung_end(void **state)
{
    (void)state;
    static struct scene scene;
    open_scene(&scene, "hang-finish", 0);
    scene.engine->config.until_blocks = 1;
    play(&scene);
    assert_int_equal(scene.exit_code, MINER_EXIT_DONE | MINER_EXIT_AT_ONCE);
    miner_rig_free(scene.rig);
}

/* The program itself: the exit code that its manual promises. */
static void test_program_leaves(void **state)
{
    (void)state;
    static char line[] = SHARDPICK_PROGRAM " mine -t 0 --watchdog 1 -q --no-tune";
    char *words[16] = {NULL};
    char *rest = line;
    for (size_t i = 0; i + 1 < BASE_COUNT_OF(words) && rest != NULL; i++) {
        words[i] = strsep(&rest, " ");
    }
    extern char **environ;
    pid_t pid = 0;
    int status = 0;
    struct scene scene;
    open_scene(&scene, "never", 0); /* for its environment */
    miner_rig_free(scene.rig);
    close_scene(&scene);
    assert_int_equal(posix_spawn(&pid, words[0], NULL, NULL, words, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), MINER_EXIT_HUNG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_device),     cmocka_unit_test(test_counted_proofs),
        cmocka_unit_test(test_device_settings), cmocka_unit_test(test_wrong_finds),
        cmocka_unit_test(test_crowded_slots),   cmocka_unit_test(test_missing_finds),
        cmocka_unit_test(test_lost_device),     cmocka_unit_test(test_others_go_on),
        cmocka_unit_test(test_first_sight),     cmocka_unit_test(test_temperature_limit),
        cmocka_unit_test(test_no_temperature),  cmocka_unit_test(test_program_leaves),
        cmocka_unit_test(test_hung_driver),     cmocka_unit_test(test_hung_end),
        cmocka_unit_test(test_hung_sensor),
    };
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (unsigned i = 0; i < copies; i++) {
        char path[96];
        (void)snprintf(path, sizeof path, "%s/fake-%u.so", folder, i);
        (void)unlink(path);
        (void)snprintf(path, sizeof path, "%s/log-%u", folder, i);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    (void)fflush(stdout);
    _exit(failed); /* as main.c does after a hung driver */
}
