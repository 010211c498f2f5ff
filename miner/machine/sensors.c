/* sensors.c: see sensors.h. Sources: the kernel's Documentation/hwmon/sysfs-interface.rst (units)
 * and gpu/amdgpu/thermal.rst; NVML API reference, "Device Queries". */
#include "machine/sensors.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/status.h"

enum {
    PATH_LIMIT = 512,
    TEXT_LIMIT = 64,
    TEMPERATURES = 8, /* temp1_input .. temp8_input are looked for */
    VENDOR_NVIDIA = 0x10de,
    NVML_SUCCESS = 0,
    NVML_TEMPERATURE_GPU = 0,
    NVML_CLOCK_SM = 1,
    NVML_CLOCK_MEM = 2,
};

/* The few functions of NVML we call, as its reference declares them. */
struct nvml {
    void *handle; /* of dlopen */
    int (*init)(void);
    int (*shutdown)(void);
    int (*by_pci)(const char *pci, void **device);
    int (*temperature)(void *device, int sensor, unsigned *celsius);
    int (*power)(void *device, unsigned *milliwatts);
    int (*fan)(void *device, unsigned *percent);
    int (*clock)(void *device, int kind, unsigned *mhz);
};

struct miner_sensors {
    char *sysfs;
    char *nvml_name;
    bool nvml_tried;
    struct nvml nvml; /* handle NULL: not there */
};

const struct miner_reading miner_reading_unknown = {
    MINER_SENSOR_UNKNOWN, MINER_SENSOR_UNKNOWN, MINER_SENSOR_UNKNOWN, MINER_SENSOR_UNKNOWN,
    MINER_SENSOR_UNKNOWN, MINER_SENSOR_UNKNOWN, MINER_SENSOR_UNKNOWN};

struct miner_sensors *miner_sensors_new(const char *sysfs, const char *nvml)
{
    struct miner_sensors *sensors = base_alloc(1, sizeof *sensors);
    if (sensors == NULL) {
        return NULL;
    }
    sensors->sysfs = base_strdup(sysfs != NULL ? sysfs : "/sys");
    sensors->nvml_name = base_strdup(nvml != NULL ? nvml : "libnvidia-ml.so.1");
    if (sensors->sysfs == NULL || sensors->nvml_name == NULL) {
        miner_sensors_free(sensors);
        return NULL;
    }
    return sensors;
}

void miner_sensors_free(struct miner_sensors *sensors)
{
    if (sensors != NULL) {
        if (sensors->nvml.handle != NULL) {
            (void)sensors->nvml.shutdown();
            (void)dlclose(sensors->nvml.handle);
        }
        base_free(sensors->nvml_name);
        base_free(sensors->sysfs);
        base_free(sensors);
    }
}

/* "dddd:dd:dd.d", hexadecimal. It becomes part of a path. */
static bool is_address(const char *pci)
{
    static const char shape[] = "xxxx:xx:xx.x";
    for (size_t i = 0; i < sizeof shape; i++) {
        bool digit = (pci[i] >= '0' && pci[i] <= '9') || (pci[i] >= 'a' && pci[i] <= 'f');
        if (shape[i] == 'x' ? !digit : pci[i] != shape[i]) {
            return false;
        }
    }
    return true;
}

/* First number of a small file. Returns false when there is none. */
static bool read_number(long long *value, const char *folder, const char *name, int base)
{
    char path[PATH_LIMIT];
    char text[TEXT_LIMIT];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path) {
        return false;
    }
    char *end = NULL;
    *value = strtoll(base_file_line(text, sizeof text, path), &end, base);
    return end != text;
}

/* A file's number over divisor, unknown if it is absent or out of range. */
static int32_t scaled(const char *folder, const char *name, long long divisor)
{
    long long value = 0;
    if (!read_number(&value, folder, name, 10)) {
        return MINER_SENSOR_UNKNOWN;
    }
    value /= divisor;
    return value > -1000000 && value < 100000000 ? (int32_t)value : MINER_SENSOR_UNKNOWN;
}

