/* test_rests.c: lanes rest while the processor is hot (--max-temp) or the network too difficult
 * (--max-diff); and the program in the background. Argument: the built program. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "api_run.h"
#include "program.h"

static const char *program;
static char root[] = "/tmp/shardpick-rests-XXXXXX";

static void put(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *at = path + strlen(root) + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '\0';
            (void)mkdir(path, 0700);
            *at = '/';
        }
    }
    char fresh[260]; /* in its place at once: no reader sees half of it */
    (void)snprintf(fresh, sizeof fresh, "%s~", path);
    FILE *file = fopen(fresh, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "%s\n", text) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(fresh, path), 0);
}

static void start(struct program_run *run, const char *option, const char *value)
{
    const char *const words[] = {"mine",  "--no-color",  "--screen", "log",        "-t",
                                 "1",     "--opencl",    "none",     "--duration", "600",
                                 "--api", "127.0.0.1:0", option,     value,        NULL};
    program_start(run, program, words);
}

static void test_hot_processor(void **state)
{
    struct program_run run;
    (void)state;
    put("class/hwmon/hwmon0/name", "nvme");
    put("class/hwmon/hwmon0/temp1_input", "99000");
    put("class/hwmon/hwmon1/name", "k10temp");
    put("class/hwmon/hwmon1/temp1_input", "60000");
    assert_int_equal(setenv("SHARDPICK_SYSFS", root, 1), 0);
    start(&run, "--max-temp", "80");
    program_wait(&run, "accepted: block");
    static const char url[] = "http://127.0.0.1:";
    struct api_run api = {.port =
                              (uint16_t)strtoul(strstr(run.log, url) + sizeof url - 1, NULL, 10)};
    put("class/hwmon/hwmon1/temp1_input", "91000");
    program_wait(&run, "the processor is paused at 91 C, the limit is 80 C");
    (void)api_wait_rest(&api);
    put("class/hwmon/hwmon1/temp1_input", "65000");
    program_wait(&run, "the processor goes on at 65 C");
    program_wait(&run, "accepted: block");
    assert_int_equal(program_stop(&run), 0);
    assert_int_equal(unsetenv("SHARDPICK_SYSFS"), 0);
}

static void test_difficult_network(void **state)
{
    struct program_run run;
    (void)state;
    start(&run, "--max-diff", "1");
    program_wait(&run, "paused: lanes rest, the connection stays; the network's difficulty is");
    assert_int_equal(program_stop(&run), 0);
}

/* Wait for a process that ends by itself, with exit code 0. */
static void end(pid_t process)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0) {
        assert_int_equal(errno, EINTR);
    }
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_background(void **state)
{
    struct program_run run;
    char log[128];
    char text[16384] = "";
    pid_t child = 0;
    (void)state;
    (void)snprintf(log, sizeof log, "%s/log", root);
    const char *const words[] = {"mine",       "-B", "-t",         "1", "--opencl", "none",
                                 "--duration", "1",  "--log-file", log, NULL};
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    program_start(&run, program, words);
    program_wait(&run, "runs in the background as process ");
    child = (pid_t)strtol(strstr(run.log, "process ") + 8, NULL, 10);
    assert_true(child > 0);
    end(run.pid);
    end(child);
    (void)close(run.log_fd);
    FILE *file = fopen(log, "r");
    assert_non_null(file);
    (void)!fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    const char *mined = strstr(text, "mined ");
    assert_non_null(mined);
    assert_true(strtod(mined + strlen("mined "), NULL) >=
                1); /* a second, or more on a busy machine */
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hot_processor),
        cmocka_unit_test(test_difficult_network),
        cmocka_unit_test(test_background),
    };
    program = argc > 1 ? argv[1] : "";
    if (mkdtemp(root) == NULL) {
        return 1;
    }
    return cmocka_run_group_tests_name("rests", tests, NULL, NULL);
}
