/* test_service_run.c: the built program under a service manager that this test plays: it opens the
 * socket, sets the environment as systemd does, and reads what it is told from start to stop. Also
 * the battery of a faked laptop, and how nice lanes are. Argument: the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_MS = 60000, PATH_CAP = 100, TEXT_MAX = 1024, NICENESS = 7 };

static char *program;
static char folder[] = "/tmp/shardpick-run-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[PATH_CAP];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int *fd = calloc(1, sizeof *fd);
    assert_non_null(fd);
    assert_non_null(mkdtemp(folder));
    assert_int_equal(mkdir(in_folder("BAT0"), 0700), 0);
    write_file("BAT0/type", "Battery\n");
    write_file("BAT0/status", "Charging\n");
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", in_folder("notify"));
    *fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(*fd >= 0);
    assert_int_equal(bind(*fd, (const struct sockaddr *)&address, sizeof address), 0);
    *state = fd;
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"notify", "BAT0/status", "BAT0/type", "BAT0"};
    (void)close(*(int *)*state);
    free(*state);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(remove(in_folder(names[i])), 0);
    }
    return rmdir(folder);
}

static pid_t start(void)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char text[32];
        (void)setenv("NOTIFY_SOCKET", in_folder("notify"), 1);
        (void)setenv("WATCHDOG_USEC", "60000000", 1);
        (void)snprintf(text, sizeof text, "%ld", (long)getpid());
        (void)setenv("WATCHDOG_PID", text, 1);
        (void)setenv("SHARDPICK_POWER_SUPPLY", folder, 1);
        (void)execl(program, program, "mine", "-q", "-t", "1", "--opencl", "none", "--nice", "7",
                    "--pause-on-battery", (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* Read messages until one begins with this; fails after a minute of none that does. */
static void wait_for(int fd, const char *beginning)
{
    char text[TEXT_MAX];
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    for (unsigned i = 0; i < 1000; i++) {
        if (poll(&polled, 1, WAIT_MS) != 1) {
            break;
        }
        ssize_t size = recv(fd, text, sizeof text - 1, 0);
        assert_true(size >= 0);
        text[size] = '\0';
        if (strncmp(text, beginning, strlen(beginning)) == 0) {
            return;
        }
    }
    fail_msg("the manager was never told %s", beginning);
}

/* Threads of a process with this niceness. */
static unsigned count_nice(pid_t pid, int niceness)
{
    char path[PATH_CAP];
    unsigned count = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *list = opendir(path);
    assert_non_null(list);
    const struct dirent *entry = NULL;
    while ((entry = readdir(list)) != NULL) {
        long task = strtol(entry->d_name, NULL, 10);
        count += task > 0 && getpriority(PRIO_PROCESS, (id_t)task) == niceness;
    }
    (void)closedir(list);
    return count;
}

static void test_life_of_a_service(void **state)
{
    int fd = *(int *)*state;
    int status = 0;
    pid_t pid = start();
    wait_for(fd, "READY=1");
    wait_for(fd, "WATCHDOG=1");
    assert_int_equal(count_nice(pid, NICENESS), 1); /* the lane, and nobody else */
    write_file("BAT0/status", "Discharging\n");
    wait_for(fd, "STATUS=paused");
    wait_for(fd, "WATCHDOG=1"); /* resting is no standing still */
    write_file("BAT0/status", "Charging\n");
    wait_for(fd, "STATUS=");
    assert_int_equal(kill(pid, SIGTERM), 0);
    wait_for(fd, "STOPPING=1");
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_life_of_a_service, make_folder, remove_folder),
    };
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s PROGRAM\n", argv[0]);
        return 2;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
