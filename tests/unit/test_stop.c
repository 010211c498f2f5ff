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

#include "commands/stop.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
