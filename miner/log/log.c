/* log.c: a ring of lines under one mutex, and the thread that writes them out. The mutex is held
 * for copying a line only, never across a write. */
#include "log/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/thread.h"
#include "log/log_file.h"

enum {
    LINE_CAP = MINER_LOG_TEXT_MAX + 128, /* text, time, tag, colours */
    CLOSE_WAIT_MS = 2000,
};

struct miner_log {
    pthread_t thread;
    atomic_int level; /* enum miner_log_level */
    int stream_fd;    /* constant; -1: none. Borrowed */
    bool to_file;     /* constant: file is one; the writer's */
    bool to_syslog;
    struct miner_log_file file;
    bool can_color;    /* constant: the stream is a terminal that has colours, without NO_COLOR */
    atomic_bool color; /* and they are wanted */
    struct miner_log_line out; /* the writer's copy of the line it writes */

    atomic_bool tapped; /* tap is not NULL; also read without the mutex, to drop lines early */

    pthread_mutex_t out_mutex; /* guards the stream and: */
    miner_log_tap_fn sink;     /* NULL: lines go to the stream */
    void *sink_user;

    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t work;   /* signalled when queued or closing changes */
    size_t first;          /* index of the oldest line */
    size_t queued;         /* lines waiting */
    uint64_t lost;         /* lines without room since the loss was last logged */
    bool closing;
    miner_log_tap_fn tap; /* NULL: none */
    void *tap_user;
    struct miner_log_line lines[MINER_LOG_LINES_MAX];
};

/* Replace control characters, and a character cut in two at the end, by '?'. */
static void make_printable(char *text)
{
    char *at = text;
    while (*at != '\0') {
        size_t size = base_text_utf8(at, strlen(at));
        if (size == 0) {
            *at = '?';
            size = 1;
        }
        at += size;
    }
}

static void write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(fd, text, size);
        if (wrote >= 0) {
            text += wrote;
            size -= (size_t)wrote;
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            (void)poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return; /* a closed pipe or a full disk must not stop the miner */
        }
    }
}

static size_t format_line(char *text, size_t cap, const struct miner_log_line *line, bool color)
{
    static const char *const level_color[] = {
        [MINER_LOG_ERROR] = "\033[1;31m", [MINER_LOG_WARNING] = "\033[33m",
        [MINER_LOG_GOOD] = "\033[32m",    [MINER_LOG_INFO] = "",
        [MINER_LOG_DEBUG] = "\033[90m",
    };
    char stamp[32];
    struct tm tm;
    if (localtime_r(&line->when.tv_sec, &tm) == NULL ||
        strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &tm) == 0) {
        stamp[0] = '\0';
    }
    int ms = (int)(line->when.tv_nsec / 1000000);
    int size = color
                   ? snprintf(text, cap, "\033[90m[%s.%03d]\033[0m \033[1;36m%-8s\033[0m %s%s%s\n",
                              stamp, ms, line->tag, level_color[line->level], line->text,
                              level_color[line->level][0] != '\0' ? "\033[0m" : "")
                   : snprintf(text, cap, "[%s.%03d] %-8s %s\n", stamp, ms, line->tag, line->text);
    return size < 0 ? 0 : (size_t)size < cap ? (size_t)size : cap - 1;
}

static void write_stream(const struct miner_log *log, const struct miner_log_line *line)
{
    char text[LINE_CAP];
    if (log->stream_fd >= 0) {
        write_all(log->stream_fd, text,
                  format_line(text, sizeof text, line, atomic_load(&log->color)));
    }
}

/* The system's log has a time of its own. */
static void write_syslog(const struct miner_log_line *line)
{
    static const int priorities[] = {
        [MINER_LOG_ERROR] = LOG_ERR,   [MINER_LOG_WARNING] = LOG_WARNING,
        [MINER_LOG_GOOD] = LOG_NOTICE, [MINER_LOG_INFO] = LOG_INFO,
        [MINER_LOG_DEBUG] = LOG_DEBUG,
    };
    syslog(LOG_DAEMON | priorities[line->level], "%s: %s", line->tag, line->text);
}

static void show_line(struct miner_log *log, const struct miner_log_line *line)
{
    (void)pthread_mutex_lock(&log->out_mutex);
    if (log->to_syslog) {
        write_syslog(line);
    }
    if (log->sink != NULL) {
        log->sink(log->sink_user, line);
    } else {
        write_stream(log, line);
    }
    (void)pthread_mutex_unlock(&log->out_mutex);
}

/* Give what the log has to say of itself to the tap, and to the stream or the sink. On the writer's
 * thread; the mutex is not held. */
static void say(struct miner_log *log, enum miner_log_level level, const char *text)
{
    struct miner_log_line line = {.level = level, .tag = "log"};
    (void)clock_gettime(CLOCK_REALTIME, &line.when);
    (void)snprintf(line.text, sizeof line.text, "%s", text);
    make_printable(line.text);
    (void)pthread_mutex_lock(&log->mutex);
    if (log->tap != NULL) {
        log->tap(log->tap_user, &line);
    }
    (void)pthread_mutex_unlock(&log->mutex);
    if ((int)level <= atomic_load(&log->level)) {
        show_line(log, &line);
    }
}

static void write_line(struct miner_log *log, const struct miner_log_line *line)
{
    char text[LINE_CAP];
    char note[MINER_LOG_NOTE_MAX];
    show_line(log, line);
    if (log->to_file) {
        size_t size = format_line(text, sizeof text, line, false);
        bool written = miner_log_file_write(&log->file, text, size, note);
        if (note[0] != '\0') {
            say(log, written ? MINER_LOG_WARNING : MINER_LOG_ERROR, note);
        }
    }
}

