/* thread.c: see thread.h. sched_setattr has no wrapper in older C libraries, so the structure is
 * spelled out here as sched_setattr(2) gives it. */
#include "base/thread.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int base_thread_start(pthread_t *thread, void *(*run)(void *user), void *user)
{
    sigset_t all;
    sigset_t old;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    int result = pthread_create(thread, NULL, run, user);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return result;
}

bool base_thread_join(pthread_t thread, uint32_t wait_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until); /* the clock of pthread_timedjoin_np */
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    until.tv_sec += (time_t)(wait_ms / 1000) + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

void base_thread_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

bool base_thread_wait(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t until_ms)
{
    const struct timespec until = {.tv_sec = (time_t)(until_ms / 1000),
                                   .tv_nsec = (long)(until_ms % 1000) * 1000000};
    return pthread_cond_timedwait(condition, lock, &until) == 0;
}

void base_event_raise(int fd)
{
    const uint64_t one = 1;
    (void)!write(fd, &one, sizeof one); /* full: it is raised */
}

bool base_event_take(int fd)
{
    uint64_t count = 0;
    return read(fd, &count, sizeof count) == (ssize_t)sizeof count;
}

bool base_thread_prompt(void)
{
    if (sched_getscheduler(0) != SCHED_OTHER) {
        return false; /* somebody chose another policy for the whole process: leave it */
    }
    struct {
        uint32_t size;
        uint32_t policy; /* 0: SCHED_OTHER */
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime_ns; /* SCHED_OTHER since Linux 6.12: the wanted slice */
        uint64_t deadline_ns;
        uint64_t period_ns;
    } attributes = {
        .size = sizeof attributes,
        .nice = getpriority(PRIO_PROCESS, 0), /* kept as it is; on Linux: of this thread */
        .runtime_ns = 100000,                 /* the least that Linux takes */
    };
    return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}
