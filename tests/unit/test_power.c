/* test_power.c: folders of power supplies as laptops, desktops and rigs have them, in the form the
 * kernel documents (Documentation/ABI/testing/sysfs-class-power), and what they mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "machine/power.h"

enum { SUPPLIES = 3, PATH_CAP = 256 };

struct supply {
    const char *name; /* NULL: no more */
    const char *type;
    const char *online; /* NULL: no such file */
    const char *status;
    const char *scope;
};

static const struct {
    enum miner_power power;
    struct supply supplies[SUPPLIES];
} rows[] = {
    {MINER_POWER_UNKNOWN, {{NULL, NULL, NULL, NULL, NULL}}},
    {MINER_POWER_MAINS,
     {{"AC", "Mains", "1", NULL, NULL}, {"BAT0", "Battery", NULL, "Charging", NULL}}},
    {MINER_POWER_MAINS,
     {{"ADP1", "Mains", "1", NULL, NULL}, {"BAT0", "Battery", NULL, "Not charging", NULL}}},
    {MINER_POWER_BATTERY,
     {{"AC", "Mains", "0", NULL, NULL}, {"BAT0", "Battery", NULL, "Discharging", NULL}}},
    /* no charger is listed while none is plugged in */
    {MINER_POWER_BATTERY, {{"BAT1", "Battery", NULL, "Discharging", "System"}}},
    {MINER_POWER_BATTERY,
     {{"BAT0", "Battery", NULL, "Unknown", NULL}, {"BAT1", "Battery", NULL, "Discharging", NULL}}},
    /* a charger of too few watts: plugged in it is */
    {MINER_POWER_MAINS,
     {{"BAT0", "Battery", NULL, "Discharging", NULL}, {"ucsi-1", "USB", "1", NULL, NULL}}},
    {MINER_POWER_BATTERY,
     {{"ucsi-1", "USB", "0", NULL, NULL}, {"BAT0", "Battery", NULL, "Discharging", NULL}}},
    /* the battery of a mouse says nothing about the machine */
    {MINER_POWER_UNKNOWN, {{"hidpp_battery_0", "Battery", "1", "Discharging", "Device"}}},
    {MINER_POWER_UNKNOWN, {{"BAT0", "Battery", NULL, "Full", NULL}}},
    {MINER_POWER_BATTERY, {{"ups", "UPS", NULL, "Discharging", NULL}}},
    {MINER_POWER_UNKNOWN, {{"odd", NULL, NULL, NULL, NULL}}},
};

static void write_value(const char *folder, const char *name, const char *value)
{
    char path[PATH_CAP];
    if (value == NULL) {
        return;
    }
    assert_true((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "%s\n", value) > 0);
    assert_int_equal(fclose(file), 0);
}

static int remove_one(const char *path, const struct stat *info, int flag, struct FTW *at)
{
    (void)info;
    (void)flag;
    (void)at;
    return remove(path);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char root[] = "/tmp/shardpick-power-XXXXXX";
        assert_non_null(mkdtemp(root));
        for (size_t s = 0; s < SUPPLIES && rows[i].supplies[s].name != NULL; s++) {
            const struct supply *supply = &rows[i].supplies[s];
            char folder[PATH_CAP];
            (void)snprintf(folder, sizeof folder, "%s/%s", root, supply->name);
            assert_int_equal(mkdir(folder, 0700), 0);
            write_value(folder, "type", supply->type);
            write_value(folder, "online", supply->online);
            write_value(folder, "status", supply->status);
            write_value(folder, "scope", supply->scope);
        }
        if (miner_power_look(root) != rows[i].power) {
            fail_msg("row %zu: %d, not %d", i, miner_power_look(root), rows[i].power);
        }
        assert_int_equal(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    }
}

static void test_no_folder(void **state)
{
    (void)state;
    assert_int_equal(miner_power_look("/nonexistent/power_supply"), MINER_POWER_UNKNOWN);
    assert_int_equal(miner_power_look("/proc/self/status"), MINER_POWER_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
