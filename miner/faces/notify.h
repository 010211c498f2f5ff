/* notify.h: datagrams to the service manager that started the process (systemd's notification
 * protocol: man sd_notify, "Standalone implementations"). The few lines of it that are needed are
 * written here: libsystemd would be one more library in every package, container and rig for one
 * sendto(). Knows nothing of mining: service.c decides what is sent when. */
#ifndef MINER_NOTIFY_H
#define MINER_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The manager's address. Value; with fd -1 nothing is sent. */
struct miner_notify {
    int fd; /* -1: there is no manager */
    struct sockaddr_un address;
    socklen_t address_size;
    uint64_t
        watchdog_ms; /* the manager restarts a process that sends nothing for so long; 0: never */
};

/** Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID as the manager set them.
 * In:      socket_path  absolute path, or @ and an abstract name; NULL and all else: no manager.
 *          watchdog_us, watchdog_pid  decimal texts or NULL; another process's pid: no watchdog.
 * Out:     notify       usable always; miner_notify_close it.
 * Returns: true when there is a manager. */
bool miner_notify_open(struct miner_notify *notify, const char *socket_path,
                       const char *watchdog_us, const char *watchdog_pid);
void miner_notify_close(struct miner_notify *notify);

/** Send lines such as "READY=1\nSTATUS=fine". Never waits: what the manager does not take is
 * lost.
 * Returns: true when it was sent. */
bool miner_notify_send(const struct miner_notify *notify, const char *lines);

#endif
