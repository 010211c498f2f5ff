/* ergonet.h: a development network of Ergo on loopback sockets: a node's REST interface, and a pool
 * with the target rules of the known ones. Solutions are judged with the hash that it is handed;
 * headers, candidates and difficulty are its own. Facts: docs/devnet-ergo.md (from ergo.md 2, 3, 6,
 * 7 and 9). */
#ifndef POOL_ERGONET_H
#define POOL_ERGONET_H

#include "base/status.h"

/* What can be made to go wrong, by name (pool_ergonet_fault_set) and meaning. 0 is off for all. */
#define POOL_ERGONET_FAULT_MAP(X)                                                                  \
    X(not_started, "N: N requests for candidates come before the node's miner has started")        \
    X(not_synced, "1: the node is far behind the headers and gives no candidates")                 \
    X(no_wallet, "1: the node does not know whom blocks pay")                                      \
    X(no_external, "1: the node's own miner works: no solutions are taken")                        \
    X(key_everywhere, "1: every call needs the API key")                                           \
    X(remake, "N: every N requests for candidates another one of the same height")                 \
    X(foreign_ms, "N: another miner finds a block every N milliseconds")                           \
    X(overtake, "N: another miner's block comes just before every N-th good solution")             \
    X(refuse, "N: every N-th good solution is called invalid, and the candidate dropped")          \
    X(hold_answers_ms, "N: answers to solutions and shares come N milliseconds late")              \
    X(drop_answers, "N: in place of every N-th answer to a solution or share a reset")             \
    X(busy, "N: every N-th request is answered with HTTP 503")                                     \
    X(skim, "N: pool: every N-th good share is refused as if its job were gone")                   \
    X(new_extranonce, "N: pool: after every N-th share of a connection, another extranonce")       \
    X(reset_after_ms, "N: connections are reset after N milliseconds")                             \
    X(garbage, "N: every N-th candidate is no JSON (pool: the N-th job of a connection)")

struct pool_ergonet_faults {
#define X(name, text) uint32_t name;
    POOL_ERGONET_FAULT_MAP(X)
#undef X
};

/* How the pool port speaks (ergo.md 7.2, 7.3). */
#define POOL_ERGONET_DIALECT_MAP(X)                                                                \
    X(SHARE, "share", "b is the share's target, difficulty always 1")                              \
    X(FACTOR, "factor", "b is the block's; hits count up to b times the difficulty")               \
    X(MULTIPLIED, "multiplied", "b is the share's, and the factor is sent as difficulty, too")     \
    X(BARE, "bare", "no difficulty; b and version are bare numbers, ids have 16 digits")           \
    X(UUPOOL, "uupool", "jobs of four members, set_target, a name as id of the first answer")

enum pool_ergonet_dialect {
#define X(name, text, meaning) POOL_ERGONET_##name,
    POOL_ERGONET_DIALECT_MAP(X)
#undef X
        POOL_ERGONET_DIALECT_COUNT
};

/* Zero means the default written behind each field. */
struct pool_ergonet_config {
    char bind[64];             /* "127.0.0.1" */
    uint16_t rest_port;        /* UINT16_MAX: off; 0: any free port */
    uint16_t pool_port;        /* likewise */
    char api_key[64];          /* for what needs one; "": "hello", as in a node's configuration */
    uint32_t reduced;          /* elements of a table; 0: the coin's own number */
    uint32_t start_height;     /* of the first candidate: 17 */
    uint32_t block_time_ms;    /* 8000; difficulty steers towards it */
    uint32_t apply_ms;         /* 300: from a solution to its block */
    uint32_t ask_ms;           /* 5000: the node's actors wait so long for an answer */
    double start_hashes;       /* expected hashes of the first blocks: 2^14 */
    double share_hashes;       /* expected hashes of a share; 0: an eighth of start_hashes */
    uint32_t vardiff_share_ms; /* 500: time between two shares of a miner to steer towards */
    uint32_t vardiff_look_ms;  /* 5000: least time between two changes; UINT32_MAX: never */
    uint32_t extranonce_bytes; /* pool: 0..7; set to 2 by pool_ergonet_defaults */
    uint32_t pool_notify_ms;   /* 5000: most time between two jobs, block or not */
    enum pool_ergonet_dialect pool_dialect;
    uint64_t seed; /* 0: from the operating system */
    struct pool_ergonet_faults faults;
    /** Hit of msg and nonce, most significant byte first, at a height, with `reduced` elements (0:
     * as many as the height has). Re-entrant. */
    void (*hash)(uint8_t hit_be[32], const uint8_t trial[40], uint32_t height, uint32_t reduced);
};

/* What the server itself counted: the truth that a miner's summary is compared with. */
struct pool_ergonet_stats {
    uint64_t height;     /* of the newest block */
    uint64_t accepted;   /* solutions, over REST or as shares, that became or become blocks */
    uint64_t stale;      /* that solve a candidate which is no more, or is solved already */
    uint64_t refused;    /* good ones, by the fault of this name */
    uint64_t foreign;    /* blocks of the other miner */
    uint64_t wrong;      /* solutions and shares that solve nothing that was handed out */
    uint64_t low;        /* shares above their target */
    uint64_t duplicates; /* shares */
    uint64_t malformed;  /* requests or lines that broke the protocol */
    uint64_t shares_accepted;
    uint64_t shares_refused; /* for any reason but the next */
    uint64_t shares_stale;   /* of a job that is gone */
    uint64_t foreign_extranonce;
    uint64_t keyless; /* requests without the key that they need */
    uint64_t connections;
    uint64_t candidates; /* handed out */
    double hashes;       /* expected for the next block */
    char why[128];       /* the last refusal */
};

struct pool_ergonet;

/** Every default in words above. */
void pool_ergonet_defaults(struct pool_ergonet_config *config);

/** Bind, listen and start the server thread.
 * Returns: BASE_OK; BASE_E_ARG; BASE_E_IO with a sentence (port taken...); BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_ergonet_start(struct pool_ergonet **net,
                                                    const struct pool_ergonet_config *config,
                                                    struct base_error *error);

/** Ports really bound; 0 where switched off. */
uint16_t pool_ergonet_rest_port(const struct pool_ergonet *net);
uint16_t pool_ergonet_pool_port(const struct pool_ergonet *net);

/** Snapshot of the counters. Any thread. */
void pool_ergonet_stats(struct pool_ergonet *net, struct pool_ergonet_stats *stats);

/** Change what goes wrong while the network runs. Any thread; takes effect at once. */
void pool_ergonet_set_faults(struct pool_ergonet *net, const struct pool_ergonet_faults *faults);

/** Set one fault by "name=number" ("name" alone: 1).
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_ergonet_fault_set(struct pool_ergonet_faults *faults,
                                                        const char *text, struct base_error *error);

/** Dialect by name; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_ergonet_dialect_find(enum pool_ergonet_dialect *dialect,
                                                           const char *name,
                                                           struct base_error *error);

/** Close everything, end the thread, free. NULL is fine. */
void pool_ergonet_stop(struct pool_ergonet *net);

#endif
