/* stop.c: see stop.h. Signals are received by a thread of its own, because the main thread may
 * hang, in an OpenCL driver that does not return for example. */
#include "process/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "process/inherited.h"

struct miner_stop {
    pthread_t thread;
    miner_give_up_fn give_up; /* constant, like all below */
    void *user;
    int signal_fd;       /* what the guard reads */
    int reload_fd;       /* raised by SIGHUP */
    bool reloads;        /* SIGHUP does not stop */
    bool terminal;       /* this process had one when it began */
    bool hangup_ignored; /* SIGHUP was ignored when it began: it never stops */
    int asked_fd;        /* what commands wait on */
    int end_fd;          /* ends the guard */
};

static void raise_event(int fd)
{
    const uint64_t one = 1;
    ssize_t wrote = write(fd, &one, sizeof one);
    BASE_ASSERT(wrote == (ssize_t)sizeof one);
}

/* True when this process has a terminal of its own to be controlled from. */
static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0;
}

/* True when SIGHUP asks for the settings: not where it tells that the terminal is gone. */
static bool means_reload(const struct miner_stop *stop)
{
    return stop->reloads && (stop->hangup_ignored || !stop->terminal || has_terminal());
}

static void *guard(void *argument)
{
    const struct miner_stop *stop = argument;
    struct pollfd polled[2] = {{.fd = stop->end_fd, .events = POLLIN},
                               {.fd = stop->signal_fd, .events = POLLIN}};
    uint64_t until_ms = UINT64_MAX; /* not asked yet */
    for (;;) {
        uint64_t now_ms = base_clock_ms();
        if (now_ms >= until_ms) {
            stop->give_up(stop->user, "stopping takes too long, something hangs; ending now");
        }
        int wait_ms = until_ms == UINT64_MAX ? -1 : (int)(until_ms - now_ms);
        if (poll(polled, 2, wait_ms) < 0) {
            continue; /* interrupted */
        }
        if ((polled[0].revents & POLLIN) != 0) {
            return NULL;
        }
        struct signalfd_siginfo info;
        if ((polled[1].revents & POLLIN) == 0 ||
            read(stop->signal_fd, &info, sizeof info) != (ssize_t)sizeof info) {
            continue;
        }
        if (info.ssi_signo == SIGHUP && means_reload(stop)) {
            raise_event(stop->reload_fd);
            continue;
        }
        if (until_ms != UINT64_MAX) {
            stop->give_up(stop->user,
                          "asked twice to stop; ending at once, finds in hand may be lost");
        }
        until_ms = base_clock_ms() + MINER_STOP_PATIENCE_MS;
        raise_event(stop->asked_fd);
    }
}

static void close_all(struct miner_stop *stop)
{
    const int fds[] = {stop->signal_fd, stop->reload_fd, stop->asked_fd, stop->end_fd};
    for (size_t i = 0; i < BASE_COUNT_OF(fds); i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    base_free(stop);
}

enum base_status miner_stop_new(struct miner_stop **stop, bool reloads, miner_give_up_fn give_up,
                                void *user, struct base_error *error)
{
    sigset_t set;
    struct miner_stop *made = base_alloc(1, sizeof *made);
    *stop = NULL;
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory to receive signals");
    }
    made->hangup_ignored = miner_inherited_ignores(SIGHUP);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    if (!miner_inherited_ignores(SIGINT)) {
        (void)sigaddset(&set, SIGINT);
    }
    if (reloads || !made->hangup_ignored) {
        (void)sigaddset(&set, SIGHUP);
    }
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    made->reloads = reloads;
    made->give_up = give_up;
    made->user = user;
    made->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    made->terminal = has_terminal();
    made->reload_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    made->asked_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    made->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->signal_fd < 0 || made->reload_fd < 0 || made->asked_fd < 0 || made->end_fd < 0) {
        enum base_status status =
            base_error_set(error, BASE_E_IO, "signals cannot be received: %s", strerror(errno));
        close_all(made);
        return status;
    }
    if (pthread_create(&made->thread, NULL, guard, made) != 0) {
        close_all(made);
        return base_error_set(error, BASE_E_IO, "no thread to receive signals");
    }
    *stop = made;
    return BASE_OK;
}

int miner_stop_fd(const struct miner_stop *stop)
{
    return stop->asked_fd;
}

int miner_stop_reload_fd(const struct miner_stop *stop)
{
    return stop->reload_fd;
}

void miner_stop_free(struct miner_stop *stop)
{
    if (stop != NULL) {
        raise_event(stop->end_fd);
        (void)pthread_join(stop->thread, NULL);
        close_all(stop);
    }
}
