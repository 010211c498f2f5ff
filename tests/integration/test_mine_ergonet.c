/* test_mine_ergonet.c: `mine --coin ergo` on the development network: at its node and in its pool,
 * with reduced tables, while heights move. Every share and solution is judged by the reference with
 * the table of its height, so a find from another height's table is a wrong one. Argument: none
 * for the node, "pool", or "opencl" to mine on a device at both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ergonet/ergonet.h"
#include "kern.h"
#include "mine_device.h"
#include "mine_run.h"
#include "net_hash.h"
#include "recording.h"

static const char worker[] = "3WwXpssaZwcNzaGMv3AgxBdTPJQBt5gCmqBsg3DykQ39bYdhJBsN.rig1";

enum {
    SMALL = 1000,   /* elements: a table takes milliseconds */
    TRY_MS = 30000, /* see go */
    SLOW_MS = 8000,
};

static struct opencl_device device; /* list NULL: the processor mines */

/* One run: a network of its own, and a miner at its node or in its pool. */
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
    pool_net_defaults(&rig->net_config, &pool_ergonet);
    rig->net_config.hash = net_hash;
    rig->net_config.algo = kern_algo_find("autolykos2");
    rig->net_config.reduced = reduced;
    rig->net_config.start_hashes = pool ? 1e9 : 500;
    rig->net_config.share_hashes = 500;
    rig->net_config.vardiff_look_ms = UINT32_MAX;
    rig->net_config.apply_ms = 50;
    rig->net_config.block_time_ms = pool ? 8000 : 200; /* 8000: blocks never become easy */
    rig->net_config.ask_ms = 100;
    rig->pool = pool;
    mine_run_init(&rig->run);
    rig->run.config.coin = pool_coin_find("ergo");
    (void)snprintf(rig->run.config.algo, sizeof rig->run.config.algo, "autolykos2");
    rig->run.config.reduced = reduced;
    rig->run.config.threads_rule = MINER_THREADS_COUNT;
    rig->run.config.threads = 1;
    rig->run.config.duration_ms = 240000;
    if (device.list != NULL) {
        mine_device_only(&rig->run, &device);
    }
}

/* Mine until so many blocks, or shares, are accepted; false: they were fewer when the time was up.
 * Nothing may be wrong in the network's eyes. */
