/* test_opencl_files.c: what OpenCL keeps on disk. A program cache file that was cut, changed in any
 * bit, or belongs to another key is a miss; a table of tuned values is believed only where it names
 * device, driver and source, and values that the kernel has. No device is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "kern.h"
#include "opencl/cl_cache.h"
#include "opencl/cl_flags.h"
#include "opencl/cl_params.h"
#include "opencl/cl_program.h"
#include "opencl/cl_tuned.h"
#include "opencl_device.h"

static char folder[] = "/tmp/shardpick-files-XXXXXX";
static const struct kern_algo *algo;
static const char key[] = "source 1\noptions -D A=1\ndevice X\n";
static const unsigned char binary[] = {0, 1, 2, 3, 0xff, 0x80, 7};

/* The only file in the folder. */
static void file_of(char path[160], const char *in)
{
    (void)snprintf(path, 160, "ls %s", in);
    FILE *listing = popen(path, "r");
    char name[64] = "";
    assert_non_null(listing);
    assert_int_equal(fscanf(listing, "%63s", name), 1);
    (void)pclose(listing);
    (void)snprintf(path, 160, "%s/%s", in, name);
}

static void put_file(const char *path, const unsigned char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static bool hits(const char *in, const char *with)
{
    size_t size = 99;
    unsigned char *got = kern_cl_cache_load(in, with, &size);
    bool hit = got != NULL;
    assert_int_equal(size, hit ? sizeof binary : 0);
    if (hit) {
        assert_memory_equal(got, binary, sizeof binary);
    }
    base_free(got);
    return hit;
}

static void test_cache(void **state)
{
    (void)state;
    char in[96];
    char path[160];
    unsigned char whole[512];
    size_t size = 0;
    (void)snprintf(in, sizeof in, "%s/new/deep/cache", folder); /* made as needed */
    assert_false(hits(in, key));
    assert_int_equal(kern_cl_cache_store(in, key, binary, sizeof binary), BASE_OK);
    assert_true(hits(in, key));
    assert_false(hits(in, "source 2\noptions -D A=1\ndevice X\n"));

    file_of(path, in);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size = fread(whole, 1, sizeof whole, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(size, 28 + strlen(key) + sizeof binary);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        whole[bit / 8] ^= (unsigned char)(1U << bit % 8);
        put_file(path, whole, size);
        assert_false(hits(in, key));
        whole[bit / 8] ^= (unsigned char)(1U << bit % 8);
    }
    for (size_t cut = 0; cut < size; cut++) {
        put_file(path, whole, cut);
        assert_false(hits(in, key));
    }
    whole[size] = 0;
    put_file(path, whole, size + 1);
    assert_false(hits(in, key));
    put_file(path, whole, size);
    assert_true(hits(in, key));
    assert_int_equal(remove(path), 0);
    assert_false(hits(in, key));
    assert_int_equal(mkdir(path, 0700), 0); /* a folder where the file should be */
    assert_false(hits(in, key));
    assert_int_not_equal(kern_cl_cache_store(in, key, binary, sizeof binary), BASE_OK);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* opening it must not wait for a writer */
    assert_false(hits(in, key));
    assert_int_not_equal(kern_cl_cache_store("/proc/nowhere", key, binary, sizeof binary), BASE_OK);
}

static struct kern_cl_info device(void)
{
    struct kern_cl_info info = {.kind = KERN_CL_GPU, .max_local_size = 256};
    (void)snprintf(info.name, sizeof info.name, "Some | GPU");
    (void)snprintf(info.driver_version, sizeof info.driver_version, "535.1");
    return info;
}

static void test_tuned(void **state)
{
    (void)state;
    struct kern_cl_info info = device();
    struct kern_cl_params got = {0};
    const struct kern_cl_params want = OPENCL_PARAMS(128, 8, 2, 2, 1, 1);
    const struct kern_cl_params again = OPENCL_PARAMS(64, 4, 4, 1, 2, 1);
    assert_false(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    assert_int_equal(kern_cl_tuned_store(&want, 1e9, algo, &info, 7, folder), BASE_OK);
    assert_true(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    assert_memory_equal(&got, &want, sizeof got);
    /* Another source, driver or device is another thing. */
    assert_false(kern_cl_tuned_load(&got, algo, &info, 8, folder));
    info.driver_version[0] = '6';
    assert_false(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    assert_int_equal(kern_cl_tuned_store(&again, 2e9, algo, &info, 7, folder), BASE_OK);
    assert_true(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    assert_memory_equal(&got, &again, sizeof got);
    info = device();
    assert_true(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    assert_memory_equal(&got, &want, sizeof got);
    /* Tuned again: the new values replace the old ones. */
    assert_int_equal(kern_cl_tuned_store(&again, 2e9, algo, &info, 7, folder), BASE_OK);
    assert_true(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    assert_memory_equal(&got, &again, sizeof got);
    got = kern_cl_tuned_choose(algo, &info, 7, folder);
    assert_memory_equal(&got, &again, sizeof got);
    struct kern_cl_params plain = algo->opencl->default_gpu;
    plain.flags = KERN_CL_FLAGS_NONE;
    got = kern_cl_tuned_choose(algo, &info, 8, folder);
    assert_memory_equal(&got, &plain, sizeof got);
    /* Options of a driver's own count only where the driver has them. */
    const struct kern_cl_params own = OPENCL_PARAMS(64, 4, 4, 1, 2, 3);
    assert_int_equal(kern_cl_tuned_store(&own, 3e9, algo, &info, 7, folder), BASE_OK);
    assert_false(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    (void)snprintf(info.extensions, sizeof info.extensions, "cl_x cl_nv_compiler_options");
    assert_true(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    assert_memory_equal(&got, &own, sizeof got);
}

/* Values that come with the program hold for the chips they name, and for no others. */
static void test_shipped(void **state)
{
    static const struct {
        uint32_t capability;
        uint32_t multiply_add;
    } chips[] = {{0, 1}, {60, 1}, {70, 1}, {75, 3}, {86, 3}, {90, 3}, {100, 1}, {120, 1}};
    (void)state;
    for (size_t i = 0; i < BASE_COUNT_OF(chips); i++) {
        struct kern_cl_info info = device();
        info.compute_capability = chips[i].capability;
        struct kern_cl_params got = kern_cl_tuned_choose(algo, &info, 7, NULL);
        assert_int_equal(got.multiply_add, chips[i].multiply_add);
        assert_true(kern_cl_params_valid(&got, algo->opencl, &info));
    }
}

/* Whatever an accident makes of the file, values are those that were stored or none at all. */
static void test_tuned_broken(void **state)
{
    (void)state;
    struct kern_cl_info info = device();
    const struct kern_cl_params want = OPENCL_PARAMS(128, 8, 2, 2, 1, 1);
    const struct kern_cl_params other = OPENCL_PARAMS(64, 4, 4, 1, 2, 1);
    struct kern_cl_params got;
    char in[96];
    char path[160];
    unsigned char whole[512];
    (void)snprintf(in, sizeof in, "%s/broken", folder);
    assert_int_equal(kern_cl_tuned_store(&other, 1e9, algo, &info, 1, in), BASE_OK);
    assert_int_equal(kern_cl_tuned_store(&want, 1e9, algo, &info, 7, in), BASE_OK);
    file_of(path, in);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(whole, 1, sizeof whole, file);
    assert_int_equal(fclose(file), 0);
    assert_true(size > 100 && size < sizeof whole);
    unsigned misses = 0;
    for (size_t bit = 0; bit < 8 * size; bit++) {
        whole[bit / 8] ^= (unsigned char)(1U << bit % 8);
        put_file(path, whole, size);
        whole[bit / 8] ^= (unsigned char)(1U << bit % 8);
        if (kern_cl_tuned_load(&got, algo, &info, 7, in)) {
            assert_memory_equal(&got, &want, sizeof got); /* the flip was in the other line */
        } else {
            misses++;
        }
    }
    assert_true(misses >= 8 * (size / 2 - 1));
    for (size_t cut = 0; cut < size; cut++) {
        put_file(path, whole, cut);
        assert_false(kern_cl_tuned_load(&got, algo, &info, 7, in));
    }
    /* A store mends it. */
    assert_int_equal(kern_cl_tuned_store(&want, 1e9, algo, &info, 7, in), BASE_OK);
    assert_true(kern_cl_tuned_load(&got, algo, &info, 7, in));
    assert_true(kern_cl_tuned_load(&got, algo, &info, 1, in));
    assert_memory_equal(&got, &other, sizeof got);
}

/* Lines that no tuner wrote: the default is used, and nothing is overrun. */
static void test_tuned_garbage(void **state)
{
    (void)state;
    static const char prefix[] = "alephium|Some / GPU|535.1|0000000000000007|";
    static const char *const values[] = {
        "",
        "128 8 2 2",
        "128 8 2 2 1|1|by hand\n",
        "128 8 2 2 1 x|1|by hand\n",
        "129 8 2 2 1 1|1|by hand\n",
        "512 8 2 2 1 1|1|by hand\n",
        "128 3 1 1 1|by hand\n",
        "64 1 4 1 1 1||by hand\n",
        "-1 8 2 2 1 1|1|by hand\n",
        "0 0 0 0 0 0|1|by hand\n",
        "99999999999 8 2 2 1 1|1|by hand\n",
        "128 8 2 3 1 1|1|by hand\n",
        "128 8 2 2 1 9|1|by hand\n",
        "128 8 2 2 1 99|1|by hand\n",
        "64 4 4 1 2 1|5|by hand",
        "64 4 4 1 2 1|5|by han\n",
        "64 4 4 1 2 1|5|0123456789abcdef\n",
        "64 4 4 1 2 1|5|\n",
        "64 4 4 1 2 1|5\n",
        "\n",
    };
    struct kern_cl_info info = device();
    struct kern_cl_params got = {0};
    char path[96];
    char line[256];
    (void)snprintf(path, sizeof path, "%s/tuned.txt", folder);
    for (size_t i = 0; i < BASE_COUNT_OF(values); i++) {
        int size = snprintf(line, sizeof line, "# by hand\n%s%s", prefix, values[i]);
        put_file(path, (const unsigned char *)line, (size_t)size);
        assert_false(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    }
    put_file(path, (const unsigned char *)"\0\0\n\xff", 4);
    assert_false(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    int size = snprintf(line, sizeof line, "# by hand\n%s64 4 4 1 2 1|5|by hand\n", prefix);
    put_file(path, (const unsigned char *)line, (size_t)size);
    assert_true(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    assert_int_equal(got.local_size, 64);
    /* Other lines survive a store. */
    assert_int_equal(kern_cl_tuned_store(&got, 1, algo, &info, 9, folder), BASE_OK);
    assert_true(kern_cl_tuned_load(&got, algo, &info, 7, folder));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_string_equal(line, "# by hand\n");
    assert_int_equal(fclose(file), 0);
}

/* The user's table is a link into a folder of settings: it stays one, and what it names is written.
 * A device in its place stays a device. */
static void test_tuned_link(void **state)
{
    (void)state;
    const struct kern_cl_info info = {
        .name = "Linked", .driver_version = "1", .max_local_size = 1024};
    struct kern_cl_params want = kern_cl_tuned_choose(algo, &info, 7, NULL);
    struct kern_cl_params got;
    struct stat about;
    char in[96];
    char link[160];
    char real[160];
    (void)snprintf(in, sizeof in, "%s/linked", folder);
    (void)snprintf(link, sizeof link, "%s/tuned.txt", in);
    (void)snprintf(real, sizeof real, "%s/mine.txt", folder);
    assert_int_equal(mkdir(in, 0700), 0);
    put_file(real, (const unsigned char *)"#\n", 2);
    assert_int_equal(symlink(real, link), 0);
    assert_int_equal(kern_cl_tuned_store(&want, 1e9, algo, &info, 7, in), BASE_OK);
    assert_int_equal(lstat(link, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    assert_int_equal(stat(real, &about), 0);
    assert_true(about.st_size > 2);
    assert_true(kern_cl_tuned_load(&got, algo, &info, 7, in));

    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("/dev/null", link), 0);
    assert_int_equal(kern_cl_tuned_store(&want, 1e9, algo, &info, 7, in), BASE_OK);
    assert_int_equal(stat(link, &about), 0);
    assert_true(S_ISCHR(about.st_mode));
}

/* The source on disk is taken instead of the embedded one, and a missing file is told. */
static void test_source_from_disk(void **state)
{
    (void)state;
    struct kern_cl_text embedded;
    struct kern_cl_text read;
    struct base_error error = {BASE_OK, ""};
    char path[128];
    assert_int_equal(kern_cl_text_init(&embedded, algo->opencl, &error), BASE_OK);
    assert_int_equal(embedded.count, 3);
    assert_int_equal(setenv("SHARDPICK_OPENCL_SOURCE", folder, 1), 0);
    assert_int_equal(kern_cl_text_init(&read, algo->opencl, &error), BASE_E_IO);
    assert_non_null(strstr(error.text, "opencl/search.cl"));
    kern_cl_text_deinit(&read);
    (void)snprintf(path, sizeof path, "%s/opencl", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/alephium", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    for (unsigned i = 0; i < embedded.count; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, algo->opencl->sources[i].file);
        put_file(path, (const unsigned char *)embedded.parts[i], embedded.sizes[i]);
    }
    assert_int_equal(kern_cl_text_init(&read, algo->opencl, &error), BASE_OK);
    assert_true(read.hash == embedded.hash);
    kern_cl_text_deinit(&read);
    put_file(path, (const unsigned char *)"changed", 7);
    assert_int_equal(kern_cl_text_init(&read, algo->opencl, &error), BASE_OK);
    assert_true(read.hash != embedded.hash);
    assert_string_equal(read.parts[2], "changed");
    kern_cl_text_deinit(&read);
    kern_cl_text_deinit(&embedded);
    assert_int_equal(unsetenv("SHARDPICK_OPENCL_SOURCE"), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache),
        cmocka_unit_test(test_tuned),
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_tuned_broken),
        cmocka_unit_test(test_tuned_garbage),
        cmocka_unit_test(test_tuned_link),
        cmocka_unit_test(test_source_from_disk),
    };
    if (mkdtemp(folder) == NULL) {
        perror("mkdtemp");
        return 1;
    }
    algo = kern_algo_find("alephium");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    opencl_device_remove(folder);
    return failed;
}
