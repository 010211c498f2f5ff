/* record.c: what stands in the records of a recording; see record.h. */
#include "record/record.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "record/record_private.h"
#include "record/redact.h"
#include "wire/json.h"

/* ---- records --------------------------------------------------------------------------------- */

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

/* A record of this kind, without members of its own; NULL without memory or recorder. */
static json_t *new_record(struct pool_recorder *recorder, const char *kind,
                          const struct pool_protocol_setup *setup, uint64_t now_ms)
{
    return recorder == NULL
               ? NULL
               : json_pack("{s:I,s:s,s:I}", "ms", (json_int_t)pool_record_stamp(recorder, now_ms),
                           "kind", kind, "connection", (json_int_t)setup->connection);
}

/* Add a member. Returns the record, or NULL without memory. */
static json_t *with(json_t *record, const char *name, json_t *value)
{
    if (json_object_set_new(record, name, value) != 0) {
        json_decref(record);
        return NULL;
    }
    return record;
}

static json_t *with_number(json_t *record, const char *name, uint64_t value)
{
    return with(record, name, json_integer((json_int_t)value));
}

/* "text" where everything is printable, else "hex". */
static json_t *with_bytes(json_t *record, const uint8_t *bytes, size_t size)
{
    if (is_text(bytes, size)) {
        return with(record, "text",
                    json_stringn_nocheck(size > 0 ? (const char *)bytes : "", size));
    }
    char *digits = base_alloc(2 * size + 1, 1);
    if (digits == NULL) {
        json_decref(record);
        return NULL;
    }
    base_hex_encode(digits, bytes, size);
    record = with(record, "hex", json_stringn_nocheck(digits, 2 * size));
    base_free(digits);
    return record;
}

static void put_bytes(struct pool_recorder *recorder, const char *kind,
                      const struct pool_protocol_setup *setup, const uint8_t *bytes, size_t size,
                      uint64_t now_ms)
{
    while (size > 0) {
        size_t piece = size < POOL_RECORD_PIECE_MAX ? size : POOL_RECORD_PIECE_MAX;
        json_t *record = new_record(recorder, kind, setup, now_ms);
        pool_record_write(recorder, with_bytes(record, bytes, piece));
        bytes += piece;
        size -= piece;
    }
}

/* True where lines are exchanged, in which there may be logins; else a node's frames. */
static bool has_lines(const struct pool_recorder *recorder, const struct pool_protocol_setup *setup)
{
    return pool_record_family(recorder)->services[pool_server_access(setup->server)].line_max > 0;
}

static bool is_access(const struct pool_protocol_setup *setup, enum pool_access access)
{
    return pool_server_access(setup->server) == access;
}

/* ---- interface ------------------------------------------------------------------------------- */

void pool_recorder_open_connection(struct pool_recorder *recorder,
                                   const struct pool_protocol_setup *setup, uint16_t port,
                                   uint64_t now_ms)
{
    char url[POOL_HOST_MAX + 32];
    struct pool_server server = *setup->server;
    server.port = port;
    (void)pool_server_name(url, sizeof(url), &server); /* has no login */
    json_t *record = new_record(recorder, "open", setup, now_ms);
    record = with(record, "url", json_string(url));
    record = with_number(record, "server", setup->server_index);
    record = with(record, "agent", json_string(setup->agent));
    record = with(record, "required_only", json_boolean(setup->memory->required_only));
    record = with(record, "has_key", json_boolean(setup->api_key != NULL && *setup->api_key != 0));
    record = with(record, "has_payee",
                  json_boolean(!pool_server_is_pool(setup->server) && setup->server->user[0] != 0));
    record = with_number(record, "extranonce2", setup->memory->extranonce2);
    record = with(record, "multiply_difficulty", json_boolean(setup->multiply_difficulty));
    record = with_number(record, "counters", setup->counters_per_job);
    pool_record_write(recorder, with_number(record, "next_job", *setup->next_job_id));
}

void pool_recorder_sent(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        const void *bytes, size_t size, uint64_t now_ms)
{
    const char *text = bytes;
    if (recorder == NULL) {
        return;
    }
    if (!has_lines(recorder, setup)) { /* frames: there is no login in them */
        put_bytes(recorder, "sent", setup, bytes, size, now_ms);
        return;
    }
    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t line_size = end != NULL ? (size_t)(end - text) : size;
        struct pool_buffer redacted;
        pool_buffer_init(&redacted);
        if (line_size > 0 &&
            pool_redact_sent(&redacted, pool_record_family(recorder), text, line_size) == BASE_OK) {
            put_bytes(recorder, "sent", setup, pool_buffer_data(&redacted),
                      pool_buffer_size(&redacted), now_ms);
        }
        pool_buffer_deinit(&redacted);
        line_size += end != NULL ? 1 : 0;
        text += line_size;
        size -= line_size;
    }
}

