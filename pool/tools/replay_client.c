/* replay_client.c: the client of a replay: protocols, what they say, and whether it is what was
 * said when the recording was made. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "protocol/job.h"
#include "protocol/output.h"
#include "record/redact.h"
#include "tools/replay_private.h"

enum { TICKS_MAX = 64 /* between two records */ };

/* ---- what the client makes of it ------------------------------------------------------------- */

BASE_PRINTF(4, 5)
void pool_replay_tell(struct pool_replay *replay, uint64_t connection, enum pool_replay_kind kind,
                      const char *format, ...)
{
    char text[2 * POOL_TEXT_MAX];
    char shown[2 * POOL_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    struct pool_replay_event event = {
        .kind = kind,
        .ms = replay->now_ms - POOL_REPLAY_EPOCH_MS,
        .connection = connection,
        .text = pool_printable(shown, sizeof(shown), text, strlen(text)),
    };
    replay->on_event(replay->user, &event);
}

static void keep_job(struct pool_replay *replay, const struct pool_job *job)
{
    pool_job_unref(replay->jobs[replay->job_at]);
    replay->jobs[replay->job_at] = pool_job_ref(job);
    replay->job_at = (replay->job_at + 1) % POOL_REPLAY_JOBS;
}

/* The line that begins at an offset of what is said was sent. */
static void tell_sent(struct pool_replay_connection *connection, size_t from)
{
    size_t made = pool_buffer_size(&connection->said) - from - 1;
    connection->replay->counts.sent++;
    pool_replay_tell(connection->replay, connection->number, POOL_REPLAY_SENT, "%.*s",
                     (int)(made < POOL_TEXT_MAX ? made : POOL_TEXT_MAX),
                     (const char *)pool_buffer_data(&connection->said) + from);
}

static enum base_status on_sent(struct pool_replay_connection *connection,
                                const struct pool_output *output)
{
    const char *text = output->bytes;
    size_t size = output->size;
    struct pool_replay *replay = connection->replay;
    if (pool_buffer_size(&connection->said) + size > POOL_OUT_MAX) {
        return BASE_E_LIMIT;
    }
    if (connection->node) {
        replay->counts.sent++;
        pool_replay_tell(replay, connection->number, POOL_REPLAY_SENT, "%zu bytes", size);
        return pool_buffer_append(&connection->said, output->bytes, size);
    }
    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t line = end != NULL ? (size_t)(end - text) : size;
        size_t before = pool_buffer_size(&connection->said);
        if (line > 0) {
            if (pool_redact_sent(&connection->said, pool_coin_entry(replay->coin)->family, text,
                                 line) != BASE_OK ||
                pool_buffer_append(&connection->said, "\n", 1) != BASE_OK) {
                return BASE_E_MEMORY;
            }
            tell_sent(connection, before);
        }
        line += end != NULL ? 1 : 0;
        text += line;
        size -= line;
    }
    return BASE_OK;
}

enum base_status pool_replay_write_call(struct pool_buffer *out, unsigned call, const char *request,
                                        size_t request_size, const void *body, size_t size)
{
    char place[16];
    int used = snprintf(place, sizeof(place), "%u ", call);
    enum base_status status = pool_buffer_append(out, place, (size_t)used);
    if (status == BASE_OK && request_size > 0) {
        status = pool_buffer_append(out, request, request_size);
        if (status == BASE_OK && size > 0) {
            status = pool_buffer_append(out, " ", 1);
        }
    }
    return status == BASE_OK ? pool_buffer_append(out, body, size) : status;
}

