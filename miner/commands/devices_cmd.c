/* devices_cmd.c: `shardpick devices`: what was found, what each algorithm would use, and what was
 * found but cannot be used. */
#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "commands/commands.h"
#include "log/units.h"
#include "machine/cl_devices.h"

enum {
    LABEL_WIDTH = 10,
    DEVICE_WIDTH = 7, /* of the indentation of details of a device */
    LINE_WIDTH = 100,
};

static bool algo_wanted(const struct miner_host *host, const struct kern_algo *algo)
{
    return host->config->algo[0] == '\0' || strcmp(host->config->algo, algo->name) == 0;
}

/* ---- text ----------------------------------------------------------------------------------- */

static void print_processor(const struct miner_host *host)
{
    const struct miner_machine *machine = miner_topology_machine(host->topology);
    char a[40];
    char b[40];
    char c[40];
    char d[40];
    char features[256];
    FILE *out = host->out;

    (void)fprintf(out, "%-*s%s, %s memory\n", LABEL_WIDTH, "machine", machine->system,
                  miner_unit_bytes(a, sizeof a, machine->memory_bytes));
    (void)fprintf(out, "%-*s%s\n", LABEL_WIDTH, "processor", machine->processor);
    (void)fprintf(out, "%*s%s, %s, %s, %s\n", LABEL_WIDTH, "",
                  miner_unit_plural(a, sizeof a, machine->packages, "package"),
                  miner_unit_plural(b, sizeof b, machine->cores, "core"),
                  miner_unit_plural(c, sizeof c, machine->threads, "hardware thread"),
                  miner_unit_plural(d, sizeof d, machine->numa_nodes, "NUMA node"));
    (void)fprintf(out, "%*sSMT %s", LABEL_WIDTH, "",
                  machine->threads > machine->cores ? "on" : "off");
    for (size_t i = 0; i < MINER_CACHE_LEVELS; i++) {
        if (machine->cache[i].count > 0) {
            (void)fprintf(out, ", L%zu %u x %s", i + 1, machine->cache[i].count,
                          miner_unit_bytes(a, sizeof a, machine->cache[i].size_bytes));
        }
    }
    (void)fprintf(out, "\n%*s%s\n", LABEL_WIDTH, "",
                  base_cpu_names(features, sizeof features, host->features));
}

/* How much of the machine this process may use, and the places of lanes. */
static void print_lanes(const struct miner_host *host)
{
    const struct miner_machine *machine = miner_topology_machine(host->topology);
    unsigned lanes = miner_topology_lanes(host->topology, MINER_THREADS_CORES, 0);
    unsigned places = miner_topology_place_count(host->topology);
    char a[40];
    char b[40];
    char c[40];
    FILE *out = host->out;

    (void)fprintf(out, "%-*s%s on %s: %s by default, %u with -t all\n", LABEL_WIDTH, "usable",
                  miner_unit_plural(a, sizeof a, machine->threads_allowed, "hardware thread"),
                  miner_unit_plural(b, sizeof b, machine->cores_allowed, "core"),
                  miner_unit_plural(c, sizeof c, lanes, "lane"), places);
    if (machine->threads_allowed < machine->threads) {
        (void)fprintf(out, "%*saffinity or cgroup withholds %s\n", LABEL_WIDTH, "",
                      miner_unit_plural(a, sizeof a, machine->threads - machine->threads_allowed,
                                        "hardware thread"));
    }
    if (machine->cpu_quota > 0.0) {
        (void)fprintf(out, "%*scgroup grants the time of %.4g processor%s\n", LABEL_WIDTH, "",
                      machine->cpu_quota, machine->cpu_quota == 1.0 ? "" : "s");
    }
    (void)fprintf(out, "%*scpus in the order of lanes:", LABEL_WIDTH, "");
    for (unsigned i = 0; i < places; i++) {
        (void)fprintf(out, " %u", miner_topology_place(host->topology, i)->cpu);
    }
    (void)fputc('\n', out);
}

