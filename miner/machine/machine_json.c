/* machine_json.c: see machine_json.h. */
#include "machine/machine_json.h"

#include <stdio.h>
#include <string.h>

#include "base/cpu.h"
#include "machine/cl_devices.h"

/* Names separated by blanks as a list. */
static json_t *name_list(const char *names)
{
    json_t *list = json_array();
    for (const char *at = names; *at != '\0';) {
        size_t size = strcspn(at, " ");
        (void)json_array_append_new(list, json_stringn(at, size));
        at += size;
        at += strspn(at, " ");
    }
    return list;
}

json_t *miner_machine_json(const struct miner_machine *machine, uint32_t features)
{
    char names[256];
    json_t *caches = json_array();
    for (size_t i = 0; i < MINER_CACHE_LEVELS; i++) {
        if (machine->cache[i].count > 0) {
            json_t *cache = json_pack("{s:I, s:I, s:I}", "level", (json_int_t)i + 1, "count",
                                      (json_int_t)machine->cache[i].count, "size_bytes",
                                      (json_int_t)machine->cache[i].size_bytes);
            (void)json_array_append_new(caches, cache);
        }
    }
    json_t *quota = machine->cpu_quota > 0.0 ? json_real(machine->cpu_quota) : json_null();
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:I, s:o, s:o}",
                     "processor", machine->processor, "system", machine->system, "packages",
                     (json_int_t)machine->packages, "numa_nodes", (json_int_t)machine->numa_nodes,
                     "cores", (json_int_t)machine->cores, "threads", (json_int_t)machine->threads,
                     "cores_allowed", (json_int_t)machine->cores_allowed, "threads_allowed",
                     (json_int_t)machine->threads_allowed, "smt", machine->threads > machine->cores,
                     "cpu_quota", quota, "memory_bytes", (json_int_t)machine->memory_bytes,
                     "caches", caches, "features",
                     name_list(base_cpu_names(names, sizeof names, features)));
}

json_t *miner_cl_device_json(const struct kern_cl_info *info)
{
    char name[32];
    return json_pack(
        "{s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, "
        "s:I, s:b, s:s, s:o}",
        "select", miner_select_name(name, sizeof name, info), "platform",
        (json_int_t)info->platform, "device", (json_int_t)info->device, "pci", info->pci, "kind",
        miner_cl_kind_name(info->kind), "name", info->name, "vendor", info->vendor, "platform_name",
        info->platform_name, "platform_version", info->platform_version, "device_version",
        info->device_version, "driver_version", info->driver_version, "c_version", info->c_version,
        "compute_units", (json_int_t)info->compute_units, "clock_mhz", (json_int_t)info->clock_mhz,
        "memory_bytes", (json_int_t)info->memory_bytes, "local_memory_bytes",
        (json_int_t)info->local_memory_bytes, "max_allocation_bytes",
        (json_int_t)info->max_allocation_bytes, "max_local_size", (json_int_t)info->max_local_size,
        "usable", info->usable, "why_not", info->why_not, "extensions",
        name_list(info->extensions));
}

static json_t *known(int32_t value, double divisor)
{
    return value != MINER_SENSOR_UNKNOWN ? json_real(value / divisor) : json_null();
}

static json_t *known_whole(int32_t value)
{
    return value != MINER_SENSOR_UNKNOWN ? json_integer(value) : json_null();
}

json_t *miner_reading_json(const struct miner_reading *reading)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "temperature_c",
                     known(reading->temperature_mc, 1000), "hottest_c",
                     known(reading->hottest_mc, 1000), "power_w", known(reading->power_mw, 1000),
                     "fan_percent", known_whole(reading->fan_percent), "fan_rpm",
                     known_whole(reading->fan_rpm), "core_mhz", known_whole(reading->core_mhz),
                     "memory_mhz", known_whole(reading->memory_mhz));
}

bool miner_json_print(FILE *out, json_t *take_object)
{
    bool ok = take_object != NULL && json_dumpf(take_object, out, JSON_REAL_PRECISION(12)) == 0 &&
              fputc('\n', out) != EOF && fflush(out) == 0;
    json_decref(take_object);
    return ok;
}
