/* file.h: writing small files that another program may read at the same time, or that a crash may
 * interrupt: caches, saved results; reading those of one line in which the system says a value. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>

#include "base/status.h"

/** Write a whole file. A regular file is replaced in one step, by way of a temporary file beside
 * it, and keeps its mode; a symbolic link is followed, and stays. What is no regular file (a
 * device, a pipe), and a file in a folder that takes no new ones, is written in place. Returns:
 * BASE_OK; BASE_E_IO with a sentence that names the file; BASE_E_LIMIT the name is too long. */
BASE_MUST_CHECK enum base_status base_file_write(const char *path, const char *bytes, size_t size,
                                                 struct base_error *error);

/** Make the folders above a file that are missing, for this user only. Whether that worked shows
 * when the file is made. */
void base_file_folders(const char *path);

/** First line of a file without its newline, cut to cap bytes with NUL; "" when there is none.
 * Opening a named pipe does not wait for a writer. Returns: line. */
char *base_file_line(char *line, size_t cap, const char *path);

#endif
