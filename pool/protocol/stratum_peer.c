/* stratum_peer.c: see stratum_peer.h. */
#include "protocol/stratum_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/target.h"
#include "protocol/job.h"
#include "transport/redirect.h"
#include "wire/json.h"

enum {
    UNANSWERED_MAX = 4,  /* shares in a row */
    UNENDED_MAX = 65536, /* bytes: longer messages wait for their line end */
    SUGGESTIONS_MAX = 2,
    SUGGEST_MS = 10000, /* a pool that closes within this does so because of a suggestion */
    LOGIN_MS = 30000,   /* an answer to subscribe or authorize */
};

void *pool_peer_open(size_t size, const struct pool_peer_ops *ops,
                     const struct pool_protocol_setup *setup)
{
    struct pool_peer *peer = base_alloc(1, size);
    if (peer == NULL) {
        return NULL;
    }
    BASE_ASSERT(setup->memory != NULL);
    peer->protocol.ops = ops->protocol;
    peer->ops = ops;
    peer->outlet.setup = *setup;
    pool_lines_init(&peer->lines, &ops->family->services[POOL_ACCESS_POOL], setup->server);
    pool_pending_init(&peer->pending);
    return peer;
}

void pool_peer_close(struct pool_protocol *protocol)
{
    struct pool_peer *peer = pool_peer_of(protocol);
    struct pool_memory *memory = peer->outlet.setup.memory;
    if (peer->resume_asked) { /* the next try asks for a new session, and for all else as before */
        memory->session[0] = '\0';
    } else if (peer->optional_asked) { /* perhaps the pool closed because of it */
        memory->required_only = true;
    }
    if (peer->suggest_id != 0) {
        memory->no_suggestion = true;
    }
    pool_pending_end(&peer->pending, &peer->outlet,
                     "the connection ended before the pool answered");
    pool_lines_deinit(&peer->lines);
    pool_job_unref(peer->job);
    base_free(peer);
}

/* Send one message as a line. message is taken; NULL: there was no memory for it. */
static enum base_status send_line(struct pool_outlet *outlet, json_t *message,
                                  struct base_error *error)
{
    struct pool_buffer line;
    pool_buffer_init(&line);
    enum base_status status = pool_json_append(&line, message);
    if (status == BASE_OK) {
        status = pool_buffer_append(&line, "\n", 1);
    }
    if (status == BASE_OK) {
        status = pool_outlet_send(outlet, pool_buffer_data(&line), pool_buffer_size(&line), error);
    } else {
        (void)base_error_set(error, status, "no memory for a line");
    }
    pool_buffer_deinit(&line);
    return status;
}

/* ---- difficulty ------------------------------------------------------------------------------ */

enum base_status pool_peer_suggest(struct pool_peer *peer, double difficulty, double shares_per_s,
                                   uint64_t now_ms, struct base_error *error)
{
    const struct pool_memory *memory = peer->outlet.setup.memory;
    if (memory->required_only || memory->no_suggestion || peer->suggestions == SUGGESTIONS_MAX) {
        return BASE_OK;
    }
    peer->suggestions++;
    peer->suggest_id = peer->next_id++;
    peer->suggest_ms = now_ms;
    return pool_stratum_request(&peer->outlet, peer->suggest_id, "mining.suggest_difficulty",
                                json_pack("[f]", difficulty * shares_per_s * POOL_SHARE_EVERY_S),
                                error);
}

enum base_status pool_peer_suggest_easier(struct pool_peer *peer, double difficulty,
                                          double share_hashes, double hashes_per_s, uint64_t now_ms,
                                          struct base_error *error)
{
    bool rare = hashes_per_s > 0 && share_hashes > hashes_per_s * POOL_SHARE_RARE_S;
    return rare && peer->suggestions == 0
               ? pool_peer_suggest(peer, difficulty, hashes_per_s / share_hashes, now_ms, error)
               : BASE_OK;
}

/* An answer to a suggestion. Most pools that know it answer by a new difficulty, and nothing else.
 */
