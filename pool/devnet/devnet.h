/* devnet.h: the development network: a real Alephium-like server on loopback sockets. 16 chains,
 * real headers, real checks, difficulty that follows the hashrate. It is handed the hash function,
 * so it needs no algorithm's header. Node port (miner API, version 1 or 0), REST port, pool port.
 * Facts: docs/devnet.md (from alephium.md 2 to 6). */
#ifndef POOL_DEVNET_H
#define POOL_DEVNET_H

#include "base/status.h"

/* What can be made to go wrong, by name (pool_devnet_fault_set) and meaning. 0 is off for all. A
 * number is a count or milliseconds, as the text says. */
#define POOL_DEVNET_FAULT_MAP(X)                                                                   \
    X(not_synced, "1: the node is not synced: miners are reset, nothing is pushed")                \
    X(sync_lost,                                                                                   \
      "1: the node has lost its sync: nothing is pushed, connections stay, REST says so")          \
    X(no_addresses, "1: no miner addresses are set: miners are reset on connect")                  \
    X(silent_after, "N: nothing is pushed to a connection after its N-th push")                    \
    X(hold_answers_ms, "N: answers to submissions come N milliseconds late")                       \
    X(drop_answers, "N: every N-th answer is never sent")                                          \
    X(older_set, "N: 10 ms after every N-th push the set before it comes again (node)")            \
    X(skim, "N: every N-th good share is refused as if its job were gone (pool)")                  \
    X(reset_after_ms, "N: connections are reset after N milliseconds")                             \
    POOL_DEVNET_SPOIL_MAP(X)

/* Pushes that are not what they should be: the N-th one of every connection. */
#define POOL_DEVNET_SPOIL_MAP(X)                                                                   \
    X(garbage, "N: instead of the N-th push, random bytes (pool: a line that is not JSON)")        \
    X(huge, "N: ... a length of 2 GiB (pool: a line of 20 MB)")                                    \
    X(big, "N: ... a frame or line of 20 MB")                                                      \
    X(half, "N: ... its first half, and nothing ever after")                                       \
    X(version_2, "N: ... with protocol version 2 (pool: params missing)")                          \
    X(unknown_type, "N: ... with an unknown message type (pool: an unknown method)")               \
    X(short_header, "N: ... with headers of 17 bytes")                                             \
    X(wide_target, "N: ... with targets of 33 significant bytes")                                  \
    X(bad_group, "N: ... with group numbers of 9")                                                 \
    X(bad_hex, "N: ... pool only: with headers that are not hexadecimal")                          \
    X(deep, "N: ... pool only: 200,000 opening brackets")

struct pool_devnet_faults {
#define X(name, text) uint32_t name;
    POOL_DEVNET_FAULT_MAP(X)
#undef X
};

/* How the pool port speaks: name for command lines, and what it stands for (docs/devnet.md). */
#define POOL_DEVNET_DIALECT_MAP(X)                                                                 \
    X(OFFICIAL, "official", "the official pool: a refused share is result null, without a reason") \
    X(OLD, "old", "before February 2022: error is [code, text]; 16 jobs a notify, no height")      \
    X(MININGCORE, "miningcore", "error is an object, authorize is required, targets are padded")   \
    X(WOOLYPOOLY, "woolypooly", "no set_difficulty: the share target is only in targetBlob")       \
    X(PROPOSAL, "proposal", "AlephiumStratum/1.0.0: hello, set_target, notify and submit by place")

enum pool_devnet_dialect {
#define X(name, text, meaning) POOL_DEVNET_##name,
    POOL_DEVNET_DIALECT_MAP(X)
#undef X
        POOL_DEVNET_DIALECT_COUNT
};

