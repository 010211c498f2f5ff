/* chain.h: the chain of the development network: its recent blocks, which of them is the tip, what
 * the next one must be, templates of it, and the judgement of blocks that are handed in. No socket,
 * no clock: time is an argument. Hashes are in wire order unless the name ends in _be. Facts:
 * docs/devnet-komodo.md (from komodo.md 2, 3, 5). */
#ifndef KMDNET_CHAIN_H
#define KMDNET_CHAIN_H

#include <jansson.h>

#include "base/random.h"
#include "kmdnet/kmdnet.h"

/* Header, bytes (komodo.md 2). */
enum {
    KMDNET_HEADER = 140,
    KMDNET_PARENT = 4,
    KMDNET_ROOT = 36,
    KMDNET_SAPLING = 68,
    KMDNET_TIME = 100,
    KMDNET_BITS = 104,
    KMDNET_NONCE = 108,
    KMDNET_NONCE_SIZE = 32,
    KMDNET_SOLUTION_MAX = 1344,
    KMDNET_LENGTH_MAX = 3, /* bytes of a solution's length */
};

enum {
    KMDNET_BLOCKS = 512, /* remembered; older parents are unknown */
    KMDNET_TXS = 3,      /* transactions of a template at most, beside the coinbase */
    KMDNET_TX_MAX = 256, /* bytes of one, coinbase included */
    KMDNET_TAIL_MAX = 4 * KMDNET_TX_MAX + 1,
    KMDNET_BLOCK_MAX = KMDNET_HEADER + KMDNET_LENGTH_MAX + KMDNET_SOLUTION_MAX + KMDNET_TAIL_MAX,
    KMDNET_SCRIPT = 35,   /* bytes of the node's payee, P2PK */
    KMDNET_MEDIAN = 11,   /* blocks whose median time a new one must be above */
    KMDNET_FUTURE_S = 60, /* a block further ahead of the clock is not taken yet */
};

struct kmdnet_block {
    uint64_t serial; /* 0: empty slot */
    uint64_t parent; /* serial; 0: none */
    uint8_t hash[32];
    uint32_t height;
    uint32_t time;
    uint8_t target_be[32];
    uint64_t arrived_ms;
};

struct kmdnet_chain {
    struct kmdnet_block blocks[KMDNET_BLOCKS]; /* by serial, a ring */
    uint64_t last_serial;
    const struct kmdnet_block *tip;
    struct base_random random;
    uint8_t easiest_be[32];
    uint8_t hardest_be[32]; /* however fast the other miner's blocks come */
    uint8_t start_be[32];
    const struct pool_net_config *config; /* borrowed */
};

/* Transaction of the pool: it moves no coins of this chain. */
struct kmdnet_tx {
    uint8_t bytes[KMDNET_TX_MAX];
    size_t size;
    uint8_t id[32];
    uint64_t fee; /* satoshi */
};

/* What a block after a parent may be. Value. */
struct kmdnet_template {
    uint64_t parent;               /* serial */
    uint8_t header[KMDNET_HEADER]; /* nonce zero */
    uint8_t target_be[32];
    uint32_t bits;
    uint32_t height;
    uint32_t mintime;
    struct kmdnet_tx coinbase;
    struct kmdnet_tx txs[KMDNET_TXS];
    size_t tx_count;
};

/* The verdict about a block that was handed in. */
enum kmdnet_verdict {
    KMDNET_TIP,       /* it is the new tip */
    KMDNET_SIDE,      /* good, and the tip stays */
    KMDNET_DUPLICATE, /* known already */
    KMDNET_BAD_SOLUTION,
    KMDNET_ABOVE_TARGET,
    KMDNET_FUTURE,  /* these three are answered with null */
    KMDNET_INVALID, /* word says why */
    KMDNET_UNDECODED,
};

struct kmdnet_outcome {
    enum kmdnet_verdict verdict;
    char word[64]; /* of the node */
    uint8_t hash[32];
    bool own_payee;
    size_t txs; /* beside the coinbase */
};

/* ---- chain.c -----------------------------------------------------------------------------------
 */

/** A chain with block 0 alone. config is borrowed. NULL without memory. */
struct kmdnet_chain *kmdnet_chain_new(uint64_t seed, const struct pool_net_config *config,
                                      uint64_t now_ms, uint32_t time);
void kmdnet_chain_free(struct kmdnet_chain *chain);

/** By hash or by serial; NULL: not remembered. */
const struct kmdnet_block *kmdnet_chain_find(const struct kmdnet_chain *chain,
                                             const uint8_t hash[32]);
const struct kmdnet_block *kmdnet_chain_at(const struct kmdnet_chain *chain, uint64_t serial);

/** The block of the tip's chain at this height; NULL: not remembered. */
const struct kmdnet_block *kmdnet_chain_height(const struct kmdnet_chain *chain, uint32_t height);

/** Add a good block; it becomes the tip when it is higher. Its serial is set here. */
const struct kmdnet_block *kmdnet_chain_add(struct kmdnet_chain *chain, struct kmdnet_block *block);

/** A block of the other miner on the tip, without proof of work. */
void kmdnet_chain_foreign(struct kmdnet_chain *chain, uint64_t now_ms, uint32_t time);

/** Target of the block after parent, in the compact form too. */
uint32_t kmdnet_chain_target(uint8_t target_be[32], const struct kmdnet_chain *chain,
                             const struct kmdnet_block *parent);

/** The median time that the block after parent must be above. */
uint32_t kmdnet_chain_median(const struct kmdnet_chain *chain, const struct kmdnet_block *parent);

/** Bytes of a solution with these parameters. */
size_t kmdnet_solution_size(uint32_t reduced);

/** SHA-256 of the SHA-256. */
void kmdnet_sha256d(uint8_t hash[32], const void *bytes, size_t size);

/** The other way round: wire order and the order of numbers. */
void kmdnet_reverse(uint8_t to[32], const uint8_t from[32]);

/* ---- template.c --------------------------------------------------------------------------------
 */

/** What the block after the tip may be. */
void kmdnet_template_make(struct kmdnet_template *made, const struct kmdnet_chain *chain,
                          uint32_t time);

/** Transactions that the block after parent may have, and the Sapling root it must have. */
size_t kmdnet_template_txs(struct kmdnet_tx txs[KMDNET_TXS], const struct kmdnet_block *parent);
void kmdnet_template_sapling(uint8_t root[32], const struct kmdnet_block *parent);

/** Root of the tree over ids, which are overwritten. */
void kmdnet_merkle(uint8_t root[32], uint8_t (*ids)[32], size_t count);

/** Script of the node's own payee: length byte and script. */
const uint8_t *kmdnet_payee(void);

/** Reward of a block without fees, satoshi. */
uint64_t kmdnet_reward(void);

/** Result of getblocktemplate; longpollid as given. NULL: no memory. */
json_t *kmdnet_template_json(const struct kmdnet_template *from, const char *poll_id);

/** Append what a block has behind its solution. Returns its bytes. */
size_t kmdnet_template_tail(uint8_t tail[KMDNET_TAIL_MAX], const struct kmdnet_template *from);

/* ---- judge.c -----------------------------------------------------------------------------------
 */

/** Judge a block in the node's order; a good one is added. */
void kmdnet_judge(struct kmdnet_outcome *outcome, struct kmdnet_chain *chain, const uint8_t *block,
                  size_t size, uint64_t now_ms, uint32_t time);

#endif
