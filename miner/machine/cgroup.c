/* cgroup.c: see cgroup.h. Formats: Linux Documentation/admin-guide/cgroup-v2.rst "cpu.max",
 * Documentation/scheduler/sched-bwc.rst "cpu.cfs_quota_us". */
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

static double smaller(double a, double b)
{
    return a <= 0.0 || (b > 0.0 && b < a) ? b : a;
}

/* The group's own folder and all above it, down to the mount point. In a container the path may
 * be the host's and not exist here: then the mount point alone answers. */
static double quota_upwards(const char *mount, const char *group, double (*quota_of)(const char *))
{
    char folder[PATH_CAP];
    double quota = 0.0;
    size_t mount_size = strlen(mount);
    int size = snprintf(folder, sizeof folder, "%s%s", mount, group);
    if (size < 0 || (size_t)size >= sizeof folder) {
        return 0.0;
    }
    for (;;) {
        quota = smaller(quota, quota_of(folder));
        char *slash = strrchr(folder, '/');
        if (slash == NULL || (size_t)(slash - folder) < mount_size) {
            return quota;
        }
        *slash = '\0';
    }
}

/* True when "cpu" is one of the names in "cpu,cpuacct". */
static bool names_cpu(const char *names)
{
    for (const char *at = names; *at != '\0'; at += *at == ',') {
        size_t size = strcspn(at, ",");
        if (size == 3 && strncmp(at, "cpu", 3) == 0) {
            return true;
        }
        at += size;
    }
    return false;
}

double miner_cgroup_quota(const char *root)
{
    char path[PATH_CAP];
    char line[LINE_CAP];
    char mount[PATH_CAP];
    double quota = 0.0;
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
            quota = smaller(quota, quota_upwards(mount, group, quota_v2));
        } else if (names_cpu(names)) {
            (void)snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/%.64s", root, names);
            quota = smaller(quota, quota_upwards(mount, group, quota_v1));
        }
    }
    (void)fclose(file);
    return quota;
}
