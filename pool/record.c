/* record.c: see record.h. */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hex.h"
#include "json.h"
#include "redact.h"

struct pool_recorder {
    int fd;
    pthread_t thread;
    uint64_t began_ms;
    uint64_t made;        /* bytes made so far; the source's thread only */
    uint64_t last_ms;     /* of the last record: times never go back; likewise */
    char trouble[256];    /* what pool_recorder_trouble returned; likewise */
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

/* Hand one record to the writer; where there is no room it is counted, and a record says so as soon
 * as there is. Takes the bytes out of line. */
static void put(struct pool_recorder *recorder, struct pool_buffer *line)
{
    size_t size = pool_buffer_size(line);
    char gap[96] = "";
    (void)pthread_mutex_lock(&recorder->lock);
    bool room = pool_buffer_size(&recorder->queue) + size <= POOL_RECORD_QUEUE_MAX;
    if (recorder->made + size > POOL_RECORD_FILE_MAX) {
        recorder->full = true;
    }
    if (!recorder->full && room && recorder->lost > 0) {
        (void)snprintf(gap, sizeof(gap),
                       "{\"ms\":%" PRIu64 ",\"kind\":\"gap\",\"lost\":%" PRIu64 "}\n",
                       recorder->last_ms, recorder->lost);
        room = pool_buffer_append(&recorder->queue, gap, strlen(gap)) == BASE_OK;
        recorder->lost = 0;
    }
    if (!recorder->full && room &&
        pool_buffer_append(&recorder->queue, pool_buffer_data(line), size) == BASE_OK) {
        recorder->made += size + strlen(gap);
        (void)pthread_cond_signal(&recorder->changed);
    } else {
        recorder->lost++;
    }
    (void)pthread_mutex_unlock(&recorder->lock);
    pool_buffer_deinit(line);
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

/* ---- lines ----------------------------------------------------------------------------------- */

BASE_PRINTF(2, 3)
static bool add(struct pool_buffer *line, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return size > 0 && (size_t)size < sizeof(text) &&
           pool_buffer_append(line, text, (size_t)size) == BASE_OK;
}

static bool is_text(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool blank = bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t';
        if (!blank && (bytes[i] < ' ' || bytes[i] > '~')) {
            return false;
        }
    }
    return true;
}

/* "text":"..." where everything is printable, else "hex":"...". */
static bool add_bytes(struct pool_buffer *line, const uint8_t *bytes, size_t size)
{
    char piece[512];
    size_t used = 0;
    bool text = is_text(bytes, size);
    bool fine = add(line, text ? ",\"text\":\"" : ",\"hex\":\"");
    for (size_t i = 0; i < size && fine; i++) {
        if (!text) {
            static const char digits[] = "0123456789abcdef";
            piece[used++] = digits[bytes[i] >> 4];
            piece[used++] = digits[bytes[i] & 15];
        } else if (bytes[i] == '"' || bytes[i] == '\\') {
            piece[used++] = '\\';
            piece[used++] = (char)bytes[i];
        } else if (bytes[i] < ' ') {
            piece[used++] = '\\';
            piece[used++] = bytes[i] == '\n' ? 'n' : bytes[i] == '\r' ? 'r' : 't';
        } else {
            piece[used++] = (char)bytes[i];
        }
        if (used + 2 > sizeof(piece) || i + 1 == size) {
            fine = pool_buffer_append(line, piece, used) == BASE_OK;
            used = 0;
        }
    }
    return fine && add(line, "\"");
}

/* Time of a record. The clock is read once a round of the event thread, and again when something is
 * sent in it, so what comes next may carry the older reading. */
static uint64_t stamp(struct pool_recorder *recorder, uint64_t now_ms)
{
    uint64_t ms = now_ms > recorder->began_ms ? now_ms - recorder->began_ms : 0;
    recorder->last_ms = ms > recorder->last_ms ? ms : recorder->last_ms;
    return recorder->last_ms;
}

static bool head(struct pool_recorder *recorder, struct pool_buffer *line, const char *kind,
                 const struct pool_protocol_setup *setup, uint64_t now_ms)
{
    pool_buffer_init(line);
    return add(line, "{\"ms\":%" PRIu64 ",\"kind\":\"%s\",\"connection\":%" PRIu64,
               stamp(recorder, now_ms), kind, setup->connection);
}

/* End a line and hand it over; one that memory had no room for counts as lost. */
static void finish(struct pool_recorder *recorder, struct pool_buffer *line, bool fine)
{
    if (fine && add(line, "}\n")) {
        put(recorder, line);
        return;
    }
    pool_buffer_deinit(line);
    (void)pthread_mutex_lock(&recorder->lock);
    recorder->lost++;
    (void)pthread_mutex_unlock(&recorder->lock);
}

static void put_bytes(struct pool_recorder *recorder, const char *kind,
                      const struct pool_protocol_setup *setup, const uint8_t *bytes, size_t size,
                      uint64_t now_ms)
{
    while (size > 0) {
        struct pool_buffer line;
        size_t piece = size < POOL_RECORD_PIECE_MAX ? size : POOL_RECORD_PIECE_MAX;
        bool fine = head(recorder, &line, kind, setup, now_ms) && add_bytes(&line, bytes, piece);
        finish(recorder, &line, fine);
        bytes += piece;
        size -= piece;
    }
}

static bool is_pool(const struct pool_protocol_setup *setup)
{
    return setup->server->scheme == POOL_STRATUM_TCP || setup->server->scheme == POOL_STRATUM_TLS;
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

enum base_status pool_recorder_open(struct pool_recorder **out, const char *path,
                                    const struct pool_coin *coin, const char *algo,
                                    struct base_error *error)
{
    sigset_t all;
    sigset_t old;
    struct pool_buffer line;
    struct pool_recorder *recorder = base_alloc(1, sizeof(*recorder));
    *out = NULL;
    if (recorder == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a recording");
    }
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
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    int started = pthread_create(&recorder->thread, NULL, writer, recorder);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (started != 0) {
        (void)close(recorder->fd);
        (void)unlink(path);
        (void)pthread_cond_destroy(&recorder->changed);
        (void)pthread_mutex_destroy(&recorder->lock);
        base_free(recorder);
        return base_error_set(error, BASE_E_IO, "the recording's thread cannot be started");
    }
    pool_buffer_init(&line);
    bool fine = add(&line, "{\"recording\":%d,\"coin\":\"%s\",\"algo\":\"%s\"", POOL_RECORD_VERSION,
                    coin->name, algo != NULL ? algo : "");
    finish(recorder, &line, fine);
    *out = recorder;
    return BASE_OK;
}

void pool_recorder_close(struct pool_recorder *recorder)
{
    struct pool_buffer line;
    uint64_t now_ms = base_clock_ms();
    if (recorder == NULL) {
        return;
    }
    pool_buffer_init(&line);
    bool fine = add(&line, "{\"ms\":%" PRIu64 ",\"kind\":\"end\"", stamp(recorder, now_ms));
    finish(recorder, &line, fine);
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

void pool_recorder_open_connection(struct pool_recorder *recorder,
                                   const struct pool_protocol_setup *setup, uint16_t port,
                                   uint64_t now_ms)
{
    struct pool_buffer line;
    struct pool_server server;
    char url[POOL_HOST_MAX + 32];
    char quoted[2 * POOL_HOST_MAX + 64] = "";
    if (recorder == NULL) {
        return;
    }
    server = *setup->server;
    server.port = port;
    (void)pool_server_name(url, sizeof(url), &server); /* has no login */
    bool fine = head(recorder, &line, "open", setup, now_ms) &&
                pool_json_quote(quoted, sizeof(quoted), url) &&
                pool_buffer_append(&line, ",\"url\":", 7) == BASE_OK &&
                pool_buffer_append(&line, quoted, strlen(quoted)) == BASE_OK;
    quoted[0] = '\0';
    fine = fine && pool_json_quote(quoted, sizeof(quoted), setup->agent) &&
           add(&line, ",\"server\":%u,\"agent\":%.200s", setup->server_index, quoted) &&
           add(&line, ",\"shy\":%s,\"plain\":%s", setup->shy ? "true" : "false",
               setup->memory->plain ? "true" : "false") &&
           add(&line,
               ",\"extranonce2\":%" PRIu64 ",\"version_mask\":%" PRIu32 ",\"counters\":%" PRIu64
               ",\"next_job\":%" PRIu64,
               setup->memory->extranonce2, setup->version_mask, setup->counters_per_job,
               *setup->next_job_id);
    finish(recorder, &line, fine);
}

void pool_recorder_sent(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        const void *bytes, size_t size, uint64_t now_ms)
{
    const char *text = bytes;
    if (recorder == NULL) {
        return;
    }
    if (!is_pool(setup)) { /* a node's frames: there is no login in them */
        put_bytes(recorder, "sent", setup, bytes, size, now_ms);
        return;
    }
    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t line_size = end != NULL ? (size_t)(end - text) : size;
        struct pool_buffer redacted;
        pool_buffer_init(&redacted);
        if (line_size > 0 && pool_redact_sent(&redacted, text, line_size) == BASE_OK) {
            put_bytes(recorder, "sent", setup, pool_buffer_data(&redacted),
                      pool_buffer_size(&redacted), now_ms);
        }
        pool_buffer_deinit(&redacted);
        line_size += end != NULL ? 1 : 0;
        text += line_size;
        size -= line_size;
    }
}

/* The complete lines of what a pool has sent so far, without the login; all that is there when the
 * connection ends or a line is longer than any that is taken. */
static void put_lines(struct pool_recorder *recorder, struct pool_buffer *rest,
                      const struct pool_protocol_setup *setup, bool all, uint64_t now_ms)
{
    uint8_t *bytes = rest->bytes + rest->start;
    size_t size = pool_buffer_size(rest);
    size_t whole = size;
    while (!all && whole > 0 && bytes[whole - 1] != '\n') {
        whole--;
    }
    if (whole == 0 && size > POOL_LINE_MAX) {
        whole = size;
    }
    if (whole > 0) {
        pool_redact_received((char *)bytes, whole, setup->server);
        put_bytes(recorder, "received", setup, bytes, whole, now_ms);
        pool_buffer_consume(rest, whole);
    }
}

void pool_recorder_received(struct pool_recorder *recorder, struct pool_buffer *rest,
                            const struct pool_protocol_setup *setup, const void *bytes, size_t size,
                            uint64_t now_ms)
{
    if (recorder == NULL) {
        return;
    }
    if (!is_pool(setup)) {
        put_bytes(recorder, "received", setup, bytes, size, now_ms);
        return;
    }
    if (size > 0 && pool_buffer_append(rest, bytes, size) != BASE_OK) {
        (void)pthread_mutex_lock(&recorder->lock);
        recorder->lost++;
        (void)pthread_mutex_unlock(&recorder->lock);
        return;
    }
    put_lines(recorder, rest, setup, size == 0, now_ms);
}

/* A record without members of its own. */
static void put_plain(struct pool_recorder *recorder, const char *kind,
                      const struct pool_protocol_setup *setup, uint64_t now_ms)
{
    struct pool_buffer line;
    if (recorder != NULL) {
        bool fine = head(recorder, &line, kind, setup, now_ms);
        finish(recorder, &line, fine);
    }
}

void pool_recorder_settle(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                          uint64_t now_ms)
{
    put_plain(recorder, "settle", setup, now_ms);
}

void pool_recorder_find(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        const struct pool_submission *submission, uint64_t now_ms)
{
    struct pool_buffer line;
    char nonce[2 * POOL_NONCE_MAX + 1];
    char hash[65];
    if (recorder == NULL) {
        return;
    }
    base_hex_encode(nonce, submission->nonce, submission->job->nonce_size);
    base_hex_encode(hash, submission->hash_be, 32);
    bool fine = head(recorder, &line, "find", setup, now_ms) &&
                add(&line, ",\"job\":%" PRIu64 ",\"nonce\":\"%s\",\"hash\":\"%s\"",
                    submission->job->id, nonce, hash);
    if (fine && submission->solution_size > 0) {
        fine = add_bytes(&line, submission->solution, submission->solution_size);
    }
    finish(recorder, &line, fine);
}

void pool_recorder_refill(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                          const struct pool_job *job, uint64_t now_ms)
{
    struct pool_buffer line;
    if (recorder == NULL) {
        return;
    }
    bool fine =
        head(recorder, &line, "refill", setup, now_ms) && add(&line, ",\"job\":%" PRIu64, job->id);
    finish(recorder, &line, fine);
}

void pool_recorder_close_connection(struct pool_recorder *recorder,
                                    const struct pool_protocol_setup *setup, uint64_t now_ms)
{
    put_plain(recorder, "close", setup, now_ms);
}
