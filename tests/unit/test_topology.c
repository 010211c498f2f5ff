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
#include "machine/bench_machine.h"
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

static struct bench_machine bench_machine(const char *allowed,
                                          const struct miner_cpu_list *affinity)
{
    struct miner_topology *topology = make(server, allowed, affinity);
    struct miner_pinner pinner;
    struct bench_machine told;
    miner_bench_machine(&told, &pinner, topology, "", 0);
    miner_topology_free(topology);
    return told;
}

/* What the choice of lanes may choose from: places, not hardware threads of the machine; and
 * another set of places, or another quota, is another question to the cache. */
static void test_lanes_to_choose_from(void **state)
{
    const struct miner_cpu_list one_a_core = {.given = true, .bits = {0x0055}}; /* 0, 2, 4, 6 */
    const struct miner_cpu_list one_core = {.given = true, .bits = {0x000c}};   /* 2, 3 */
    const struct miner_cpu_list others = {.given = true, .bits = {0x5500}};
    (void)state;
    struct bench_machine told = bench_machine(NULL, NULL);
    assert_true(told.lanes == 8 && told.lanes_most == 16);
    uint64_t whole = told.places;
    told = bench_machine(NULL, &one_a_core);
    assert_true(told.lanes == 4 && told.lanes_most == 4);
    uint64_t four = told.places;
    assert_true(bench_machine(NULL, &one_a_core).places == four);
    told = bench_machine(NULL, &others);
    assert_true(told.lanes == 4 && told.lanes_most == 4);
    assert_true(told.places != four && four != whole);
    told = bench_machine(NULL, &one_core);
    assert_true(told.lanes == 1 && told.lanes_most == 2);
    told = bench_machine("0-3", NULL); /* a cpuset */
    assert_true(told.lanes == 2 && told.lanes_most == 4);

    put("/proc/self/mountinfo",
        "31 24 0:27 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n");
    put("/proc/self/cgroup", "0::/two\n");
    put("/sys/fs/cgroup/two/cpu.max", "200000 100000\n");
    told = bench_machine(NULL, NULL);
    assert_true(told.lanes == 2 && told.lanes_most == 2);
    assert_true(told.places != whole);
    put("/sys/fs/cgroup/two/cpu.max", "1000000 100000\n"); /* ten of eight cores' 16 threads */
    told = bench_machine(NULL, NULL);
    assert_true(told.lanes == 8 && told.lanes_most == 10);
    put("/proc/self/cgroup", "");
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

/* A machine that the environment describes is said to be one; lanes go where this process may run
 * all the same, and are bound there. */
static void test_described(void **state)
{
    struct miner_topology *topology = NULL;
    struct base_error error = {BASE_OK, ""};
    cpu_set_t before;
    cpu_set_t after;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(setenv("HWLOC_SYNTHETIC", "core:1024 pu:1", 1), 0);
    assert_int_equal(miner_topology_new(&topology, NULL, NULL, &error), BASE_OK);
    assert_non_null(strstr(miner_topology_machine(topology)->note, "HWLOC_SYNTHETIC=core:1024"));
    assert_int_equal(miner_topology_place_count(topology), CPU_COUNT(&before));
    if (miner_topology_pin(topology, 0)) {
        assert_int_equal(sched_getaffinity(0, sizeof after, &after), 0);
        assert_int_equal(CPU_COUNT(&after), 1);
        assert_true(CPU_ISSET(miner_topology_place(topology, 0)->cpu, &after));
        assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
    }
    miner_topology_free(topology);
    assert_int_equal(unsetenv("HWLOC_SYNTHETIC"), 0);
    char path[128];
    put("/cut.xml", "<topology>\n");
    (void)snprintf(path, sizeof path, "%s/cut.xml", root);
    assert_int_equal(setenv("HWLOC_XMLFILE", path, 1), 0);
    assert_int_equal(miner_topology_new(&topology, NULL, NULL, &error), BASE_E_IO);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(unsetenv("HWLOC_XMLFILE"), 0);
    assert_int_equal(miner_topology_new(&topology, NULL, NULL, &error), BASE_OK);
    assert_string_equal(miner_topology_machine(topology)->note, "");
    miner_topology_free(topology);
}

/* Hardware threads that hwloc shows in no core are places like others. */
static void test_thread_without_core(void **state)
{
    static const char set[] = "cpuset=\"0x3\" complete_cpuset=\"0x3\" nodeset=\"0x1\" "
                              "complete_nodeset=\"0x1\"";
    struct miner_topology *topology = NULL;
    struct base_error error = {BASE_OK, ""};
    char xml[2048];
    char path[128];
    cpu_set_t before;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    if (!CPU_ISSET(0, &before)) {
        skip();
    }
    (void)snprintf(xml, sizeof xml,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n"
                   "<topology version=\"2.0\">\n"
                   "<object type=\"Machine\" os_index=\"0\" %s allowed_cpuset=\"0x3\" "
                   "allowed_nodeset=\"0x1\" gp_index=\"1\">\n"
                   "<object type=\"NUMANode\" os_index=\"0\" %s gp_index=\"2\" "
                   "local_memory=\"1024\"/>\n"
                   "<object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" complete_cpuset=\"0x1\" "
                   "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"6\"/>\n"
                   "<object type=\"Core\" os_index=\"0\" cpuset=\"0x2\" complete_cpuset=\"0x2\" "
                   "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"3\">\n"
                   "<object type=\"PU\" os_index=\"1\" cpuset=\"0x2\" complete_cpuset=\"0x2\" "
                   "nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"4\"/>\n"
                   "</object>\n"
                   "</object>\n</topology>\n",
                   set, set);
    put("/mixed.xml", xml);
    (void)snprintf(path, sizeof path, "%s/mixed.xml", root);
    assert_int_equal(setenv("HWLOC_XMLFILE", path, 1), 0);
    enum base_status status = miner_topology_new(&topology, NULL, NULL, &error);
    assert_int_equal(unsetenv("HWLOC_XMLFILE"), 0);
    if (status != BASE_OK) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(miner_topology_machine(topology)->cores, 2);
    assert_int_equal(miner_topology_place_count(topology), CPU_ISSET(1, &before) ? 2 : 1);
    bool placed = false;
    for (unsigned i = 0; i < miner_topology_place_count(topology); i++) {
        placed = placed || miner_topology_place(topology, i)->cpu == 0;
    }
    assert_true(placed);
    miner_topology_free(topology);
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

/* Lines of real systems. */
static const char mounted_v2[] =
    "24 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
    "31 24 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw\n";
static const char mounted_v1[] =
    "32 25 0:28 / /sys/fs/cgroup ro,nosuid shared:10 - tmpfs tmpfs ro,mode=755\n"
    "35 32 0:31 / /sys/fs/cgroup/cpuset rw shared:13 - cgroup cgroup rw,cpuset\n"
    "36 32 0:32 / /sys/fs/cgroup/cpuacct,cpu rw shared:14 - cgroup cgroup rw,cpuacct,cpu\n"
    "37 32 0:33 / /run/my\\040groups rw shared:15 - cgroup none rw,memory\n";
/* A container without a namespace of its own: its group is mounted, and has the host's name. */
static const char mounted_part[] =
    "36 32 0:32 /docker/0123 /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n";

/* Formats: Linux Documentation/admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst. */
static void test_quota(void **state)
{
    (void)state;
    assert_true(miner_cgroup_quota("/nowhere") == 0.0); /* no /proc, no /sys */
    put("/proc/self/mountinfo", mounted_v2);
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

    /* Version 1, with the controllers mounted together, in whatever order: mountinfo tells where.
     */
    put("/proc/self/mountinfo", mounted_v1);
    put("/proc/self/cgroup", "11:memory:/a\n4:cpu,cpuacct:/batch/miner\n0::/\n");
    put("/sys/fs/cgroup/cpuacct,cpu/batch/miner/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpuacct,cpu/batch/miner/cpu.cfs_period_us", "100000\n");
    assert_true(miner_cgroup_quota(root) == 0.0);
    put("/sys/fs/cgroup/cpuacct,cpu/batch/miner/cpu.cfs_quota_us", "300000\n");
    assert_true(miner_cgroup_quota(root) == 3.0);
    put("/sys/fs/cgroup/cpuacct,cpu/batch/miner/cpu.cfs_period_us", "0\n");
    assert_true(miner_cgroup_quota(root) == 0.0);
    put("/proc/self/mountinfo", mounted_part);
    put("/proc/self/cgroup", "4:cpu,cpuacct:/docker/0123/inner\n");
    put("/sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_quota_us", "50000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_period_us", "100000\n");
    assert_true(miner_cgroup_quota(root) == 0.5);
    put("/proc/self/cgroup", "4:cpu,cpuacct:/docker/0123456\n"); /* not below /docker/0123 */
    assert_true(miner_cgroup_quota(root) == 0.0);
    put("/proc/self/mountinfo", mounted_v2);

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

/* Memory is what the system says, not what hwloc adds up, and at most what the cgroup grants. */
static void test_memory(void **state)
{
    (void)state;
    put("/proc/meminfo", "MemTotal:       24684092 kB\nMemFree:        1 kB\n");
    put("/proc/self/cgroup", "0::/small\n");
    put("/sys/fs/cgroup/small/memory.max", "max\n");
    struct miner_topology *topology = make(server, NULL, NULL);
    assert_true(miner_topology_machine(topology)->memory_bytes == UINT64_C(24684092) * 1024);
    miner_topology_free(topology);
    put("/sys/fs/cgroup/small/memory.max", "1073741824\n");
    assert_true(miner_cgroup_memory(root) == 1073741824);
    topology = make(server, NULL, NULL);
    assert_true(miner_topology_machine(topology)->memory_bytes == 1073741824);
    miner_topology_free(topology);
    put("/proc/self/mountinfo", mounted_v1);
    put("/proc/self/cgroup", "11:memory:/a\n");
    put("/run/my groups/a/memory.limit_in_bytes", "9223372036854771712\n");
    assert_true(miner_cgroup_memory(root) == 0);
    put("/run/my groups/memory.limit_in_bytes", "536870912\n");
    assert_true(miner_cgroup_memory(root) == 536870912);
    put("/proc/self/mountinfo", mounted_v2);
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
static void test_memory_for_lanes(void **state)
{
    (void)state;
    put("/proc/self/mountinfo", mounted_v2);
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
    put("/proc/self/mountinfo",
        "37 32 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
    put("/proc/self/cgroup", "11:memory:/m\n4:cpu,cpuacct:/batch\n0::/\n");
    put("/sys/fs/cgroup/memory/m/memory.limit_in_bytes", "9223372036854771712\n"); /* none */
    assert_int_equal(miner_memory_available(root), 8192000000);
    put("/sys/fs/cgroup/memory/m/memory.limit_in_bytes", "500000000\n");
    put("/sys/fs/cgroup/memory/m/memory.usage_in_bytes", "100000000\n");
    assert_int_equal(miner_memory_available(root), 400000000);
    put("/proc/self/mountinfo", mounted_v2);
    put("/proc/self/cgroup", "");
    put("/proc/meminfo", "MemTotal: 1 kB\n");
    assert_true(miner_memory_available(root) == UINT64_MAX); /* it cannot be read */

    assert_int_equal(miner_memory_lanes(64, 150000000, 8192000000), 40);
    assert_int_equal(miner_memory_lanes(16, 150000000, 8192000000), 16);
    assert_int_equal(miner_memory_lanes(16, 150000000, 1), 1); /* one is tried all the same */
    assert_int_equal(miner_memory_lanes(16, 2048, 1), 16);
    assert_int_equal(miner_memory_lanes(16, 150000000, UINT64_MAX), 16);
    assert_int_equal(miner_memory_lanes(0, 150000000, 0), 0);
    assert_true(miner_memory_fits(6144000000, 8192000000)); /* three quarters */
    assert_false(miner_memory_fits(6144000001, 8192000000));
    assert_false(miner_memory_fits(1, 0));
    assert_true(miner_memory_fits(7635660480, UINT64_MAX)); /* it cannot be read */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_affinity),
        cmocka_unit_test(test_lanes_to_choose_from),
        cmocka_unit_test(test_small_machines),
        cmocka_unit_test(test_this_machine),
        cmocka_unit_test(test_quota),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_memory_for_lanes),
        cmocka_unit_test(test_described),
        cmocka_unit_test(test_thread_without_core),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
