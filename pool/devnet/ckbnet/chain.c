/* chain.c: blocks, the tip, and what the next block must be; see chain.h. Facts: ckb.md 3 and 4;
 * the dao field and rewards follow RFC 0023, with the amounts of the node's own development chain.
 */
#include "ckbnet/chain.h"

#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/target.h"

enum { STEP = 4 }; /* a target changes by this factor at most from one epoch to the next */

/* Shannons an epoch, and the dao of block 0, of the chain that `ckb init --chain dev` makes. */
static const uint64_t PRIMARY = UINT64_C(191780821917808);
static const uint64_t SECONDARY = UINT64_C(61369863013698);
static const uint64_t GENESIS_DAO[4] = {UINT64_C(3360025309268493151), UINT64_C(10000000000000000),
                                        UINT64_C(6136986301370), UINT64_C(504116191300000000)};
static const uint64_t SHANNONS = 100000000;

/* ---- blocks ------------------------------------------------------------------------------------
 */

static const struct ckbnet_block *by_serial(const struct ckbnet_chain *chain, uint64_t serial)
{
    const struct ckbnet_block *block = &chain->blocks[serial % CKBNET_BLOCKS];
    return serial != 0 && block->serial == serial ? block : NULL;
}

const struct ckbnet_block *ckbnet_chain_find(const struct ckbnet_chain *chain,
                                             const uint8_t hash[32])
{
    for (size_t i = 0; i < CKBNET_BLOCKS; i++) {
        const struct ckbnet_block *block = &chain->blocks[i];
        if (block->serial != 0 && memcmp(block->hash, hash, 32) == 0) {
            return block;
        }
    }
    return NULL;
}

const struct ckbnet_block *ckbnet_chain_parent(const struct ckbnet_chain *chain,
                                               const struct ckbnet_block *block)
{
    return by_serial(chain, block->parent);
}

const struct ckbnet_block *ckbnet_chain_ancestor(const struct ckbnet_chain *chain,
                                                 const struct ckbnet_block *block, uint64_t number)
{
    while (block != NULL && block->number > number) {
        block = ckbnet_chain_parent(chain, block);
    }
    return block != NULL && block->number == number ? block : NULL;
}

const struct ckbnet_block *ckbnet_chain_add(struct ckbnet_chain *chain, struct ckbnet_block *block)
{
    uint8_t target_be[32];
    const struct ckbnet_block *parent = by_serial(chain, block->parent);
    double work = 0;
    if (base_target_from_compact(target_be, base_load_le32(block->header + 4)) == BASE_OK) {
        work = base_target_expected_tries(target_be);
    }
    if (&chain->blocks[(chain->last_serial + 1) % CKBNET_BLOCKS] == chain->tip) {
        chain->last_serial++; /* the tip stays, however many branches come */
    }
    block->serial = ++chain->last_serial;
    block->number = base_load_le64(block->header + 16);
    block->time_ms = base_load_le64(block->header + 8);
    block->work = work + (parent != NULL ? parent->work : 0);
    struct ckbnet_block *kept = &chain->blocks[block->serial % CKBNET_BLOCKS];
    double tip_work = chain->tip != NULL ? chain->tip->work : -1;
    *kept = *block;
    if (kept->work > tip_work) {
        chain->tip = kept;
    }
    return kept;
}

/* ---- what comes next ---------------------------------------------------------------------------
 */

/* Share of block index in an amount of its epoch: the first ones take the rest. */
static uint64_t share(uint64_t amount, uint64_t index, uint64_t length)
{
    return amount / length + (index < amount % length);
}

static uint64_t ratio(uint64_t value, uint64_t part, uint64_t whole)
{
    return (uint64_t)((unsigned __int128)value * part / whole);
}

