/* replay.c: see replay.h. No line is trusted: a file may have been edited or cut off. */
#include "tools/replay.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "protocol/coin.h"
#include "protocol/output.h"
#include "tools/replay_private.h"
#include "wire/json.h"

_Static_assert((int)POOL_REPLAY_LINE_MAX == (int)POOL_RECORD_LINE_MAX, "one bound, two rooms");

/* ---- damage ---------------------------------------------------------------------------------- */

enum base_status pool_replay_damaged(const struct pool_replay *replay, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return base_error_set(replay->error, BASE_E_FORMAT,
                          "line %" PRIu64 " of the recording is damaged: %s", replay->line, text);
}

bool pool_replay_number(const json_t *record, const char *name, uint64_t *value)
{
    const json_t *member = json_object_get(record, name);
    *value = json_is_integer(member) && json_integer_value(member) >= 0
                 ? (uint64_t)json_integer_value(member)
                 : 0;
    return json_is_integer(member) && json_integer_value(member) >= 0;
}

const char *pool_replay_text(const struct pool_replay *replay, const char *name)
{
    return json_string_value(json_object_get(replay->record, name));
}

bool pool_replay_flag(const struct pool_replay *replay, const char *name)
{
    return json_is_true(json_object_get(replay->record, name));
}

/* ---- records --------------------------------------------------------------------------------- */

static enum base_status take_head(struct pool_replay *replay)
{
    struct base_error *error = replay->error;
    uint64_t version = 0;
    const char *coin = pool_replay_text(replay, "coin");
    const char *algo = pool_replay_text(replay, "algo");
    char shown[40];
    if (!pool_replay_number(replay->record, "recording", &version) || coin == NULL ||
        algo == NULL) {
        return base_error_set(error, BASE_E_FORMAT,
                              "this is no recording: its first line does not say so");
    }
    if (version < 1 || version > POOL_RECORD_VERSION) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the recording has format %" PRIu64
                              ", this version reads format 1 to %d",
                              version, POOL_RECORD_VERSION);
    }
    if (!replay->coin_given) {
        replay->coin = pool_coin_find(coin);
    }
    if (replay->coin == NULL || replay->coin->why_not != NULL) {
        return base_error_set(error, BASE_E_UNSUPPORTED,
                              "the recording is of the coin \"%s\", which this version does not "
                              "mine; --coin names another",
                              pool_printable(shown, sizeof(shown), coin, strlen(coin)));
    }
    if (!replay->algo_given) {
        (void)snprintf(replay->algo, sizeof(replay->algo), "%s", algo);
    }
    enum base_status status = pool_coin_algo(&replay->mined, replay->coin, replay->algo, error);
    if (status != BASE_OK) {
        return status;
    }
    replay->begun = true;
    return BASE_OK;
}

