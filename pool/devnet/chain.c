/* chain.c: see chain.h. Blocks, templates and submissions; difficulty is in difficulty.c. */
#include "devnet/chain.h"

#include <string.h>

#include "base/alloc.h"
#include "base/endian.h"
#include "base/random.h"
#include "base/target.h"

unsigned pool_devnet_chain_of(const uint8_t hash[32])
{
    return base_load_be16(hash + 30) % POOL_DEVNET_CHAINS;
}

/* 32 bytes that depend on every argument: stands for hashes of data the network does not have
 * (transactions, world state). Not cryptographic, and need not be. */
static void derive(uint8_t out[32], uint64_t seed, uint64_t a, uint64_t b, uint64_t c)
{
    struct base_random random = {seed};
    random.state ^= base_random_next(&random) ^ a;
    random.state ^= base_random_next(&random) ^ b;
    random.state ^= base_random_next(&random) ^ c;
    base_random_bytes(&random, out, 32);
}

static const struct pool_devnet_block *tip_of(const struct pool_devnet_chains *chains,
                                              unsigned chain)
{
    const struct pool_devnet_chain *self = &chains->chain[chain];
    return &self->history[self->height % POOL_DEVNET_HISTORY];
}

/* The seven deps in the order of 3.2: the other groups' intra chains, then the own from-group. */
static void put_deps(uint8_t *deps, const struct pool_devnet_chains *chains, unsigned chain)
{
    unsigned from = chain / POOL_DEVNET_GROUPS;
    for (unsigned group = 0; group < POOL_DEVNET_GROUPS; group++) {
        if (group != from) {
            memcpy(deps, tip_of(chains, group * POOL_DEVNET_GROUPS + group)->hash, 32);
            deps += 32;
        }
    }
    for (unsigned to = 0; to < POOL_DEVNET_GROUPS; to++) {
        memcpy(deps, tip_of(chains, from * POOL_DEVNET_GROUPS + to)->hash, 32);
        deps += 32;
    }
}

static void build(struct pool_devnet_chains *chains, unsigned chain, uint64_t time_ms)
{
    struct pool_devnet_chain *self = &chains->chain[chain];
    struct pool_devnet_template *template = &self->cache[self->cache_next];
    const struct pool_devnet_block *parent = tip_of(chains, chain);
    uint32_t compact = 0;
    memset(template, 0, sizeof *template);
    template->chain = chain;
    template->height = self->height + 1;
    template->timestamp_ms =
        time_ms > parent->timestamp_ms ? time_ms : parent->timestamp_ms + 1; /* strictly greater */
    pool_devnet_difficulty_target(template->target_be, &compact,
                                  pool_devnet_difficulty_next(chains, chain, time_ms));
    template->difficulty = pool_devnet_difficulty_of(template->target_be);
    uint8_t *header = template->header;
    header[0] = 0; /* version */
    header[1] = POOL_DEVNET_DEPS;
    put_deps(header + POOL_DEVNET_AT_DEPS, chains, chain);
    derive(header + POOL_DEVNET_AT_STATE, chains->seed, base_load_be64(tip_of(chains, chain)->hash),
           chain, template->height);
    /* The coinbase names chain and height, and its lock time follows the timestamp (3.7). */
    derive(header + POOL_DEVNET_AT_TXS, chains->seed ^ chains->serial, chain, template->height,
           template->timestamp_ms);
    base_store_be64(header + POOL_DEVNET_AT_TIME, template->timestamp_ms);
    base_store_be32(header + POOL_DEVNET_AT_TARGET, compact);
    chains->serial++;
    chains->stale &= ~(1U << chain);
    self->cache_next = (self->cache_next + 1) % POOL_DEVNET_CACHE;
    self->built_ms = time_ms;
}

struct pool_devnet_chains *pool_devnet_chains_new(uint64_t seed, uint32_t block_time_ms,
                                                  double start_hashes, uint64_t time_ms,
                                                  void (*hash)(uint8_t hash[32],
                                                               const uint8_t *message))
{
    struct pool_devnet_chains *chains = base_alloc(1, sizeof *chains);
    if (chains == NULL) {
        return NULL;
    }
    double difficulty = start_hashes / POOL_DEVNET_CHAINS;
    chains->hash = hash;
    chains->seed = seed;
    chains->block_time_ms = block_time_ms > 0 ? block_time_ms : 1;
    chains->start_difficulty = difficulty >= 0x1p56 ? UINT64_C(1) << 56 : (uint64_t)difficulty;
    chains->start_difficulty += chains->start_difficulty == 0;
    for (unsigned i = 0; i < POOL_DEVNET_CHAINS; i++) {
        struct pool_devnet_block *genesis = &chains->chain[i].history[0];
        derive(genesis->hash, seed, UINT64_MAX, i, 0);
        genesis->hash[31] = (uint8_t)((genesis->hash[31] & 0xf0) | i); /* of its own chain */
        genesis->difficulty = chains->start_difficulty;
        genesis->timestamp_ms = time_ms > block_time_ms ? time_ms - block_time_ms : 0;
    }
    chains->stale = (1U << POOL_DEVNET_CHAINS) - 1;
    (void)pool_devnet_chains_refresh(chains, time_ms, 0);
    return chains;
}

