/* machine_json.h: the machine as JSON, the same object in every command's --json. */
#ifndef MINER_MACHINE_JSON_H
#define MINER_MACHINE_JSON_H

#include <jansson.h>

#include "kern_opencl.h"
#include "machine/sensors.h"
#include "machine/topology.h"

/** {"processor", "system", "packages", "numa_nodes", "cores", "threads", "cores_allowed",
 * "threads_allowed", "smt", "cpu_quota", "memory_bytes", "caches": [{"level", "count",
 * "size_bytes"}], "features": [...]}. New reference, NULL without memory. */
json_t *miner_machine_json(const struct miner_machine *machine, uint32_t features);

/** One OpenCL device with all of kern_cl_info. New reference, NULL without memory. */
json_t *miner_cl_device_json(const struct kern_cl_info *info);

/** {"temperature_c", "hottest_c", "power_w", "fan_percent", "fan_rpm", "core_mhz", "memory_mhz"},
 * null for what is unknown. New reference, NULL without memory. */
json_t *miner_reading_json(const struct miner_reading *reading);

/** Print one object on one line and a newline, give it back, and say whether all was written.
 * Takes the reference; NULL counts as not written. */
bool miner_json_print(FILE *out, json_t *take_object);

#endif
