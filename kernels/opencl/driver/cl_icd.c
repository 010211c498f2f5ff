/* cl_icd.c: see cl_icd.h. */
#include "driver/cl_icd.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum { PATH_LIMIT = 512 };

static void ignore_report(void *user, const struct kern_cl_report *report)
{
    (void)user;
    (void)report;
}

static bool join(char path[PATH_LIMIT], const char *folder, const char *name)
{
    int length = snprintf(path, PATH_LIMIT, "%s/%s", folder, name);
    return length > 0 && length < PATH_LIMIT;
}

static bool make_folder(char folder[64])
{
    (void)snprintf(folder, 64, "/tmp/shardpick-icd-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        folder[0] = '\0';
        return false;
    }
    return true;
}

static bool link_into(const char *folder, const char *vendors, const char *name)
{
    char from[PATH_LIMIT];
    char to[PATH_LIMIT];
    return join(from, vendors, name) && join(to, folder, name) && symlink(from, to) == 0;
}

static void empty_and_remove(char folder[64])
{
    char path[PATH_LIMIT];
    DIR *dir = folder[0] != '\0' ? opendir(folder) : NULL;
    struct dirent *entry = NULL;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (join(path, folder, entry->d_name)) {
            (void)unlink(path); /* "." and ".." refuse */
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
        (void)rmdir(folder);
    }
    folder[0] = '\0';
}

static bool is_icd(const char *name)
{
    size_t size = strlen(name);
    return size > 4 && size < KERN_CL_ICD_NAME_MAX && strcmp(name + size - 4, ".icd") == 0;
}

/* One driver alone in a child, shown to the loader in a folder of its own. */
static void try_one(struct kern_cl_icds *icds, const char *vendors, const char *name,
                    const struct kern_cl_search *search)
{
    char alone[64];
    char what[KERN_CL_ICD_NAME_MAX + 32];
    struct kern_cl_probe_result result = {.end = KERN_CL_PROBE_NONE};
    if (!make_folder(alone)) {
        return;
    }
    (void)snprintf(what, sizeof what, "loading %s alone", name);
    if (search->step != NULL) {
        search->step(search->user, what);
    }
    if (link_into(alone, vendors, name)) {
        kern_cl_probe(&result, UINT32_MAX, alone, search, ignore_report, NULL);
    }
    empty_and_remove(alone);
    if (result.end == KERN_CL_PROBE_DONE) {
        icds->good_count += link_into(icds->folder, vendors, name) ? 1 : 0;
    } else if (result.end != KERN_CL_PROBE_NONE && result.end != KERN_CL_PROBE_STOPPED) {
        (void)snprintf(icds->bad[icds->bad_count], KERN_CL_ICD_NAME_MAX, "%s", name);
        icds->why[icds->bad_count++] = result;
    }
}

/* The folder of driver files; NULL where libraries are named instead, or there is none. */
static const char *vendors_folder(void)
{
    const char *vendors = getenv("OCL_ICD_VENDORS");
    struct stat about;
    if (vendors == NULL || vendors[0] == '\0') {
        vendors = "/etc/OpenCL/vendors";
    }
    return getenv("OCL_ICD_FILENAMES") == NULL && stat(vendors, &about) == 0 &&
                   S_ISDIR(about.st_mode) && vendors[0] == '/'
               ? vendors
               : NULL;
}

void kern_cl_icds_name_all(char *text, size_t cap)
{
    const char *library = getenv("SHARDPICK_OPENCL_LIBRARY");
    const char *vendors = library == NULL ? vendors_folder() : NULL;
    struct dirent **entries = NULL;
    int count = vendors != NULL ? scandir(vendors, &entries, NULL, alphasort) : 0;
    size_t named = 0;
    (void)snprintf(text, cap, "loading ");
    for (int i = 0; i < count; i++) {
        if (is_icd(entries[i]->d_name)) {
            size_t used = strlen(text);
            (void)snprintf(text + used, cap - used, "%s%s", named++ > 0 ? ", " : "",
                           entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    if (named == 0) {
        (void)snprintf(text, cap, "loading %s", library != NULL ? library : "the drivers");
    }
}

bool kern_cl_icds_try(struct kern_cl_icds *icds, const struct kern_cl_search *search)
{
    const char *vendors = vendors_folder();
    struct dirent **entries = NULL;
    memset(icds, 0, sizeof *icds);
    if (vendors == NULL || !make_folder(icds->folder)) {
        return false;
    }
    int count = scandir(vendors, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (is_icd(entries[i]->d_name) && icds->bad_count < KERN_CL_ICDS_MAX) {
            try_one(icds, vendors, entries[i]->d_name, search);
        }
        free(entries[i]);
    }
    free(entries);
    if (icds->good_count == 0) {
        empty_and_remove(icds->folder);
    }
    return true;
}

bool kern_cl_icds_show(struct kern_cl_icds *icds)
{
    const char *before = getenv("OCL_ICD_VENDORS");
    if (before != NULL) {
        icds->before = base_strdup(before);
        if (icds->before == NULL) {
            return false;
        }
    }
    icds->shown = setenv("OCL_ICD_VENDORS", icds->folder, 1) == 0;
    return icds->shown;
}

void kern_cl_icds_remove(struct kern_cl_icds *icds)
{
    if (icds->shown && icds->before != NULL) {
        (void)setenv("OCL_ICD_VENDORS", icds->before, 1);
    } else if (icds->shown) {
        (void)unsetenv("OCL_ICD_VENDORS");
    }
    icds->shown = false;
    base_free(icds->before);
    icds->before = NULL;
    empty_and_remove(icds->folder);
}
