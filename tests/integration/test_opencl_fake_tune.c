/* test_opencl_fake_tune.c: the tuner and the program cache on a vendor whose speed, mistakes and
 * compiler are known (tests/fake_opencl): what is fast and right wins, what is fast and wrong does
 * not, and the next runner uses it. */
#include <dirent.h>
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_opencl/fake_vendor.h"
#include "opencl/cl_row.h"
#include "opencl_device.h"

static const struct kern_algo *algo;
static struct base_error error;

/* A small parameter space, so that a search of it is short. */
static struct kern_algo small_algo(struct kern_cl_row *row)
{
    struct kern_algo small = *algo;
    *row = *algo->opencl;
    row->space = (struct kern_cl_space){.local_size = {32, 64},
                                        .per_item = {1, 2},
                                        .vector = {1, 2},
                                        .unroll = {1, 2},
                                        .multiply_add = {1}};
    row->default_gpu = (struct kern_cl_params)OPENCL_PARAMS(32, 1, 1, 1, 1, 1);
    small.opencl = row;
    return small;
}

static bool count_steps(void *user, const struct kern_cl_tune_step *step)
{
    unsigned *steps = user;
    *steps += step->again ? 0 : 1;
    assert_int_equal(step->tried, *steps);
    assert_true(step->hashrate > 0 || step->trouble != NULL);
    assert_true(step->best_hashrate >= step->hashrate);
    return true;
}

static bool stop_at_once(void *user, const struct kern_cl_tune_step *step)
{
    (void)step;
    (*(unsigned *)user)++;
    return false;
}

/* The search tries, measures, keeps its best for the next runner, and stops when told to. A device
 * whose results are wrong has no best variant. */
static void test_tune(void **state)
{
    (void)state;
    struct kern_cl_row row;
    struct kern_algo small = small_algo(&row);
    struct kern_cl_params best;
    struct kern_cl_runner *runner = NULL;
    double hashrate = 0;
    unsigned steps = 0;
    char cache[96];
    (void)snprintf(cache, sizeof cache, "%s/tuned", fake_vendor_folder());
    assert_int_equal(setenv("FAKE_LAUNCH_US", "6000", 1), 0);
    struct kern_cl_list *list = fake_vendor_list("good");
    assert_false(kern_cl_is_tuned(list, 0, &small, cache));
    assert_int_equal(kern_cl_tune(&best, &hashrate, list, 0, &small, cache, FAKE_WAIT_MS,
                                  count_steps, &steps, &error),
                     BASE_OK);
    assert_true(steps >= 5);
    assert_true(hashrate > 0);
    /* Each launch takes the fake the same time, and larger groups are given more nonces. */
    assert_int_equal(best.local_size, 64);
    assert_int_equal(best.per_item, 2);
    assert_true(kern_cl_is_tuned(list, 0, &small, cache));
    assert_int_equal(kern_cl_runner_new(&runner, list, 0, &small, NULL, cache, NULL, &error),
                     BASE_OK);
    struct kern_cl_params used = kern_cl_runner_params(runner);
    assert_memory_equal(&used, &best, sizeof used);
    kern_cl_runner_free(runner);

    steps = 0;
    (void)snprintf(cache, sizeof cache, "%s/stopped", fake_vendor_folder());
    assert_int_equal(kern_cl_tune(&best, &hashrate, list, 0, &small, cache, FAKE_WAIT_MS,
                                  stop_at_once, &steps, &error),
                     BASE_E_CLOSED);
    assert_false(kern_cl_is_tuned(list, 0, &small, cache));
    assert_true(hashrate > 0);
    assert_int_equal(steps, 1);
    assert_int_equal(best.local_size, 32);
    kern_cl_list_free(list);

    static const char *const plays[] = {"wrong", "silent", "build failure", "lost"};
    for (size_t i = 0; i < BASE_COUNT_OF(plays); i++) {
        list = fake_vendor_list(plays[i]);
        assert_int_not_equal(kern_cl_tune(&best, &hashrate, list, 0, &small, cache, FAKE_WAIT_MS,
                                          stop_at_once, &steps, &error),
                             BASE_OK);
        assert_true(hashrate == 0);
        fake_vendor_expect(error.text, "Fake GPU");
        kern_cl_list_free(list);
    }
    assert_int_equal(unsetenv("FAKE_LAUNCH_US"), 0);
}

/* A variant that is slower than the rest, but looked three times as fast when it was tried. */
static void test_lucky_variant(void **state)
{
    (void)state;
    struct kern_cl_row row;
    struct kern_algo small = small_algo(&row);
    struct kern_cl_params best;
    double hashrate = 0;
    unsigned steps = 0;
    assert_int_equal(setenv("FAKE_NONCE_NS", "5000", 1), 0);
    struct kern_cl_list *list = fake_vendor_list("lucky");
    assert_int_equal(unsetenv("FAKE_NONCE_NS"), 0);
    assert_int_equal(kern_cl_tune(&best, &hashrate, list, 0, &small, NULL, FAKE_WAIT_MS,
                                  count_steps, &steps, &error),
                     BASE_OK);
    assert_int_equal(best.unroll, 1);
    assert_true(hashrate > 180e3 && hashrate < 220e3); /* one nonce in 5000 ns */
    kern_cl_list_free(list);
}

/* Programs in a cache fake_vendor_folder(). */
static unsigned count_programs(const char *cache)
{
    unsigned count = 0;
    DIR *dir = opendir(cache);
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        count += strstr(entry->d_name, ".clbin") != NULL;
    }
    assert_int_equal(closedir(dir), 0);
    return count;
}

