/* record.c: what stands in the records of a recording; see record.h. */
#include "record/record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "record/record_private.h"
#include "record/redact.h"
#include "wire/json.h"

/* ---- lines ----------------------------------------------------------------------------------- */

BASE_PRINTF(2, 3)
bool pool_record_add(struct pool_buffer *line, const char *format, ...)
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
    bool fine = pool_record_add(line, text ? ",\"text\":\"" : ",\"hex\":\"");
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
    return fine && pool_record_add(line, "\"");
}

/* The beginning of a record, behind what the buffer holds. */
static bool head(struct pool_recorder *recorder, struct pool_buffer *line, const char *kind,
                 const struct pool_protocol_setup *setup, uint64_t now_ms)
{
    return pool_record_add(line, "{\"ms\":%" PRIu64 ",\"kind\":\"%s\",\"connection\":%" PRIu64,
                           pool_record_stamp(recorder, now_ms), kind, setup->connection);
}

void pool_record_finish(struct pool_recorder *recorder, struct pool_buffer *line, bool fine)
{
    if (fine && pool_record_add(line, "}\n")) {
        pool_record_put(recorder, line, 1);
        return;
    }
    pool_buffer_deinit(line);
    pool_record_lose(recorder, 1);
}

static void put_bytes(struct pool_recorder *recorder, const char *kind,
                      const struct pool_protocol_setup *setup, const uint8_t *bytes, size_t size,
                      uint64_t now_ms)
{
    while (size > 0) {
        struct pool_buffer line = {NULL, 0, 0, 0};
        size_t piece = size < POOL_RECORD_PIECE_MAX ? size : POOL_RECORD_PIECE_MAX;
        bool fine = head(recorder, &line, kind, setup, now_ms) && add_bytes(&line, bytes, piece);
        pool_record_finish(recorder, &line, fine);
        bytes += piece;
        size -= piece;
    }
}

static bool is_pool(const struct pool_protocol_setup *setup)
{
    return setup->server->scheme == POOL_STRATUM_TCP || setup->server->scheme == POOL_STRATUM_TLS;
}

static bool is_http(const struct pool_protocol_setup *setup)
{
    return setup->server->scheme == POOL_DAEMON_HTTP || setup->server->scheme == POOL_DAEMON_HTTPS;
}

/* ---- interface ------------------------------------------------------------------------------- */

void pool_recorder_open_connection(struct pool_recorder *recorder,
                                   const struct pool_protocol_setup *setup, uint16_t port,
                                   uint64_t now_ms)
{
    struct pool_buffer line = {NULL, 0, 0, 0};
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
           pool_record_add(&line, ",\"server\":%u,\"agent\":%.200s", setup->server_index, quoted) &&
           pool_record_add(&line, ",\"shy\":%s,\"plain\":%s", setup->shy ? "true" : "false",
                           setup->memory->plain ? "true" : "false") &&
           pool_record_add(&line,
                           ",\"extranonce2\":%" PRIu64 ",\"version_mask\":%" PRIu32
                           ",\"counters\":%" PRIu64 ",\"next_job\":%" PRIu64,
                           setup->memory->extranonce2, setup->version_mask, setup->counters_per_job,
                           *setup->next_job_id);
    pool_record_finish(recorder, &line, fine);
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
        pool_record_lose(recorder, 1);
        return;
    }
    put_lines(recorder, rest, setup, size == 0, now_ms);
}

/* A record without members of its own. */
static void put_plain(struct pool_recorder *recorder, const char *kind,
                      const struct pool_protocol_setup *setup, uint64_t now_ms)
{
    struct pool_buffer line = {NULL, 0, 0, 0};
    if (recorder != NULL) {
        bool fine = head(recorder, &line, kind, setup, now_ms);
        pool_record_finish(recorder, &line, fine);
    }
}

/* ---- requests over HTTP ---------------------------------------------------------------------- */

void pool_recorder_call(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        const struct pool_rpc_login *login, unsigned call, const void *body,
                        size_t size, uint64_t now_ms)
{
    struct pool_buffer line = {NULL, 0, 0, 0};
    struct pool_buffer redacted;
    if (recorder == NULL) {
        return;
    }
    pool_buffer_init(&redacted);
    bool fine = pool_redact_sent(&redacted, body, size) == BASE_OK;
    if (fine) { /* a node may have named what we now say after it: the id of a long poll */
        pool_redact_answer((char *)redacted.bytes + redacted.start, pool_buffer_size(&redacted),
                           setup->server, login);
    }
    fine = fine && head(recorder, &line, "call", setup, now_ms) &&
           pool_record_add(&line, ",\"call\":%u", call) &&
           add_bytes(&line, pool_buffer_data(&redacted), pool_buffer_size(&redacted));
    pool_record_finish(recorder, &line, fine);
    pool_buffer_deinit(&redacted);
}

