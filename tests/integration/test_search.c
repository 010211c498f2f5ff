/* test_search.c: the built program with drivers that hang, or answer late, when they are asked for
 * their devices (tests/fake_opencl): CPU lanes mine meanwhile, and all bounds hold. Argument: the
 * program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdlib.h>

#include "program.h"

static const char *program;
static struct program_run miner;

static void start(const char *play, const char *const words[])
{
    assert_int_equal(setenv("SHARDPICK_OPENCL_LIBRARY", FAKE_OPENCL_LIBRARY, 1), 0);
    assert_int_equal(setenv("SHARDPICK_FAKE_OPENCL", play, 1), 0);
    program_start(&miner, program, words);
}

/* The driver is named, CPU lanes find blocks, and the end does not wait for the driver. */
static void test_hangs(void **state)
{
    (void)state;
    start("hang-list",
          (const char *[]){"mine", "-t", "1", "--cache-dir=", "--screen", "log", NULL});
    program_wait(&miner, "no device yet: still loading " FAKE_OPENCL_LIBRARY);
    program_wait(&miner, "accepted: block");
    assert_int_equal(program_stop(&miner), 0);
}

/* Where CPU lanes hash, the watchdog's time is a line and no more. */
static void test_watchdog_with_lanes(void **state)
{
    (void)state;
    start("hang-list", (const char *[]){"mine", "-t", "1", "--cache-dir=", "--screen", "log",
                                        "--watchdog", "1", NULL});
    program_wait(&miner, "an OpenCL driver hangs. The CPU lanes go on");
    program_wait(&miner, "accepted: block");
    assert_int_equal(program_stop(&miner), 0);
}

/* Where nothing else hashes, it ends the run; and so does --duration. */
static void test_bounds_without_lanes(void **state)
{
    (void)state;
    start("hang-list", (const char *[]){"mine", "-t", "0", "--cache-dir=", "--screen", "log",
                                        "--watchdog", "1", NULL});
    program_wait(&miner, "an OpenCL driver hangs. Nothing else hashes: leaving");
    program_wait(&miner, "the run has ended without OpenCL devices");
    assert_int_equal(program_stop(&miner), 5);
    start("hang-list", (const char *[]){"mine", "-t", "0", "--cache-dir=", "--screen", "log",
                                        "--duration", "1", NULL});
    program_wait(&miner, "the run has ended without OpenCL devices");
    assert_int_equal(program_stop(&miner), 0);
}

/* Devices of a driver that answers late join a run that mines. */
static void test_late(void **state)
{
    (void)state;
    start("late-list",
          (const char *[]){"mine", "-t", "1", "--cache-dir=", "--screen", "log", NULL});
    program_wait(&miner, "no device yet: still loading");
    program_wait(&miner, "(cpu 0)");
    program_wait(&miner, "Fake GPU: self-test passed");
    program_wait(&miner, "(cpu 0)");
    assert_int_equal(program_stop(&miner), 0);
}

/* A named device that turns out not to be there ends the run, also when the search ends after the
   lanes have started. */
static void test_late_and_other(void **state)
{
    (void)state;
    start("late-list", (const char *[]){"mine", "-t", "1", "--cache-dir=", "--screen", "log",
                                        "--opencl", "7:7", NULL});
    program_wait(&miner, "no device yet: still loading");
    program_wait(&miner, "7:7");
    assert_int_equal(program_stop(&miner), 3);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hangs),
        cmocka_unit_test(test_watchdog_with_lanes),
        cmocka_unit_test(test_bounds_without_lanes),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_late_and_other),
    };
    if (argc != 2) {
        return 1;
    }
    program = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
