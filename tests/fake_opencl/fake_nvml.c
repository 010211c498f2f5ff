/* fake_nvml.c: NVIDIA's management library as sensors.c sees it: one card at 0000:65:00.0 and that
 * of fake_opencl.c, both without a fan; any other address is unknown. A test can tell the
 * temperature. */
#include <stdbool.h>
#include <string.h>

static int open_count;
static unsigned (*tell_celsius)(void);

/** Ask this function for every temperature; NULL: 61 degrees. Before the first reading. */
void fake_nvml_ask(unsigned (*celsius)(void));

int nvmlInit_v2(void);
int nvmlShutdown(void);
int nvmlDeviceGetHandleByPciBusId_v2(const char *pci, void **device);
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *celsius);
int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts);
int nvmlDeviceGetFanSpeed(void *device, unsigned *percent);
int nvmlDeviceGetClockInfo(void *device, int kind, unsigned *mhz);

void fake_nvml_ask(unsigned (*celsius)(void))
{
    tell_celsius = celsius;
}

int nvmlInit_v2(void)
{
    open_count++;
    return 0;
}

int nvmlShutdown(void)
{
    open_count--;
    return 0;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char *pci, void **device)
{
    *device = &open_count;
    bool known = strcmp(pci, "0000:65:00.0") == 0 || strcmp(pci, "0000:10:02.1") == 0;
    return known && open_count == 1 ? 0 : 6; /* NOT_FOUND */
}

int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *celsius)
{
    (void)device;
    *celsius = tell_celsius != NULL ? tell_celsius() : 61;
    return sensor == 0 ? 0 : 2;
}

int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts)
{
    (void)device;
    *milliwatts = 512345;
    return 0;
}

int nvmlDeviceGetFanSpeed(void *device, unsigned *percent)
{
    (void)device;
    *percent = 77;
    return 3; /* NOT_SUPPORTED */
}

int nvmlDeviceGetClockInfo(void *device, int kind, unsigned *mhz)
{
    (void)device;
    *mhz = kind == 1 ? 1980 : kind == 2 ? 3201 : 0;
    return 0;
}