static void read_hwmon(struct miner_reading *reading, const char *folder)
{
    char name[TEXT_LIMIT];
    for (int i = 1; i <= TEMPERATURES; i++) {
        (void)snprintf(name, sizeof name, "temp%d_input", i);
        int32_t here = scaled(folder, name, 1);
        if (i == 1) {
            reading->temperature_mc = here;
        }
        reading->hottest_mc = here > reading->hottest_mc ? here : reading->hottest_mc;
    }
    reading->power_mw = scaled(folder, "power1_average", 1000); /* microwatts */
    if (reading->power_mw == MINER_SENSOR_UNKNOWN) {
        reading->power_mw = scaled(folder, "power1_input", 1000);
    }
    reading->fan_rpm = scaled(folder, "fan1_input", 1);
    int32_t duty = scaled(folder, "pwm1", 1); /* 0 .. 255 */
    if (duty >= 0 && duty <= 255) {
        reading->fan_percent = (duty * 100 + 127) / 255;
    }
    reading->core_mhz = scaled(folder, "freq1_input", 1000000); /* hertz */
    reading->memory_mhz = scaled(folder, "freq2_input", 1000000);
}

/* The first hwmon folder of the device. Returns false when it has none. */
static bool find_hwmon(char folder[PATH_LIMIT], const char *device)
{
    char parent[PATH_LIMIT];
    bool found = false;
    int length = snprintf(parent, sizeof parent, "%s/hwmon", device);
    DIR *dir = length > 0 && (size_t)length < sizeof parent ? opendir(parent) : NULL;
    struct dirent *entry = NULL;
    while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, "hwmon", 5) == 0) {
            length = snprintf(folder, PATH_LIMIT, "%s/%s", parent, entry->d_name);
            found = length > 0 && length < PATH_LIMIT;
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return found;
}

static void open_nvml(struct miner_sensors *sensors)
{
    struct nvml nvml = {.handle = NULL};
    sensors->nvml_tried = true;
    void *handle = dlopen(sensors->nvml_name, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        return;
    }
    nvml.handle = handle;
    nvml.init = (int (*)(void))dlsym(handle, "nvmlInit_v2");
    nvml.shutdown = (int (*)(void))dlsym(handle, "nvmlShutdown");
    nvml.by_pci = (int (*)(const char *, void **))dlsym(handle, "nvmlDeviceGetHandleByPciBusId_v2");
    nvml.temperature = (int (*)(void *, int, unsigned *))dlsym(handle, "nvmlDeviceGetTemperature");
    nvml.power = (int (*)(void *, unsigned *))dlsym(handle, "nvmlDeviceGetPowerUsage");
    nvml.fan = (int (*)(void *, unsigned *))dlsym(handle, "nvmlDeviceGetFanSpeed");
    nvml.clock = (int (*)(void *, int, unsigned *))dlsym(handle, "nvmlDeviceGetClockInfo");
    if (nvml.init == NULL || nvml.shutdown == NULL || nvml.by_pci == NULL ||
        nvml.temperature == NULL || nvml.power == NULL || nvml.fan == NULL || nvml.clock == NULL ||
        nvml.init() != NVML_SUCCESS) {
        (void)dlclose(handle);
        return;
    }
    sensors->nvml = nvml;
}

/* What a call of NVML told, times factor; unknown where it failed, or told nonsense. */
static int32_t told(int code, unsigned value, unsigned most, int32_t factor)
{
    return code == NVML_SUCCESS && value < most ? (int32_t)value * factor : MINER_SENSOR_UNKNOWN;
}

static void read_nvml(const struct nvml *nvml, struct miner_reading *reading, const char *pci)
{
    void *device = NULL;
    unsigned value = 0;
    if (nvml->by_pci(pci, &device) != NVML_SUCCESS) {
        return;
    }
    int code = nvml->temperature(device, NVML_TEMPERATURE_GPU, &value);
    reading->temperature_mc = told(code, value, 1000, 1000);
    reading->hottest_mc = reading->temperature_mc;
    code = nvml->power(device, &value);
    reading->power_mw = told(code, value, 10000000, 1);
    code = nvml->fan(device, &value); /* servers' cards have none */
    reading->fan_percent = told(code, value, 10000000, 1);
    code = nvml->clock(device, NVML_CLOCK_SM, &value);
    reading->core_mhz = told(code, value, 10000000, 1);
    code = nvml->clock(device, NVML_CLOCK_MEM, &value);
    reading->memory_mhz = told(code, value, 10000000, 1);
}

