/* test_base_file.c: files are replaced whole; links, devices and pipes stay what they are. Folders,
 * first lines, and the hash that names files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above first */
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fnv.h"

static char folder[] = "/tmp/shardpick-file-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

/* Files in the folder, which the test names; anything else was left behind. */
static size_t count_files(void)
{
    DIR *list = opendir(".");
    size_t count = 0;
    for (const struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(list);
    return count;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"plain", "link", "real", "pipe", "dangling", "later"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlink(names[i]);
    }
    return rmdir(folder);
}

static void put(const char *path, const char *text)
{
    struct base_error error = {BASE_OK, ""};
    if (base_file_write(path, text, strlen(text), &error) != BASE_OK) {
        fail_msg("%s: %s", path, error.text);
    }
}

static void expect(const char *path, const char *text)
{
    char read_text[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(read_text, 1, sizeof read_text - 1, file);
    (void)fclose(file);
    assert_int_equal(size, strlen(text));
    assert_string_equal(read_text, text);
}

static void test_plain_file(void **state)
{
    struct stat before;
    struct stat after;
    (void)state;
    put("plain", "one");
    expect("plain", "one");
    assert_int_equal(chmod("plain", 0640), 0);
    FILE *reader = fopen("plain", "r"); /* reads what was there when it opened the file */
    assert_non_null(reader);
    assert_int_equal(stat("plain", &before), 0);
    put("plain", "three");
    expect("plain", "three");
    char text[8] = "";
    assert_int_equal(fread(text, 1, sizeof text - 1, reader), 3);
    (void)fclose(reader);
    assert_string_equal(text, "one");
    assert_int_equal(stat("plain", &after), 0);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(count_files(), 1);
}

static void test_links_are_followed(void **state)
{
    struct stat about;
    (void)state;
    put("real", "old");
    assert_int_equal(symlink("real", "link"), 0);
    put("link", "new");
    assert_int_equal(lstat("link", &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    expect("real", "new");
    assert_int_equal(symlink("later", "dangling"), 0);
    put("dangling", "made");
    expect("later", "made");
    assert_int_equal(lstat("dangling", &about), 0);
    assert_true(S_ISLNK(about.st_mode));
}

static void test_devices_stay(void **state)
{
    struct base_error error = {BASE_OK, ""};
    struct stat about;
    char text[8] = "";
    (void)state;
    put("/dev/null", "gone");
    assert_int_equal(stat("/dev/null", &about), 0);
    assert_true(S_ISCHR(about.st_mode));
    assert_int_equal(mkfifo("pipe", 0600), 0);
    /* without a reader it is an error, and does not wait */
    assert_int_equal(base_file_write("pipe", "x", 1, &error), BASE_E_IO);
    int reader = open("pipe", O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    put("pipe", "flows");
    assert_int_equal(read(reader, text, sizeof text), 5);
    assert_string_equal(text, "flows");
    (void)close(reader);
    assert_int_equal(lstat("pipe", &about), 0);
    assert_true(S_ISFIFO(about.st_mode));
}

enum { WRITES = 300, LARGE = 1 << 16 };

static void *write_often(void *argument)
{
    static char bytes[2][LARGE];
    size_t which = *(const char *)argument == 'a' ? 0 : 1;
    size_t failed = 0;
    memset(bytes[which], *(const char *)argument, LARGE);
    for (size_t i = 0; i < WRITES; i++) {
        failed += base_file_write("later", bytes[which], LARGE, NULL) != BASE_OK;
    }
    return failed > 0 ? argument : NULL;
}

/* Threads of one process that write the same file: each write succeeds, and one of them is there
 * whole. */
static void test_two_threads(void **state)
{
    static char names[] = {'a', 'b'};
    static char bytes[LARGE + 1];
    pthread_t threads[2];
    (void)state;
    size_t before = count_files();
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_often, &names[i]), 0);
    }
    for (size_t i = 0; i < 2; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    FILE *file = fopen("later", "r");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), LARGE);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(strspn(bytes, bytes[0] == 'a' ? "a" : "b"), LARGE);
    assert_true(count_files() <= before + 1); /* no temporary one stays */
}

static void test_errors(void **state)
{
    struct base_error error = {BASE_OK, ""};
    (void)state;
    assert_int_equal(base_file_write("/nowhere/file", "x", 1, &error), BASE_E_IO);
    assert_non_null(strstr(error.text, "/nowhere/file: No such file"));
    assert_int_equal(base_file_write("/dev/full", "x", 1, &error), BASE_E_IO);
    assert_non_null(strstr(error.text, "No space left"));
    assert_int_equal(base_file_write(folder, "x", 1, &error), BASE_E_IO);
}

static void test_folders_above_a_file(void **state)
{
    struct stat about;
    (void)state;
    base_file_folders("deep/er/plain");
    assert_int_equal(stat("deep/er", &about), 0);
    assert_true(S_ISDIR(about.st_mode) && (about.st_mode & 0777) == 0700);
    assert_int_equal(access("deep/er/plain", F_OK), -1);
    base_file_folders("deep/er/plain"); /* they are there */
    put("deep/er/plain", "x");
    base_file_folders("deep/er/plain/below"); /* a file is no folder, and stays */
    expect("deep/er/plain", "x");
    base_file_folders("plain"); /* none above it */
    assert_int_equal(unlink("deep/er/plain"), 0);
    assert_int_equal(rmdir("deep/er"), 0);
    assert_int_equal(rmdir("deep"), 0);
}

static void test_first_line(void **state)
{
    char line[8] = "before";
    (void)state;
    assert_string_equal(base_file_line(line, sizeof line, "nowhere"), "");
    put("plain", "61000\n7\n");
    assert_string_equal(base_file_line(line, sizeof line, "plain"), "61000");
    put("plain", "0123456789");
    assert_string_equal(base_file_line(line, sizeof line, "plain"), "0123456");
    assert_string_equal(base_file_line(line, sizeof line, "."), ""); /* a folder */
    assert_int_equal(mkfifo("empty", 0600), 0);
    assert_string_equal(base_file_line(line, sizeof line, "empty"), ""); /* nobody writes to it */
    assert_int_equal(unlink("empty"), 0);
}

/* Vectors of RFC 9923, appendix C. */
static void test_fnv(void **state)
{
    (void)state;
    assert_true(base_fnv(BASE_FNV_START, "", 0) == 0xcbf29ce484222325);
    assert_true(base_fnv(BASE_FNV_START, "a", 1) == 0xaf63dc4c8601ec8c);
    assert_true(base_fnv(base_fnv(BASE_FNV_START, "foo", 3), "bar", 3) == 0x85944171f73967e8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_file),   cmocka_unit_test(test_links_are_followed),
        cmocka_unit_test(test_devices_stay), cmocka_unit_test(test_two_threads),
        cmocka_unit_test(test_errors),       cmocka_unit_test(test_folders_above_a_file),
        cmocka_unit_test(test_first_line),   cmocka_unit_test(test_fnv),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
