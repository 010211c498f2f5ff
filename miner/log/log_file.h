/* log_file.h: the file of --log-file. Every line goes to the file that has the name now: one that
 * was renamed or deleted (log rotation) is left for a new one. A file that cannot take lines (full
 * disk, size limit, a pipe without a reader) loses them, and is tried again; the caller is told
 * when that begins and when it ends. For log.c; one thread at a time. */
#ifndef MINER_LOG_FILE_H
#define MINER_LOG_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum { MINER_LOG_NOTE_MAX = 512 };

struct miner_log_file {
    char path[PATH_MAX];
    int fd;           /* -1: not open. Owned */
    bool failing;     /* the last line was lost */
    bool cut;         /* the file ends within a line */
    uint64_t lost;    /* lines since failing began */
    uint64_t look_ms; /* while it cannot be opened: when to try again */
};

/** Open for appending. A file that has no room, or no reader, now is opened later.
 * Returns: BASE_OK; BASE_E_IO the name is wrong (no such folder, no permission); BASE_E_STATE the
 *          reason may pass (too many open files). Both with a sentence. */
BASE_MUST_CHECK enum base_status miner_log_file_open(struct miner_log_file *file, const char *path,
                                                     struct base_error *error);

/** Append a line of at most PIPE_BUF bytes.
 * Out:     note     when the file begins to lose lines, or takes them again: a sentence; else "".
 * Returns: false when the line is lost.
 * Time:    does not wait for the reader of a pipe longer than 0.1 s, and only while none was lost.
 */
bool miner_log_file_write(struct miner_log_file *file, const char *line, size_t size,
                          char note[MINER_LOG_NOTE_MAX]);

void miner_log_file_close(struct miner_log_file *file);

#endif
