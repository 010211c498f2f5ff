/* test_log_file.c: the built program with --log-file: log rotation, and files that take no lines.
 * The mining and the terminal's lines go on. Argument: the program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"

static const char *program;
static struct program_run miner;
static char folder[] = "/tmp/shardpick-logfile-XXXXXX";
static char now[64];
static char old[64];

static void start(void)
{
    program_start(&miner, program,
                  (const char *[]){"mine", "-t", "1", "--opencl", "none",
                                   "--cache-dir=", "--screen", "log", "--log-file", now, NULL});
}

static bool holds(const char *path, const char *part)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    return strstr(text, part) != NULL;
}

/* As logrotate does it; there is no settings file that SIGHUP could mean. */
static void test_rotated(void **state)
{
    (void)state;
    start();
    program_wait(&miner, "accepted: block");
    assert_int_equal(rename(now, old), 0);
    assert_int_equal(kill(miner.pid, SIGHUP), 0);
    program_wait(&miner, "(SIGHUP), nothing changed");
    program_wait(&miner, "accepted: block");
    assert_int_equal(program_stop(&miner), 0);
    assert_true(holds(now, "SIGHUP"));
    assert_false(holds(old, "SIGHUP"));
    assert_true(holds(old, "connected")); /* a line before the one that was waited for */
    assert_int_equal(unlink(now), 0);
    assert_int_equal(unlink(old), 0);
}

static void test_size_limit(void **state)
{
    struct rlimit before;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {300, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    start();
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    program_wait(&miner, "cannot be written: File too large");
    program_wait(&miner, "accepted: block");
    assert_int_equal(program_stop(&miner), 0);
    assert_int_equal(unlink(now), 0);
}

static void test_fifo(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(now, 0600), 0);
    start();
    program_wait(&miner, "nobody reads this pipe");
    program_wait(&miner, "accepted: block");
    assert_int_equal(program_stop(&miner), 0);
    assert_int_equal(unlink(now), 0);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rotated),
        cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_fifo),
    };
    if (argc != 2 || mkdtemp(folder) == NULL) {
        return 1;
    }
    program = argv[1];
    (void)snprintf(now, sizeof now, "%s/m.log", folder);
    (void)snprintf(old, sizeof old, "%s/m.log.1", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)rmdir(folder);
    return failed;
}