/* A request, as one line: its place, and what is harmless of it. */
static enum base_status on_call(struct pool_replay_connection *connection,
                                const struct pool_output *output)
{
    struct pool_replay *replay = connection->replay;
    size_t before = pool_buffer_size(&connection->said);
    struct pool_buffer line;
    struct pool_buffer body;
    if (before > POOL_OUT_MAX) {
        return BASE_E_LIMIT;
    }
    pool_buffer_init(&line);
    pool_buffer_init(&body);
    enum base_status status =
        pool_redact_request(&line, &body, pool_coin_entry(replay->coin)->family, output->request);
    if (status == BASE_OK) {
        status = pool_replay_write_call(
            &connection->said, output->call, (const char *)pool_buffer_data(&line),
            pool_buffer_size(&line), pool_buffer_data(&body), pool_buffer_size(&body));
    }
    if (status == BASE_OK) {
        status = pool_buffer_append(&connection->said, "\n", 1);
    }
    pool_buffer_deinit(&line);
    pool_buffer_deinit(&body);
    if (status != BASE_OK) {
        return status;
    }
    connection->called[output->call] = true;
    tell_sent(connection, before);
    return BASE_OK;
}

/* Does the client say now what it said then? */
void pool_replay_compare(struct pool_replay_connection *connection, const uint8_t *then,
                         size_t size)
{
    struct pool_replay *replay = connection->replay;
    if (!replay->comparing) { /* behind a gap: forgotten on both sides */
        pool_buffer_consume(&connection->said, pool_buffer_size(&connection->said));
        return;
    }
    const char *now = (const char *)pool_buffer_data(&connection->said);
    size_t held = pool_buffer_size(&connection->said);
    size_t now_size = held;
    size_t taken = held;
    if (connection->node) {
        now_size = held < size ? held : size;
        taken = now_size;
    } else if (held > 0) {
        const char *end = memchr(now, '\n', held); /* on_sent wrote one behind each line */
        now_size = (size_t)(end - now);
        taken = now_size + 1;
    }
    if (now_size != size || (size > 0 && memcmp(now, then, size) != 0)) {
        replay->counts.differs++;
        if (connection->node) {
            pool_replay_tell(replay, connection->number, POOL_REPLAY_DIFFERS,
                             "other bytes than then");
        } else {
            pool_replay_tell(replay, connection->number, POOL_REPLAY_DIFFERS,
                             "then: %.*s; now: %.*s", (int)(size < 300 ? size : 300),
                             (const char *)then, (int)(now_size < 300 ? now_size : 300),
                             held > 0 ? now : "");
        }
    }
    pool_buffer_consume(&connection->said, taken);
}

static void on_verdict(struct pool_replay *replay, const struct pool_output *output,
                       struct pool_replay_event *event)
{
    replay->counts.verdicts[output->verdict]++;
    event->kind = POOL_REPLAY_VERDICT;
    event->verdict = output->verdict;
    event->job = output->submission->job;
    replay->on_event(replay->user, event);
    pool_job_unref(output->submission->job);
    base_free(output->submission->solution);
    base_free(output->submission);
}

enum base_status pool_replay_output(void *user, const struct pool_output *output)
{
    struct pool_replay_connection *connection = user;
    struct pool_replay *replay = connection->replay;
    struct pool_replay_event event = {
        .ms = replay->now_ms - POOL_REPLAY_EPOCH_MS,
        .connection = connection->number,
        .text = output->text != NULL ? output->text : "",
    };
    switch (output->kind) {
    case POOL_OUTPUT_SEND:
        return on_sent(connection, output);
    case POOL_OUTPUT_CALL:
        return on_call(connection, output);
    case POOL_OUTPUT_VERDICT:
        on_verdict(replay, output, &event);
        return BASE_OK;
    case POOL_OUTPUT_UNJUDGED: /* a recording holds the second try as a find of its own */
        pool_job_unref(output->submission->job);
        base_free(output->submission->solution);
        base_free(output->submission);
        return BASE_OK;
    case POOL_OUTPUT_READY:
        event.kind = POOL_REPLAY_READY;
        break;
    case POOL_OUTPUT_JOB:
        event.kind = POOL_REPLAY_JOB;
        event.job = output->job;
        replay->counts.jobs++;
        keep_job(replay, output->job);
        break;
    case POOL_OUTPUT_DIFFICULTY:
        event.kind = POOL_REPLAY_DIFFICULTY;
        event.difficulty = output->difficulty;
        replay->counts.difficulties++;
        break;
    case POOL_OUTPUT_INFO:
        event.kind = POOL_REPLAY_INFO;
        break;
    case POOL_OUTPUT_WARNING:
        event.kind = POOL_REPLAY_WARNING;
        replay->counts.warnings++;
        break;
    case POOL_OUTPUT_ALIVE:
    case POOL_OUTPUT_SENT:
    case POOL_OUTPUT_MOVE:
        return BASE_OK;
    }
    replay->on_event(replay->user, &event);
    return BASE_OK;
}

