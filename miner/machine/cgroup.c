/* cgroup.c: see cgroup.h. Formats: Linux Documentation/admin-guide/cgroup-v2.rst "cpu.max" and
 * "memory.max", Documentation/scheduler/sched-bwc.rst "cpu.cfs_quota_us",
 * Documentation/admin-guide/cgroup-v1/memory.rst "memory.limit_in_bytes", proc(5) "mountinfo". */
#include "machine/cgroup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/status.h"

enum { PATH_CAP = 4096, LINE_CAP = 4096 };

/* First line of a file of the folder, without its newline; "" if there is none. */
static void read_line(char line[LINE_CAP], const char *folder, const char *name)
{
    char path[PATH_CAP + 64];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)base_file_line(line, LINE_CAP, path);
}

/* A number above zero at text, else 0: "max", "-1", nonsense, and what version 1 says for no limit,
 * which is near 2^63. */
static double positive(const char *text)
{
    char *end = NULL;
    double value = strtod(text, &end);
    return end != text && value > 0.0 && value < 1e15 ? value : 0.0;
}

/* "QUOTA PERIOD" or "max PERIOD" in cpu.max of version 2. */
static double quota_v2(const char *folder)
{
    char line[LINE_CAP];
    read_line(line, folder, "cpu.max");
    const char *blank = strchr(line, ' ');
    double period = blank != NULL ? positive(blank + 1) : 0.0;
    return period > 0.0 ? positive(line) / period : 0.0;
}

/* Number in the first line of a file of the folder, 0 if there is none. */
static double number_in(const char *folder, const char *name)
{
    char line[LINE_CAP];
    read_line(line, folder, name);
    return positive(line);
}

static double quota_v1(const char *folder)
{
    double quota = number_in(folder, "cpu.cfs_quota_us");
    double period = number_in(folder, "cpu.cfs_period_us");
    return period > 0.0 ? quota / period : 0.0;
}

static double memory_v2(const char *folder)
{
    return number_in(folder, "memory.max");
}

static double memory_v1(const char *folder)
{
    return number_in(folder, "memory.limit_in_bytes");
}

/* The unused part of a limit: at least one byte, since 0 means that there is no limit. */
static double left_of(double limit, double used)
{
    return limit <= 0.0 ? 0.0 : limit - used > 1.0 ? limit - used : 1.0;
}

static double memory_left_v2(const char *folder)
{
    return left_of(memory_v2(folder), number_in(folder, "memory.current"));
}

static double memory_left_v1(const char *folder)
{
    return left_of(memory_v1(folder), number_in(folder, "memory.usage_in_bytes"));
}

static double smaller(double a, double b)
{
    return a <= 0.0 || (b > 0.0 && b < a) ? b : a;
}

/* ---- where groups are ----------------------------------------------------------------------- */

/* True when a name is one of those in "cpu,cpuacct". */
static bool names(const char *list, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = list; *at != '\0'; at += *at == ',') {
        size_t length = strcspn(at, ", ");
        if (length == size && strncmp(at, name, size) == 0) {
            return true;
        }
        at += length;
        at += *at == ' ';
    }
    return false;
}

/* Undo the octal escapes of mountinfo: blanks are \040. In place. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; to++) {
        bool octal = at[0] == '\\' && strspn(at + 1, "01234567") >= 3;
        *to = octal ? (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0')) : *at;
        at += octal ? 4 : 1;
    }
    *to = '\0';
}

/* Where a hierarchy is mounted. */
struct mount {
    char point[PATH_CAP]; /* with the root of tests before it */
    char root[PATH_CAP];  /* group that is seen there; "/" where all are */
};

/* One line of mountinfo: true when it is version 2 (controller NULL), or version 1 with this
 * controller. */
