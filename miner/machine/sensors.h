/* sensors.h: temperature, power, fan and clocks of a device, by its PCI address, where the system
 * offers them without a vendor's development kit: hwmon files in sysfs (AMD, Intel), NVIDIA's
 * management library opened at run time. What no source reports is unknown. Reads only; sets
 * nothing. Knows nothing of OpenCL and keeps no readings. */
#ifndef MINER_SENSORS_H
#define MINER_SENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { MINER_SENSOR_UNKNOWN = INT32_MIN };

/* One look. Fields that no source reports are MINER_SENSOR_UNKNOWN. */
struct miner_reading {
    int32_t temperature_mc; /* thousandths of a degree Celsius: the chip's own or its edge */
    int32_t hottest_mc;     /* the hottest place that is measured (junction, memory) */
    int32_t power_mw;
    int32_t fan_rpm;
    int32_t fan_percent;
    int32_t core_mhz;
    int32_t memory_mhz;
};

/** The reading of which every field is unknown. */
extern const struct miner_reading miner_reading_unknown;

struct miner_sensors;

/** Prepare. NVIDIA's library is opened at the first reading that needs it.
 * In:      sysfs  folder that holds bus/pci/devices; NULL: "/sys". Tests pass their own.
 *          nvml   library to open; NULL: "libnvidia-ml.so.1". Tests pass their own.
 * Returns: NULL when there is no memory. Free: miner_sensors_free. */
struct miner_sensors *miner_sensors_new(const char *sysfs, const char *nvml);
void miner_sensors_free(struct miner_sensors *sensors);

#define MINER_SENSOR_CPU "cpu"

/** Read one device.
 * In:      pci      "0000:65:00.0"; MINER_SENSOR_CPU: the processor, of which only temperatures are
 *                   looked for; anything else, "" too, gives a reading of unknowns.
 * Threads: one at a time. Not from hashing lanes: a driver may take milliseconds to answer. */
void miner_sensors_read(struct miner_sensors *sensors, struct miner_reading *reading,
                        const char *pci);

/** "61 C, hottest 74 C, 212 W, fan 48 %, core 1980 MHz, memory 2619 MHz"; what is unknown is left
 * out, "" when all is. text is always NUL-ended. Returns text. */
char *miner_reading_text(char *text, size_t cap, const struct miner_reading *reading);

#endif