/* ---- connections ----------------------------------------------------------------------------- */

void pool_replay_end(struct pool_replay_connection *connection)
{
    struct pool_protocol *protocol = connection->protocol;
    connection->protocol = NULL;
    if (protocol != NULL) {
        connection->ops->close(protocol);
    }
}

void pool_replay_give_up(struct pool_replay_connection *connection, const struct base_error *error)
{
    struct pool_replay *replay = connection->replay;
    replay->counts.broken++;
    pool_replay_tell(replay, connection->number, POOL_REPLAY_BROKEN, "%s", error->text);
    pool_replay_end(connection);
}

void pool_replay_step(struct pool_replay_connection *connection,
                      enum base_status (*step)(struct pool_protocol *protocol, uint64_t now_ms,
                                               struct base_error *error))
{
    struct base_error why = {BASE_OK, ""};
    if (connection->protocol != NULL &&
        step(connection->protocol, connection->replay->now_ms, &why) != BASE_OK) {
        pool_replay_give_up(connection, &why);
    }
}

void pool_replay_close(struct pool_replay_connection *connection)
{
    pool_replay_end(connection);
    if (connection->replay->comparing && pool_buffer_size(&connection->said) > 0) {
        connection->replay->counts.differs++;
        const char *text = (const char *)pool_buffer_data(&connection->said);
        size_t size = pool_buffer_size(&connection->said);
        pool_replay_tell(connection->replay, connection->number, POOL_REPLAY_DIFFERS,
                         "the client sends more now than then: %.*s",
                         (int)(size < 200 ? size : 200), connection->node ? "frames" : text);
    }
    pool_buffer_deinit(&connection->said);
    pool_buffer_deinit(&connection->answer);
    memset(connection, 0, sizeof(*connection));
}

struct pool_replay_connection *pool_replay_find(struct pool_replay *replay, uint64_t number)
{
    for (size_t i = 0; i < POOL_RECORD_CONNECTIONS_MAX; i++) {
        if (replay->connections[i].number == number) {
            return &replay->connections[i];
        }
    }
    return NULL;
}

/* Let time pass up to now: what is due happens when it is due. */
void pool_replay_pass_time(struct pool_replay *replay, uint64_t until_ms)
{
    for (unsigned round = 0; round < TICKS_MAX; round++) {
        struct pool_replay_connection *first = NULL;
        uint64_t due_ms = until_ms;
        for (size_t i = 0; i < POOL_RECORD_CONNECTIONS_MAX; i++) {
            struct pool_replay_connection *connection = &replay->connections[i];
            uint64_t at_ms = connection->protocol != NULL
                                 ? connection->ops->due_ms(connection->protocol)
                                 : UINT64_MAX;
            if (connection->http && at_ms < UINT64_MAX - POOL_REPLAY_LATE_MS) {
                at_ms += POOL_REPLAY_LATE_MS;
            }
            if (at_ms <= due_ms) {
                due_ms = at_ms;
                first = connection;
            }
        }
        if (first == NULL) {
            break;
        }
        replay->now_ms = due_ms > replay->now_ms ? due_ms : replay->now_ms;
        pool_replay_step(first, first->ops->tick);
    }
    replay->now_ms = until_ms;
}

const struct pool_job *pool_replay_job(const struct pool_replay *replay, uint64_t id)
{
    for (size_t i = 0; i < POOL_REPLAY_JOBS; i++) {
        if (replay->jobs[i] != NULL && replay->jobs[i]->id == id) {
            return replay->jobs[i];
        }
    }
    return NULL;
}