void ckbnet_chain_dao(uint8_t dao[32], const uint8_t parent_dao[32], uint64_t index,
                      uint64_t length, uint64_t occupied)
{
    uint64_t issued = base_load_le64(parent_dao);
    uint64_t rate = base_load_le64(parent_dao + 8);
    uint64_t unissued = base_load_le64(parent_dao + 16);
    uint64_t used = base_load_le64(parent_dao + 24);
    uint64_t secondary = share(SECONDARY, index, length);
    base_store_le64(dao, issued + share(PRIMARY, index, length) + secondary);
    base_store_le64(dao + 8, rate + ratio(rate, secondary, issued));
    base_store_le64(dao + 16, unissued + secondary - ratio(secondary, used, issued));
    base_store_le64(dao + 24, used + occupied);
}

uint64_t ckbnet_chain_reward(const uint8_t parent_dao[32], uint64_t index, uint64_t length)
{
    return share(PRIMARY, index, length) + ratio(share(SECONDARY, index, length),
                                                 base_load_le64(parent_dao + 24),
                                                 base_load_le64(parent_dao));
}

/* The target of the epoch after the one that ends with last. */
static uint32_t next_compact(const struct ckbnet_chain *chain, const struct ckbnet_block *last)
{
    uint32_t compact = base_load_le32(last->header + 4);
    uint64_t length = ckbnet_epoch_length(base_load_le64(last->header + 24));
    uint64_t wanted_ms = length * chain->config->block_time_ms;
    const struct ckbnet_block *before =
        ckbnet_chain_ancestor(chain, last, last->number >= length ? last->number - length : 0);
    uint64_t took_ms = before != NULL ? last->time_ms - before->time_ms : wanted_ms;
    uint8_t target_be[32];
    took_ms = took_ms < wanted_ms / STEP ? wanted_ms / STEP : took_ms;
    took_ms = took_ms > wanted_ms * STEP ? wanted_ms * STEP : took_ms;
    if (base_target_from_compact(target_be, compact) != BASE_OK) {
        return compact;
    }
    base_target_divide(target_be, target_be, wanted_ms);
    base_target_multiply(target_be, target_be, took_ms > 0 ? took_ms : 1);
    uint32_t next = base_target_to_compact(target_be);
    return base_target_bits(target_be) > 0 ? next : compact;
}

/* Capacity that a cell with this lock and nothing else occupies: its capacity's 8 bytes, code hash,
 * hash type, args (what the lock's molecule has beside them are 20 bytes). */
static uint64_t occupied_by(size_t lock_size)
{
    return (8 + lock_size - 20) * SHANNONS;
}

void ckbnet_chain_next(struct ckbnet_next *next, const struct ckbnet_chain *chain,
                       const struct ckbnet_block *parent, uint64_t occupied)
{
    uint64_t epoch = base_load_le64(parent->header + 24);
    uint64_t length = ckbnet_epoch_length(epoch);
    memset(next, 0, sizeof *next);
    next->number = parent->number + 1;
    next->compact = base_load_le32(parent->header + 4);
    next->epoch = epoch + (UINT64_C(1) << 24);
    if (ckbnet_epoch_index(epoch) + 1 == length) {
        next->epoch = ((epoch & 0xffffff) + 1) | (uint64_t)CKBNET_EPOCH << 40;
        next->compact = next_compact(chain, parent);
    }
    const struct ckbnet_block *paid =
        next->number > CKBNET_REWARD_LAG
            ? ckbnet_chain_ancestor(chain, parent, next->number - CKBNET_REWARD_LAG)
            : NULL;
    const struct ckbnet_block *before = paid != NULL ? ckbnet_chain_parent(chain, paid) : NULL;
    if (before != NULL && paid->lock_size > 0) {
        uint64_t its_epoch = base_load_le64(paid->header + 24);
        uint64_t reward = ckbnet_chain_reward(before->header + 160, ckbnet_epoch_index(its_epoch),
                                              ckbnet_epoch_length(its_epoch));
        if (reward >= occupied_by(paid->lock_size)) {
            next->paid = paid;
            next->capacity = reward;
            occupied += occupied_by(paid->lock_size);
        }
    }
    ckbnet_chain_dao(next->dao, parent->header + 160, ckbnet_epoch_index(next->epoch),
                     ckbnet_epoch_length(next->epoch), occupied);
    uint8_t chain_root[40]; /* stands for the real one, the root over all headers */
    memcpy(chain_root, parent->hash, 32);
    base_store_le64(chain_root + 32, parent->number);
    ckbnet_hash(next->extension, chain_root, sizeof chain_root);
}

