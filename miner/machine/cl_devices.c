/* cl_devices.c: see cl_devices.h. */
#include "machine/cl_devices.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum base_status miner_cl_devices_fill(struct miner_cl_devices *devices,
                                       const struct kern_cl_list *list,
                                       const struct miner_cl_selection *selection, bool with_cpus,
                                       struct base_error *error)
{
    size_t count = kern_cl_list_count(list);
    devices->infos = base_alloc(count + 1, sizeof(struct kern_cl_info *));
    devices->chosen = base_alloc(count + 1, sizeof *devices->chosen);
    if (devices->infos == NULL || devices->chosen == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the list of OpenCL devices");
    }
    devices->count = count;
    for (size_t i = 0; i < count; i++) {
        devices->infos[i] = kern_cl_list_at(list, i);
    }
    enum base_status status = miner_select_opencl(devices->chosen, &devices->chosen_count,
                                                  selection, devices->infos, devices->count, error);
    for (size_t i = 0; status == BASE_OK && i < devices->count; i++) {
        const struct kern_cl_info *info = devices->infos[i];
        bool more = with_cpus && selection->mode == MINER_CL_ALL && info->usable &&
                    info->kind == KERN_CL_CPU;
        devices->chosen_count += more && !devices->chosen[i];
        devices->chosen[i] = devices->chosen[i] || more;
    }
    return status;
}

enum base_status miner_cl_devices_init(struct miner_cl_devices *devices,
                                       const struct miner_cl_selection *selection, bool with_cpus,
                                       struct base_error *error)
{
    struct base_error absent = {BASE_OK, ""};
    memset(devices, 0, sizeof *devices);
    if (selection->mode == MINER_CL_NONE) {
        return BASE_OK;
    }
    enum base_status status = kern_cl_list_new(&devices->list, &absent);
    if (status == BASE_E_NOT_FOUND) {
        devices->list = NULL;
        (void)snprintf(devices->absent, sizeof devices->absent, "%s", absent.text);
        return selection->mode == MINER_CL_ALL
                   ? BASE_OK
                   : base_error_set(error, BASE_E_NOT_FOUND, "--opencl names devices, but %s",
                                    absent.text);
    }
    if (status != BASE_OK) {
        return base_error_set(error, status, "%s", absent.text);
    }
    return miner_cl_devices_fill(devices, devices->list, selection, with_cpus, error);
}

void miner_cl_devices_deinit(struct miner_cl_devices *devices)
{
    base_free(devices->infos);
    base_free(devices->chosen);
    kern_cl_list_free(devices->list);
    memset(devices, 0, sizeof *devices);
}

const char *miner_cl_kind_name(enum kern_cl_kind kind)
{
    static const char *const names[] = {
        [KERN_CL_CPU] = "cpu",
        [KERN_CL_GPU] = "gpu",
        [KERN_CL_ACCELERATOR] = "accelerator",
        [KERN_CL_OTHER] = "other",
    };
    return names[kind];
}
