/* test_opencl_fake.c: what Shardpick does about OpenCL drivers at their worst. A small library of
 * ours stands where the loader would be and plays a vendor (tests/fake_opencl). The last test needs
 * the real loader. Tuner and program cache: test_opencl_fake_tune.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "driver/cl_list.h"
#include "fake_opencl/fake_vendor.h"
#include "kern.h"
#include "kern_opencl.h"

enum { NONCES = 512, TABLE_BYTES = 1 << 20 };

static const struct kern_algo *algo;
static struct kern_cl_result result;
static struct base_error error;

static void easy_work(struct kern_work *work)
{
    memset(work, 0, sizeof *work);
    work->header_size = algo->header_size;
    memset(work->target_be, 0xff, sizeof work->target_be);
}

/* The fake is a device that works: with it misbehaving nowhere, the self-test passes. It also is
 * the kernel compiled as C: what it finds is the plain search's business to judge. */
static void test_good(void **state)
{
    (void)state;
    struct kern_cl_list *list = fake_vendor_list("good");
    assert_int_equal(kern_cl_list_count(list), 1);
    const struct kern_cl_info *info = kern_cl_list_at(list, 0);
    assert_true(info->usable);
    assert_string_equal(info->name, "Fake GPU");
    assert_string_equal(info->platform_name, "Fake One");
    assert_string_equal(info->pci, "0000:10:02.1");
    assert_int_equal(info->compute_capability, 90);
    assert_int_equal(info->kind, KERN_CL_GPU);
    struct kern_cl_runner *runner = fake_vendor_runner(list);
    if (kern_cl_self_test(runner, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    kern_cl_runner_free(runner);
    kern_cl_list_free(list);
}

/* A driver that dies, hangs or leaves while it lists its devices: the others are there. False: it
 * is not as it should be, with this limit for silence. */
static bool bad_platform(const char *play, const char *says, uint32_t silence_ms)
{
    struct kern_cl_list *list = NULL;
    char text[32];
    (void)snprintf(text, sizeof text, "%u", silence_ms / 8);
    assert_int_equal(setenv("FAKE_SLOW_MS", text, 1), 0);
    /* In this process the driver must not be asked again: it would take the test down. */
    bool good = fake_vendor_discover_in(&list, play, silence_ms, &error) == BASE_OK &&
                kern_cl_list_count(list) == 3;
    for (unsigned i = 0; i < kern_cl_list_count(list); i++) {
        const struct kern_cl_info *info = kern_cl_list_at(list, i);
        print_message("%s, %u ms: %s: %s\n", play, silence_ms, info->platform_name, info->why_not);
        good = good && info->platform == i && info->usable == (i != 1);
    }
    if (good) {
        const struct kern_cl_info *bad = kern_cl_list_at(list, 1);
        good = strcmp(bad->platform_name, "Fake Two") == 0 && strstr(bad->why_not, says) != NULL &&
               strstr(bad->why_not, "the other platforms are used") != NULL;
    }
    kern_cl_list_free(list);
    return good;
}

static void test_bad_platform(void **state)
{
    (void)state;
    static const struct {
        const char *play;
        const char *says;
        uint32_t silences; /* that are waited for; they are in the words */
    } rows[] = {{"crash-devices", "crashed (signal 11)", 0},
                {"hang-devices", "did not answer for %u s", 1},
                {"slow-devices", "did not list its devices within %u s", 4},
                {"exit-devices", "ended the process", 0}};
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        bool good = false;
        /* On a busy machine drivers in order may be silent for longer than the first limit. */
        for (uint32_t ms = FAKE_SILENCE_MS; !good && ms <= 16 * FAKE_SILENCE_MS; ms *= 4) {
            char says[64];
            (void)snprintf(says, sizeof says, rows[i].says, (rows[i].silences * ms + 999) / 1000);
            good = bad_platform(rows[i].play, says, rows[i].silences > 0 ? ms : FAKE_WAIT_MS);
        }
        assert_true(good);
    }
}

/* A library that does not live through the first call is not called in this process. */
static void test_bad_library(void **state)
{
    (void)state;
    static const char *const plays[] = {"crash-list", "hang-list", "exit-list"};
    for (size_t i = 0; i < BASE_COUNT_OF(plays); i++) {
        struct kern_cl_list *list = NULL;
        assert_int_equal(setenv("OCL_ICD_VENDORS", fake_vendor_folder(), 1),
                         0); /* no drivers to tell apart */
        assert_int_equal(fake_vendor_discover(&list, plays[i], &error), BASE_E_NOT_FOUND);
        assert_int_equal(unsetenv("OCL_ICD_VENDORS"), 0);
        assert_null(list);
        fake_vendor_expect(error.text, "crashes or hangs while it is loaded");
    }
}

/* Steps of a search, and the wish to end it at one of them. */
static struct {
    char steps[1024];
    const char *end_at; /* NULL: never */
    int stop_fd;
} watched;

static void on_step(void *user, const char *what)
{
    const uint64_t one = 1;
    (void)user;
    (void)snprintf(watched.steps + strlen(watched.steps),
                   sizeof watched.steps - strlen(watched.steps), "%s\n", what);
    if (watched.end_at != NULL && strstr(what, watched.end_at) != NULL) {
        assert_int_equal(write(watched.stop_fd, &one, sizeof one), sizeof one);
    }
}

/* A search is told of step by step, and ends when it is asked to, wherever the driver hangs. */
static void test_ended_search(void **state)
{
    static const char *const plays[][2] = {{"hang-list", "loading /"},
                                           {"hang-devices", "asking platform 1 Fake Two"}};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(plays); i++) {
        struct kern_cl_list *list = NULL;
        char path[128]; /* of a library that this process has not loaded */
        (void)snprintf(path, sizeof path, "%s/ended-%zu.so", fake_vendor_folder(), i);
        fake_vendor_copy(path, FAKE_OPENCL_LIBRARY);
        assert_int_equal(setenv("SHARDPICK_OPENCL_LIBRARY", path, 1), 0);
        memset(&watched, 0, sizeof watched);
        watched.end_at = plays[i][1];
        watched.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        assert_true(watched.stop_fd >= 0);
        const struct kern_cl_search search = {.stop_fd = watched.stop_fd, .step = on_step};
        assert_int_equal(setenv("SHARDPICK_FAKE_OPENCL", plays[i][0], 1), 0);
        assert_int_equal(kern_cl_list_search(&list, &search, &error), BASE_E_STATE);
        assert_null(list);
        fake_vendor_expect(watched.steps, plays[i][1]);
        (void)close(watched.stop_fd);
    }
}

