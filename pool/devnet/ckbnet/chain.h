/* chain.h: the chain of the development network: its recent blocks, which of them is the tip, what
 * the next one must be (epoch, target, dao, reward, proposals, transactions, uncles), templates of
 * it, and the judgement of blocks that are handed in. No socket, no clock: time is an argument.
 * Facts: docs/devnet-nervos.md (from ckb.md 3, 4 and 10). */
#ifndef CKBNET_CHAIN_H
#define CKBNET_CHAIN_H

#include "base/random.h"
#include "ckbnet/ckbnet.h"
#include "ckbnet/schema.h"

enum {
    CKBNET_BLOCKS = 512,  /* remembered; older parents are unknown */
    CKBNET_TXS = 64,      /* remembered */
    CKBNET_PER_BLOCK = 8, /* proposals, and transactions, of a block at most */
    CKBNET_UNCLES = 2,
    CKBNET_EPOCH = 10,      /* blocks */
    CKBNET_REWARD_LAG = 11, /* a block is paid by the one so many later */
    CKBNET_MEDIAN = 37,     /* blocks whose median time a new one must be above */
    CKBNET_KEEP = 20,       /* blocks on top of a transaction before it is forgotten */
    CKBNET_FAR = 10,        /* a proposal is good for the blocks from the second to the tenth */
    CKBNET_LOCK_MAX = 256,  /* bytes of a lock that is paid; a larger one loses its reward */
    CKBNET_FUTURE_MS = 15000,
    CKBNET_EXTENSION = 32,
};

/* A transaction of the pool: a name to be proposed and committed; it moves no cells of this chain.
 */
struct ckbnet_tx {
    uint64_t serial; /* 1 for the first; 0: empty slot */
    json_t *json;    /* owned */
    uint8_t hash[32];
    uint64_t occupied; /* capacity that its outputs occupy beyond its inputs, shannons */
};

struct ckbnet_block {
    uint64_t serial; /* 0: empty slot */
    uint64_t parent; /* serial; 0: none */
    uint8_t header[CKBNET_HEADER];
    uint8_t hash[32];
    uint64_t number;
    uint64_t time_ms;
    double work;                   /* of it and all before */
    uint8_t lock[CKBNET_LOCK_MAX]; /* of the cellbase's witness, molecule */
    size_t lock_size;              /* 0: too large to be paid */
    uint8_t uncles[CKBNET_UNCLES][32];
    size_t uncle_count;
    uint64_t proposed[CKBNET_PER_BLOCK]; /* serials of transactions */
    size_t proposed_count;
    uint64_t committed[CKBNET_PER_BLOCK];
    size_t committed_count;
};

struct ckbnet_chain {
    struct ckbnet_block blocks[CKBNET_BLOCKS]; /* by serial, a ring */
    uint64_t last_serial;
    const struct ckbnet_block *tip;
    uint8_t genesis_hash[32];
    struct ckbnet_tx txs[CKBNET_TXS]; /* in any order */
    uint64_t last_tx;
    struct base_random random;
    const struct pool_net_config *config; /* borrowed */
    uint8_t own_lock[CKBNET_LOCK_MAX];    /* of the node's block assembler */
    size_t own_lock_size;
    json_t *own_lock_json; /* owned */
};

/* The verdict about a block that was handed in. */
enum ckbnet_verdict {
    CKBNET_TIP,       /* it is the new tip */
    CKBNET_BRANCH,    /* good, and the tip stays */
    CKBNET_DUPLICATE, /* known already */
    CKBNET_BAD_NONCE,
    CKBNET_INVALID,   /* text says why: code -3 */
    CKBNET_MALFORMED, /* text says why: code -32602 */
    CKBNET_NO_MEMORY,
};

struct ckbnet_outcome {
    enum ckbnet_verdict verdict;
    uint8_t hash[32]; /* of the block, for the first three */
    bool own_lock;    /* its witness names another lock than the node's */
    size_t txs;       /* transactions beside the cellbase */
    char text[2 * CKBNET_TEXT_MAX];
};

/* What the block after a parent must have. */
struct ckbnet_next {
    uint32_t compact;
    uint64_t number;
    uint64_t epoch;
    uint8_t dao[32]; /* with the transactions that were named */
    uint8_t extension[CKBNET_EXTENSION];
    uint64_t capacity;               /* of the cellbase's output; 0: it has none */
    const struct ckbnet_block *paid; /* the block that is paid; NULL: none */
};

/* ---- chain.c -----------------------------------------------------------------------------------
 */

/** A chain with block 0 alone. config is borrowed. NULL without memory. */
struct ckbnet_chain *ckbnet_chain_new(uint64_t seed, const struct pool_net_config *config,
                                      uint64_t time_ms);
void ckbnet_chain_free(struct ckbnet_chain *chain);

/** By hash or by serial; NULL: not remembered. */
const struct ckbnet_block *ckbnet_chain_find(const struct ckbnet_chain *chain,
                                             const uint8_t hash[32]);
const struct ckbnet_block *ckbnet_chain_parent(const struct ckbnet_chain *chain,
                                               const struct ckbnet_block *block);

