/* topology.c: see topology.h. What hwloc found is kept for binding; everything else is copied out
 * of it once. hwloc can be told to describe another machine (HWLOC_XMLFILE, HWLOC_SYNTHETIC);
 * affinity is therefore read and set by the calls that ask the system itself. */
#include "machine/topology.h"

#include <hwloc.h>
#include <hwloc/linux.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "machine/cgroup.h"
#include "machine/memory.h"

enum { DESCRIBED_MAX = 140 };

struct miner_topology {
    hwloc_topology_t hwloc;
    hwloc_bitmap_t usable; /* hardware threads that are allowed and wanted */
    struct miner_machine machine;
    struct miner_place *places;
    unsigned place_count;
    unsigned core_lanes; /* places that are the first on their core */
};

/* ---- what hwloc sees ------------------------------------------------------------------------ */

/* The variable that makes hwloc describe something else than this system, as "NAME=value"; "" none.
 */
static const char *described_by(char text[DESCRIBED_MAX])
{
    static const char *const names[] = {"HWLOC_XMLFILE", "HWLOC_SYNTHETIC", "HWLOC_FSROOT"};
    text[0] = '\0';
    for (size_t i = 0; i < BASE_COUNT_OF(names) && text[0] == '\0'; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            (void)snprintf(text, DESCRIBED_MAX, "%s=%.100s", names[i], value);
        }
    }
    return text;
}

static enum base_status load(struct miner_topology *topology,
                             const struct miner_topology_source *source, struct base_error *error)
{
    /* Allowed and disallowed objects: both are counted. hwloc's OpenCL plugin is switched off: a
     * broken OpenCL platform must not hang a program that only looks for processors. */
    if (hwloc_topology_init(&topology->hwloc) != 0) {
        topology->hwloc = NULL;
        return base_error_set(error, BASE_E_MEMORY, "no memory for the processor topology");
    }
    (void)hwloc_topology_set_flags(topology->hwloc, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    (void)hwloc_topology_set_components(topology->hwloc, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST,
                                        "opencl");
    if (source->synthetic != NULL &&
        hwloc_topology_set_synthetic(topology->hwloc, source->synthetic) != 0) {
        return base_error_set(error, BASE_E_ARG, "hwloc does not understand \"%s\"",
                              source->synthetic);
    }
    char described[DESCRIBED_MAX];
    bool by_variable = source->synthetic == NULL && described_by(described)[0] != '\0';
    if (hwloc_topology_load(topology->hwloc) != 0) {
        return base_error_set(error, BASE_E_IO, "hwloc cannot read this machine's processors%s%s",
                              by_variable ? "; the environment holds " : "",
                              by_variable ? described : "");
    }
    if (by_variable && hwloc_topology_is_thissystem(topology->hwloc) == 0) {
        (void)snprintf(topology->machine.note, sizeof topology->machine.note,
                       "the environment holds %s: processors, cores and caches are the described "
                       "ones, not this system's; lanes go where both agree",
                       described);
    }
    return BASE_OK;
}

/* Hardware threads this process may use: the cpuset of its control group, cut down to its
 * affinity mask. */
static enum base_status find_allowed(struct miner_topology *topology,
                                     const struct miner_topology_source *source,
                                     struct base_error *error)
{
    hwloc_bitmap_t mask = hwloc_bitmap_alloc();
    topology->usable = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(topology->hwloc));
    if (mask == NULL || topology->usable == NULL) {
        hwloc_bitmap_free(mask);
        return base_error_set(error, BASE_E_MEMORY, "no memory for the processor topology");
    }
    if (source->synthetic != NULL) {
        if (source->allowed != NULL && hwloc_bitmap_list_sscanf(mask, source->allowed) == 0) {
            (void)hwloc_bitmap_and(topology->usable, topology->usable, mask);
        }
    } else if (hwloc_linux_get_tid_cpubind(topology->hwloc, 0, mask) == 0) {
        (void)hwloc_bitmap_and(topology->usable, topology->usable, mask);
    }
    hwloc_bitmap_free(mask);
    return hwloc_bitmap_iszero(topology->usable)
               ? base_error_set(
                     error, BASE_E_IO, "the system allows no hardware thread that hwloc shows%s%s",
                     topology->machine.note[0] != '\0' ? "; " : "", topology->machine.note)
               : BASE_OK;
}

static unsigned count_objects(const struct miner_topology *topology, hwloc_obj_type_t type)
{
    int count = hwloc_get_nbobjs_by_type(topology->hwloc, type);
    return count > 0 ? (unsigned)count : 0;
}

/* Cores are hwloc's cores, and hardware threads that it shows in no core: all of them in some
 * virtual machines. *i is 0 at first; NULL after the last. */
static hwloc_obj_t next_core(const struct miner_topology *topology, unsigned *i)
{
    unsigned cores = count_objects(topology, HWLOC_OBJ_CORE);
    hwloc_obj_t found = NULL;
    if (*i < cores) {
        return hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_CORE, (*i)++);
    }
    do {
        found = hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_PU, (*i)++ - cores);
    } while (found != NULL &&
             hwloc_get_ancestor_obj_by_type(topology->hwloc, HWLOC_OBJ_CORE, found) != NULL);
    return found;
}

