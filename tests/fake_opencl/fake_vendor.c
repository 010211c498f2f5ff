/* fake_vendor.c: see fake_vendor.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/cl_list.h"
#include "fake_opencl/fake_vendor.h"
#include "opencl_device.h"

static char folder[] = "/tmp/shardpick-fake-XXXXXX";
static const struct kern_algo *algo;
static unsigned copies;

int fake_vendor_begin(void)
{
    if (mkdtemp(folder) == NULL) {
        perror("mkdtemp");
        return 1;
    }
    algo = kern_algo_find("alephium");
    return 0;
}

void fake_vendor_end(void)
{
    opencl_device_remove(folder);
}

const char *fake_vendor_folder(void)
{
    return folder;
}

const struct kern_algo *fake_vendor_algo(void)
{
    return algo;
}

void fake_vendor_copy(const char *to, const char *from)
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

enum base_status fake_vendor_discover_in(struct kern_cl_list **list, const char *play,
                                         uint32_t silence_ms, struct base_error *error)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/fake-%u.so", folder, copies++);
    fake_vendor_copy(path, FAKE_OPENCL_LIBRARY);
    assert_int_equal(setenv("SHARDPICK_OPENCL_LIBRARY", path, 1), 0);
    assert_int_equal(setenv("SHARDPICK_FAKE_OPENCL", play, 1), 0);
    *error = (struct base_error){BASE_OK, ""};
    return kern_cl_list_open(list, silence_ms, error);
}

enum base_status fake_vendor_discover(struct kern_cl_list **list, const char *play,
                                      struct base_error *error)
{
    bool hangs = strncmp(play, "hang-", 5) == 0;
    return fake_vendor_discover_in(list, play, hangs ? FAKE_SILENCE_MS : FAKE_WAIT_MS, error);
}

struct kern_cl_list *fake_vendor_list(const char *play)
{
    struct base_error error;
    struct kern_cl_list *list = NULL;
    if (fake_vendor_discover(&list, play, &error) != BASE_OK) {
        fail_msg("%s: %s", play, error.text);
    }
    assert_non_null(list);
    return list;
}

void fake_vendor_expect(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", text, part);
    }
}

struct kern_cl_runner *fake_vendor_runner(const struct kern_cl_list *list)
{
    struct base_error error = {BASE_OK, ""};
    struct kern_cl_runner *runner = NULL;
    if (kern_cl_runner_new(&runner, list, 0, algo, NULL, NULL, NULL, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return runner;
}