static void test_nothing_there(void **state)
{
    (void)state;
    struct kern_cl_list *list = NULL;
    assert_int_equal(fake_vendor_discover(&list, "no platform", &error), BASE_E_NOT_FOUND);
    fake_vendor_expect(error.text, "no driver");
    fake_vendor_expect(error.text, "install");
    assert_null(list);
    assert_int_equal(setenv("SHARDPICK_OPENCL_LIBRARY", "/nonexistent/libOpenCL.so.1", 1), 0);
    assert_int_equal(kern_cl_list_new(&list, &error), BASE_E_NOT_FOUND);
    fake_vendor_expect(error.text, "no OpenCL on this machine");
    fake_vendor_expect(error.text, "pocl-opencl-icd");
    assert_null(list);
}

static void test_not_usable(void **state)
{
    (void)state;
    static const char *const plays[][2] = {{"no device", "has no devices"},
                                           {"refusing", "CL_OUT_OF_HOST_MEMORY (-6)"},
                                           {"nameless", "no name"},
                                           {"old", "OpenCL 1.2"},
                                           {"no compiler", "no compiler"}};
    for (size_t i = 0; i < BASE_COUNT_OF(plays); i++) {
        struct kern_cl_runner *runner = NULL;
        struct kern_cl_list *list = fake_vendor_list(plays[i][0]);
        assert_int_equal(kern_cl_list_count(list), 1);
        assert_false(kern_cl_list_at(list, 0)->usable);
        fake_vendor_expect(kern_cl_list_at(list, 0)->why_not, plays[i][1]);
        assert_int_equal(kern_cl_runner_new(&runner, list, 0, algo, NULL, NULL, NULL, &error),
                         BASE_E_STATE);
        fake_vendor_expect(error.text, plays[i][1]);
        kern_cl_list_free(list);
    }
}

