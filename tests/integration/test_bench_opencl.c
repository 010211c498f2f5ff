/* test_bench_opencl.c: the bench command on an OpenCL device, whichever is there (PoCL on most
 * machines): fixed work gives the independent program's digest, timed work is verified. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <string.h>

#include "bench_command.h"
#include "opencl_device.h"

static struct opencl_device device;

/* Run with the device's selector put for %s. */
static struct bench_outcome run(const char *format)
{
    struct bench_machine machine = bench_command_machine();
    const struct kern_cl_info *info = kern_cl_list_at(device.list, device.index);
    const struct kern_algo *algo = kern_algo_find("alephium");
    char words[256];
    char name[32];
    (void)snprintf(name, sizeof name, "%u:%u", info->platform, info->device);
    const char *gap = strstr(format, "%s");
    (void)snprintf(words, sizeof words, "%.*s%s%s", (int)(gap - format), format, name, gap + 2);
    (void)snprintf(machine.cache_dir, sizeof machine.cache_dir, "%s", device.folder);
    return bench_command(words, &machine, &algo, 1);
}

static const json_t *first_result(const json_t *root)
{
    return json_array_get(json_object_get(root, "results"), 0);
}

/* Expected: bench/fixed_reference.py 300007 42. */
static void test_fixed_digest(void **state)
{
    (void)state;
    struct bench_outcome outcome = run("bench --json -q --device %s --hashes 300007 --seed 42");
    assert_string_equal(outcome.log, "");
    assert_int_equal(outcome.code, 0);
    json_t *root = json_loads(outcome.out, 0, NULL);
    const json_t *fixed = json_object_get(first_result(root), "fixed");
    assert_string_equal(json_string_value(json_object_get(fixed, "digest")),
                        "6da0eaf2795de5a365428dfbec202627282c7009388caca5a03ba94aeb164732");
    json_decref(root);
    bench_outcome_free(&outcome);
}

/* So few nonces that all of a chain are finds: more than one launch has slots for. */
static void test_fixed_overflow(void **state)
{
    (void)state;
    struct bench_outcome cpu = run("bench --json -q --device cpu,%s --hashes 16000 --seed 3");
    assert_string_equal(cpu.log, "");
    assert_int_equal(cpu.code, 0); /* 1 if the two digests differed */
    json_t *root = json_loads(cpu.out, 0, NULL);
    const json_t *results = json_object_get(root, "results");
    assert_int_equal(json_array_size(results), 2);
    const char *digests[2];
    for (size_t i = 0; i < 2; i++) {
        const json_t *fixed = json_object_get(json_array_get(results, i), "fixed");
        digests[i] = json_string_value(json_object_get(fixed, "digest"));
        assert_true(json_integer_value(json_object_get(fixed, "finds")) > KERN_CL_FINDS_MAX);
    }
    assert_string_equal(digests[0], digests[1]);
    json_decref(root);
    bench_outcome_free(&cpu);
}

static void test_timed(void **state)
{
    bool missing = false;
    (void)state;
    struct bench_outcome outcome = run("bench --json -q --device %s --seconds 1");
    assert_string_equal(outcome.log, "");
    assert_int_equal(outcome.code, 0);
    json_t *root = json_loads(outcome.out, 0, NULL);
    const json_t *result = first_result(root);
    assert_string_equal(json_string_value(json_object_get(result, "kernel")), "opencl");
    assert_true(bench_outcome_number(result, "hashrate", &missing) > 0);
    assert_true(bench_outcome_number(result, "verified", &missing) > 100);
    assert_true(bench_outcome_number(result, "wrong", &missing) == 0);
    double share = bench_outcome_number(result, "kernel_share", &missing);
    assert_true(share > 0 && share <= 1);
    assert_false(missing);
    assert_non_null(strstr(json_string_value(json_object_get(result, "detail")), "multiply-add"));
    json_decref(root);
    bench_outcome_free(&outcome);
}

static void test_absent_device(void **state)
{
    struct bench_machine machine = bench_command_machine();
    const struct kern_algo *algo = kern_algo_find("alephium");
    (void)state;
    struct bench_outcome outcome = bench_command("bench --device 98:76", &machine, &algo, 1);
    assert_int_equal(outcome.code, 3);
    assert_non_null(strstr(outcome.log, "98:76"));
    assert_non_null(strstr(outcome.log, "there are ")); /* and which */
    bench_outcome_free(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_digest),
        cmocka_unit_test(test_fixed_overflow),
        cmocka_unit_test(test_timed),
        cmocka_unit_test(test_absent_device),
    };
    opencl_device_open(&device);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    opencl_device_close(&device);
    return failed;
}
