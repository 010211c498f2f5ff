/* mine_device.c: see mine_device.h. */
#include "mine_device.h"

#include <stdio.h>

void mine_device_only(struct mine_run *run, const struct opencl_device *device)
{
    const struct kern_cl_info *info = kern_cl_list_at(device->list, device->index);
    run->config.threads_rule = MINER_THREADS_COUNT;
    run->config.threads = 0;
    run->config.opencl = (struct miner_cl_selection){.mode = MINER_CL_LIST, .count = 1};
    run->config.opencl.picks[0].platform = info->platform;
    run->config.opencl.picks[0].device = info->device;
    (void)snprintf(run->config.cache_dir, sizeof run->config.cache_dir, "%s", device->folder);
}