/* Zero means the default written behind each field. */
struct pool_devnet_config {
    char bind[64];             /* "127.0.0.1" */
    uint16_t node_port;        /* UINT16_MAX: off; 0: any free port */
    uint16_t rest_port;        /* likewise */
    uint16_t pool_port;        /* likewise */
    unsigned node_version;     /* 0 or 1: framing of the miner API; set by pool_devnet_defaults */
    uint32_t block_time_ms;    /* 8000: per chain; difficulty steers towards it */
    uint32_t push_interval_ms; /* 250: least time between two pushes */
    uint32_t refresh_ms;       /* 4000: lazy template refresh */
    double start_hashes;       /* expected hashes of the first block of a chain: 2^20 */
    enum pool_devnet_dialect pool_dialect;
    bool pool_all_jobs;        /* 16 jobs in a notify, not one picked at random */
    bool pool_lax;             /* take shares whose nonce does not begin with the extranonce */
    double pool_difficulty;    /* start value for vardiff; 0: an eighth of start_hashes */
    uint32_t pool_zeros;       /* 20: leading zero bits of a share of difficulty 1 */
    uint32_t pool_notify_ms;   /* 1000: most time between two notifies, block or not */
    uint32_t vardiff_share_ms; /* 250: time between two shares of a miner to steer towards */
    uint32_t vardiff_look_ms;  /* 5000: least time between two changes; UINT32_MAX: never */
    uint32_t extranonce_bytes; /* pool: 0..16; set to 2 by pool_devnet_defaults */
    uint64_t seed;             /* 0: from the operating system */
    char api_key[64];          /* "": REST wants no X-API-KEY, and refuses one */
    struct pool_devnet_faults faults;
    /** The coin's hash of a whole message (nonce and header), 32 bytes. Re-entrant. */
    void (*hash)(uint8_t hash[32], const uint8_t *message);
};

/* What the server itself counted: the truth that a miner's summary is compared with. */
struct pool_devnet_stats {
    uint64_t accepted[16]; /* blocks in each chain, uncles not included */
    uint64_t uncles[16];   /* accepted as ghost uncles */
    uint64_t refused[16];  /* stale beyond uncles, duplicate template */
    uint64_t wrong_chain;  /* hash belongs to another chain */
    uint64_t above_target; /* hash above the target */
    uint64_t unknown_template;
    uint64_t wrong_timestamp; /* the header's time is not the template's */
    uint64_t duplicates;      /* same nonce for the same template */
    uint64_t malformed;       /* frames or lines that broke the protocol */
    uint64_t shares_accepted; /* pool port */
    uint64_t shares_refused;
    uint64_t shares_code[7];     /* refused, by code 20..26 (docs/devnet.md) */
    uint64_t foreign_extranonce; /* shares whose nonce begins with another extranonce */
    uint64_t connections;        /* accepted, of both ports */
    uint64_t connected;          /* now */
    uint64_t pushes;             /* sets of jobs sent, to all connections together */
    uint64_t difficulty;         /* mean of the 16 tips; a block takes 16 times as many hashes */
    uint64_t heights[16];
};

struct pool_devnet;

/** Every default in words above. */
void pool_devnet_defaults(struct pool_devnet_config *config);

/** Bind, listen and start the server thread.
 * Returns: BASE_OK; BASE_E_IO with a sentence (port taken...); BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_devnet_start(struct pool_devnet **devnet,
                                                   const struct pool_devnet_config *config,
                                                   struct base_error *error);

/** Ports really bound; 0 where switched off. */
uint16_t pool_devnet_node_port(const struct pool_devnet *devnet);
uint16_t pool_devnet_rest_port(const struct pool_devnet *devnet);
uint16_t pool_devnet_pool_port(const struct pool_devnet *devnet);

/** Snapshot of the counters. Any thread. */
void pool_devnet_stats(struct pool_devnet *devnet, struct pool_devnet_stats *stats);

/** Dialect by name; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_devnet_dialect_find(enum pool_devnet_dialect *dialect,
                                                          const char *name,
                                                          struct base_error *error);

/** Change what goes wrong while the network runs. Any thread; takes effect at once. */
void pool_devnet_set_faults(struct pool_devnet *devnet, const struct pool_devnet_faults *faults);

/** Set one fault by "name=number" ("name" alone: 1), for command lines.
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_devnet_fault_set(struct pool_devnet_faults *faults,
                                                       const char *text, struct base_error *error);

/** Close everything, end the thread, free. NULL is fine. */
void pool_devnet_stop(struct pool_devnet *devnet);

#endif
