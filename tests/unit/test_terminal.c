/* test_terminal.c: a real fault, in a child on a pseudo-terminal: the terminal is put back, and the
 * fault still takes its course. (Signals that are sent: integration/test_screen_pty.c.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include "faces/terminal.h"
#include "log/log.h"

#define FAREWELL "<and back>"

/* In the child: as screen.c takes a terminal, then touch a page that must not be touched. */
static void crash(int slave, bool guarded)
{
    const struct rlimit none = {0, 0};
    static struct miner_terminal terminal;
    struct termios raw;
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)login_tty(slave);
    (void)tcgetattr(STDIN_FILENO, &terminal.modes);
    raw = terminal.modes;
    cfmakeraw(&raw);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    memcpy(terminal.leave, FAREWELL, sizeof FAREWELL);
    atomic_store(&terminal.taken, true);
    miner_terminal_guard(&terminal);
    if (!guarded) {
        miner_terminal_guard(NULL);
    }
    volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[0] = 1;
    _exit(0);
}

/* Let a child crash; true when the terminal was as before. */
static bool was_restored(bool guarded)
{
    int master = -1;
    int slave = -1;
    int status = 0;
    char text[4096] = "";
    struct termios before;
    struct termios after;
    assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
    assert_int_equal(tcgetattr(slave, &before), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(master);
        crash(slave, guarded);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGSEGV);
    } else {
        assert_true(WEXITSTATUS(status) != 0); /* a sanitizer reported it and left */
    }
    assert_int_equal(tcgetattr(slave, &after), 0);
    (void)write(slave, "\n", 1); /* so that there is something to read */
    ssize_t size = read(master, text, sizeof text - 1);
    assert_true(size > 0);
    (void)close(master);
    (void)close(slave);
    return after.c_lflag == before.c_lflag && after.c_oflag == before.c_oflag &&
           strstr(text, FAREWELL) == text;
}

static void test_fault(void **state)
{
    (void)state;
    assert_true(was_restored(true));
}

static void test_without_guard(void **state)
{
    (void)state;
    assert_false(was_restored(false));
}

/* What a log writes to a terminal; color is what the user wants. */
static const char *on_terminal(bool color)
{
    static char text[4096];
    struct miner_log_config config = {.color = color, .level = MINER_LOG_INFO};
    struct miner_log *log = NULL;
    struct base_error error = {BASE_OK, ""};
    int keyboard = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(keyboard >= 0 && grantpt(keyboard) == 0 && unlockpt(keyboard) == 0);
    int screen = open(ptsname(keyboard), O_RDWR | O_NOCTTY);
    assert_true(screen >= 0);
    config.stream = fdopen(screen, "w");
    assert_non_null(config.stream);
    assert_int_equal(miner_log_new(&log, &config, &error), BASE_OK);
    miner_log(log, MINER_LOG_GOOD, "net", "accepted");
    miner_log_free(log);
    ssize_t size = read(keyboard, text, sizeof text - 1);
    assert_true(size > 0);
    text[size] = '\0';
    (void)fclose(config.stream);
    (void)close(keyboard);
    return text;
}

static void test_color(void **state)
{
    (void)state;
    assert_int_equal(setenv("TERM", "xterm", 1), 0);
    assert_non_null(strstr(on_terminal(true), "\033[32maccepted\033[0m"));
    const char *plain = on_terminal(false);
    assert_null(strchr(plain, '\033'));
    assert_non_null(strstr(plain, "net      accepted"));
    assert_int_equal(setenv("TERM", "dumb", 1), 0);
    assert_null(strchr(on_terminal(true), '\033'));
}

int main(void)
{
    int master = -1;
    int slave = -1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fault),
        cmocka_unit_test(test_without_guard),
        cmocka_unit_test(test_color),
    };
    if (openpty(&master, &slave, NULL, NULL, NULL) != 0) {
        (void)printf("skipped: no pseudo-terminals here (is devpts mounted?)\n");
        return 77;
    }
    (void)close(master);
    (void)close(slave);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
