/* opencl_device.c: see opencl_device.h. */
#include "opencl_device.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

void opencl_device_remove(const char *folder)
{
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void opencl_device_open(struct opencl_device *device)
{
    struct base_error error = {BASE_OK, ""};
    memset(device, 0, sizeof *device);
    enum base_status status = kern_cl_list_new(&device->list, &error);
    if (status != BASE_OK) {
        printf("skipped: %s\n", error.text);
        exit(77);
    }
    while (device->index < kern_cl_list_count(device->list) &&
           !kern_cl_list_at(device->list, device->index)->usable) {
        device->index++;
    }
    if (device->index == kern_cl_list_count(device->list)) {
        printf("skipped: no usable OpenCL device: %s\n", kern_cl_list_at(device->list, 0)->why_not);
        exit(77);
    }
    (void)snprintf(device->folder, sizeof device->folder, "/tmp/shardpick-opencl-XXXXXX");
    if (mkdtemp(device->folder) == NULL) {
        perror("mkdtemp");
        exit(1);
    }
}

void opencl_device_close(struct opencl_device *device)
{
    kern_cl_list_free(device->list);
    opencl_device_remove(device->folder);
}

struct kern_cl_runner *opencl_device_runner(const struct opencl_device *device,
                                            const struct kern_algo *algo,
                                            const struct kern_cl_params *params)
{
    struct kern_cl_runner *runner = NULL;
    struct base_error error = {BASE_OK, ""};
    char *log = NULL;
    enum base_status status = kern_cl_runner_new(&runner, device->list, device->index, algo, params,
                                                 device->folder, &log, &error);
    if (status != BASE_OK) {
        fail_msg("%s\n%s", error.text, log != NULL ? log : "");
    }
    assert_null(log);
    return runner;
}
