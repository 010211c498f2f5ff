/* bridge.h: the work of one source served to other miners: machines that speak stratum mine at one
 * node, or share one login of a pool. Each gets nonces of its own and a difficulty that fits it;
 * each share is hashed before it is answered; what the source wants is handed to it first.
 *
 * Threads: one of the bridge's own (serve.h) does all with clients. pool_bridge_event may be called
 * by any thread and never waits for clients; the config's callbacks come on the bridge's thread. */
#ifndef POOL_BRIDGE_H
#define POOL_BRIDGE_H

#include "pool.h"

enum {
    POOL_BRIDGE_PORTS_MAX = 4,
    POOL_BRIDGE_NAME_MAX = 96,       /* characters with NUL of a worker: an address and a name */
    POOL_BRIDGE_AGENT_MAX = 48,      /* characters with NUL of a client's program */
    POOL_BRIDGE_WORKERS_MAX = 20000, /* known at once; then the longest silent one is forgotten */
};

/* Tags of finds from here on are the bridge's, below are lanes. */
#define POOL_BRIDGE_TAG (UINT64_C(1) << 32)

/* Where it listens. Value. */
struct pool_bridge_port {
    char host[64]; /* IP address in text */
    uint16_t port; /* 0: any free one */
};

/* Copied by pool_bridge_new; zero means the default written behind each field. */
struct pool_bridge_config {
    const struct pool_coin *coin;
    const char *algo; /* NULL: the coin's first */
    bool pool;        /* the work comes from a pool */
    bool pay_workers; /* a block pays the address that its worker's login begins with */
    struct pool_bridge_port ports[POOL_BRIDGE_PORTS_MAX];
    size_t port_count;
    size_t clients;             /* connections at once: 20000 */
    size_t clients_per_address; /* of them from one address; 0: no limit */
    char pass[POOL_LOGIN_MAX];  /* that clients must know; "": none */
    double difficulty;          /* of every client, and it stays; 0: it follows the client */
    uint32_t share_ms;          /* time between two shares of a client: 5000 */
    uint32_t silent_ms; /* a client that has not logged in, nor sent a share, is left: 60000 */

    /** Hash the message of a job.
     * In:      header  with all nonce bytes; job->header_size bytes
     * Out:     hash_be, and chain that it belongs to
     * Returns: BASE_OK; BASE_E_MISMATCH the solution is wrong. */
    enum base_status (*hash)(void *user, uint8_t hash_be[32], uint32_t *chain,
                             const struct pool_job *job, const uint8_t *header,
                             const uint8_t *solution, size_t solution_size);
    /** Hand a find to the source: pool_source_submit. */
    enum base_status (*submit)(void *user, const struct pool_find *find);
    /** A line for the log; printable. */
    void (*tell)(void *user, bool warning, const char *text);
    void *user;
};

/* One worker: all connections with its name together. Value. */
struct pool_bridge_worker {
    char name[POOL_BRIDGE_NAME_MAX];   /* printable; "" for clients without a login */
    char agent[POOL_BRIDGE_AGENT_MAX]; /* of its last client, printable */
    unsigned connections;              /* now */
    double difficulty;                 /* of its last client */
    double rate;                       /* hashes (solutions) a second, as its shares show */
    double work;                       /* hashes (solutions) that its shares stand for */
    double best;                       /* hashes (solutions) expected for its luckiest share */
    uint64_t accepted;                 /* shares */
    uint64_t stale;
    uint64_t duplicates;
    uint64_t low;     /* above the target */
    uint64_t invalid; /* anything else: malformed, of the wrong chain, without a login */
    uint64_t foreign; /* accepted, though not of the client's own nonces */
    uint64_t blocks;  /* that the source's server took */
    uint64_t refused; /* finds that it did not take */
    uint64_t seen_ms; /* base_clock_ms of its last share, or login; 0: never */
};

/* Counts of all. Value. */
struct pool_bridge_stats {
    size_t clients;
    size_t workers;
    uint64_t connections; /* ever */
    uint64_t accepted;
    uint64_t stale;
    uint64_t duplicates;
    uint64_t low;
    uint64_t invalid;
    uint64_t foreign;
    uint64_t sent;   /* finds handed to the source */
    uint64_t extra;  /* blocks of a template that had given one: not handed on */
    uint64_t silent; /* clients left for want of a login */
    uint64_t bad;    /* clients left for lines that cannot be read */
    double work;     /* hashes (solutions) that the accepted shares stand for */
};

struct pool_bridge;

/** A bridge that does not listen yet; events may come.
 * Out:     bridge  NULL on error. Free: pool_bridge_free.
 * Returns: BASE_OK; BASE_E_UNSUPPORTED this coin's work cannot be served (yet), with a sentence;
 *          BASE_E_MEMORY, BASE_E_IO. */
BASE_MUST_CHECK enum base_status pool_bridge_new(struct pool_bridge **bridge,
                                                 const struct pool_bridge_config *config,
                                                 struct base_error *error);

/** Listen and serve.
 * Returns: BASE_OK; BASE_E_ARG an address is none; BASE_E_IO a port is taken or may not be used. */
BASE_MUST_CHECK enum base_status pool_bridge_start(struct pool_bridge *bridge,
                                                   struct base_error *error);

/** The port that the index-th entry listens on. */
uint16_t pool_bridge_port(const struct pool_bridge *bridge, size_t index);

/** An event of the source. Any thread. */
void pool_bridge_event(struct pool_bridge *bridge, const struct pool_event *event);

/** Close every connection; counts stay, and events may still come. NULL is fine. */
void pool_bridge_stop(struct pool_bridge *bridge);

/** Stop, and free. No event may come any more. NULL is fine. */
void pool_bridge_free(struct pool_bridge *bridge);

/** Hashes (solutions) that the accepted shares stand for. Any thread; never waits. */
uint64_t pool_bridge_work(const struct pool_bridge *bridge);

/** Counts and workers now; at most cap workers, in order of their work, the most first. Any thread.
 * Returns: workers written. */
size_t pool_bridge_look(struct pool_bridge *bridge, struct pool_bridge_stats *stats,
                        struct pool_bridge_worker *workers, size_t cap);

#endif
