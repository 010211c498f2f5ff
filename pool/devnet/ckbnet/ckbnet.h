/* ckbnet.h: a development network of Nervos CKB on loopback sockets: a node's JSON-RPC over HTTP
 * and over TCP lines (with subscriptions), and a pool. Blocks are checked whole, as a node checks
 * them; difficulty follows the hashrate. It is handed the proof of work's hash.
 * Facts: docs/devnet-nervos.md (from ckb.md 3 to 6 and 10). */
#ifndef POOL_CKBNET_H
#define POOL_CKBNET_H

#include "base/status.h"

/* What can be made to go wrong, by name (pool_ckbnet_fault_set) and meaning. 0 is off for all. */
#define POOL_CKBNET_FAULT_MAP(X)                                                                   \
    X(syncing, "1: the node says that it still downloads the chain")                               \
    X(mainnet, "1: block 0 has the hash of the main network's")                                    \
    X(no_assembler, "1: no [block_assembler]: no templates, and no block is taken")                \
    X(old_template, "N: after each new tip, N requests still get the template before it")          \
    X(foreign_ms, "N: another miner finds a block every N milliseconds")                           \
    X(overtake, "N: another miner's block comes just before every N-th good one")                  \
    X(no_events, "1: subscriptions are taken, and nothing is ever told")                           \
    X(hold_answers_ms, "N: answers to blocks and shares come N milliseconds late")                 \
    X(drop_answers, "N: in place of every N-th answer to a block the connection is reset")         \
    X(busy, "N: every N-th request is answered with HTTP 503")                                     \
    X(refuse, "N: every N-th good block is refused as if its nonce were wrong")                    \
    X(skim, "N: pool: every N-th good share is refused as if its job were gone")                   \
    X(new_extranonce, "N: pool: after every N-th share of a connection, another extranonce")       \
    X(wrong_user, "1: pool: every login is refused as one with a wrong address")                   \
    X(reset_after_ms, "N: connections are reset after N milliseconds")                             \
    X(garbage, "N: the N-th template is no JSON (pool: the N-th job)")                             \
    X(half, "N: ... ends in the middle, and the connection with it")                               \
    X(bad_hash, "N: ... names a wrong hash of its cellbase (pool: a pow hash that is no hex)")

struct pool_ckbnet_faults {
#define X(name, text) uint32_t name;
    POOL_CKBNET_FAULT_MAP(X)
#undef X
};

/* How the pool port speaks (ckb.md 6.1, 6.2). */
#define POOL_CKBNET_DIALECT_MAP(X)                                                                 \
    X(UUPOOL, "uupool", "set_target; job, pow hash, height, parent hash, clean")                   \
    X(BTCCOM, "btccom", "the same; the text \"null\" in subscribe, other error codes")             \
    X(K7, "k7", "a target where others name the parent hash, and no set_target")

enum pool_ckbnet_dialect {
#define X(name, text, meaning) POOL_CKBNET_##name,
    POOL_CKBNET_DIALECT_MAP(X)
#undef X
        POOL_CKBNET_DIALECT_COUNT
};

/* Zero means the default written behind each field. */
struct pool_ckbnet_config {
    char bind[64];             /* "127.0.0.1" */
    uint16_t rpc_port;         /* UINT16_MAX: off; 0: any free port */
    uint16_t tcp_port;         /* likewise: JSON-RPC by lines, with subscriptions */
    uint16_t pool_port;        /* likewise */
    uint32_t block_time_ms;    /* 8000; difficulty steers towards it */
    double start_hashes;       /* expected hashes of a block of the first epoch: 2^20 */
    double share_hashes;       /* expected hashes of a share; 0: an eighth of start_hashes */
    uint32_t vardiff_share_ms; /* 250: time between two shares of a miner to steer towards */
    uint32_t vardiff_look_ms;  /* 5000: least time between two changes; UINT32_MAX: never */
    uint32_t extranonce_bytes; /* pool: 0..15; set to 4 by pool_ckbnet_defaults */
    uint32_t pool_notify_ms;   /* 5000: most time between two jobs, block or not */
    enum pool_ckbnet_dialect pool_dialect;
    uint64_t seed; /* 0: from the operating system */
    struct pool_ckbnet_faults faults;
    /** Proof of work of pow hash (32 bytes) and nonce (16), the most significant byte first.
     * Re-entrant. */
    void (*hash)(uint8_t hash_be[32], const uint8_t message[48]);
};

/* What the server itself counted: the truth that a miner's summary is compared with. */
struct pool_ckbnet_stats {
    uint64_t height;
    uint64_t accepted; /* blocks handed in, over RPC or as shares, that became the tip */
    uint64_t stale;    /* good blocks that did not */
    uint64_t uncles;   /* blocks that others have as their uncles */
    uint64_t foreign;  /* blocks of the other miner */
    uint64_t own_lock; /* accepted, and their witness names another lock than the node's */
    uint64_t paid;     /* cellbases on the chain that pay such a lock */
    uint64_t txs;      /* transactions in accepted blocks, cellbases not counted */
    uint64_t duplicates;
    uint64_t above_target; /* nonce wrong, or hashed something else than was sent */
    uint64_t invalid;      /* refused for another reason */
    uint64_t malformed;    /* requests or lines that broke the protocol */
    uint64_t shares_accepted;
    uint64_t shares_refused; /* for any reason but the next */
    uint64_t shares_stale;   /* of a job that is gone */
    uint64_t connections;
    uint64_t templates; /* given out */
    uint64_t events;    /* told to subscribers */
    double hashes;      /* expected for the next block */
    char why[256];      /* the last refusal */
};

struct pool_ckbnet;

/** Every default in words above. */
void pool_ckbnet_defaults(struct pool_ckbnet_config *config);

/** Bind, listen and start the server thread.
 * Returns: BASE_OK; BASE_E_ARG; BASE_E_IO with a sentence (port taken...); BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_ckbnet_start(struct pool_ckbnet **net,
                                                   const struct pool_ckbnet_config *config,
                                                   struct base_error *error);

/** Ports really bound; 0 where switched off. */
uint16_t pool_ckbnet_rpc_port(const struct pool_ckbnet *net);
uint16_t pool_ckbnet_tcp_port(const struct pool_ckbnet *net);
uint16_t pool_ckbnet_pool_port(const struct pool_ckbnet *net);

/** Snapshot of the counters. Any thread. */
void pool_ckbnet_stats(struct pool_ckbnet *net, struct pool_ckbnet_stats *stats);

/** Change what goes wrong while the network runs. Any thread; takes effect at once. */
void pool_ckbnet_set_faults(struct pool_ckbnet *net, const struct pool_ckbnet_faults *faults);

/** Set one fault by "name=number" ("name" alone: 1).
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_ckbnet_fault_set(struct pool_ckbnet_faults *faults,
                                                       const char *text, struct base_error *error);

/** Dialect by name; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_ckbnet_dialect_find(enum pool_ckbnet_dialect *dialect,
                                                          const char *name,
                                                          struct base_error *error);

/** Close everything, end the thread, free. NULL is fine. */
void pool_ckbnet_stop(struct pool_ckbnet *net);

#endif
