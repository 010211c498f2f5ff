/* test_mine_kmdnet.c: `mine --coin komodo` on the development network: at its node and in its pool,
 * with Equihash 96,5 and 200,9. Every submission must be accepted; the network judges blocks and
 * shares whole, with the verifier of kernels/equihash. Sessions are recorded and replayed.
 * Argument: "opencl" to mine 96,5 on a device, "opencl long" to mine 200,9 there, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "kern.h"
#include "kmdnet/kmdnet.h"
#include "mine_device.h"
#include "mine_run.h"
#include "net_hash.h"
#include "recording.h"

static const char address[] = "RKxTdfmtxtfLDKZBgx6SvNkBtNu9jRYnLh";
static const char worker[] = "RKxTdfmtxtfLDKZBgx6SvNkBtNu9jRYnLh.rig1";

static struct opencl_device device; /* list NULL: the processor mines */

/* One run: a network of its own, and a miner at its node (user: whom blocks pay) or in its pool. */
struct rig {
    struct pool_net_config net_config; /* changed between ready and go */
    struct mine_run run;
    struct pool_net_stats stats; /* after go */
    bool pool;
    char recording[128];
};

static void ready(struct rig *rig, bool pool, uint32_t reduced)
{
    memset(rig, 0, sizeof *rig);
    pool_net_defaults(&rig->net_config, &pool_kmdnet);
    rig->net_config.hash = net_hash;
    rig->net_config.algo = kern_algo_find("equihash");
    rig->net_config.reduced = reduced;
    rig->net_config.start_hashes = pool ? 1e6 : 4;
    rig->net_config.share_hashes = 2;
    rig->net_config.vardiff_look_ms = UINT32_MAX;
    rig->pool = pool;
    mine_run_init(&rig->run);
    rig->run.config.coin = pool_coin_find("komodo");
    (void)snprintf(rig->run.config.algo, sizeof rig->run.config.algo, "equihash");
    rig->run.config.reduced = reduced;
    rig->run.config.threads_rule = MINER_THREADS_COUNT;
    rig->run.config.threads = 1;
    rig->run.config.duration_ms = 240000;
    if (device.list != NULL) {
        mine_device_only(&rig->run, &device);
    }
}

/* Mine until so many blocks, or shares, are accepted. The worst that may be said of the network's
 * counts is checked here; what is particular to a test is checked there. */