static void print_algorithms(const struct miner_host *host)
{
    (void)fprintf(host->out, "\n%-18s %-10s %s\n", "algorithm", "kernel",
                  "kernels of this build (in brackets: this processor cannot)");
    for (size_t i = 0; i < kern_algo_count(); i++) {
        const struct kern_algo *algo = kern_algo_at(i);
        if (!algo_wanted(host, algo)) {
            continue;
        }
        (void)fprintf(host->out, "%-18s %-10s", algo->name,
                      kern_variant_best(algo, host->features)->name);
        for (size_t v = 0; v < algo->variant_count; v++) {
            bool runs = kern_variant_runs(algo->variants[v], host->features);
            (void)fprintf(host->out, runs ? " %s" : " (%s)", algo->variants[v]->name);
        }
        (void)fprintf(host->out, "%s\n", algo->opencl != NULL ? " opencl" : "");
    }
}

/* Names separated by blanks, as many a line as fit. */
static void print_wrapped(FILE *out, const char *label, const char *names)
{
    int used = fprintf(out, "%*s%s", DEVICE_WIDTH, "", label);
    for (const char *at = names + strspn(names, " "); *at != '\0'; at += strspn(at, " ")) {
        int size = (int)strcspn(at, " ");
        if (used + 1 + size > LINE_WIDTH) {
            used = fprintf(out, "\n%*s", DEVICE_WIDTH, "") - 1;
        }
        used += fprintf(out, " %.*s", size, at);
        at += size;
    }
    (void)fputc('\n', out);
}

static void print_device(FILE *out, const struct kern_cl_info *info, bool chosen)
{
    char name[32];
    char memory[40];
    char number[32];
    (void)snprintf(number, sizeof number, "%u:%u", info->platform, info->device);
    const char *use = chosen                      ? "used"
                      : !info->usable             ? "unusable"
                      : info->kind == KERN_CL_CPU ? "when named"
                                                  : "not chosen";
    (void)fprintf(out, "%-6s %-13s %-11s %-10s %s\n", number,
                  info->pci[0] != '\0' ? miner_select_name(name, sizeof name, info) : "-",
                  miner_cl_kind_name(info->kind), use,
                  info->name[0] != '\0' ? info->name : info->platform_name);
    if (!info->usable) {
        (void)fprintf(out, "%*s%s\n", DEVICE_WIDTH, "", info->why_not);
        return;
    }
    (void)fprintf(out, "%*s%u compute units, %u MHz, %s memory, %s; driver %s\n", DEVICE_WIDTH, "",
                  info->compute_units, info->clock_mhz,
                  miner_unit_bytes(memory, sizeof memory, info->memory_bytes), info->device_version,
                  info->driver_version);
    (void)fprintf(out, "%*s%s, %s (%s)\n", DEVICE_WIDTH, "", info->vendor, info->platform_name,
                  info->platform_version);
    print_wrapped(out, "extensions:", info->extensions[0] != '\0' ? info->extensions : "none");
}

