/* cl_list.c: the list of devices. First the child of cl_probe.h walks; a platform in which it dies
 * or hangs is noted and left out, and the walk begins again without it. What then remains is safe
 * to open in this process. */
#include "opencl/cl_list.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "opencl/cl_probe.h"

static struct kern_cl_entry *add(struct kern_cl_list *list, const struct kern_cl_info *info)
{
    if (list->count == KERN_CL_ENTRIES_MAX) {
        return NULL; /* a driver that lists thousands is broken; the first ones will do */
    }
    struct kern_cl_entry *entry = &list->entries[list->count++];
    memset(entry, 0, sizeof *entry);
    entry->info = *info;
    return entry;
}

static void take_report(void *user, const struct kern_cl_report *report)
{
    if (report->step == KERN_CL_STEP_TROUBLE || report->step == KERN_CL_STEP_DEVICE) {
        (void)add(user, &report->info);
    }
}

/* What a walk that ended early said of its last platform is dropped for one line that says why. */
static void note_broken(struct kern_cl_list *list, const struct kern_cl_probe_result *result,
                        uint32_t silence_ms)
{
    struct kern_cl_info info = result->last.info;
    size_t keep = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->entries[i].info.platform != info.platform) {
            list->entries[keep++] = list->entries[i];
        }
    }
    list->count = keep;
    info.device = 0;
    info.kind = KERN_CL_OTHER;
    info.usable = false;
    info.pci[0] = '\0';
    info.name[0] = '\0';
    if (result->end == KERN_CL_PROBE_HUNG) {
        (void)snprintf(info.why_not, sizeof info.why_not,
                       "the platform's driver did not answer for %u s and was given up; update or "
                       "remove it, the other platforms are used",
                       silence_ms / 1000);
    } else if (result->detail != 0) {
        (void)snprintf(info.why_not, sizeof info.why_not,
                       "the platform's driver crashed (signal %d) when asked for its devices; "
                       "update or remove it, the other platforms are used",
                       result->detail);
    } else {
        (void)snprintf(info.why_not, sizeof info.why_not,
                       "the platform's driver ended the process that asked for its devices; "
                       "update or remove it, the other platforms are used");
    }
    (void)add(list, &info);
}

/* Walk in children until one comes to its end. Each round leaves out one more platform.
 * Returns: BASE_OK, with the platforms to leave out in skip; BASE_E_DEVICE a driver cannot even be
 *          loaded. */
static enum base_status probe(struct kern_cl_list *list, uint32_t *skip, uint32_t silence_ms,
                              struct base_error *error)
{
    struct kern_cl_probe_result result;
    struct kern_cl_list broken = {.entries = list->entries};
    *skip = 0;
    for (unsigned round = 0; round <= KERN_CL_PLATFORMS_MAX; round++) {
        size_t before = broken.count;
        kern_cl_probe(&result, *skip, NULL, silence_ms, take_report, &broken);
        if (result.end == KERN_CL_PROBE_DONE || result.end == KERN_CL_PROBE_NONE) {
            list->count = broken.count;
            return BASE_OK;
        }
        if (result.last.step == KERN_CL_STEP_LOADING ||
            result.last.info.platform >= KERN_CL_PLATFORMS_MAX) {
            break;
        }
        broken.count = before; /* the next walk says it all again, but for this platform */
        note_broken(&broken, &result, silence_ms);
        *skip |= 1U << result.last.info.platform;
    }
    return base_error_set(error, BASE_E_NOT_FOUND,
                          "an OpenCL driver %s while it was loaded, so none is used; remove its "
                          "file in /etc/OpenCL/vendors",
                          result.end == KERN_CL_PROBE_HUNG ? "hangs" : "crashes");
}

