/* source_private.h: the inside of a source: its state, and what its files (source.c thread and
 * interface, source_sessions.c servers and connections, source_health.c which of them are any good,
 * source_addresses.c which address of a name is tried, source_finds.c the way of a find,
 * source_blocks.c what becomes of blocks) do for each other. All functions run on the event thread.
 */
#ifndef POOL_SOURCE_PRIVATE_H
#define POOL_SOURCE_PRIVATE_H

#include <pthread.h>

#include "protocol/coin.h"
#include "protocol/output.h"
#include "source/diagnosis.h"
#include "source/failover.h"
#include "source/session.h"

enum { POOL_SESSIONS_MAX = 6 }; /* one serves, others are tried or leave */

/* Refused finds of the serving server, and what is done about many in a row: fresh work, then a
 * fresh connection, then another server. */
struct pool_refusals {
    unsigned count;           /* in a row */
    uint64_t since_job_id;    /* refusals of older jobs do not count */
    uint64_t fresh_by_ms;     /* fresh work is awaited until then; UINT64_MAX: it is not */
    char text[POOL_TEXT_MAX]; /* what the last refusal said */
};

enum { POOL_WATCH_MAX = 16 };

/* A block of ours that a node is asked about. */
struct pool_watched {
    struct pool_block block;
    unsigned server;
    uint8_t nonce[POOL_NONCE_MAX]; /* nonce_size bytes */
    size_t nonce_size;
    struct pool_submission *unsure; /* owned: its answer is missing; NULL: the block was taken */
    enum pool_verdict verdict;      /* of unsure, where the node says no more, */
    char text[POOL_TEXT_MAX];       /* and its text */
    uint64_t due_ms;                /* next look */
    unsigned looks;
    unsigned failures; /* looks in a row that the node did not answer */
    unsigned orphaned; /* looks in a row that found it orphaned */
};

struct pool_block_watch {
    struct pool_watched blocks[POOL_WATCH_MAX];
    size_t count;
    uint64_t next_number;      /* the last one that was given */
    struct pool_link *link;    /* owned; NULL: nothing is asked */
    struct pool_lookup lookup; /* of the block with this number: */
    uint64_t asked;
    uint16_t port;      /* that the question goes to */
    unsigned questions; /* of this look */
    bool closed;        /* the source ends: nothing is asked any more */
};

struct pool_source {
    struct pool_config config;                               /* constant once the thread runs */
    struct pool_transport_options options[POOL_SERVERS_MAX]; /* of each server */
    const struct pool_algo *algo; /* what is mined; NULL: the family need not know */
    pthread_t thread;
    int wake_fd;                    /* eventfd */
    struct pool_recorder *recorder; /* owned; NULL: nothing is recorded */

    pthread_mutex_t lock;          /* guards the next six */
    const struct pool_job *refill; /* owned: whose nonces run out; NULL: none */
    struct pool_pending queue;
    size_t taken; /* finds taken and without verdict: queue, held and sent ones */
    bool stopping;
    uint32_t drain_ms;
    double rate; /* hashes a second; 0: not known */

    /* The rest belongs to the event thread. */
    struct pool_failover failover;
    struct pool_session *sessions[POOL_SESSIONS_MAX]; /* owned; NULL: free place */
    struct pool_session *serving;                     /* one of them or NULL */
    struct pool_diagnosis diagnosis;                  /* asks a node why it refuses work */
    struct pool_pending held;                         /* finds that wait for their server */
    struct pool_block_watch watch;
    uint64_t next_job_id;
    uint64_t next_connection;
    uint64_t drop_jobs_ms; /* without a server, NO_JOBS is due then; UINT64_MAX: no */
    uint64_t stop_ms;      /* draining ends then; UINT64_MAX: not stopping */
    struct pool_refusals refusals;
    uint64_t heights[POOL_CHAINS_MAX]; /* of the newest job of each chain; 0 not known */
    struct {
        struct pool_memory memory;
        struct pool_addresses last; /* its addresses that are tried last */
        bool moved;                 /* the next attempt, and only that, goes to place */
        struct pool_server place;   /* in use as long as the session that was sent there */
        unsigned refusal_step;      /* taken about its refusals; 0: its last verdict was good */
        uint64_t no_looks_ms;       /* it is not asked about blocks until then */
        unsigned moves;             /* in a row, without good service in between */
    } servers[POOL_SERVERS_MAX];
};

/* ---- source.c -------------------------------------------------------------------------------- */

/** An event that is mostly text. */
BASE_PRINTF(4, 5)
void pool_source_tell(struct pool_source *source, enum pool_event_kind kind, unsigned server,
                      const char *format, ...);

/** URL of a server for texts; returns text. */
const char *pool_source_name(const struct pool_source *source, unsigned server, char text[320]);

/** The service that a server is; never NULL, since the configuration was checked. */
const struct pool_service *pool_source_service(const struct pool_source *source, unsigned server);

/* ---- source_sessions.c ----------------------------------------------------------------------- */

/** Connect to the best server that may be tried now. And: when there is one to try. */
void pool_source_open_candidate(struct pool_source *source, uint64_t now_ms);
uint64_t pool_source_candidate_due_ms(const struct pool_source *source);