void pool_devnet_chains_free(struct pool_devnet_chains *chains)
{
    base_free(chains);
}

unsigned pool_devnet_chains_refresh(struct pool_devnet_chains *chains, uint64_t time_ms,
                                    uint64_t refresh_ms)
{
    unsigned built = 0;
    for (unsigned i = 0; i < POOL_DEVNET_CHAINS; i++) {
        uint64_t built_ms = chains->chain[i].built_ms;
        bool old = refresh_ms > 0 && chains->chain[i].height > 0 && time_ms > built_ms &&
                   time_ms - built_ms >= refresh_ms;
        if (old || (chains->stale >> i & 1) != 0) {
            build(chains, i, time_ms);
            built++;
        }
    }
    return built;
}

const struct pool_devnet_template *pool_devnet_chains_template(
    const struct pool_devnet_chains *chains, unsigned chain)
{
    BASE_ASSERT(chain < POOL_DEVNET_CHAINS);
    const struct pool_devnet_chain *self = &chains->chain[chain];
    return &self->cache[(self->cache_next + POOL_DEVNET_CACHE - 1) % POOL_DEVNET_CACHE];
}

/* ---- submissions --------------------------------------------------------------------------- */

/* The node's key is the header without its timestamp (4.6); the transactions hash alone nearly
 * always decides, so it is compared first. */
static bool same_key(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a + POOL_DEVNET_AT_TXS, b + POOL_DEVNET_AT_TXS, 32) == 0 &&
           memcmp(a, b, POOL_DEVNET_AT_TXS) == 0 &&
           memcmp(a + POOL_DEVNET_AT_TARGET, b + POOL_DEVNET_AT_TARGET, 4) == 0;
}

static struct pool_devnet_template *find_template(struct pool_devnet_chains *chains,
                                                  const uint8_t *header)
{
    for (unsigned i = 0; i < POOL_DEVNET_CHAINS; i++) {
        for (unsigned k = 0; k < POOL_DEVNET_CACHE; k++) {
            struct pool_devnet_template *template = &chains->chain[i].cache[k];
            if (template->height > 0 && same_key(template->header, header)) {
                return template;
            }
        }
    }
    return NULL;
}

static bool is_uncle(const struct pool_devnet_chain *chain, const uint8_t hash[32])
{
    size_t kept = chain->uncle_count < POOL_DEVNET_CACHE ? chain->uncle_count : POOL_DEVNET_CACHE;
    for (size_t i = 0; i < kept; i++) {
        if (memcmp(chain->uncles[i], hash, 32) == 0) {
            return true;
        }
    }
    return false;
}

/* A nonce that was refused for this template before; otherwise remember it. */
static bool seen_nonce(struct pool_devnet_template *template, const uint8_t *nonce)
{
    unsigned count = template->nonce_count;
    unsigned kept = count < POOL_DEVNET_NONCES ? count : POOL_DEVNET_NONCES;
    for (unsigned i = 0; i < kept; i++) {
        if (memcmp(template->nonces[i], nonce, POOL_DEVNET_NONCE_SIZE) == 0) {
            return true;
        }
    }
    memcpy(template->nonces[count % POOL_DEVNET_NONCES], nonce, POOL_DEVNET_NONCE_SIZE);
    template->nonce_count++;
    return false;
}

static void extend(struct pool_devnet_chains *chains, struct pool_devnet_template *template,
                   const uint8_t hash[32], uint64_t time_ms)
{
    struct pool_devnet_chain *self = &chains->chain[template->chain];
    self->height++;
    struct pool_devnet_block *block = &self->history[self->height % POOL_DEVNET_HISTORY];
    memcpy(block->hash, hash, 32);
    block->timestamp_ms = template->timestamp_ms;
    block->found_ms = time_ms;
    block->difficulty = template->difficulty;
    if (chains->first_found_ms == 0) {
        chains->first_found_ms = time_ms;
    }
    chains->stale |= 1U << template->chain;
}

/* Step 5 of 4.6, for a hash that is of the right chain and low enough. Step 4 (a block from the
 * same template sits there already) is what `used` says: no two templates have one coinbase. */
