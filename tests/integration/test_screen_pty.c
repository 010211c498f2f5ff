/* test_screen_pty.c: the program on a terminal, by way of a pseudo-terminal: the live screen comes,
 * obeys its keys and the window's size, and leaves the terminal as it was, however the run ends.
 * Argument: the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include "base/clock.h"

enum {
    TEXT_CAP = 1 << 22,
    REPAINT_MS = 3000,
    WAIT_MS = 120000, /* for anything at all, and for one piece */
    TOLD_MAX = 2000,  /* characters of what came last, when it was not the piece */
};

#define ENTER "\033[?1049h" /* of xterm: to the other screen, and back */
#define LEAVE "\033[?1049l"

static char *program;
static const char *config_file; /* of the next start; NULL: none */
static char text[TEXT_CAP];     /* all that the program wrote */
static size_t text_size;
static size_t seen; /* what was waited for ends here */

struct run {
    pid_t pid;
    int pid_fd;
    int master;
    int slave; /* held open: the modes are read when the program is gone */
    struct termios before;
};

static void start(struct run *run, const char *term, const char *screen)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    text_size = 0;
    seen = 0;
    assert_int_equal(openpty(&run->master, &run->slave, NULL, NULL, &size), 0);
    assert_int_equal(tcgetattr(run->slave, &run->before), 0);
    run->pid = fork();
    assert_true(run->pid >= 0);
    if (run->pid == 0) {
        const struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &none); /* test_crash's are wanted by nobody */
        (void)close(run->master);
        (void)login_tty(run->slave);
        (void)setenv("TERM", term, 1);
        (void)setenv("LC_ALL", "C.UTF-8", 1);
        (void)execl(program, program, "mine", "-t", "1", "--opencl", "none", "--screen", screen,
                    config_file != NULL ? "-c" : (char *)NULL, config_file, (char *)NULL);
        _exit(127);
    }
    run->pid_fd = (int)syscall(SYS_pidfd_open, run->pid, 0);
    assert_true(run->pid_fd >= 0);
}

/* Read what there is; false when the program has ended and nothing is left. */
static bool read_more(const struct run *run)
{
    struct pollfd polled[2] = {{.fd = run->master, .events = POLLIN},
                               {.fd = run->pid_fd, .events = POLLIN}};
    int ready = poll(polled, 2, WAIT_MS);
    if (ready <= 0) {
        fail_msg("nothing comes any more after: %.300s",
                 text + (text_size > 300 ? text_size - 300 : 0));
    }
    if ((polled[0].revents & POLLIN) != 0) {
        assert_true(text_size + 1 < sizeof text);
        ssize_t size = read(run->master, text + text_size, sizeof text - 1 - text_size);
        assert_true(size > 0);
        text_size += (size_t)size;
        text[text_size] = '\0';
        return true;
    }
    return false;
}

/* Make the program draw its whole screen again: between two pictures it sends only what differs, so
 * that a text whose letters stand there already does not come in one piece. */
static void repaint(const struct run *run)
{
    struct winsize size;
    assert_int_equal(ioctl(run->master, TIOCGWINSZ, &size), 0);
    size.ws_col = (unsigned short)(size.ws_col ^ 1U);
    assert_int_equal(ioctl(run->master, TIOCSWINSZ, &size), 0);
}

