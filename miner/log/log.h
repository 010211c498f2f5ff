/* log.h: the program's event log: one line an event, to standard error or syslog(3), and to
 * --log-file. Lines are handed to a writer thread through a bounded queue: an output that blocks
 * (Ctrl-S, a full pipe, a slow disk) never holds up the thread that logs; lines for which there is
 * no room are counted, and the loss is logged. Not for hashing threads, which log nothing, and not
 * for results on standard output. */
#ifndef MINER_LOG_H
#define MINER_LOG_H

#include <stdio.h>
#include <time.h>

#include "base/status.h"

enum {
    MINER_LOG_TEXT_MAX = 1024, /* characters with NUL of one line's text; longer ones are cut */
    MINER_LOG_LINES_MAX = 512, /* lines waiting for the writer */
    MINER_LOG_TAG_MAX = 9,     /* characters with NUL */
};

enum miner_log_level {
    MINER_LOG_ERROR,   /* red: something failed for good */
    MINER_LOG_WARNING, /* yellow: the user should look at this */
    MINER_LOG_GOOD,    /* green: an accepted share or block */
    MINER_LOG_INFO,    /* ordinary events */
    MINER_LOG_DEBUG,   /* with -v only */
};

struct miner_log_config {
    FILE *stream;     /* borrowed; NULL: none */
    bool color;       /* wanted; used only if stream is a terminal that can, and without NO_COLOR */
    bool syslog;      /* to syslog(3), too */
    const char *file; /* appended to, found by its name at each line; NULL or "": none */
    enum miner_log_level level; /* least important level that is written */
};

struct miner_log;

/* One line as it was logged; texts are printable. */
struct miner_log_line {
    struct timespec when; /* CLOCK_REALTIME */
    enum miner_log_level level;
    char tag[MINER_LOG_TAG_MAX];
    char text[MINER_LOG_TEXT_MAX];
};

/** Called with each line, one at a time, on the thread that logs; must be quick and log nothing. */
typedef void (*miner_log_tap_fn)(void *user, const struct miner_log_line *line);

/** Open the file and start the writer thread.
 * Returns: BASE_OK; BASE_E_IO the file's name is wrong; BASE_E_STATE what may pass: too many open
 *          files, no thread; BASE_E_MEMORY. All with a sentence. *log is NULL on error. */
BASE_MUST_CHECK enum base_status miner_log_new(struct miner_log **log,
                                               const struct miner_log_config *config,
                                               struct base_error *error);

/** Write what is queued (waiting at most two seconds for a stream that blocks), end the thread,
 * close the file. NULL is fine. */
void miner_log_free(struct miner_log *log);

/** From now on write lines of this level and more important ones, in colour if that is wanted and
 * the stream can. Threads: any. */
void miner_log_set(struct miner_log *log, enum miner_log_level level, bool color);

/** Give every line but MINER_LOG_DEBUG ones to tap as well, even those whose level is not written.
 * NULL: none. After the call the former tap is not called again. Threads: any. */
void miner_log_tap(struct miner_log *log, miner_log_tap_fn tap, void *user);

/** Give the lines that are written to sink, on the writer's thread, instead of to the stream (the
 * file still gets them); NULL: to the stream again. After the call the former sink is not called
 * any more. Threads: any but the writer's. */
void miner_log_divert(struct miner_log *log, miner_log_tap_fn sink, void *user);

/** Write a line to the stream that was diverted before. Threads: any but the writer's. */
void miner_log_reprint(struct miner_log *log, const struct miner_log_line *line);

/** Queue one line; never waits for a file. Characters that are not printable become '?'; UTF-8
 * passes. The line shows "[date time] tag text".
 * In:      tag   at most eight characters: "cpu", "opencl", "net", "job", "miner", "devnet".
 * Threads: any. NULL for log drops the line. */
BASE_PRINTF(4, 5)
void miner_log(struct miner_log *log, enum miner_log_level level, const char *tag,
               const char *format, ...);

#endif