static bool mine(struct rig *rig, uint64_t wanted)
{
    struct pool_net *net = NULL;
    struct base_error error;
    char url[96];
    if (pool_net_start(&net, &rig->net_config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u", rig->pool ? "stratum+tcp" : "daemon+http",
                   pool_net_port(net, rig->pool ? POOL_NET_POOL : POOL_NET_NODE));
    mine_run_server(&rig->run, url, rig->pool ? worker : "");
    (void)snprintf(rig->run.config.record_file, sizeof rig->run.config.record_file, "%s",
                   rig->recording);
    *(rig->pool ? &rig->run.config.until_shares : &rig->run.config.until_blocks) = wanted;
    mine_run_go(&rig->run);
    pool_net_stats(net, &rig->stats);
    pool_net_stop(net);
    const struct pool_net_stats *stats = &rig->stats;
    assert_int_equal(rig->run.exit_code, MINER_EXIT_DONE);
    if (stats->bad_solution + stats->above_target + stats->duplicates + stats->malformed +
            stats->foreign_extranonce + stats->keyless + stats->shares_refused >
        0) {
        fail_msg("refused: %s", stats->why);
    }
    assert_true(mine_run_number(&rig->run, "invalid_on_device") == 0);
    return (rig->pool ? stats->shares_accepted : stats->accepted) >= wanted;
}

/* The same, which must succeed; what is particular to a test is checked there. Another miner's
 * blocks may come faster than a busy machine hashes at all: then they come four times slower. */
static void go(struct rig *rig, uint64_t wanted)
{
    struct miner_config config = rig->run.config;
    uint32_t *foreign_ms = &rig->net_config.faults.foreign_ms;
    bool slower = *foreign_ms > 0;
    rig->run.config.duration_ms = slower ? TRY_MS : config.duration_ms;
    while (!mine(rig, wanted)) {
        if (!slower) {
            fail_msg("%zu accepted, %zu stale", (size_t)rig->stats.accepted,
                     (size_t)rig->stats.stale);
        }
        *foreign_ms *= 4;
        slower = *foreign_ms < SLOW_MS;
        mine_run_deinit(&rig->run);
        mine_run_init(&rig->run);
        rig->run.config = config;
        rig->run.config.duration_ms = slower ? TRY_MS : config.duration_ms;
    }
    assert_true(mine_run_number(&rig->run, rig->pool ? "accepted" : "blocks") >= (double)wanted);
}

static void end(struct rig *rig)
{
    mine_run_deinit(&rig->run);
}

/* ---- at the node ----------------------------------------------------------------------------- */

/* Every variant that this processor runs, while another miner moves the height on. */
static void test_node_variants(void **state)
{
    const struct kern_algo *algo = kern_algo_find("autolykos2");
    struct rig rig;
    (void)state;
    for (size_t i = 0; i < (device.list != NULL ? 1 : algo->variant_count); i++) {
        const struct kern_variant *variant = algo->variants[i];
        if (!kern_variant_runs(variant, base_cpu_detect())) {
            continue;
        }
        ready(&rig, false, SMALL);
        if (device.list == NULL) {
            (void)snprintf(rig.run.config.cpu_kernel, sizeof rig.run.config.cpu_kernel, "%s",
                           variant->name);
        }
        rig.net_config.faults.foreign_ms = 600;
        go(&rig, 3);
        assert_true(rig.stats.height >= 16 + 3);
        assert_true(mine_run_number(&rig.run, "rejected") == 0);
        end(&rig);
    }
}

/* A table that takes seconds, and heights that last a fraction of one: lanes search directly, and
 * none waits for the table of another height. */
static void test_tables_too_late(void **state)
{
    struct rig rig;
    (void)state;
    ready(&rig, false, 1 << 22);
    rig.net_config.start_hashes = 50;
    rig.net_config.faults.foreign_ms = 300;
    go(&rig, 8);
    assert_true(mine_run_number(&rig.run, "rejected") == 0);
    end(&rig);
}

/* The coin's own size, without a table: it would take 2 GiB. */
static void test_whole_size(void **state)
{
    struct rig rig;
    (void)state;
    ready(&rig, false, 0);
    rig.net_config.start_hashes = 50;
    go(&rig, 2);
    end(&rig);
}

/* What a node does: other candidates of the same height, refusals, overtaking blocks, a miner that
 * has not started, answers that come late or never. */
static void test_node_faults(void **state)
{
    struct rig rig;
    (void)state;
    ready(&rig, false, SMALL);
    rig.net_config.faults.not_started = 1;
    rig.net_config.faults.remake = 10;
    rig.net_config.faults.refuse = 4;
    rig.net_config.faults.overtake = 5;
    rig.net_config.faults.drop_answers = 6;
    go(&rig, 5);
    assert_true(rig.stats.refused >= 1 && rig.stats.foreign >= 1);
    end(&rig);
}

/* ---- in the pool ----------------------------------------------------------------------------- */

static void test_pool_dialects(void **state)
{
    struct rig rig;
    (void)state;
    for (unsigned dialect = 0; dialect < POOL_ERGONET_DIALECT_COUNT; dialect++) {
        ready(&rig, true, SMALL);
        rig.net_config.dialect = dialect;
        rig.net_config.pool_notify_ms = 200;
        rig.net_config.faults.foreign_ms = 500;
        rig.run.config.multiply_difficulty = dialect == POOL_ERGONET_FACTOR;
        go(&rig, 20);
        assert_true(mine_run_number(&rig.run, "rejected") == 0);
        end(&rig);
    }
}

/* Every variant in the pool, heights moving. */
static void test_pool_variants(void **state)
{
    const struct kern_algo *algo = kern_algo_find("autolykos2");
    struct rig rig;
    (void)state;
    for (size_t i = 0; i < (device.list != NULL ? 0 : algo->variant_count); i++) {
        const struct kern_variant *variant = algo->variants[i];
        if (!kern_variant_runs(variant, base_cpu_detect())) {
            continue;
        }
        ready(&rig, true, SMALL);
        (void)snprintf(rig.run.config.cpu_kernel, sizeof rig.run.config.cpu_kernel, "%s",
                       variant->name);
        rig.net_config.faults.foreign_ms = 400;
        go(&rig, 12);
        assert_true(mine_run_number(&rig.run, "rejected") == 0);
        end(&rig);
    }
}

static void test_pool_extranonces(void **state)
{
    static const uint32_t sizes[] = {0, 1, 4, 7};
    struct rig rig;
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(sizes); i++) {
        ready(&rig, true, SMALL);
        rig.net_config.extranonce_bytes = sizes[i];
        rig.net_config.share_hashes = 40; /* seven bytes leave 256 nonces to a height */
        rig.net_config.faults.foreign_ms = sizes[i] == 7 ? 250 : 1000;
        go(&rig, 8);
        assert_true(mine_run_number(&rig.run, "rejected") == 0);
        end(&rig);
    }
}