static void print_opencl(const struct miner_host *host, const struct miner_cl_devices *devices)
{
    FILE *out = host->out;
    if (host->config->opencl.mode == MINER_CL_NONE) {
        (void)fprintf(out, "\nOpenCL: not asked (--opencl none)\n");
    } else if (devices->list == NULL) {
        (void)fprintf(out, "\nOpenCL: %s\n", devices->absent);
    } else {
        (void)fprintf(out, "\n%-6s %-13s %-11s %-10s %s\n", "OpenCL", "PCI", "kind", "--opencl all",
                      "device");
        for (size_t i = 0; i < devices->count; i++) {
            print_device(out, devices->infos[i], devices->chosen[i]);
        }
    }
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static json_t *lanes_json(const struct miner_host *host)
{
    json_t *places = json_array();
    for (unsigned i = 0; i < miner_topology_place_count(host->topology); i++) {
        const struct miner_place *place = miner_topology_place(host->topology, i);
        json_t *entry = json_pack(
            "{s:I, s:I, s:I, s:I, s:I, s:I}", "lane", (json_int_t)i, "cpu", (json_int_t)place->cpu,
            "core", (json_int_t)place->core, "package", (json_int_t)place->package, "numa_node",
            (json_int_t)place->numa_node, "sibling", (json_int_t)place->sibling);
        (void)json_array_append_new(places, entry);
    }
    return json_pack("{s:I, s:o}", "default",
                     (json_int_t)miner_topology_lanes(host->topology, MINER_THREADS_CORES, 0),
                     "places", places);
}

static json_t *algorithms_json(const struct miner_host *host)
{
    json_t *list = json_array();
    for (size_t i = 0; i < kern_algo_count(); i++) {
        const struct kern_algo *algo = kern_algo_at(i);
        json_t *kernels = json_array();
        if (!algo_wanted(host, algo)) {
            json_decref(kernels);
            continue;
        }
        for (size_t v = 0; v < algo->variant_count; v++) {
            const struct kern_variant *variant = algo->variants[v];
            json_t *kernel = json_pack("{s:s, s:I, s:b}", "name", variant->name, "ways",
                                       (json_int_t)variant->ways, "usable",
                                       kern_variant_runs(variant, host->features));
            (void)json_array_append_new(kernels, kernel);
        }
        json_t *entry =
            json_pack("{s:s, s:s, s:s, s:s, s:o, s:b}", "name", algo->name, "title", algo->title,
                      "unit", algo->unit, "kernel", kern_variant_best(algo, host->features)->name,
                      "kernels", kernels, "opencl", algo->opencl != NULL);
        (void)json_array_append_new(list, entry);
    }
    return list;
}

static json_t *opencl_json(const struct miner_cl_devices *devices)
{
    json_t *list = json_array();
    for (size_t i = 0; i < devices->count; i++) {
        json_t *entry = miner_cl_device_json(devices->infos[i]);
        (void)json_object_set_new(entry, "chosen", json_boolean(devices->chosen[i]));
        (void)json_array_append_new(list, entry);
    }
    json_t *absent = devices->absent[0] != '\0' ? json_string(devices->absent) : json_null();
    return json_pack("{s:o, s:o}", "absent", absent, "devices", list);
}

/* ---- command -------------------------------------------------------------------------------- */

int miner_command_devices(const struct miner_host *host, struct miner_cl_devices *devices,
                          bool with_cpus)
{
    struct base_error error = {BASE_OK, ""};
    enum base_status status =
        miner_cl_devices_init(devices, &host->config->opencl, with_cpus, &error);
    if (status != BASE_OK) {
        miner_log(host->log, MINER_LOG_ERROR, "opencl", "%s", error.text);
    }
    return status == BASE_OK            ? MINER_EXIT_DONE
           : status == BASE_E_NOT_FOUND ? MINER_EXIT_NO_DEVICE
                                        : MINER_EXIT_FAILED;
}

int miner_command_json(const struct miner_host *host, json_t *take_object, int code)
{
    if (miner_json_print(host->out, take_object)) {
        return code;
    }
    miner_log(host->log, MINER_LOG_ERROR, "miner", "standard output cannot be written");
    return MINER_EXIT_FAILED;
}

int miner_devices_command(const struct miner_host *host)
{
    struct miner_cl_devices devices;
    int code = miner_command_devices(host, &devices, false);
    if (code == MINER_EXIT_FAILED) { /* else those that were found are printed */
        goto out;
    }
    if (host->config->json) {
        json_t *object = json_pack(
            "{s:s, s:o, s:o, s:o, s:o}", "shardpick", SHARDPICK_VERSION, "machine",
            miner_machine_json(miner_topology_machine(host->topology), host->features), "lanes",
            lanes_json(host), "algorithms", algorithms_json(host), "opencl", opencl_json(&devices));
        code = miner_command_json(host, object, code);
    } else {
        print_processor(host);
        print_lanes(host);
        print_algorithms(host);
        print_opencl(host, &devices);
    }
out:
    miner_cl_devices_deinit(&devices);
    return code;
}
