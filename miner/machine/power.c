/* power.c: see power.h. */
#include "machine/power.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { SUPPLIES_MAX = 64, VALUE_MAX = 32 }; /* longest status: "Not charging" */

/* First line of a small file below a folder; "" when there is none. */
static void read_value(char value[VALUE_MAX], int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, value, VALUE_MAX - 1) : -1;
    value[size > 0 ? size : 0] = '\0';
    value[strcspn(value, "\n")] = '\0';
    if (fd >= 0) {
        (void)close(fd);
    }
}

static enum miner_power look_at(int folder)
{
    char type[VALUE_MAX];
    char value[VALUE_MAX];
    read_value(type, folder, "type");
    if (strcmp(type, "Battery") == 0 || strcmp(type, "UPS") == 0) {
        read_value(value, folder, "scope"); /* "Device": of a mouse or headset */
        if (strcmp(value, "Device") == 0) {
            return MINER_POWER_UNKNOWN;
        }
        read_value(value, folder, "status");
        return strcmp(value, "Discharging") == 0 ? MINER_POWER_BATTERY : MINER_POWER_UNKNOWN;
    }
    read_value(value, folder, "online"); /* of chargers: Mains, USB, ...; 2: at a fixed rate */
    return type[0] != '\0' && value[0] >= '1' ? MINER_POWER_MAINS : MINER_POWER_UNKNOWN;
}

enum miner_power miner_power_look(const char *root)
{
    enum miner_power power = MINER_POWER_UNKNOWN;
    size_t looked = 0;
    DIR *list = opendir(root != NULL ? root : "/sys/class/power_supply");
    if (list == NULL) {
        return power;
    }
    const struct dirent *entry = NULL;
    while ((entry = readdir(list)) != NULL && looked < SUPPLIES_MAX) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        looked += 1;
        int folder = openat(dirfd(list), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0) {
            continue;
        }
        enum miner_power one = look_at(folder);
        (void)close(folder);
        if (one == MINER_POWER_MAINS) { /* plugged in, even if a weak charger cannot keep up */
            power = one;
            break;
        }
        power = one == MINER_POWER_BATTERY ? one : power;
    }
    (void)closedir(list);
    return power;
}