/* The pool changes share targets and extranonces while blocks come, some of them ours. How many
 * shares are blocks is the business of the machine's speed, which share targets follow. */
static void test_pool_changes(void **state)
{
    uint64_t blocks = 0;
    (void)state;
    for (unsigned run = 0; run < 50 && blocks == 0; run++) {
        struct rig rig;
        ready(&rig, true, SMALL);
        rig.net_config.start_hashes = 500;
        rig.net_config.block_time_ms = 200;
        rig.net_config.vardiff_look_ms = 300;
        rig.net_config.vardiff_share_ms = 50;
        rig.net_config.pool_notify_ms = 100;
        rig.net_config.faults.new_extranonce = 3;
        go(&rig, 40);
        blocks = rig.stats.accepted;
        end(&rig);
    }
    assert_true(blocks > 0);
}

/* ---- recordings ------------------------------------------------------------------------------ */

static void test_recordings(void **state)
{
    (void)state;
    for (unsigned pool = 0; pool < 2; pool++) {
        struct rig rig;
        struct recording_replay replay;
        ready(&rig, pool != 0, SMALL);
        rig.net_config.dialect = POOL_ERGONET_FACTOR;
        rig.run.config.multiply_difficulty = true;
        recording_path(rig.recording, "ergo");
        go(&rig, 5);
        char *text = recording_take(rig.recording);
        assert_null(strstr(text, "3WwXpssaZ"));
        assert_non_null(strstr(text, pool != 0 ? "mining.submit" : "/mining/solution"));
        recording_replay(&replay, text);
        if (replay.status != BASE_OK || replay.counts.differs + replay.counts.broken > 0) {
            fail_msg("%s%s%s", replay.error.text, replay.differs, replay.broken);
        }
        assert_true(replay.counts.complete);
        assert_true(replay.counts.verdicts[POOL_ACCEPTED] >= 4);
        free(text);
        end(&rig);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest node[] = {
        cmocka_unit_test(test_node_variants),
        cmocka_unit_test(test_tables_too_late),
        cmocka_unit_test(test_node_faults),
        cmocka_unit_test(test_whole_size),
    };
    const struct CMUnitTest pool[] = {
        cmocka_unit_test(test_pool_dialects),    cmocka_unit_test(test_pool_variants),
        cmocka_unit_test(test_pool_extranonces), cmocka_unit_test(test_pool_changes),
        cmocka_unit_test(test_recordings),
    };
    const struct CMUnitTest on_device[] = {
        cmocka_unit_test(test_node_variants),
        cmocka_unit_test(test_pool_dialects),
        cmocka_unit_test(test_pool_extranonces),
    };
    if (argc < 2) {
        return cmocka_run_group_tests(node, NULL, NULL);
    }
    if (strcmp(argv[1], "pool") == 0) {
        return cmocka_run_group_tests(pool, recording_make_folder, recording_remove_folder);
    }
    opencl_device_open(&device);
    int failed = cmocka_run_group_tests(on_device, NULL, NULL);
    opencl_device_close(&device);
    return failed;
}
