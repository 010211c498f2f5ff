/* stratum_peer.h: what every pool that speaks lines of JSON has in common, whatever its jobs look
 * like: lines out of a stream, requests and answers, shares that wait for theirs. A family's own
 * pool protocol begins with struct pool_peer. The login is stratum_login.h. Source: stratum.md 1, 3
 * and 9.3. */
#ifndef POOL_STRATUM_PEER_H
#define POOL_STRATUM_PEER_H

#include <jansson.h>

#include "protocol/job.h"
#include "protocol/lines.h"
#include "protocol/output.h"

/* What to do with one message, an object; borrowed. Anything but BASE_OK closes. */
typedef enum base_status (*pool_message_fn)(struct pool_protocol *protocol, const json_t *root,
                                            uint64_t now_ms, struct base_error *error);

enum { POOL_PEER_BLOCKS = 16 };

/* A pool's job, by its name. */
struct pool_peer_block {
    uint32_t chain;
    char id[POOL_JOB_ID_MAX + 1];
};

/* What a family does for its pools. Constant. */
struct pool_peer_ops {
    const struct pool_protocol_ops *protocol;
    const struct pool_family *family; /* whose first bytes, longest line, words and codes hold */
    pool_message_fn on_message;       /* pool_login_message, or the family's own */
    bool long_numbers;                /* messages are read with pool_json_quote_long */

    /* The others are for pool_login_message; see stratum_login.h. */
    const char *algo;         /* for the log, where the setup names none */
    bool resumes;             /* sessions are resumed, mining.extranonce.subscribe is asked for */
    bool plain_subscribe;     /* a refused subscribe goes out again, without params */
    bool true_is_yes;         /* authorize is answered by true; others say 1, "OK" or null, too */
    size_t subscribe_members; /* of its answer, at least: 2 (session, extranonce1), or 3 (the size
                                 of the rest, which mining.set_extranonce has, too) */
    size_t nonce_size;        /* of which extranonce1 is the front; 0: take_size is called */
    size_t nonce_own_min;     /* bytes of the nonce that must be left */
    /** Look at the size behind extranonce1, NULL if there is none. Returns: BASE_OK; BASE_E_FORMAT
     * with a sentence. */
    enum base_status (*take_size)(struct pool_protocol *protocol, const json_t *json,
                                  struct base_error *error);
    /** Params of mining.subscribe, and of mining.submit; NULL without memory. */
    json_t *(*subscribe_params)(const struct pool_protocol_setup *setup);
    json_t *(*share_params)(const struct pool_protocol *protocol,
                            const struct pool_submission *submission);
    /** A request or notification of the pool, root. BASE_E_NOT_FOUND: not one of the family's. */
    enum base_status (*on_request)(struct pool_protocol *protocol, const char *method,
                                   const json_t *root, uint64_t now_ms, struct base_error *error);
};

/* First member of a family's own struct. */
struct pool_peer {
    struct pool_protocol protocol; /* first */
    const struct pool_peer_ops *ops;
    struct pool_outlet outlet;
    struct pool_lines lines;
    struct pool_pending pending;         /* shares that wait for their answers */
    unsigned unanswered;                 /* shares in a row that got none */
    uint64_t next_id;                    /* of our requests; the login sets the first */
    uint64_t bad_ms[POOL_BAD_LINES_MAX]; /* when the last lines that cannot be read came, a ring */
    size_t bad_lines;                    /* ever seen */
    uint64_t shares_left;                /* that may be sent before more time passes */
    uint64_t shares_ms;                  /* shares_left was counted then; 0: no share yet */
    uint64_t first_share_ms;
    uint64_t shares; /* handed over for sending, blocks too */
    double flood;    /* shares a second, once there were too many; 0: never */
    struct pool_peer_block blocks[POOL_PEER_BLOCKS]; /* jobs whose block was sent, a ring */
    size_t block_count;                              /* ever sent */
    unsigned suggestions; /* difficulties asked for; see pool_peer_suggest */
    uint64_t suggest_id;  /* of the last one that is not answered; 0: none */
    uint64_t suggest_ms;  /* when it went out */

    /* stratum_login.h; zero with families that log in by themselves */
    uint64_t subscribe_id; /* the last subscribe */
    uint64_t asked_ms;     /* when the request that is waited for went out; 0: none */
    bool subscribed;
    bool authorized;     /* or shown by an accepted share */
    bool resume_asked;   /* a former session was asked for, and nothing came since */
    bool optional_asked; /* a request that not every pool knows is out, and nothing came since */
    bool told_spent;     /* that a job has few nonces left */
    uint8_t extranonce1[POOL_EXTRANONCE1_MAX]; /* zeros behind its bytes */
    size_t extranonce1_size;
    uint64_t series;            /* jobs that are good together */
    const struct pool_job *job; /* owned or NULL: the newest; with the first one READY goes out */
};

static inline struct pool_peer *pool_peer_of(struct pool_protocol *protocol)
{
    return (struct pool_peer *)(void *)protocol;
}

static inline const struct pool_peer *pool_peer_const(const struct pool_protocol *protocol)
{
    return (const struct pool_peer *)(const void *)protocol;
}

/** A family's own struct of this size, zero but for its peer; NULL without memory. */
void *pool_peer_open(size_t size, const struct pool_peer_ops *ops,
                     const struct pool_protocol_setup *setup);