/* Texts without end, with control characters; an address that cannot be one. */
static void test_garbage(void **state)
{
    (void)state;
    struct kern_cl_list *list = fake_vendor_list("garbage");
    const struct kern_cl_info *info = kern_cl_list_at(list, 0);
    assert_string_equal(info->name, "???[31m bad?name?");
    assert_string_equal(info->pci, "");
    assert_true(info->usable);
    kern_cl_list_free(list);

    /* Texts as long as we read them, all of them in the key of the program cache. */
    char cache[96];
    struct kern_cl_runner *runner = NULL;
    (void)snprintf(cache, sizeof cache, "%s/long", fake_vendor_folder());
    list = fake_vendor_list("long texts");
    info = kern_cl_list_at(list, 0);
    assert_true(info->usable);
    assert_int_equal(strlen(info->name), KERN_CL_NAME_MAX - 1);
    assert_int_equal(strlen(info->driver_version), KERN_CL_NAME_MAX - 1);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(kern_cl_runner_new(&runner, list, 0, algo, NULL, cache, NULL, &error),
                         BASE_OK);
        kern_cl_runner_free(runner);
    }
    kern_cl_list_free(list);
}

/* Counts and sizes that cannot be. */
static void test_nonsense_numbers(void **state)
{
    (void)state;
    static const char *const plays[] = {"many platforms", "many devices"};
    for (size_t i = 0; i < BASE_COUNT_OF(plays); i++) {
        struct kern_cl_list *list = fake_vendor_list(plays[i]);
        assert_int_equal(kern_cl_list_count(list), 1);
        assert_true(kern_cl_list_at(list, 0)->usable);
        kern_cl_list_free(list);
    }
    struct kern_cl_list *list = fake_vendor_list("no memory to speak of");
    assert_false(kern_cl_list_at(list, 0)->usable);
    fake_vendor_expect(kern_cl_list_at(list, 0)->why_not, "a device without memory or work groups");
    kern_cl_list_free(list);

    list = fake_vendor_list(
        "absurd numbers"); /* nothing is multiplied past its end, nothing is asked for */
    struct kern_cl_runner *runner = fake_vendor_runner(list);
    assert_int_equal(kern_cl_self_test(runner, &error), BASE_OK);
    kern_cl_runner_free(runner);
    kern_cl_list_free(list);
}

static void test_twins(void **state)
{
    (void)state;
    struct kern_cl_list *list = fake_vendor_list("twin platforms");
    assert_int_equal(kern_cl_list_count(list), 2);
    assert_true(kern_cl_list_at(list, 0)->usable);
    assert_string_equal(kern_cl_list_at(list, 0)->pci, "0000:65:02.1");
    assert_false(kern_cl_list_at(list, 1)->usable);
    fake_vendor_expect(kern_cl_list_at(list, 1)->why_not, "same hardware as device 0:0 (Fake One)");
    kern_cl_list_free(list);

    list = fake_vendor_list("twin devices"); /* of one platform: two devices, one address */
    assert_int_equal(kern_cl_list_count(list), 2);
    assert_true(kern_cl_list_at(list, 0)->usable);
    assert_true(kern_cl_list_at(list, 1)->usable);
    assert_string_equal(kern_cl_list_at(list, 0)->pci, "0000:65:02.1");
    assert_string_equal(kern_cl_list_at(list, 1)->pci, "");
    kern_cl_list_free(list);
}

static void test_build_failure(void **state)
{
    (void)state;
    struct kern_cl_runner *runner = NULL;
    char *log = NULL;
    struct kern_cl_list *list = fake_vendor_list("build failure");
    assert_int_equal(kern_cl_runner_new(&runner, list, 0, algo, NULL, NULL, &log, &error),
                     BASE_E_DEVICE);
    assert_null(runner);
    fake_vendor_expect(error.text,
                       "Fake GPU (driver 1.0) does not build the kernel with \"-cl-std=CL1.2");
    fake_vendor_expect(error.text, "CL_BUILD_PROGRAM_FAILURE (-11)");
    assert_non_null(log);
    assert_int_equal(strlen(log), 20000);
    fake_vendor_expect(log, "error: line 1");
    fake_vendor_expect(log, "the end");
    base_free(log);
    kern_cl_list_free(list);
}