/* Memory of the machine as the system says it, or the control group's limit where that is less.
 * hwloc adds up what NUMA nodes had when it was booted. */
static uint64_t find_memory(const struct miner_topology *topology, const char *root)
{
    uint64_t total = miner_memory_field(root, "MemTotal");
    uint64_t bytes = total > 0 ? total : hwloc_get_root_obj(topology->hwloc)->total_memory;
    uint64_t limit = miner_cgroup_memory(root);
    return limit > 0 && limit < bytes ? limit : bytes;
}

static void describe_machine(struct miner_topology *topology,
                             const struct miner_topology_source *source)
{
    static const hwloc_obj_type_t cache_types[MINER_CACHE_LEVELS] = {
        HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L3CACHE};
    struct miner_machine *machine = &topology->machine;
    struct utsname system;
    const char *root = source->root != NULL ? source->root : "";
    unsigned next = 0;

    (void)base_cpu_model(machine->processor, sizeof machine->processor);
    hwloc_obj_t package = hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_PACKAGE, 0);
    const char *model = package != NULL ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
    if (strcmp(machine->processor, "unknown") == 0 && model != NULL) {
        (void)snprintf(machine->processor, sizeof machine->processor, "%s", model);
    }
    if (uname(&system) == 0) {
        (void)snprintf(machine->system, sizeof machine->system, "%.30s %.60s %.30s", system.sysname,
                       system.release, system.machine);
    }
    unsigned packages = count_objects(topology, HWLOC_OBJ_PACKAGE);
    machine->packages = packages > 0 ? packages : 1;
    machine->numa_nodes = count_objects(topology, HWLOC_OBJ_NUMANODE);
    machine->threads = count_objects(topology, HWLOC_OBJ_PU);
    machine->threads_allowed = (unsigned)hwloc_bitmap_weight(topology->usable);
    for (hwloc_obj_t core = NULL; (core = next_core(topology, &next)) != NULL;) {
        machine->cores += 1;
        machine->cores_allowed += hwloc_bitmap_intersects(core->cpuset, topology->usable) != 0;
    }
    machine->memory_bytes = find_memory(topology, root);
    machine->cpu_quota = miner_cgroup_quota(root);
    for (size_t i = 0; i < MINER_CACHE_LEVELS; i++) {
        hwloc_obj_t cache = hwloc_get_obj_by_type(topology->hwloc, cache_types[i], 0);
        machine->cache[i].count = count_objects(topology, cache_types[i]);
        machine->cache[i].size_bytes = cache != NULL ? cache->attr->cache.size : 0;
    }
}

/* ---- where lanes go ------------------------------------------------------------------------- */

static enum base_status apply_affinity(struct miner_topology *topology,
                                       const struct miner_cpu_list *affinity,
                                       struct base_error *error)
{
    hwloc_bitmap_t wanted = hwloc_bitmap_alloc();
    char allowed[200];
    enum base_status status = BASE_OK;
    if (wanted == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the processor topology");
    }
    for (unsigned cpu = 0; cpu < MINER_CPUS_MAX; cpu++) {
        if ((affinity->bits[cpu / 64] >> (cpu % 64) & 1) == 0) {
            continue;
        }
        if (hwloc_bitmap_isset(topology->usable, cpu) == 0) {
            (void)hwloc_bitmap_list_snprintf(allowed, sizeof allowed, topology->usable);
            status = base_error_set(error, BASE_E_RANGE,
                                    "--cpu-affinity: there is no hardware thread %u that this "
                                    "process may use; it may use %s",
                                    cpu, allowed);
            goto out;
        }
        (void)hwloc_bitmap_set(wanted, cpu);
    }
    (void)hwloc_bitmap_copy(topology->usable, wanted);
out:
    hwloc_bitmap_free(wanted);
    return status;
}

static unsigned ancestor_index(hwloc_topology_t hwloc, hwloc_obj_t object, hwloc_obj_type_t type)
{
    hwloc_obj_t found = hwloc_get_ancestor_obj_by_type(hwloc, type, object);
    return found != NULL ? found->logical_index : 0;
}

static unsigned numa_node_of(hwloc_topology_t hwloc, hwloc_obj_t object)
{
    hwloc_obj_t node = NULL;
    while ((node = hwloc_get_next_obj_by_type(hwloc, HWLOC_OBJ_NUMANODE, node)) != NULL) {
        if (hwloc_bitmap_isincluded(object->cpuset, node->cpuset) != 0) {
            return node->os_index;
        }
    }
    return 0;
}

