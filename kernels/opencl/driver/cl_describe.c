/* cl_describe.c: what one device says about itself, made harmless: drivers' strings are cut and
 * cleaned, numbers are checked before they are believed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "driver/cl_walk.h"

/* Queries of extensions that the 1.2 header does not know. */
enum {
    PCI_BUS_INFO_KHR = 0x410f, /* cl_khr_pci_bus_info: domain, bus, device, function */
    PCI_BUS_ID_NV = 0x4008,    /* cl_nv_device_attribute_query */
    PCI_SLOT_ID_NV = 0x4009,   /* device * 8 + function */
    PCI_DOMAIN_ID_NV = 0x400a, /* newer drivers only */
    CAPABILITY_MAJOR_NV = 0x4000,
    CAPABILITY_MINOR_NV = 0x4001,
    TOPOLOGY_AMD = 0x4037,      /* cl_amd_device_attribute_query: 24 bytes */
    TOPOLOGY_TYPE_PCIE_AMD = 1, /* its first word; bus, device, function are bytes 21 to 23 */
    TEXT_MAX = 16384,           /* longest answer we read; extension lists have a few thousand */
};

/* Printable ASCII, no blanks at the ends; cut at a blank if a list is too long. */
static void clean(char *out, size_t cap, const char *in, size_t size, bool list)
{
    size_t used = 0;
    size_t begin = 0;
    while (size > 0 && (in[size - 1] == '\0' || in[size - 1] == ' ')) {
        size--;
    }
    while (begin < size && in[begin] == ' ') {
        begin++;
    }
    for (size_t i = begin; i < size && in[i] != '\0' && used + 1 < cap; i++) {
        out[used++] = in[i] >= ' ' && in[i] <= '~' ? in[i] : '?';
    }
    if (list && used + 1 == cap) {
        while (used > 0 && out[used - 1] != ' ') {
            used--;
        }
    }
    out[used] = '\0';
}

static void device_text(const struct kern_cl_api *api, cl_device_id device, cl_device_info what,
                        char *out, size_t cap, bool list)
{
    size_t size = 0;
    char *raw = base_alloc(TEXT_MAX + 1, 1);
    out[0] = '\0';
    if (raw != NULL && api->clGetDeviceInfo(device, what, TEXT_MAX, raw, &size) == CL_SUCCESS) {
        clean(out, cap, raw, size < TEXT_MAX ? size : TEXT_MAX, list);
    }
    base_free(raw);
}

static void platform_text(const struct kern_cl_api *api, cl_platform_id platform,
                          cl_platform_info what, char *out, size_t cap)
{
    size_t size = 0;
    char *raw = base_alloc(TEXT_MAX + 1, 1);
    out[0] = '\0';
    if (raw != NULL && api->clGetPlatformInfo(platform, what, TEXT_MAX, raw, &size) == CL_SUCCESS) {
        clean(out, cap, raw, size < TEXT_MAX ? size : TEXT_MAX, false);
    }
    base_free(raw);
}

/* A number of any width up to 64 bits; 0 when the driver does not answer. */
static uint64_t device_number(const struct kern_cl_api *api, cl_device_id device,
                              cl_device_info what)
{
    union {
        uint32_t narrow;
        uint64_t wide;
    } value = {.wide = 0};
    size_t size = 0;
    if (api->clGetDeviceInfo(device, what, sizeof value, &value, &size) != CL_SUCCESS) {
        return 0;
    }
    return size == sizeof value.narrow ? value.narrow : value.wide;
}

bool kern_cl_has_extension(const struct kern_cl_info *info, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = info->extensions; (at = strstr(at, name)) != NULL; at += size) {
        bool starts = at == info->extensions || at[-1] == ' ';
        if (starts && (at[size] == ' ' || at[size] == '\0')) {
            return true;
        }
    }
    return false;
}

/* An address is believed only when it can be one; all zero is what drivers of virtual devices say
 * when they have none. */
static void set_pci(struct kern_cl_info *info, uint64_t domain, uint64_t bus, uint64_t slot,
                    uint64_t function)
{
    if (domain > 0xffff || bus > 0xff || slot > 0x1f || function > 7 ||
        (domain | bus | slot | function) == 0) {
        return;
    }
    (void)snprintf(info->pci, sizeof info->pci, "%04x:%02x:%02x.%x", (unsigned)domain,
                   (unsigned)bus, (unsigned)slot, (unsigned)function);
}

static void read_capability(const struct kern_cl_api *api, cl_device_id device,
                            struct kern_cl_info *info)
{
    if (kern_cl_has_extension(info, "cl_nv_device_attribute_query")) {
        uint64_t major = device_number(api, device, CAPABILITY_MAJOR_NV);
        uint64_t minor = device_number(api, device, CAPABILITY_MINOR_NV);
        info->compute_capability = major < 100 && minor < 10 ? (uint32_t)(10 * major + minor) : 0;
    }
}

