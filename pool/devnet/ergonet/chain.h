/* chain.h: the chain of the development network: its recent blocks, how hard the next one is, the
 * candidates that a node has in hand, and the judgement of solutions. No socket, no clock: time is
 * an argument. Facts: docs/devnet-ergo.md (from ergo.md 3 and 6). */
#ifndef ERGONET_CHAIN_H
#define ERGONET_CHAIN_H

#include "base/random.h"
#include "ergonet/ergonet.h"

enum {
    ERGONET_BLOCKS = 64,      /* remembered */
    ERGONET_PAST = 16,        /* candidates remembered */
    ERGONET_HEADER_MAX = 256, /* bytes without the solution; of these chains about 218 */
    ERGONET_POINT = 33,
    ERGONET_NONCE = 8,
    ERGONET_DECIMAL = 79, /* characters of a 256-bit number with NUL */
};

/* A header without its solution, and what follows from it. Value. */
struct ergonet_candidate {
    uint64_t serial; /* 0: none */
    uint32_t height;
    uint64_t difficulty; /* as its nBits say */
    uint64_t time_ms;    /* since 1970 */
    uint8_t header[ERGONET_HEADER_MAX];
    size_t header_size;
    uint8_t msg[32];
    uint8_t b_be[32]; /* a hit below it is a block */
};

struct ergonet_block {
    struct ergonet_candidate from;
    uint8_t nonce[ERGONET_NONCE];
    uint8_t id[32];
    uint64_t arrived_ms;
    bool foreign; /* of the other miner, whose hashrate does not count */
};

struct ergonet_chain {
    struct ergonet_block blocks[ERGONET_BLOCKS]; /* by height, a ring */
    const struct ergonet_block *tip;
    struct ergonet_candidate now;                /* handed out */
    struct ergonet_candidate before;             /* the one before it, whatever its height */
    struct ergonet_candidate past[ERGONET_PAST]; /* by serial, a ring: for the counters only */
    struct ergonet_block solved;                 /* not applied yet; from.serial 0: nothing */
    uint64_t apply_ms;                           /* when it is */
    uint64_t last_serial;
    struct base_random random;
    const struct pool_net_config *config; /* borrowed */
};

/* The verdict about a solution, in the node's order. */
enum ergonet_verdict {
    ERGONET_SOLVED,    /* its block follows */
    ERGONET_ALREADY,   /* the height is solved, or there is no candidate */
    ERGONET_STALE,     /* solves the candidate before, of another height */
    ERGONET_INVALID,   /* solves neither; both candidates are dropped */
    ERGONET_NO_ANSWER, /* solves neither, and there is none before: the node's actor dies */
};

/** A chain with one block. config is borrowed. NULL without memory. */
struct ergonet_chain *ergonet_chain_new(const struct pool_net_config *config, uint64_t seed,
                                        uint64_t now_ms, uint64_t time_ms);
void ergonet_chain_free(struct ergonet_chain *chain);

/** The candidate in hand; one is made where there is none. */
const struct ergonet_candidate *ergonet_chain_candidate(struct ergonet_chain *chain,
                                                        uint64_t time_ms);

/** Another candidate of the same height. */
void ergonet_chain_remake(struct ergonet_chain *chain, uint64_t time_ms);

/** Judge a nonce. SOLVED: it is applied at now_ms + config->apply_ms. */
enum ergonet_verdict ergonet_chain_solve(struct ergonet_chain *chain,
                                         const uint8_t nonce[ERGONET_NONCE], uint64_t now_ms);

/** Apply what is solved and due. Returns true when the chain has grown. */
bool ergonet_chain_apply(struct ergonet_chain *chain, uint64_t now_ms);

/** A block of the other miner, without proof of work. */
void ergonet_chain_foreign(struct ergonet_chain *chain, uint64_t now_ms, uint64_t time_ms);

/** Forget both candidates. */
void ergonet_chain_drop(struct ergonet_chain *chain);

/** The block of this height or id; NULL: not remembered. */
const struct ergonet_block *ergonet_chain_height(const struct ergonet_chain *chain,
                                                 uint32_t height);
const struct ergonet_block *ergonet_chain_find(const struct ergonet_chain *chain,
                                               const uint8_t id[32]);

/** Target of a difficulty: floor(q / difficulty), and difficulty as nBits say it. */
void ergonet_target(uint8_t b_be[32], uint64_t difficulty);
uint32_t ergonet_nbits(uint64_t difficulty);

/** True when a nonce solves one of the candidates that were handed out of late. */
bool ergonet_chain_was_good(const struct ergonet_chain *chain, const uint8_t nonce[ERGONET_NONCE]);

/** True when the hit of this nonce is below b. */
bool ergonet_solves(const struct ergonet_chain *chain, const struct ergonet_candidate *candidate,
                    const uint8_t nonce[ERGONET_NONCE], const uint8_t b_be[32]);

/** Write a 256-bit number in decimal digits. Returns text. */
char *ergonet_decimal(char text[ERGONET_DECIMAL], const uint8_t number_be[32]);

/** The public key that the network's node mines for: the curve's generator. */
extern const uint8_t ergonet_key[ERGONET_POINT];

#endif
