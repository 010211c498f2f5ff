/* chain.h: the rules of the development network without any socket: 16 chains of real headers,
 * templates and their cache, the checks of a submission in the node's order, uncles, difficulty.
 * Time is an argument, the hash function is handed in, so everything here can be tested with
 * simulated time and a cheap hash. One thread at a time.
 * Facts: docs/devnet.md (from alephium.md 2, 3 and 4.6). */
#ifndef POOL_DEVNET_CHAIN_H
#define POOL_DEVNET_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum {
    POOL_DEVNET_GROUPS = 4,
    POOL_DEVNET_CHAINS = 16,
    POOL_DEVNET_DEPS = 7,
    POOL_DEVNET_NONCE_SIZE = 24,
    POOL_DEVNET_HEADER_SIZE = 302,
    POOL_DEVNET_MESSAGE_SIZE = 326,
    POOL_DEVNET_CACHE = 100,      /* templates a chain remembers, first in first out (4.6) */
    POOL_DEVNET_HISTORY = 4096,   /* main-chain blocks a chain remembers */
    POOL_DEVNET_UNCLE_AGE = 7,    /* heights below the next block's that still earn (2) */
    POOL_DEVNET_WINDOW = 17,      /* blocks of the steady difficulty rule (2) */
    POOL_DEVNET_FAST_BLOCKS = 34, /* heights below which the fast rule is used */
    POOL_DEVNET_NONCES = 16,      /* refused nonces a template remembers, to tell duplicates */
};

/* Offsets in the header blob (3.2). */
enum {
    POOL_DEVNET_AT_DEPS = 2,
    POOL_DEVNET_AT_STATE = 226,
    POOL_DEVNET_AT_TXS = 258,
    POOL_DEVNET_AT_TIME = 290,
    POOL_DEVNET_AT_TARGET = 298,
};

/* What became of a submission. Only the first two are answered "true". */
enum pool_devnet_verdict {
    POOL_DEVNET_ACCEPTED,
    POOL_DEVNET_UNCLE,        /* accepted as ghost uncle */
    POOL_DEVNET_UNKNOWN,      /* no such template, or pushed out of the cache */
    POOL_DEVNET_WRONG_CHAIN,  /* the hash belongs to another chain */
    POOL_DEVNET_ABOVE_TARGET, /* the hash is above the target */
    POOL_DEVNET_USED,         /* the template already gave a block */
    POOL_DEVNET_STALE,        /* more than 7 heights old */
    POOL_DEVNET_TIMESTAMP,    /* differs from the template's: the coinbase's lock time is wrong */
    POOL_DEVNET_DUPLICATE,    /* the same nonce for the same template again */
};

/* What a block can be made from. Lives in the cache of its chain. */
struct pool_devnet_template {
    uint8_t header[POOL_DEVNET_HEADER_SIZE];
    uint8_t target_be[32]; /* equals decode(compact target of the header) */
    uint64_t difficulty;   /* floor(2^256 / target) */
    uint64_t height;       /* parent height + 1; 0: empty slot */
    uint64_t timestamp_ms; /* Unix time, as in the header */
    unsigned chain;        /* 0..15 */
    bool used;             /* gave a block: "removed" for the client, kept to count honestly */
    unsigned nonce_count;  /* refused nonces seen; the last POOL_DEVNET_NONCES are kept */
    uint8_t nonces[POOL_DEVNET_NONCES][POOL_DEVNET_NONCE_SIZE];
};

/* A block of a main chain. */
struct pool_devnet_block {
    uint8_t hash[32];
    uint64_t timestamp_ms; /* Unix time, as in the header: when the template was made */
    uint64_t found_ms;     /* Unix time */
    uint64_t difficulty;
};

/* One chain. Heights not older than POOL_DEVNET_HISTORY blocks can be looked up. */
struct pool_devnet_chain {
    struct pool_devnet_block history[POOL_DEVNET_HISTORY]; /* height h lies at h % HISTORY */
    struct pool_devnet_template cache[POOL_DEVNET_CACHE];  /* ring */
    uint8_t uncles[POOL_DEVNET_CACHE][32];                 /* ring of uncle hashes */
    size_t cache_next;                                     /* slot that the next template takes */
    size_t uncle_count; /* uncles ever; the last POOL_DEVNET_CACHE are kept */
    uint64_t height;    /* of the tip; 0: genesis */
    uint64_t built_ms;  /* Unix time the current template was built */
};

