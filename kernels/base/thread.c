/* thread.c: see thread.h. sched_setattr has no wrapper in older C libraries, so the structure is
 * spelled out here as sched_setattr(2) gives it. */
#include "base/thread.h"

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

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