static void read_pci(const struct kern_cl_api *api, cl_device_id device, struct kern_cl_info *info)
{
    size_t size = 0;
    if (kern_cl_has_extension(info, "cl_khr_pci_bus_info")) {
        uint32_t place[4] = {0};
        if (api->clGetDeviceInfo(device, PCI_BUS_INFO_KHR, sizeof place, place, &size) ==
                CL_SUCCESS &&
            size == sizeof place) {
            set_pci(info, place[0], place[1], place[2], place[3]);
        }
    }
    if (info->pci[0] == '\0' && kern_cl_has_extension(info, "cl_nv_device_attribute_query")) {
        uint64_t slot = device_number(api, device, PCI_SLOT_ID_NV);
        set_pci(info, device_number(api, device, PCI_DOMAIN_ID_NV),
                device_number(api, device, PCI_BUS_ID_NV), slot >> 3, slot & 7);
    }
    if (info->pci[0] == '\0' && kern_cl_has_extension(info, "cl_amd_device_attribute_query")) {
        uint8_t topology[24] = {0};
        uint32_t type = 0;
        if (api->clGetDeviceInfo(device, TOPOLOGY_AMD, sizeof topology, topology, &size) ==
                CL_SUCCESS &&
            size == sizeof topology) {
            memcpy(&type, topology, sizeof type);
            if (type == TOPOLOGY_TYPE_PCIE_AMD) {
                set_pci(info, 0, topology[21], topology[22], topology[23]);
            }
        }
    }
}

/* "OpenCL 1.2 ..." is enough, "OpenCL 3.0 ..." too. */
static bool version_suffices(const char *version)
{
    static const char prefix[] = "OpenCL ";
    if (strncmp(version, prefix, sizeof prefix - 1) != 0) {
        return false;
    }
    char *end = NULL;
    unsigned long major = strtoul(version + sizeof prefix - 1, &end, 10);
    if (*end != '.') {
        return false;
    }
    unsigned long minor = strtoul(end + 1, NULL, 10);
    return major > 1 || (major == 1 && minor >= 2);
}

void kern_cl_describe_platform(const struct kern_cl_api *api, cl_platform_id platform,
                               struct kern_cl_info *info)
{
    platform_text(api, platform, CL_PLATFORM_NAME, info->platform_name, sizeof info->platform_name);
    platform_text(api, platform, CL_PLATFORM_VERSION, info->platform_version,
                  sizeof info->platform_version);
}

static void judge(const struct kern_cl_api *api, cl_device_id device, struct kern_cl_info *info)
{
    const char *reason = NULL;
    if (info->name[0] == '\0') {
        reason = "the driver gives the device no name; it is broken, reinstall it";
    } else if (device_number(api, device, CL_DEVICE_AVAILABLE) != CL_TRUE) {
        reason = "the driver says that the device is not available";
    } else if (device_number(api, device, CL_DEVICE_COMPILER_AVAILABLE) != CL_TRUE) {
        reason = "the driver has no compiler; install the full driver package";
    } else if (!version_suffices(info->device_version)) {
        reason = "the driver does not offer OpenCL 1.2; a newer one may";
    } else if (device_number(api, device, CL_DEVICE_ENDIAN_LITTLE) != CL_TRUE) {
        reason = "big-endian devices are not supported";
    } else if (info->max_local_size == 0 || info->memory_bytes == 0) {
        reason = "the driver reports a device without memory or work groups; it is broken";
    }
    info->usable = reason == NULL;
    (void)snprintf(info->why_not, sizeof info->why_not, "%s", reason != NULL ? reason : "");
}

void kern_cl_describe_device(const struct kern_cl_api *api, cl_device_id device,
                             struct kern_cl_info *info)
{
    device_text(api, device, CL_DEVICE_NAME, info->name, sizeof info->name, false);
    device_text(api, device, CL_DEVICE_VENDOR, info->vendor, sizeof info->vendor, false);
    device_text(api, device, CL_DEVICE_VERSION, info->device_version, sizeof info->device_version,
                false);
    device_text(api, device, CL_DRIVER_VERSION, info->driver_version, sizeof info->driver_version,
                false);
    device_text(api, device, CL_DEVICE_OPENCL_C_VERSION, info->c_version, sizeof info->c_version,
                false);
    device_text(api, device, CL_DEVICE_EXTENSIONS, info->extensions, sizeof info->extensions, true);
    uint64_t type = device_number(api, device, CL_DEVICE_TYPE);
    info->kind = (type & CL_DEVICE_TYPE_GPU) != 0           ? KERN_CL_GPU
                 : (type & CL_DEVICE_TYPE_ACCELERATOR) != 0 ? KERN_CL_ACCELERATOR
                 : (type & CL_DEVICE_TYPE_CPU) != 0         ? KERN_CL_CPU
                                                            : KERN_CL_OTHER;
    info->compute_units = (uint32_t)device_number(api, device, CL_DEVICE_MAX_COMPUTE_UNITS);
    info->clock_mhz = (uint32_t)device_number(api, device, CL_DEVICE_MAX_CLOCK_FREQUENCY);
    info->memory_bytes = device_number(api, device, CL_DEVICE_GLOBAL_MEM_SIZE);
    info->local_memory_bytes = device_number(api, device, CL_DEVICE_LOCAL_MEM_SIZE);
    info->max_allocation_bytes = device_number(api, device, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    info->max_local_size = device_number(api, device, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    read_pci(api, device, info);
    read_capability(api, device, info);
    judge(api, device, info);
}
