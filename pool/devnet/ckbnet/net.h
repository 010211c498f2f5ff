/* net.h: what the files of the running network share: the server, its connections, and who calls
 * whom. Everything here belongs to the server thread; other threads get in only through its lock.
 */
#ifndef CKBNET_NET_H
#define CKBNET_NET_H

#include "ckbnet/chain.h"
#include "serve/serve.h"

enum {
    CKBNET_PEERS_MAX = 256,
    CKBNET_BODY_MAX = 2 << 20, /* bytes of a request: a block of this chain has 20 KB */
    CKBNET_IN_MAX = 4 << 20,
    CKBNET_OUT_MAX = 4 << 20,
    CKBNET_LINE_MAX = 10240, /* bytes of a line on the pool port */
    CKBNET_HELD_MAX = 1024,  /* answers held back at once */
    CKBNET_JOBS = 64,        /* pool jobs remembered */
    CKBNET_NONCES = 4096,    /* of a job, to tell duplicates */
    CKBNET_FULL_MS = 5,      /* from a new tip to its full template */
    CKBNET_UNCLE_MS = 100,   /* from a branch to the template that has it as an uncle */
};

enum ckbnet_kind { CKBNET_HTTP, CKBNET_LINES, CKBNET_POOL };

/* A connection of the pool port. */
struct ckbnet_miner {
    bool subscribed;
    bool authorized;
    char worker[160];
    uint8_t extranonce[16];
    uint8_t job_extranonces[CKBNET_JOBS][16]; /* with which the jobs were sent */
    double hashes;                            /* expected of a share */
    double hashes_before;                     /* still taken; 0: none */
    double hashes_wanted;                     /* announced with the next job */
    uint8_t target_be[32];                    /* that was announced last */
    struct pool_serve_vardiff vardiff;
    uint64_t good;
    uint64_t jobs; /* sent */
};

/* The user pointer of a serve peer. */
struct ckbnet_client {
    struct pool_serve_peer *peer;
    enum ckbnet_kind kind;
    bool silent;               /* nothing more is sent */
    char subscription[35];     /* new_tip_header; "" none */
    struct ckbnet_miner miner; /* pool port only */
};

struct ckbnet_held {
    uint64_t client_id;
    uint64_t due_ms;
    char *bytes; /* owned */
    size_t size;
};

struct ckbnet_job {
    uint64_t id;   /* 0: empty slot */
    json_t *block; /* owned; nonce 0 */
    uint8_t pow_hash[32];
    uint8_t target_be[32];
    uint64_t height;
    uint8_t parent[32];
    uint64_t tip;          /* serial of the block it builds on */
    uint8_t (*nonces)[16]; /* owned */
    size_t nonce_count;
};

struct pool_ckbnet {
    struct pool_serve *serve;
    struct pool_ckbnet_config config; /* faults: may be changed under the lock */
    struct ckbnet_chain *chain;
    struct pool_ckbnet_stats stats;
    struct base_random random;
    uint16_t rpc_port;
    uint16_t tcp_port;
    uint16_t pool_port;
    uint64_t now_ms;  /* monotonic, set once a turn of the loop */
    uint64_t time_ms; /* Unix time, likewise */
    json_t *current;  /* template on the tip; owned */
    json_t *before;   /* the last one on the tip before; owned or NULL */
    uint64_t work_id; /* of the next template */
    uint64_t full_ms; /* the template is made anew; UINT64_MAX: not yet */
    uint64_t foreign_due_ms;
    uint64_t notified_ms;
    unsigned old_left; /* requests that still get the template before */
    uint64_t requests;
    uint64_t answers;                         /* to blocks */
    uint64_t good_blocks;                     /* handed in */
    struct ckbnet_held held[CKBNET_HELD_MAX]; /* ring in order of due time */
    size_t held_first;
    size_t held_count;
    struct ckbnet_job jobs[CKBNET_JOBS]; /* by id, a ring */
    uint64_t last_job;
    uint64_t extranonces; /* given out */
};

/* ---- net.c -------------------------------------------------------------------------------------
 */

void ckbnet_send(struct ckbnet_client *client, const void *bytes, size_t size);

/** Send an answer to a block or share, now or later. */
void ckbnet_answer(struct pool_ckbnet *net, struct ckbnet_client *client, const void *bytes,
                   size_t size);

/** The next connection of a kind, from the *index-th of all on. NULL after the last. */
struct ckbnet_client *ckbnet_client_next(const struct pool_ckbnet *net, enum ckbnet_kind kind,
                                         size_t *index);

/** Judge a block, count it, and make everything follow the new tip. */
void ckbnet_submit(struct ckbnet_outcome *outcome, struct pool_ckbnet *net, const json_t *block);

/* ---- rpc.c -------------------------------------------------------------------------------------
 */

void ckbnet_rpc_input(struct pool_ckbnet *net, struct ckbnet_client *client);

/** Tell all subscribers of the tip. */
void ckbnet_rpc_tell(struct pool_ckbnet *net);

/* ---- poolport.c --------------------------------------------------------------------------------
 */

void ckbnet_pool_open(struct pool_ckbnet *net, struct ckbnet_client *client);
void ckbnet_pool_input(struct pool_ckbnet *net, struct ckbnet_client *client);

/** Make a job of the current template and send it to all miners. */
void ckbnet_pool_notify(struct pool_ckbnet *net, bool clean);
void ckbnet_pool_free(struct pool_ckbnet *net);

#endif