/* The n-th usable hardware thread of a core, or NULL. */
static hwloc_obj_t usable_thread(const struct miner_topology *topology, hwloc_obj_t core,
                                 unsigned n)
{
    hwloc_obj_t thread = NULL;
    while ((thread = hwloc_get_next_obj_inside_cpuset_by_type(topology->hwloc, core->cpuset,
                                                              HWLOC_OBJ_PU, thread)) != NULL) {
        if (hwloc_bitmap_isset(topology->usable, thread->os_index) != 0 && n-- == 0) {
            return thread;
        }
    }
    return NULL;
}

/* Rank of a core among the machine's kinds of cores: higher is more capable; 0 when all are of a
 * kind. */
static int core_rank(const struct miner_topology *topology, hwloc_obj_t core)
{
    int kind = hwloc_cpukinds_get_by_cpuset(topology->hwloc, core->cpuset, 0);
    return kind > 0 ? kind : 0;
}

static void place_siblings(struct miner_topology *topology, unsigned sibling, int rank)
{
    unsigned next = 0;
    for (hwloc_obj_t core = NULL; (core = next_core(topology, &next)) != NULL;) {
        hwloc_obj_t thread = usable_thread(topology, core, sibling);
        if (thread == NULL || core_rank(topology, core) != rank) {
            continue;
        }
        topology->places[topology->place_count++] = (struct miner_place){
            .cpu = thread->os_index,
            .core = core->logical_index,
            .package = ancestor_index(topology->hwloc, thread, HWLOC_OBJ_PACKAGE),
            .numa_node = numa_node_of(topology->hwloc, thread),
            .sibling = sibling,
        };
    }
}

static enum base_status place_lanes(struct miner_topology *topology, struct base_error *error)
{
    unsigned total = (unsigned)hwloc_bitmap_weight(topology->usable);
    int kinds = hwloc_cpukinds_get_nr(topology->hwloc, 0);
    topology->places = base_alloc(total, sizeof *topology->places);
    if (topology->places == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the processor topology");
    }
    for (unsigned sibling = 0; topology->place_count < total; sibling++) {
        unsigned before = topology->place_count;
        for (int rank = kinds > 0 ? kinds - 1 : 0; rank >= 0; rank--) {
            place_siblings(topology, sibling, rank);
        }
        if (sibling == 0) {
            topology->core_lanes = topology->place_count;
        }
        if (topology->place_count == before) {
            break; /* usable threads that hwloc shows in no core: offline ones */
        }
    }
    return topology->place_count > 0
               ? BASE_OK
               : base_error_set(error, BASE_E_IO, "hwloc shows no core that this process may use");
}

/* ---- interface ------------------------------------------------------------------------------ */

enum base_status miner_topology_new(struct miner_topology **topology,
                                    const struct miner_cpu_list *affinity,
                                    const struct miner_topology_source *source,
                                    struct base_error *error)
{
    static const struct miner_topology_source this_machine = {NULL, NULL, NULL};
    enum base_status status = BASE_OK;
    struct miner_topology *made = base_alloc(1, sizeof *made);
    *topology = NULL;
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the processor topology");
    }
    source = source != NULL ? source : &this_machine;
    status = load(made, source, error);
    if (status == BASE_OK) {
        status = find_allowed(made, source, error);
    }
    if (status == BASE_OK) {
        describe_machine(made, source);
        status =
            affinity != NULL && affinity->given ? apply_affinity(made, affinity, error) : BASE_OK;
    }
    if (status == BASE_OK) {
        status = place_lanes(made, error);
    }
    if (status == BASE_OK) {
        *topology = made;
    } else {
        miner_topology_free(made);
    }
    return status;
}

void miner_topology_free(struct miner_topology *topology)
{
    if (topology == NULL) {
        return;
    }
    base_free(topology->places);
    hwloc_bitmap_free(topology->usable);
    if (topology->hwloc != NULL) {
        hwloc_topology_destroy(topology->hwloc);
    }
    base_free(topology);
}

const struct miner_machine *miner_topology_machine(const struct miner_topology *topology)
{
    return &topology->machine;
}

unsigned miner_topology_lanes(const struct miner_topology *topology, enum miner_threads_rule rule,
                              unsigned threads)
{
    unsigned lanes = rule == MINER_THREADS_COUNT   ? threads
                     : rule == MINER_THREADS_CORES ? topology->core_lanes
                                                   : topology->place_count;
    double quota = topology->machine.cpu_quota;
    if (rule == MINER_THREADS_CORES && quota > 0.0 && ceil(quota) < lanes) {
        lanes = (unsigned)ceil(quota);
    }
    return lanes;
}

unsigned miner_topology_place_count(const struct miner_topology *topology)
{
    return topology->place_count;
}

const struct miner_place *miner_topology_place(const struct miner_topology *topology, unsigned lane)
{
    return &topology->places[lane % topology->place_count];
}

bool miner_topology_pin(const struct miner_topology *topology, unsigned lane)
{
    const struct miner_place *place = miner_topology_place(topology, lane);
    hwloc_obj_t thread = hwloc_get_pu_obj_by_os_index(topology->hwloc, place->cpu);
    return thread != NULL && hwloc_linux_set_tid_cpubind(topology->hwloc, 0, thread->cpuset) == 0;
}
