/* file.h: writing small files that another program may read at the same time, or that a crash may
 * interrupt: caches, saved results. */
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

#endif
