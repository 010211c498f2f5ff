/* replay_private.h: the inside of a replay: replay.c reads records, replay_calls.c those of
 * requests over HTTP, replay_client.c runs the client. */
#ifndef POOL_REPLAY_PRIVATE_H
#define POOL_REPLAY_PRIVATE_H

#include <jansson.h>

#include "protocol/coin.h"
#include "tools/replay.h"
#include "wire/frame.h"

enum {
    POOL_REPLAY_JOBS = 128,      /* kept for finds: a pool's jobs are good for less */
    POOL_REPLAY_EPOCH_MS = 1000, /* time 0 of a recording, for protocols: 0 is "never" to them */
    /* tick of a protocol over HTTP is called when the recording says so, or when it is overdue by
     * more than this: a client of today may ask earlier than that of the recording. */
    POOL_REPLAY_LATE_MS = 2000,
};

struct pool_replay_connection {
    struct pool_replay *replay;
    uint64_t number; /* 0: free */
    struct pool_server server;
    char agent[64];
    const struct pool_service *service;
    const struct pool_protocol_ops *ops; /* the service's */
    struct pool_protocol *protocol;      /* owned; NULL once given up */
    struct pool_buffer said;     /* sent now and not compared yet; lines, or a node's bytes */
    bool node;                   /* a stream of bytes, not of lines */
    bool http;                   /* no stream: calls and answers */
    bool called[POOL_CALLS_MAX]; /* the client waits for an answer there */
    struct pool_buffer answer;   /* the part of an answer read so far */
    unsigned answer_call;        /* whose it is */
};

struct pool_replay {
    const struct pool_coin *coin;
    char algo[32];                 /* name; "" the coin's first */
    const struct pool_algo *mined; /* NULL: the family need not know */
    bool coin_given;
    bool algo_given;
    bool begun; /* the head was read */
    bool dead;  /* an error was returned */
    bool comparing;
    uint64_t line;
    const json_t *record;     /* that is taken, and where to say what is wrong with it */
    struct base_error *error; /* NULL: between two lines */
    uint64_t now_ms;          /* as protocols see it */
    uint64_t next_job_id;
    uint64_t connection; /* whose output is running */
    struct pool_memory memory[POOL_SERVERS_MAX];
    struct pool_replay_connection connections[POOL_RECORD_CONNECTIONS_MAX];
    const struct pool_job *jobs[POOL_REPLAY_JOBS]; /* references; a ring */
    size_t job_at;
    struct pool_replay_counts counts;
    pool_replay_fn on_event;
    void *user;
};

/* ---- replay.c -------------------------------------------------------------------------------- */

/** The line is damaged: returns BASE_E_FORMAT with a sentence that names it. */
BASE_PRINTF(2, 3)
enum base_status pool_replay_damaged(const struct pool_replay *replay, const char *format, ...);

/** A member of a record that is a number, not negative. Returns false, and 0, where it is none. */
bool pool_replay_number(const json_t *record, const char *name, uint64_t *value);

/** A member of the record that is a text, or NULL. */
const char *pool_replay_text(const struct pool_replay *replay, const char *name);

/** True where a member of the record is true. */
bool pool_replay_flag(const struct pool_replay *replay, const char *name);

/** The bytes of the record, as text or hex. *bytes is the caller's to free, and NUL-ended.
 * Returns: BASE_OK; BASE_E_FORMAT damaged, BASE_E_MEMORY; *bytes is NULL then. */
BASE_MUST_CHECK enum base_status pool_replay_bytes(const struct pool_replay *replay,
                                                   uint8_t **bytes, size_t *size);

/* ---- replay_calls.c -------------------------------------------------------------------------- */

/** Records call and answer of a connection over HTTP. Return as pool_replay_line. */
BASE_MUST_CHECK enum base_status pool_replay_take_call(struct pool_replay_connection *connection);
BASE_MUST_CHECK enum base_status pool_replay_take_answer(struct pool_replay_connection *connection);

/* ---- replay_client.c ------------------------------------------------------------------------- */

/** An event that is mostly text. */
BASE_PRINTF(4, 5)
void pool_replay_tell(struct pool_replay *replay, uint64_t connection, enum pool_replay_kind kind,
                      const char *format, ...);

/** The protocols' output; user is the connection. */
enum base_status pool_replay_output(void *user, const struct pool_output *output);

/** Compare what was said then, one line or so many bytes, with what is said now, and forget both.
 */
void pool_replay_compare(struct pool_replay_connection *connection, const uint8_t *then,
                         size_t size);

/** Append a request as one line without its end: place, request line (may be empty), body.
 * Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_replay_write_call(struct pool_buffer *out, unsigned call,
                                                        const char *request, size_t request_size,
                                                        const void *body, size_t size);

/** Call start, settle or tick of the protocol, if there is one; the client gives up where it fails.
 */
void pool_replay_step(struct pool_replay_connection *connection,
                      enum base_status (*step)(struct pool_protocol *protocol, uint64_t now_ms,
                                               struct base_error *error));

/** The client would close the connection here. */
void pool_replay_give_up(struct pool_replay_connection *connection, const struct base_error *error);

/** The connection ends, and the client is not the reason. */
void pool_replay_end(struct pool_replay_connection *connection);

/** The recorded connection ends. */
void pool_replay_close(struct pool_replay_connection *connection);

/** The connection of a number, or NULL; number 0: a free place. */
struct pool_replay_connection *pool_replay_find(struct pool_replay *replay, uint64_t number);

/** Let time pass up to then: what is due happens when it is due. */
void pool_replay_pass_time(struct pool_replay *replay, uint64_t until_ms);

/** A job that was published lately, or NULL. */
const struct pool_job *pool_replay_job(const struct pool_replay *replay, uint64_t id);

#endif