static void look_for_suggestion(struct pool_peer *peer, const json_t *root)
{
    uint64_t id = 0;
    if (peer->suggest_id == 0 || json_object_get(root, "method") != NULL ||
        !pool_json_u64(json_object_get(root, "id"), 10, &id) || id != peer->suggest_id) {
        return;
    }
    peer->suggest_id = 0;
    if (pool_json_truthy(json_object_get(root, "error"))) {
        peer->outlet.setup.memory->no_suggestion = true;
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* A line that cannot be read. */
static enum base_status on_bad_line(struct pool_peer *peer, const char *why, uint64_t now_ms,
                                    struct base_error *error)
{
    size_t at = peer->bad_lines++ % POOL_BAD_LINES_MAX;
    uint64_t oldest_ms = peer->bad_ms[peer->bad_lines % POOL_BAD_LINES_MAX];
    peer->bad_ms[at] = now_ms;
    if (peer->bad_lines >= POOL_BAD_LINES_MAX && now_ms - oldest_ms <= POOL_BAD_LINES_MS) {
        return base_error_set(error, BASE_E_FORMAT,
                              "%d lines within %d s made no sense; the last: %s",
                              POOL_BAD_LINES_MAX, POOL_BAD_LINES_MS / 1000, why);
    }
    pool_outlet_text(&peer->outlet, POOL_OUTPUT_WARNING, "a line that makes no sense, ignored: %s",
                     why);
    return BASE_OK;
}

/* Bytes in front of a message that mean nothing: blanks, NULs between lines, a byte order mark. */
static size_t count_blank(const char *text, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t count = 0;
    for (;;) {
        size_t left = size - count;
        if (left > 0 && strchr(" \t\r\n", text[count]) != NULL) { /* or the NUL of that string */
            count++;
        } else if (left >= 3 && memcmp(text + count, mark, 3) == 0) {
            count += 3;
        } else {
            return count;
        }
    }
}

/* All messages of one line of clean text. */
static enum base_status read_messages(struct pool_peer *peer, const char *text, size_t size,
                                      uint64_t now_ms, struct base_error *error)
{
    enum base_status status = BASE_OK;
    while (status == BASE_OK) {
        struct base_error why = {BASE_OK, ""};
        json_t *root = NULL;
        size_t used = 0;
        size_t blank = count_blank(text, size);
        text += blank;
        size -= blank;
        if (size == 0) {
            return BASE_OK;
        }
        status = pool_json_load_next(&root, &used, text, size, &why);
        if (status == BASE_E_FORMAT) {
            return on_bad_line(peer, why.text, now_ms, error);
        }
        if (status != BASE_OK) {
            *error = why;
        } else if (!json_is_object(root)) {
            status = on_bad_line(peer, "JSON, but no object", now_ms, error);
        } else {
            look_for_suggestion(peer, root);
            status = peer->ops->on_message(&peer->protocol, root, now_ms, error);
        }
        json_decref(root);
        text += used;
        size -= used;
    }
    return status;
}

static enum base_status on_text(struct pool_protocol *protocol, const char *text, size_t size,
                                uint64_t now_ms, struct base_error *error)
{
    struct pool_peer *peer = pool_peer_of(protocol);
    struct pool_buffer clean;
    struct pool_buffer quoted;
    if (size >= 5 && memcmp(text, "HTTP/", 5) == 0) {
        return base_error_set(error, BASE_E_FORMAT, "it speaks HTTP: this is a web server");
    }
    bool is_clean = pool_json_is_clean(text, size);
    if (is_clean && !peer->ops->long_numbers) {
        return read_messages(peer, text, size, now_ms, error);
    }
    pool_buffer_init(&clean);
    pool_buffer_init(&quoted);
    enum base_status status =
        is_clean ? pool_buffer_append(&clean, text, size) : pool_json_clean(&clean, text, size);
    const struct pool_buffer *line = peer->ops->long_numbers ? &quoted : &clean;
    if (status == BASE_OK && peer->ops->long_numbers) {
        status = pool_json_quote_long(&quoted, (const char *)pool_buffer_data(&clean),
                                      pool_buffer_size(&clean));
    }
    if (status == BASE_OK) {
        status = read_messages(peer, (const char *)pool_buffer_data(line), pool_buffer_size(line),
                               now_ms, error);
    } else {
        (void)base_error_set(error, status, "no memory for a line");
    }
    pool_buffer_deinit(&quoted);
    pool_buffer_deinit(&clean);
    return status;
}

/* Messages that no line end follows, yet or ever: each that is whole is read. */
static enum base_status read_unended(struct pool_peer *peer, uint64_t now_ms,
                                     struct base_error *error)
{
    enum base_status status = BASE_OK;
    size_t size = pool_buffer_size(&peer->lines.in);
    while (status == BASE_OK && size > 0 && size <= UNENDED_MAX) {
        const char *text = (const char *)pool_buffer_data(&peer->lines.in);
        struct base_error ignored = {BASE_OK, ""};
        json_t *root = NULL;
        size_t used = 0;
        if (text[size - 1] != '}' || text[0] != '{' ||
            pool_json_load_next(&root, &used, text, size, &ignored) != BASE_OK) {
            return BASE_OK;
        }
        if (json_is_object(root)) {
            look_for_suggestion(peer, root);
            status = peer->ops->on_message(&peer->protocol, root, now_ms, error);
        }
        json_decref(root);
        pool_buffer_consume(&peer->lines.in, used);
        peer->lines.seen = 0;
        size = pool_buffer_size(&peer->lines.in);
    }
    return status;
}

enum base_status pool_peer_receive(struct pool_protocol *protocol, const uint8_t *bytes,
                                   size_t size, uint64_t now_ms, struct base_error *error)
{
    struct pool_peer *peer = pool_peer_of(protocol);
    enum base_status status =
        pool_lines_receive(&peer->lines, bytes, size, on_text, protocol, now_ms, error);
    return status == BASE_OK ? read_unended(peer, now_ms, error) : status;
}

/* ---- shares ---------------------------------------------------------------------------------- */

static bool meets_block_target(const struct pool_submission *submission)
{
    static const uint8_t unknown[32] = {0};
    const struct pool_job *job = submission->job;
    return memcmp(job->block_target_be, unknown, 32) != 0 &&
           base_target_meets(submission->hash_be, job->block_target_be);
}

/* True for a find that is no share and meets the block target. */
static bool is_below_share(const struct pool_submission *submission)
{
    return pool_job_has_easy_blocks(submission->job) && meets_block_target(submission) &&
           !base_target_meets(submission->hash_be, submission->job->target_be);
}

bool pool_peer_is_block(const struct pool_peer *peer, const struct pool_submission *submission)
{
    size_t kept = peer->block_count < POOL_PEER_BLOCKS ? peer->block_count : POOL_PEER_BLOCKS;
    for (size_t i = 0; i < kept; i++) {
        if (peer->blocks[i].chain == submission->job->chain &&
            strcmp(peer->blocks[i].id, pool_job_full(submission->job)->ticket.id) == 0) {
            return false;
        }
    }
    return meets_block_target(submission);
}

static void note_block(struct pool_peer *peer, const struct pool_job *job)
{
    struct pool_peer_block *block = &peer->blocks[peer->block_count++ % POOL_PEER_BLOCKS];
    block->chain = job->chain;
    memcpy(block->id, pool_job_full(job)->ticket.id, sizeof(block->id));
}

/* True while the pool is not sent more shares than it may be. */
static bool may_send(struct pool_peer *peer, uint64_t now_ms)
{
    if (peer->shares == 0) {
        peer->first_share_ms = now_ms;
        peer->shares_ms = now_ms;
        peer->shares_left = POOL_SHARES_AT_ONCE;
    }
    peer->shares++;
    uint64_t more = (now_ms - peer->shares_ms) * POOL_SHARES_PER_S / 1000;
    if (more > 0) {
        peer->shares_ms += more * 1000 / POOL_SHARES_PER_S;
        peer->shares_left += more;
    }
    if (peer->shares_left > POOL_SHARES_AT_ONCE) {
        peer->shares_left = POOL_SHARES_AT_ONCE;
    }
    if (peer->shares_left == 0) {
        return false;
    }
    peer->shares_left--;
    return true;
}

/* The verdict of a share that is one too many. */
static void hold_back(struct pool_peer *peer, struct pool_submission *submission, uint64_t now_ms)
{
    if (peer->flood == 0) {
        uint64_t time_ms = now_ms > peer->first_share_ms ? now_ms - peer->first_share_ms : 1;
        peer->flood = (double)peer->shares * 1000.0 / (double)time_ms;
        pool_outlet_text(&peer->outlet, POOL_OUTPUT_WARNING,
                         "the pool's difficulty is too low for this machine: %.0f shares a second. "
                         "%d a second are sent, and every block; the pool credits no others",
                         peer->flood, POOL_SHARES_PER_S);
    }
    pool_outlet_verdict(&peer->outlet, submission, POOL_NOT_SENT, false,
                        "not sent: more than %d shares a second", POOL_SHARES_PER_S);
}

enum base_status pool_peer_submit(struct pool_peer *peer, struct pool_submission *submission,
                                  json_t *params, uint64_t now_ms, struct base_error *error)
{
    submission->block = pool_peer_is_block(peer, submission);
    if (!submission->block && is_below_share(submission)) {
        json_decref(params);
        pool_outlet_verdict(&peer->outlet, submission, POOL_NOT_SENT, false,
                            "not sent: no share, and a block of its job is there already");
        return BASE_OK;
    }
    if (!may_send(peer, now_ms) && !submission->block) {
        json_decref(params);
        hold_back(peer, submission, now_ms);
        return BASE_OK;
    }
    submission->wire_id = peer->next_id++;
    enum base_status status =
        pool_stratum_request(&peer->outlet, submission->wire_id, "mining.submit", params, error);
    if (status == BASE_OK) {
        if (submission->block) {
            note_block(peer, submission->job);
        }
        pool_pending_sent(&peer->pending, &peer->outlet, submission, now_ms);
    }
    return status;
}

static bool match_id(const struct pool_submission *submission, const void *key)
{
    const uint64_t *id = key;
    return submission->wire_id == *id;
}

struct pool_submission *pool_peer_take(struct pool_peer *peer, uint64_t id)
{
    struct pool_submission *submission = pool_pending_take(&peer->pending, match_id, &id);
    peer->unanswered = submission != NULL ? 0 : peer->unanswered;
    return submission;
}

void pool_peer_accept(struct pool_peer *peer, struct pool_submission *submission)
{
    pool_outlet_verdict(&peer->outlet, submission, POOL_ACCEPTED, submission->block,
                        "share accepted%s", submission->block ? ", and it is a block" : "");
}

void pool_peer_refuse(struct pool_peer *peer, struct pool_submission *submission,
                      enum pool_verdict verdict, const char *text)
{
    pool_outlet_verdict(&peer->outlet, submission, submission->late ? POOL_STALE : verdict, false,
                        "%s%s%s", submission->late ? "late: " : "",
                        text[0] != '\0' ? text : "the pool gives no reason",
                        is_below_share(submission)
                            ? "; it is no share, and was sent because it meets the block target"
                            : "");
}

enum base_status pool_peer_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                struct base_error *error)
{
    struct pool_peer *peer = pool_peer_of(protocol);
    if (peer->suggest_id != 0 && now_ms >= peer->suggest_ms + SUGGEST_MS) {
        peer->suggest_id = 0; /* it goes on, so it does not mind */
    }
    peer->unanswered += pool_pending_expire(&peer->pending, &peer->outlet, now_ms, "");
    if (peer->unanswered >= UNANSWERED_MAX) {
        return base_error_set(error, BASE_E_TIMEOUT, "%u submissions in a row got no answer",
                              peer->unanswered);
    }
    if (peer->asked_ms != 0 && now_ms >= peer->asked_ms + LOGIN_MS) {
        return base_error_set(error, BASE_E_TIMEOUT, "no answer to mining.%s within %d s",
                              peer->subscribed ? "authorize" : "subscribe", LOGIN_MS / 1000);
    }
    return BASE_OK;
}

uint64_t pool_peer_due_ms(const struct pool_protocol *protocol)
{
    const struct pool_peer *peer = pool_peer_const(protocol);
    uint64_t due_ms = pool_pending_due_ms(&peer->pending, &peer->outlet);
    uint64_t suggest_ms = peer->suggest_id != 0 ? peer->suggest_ms + SUGGEST_MS : UINT64_MAX;
    uint64_t login_ms = peer->asked_ms != 0 ? peer->asked_ms + LOGIN_MS : UINT64_MAX;
    due_ms = suggest_ms < due_ms ? suggest_ms : due_ms;
    return login_ms < due_ms ? login_ms : due_ms;
}

size_t pool_peer_pending(const struct pool_protocol *protocol)
{
    return pool_peer_const(protocol)->pending.count;
}

/* ---- requests of the server ------------------------------------------------------------------ */

enum base_status pool_stratum_request(struct pool_outlet *outlet, uint64_t id, const char *method,
                                      json_t *params, struct base_error *error)
{
    return send_line(
        outlet,
        json_pack("{s:I,s:s,s:o}", "id", (json_int_t)id, "method", method, "params", params),
        error);
}

bool pool_stratum_read_id(char id[POOL_JOB_ID_MAX + 1], bool *is_number, const json_t *json)
{
    const char *text = json_string_value(json);
    size_t size = json_string_length(json);
    *is_number = json_is_integer(json);
    if (*is_number) {
        (void)snprintf(id, POOL_JOB_ID_MAX + 1, "%lld", (long long)json_integer_value(json));
        return true;
    }
    if (text == NULL || size == 0 || size > POOL_JOB_ID_MAX) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    memcpy(id, text, size + 1);
    return true;
}

bool pool_stratum_read_target(struct pool_outlet *outlet, uint8_t target_be[32],
                              const json_t *params)
{
    static const uint8_t zero[32] = {0};
    const char *text = json_string_value(json_array_get(params, 0));
    if (text != NULL && strncmp(text, "0x", 2) == 0) {
        text += 2;
    }
    if (text == NULL || base_hex_decode_exact(target_be, 32, text) != BASE_OK ||
        memcmp(target_be, zero, sizeof(zero)) == 0) {
        pool_outlet_text(outlet, POOL_OUTPUT_WARNING, "a target that is none, ignored");
        return false;
    }
    return true;
}

json_t *pool_stratum_id(const struct pool_ticket *ticket)
{
    return ticket->id_is_number ? json_integer((json_int_t)strtoll(ticket->id, NULL, 10))
                                : json_string(ticket->id);
}

enum base_status pool_stratum_answer(struct pool_outlet *outlet, const json_t *id, json_t *result,
                                     json_t *problem, struct base_error *error)
{
    if (!json_is_integer(id) && (!json_is_string(id) || json_string_length(id) > 64)) {
        json_decref(result);
        json_decref(problem);
        return BASE_OK;
    }
    json_t *name = json_copy((json_t *)(uintptr_t)id);
    return send_line(
        outlet, json_pack("{s:o,s:o,s:o}", "id", name, "result", result, "error", problem), error);
}

/* client.reconnect [host, port, wait in seconds]: each may be missing or null. */
static enum base_status on_reconnect(struct pool_outlet *outlet, const json_t *params,
                                     struct base_error *error)
{
    const struct pool_protocol_setup *setup = &outlet->setup;
    const json_t *place = json_array_get(params, 1);
    const char *host = json_string_value(json_array_get(params, 0));
    struct base_error why = {BASE_OK, ""};
    uint64_t port = setup->server->port;
    uint64_t wait_s = 0;
    char shown[64];
    host = host == NULL || host[0] == '\0' ? setup->server->host : host;
    (void)pool_printable(shown, sizeof(shown), host, strlen(host));
    if (place != NULL && !json_is_null(place) &&
        (!pool_json_u64(place, 10, &port) || port < 1 || port > UINT16_MAX)) {
        pool_outlet_text(outlet, POOL_OUTPUT_WARNING,
                         "the pool wants this miner to move to a port of \"%s\" that does not "
                         "exist: not done",
                         shown);
        return BASE_OK;
    }
    if (pool_redirect_check(setup->home != NULL ? setup->home : setup->server->host, host,
                            setup->redirects, &why) != BASE_OK) {
        pool_outlet_text(outlet, POOL_OUTPUT_WARNING,
                         "the pool wants this miner to move to another host, \"%s\": not done, %s",
                         shown, why.text);
        return BASE_OK;
    }
    if (!pool_json_u64(json_array_get(params, 2), 10, &wait_s)) {
        wait_s = 0;
    }
    struct pool_output output = {
        .kind = POOL_OUTPUT_MOVE,
        .text = host,
        .port = (uint16_t)port,
        .wait_ms = wait_s < POOL_MOVE_WAIT_MS / 1000 ? (uint32_t)wait_s * 1000 : POOL_MOVE_WAIT_MS,
    };
    (void)setup->output(setup->user, &output);
    return base_error_set(error, BASE_E_CLOSED, "the pool asked to reconnect");
}

enum base_status pool_stratum_everyday(struct pool_outlet *outlet, const char *method,
                                       const json_t *id, const json_t *params,
                                       struct base_error *error)
{
    if (strcmp(method, "client.reconnect") == 0) {
        return on_reconnect(outlet, params, error);
    }
    if (strcmp(method, "client.show_message") == 0) {
        const json_t *text = json_is_array(params) ? json_array_get(params, 0) : params;
        char shown[400];
        const char *message = json_is_string(text) ? json_string_value(text) : "";
        pool_outlet_text(outlet, POOL_OUTPUT_INFO, "the pool says: %s",
                         pool_printable(shown, sizeof(shown), message, strlen(message)));
        return pool_stratum_answer(outlet, id, json_true(), json_null(), error);
    }
    if (strcmp(method, "client.get_version") == 0) {
        return pool_stratum_answer(outlet, id, json_string(outlet->setup.agent), json_null(),
                                   error);
    }
    if (strcmp(method, "mining.ping") == 0) {
        return pool_stratum_answer(outlet, id, json_string("pong"), json_null(), error);
    }
    return pool_stratum_answer(outlet, id, json_null(), json_pack("[i,s,n]", 20, "unknown method"),
                               error);
}
