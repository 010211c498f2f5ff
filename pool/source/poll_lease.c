/* poll_lease.c: see poll_lease.h. */
#include "source/poll_lease.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"

enum {
    NAME_MAX_CHARS = 96, /* of a name; an abstract socket's has room for 107 */
    RETRY_MS = 1000,     /* between two tries to take the name from another program */
};

struct pool_poll_lease {
    struct pool_poll_lease *next;
    char name[NAME_MAX_CHARS]; /* of the server; the same for all who share it */
    int wake_fd;
    int fd;            /* holds the name; -1: none */
    bool holds;        /* this one polls */
    bool news;         /* a new block was announced since the last turn */
    uint64_t retry_ms; /* another program had the name: not asked before */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all leases and the list */
static struct pool_poll_lease *leases;

/* A name that only one socket of this machine can have. Returns its descriptor; -1 with errno. */
static int take_name(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    /* sun_path begins with a zero byte: no file is made. */
    int used = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "shardpick/%s", name);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    size_t size = offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)used;
    size = size < sizeof(address) ? size : sizeof(address);
    if (bind(fd, (const struct sockaddr *)&address, (socklen_t)size) != 0) {
        int number = errno;
        (void)close(fd);
        errno = number;
        return -1;
    }
    return fd;
}

struct pool_poll_lease *pool_poll_lease_open(const struct pool_server *server, int wake_fd)
{
    struct pool_poll_lease *lease = base_alloc(1, sizeof(*lease));
    if (lease == NULL) {
        return NULL;
    }
    (void)snprintf(lease->name, sizeof(lease->name), "%u:%.80s", server->port, server->host);
    lease->wake_fd = wake_fd;
    lease->fd = -1;
    (void)pthread_mutex_lock(&lock);
    lease->next = leases;
    leases = lease;
    (void)pthread_mutex_unlock(&lock);
    return lease;
}

/* The one of this process that polls at the same server, or NULL. Under the lock. */
static const struct pool_poll_lease *holder(const struct pool_poll_lease *lease)
{
    const struct pool_poll_lease *at = leases;
    while (at != NULL && !(at->holds && strcmp(at->name, lease->name) == 0)) {
        at = at->next;
    }
    return at;
}

/* Under the lock. */
static enum pool_poll_turn turn(struct pool_poll_lease *lease, uint64_t now_ms)
{
    if (lease->holds) {
        return POOL_POLL_OURS;
    }
    if (holder(lease) != NULL) {
        bool news = lease->news;
        lease->news = false;
        return news ? POOL_POLL_NEWS : POOL_POLL_TOLD;
    }
    if (now_ms < lease->retry_ms) {
        return POOL_POLL_OTHERS;
    }
    lease->fd = take_name(lease->name);
    if (lease->fd < 0 && errno == EADDRINUSE) {
        lease->retry_ms = now_ms + RETRY_MS;
        return POOL_POLL_OTHERS;
    }
    lease->holds = true; /* also where the system gives no such socket: then within the process */
    return POOL_POLL_OURS;
}

enum pool_poll_turn pool_poll_lease_turn(struct pool_poll_lease *lease, uint64_t now_ms)
{
    if (lease == NULL) {
        return POOL_POLL_OURS;
    }
    (void)pthread_mutex_lock(&lock);
    enum pool_poll_turn result = turn(lease, now_ms);
    (void)pthread_mutex_unlock(&lock);
    return result;
}

/* Wake the threads of the others at this server. Under the lock. */
static void wake_others(const struct pool_poll_lease *lease)
{
    uint64_t one = 1;
    for (struct pool_poll_lease *at = leases; at != NULL; at = at->next) {
        if (at != lease && strcmp(at->name, lease->name) == 0) {
            at->news = true;
            (void)!write(at->wake_fd, &one, sizeof(one)); /* full: it will wake up anyway */
        }
    }
}

void pool_poll_lease_announce(struct pool_poll_lease *lease)
{
    if (lease == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&lock);
    if (lease->holds) {
        wake_others(lease);
    }
    (void)pthread_mutex_unlock(&lock);
}

void pool_poll_lease_close(struct pool_poll_lease *lease)
{
    if (lease == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&lock);
    struct pool_poll_lease **link = &leases;
    while (*link != lease) {
        link = &(*link)->next;
    }
    *link = lease->next;
    if (lease->fd >= 0) {
        (void)close(lease->fd);
    }
    if (lease->holds) {
        wake_others(lease); /* one of them takes it */
    }
    (void)pthread_mutex_unlock(&lock);
    base_free(lease);
}
