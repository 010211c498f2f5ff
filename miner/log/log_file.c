/* log_file.c: see log_file.h. */
#include "log/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    READER_MS = 100, /* for the reader of a full pipe */
    RETRY_MS = 1000, /* between two tries to open */
};

/* Without O_NONBLOCK, opening a pipe waits for its reader, and so does writing. */
static int open_path(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644);
}

/* What a person who chose the name has to mend. */
static bool is_wrong_name(int reason)
{
    return reason == ENOENT || reason == ENOTDIR || reason == EISDIR || reason == EACCES ||
           reason == EPERM || reason == ELOOP || reason == ENAMETOOLONG || reason == EINVAL;
}

enum base_status miner_log_file_open(struct miner_log_file *file, const char *path,
                                     struct base_error *error)
{
    memset(file, 0, sizeof *file);
    file->fd = -1;
    int size = snprintf(file->path, sizeof file->path, "%s", path);
    if (size >= 0 && (size_t)size < sizeof file->path) {
        file->fd = open_path(path);
    } else {
        errno = ENAMETOOLONG;
    }
    bool later = errno == ENXIO || errno == ENOSPC || errno == EDQUOT;
    if (file->fd >= 0 || later) {
        return BASE_OK;
    }
    if (is_wrong_name(errno)) {
        return base_error_set(error, BASE_E_IO,
                              "--log-file %s: cannot be opened for writing: %s; name a file in a "
                              "folder that exists and is yours",
                              path, strerror(errno));
    }
    return base_error_set(error, BASE_E_STATE, "--log-file %s: cannot be opened for writing: %s",
                          path, strerror(errno));
}

/* True when the open file still has its name. */
static bool has_name(const struct miner_log_file *file)
{
    struct stat open_one;
    struct stat named;
    return fstat(file->fd, &open_one) == 0 && stat(file->path, &named) == 0 &&
           open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

/* Make fd the file that has the name now. Returns false with errno where none can be opened. */
static bool follow_name(struct miner_log_file *file)
{
    uint64_t now_ms = base_clock_ms();
    if (file->fd >= 0 && has_name(file)) {
        return true;
    }
    if (now_ms < file->look_ms) {
        errno = 0; /* the reason was told */
        return false;
    }
    int fd = open_path(file->path);
    if (fd < 0) {
        file->look_ms = now_ms + RETRY_MS;
        return false;
    }
    miner_log_file_close(file);
    file->fd = fd;
    file->cut = false;
    return true;
}

/* Returns false with errno when the line is not wholly in the file. */
static bool append(struct miner_log_file *file, const char *line, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(file->fd, line, size);
        if (wrote > 0) {
            line += wrote;
            size -= (size_t)wrote;
            file->cut = size > 0;
        } else if (wrote < 0 && errno == EAGAIN) {
            struct pollfd ready = {.fd = file->fd, .events = POLLOUT};
            if (file->failing || poll(&ready, 1, READER_MS) != 1) {
                errno = EAGAIN;
                return false;
            }
        } else if (wrote == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

bool miner_log_file_write(struct miner_log_file *file, const char *line, size_t size,
                          char note[MINER_LOG_NOTE_MAX])
{
    note[0] = '\0';
    bool followed = follow_name(file);
    int reason = followed ? 0 : errno;
    /* A file that lost its name, where no other can be opened, still takes the lines. */
    bool written =
        file->fd >= 0 && (!file->cut || append(file, "\n", 1)) && append(file, line, size);
    if (!written && file->fd >= 0) {
        reason = errno;
        if (reason == EPIPE) { /* the reader is gone: open again for the next one */
            miner_log_file_close(file);
        }
    }
    if (written && file->failing) {
        (void)snprintf(note, MINER_LOG_NOTE_MAX,
                       "the log file %.200s is written again; %" PRIu64 " lines are missing in it",
                       file->path, file->lost);
    } else if (!written && !file->failing) {
        (void)snprintf(note, MINER_LOG_NOTE_MAX,
                       "the log file %.200s cannot be written: %s; lines are missing in it "
                       "until it can, the mining goes on",
                       file->path,
                       reason == ENXIO || reason == EPIPE ? "nobody reads this pipe"
                       : reason == EAGAIN                 ? "its reader does not read on"
                                                          : strerror(reason));
    }
    file->lost = written ? 0 : file->lost + 1;
    file->failing = !written;
    return written;
}

void miner_log_file_close(struct miner_log_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd);
    }
    file->fd = -1;
}
