/* net.h: a development network of a coin with one chain, on loopback sockets, as its users see it:
 * a node, a pool, and settings, faults and counters by name. Blocks are checked whole, as a node
 * checks them; difficulty follows the hashrate. The network is handed the proof of work's hash and
 * computes, parses and judges all else by itself. Each network's header names its row. */
#ifndef POOL_NET_H
#define POOL_NET_H

#include <jansson.h>

#include "base/status.h"

struct pool_net;
struct pool_net_row; /* one network; constant */

enum pool_net_port {
    POOL_NET_NODE,   /* HTTP */
    POOL_NET_POOL,   /* stratum */
    POOL_NET_EVENTS, /* JSON-RPC by lines, with subscriptions; not every network has it */
    POOL_NET_PORTS
};

/* What can be made to go wrong; 0 is off for all. Which of them a network knows, by which name, and
 * what N counts there: docs/devnet-*.md. */
struct pool_net_faults {
    /* of every network */
    uint32_t foreign_ms;      /* another miner finds a block every N milliseconds */
    uint32_t overtake;        /* another miner's block comes just before every N-th good one */
    uint32_t hold_answers_ms; /* answers to blocks and shares come N milliseconds late */
    uint32_t drop_answers;    /* in place of every N-th of these answers a reset */
    uint32_t busy;            /* every N-th HTTP request is answered with 503 */
    uint32_t skim;            /* pool: every N-th good share is refused as if its job were gone */
    uint32_t new_extranonce;  /* pool: another one after every N-th share of a connection */
    uint32_t reset_after_ms;  /* connections are reset after N milliseconds */
    uint32_t garbage;         /* the N-th template, or job of a connection, is no JSON */
    /* of some */
    uint32_t half;            /* ... ends in the middle, and the connection with it */
    uint32_t bad_hash;        /* ... names a wrong hash of its cellbase (pool: no hex) */
    uint32_t refuse;          /* every N-th good block is refused as if its nonce were wrong */
    uint32_t throw_away;      /* every N-th good block is taken, and thrown away */
    uint32_t remake;          /* after N requests for candidates another one of the same height */
    uint32_t old_template;    /* after each new tip, N requests still get the template before it */
    uint32_t not_started;     /* N requests for candidates come before the node's miner starts */
    uint32_t not_synced;      /* the node still downloads the chain */
    uint32_t no_peers;        /* the node has no peers, and gives no templates */
    uint32_t mainnet;         /* block 0 has the hash of the main network's */
    uint32_t no_assembler;    /* the node is not configured to make blocks, and takes none */
    uint32_t no_wallet;       /* the node does not know whom blocks pay */
    uint32_t no_external;     /* the node's own miner works: no solutions are taken */
    uint32_t key_everywhere;  /* every call needs the API key */
    uint32_t no_events;       /* subscriptions are taken, and nothing is ever told */
    uint32_t no_long_poll;    /* long polls are answered at once */
    uint32_t wrong_user;      /* pool: every login is refused as one with a wrong address */
    uint32_t forget_sessions; /* pool: no session is resumed */
};

/* Value; pool_net_defaults fills it. A hash stands for a try at the proof of work: with a solver,
 * one solution. */
struct pool_net_config {
    const struct pool_net_row *row;
    char bind[64];                  /* "127.0.0.1" */
    uint16_t ports[POOL_NET_PORTS]; /* 0: any free port; UINT16_MAX: off */
    char key[128];             /* what the node's port asks for: "user:password", or an API key */
    uint32_t reduced;          /* smaller parameters of the proof of work, for tests; 0: none */
    uint32_t block_time_ms;    /* 8000, from 1; difficulty steers towards it */
    double start_hashes;       /* expected of the first blocks, 1..2^60 */
    double share_hashes;       /* expected of a share, from 2; 0: an eighth of start_hashes */
    uint32_t vardiff_share_ms; /* time between two shares of a miner to steer towards */
    uint32_t vardiff_look_ms;  /* 5000: least time between two changes; UINT32_MAX: never */
    uint32_t extranonce_bytes; /* pool: fewer than a nonce has */
    uint32_t pool_notify_ms;   /* 5000: most time between two jobs, block or not */
    unsigned dialect;          /* of the pool port: an enumerator of the network's header */
    uint64_t seed;             /* 0: from the operating system */
    struct pool_net_faults faults;
    /* For nodes that apply a solution after a while. */
    uint32_t start_height; /* 17, from 1: of the first candidate */
    uint32_t apply_ms;     /* 300: from a solution to its block */
    uint32_t ask_ms;       /* 5000: the node waits so long for a part of it that does not answer */
    /** Hash of a header with its nonce, the most significant byte first. solution: of a solver,
     * else NULL; height and reduced for proofs of work that depend on them. Re-entrant. Returns:
     * false when the solution is none; then hash_be is undefined. */
    bool (*hash)(const void *algo, uint8_t hash_be[32], const uint8_t *header,
                 const uint8_t *solution, size_t solution_size, uint32_t height, uint32_t reduced);
    const void *algo; /* borrowed; handed to hash */
};