uint64_t ckbnet_chain_median_ms(const struct ckbnet_chain *chain, const struct ckbnet_block *parent)
{
    uint64_t times[CKBNET_MEDIAN] = {0};
    size_t count = 0;
    while (parent != NULL && count < CKBNET_MEDIAN) {
        size_t at = count++;
        while (at > 0 && times[at - 1] > parent->time_ms) {
            times[at] = times[at - 1];
            at--;
        }
        times[at] = parent->time_ms;
        parent = ckbnet_chain_parent(chain, parent);
    }
    return times[count / 2];
}

/* ---- uncles ------------------------------------------------------------------------------------
 */

bool ckbnet_chain_uncle_fits(const struct ckbnet_chain *chain, const struct ckbnet_block *parent,
                             const struct ckbnet_block *uncle)
{
    const uint64_t epoch_mask = UINT64_C(0xffff000000ffffff); /* number and length */
    struct ckbnet_next next;
    ckbnet_chain_next(&next, chain, parent, 0);
    if (uncle->number == 0 || uncle->number >= next.number ||
        ((base_load_le64(uncle->header + 24) ^ next.epoch) & epoch_mask) != 0 ||
        base_load_le32(uncle->header + 4) != next.compact ||
        ckbnet_chain_ancestor(chain, parent, uncle->number) == uncle ||
        ckbnet_chain_ancestor(chain, parent, uncle->number - 1) !=
            ckbnet_chain_parent(chain, uncle)) {
        return false;
    }
    for (const struct ckbnet_block *at = parent; at != NULL && at->number > uncle->number;
         at = ckbnet_chain_parent(chain, at)) {
        for (size_t i = 0; i < at->uncle_count; i++) {
            if (memcmp(at->uncles[i], uncle->hash, 32) == 0) {
                return false;
            }
        }
    }
    return true;
}

size_t ckbnet_chain_uncles(const struct ckbnet_block *uncles[CKBNET_UNCLES],
                           const struct ckbnet_chain *chain, const struct ckbnet_block *parent)
{
    size_t count = 0;
    for (uint64_t serial = chain->last_serial; serial > 0 && count < CKBNET_UNCLES; serial--) {
        const struct ckbnet_block *block = by_serial(chain, serial);
        if (block == NULL || block->number + CKBNET_EPOCH < parent->number) {
            break;
        }
        if (ckbnet_chain_uncle_fits(chain, parent, block)) {
            uncles[count++] = block;
        }
    }
    return count;
}

/* ---- transactions ------------------------------------------------------------------------------
 */

static bool contains(const uint64_t *serials, size_t count, uint64_t serial)
{
    for (size_t i = 0; i < count; i++) {
        if (serials[i] == serial) {
            return true;
        }
    }
    return false;
}

/* Where a transaction stands for the block after parent. */
static void look_up(bool *proposed, bool *ripe, bool *committed, const struct ckbnet_chain *chain,
                    const struct ckbnet_block *parent, uint64_t serial)
{
    uint64_t number = parent->number + 1;
    *proposed = false;
    *ripe = false;
    *committed = false;
    for (const struct ckbnet_block *at = parent; at != NULL && at->number + CKBNET_TXS > number;
         at = ckbnet_chain_parent(chain, at)) {
        uint64_t distance = number - at->number;
        *committed = *committed || contains(at->committed, at->committed_count, serial);
        if (distance <= CKBNET_FAR && contains(at->proposed, at->proposed_count, serial)) {
            *proposed = true;
            *ripe = *ripe || distance >= 2;
        }
    }
}

