/* cl_api.c: see cl_api.h. */
#include "driver/cl_api.h"

#include <dlfcn.h>
#include <stdlib.h>

const char *kern_cl_api_library(void)
{
    const char *named = getenv("SHARDPICK_OPENCL_LIBRARY");
    return named != NULL && named[0] != '\0' ? named : "libOpenCL.so.1";
}

bool kern_cl_api_loaded(void)
{
    void *library = dlopen(kern_cl_api_library(), RTLD_NOW | RTLD_NOLOAD);
    if (library != NULL) {
        dlclose(library); /* only the count of this look */
    }
    return library != NULL;
}

const char *kern_cl_install_advice(void)
{
    return "install the driver of your device (NVIDIA: the proprietary driver; AMD: ROCm's OpenCL "
           "or mesa-opencl-icd; Intel: intel-opencl-icd; processor: pocl-opencl-icd) and the "
           "loader ocl-icd-libopencl1";
}

enum base_status kern_cl_api_open(struct kern_cl_api *api, struct base_error *error)
{
    *api = (struct kern_cl_api){0};
    api->library = dlopen(kern_cl_api_library(), RTLD_NOW | RTLD_LOCAL);
    if (api->library == NULL) {
        const char *reason = dlerror();
        return base_error_set(error, BASE_E_NOT_FOUND, "no OpenCL on this machine (%s): %s",
                              reason != NULL ? reason : kern_cl_api_library(),
                              kern_cl_install_advice());
    }
#define X(name)                                                                                    \
    api->name = (__typeof__(&(name)))dlsym(api->library, #name);                                   \
    if (api->name == NULL) {                                                                       \
        return base_error_set(error, BASE_E_NOT_FOUND,                                             \
                              "%s has no function " #name                                          \
                              ": it is older than OpenCL 1.2 or no OpenCL loader; %s",             \
                              kern_cl_api_library(), kern_cl_install_advice());                    \
    }
    KERN_CL_API_MAP(X)
#undef X
    return BASE_OK;
}
