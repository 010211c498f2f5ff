/* cl_walk.h: one walk over all platforms and devices, reporting each step before it is taken, so
 * that the listener knows where a walk that ended early was. Internal to opencl/. */
#ifndef KERN_CL_WALK_H
#define KERN_CL_WALK_H

#include "driver/cl_api.h"
#include "kern_opencl.h"

enum {
    KERN_CL_PLATFORMS_MAX = 32, /* more than any machine has; a bit each in kern_cl_walk's skip */
    KERN_CL_DEVICES_MAX = 64,   /* of one platform */
};

enum kern_cl_step {
    KERN_CL_STEP_LOADING,  /* the platforms are about to be listed: drivers are loaded */
    KERN_CL_STEP_PLATFORM, /* info.platform is about to be questioned */
    KERN_CL_STEP_TROUBLE,  /* info.platform has no device for us; info.why_not says why */
    KERN_CL_STEP_DEVICE,   /* info describes a device */
    KERN_CL_STEP_DONE,     /* the end */
};

struct kern_cl_report {
    enum kern_cl_step step;
    struct kern_cl_info info;
};

typedef void (*kern_cl_report_fn)(void *user, const struct kern_cl_report *report);

/** Question all platforms but those whose bit is set in skip, and report. */
void kern_cl_walk(const struct kern_cl_api *api, uint32_t skip, kern_cl_report_fn report,
                  void *user);

/** The platforms' and a platform's devices' handles, at most the limits above. Returns CL_SUCCESS
 * (count may be 0) or the driver's code (count is 0). */
cl_int kern_cl_platforms(const struct kern_cl_api *api, cl_platform_id ids[KERN_CL_PLATFORMS_MAX],
                         cl_uint *count);
cl_int kern_cl_devices(const struct kern_cl_api *api, cl_platform_id platform,
                       cl_device_id ids[KERN_CL_DEVICES_MAX], cl_uint *count);

/** True when the device's list of extensions has this name. */
bool kern_cl_has_extension(const struct kern_cl_info *info, const char *name);

/** Fill info's fields about a device; usable and why_not too. */
void kern_cl_describe_device(const struct kern_cl_api *api, cl_device_id device,
                             struct kern_cl_info *info);
/** Fill platform_name and platform_version. */
void kern_cl_describe_platform(const struct kern_cl_api *api, cl_platform_id platform,
                               struct kern_cl_info *info);

#endif