static void press(const struct run *run, const char *keys)
{
    assert_int_equal(write(run->master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

/* Press keys until a piece comes, after what was waited for before. A line that did not come in one
 * piece may have left the screen before the next picture: its keys are pressed again. */
static void ask(const struct run *run, const char *keys, const char *piece)
{
    const char *found = NULL;
    uint64_t end_ms = base_clock_ms() + WAIT_MS;
    uint64_t repaint_ms = base_clock_ms() + REPAINT_MS;
    text[text_size] = '\0';
    press(run, keys);
    while ((found = strstr(text + seen, piece)) == NULL) {
        bool more = read_more(run);
        if (!more || base_clock_ms() > end_ms) { /* a live screen never falls silent */
            fail_msg("%s without \"%s\": %s", more ? "the screen lives" : "the program ended",
                     piece, text + (text_size > TOLD_MAX ? text_size - TOLD_MAX : 0));
        }
        if (base_clock_ms() > repaint_ms) {
            press(run, keys);
            repaint(run);
            repaint_ms = base_clock_ms() + REPAINT_MS;
        }
    }
    seen = (size_t)(found - text) + strlen(piece);
}

static void wait_for(const struct run *run, const char *piece)
{
    ask(run, "", piece);
}

/* Read to the end; how the program ended. The terminal must be as it was. */
static int finish_status(struct run *run)
{
    int status = 0;
    struct termios after;
    while (read_more(run)) {
    }
    assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
    assert_int_equal(tcgetattr(run->slave, &after), 0);
    assert_int_equal(after.c_lflag, run->before.c_lflag);
    assert_int_equal(after.c_iflag, run->before.c_iflag);
    assert_int_equal(after.c_oflag, run->before.c_oflag);
    assert_memory_equal(after.c_cc, run->before.c_cc, sizeof after.c_cc);
    (void)close(run->pid_fd);
    (void)close(run->master);
    (void)close(run->slave);
    return status;
}

/* Likewise; the exit code. */
static int finish(struct run *run)
{
    int status = finish_status(run);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static const char *last(const char *piece)
{
    const char *found = NULL;
    for (const char *at = text; (at = strstr(at, piece)) != NULL; at++) {
        found = at;
    }
    return found;
}

static void test_keys(void **state)
{
    struct run run;
    (void)state;
    start(&run, "xterm-256color", "live");
    wait_for(&run, ENTER);
    wait_for(&run, "shardpick ");
    wait_for(&run, "15 min");
    wait_for(&run, "accepted: block");
    ask(&run, "h", "hashrate: 10 s");
    ask(&run, "s", "sent ");
    ask(&run, "c", "daemon+tcp://127.0.0.1");
    ask(&run, "d", "cpu: ready, 1 lane");
    ask(&run, "p", "paused");
    ask(&run, "pr", "lanes go on");
    /* A larger window: its last row, where the keys are, is drawn. */
    struct winsize size = {.ws_row = 41, .ws_col = 120};
    assert_int_equal(ioctl(run.master, TIOCSWINSZ, &size), 0);
    wait_for(&run, "\033[41");
    press(&run, "q");
    assert_int_equal(finish(&run), 0);
    /* What came last is told again on the ordinary screen, and then what the run came to. */
    assert_non_null(last(LEAVE));
    assert_non_null(strstr(last(LEAVE), "accepted: block"));
    assert_non_null(strstr(last(LEAVE), "stopping"));
    assert_non_null(strstr(last(LEAVE), "mined "));
}

static void write_config(const char *path, const char *json)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(json, file);
    assert_int_equal(fclose(file), 0);
}

/* no-color is in force at once, as the log says: the panel is drawn anew without colours. */
static void test_colors_leave(void **state)
{
    static const char color[] = "38;5;"; /* of 256 */
    char path[] = "/tmp/shardpick-screen-XXXXXX";
    struct run run;
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0 && close(fd) == 0);
    write_config(path, "{}");
    config_file = path;
    start(&run, "xterm-256color", "live");
    config_file = NULL;
    wait_for(&run, "accepted: block");
    assert_non_null(strstr(text, color));
    write_config(path, "{\"no-color\": true}");
    size_t from = 0;
    for (unsigned i = 0; from == 0 || strstr(text + from, color) != NULL; i++) {
        assert_true(i < 20);             /* the first may be a picture that was asked for before */
        wait_for(&run, "\033[H\033[2J"); /* cleared */
        from = seen;
        wait_for(&run, "accepted: block");
    }
    press(&run, "q");
    assert_int_equal(finish(&run), 0);
    assert_int_equal(remove(path), 0);
}

static void test_interrupt(void **state)
{
    struct run run;
    (void)state;
    start(&run, "xterm-256color", "live");
    wait_for(&run, "accepted: block");
    press(&run, "\003"); /* Ctrl-C: the terminal makes it SIGINT */
    assert_int_equal(finish(&run), 0);
    assert_non_null(strstr(last(LEAVE), "mined "));
}

static void test_asked_twice(void **state)
{
    struct run run;
    (void)state;
    start(&run, "xterm-256color", "live");
    wait_for(&run, "accepted: block");
    /* Both are there before the process runs on: it leaves at once. */
    assert_int_equal(kill(run.pid, SIGSTOP), 0);
    assert_int_equal(kill(run.pid, SIGINT), 0);
    assert_int_equal(kill(run.pid, SIGTERM), 0);
    assert_int_equal(kill(run.pid, SIGCONT), 0);
    assert_int_equal(finish(&run), 1);
    assert_non_null(last(LEAVE));
    assert_non_null(strstr(text, "asked twice"));
}

/* However it dies, the shell gets its screen, cursor and echo back. (A sanitizer makes an exit code
 * of some of these signals.) */
static void test_crash(void **state)
{
    static const int signals[] = {SIGSEGV, SIGABRT, SIGQUIT};
    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct run run;
        start(&run, "xterm-256color", "live");
        wait_for(&run, "accepted: block");
        assert_int_equal(kill(run.pid, signals[i]), 0);
        int status = finish_status(&run);
        assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == signals[i]
                                        : WEXITSTATUS(status) != 0);
        assert_non_null(last(LEAVE));
        assert_non_null(strstr(last(LEAVE) - 24, "\033[?25h")); /* the cursor is seen again */
    }
}

static void test_plain(void **state)
{
    static const char *const rows[][2] = {{"xterm", "log"}, {"dumb", "live"}, {"nonesuch", "live"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct run run;
        start(&run, rows[i][0], rows[i][1]);
        wait_for(&run, "accepted: block");
        press(&run, "\003");
        wait_for(&run, "mined ");
        assert_int_equal(finish(&run), 0);
        assert_null(strstr(text, ENTER));
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),      cmocka_unit_test(test_colors_leave),
        cmocka_unit_test(test_interrupt), cmocka_unit_test(test_asked_twice),
        cmocka_unit_test(test_crash),     cmocka_unit_test(test_plain),
    };
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s PROGRAM\n", argv[0]);
        return 2;
    }
    program = argv[1];
    int master = -1;
    int slave = -1;
    if (openpty(&master, &slave, NULL, NULL, NULL) != 0) {
        (void)printf("skipped: no pseudo-terminals here (is devpts mounted?)\n");
        return 77;
    }
    (void)close(master);
    (void)close(slave);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
