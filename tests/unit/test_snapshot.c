/* test_snapshot.c: the numbers of a run in one value: of each group, and of all added up; and its
 * documents of several groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "faces/summary.h"
#include "fake_engine.h"
#include "http/api_json.h"
#include "http/metrics.h"
#include "run/rig_groups.h"

enum { GROUPS = 2, TEXT_CAP = 1 << 18 };

static struct miner_engine *engines[GROUPS];
static struct miner_snapshot *snapshot;

/* Two groups: Alephium on two lanes, skein on one, which had an OpenCL device before. */
static int set_up(void **state)
{
    (void)state;
    engines[0] = fake_engine_new("alephium", "alephium", 2);
    engines[1] = fake_engine_new("digibyte", "skein", 1);
    (void)snprintf(engines[0]->config.group, MINER_NAME_MAX, "first");
    (void)snprintf(engines[1]->config.group, MINER_NAME_MAX, "second");
    miner_gauges_tick(engines[0]->gauges, 1000000000, miner_engine_hashes(engines[0]));
    miner_gauges_tick(engines[1]->gauges, 1000000000, miner_engine_hashes(engines[1]));
    for (size_t i = 0; i < 2; i++) {
        miner_count(&engines[0]->lanes[i].counters.hashes, 1000);
        miner_count(&engines[0]->lanes[i].counters.chain_hashes[3], 1000);
    }
    miner_count(&engines[1]->lanes[0].counters.hashes, 70);
    miner_count(&engines[1]->lanes[0].counters.chain_hashes[0], 70);
    miner_gauges_tick(engines[0]->gauges, 2000000000, miner_engine_hashes(engines[0]));
    miner_gauges_tick(engines[1]->gauges, 2000000000, miner_engine_hashes(engines[1]));
    struct miner_past *past = &engines[1]->past;
    past->count = 2;
    past->devices[0] = (struct miner_past_device){.name = "cpu", .kernel = "avx2"};
    past->devices[0].sum.hashes = 5;
    past->devices[1] = (struct miner_past_device){.name = "opencl 0:1 Old", .kernel = "opencl"};
    past->devices[1].sum.hashes = 25;
    past->sum.hashes = 30;
    past->sum.chain_hashes[0] = 30;
    engines[0]->tally.found[3] = 9;
    miner_tally_verdict(&engines[0]->tally, 3, POOL_ACCEPTED, true);
    miner_tally_verdict(&engines[1]->tally, 0, POOL_ACCEPTED, false);
    miner_tally_verdict(&engines[1]->tally, 0, POOL_STALE, false);
    miner_histogram_add(&engines[0]->answers, 1000000);
    miner_histogram_add(&engines[1]->answers, 9000000);
    engines[0]->events.link =
        (struct miner_link){.up = true, .connects = 1, .difficulty = 2}; /* of 1e9 hashes */
    engines[0]->events.find_work = 1e9;
    engines[0]->events.block_work = 1e12;
    engines[1]->events.link = (struct miner_link){.connects = 4, .failures = 5};
    (void)miner_board_pause(engines[1]->board, true);
    snapshot = miner_snapshot_of(engines, GROUPS);
    assert_non_null(snapshot);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    base_free(snapshot);
    fake_engine_free(engines[0]);
    fake_engine_free(engines[1]);
    return 0;
}