static void *writer(void *argument)
{
    struct miner_log *log = argument;
    (void)pthread_mutex_lock(&log->mutex);
    for (;;) {
        while (log->queued == 0 && log->lost == 0 && !log->closing) {
            (void)pthread_cond_wait(&log->work, &log->mutex);
        }
        if (log->queued > 0) {
            log->out = log->lines[log->first];
            log->first = (log->first + 1) % MINER_LOG_LINES_MAX;
            log->queued--;
        } else if (log->lost > 0) {
            (void)clock_gettime(CLOCK_REALTIME, &log->out.when);
            log->out.level = MINER_LOG_WARNING;
            (void)snprintf(log->out.tag, sizeof log->out.tag, "log");
            (void)snprintf(log->out.text, sizeof log->out.text,
                           "%llu lines lost: the output was blocked",
                           (unsigned long long)log->lost);
            log->lost = 0;
        } else {
            break; /* closing, and nothing left */
        }
        (void)pthread_mutex_unlock(&log->mutex);
        write_line(log, &log->out);
        (void)pthread_mutex_lock(&log->mutex);
    }
    (void)pthread_mutex_unlock(&log->mutex);
    return NULL;
}

static bool terminal_has_color(int fd)
{
    const char *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR"); /* https://no-color.org */
    return isatty(fd) == 1 && term != NULL && strcmp(term, "dumb") != 0 &&
           (no_color == NULL || no_color[0] == '\0');
}

void miner_log_set(struct miner_log *log, enum miner_log_level level, bool color)
{
    atomic_store(&log->level, (int)level);
    atomic_store(&log->color, color && log->can_color);
}

static void destroy(struct miner_log *log)
{
    if (log->to_file) {
        miner_log_file_close(&log->file);
    }
    (void)pthread_cond_destroy(&log->work);
    (void)pthread_mutex_destroy(&log->mutex);
    (void)pthread_mutex_destroy(&log->out_mutex);
    base_free(log);
}

enum base_status miner_log_new(struct miner_log **log, const struct miner_log_config *config,
                               struct base_error *error)
{
    enum base_status status = BASE_OK;
    struct miner_log *made = base_alloc(1, sizeof *made);
    *log = NULL;
    if (made == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for the log");
    }
    made->to_syslog = config->syslog;
    if (config->syslog) {
        openlog("shardpick", LOG_PID, LOG_DAEMON);
    }
    made->stream_fd = config->stream != NULL ? fileno(config->stream) : -1;
    made->can_color = made->stream_fd >= 0 && terminal_has_color(made->stream_fd);
    miner_log_set(made, config->level, config->color);
    (void)pthread_mutex_init(&made->out_mutex, NULL);
    (void)pthread_mutex_init(&made->mutex, NULL);
    (void)pthread_cond_init(&made->work, NULL);
    if (config->file != NULL && config->file[0] != '\0') {
        status = miner_log_file_open(&made->file, config->file, error);
        made->to_file = status == BASE_OK;
    }
    if (status == BASE_OK && pthread_create(&made->thread, NULL, writer, made) != 0) {
        status = base_error_set(error, BASE_E_STATE, "no thread for the log: too many processes?");
    }
    if (status != BASE_OK) {
        destroy(made);
        return status;
    }
    *log = made;
    return BASE_OK;
}

void miner_log_free(struct miner_log *log)
{
    if (log == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&log->mutex);
    log->closing = true;
    (void)pthread_cond_signal(&log->work);
    (void)pthread_mutex_unlock(&log->mutex);
    if (!base_thread_join(log->thread, CLOSE_WAIT_MS)) {
        return; /* blocked in a write: it still uses the memory; the process is about to end */
    }
    destroy(log);
}

void miner_log_tap(struct miner_log *log, miner_log_tap_fn tap, void *user)
{
    (void)pthread_mutex_lock(&log->mutex);
    log->tap = tap;
    log->tap_user = user;
    atomic_store(&log->tapped, tap != NULL);
    (void)pthread_mutex_unlock(&log->mutex);
}

void miner_log_divert(struct miner_log *log, miner_log_tap_fn sink, void *user)
{
    (void)pthread_mutex_lock(&log->out_mutex);
    log->sink = sink;
    log->sink_user = user;
    (void)pthread_mutex_unlock(&log->out_mutex);
}

void miner_log_reprint(struct miner_log *log, const struct miner_log_line *line)
{
    (void)pthread_mutex_lock(&log->out_mutex);
    write_stream(log, line);
    (void)pthread_mutex_unlock(&log->out_mutex);
}

void miner_log(struct miner_log *log, enum miner_log_level level, const char *tag,
               const char *format, ...)
{
    struct miner_log_line line;
    va_list args;
    if (log == NULL) {
        return;
    }
    bool written = (int)level <= atomic_load(&log->level);
    bool shown = level <= MINER_LOG_INFO && atomic_load(&log->tapped);
    if (!written && !shown) {
        return;
    }
    (void)clock_gettime(CLOCK_REALTIME, &line.when);
    line.level = level;
    (void)snprintf(line.tag, sizeof line.tag, "%s", tag);
    va_start(args, format);
    (void)vsnprintf(line.text, sizeof line.text, format, args);
    va_end(args);
    make_printable(line.text);

    (void)pthread_mutex_lock(&log->mutex);
    if (shown && log->tap != NULL) {
        log->tap(log->tap_user, &line);
    }
    if (!written) {
        (void)pthread_mutex_unlock(&log->mutex);
        return;
    }
    if (log->queued < MINER_LOG_LINES_MAX) {
        log->lines[(log->first + log->queued) % MINER_LOG_LINES_MAX] = line;
        log->queued++;
    } else {
        log->lost++;
    }
    (void)pthread_cond_signal(&log->work);
    (void)pthread_mutex_unlock(&log->mutex);
}
