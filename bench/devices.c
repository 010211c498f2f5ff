/* devices.c: see devices.h. */
#include "devices.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ENTRY_MAX = 32 }; /* characters; a PCI name with domain has 12 */

bool bench_device_matches(const struct kern_cl_info *info, const char *text, size_t size)
{
    char number[ENTRY_MAX];
    size_t pci_size = strlen(info->pci);
    (void)snprintf(number, sizeof number, "%u:%u", info->platform, info->device);
    if (size == strlen(number) && memcmp(text, number, size) == 0) {
        return true;
    }
    if (pci_size == 0) {
        return false;
    }
    /* Without the domain: "65:00.0" for "0000:65:00.0". */
    const char *colon = strchr(info->pci, ':');
    const char *rest = colon != NULL ? colon + 1 : info->pci;
    return (size == pci_size && strncasecmp(text, info->pci, size) == 0) ||
           (size == strlen(rest) && strncasecmp(text, rest, size) == 0);
}

/* "0:0" or a PCI name by its look: hexadecimal digits, colons, and a point. */
static bool looks_like_device(const char *text, size_t size)
{
    bool colon = false;
    for (size_t i = 0; i < size; i++) {
        if (!isxdigit((unsigned char)text[i]) && text[i] != ':' && text[i] != '.') {
            return false;
        }
        colon = colon || text[i] == ':';
    }
    return colon && size < ENTRY_MAX;
}

static void list_devices(char *text, size_t cap, const struct kern_cl_list *list)
{
    size_t used = 0;
    size_t count = list != NULL ? kern_cl_list_count(list) : 0;
    (void)snprintf(text, cap, "no OpenCL device is there");
    for (size_t i = 0; i < count && used < cap; i++) {
        const struct kern_cl_info *info = kern_cl_list_at(list, i);
        int wrote = snprintf(text + used, cap - used, "%s%u:%u%s%s (%.40s)",
                             used > 0 ? ", " : "there are ", info->platform, info->device,
                             info->pci[0] != '\0' ? " = " : "", info->pci, info->name);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

static bool chosen_already(const struct bench_devices *devices, size_t index)
{
    const struct kern_cl_info *info = kern_cl_list_at(devices->list, index);
    for (size_t i = 0; i < devices->count; i++) {
        const struct kern_cl_info *other = kern_cl_list_at(devices->list, devices->chosen[i]);
        if (devices->chosen[i] == index ||
            (info->pci[0] != '\0' && strcasecmp(info->pci, other->pci) == 0)) {
            return true;
        }
    }
    return false;
}

static void choose(struct bench_devices *devices, size_t index)
{
    if (!chosen_already(devices, index) && devices->count < BENCH_DEVICES_MAX) {
        devices->chosen[devices->count] = index;
        devices->count += 1;
    }
}

static void choose_all(struct bench_devices *devices)
{
    size_t count = devices->list != NULL ? kern_cl_list_count(devices->list) : 0;
    devices->cpu = true;
    for (size_t i = 0; i < count; i++) {
        const struct kern_cl_info *info = kern_cl_list_at(devices->list, i);
        if (info->usable && info->kind != KERN_CL_CPU) {
            choose(devices, i);
        }
    }
}

static enum base_status choose_named(struct bench_devices *devices, const char *text, size_t size,
                                     const struct base_error *no_opencl, struct base_error *error)
{
    char there[256];
    size_t count = devices->list != NULL ? kern_cl_list_count(devices->list) : 0;
    if (!looks_like_device(text, size)) {
        return base_error_set(error, BASE_E_ARG,
                              "--device: \"%.*s\" names no device; give cpu, all, or OpenCL "
                              "devices as `shardpick devices` names them, such as 0:0",
                              (int)(size < 60 ? size : 60), text);
    }
    for (size_t i = 0; i < count; i++) {
        const struct kern_cl_info *info = kern_cl_list_at(devices->list, i);
        if (!bench_device_matches(info, text, size)) {
            continue;
        }
        if (!info->usable) {
            return base_error_set(error, BASE_E_UNSUPPORTED,
                                  "--device: %.*s (%.60s) cannot be used: %s", (int)size, text,
                                  info->name, info->why_not);
        }
        choose(devices, i);
        return BASE_OK;
    }
    if (no_opencl->status != BASE_OK) {
        return base_error_set(error, BASE_E_UNSUPPORTED, "--device: there is no %.*s: %s",
                              (int)size, text, no_opencl->text);
    }
    list_devices(there, sizeof there, devices->list);
    return base_error_set(error, BASE_E_UNSUPPORTED, "--device: there is no %.*s; %s", (int)size,
                          text, there);
}

enum base_status bench_devices_init(struct bench_devices *devices, const char *text,
                                    struct base_error *error)
{
    struct base_error no_opencl = {BASE_OK, ""};
    memset(devices, 0, sizeof *devices);
    const char *at = text != NULL ? text : "all";
    if (strcmp(at, "cpu") == 0) { /* no driver has to be loaded */
        devices->cpu = true;
        return BASE_OK;
    }
    enum base_status status = kern_cl_list_new(&devices->list, &no_opencl);
    if (status != BASE_OK && status != BASE_E_NOT_FOUND) {
        *error = no_opencl;
        return status;
    }
    status = BASE_OK;
    for (bool more = true; more && status == BASE_OK;) {
        size_t size = strcspn(at, ",");
        more = at[size] == ',';
        if (size == 3 && memcmp(at, "cpu", size) == 0) {
            devices->cpu = true;
        } else if (size == 3 && memcmp(at, "all", size) == 0) {
            choose_all(devices);
        } else {
            status = choose_named(devices, at, size, &no_opencl, error);
        }
        at += size + 1;
    }
    return status;
}

void bench_devices_deinit(struct bench_devices *devices)
{
    kern_cl_list_free(devices->list);
    memset(devices, 0, sizeof *devices);
}
