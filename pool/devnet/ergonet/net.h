/* net.h: what the files of the running network share: the server, its connections, and who calls
 * whom. Everything here belongs to the server thread; other threads get in only through its lock.
 */
#ifndef ERGONET_NET_H
#define ERGONET_NET_H

#include <jansson.h>

#include "ergonet/chain.h"
#include "serve/serve.h"

enum {
    ERGONET_PEERS_MAX = 256,
    ERGONET_BODY_MAX = 16 << 10, /* bytes of a request; a solution has 200 */
    ERGONET_IN_MAX = 64 << 10,
    ERGONET_OUT_MAX = 1 << 20,
    ERGONET_LINE_MAX = 10240, /* bytes of a line on the pool port */
    ERGONET_HELD_MAX = 256,   /* answers held back at once */
    ERGONET_JOBS = 16,        /* pool jobs remembered */
    ERGONET_SHARES = 4096,    /* of a job, to tell duplicates */
};

enum ergonet_kind { ERGONET_REST, ERGONET_POOL };

/* What a connection of the pool port was told with a job. */
struct ergonet_told {
    uint64_t job;
    uint8_t extranonce[ERGONET_NONCE];
    uint8_t b_be[32]; /* a share's hit is below it */
};

struct ergonet_miner {
    bool subscribed;
    bool authorized;
    char worker[160];
    uint8_t extranonce[ERGONET_NONCE]; /* for the jobs to come */
    double hashes;                     /* expected of a share, likewise */
    struct ergonet_told told[ERGONET_JOBS];
    struct pool_serve_vardiff vardiff;
    uint64_t good;
    uint64_t jobs; /* sent */
};

/* The user pointer of a serve peer. */
struct ergonet_client {
    struct pool_serve_peer *peer;
    enum ergonet_kind kind;
    struct ergonet_miner miner; /* pool port only */
};

struct ergonet_held {
    uint64_t client_id; /* 0: empty */
    uint64_t due_ms;
    char *bytes; /* owned */
    size_t size;
};

struct ergonet_job {
    uint64_t id; /* 0: empty slot */
    struct ergonet_candidate candidate;
    uint64_t *nonces; /* owned; of good shares */
    size_t nonce_count;
};

struct pool_ergonet {
    struct pool_serve *serve;
    struct pool_ergonet_config config; /* faults: may be changed under the lock */
    struct ergonet_chain *chain;
    struct pool_ergonet_stats stats;
    uint16_t rest_port;
    uint16_t pool_port;
    uint64_t now_ms;  /* monotonic, set once a turn of the loop */
    uint64_t time_ms; /* since 1970, likewise */
    uint64_t foreign_due_ms;
    uint64_t notified_ms;
    uint64_t requests;
    uint64_t asked;   /* requests for candidates */
    uint64_t answers; /* to solutions and shares */
    uint64_t good;    /* solutions */
    struct ergonet_held held[ERGONET_HELD_MAX];
    struct ergonet_job jobs[ERGONET_JOBS]; /* by id, a ring */
    uint64_t last_job;
    uint64_t extranonces; /* given out */
};

/* ---- net.c ------------------------------------------------------------------------------------
 */

/** Send an answer to a solution or share: now, later, or a reset, as the faults say; not before
 * wait_ms have passed. */
void ergonet_answer(struct pool_ergonet *net, struct ergonet_client *client, const void *bytes,
                    size_t size, uint32_t wait_ms);

/** The next connection of a kind, from the *index-th of all on. NULL after the last. */
struct ergonet_client *ergonet_client_next(const struct pool_ergonet *net, enum ergonet_kind kind,
                                           size_t *index);

/** Judge a nonce, as the faults say, and count it. */
enum ergonet_verdict ergonet_submit(struct pool_ergonet *net, const uint8_t nonce[ERGONET_NONCE]);

/* ---- rest.c -----------------------------------------------------------------------------------
 */

void ergonet_rest_input(struct pool_ergonet *net, struct ergonet_client *client);

/* ---- poolport.c -------------------------------------------------------------------------------
 */

void ergonet_pool_open(struct pool_ergonet *net, struct ergonet_client *client);
void ergonet_pool_input(struct pool_ergonet *net, struct ergonet_client *client);

/** Make a job of the candidate in hand and send it to all miners. */
void ergonet_pool_notify(struct pool_ergonet *net);
void ergonet_pool_free(struct pool_ergonet *net);

#endif