static void test_groups(void **state)
{
    (void)state;
    const struct miner_snapshot_group *first = &snapshot->groups[0];
    const struct miner_snapshot_group *second = &snapshot->groups[1];
    assert_int_equal(snapshot->group_count, GROUPS);
    assert_string_equal(first->name, "first");
    assert_string_equal(second->coin, "digibyte");
    assert_string_equal(second->algorithm, "skein");
    assert_int_equal(first->hashes, 2000);
    assert_int_equal(second->hashes, 100); /* with those of the past */
    assert_true(first->rate[0] == 2000 && second->rate[0] == 70);
    assert_int_equal(first->chain_count, 16);
    assert_int_equal(first->chains[3].hashes, 2000);
    assert_int_equal(second->chains[0].hashes, 100);
    assert_false(first->paused);
    assert_true(second->paused);
    assert_int_equal(second->device_count, 1);
    assert_int_equal(second->devices[0].sum.hashes, 75);
    assert_int_equal(second->devices[0].sum.lanes, 1);
    assert_int_equal(second->gone_count, 1); /* "cpu" has a lane now */
    assert_string_equal(second->gone[0].name, "opencl 0:1 Old");
    assert_int_equal(second->gone[0].sum.hashes, 25);
    assert_int_equal(first->shares.open, 8);
    assert_string_equal(first->server.name, "stratum+tcp://node.example:10973");
    assert_null(strstr(first->server.name, "secret"));
}

static void test_total(void **state)
{
    (void)state;
    const struct miner_snapshot_group *total = &snapshot->total;
    assert_string_equal(total->algorithm, "alephium"); /* the first group's */
    assert_int_equal(total->hashes, 2100);
    assert_true(total->rate[0] == 2070);
    assert_int_equal(total->shares.accepted, 2);
    assert_int_equal(total->shares.blocks, 1);
    assert_int_equal(total->shares.verdicts[POOL_STALE], 1);
    assert_int_equal(total->chain_count, 17);
    assert_int_equal(total->chains[16].hashes, 100);
    assert_int_equal(total->device_count, 2);
    assert_int_equal(total->devices[1].sum.hashes, 75);
    assert_int_equal(total->gone_count, 1);
    assert_int_equal(total->gone[0].sum.hashes, 25);
    assert_int_equal(total->answers.count, 2);
    assert_true(miner_times_ms(&total->answers, 1.0) == 9.0);
    assert_false(total->paused); /* not all are */
    assert_true(total->server.up);
    assert_int_equal(total->server.failures, 0);
    assert_true(total->credit.expected == 0);
}

/* Hashes and solutions are not added; what both have is. */
static void test_units_are_not_mixed(void **state)
{
    (void)state;
    struct kern_algo solver = *engines[1]->algo;
    solver.unit = "Sol";
    engines[1]->algo = &solver;
    struct miner_snapshot *mixed = miner_snapshot_of(engines, GROUPS);
    assert_non_null(mixed);
    assert_int_equal(mixed->total.hashes, 2000);
    assert_true(mixed->total.rate[0] == 2000);
    assert_int_equal(mixed->total.shares.accepted, 2);
    assert_string_equal(mixed->total.unit, "H");
    assert_string_equal(mixed->total.devices[0].unit, "H");
    assert_string_equal(mixed->total.devices[1].unit, "Sol");
    json_t *devices = miner_api_devices_json(mixed);
    const json_t *second = json_array_get(json_object_get(devices, "devices"), 1);
    assert_string_equal(json_string_value(json_object_get(second, "unit")), "Sol");
    json_decref(devices);
    base_free(mixed);
}

static const json_t *at(const json_t *json, const char *key)
{
    const json_t *value = json_object_get(json, key);
    if (value == NULL) {
        fail_msg("no %s", key);
    }
    return value;
}

