/* test_bench_options.c: the command line of bench: what is right is taken, and what is wrong is
 * refused with a sentence that names it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "commands/bench_cmd.h"
#include "config/help.h"
#include "options_parse.h"

enum { WORDS_MAX = 16, CORES = 3, THREADS = 6 };

/* words is NULL-ended; "shardpick bench" is put before them. Texts of options live until the next
 * call. */
static enum base_status parse(struct bench_options *options, const char *const *words,
                              struct base_error *error)
{
    static struct miner_config config;
    const struct bench_machine machine = {
        .cores = CORES, .threads = THREADS, .lanes = CORES, .lanes_most = THREADS};
    enum miner_request request = MINER_REQUEST_HELP;
    const char *topic = NULL;
    char *argv[WORDS_MAX + 2] = {(char *)(uintptr_t) "shardpick", (char *)(uintptr_t) "bench"};
    int argc = 2;
    for (size_t i = 0; words[i] != NULL && i < WORDS_MAX; i++) {
        argv[argc++] = (char *)(uintptr_t)words[i];
    }
    memset(error, 0, sizeof *error);
    enum base_status status = options_parse(&config, &request, &topic, argc, argv, "/cache", error);
    if (status == BASE_OK) {
        miner_bench_options_fill(options, &config, &machine);
    }
    return status;
}

static void test_defaults(void **state)
{
    static const char *const none[] = {NULL};
    struct bench_options options;
    struct base_error error;
    (void)state;
    assert_int_equal(parse(&options, none, &error), BASE_OK);
    assert_null(options.algo);
    assert_null(options.device);
    assert_true(options.seconds == 5 && options.hashes == 0);
    assert_false(options.choose != NULL || options.kernels || options.quiet);
    assert_int_equal(options.lanes, CORES);
    assert_int_equal(options.format, BENCH_TEXT);
}

static void test_all_that_is_right(void **state)
{
    static const char *const timed[] = {
        "--json",    "-a",  "alephium",    "--device",  "cpu,0:0",   "--kernels", "-t", "3",
        "--seconds", "0.5", "--save=a.js", "--compare", "/dev/null", "--quiet",   NULL};
    static const char *const fixed[] = {
        "-t2",   "--hashes", "1000", "--cpu-kernel=avx2", "--seed", "9223372036854775807",
        "--csv", NULL};
    static const char *const measured[] = {"--threads=5", "--threads", "auto", "-q",
                                           "--seconds",   "1500ms",    NULL};
    static const char *const all[] = {"--threads=all", "--markdown", NULL};
    struct bench_options options;
    struct base_error error;
    (void)state;
    assert_int_equal(parse(&options, timed, &error), BASE_OK);
    assert_string_equal(options.algo, "alephium");
    assert_string_equal(options.device, "cpu,0:0");
    assert_string_equal(options.save, "a.js");
    assert_string_equal(options.compare, "/dev/null");
    assert_true(options.kernels && options.quiet && options.choose == NULL);
    assert_true(options.lanes == 3 && options.seconds == 0.5);
    assert_int_equal(options.format, BENCH_JSON);
    assert_int_equal(parse(&options, fixed, &error), BASE_OK);
    assert_true(options.hashes == 1000 && options.seed == INT64_MAX && options.lanes == 2);
    assert_string_equal(options.cpu_kernel, "avx2");
    assert_int_equal(options.format, BENCH_CSV);
    assert_int_equal(parse(&options, measured, &error), BASE_OK); /* the last one counts */
    assert_true(options.choose != NULL && options.seconds == 1.5);
    assert_int_equal(parse(&options, all, &error), BASE_OK);
    assert_int_equal(options.lanes, THREADS);
    assert_int_equal(options.format, BENCH_MARKDOWN);
}

static void test_all_that_is_wrong(void **state)
{
    static const struct {
        const char *words[5];
        const char *says; /* part of the sentence */
    } wrong[] = {
        {{"--secnds", "1"}, "did you mean --seconds?"},
        {{"--frobnicate"}, "no option --frobnicate"},
        {{"-x"}, "no option -x"},
        {{"-"}, "is no option of `bench`"},
        {{""}, "is no option of `bench`"},
        {{"alephium"}, "\"alephium\" is no option"},
        {{"--seconds"}, "--seconds needs a value"},
        {{"--seconds", "0"}, "0.1 to 86400"},
        {{"--seconds", "0.05"}, "0.1 to 86400"},
        {{"--seconds", "-1"}, "\"-1\""},
        {{"--seconds", "nan"}, "\"nan\""},
        {{"--seconds", "1.2.3"}, "\"1.2.3\""},
        {{"--seconds", "."}, "\".\""},
        {{"--seconds", "1x"}, "\"1x\""},
        {{"--seconds", "100000"}, "86400"},
        {{"-t", "-1"}, "0 to 1024"},
        {{"-t", "1025"}, "0 to 1024"},
        {{"-t", "99999999999999999999"}, "0 to 1024"},
        {{"-t", "two"}, "auto"},
        {{"-t", ""}, "auto"},
        {{"--hashes", "0"}, "--hashes"},
        {{"--hashes", "1e6"}, "1 to"},
        {{"--hashes", "281474976710657"}, "281474976710656"},
        {{"--hashes", "5", "--seconds", "1"}, "leave one out"},
        {{"--hashes", "5", "--compare", "/dev/null"}, "repeated windows"},
        {{"--seed", "5"}, "add --hashes"},
        {{"--hashes", "5", "--seed", "9223372036854775808"}, "0 to 9223372036854775807"},
        {{"--hashes", "5", "--seed", "+1"}, "--seed"},
        {{"--json", "--csv"}, "another output format"},
        {{"--markdown", "--json"}, "another output format"},
        {{"--csv", "--markdown"}, "another output format"},
        {{"--json=1"}, "takes no value"},
        {{"--kernels", "--cpu-kernel", "avx2"}, "leave one out"},
        {{"--device", ""}, "--device"},
        {{"--algo="}, "--algo"},
        {{"--save", ""}, "--save"},
        {{"--compare="}, "--compare"},
        {{"--compare", "/nowhere"}, "cannot be read"},
        {{"--cpu-kernel", ""}, "--cpu-kernel"},
    };
    struct bench_options options;
    struct base_error error;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        enum base_status status = parse(&options, wrong[i].words, &error);
        if (status == BASE_OK || strstr(error.text, wrong[i].says) == NULL) {
            fail_msg("%s %s: status %d, \"%s\" lacks \"%s\"", wrong[i].words[0],
                     wrong[i].words[1] != NULL ? wrong[i].words[1] : "", (int)status, error.text,
                     wrong[i].says);
        }
    }
}

/* Help names every option that is taken. */
static void test_help(void **state)
{
    static const char *const names[] = {"--algo",    "--device",  "--cpu-kernel", "--kernels",
                                        "--threads", "--seconds", "--hashes",     "--seed",
                                        "--json",    "--csv",     "--markdown",   "--save",
                                        "--compare", "--quiet",   "--help"};
    char *text = NULL;
    size_t size = 0;
    (void)state;
    FILE *out = open_memstream(&text, &size);
    miner_help_print(out, MINER_COMMAND_BENCH);
    (void)fclose(out);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_non_null(strstr(text, names[i]));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_all_that_is_right),
        cmocka_unit_test(test_all_that_is_wrong),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