static void go(struct rig *rig, const char *user, uint64_t wanted)
{
    struct pool_net *net = NULL;
    struct base_error error;
    char url[160];
    if (pool_net_start(&net, &rig->net_config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    (void)snprintf(url, sizeof url, "%s://%s%s127.0.0.1:%u",
                   rig->pool ? "stratum+tcp" : "daemon+http", rig->pool ? "" : rig->net_config.key,
                   !rig->pool && rig->net_config.key[0] != '\0' ? "@" : "",
                   pool_net_port(net, rig->pool ? POOL_NET_POOL : POOL_NET_NODE));
    mine_run_server(&rig->run, url, user);
    (void)snprintf(rig->run.config.record_file, sizeof rig->run.config.record_file, "%s",
                   rig->recording);
    *(rig->pool ? &rig->run.config.until_shares : &rig->run.config.until_blocks) = wanted;
    mine_run_go(&rig->run);
    pool_net_stats(net, &rig->stats);
    pool_net_stop(net);
    const struct pool_net_stats *stats = &rig->stats;
    assert_int_equal(rig->run.exit_code, MINER_EXIT_DONE);
    if (stats->bad_solution + stats->above_target + stats->invalid + stats->malformed +
            stats->duplicates + stats->shares_refused >
        0) {
        fail_msg("refused: %s", stats->why);
    }
    assert_true((rig->pool ? stats->shares_accepted : stats->accepted) >= wanted);
    assert_true(mine_run_number(&rig->run, rig->pool ? "accepted" : "blocks") >= (double)wanted);
    assert_true(mine_run_number(&rig->run, "invalid_on_device") == 0);
}

static void end(struct rig *rig)
{
    mine_run_deinit(&rig->run);
}

/* ---- at the node ----------------------------------------------------------------------------- */

static void test_node(void **state)
{
    struct rig rig;
    (void)state;
    for (unsigned own = 0; own < 2; own++) {
        ready(&rig, false, 96);
        (void)snprintf(rig.net_config.key, sizeof rig.net_config.key, "alice:secret");
        go(&rig, own != 0 ? address : "", 4);
        assert_int_equal(rig.stats.own_payee, own != 0 ? rig.stats.accepted : 0);
        assert_true(rig.stats.txs > 0);
        assert_true(rig.stats.polls > 0);
        assert_true(mine_run_number(&rig.run, "rejected") == 0);
        end(&rig);
    }
}

/* Every variant that runs here. */
static void test_node_variants(void **state)
{
    const struct kern_algo *algo = kern_algo_find("equihash");
    uint32_t features = base_cpu_detect();
    size_t ran = 0;
    (void)state;
    for (size_t i = 0; i < algo->variant_count; i++) {
        struct rig rig;
        if ((algo->variants[i]->features & ~features) != 0) {
            continue;
        }
        ready(&rig, false, 96);
        (void)snprintf(rig.run.config.cpu_kernel, sizeof rig.run.config.cpu_kernel, "%s",
                       algo->variants[i]->name);
        go(&rig, "", 1);
        end(&rig);
        ran++;
    }
    assert_true(ran > 0);
}

static void test_node_200_9(void **state)
{
    struct rig rig;
    (void)state;
    ready(&rig, false, 0);
    rig.net_config.start_hashes = 2;
    go(&rig, address, 2);
    assert_true(rig.stats.own_payee >= 2);
    end(&rig);
}

/* Another miner's blocks come just before some of ours; some good ones are thrown away and answered
 * with null: neither counts as a block of ours. */
static void test_node_faults(void **state)
{
    struct rig rig;
    (void)state;
    ready(&rig, false, 96);
    rig.net_config.faults.overtake = 3;
    rig.net_config.faults.throw_away = 4;
    rig.net_config.faults.busy = 7;
    go(&rig, "", 8);
    assert_true(rig.stats.stale >= 2 && rig.stats.thrown_away >= 2);
    assert_true(mine_run_number(&rig.run, "blocks") <= (double)rig.stats.accepted);
    assert_true(mine_run_number(&rig.run, "rejected") <= (double)rig.stats.thrown_away);
    end(&rig);
}

/* ---- in the pool ----------------------------------------------------------------------------- */

static void test_pool_dialects(void **state)
{
    struct rig rig;
    (void)state;
    for (unsigned dialect = 0; dialect < POOL_KMDNET_DIALECT_COUNT; dialect++) {
        ready(&rig, true, 96);
        rig.net_config.dialect = dialect;
        rig.net_config.pool_notify_ms = 200;
        rig.net_config.faults.foreign_ms = 500;
        go(&rig, worker, 4);
        assert_true(mine_run_number(&rig.run, "rejected") == 0);
        end(&rig);
    }
}

static void test_pool_nonce1_sizes(void **state)
{
    static const uint32_t sizes[] = {0, 17, 24};
    struct rig rig;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(sizes); i++) {
        ready(&rig, true, 96);
        rig.net_config.extranonce_bytes = sizes[i];
        go(&rig, worker, 2);
        end(&rig);
    }
}

/* The pool changes share targets and NONCE_1 while blocks come, some of them ours. */
static void test_pool_changes(void **state)
{
    struct rig rig;
    (void)state;
    ready(&rig, true, 96);
    rig.net_config.start_hashes = 3; /* two of three shares are blocks, or more where shares are */
    rig.net_config.vardiff_look_ms = 300; /* harder: chance leaves none among 20 in one of 3e9 */
    rig.net_config.vardiff_share_ms = 50;
    rig.net_config.pool_notify_ms = 100;
    rig.net_config.faults.new_extranonce = 3;
    go(&rig, worker, 20);
    assert_true(rig.stats.accepted > 0);
    end(&rig);
}

/* Connections end again and again: sessions are resumed, and finds of before are taken. A fast
 * machine has its shares before the first end; then connections last half as long. */
static void test_pool_resumes(void **state)
{
    uint64_t resumed = 0;
    (void)state;
    for (uint32_t reset_ms = 400; resumed == 0 && reset_ms >= 25; reset_ms /= 2) {
        struct rig rig;
        ready(&rig, true, 96);
        rig.net_config.faults.reset_after_ms = reset_ms;
        go(&rig, worker, 10);
        resumed = rig.stats.resumed;
        end(&rig);
    }
    assert_true(resumed > 0);
}

static void test_pool_200_9(void **state)
{
    struct rig rig;
    (void)state;
    ready(&rig, true, 0);
    rig.net_config.dialect = POOL_KMDNET_DIFFICULTY; /* with "200_9" in its jobs */
    go(&rig, worker, 2);
    end(&rig);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A machine with two cores and memory for one lane: one lane, and a sentence that says why. */
static void test_lanes_by_memory(void **state)
{
    static char log[1 << 20];
    char root[] = "/tmp/kmdnet.XXXXXX";
    char path[64];
    struct rig rig;
    (void)state;
    assert_non_null(mkdtemp(root));
    (void)snprintf(path, sizeof path, "%s/proc", root);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/proc/meminfo", root);
    write_text(path, "MemTotal: 500000 kB\nMemAvailable: 250000 kB\n");
    ready(&rig, false, 96);
    rig.run.config.threads = 2;
    rig.run.host.root = root;
    (void)snprintf(path, sizeof path, "%s/log", root);
    mine_run_log_to(&rig.run, path);
    go(&rig, "", 1);
    mine_run_log_end(&rig.run);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    log[fread(log, 1, sizeof log - 1, file)] = '\0';
    (void)fclose(file);
    if (strstr(log, "1 of 2 lanes: each needs 147 MB, and 256 MB of memory are free") == NULL ||
        strstr(log, "1 lane, kernel") == NULL) {
        fail_msg("%s", log);
    }
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/proc/meminfo", root);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/proc", root);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(root), 0);
    end(&rig);
}