/* Record the complete lines that a pool has sent, without the login; also an incomplete one when
 * the connection ends or the line is too long for the protocol. */
static void put_lines(struct pool_recorder *recorder, struct pool_buffer *rest,
                      const struct pool_protocol_setup *setup, bool all, uint64_t now_ms)
{
    uint8_t *bytes = rest->bytes + rest->start;
    size_t size = pool_buffer_size(rest);
    size_t whole = size;
    size_t line_max =
        pool_record_family(recorder)->services[pool_server_access(setup->server)].line_max;
    while (!all && whole > 0 && bytes[whole - 1] != '\n') {
        whole--;
    }
    if (whole == 0 && size > line_max) {
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
    if (!has_lines(recorder, setup)) {
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
    pool_record_write(recorder, new_record(recorder, kind, setup, now_ms));
}

/* ---- requests over HTTP ---------------------------------------------------------------------- */

static void hide_login(struct pool_buffer *text, const struct pool_protocol_setup *setup,
                       const struct pool_rpc_login *login)
{
    if (pool_buffer_size(text) > 0) {
        pool_redact_answer((char *)text->bytes + text->start, pool_buffer_size(text), setup->server,
                           login);
    }
}

void pool_recorder_call(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        const struct pool_rpc_login *login, unsigned call,
                        const struct pool_request *request, uint64_t now_ms)
{
    struct pool_buffer line;
    struct pool_buffer body;
    if (recorder == NULL) {
        return;
    }
    pool_buffer_init(&line);
    pool_buffer_init(&body);
    json_t *record = NULL;
    if (pool_redact_request(&line, &body, pool_record_family(recorder), request) == BASE_OK) {
        /* The id of a long poll is the node's text and may hold the login. */
        hide_login(&body, setup, login);
        hide_login(&line, setup, login);
        record = with_number(new_record(recorder, "call", setup, now_ms), "call", call);
        if (pool_buffer_size(&line) > 0) {
            record =
                with(record, "request",
                     json_stringn((const char *)pool_buffer_data(&line), pool_buffer_size(&line)));
        }
        record = with_bytes(record, pool_buffer_data(&body), pool_buffer_size(&body));
    }
    pool_record_write(recorder, record);
    pool_buffer_deinit(&line);
    pool_buffer_deinit(&body);
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
        json_t *record = new_record(recorder, "answer", setup, now_ms);
        record = with_number(record, "call", answer->call);
        record = with_number(record, "code", (uint64_t)answer->code);
        if (size > 0) {
            record = with(record, "more", json_true());
        }
        if (!pool_record_add(lines, with_bytes(record, body, piece))) {
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
    struct base_error why = *answer->why;
    pool_redact_answer(why.text, strlen(why.text), setup->server, login);
    json_t *record = new_record(recorder, "answer", setup, now_ms);
    record = with_number(record, "call", answer->call);
    record = with_number(record, "code", 0);
    record = with(record, "status", json_string(base_status_text(why.status)));
    pool_record_write(recorder, with(record, "why", json_string(why.text)));
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
    if (is_access(setup, POOL_ACCESS_HTTP)) {
        put_plain(recorder, "tick", setup, now_ms);
    }
}

void pool_recorder_rate(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                        double hashes_per_s, uint64_t now_ms)
{
    if (recorder != NULL) {
        json_t *record = new_record(recorder, "rate", setup, now_ms);
        pool_record_write(recorder, with(record, "rate", json_real(hashes_per_s)));
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
    char nonce[2 * POOL_NONCE_MAX + 1];
    char hash[65];
    base_hex_encode(nonce, submission->nonce, submission->job->nonce_size);
    base_hex_encode(hash, submission->hash_be, 32);
    json_t *record = new_record(recorder, "find", setup, now_ms);
    record = with_number(record, "job", submission->job->id);
    record = with(record, "nonce", json_string(nonce));
    record = with(record, "hash", json_string(hash));
    if (submission->solution_size > 0) {
        record = with_bytes(record, submission->solution, submission->solution_size);
    }
    pool_record_write(recorder, record);
}

void pool_recorder_refill(struct pool_recorder *recorder, const struct pool_protocol_setup *setup,
                          const struct pool_job *job, uint64_t now_ms)
{
    json_t *record = new_record(recorder, "refill", setup, now_ms);
    pool_record_write(recorder, with_number(record, "job", job->id));
}

void pool_recorder_close_connection(struct pool_recorder *recorder,
                                    const struct pool_protocol_setup *setup, uint64_t now_ms)
{
    put_plain(recorder, "close", setup, now_ms);
}
