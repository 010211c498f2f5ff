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

#include "options.h"

enum { WORDS_MAX = 16 };

/* words is NULL-ended; argv[0] is put before them. */
static enum base_status parse(struct bench_options *options, const char *const *words,
                              struct base_error *error)
{
    char *argv[WORDS_MAX + 1] = {(char *)(uintptr_t) "bench"};
    int argc = 1;
    for (size_t i = 0; words[i] != NULL && i < WORDS_MAX; i++) {
        argv[argc++] = (char *)(uintptr_t)words[i];
    }
    memset(error, 0, sizeof *error);
    return bench_options_parse(options, argc, argv, error);
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
    assert_false(options.threads_given || options.threads_auto || options.kernels);
    assert_int_equal(options.format, BENCH_TEXT);
}

static void test_all_that_is_right(void **state)
{
    static const char *const timed[] = {
        "--json",    "-a",  "alephium",    "--device",  "cpu,0:0", "--kernels", "-t", "3",
        "--seconds", "0.5", "--save=a.js", "--compare", "b.js",    "--quiet",   NULL};
    static const char *const fixed[] = {
        "-t2",   "--hashes", "1000", "--cpu-kernel=avx2", "--seed", "9223372036854775807",
        "--csv", NULL};
    static const char *const automatic[] = {"--threads=5", "--threads", "auto", "-q", "-h", NULL};
    struct bench_options options;
    struct base_error error;
    (void)state;
    assert_int_equal(parse(&options, timed, &error), BASE_OK);
    assert_string_equal(options.algo, "alephium");
    assert_string_equal(options.device, "cpu,0:0");
    assert_string_equal(options.save, "a.js");
    assert_string_equal(options.compare, "b.js");
    assert_true(options.kernels && options.quiet && options.threads_given);
    assert_true(options.threads == 3 && options.seconds == 0.5);
    assert_int_equal(options.format, BENCH_JSON);
    assert_int_equal(parse(&options, fixed, &error), BASE_OK);
    assert_true(options.hashes == 1000 && options.seed == INT64_MAX && options.threads == 2);
    assert_string_equal(options.cpu_kernel, "avx2");
    assert_int_equal(options.format, BENCH_CSV);
    assert_int_equal(parse(&options, automatic, &error), BASE_OK); /* the last one counts */
    assert_true(options.threads_auto && !options.threads_given && options.help);
}

static void test_all_that_is_wrong(void **state)
{
    static const struct {
        const char *words[5];
        const char *says; /* part of the sentence */
    } wrong[] = {
        {{"--secnds", "1"}, "did you mean --seconds?"},
        {{"--frobnicate"}, "--help"},
        {{"-x"}, "unknown option -x"},
        {{"-"}, "takes options only"},
        {{""}, "takes options only"},
        {{"alephium"}, "use -a"},
        {{"--seconds"}, "--seconds needs a value"},
        {{"--seconds", "0"}, "0.1"},
        {{"--seconds", "0.05"}, "0.1"},
        {{"--seconds", "-1"}, "\"-1\""},
        {{"--seconds", "nan"}, "\"nan\""},
        {{"--seconds", "1e3"}, "\"1e3\""},
        {{"--seconds", "1s"}, "\"1s\""},
        {{"--seconds", "1.2.3"}, "\"1.2.3\""},
        {{"--seconds", "."}, "\".\""},
        {{"--seconds", "100000"}, "86400"},
        {{"-t", "-1"}, "0 to 1024"},
        {{"-t", "1025"}, "0 to 1024"},
        {{"-t", "99999999999999999999"}, "0 to 1024"},
        {{"-t", "two"}, "auto"},
        {{"-t", ""}, "auto"},
        {{"--hashes", "0"}, "--hashes"},
        {{"--hashes", "1e6"}, "1 to"},
        {{"--hashes", "281474976710657"}, "281474976710656"},
        {{"--hashes", "5", "--seconds", "1"}, "one of the two"},
        {{"--hashes", "5", "--compare", "f"}, "repeated windows"},
        {{"--seed", "5"}, "add --hashes"},
        {{"--hashes", "5", "--seed", "9223372036854775808"}, "--seed"},
        {{"--hashes", "5", "--seed", "+1"}, "--seed"},
        {{"--json", "--csv"}, "another output format"},
        {{"--markdown", "--json"}, "another output format"},
        {{"--json=1"}, "takes no value"},
        {{"--kernels", "--cpu-kernel", "avx2"}, "one of the two"},
        {{"--device", ""}, "--device"},
        {{"--algo="}, "--algo"},
        {{"--save", ""}, "--save"},
        {{"--compare="}, "--compare"},
        {{"--cpu-kernel", ""}, "--cpu-kernel"},
    };
    struct bench_options options;
    struct base_error error;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        enum base_status status = parse(&options, wrong[i].words, &error);
        if (status != BASE_E_ARG || strstr(error.text, wrong[i].says) == NULL) {
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
    bench_options_help(out);
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