/** The ancestor of block (or itself) with this number; NULL: not remembered. */
const struct ckbnet_block *ckbnet_chain_ancestor(const struct ckbnet_chain *chain,
                                                 const struct ckbnet_block *block, uint64_t number);

/** Take a good block over; it becomes the tip when it has more work. Returns the kept one. */
const struct ckbnet_block *ckbnet_chain_add(struct ckbnet_chain *chain, struct ckbnet_block *block);

/** What must follow parent, when the block commits transactions that occupy so much more. */
void ckbnet_chain_next(struct ckbnet_next *next, const struct ckbnet_chain *chain,
                       const struct ckbnet_block *parent, uint64_t occupied);

/** dao of the block after one with this dao. Amounts in shannons (RFC 0023).
 * In: index, length  of the block's epoch
 *     occupied       capacity that its transactions occupy more, with the cellbase's output */
void ckbnet_chain_dao(uint8_t dao[32], const uint8_t parent_dao[32], uint64_t index,
                      uint64_t length, uint64_t occupied);

/** The reward of a block at this place of its epoch, whose parent has this dao. */
uint64_t ckbnet_chain_reward(const uint8_t parent_dao[32], uint64_t index, uint64_t length);

/** The median time that the block after parent must be above. */
uint64_t ckbnet_chain_median_ms(const struct ckbnet_chain *chain,
                                const struct ckbnet_block *parent);

/** Blocks that the one after parent may have as uncles: count of them in uncles. */
size_t ckbnet_chain_uncles(const struct ckbnet_block *uncles[CKBNET_UNCLES],
                           const struct ckbnet_chain *chain, const struct ckbnet_block *parent);

/** True when the block after parent may have this one as an uncle. */
bool ckbnet_chain_uncle_fits(const struct ckbnet_chain *chain, const struct ckbnet_block *parent,
                             const struct ckbnet_block *uncle);

/** Transactions that the block after parent proposes, or commits. */
size_t ckbnet_chain_proposals(const struct ckbnet_tx *txs[CKBNET_PER_BLOCK],
                              const struct ckbnet_chain *chain, const struct ckbnet_block *parent);
size_t ckbnet_chain_commits(const struct ckbnet_tx *txs[CKBNET_PER_BLOCK],
                            const struct ckbnet_chain *chain, const struct ckbnet_block *parent);

/** By its serial; NULL: it was forgotten. */
const struct ckbnet_tx *ckbnet_chain_tx(const struct ckbnet_chain *chain, uint64_t serial);

/** Make up a few transactions, now and then, while there is room. */
void ckbnet_chain_new_txs(struct ckbnet_chain *chain);

/** A block of the other miner on the tip, with a new witness and no proof of work. NULL: no memory.
 */
const struct ckbnet_block *ckbnet_chain_foreign(struct ckbnet_chain *chain, uint64_t time_ms);

/** Proof of work of pow hash and nonce. */
static inline void ckbnet_hash_pow(uint8_t hash_be[32], const struct ckbnet_chain *chain,
                                   const uint8_t message[48])
{
    const struct pool_net_config *config = chain->config;
    bool hashed = config->hash(config->algo, hash_be, message, NULL, 0, 0, 0);
    BASE_ASSERT(hashed); /* only a solution can be none */
}

static inline uint64_t ckbnet_epoch_index(uint64_t epoch)
{
    return epoch >> 24 & 0xffff;
}

static inline uint64_t ckbnet_epoch_length(uint64_t epoch)
{
    return epoch >> 40 & 0xffff;
}

/* ---- template.c --------------------------------------------------------------------------------
 */

/** The result of get_block_template on the tip. bare: without transactions, proposals and uncles,
 * as the first one on a new tip is. NULL: no memory. */
json_t *ckbnet_template(const struct ckbnet_chain *chain, uint64_t work_id, bool bare,
                        uint64_t time_ms);

/** The block of a template, as submit_block takes it, with nonce 0 and all roots; what the pool
 * hands out. Out: pow_hash, target_be. NULL: no memory. */
json_t *ckbnet_template_block(uint8_t pow_hash[32], uint8_t target_be[32],
                              const json_t *block_template);

/* ---- judge.c -----------------------------------------------------------------------------------
 */

/** Judge a block as submit_block's second parameter, in the node's order; a good one is added. */
void ckbnet_judge(struct ckbnet_outcome *outcome, struct ckbnet_chain *chain, const json_t *block,
                  uint64_t time_ms);

/** The roots of a block's body. Returns false: text says why the JSON is none. */
struct ckbnet_roots {
    uint8_t transactions[32];
    uint8_t proposals[32];
    uint8_t extra[32];
};
BASE_MUST_CHECK bool ckbnet_roots(struct ckbnet_roots *roots, char text[CKBNET_TEXT_MAX],
                                  const json_t *block);

/** Hashes of a transaction: of its raw part, and of all of it. Returns as ckbnet_roots. */
BASE_MUST_CHECK bool ckbnet_tx_hashes(uint8_t raw[32], uint8_t whole[32],
                                      char text[CKBNET_TEXT_MAX], const json_t *tx);

#endif
