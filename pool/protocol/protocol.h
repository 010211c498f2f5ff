/* protocol.h: what every protocol (the miner port of a node, a pool) looks like to the source. A
 * protocol is a state machine: it is fed bytes, finds and the time, and answers by outputs through
 * one callback. It has no socket, no thread and no clock, so tests drive it byte by byte. */
#ifndef POOL_PROTOCOL_H
#define POOL_PROTOCOL_H

#include "pool.h"
#include "protocol/algo.h"
#include "transport/request.h"
#include "wire/bounds.h"

/* A find on its way. Allocated by the source; owned by its holder: the source's queue, then
 * the protocol from submit until its VERDICT or UNJUDGED output hands it back. */
struct pool_submission {
    struct pool_submission *next; /* queue link of the holder */
    const struct pool_job *job;   /* one reference, owned */
    uint8_t nonce[POOL_NONCE_MAX];
    uint8_t hash_be[32];
    uint8_t *solution; /* owned; NULL for plain hashes */
    size_t solution_size;
    uint64_t found_ns; /* base_clock_ns */
    uint64_t tag;
    uint64_t sent_ms; /* set by the protocol: when it was written, for the answer's time limit */
    uint64_t sent_ns; /* set by the source: when its bytes reached the socket; 0 before */
    uint64_t wire_id; /* the protocol's: id of the request */
    unsigned returns; /* the protocol's: times it was sent and came back UNJUDGED */
    bool late;        /* the protocol's: sent although its job was void, since it is a block */
    bool maybe_seen;  /* the protocol's: the server may have seen it all the same */
    bool block;       /* pools: sent as the block of its job */
};

enum pool_output_kind {
    POOL_OUTPUT_SEND,       /* bytes, size: to the peer */
    POOL_OUTPUT_READY,      /* text: dialect in words. The peer was recognised */
    POOL_OUTPUT_JOB,        /* job (borrowed) */
    POOL_OUTPUT_ALIVE,      /* the peer named a usable job, new or already known */
    POOL_OUTPUT_SENT,       /* submission: its bytes were just given with SEND */
    POOL_OUTPUT_VERDICT,    /* submission (ownership goes back), verdict, block, text */
    POOL_OUTPUT_UNJUDGED,   /* submission (ownership goes back), text (why): the server was sent it
                               and did not judge it. It is to be submitted again */
    POOL_OUTPUT_DIFFICULTY, /* difficulty */
    POOL_OUTPUT_INFO,       /* text */
    POOL_OUTPUT_WARNING,    /* text */
    POOL_OUTPUT_MOVE, /* text (a host), port, wait_ms: the peer wants us to connect there, once;
                         the place is one that pool_redirect_check allows */
    POOL_OUTPUT_CALL, /* call, request: over HTTP */
};

/* Valid during the callback only. */
struct pool_output {
    enum pool_output_kind kind;
    const char *text; /* "" if none; printable */
    const void *bytes;
    size_t size;
    const struct pool_job *job;
    struct pool_submission *submission;
    enum pool_verdict verdict;
    bool block;
    double difficulty;
    uint16_t port;
    uint32_t wait_ms;
    unsigned call; /* place of the request, 0..POOL_CALLS_MAX-1; one that is still under way there
                      is dropped without an answer */
    const struct pool_request *request; /* its login is the session's to fill in */
    struct base_error *error;           /* CALL: why it cannot even begin */
};

enum { POOL_CALLS_MAX = 4 }; /* HTTP requests of one protocol at once */

/* How a CALL ended. Valid during answer only. */
struct pool_answer {
    unsigned call;
    long code;        /* HTTP status; 0: no answer came, why says the reason */
    const char *body; /* NUL-ended */
    size_t size;      /* bytes */
    const struct base_error *why;
};

/** Returns BASE_OK; for SEND also BASE_E_MEMORY or BASE_E_LIMIT when the bytes could not be taken:
 * the protocol passes that on and the connection is given up. */
typedef enum base_status (*pool_output_fn)(void *user, const struct pool_output *output);

/* What is remembered of a server from one connection to the next. The source keeps it, protocols
 * write it. Zero at first. */
struct pool_memory {
    char session[POOL_SESSION_ID_MAX + 1]; /* stratum: to be resumed; "" none */
    uint64_t extranonce2;                  /* stratum: next one to use; only grows */
    bool required_only; /* stratum: it closed, perhaps because of a request that not every pool
                           knows: send only those that all know */
    bool answered;      /* solo: it has answered a submission */
    bool answers_none;  /* solo: several were sent, and it has answered none, ever */
    bool no_suggestion; /* stratum: a suggested difficulty was followed by an error or a hang-up */
    uint32_t template_ms; /* solo: a template may take so long; 0: as any answer */
    bool keeps_none;      /* over HTTP: each request has a connection of its own */
    bool plain_polling;   /* solo: no long polls, they have starved the node */
    uint64_t extranonce;  /* solo: next one of our coinbases; the source draws the first at random,
                            so that two miners at one node do not try the same headers */
};

