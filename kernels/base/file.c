/* file.c: see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum base_status fail(const char *path, struct base_error *error)
{
    return base_error_set(error, BASE_E_IO, "cannot write %.200s: %s", path, strerror(errno));
}

/* Write all bytes and close. Returns false with errno. */
static bool finish(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(fd, bytes, size);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            int reason = wrote < 0 ? errno : ENOSPC;
            (void)close(fd);
            errno = reason;
            return false;
        }
        bytes += wrote;
        size -= (size_t)wrote;
    }
    return close(fd) == 0;
}

static enum base_status write_in_place(const char *path, const char *bytes, size_t size,
                                       struct base_error *error)
{
    /* Without O_NONBLOCK, opening a pipe waits until somebody reads it. */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    if (fd < 0) {
        return fail(path, error);
    }
    (void)fcntl(fd, F_SETFL, 0);
    return finish(fd, bytes, size) ? BASE_OK : fail(path, error);
}

/* Open a new file beside the target; -1 with errno. */
static int open_temporary(const char *temporary)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = open(temporary, flags, 0666);
    if (fd < 0 && errno == EEXIST) { /* of a thread that had our number and did not finish */
        (void)unlink(temporary);
        fd = open(temporary, flags, 0666);
    }
    return fd;
}

enum base_status base_file_write(const char *path, const char *bytes, size_t size,
                                 struct base_error *error)
{
    char real[PATH_MAX];
    char temporary[PATH_MAX];
    struct stat about;
    struct stat itself;
    bool exists = stat(path, &about) == 0;
    bool is_link = lstat(path, &itself) == 0 && S_ISLNK(itself.st_mode);
    if ((exists && !S_ISREG(about.st_mode)) || (is_link && !exists)) {
        return write_in_place(path, bytes, size, error);
    }
    const char *target = is_link ? realpath(path, real) : path;
    if (target == NULL) {
        return fail(path, error);
    }
    int length = snprintf(temporary, sizeof temporary, "%s.%ld.tmp", target, (long)gettid());
    if (length < 0 || (size_t)length >= sizeof temporary) {
        return base_error_set(error, BASE_E_LIMIT, "the name of the file %.100s is too long", path);
    }
    int fd = open_temporary(temporary);
    if (fd < 0 && exists) {
        return write_in_place(path, bytes, size, error);
    }
    if (fd < 0) {
        return fail(path, error);
    }
    if (exists) {
        (void)fchmod(fd, about.st_mode & 07777);
    }
    if (!finish(fd, bytes, size) || rename(temporary, target) != 0) {
        enum base_status status = fail(path, error);
        (void)unlink(temporary);
        return status;
    }
    return BASE_OK;
}

void base_file_folders(const char *path)
{
    char folder[PATH_MAX];
    if ((size_t)snprintf(folder, sizeof folder, "%s", path) >= sizeof folder) {
        return;
    }
    for (char *at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(folder, 0700);
        *at = '/';
    }
}

char *base_file_line(char *line, size_t cap, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd >= 0 ? read(fd, line, cap - 1) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    line[size > 0 ? size : 0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return line;
}