struct pool_devnet_chains {
    struct pool_devnet_chain chain[POOL_DEVNET_CHAINS]; /* index 4 * from + to */
    void (*hash)(uint8_t hash[32], const uint8_t *message);
    uint64_t seed;
    uint64_t block_time_ms;
    uint64_t start_difficulty;
    uint64_t first_found_ms; /* when the network's first block came; 0: not yet */
    uint64_t serial;         /* templates built so far: makes every coinbase its own */
    uint32_t stale;          /* bit c: the template of chain c must be built again */
};

/** Genesis of all chains and their first templates.
 * In:      seed          decides genesis and coinbases, with heights and times.
 *          start_hashes  expected hashes of the first blocks of a chain (16 * difficulty).
 *          time_ms       Unix time.
 * Returns: NULL when there is no memory. Free: pool_devnet_chains_free. */
struct pool_devnet_chains *pool_devnet_chains_new(uint64_t seed, uint32_t block_time_ms,
                                                  double start_hashes, uint64_t time_ms,
                                                  void (*hash)(uint8_t hash[32],
                                                               const uint8_t *message));
void pool_devnet_chains_free(struct pool_devnet_chains *chains);

/** Build the templates that blocks have made stale, and those older than refresh_ms (0: none for
 * age). A block makes the template of its own chain stale, whatever its groups; a chain without a
 * block keeps its first template at any age (4.5).
 * Returns: templates built. */
unsigned pool_devnet_chains_refresh(struct pool_devnet_chains *chains, uint64_t time_ms,
                                    uint64_t refresh_ms);

/** Current template of a chain; valid until the next refresh. Never NULL. */
const struct pool_devnet_template *pool_devnet_chains_template(
    const struct pool_devnet_chains *chains, unsigned chain);

/* What a submission came to. */
struct pool_devnet_outcome {
    enum pool_devnet_verdict verdict;
    uint8_t hash[32];
    unsigned hash_chain;     /* chain the hash belongs to: answers name this one (4.3) */
    unsigned template_chain; /* chain of the template; hash_chain where none was found */
    uint64_t height;         /* of the template; 0 where none was found */
};

/** Check a nonce and header in the node's order (4.6) and add the block when it is good. */
void pool_devnet_chains_submit(struct pool_devnet_outcome *outcome,
                               struct pool_devnet_chains *chains,
                               const uint8_t message[POOL_DEVNET_MESSAGE_SIZE], uint64_t time_ms);

/** Block of a main chain, or NULL when height is above the tip or no longer remembered. */
const struct pool_devnet_block *pool_devnet_chains_block(const struct pool_devnet_chains *chains,
                                                         unsigned chain, uint64_t height);

/** True for the hash of a remembered main-chain block. */
bool pool_devnet_chains_is_main(const struct pool_devnet_chains *chains, const uint8_t hash[32]);

/** True for the hash of a remembered ghost uncle. */
bool pool_devnet_chains_is_uncle(const struct pool_devnet_chains *chains, const uint8_t hash[32]);

/** Mean difficulty of the 16 tips. Hashes for a block: 16 times as many. */
uint64_t pool_devnet_chains_difficulty(const struct pool_devnet_chains *chains);

/** Hashes a second that the blocks of the last timespan_ms stand for, all chains together. */
double pool_devnet_chains_hashrate(const struct pool_devnet_chains *chains, uint64_t time_ms,
                                   uint64_t timespan_ms);

/** Chain of a hash: its last two bytes modulo 16 (2). */
unsigned pool_devnet_chain_of(const uint8_t hash[32]);

/* ---- difficulty.c -------------------------------------------------------------------------- */

/** Difficulty of the next block of a chain. See difficulty.c for the rule. */
uint64_t pool_devnet_difficulty_next(const struct pool_devnet_chains *chains, unsigned chain,
                                     uint64_t time_ms);

/** floor(2^256 / target), at most UINT64_MAX; target 0 counts as 1. */
uint64_t pool_devnet_difficulty_of(const uint8_t target_be[32]);

/** Largest target with (at least) this difficulty that the compact form can say. */
void pool_devnet_difficulty_target(uint8_t target_be[32], uint32_t *compact, uint64_t difficulty);

#endif
