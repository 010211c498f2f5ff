/* test_stop.c: signals as a descriptor, in a child process: asked once it is told, asked twice it
 * is obeyed at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/inherited.h"
#include "process/stop.h"

enum { GAVE_UP = 42, STOPPED = 43, BROKEN = 44 };

static void give_up(void *user, const char *why)
{
    (void)why;
    _exit(*(const int *)user);
}

/* In the child: say 'r' when ready and 's' when asked to stop; then end, or hang. */
static void child(int out, bool hangs)
{
    struct miner_stop *stop = NULL;
    int code = GAVE_UP;
    struct base_error error = {BASE_OK, ""};
    if (miner_stop_new(&stop, false, give_up, &code, &error) != BASE_OK) {
        _exit(BROKEN);
    }
    struct pollfd asked = {.fd = miner_stop_fd(stop), .events = POLLIN};
    if (poll(&asked, 1, 0) != 0 || write(out, "r", 1) != 1) {
        _exit(BROKEN);
    }
    if (poll(&asked, 1, -1) != 1 || poll(&asked, 1, 0) != 1 || write(out, "s", 1) != 1) {
        _exit(BROKEN); /* the descriptor stays readable */
    }
    if (hangs) {
        for (;;) {
            (void)pause();
        }
    }
    miner_stop_free(stop);
    _exit(STOPPED);
}

static char letter(int in)
{
    char text = '\0';
    assert_int_equal(read(in, &text, 1), 1);
    return text;
}

/* Send one signal, or two when the first is not enough; the child's exit code. */
static int run(int first, int second)
{
    int ends[2];
    int status = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        child(ends[1], second != 0);
    }
    assert_int_equal(letter(ends[0]), 'r');
    assert_int_equal(kill(pid, first), 0);
    assert_int_equal(letter(ends[0]), 's');
    if (second != 0) {
        assert_int_equal(kill(pid, second), 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    (void)close(ends[0]);
    (void)close(ends[1]);
    return WEXITSTATUS(status);
}

static void test_once(void **state)
{
    (void)state;
    assert_int_equal(run(SIGINT, 0), STOPPED);
    assert_int_equal(run(SIGTERM, 0), STOPPED);
}

static void test_twice(void **state)
{
    (void)state;
    assert_int_equal(run(SIGINT, SIGINT), GAVE_UP);
    assert_int_equal(run(SIGTERM, SIGINT), GAVE_UP);
}

enum { LIVES = 46 };

/* In a child that ignored a signal before miner_stop_new: LIVES when the signal can still do
 * nothing, or asks for the settings. */
static int ignoring(int ignored, bool reloads)
{
    struct miner_stop *stop = NULL;
    int code = GAVE_UP;
    sigset_t blocked;
    (void)signal(ignored, SIG_IGN);
    if (miner_stop_new(&stop, reloads, give_up, &code, NULL) != BASE_OK) {
        return BROKEN;
    }
    struct pollfd asked = {.fd = miner_stop_fd(stop), .events = POLLIN};
    struct pollfd reload = {.fd = miner_stop_reload_fd(stop), .events = POLLIN};
    /* Blocked signals are received even where they are ignored. */
    (void)pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    if ((sigismember(&blocked, ignored) == 1) != reloads) {
        return BROKEN;
    }
    (void)kill(getpid(), ignored);
    if ((reloads && poll(&reload, 1, -1) != 1) || poll(&asked, 1, 0) != 0) {
        return BROKEN;
    }
    (void)kill(getpid(), SIGTERM); /* stops as ever */
    if (poll(&asked, 1, -1) != 1) {
        return BROKEN;
    }
    miner_stop_free(stop);
    return LIVES;
}

static int run_ignoring(int ignored, bool reloads)
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(ignoring(ignored, reloads));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* As nohup and background jobs of shells start a program. */
static void test_ignored_stays_ignored(void **state)
{
    (void)state;
    assert_int_equal(run_ignoring(SIGHUP, false), LIVES);
    assert_int_equal(run_ignoring(SIGINT, false), LIVES);
    assert_int_equal(run_ignoring(SIGHUP, true), LIVES);
}

/* Numbers 0 to 2 are taken when they are closed; signals that a parent blocked are not blocked. */
static void test_inherited(void **state)
{
    int status = 0;
    (void)state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        sigset_t set;
        (void)sigfillset(&set);
        (void)sigprocmask(SIG_BLOCK, &set, NULL);
        (void)signal(SIGCHLD, SIG_IGN);
        (void)close(STDIN_FILENO);
        (void)close(STDERR_FILENO);
        miner_inherited_descriptors();
        miner_inherited_signals(SIG_DFL);
        int fd = dup(STDIN_FILENO);
        (void)sigprocmask(SIG_BLOCK, NULL, &set);
        bool blocked = sigismember(&set, SIGTERM) == 1 || sigismember(&set, SIGINT) == 1;
        pid_t child_pid = fork();
        if (child_pid == 0) {
            _exit(7);
        }
        bool waits = waitpid(child_pid, &status, 0) == child_pid && WEXITSTATUS(status) == 7;
        _exit(waits && fd > STDERR_FILENO && write(STDERR_FILENO, "x", 1) == 1 && !blocked
                  ? LIVES
                  : BROKEN);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), LIVES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_ignored_stays_ignored),
        cmocka_unit_test(test_inherited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
