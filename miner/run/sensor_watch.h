/* sensor_watch.h: the latest sensor readings of a run's OpenCL devices, for every face, and the
 * temperature limit: a device at the limit rests until it has cooled down. Read by a thread of its
 * own, since a driver in trouble may take long to answer or never do. Sets nothing in a device. */
#ifndef MINER_SENSOR_WATCH_H
#define MINER_SENSOR_WATCH_H

#include "machine/sensors.h"
#include "run/lane.h"

enum { MINER_COOL_BY_C = 10 }; /* a device that was too hot goes on so far below the limit */

struct miner_sensor_config {
    const char *sysfs; /* as miner_sensors_new; NULL: the system's */
    const char *nvml;
    uint32_t period_ms; /* time between two looks */
};

/* What a face shows of one device. Value. */
struct miner_sensor_look {
    struct miner_reading reading; /* unknowns before the first look, and where nobody tells */
    uint64_t rests;               /* how often it was paused for its temperature */
    bool resting;                 /* it is paused now */
};

struct miner_sensor_watch;

/** Start watching the device lanes among these. A device at its lane->temp_limit_c is told
 * to rest through lane->hot.
 * In:      lanes, log  borrowed until miner_sensor_watch_free.
 * Out:     watch       NULL when no lane has a device: nothing to watch, BASE_OK.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO no thread. */
BASE_MUST_CHECK enum base_status miner_sensor_watch_start(struct miner_sensor_watch **watch,
                                                          const struct miner_sensor_config *config,
                                                          struct miner_lane *lanes,
                                                          size_t lane_count, struct miner_log *log,
                                                          struct base_error *error);

/** End the thread; the last readings stay. NULL is fine.
 * Returns: false when a driver did not answer in time: then neither the watch nor what it borrowed
 *          may be freed. */
bool miner_sensor_watch_stop(struct miner_sensor_watch *watch);

/** NULL is fine. After miner_sensor_watch_stop. */
void miner_sensor_watch_free(struct miner_sensor_watch *watch);

/** Latest reading of a lane's device; unknowns for a CPU lane and without a watch. Any thread. */
struct miner_sensor_look miner_sensor_watch_look(struct miner_sensor_watch *watch, size_t lane);

#endif
