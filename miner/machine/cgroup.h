/* cgroup.h: how much processor time and memory the control groups of this process grant it.
 * Versions 1 and 2.
 * Which processors it may use is not asked here: the affinity mask tells (topology.c). */
#ifndef MINER_CGROUP_H
#define MINER_CGROUP_H

/** Smallest CPU quota from this process's group up to the root.
 * In:      root  put before "/proc/self/cgroup" and "/sys/fs/cgroup"; "" on a real machine.
 * Returns: processors' worth of time (1.5: three halves), 0 when there is no limit or nobody
 *          tells. */
double miner_cgroup_quota(const char *root);

/** Bytes that this process's groups may still take, up to the root: what is cached of files counts
 * as taken. root: as above. Returns: 0 when there is no limit or nobody tells. */
double miner_cgroup_memory(const char *root);

#endif