static void test_documents(void **state)
{
    (void)state;
    json_t *summary = miner_api_summary_json(snapshot);
    assert_int_equal(json_integer_value(at(summary, "hashes")), 2100);
    assert_int_equal(json_integer_value(at(at(summary, "chains"), "count")), 17);
    const json_t *network = at(json_array_get(at(summary, "groups"), 0), "network");
    assert_true(json_real_value(at(network, "difficulty")) == 2000);
    assert_true(json_real_value(at(network, "hashrate")) == 1e12 * 16 / 8); /* 16 chains, 8 s */
    assert_true(json_real_value(at(network, "hashes_per_block")) == 1e12);
    const json_t *second = json_array_get(at(summary, "groups"), 1);
    assert_true(json_is_null(at(at(second, "network"), "hashrate")));
    assert_string_equal(json_string_value(at(second, "group")), "second");
    assert_int_equal(json_integer_value(at(second, "hashes")), 100);
    assert_null(json_object_get(second, "groups"));
    json_decref(summary);
    json_t *chains = miner_api_chains_json(snapshot);
    assert_int_equal(json_array_size(at(chains, "chains")), 17);
    json_decref(chains);
    json_t *xmrig = miner_api_xmrig_json(snapshot, 2);
    assert_null(json_object_get(xmrig, "groups"));
    assert_int_equal(json_array_size(at(at(xmrig, "hashrate"), "threads")), 2);
    assert_int_equal(json_integer_value(at(at(xmrig, "results"), "shares_total")), 3);
    json_decref(xmrig);
    FILE *out = tmpfile();
    assert_non_null(out);
    assert_int_equal(miner_summary_json(snapshot, NULL, out), BASE_OK);
    rewind(out);
    json_t *closing = json_loadf(out, 0, NULL);
    assert_int_equal(json_array_size(at(closing, "per_device")), 3); /* one of the past */
    assert_int_equal(json_array_size(at(closing, "per_chain")), 17);
    assert_int_equal(json_array_size(at(closing, "groups")), 2);
    json_decref(closing);
    (void)fclose(out);
}

/* A sample of each group under one head; a label's value is escaped. */
static void test_metrics(void **state)
{
    static char text[TEXT_CAP];
    static const char *const lines[] = {
        "\nshardpick_paused{group=\"first\"} 0\nshardpick_paused{group=\"second\"} 1\n",
        "\nshardpick_hashes_total{group=\"second\",device=\"cpu\",chain=\"0\"} 70\n",
        "\nshardpick_shares_total{group=\"second\",result=\"stale\"} 1\n",
        "\nshardpick_share_latency_seconds_bucket{group=\"first\",le=\"0.0025\"} 1\n",
        "\nshardpick_share_latency_seconds_bucket{group=\"second\",le=\"+Inf\"} 1\n",
        "\nshardpick_job_switch_seconds_count{group=\"first\",kind=\"opencl\"} 0\n",
        "\nshardpick_server_connects_total{group=\"second\"} 4\n",
        "\nshardpick_device_lanes{group=\"first\",device=\"cpu\"} 2\n",
        "\nshardpick_network_difficulty{group=\"first\"} 2000\n",
        "\nshardpick_device_table_permille{group=\"first\",device=\"cpu\"} 0\n",
    };
    (void)state;
    (void)snprintf(snapshot->groups[0].server.name, sizeof snapshot->groups[0].server.name,
                   "a\"b\\c");
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    assert_int_equal(miner_metrics_write(out, snapshot), BASE_OK);
    (void)fclose(out);
    for (size_t i = 0; i < BASE_COUNT_OF(lines); i++) {
        if (strstr(text, lines[i]) == NULL) {
            fail_msg("no %s in:\n%s", lines[i], text);
        }
    }
    assert_non_null(
        strstr(text, "shardpick_server_up{group=\"first\",server=\"a\\\"b\\\\c\"} 1\n"));
    const char *help = strstr(text, "# HELP shardpick_device_lanes ");
    assert_non_null(help);
    assert_null(strstr(help + 1, "# HELP shardpick_device_lanes "));
    assert_null(strstr(text, "temperature")); /* no device has a sensor */
}

static void test_one_group_has_no_label(void **state)
{
    static char text[TEXT_CAP];
    (void)state;
    struct miner_snapshot *alone = miner_snapshot_of(engines, 1);
    assert_non_null(alone);
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    assert_int_equal(miner_metrics_write(out, alone), BASE_OK);
    (void)fclose(out);
    assert_non_null(strstr(text, "\nshardpick_paused 0\n"));
    assert_non_null(strstr(text, "\nshardpick_submit_seconds_sum 0\n"));
    assert_null(strstr(text, "group="));
    json_t *summary = miner_api_summary_json(alone);
    assert_null(json_object_get(summary, "groups"));
    json_decref(summary);
    base_free(alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_total, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_units_are_not_mixed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_documents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_metrics, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_group_has_no_label, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
