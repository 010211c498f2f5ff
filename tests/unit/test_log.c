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
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
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

/* The system's log, in place of the C library's. */
static char syslog_text[4096];

BASE_PRINTF(2, 0)
static void note_syslog(int priority, const char *format, va_list arguments)
{
    size_t used = strlen(syslog_text);
    used += (size_t)snprintf(syslog_text + used, sizeof syslog_text - used, "<%d>", priority);
    used += (size_t)vsnprintf(syslog_text + used, sizeof syslog_text - used, format, arguments);
    (void)snprintf(syslog_text + used, sizeof syslog_text - used, "\n");
}

void syslog(int priority, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note_syslog(priority, format, arguments);
    va_end(arguments);
}

/* What it is called where the compiler checks formats at run time. */
BASE_PRINTF(3, 4)
void __syslog_chk(int priority, int flag, const char *format, ...); /* NOLINT */
void __syslog_chk(int priority, int flag, const char *format, ...)  /* NOLINT */
{
    va_list arguments;
    (void)flag;
    va_start(arguments, format);
    note_syslog(priority, format, arguments);
    va_end(arguments);
}

static void test_syslog(void **state)
{
    struct miner_log_config config = {.syslog = true, .level = MINER_LOG_INFO};
    struct miner_log *log = NULL;
    struct base_error error = {BASE_OK, ""};
    char wanted[256];
    (void)state;
    assert_int_equal(miner_log_new(&log, &config, &error), BASE_OK);
    miner_log(log, MINER_LOG_GOOD, "net", "accepted: %s", "share");
    miner_log(log, MINER_LOG_DEBUG, "net", "not wanted");
    miner_log(log, MINER_LOG_ERROR, "miner", "100 %% wrong %%s");
    miner_log_free(log);
    (void)snprintf(wanted, sizeof wanted, "<%d>net: accepted: share\n<%d>miner: 100 %% wrong %%s\n",
                   LOG_DAEMON | LOG_NOTICE, LOG_DAEMON | LOG_ERR);
    assert_string_equal(syslog_text, wanted);
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

/* ---- a file that goes away, and one that takes nothing ------------------------------------- */

/* Lines that the tap saw; a test waits for one. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    unsigned missing; /* "lines are missing" */
    unsigned again;   /* "is written again" */
    unsigned others;
    unsigned shown;   /* lines that the writer's thread gave to the sink */
    char notes[4096]; /* texts of the first kind */
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static void see(void *user, const struct miner_log_line *line)
{
    (void)user;
    (void)pthread_mutex_lock(&seen.lock);
    if (strstr(line->text, "lines are missing in it until") != NULL) {
        seen.missing++;
        (void)snprintf(seen.notes + strlen(seen.notes), sizeof seen.notes - strlen(seen.notes),
                       "%s\n", line->text);
    } else if (strstr(line->text, "is written again") != NULL) {
        seen.again++;
    } else {
        seen.others++;
    }
    (void)pthread_cond_broadcast(&seen.more);
    (void)pthread_mutex_unlock(&seen.lock);
}

/* A sink. */
static void show(void *user, const struct miner_log_line *line)
{
    (void)user;
    (void)line;
    (void)pthread_mutex_lock(&seen.lock);
    seen.shown++;
    (void)pthread_cond_broadcast(&seen.more);
    (void)pthread_mutex_unlock(&seen.lock);
}

static void await(const unsigned *count, unsigned least)
{
    (void)pthread_mutex_lock(&seen.lock);
    while (*count < least) {
        (void)pthread_cond_wait(&seen.more, &seen.lock);
    }
    (void)pthread_mutex_unlock(&seen.lock);
}

static struct miner_log *open_seen(FILE *stream, const char *file)
{
    struct miner_log *log = open_log(stream, file, MINER_LOG_INFO);
    seen.missing = seen.again = seen.others = seen.shown = 0;
    seen.notes[0] = '\0';
    miner_log_tap(log, see, NULL);
    return log;
}

static bool holds(const char *path, const char *part)
{
    FILE *stream = fopen(path, "r");
    bool found = stream != NULL && strstr(contents(stream), part) != NULL;
    if (stream != NULL) {
        (void)fclose(stream);
    }
    return found;
}

static unsigned count_of(const char *part)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at++) {
        count++;
    }
    return count;
}

/* A folder with the names of the log and of the rotated one. */
struct place {
    char folder[32];
    char now[64];
    char old[64];
};