static enum pool_devnet_verdict take(struct pool_devnet_chains *chains,
                                     struct pool_devnet_template *template, const uint8_t *header,
                                     const uint8_t hash[32], uint64_t time_ms)
{
    struct pool_devnet_chain *self = &chains->chain[template->chain];
    template->used = true;
    if (base_load_be64(header + POOL_DEVNET_AT_TIME) != template->timestamp_ms) {
        return POOL_DEVNET_TIMESTAMP;
    }
    if (template->height == self->height + 1) {
        extend(chains, template, hash, time_ms);
        return POOL_DEVNET_ACCEPTED;
    }
    if (self->height + 1 - template->height > POOL_DEVNET_UNCLE_AGE) {
        return POOL_DEVNET_STALE;
    }
    memcpy(self->uncles[self->uncle_count % POOL_DEVNET_CACHE], hash, 32);
    self->uncle_count++;
    return POOL_DEVNET_UNCLE;
}

void pool_devnet_chains_submit(struct pool_devnet_outcome *outcome,
                               struct pool_devnet_chains *chains,
                               const uint8_t message[POOL_DEVNET_MESSAGE_SIZE], uint64_t time_ms)
{
    const uint8_t *header = message + POOL_DEVNET_NONCE_SIZE;
    memset(outcome, 0, sizeof *outcome);
    chains->hash(outcome->hash, message);
    outcome->hash_chain = pool_devnet_chain_of(outcome->hash);
    outcome->template_chain = outcome->hash_chain;
    struct pool_devnet_template *template = find_template(chains, header);
    if (template == NULL) {
        outcome->verdict = POOL_DEVNET_UNKNOWN;
        return;
    }
    outcome->template_chain = template->chain;
    outcome->height = template->height;
    const struct pool_devnet_chain *self = &chains->chain[template->chain];
    if (template->used &&
        (pool_devnet_chains_is_main(chains, outcome->hash) || is_uncle(self, outcome->hash))) {
        outcome->verdict = POOL_DEVNET_DUPLICATE;
    } else if (template->used) {
        outcome->verdict = POOL_DEVNET_USED;
    } else if (outcome->hash_chain != template->chain) {
        outcome->verdict = POOL_DEVNET_WRONG_CHAIN;
    } else if (!base_target_meets(outcome->hash, template->target_be)) {
        outcome->verdict = POOL_DEVNET_ABOVE_TARGET;
    } else {
        outcome->verdict = take(chains, template, header, outcome->hash, time_ms);
        return;
    }
    if (outcome->verdict != POOL_DEVNET_DUPLICATE && seen_nonce(template, message)) {
        outcome->verdict = POOL_DEVNET_DUPLICATE;
    }
}

/* ---- questions ----------------------------------------------------------------------------- */

const struct pool_devnet_block *pool_devnet_chains_block(const struct pool_devnet_chains *chains,
                                                         unsigned chain, uint64_t height)
{
    const struct pool_devnet_chain *self = &chains->chain[chain];
    if (height > self->height || self->height - height >= POOL_DEVNET_HISTORY) {
        return NULL;
    }
    return &self->history[height % POOL_DEVNET_HISTORY];
}

bool pool_devnet_chains_is_main(const struct pool_devnet_chains *chains, const uint8_t hash[32])
{
    unsigned chain = pool_devnet_chain_of(hash);
    uint64_t height = chains->chain[chain].height;
    for (uint64_t back = 0; back <= height; back++) {
        const struct pool_devnet_block *block =
            pool_devnet_chains_block(chains, chain, height - back);
        if (block == NULL) {
            break;
        }
        if (memcmp(block->hash, hash, 32) == 0) {
            return true;
        }
    }
    return false;
}

bool pool_devnet_chains_is_uncle(const struct pool_devnet_chains *chains, const uint8_t hash[32])
{
    return is_uncle(&chains->chain[pool_devnet_chain_of(hash)], hash);
}

uint64_t pool_devnet_chains_difficulty(const struct pool_devnet_chains *chains)
{
    unsigned __int128 sum = 0;
    for (unsigned i = 0; i < POOL_DEVNET_CHAINS; i++) {
        sum += tip_of(chains, i)->difficulty;
    }
    return (uint64_t)(sum / POOL_DEVNET_CHAINS);
}

double pool_devnet_chains_hashrate(const struct pool_devnet_chains *chains, uint64_t time_ms,
                                   uint64_t timespan_ms)
{
    double hashes = 0;
    for (unsigned i = 0; i < POOL_DEVNET_CHAINS; i++) {
        for (uint64_t height = chains->chain[i].height; height > 0; height--) {
            const struct pool_devnet_block *block = pool_devnet_chains_block(chains, i, height);
            if (block == NULL || block->timestamp_ms + timespan_ms < time_ms) {
                break;
            }
            hashes += (double)block->difficulty * POOL_DEVNET_CHAINS;
        }
    }
    return timespan_ms > 0 ? hashes * 1000 / (double)timespan_ms : 0;
}