static enum base_status begin(struct pool_replay_connection *connection)
{
    struct pool_replay *replay = connection->replay;
    uint64_t server = 0;
    uint64_t mask = 0;
    uint64_t counters = 0;
    uint64_t next_job = 0;
    uint64_t extranonce2 = 0;
    const json_t *record = replay->record;
    if (!pool_replay_number(record, "server", &server) || server >= POOL_SERVERS_MAX ||
        !pool_replay_number(record, "counters", &counters) ||
        !pool_replay_number(record, "next_job", &next_job) ||
        !pool_replay_number(record, "extranonce2", &extranonce2)) {
        return pool_replay_damaged(replay, "an opening without its numbers");
    }
    if (pool_replay_number(record, "version_mask", &mask) && mask != 0) {
        return base_error_set(replay->error, BASE_E_UNSUPPORTED,
                              "it was recorded with version rolling, which this version of "
                              "Shardpick does not ask for");
    }
    /* Recordings of format 1 have two keys, "shy" and "plain", where format 2 has required_only. */
    replay->memory[server].required_only = pool_replay_flag(replay, "required_only") ||
                                           pool_replay_flag(replay, "shy") ||
                                           pool_replay_flag(replay, "plain");
    replay->memory[server].extranonce2 = extranonce2;
    replay->next_job_id = next_job;
    struct pool_protocol_setup setup = {
        .server = &connection->server,
        .server_index = (unsigned)server,
        .agent = connection->agent,
        .connection = connection->number,
        .next_job_id = &replay->next_job_id,
        .answer_timeout_ms = connection->service->limits.answer,
        .algo = replay->mined,
        .coin = replay->coin,
        .api_key = pool_replay_flag(replay, "has_key") ? "replay" : NULL,
        .memory = &replay->memory[server],
        .multiply_difficulty = pool_replay_flag(replay, "multiply_difficulty"),
        .counters_per_job = counters,
        .output = pool_replay_output,
        .user = connection,
    };
    connection->protocol = connection->ops->open(&setup);
    if (connection->protocol == NULL) {
        return base_error_set(replay->error, BASE_E_MEMORY, "no memory for a protocol");
    }
    replay->counts.connections++;
    char name[POOL_HOST_MAX + 32];
    pool_replay_tell(replay, connection->number, POOL_REPLAY_OPEN, "%s",
                     pool_server_name(name, sizeof(name), &connection->server));
    pool_replay_step(connection, connection->ops->start);
    return BASE_OK;
}

/* A user that the protocol takes; the recording does not have the real one. */
static const char *user_of(const struct pool_replay *replay, enum pool_user_kind kind)
{
    switch (kind) {
    case POOL_USER_PAYEE:
        return pool_coin_entry(replay->coin)->nobody;
    case POOL_USER_PAYEE_OPTIONAL:
        return pool_replay_flag(replay, "has_payee") ? pool_coin_entry(replay->coin)->nobody : "";
    default:
        return "replay";
    }
}

static enum base_status take_open(struct pool_replay *replay, uint64_t id)
{
    struct base_error why = {BASE_OK, ""};
    const char *url = pool_replay_text(replay, "url");
    const char *agent = pool_replay_text(replay, "agent");
    if (pool_replay_find(replay, id) != NULL) {
        return pool_replay_damaged(replay, "connection %" PRIu64 " is opened twice", id);
    }
    struct pool_replay_connection *connection = pool_replay_find(replay, 0);
    if (connection == NULL) {
        return pool_replay_damaged(replay, "more than %d connections at once",
                                   POOL_RECORD_CONNECTIONS_MAX);
    }
    if (url == NULL || agent == NULL) {
        return pool_replay_damaged(replay, "an opening without url and agent");
    }
    if (pool_server_parse(&connection->server, url, &why) != BASE_OK) {
        return pool_replay_damaged(replay, "%.200s", why.text);
    }
    connection->service = pool_coin_service(replay->coin, &connection->server);
    if (connection->service == NULL) {
        return pool_replay_damaged(replay, "%s is not mined over such a URL", replay->coin->title);
    }
    connection->ops = connection->service->ops;
    connection->http = connection->ops->answer != NULL;
    (void)snprintf(connection->server.user, sizeof(connection->server.user), "%s",
                   user_of(replay, connection->service->user));
    (void)snprintf(connection->agent, sizeof(connection->agent), "%s", agent);
    connection->replay = replay;
    connection->number = id;
    connection->node = !connection->http && connection->service->line_max == 0;
    pool_buffer_init(&connection->said);
    pool_buffer_init(&connection->answer);
    enum base_status status = begin(connection);
    if (status != BASE_OK) {
        memset(connection, 0, sizeof(*connection));
    }
    return status;
}