/* What fails before a runner is whole: the call is named, nothing leaks. */
static void test_cannot_start(void **state)
{
    (void)state;
    static const struct {
        const char *play;
        enum base_status status;
        const char *part;
    } plays[] = {
        {"no memory", BASE_E_MEMORY, "clCreateBuffer failed: CL_MEM_OBJECT_ALLOCATION_FAILURE"},
        {"no context", BASE_E_DEVICE, "clCreateContext failed: CL_OUT_OF_RESOURCES"},
        {"no map", BASE_E_DEVICE, "clEnqueueMapBuffer failed: CL_MAP_FAILURE"},
        {"fat kernel", BASE_E_DEVICE, "local size of at most 32"},
    };
    for (size_t i = 0; i < BASE_COUNT_OF(plays); i++) {
        struct kern_cl_runner *runner = NULL;
        struct kern_cl_list *list = fake_vendor_list(plays[i].play);
        assert_int_equal(kern_cl_runner_new(&runner, list, 0, algo, NULL, NULL, NULL, &error),
                         plays[i].status);
        assert_null(runner);
        fake_vendor_expect(error.text, plays[i].part);
        kern_cl_list_free(list);
    }
}

/* Devices that hash wrongly do not pass the self-test, each in words. */
static void test_wrong_results(void **state)
{
    (void)state;
    static const char *const plays[][2] = {{"wrong", "hashes wrongly"},
                                           {"silent", "misses the known answer"},
                                           {"loses one", "misses the known answer"},
                                           {"outside", "not in the launch"},
                                           {"twice", "not in the launch"}};
    for (size_t i = 0; i < BASE_COUNT_OF(plays); i++) {
        struct kern_cl_list *list = fake_vendor_list(plays[i][0]);
        struct kern_cl_runner *runner = fake_vendor_runner(list);
        assert_int_not_equal(kern_cl_self_test(runner, &error), BASE_OK);
        fake_vendor_expect(error.text, "Fake GPU");
        fake_vendor_expect(error.text, plays[i][1]);
        kern_cl_runner_free(runner);
        kern_cl_list_free(list);
    }
}

/* A device that is lost, refuses or never ends: the runner says so and takes nothing more. */
static void test_lost(void **state)
{
    (void)state;
    struct kern_work work;
    easy_work(&work);
    struct kern_cl_list *list = fake_vendor_list("lost");
    struct kern_cl_runner *runner = fake_vendor_runner(list);
    assert_int_equal(kern_cl_launch(runner, &work, 0, NONCES, 0, &error), BASE_OK);
    assert_int_equal(kern_cl_collect(runner, &result, FAKE_WAIT_MS, &error), BASE_E_DEVICE);
    fake_vendor_expect(error.text, "the launch failed: CL_OUT_OF_RESOURCES (-5)");
    assert_int_equal(kern_cl_in_flight(runner), 0);
    assert_int_equal(kern_cl_launch(runner, &work, 0, NONCES, 0, &error), BASE_E_DEVICE);
    fake_vendor_expect(error.text, "open the device anew");
    kern_cl_runner_free(runner);
    kern_cl_list_free(list);

    list = fake_vendor_list("no launch");
    runner = fake_vendor_runner(list);
    assert_int_equal(kern_cl_launch(runner, &work, 0, NONCES, 0, &error), BASE_E_DEVICE);
    fake_vendor_expect(error.text, "clEnqueueNDRangeKernel failed");
    kern_cl_runner_free(runner);
    kern_cl_list_free(list);

    list = fake_vendor_list("never");
    runner = fake_vendor_runner(list);
    assert_int_equal(kern_cl_launch(runner, &work, 0, NONCES, 0, &error), BASE_OK);
    assert_int_equal(kern_cl_collect(runner, &result, 30, &error), BASE_E_AGAIN);
    assert_int_equal(kern_cl_in_flight(runner), 1);
    kern_cl_runner_free(runner);
    kern_cl_list_free(list);
}

/* A device that does all it is told and finds nothing, on every algorithm: the second proof at the
 * latest catches it. */