static size_t select_txs(const struct ckbnet_tx *txs[CKBNET_PER_BLOCK],
                         const struct ckbnet_chain *chain, const struct ckbnet_block *parent,
                         bool commits)
{
    size_t count = 0;
    for (size_t i = 0; i < CKBNET_TXS && count < CKBNET_PER_BLOCK; i++) {
        const struct ckbnet_tx *tx = &chain->txs[i];
        bool proposed = false;
        bool ripe = false;
        bool committed = false;
        if (tx->serial == 0) {
            continue;
        }
        look_up(&proposed, &ripe, &committed, chain, parent, tx->serial);
        if (!committed && (commits ? ripe : !proposed)) {
            txs[count++] = tx;
        }
    }
    return count;
}

size_t ckbnet_chain_proposals(const struct ckbnet_tx *txs[CKBNET_PER_BLOCK],
                              const struct ckbnet_chain *chain, const struct ckbnet_block *parent)
{
    return select_txs(txs, chain, parent, false);
}

size_t ckbnet_chain_commits(const struct ckbnet_tx *txs[CKBNET_PER_BLOCK],
                            const struct ckbnet_chain *chain, const struct ckbnet_block *parent)
{
    return select_txs(txs, chain, parent, true);
}

static json_t *random_hex(struct ckbnet_chain *chain, size_t size)
{
    uint8_t bytes[CKBNET_LOCK_MAX];
    base_random_bytes(&chain->random, bytes, size);
    return ckbnet_hex_json(bytes, size);
}

/* One input, one dependency, one to three outputs; without type scripts or with one. */
static json_t *make_tx_json(struct ckbnet_chain *chain, size_t outputs)
{
    json_t *json =
        json_pack("{s:s,s:[{s:{s:o,s:s},s:s}],s:[],s:[{s:s,s:{s:o,s:s}}],s:[],s:[],s:[o]}",
                  "version", "0x0", "cell_deps", "out_point", "tx_hash", random_hex(chain, 32),
                  "index", "0x0", "dep_type", "dep_group", "header_deps", "inputs", "since", "0x0",
                  "previous_output", "tx_hash", random_hex(chain, 32), "index", "0x1", "outputs",
                  "outputs_data", "witnesses", random_hex(chain, 85));
    for (size_t i = 0; i < outputs; i++) {
        char capacity[24];
        json_t *type = i % 2 == 0 ? json_null()
                                  : json_pack("{s:o,s:s,s:s}", "code_hash", random_hex(chain, 32),
                                              "hash_type", "data1", "args", "0x");
        (void)json_array_append_new(json_object_get(json, "outputs"),
                                    json_pack("{s:s,s:{s:o,s:s,s:o},s:o}", "capacity",
                                              ckbnet_number_text(capacity, (100 + i) * SHANNONS),
                                              "lock", "code_hash", random_hex(chain, 32),
                                              "hash_type", "type", "args", random_hex(chain, 20),
                                              "type", type));
        (void)json_array_append_new(json_object_get(json, "outputs_data"),
                                    i % 2 == 0 ? json_string("0x") : random_hex(chain, 17));
    }
    return json;
}

/* Forget transactions that were committed long ago, so that there is room for new ones. */
static void forget_txs(struct ckbnet_chain *chain)
{
    const struct ckbnet_block *at = chain->tip;
    for (size_t depth = 0; at != NULL && depth < 2UL * CKBNET_KEEP; depth++) {
        for (size_t i = 0; depth >= CKBNET_KEEP && i < CKBNET_TXS; i++) {
            struct ckbnet_tx *tx = &chain->txs[i];
            if (tx->serial != 0 && contains(at->committed, at->committed_count, tx->serial)) {
                json_decref(tx->json);
                memset(tx, 0, sizeof *tx);
            }
        }
        at = ckbnet_chain_parent(chain, at);
    }
}

