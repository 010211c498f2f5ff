/* devices.h: what --device names: the CPU, and OpenCL devices by number or PCI name. The rule is
 * that of the mine command: CPU-type OpenCL devices only when named, the same hardware once. */
#ifndef BENCH_DEVICES_H
#define BENCH_DEVICES_H

#include "base/status.h"
#include "kern_opencl.h"

enum { BENCH_DEVICES_MAX = 64 };

/* The selection. Release with bench_devices_deinit. */
struct bench_devices {
    bool cpu;
    struct kern_cl_list *list;        /* owned; NULL when no OpenCL device was asked for or none is
                                         there */
    size_t chosen[BENCH_DEVICES_MAX]; /* indices into list */
    size_t count;
};

/** Find the devices that a text names.
 * In:      text  NULL or "all": the CPU and every usable OpenCL device that is no CPU; else entries
 *                separated by commas: cpu, all, PLATFORM:DEVICE, a PCI name with or without domain.
 * Returns: BASE_OK; BASE_E_ARG an entry that is none of these; BASE_E_UNSUPPORTED one that names no
 *          device, or one that cannot be used, with a sentence that lists what there is;
 *          BASE_E_MEMORY. Deinit in every case.
 * Threads: before any others are started (kern_cl_list_new). */
BASE_MUST_CHECK enum base_status bench_devices_init(struct bench_devices *devices, const char *text,
                                                    struct base_error *error);
void bench_devices_deinit(struct bench_devices *devices);

/** True when text, of size characters, selects a device: "0:0", "0000:65:00.0" or "65:00.0". */
bool bench_device_matches(const struct kern_cl_info *info, const char *text, size_t size);

#endif
