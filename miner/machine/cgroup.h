/* cgroup.h: how much processor time and memory the control groups of this process grant it.
 * Versions 1 and 2, wherever they are mounted. Which processors it may use is not asked here: the
 * affinity mask tells (topology.c). */
#ifndef MINER_CGROUP_H
#define MINER_CGROUP_H

#include <stdint.h>

/** Smallest CPU quota from this process's group up to the root.
 * In:      root  put before "/proc/self/cgroup", "/proc/self/mountinfo" and the mount points;
 *                "" on a real machine.
 * Returns: processors' worth of time (1.5: three halves); 0 where there is no limit or it cannot be
 *          read. */
double miner_cgroup_quota(const char *root);

/** Smallest memory limit, likewise.
 * Returns: bytes; 0 where there is no limit or it cannot be read. */
uint64_t miner_cgroup_memory(const char *root);

/** Smallest part of a memory limit that is not in use, likewise; what is cached of files counts as
 * used.
 * Returns: bytes, at least 1 where there is a limit; 0 where there is none or it cannot be read. */
uint64_t miner_cgroup_memory_left(const char *root);

#endif