const struct ckbnet_tx *ckbnet_chain_tx(const struct ckbnet_chain *chain, uint64_t serial)
{
    for (size_t i = 0; i < CKBNET_TXS; i++) {
        if (chain->txs[i].serial == serial) {
            return &chain->txs[i];
        }
    }
    return NULL;
}

void ckbnet_chain_new_txs(struct ckbnet_chain *chain)
{
    char text[CKBNET_TEXT_MAX];
    uint8_t whole[32];
    uint64_t count = base_random_below(&chain->random, 3);
    forget_txs(chain);
    for (size_t i = 0; i < CKBNET_TXS && count > 0; i++) {
        struct ckbnet_tx *tx = &chain->txs[i];
        size_t outputs = 1 + (size_t)base_random_below(&chain->random, 3);
        if (tx->serial != 0) {
            continue;
        }
        count--;
        json_t *json = make_tx_json(chain, outputs);
        if (json == NULL || !ckbnet_tx_hashes(tx->hash, whole, text, json)) {
            json_decref(json);
            return;
        }
        tx->json = json;
        tx->occupied = outputs * 61 * SHANNONS;
        tx->serial = ++chain->last_tx;
    }
}

/* ---- start and stop ----------------------------------------------------------------------------
 */

static json_t *assembler_lock(void)
{
    return json_pack("{s:s,s:s,s:s}", "code_hash",
                     "0x9bd7e06f3ecf4be0f2fcd2188b23f1b9fcc88e5d4b65a8637b17723bbda3cce8",
                     "hash_type", "type", "args", "0x470dcdc5e44064909650113a274b3b36aecb6dc7");
}

static void make_genesis(struct ckbnet_chain *chain, double start_hashes, uint64_t time_ms)
{
    struct ckbnet_block block;
    uint8_t target_be[32];
    memset(&block, 0, sizeof block);
    base_target_ones(target_be, 256);
    base_target_divide(target_be, target_be,
                       start_hashes < 0x1p60 ? (uint64_t)start_hashes : UINT64_C(1) << 60);
    base_store_le32(block.header + 4, base_target_to_compact(target_be));
    base_store_le64(block.header + 8, time_ms);
    base_store_le64(block.header + 24, (uint64_t)CKBNET_EPOCH << 40);
    for (size_t i = 0; i < 4; i++) {
        base_store_le64(block.header + 160 + 8 * i, GENESIS_DAO[i]);
    }
    base_random_bytes(&chain->random, block.header + CKBNET_RAW_HEADER,
                      16); /* a chain of its own */
    ckbnet_hash(block.hash, block.header, CKBNET_HEADER);
    memcpy(chain->genesis_hash, block.hash, 32);
    (void)ckbnet_chain_add(chain, &block);
}

struct ckbnet_chain *ckbnet_chain_new(uint64_t seed, const struct pool_net_config *config,
                                      uint64_t time_ms)
{
    char text[CKBNET_TEXT_MAX];
    struct ckbnet_bytes lock = {0};
    struct ckbnet_chain *chain = base_alloc(1, sizeof *chain);
    if (chain == NULL) {
        return NULL;
    }
    chain->random.state = seed;
    chain->config = config;
    chain->own_lock_json = assembler_lock();
    bool made = ckbnet_encode(&lock, text, &ckbnet_script, chain->own_lock_json) && !lock.failed;
    if (made) {
        memcpy(chain->own_lock, lock.at, lock.size);
        chain->own_lock_size = lock.size;
        make_genesis(chain, config->start_hashes, time_ms);
    }
    ckbnet_bytes_free(&lock);
    if (!made) {
        ckbnet_chain_free(chain);
        return NULL;
    }
    return chain;
}

void ckbnet_chain_free(struct ckbnet_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    for (size_t i = 0; i < CKBNET_TXS; i++) {
        json_decref(chain->txs[i].json);
    }
    json_decref(chain->own_lock_json);
    base_free(chain);
}
