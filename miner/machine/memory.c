/* memory.c: see memory.h. */
#include "machine/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "machine/cgroup.h"

enum { LARGE = 1 << 20, PATH_CAP = 4096 };

uint64_t miner_memory_available(const char *root)
{
    char path[PATH_CAP];
    char line[256];
    uint64_t available = UINT64_MAX;
    (void)snprintf(path, sizeof path, "%s/proc/meminfo", root);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        uint64_t kib = 0;
        if (sscanf(line, "MemAvailable: %" SCNu64 " kB", &kib) == 1 && kib < UINT64_MAX / 1024) {
            available = kib * 1024;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    uint64_t granted = miner_cgroup_memory_left(root);
    return granted > 0 && granted < available ? granted : available;
}

uint64_t miner_memory_resident(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    uint64_t pages = 0;
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%*u %" SCNu64, &pages) != 1) {
        pages = 0;
    }
    (void)fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
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