/* True for a folder of hwmon whose driver reads the processor. */
static bool is_processor(const char *folder)
{
    static const char *const drivers[] = {"coretemp",    "k10temp",     "zenpower",
                                          "cpu_thermal", "soc_thermal", "fam15h_power"};
    char path[PATH_LIMIT];
    char name[TEXT_LIMIT];
    int length = snprintf(path, sizeof path, "%s/name", folder);
    if (length < 0 || (size_t)length >= sizeof path) {
        return false;
    }
    (void)base_file_line(name, sizeof name, path);
    for (size_t i = 0; i < BASE_COUNT_OF(drivers); i++) {
        if (strcmp(name, drivers[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The hottest of all sockets and cores. */
static void read_processor(const struct miner_sensors *sensors, struct miner_reading *reading)
{
    char parent[PATH_LIMIT];
    char folder[PATH_LIMIT];
    struct dirent *entry = NULL;
    int length = snprintf(parent, sizeof parent, "%s/class/hwmon", sensors->sysfs);
    DIR *dir = length > 0 && (size_t)length < sizeof parent ? opendir(parent) : NULL;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct miner_reading here = miner_reading_unknown;
        length = snprintf(folder, sizeof folder, "%s/%s", parent, entry->d_name);
        if (entry->d_name[0] != '.' && length > 0 && (size_t)length < sizeof folder &&
            is_processor(folder)) {
            read_hwmon(&here, folder);
            reading->hottest_mc =
                here.hottest_mc > reading->hottest_mc ? here.hottest_mc : reading->hottest_mc;
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    reading->temperature_mc = reading->hottest_mc;
}

void miner_sensors_read(struct miner_sensors *sensors, struct miner_reading *reading,
                        const char *pci)
{
    char device[PATH_LIMIT];
    char folder[PATH_LIMIT];
    long long vendor = 0;
    *reading = miner_reading_unknown;
    if (strcmp(pci, MINER_SENSOR_CPU) == 0) {
        read_processor(sensors, reading);
        return;
    }
    if (!is_address(pci)) {
        return;
    }
    int length = snprintf(device, sizeof device, "%s/bus/pci/devices/%s", sensors->sysfs, pci);
    if (length < 0 || (size_t)length >= sizeof device) {
        return;
    }
    if (find_hwmon(folder, device)) {
        read_hwmon(reading, folder);
        return;
    }
    /* Without sysfs (some containers) the vendor is not known: NVIDIA's library is tried then. */
    if (read_number(&vendor, device, "vendor", 16) && vendor != VENDOR_NVIDIA) {
        return;
    }
    if (!sensors->nvml_tried) {
        open_nvml(sensors);
    }
    if (sensors->nvml.handle != NULL) {
        read_nvml(&sensors->nvml, reading, pci);
    }
}

/* Append one phrase, with a comma before it unless it is the first. */
BASE_PRINTF(3, 4) static void append(char *text, size_t cap, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    if (used > 0 && used + 2 < cap) {
        memcpy(text + used, ", ", 3);
        used += 2;
    }
    va_start(args, format);
    (void)vsnprintf(text + used, cap - used, format, args);
    va_end(args);
}

char *miner_reading_text(char *text, size_t cap, const struct miner_reading *reading)
{
    text[0] = '\0';
    if (reading->temperature_mc != MINER_SENSOR_UNKNOWN) {
        append(text, cap, "%d C", reading->temperature_mc / 1000);
    }
    if (reading->hottest_mc != MINER_SENSOR_UNKNOWN &&
        reading->hottest_mc != reading->temperature_mc) {
        append(text, cap, "hottest %d C", reading->hottest_mc / 1000);
    }
    if (reading->power_mw != MINER_SENSOR_UNKNOWN) {
        append(text, cap, "%d W", (reading->power_mw + 500) / 1000);
    }
    if (reading->fan_percent != MINER_SENSOR_UNKNOWN) {
        append(text, cap, "fan %d %%", reading->fan_percent);
    } else if (reading->fan_rpm != MINER_SENSOR_UNKNOWN) {
        append(text, cap, "fan %d/min", reading->fan_rpm);
    }
    if (reading->core_mhz != MINER_SENSOR_UNKNOWN) {
        append(text, cap, "core %d MHz", reading->core_mhz);
    }
    if (reading->memory_mhz != MINER_SENSOR_UNKNOWN) {
        append(text, cap, "memory %d MHz", reading->memory_mhz);
    }
    return text;
}