enum base_status pool_replay_bytes(const struct pool_replay *replay, uint8_t **bytes, size_t *size)
{
    const json_t *text = json_object_get(replay->record, "text");
    const json_t *hex = json_object_get(replay->record, "hex");
    *bytes = NULL;
    *size = 0;
    if (json_is_string(text) == json_is_string(hex)) {
        return pool_replay_damaged(replay, "neither text nor hex");
    }
    size_t chars = json_string_length(json_is_string(text) ? text : hex);
    *bytes = base_alloc(chars + 1, 1);
    if (*bytes == NULL) {
        return base_error_set(replay->error, BASE_E_MEMORY, "no memory for a record");
    }
    if (json_is_string(text)) {
        memcpy(*bytes, json_string_value(text), chars);
        *size = chars;
    } else if (base_hex_decode(*bytes, chars / 2, size, json_string_value(hex), chars) != BASE_OK) {
        base_free(*bytes);
        *bytes = NULL;
        return pool_replay_damaged(replay, "its hex is none");
    }
    return BASE_OK;
}

static enum base_status take_received(struct pool_replay_connection *connection)
{
    struct pool_replay *replay = connection->replay;
    struct base_error why = {BASE_OK, ""};
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum base_status status = pool_replay_bytes(replay, &bytes, &size);
    if (status == BASE_OK && connection->protocol != NULL &&
        connection->ops->receive(connection->protocol, bytes, size, replay->now_ms, &why) !=
            BASE_OK) {
        /* Bytes before the end still count, as in session.c. */
        struct base_error ignored = {BASE_OK, ""};
        (void)!connection->ops->settle(connection->protocol, replay->now_ms, &ignored);
        pool_replay_give_up(connection, &why);
    }
    base_free(bytes);
    return status;
}

static enum base_status take_settle(struct pool_replay_connection *connection)
{
    pool_replay_step(connection, connection->ops->settle);
    return BASE_OK;
}

/* Does the client say now what it said then? */
static enum base_status take_sent(struct pool_replay_connection *connection)
{
    uint8_t *then = NULL;
    size_t size = 0;
    enum base_status status = pool_replay_bytes(connection->replay, &then, &size);
    if (status == BASE_OK) {
        pool_replay_compare(connection, then, size);
    }
    base_free(then);
    return status;
}

static enum base_status take_find(struct pool_replay_connection *connection)
{
    struct pool_replay *replay = connection->replay;
    const char *nonce = pool_replay_text(replay, "nonce");
    const char *hash = pool_replay_text(replay, "hash");
    struct base_error why = {BASE_OK, ""};
    uint64_t id = 0;
    if (!pool_replay_number(replay->record, "job", &id) || nonce == NULL || hash == NULL) {
        return pool_replay_damaged(replay, "a find without job, nonce and hash");
    }
    const struct pool_job *job = pool_replay_job(replay, id);
    if (job == NULL || connection->protocol == NULL) {
        return BASE_OK; /* its job lies before a gap, or came to another client */
    }
    struct pool_submission *submission = base_alloc(1, sizeof(*submission));
    if (submission == NULL) {
        return base_error_set(replay->error, BASE_E_MEMORY, "no memory for a find");
    }
    if (base_hex_decode_exact(submission->nonce, job->nonce_size, nonce) != BASE_OK ||
        base_hex_decode_exact(submission->hash_be, 32, hash) != BASE_OK) {
        base_free(submission);
        return pool_replay_damaged(replay, "a find whose nonce or hash is not hexadecimal");
    }
    if (json_object_get(replay->record, "hex") != NULL ||
        json_object_get(replay->record, "text") != NULL) {
        enum base_status read =
            pool_replay_bytes(replay, &submission->solution, &submission->solution_size);
        if (read != BASE_OK) {
            base_free(submission);
            return read;
        }
    }
    submission->job = pool_job_ref(job);
    replay->counts.finds++;
    enum base_status status =
        connection->ops->submit(connection->protocol, submission, replay->now_ms, &why);
    if (status != BASE_OK) {
        pool_job_unref(submission->job);
        base_free(submission->solution);
        base_free(submission);
    }
    if (status != BASE_OK && status != BASE_E_AGAIN) {
        pool_replay_give_up(connection, &why);
    }
    return BASE_OK;
}

