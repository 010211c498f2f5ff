/* memory.c: see memory.h. */
#include "machine/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/cgroup.h"

enum { LARGE = 1 << 20, PATH_CAP = 4096 };

/* Bytes that a file of "NAME:  NUMBER kB" says of a name; 0: nothing. */
static uint64_t field(const char *root, const char *below, const char *name)
{
    char path[PATH_CAP];
    char line[256];
    uint64_t kib = 0;
    size_t size = strlen(name);
    (void)snprintf(path, sizeof path, "%s%s", root, below);
    FILE *file = fopen(path, "re");
    while (file != NULL && kib == 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, size) == 0 && line[size] == ':') {
            kib = strtoull(line + size + 1, NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kib < UINT64_MAX / 1024 ? kib * 1024 : 0;
}

uint64_t miner_memory_field(const char *root, const char *name)
{
    return field(root, "/proc/meminfo", name);
}

uint64_t miner_memory_available(const char *root)
{
    uint64_t told = miner_memory_field(root, "MemAvailable");
    uint64_t available = told > 0 ? told : UINT64_MAX;
    uint64_t granted = miner_cgroup_memory_left(root);
    return granted > 0 && granted < available ? granted : available;
}

uint64_t miner_memory_resident(void)
{
    return field("", "/proc/self/status", "VmRSS");
}

uint64_t miner_memory_peak(void)
{
    return field("", "/proc/self/status", "VmHWM");
}

unsigned miner_memory_lanes(unsigned wanted, size_t lane_bytes, uint64_t available)
{
    if (lane_bytes < LARGE || wanted == 0) {
        return wanted;
    }
    uint64_t fit = (available - available / 4) / lane_bytes;
    return fit >= wanted ? wanted : fit > 0 ? (unsigned)fit : 1;
}

bool miner_memory_fits(uint64_t bytes, uint64_t available)
{
    return bytes <= available - available / 4;
}
