/* test_sensors.c: a fake tree in sysfs's shape and a fake management library; what they do not say
 * is unknown, and nonsense is too. Units and file names are those of the kernel's documentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "machine/sensors.h"
#include "opencl_device.h"

static char root[] = "/tmp/shardpick-sensors-XXXXXX";

static void put(const char *device, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/bus/pci/devices/%s/%s", root, device, name);
    for (char *at = path + strlen(root) + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '\0';
            (void)mkdir(path, 0700);
            *at = '/';
        }
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "%s\n", text) > 0);
    assert_int_equal(fclose(file), 0);
}

static struct miner_reading look(const char *pci)
{
    struct miner_reading reading;
    struct miner_sensors *sensors = miner_sensors_new(root, FAKE_NVML_LIBRARY);
    assert_non_null(sensors);
    memset(&reading, 0, sizeof reading);
    miner_sensors_read(sensors, &reading, pci);
    miner_sensors_free(sensors);
    return reading;
}

static void expect_unknown(const char *pci)
{
    char text[128] = "x";
    struct miner_reading reading = look(pci);
    assert_int_equal(reading.temperature_mc, MINER_SENSOR_UNKNOWN);
    assert_int_equal(reading.power_mw, MINER_SENSOR_UNKNOWN);
    assert_int_equal(reading.core_mhz, MINER_SENSOR_UNKNOWN);
    assert_string_equal(miner_reading_text(text, sizeof text, &reading), "");
}

static void test_hwmon(void **state)
{
    (void)state;
    static const char device[] = "0000:03:00.0";
    char text[128];
    put(device, "vendor", "0x1002");
    put(device, "hwmon/hwmon4/temp1_input", "54000");
    put(device, "hwmon/hwmon4/temp2_input", "71000");
    put(device, "hwmon/hwmon4/temp3_input", "66000");
    put(device, "hwmon/hwmon4/power1_average", "142000000");
    put(device, "hwmon/hwmon4/fan1_input", "1430");
    put(device, "hwmon/hwmon4/pwm1", "102");
    put(device, "hwmon/hwmon4/freq1_input", "2250000000");
    put(device, "hwmon/hwmon4/freq2_input", "1000000000");
    struct miner_reading reading = look(device);
    assert_int_equal(reading.temperature_mc, 54000);
    assert_int_equal(reading.hottest_mc, 71000);
    assert_int_equal(reading.power_mw, 142000);
    assert_int_equal(reading.fan_rpm, 1430);
    assert_int_equal(reading.fan_percent, 40);
    assert_int_equal(reading.core_mhz, 2250);
    assert_int_equal(reading.memory_mhz, 1000);
    assert_string_equal(miner_reading_text(text, sizeof text, &reading),
                        "54 C, hottest 71 C, 142 W, fan 40 %, core 2250 MHz, memory 1000 MHz");
    assert_int_equal(strlen(miner_reading_text(text, 8, &reading)), 7); /* cut, not overrun */
}

static void test_hwmon_with_little(void **state)
{
    (void)state;
    static const char device[] = "0000:04:00.0";
    put(device, "hwmon/hwmon0/power1_input", "75500000");
    put(device, "hwmon/hwmon0/temp1_input", "not a number");
    put(device, "hwmon/hwmon0/pwm1", "999");
    put(device, "hwmon/hwmon0/freq1_input", "99999999999999999999999999");
    struct miner_reading reading = look(device);
    assert_int_equal(reading.power_mw, 75500);
    assert_int_equal(reading.temperature_mc, MINER_SENSOR_UNKNOWN);
    assert_int_equal(reading.hottest_mc, MINER_SENSOR_UNKNOWN);
    assert_int_equal(reading.fan_percent, MINER_SENSOR_UNKNOWN);
    assert_int_equal(reading.core_mhz, MINER_SENSOR_UNKNOWN);
}

static void test_nvml(void **state)
{
    (void)state;
    put("0000:65:00.0", "vendor", "0x10de");
    struct miner_reading reading = look("0000:65:00.0");
    assert_int_equal(reading.temperature_mc, 61000);
    assert_int_equal(reading.power_mw, 512345);
    assert_int_equal(reading.fan_percent, MINER_SENSOR_UNKNOWN);
    assert_int_equal(reading.core_mhz, 1980);
    assert_int_equal(reading.memory_mhz, 3201);
    put("0000:66:00.0", "vendor", "0x10de"); /* the library does not know this one */
    expect_unknown("0000:66:00.0");
}

static void test_unknown(void **state)
{
    (void)state;
    struct miner_reading reading;
    put("0000:05:00.0", "vendor", "0x8086"); /* neither hwmon nor NVIDIA */
    expect_unknown("0000:05:00.0");
    static const char *const addresses[] = {"",           "0000:65:00",        "0000:65:00.00",
                                            "../../../x", "0000:65:00.0/../x", "0000:6G:00.0"};
    for (size_t i = 0; i < BASE_COUNT_OF(addresses); i++) {
        expect_unknown(addresses[i]);
    }
    struct miner_sensors *sensors = miner_sensors_new(root, "/nonexistent/libnvidia-ml.so.1");
    miner_sensors_read(sensors, &reading, "0000:65:00.0");
    assert_int_equal(reading.temperature_mc, MINER_SENSOR_UNKNOWN);
    miner_sensors_free(sensors);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hwmon),
        cmocka_unit_test(test_hwmon_with_little),
        cmocka_unit_test(test_nvml),
        cmocka_unit_test(test_unknown),
    };
    if (mkdtemp(root) == NULL) {
        perror("mkdtemp");
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    opencl_device_remove(root);
    return failed;
}