static void test_silent_everywhere(void **state)
{
    (void)state;
    struct kern_cl_list *list = fake_vendor_list("silent");
    for (size_t i = 0; i < kern_algo_count(); i++) {
        const struct kern_algo *each = kern_algo_at(i);
        struct kern_cl_runner *runner = NULL;
        struct kern_cl_proof *proof = NULL;
        struct kern_cl_proof_range range;
        struct kern_table *table = NULL;
        struct kern_work work = {.header_size = each->header_size};
        unsigned caught = 0;
        if (each->opencl == NULL) {
            continue;
        }
        if (each->table != NULL && each->table->reduced_to != NULL) {
            work.reduced = each->table->reduced_to(&work, TABLE_BYTES); /* not gigabytes */
        }
        assert_int_equal(kern_table_build(&table, each, &work), BASE_OK);
        work.table = table;
        assert_int_equal(kern_cl_runner_new(&runner, list, 0, each, NULL, NULL, NULL, &error),
                         BASE_OK);
        assert_int_equal(kern_cl_table_build(runner, &work, &error), BASE_OK);
        assert_int_equal(kern_cl_proof_new(&proof, each, base_cpu_detect(), &error), BASE_OK);
        for (uint64_t n = 0; n < 2; n++) {
            assert_int_equal(kern_cl_proof_prepare(proof, &range, &work, n << 16, &error), BASE_OK);
            assert_int_equal(
                kern_cl_launch(runner, range.work, range.first, range.count, 0, &error), BASE_OK);
            assert_int_equal(kern_cl_collect(runner, &result, FAKE_WAIT_MS, &error), BASE_OK);
            caught += kern_cl_proof_judge(proof, &result, &error) == BASE_E_MISMATCH;
        }
        assert_true(caught > 0);
        kern_cl_proof_free(proof);
        kern_cl_runner_free(runner);
        kern_table_free(table);
    }
    kern_cl_list_free(list);
}

static void test_small_devices(void **state)
{
    (void)state;
    struct kern_cl_list *list = fake_vendor_list("narrow"); /* work groups of at most 64 */
    struct kern_cl_runner *runner = fake_vendor_runner(list);
    assert_int_equal(kern_cl_runner_params(runner).local_size, 64);
    kern_cl_runner_free(runner);
    kern_cl_list_free(list);

    list = fake_vendor_list("no profiling");
    runner = fake_vendor_runner(list);
    struct kern_work work;
    easy_work(&work);
    work.target_be[0] = 0;
    assert_int_equal(kern_cl_launch(runner, &work, 0, NONCES, 0, &error), BASE_OK);
    assert_int_equal(kern_cl_collect(runner, &result, FAKE_WAIT_MS, &error), BASE_OK);
    assert_int_equal(result.kernel_ns, 0);
    assert_true(result.wall_ns > 0);
    kern_cl_runner_free(runner);
    kern_cl_list_free(list);
}

/* Two launches of 20 ms in flight for a second: results in order, kernel time told, and the waiting
 * thread asleep. The share of a core is printed; what is checked is that nobody spins. */
static void test_waiting_sleeps(void **state)
{
    (void)state;
    enum { LAUNCHES = 40 };
    struct kern_work work;
    struct rusage before;
    struct rusage after;
    uint64_t kernel_ns = 0;
    easy_work(&work);
    assert_int_equal(setenv("FAKE_LAUNCH_US", "20000", 1), 0);
    struct kern_cl_list *list = fake_vendor_list("idle");
    assert_int_equal(unsetenv("FAKE_LAUNCH_US"), 0);
    struct kern_cl_runner *runner = fake_vendor_runner(list);
    uint64_t begun_ns = base_clock_ns();
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    assert_int_equal(kern_cl_launch(runner, &work, 0, 1U << 26, 0, &error), BASE_OK);
    for (uint64_t i = 1; i <= LAUNCHES; i++) {
        assert_int_equal(kern_cl_launch(runner, &work, i << 26, 1U << 26, i, &error), BASE_OK);
        assert_int_equal(kern_cl_collect(runner, &result, FAKE_WAIT_MS, &error), BASE_OK);
        assert_int_equal(result.tag, i - 1);
        assert_int_equal(result.kernel_ns, 20000000);
        kernel_ns += result.kernel_ns;
    }
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    uint64_t wall_ns = base_clock_ns() - begun_ns;
    uint64_t used_us = (uint64_t)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000U +
                       (uint64_t)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000U +
                       (uint64_t)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) +
                       (uint64_t)(after.ru_stime.tv_usec - before.ru_stime.tv_usec);
    print_message("kernel time %.2f %% of wall time, host thread %.2f %% of a core\n",
                  100.0 * (double)kernel_ns / (double)wall_ns,
                  100.0 * (double)used_us * 1000 / (double)wall_ns);
    assert_true(used_us * 1000 < wall_ns / 4); /* a thread that spins uses all of it */
    kern_cl_runner_free(runner);
    kern_cl_list_free(list);
}

