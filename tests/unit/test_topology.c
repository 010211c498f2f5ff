/* test_topology.c: machines described to hwloc in words, and control groups in a made-up root:
 * what is counted, how many lanes there are, and where they go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "machine/cgroup.h"
#include "machine/memory.h"
#include "machine/topology.h"

static char root[64];

static int make_root(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof root, "/tmp/shardpick-root-XXXXXX");
    return mkdtemp(root) == NULL;
}

static int remove_entry(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
    (void)stat;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Write a file below the root, with the folders on the way. */
static void put(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s%s", root, name);
    for (char *at = path + strlen(root) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(path, 0755);
        *at = '/';
    }
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static struct miner_topology *make(const char *synthetic, const char *allowed,
                                   const struct miner_cpu_list *affinity)
{
    struct miner_topology_source source = {synthetic, allowed, root};
    struct miner_topology *topology = NULL;
    struct base_error error = {BASE_OK, ""};
    if (miner_topology_new(&topology, affinity, &source, &error) != BASE_OK) {
        fail_msg("%s: %s", synthetic, error.text);
    }
    return topology;
}

static unsigned lanes(const struct miner_topology *topology, enum miner_threads_rule rule,
                      unsigned threads)
{
    return miner_topology_lanes(topology, rule, threads);
}

/* Two packages with a NUMA node each, four cores each, two hardware threads a core. hwloc numbers
 * the hardware threads of such a description in order: core 0 has 0 and 1. */
static const char server[] = "pack:2 [numa] l3:1 core:4 l2:1 l1:1 pu:2";

static void test_server(void **state)
{
    (void)state;
    struct miner_topology *topology = make(server, NULL, NULL);
    const struct miner_machine *machine = miner_topology_machine(topology);
    assert_int_equal(machine->packages, 2);
    assert_int_equal(machine->numa_nodes, 2);
    assert_int_equal(machine->cores, 8);
    assert_int_equal(machine->threads, 16);
    assert_int_equal(machine->cores_allowed, 8);
    assert_int_equal(machine->threads_allowed, 16);
    assert_int_equal(machine->cache[0].count, 8);
    assert_int_equal(machine->cache[1].count, 8);
    assert_int_equal(machine->cache[2].count, 2);
    assert_true(machine->cache[2].size_bytes > machine->cache[0].size_bytes);
    assert_true(machine->cpu_quota == 0.0);
    assert_int_equal(lanes(topology, MINER_THREADS_CORES, 0), 8);
    assert_int_equal(lanes(topology, MINER_THREADS_ALL, 0), 16);
    assert_int_equal(lanes(topology, MINER_THREADS_COUNT, 0), 0);
    assert_int_equal(lanes(topology, MINER_THREADS_COUNT, 40), 40);

    /* One lane on each core before the second hardware threads; then from the start again. */
    bool seen[16] = {false};
    for (unsigned i = 0; i < 16; i++) {
        const struct miner_place *place = miner_topology_place(topology, i);
        assert_int_equal(place->sibling, i / 8);
        assert_int_equal(place->core, i % 8);
        assert_int_equal(place->cpu, 2 * (i % 8) + i / 8);
        assert_int_equal(place->package, (i % 8) / 4);
        assert_int_equal(place->numa_node, (i % 8) / 4);
        assert_false(seen[place->cpu]);
        seen[place->cpu] = true;
    }
    assert_int_equal(miner_topology_place_count(topology), 16);
    assert_int_equal(miner_topology_place(topology, 16)->cpu, 0);
    miner_topology_free(topology);
}

static void test_allowed(void **state)
{
    (void)state;
    struct miner_topology *topology = make(server, "1-3,15", NULL);
    const struct miner_machine *machine = miner_topology_machine(topology);
    assert_int_equal(machine->threads, 16);
    assert_int_equal(machine->threads_allowed, 4);
    assert_int_equal(machine->cores_allowed, 3);
    assert_int_equal(lanes(topology, MINER_THREADS_CORES, 0), 3);
    assert_int_equal(lanes(topology, MINER_THREADS_ALL, 0), 4);
    static const unsigned cpus[] = {1, 2, 15, 3};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(miner_topology_place(topology, i)->cpu, cpus[i]);
    }
    assert_int_equal(miner_topology_place(topology, 2)->package, 1);
    miner_topology_free(topology);
}