static void make_place(struct place *place)
{
    (void)snprintf(place->folder, sizeof place->folder, "/tmp/shardpick-log-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->now, sizeof place->now, "%s/m.log", place->folder);
    (void)snprintf(place->old, sizeof place->old, "%s/m.log.1", place->folder);
}

static void remove_place(const struct place *place)
{
    (void)unlink(place->now);
    (void)unlink(place->old);
    assert_int_equal(rmdir(place->folder), 0);
}

/* A sink: each line of the writer's thread, which has by then written those before. */
static void pass_on(void *user, const struct miner_log_line *line)
{
    const int *fd = user;
    (void)!write(*fd, line->text, 1);
}

/* After a rename, and after the file was deleted, lines go to a new file of the name. */
static void test_rotated(void **state)
{
    struct place place;
    int shown[2];
    char byte = 0;
    (void)state;
    make_place(&place);
    assert_int_equal(pipe(shown), 0);
    struct miner_log *log = open_log(NULL, place.now, MINER_LOG_INFO);
    miner_log_divert(log, pass_on, &shown[1]);
    miner_log(log, MINER_LOG_INFO, "cpu", "first");
    miner_log(log, MINER_LOG_INFO, "cpu", "second");
    assert_int_equal(read(shown[0], &byte, 1), 1);
    assert_int_equal(read(shown[0], &byte, 1), 1); /* the first is in the file */
    assert_int_equal(rename(place.now, place.old), 0);
    miner_log(log, MINER_LOG_INFO, "cpu", "third");
    miner_log(log, MINER_LOG_INFO, "cpu", "fourth");
    assert_int_equal(read(shown[0], &byte, 1), 1);
    assert_int_equal(read(shown[0], &byte, 1), 1);
    assert_true(holds(place.old, "first"));
    assert_false(holds(place.old, "third"));
    assert_true(holds(place.now, "third"));
    assert_int_equal(unlink(place.now), 0);
    miner_log(log, MINER_LOG_INFO, "cpu", "fifth");
    miner_log_free(log);
    assert_true(holds(place.now, "fifth"));
    assert_false(holds(place.now, "third"));
    (void)close(shown[0]);
    (void)close(shown[1]);
    remove_place(&place);
}

/* A full disk is said once, on the terminal and to the tap, and the lines go on there. */
static void test_full_disk(void **state)
{
    FILE *stream = tmpfile();
    (void)state;
    assert_non_null(stream);
    struct miner_log *log = open_seen(stream, "/dev/full");
    for (unsigned i = 0; i < 20; i++) {
        miner_log(log, MINER_LOG_INFO, "cpu", "line %u", i);
    }
    await(&seen.missing, 1);
    miner_log_free(log);
    assert_int_equal(seen.missing, 1);
    assert_int_equal(seen.others, 20);
    (void)contents(stream);
    assert_int_equal(count_of("/dev/full cannot be written: No space left on device"), 1);
    assert_int_equal(count_of("line "), 20);
    (void)fclose(stream);
}

/* At a size limit (the signal is ignored as in main.c) likewise; a rotated file takes lines again,
 * and begins with a whole line. */
static void test_size_limit(void **state)
{
    struct place place;
    struct rlimit before;
    (void)state;
    make_place(&place);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {100, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct miner_log *log = open_seen(NULL, place.now);
    for (unsigned i = 0; i < 5; i++) {
        miner_log(log, MINER_LOG_INFO, "cpu", "a line of so many characters that few fit, %u", i);
    }
    await(&seen.missing, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    miner_log(log, MINER_LOG_INFO, "cpu", "there is room again");
    await(&seen.again, 1);
    miner_log_free(log);
    assert_int_equal(seen.missing, 1);
    assert_true(holds(place.now, "there is room again"));
    for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1) {
        assert_int_equal(at[0], '['); /* the line that was cut is ended before the next one */
    }
    remove_place(&place);
}

/* Log lines, each shown before the next, until something was counted so often. */
static void log_until(struct miner_log *log, const unsigned *count, unsigned least)
{
    bool reached = false;
    while (!reached) {
        unsigned shown = seen.shown;
        miner_log(log, MINER_LOG_INFO, "cpu", "one more");
        await(&seen.shown, shown + 1);
        (void)pthread_mutex_lock(&seen.lock);
        reached = *count >= least;
        (void)pthread_mutex_unlock(&seen.lock);
    }
}

/* A pipe without a reader, one whose reader reads nothing, and one whose reader left. */
static void test_fifo(void **state)
{
    struct place place;
    (void)state;
    make_place(&place);
    assert_int_equal(mkfifo(place.now, 0600), 0);
    struct miner_log *log = open_seen(NULL, place.now); /* does not wait */
    miner_log_divert(log, show, NULL);
    log_until(log, &seen.missing, 1);
    int reader = open(place.now, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    log_until(log, &seen.again, 1);
    log_until(log, &seen.missing, 2); /* full */
    while (read(reader, text, sizeof text) > 0) {
    }
    log_until(log, &seen.again, 2);
    (void)close(reader);
    log_until(log, &seen.missing, 3);
    miner_log_free(log);
    assert_int_equal(seen.missing, 3);
    (void)snprintf(text, sizeof text, "%s", seen.notes);
    assert_int_equal(count_of("nobody reads this pipe"), 2);
    assert_int_equal(count_of("its reader does not read on"), 1);
    remove_place(&place);
}

/* Too many open files is a state that passes, not a wrong name. */
static void test_no_descriptor(void **state)
{
    struct miner_log_config config = {.file = "/dev/null", .level = MINER_LOG_INFO};
    struct miner_log *log = NULL;
    struct base_error error = {BASE_OK, ""};
    struct rlimit before;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {0, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum base_status status = miner_log_new(&log, &config, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(status, BASE_E_STATE);
    assert_non_null(strstr(error.text, "Too many open files"));
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN); /* as in main.c */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syslog),       cmocka_unit_test(test_lines),
        cmocka_unit_test(test_printable),    cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_file),         cmocka_unit_test(test_threads),
        cmocka_unit_test(test_stands_still), cmocka_unit_test(test_rotated),
        cmocka_unit_test(test_full_disk),    cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_fifo),         cmocka_unit_test(test_no_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