/* A body in records of one piece each, all but the last with "more". Returns how many; 0 without
 * memory. */
static uint64_t add_answer(struct pool_recorder *recorder, struct pool_buffer *lines,
                           const struct pool_protocol_setup *setup,
                           const struct pool_answer *answer, const uint8_t *body, uint64_t now_ms)
{
    uint64_t records = 0;
    size_t size = answer->size;
    do {
        size_t piece = size < POOL_RECORD_PIECE_MAX ? size : POOL_RECORD_PIECE_MAX;
        size -= piece;
        if (!head(recorder, lines, "answer", setup, now_ms) ||
            !pool_record_add(lines, ",\"call\":%u,\"code\":%ld%s", answer->call, answer->code,
                             size > 0 ? ",\"more\":true" : "") ||
            !add_bytes(lines, body, piece) || !pool_record_add(lines, "}\n")) {
            return 0;
        }
        body += piece;
        records++;
    } while (size > 0);
    return records;
}

/* Why a request got no answer. */
static void put_failure(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        const struct pool_rpc_login *login, const struct pool_answer *answer,
                        uint64_t now_ms)
{
    struct pool_buffer line = {NULL, 0, 0, 0};
    struct base_error why = *answer->why;
    char quoted[2 * sizeof(why.text)] = "";
    pool_redact_answer(why.text, strlen(why.text), setup->server, login);
    bool fine =
        head(recorder, &line, "answer", setup, now_ms) &&
        pool_record_add(&line, ",\"call\":%u,\"code\":0,\"status\":\"%s\",\"why\":", answer->call,
                        base_status_text(why.status)) &&
        pool_json_quote(quoted, sizeof(quoted), why.text) &&
        pool_buffer_append(&line, quoted, strlen(quoted)) == BASE_OK;
    pool_record_finish(recorder, &line, fine);
}

void pool_recorder_answer(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                          const struct pool_rpc_login *login, const struct pool_answer *answer,
                          uint64_t now_ms)
{
    struct pool_buffer lines = {NULL, 0, 0, 0};
    struct pool_buffer body;
    uint64_t records = 0;
    if (recorder == NULL) {
        return;
    }
    if (answer->code == 0) {
        put_failure(recorder, setup, login, answer, now_ms);
        return;
    }
    pool_buffer_init(&body);
    if (answer->size <= POOL_RECORD_ANSWER_MAX &&
        pool_buffer_append(&body, answer->body, answer->size) == BASE_OK) {
        pool_redact_answer((char *)body.bytes, answer->size, setup->server, login);
        records = add_answer(recorder, &lines, setup, answer, body.bytes, now_ms);
    }
    if (records > 0) {
        pool_record_put(recorder, &lines, records);
    } else {
        pool_buffer_deinit(&lines);
        pool_record_lose(recorder, 1);
    }
    pool_buffer_deinit(&body);
}

void pool_recorder_tick(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        uint64_t now_ms)
{
    if (is_http(setup)) {
        put_plain(recorder, "tick", setup, now_ms);
    }
}

/* ---- finds, ends ----------------------------------------------------------------------------- */

void pool_recorder_settle(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                          uint64_t now_ms)
{
    put_plain(recorder, "settle", setup, now_ms);
}

void pool_recorder_find(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        const struct pool_submission *submission, uint64_t now_ms)
{
    struct pool_buffer line = {NULL, 0, 0, 0};
    char nonce[2 * POOL_NONCE_MAX + 1];
    char hash[65];
    if (recorder == NULL) {
        return;
    }
    base_hex_encode(nonce, submission->nonce, submission->job->nonce_size);
    base_hex_encode(hash, submission->hash_be, 32);
    bool fine = head(recorder, &line, "find", setup, now_ms) &&
                pool_record_add(&line, ",\"job\":%" PRIu64 ",\"nonce\":\"%s\",\"hash\":\"%s\"",
                                submission->job->id, nonce, hash);
    if (fine && submission->solution_size > 0) {
        fine = add_bytes(&line, submission->solution, submission->solution_size);
    }
    pool_record_finish(recorder, &line, fine);
}

void pool_recorder_refill(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                          const struct pool_job *job, uint64_t now_ms)
{
    struct pool_buffer line = {NULL, 0, 0, 0};
    if (recorder == NULL) {
        return;
    }
    bool fine = head(recorder, &line, "refill", setup, now_ms) &&
                pool_record_add(&line, ",\"job\":%" PRIu64, job->id);
    pool_record_finish(recorder, &line, fine);
}

void pool_recorder_close_connection(struct pool_recorder *recorder,
                                    const struct pool_protocol_setup *setup, uint64_t now_ms)
{
    put_plain(recorder, "close", setup, now_ms);
}
