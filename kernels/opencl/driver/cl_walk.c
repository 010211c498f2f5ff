/* cl_walk.c: see cl_walk.h. */
#include "driver/cl_walk.h"

#include <stdio.h>
#include <string.h>

cl_int kern_cl_platforms(const struct kern_cl_api *api, cl_platform_id ids[KERN_CL_PLATFORMS_MAX],
                         cl_uint *count)
{
    cl_uint found = 0;
    *count = 0;
    for (size_t i = 0; i < KERN_CL_PLATFORMS_MAX; i++) {
        ids[i] = NULL;
    }
    cl_int code = api->clGetPlatformIDs(KERN_CL_PLATFORMS_MAX, ids, &found);
    /* found may exceed the room, and a broken loader may say anything: handles are counted too. */
    while (code == CL_SUCCESS && *count < found && *count < KERN_CL_PLATFORMS_MAX &&
           ids[*count] != NULL) {
        ++*count;
    }
    return code;
}

cl_int kern_cl_devices(const struct kern_cl_api *api, cl_platform_id platform,
                       cl_device_id ids[KERN_CL_DEVICES_MAX], cl_uint *count)
{
    cl_uint found = 0;
    *count = 0;
    for (size_t i = 0; i < KERN_CL_DEVICES_MAX; i++) {
        ids[i] = NULL;
    }
    cl_int code =
        api->clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, KERN_CL_DEVICES_MAX, ids, &found);
    while (code == CL_SUCCESS && *count < found && *count < KERN_CL_DEVICES_MAX &&
           ids[*count] != NULL) {
        ++*count;
    }
    return code;
}

static void walk_platform(const struct kern_cl_api *api, cl_platform_id platform, unsigned number,
                          struct kern_cl_report *said, kern_cl_report_fn report, void *user)
{
    cl_device_id devices[KERN_CL_DEVICES_MAX];
    cl_uint count = 0;
    struct kern_cl_info about = {.platform = number, .kind = KERN_CL_OTHER};

    kern_cl_describe_platform(api, platform, &about);
    said->info = about;
    said->step = KERN_CL_STEP_PLATFORM; /* again, now with a name */
    report(user, said);
    cl_int code = kern_cl_devices(api, platform, devices, &count);
    if (code != CL_SUCCESS || count == 0) {
        said->step = KERN_CL_STEP_TROUBLE;
        if (code == CL_SUCCESS || code == CL_DEVICE_NOT_FOUND) {
            (void)snprintf(said->info.why_not, sizeof said->info.why_not,
                           "the platform has no devices: its driver sees no hardware, or this user "
                           "may not open it (groups video, render)");
        } else {
            (void)snprintf(said->info.why_not, sizeof said->info.why_not,
                           "the platform refuses to list its devices: %s (%d)",
                           kern_cl_error_name(code), code);
        }
        report(user, said);
        return;
    }
    for (cl_uint i = 0; i < count; i++) {
        said->info = about;
        said->info.device = i;
        kern_cl_describe_device(api, devices[i], &said->info);
        said->step = KERN_CL_STEP_DEVICE;
        report(user, said);
    }
}

void kern_cl_walk(const struct kern_cl_api *api, uint32_t skip, kern_cl_report_fn report,
                  void *user)
{
    cl_platform_id platforms[KERN_CL_PLATFORMS_MAX];
    cl_uint count = 0;
    struct kern_cl_report said;

    memset(&said, 0, sizeof said);
    said.step = KERN_CL_STEP_LOADING;
    report(user, &said);
    (void)kern_cl_platforms(api, platforms, &count); /* none and an error look the same: no list */
    for (cl_uint i = 0; i < count; i++) {
        if ((skip & (1U << i)) != 0) {
            continue;
        }
        memset(&said, 0, sizeof said);
        said.step = KERN_CL_STEP_PLATFORM;
        said.info.platform = i;
        report(user, &said);
        walk_platform(api, platforms[i], i, &said, report, user);
    }
    memset(&said, 0, sizeof said);
    said.step = KERN_CL_STEP_DONE;
    report(user, &said);
}