static void test_affinity(void **state)
{
    struct miner_cpu_list list = {.given = true, .bits = {0x8006}}; /* 1, 2 and 15 */
    struct miner_topology_source source = {server, "0-7", root};
    struct miner_topology *topology = NULL;
    struct base_error error = {BASE_OK, ""};
    (void)state;
    topology = make(server, NULL, &list);
    assert_int_equal(lanes(topology, MINER_THREADS_ALL, 0), 3);
    assert_int_equal(miner_topology_place(topology, 2)->cpu, 15);
    /* The machine is described as it is allowed, not as it is asked for. */
    assert_int_equal(miner_topology_machine(topology)->threads_allowed, 16);
    miner_topology_free(topology);

    assert_int_equal(miner_topology_new(&topology, &list, &source, &error), BASE_E_RANGE);
    assert_null(topology);
    assert_non_null(strstr(error.text, "no hardware thread 15"));
    assert_non_null(strstr(error.text, "0-7"));
    list.bits[15] = 1ULL << 63; /* 1023: far past the last */
    list.bits[0] = 0;
    assert_int_equal(miner_topology_new(&topology, &list, &source, &error), BASE_E_RANGE);
    assert_non_null(strstr(error.text, "1023"));
}

static void test_small_machines(void **state)
{
    (void)state;
    struct miner_topology *topology = make("pu:1", NULL, NULL);
    assert_int_equal(lanes(topology, MINER_THREADS_CORES, 0), 1);
    assert_int_equal(miner_topology_machine(topology)->packages, 1);
    assert_int_equal(miner_topology_place(topology, 7)->cpu, 0);
    miner_topology_free(topology);

    topology = make("pu:6", NULL, NULL); /* no cores shown: hardware threads count as cores */
    assert_int_equal(miner_topology_machine(topology)->cores, 6);
    assert_int_equal(lanes(topology, MINER_THREADS_CORES, 0), 6);
    miner_topology_free(topology);

    struct miner_topology_source source = {"nonsense:x", NULL, root};
    struct base_error error = {BASE_OK, ""};
    assert_int_not_equal(miner_topology_new(&topology, NULL, &source, &error), BASE_OK);
    assert_null(topology);
}

static void test_this_machine(void **state)
{
    struct miner_topology *topology = NULL;
    struct base_error error = {BASE_OK, ""};
    cpu_set_t before;
    cpu_set_t after;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(miner_topology_new(&topology, NULL, NULL, &error), BASE_OK);
    const struct miner_machine *machine = miner_topology_machine(topology);
    assert_int_equal(machine->threads_allowed, CPU_COUNT(&before));
    assert_true(machine->cores_allowed >= 1 && machine->cores_allowed <= machine->cores);
    assert_true(machine->memory_bytes > 0 && machine->processor[0] != '\0');
    assert_true(miner_topology_place_count(topology) == machine->threads_allowed);

    unsigned last = miner_topology_place_count(topology) - 1;
    if (miner_topology_pin(topology, last)) {
        assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
        assert_int_equal(CPU_COUNT(&after), 1);
        assert_true(CPU_ISSET(miner_topology_place(topology, last)->cpu, &after));
        assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    }
    miner_topology_free(topology);
}

/* Formats: Linux Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst. */
static void test_quota(void **state)
{
    (void)state;
    assert_true(miner_cgroup_quota(root) == 0.0); /* no /proc, no /sys */
    put("/proc/self/cgroup", "0::/user.slice/miner\n");
    assert_true(miner_cgroup_quota(root) == 0.0);
    put("/sys/fs/cgroup/user.slice/miner/cpu.max", "max 100000\n");
    assert_true(miner_cgroup_quota(root) == 0.0);
    put("/sys/fs/cgroup/user.slice/miner/cpu.max", "250000 100000\n");
    assert_true(miner_cgroup_quota(root) == 2.5);
    put("/sys/fs/cgroup/user.slice/cpu.max", "150000 100000\n"); /* the parent is stricter */
    assert_true(miner_cgroup_quota(root) == 1.5);
    put("/sys/fs/cgroup/user.slice/cpu.max", "400000 100000\n");
    assert_true(miner_cgroup_quota(root) == 2.5);

    struct miner_topology *topology = make(server, NULL, NULL);
    assert_true(miner_topology_machine(topology)->cpu_quota == 2.5);
    assert_int_equal(lanes(topology, MINER_THREADS_CORES, 0), 3); /* the half is used too */
    assert_int_equal(lanes(topology, MINER_THREADS_ALL, 0), 16);  /* asked for is asked for */
    assert_int_equal(lanes(topology, MINER_THREADS_COUNT, 5), 5);
    miner_topology_free(topology);

    /* A container that sees the host's path, but only its own files. */
    put("/proc/self/cgroup", "0::/docker/0123456789abcdef\n");
    put("/sys/fs/cgroup/cpu.max", "50000 100000\n");
    assert_true(miner_cgroup_quota(root) == 0.5);
    topology = make(server, NULL, NULL);
    assert_int_equal(lanes(topology, MINER_THREADS_CORES, 0), 1);
    miner_topology_free(topology);
    put("/sys/fs/cgroup/cpu.max", "max 100000\n");

    /* Version 1, with the controllers mounted together. */
    put("/proc/self/cgroup", "11:memory:/a\n4:cpu,cpuacct:/batch/miner\n0::/\n");
    put("/sys/fs/cgroup/cpu,cpuacct/batch/miner/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/batch/miner/cpu.cfs_period_us", "100000\n");
    assert_true(miner_cgroup_quota(root) == 0.0);
    put("/sys/fs/cgroup/cpu,cpuacct/batch/miner/cpu.cfs_quota_us", "300000\n");
    assert_true(miner_cgroup_quota(root) == 3.0);
    put("/sys/fs/cgroup/cpu,cpuacct/batch/miner/cpu.cfs_period_us", "0\n");
    assert_true(miner_cgroup_quota(root) == 0.0);

    /* Nonsense is no quota. */
    put("/proc/self/cgroup", "0::/x\nnonsense\n::\n5:cpuset:/\n");
    static const char *const texts[] = {"",           "\n",         "100000",
                                        "abc 100000", "1 0",        "-5 100000",
                                        "nan 100000", "inf 100000", "1e300 1e-300"};
    for (size_t i = 0; i < BASE_COUNT_OF(texts); i++) {
        put("/sys/fs/cgroup/x/cpu.max", texts[i]);
        assert_true(miner_cgroup_quota(root) == 0.0);
    }
    put("/proc/self/cgroup", "");
}

