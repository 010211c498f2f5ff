/* test_mine.c: `mine` end to end against the development network. The server's own counters are the
 * truth that the miner's summary is compared with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "devnet/devnet.h"
#include "kern.h"
#include "kern_opencl.h"
#include "mine_run.h"

/* What must hold of every run on an honest server: every find has one end, nothing wrong was sent,
 * and the development network of the process, if there was one, counted the same. */
static void check_sums(const struct mine_run *run)
{
    double found = mine_run_number(run, "found");
    assert_true(found == mine_run_number(run, "accepted") + mine_run_number(run, "stale") +
                             mine_run_number(run, "rejected") + mine_run_number(run, "unanswered") +
                             mine_run_number(run, "not_sent"));
    assert_true(mine_run_number(run, "invalid_on_device") == 0);
    assert_true(mine_run_number(run, "duplicates") == 0);
    const json_t *devnet = json_object_get(run->summary, "devnet");
    if (json_is_object(devnet)) {
        assert_true(json_is_true(json_object_get(devnet, "agrees")));
        assert_true(mine_run_number(run, "devnet.wrong_chain") == 0);
        assert_true(mine_run_number(run, "devnet.above_target") == 0);
        assert_true(mine_run_number(run, "devnet.duplicates") == 0);
        assert_true(mine_run_number(run, "devnet.malformed") == 0);
    }
}

static const char *text_of(const struct mine_run *run, size_t device, const char *name)
{
    const json_t *devices = json_object_get(run->summary, "per_device");
    return json_string_value(json_object_get(json_array_get(devices, device), name));
}

/* No -o: a development network in the process; every kernel of this machine finds blocks on it. */
static void test_every_kernel_on_the_own_network(void **state)
{
    (void)state;
    const struct kern_algo *algo = kern_algo_find("alephium");
    for (size_t i = 0; i < algo->variant_count; i++) {
        struct mine_run run;
        if (!kern_variant_runs(algo->variants[i], base_cpu_detect())) {
            continue;
        }
        mine_run_init(&run);
        run.config.until_blocks = 10;
        run.config.devnet.start_hashes = 20000;
        (void)snprintf(run.config.cpu_kernel, sizeof run.config.cpu_kernel, "%s",
                       algo->variants[i]->name);
        mine_run_go(&run);
        assert_int_equal(run.exit_code, MINER_EXIT_DONE);
        check_sums(&run);
        assert_true(mine_run_number(&run, "accepted") >= 10);
        assert_string_equal(text_of(&run, 0, "kernel"), algo->variants[i]->name);
        mine_run_deinit(&run);
    }
}

/* Choose the first usable device that is a CPU (PoCL); false if there is none. */
static bool choose_cpu_device(struct mine_run *run)
{
    struct kern_cl_list *list = NULL;
    struct base_error error;
    bool found = false;
    if (kern_cl_list_new(&list, &error) != BASE_OK) {
        return false;
    }
    for (size_t i = 0; i < kern_cl_list_count(list) && !found; i++) {
        const struct kern_cl_info *info = kern_cl_list_at(list, i);
        if (info->usable && info->kind == KERN_CL_CPU) {
            run->config.opencl.mode = MINER_CL_LIST;
            run->config.opencl.count = 1;
            run->config.opencl.picks[0].platform = info->platform;
            run->config.opencl.picks[0].device = info->device;
            found = true;
        }
    }
    kern_cl_list_free(list);
    return found;
}

static void test_opencl_device(void **state)
{
    (void)state;
    struct mine_run run;
    mine_run_init(&run);
    if (!choose_cpu_device(&run)) {
        mine_run_deinit(&run);
        skip();
    }
    run.config.threads_rule = MINER_THREADS_COUNT;
    run.config.threads = 0;
    run.config.until_blocks = 5;
    run.config.devnet.start_hashes = 50000;
    mine_run_go(&run);
    assert_int_equal(run.exit_code, MINER_EXIT_DONE);
    check_sums(&run);
    assert_true(mine_run_number(&run, "accepted") >= 5);
    assert_string_equal(text_of(&run, 0, "kernel"), "opencl");
    mine_run_deinit(&run);
}

static void test_nothing_to_hash_on(void **state)
{
    (void)state;
    struct mine_run run;
    mine_run_init(&run);
    run.config.threads_rule = MINER_THREADS_COUNT;
    run.config.threads = 0;
    mine_run_go(&run);
    assert_int_equal(run.exit_code, MINER_EXIT_NO_DEVICE);
    assert_null(run.summary);
    mine_run_deinit(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kernel_on_the_own_network),
        cmocka_unit_test(test_opencl_device),
        cmocka_unit_test(test_nothing_to_hash_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
