/* cl_probe.c: see cl_probe.h. The child is forked, not executed: nothing of OpenCL has run in this
 * process, and a program that holds us as a library has no command line to offer for it. Reports
 * travel as whole structs through a pipe; both ends are the same program. */
#include "driver/cl_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* Signals by which a broken driver ends a process; their handlers are the parent's business. */
static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTERM, SIGINT};

static void write_report(void *user, const struct kern_cl_report *report)
{
    const int *fd = user;
    const char *at = (const char *)report;
    size_t left = sizeof *report;
    while (left > 0) {
        ssize_t wrote = write(*fd, at, left);
        if (wrote <= 0) {
            if (wrote < 0 && errno == EINTR) {
                continue;
            }
            _exit(1); /* the parent is gone or gave up */
        }
        at += wrote;
        left -= (size_t)wrote;
    }
}

__attribute__((noreturn)) static void child(int fd, pid_t parent, uint32_t skip,
                                            const char *icd_dir)
{
    struct kern_cl_api api;
    struct rlimit no_core = {0, 0};
    sigset_t none;
    for (size_t i = 0; i < BASE_COUNT_OF(fatal_signals); i++) {
        (void)signal(fatal_signals[i], SIG_DFL);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1); /* it ended before the line above */
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) { /* drivers talk; the parent's walk will show what they say */
        (void)dup2(null, STDOUT_FILENO);
        (void)dup2(null, STDERR_FILENO);
    }
    if (icd_dir != NULL) {
        (void)setenv("OCL_ICD_VENDORS", icd_dir, 1);
        (void)unsetenv("OCL_ICD_FILENAMES");
    }
    if (kern_cl_api_open(&api, NULL) == BASE_OK) {
        kern_cl_walk(&api, skip, write_report, &fd);
    } else {
        struct kern_cl_report done = {.step = KERN_CL_STEP_DONE};
        write_report(&fd, &done);
    }
    _exit(0); /* no exit handlers: drivers' own may hang, and the parent's are not ours to run */
}

/* One whole report, or false: the end of the pipe, silence, the end of the walk's time, or of the
 * search; end says which. */
static bool read_report(int fd, struct kern_cl_report *report, const struct kern_cl_search *search,
                        uint64_t end_ms, enum kern_cl_probe_end *end)
{
    size_t have = 0;
    uint64_t silent_ms = base_clock_ms() + search->silence_ms;
    uint64_t deadline_ms = silent_ms < end_ms ? silent_ms : end_ms;
    while (have < sizeof *report) {
        uint64_t now_ms = base_clock_ms();
        struct pollfd wait[2] = {{.fd = fd, .events = POLLIN},
                                 {.fd = search->stop_fd, .events = POLLIN}};
        if (now_ms >= deadline_ms) {
            *end = silent_ms <= end_ms ? KERN_CL_PROBE_HUNG : KERN_CL_PROBE_SLOW;
            return false;
        }
        if (poll(wait, 2, (int)(deadline_ms - now_ms)) <= 0) {
            continue; /* interrupted, or the deadline: looked at above */
        }
        if ((wait[1].revents & POLLIN) != 0) {
            *end = KERN_CL_PROBE_STOPPED;
            return false;
        }
        ssize_t got = read(fd, (char *)report + have, sizeof *report - have);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            *end = KERN_CL_PROBE_CRASHED;
            return false;
        }
        have += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* End the child for certain and learn how it went. A process stuck in a driver's system call does
 * not die before that returns: it is left to the system after a moment. */
static int reap(pid_t pid, bool kill_it)
{
    int how = 0;
    if (kill_it) {
        (void)kill(pid, SIGKILL);
    }
    for (unsigned tries = 0; tries < 100; tries++) {
        pid_t done = waitpid(pid, &how, WNOHANG);
        if (done == pid) {
            return WIFSIGNALED(how) ? WTERMSIG(how) : 0;
        }
        if (done < 0 && errno != EINTR) {
            return 0;
        }
        struct timespec pause = {.tv_nsec = 2000000};
        (void)nanosleep(&pause, NULL);
        if (tries == 50) { /* a child that closed the pipe and stays */
            (void)kill(pid, SIGKILL);
        }
    }
    return 0;
}

void kern_cl_probe(struct kern_cl_probe_result *result, uint32_t skip, const char *icd_dir,
                   const struct kern_cl_search *search, kern_cl_report_fn report, void *user)
{
    int ends[2] = {-1, -1};
    uint64_t end_ms = base_clock_ms() + (uint64_t)KERN_CL_PROBE_SILENCES * search->silence_ms;
    struct kern_cl_report said;
    memset(result, 0, sizeof *result);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        result->end = KERN_CL_PROBE_NONE;
        result->detail = errno;
        return;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        child(ends[1], parent, skip, icd_dir);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        result->end = KERN_CL_PROBE_NONE;
        result->detail = errno;
        (void)close(ends[0]);
        return;
    }
    while (read_report(ends[0], &said, search, end_ms, &result->end)) {
        result->last = said;
        if (said.step == KERN_CL_STEP_DONE) {
            result->end = KERN_CL_PROBE_DONE;
            break;
        }
        report(user, &said);
    }
    (void)close(ends[0]);
    result->detail = reap(pid, result->end != KERN_CL_PROBE_CRASHED);
}