static void test_no_memory(void **state)
{
    struct miner_topology_source source = {server, NULL, root};
    struct miner_topology *topology = NULL;
    struct base_error error = {BASE_OK, ""};
    (void)state;
    for (uint64_t after = 0; after < 2; after++) {
        base_alloc_fail_after(after);
        assert_int_equal(miner_topology_new(&topology, NULL, &source, &error), BASE_E_MEMORY);
        base_alloc_fail_after(UINT64_MAX);
        assert_null(topology);
    }
}

/* Formats: Linux Documentation/filesystems/proc.rst, admin-guide/cgroup-v2.rst,
 * cgroup-v1/memory.rst. */
static void test_memory(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/a/b\n");
    put("/proc/meminfo",
        "MemTotal:       16000000 kB\nMemFree:  1 kB\nMemAvailable:    8000000 kB\n");
    assert_int_equal(miner_memory_available(root), 8192000000);
    put("/sys/fs/cgroup/a/b/memory.max", "max\n");
    put("/sys/fs/cgroup/a/b/memory.current", "5000\n");
    assert_int_equal(miner_memory_available(root), 8192000000);
    put("/sys/fs/cgroup/a/memory.max", "3000000000\n"); /* the parent is stricter */
    put("/sys/fs/cgroup/a/memory.current", "1000000000\n");
    assert_int_equal(miner_memory_available(root), 2000000000);
    put("/sys/fs/cgroup/a/memory.current", "3000000001\n");
    assert_int_equal(miner_memory_available(root), 1);
    put("/sys/fs/cgroup/a/memory.max", "max\n");
    put("/proc/self/cgroup", "11:memory:/m\n4:cpu,cpuacct:/batch\n0::/\n");
    put("/sys/fs/cgroup/memory/m/memory.limit_in_bytes", "9223372036854771712\n"); /* none */
    assert_int_equal(miner_memory_available(root), 8192000000);
    put("/sys/fs/cgroup/memory/m/memory.limit_in_bytes", "500000000\n");
    put("/sys/fs/cgroup/memory/m/memory.usage_in_bytes", "100000000\n");
    assert_int_equal(miner_memory_available(root), 400000000);
    put("/proc/self/cgroup", "");
    put("/proc/meminfo", "MemTotal: 1 kB\n");
    assert_true(miner_memory_available(root) == UINT64_MAX); /* nobody tells */

    assert_int_equal(miner_memory_lanes(64, 150000000, 8192000000), 40);
    assert_int_equal(miner_memory_lanes(16, 150000000, 8192000000), 16);
    assert_int_equal(miner_memory_lanes(16, 150000000, 1), 1); /* one is tried all the same */
    assert_int_equal(miner_memory_lanes(16, 2048, 1), 16);
    assert_int_equal(miner_memory_lanes(16, 150000000, UINT64_MAX), 16);
    assert_int_equal(miner_memory_lanes(0, 150000000, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server),       cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_affinity),     cmocka_unit_test(test_small_machines),
        cmocka_unit_test(test_this_machine), cmocka_unit_test(test_quota),
        cmocka_unit_test(test_memory),       cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
