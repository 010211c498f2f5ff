/* record_file.c: the file of a recording: the thread that writes it, the queue in front of it,
 * records that had no room, first and last line. What stands in the records: record.c. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "protocol/coin.h"
#include "record/record_private.h"
#include "wire/json.h"

struct pool_recorder {
    int fd;
    pthread_t thread;
    const struct pool_family *family;
    uint64_t began_ms;
    uint64_t made;        /* bytes made so far; the source's thread only, as the next two */
    uint64_t last_ms;     /* of the last record: times never go back */
    char trouble[256];    /* what pool_recorder_trouble returned */
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    struct pool_buffer queue; /* whole lines that wait for the writer */
    uint64_t lost;            /* records that found no room */
    int write_errno;          /* 0: the disk takes what it is given */
    bool full;                /* POOL_RECORD_FILE_MAX reached */
    bool told;
    bool ending;
};

/* ---- the writer ------------------------------------------------------------------------------ */

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(fd, bytes, size);
        if (wrote < 0 && errno != EINTR) {
            return errno;
        }
        if (wrote > 0) {
            bytes += wrote;
            size -= (size_t)wrote;
        }
    }
    return 0;
}

static void *writer(void *user)
{
    struct pool_recorder *recorder = user;
    struct pool_buffer mine;
    bool ending = false;
    pool_buffer_init(&mine);
    while (!ending) {
        (void)pthread_mutex_lock(&recorder->lock);
        while (pool_buffer_size(&recorder->queue) == 0 && !recorder->ending) {
            (void)pthread_cond_wait(&recorder->changed, &recorder->lock);
        }
        struct pool_buffer taken = recorder->queue;
        recorder->queue = mine;
        mine = taken;
        ending = recorder->ending;
        bool usable = recorder->write_errno == 0;
        (void)pthread_mutex_unlock(&recorder->lock);
        int problem =
            usable ? write_all(recorder->fd, pool_buffer_data(&mine), pool_buffer_size(&mine)) : 0;
        pool_buffer_consume(&mine, pool_buffer_size(&mine));
        if (problem != 0) {
            (void)pthread_mutex_lock(&recorder->lock);
            recorder->write_errno = problem;
            (void)pthread_mutex_unlock(&recorder->lock);
        }
    }
    pool_buffer_deinit(&mine);
    return NULL;
}

/* A new file; where there is one already (a supervisor has started us again, or settings were read
 * again), FILE.2 and so on. Returns -1 with errno. */
static int make_file(const char *path)
{
    enum { NUMBERS = 99 };
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    for (int i = 2; fd < 0 && errno == EEXIST && i <= NUMBERS; i++) {
        char next[560];
        (void)snprintf(next, sizeof(next), "%s.%d", path, i);
        fd = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }
    return fd;
}

/* ---- interface ------------------------------------------------------------------------------- */

void pool_record_lose(struct pool_recorder *recorder, uint64_t records)
{
    (void)pthread_mutex_lock(&recorder->lock);
    recorder->lost += records;
    (void)pthread_mutex_unlock(&recorder->lock);
}

bool pool_record_add(struct pool_buffer *lines, json_t *record)
{
    return pool_json_append(lines, record) == BASE_OK &&
           pool_buffer_append(lines, "\n", 1) == BASE_OK;
}

void pool_record_write(struct pool_recorder *recorder, json_t *record)
{
    struct pool_buffer line;
    if (recorder == NULL) {
        json_decref(record);
        return;
    }
    pool_buffer_init(&line);
    if (pool_record_add(&line, record)) {
        pool_record_put(recorder, &line, 1);
        return;
    }
    pool_buffer_deinit(&line);
    pool_record_lose(recorder, 1);
}

const struct pool_family *pool_record_family(const struct pool_recorder *recorder)
{
    return recorder->family;
}