/* The real loader with a driver that crashes and one that hangs as it loads them: this process
 * lives, both are named, and the other drivers (if there are any) are used. */
static void test_bad_icd(void **state)
{
    (void)state;
    char vendors[64];
    char path[160];
    char library[160];
    unsetenv("SHARDPICK_OPENCL_LIBRARY");
    (void)snprintf(vendors, sizeof vendors, "%s/vendors", fake_vendor_folder());
    assert_int_equal(mkdir(vendors, 0700), 0);
    static const char *const names[] = {"crash", "hang"};
    for (size_t i = 0; i < BASE_COUNT_OF(names); i++) {
        (void)snprintf(library, sizeof library, "%s/lib%s.so", fake_vendor_folder(), names[i]);
        fake_vendor_copy(library, FAKE_ICD_LIBRARY);
        (void)snprintf(path, sizeof path, "%s/%s.icd", vendors, names[i]);
        FILE *icd = fopen(path, "w");
        assert_non_null(icd);
        assert_true(fprintf(icd, "%s\n", library) > 0);
        assert_int_equal(fclose(icd), 0);
    }
    bool pocl = access("/etc/OpenCL/vendors/pocl.icd", R_OK) == 0;
    if (pocl) {
        (void)snprintf(path, sizeof path, "%s/pocl.icd", vendors);
        assert_int_equal(symlink("/etc/OpenCL/vendors/pocl.icd", path), 0);
    }
    struct kern_cl_list *list = NULL;
    assert_int_equal(setenv("OCL_ICD_VENDORS", vendors, 1), 0);
    /* Longer than a healthy driver needs on a busy machine with sanitizers. */
    enum base_status status = kern_cl_list_open(&list, 20 * FAKE_SILENCE_MS, &error);
    assert_string_equal(getenv("OCL_ICD_VENDORS"), vendors);
    if (status == BASE_E_NOT_FOUND) {
        assert_false(pocl && strstr(error.text, "no OpenCL on this machine") == NULL);
        assert_int_equal(unsetenv("OCL_ICD_VENDORS"), 0);
        print_message("skipped: no loader or no driver besides the bad ones: %s\n", error.text);
        skip();
    }
    assert_int_equal(status, BASE_OK);
    size_t count = kern_cl_list_count(list);
    assert_true(count >= 3);
    assert_true(kern_cl_list_at(list, 0)->usable);
    assert_string_equal(kern_cl_list_at(list, count - 2)->platform_name, "crash.icd");
    fake_vendor_expect(kern_cl_list_at(list, count - 2)->why_not, "crashed (signal 11)");
    assert_string_equal(kern_cl_list_at(list, count - 1)->platform_name, "hang.icd");
    fake_vendor_expect(kern_cl_list_at(list, count - 1)->why_not, "did not answer");
    assert_int_equal(unsetenv("OCL_ICD_VENDORS"), 0);
    kern_cl_list_free(list);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad_platform),
        cmocka_unit_test(test_bad_library),
        cmocka_unit_test(test_ended_search),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_not_usable),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_twins),
        cmocka_unit_test(test_build_failure),
        cmocka_unit_test(test_cannot_start),
        cmocka_unit_test(test_wrong_results),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_silent_everywhere),
        cmocka_unit_test(test_small_devices),
        cmocka_unit_test(test_waiting_sleeps),
        cmocka_unit_test(test_nonsense_numbers),
        cmocka_unit_test(test_bad_icd),
    };
    if (fake_vendor_begin() != 0) {
        return 1;
    }
    algo = fake_vendor_algo();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fake_vendor_end();
    return failed;
}
