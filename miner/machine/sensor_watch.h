/* sensor_watch.h: the latest sensor readings of devices, and the temperature limit: a device at its
 * limit is told to rest until it has cooled down. A thread of its own reads the sensors, since a
 * driver may take long to answer or never answer. Changes nothing in a device. */
#ifndef MINER_SENSOR_WATCH_H
#define MINER_SENSOR_WATCH_H

#include <stdatomic.h>

#include "log/log.h"
#include "machine/sensors.h"

enum { MINER_COOL_BY_C = 10 }; /* a device that was too hot goes on so far below the limit */

/* One device to watch, or the processor (MINER_SENSOR_CPU). Everything is borrowed until
 * miner_sensor_watch_free. */
struct miner_watched {
    const char *name;           /* for the log; constant */
    const char *pci;            /* as miner_sensors_read; constant */
    const atomic_uint *limit_c; /* it rests at so many degrees Celsius; 0: no limit */
    atomic_bool *hot;           /* written by the watch: it should rest */
};

struct miner_sensor_config {
    const char *sysfs; /* as miner_sensors_new; NULL: the system's */
    const char *nvml;
    uint32_t period_ms; /* time between two looks */
};

/* Latest state of one device. Value. */
struct miner_sensor_look {
    struct miner_reading reading; /* unknown before the first look, and without a sensor */
    uint64_t rests;               /* how often it was told to rest */
    bool resting;                 /* it should rest now */
};

struct miner_sensor_watch;

/** Start watching.
 * In:      devices  copied; log borrowed until miner_sensor_watch_free.
 * Out:     watch    NULL when there is no device: nothing to watch, BASE_OK.
 * Returns: BASE_OK; BASE_E_MEMORY; BASE_E_IO no thread. */
BASE_MUST_CHECK enum base_status miner_sensor_watch_start(struct miner_sensor_watch **watch,
                                                          const struct miner_sensor_config *config,
                                                          const struct miner_watched *devices,
                                                          size_t device_count,
                                                          struct miner_log *log,
                                                          struct base_error *error);

/** End the thread; the last readings stay. NULL is fine.
 * Returns: false when a driver did not answer in time: then neither the watch nor what it borrowed
 *          may be freed. */
bool miner_sensor_watch_stop(struct miner_sensor_watch *watch);

/** NULL is fine. After miner_sensor_watch_stop. */
void miner_sensor_watch_free(struct miner_sensor_watch *watch);

/** Latest state of a device by its index; unknown beyond the last one and without a watch.
 * Threads: any. */
struct miner_sensor_look miner_sensor_watch_look(struct miner_sensor_watch *watch, size_t device);

#endif
