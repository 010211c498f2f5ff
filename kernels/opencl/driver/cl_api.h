/* cl_api.h: the OpenCL library, opened at run time: one struct of function pointers, and the names
 * of its error codes. Nothing of ours links with OpenCL, so the program starts without it. */
#ifndef KERN_CL_API_H
#define KERN_CL_API_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "base/status.h"

/* Every function we call; all of them are OpenCL 1.2 or older. */
#define KERN_CL_API_MAP(X)                                                                         \
    X(clGetPlatformIDs)                                                                            \
    X(clGetPlatformInfo)                                                                           \
    X(clGetDeviceIDs)                                                                              \
    X(clGetDeviceInfo)                                                                             \
    X(clCreateContext)                                                                             \
    X(clReleaseContext)                                                                            \
    X(clCreateCommandQueue)                                                                        \
    X(clReleaseCommandQueue)                                                                       \
    X(clCreateBuffer)                                                                              \
    X(clReleaseMemObject)                                                                          \
    X(clCreateProgramWithSource)                                                                   \
    X(clCreateProgramWithBinary)                                                                   \
    X(clBuildProgram)                                                                              \
    X(clGetProgramInfo)                                                                            \
    X(clGetProgramBuildInfo)                                                                       \
    X(clReleaseProgram)                                                                            \
    X(clCreateKernel)                                                                              \
    X(clSetKernelArg)                                                                              \
    X(clGetKernelWorkGroupInfo)                                                                    \
    X(clReleaseKernel)                                                                             \
    X(clEnqueueNDRangeKernel)                                                                      \
    X(clEnqueueReadBuffer)                                                                         \
    X(clEnqueueWriteBuffer)                                                                        \
    X(clEnqueueMapBuffer)                                                                          \
    X(clEnqueueUnmapMemObject)                                                                     \
    X(clGetEventInfo)                                                                              \
    X(clGetEventProfilingInfo)                                                                     \
    X(clReleaseEvent)                                                                              \
    X(clFlush)                                                                                     \
    X(clFinish)

struct kern_cl_api {
    void *library;
#define X(name) __typeof__(&(name)) name; /* NOLINT(bugprone-macro-parentheses): a member */
    KERN_CL_API_MAP(X)
#undef X
};

/** Name of the loader library: the environment's SHARDPICK_OPENCL_LIBRARY, or libOpenCL.so.1. */
const char *kern_cl_api_library(void);

/** True when that library is in the process already. */
bool kern_cl_api_loaded(void);

/** Open the library and look up all functions. It is never closed again: the threads that drivers
 * start do not survive that.
 * Returns: BASE_OK; BASE_E_NOT_FOUND with a sentence on what to install. */
BASE_MUST_CHECK enum base_status kern_cl_api_open(struct kern_cl_api *api,
                                                  struct base_error *error);

/** Name of an error code ("CL_OUT_OF_RESOURCES"), or "unknown OpenCL error". Never NULL. */
const char *kern_cl_error_name(cl_int code);

/** error: "DEVICE: CALL failed: CL_NAME (-5)"; returns BASE_E_DEVICE, or BASE_E_MEMORY for the
 * codes that say so. */
enum base_status kern_cl_error_set(struct base_error *error, const char *device, const char *call,
                                   cl_int code);

/** What a user should do when there is no OpenCL here; a part of a sentence. */
const char *kern_cl_install_advice(void);

#endif
