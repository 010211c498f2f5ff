/* replay_calls.c: the records of a connection over HTTP: requests are compared, answers handed
 * over. Part of a replay, see replay_private.h. No line is trusted. */
#include <string.h>

#include "base/alloc.h"
#include "tools/replay_private.h"

/* The place of a request; false where the record names none. */
static bool take_place(const struct pool_replay *replay, unsigned *call)
{
    uint64_t number = 0;
    bool fine = pool_replay_number(replay->record, "call", &number) && number < POOL_CALLS_MAX;
    *call = fine ? (unsigned)number : 0;
    return fine;
}

enum base_status pool_replay_take_call(struct pool_replay_connection *connection)
{
    struct pool_replay *replay = connection->replay;
    const json_t *request = json_object_get(replay->record, "request");
    struct pool_buffer then;
    uint8_t *text = NULL;
    size_t size = 0;
    unsigned call = 0;
    if (!take_place(replay, &call)) {
        return pool_replay_damaged(replay, "a call without its place");
    }
    enum base_status status = pool_replay_bytes(replay, &text, &size);
    if (status != BASE_OK) {
        return status;
    }
    pool_buffer_init(&then);
    status = pool_replay_write_call(&then, call, json_string_value(request),
                                    json_string_length(request), text, size);
    if (status == BASE_OK) {
        pool_replay_compare(connection, pool_buffer_data(&then), pool_buffer_size(&then));
    } else {
        (void)base_error_set(replay->error, status, "no memory for a record");
    }
    pool_buffer_deinit(&then);
    base_free(text);
    return status;
}

/* Why a request got no answer, as it stands in the recording. */
static void take_failure(const struct pool_replay *replay, struct base_error *why)
{
    static const enum base_status all[] = {
#define X(name, text) BASE_##name,
        BASE_STATUS_MAP(X)
#undef X
    };
    const char *status = pool_replay_text(replay, "status");
    const char *text = pool_replay_text(replay, "why");
    (void)base_error_set(why, BASE_E_IO, "%s", text != NULL ? text : "no answer came");
    for (size_t i = 0; i < BASE_COUNT_OF(all) && status != NULL; i++) {
        if (all[i] != BASE_OK && strcmp(base_status_text(all[i]), status) == 0) {
            why->status = all[i];
        }
    }
}

static void hand_over(struct pool_replay_connection *connection, const struct pool_answer *answer)
{
    struct pool_replay *replay = connection->replay;
    struct base_error why = {BASE_OK, ""};
    if (connection->protocol == NULL) {
        return;
    }
    if (!connection->called[answer->call]) { /* protocols that ask nothing get no answers */
        if (replay->comparing) {
            replay->counts.differs++;
            pool_replay_tell(replay, connection->number, POOL_REPLAY_DIFFERS,
                             "then: an answer to request %u; now: no such request", answer->call);
        }
        return;
    }
    connection->called[answer->call] = false;
    if (connection->ops->answer(connection->protocol, answer, replay->now_ms, &why) == BASE_OK) {
        return;
    }
    if (answer->code == 0) { /* the network's fault, not the client's */
        pool_replay_tell(replay, connection->number, POOL_REPLAY_INFO, "%s", why.text);
        pool_replay_end(connection);
    } else {
        pool_replay_give_up(connection, &why);
    }
}

/* More of an answer: the bytes of this record behind those of the ones above. */
static enum base_status gather(struct pool_replay_connection *connection)
{
    struct pool_replay *replay = connection->replay;
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum base_status status = pool_replay_bytes(replay, &bytes, &size);
    if (status != BASE_OK) {
        return status;
    }
    if (pool_buffer_size(&connection->answer) + size > POOL_RECORD_ANSWER_MAX) {
        status = pool_replay_damaged(replay, "an answer above %d bytes", POOL_RECORD_ANSWER_MAX);
    } else if (pool_buffer_append(&connection->answer, bytes, size) != BASE_OK) {
        status = base_error_set(replay->error, BASE_E_MEMORY, "no memory for an answer");
    }
    base_free(bytes);
    return status;
}

enum base_status pool_replay_take_answer(struct pool_replay_connection *connection)
{
    struct pool_replay *replay = connection->replay;
    struct base_error why = {BASE_OK, ""};
    struct pool_answer answer = {.body = "", .why = &why};
    uint64_t code = 0;
    enum base_status status = BASE_OK;
    if (!take_place(replay, &answer.call) || !pool_replay_number(replay->record, "code", &code) ||
        code > 999) {
        return pool_replay_damaged(replay, "an answer without its place and code");
    }
    if (pool_buffer_size(&connection->answer) > 0 && connection->answer_call != answer.call) {
        return pool_replay_damaged(replay, "the answer above does not end");
    }
    connection->answer_call = answer.call;
    answer.code = (long)code;
    if (code == 0) {
        take_failure(replay, &why);
        hand_over(connection, &answer);
        return BASE_OK;
    }
    status = gather(connection);
    if (status != BASE_OK || pool_replay_flag(replay, "more")) {
        return status;
    }
    answer.size = pool_buffer_size(&connection->answer);
    if (pool_buffer_append(&connection->answer, "", 1) != BASE_OK) {
        return base_error_set(replay->error, BASE_E_MEMORY, "no memory for an answer");
    }
    answer.body = (const char *)pool_buffer_data(&connection->answer);
    hand_over(connection, &answer);
    pool_buffer_consume(&connection->answer, pool_buffer_size(&connection->answer));
    return BASE_OK;
}
