/* bridge_private.h: the bridge from inside: jobs (jobs.c), clients and their lines (client.c,
 * lines.c), shares (shares.c), workers (books.c), and what holds them together (bridge.c). All but
 * the mailbox is guarded by the server's lock, which every callback of it holds. */
#ifndef POOL_BRIDGE_PRIVATE_H
#define POOL_BRIDGE_PRIVATE_H

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#include "bridge/agents.h"
#include "bridge/bridge.h"
#include "bridge/pace.h"
#include "bridge/prefixes.h"
#include "protocol/coin.h"
#include "protocol/host.h"
#include "serve/serve.h"

enum {
    BRIDGE_JOBS = 512,         /* kept at once: 16 chains for 8 s and more */
    BRIDGE_SEEN_MAX = 1 << 17, /* shares remembered of a job, to tell duplicates */
    BRIDGE_LINES = 24,         /* lines of a job that are kept: one a share target */
    BRIDGE_MAIL = 1024,        /* verdicts waiting for the bridge's thread */
    BRIDGE_LINE_MAX = 10240,   /* bytes of a client's line (bridge.md 9) */
    BRIDGE_ID_MAX = 64,        /* characters of a request's id as JSON, to be echoed */
    BRIDGE_GRACE_MS = 30000,   /* a share that met the former difficulty is good for so long */
};

/* A job of the source under the number that clients know it by. */
struct bridge_job {
    const struct pool_job *job; /* a reference; NULL: empty */
    uint32_t number;
    uint64_t replaced_ms; /* when another one took its place; 0: not yet */
    uint64_t void_ms;     /* when the source said that all before is void; 0: not yet */
    bool won;             /* it has given its block */
    uint64_t *seen;       /* owned; hash table of the shares' hashes (their last bytes); 0: empty */
    size_t seen_cap;      /* a power of two, or 0 */
    size_t seen_count;
    struct {
        uint8_t target_be[32];
        bool clean;
        struct pool_buffer text;
    } lines[BRIDGE_LINES];
    size_t line_count;
};

/* One connection. */
struct bridge_client {
    struct pool_serve_peer *peer;
    struct pool_host_client host;
    uint32_t number;  /* of its prefix, and its turn at the chains */
    unsigned quirks;  /* set of enum bridge_quirk */
    bool logged_in;   /* authorize was accepted */
    bool ready;       /* gets jobs */
    bool prefix_told; /* the prefix in host was sent */
    size_t worker;    /* index into the books; SIZE_MAX: none yet */
    char agent[POOL_BRIDGE_AGENT_MAX];
    struct bridge_pace pace;
    double told;      /* difficulty that was sent last; 0: none */
    double former;    /* the one before */
    uint64_t told_ms; /* when told took the place of former */
    uint32_t job;     /* number of the last job that was sent; 0: none */
    uint64_t good;    /* shares */
    uint64_t wrong;
    uint64_t line_ms; /* when its last line came, or the connection */
    unsigned bad_lines;
};

struct bridge_worker {
    struct pool_bridge_worker view; /* but for rate */
    double recent;                  /* work of late, which fades */
    uint64_t recent_ms;             /* when it was brought up to date */
    uint64_t first_ms;              /* its first share; 0: none yet */
    uint32_t next;                  /* in its bucket, plus 1; 0: the last */
};

struct bridge_books {
    struct bridge_worker *list; /* owned; the first count are set */
    size_t count;
    size_t cap;
    uint32_t *buckets; /* owned; index plus 1 of the first; 0: none */
    uint32_t stalest;  /* where the search for one to forget goes on */
};

/* What other threads bring. */
struct bridge_mail {
    pthread_mutex_t lock;
    const struct pool_job *jobs[POOL_CHAINS_MAX]; /* owned; the newest of each chain */
    bool clean;                                   /* all before these are void */
    bool no_jobs;
    struct {
        uint64_t tag;
        bool accepted;
        bool block;
    } verdicts[BRIDGE_MAIL];
    size_t verdict_count;
};