/* What the network itself counted: the truth that a miner's summary is compared with. 0 where a
 * network does not count it. */
struct pool_net_stats {
    uint64_t height;       /* of the newest block */
    uint64_t accepted;     /* blocks handed in, to the node or as shares, that became the tip */
    uint64_t stale;        /* good blocks that did not */
    uint64_t uncles;       /* blocks that others have as their uncles */
    uint64_t refused;      /* good ones, by the fault `refuse` */
    uint64_t thrown_away;  /* good ones, by the fault of this name */
    uint64_t foreign;      /* blocks of the other miner */
    uint64_t own_payee;    /* accepted, and they name another payee than the node's */
    uint64_t paid;         /* blocks of the chain that pay such a payee */
    uint64_t txs;          /* transactions in accepted blocks, the first of each not counted */
    uint64_t duplicates;   /* blocks and shares */
    uint64_t bad_solution; /* of blocks and shares */
    uint64_t above_target; /* blocks above the block's target, shares above the share's */
    uint64_t invalid;      /* refused for another reason */
    uint64_t malformed;    /* requests or lines that broke the protocol */
    uint64_t keyless;      /* requests without the key that they need */
    uint64_t shares_accepted;
    uint64_t shares_refused;     /* for any reason but the next */
    uint64_t shares_stale;       /* of a job that is gone */
    uint64_t foreign_extranonce; /* shares with an extranonce that the job did not have */
    uint64_t resumed;            /* sessions */
    uint64_t connections;
    uint64_t templates; /* given out */
    uint64_t polls;     /* long polls */
    uint64_t events;    /* told to subscribers */
    double hashes;      /* expected for the next block */
    char why[256];      /* the last refusal */
};

/** The network's defaults: those in words above, and its own. hash and algo are NULL. */
void pool_net_defaults(struct pool_net_config *config, const struct pool_net_row *row);

/** Set one fault by "name=number" ("name" alone: 1).
 * Returns: BASE_OK; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_net_fault_set(struct pool_net_config *config,
                                                    const char *text, struct base_error *error);

/** Choose the pool port's dialect by name; BASE_E_FORMAT with a sentence that lists the names. */
BASE_MUST_CHECK enum base_status pool_net_dialect_set(struct pool_net_config *config,
                                                      const char *name, struct base_error *error);

/** Bind, listen and start the server thread.
 * Returns: BASE_OK; BASE_E_ARG; BASE_E_IO with a sentence (port taken...); BASE_E_MEMORY. */
BASE_MUST_CHECK enum base_status pool_net_start(struct pool_net **net,
                                                const struct pool_net_config *config,
                                                struct base_error *error);

/** The port really bound; 0 where it is off. */
uint16_t pool_net_port(const struct pool_net *net, enum pool_net_port port);

/** Snapshot of the counters. Any thread. */
void pool_net_stats(struct pool_net *net, struct pool_net_stats *stats);

/** The counters that this network has, as an object; new. NULL: no memory. */
json_t *pool_net_json(struct pool_net *net);

/** Change what goes wrong while the network runs. Any thread; takes effect at once. */
void pool_net_set_faults(struct pool_net *net, const struct pool_net_faults *faults);

/** Close everything, end the thread, free. NULL is fine. */
void pool_net_stop(struct pool_net *net);

#endif
