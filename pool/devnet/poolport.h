/* poolport.h: what the files of the pool port share: pool jobs, miners, shares. */
#ifndef POOL_DEVNET_POOLPORT_H
#define POOL_DEVNET_POOLPORT_H

#include <jansson.h>

#include "base/target.h"
#include "devnet/server.h"

enum {
    POOLPORT_JOBS = 1024,         /* remembered at once; the oldest goes first */
    POOLPORT_JOB_LIFE_MS = 10000, /* tested when the next job is made (6.5) */
    POOLPORT_JOB_ID_MAX = 65534,
    POOLPORT_NONCES = 4096, /* of a job, to tell duplicates; the oldest goes first */
    POOLPORT_EXTRANONCE_MAX = 16,
    POOLPORT_UNITS = 1024, /* difficulty is kept in this many parts (6.4) */
};

/* Codes of 6.5 and their texts. */
#define POOLPORT_CODE_MAP(X)                                                                       \
    X(JOB_NOT_FOUND, "job not found")                                                              \
    X(INVALID_CHAIN, "invalid job chain index")                                                    \
    X(INVALID_WORKER, "invalid worker")                                                            \
    X(INVALID_NONCE, "incorrect size of nonce")                                                    \
    X(DUPLICATE, "duplicate share")                                                                \
    X(LOW_DIFFICULTY, "low difficulty share")                                                      \
    X(WRONG_CHAIN, "invalid block chain index")

enum poolport_code {
    POOLPORT_ACCEPTED = 0,
    POOLPORT_CODE_BEFORE = 19,
#define X(name, text) POOLPORT_##name,
    POOLPORT_CODE_MAP(X)
#undef X
};

struct poolport_job {
    uint32_t id;     /* 0: empty slot */
    uint64_t serial; /* jobs made up to this one */
    unsigned chain;
    uint64_t made_ms;
    uint64_t height;
    uint8_t header[POOL_DEVNET_HEADER_SIZE];
    uint8_t block_target_be[32];
    uint8_t (*nonces)[POOL_DEVNET_NONCE_SIZE]; /* NULL until the first share */
    size_t nonce_count;                        /* ever */
    size_t nonce_cap;
};

struct poolport {
    struct poolport_job jobs[POOLPORT_JOBS]; /* ring */
    size_t job_next;
    uint32_t last_id;
    uint64_t made;             /* jobs so far */
    size_t fresh;              /* jobs of the last push: the ones before job_next */
    uint64_t extranonce_count; /* given out so far */
};

/* One connection of the pool port. Difficulties in 1/1024. */
struct poolport_miner {
    bool authorized;
    uint8_t extranonce[POOLPORT_EXTRANONCE_MAX];
    size_t extranonce_size;     /* 0: none given */
    uint64_t extranonce_serial; /* of the newest job then: up to it, jobs may be mined without */
    uint64_t units;
    uint64_t previous_units; /* still taken: one step back; 0: none */
    uint64_t wanted_units;   /* announced before the next notify */
    struct pool_serve_vardiff vardiff;
    uint64_t good;    /* shares that deserved to be accepted */
    char worker[160]; /* of authorize, for the dialect that does not repeat it */
};

/* A share as the line brought it; borrowed texts. NULL or -1: missing. */
struct poolport_share {
    const char *job_id;
    const char *nonce;
    const char *worker;
    json_int_t from;
    json_int_t to;
    bool nonce_tail_only; /* the extranonce is not repeated */
    bool chain_given;
};

/* ---- poolshare.c --------------------------------------------------------------------------- */

/** Judge a share, count it, hand a block to the network. Returns a code; 0: accepted. */
enum poolport_code poolport_share_take(struct pool_devnet *devnet, struct client *client,
                                       const struct poolport_share *share);

/** Text of a code other than 0. */
const char *poolport_code_text(enum poolport_code code);

/** Largest hash of a share of this difficulty (6.4). */
void poolport_share_target(uint8_t target_be[32], const struct pool_devnet_config *config,
                           uint64_t units);

/** Difficulty in 1/1024, rounded up, at least 1. */
uint64_t poolport_share_units(double difficulty);

/** Put wanted difficulty in force. True when it differs from the one before. */
bool poolport_share_step(struct poolport_miner *miner);

/* ---- poolout.c ----------------------------------------------------------------------------- */

/* What a dialect does in another way than the official pool of today (6.8). Constant. */
struct poolport_dialect {
    bool old;        /* 16 jobs a notify; error is [code, text], null without one */
    bool no_height;  /* jobs do not tell it */
    bool jsonrpc;    /* messages name version 2.0 */
    bool reasons;    /* error is an object; a refused share has the result false; jobs follow
                      * authorize at once */
    bool login;      /* without authorize no jobs; the difficulty comes before every notify;
                      * targets are padded; workers are checked; hello and noop are known */
    bool miningcore; /* upper-case job ids; difficulty only after authorize, with a fraction */
    bool targets;    /* set_difficulty is not sent: a target says it */
    bool by_place;   /* AlephiumStratum/1.0.0: set_target; jobs and shares are lists */
};

const struct poolport_dialect *poolport_dialect(const struct pool_devnet *devnet);

/** A message that is no answer; params is taken over. */
void poolport_send_method(struct pool_devnet *devnet, struct client *client, const char *method,
                          json_t *params);

/** Answer to a request; id NULL: the request had none. result is taken over. */
void poolport_send_result(struct pool_devnet *devnet, struct client *client, json_t *id,
                          json_t *result, enum poolport_code code, bool is_share);

/** Difficulty, or target, as the dialect says it; job NULL: before there is one. */
void poolport_send_difficulty(struct pool_devnet *devnet, struct client *client,
                              const struct poolport_job *job);

/** The jobs of the last push, if this miner is to have them; a new difficulty goes before. */
void poolport_notify(struct pool_devnet *devnet, struct client *client);

#endif