void pool_record_put(struct pool_recorder *recorder, struct pool_buffer *lines, uint64_t records)
{
    size_t size = pool_buffer_size(lines);
    size_t gap = 0;
    (void)pthread_mutex_lock(&recorder->lock);
    bool room = pool_buffer_size(&recorder->queue) + size <= POOL_RECORD_QUEUE_MAX;
    if (recorder->made + size > POOL_RECORD_FILE_MAX) {
        recorder->full = true;
    }
    if (!recorder->full && room && recorder->lost > 0) {
        size_t before = pool_buffer_size(&recorder->queue);
        room = pool_record_add(&recorder->queue,
                               json_pack("{s:I,s:s,s:I}", "ms", (json_int_t)recorder->last_ms,
                                         "kind", "gap", "lost", (json_int_t)recorder->lost));
        gap = pool_buffer_size(&recorder->queue) - before;
        if (!room) { /* no part of a line may stay */
            recorder->queue.end -= gap;
        }
        recorder->lost = room ? 0 : recorder->lost;
    }
    if (!recorder->full && room &&
        pool_buffer_append(&recorder->queue, pool_buffer_data(lines), size) == BASE_OK) {
        recorder->made += size + gap;
        (void)pthread_cond_signal(&recorder->changed);
    } else {
        recorder->lost += records;
    }
    (void)pthread_mutex_unlock(&recorder->lock);
    pool_buffer_deinit(lines);
}

/* The clock is read once a round of the event thread, and again when something is sent in it, so
 * the next record may carry an older time. */
uint64_t pool_record_stamp(struct pool_recorder *recorder, uint64_t now_ms)
{
    uint64_t ms = now_ms > recorder->began_ms ? now_ms - recorder->began_ms : 0;
    recorder->last_ms = ms > recorder->last_ms ? ms : recorder->last_ms;
    return recorder->last_ms;
}

const char *pool_recorder_trouble(struct pool_recorder *recorder)
{
    bool news = false;
    if (recorder == NULL) {
        return NULL;
    }
    (void)pthread_mutex_lock(&recorder->lock);
    if (!recorder->told && (recorder->full || recorder->write_errno != 0)) {
        news = true;
        recorder->told = true;
        if (recorder->full) {
            (void)snprintf(recorder->trouble, sizeof(recorder->trouble),
                           "the recording has reached its largest size, %d MB, and ends here",
                           POOL_RECORD_FILE_MAX >> 20);
        } else {
            char text[128] = "";
            const char *reason = strerror_r(recorder->write_errno, text, sizeof(text));
            (void)snprintf(recorder->trouble, sizeof(recorder->trouble),
                           "the recording cannot be written and ends here: %s", reason);
        }
    }
    (void)pthread_mutex_unlock(&recorder->lock);
    return news ? recorder->trouble : NULL;
}

enum base_status pool_recorder_open(struct pool_recorder **out, const char *path,
                                    const struct pool_coin *coin, const char *algo,
                                    struct base_error *error)
{
    struct pool_recorder *recorder = base_alloc(1, sizeof(*recorder));
    *out = NULL;
    if (recorder == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a recording");
    }
    recorder->family = pool_coin_entry(coin)->family;
    recorder->fd = make_file(path);
    if (recorder->fd < 0) {
        int number = errno;
        base_free(recorder);
        return base_error_set(error, BASE_E_IO, "%.300s cannot be recorded to: %s%s", path,
                              strerror(number),
                              number == EEXIST ? "; name another file, or remove it" : "");
    }
    pool_buffer_init(&recorder->queue);
    recorder->began_ms = base_clock_ms();
    (void)pthread_mutex_init(&recorder->lock, NULL);
    (void)pthread_cond_init(&recorder->changed, NULL);
    if (base_thread_start(&recorder->thread, writer, recorder) != 0) {
        (void)close(recorder->fd);
        (void)unlink(path);
        (void)pthread_cond_destroy(&recorder->changed);
        (void)pthread_mutex_destroy(&recorder->lock);
        base_free(recorder);
        return base_error_set(error, BASE_E_IO, "the recording's thread cannot be started");
    }
    pool_record_write(recorder, json_pack("{s:i,s:s,s:s}", "recording", POOL_RECORD_VERSION, "coin",
                                          coin->name, "algo", algo != NULL ? algo : ""));
    *out = recorder;
    return BASE_OK;
}

void pool_recorder_close(struct pool_recorder *recorder)
{
    if (recorder == NULL) {
        return;
    }
    pool_record_write(recorder, json_pack("{s:I,s:s}", "ms",
                                          (json_int_t)pool_record_stamp(recorder, base_clock_ms()),
                                          "kind", "end"));
    (void)pthread_mutex_lock(&recorder->lock);
    recorder->ending = true;
    (void)pthread_cond_signal(&recorder->changed);
    (void)pthread_mutex_unlock(&recorder->lock);
    (void)pthread_join(recorder->thread, NULL);
    (void)close(recorder->fd);
    pool_buffer_deinit(&recorder->queue);
    (void)pthread_cond_destroy(&recorder->changed);
    (void)pthread_mutex_destroy(&recorder->lock);
    base_free(recorder);
}
