/* cl_list.c: the list of devices. First the child of cl_probe.h walks; a platform in which it dies
 * or hangs is noted and left out, and the walk begins again without it; a driver in which it dies
 * already while loading is left out by cl_icd.h. What then remains is safe to open in this process.
 */
#include "driver/cl_list.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "driver/cl_icd.h"
#include "driver/cl_probe.h"

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

/* A list that is being made by a search. */
struct walk {
    struct kern_cl_list *list;
    const struct kern_cl_search *search;
};

static void tell_step(const struct kern_cl_search *search, const char *what)
{
    if (search->step != NULL) {
        search->step(search->user, what);
    }
}

static void take_report(void *user, const struct kern_cl_report *report)
{
    const struct walk *walk = user;
    char what[256];
    if (report->step == KERN_CL_STEP_PLATFORM) {
        (void)snprintf(what, sizeof what, "asking platform %u %s", report->info.platform,
                       report->info.platform_name);
        tell_step(walk->search, what);
    }
    if (report->step == KERN_CL_STEP_TROUBLE || report->step == KERN_CL_STEP_DEVICE) {
        (void)add(walk->list, &report->info);
    }
}

/* The sentence about a driver that did not live through its questions. */
static void say_broken(struct kern_cl_info *info, const struct kern_cl_probe_result *result,
                       uint32_t silence_ms)
{
    if (result->end == KERN_CL_PROBE_HUNG || result->end == KERN_CL_PROBE_SLOW) {
        bool slow = result->end == KERN_CL_PROBE_SLOW;
        (void)snprintf(info->why_not, sizeof info->why_not,
                       "the driver did not %s %u s and was given up; update or remove it, the "
                       "other platforms are used",
                       slow ? "list its devices within" : "answer for",
                       ((slow ? KERN_CL_PROBE_SILENCES : 1) * silence_ms + 999) / 1000);
    } else if (result->detail != 0) {
        (void)snprintf(info->why_not, sizeof info->why_not,
                       "the driver crashed (signal %d) when asked for its devices; update or "
                       "remove it, the other platforms are used",
                       result->detail);
    } else {
        (void)snprintf(info->why_not, sizeof info->why_not,
                       "the driver ended the process that asked for its devices; update or remove "
                       "it, the other platforms are used");
    }
}

/* What a walk that ended early said of its last platform is dropped for one line that says why. */
static void note_broken(struct kern_cl_list *list, const struct kern_cl_probe_result *result,
                        uint32_t silence_ms)
{
    struct kern_cl_info info = {.kind = KERN_CL_OTHER, .platform = result->last.info.platform};
    memcpy(info.platform_name, result->last.info.platform_name, sizeof info.platform_name);
    memcpy(info.platform_version, result->last.info.platform_version, sizeof info.platform_version);
    say_broken(&info, result, silence_ms);
    (void)add(list, &info);
}

/* Walk in children until one comes to its end. Each round leaves out one more platform.
 * Out:     entries  of the list: what the last walk said, and the platforms that are broken.
 * Returns: BASE_OK; BASE_E_DEVICE a driver does not live through being loaded; BASE_E_IO no child
 *          can be made; BASE_E_STATE the search was ended. */
static enum base_status probe(struct kern_cl_list *list, const struct kern_cl_search *search)
{
    struct walk walk = {list, search};
    struct kern_cl_probe_result result;
    char what[256];
    uint32_t skip = 0;
    size_t broken_count = 0; /* they come first */
    for (unsigned round = 0; round <= KERN_CL_PLATFORMS_MAX; round++) {
        list->count = broken_count;
        kern_cl_icds_name_all(what, sizeof what);
        tell_step(search, what);
        kern_cl_probe(&result, skip, NULL, search, take_report, &walk);
        if (result.end == KERN_CL_PROBE_DONE) {
            return BASE_OK;
        }
        list->count = broken_count;
        if (result.end == KERN_CL_PROBE_NONE || result.end == KERN_CL_PROBE_STOPPED) {
            return result.end == KERN_CL_PROBE_NONE ? BASE_E_IO : BASE_E_STATE;
        }
        if (result.last.step == KERN_CL_STEP_LOADING ||
            result.last.info.platform >= KERN_CL_PLATFORMS_MAX) {
            break;
        }
        note_broken(list, &result, search->silence_ms);
        broken_count = list->count;
        skip |= 1U << result.last.info.platform;
    }
    return BASE_E_DEVICE;
}

