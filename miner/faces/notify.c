/* notify.c: see notify.h. */
#include "faces/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Time of the watchdog in ms, 0: none, or not meant for this process. */
static uint64_t watchdog_of(const char *us, const char *pid)
{
    char *end = NULL;
    if (us == NULL || us[0] == '\0') {
        return 0;
    }
    if (pid != NULL && strtol(pid, &end, 10) != (long)getpid()) {
        return 0;
    }
    unsigned long long value = strtoull(us, &end, 10);
    return *end == '\0' ? value / 1000 : 0;
}

bool miner_notify_open(struct miner_notify *notify, const char *socket_path,
                       const char *watchdog_us, const char *watchdog_pid)
{
    memset(notify, 0, sizeof *notify);
    notify->fd = -1;
    size_t size = socket_path != NULL ? strlen(socket_path) : 0;
    bool usable = size > 1 && size < sizeof notify->address.sun_path &&
                  (socket_path[0] == '/' || socket_path[0] == '@');
    if (!usable) {
        return false;
    }
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, socket_path, size);
    if (socket_path[0] == '@') {
        notify->address.sun_path[0] =
            '\0'; /* an abstract name is ended by its length, not by a NUL */
    }
    notify->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->fd < 0) {
        return false;
    }
    notify->watchdog_ms = watchdog_of(watchdog_us, watchdog_pid);
    return true;
}

void miner_notify_close(struct miner_notify *notify)
{
    if (notify->fd >= 0) {
        (void)close(notify->fd);
    }
    notify->fd = -1;
}

bool miner_notify_send(const struct miner_notify *notify, const char *lines)
{
    size_t size = strlen(lines);
    return notify->fd >= 0 &&
           sendto(notify->fd, lines, size, MSG_NOSIGNAL, (const struct sockaddr *)&notify->address,
                  notify->address_size) == (ssize_t)size;
}