/* Handles for the entries; one that now looks different is not used. */
static void open_entries(struct kern_cl_list *list)
{
    cl_platform_id platforms[KERN_CL_PLATFORMS_MAX];
    cl_device_id devices[KERN_CL_DEVICES_MAX];
    cl_uint platform_count = 0;
    cl_uint device_count = 0;
    (void)kern_cl_platforms(&list->api, platforms, &platform_count);
    for (size_t i = 0; i < list->count; i++) {
        struct kern_cl_entry *entry = &list->entries[i];
        struct kern_cl_info now = {.kind = KERN_CL_OTHER};
        if (!entry->info.usable) {
            continue;
        }
        if (entry->info.platform < platform_count &&
            kern_cl_devices(&list->api, platforms[entry->info.platform], devices, &device_count) ==
                CL_SUCCESS &&
            entry->info.device < device_count) {
            kern_cl_describe_device(&list->api, devices[entry->info.device], &now);
        }
        if (strcmp(now.name, entry->info.name) != 0) {
            entry->info.usable = false;
            (void)snprintf(entry->info.why_not, sizeof entry->info.why_not,
                           "the driver lists its devices in another order each time");
            continue;
        }
        entry->platform = platforms[entry->info.platform];
        entry->device = devices[entry->info.device];
    }
}

/* One card must not be driven twice. Across platforms the first one keeps it. Within a platform
 * the driver means different devices (tiles of one card, or it is wrong about the address): they
 * stay, but an address that names two of them names none but the first. */
static void find_twins(struct kern_cl_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct kern_cl_info *info = &list->entries[i].info;
        for (size_t j = 0; j < i && info->pci[0] != '\0'; j++) {
            const struct kern_cl_info *other = &list->entries[j].info;
            if (strcmp(info->pci, other->pci) != 0 || !info->usable || !other->usable) {
                continue;
            }
            if (info->platform == other->platform) {
                info->pci[0] = '\0';
                break;
            }
            info->usable = false;
            (void)snprintf(info->why_not, sizeof info->why_not,
                           "the same hardware as device %u:%u (%s), which is used", other->platform,
                           other->device, other->platform_name);
        }
    }
}

static int by_number(const struct kern_cl_info *a, const struct kern_cl_info *b)
{
    if (a->platform != b->platform) {
        return a->platform < b->platform ? -1 : 1;
    }
    return a->device < b->device ? -1 : a->device > b->device;
}

static void sort(struct kern_cl_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct kern_cl_entry entry = list->entries[i];
        size_t at = i;
        for (; at > 0 && by_number(&entry.info, &list->entries[at - 1].info) < 0; at--) {
            list->entries[at] = list->entries[at - 1];
        }
        list->entries[at] = entry;
    }
}

enum base_status kern_cl_list_open(struct kern_cl_list **list, uint32_t silence_ms,
                                   struct base_error *error)
{
    enum base_status status = BASE_OK;
    uint32_t skip = 0;
    bool running = kern_cl_api_loaded();
    *list = NULL;
    struct kern_cl_list *made = base_alloc(1, sizeof *made);
    if (made != NULL) {
        made->entries = base_alloc(KERN_CL_ENTRIES_MAX, sizeof *made->entries);
    }
    if (made == NULL || made->entries == NULL) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for the list of OpenCL devices");
        goto out;
    }
    if (!running) {
        status = probe(made, &skip, silence_ms, error);
    }
    if (status == BASE_OK) {
        status = kern_cl_api_open(&made->api, error);
    }
    if (status != BASE_OK) {
        goto out;
    }
    if (running) {
        kern_cl_walk(&made->api, 0, take_report, made);
    }
    if (made->count == 0) {
        status = base_error_set(error, BASE_E_NOT_FOUND,
                                "the OpenCL loader is installed, but no driver: %s",
                                kern_cl_install_advice());
        goto out;
    }
    sort(made);
    open_entries(made);
    find_twins(made);
    *list = made;
    return BASE_OK;
out:
    kern_cl_list_free(made);
    return status;
}

enum base_status kern_cl_list_new(struct kern_cl_list **list, struct base_error *error)
{
    return kern_cl_list_open(list, KERN_CL_PROBE_SILENCE_MS, error);
}

void kern_cl_list_free(struct kern_cl_list *list)
{
    if (list != NULL) {
        base_free(list->entries);
        base_free(list);
    }
}

size_t kern_cl_list_count(const struct kern_cl_list *list)
{
    return list->count;
}

const struct kern_cl_info *kern_cl_list_at(const struct kern_cl_list *list, size_t index)
{
    BASE_ASSERT(index < list->count);
    return &list->entries[index].info;
}