/* A driver that cannot even be loaded: find out which, and go on with the others. */
static enum base_status probe_without_bad(struct kern_cl_list *list, struct kern_cl_icds *icds,
                                          const struct kern_cl_search *search,
                                          struct base_error *error)
{
    if (!kern_cl_icds_try(icds, search) || icds->good_count == 0 || !kern_cl_icds_show(icds) ||
        probe(list, search) != BASE_OK) {
        return base_error_set(error, BASE_E_NOT_FOUND,
                              "an OpenCL driver crashes or hangs while it is loaded, so none is "
                              "used%s%s; update it or remove its file in /etc/OpenCL/vendors",
                              icds->bad_count > 0 ? ": " : "",
                              icds->bad_count > 0 ? icds->bad[0] : "");
    }
    for (size_t i = 0; i < icds->bad_count; i++) {
        unsigned number = list->count > 0 ? list->entries[list->count - 1].info.platform + 1 : 0;
        struct kern_cl_info info = {.kind = KERN_CL_OTHER, .platform = number};
        (void)snprintf(info.platform_name, sizeof info.platform_name, "%.*s", KERN_CL_NAME_MAX - 1,
                       icds->bad[i]);
        say_broken(&info, &icds->why[i], search->silence_ms);
        (void)add(list, &info);
    }
    return BASE_OK;
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

/* True when the search was ended. */
static bool is_ended(const struct kern_cl_search *search)
{
    struct pollfd end = {.fd = search->stop_fd, .events = POLLIN};
    return poll(&end, 1, 0) == 1;
}

/* Fill a new list from children, or by a walk in this process where drivers run already. */
static enum base_status fill(struct kern_cl_list *list, struct kern_cl_icds *icds,
                             const struct kern_cl_search *search, struct base_error *error)
{
    struct walk walk = {list, search};
    enum base_status status = BASE_OK;
    bool here = kern_cl_api_loaded();
    if (!here) {
        enum base_status probed = probe(list, search);
        if (probed == BASE_E_DEVICE) {
            status = probe_without_bad(list, icds, search, error);
        }
        here = probed == BASE_E_IO; /* no process to spare: the walk is done here, at its risk */
    }
    if (is_ended(search)) {
        return base_error_set(error, BASE_E_STATE, "the search for OpenCL devices was ended");
    }
    if (status == BASE_OK) {
        tell_step(search, "opening the drivers that answered");
        status = kern_cl_api_open(&list->api, error);
    }
    if (status == BASE_OK && here) {
        kern_cl_walk(&list->api, 0, take_report, &walk);
    }
    return status;
}

enum base_status kern_cl_list_search(struct kern_cl_list **list, const struct kern_cl_search *asked,
                                     struct base_error *error)
{
    enum base_status status = BASE_OK;
    struct kern_cl_icds icds = {.bad_count = 0};
    struct kern_cl_search search = *asked;
    search.silence_ms = search.silence_ms > 0 ? search.silence_ms : KERN_CL_PROBE_SILENCE_MS;
    *list = NULL;
    struct kern_cl_list *made = base_alloc(1, sizeof *made);
    if (made != NULL) {
        made->entries = base_alloc(KERN_CL_ENTRIES_MAX, sizeof *made->entries);
    }
    if (made == NULL || made->entries == NULL) {
        status = base_error_set(error, BASE_E_MEMORY, "no memory for the list of OpenCL devices");
        goto out;
    }
    status = fill(made, &icds, &search, error);
    if (status != BASE_OK) {
        goto out;
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
    made = NULL;
out:
    kern_cl_icds_remove(&icds);
    kern_cl_list_free(made);
    return status;
}

enum base_status kern_cl_list_open(struct kern_cl_list **list, uint32_t silence_ms,
                                   struct base_error *error)
{
    const struct kern_cl_search search = {.silence_ms = silence_ms, .stop_fd = -1};
    return kern_cl_list_search(list, &search, error);
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