static enum base_status take_refill(struct pool_replay_connection *connection)
{
    const struct pool_replay *replay = connection->replay;
    struct base_error why = {BASE_OK, ""};
    uint64_t id = 0;
    if (!pool_replay_number(replay->record, "job", &id)) {
        return pool_replay_damaged(replay, "a refill without its job");
    }
    const struct pool_job *job = pool_replay_job(replay, id);
    if (job != NULL && connection->protocol != NULL && connection->ops->refill != NULL &&
        connection->ops->refill(connection->protocol, job, replay->now_ms, &why) != BASE_OK) {
        pool_replay_give_up(connection, &why);
    }
    return BASE_OK;
}

static enum base_status take_tick(struct pool_replay_connection *connection)
{
    pool_replay_step(connection, connection->ops->tick);
    return BASE_OK;
}

static enum base_status take_rate(struct pool_replay_connection *connection)
{
    struct pool_replay *replay = connection->replay;
    struct base_error why = {BASE_OK, ""};
    double rate = json_number_value(json_object_get(replay->record, "rate"));
    if (!(rate > 0)) {
        return pool_replay_damaged(replay, "a rate that is no number above zero");
    }
    if (connection->protocol != NULL && connection->ops->rate != NULL &&
        connection->ops->rate(connection->protocol, rate, replay->now_ms, &why) != BASE_OK) {
        pool_replay_give_up(connection, &why);
    }
    return BASE_OK;
}

static enum base_status take_close(struct pool_replay_connection *connection)
{
    struct pool_replay *replay = connection->replay;
    uint64_t id = connection->number;
    pool_replay_close(connection);
    pool_replay_tell(replay, id, POOL_REPLAY_CLOSE, "%s", "");
    return BASE_OK;
}

/* The records of a connection that is open. */
static enum base_status take_of_connection(struct pool_replay_connection *connection,
                                           const char *kind)
{
    static const struct {
        const char *kind;
        bool of_stream; /* of connections that are streams, of those over HTTP */
        bool of_http;
        enum base_status (*take)(struct pool_replay_connection *connection);
    } rows[] = {
        {"received", true, false, take_received},
        {"sent", true, false, take_sent},
        {"call", false, true, pool_replay_take_call},
        {"answer", false, true, pool_replay_take_answer},
        {"tick", false, true, take_tick},
        {"settle", true, true, take_settle},
        {"find", true, true, take_find},
        {"refill", true, true, take_refill},
        {"rate", true, true, take_rate},
        {"close", true, true, take_close},
    };
    for (size_t i = 0; i < BASE_COUNT_OF(rows); i++) {
        if ((connection->http ? rows[i].of_http : rows[i].of_stream) &&
            strcmp(kind, rows[i].kind) == 0) {
            return rows[i].take(connection);
        }
    }
    return pool_replay_damaged(connection->replay, "its kind is not known");
}

static enum base_status take_record(struct pool_replay *replay, const char *kind)
{
    uint64_t count = 0;
    if (strcmp(kind, "end") == 0) {
        replay->counts.complete = true;
        return BASE_OK;
    }
    if (strcmp(kind, "gap") == 0) {
        (void)pool_replay_number(replay->record, "lost", &count);
        replay->counts.lost += count;
        replay->comparing = false; /* what is sent from here on may differ */
        pool_replay_tell(replay, 0, POOL_REPLAY_GAP, "%" PRIu64 " records are missing", count);
        return BASE_OK;
    }
    if (!pool_replay_number(replay->record, "connection", &count) || count == 0) {
        return pool_replay_damaged(replay, "it names no connection");
    }
    if (strcmp(kind, "open") == 0) {
        return take_open(replay, count);
    }
    struct pool_replay_connection *connection = pool_replay_find(replay, count);
    if (connection == NULL) {
        return replay->comparing
                   ? pool_replay_damaged(replay, "connection %" PRIu64 " was never opened", count)
                   : BASE_OK;
    }
    return take_of_connection(connection, kind);
}

/* ---- interface ------------------------------------------------------------------------------- */