static bool read_mount(struct mount *mount, char *line, const char *root, const char *controller)
{
    char *save = NULL;
    char *fields[5] = {NULL}; /* number, parent, device, root, mount point */
    char *rest = strstr(line, " - ");
    if (rest == NULL) {
        return false;
    }
    *rest = '\0';
    rest += 3; /* type, source, options */
    bool fits = controller == NULL ? strncmp(rest, "cgroup2 ", 8) == 0
                                   : strncmp(rest, "cgroup ", 7) == 0 && names(rest, controller);
    for (size_t i = 0; i < BASE_COUNT_OF(fields); i++) {
        fields[i] = strtok_r(i == 0 ? line : NULL, " ", &save);
    }
    if (!fits || fields[4] == NULL) {
        return false;
    }
    unescape(fields[3]);
    unescape(fields[4]);
    int size = snprintf(mount->point, sizeof mount->point, "%s%s", root, fields[4]);
    (void)snprintf(mount->root, sizeof mount->root, "%s", fields[3]);
    return size > 0 && (size_t)size < sizeof mount->point;
}

static bool find_mount(struct mount *mount, const char *root, const char *controller)
{
    char path[PATH_CAP];
    char line[LINE_CAP];
    bool found = false;
    (void)snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
    FILE *file = fopen(path, "re");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        found = read_mount(mount, line, root, controller);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

/* The part of a group's name below the group that is mounted; "" where the group is outside of it,
 * as a container sees its own: then the mount point alone answers. */
static const char *below(const char *group, const char *root)
{
    size_t size = strcmp(root, "/") == 0 ? 0 : strlen(root);
    bool inside = strncmp(group, root, size) == 0 && (group[size] == '/' || group[size] == '\0') &&
                  strncmp(group, "/..", 3) != 0;
    return inside ? group + size : "";
}

/* ---- limits --------------------------------------------------------------------------------- */

typedef double (*limit_fn)(const char *folder);

/* The smallest limit of a group's folder and of all above it, up to the mount point. */
static double limit_upwards(const struct mount *mount, const char *group, limit_fn limit_of)
{
    char folder[PATH_CAP];
    double limit = 0.0;
    size_t least = strlen(mount->point);
    int size = snprintf(folder, sizeof folder, "%s%s", mount->point, below(group, mount->root));
    if (size < 0 || (size_t)size >= sizeof folder) {
        return 0.0;
    }
    for (;;) {
        limit = smaller(limit, limit_of(folder));
        char *slash = strrchr(folder, '/');
        if (slash == NULL || (size_t)(slash - folder) < least) {
            return limit;
        }
        *slash = '\0';
    }
}

/* The smallest limit of all hierarchies that have this controller. */
static double find_limit(const char *root, const char *controller, limit_fn v1, limit_fn v2)
{
    char path[PATH_CAP];
    char line[LINE_CAP];
    struct mount mount;
    double limit = 0.0;
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0.0;
    }
    while (fgets(line, sizeof line, file) != NULL) { /* "0::/group" or "4:cpu,cpuacct:/group" */
        line[strcspn(line, "\n")] = '\0';
        char *list = strchr(line, ':');
        char *group = list != NULL ? strchr(list + 1, ':') : NULL;
        if (group == NULL) {
            continue;
        }
        *group++ = '\0';
        list++;
        bool second = list[0] == '\0';
        if ((second || names(list, controller)) &&
            find_mount(&mount, root, second ? NULL : controller)) {
            limit = smaller(limit, limit_upwards(&mount, group, second ? v2 : v1));
        }
    }
    (void)fclose(file);
    return limit;
}

double miner_cgroup_quota(const char *root)
{
    return find_limit(root, "cpu", quota_v1, quota_v2);
}

uint64_t miner_cgroup_memory(const char *root)
{
    return (uint64_t)find_limit(root, "memory", memory_v1, memory_v2);
}

uint64_t miner_cgroup_memory_left(const char *root)
{
    return (uint64_t)find_limit(root, "memory", memory_left_v1, memory_left_v2);
}