/** Let every session do what it is ready for; check time limits; end what has failed. */
void pool_source_run_sessions(struct pool_source *source, const struct pool_wait *waits,
                              size_t count);

/** Refill the newest job that a lane has asked to refill. */
void pool_source_do_refill(struct pool_source *source);

/** The session of a server (any role), or with server -1 the first of a role; NULL: none. */
struct pool_session *pool_source_find_session(const struct pool_source *source, int server,
                                              enum pool_session_role role);

/** Close a session and say nothing; or report that it failed, with its reason, and close it. */
void pool_source_drop_session(struct pool_source *source, struct pool_session *session);
void pool_source_fail_session(struct pool_source *source, struct pool_session *session,
                              const struct base_error *error, uint64_t now_ms);

/* ---- source_health.c ------------------------------------------------------------------------- */

/** When a session counts as silent; UINT64_MAX: never. */
uint64_t pool_source_silence_due_ms(const struct pool_source *source,
                                    const struct pool_session *session);

/** When a node that serves and gives no jobs any more is asked why; UINT64_MAX: never. And: jobs
 * come again, after all. */
uint64_t pool_source_ask_due_ms(const struct pool_source *source,
                                const struct pool_session *session);
void pool_source_end_quiet(struct pool_source *source, struct pool_session *session,
                           uint64_t now_ms);

/** The server named a usable job, new or already known. */
void pool_source_note_job(struct pool_session *session, uint64_t now_ms);

/** A job is handed out: remember its height. And: is a candidate's job so many blocks older than
 * the work in hand that the candidate must not take over yet? */
void pool_source_note_height(struct pool_source *source, const struct pool_job *job);
bool pool_source_is_behind(struct pool_source *source, struct pool_session *session,
                           const struct pool_job *job);

/** A find's verdict, before it is judged; a new job of the serving session. */
void pool_source_count_verdict(struct pool_source *source, const struct pool_session *session,
                               const struct pool_output *output);
void pool_source_note_fresh(struct pool_source *source);

/** Time limits and verdict counts of one session. Anything but BASE_OK: it has failed. */
BASE_MUST_CHECK enum base_status pool_source_check_session(struct pool_source *source,
                                                           struct pool_session *session,
                                                           uint64_t now_ms,
                                                           struct base_error *error);

/* ---- source_addresses.c ---------------------------------------------------------------------- */

/** URL of a session's server, with the address that it is connected to, or tried last, where the
 * URL has a name; returns text. */
const char *pool_source_place(const struct pool_source *source, const struct pool_session *session,
                              char text[400]);

/** A session has failed: an address that accepted the connection and then stayed silent or hung up
 * is tried last from now on. */
void pool_source_blame_address(struct pool_source *source, const struct pool_session *session,
                               const struct base_error *error, uint64_t served_ms);

/** A session has given a job: its address is tried in its turn again. */
void pool_source_trust_address(struct pool_source *source, const struct pool_session *session);

/* ---- source_finds.c -------------------------------------------------------------------------- */

/** The verdict of a find: told, or kept until its node was asked for the block. */
void pool_source_judge(struct pool_source *source, struct pool_submission *submission,
                       enum pool_verdict verdict, bool block, const char *text);

/** The one VERDICT of a find; frees it. */
void pool_source_end_find(struct pool_source *source, struct pool_submission *submission,
                          enum pool_verdict verdict, bool block, const char *text);

/** A find that is held no longer: NOT_SENT, or UNANSWERED where the server may have seen it. */
void pool_source_give_up(struct pool_source *source, struct pool_submission *submission,
                         const char *text);

/** Take the finds that other threads have submitted, and their request to stop. */
void pool_source_take_queue(struct pool_source *source);

/** Send every held find whose server is there; give up those that waited too long. */
void pool_source_deliver(struct pool_source *source);

/** Until when a find is held. */
uint64_t pool_source_hold_until_ms(const struct pool_source *source,
                                   const struct pool_submission *submission);

/** True once nothing is left that could still be sent or answered. */
bool pool_source_drained(const struct pool_source *source);

/* ---- source_blocks.c ------------------------------------------------------------------------- */

/** A find was accepted as a block: watch what becomes of it where that is possible.
 * Out: block  what is known of it now. */
void pool_source_block_taken(struct pool_source *source, struct pool_block *block,
                             const struct pool_submission *submission);

/** A find has this verdict; where it may be a block all the same, ask the node first.
 * Returns: true: the find is kept, and will be judged later. */
bool pool_source_hold_unsure(struct pool_source *source, struct pool_submission *submission,
                             enum pool_verdict verdict, const char *text);

/** Take the answer that has come, ask what is due. And when something is; UINT64_MAX: never, or
 * with the link. */
void pool_source_look(struct pool_source *source, uint64_t now_ms);
uint64_t pool_source_look_due_ms(const struct pool_source *source);

/** True while finds are kept. */
bool pool_source_is_unsure(const struct pool_source *source);

/** Ask nothing any more; finds that are kept get their verdict. */
void pool_source_close_watch(struct pool_source *source);

#endif
