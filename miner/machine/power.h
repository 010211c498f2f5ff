/* power.h: does this machine run on a battery? Looks at the kernel's list of power supplies; sets
 * nothing. */
#ifndef MINER_POWER_H
#define MINER_POWER_H

enum miner_power {
    MINER_POWER_UNKNOWN, /* the kernel lists no supply: a desktop, a server, a container */
    MINER_POWER_MAINS,
    MINER_POWER_BATTERY, /* a battery (or UPS) discharges and no charger is plugged in */
};

/** Look.
 * In:      root  folder of supplies; NULL: /sys/class/power_supply.
 * Time:    a few small reads; some laptops' firmware takes milliseconds for one.
 * Source:  Linux, Documentation/ABI/testing/sysfs-class-power (type, online, status, scope). */
enum miner_power miner_power_look(const char *root);

#endif
