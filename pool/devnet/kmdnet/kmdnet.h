/* kmdnet.h: a development network of Komodo on loopback sockets: a node's JSON-RPC over HTTP, and a
 * pool that speaks ZIP 301. Blocks are checked whole, as a node checks them; difficulty follows the
 * solution rate. It is handed the verifier of Equihash solutions, and hashes, parses and judges all
 * else by itself. Facts: docs/devnet-komodo.md (from komodo.md 2 to 6 and 9). */
#ifndef POOL_KMDNET_H
#define POOL_KMDNET_H

#include "base/status.h"

/* What can be made to go wrong, by name (pool_kmdnet_fault_set) and meaning. 0 is off for all. */
#define POOL_KMDNET_FAULT_MAP(X)                                                                   \
    X(no_peers, "1: the node has no peers: templates are refused with code -9")                    \
    X(throw_away, "N: every N-th good block is answered with null and thrown away")                \
    X(foreign_ms, "N: another miner finds a block every N milliseconds")                           \
    X(overtake, "N: another miner's block comes just before every N-th good one")                  \
    X(no_long_poll, "1: long polls are answered at once")                                          \
    X(hold_answers_ms, "N: answers to blocks and shares come N milliseconds late")                 \
    X(drop_answers, "N: in place of every N-th answer to a block or share a reset")                \
    X(busy, "N: every N-th request is answered with HTTP 503")                                     \
    X(skim, "N: pool: every N-th good share is refused as if its job were gone")                   \
    X(new_nonce1, "N: pool: after every N-th share of a connection, another NONCE_1")              \
    X(forget_sessions, "1: pool: no session is resumed")                                           \
    X(reset_after_ms, "N: connections are reset after N milliseconds")                             \
    X(garbage, "N: the N-th template is no JSON (pool: the N-th job)")

struct pool_kmdnet_faults {
#define X(name, text) uint32_t name;
    POOL_KMDNET_FAULT_MAP(X)
#undef X
};

/* How the pool port speaks (komodo.md 6.1, 6.2). */
#define POOL_KMDNET_DIALECT_MAP(X)                                                                 \
    X(ZIP301, "zip301", "set_target, sessions that can be resumed, errors of three members")       \
    X(ZNOMP, "znomp", "no sessions, errors of two members, false to extranonce.subscribe")         \
    X(DIFFICULTY, "difficulty", "set_difficulty in place of set_target, parameters in the job")

enum pool_kmdnet_dialect {
#define X(name, text, meaning) POOL_KMDNET_##name,
    POOL_KMDNET_DIALECT_MAP(X)
#undef X
        POOL_KMDNET_DIALECT_COUNT
};

/** True when this is a valid solution for the 140 bytes of a header. reduced: 0 for the coin's own
 * parameters, 96 for 96,5, 48 for 48,5. Re-entrant. */
typedef bool (*pool_kmdnet_verify_fn)(const uint8_t header[140], const uint8_t *solution,
                                      size_t size, uint32_t reduced);

/* Zero means the default written behind each field. */
struct pool_kmdnet_config {
    char bind[64];          /* "127.0.0.1" */
    uint16_t rpc_port;      /* UINT16_MAX: off; 0: any free port */
    uint16_t pool_port;     /* likewise */
    char login[128];        /* "user:password" that the RPC port wants; "": none */
    uint32_t reduced;       /* 0: 200,9; 96: 96,5; 48: 48,5 */
    uint32_t block_time_ms; /* 8000; difficulty steers towards it */
    double start_solutions; /* expected of the first blocks: 17, the coin's easiest target */
    double share_solutions; /* expected of a share; 0: an eighth of start_solutions, at least 2 */
    uint32_t vardiff_share_ms; /* 1000: time between two shares of a miner to steer towards */
    uint32_t vardiff_look_ms;  /* 5000: least time between two changes; UINT32_MAX: never */
    uint32_t nonce1_bytes;     /* pool: 0..31; set to 4 by pool_kmdnet_defaults */
    uint32_t pool_notify_ms;   /* 5000: most time between two jobs, block or not */
    enum pool_kmdnet_dialect pool_dialect;
    uint64_t seed; /* 0: from the operating system */
    struct pool_kmdnet_faults faults;
    pool_kmdnet_verify_fn verify;
};

/* What the server itself counted: the truth that a miner's summary is compared with. */
struct pool_kmdnet_stats {
    uint64_t height;
    uint64_t accepted;     /* blocks handed in, over RPC or as shares, that became the tip */
    uint64_t stale;        /* good blocks that did not */
    uint64_t thrown_away;  /* good blocks, by the fault of this name */
    uint64_t foreign;      /* blocks of the other miner */
    uint64_t own_payee;    /* accepted, and output 0 pays another script than the node's */
    uint64_t txs;          /* transactions in accepted blocks, coinbases not counted */
    uint64_t duplicates;   /* blocks and shares */
    uint64_t bad_solution; /* of blocks and shares */
    uint64_t above_target; /* hash above the block's target, of blocks; above the share's */
    uint64_t invalid;      /* refused for another reason */
    uint64_t malformed;    /* requests or lines that broke the protocol */
    uint64_t shares_accepted;
    uint64_t shares_refused; /* for any reason but the next */
    uint64_t shares_stale;   /* of a job that is gone */
    uint64_t foreign_nonce1; /* shares for a job of another NONCE_1 */
    uint64_t resumed;        /* sessions */
    uint64_t connections;
    uint64_t templates; /* given out */
    uint64_t polls;     /* long polls */
    double solutions;   /* expected for the next block */
    char why[128];      /* the last refusal */
};

struct pool_kmdnet;

/** Every default in words above. */
void pool_kmdnet_defaults(struct pool_kmdnet_config *config);

/** Bind, listen and start the server thread.
 * Returns: BASE_OK; BASE_E_ARG; BASE_E_IO with a sentence (port taken...); BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_kmdnet_start(struct pool_kmdnet **net,
                                                   const struct pool_kmdnet_config *config,
                                                   struct base_error *error);

/** Ports really bound; 0 where switched off. */
uint16_t pool_kmdnet_rpc_port(const struct pool_kmdnet *net);
uint16_t pool_kmdnet_pool_port(const struct pool_kmdnet *net);

/** Snapshot of the counters. Any thread. */
void pool_kmdnet_stats(struct pool_kmdnet *net, struct pool_kmdnet_stats *stats);

/** Change what goes wrong while the network runs. Any thread; takes effect at once. */
void pool_kmdnet_set_faults(struct pool_kmdnet *net, const struct pool_kmdnet_faults *faults);

/** Set one fault by "name=number" ("name" alone: 1).
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_kmdnet_fault_set(struct pool_kmdnet_faults *faults,
                                                       const char *text, struct base_error *error);

/** Dialect by name; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_kmdnet_dialect_find(enum pool_kmdnet_dialect *dialect,
                                                          const char *name,
                                                          struct base_error *error);

/** Close everything, end the thread, free. NULL is fine. */
void pool_kmdnet_stop(struct pool_kmdnet *net);

#endif
