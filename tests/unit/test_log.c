/* test_log.c: the log's lines, levels, colours and what it does when its output stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/log.h"

enum { TEXT_CAP = 1 << 20 };

static char text[TEXT_CAP];

/* Everything in a stream, from its beginning. */
static const char *contents(FILE *stream)
{
    rewind(stream);
    size_t size = fread(text, 1, sizeof text - 1, stream);
    text[size] = '\0';
    return text;
}

static struct miner_log *open_log(FILE *stream, const char *file, enum miner_log_level level)
{
    struct miner_log_config config = {
        .stream = stream, .color = true, .file = file, .level = level};
    struct miner_log *log = NULL;
    struct base_error error = {BASE_OK, ""};
    if (miner_log_new(&log, &config, &error) != BASE_OK) {
        fail_msg("%s", error.text);
    }
    return log;
}

static void test_lines(void **state)
{
    FILE *stream = tmpfile();
    regex_t shape;
    (void)state;
    assert_non_null(stream);
    struct miner_log *log = open_log(stream, NULL, MINER_LOG_INFO);
    miner_log(log, MINER_LOG_INFO, "net", "connected to %s:%d", "host", 10973);
    miner_log(log, MINER_LOG_DEBUG, "net", "not wanted");
    miner_log(log, MINER_LOG_ERROR, "opencl", "second");
    miner_log(NULL, MINER_LOG_ERROR, "net", "to nobody");
    miner_log_free(log);
    (void)contents(stream);
    assert_int_equal(
        regcomp(&shape,
                "^\\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}\\] net      "
                "connected to host:10973\n\\[[^]]*\\] opencl   second\n$",
                REG_EXTENDED | REG_NOSUB),
        0);
    if (regexec(&shape, text, 0, NULL, 0) != 0) {
        fail_msg("%s", text); /* also: no colour codes where there is no terminal */
    }
    regfree(&shape);
    (void)fclose(stream);
}

/* Whatever a peer puts into a text cannot reach the terminal as a command. */
static void test_printable(void **state)
{
    FILE *stream = tmpfile();
    (void)state;
    assert_non_null(stream);
    struct miner_log *log = open_log(stream, NULL, MINER_LOG_INFO);
    miner_log(log, MINER_LOG_INFO, "net",
              "a\033[2Jb\nc\td\x7f"
              "e");
    miner_log(log, MINER_LOG_INFO, "net", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x92\x8e");
    miner_log(log, MINER_LOG_INFO, "net", "\xc2\x9b|\xff|\xc3|\xe2\x82|\xc0\x80|end");
    miner_log_free(log);
    (void)contents(stream);
    assert_non_null(strstr(text, " a?[2Jb?c?d?e\n"));
    assert_non_null(strstr(text, " gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x92\x8e\n"));
    assert_non_null(strstr(text, " ??|?|?|??|??|end\n"));
    (void)fclose(stream);
}

static void test_long_line(void **state)
{
    FILE *stream = tmpfile();
    static char wide[3 * MINER_LOG_TEXT_MAX];
    (void)state;
    assert_non_null(stream);
    memset(wide, 'x', sizeof wide - 1);
    struct miner_log *log = open_log(stream, NULL, MINER_LOG_INFO);
    miner_log(log, MINER_LOG_INFO, "net", "%s", wide);
    miner_log(log, MINER_LOG_INFO, "too long a tag", "next");
    miner_log_free(log);
    (void)contents(stream);
    const char *first = strchr(text, 'x');
    assert_non_null(first);
    assert_int_equal(strspn(first, "x"), MINER_LOG_TEXT_MAX - 1);
    assert_int_equal(first[MINER_LOG_TEXT_MAX - 1], '\n');
    assert_non_null(strstr(text, "] too long next\n"));
    (void)fclose(stream);
}

static void test_file(void **state)
{
    char name[] = "/tmp/shardpick-log-XXXXXX";
    int fd = mkstemp(name);
    struct miner_log *log = NULL;
    struct base_error error = {BASE_OK, ""};
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "kept\n", 5), 5);
    log = open_log(NULL, name, MINER_LOG_DEBUG);
    miner_log(log, MINER_LOG_DEBUG, "cpu", "into the file");
    miner_log_free(log);
    FILE *stream = fdopen(fd, "r");
    assert_non_null(stream);
    assert_ptr_equal(strstr(contents(stream), "kept\n["), text);
    assert_non_null(strstr(text, "cpu      into the file\n"));
    (void)fclose(stream);
    (void)unlink(name);

    struct miner_log_config config = {.file = "/nonexistent/folder/log", .level = MINER_LOG_INFO};
    assert_int_equal(miner_log_new(&log, &config, &error), BASE_E_IO);
    assert_null(log);
    assert_non_null(strstr(error.text, "/nonexistent/folder/log"));
    assert_non_null(strstr(error.text, "No such file"));
    miner_log_free(NULL);
}

static void *write_lines(void *argument)
{
    struct miner_log *log = argument;
    for (int i = 0; i < 100; i++) {
        miner_log(log, MINER_LOG_INFO, "cpu", "line %d of a thread", i);
    }
    return NULL;
}

static void test_threads(void **state)
{
    FILE *stream = tmpfile();
    pthread_t threads[4];
    size_t lines = 0;
    (void)state;
    assert_non_null(stream);
    struct miner_log *log = open_log(stream, NULL, MINER_LOG_INFO);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, log), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    miner_log_free(log);
    for (const char *at = contents(stream); *at != '\0'; at = strchr(at, '\n') + 1) {
        assert_non_null(strchr(at, '\n'));
        assert_int_equal(at[0], '['); /* whole lines, never mixed */
        lines++;
    }
    assert_int_equal(lines, 400); /* fewer than the queue holds: none may be lost */
    (void)fclose(stream);
}

/* A pipe nobody reads: writers go on, later lines are dropped, the loss is told. */
static void test_stands_still(void **state)
{
    int ends[2];
    size_t got = 0;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
    FILE *stream = fdopen(ends[1], "w");
    assert_non_null(stream);
    struct miner_log *log = open_log(stream, NULL, MINER_LOG_INFO);
    for (int i = 0; i < 4 * MINER_LOG_LINES_MAX; i++) {
        miner_log(log, MINER_LOG_INFO, "cpu", "a line that fills the pipe some more, number %d", i);
    }
    /* Here already: no call waited. Now somebody reads on. */
    while (strstr(text, "lines lost") == NULL) {
        ssize_t size = read(ends[0], text + got, sizeof text - 1 - got);
        assert_true(size > 0);
        got += (size_t)size;
        text[got] = '\0';
        if (got == (size_t)size) {
            assert_non_null(strstr(text, "number 0\n"));
        }
    }
    miner_log_free(log);
    (void)fclose(stream);
    (void)close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),     cmocka_unit_test(test_printable),
        cmocka_unit_test(test_long_line), cmocka_unit_test(test_file),
        cmocka_unit_test(test_threads),   cmocka_unit_test(test_stands_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
