/* memory.h: memory: what is left, what this process has, for how many lanes it is enough, and
 * whether it is for a table. */
#ifndef MINER_MEMORY_H
#define MINER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A number of /proc/meminfo, such as "MemTotal", in bytes; 0 where it cannot be read.
 * In: root  as in cgroup.h. */
uint64_t miner_memory_field(const char *root, const char *name);

/** Memory that new lanes may take: what the system has left, or this process's control groups if
 * that is less.
 * In:      root  as in cgroup.h; "" on a real machine.
 * Returns: bytes; UINT64_MAX where it cannot be read.
 * Source:  Linux, Documentation/filesystems/proc.rst (MemAvailable). */
uint64_t miner_memory_available(const char *root);

/** Memory of this process that is resident now, and the most that was, in bytes; 0 where it cannot
 * be read. The most is not getrusage's number, which includes the process that started this one,
 * from before the program was loaded.
 * Source:  Linux, Documentation/filesystems/proc.rst (status: VmRSS, VmHWM). */
uint64_t miner_memory_resident(void);
uint64_t miner_memory_peak(void);

/** Lanes, at most those wanted and at least one, that three quarters of the memory are enough for.
 * The rest is for tables, devices and other programs.
 * In:      lane_bytes  what one lane needs (kern_scratch_bytes). Below 1 MiB all lanes fit. */
unsigned miner_memory_lanes(unsigned wanted, size_t lane_bytes, uint64_t available);

/** True when three quarters of the available memory are enough for so many bytes. */
bool miner_memory_fits(uint64_t bytes, uint64_t available);

#endif