struct pool_bridge {
    struct pool_bridge_config config;
    const struct pool_host_ops *host;
    const struct pool_algo *algo;
    double unit; /* hashes (solutions) of difficulty 1 */
    struct bridge_pace_rule rule;
    struct bridge_mail mail;
    struct pool_serve *serve;
    uint16_t bound[POOL_BRIDGE_PORTS_MAX];
    bool stopped;
    uint64_t now_ms;
    uint64_t swept_ms;
    struct bridge_job *jobs; /* BRIDGE_JOBS; number modulo it is the place */
    uint32_t last_number;
    struct bridge_job *current[POOL_CHAINS_MAX]; /* NULL: none */
    uint32_t chains;                             /* of the newest job; 0: none yet */
    uint32_t turn;                               /* which chain is whose */
    uint64_t turn_ms;
    uint8_t above[POOL_EXTRANONCE1_MAX]; /* nonce bytes that belong to a pool above us */
    size_t above_size;
    uint64_t connection;                     /* of the newest job */
    uint8_t run_bytes[POOL_EXTRANONCE1_MAX]; /* front of prefixes of more than two bytes */
    struct bridge_prefixes prefixes;
    struct bridge_books books;
    struct pool_bridge_stats stats;
    atomic_uint_fast64_t work; /* stats.work, for other threads */
    struct pool_buffer out;    /* lines that are being put together */
};

/* ---- jobs.c ---------------------------------------------------------------------------------- */

/** Take a job (a reference, owned then) as the current one of its chain. */
void bridge_jobs_take(struct pool_bridge *bridge, const struct pool_job *job);

/** No job is current any more. */
void bridge_jobs_void(struct pool_bridge *bridge);

/** Forget all; for the end. */
void bridge_jobs_clear(struct pool_bridge *bridge);

/** The job of a number; NULL: unknown, or too old for a share. */
struct bridge_job *bridge_jobs_find(struct pool_bridge *bridge, uint32_t number);

/** The next older job of a chain that is good for shares; from NULL: the newest. NULL: no more. */
struct bridge_job *bridge_jobs_older(struct pool_bridge *bridge, uint32_t chain,
                                     const struct bridge_job *from);

/** Remember a share by its hash. Returns: false when it was there. */
bool bridge_job_is_new(struct bridge_job *entry, const uint8_t hash_be[32]);

/** What a client should hash now; NULL: nothing. */
struct bridge_job *bridge_jobs_pick(struct pool_bridge *bridge, const struct bridge_client *client);

/** The easiest of a difficulty's target and what the source takes. */
void bridge_job_target(uint8_t target_be[32], const struct pool_bridge *bridge,
                       const struct pool_job *job, double difficulty);

/** Hashes expected for a hash of a target. */
double bridge_work(const struct pool_job *job, const uint8_t target_be[32]);

/* ---- client.c -------------------------------------------------------------------------------- */

extern const struct pool_serve_service bridge_service;

/** Send a client its work: prefix and difficulty where they have changed, and a job it does not
 * have yet. */
void bridge_client_work(struct pool_bridge *bridge, struct bridge_client *client);

/** The same for all that are ready. */
void bridge_clients_work(struct pool_bridge *bridge);

/** Count a client under a name. Returns: false when the books have no room, and it has none. */
bool bridge_client_enter(struct pool_bridge *bridge, struct bridge_client *client,
                         const char *name);

/** Give a client its prefix, behind that of a pool above us. */
void bridge_client_prefix(struct pool_bridge *bridge, struct bridge_client *client);

/** Time passes for all clients. */
void bridge_clients_tick(struct pool_bridge *bridge);

/* ---- lines.c --------------------------------------------------------------------------------- */

/** Handle one line. Returns: false when it cannot be read. */
bool bridge_line(struct pool_bridge *bridge, struct bridge_client *client, const char *line,
                 size_t size);

/* ---- shares.c -------------------------------------------------------------------------------- */

/** Judge a share: hash it, hand it to the source if it wants it, enter it into the books. */
enum pool_host_fault bridge_share(struct pool_bridge *bridge, struct bridge_client *client,
                                  const json_t *params);

/* ---- books.c --------------------------------------------------------------------------------- */

/** Room for workers. Free: bridge_books_deinit. Returns: BASE_OK; BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status bridge_books_init(struct bridge_books *books);
void bridge_books_deinit(struct bridge_books *books);

/** The worker of a name, made where it is new. Returns: its index; SIZE_MAX without memory. */
size_t bridge_books_find(struct bridge_books *books, const char *name, uint64_t now_ms);

/** Add an accepted share's work. */
void bridge_books_work(struct bridge_worker *worker, double work, uint64_t now_ms);

/** Hashes a second of late. */
double bridge_books_rate(const struct bridge_worker *worker, uint64_t now_ms);

#endif