/** pool_protocol_ops.close: waiting shares get their verdict; all is released that the peer owns.
 */
void pool_peer_close(struct pool_protocol *protocol);

/** pool_protocol_ops.receive: hands each JSON object to ops->on_message; several may stand in one
 * line, and the last one need not end with a line end. Bytes that are no UTF-8 become '?'. What
 * cannot be read is skipped with a warning; POOL_BAD_LINES_MAX such lines within POOL_BAD_LINES_MS,
 * or a web server's answer, are no pool. Returns as pool_lines_receive. */
BASE_MUST_CHECK enum base_status pool_peer_receive(struct pool_protocol *protocol,
                                                   const uint8_t *bytes, size_t size,
                                                   uint64_t now_ms, struct base_error *error);

/** True where the find meets its job's block target, and none that was sent before did: further
 * ones are shares (alephium.md 11). */
bool pool_peer_is_block(const struct pool_peer *peer, const struct pool_submission *submission);

/** Send a share: mining.submit with these params (taken; NULL: no memory). It waits for its answer.
 * No more than POOL_SHARES_PER_S are sent in the long run, or the pool would take it for an attack:
 * what is above has the verdict NOT_SENT. The block of a job is always sent, though it be no share;
 * what is no share and comes after it has the verdict NOT_SENT. */
BASE_MUST_CHECK enum base_status pool_peer_submit(struct pool_peer *peer,
                                                  struct pool_submission *submission,
                                                  json_t *params, uint64_t now_ms,
                                                  struct base_error *error);

/** Ask for a difficulty at which a share comes every POOL_SHARE_EVERY_S or so:
 * mining.suggest_difficulty. Twice a connection at most, and never again at a server that answers
 * it by an error or closes the connection. In: difficulty    now shares_per_s  that come at it */
BASE_MUST_CHECK enum base_status pool_peer_suggest(struct pool_peer *peer, double difficulty,
                                                   double shares_per_s, uint64_t now_ms,
                                                   struct base_error *error);

/** The same where by the measured rate shares come more rarely than every POOL_SHARE_RARE_S.
 * In: share_hashes  expected hashes of a share */
BASE_MUST_CHECK enum base_status pool_peer_suggest_easier(struct pool_peer *peer, double difficulty,
                                                          double share_hashes, double hashes_per_s,
                                                          uint64_t now_ms,
                                                          struct base_error *error);

/** The share that waits for the answer with this id, taken out; NULL: none (it came too late, or it
 * answers something else). */
struct pool_submission *pool_peer_take(struct pool_peer *peer, uint64_t id);

/** Give a share that was taken out the verdict of a refusal, in the pool's words where it has any.
 */
void pool_peer_refuse(struct pool_peer *peer, struct pool_submission *submission,
                      enum pool_verdict verdict, const char *text);

/** Give a share that was taken out the verdict that the pool has taken it. */
void pool_peer_accept(struct pool_peer *peer, struct pool_submission *submission);

/** pool_protocol_ops.tick: shares and login requests whose time is up. Returns: BASE_OK;
 * BASE_E_TIMEOUT: the login, or too many shares in a row. */
BASE_MUST_CHECK enum base_status pool_peer_tick(struct pool_protocol *protocol, uint64_t now_ms,
                                                struct base_error *error);

/** pool_protocol_ops.due_ms and pending. */
uint64_t pool_peer_due_ms(const struct pool_protocol *protocol);
size_t pool_peer_pending(const struct pool_protocol *protocol);

/** Send a request: {"id":id,"method":method,"params":params}. params is taken; NULL means that
 * there was no memory for them. */
BASE_MUST_CHECK enum base_status pool_stratum_request(struct pool_outlet *outlet, uint64_t id,
                                                      const char *method, json_t *params,
                                                      struct base_error *error);

/** Read a job's id, which goes back as it came: an integer, or printable text of 1 to
 * POOL_JOB_ID_MAX characters. Returns: false: it is neither. */
bool pool_stratum_read_id(char id[POOL_JOB_ID_MAX + 1], bool *is_number, const json_t *json);

/** The id of a job's ticket for a submission: a new reference; NULL without memory. */
json_t *pool_stratum_id(const struct pool_ticket *ticket);

/** Answer a request that carries an id (number or short text); notifications get no answer.
 * In: result, problem  the members result and error; taken. */
BASE_MUST_CHECK enum base_status pool_stratum_answer(struct pool_outlet *outlet, const json_t *id,
                                                     json_t *result, json_t *problem,
                                                     struct base_error *error);

/** Requests that are not about work: client.reconnect as far as redirect.h allows it, show_message,
 * get_version, ping; and the answer to every request that is not known.
 * Returns: BASE_OK; BASE_E_CLOSED with a sentence after a reconnect. */
BASE_MUST_CHECK enum base_status pool_stratum_everyday(struct pool_outlet *outlet,
                                                       const char *method, const json_t *id,
                                                       const json_t *params,
                                                       struct base_error *error);

/** Read the params of mining.set_target: 64 digits, the most significant first, maybe behind 0x.
 * Returns: false: it is none, or zero; a warning went out. */
bool pool_stratum_read_target(struct pool_outlet *outlet, uint8_t target_be[32],
                              const json_t *params);

#endif
