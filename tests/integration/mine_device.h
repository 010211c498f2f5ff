/* mine_device.h: mining tests on an OpenCL device alone: `TEST opencl` does what `TEST` does first
 * with the first usable device instead of the processor; 77 where there is none. */
#ifndef MINE_DEVICE_H
#define MINE_DEVICE_H

#include "mine_run.h"
#include "opencl_device.h"

/** No CPU lanes; this device, named as a user would; caches in its temporary folder. */
void mine_device_only(struct mine_run *run, const struct opencl_device *device);

#endif