/* Who holds the long poll at a node that several sessions mine at: each takes one of the node's
 * few threads, so one must do. */
enum pool_poll_turn {
    POOL_POLL_OURS,   /* this session */
    POOL_POLL_TOLD,   /* another session of this process, which tells of new blocks */
    POOL_POLL_NEWS,   /* the same, and it has just told of one */
    POOL_POLL_OTHERS, /* another program on this machine: nothing will be told */
};

typedef enum pool_poll_turn (*pool_poll_turn_fn)(void *user);

/* Given at open; pointers stay valid until close. */
struct pool_protocol_setup {
    const struct pool_server *server;       /* that is connected to, also after a redirect */
    const char *home;                       /* host that the user gave; NULL: the server's */
    const struct pool_redirects *redirects; /* NULL: none */
    unsigned server_index;
    const char *agent;
    uint64_t connection;
    uint64_t *next_job_id; /* the source's counter */
    uint32_t answer_timeout_ms;
    uint32_t template_wait_ms;    /* solo: for a template; 0: memory->template_ms */
    const struct pool_algo *algo; /* what is mined; NULL: the family need not know */
    const struct pool_coin *coin; /* whose addresses are paid; may be NULL where none are */
    const char *coinbase_text;    /* solo; NULL or "": none */
    const char *api_key;          /* for a node's HTTP interface; NULL or "": none. Secret */
    struct pool_memory *memory;
    uint64_t counters_per_job; /* as in pool_config */
    bool multiply_difficulty;  /* likewise */
    uint32_t reduced;          /* likewise; families whose algorithm has no other size ignore it */
    pool_output_fn output;
    pool_poll_turn_fn poll_turn; /* NULL: always OURS. Called with user from tick */
    void *user;
};

/* First member of each protocol's own struct. */
struct pool_protocol {
    const struct pool_protocol_ops *ops;
};

struct pool_protocol_ops {
    const char *name;

    /** New state machine; NULL without memory. */
    struct pool_protocol *(*open)(const struct pool_protocol_setup *setup);

    /** The connection is open: send the first requests. */
    enum base_status (*start)(struct pool_protocol *protocol, uint64_t now_ms,
                              struct base_error *error);

    /** NULL for streams. The protocol talks by CALLs over HTTP: this one has ended, and its place
     * is free again. As receive, which is NULL then. */
    enum base_status (*answer)(struct pool_protocol *protocol, const struct pool_answer *answer,
                               uint64_t now_ms, struct base_error *error);

    /** Bytes from the peer, any split. Anything but BASE_OK closes the connection; error says why
     * in one sentence. BASE_E_REFUSED: the login was refused. */
    enum base_status (*receive)(struct pool_protocol *protocol, const uint8_t *bytes, size_t size,
                                uint64_t now_ms, struct base_error *error);

    /** Everything that had arrived has been received: publish jobs (only the newest of a chain). */
    enum base_status (*settle)(struct pool_protocol *protocol, uint64_t now_ms,
                               struct base_error *error);

    /** Send a find. BASE_OK: the protocol owns it now (its VERDICT may already have come);
     * BASE_E_AGAIN: not now; others close the connection. In both cases it stays the caller's. */
    enum base_status (*submit)(struct pool_protocol *protocol, struct pool_submission *submission,
                               uint64_t now_ms, struct base_error *error);

    /** NULL where no nonce space ever ends. Most of this job's counters are given out: publish the
     * same template with other ones, if it is still current. */
    enum base_status (*refill)(struct pool_protocol *protocol, const struct pool_job *job,
                               uint64_t now_ms, struct base_error *error);

    /** NULL where it makes no difference. So many hashes (or solutions) a second were measured
     * lately, while jobs of this connection are hashed. As settle. */
    enum base_status (*rate)(struct pool_protocol *protocol, double hashes_per_s, uint64_t now_ms,
                             struct base_error *error);

    /** Time limits. Anything but BASE_OK closes the connection. */
    enum base_status (*tick)(struct pool_protocol *protocol, uint64_t now_ms,
                             struct base_error *error);

    /** When tick is due next; UINT64_MAX: never. */
    uint64_t (*due_ms)(const struct pool_protocol *protocol);

    /** Submissions sent and not answered. */
    size_t (*pending)(const struct pool_protocol *protocol);

    /** Free. Pending submissions come out first: as UNJUDGED where sending them again does no harm,
     * else as VERDICT UNANSWERED. */
    void (*close)(struct pool_protocol *protocol);
};

#endif
