/* cgroup.c: see cgroup.h. Formats: Linux Documentation/admin-guide/cgroup-v2.rst "cpu.max",
 * "memory.max"; Documentation/scheduler/sched-bwc.rst "cpu.cfs_quota_us";
 * Documentation/admin-guide/cgroup-v1/memory.rst "memory.limit_in_bytes". */
#include "machine/cgroup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_CAP = 4096, LINE_CAP = 4096 };

/* First line of a small file, without its newline; false if there is none. */
static bool read_line(char *line, size_t cap, const char *path)
{
    FILE *file = fopen(path, "re");
    bool ok = file != NULL && fgets(line, (int)cap, file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (ok) {
        line[strcspn(line, "\n")] = '\0';
    }
    return ok;
}

/* A number above zero at text, else 0 ("max", "-1", nonsense). */
static double positive(const char *text)
{
    char *end = NULL;
    double value = strtod(text, &end);
    return end != text && value > 0.0 && value < 1e15 ? value : 0.0;
}

/* "QUOTA PERIOD" or "max PERIOD" in cpu.max of version 2. */
static double quota_v2(const char *folder)
{
    char path[PATH_CAP + 64];
    char line[LINE_CAP];
    (void)snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (!read_line(line, sizeof line, path)) {
        return 0.0;
    }
    const char *blank = strchr(line, ' ');
    double period = blank != NULL ? positive(blank + 1) : 0.0;
    return period > 0.0 ? positive(line) / period : 0.0;
}

static double quota_v1(const char *folder)
{
    char path[PATH_CAP + 64];
    char quota[LINE_CAP];
    char period[LINE_CAP];
    (void)snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    if (!read_line(quota, sizeof quota, path)) {
        return 0.0;
    }
    (void)snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    if (!read_line(period, sizeof period, path) || positive(period) <= 0.0) {
        return 0.0;
    }
    return positive(quota) / positive(period);
}

/* Number in the first line of a file of the folder, 0 if there is none. */
static double number_in(const char *folder, const char *name)
{
    char path[PATH_CAP + 64];
    char line[LINE_CAP];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return read_line(line, sizeof line, path) ? positive(line) : 0.0;
}

/* What is left of a limit: at least one byte, since 0 means that there is no limit. */
static double left_of(double limit, double used)
{
    return limit <= 0.0 ? 0.0 : limit - used > 1.0 ? limit - used : 1.0;
}

static double memory_v2(const char *folder)
{
    return left_of(number_in(folder, "memory.max"), number_in(folder, "memory.current"));
}

static double memory_v1(const char *folder)
{
    return left_of(number_in(folder, "memory.limit_in_bytes"),
                   number_in(folder, "memory.usage_in_bytes"));
}

static double smaller(double a, double b)
{
    return a <= 0.0 || (b > 0.0 && b < a) ? b : a;
}

/* The group's own folder and all above it, down to the mount point. In a container the path may
 * be the host's and not exist here: then the mount point alone answers. */
static double least_upwards(const char *mount, const char *group, double (*value_of)(const char *))
{
    char folder[PATH_CAP];
    double least = 0.0;
    size_t mount_size = strlen(mount);
    int size = snprintf(folder, sizeof folder, "%s%s", mount, group);
    if (size < 0 || (size_t)size >= sizeof folder) {
        return 0.0;
    }
    for (;;) {
        least = smaller(least, value_of(folder));
        char *slash = strrchr(folder, '/');
        if (slash == NULL || (size_t)(slash - folder) < mount_size) {
            return least;
        }
        *slash = '\0';
    }
}

/* True when the controller is one of the names in "cpu,cpuacct". */
static bool names_controller(const char *names, const char *controller)
{
    for (const char *at = names; *at != '\0'; at += *at == ',') {
        size_t size = strcspn(at, ",");
        if (size == strlen(controller) && strncmp(at, controller, size) == 0) {
            return true;
        }
        at += size;
    }
    return false;
}

/* Smallest value of this process's groups that the controller governs, 0 if there is none. */
static double least_of(const char *root, const char *controller, double (*v1)(const char *),
                       double (*v2)(const char *))
{
    char path[PATH_CAP];
    char line[LINE_CAP];
    char mount[PATH_CAP];
    double least = 0.0;
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0.0;
    }
    while (fgets(line, sizeof line, file) != NULL) { /* "0::/group" or "4:cpu,cpuacct:/group" */
        line[strcspn(line, "\n")] = '\0';
        char *names = strchr(line, ':');
        char *group = names != NULL ? strchr(names + 1, ':') : NULL;
        if (group == NULL) {
            continue;
        }
        *group++ = '\0';
        names++;
        if (names[0] == '\0') {
            (void)snprintf(mount, sizeof mount, "%s/sys/fs/cgroup", root);
            least = smaller(least, least_upwards(mount, group, v2));
        } else if (names_controller(names, controller)) {
            (void)snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/%.64s", root, names);
            least = smaller(least, least_upwards(mount, group, v1));
        }
    }
    (void)fclose(file);
    return least;
}

double miner_cgroup_quota(const char *root)
{
    return least_of(root, "cpu", quota_v1, quota_v2);
}

double miner_cgroup_memory(const char *root)
{
    return least_of(root, "memory", memory_v1, memory_v2);
}