/* ---- recordings ------------------------------------------------------------------------------ */

static void test_recordings(void **state)
{
    (void)state;
    for (unsigned pool = 0; pool < 2; pool++) {
        struct rig rig;
        struct recording_replay replay;
        ready(&rig, pool != 0, 96);
        recording_path(rig.recording, "komodo");
        go(&rig, pool != 0 ? worker : address, 5);
        char *text = recording_take(rig.recording);
        assert_null(strstr(text, address));
        assert_non_null(strstr(text, pool != 0 ? "mining.submit" : "submitblock"));
        recording_replay(&replay, text);
        if (replay.status != BASE_OK || replay.counts.differs + replay.counts.broken > 0) {
            fail_msg("%s%s%s", replay.error.text, replay.differs, replay.broken);
        }
        assert_true(replay.counts.complete);
        if (replay.counts.verdicts[POOL_ACCEPTED] < 4) {
            fail_msg("pool %u: %zu accepted, %zu refused, %zu unanswered: %s", pool,
                     (size_t)replay.counts.verdicts[POOL_ACCEPTED],
                     (size_t)replay.counts.verdicts[POOL_REFUSED],
                     (size_t)replay.counts.verdicts[POOL_UNANSWERED], text);
        }
        free(text);
        end(&rig);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_node),          cmocka_unit_test(test_node_variants),
        cmocka_unit_test(test_node_200_9),    cmocka_unit_test(test_node_faults),
        cmocka_unit_test(test_pool_dialects), cmocka_unit_test(test_pool_nonce1_sizes),
        cmocka_unit_test(test_pool_changes),  cmocka_unit_test(test_pool_resumes),
        cmocka_unit_test(test_pool_200_9),    cmocka_unit_test(test_lanes_by_memory),
        cmocka_unit_test(test_recordings),
    };
    const struct CMUnitTest on_device[] = {
        cmocka_unit_test(test_node),
        cmocka_unit_test(test_pool_dialects),
    };
    const struct CMUnitTest on_device_long[] = {
        cmocka_unit_test(test_node_200_9),
        cmocka_unit_test(test_pool_200_9),
    };
    if (argc < 2 || strcmp(argv[1], "opencl") != 0) {
        return cmocka_run_group_tests(tests, recording_make_folder, recording_remove_folder);
    }
    opencl_device_open(&device);
    int failed = argc > 2 ? cmocka_run_group_tests(on_device_long, NULL, NULL)
                          : cmocka_run_group_tests(on_device, NULL, NULL);
    opencl_device_close(&device);
    return failed;
}