/* What the vendor's compiler was told since it was loaded. */
static const char *options_told(void)
{
    void *vendor = dlopen(getenv("SHARDPICK_OPENCL_LIBRARY"), RTLD_NOW | RTLD_NOLOAD);
    assert_non_null(vendor);
    const char *(*told)(void) = (const char *(*)(void))dlsym(vendor, "fake_opencl_options");
    assert_non_null(told);
    const char *options = told();
    assert_int_equal(dlclose(vendor), 0);
    return options;
}

/* Options of the driver's own are tried where it has them: the compiler sees each of them, those
 * that fail, or are fast and wrong, are out, the best one is kept and used again; a program with
 * other options is another program. */
static void test_compiler_flags(void **state)
{
    (void)state;
    static const char *const all[] = {
        "-cl-nv-maxrregcount=40\n", "-cl-nv-maxrregcount=48\n", "-cl-nv-maxrregcount=64\n",
        "-cl-nv-maxrregcount=80\n", "-cl-nv-maxrregcount=96\n", "-cl-nv-maxrregcount=128\n",
        "-cl-nv-opt-level=1\n",     "-D BYTE_PERMUTE=1\n",      "-D RESULT_SLOTS=256\n",
    };
    struct kern_cl_row row;
    struct kern_algo small = small_algo(&row);
    struct kern_cl_params best;
    double hashrate = 0;
    unsigned steps = 0;
    char cache[96];
    (void)snprintf(cache, sizeof cache, "%s/flags", fake_vendor_folder());
    row.space = (struct kern_cl_space){
        .local_size = {32}, .per_item = {1}, .vector = {1}, .unroll = {1}, .multiply_add = {1}};
    assert_int_equal(setenv("FAKE_NONCE_NS", "5000", 1), 0);
    struct kern_cl_list *list = fake_vendor_list("flags");
    assert_int_equal(unsetenv("FAKE_NONCE_NS"), 0);
    assert_int_equal(kern_cl_tune(&best, &hashrate, list, 0, &small, cache, FAKE_WAIT_MS,
                                  count_steps, &steps, &error),
                     BASE_OK);
    assert_int_equal(steps, BASE_COUNT_OF(all));
    assert_string_equal(kern_cl_flags_text(best.flags), "-cl-nv-maxrregcount=96");
    assert_true(hashrate > 360e3 && hashrate < 440e3); /* one nonce in 2500 ns */
    for (size_t i = 0; i < BASE_COUNT_OF(all); i++) {
        fake_vendor_expect(options_told(), all[i]);
    }
    struct kern_cl_runner *runner = NULL;
    assert_int_equal(kern_cl_runner_new(&runner, list, 0, &small, NULL, cache, NULL, &error),
                     BASE_OK);
    assert_int_equal(kern_cl_runner_params(runner).flags, best.flags);
    kern_cl_runner_free(runner);
    assert_int_equal(count_programs(cache), 1);
    const struct kern_cl_params other = {.flags = 4};
    assert_int_equal(kern_cl_runner_new(&runner, list, 0, &small, &other, cache, NULL, &error),
                     BASE_OK);
    kern_cl_runner_free(runner);
    assert_int_equal(count_programs(cache), 2);
    kern_cl_list_free(list);

    assert_int_equal(setenv("FAKE_LAUNCH_US", "6000", 1), 0);
    list = fake_vendor_list("good"); /* it names no such extension */
    assert_int_equal(unsetenv("FAKE_LAUNCH_US"), 0);
    steps = 0;
    assert_int_equal(kern_cl_tune(&best, &hashrate, list, 0, &small, NULL, FAKE_WAIT_MS,
                                  count_steps, &steps, &error),
                     BASE_OK);
    assert_int_equal(steps, 1);
    assert_null(strstr(options_told(), "-cl-nv"));
    assert_int_equal(kern_cl_runner_new(&runner, list, 0, &small, &other, NULL, NULL, &error),
                     BASE_E_ARG);
    kern_cl_list_free(list);
}

/* Whatever happens to a cached program, and also when the driver refuses its own binary, the kernel
 * is built anew and works. */
static void test_cached_program(void **state)
{
    (void)state;
    char cache[96];
    (void)snprintf(cache, sizeof cache, "%s/programs", fake_vendor_folder());
    static const char *const plays[] = {"good", "good", "picky"};
    for (size_t i = 0; i < BASE_COUNT_OF(plays); i++) {
        struct kern_cl_runner *runner = NULL;
        struct kern_cl_list *list = fake_vendor_list(plays[i]);
        assert_int_equal(kern_cl_runner_new(&runner, list, 0, algo, NULL, cache, NULL, &error),
                         BASE_OK);
        assert_int_equal(kern_cl_self_test(runner, &error), BASE_OK);
        kern_cl_runner_free(runner);
        kern_cl_list_free(list);
    }
    /* With the binary in the cache, the compiler is not needed: this vendor's is broken. */
    struct kern_cl_runner *runner = NULL;
    struct kern_cl_list *list = fake_vendor_list("no source");
    assert_int_equal(kern_cl_runner_new(&runner, list, 0, algo, NULL, cache, NULL, &error),
                     BASE_OK);
    kern_cl_runner_free(runner);
    runner = NULL;
    opencl_device_remove(cache);
    assert_int_equal(kern_cl_runner_new(&runner, list, 0, algo, NULL, cache, NULL, &error),
                     BASE_E_DEVICE);
    assert_null(runner);
    kern_cl_list_free(list);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tune),
        cmocka_unit_test(test_lucky_variant),
        cmocka_unit_test(test_compiler_flags),
        cmocka_unit_test(test_cached_program),
    };
    if (fake_vendor_begin() != 0) {
        return 1;
    }
    algo = fake_vendor_algo();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fake_vendor_end();
    return failed;
}
