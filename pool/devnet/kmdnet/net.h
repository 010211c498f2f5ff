/* net.h: what the files of the running network share: the server, its connections, and who calls
 * whom. Everything here belongs to the server thread; other threads get in only through its lock.
 */
#ifndef KMDNET_NET_H
#define KMDNET_NET_H

#include "kmdnet/chain.h"
#include "serve/serve.h"

enum {
    KMDNET_PEERS_MAX = 256,
    KMDNET_BODY_MAX = 64 << 10, /* bytes of a request: a block of this chain has 5 KB of digits */
    KMDNET_IN_MAX = 256 << 10,
    KMDNET_OUT_MAX = 4 << 20,
    KMDNET_LINE_MAX = 10240,  /* bytes of a line on the pool port */
    KMDNET_HELD_MAX = 1024,   /* answers held back at once */
    KMDNET_JOBS = 32,         /* pool jobs remembered */
    KMDNET_SHARES = 4096,     /* of a job, to tell duplicates */
    KMDNET_TERMS = 16,        /* of a miner, remembered */
    KMDNET_SESSIONS = 64,     /* that may be resumed */
    KMDNET_POLL_MS = 60000,   /* a long poll waits so long */
    KMDNET_TIME_AHEAD = 7200, /* seconds that a share's time may be ahead of the clock */
};

enum kmdnet_kind { KMDNET_HTTP, KMDNET_POOL };

/* What a share of a miner must be, from a job on. */
struct kmdnet_terms {
    uint64_t first_job;
    uint8_t nonce1[KMDNET_NONCE_SIZE];
    double solutions; /* expected */
};

/* A connection of the pool port. */
struct kmdnet_miner {
    bool subscribed;
    bool authorized;
    char worker[160];
    struct kmdnet_terms terms[KMDNET_TERMS]; /* the newest first */
    struct pool_serve_vardiff vardiff;
    uint64_t good;
    uint64_t jobs; /* sent */
};

/* The user pointer of a serve peer. */
struct kmdnet_client {
    struct pool_serve_peer *peer;
    enum kmdnet_kind kind;
    json_t *poll_id; /* owned; id of the long poll that waits; NULL: none */
    uint64_t poll_due_ms;
    struct kmdnet_miner miner; /* pool port only */
};

struct kmdnet_held {
    uint64_t client_id;
    uint64_t due_ms;
    char *bytes; /* owned */
    size_t size;
};

struct kmdnet_job {
    uint64_t id; /* 0: empty slot */
    struct kmdnet_template template;
    uint8_t (*shares)[32]; /* owned; hashes of blocks */
    size_t share_count;
};

struct kmdnet_session {
    char id[33];
    uint8_t nonce1[KMDNET_NONCE_SIZE];
};

struct pool_kmdnet {
    struct pool_serve *serve;
    struct pool_kmdnet_config config; /* faults: may be changed under the lock */
    struct kmdnet_chain *chain;
    struct pool_kmdnet_stats stats;
    struct base_random random;
    uint16_t rpc_port;
    uint16_t pool_port;
    char authorization[200]; /* value of the header that a request needs; "" none */
    uint64_t now_ms;         /* monotonic, set once a turn of the loop */
    uint32_t time;           /* Unix time, likewise */
    uint64_t foreign_due_ms;
    uint64_t notified_ms;
    uint64_t requests;
    uint64_t answers;                         /* to blocks and shares */
    uint64_t good_blocks;                     /* handed in */
    struct kmdnet_held held[KMDNET_HELD_MAX]; /* ring in order of due time */
    size_t held_first;
    size_t held_count;
    struct kmdnet_job jobs[KMDNET_JOBS]; /* by id, a ring */
    uint64_t last_job;
    uint64_t nonces1;                                /* given out */
    struct kmdnet_session sessions[KMDNET_SESSIONS]; /* a ring */
    uint64_t session_count;
};

/* ---- net.c -------------------------------------------------------------------------------------
 */

/** Send an answer to a block or share: now, later, or a reset, as the faults say. */
void kmdnet_answer(struct pool_kmdnet *net, struct kmdnet_client *client, const void *bytes,
                   size_t size);

/** The next connection of a kind, from the *index-th of all on. NULL after the last. */
struct kmdnet_client *kmdnet_client_next(const struct pool_kmdnet *net, enum kmdnet_kind kind,
                                         size_t *index);

/** Judge a block, count it, and make everything follow the new tip. */
void kmdnet_submit(struct kmdnet_outcome *outcome, struct pool_kmdnet *net, const uint8_t *block,
                   size_t size);

/* ---- rpc.c -------------------------------------------------------------------------------------
 */

void kmdnet_rpc_input(struct pool_kmdnet *net, struct kmdnet_client *client);

/** Answer the long polls that wait: all of them, or those whose time is up. Returns when the next
 * is due; UINT64_MAX: none waits. */
uint64_t kmdnet_rpc_polls(struct pool_kmdnet *net, bool all);

/* ---- poolport.c --------------------------------------------------------------------------------
 */

void kmdnet_pool_open(struct pool_kmdnet *net, struct kmdnet_client *client);
void kmdnet_pool_input(struct pool_kmdnet *net, struct kmdnet_client *client);

/** Make a job of the current template and send it to all miners. */
void kmdnet_pool_notify(struct pool_kmdnet *net, bool clean);
void kmdnet_pool_free(struct pool_kmdnet *net);

#endif