enum base_status pool_replay_new(struct pool_replay **out, const struct pool_coin *coin,
                                 const char *algo, pool_replay_fn on_event, void *user,
                                 struct base_error *error)
{
    struct pool_replay *replay = base_alloc(1, sizeof(*replay));
    *out = replay;
    if (replay == NULL) {
        return base_error_set(error, BASE_E_MEMORY, "no memory for a replay");
    }
    replay->coin = coin;
    replay->coin_given = coin != NULL;
    replay->algo_given = algo != NULL;
    (void)snprintf(replay->algo, sizeof(replay->algo), "%s", algo != NULL ? algo : "");
    replay->comparing = true;
    replay->now_ms = POOL_REPLAY_EPOCH_MS;
    replay->on_event = on_event;
    replay->user = user;
    return BASE_OK;
}

uint64_t pool_replay_due_ms(const char *line, size_t size)
{
    static const char lead[] = "{\"ms\":";
    uint64_t ms = 0;
    if (size < sizeof(lead) || memcmp(line, lead, sizeof(lead) - 1) != 0) {
        return 0;
    }
    for (size_t i = sizeof(lead) - 1; i < size && line[i] >= '0' && line[i] <= '9'; i++) {
        ms = ms > UINT64_MAX / 20 ? ms : ms * 10 + (uint64_t)(line[i] - '0');
    }
    return ms;
}

enum base_status pool_replay_line(struct pool_replay *replay, const char *line, size_t size,
                                  struct base_error *error)
{
    struct base_error why = {BASE_OK, ""};
    json_t *root = NULL;
    uint64_t ms = 0;
    replay->line++;
    if (replay->dead) {
        return base_error_set(error, BASE_E_STATE, "the recording was damaged before this line");
    }
    replay->error = error;
    replay->dead = true; /* until this line turns out well */
    if (replay->counts.complete) {
        return pool_replay_damaged(replay, "it stands behind the end");
    }
    if (size > POOL_RECORD_LINE_MAX) {
        return pool_replay_damaged(replay, "longer than %d characters", POOL_RECORD_LINE_MAX);
    }
    enum base_status status = pool_json_load(&root, line, size, &why);
    if (status != BASE_OK || !json_is_object(root)) {
        status = pool_replay_damaged(
            replay, "%s%.200s", replay->begun ? "" : "this is no recording, or not its beginning: ",
            status != BASE_OK ? why.text : "no object");
        goto out;
    }
    replay->record = root;
    if (!replay->begun) {
        status = take_head(replay);
        goto out;
    }
    const char *kind = pool_replay_text(replay, "kind");
    if (kind == NULL || !pool_replay_number(replay->record, "ms", &ms)) {
        status = pool_replay_damaged(replay, "it has no kind or no time");
        goto out;
    }
    if (ms + POOL_REPLAY_EPOCH_MS < replay->now_ms || ms > INT64_MAX / 2) {
        status = pool_replay_damaged(replay, "its time lies before that of the line above");
        goto out;
    }
    replay->counts.records++;
    pool_replay_pass_time(replay, ms + POOL_REPLAY_EPOCH_MS);
    replay->counts.ms = ms;
    status = take_record(replay, kind);
out:
    replay->dead = status != BASE_OK;
    replay->record = NULL;
    replay->error = NULL;
    json_decref(root);
    return status;
}

const struct pool_replay_counts *pool_replay_counts(const struct pool_replay *replay)
{
    return &replay->counts;
}

void pool_replay_free(struct pool_replay *replay)
{
    if (replay == NULL) {
        return;
    }
    replay->comparing = false;
    for (size_t i = 0; i < POOL_RECORD_CONNECTIONS_MAX; i++) {
        if (replay->connections[i].number != 0) {
            pool_replay_close(&replay->connections[i]);
        }
    }
    for (size_t i = 0; i < POOL_REPLAY_JOBS; i++) {
        pool_job_unref(replay->jobs[i]);
    }
    base_free(replay);
}
